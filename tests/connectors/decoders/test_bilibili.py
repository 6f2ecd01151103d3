"""Frames of Bilibili: what becomes of each command, and what hostile frames do not do."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zlib
from typing import Any

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoders.bilibili import BilibiliFrames
from connectors.decoders.bilibili_packets import MAX_UNPACKED
from connectors.decoders.decoded import Decoded
from detectors.events import Chat, Counter, Event, Price, Product, Room, Session, encode
from tests.connectors.decoders.bilibili_frames import (
    AT,
    CARD,
    brotlied,
    command,
    danmu,
    packet,
    plain,
    zlibbed,
)
from tests.connectors.decoders.foreign import JSONS, holds
from tests.connectors.importing import recording
from tests.whole import examples

LATER = AT + 700


def feed(*frames: bytes, **known: Any) -> Decoded:
    decoder = BilibiliFrames(recording(platform="bilibili", room="23058", **known))
    out = Decoded()
    for frame in frames:
        out.merge(decoder.feed(frame, LATER))
    return out


def one(frame: bytes, **known: Any) -> Event:
    out = feed(frame, **known)
    assert not out.problems
    [event] = out.events
    return event


# Framing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [plain, zlibbed, brotlied])
def test_a_line_comes_out_of_every_packing(pack: Any) -> None:
    event = one(pack(danmu("多少钱一盒", id_="7f3", uid=42, name="小李")))
    assert isinstance(event, Chat)
    assert (event.id, event.text, event.at, event.seen, event.role) == (
        "d-7f3", "多少钱一盒", AT, LATER, "viewer",
    )  # fmt: skip
    assert event.user is not None
    assert event.user.startswith("k1:")


@pytest.mark.slow
@pytest.mark.parametrize("pack", [plain, zlibbed, brotlied])
def test_all_packets_of_a_frame_are_read(pack: Any) -> None:
    out = feed(pack(*(danmu(f"第{number}句", id_=str(number)) for number in range(300))))
    assert [event.id for event in out.events] == [f"d-{number}" for number in range(300)]


def test_the_reply_to_a_heartbeat_may_carry_an_echo_that_its_length_leaves_out() -> None:
    reply = packet(struct.pack(">I", 12345), op=3, ver=1) + b"[object Object]"
    out = feed(reply, plain(danmu("还在", id_="1")))
    assert (len(out.events), out.problems, out.skipped) == (1, [], {"heartbeat reply": 1})


def test_a_body_of_length_zero_is_nothing() -> None:
    out = feed(packet(b"") + packet(danmu("在", id_="1")), b"")
    assert len(out.events) == 1
    assert out.skipped == {"empty packet": 1, "empty frame": 1}


LINE = danmu("在", id_="1")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (packet(LINE, length=16 + len(LINE) + 1), "of which"),
        (packet(LINE, length=2**32 - 1), "of which"),
        (packet(LINE, length=0), "a header of 16 in a packet of 0 bytes"),
        (packet(LINE, length=15), "a header of 16"),
        (packet(LINE, header=0), "a header of 0"),
        (packet(LINE, header=60_000), "a header of 60000"),
        (b"\x00\x00\x00", "3 bytes are no packet"),
        (packet(b"no json"), "no JSON"),
        (packet(b"[1]"), "no object"),
        (packet(b"{}"), "without a name"),
        (packet(b'{"cmd":""}'), "without a name"),
        (packet(b"\xff\xfe{"), "no JSON"),
        (packet(b"[" * 100_000), "no JSON"),
        (packet(b"not packed", ver=2), "cannot be unpacked"),
        (packet(b"not packed", ver=3), "cannot be unpacked"),
        (packet(zlib.compress(plain(LINE))[:-9], ver=2), "cut off"),
        (packet(brotli.compress(plain(LINE))[:-1], ver=3), "cut off"),
        (packet(brotli.compress(brotlied(LINE)), ver=3), "a packed packet in a packed packet"),
        (packet(zlib.compress(brotlied(LINE)), ver=2), "a packed packet in a packed packet"),
        (b"\x00" * ((4 << 20) + 1), "a frame of"),
    ],
)
def test_a_bad_packet_is_a_problem_and_the_next_frame_is_read(bad: bytes, reason: str) -> None:
    out = feed(bad, plain(danmu("后面的", id_="2")))
    assert any(reason in problem.reason for problem in out.problems)
    assert out.events[-1].id == "d-2"


def test_good_packets_before_a_lying_length_are_kept() -> None:
    out = feed(packet(LINE) + packet(LINE, length=1_000_000))
    assert [event.id for event in out.events] == ["d-1"]
    assert [problem.place for problem in out.problems] == [f"byte {16 + len(LINE)}"]


@pytest.mark.parametrize("pack", ["zlib", "brotli", "many brotli"])
@pytest.mark.slow
def test_a_bomb_stays_small(pack: str) -> None:
    zeros = b"\0" * (300 << 20)
    if pack == "zlib":
        bomb = packet(zlib.compress(zeros, 9), ver=2)
    elif pack == "brotli":
        bomb = packet(brotli.compress(zeros, quality=5), ver=3)
    else:
        bomb = packet(brotli.compress(zeros[: 7 << 20], quality=5), ver=3) * 40
    del zeros
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    began = time.process_time()
    out = feed(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not out.events
    assert (
        any("unpacks to more than" in problem.reason for problem in out.problems)
        or pack == "many brotli"
    )
    assert out.problems
    assert peak < 5 * MAX_UNPACKED
    assert time.process_time() - began < 10


def test_a_frame_of_a_million_empty_packets_ends() -> None:
    out = feed(packet(zlib.compress(packet(b"") * 300_000), ver=2))
    assert "more than 10000 packets" in out.problems[0].reason


def test_an_unknown_operation_and_an_unknown_command_are_kept() -> None:
    out = feed(packet(b"x", op=99), plain(command("NEW_THING", {"a": 1})))
    assert [(p.reason, p.data) for p in out.unknown] == [
        ("unknown operation 99", b"x"),
        ("unknown command NEW_THING", command("NEW_THING", {"a": 1})),
    ]


# Chat -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cmd", ["DANMU_MSG", "DANMU_MSG:4:0:2:2:2:0", "DANMU_MSG_MIRROR"])
def test_the_name_of_a_line_may_have_numbers_behind_it(cmd: str) -> None:
    assert isinstance(one(plain(danmu("在", cmd=cmd))), Chat)


def test_without_a_login_the_checksum_tells_viewers_apart() -> None:
    out = feed(plain(danmu("一", crc="aa"), danmu("二", crc="bb"), danmu("三", crc="aa")))
    users = [event.user for event in out.events if isinstance(event, Chat)]
    assert users[0] == users[2] != users[1]


def test_two_identical_lines_are_two_events_and_have_the_same_ids_again() -> None:
    frame = plain(danmu("已拍"), danmu("已拍"))
    first = [event.id for event in feed(frame).events]
    assert len(set(first)) == 2
    assert [event.id for event in feed(frame).events] == first


def test_what_viewers_write_is_masked_and_the_host_is_not() -> None:
    out = feed(
        plain(danmu("加微信 abc_12345", id_="1"), danmu("客服电话 13800138000", id_="2", name="茶老板")),
        host="茶老板",
    )  # fmt: skip
    texts = [(event.role, event.text) for event in out.events if isinstance(event, Chat)]
    assert texts == [("viewer", "加微信 〔微信号〕"), ("host", "客服电话 13800138000")]


def test_nothing_of_a_viewer_but_the_pseudonym_leaves_the_decoder() -> None:
    event = one(
        plain(danmu("在", uid=987654321, name="长安某人", medal=[21, "茶友", "茶老板", 23058]))
    )
    encoded = encode(event).decode()
    for part in ("987654321", "长安某人", "茶友"):
        assert part not in encoded


def test_a_line_of_the_open_platform() -> None:
    data = {"msg_id": "m-1", "open_id": "o9", "uname": "小李", "msg": "多少钱", "timestamp": AT // 1000,
            "room_id": 23058, "is_admin": 0}  # fmt: skip
    event = one(plain(command("LIVE_OPEN_PLATFORM_DM", data)))
    assert isinstance(event, Chat)
    assert (event.id, event.text, event.at, event.role) == ("d-m-1", "多少钱", AT, "viewer")


def test_a_moderator_may_be_anybody() -> None:
    event = one(plain(danmu("欢迎", admin=1)))
    assert isinstance(event, Chat)
    assert event.role is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (command("WARNING", msg="违反直播规范", roomid=1), "超管警告：违反直播规范"),
        (command("CUT_OFF", msg="禁播", roomid=1), "直播被切断：禁播"),
        (command("RECALL_DANMU_MSG", {"recall_type": 1, "target_id": 77}), "平台撤回弹幕 77"),
        (command("GOTO_BUY_FLOW", {"text": "小***正在去买"}), "小***正在去买"),
    ],
)
def test_what_the_platform_says_and_does_is_kept(body: bytes, text: str) -> None:
    event = one(plain(body))
    assert isinstance(event, Chat)
    assert (event.role, event.text, event.at) == ("system", text, LATER)


# Goods ----------------------------------------------------------------------------------------


def test_a_card_that_is_explained() -> None:
    out = feed(plain(command("SHOPPING_EXPLAIN_CARD", CARD)))
    card, asking, coupon = out.events
    assert isinstance(card, Product)
    assert (card.sku, card.title, card.status, card.price) == (
        "1001",
        "云雾绿茶 250g",
        "explaining",
        3990,
    )
    assert (card.reference_price, card.reference_label) == (45900, "划线价")
    assert (card.at, card.attributes) == (AT, {"卖点": "核心产区"})
    assert isinstance(asking, Price)
    assert (asking.kind, asking.price, asking.conditions) == ("asking", 3990, ["起"])
    assert isinstance(coupon, Price)
    assert (coupon.kind, coupon.price, coupon.conditions) == ("coupon", 3490, ["新人券", "满39减5"])
    assert len({event.id for event in out.events}) == 3


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"goods_id": None, "itemCode": 1001}, {"sku": "1001"}),
        ({"goods_price": "39.9起"}, {"price": 3990}),
        ({"goods_price": "39.9-59.9"}, {"price": 3990}),
        ({"goods_price": 39}, {"price": 3900}),
        ({"goods_price": 39.9}, {"price": 3990}),
        ({"goods_price": "", "price_info": None}, {"price": None, "reference_price": None}),
        ({"goods_price": "免费", "price_info": None}, {"price": None}),
        ({"price_info": {"normal": {"strock_price": "459", "strock_show": 0}}}, {"reference_price": None}),
        ({"price_info": []}, {"price": 3990, "reference_price": None}),
        ({"goods_name": ""}, {"title": ""}),
        ({"goods_name": None}, {"title": None}),
        ({"goods_name": {"text": "茶"}}, {"title": None}),
        ({"status": "drifted", "sale_status": {"a": 1}}, {"status": "explaining"}),
    ],
)  # fmt: skip
def test_one_changed_field_costs_itself_alone(
    change: dict[str, Any], expected: dict[str, Any]
) -> None:
    out = feed(plain(command("SHOPPING_EXPLAIN_CARD", CARD | change)))
    card = out.events[0]
    assert isinstance(card, Product)
    assert {name: getattr(card, name) for name in expected} == expected
    assert not out.problems


def test_the_conditions_of_a_price_are_words() -> None:
    normal = {
        "sale_start_time": AT // 1000,
        "sale_end_time": AT // 1000 + 600,
        "prefix_price": "预估",
    }
    card = CARD | {"goods_max_price": "59.9", "is_pre_sale": 1, "price_info": {"normal": normal}}
    asking = feed(plain(command("SHOPPING_EXPLAIN_CARD", card))).events[1]
    assert isinstance(asking, Price)
    assert asking.conditions == [
        "39.90-59.90 元", "预估", "2026-09-01 19:30:00 至 2026-09-01 19:40:00", "预售",
    ]  # fmt: skip


def test_recommended_cards_say_what_was_sold() -> None:
    other = CARD | {"goods_id": "1002", "coupon_discount_price": "", "hot_buy_num": 5}
    data = {
        "recommend_list": [{"shopping_card_detail": CARD}],
        "update_list": [{"shopping_card_detail": other}],
    }
    out = feed(plain(command("RECOMMEND_CARD", data)))
    counted = [
        (event.sku, event.name, event.value) for event in out.events if isinstance(event, Counter)
    ]
    assert counted == [("1001", "sold", 120), ("1002", "sold", 5)]
    cards = [(event.sku, event.status) for event in out.events if isinstance(event, Product)]
    assert cards == [("1001", "listed"), ("1002", "listed")]
    assert len({event.id for event in out.events}) == len(out.events) == 7


def test_selected_goods_say_no_status() -> None:
    out = feed(
        plain(command("SELECTED_GOODS_INFO", {"change_type": 9, "item": [CARD], "title": "精选"}))
    )
    assert isinstance(out.events[0], Product)
    assert out.events[0].status is None


def test_bubbles_are_attributes_of_the_goods_that_they_name() -> None:
    data = {"goods_count": 2, "checksum": "x", "bubbles_list": [
        {"tag": "onlyone", "name": "仅剩1件", "goods_list": [{"goods_id": "1001"}]},
        {"tag": "coupon", "name": "领券立减", "goods_list": ["1001", 1002]},
        {"tag": "goodsnum", "name": "2件商品", "goods_list": None},
    ]}  # fmt: skip
    out = feed(plain(command("SHOPPING_BUBBLES_STYLE", data)))
    found = {event.sku: event.attributes for event in out.events if isinstance(event, Product)}
    assert found == {
        "1001": {"购物袋提示": "仅剩1件；领券立减"},
        "1002": {"购物袋提示": "领券立减"},
    }


@pytest.mark.parametrize(
    ("body", "name", "value", "low", "high", "sku"),
    [
        (command("HOT_BUY_NUM", {"goods_id": "1001", "num": 88}), "orders", 88, None, None, "1001"),
        (command("WATCHED_CHANGE", {"num": 5566, "text_small": "5566"}), "visits", 5566, None, None, None),
        (command("WATCHED_CHANGE", {"text_small": "1.2万"}), "visits", None, 12000, 12999, None),
        (command("ONLINE_RANK_COUNT", {"count": 99, "online_count": 1234}), "viewers", 1234, None, None, None),
        (command("LIKE_INFO_V3_UPDATE", {"click_count": 321}), "likes", 321, None, None, None),
    ],
)  # fmt: skip
def test_numbers(body: bytes, name: str, value: Any, low: Any, high: Any, sku: Any) -> None:
    event = one(plain(body))
    assert isinstance(event, Counter)
    assert (event.name, event.value, event.low, event.high, event.sku) == (
        name,
        value,
        low,
        high,
        sku,
    )


def test_a_length_of_a_list_is_no_number_of_viewers() -> None:
    out = feed(plain(command("ONLINE_RANK_COUNT", {"count": 99})))
    assert (out.events, out.skipped) == ([], {"ONLINE_RANK_COUNT without content": 1})


def test_the_same_number_later_is_another_observation() -> None:
    decoder = BilibiliFrames(recording(room="1"))
    frame = plain(command("WATCHED_CHANGE", {"num": 5}))
    ids = [decoder.feed(frame, AT + later).events[0].id for later in (0, 1000)]
    assert ids[0] != ids[1]


@pytest.mark.slow
def test_a_room_that_is_watched_for_weeks_keeps_little() -> None:
    decoder = BilibiliFrames(recording(room="1"))
    for number in range(5_000):
        decoder.feed(plain(command("WATCHED_CHANGE", {"num": number})), AT + number)
    assert len(decoder._occurrences._seen) <= 1_024


def test_the_shopping_bag_makes_a_room_that_sells() -> None:
    event = one(plain(command("SHOPPING_CART_SHOW", {"status": 1})), host="茶老板")
    assert isinstance(event, Room)
    assert event.host == "茶老板"


def test_money_for_the_host_is_passed_over() -> None:
    out = feed(
        plain(command("SEND_GIFT", {"num": 1}), command("COMBO_SEND", {}), command("GUARD_BUY", {}))
    )
    assert not out.events
    assert out.skipped == {"SEND_GIFT": 1, "COMBO_SEND": 1, "GUARD_BUY": 1}


# The broadcast --------------------------------------------------------------------------------


def test_a_broadcast_begins_and_ends() -> None:
    out = feed(
        plain(danmu("还没开播", id_="0")),
        plain(command("LIVE", live_key="555", live_time=AT // 1000, roomid=23058)),
        plain(danmu("来了", id_="1")),
        plain(command("ROOM_CHANGE", {"title": "全场半价"})),
        plain(command("PREPARING", roomid="23058", send_time=AT + 60_000)),
        plain(danmu("散了", id_="2")),
        session=None,
    )
    assert [(type(event).__name__, event.session) for event in out.events] == [
        ("Chat", "23058-20260901"),  # came into it: the room and the day
        ("Session", "23058-555"),
        ("Chat", "23058-555"),
        ("Session", "23058-555"),
        ("Session", "23058-555"),
        ("Chat", ""),  # off the air
    ]
    started, renamed, ended = (event for event in out.events if isinstance(event, Session))
    assert (started.phase, started.at, started.id) == ("started", AT, "live-23058-555")
    assert (renamed.phase, renamed.title) == ("started", "全场半价")
    assert (ended.phase, ended.at) == ("ended", AT + 60_000)


@pytest.mark.parametrize("key", [{"live_key": "555"}, {}])
def test_a_start_that_is_told_twice_is_one_broadcast(key: dict[str, str]) -> None:
    out = feed(
        plain(command("LIVE", live_time=AT // 1000, **key)),
        plain(command("LIVE", **key)),
        session=None,
    )
    first, second = out.events
    assert first.id == second.id
    assert first.session == second.session


def test_an_end_and_a_start_make_another_broadcast() -> None:
    out = feed(
        plain(command("LIVE", live_time=AT // 1000)),
        plain(command("PREPARING")),
        plain(command("LIVE", live_time=AT // 1000 + 3600)),
        session=None,
    )
    assert len({event.session for event in out.events}) == 2


def test_after_a_long_pause_nobody_knows_which_broadcast_it_is() -> None:
    decoder = BilibiliFrames(recording(platform="bilibili", room="23058", session=None))
    decoder.feed(plain(command("LIVE", live_key="555", live_time=AT // 1000)), AT)
    minute = 60_000
    sessions = [
        decoder.feed(plain(danmu("在", id_=str(later))), AT + later * minute).events[0].session
        for later in (1, 11, 22)
    ]
    assert sessions == ["23058-555", "23058-555", "23058-20260901"]


# Any bytes ------------------------------------------------------------------------------------

GOOD = [
    brotlied(danmu("在", id_="1"), command("SHOPPING_EXPLAIN_CARD", CARD), command("LIVE", live_key="5")),
    zlibbed(command("RECOMMEND_CARD", {"recommend_list": [{"shopping_card_detail": CARD}]})),
    plain(danmu("在", uid=5), command("WATCHED_CHANGE", {"num": 5}), command("PREPARING")),
    packet(struct.pack(">I", 1), op=3, ver=1) + b"{}",
    packet(b'{"code":0}', op=8, ver=1),
]  # fmt: skip
COMMANDS = sorted(BilibiliFrames._READERS)


@pytest.mark.slow
@settings(deadline=None)  # a busy machine is no fault
@given(frame=st.binary(max_size=400))
def test_no_bytes_break_the_decoder(frame: bytes) -> None:
    holds(feed(frame))


@settings(deadline=None)  # a busy machine is no fault
@given(data=st.data())
def test_no_damage_to_a_real_frame_breaks_the_decoder(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(GOOD))
    at = data.draw(st.integers(0, len(good)))
    drop = data.draw(st.integers(0, 30))
    insert = data.draw(st.binary(max_size=20))
    holds(feed(good[:at] + insert + good[at + drop :], plain(danmu("后面", id_="9"))))


@settings(deadline=None)  # a busy machine is no fault
@given(body=st.binary(max_size=200), op=st.integers(0, 20), ver=st.integers(0, 9),
       length=st.none() | st.integers(0, 2**32 - 1), header=st.integers(0, 2**16 - 1))  # fmt: skip
def test_no_header_breaks_the_decoder(
    body: bytes, op: int, ver: int, length: int | None, header: int
) -> None:
    holds(feed(packet(body, op, ver, length=length, header=header)))


@settings(deadline=None, max_examples=examples(300))  # a busy machine is no fault
@given(
    cmd=st.sampled_from(COMMANDS),
    data=JSONS,
    fields=st.dictionaries(st.sampled_from([*CARD, "num", "info", "title"]), JSONS),
)
@pytest.mark.slow
def test_no_shape_of_a_message_breaks_the_decoder(
    cmd: str, data: Any, fields: dict[str, Any]
) -> None:
    import json

    for shape in (
        {"cmd": cmd, "data": data, "info": data},
        {"cmd": cmd, "data": CARD | fields, **fields, "cmd ": cmd},
    ):
        text = json.dumps(shape).encode("utf-8", "surrogatepass")
        holds(feed(packet(text), host="茶老板"))
