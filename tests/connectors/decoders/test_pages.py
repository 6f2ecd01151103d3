"""Answers to pages, told by shape: consoles of Douyin, Kuaishou, Taobao and WeChat Channels."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from connectors.decoders.decoded import Decoded
from connectors.decoders.pages import MAX_NODES, PageAnswers
from detectors.events import Chat, Counter, Order, Price, Product, Room, Session
from tests.connectors.decoders.protobuf_frames import AT, CLASSES, write
from tests.connectors.importing import recording


def decode(answer: object, at: int = AT, **known: object) -> Decoded:
    body = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
    return PageAnswers(recording(**({"platform": "douyin"} | known))).feed(body, at)


COMMENTS = [
    {"comment_id": "701", "nick_name": "小雨点", "content": "这个保真吗"},
    {"comment_id": "702", "nick_name": "路人甲", "content": "加我微信 tea_77001"},
]


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"comment_infos": COMMENTS}},
        {"code": 0, "payload": {"page": [{"v2": {"comment_infos": COMMENTS}}]}},  # moved elsewhere
    ],
)
def test_comments_of_douyins_console_wherever_they_stand(answer: object) -> None:
    first, second = decode(answer).events

    assert isinstance(first, Chat)
    assert isinstance(second, Chat)
    assert (first.id, first.text, first.at) == ("701", "这个保真吗", AT)
    assert second.text == "加我微信 〔微信号〕"
    assert first.user != second.user
    assert "小雨点" not in repr(first)


def test_comments_whose_ids_a_browser_rounded_are_told_apart() -> None:
    # 2^53 and more: JavaScript made one id of two.
    comments = [
        {"comment_id": 7_412_345_678_901_234_688, "nick_name": name, "content": "想要"}
        for name in ("甲", "乙")
    ]
    first, second = decode({"comment_infos": comments}).events

    assert first.id != second.id


def test_the_id_that_is_written_as_text_goes_before_the_number() -> None:
    comment = {"comment_id": 7_412_345_678_901_234_688, "comment_id_str": "7412345678901234567"}
    (line,) = decode({"comment_infos": [comment | {"content": "好"}]}).events

    assert line.id == "7412345678901234567"


def test_comments_of_kuaishous_console() -> None:
    comment = {
        "commentContent": "几号发货", "commentId": "k7", "fromUserId": 5, "fromUserName": "甲",
        "commentTime": AT + 4,
    }  # fmt: skip
    (line,) = decode({"data": {"commentList": [comment]}}, platform="kuaishou").events

    assert isinstance(line, Chat)
    # The console's clock is ahead of the browser's: nothing is captured before it was written.
    assert (line.id, line.text, line.at, line.seen) == ("k7", "几号发货", AT + 4, None)


@pytest.mark.parametrize(("shown", "status"), [("已下单", "placed"), ("已付款", "paid")])
def test_an_order_of_the_console(shown: str, status: str) -> None:
    order = {
        "order_status": shown, "order_ts": AT // 1_000, "product_id": 3_512_345, "product_title": "茶",
    }  # fmt: skip
    answer = {"live_order": [order]}
    (event,) = decode(answer).events

    assert isinstance(event, Order)
    assert (event.sku, event.status, event.at) == ("3512345", status, AT)
    # The page asks again and again.
    assert decode(answer, at=AT + 60_000).events[0].id == event.id


def test_an_order_in_another_state_is_counted() -> None:
    out = decode({"order_status": "拼单中", "product_id": 1})

    assert (out.events, out.skipped) == ([], {"order in a state that is not known": 1})


SHELF = {
    "promotions": [
        {
            "product_id": "88", "promotion_id": "99", "elastic_title": "桂花茶", "min_price": 3_990,
            "max_price": 12_990, "index": 1, "campaign_info": {"left_stock": 30},
        },
        {"promotion_id": "98", "min_price": 9_990, "campaign_info": {"price": "¥29.9"}},
        {"promotion_id": "100", "title": "茶杯", "min_price": 0, "in_stock": False},
    ]
}  # fmt: skip


def test_the_shelf_in_fen() -> None:
    out = decode({"data": SHELF})
    card, price, stock, promoted, campaign, sold_out = out.events

    assert isinstance(card, Product)
    assert (card.sku, card.title, card.price, card.stock) == ("99", "桂花茶", None, 30)
    assert isinstance(price, Price)
    assert (price.price, price.conditions) == (3_990, ["¥39.90-¥129.90"])
    assert isinstance(stock, Counter)
    assert (stock.name, stock.value) == ("stock", 30)
    # One price: the other one is not asked while the campaign goes on.
    assert isinstance(promoted, Product)
    assert isinstance(campaign, Price)
    assert (promoted.price, campaign.price, campaign.conditions) == (None, 2_990, ["活动价"])
    assert isinstance(sold_out, Product)
    assert (sold_out.price, sold_out.status) == (None, "sold_out")


def test_the_same_shelf_seen_later_is_another_observation() -> None:
    early, late = ([event.id for event in decode(SHELF, at=at).events] for at in (AT, AT + 60_000))

    assert not {*early} & {*late}
    assert early == [event.id for event in decode(SHELF).events]


def test_a_shelf_whose_ids_a_browser_rounded_names_no_product() -> None:
    cards = [
        {"promotion_id": 3_512_345_678_901_234_688 + 512 * n, "min_price": 100} for n in (0, 1)
    ]
    out = decode({"promotions": cards})

    assert out.events == []
    assert [found.reason for found in out.problems] == ["a browser rounded the ids of its products"]


def test_comments_of_taobao_and_who_of_them_ordered() -> None:
    comment = {
        "commentId": "t1", "content": "已拍", "publisherId": 77, "tbNick": "甲", "timestamp": AT,
        "renders": {"isOrder": "true", "isAddCart": False},
    }  # fmt: skip
    out = decode({"data": {"comments": [comment]}}, platform="taobao")
    (line,) = out.events

    assert isinstance(line, Chat)
    assert (line.id, line.text) == ("t1", "已拍")
    assert out.skipped == {"mark of a commenter who ordered": 1}


def test_taobaos_messages_are_json_within_other_bytes() -> None:
    values = [
        {"viewCountFormat": "3.4万"},
        {"value": {"dig": 560}},
        {"subType": 10001, "content": "好喝吗", "userId": 5, "messageId": "m5"},
        {"nick": "甲", "flowSourceText": "来自推荐"},
        {"status": 3, "liveId": "55"},
        {"status": 3},  # of what?
    ]
    packed = [
        {"data": base64.b64encode(write("Anything", number=1, inner=inner)).decode()}
        for inner in (CLASSES["Anything"](text=json.dumps(value)) for value in values)
    ]
    out = decode({"data": {"timestampList": packed}}, platform="taobao")
    visits, likes, line, end = out.events

    assert isinstance(visits, Counter)
    assert (visits.name, visits.low, visits.high) == ("visits", 34_000, 34_999)
    assert isinstance(likes, Counter)
    assert (likes.name, likes.value) == ("likes", 560)
    assert isinstance(line, Chat)
    assert (line.id, line.text) == ("m5", "好喝吗")
    assert isinstance(end, Session)
    assert out.skipped == {"enter": 1}
    assert [piece.reason for piece in out.unknown] == ["unknown message of Taobao, subType None"]


def test_an_answer_wrapped_in_a_callback_is_read() -> None:
    body = (
        b'mtopjsonp12({"data":{"comments":[{"commentId":"t1","content":"'
        + "好".encode()
        + b'"}]}});'
    )

    assert [event.id for event in decode(body, platform="taobao").events] == ["t1"]


CHANNELS = {
    "data": {
        "liveInfo": {"liveId": "L9", "liveStatus": 1, "onlineCnt": 120, "likeCnt": 9,
                     "startTime": AT // 1_000 - 90},
        "msgList": [
            {"type": 1, "clientMsgId": "w1", "username": "o1", "nickname": "甲", "content": "有货吗", "seq": 4},
            {"type": 10005, "clientMsgId": "w2", "username": "o2", "content": "", "seq": 4},
        ],
        "appMsgList": [{"msgType": 20009, "payload": "e30="}, {"msgType": 20006, "payload": ""}],
    }
}  # fmt: skip


def test_the_console_of_wechat_channels() -> None:
    out = decode(CHANNELS, platform="channels", session=None)
    # No beginning: whoever opens the console later has not heard it.
    viewers, likes, line = out.events

    assert isinstance(viewers, Counter)
    assert isinstance(likes, Counter)
    assert isinstance(line, Chat)
    assert (viewers.value, likes.value) == (120, 9)
    assert (line.text, line.session) == ("有货吗", "L9")
    # The console's id holds the viewer's account.
    assert "w1" not in line.id
    assert out.skipped == {"enter": 1, "gift": 1, "like": 1}


def test_what_wxlivespy_forwards_has_the_ids_of_the_console() -> None:
    forwarded = {
        "host_info": {"wechat_uin": "1"},
        "live_info": {"live_id": "L9", "online_count": 7, "like_count": 1},
        "events": [
            {"decoded_type": "comment", "msg_id": "w1", "sec_openid": "o1", "content": "有货吗",
             "msg_time": AT, "nickname": "甲", "seq": 3},
            {"decoded_type": "enter", "msg_id": "w2", "sec_openid": "o2", "seq": 4},
        ],
    }  # fmt: skip
    out = decode(forwarded, platform="channels", session=None)

    assert [type(event).__name__ for event in out.events] == ["Counter", "Counter", "Chat"]
    assert out.events[2].id == decode(CHANNELS, session=None).events[2].id
    assert out.skipped == {"enter": 1}


def test_an_answer_about_something_else_is_only_counted() -> None:
    out = decode({"comments": [{"id": 1, "text": "a blog"}], "events": [{"name": "click"}]})

    assert (out.events, out.problems) == ([], [])
    assert out.skipped == {"answer without anything known": 1}


@pytest.mark.slow
def test_a_huge_document_is_not_looked_through_to_its_end() -> None:
    out = decode([{"a": []}] * MAX_NODES)

    assert [problem.reason for problem in out.problems] == [
        f"more than {MAX_NODES} objects: the rest is not looked at"
    ]


ROOM = {
    "data": {
        "data": [
            {
                "id_str": "126467122577003", "status": 2, "title": "直播标题",
                "owner": {"id_str": "43405744308993", "nickname": "茶山小店"},
                "stats": {"total_user_str": "1.3万", "user_count_str": "91"},
                "has_commerce_goods": True, "like_count": 756,
                "room_view_stats": {"display_long": "91在线观众", "display_value": 91},
                "room_cart": {"contain_cart": False, "total": 0},
            }
        ]
    }
}  # fmt: skip


def test_a_permission_to_sell_is_no_cart() -> None:
    out = decode(ROOM, session=None)
    room, viewers, visits, likes = out.events

    assert isinstance(room, Room)
    assert (room.host, room.session) == ("茶山小店", "126467122577003")
    assert isinstance(viewers, Counter)
    assert (viewers.name, viewers.value) == ("viewers", 91)
    assert isinstance(visits, Counter)
    assert (visits.name, visits.low, visits.high) == ("visits", 13_000, 13_999)
    assert isinstance(likes, Counter)
    assert (likes.name, likes.value) == ("likes", 756)
    assert not any(isinstance(event, Product) for event in out.events)


def test_a_list_of_rooms_names_none_of_them() -> None:
    rooms = ROOM["data"]["data"] * 2
    out = decode({"data": rooms}, room="", session=None)

    assert (out.events, out.skipped) == ([], {"list of rooms": 1})


def test_comments_beside_the_room_know_the_host() -> None:
    comment = {"comment_id": "1", "user_id": "43405744308993", "content": "都是现货"}
    line = decode({"comment_infos": [comment]} | ROOM).events[-1]

    assert isinstance(line, Chat)
    assert line.role == "host"


@pytest.mark.samples
def test_the_recorded_answer_on_entering_a_room_shows_no_goods() -> None:
    folder = os.environ.get("LIVEWATCH_SAMPLES")
    if not folder:
        pytest.skip("set LIVEWATCH_SAMPLES to the folder of the real samples")
    body = (Path(folder) / "douyin_room_enter" / "room_enter.json").read_bytes()
    assert b'"has_commerce_goods": true' in body
    out = decode(body, at=1_776_584_127_911, room="", session=None)

    # One room, and each number once, though the answer spells the viewers in four ways.
    assert [(type(event).__name__, getattr(event, "name", None)) for event in out.events] == [
        ("Room", None), ("Counter", "viewers"), ("Counter", "visits"), ("Counter", "likes"),
    ]  # fmt: skip
    assert [getattr(event, "value", None) for event in out.events] == [None, 91, 1_310, 756]
    assert {event.room for event in out.events} == {"126467122577003"}


def test_the_room_that_was_entered_is_told_from_those_that_are_recommended() -> None:
    entered = ROOM["data"]["data"]
    others = [
        {"room": entered[0] | {"id_str": str(number), "title": "别的直播"}, "web_rid": str(number)}
        for number in range(3)
    ]
    answer = {"data": {"data": entered, "similar_rooms": others}}
    out = decode(answer, room="", session=None)

    assert {event.room for event in out.events} == {entered[0]["id_str"]}
    assert len(out.events) == len(decode({"data": {"data": entered}}, room="", session=None).events)
    assert out.skipped["room that is recommended beside this one"] == 3
