"""Frames of live sockets, written by the protobuf library from a schema of its own: what the
decoders read was not written by the code that reads it."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

AT = 1_788_262_200_000
_TYPES = {
    "u64": 4, "i32": 5, "i64": 3, "bool": 8, "str": 9, "bytes": 12, "f64": 6,
}  # fmt: skip
#: Field numbers as connectors' reference and the public schemas give them.
SCHEMA: dict[str, dict[int, tuple[str, str]]] = {
    "Header": {1: ("key", "str"), 2: ("value", "str")},
    "PushFrame": {
        1: ("seq_id", "u64"), 2: ("log_id", "u64"), 3: ("service", "i32"), 4: ("method", "i32"),
        5: ("headers", "Header*"), 6: ("payload_encoding", "str"), 7: ("payload_type", "str"),
        8: ("payload", "bytes"),
    },
    "Envelope": {
        1: ("method", "str"), 2: ("payload", "bytes"), 3: ("msg_id", "i64"), 4: ("msg_type", "i32"),
        5: ("offset", "i64"),
    },
    "Response": {
        1: ("messages", "Envelope*"), 2: ("cursor", "str"), 3: ("fetch_interval", "u64"),
        4: ("now", "u64"), 5: ("internal_ext", "str"), 9: ("need_ack", "bool"),
    },
    "Common": {
        1: ("method", "str"), 2: ("msg_id", "u64"), 3: ("room_id", "u64"), 4: ("create_time", "u64"),
    },
    "Image": {1: ("url_list", "str*"), 2: ("uri", "str"), 3: ("height", "u64"), 4: ("width", "u64")},
    "User": {
        1: ("id", "u64"), 3: ("nickname", "str"), 4: ("gender", "i32"), 9: ("avatar_thumb", "Image"),
        21: ("badges", "Image*"), 23: ("pay_grade", "bytes"), 24: ("fans_club", "bytes"),
        38: ("display_id", "str"), 46: ("sec_uid", "str"), 1028: ("id_str", "str"),
    },
    "Piece": {1: ("type", "i32"), 11: ("string_value", "str")},
    "Text": {1: ("key", "str"), 2: ("default_pattern", "str"), 4: ("pieces", "Piece*")},
    "Chat": {
        1: ("common", "Common"), 2: ("user", "User"), 3: ("content", "str"), 15: ("event_time", "u64"),
        22: ("rich_old", "Text"), 40: ("rich", "Text"), 41: ("rich_v2", "Text"),
    },
    "Like": {1: ("common", "Common"), 2: ("count", "u64"), 3: ("total", "u64"), 5: ("user", "User")},
    "UserSeq": {
        1: ("common", "Common"), 3: ("total", "i64"), 4: ("pop_str", "str"), 7: ("total_user", "i64"),
        8: ("total_user_str", "str"), 11: ("total_pv_for_anchor", "str"),
    },
    "Stats": {
        1: ("common", "Common"), 2: ("display_short", "str"), 3: ("display_middle", "str"),
        4: ("display_long", "str"), 5: ("display_value", "i64"), 7: ("incremental", "bool"),
        8: ("is_hidden", "bool"), 9: ("total", "i64"),
    },
    "ControlExtra": {4: ("violation_reason", "Text"), 5: ("content", "Text")},
    "Control": {
        1: ("common", "Common"), 2: ("action", "u64"), 3: ("tips", "str"), 4: ("extra", "ControlExtra"),
    },
    "Gift": {
        1: ("common", "Common"), 2: ("gift_id", "u64"), 5: ("repeat_count", "u64"),
        6: ("combo_count", "u64"), 7: ("user", "User"), 9: ("repeat_end", "i32"),
    },
    "ChangedCard": {1: ("promotion_id", "u64"), 2: ("index", "i32"), 4: ("explain_type", "u64")},
    "ChangedCategory": {1: ("id", "i32"), 2: ("name", "str"), 3: ("promotion_ids", "u64*")},
    "ProductChange": {
        1: ("common", "Common"), 2: ("update_timestamp", "u64"), 3: ("update_toast", "str"),
        4: ("update_product_info", "ChangedCard*"), 5: ("total", "u64"),
        8: ("update_category_info", "ChangedCategory*"),
    },
    "Card": {1: ("price", "u64"), 2: ("title", "str"), 3: ("cover", "str"), 4: ("status", "u64")},
    "Campaign": {
        1: ("is_valid", "bool"), 2: ("label", "str"), 3: ("price", "str"), 5: ("start_time", "str"),
        6: ("end_time", "str"), 9: ("user_limit", "str"), 11: ("campaign_id", "str"),
    },
    "Variants": {
        2: ("min_price", "u64"), 3: ("max_price", "u64"), 4: ("unuse_min_price", "u64"),
        5: ("coupon_price", "u64"),
    },
    "Atmosphere": {1: ("img", "str"), 2: ("sale_num", "str"), 4: ("num", "str")},
    "Shopping": {
        1: ("common", "Common"), 2: ("msg_type", "i32"), 3: ("promotion_id", "u64"),
        9: ("updated_product_ids", "u64*"), 11: ("updated_product_info", "Card"),
        12: ("sold_out", "bool"), 14: ("updated_campaign_info", "Campaign"),
        15: ("update_timestamp", "u64"), 18: ("update_sku_info", "Variants"),
        30: ("hot_atmosphere", "Atmosphere"), 31: ("update_toast", "str"),
    },
    # As an older schema has it.
    "OldShopping": {
        1: ("common", "Common"), 2: ("msg_type", "i32"), 4: ("promotion_id", "str"),
        11: ("updated_product_info", "Card"),
    },
    "Ecom": {
        1: ("common", "Common"), 2: ("msg_type", "i32"), 3: ("nick_name", "str"),
        4: ("purchase_cnt", "u64"), 5: ("text", "str"), 8: ("server_time", "u64"),
    },
    "EcomGeneral": {
        1: ("common", "Common"), 2: ("content_type", "str"), 3: ("content_format", "str"),
        6: ("data", "bytes"),
    },
    "ShelfTop": {1: ("title", "str"), 2: ("value", "str"), 3: ("type", "str")},
    "ShelfData": {1: ("room_id", "u64"), 3: ("top_data", "ShelfTop*")},
    "ShelfTrade": {1: ("common", "Common"), 2: ("data", "ShelfData")},
    "ExplainExtra": {1: ("promotion_id", "u64"), 2: ("active", "bool")},
    "Explain": {1: ("common", "Common"), 2: ("extra", "ExplainExtra")},
    "TikTokCardA": {1: ("title", "str"), 2: ("price", "str"), 3: ("image", "str"), 7: ("shop", "str")},
    "TikTokA": {1: ("common", "Common"), 2: ("data1", "i32"), 4: ("shop_data", "TikTokCardA")},
    "TikTokCardB": {1: ("title", "str"), 2: ("price", "str"), 6: ("product_id", "u64")},
    "TikTokB": {2: ("action_type", "i32"), 4: ("pop_product", "TikTokCardB")},
    "SocketMessage": {1: ("payload_type", "i32"), 2: ("compression", "i32"), 3: ("payload", "bytes")},
    "Viewer": {1: ("principal_id", "str"), 2: ("user_name", "str"), 3: ("head_url", "str")},
    "CommentFeed": {
        1: ("id", "str"), 2: ("user", "Viewer"), 3: ("content", "str"), 4: ("device_hash", "str"),
        6: ("color", "str"),
    },
    "LikeFeed": {1: ("id", "str"), 2: ("user", "Viewer")},
    "FeedPush": {
        1: ("display_watching_count", "str"), 2: ("display_like_count", "str"),
        5: ("comment_feeds", "CommentFeed*"), 8: ("like_feeds", "LikeFeed*"),
        9: ("gift_feeds", "LikeFeed*"),
    },
    # Every kind of field, for the reader itself.
    "Anything": {
        1: ("number", "u64"), 2: ("text", "str"), 3: ("many", "u64*"), 4: ("inner", "Anything"),
        5: ("double", "f64"), 6: ("data", "bytes"), 1028: ("far", "u64"),
        19_000_000: ("beyond", "u64"),
    },
}  # fmt: skip


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="live.proto", package="live", syntax="proto3")
    for name, fields in SCHEMA.items():
        message = file.message_type.add(name=name)
        for number, (field, kind) in fields.items():
            plain = kind.removesuffix("*")
            made = message.field.add(name=field, number=number, label=3 if kind[-1] == "*" else 1)
            made.type = _TYPES.get(plain, 11)  # type: ignore[assignment]  # an enum's number
            if plain not in _TYPES:
                made.type_name = f".live.{plain}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"live.{name}"))
        for name in SCHEMA
    }


CLASSES = _classes()


def write(kind: str, **fields: Any) -> bytes:
    """A message on the wire."""
    return CLASSES[kind](**fields).SerializeToString(deterministic=True)


def common(msg_id: int, room_id: int = 7_412_345_678_901_234_567, create_time: int = AT) -> Any:
    return CLASSES["Common"](msg_id=msg_id, room_id=room_id, create_time=create_time)


def response(*messages: tuple[str, bytes], first_id: int = 0, now: int = AT) -> bytes:
    """A response with messages by their names, with ids from `first_id` on (0: none)."""
    envelopes = [
        CLASSES["Envelope"](
            method=name, payload=payload, msg_id=first_id + number if first_id else 0
        )
        for number, (name, payload) in enumerate(messages)
    ]
    return write("Response", messages=envelopes, now=now, cursor="c", internal_ext="x|y")


def push(*messages: tuple[str, bytes], first_id: int = 0, packed: bool = True) -> bytes:
    """A frame of Douyin's and TikTok's socket."""
    payload = response(*messages, first_id=first_id)
    return write(
        "PushFrame", seq_id=7, log_id=11, service=8888, method=8,
        headers=[CLASSES["Header"](key="compress_type", value="gzip")] if packed else [],
        payload_encoding="pb", payload_type="msg",
        payload=gzip.compress(payload, mtime=0) if packed else payload,
    )  # fmt: skip


def chat(text: str, msg_id: int = 0, user: int = 5_501, **fields: Any) -> tuple[str, bytes]:
    person = CLASSES["User"](id=user, nickname="小雨点")
    return "WebcastChatMessage", write(
        "Chat", common=common(msg_id), user=person, content=text, **fields
    )


def kuaishou(*texts: str, packed: bool = True, kind: int = 310) -> bytes:
    """A frame of Kuaishou's socket with comments."""
    feeds = [
        CLASSES["CommentFeed"](
            id=f"k{number}",
            user=CLASSES["Viewer"](principal_id=f"p{number}", user_name="路人"),
            content=text,
        )
        for number, text in enumerate(texts)
    ]
    payload = write(
        "FeedPush", display_watching_count="1.2万", display_like_count="3456", comment_feeds=feeds,
        like_feeds=[CLASSES["LikeFeed"](id="l")],
    )  # fmt: skip
    return write(
        "SocketMessage", payload_type=kind, compression=2 if packed else 1,
        payload=gzip.compress(payload, mtime=0) if packed else payload,
    )  # fmt: skip


def xiaohongshu(*messages: dict[str, Any], room: str = "88001") -> bytes:
    """A frame of Xiaohongshu's socket."""
    packets = [
        {"d": base64.b64encode(json.dumps({
            "command": 1, "customData": json.dumps(message, ensure_ascii=False),
            "msgId": f"x{number}", "roomId": room, "ts": AT + number,
        }).encode()).decode(), "m": "m"}
        for number, message in enumerate(messages)
    ]  # fmt: skip
    return json.dumps({"v": 1, "t": 4, "b": {"d": {"b": packets, "biz": "room", "t": AT}}}).encode()


def saved(frame: bytes | str, at: float = AT, url: str = "", sent: bool = False) -> dict[str, Any]:
    """A frame as Chromium writes it into a HAR, and our JSON lines hold it."""
    text = isinstance(frame, str)
    return {
        "type": "send" if sent else "receive",
        "time": at,
        "opcode": 1 if text else 2,
        "data": frame if isinstance(frame, str) else base64.b64encode(frame).decode(),
    } | ({"url": url} if url else {})


def har_entry(
    url: str, body: object = None, *, kind: str = "application/json", frames: Any = None,
    started: str = "2026-09-01T11:30:00.000Z", packed: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """An entry of a HAR, its fields in the order in which Chromium writes them."""
    entry: dict[str, Any] = {"_initiator": {"type": "script"}, "_priority": "High"}
    if frames is not None:
        entry["_webSocketMessages"] = frames
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    content: dict[str, Any] = {"size": 1, "mimeType": kind}
    if body is not None:
        content["text"] = base64.b64encode(text.encode()).decode() if packed else text
        if packed:
            content["encoding"] = "base64"
    return entry | {
        "cache": {},
        "request": {"method": "GET", "url": url, "headers": [{"name": "cookie", "value": "s=1"}]},
        "response": {"status": 200, "headers": [], "content": content},
        "startedDateTime": started,
        "time": 120.5,
    }


def har(*entries: dict[str, Any]) -> bytes:
    """A HAR as Chromium exports it."""
    log = {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}}
    return json.dumps({"log": log | {"pages": [], "entries": list(entries)}}, indent=2).encode()
