"""Frames of Bilibili made by hand, with nothing of ours: what the platform would send."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import brotli

AT = 1_788_262_200_000


def packet(
    body: bytes, op: int = 5, ver: int = 0, *, length: int | None = None, header: int = 16
) -> bytes:
    """A packet; `length` lies where it is given."""
    said = 16 + len(body) if length is None else length
    return struct.pack(">IHHII", said, header, ver, op, 1) + body


def command(cmd: str, data: Any = None, **more: Any) -> bytes:
    """The JSON of a message."""
    fields = {"cmd": cmd, **more}
    if data is not None:
        fields["data"] = data
    return json.dumps(fields, ensure_ascii=False).encode()


def plain(*bodies: bytes) -> bytes:
    return b"".join(map(packet, bodies))


def zlibbed(*bodies: bytes) -> bytes:
    return packet(zlib.compress(plain(*bodies)), ver=2)


def brotlied(*bodies: bytes) -> bytes:
    return packet(brotli.compress(plain(*bodies)), ver=3)


def danmu(text: str, *, uid: int = 0, name: str = "张***", ms: int = AT, id_: str = "", admin: int = 0,
          crc: str = "1a2b3c4d", cmd: str = "DANMU_MSG", medal: list[Any] | None = None) -> bytes:  # fmt: skip
    """A chat line as the web gets it."""
    extra = json.dumps({"id_str": id_, "content": text} if id_ else {"content": text})
    head: list[Any] = [
        0,
        1,
        25,
        16777215,
        ms,
        0,
        0,
        crc,
        0,
        0,
        0,
        "",
        0,
        "{}",
        "{}",
        {"extra": extra},
    ]
    info = [head, text, [uid, name, admin, 0, 0, 10000, 1, ""], medal or [], [1, 0], ["", ""], 0, 0, None,
            {"ts": ms // 1000, "ct": "5F1B3A2C"}]  # fmt: skip
    return command(cmd, info=info)


#: A card as it is when the host talks about goods of Taobao; every field of the platform's table.
CARD: dict[str, Any] = {
    "goods_id": "1001", "goods_name": "云雾绿茶 250g", "goods_price": "39.9", "goods_max_price": "",
    "coupon_discount_price": "34.9", "coupon_name": "新人券", "coupon_info": {"coupon_desc": "满39减5"},
    "sale_status": 0, "status": 1, "source": 1, "is_pre_sale": 0,
    "price_info": {"normal": {"prefix_price": "", "sale_price": "39.9", "suffix_price": "起",
                              "strock_price": "459", "strock_show": 1,
                              "sale_start_time": 0, "sale_end_time": 0}},
    "activity_info": {"type": 0, "warm_up_time": 0}, "hot_buy_num": 120, "goods_sort_id": 3,
    "selling_point": "核心产区", "unique_id": "u1", "uid": 7, "timestamp": AT // 1000,
    "h5_url": "https://gaoneng.example/goods/1001",
}  # fmt: skip
