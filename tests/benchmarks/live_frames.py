"""Frames of the live sockets of four platforms as a busy room sends them: hardly anything comes twice.

Texts, people, ids and times differ from message to message. Beside chat stands what a room sends
most of and what makes no event: who came, who liked, gifts. What the decoders pass over is there
in its usual size: a person of Douyin comes with pictures, badges and grades, a line of Bilibili
with emoticons and a medal. Shares of the kinds of messages are estimates, not measured ones.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable
from typing import Any, Literal

from tests.benchmarks.recording import CHAT
from tests.connectors.decoders.bilibili_frames import CARD, brotlied, command, zlibbed
from tests.connectors.decoders.protobuf_frames import AT, CLASSES, push, write

__all__ = ["PLATFORMS", "Mix", "People", "frames_of"]

#: `room`: a room's mix of messages; `chat`: nothing but chat lines.
Mix = Literal["room", "chat"]
#: `new`: everybody writes once; `regulars`: a few of a room's people write most of its lines.
People = Literal["new", "regulars"]
#: Messages of one frame.
MESSAGES = 10
#: People of a room, where they come again.
REGULARS = 3_000

_NOT_READ_BY_DOUYIN = (
    ("Member", 26), ("Gift", 6), ("Social", 4), ("RoomRank", 2), ("Fansclub", 2),
)  # fmt: skip
_DOUYIN = (
    ("Chat", 35), ("Like", 15), ("RoomUserSeq", 4), ("RoomStats", 3), ("ProductChange", 1),
    ("LiveShopping", 2), *_NOT_READ_BY_DOUYIN,
)  # fmt: skip
_BILIBILI = (
    ("DANMU_MSG", 40), ("INTERACT_WORD", 25), ("SEND_GIFT", 10), ("ENTRY_EFFECT", 3),
    ("LIKE_INFO_V3_CLICK", 5), ("WATCHED_CHANGE", 6), ("ONLINE_RANK_COUNT", 4),
    ("ONLINE_RANK_V2", 2), ("SHOPPING_EXPLAIN_CARD", 2), ("SUPER_CHAT_MESSAGE", 1),
)  # fmt: skip
_KUAISHOU = (("comment", 60), ("like", 30), ("gift", 10))
_XIAOHONGSHU = (("text", 75), ("refresh", 20), ("goods_rank_entrance_im", 5))


class _Room:
    """What a room's messages are made of."""

    def __init__(self, seed: int, people: People) -> None:
        self.random = random.Random(seed)
        self.people = people
        self.at = AT
        self._last_id = 7_412_000_000_000_000_000

    def new_id(self) -> int:
        self._last_id += self.random.randrange(1, 1 << 32)
        return self._last_id

    def moment(self) -> int:
        self.at += self.random.randrange(1, 120)
        return self.at

    def person(self) -> int:
        if self.people == "new":
            return self.random.randrange(10**8, 10**16)
        # The n-th most eager writes 1/n as much as the first.
        return 55_000_000 + int(REGULARS ** self.random.random()) * 7_919

    def text(self) -> str:
        words = self.random.choice(CHAT)
        if self.random.random() < 0.4:
            words += self.random.choice(CHAT)
        tail = "".join(chr(self.random.randrange(0x4E00, 0x9FA5)) for _ in range(3))
        return f"{words}{tail}{self.random.randrange(1_000)}"

    def name(self) -> str:
        return "".join(chr(self.random.randrange(0x4E00, 0x9FA5)) for _ in range(4))

    def token(self, length: int) -> str:
        return self.random.randbytes(length // 2).hex()

    def kinds(self, shares: tuple[tuple[str, int], ...]) -> list[str]:
        names, weights = zip(*shares, strict=True)
        return self.random.choices(names, weights, k=MESSAGES)


def frames_of(
    platform: str, count: int, *, mix: Mix = "room", people: People = "new", seed: int = 1
) -> list[bytes]:
    """So many frames of one of `PLATFORMS`."""
    room = _Room(seed, people)
    return [PLATFORMS[platform](room, mix) for _ in range(count)]


# Douyin ---------------------------------------------------------------------------------------


def _douyin(room: _Room, mix: Mix) -> bytes:
    kinds = room.kinds(_DOUYIN) if mix == "room" else ["Chat"] * MESSAGES
    return push(
        *((f"Webcast{kind}Message", _douyin_message(room, kind)) for kind in kinds),
        first_id=room.new_id(),
    )


def _douyin_message(room: _Room, kind: str) -> bytes:
    common = CLASSES["Common"](
        method=f"Webcast{kind}Message", msg_id=room.new_id(), room_id=7_412_345_678_901_234_567,
        create_time=room.moment(),
    )  # fmt: skip
    number = room.random.randrange(1, 10**6)
    match kind:
        case "Chat":
            return write("Chat", common=common, user=_person(room), content=room.text(),
                         event_time=room.at // 1_000)  # fmt: skip
        case "Like":
            return write("Like", common=common, count=3, total=number, user=_person(room))
        case "RoomUserSeq":
            return write("UserSeq", common=common, total=number, pop_str=f"{number}",
                         total_user=number * 9, total_pv_for_anchor="1.2万")  # fmt: skip
        case "RoomStats":
            return write("Stats", common=common, display_short=f"{number}",
                         display_long=f"{number}在线观众", display_value=number, total=number)  # fmt: skip
        case "ProductChange":
            card = CLASSES["ChangedCard"](promotion_id=room.new_id(), index=1)
            return write("ProductChange", common=common, update_timestamp=room.at,
                         update_toast=f"{room.name()}上架了", update_product_info=[card])  # fmt: skip
        case "LiveShopping":
            return write(
                "Shopping", common=common, promotion_id=room.new_id(), update_timestamp=room.at,
                updated_product_info=CLASSES["Card"](
                    price=number, title=f"{room.name()}{room.name()}250g",
                    cover=f"https://p3.example.com/img/{room.token(32)}.jpeg",
                ),
            )  # fmt: skip
        case "Gift":
            return write("Gift", common=common, gift_id=463, repeat_count=1, combo_count=1,
                         user=_person(room))  # fmt: skip
        case _:
            # All others are one in what matters here: a person, and nothing that is read.
            return write("Like", common=common, user=_person(room))


def _person(room: _Room) -> Any:
    account = room.person()
    return CLASSES["User"](
        id=account, nickname=room.name(), gender=1, id_str=str(account),
        display_id=f"dy{room.token(10)}", sec_uid=f"MS4wLjABAAAA{room.token(40)}",
        avatar_thumb=_picture(room), badges=[_picture(room)],
        pay_grade=room.random.randbytes(24), fans_club=room.random.randbytes(40),
    )  # fmt: skip


def _picture(room: _Room) -> Any:
    token = room.token(32)
    return CLASSES["Image"](
        url_list=[f"https://p{n}-webcast.example.com/aweme/100x100/{token}.webp" for n in (3, 11)],
        uri=f"100x100/{token}", height=100, width=100,
    )  # fmt: skip


# Kuaishou -------------------------------------------------------------------------------------


def _kuaishou(room: _Room, mix: Mix) -> bytes:
    kinds = room.kinds(_KUAISHOU) if mix == "room" else ["comment"] * MESSAGES
    feeds = {kind: [_feed(room, kind) for each in kinds if each == kind] for kind in set(kinds)}
    payload = write(
        "FeedPush",
        display_watching_count=f"{room.random.randrange(1, 99)}.{room.random.randrange(10)}万",
        display_like_count=str(room.random.randrange(10**6)),
        comment_feeds=feeds.get("comment", []),
        like_feeds=feeds.get("like", []),
        gift_feeds=feeds.get("gift", []),
    )
    return write(
        "SocketMessage", payload_type=310, compression=2, payload=gzip.compress(payload, mtime=0)
    )


def _feed(room: _Room, kind: str) -> Any:
    person = CLASSES["Viewer"](
        principal_id=f"3x{room.person():x}", user_name=room.name(),
        head_url=f"https://tx2.example.com/uhead/AB/2026/{room.token(40)}.jpg",
    )  # fmt: skip
    if kind == "comment":
        return CLASSES["CommentFeed"](
            id=room.token(24), user=person, content=room.text(), device_hash=room.token(12),
            color="#FFFFFF",
        )  # fmt: skip
    return CLASSES["LikeFeed"](id=room.token(24), user=person)


# Bilibili -------------------------------------------------------------------------------------


def _bilibili(room: _Room, mix: Mix) -> bytes:
    kinds = room.kinds(_BILIBILI) if mix == "room" else ["DANMU_MSG"] * MESSAGES
    # The open platform packs with zlib, the web with Brotli.
    packed = zlibbed if room.random.random() < 0.5 else brotlied
    return packed(*(_bilibili_message(room, kind) for kind in kinds))


def _bilibili_message(room: _Room, kind: str) -> bytes:
    at, number = room.moment(), room.random.randrange(1, 10**6)
    person, name = room.person(), room.name()
    face = f"https://i0.hdslb.example/bfs/face/{room.token(40)}.jpg"
    match kind:
        case "DANMU_MSG":
            return _danmu(room, at)
        case "WATCHED_CHANGE":
            return command(kind, {"num": number, "text_small": f"{number}",
                                  "text_large": f"{number}人看过"})  # fmt: skip
        case "ONLINE_RANK_COUNT":
            return command(kind, {"count": 100, "count_text": "100", "online_count": number,
                                  "online_count_text": str(number)})  # fmt: skip
        case "SHOPPING_EXPLAIN_CARD":
            return command(kind, {**CARD, "goods_id": str(room.new_id()), "timestamp": at // 1_000})
        case "SUPER_CHAT_MESSAGE":
            return command(kind, {"id": number, "message": room.text(), "uid": person, "price": 30,
                                  "ts": at // 1_000, "start_time": at // 1_000,
                                  "user_info": {"uname": name, "face": face}}, send_time=at)  # fmt: skip
        case _:
            medal = {"anchor_roomid": 5, "medal_level": 21, "medal_name": name, "target_id": person}
            return command(kind, {
                "uid": person, "uname": name, "face": face, "timestamp": at // 1_000,
                "fans_medal": medal, "msg_type": 1, "roomid": 77001, "score": number,
                "identities": [1], "is_spread": 0, "trigger_time": at * 1_000_000,
                "contribution": {"grade": 0}, "dmscore": 4, "privilege_type": 0,
            }, send_time=at)  # fmt: skip


def _danmu(room: _Room, at: int) -> bytes:
    text, person, name = room.text(), room.person(), room.name()
    extra = json.dumps({
        "send_from_me": False, "mode": 0, "color": 16777215, "dm_type": 0, "font_size": 25,
        "player_mode": 1, "show_player_type": 0, "content": text,
        "user_hash": str(room.random.randrange(2**32)), "emoticon_unique": "", "bulge_display": 0,
        "recommend_score": 1, "direction": 0, "pk_direction": 0, "is_mirror": False,
        "id_str": room.token(32), "icon": None, "show_reply": True, "reply_mid": 0,
        "reply_uname": "", "reply_type_enum": 0, "animation": {}, "hit_combo": 0,
    }, ensure_ascii=False)  # fmt: skip
    base = {
        "name": name, "face": f"https://i0.hdslb.example/bfs/face/{room.token(40)}.jpg",
        "name_color": 0, "is_mystery": False,
    }  # fmt: skip
    head = [
        0, 1, 25, 16777215, at, room.random.randrange(2**31), 0, room.token(8), 0, 0, 5,
        "#1453BAFF,#4C2263A2,#3353BAFF", 0, "{}", "{}",
        {"extra": extra, "mode": 0, "show_player_type": 0,
         "user": {"uid": person, "base": base, "medal": None, "wealth": None, "title": None}},
        {"activity_identity": "", "activity_source": 0, "not_show": 0}, 0,
    ]  # fmt: skip
    medal = [21, room.name(), room.name(), 77001, 1725515, "", 0, 1725515, 1725515, 5414290, 0, 1]
    info = [
        head, text, [person, name, 0, 0, 0, 10000, 1, ""], medal, [12, 0, 6406234, ">50000", 0],
        ["", ""], 0, 0, None, {"ts": at // 1_000, "ct": room.token(8).upper()}, 0, 0, None, None, 0,
        84, [21], None,
    ]  # fmt: skip
    return command("DANMU_MSG", dm_v2="", info=info)


# Xiaohongshu ----------------------------------------------------------------------------------


def _xiaohongshu(room: _Room, mix: Mix) -> bytes:
    kinds = room.kinds(_XIAOHONGSHU) if mix == "room" else ["text"] * MESSAGES
    packets = [
        {"d": base64.b64encode(_note(room, kind)).decode(), "m": room.token(16)} for kind in kinds
    ]
    return json.dumps(
        {"v": 1, "t": 4, "b": {"d": {"b": packets, "biz": "room", "t": room.at}}}
    ).encode()


def _note(room: _Room, kind: str) -> bytes:
    content: dict[str, Any] = {"type": kind, "source": "client", "bizType": 1}
    if kind == "text":
        content |= {
            "desc": room.text(), "commentId": room.token(24),
            "profile": {
                "user_id": f"{room.person():024x}", "nickname": room.name(), "role": "viewer",
                "avatar": f"https://sns-avatar.example.com/avatar/{room.token(40)}.jpg",
                "fans_group": {"level": 3, "name": room.name()},
            },
        }  # fmt: skip
    else:
        content["data"] = {"count": room.random.randrange(10**6), "token": room.token(32)}
    return json.dumps({
        "command": 1, "customData": json.dumps(content, ensure_ascii=False),
        "msgId": room.token(32), "roomId": "570188001", "ts": room.moment(),
    }, ensure_ascii=False).encode()  # fmt: skip


PLATFORMS: dict[str, Callable[[_Room, Mix], bytes]] = {
    "douyin": _douyin,
    "kuaishou": _kuaishou,
    "bilibili": _bilibili,
    "xiaohongshu": _xiaohongshu,
}
"""Who writes the frames of each."""
