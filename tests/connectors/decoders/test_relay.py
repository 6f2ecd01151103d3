"""JSON relays: what a mapping makes of the messages of douyinLive and dycast."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoders.decoded import Decoded
from connectors.decoders.relay import RelayFrames, read_mapping
from connectors.decoders.relay_mappings import DOUYINLIVE, douyinlive, dycast
from connectors.errors import DecodeError
from detectors.events import Chat, Counter, Price, Product, Session, encode
from tests.connectors.decoders.foreign import JSONS, holds
from tests.connectors.importing import recording

NOW = 1_788_262_200_000
ROOM_ID = "7412345678901234567"


def message(method: str, msg_id: int = 1, **fields: Any) -> dict[str, Any]:
    """As protobuf's JSON writes it, with what douyinLive puts beside."""
    common = {"method": method, "msgId": f"7500000000000000{msg_id:03}", "roomId": ROOM_ID,
              "createTime": str(NOW + msg_id)}  # fmt: skip
    return {"common": common, "method": method, "livename": "茶老板", "title": "好茶专场", **fields}


def status(code: str, **fields: Any) -> dict[str, Any]:
    return {"type": "system", "event": "live_status", "code": code, "room_id": "536681248455",
            "live_name": "茶老板", "title": "好茶专场", **fields}  # fmt: skip


CHAT = message("WebcastChatMessage", 2, content="多少钱一盒", eventTime=str(NOW // 1000),
               user={"id": "101", "nickname": "小李", "secUid": "MS4w"})  # fmt: skip
SHOPPING = message("WebcastLiveShoppingMessage", 3, promotionId="3600", updatedProductInfo={
    "price": "3990", "title": "云雾绿茶", "status": "1"}, updateSkuInfo={"couponPrice": "3490"})  # fmt: skip


def relay(*frames: Any, make: Any = douyinlive, **known: Any) -> Decoded:
    known = {"platform": "douyin", "room": "536681248455", "session": None} | known
    decoder = make(recording(**known))
    out = Decoded()
    for frame in frames:
        data = frame if isinstance(frame, bytes) else json.dumps(frame, ensure_ascii=False).encode()
        out.merge(decoder.feed(data, NOW + 900))
    return out


def test_a_broadcast_from_its_beginning_to_its_end() -> None:
    out = relay(
        status("ROOM_OFFLINE"), status("ROOM_ONLINE", live=True), CHAT,
        status("ROOM_ENDED", ended=True), message("WebcastChatMessage", 9, content="散了"),
    )  # fmt: skip
    assert not out.problems
    started, asked, ended, late = out.events
    assert isinstance(started, Session)
    assert (started.phase, started.session, started.title, started.host) == (
        "started", ROOM_ID, "好茶专场", "茶老板",
    )  # fmt: skip
    assert isinstance(asked, Chat)
    assert (asked.id, asked.session, asked.at, asked.role) == (
        "7500000000000000002", ROOM_ID, NOW, "viewer",
    )  # fmt: skip
    assert isinstance(ended, Session)
    assert (ended.phase, ended.session) == ("ended", ROOM_ID)
    assert late.session == ""


def test_a_relay_that_is_joined_again_begins_no_other_broadcast() -> None:
    once, twice = (relay(status("ROOM_ONLINE"), CHAT).events[0] for _ in range(2))
    assert once.id == twice.id == f"live-{ROOM_ID}"


def test_before_anybody_says_which_broadcast_it_is_named_after_the_day() -> None:
    anonymous = {**CHAT, "common": {"method": "WebcastChatMessage", "msgId": "5"}}
    assert [event.session for event in relay(anonymous).events] == ["536681248455-20260901"]


def test_what_the_platform_says_about_a_violation_is_kept() -> None:
    control = message("WebcastControlMessage", 4, action="3", tips="因违规被中断",
                      extra={"violationReason": {"defaultPattern": "虚假宣传"}})  # fmt: skip
    notice, ended = relay(CHAT, control).events[1:]
    assert isinstance(notice, Chat)
    assert (notice.role, notice.text) == ("system", "因违规被中断")
    assert isinstance(ended, Session)
    assert ended.phase == "ended"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (message("WebcastLikeMessage", total="12345"), [("likes", 12345, None, None)]),
        (message("WebcastRoomUserSeqMessage", total="99", totalUserStr="1.2万"),
         [("viewers", 99, None, None), ("visits", None, 12000, 12999)]),
        (message("WebcastRoomStatsMessage", displayLong="1234在线观众", displayValue="1234"),
         [("viewers", 1234, None, None)]),
        (message("WebcastRoomStatsMessage", displayLong="10万+人看过", displayShort="10万+"),
         [("visits", None, 100000, None)]),
        (message("WebcastRoomStatsMessage", displayLong="热度上升", displayValue="7"), []),
    ],
)  # fmt: skip
def test_numbers(body: Any, expected: list[Any]) -> None:
    counters = [event for event in relay(body).events if isinstance(event, Counter)]
    assert [(one.name, one.value, one.low, one.high) for one in counters] == expected


def test_a_card_with_its_prices() -> None:
    card, asking, coupon = relay(SHOPPING).events
    assert isinstance(card, Product)
    assert (card.sku, card.title, card.price, card.status) == ("3600", "云雾绿茶", 3990, None)
    assert isinstance(asking, Price)
    assert (asking.kind, asking.price, asking.sku) == ("asking", 3990, "3600")
    assert isinstance(coupon, Price)
    assert (coupon.kind, coupon.price) == ("coupon", 3490)
    assert len({card.id, asking.id, coupon.id}) == 3
    gone = relay({**SHOPPING, "soldOut": True}).events[0]
    assert isinstance(gone, Product)
    assert gone.status == "sold_out"


def test_viewers_are_pseudonyms_and_what_they_write_is_masked() -> None:
    user = {"id": "2", "nickname": "小李"}
    [event] = relay(message("WebcastChatMessage", 6, content="电话 13800138000", user=user)).events
    assert isinstance(event, Chat)
    assert (event.role, event.text) == ("viewer", "电话 〔手机号〕")
    assert "小李" not in encode(event).decode()


def test_who_has_the_name_of_the_host_may_be_anybody() -> None:
    user = {"id": "2", "nickname": "茶老板"}
    [event] = relay(message("WebcastChatMessage", 6, content="能治高血压", user=user)).events
    assert isinstance(event, Chat)
    assert event.role is None


def test_what_nobody_knows_is_kept_and_the_rest_counted() -> None:
    out = relay(
        message("WebcastNewMessage"),
        message("WebcastGiftMessage"),
        b"pong",
        status("ROOM_STATUS_UNKNOWN"),
    )
    assert [problem.reason for problem in out.unknown] == ["unknown message WebcastNewMessage"]
    assert out.skipped == {
        "WebcastGiftMessage": 1,
        "pong": 1,
        "system/live_status/ROOM_STATUS_UNKNOWN": 1,
    }
    assert not out.problems


@pytest.mark.parametrize(
    "frame", [b"", b"nonsense", b"[{]", b"7", b"{}", b'{"method":7.5}', b"[1,2]", b"\xff"]
)
def test_what_is_no_message_is_a_problem(frame: bytes) -> None:
    out = relay(frame, CHAT)
    assert out.problems
    assert len(out.events) == 1


def test_dycast_sends_lists() -> None:
    frame = [
        {"id": "1", "method": "WebcastChatMessage", "content": "来了", "user": {"id": "MS4w", "name": "小李"}},
        {"id": "2", "method": "WebcastRoomUserSeqMessage", "room": {"audienceCount": 12, "totalUserCount": "3.4万"}},
        {"id": "3", "method": "WebcastLikeMessage", "room": {"likeCount": "77"}},
        {"method": "WebcastControlMessage", "content": "", "room": {"status": 3}},
    ]  # fmt: skip
    out = relay(frame, make=dycast, session="s1")
    assert [type(event).__name__ for event in out.events] == [
        "Chat",
        "Counter",
        "Counter",
        "Counter",
        "Session",
    ]
    assert out.events[0].at == NOW + 900  # it says no time


def test_the_end_that_dycast_tells_ends_a_broadcast_that_nobody_named() -> None:
    chat = {"id": "1", "method": "WebcastChatMessage", "content": "来了", "user": {"id": "a"}}
    end = {"id": "2", "method": "WebcastControlMessage", "content": "", "room": {"status": 3}}
    pause = {"id": "3", "method": "WebcastControlMessage", "content": "离开", "room": {"status": 1}}
    decoder = dycast(recording(platform="douyin", room="77", session=None))

    def heard(body: dict[str, Any], after_ms: int) -> list[tuple[str, str]]:
        out = decoder.feed(json.dumps([body]).encode(), NOW + after_ms)
        return [
            (type(event).__name__, event.session)
            for event in out.events
            if not isinstance(event, Session) or event.phase == "ended"
        ]

    assert heard(chat, 0) == [("Chat", "77-20260901")]
    assert heard(pause, 1_000) == [("Chat", "77-20260901")]
    assert heard(end, 2_000) == [("Session", "77-20260901")]
    # What was still under way is off the air, and the end told twice is one end.
    assert heard(chat | {"id": "4"}, 3_000) == [("Chat", "")]
    assert heard(end | {"id": "5"}, 4_000) == []
    # The next broadcast is another one, and ends by itself.
    again = heard(chat | {"id": "6"}, 900_000)
    assert again == [("Chat", "77-20260901T194500")]
    assert heard(end | {"id": "7"}, 910_000) == [("Session", "77-20260901T194500")]


@pytest.mark.parametrize("code", ["ROOM_OFFLINE", "ACCOUNT_OFFLINE_NO_ROOM"])
def test_a_room_that_is_said_to_be_off_the_air_has_ended_its_broadcast(code: str) -> None:
    ended = relay(CHAT, status(code)).events[-1]
    assert isinstance(ended, Session)
    assert (ended.phase, ended.session) == ("ended", ROOM_ID)
    # None that was known, none that ended; and the relay says it again and again.
    assert relay(status(code), status(code)).events == []
    assert len(relay(CHAT, status(code), status(code)).events) == 2
    # A session that a person named has ended once something of it was heard.
    assert relay(status(code), session="s1").events == []
    assert [event.session for event in relay(CHAT, status(code), session="s1").events] == [
        "s1",
        "s1",
    ]


def test_two_identical_messages_without_an_id_are_two_events() -> None:
    same = {"method": "WebcastChatMessage", "content": "666", "user": {"id": "1"}}
    out = relay([same, same], make=dycast)
    assert len({event.id for event in out.events}) == 2


OWN = """
names = [["kind"]]
id = ["no"]
at = ["time"]
[[messages.say]]
event = "chat"
text = ["what.words"]
account = ["who"]
"""


def test_another_program_needs_another_mapping_only() -> None:
    frame = {"kind": "say", "no": 5, "time": NOW, "who": "a", "what": {"words": "你好"}}
    [event] = relay(frame, make=lambda known: RelayFrames(known, read_mapping(OWN))).events
    assert isinstance(event, Chat)
    assert (event.id, event.text, event.role) == ("5", "你好", None)


@pytest.mark.parametrize(
    "text", ["names = 7", OWN + "surplus = 1", OWN.replace("chat", "shout"), "]["]
)
def test_a_wrong_mapping_says_what_is_wrong(text: str) -> None:
    with pytest.raises(DecodeError, match="no mapping"):
        read_mapping(text)


KINDS = sorted(read_mapping(DOUYINLIVE).messages)


@settings(deadline=None)  # a busy machine is no fault
@given(frame=st.binary(max_size=300))
def test_no_bytes_break_it(frame: bytes) -> None:
    holds(relay(frame))
    holds(relay(frame, make=dycast))


@pytest.mark.slow
@settings(deadline=None)  # a busy machine is no fault
@given(
    kind=st.sampled_from(KINDS),
    changed=st.dictionaries(st.sampled_from([*CHAT, *SHOPPING, "total", "action", "type"]), JSONS),
)
def test_no_shape_breaks_it(kind: str, changed: dict[str, Any]) -> None:
    text = json.dumps({**SHOPPING, **CHAT, "method": kind, **changed}).encode(
        "utf-8", "surrogatepass"
    )
    holds(relay(status("ROOM_ONLINE"), text, status("ROOM_ENDED"), text))
    holds(relay(text, make=dycast))


@settings(deadline=None)  # a busy machine is no fault
@given(data=st.data())
def test_no_damage_breaks_it(data: st.DataObject) -> None:
    good = json.dumps([SHOPPING, CHAT], ensure_ascii=False).encode()
    at = data.draw(st.integers(0, len(good)))
    drop = data.draw(st.integers(0, 30))
    insert = data.draw(st.binary(max_size=20))
    holds(relay(good[:at] + insert + good[at + drop :]))
