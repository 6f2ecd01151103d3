"""What viewers complain of, and what only sounds so; rooms where complaints gather."""

from __future__ import annotations

import pytest

from detectors.alerts import Alert
from detectors.events import Event
from tests.detectors.build import chat, product, run

COMPLAINTS = [
    ("都十天了还没发货，催了三次", "delivery"),
    ("一直不发货", "delivery"),
    ("你们家发了个空包给我", "delivery"),
    ("我买的到手就是坏的", "spoiled"),
    ("收到打开发霉了", "spoiled"),
    ("洗了一次就掉色", "spoiled"),
    ("上次买的那箱烂了一大半", "spoiled"),
    ("不给退款还拉黑", "refund"),
    ("申请退货商家不同意退", "refund"),
    ("运费险不赔", "refund"),
    ("买到假货了大家别上当", "fake"),
    ("这根本不是正品", "fake"),
    ("被骗了三百多", "cheat"),
    ("骗子直播间", "cheat"),
    ("收到的跟直播间不一样", "different"),
    ("我要的黑色给我发错成白色", "different"),
    ("买的五斤少了一斤缺斤少两", "different"),
    ("客服不理人", "service"),
    ("联系不上客服", "service"),
    ("我已经打12315了", "complain"),
    ("等着被投诉吧", "complain"),
    ("举报了", "complain"),
    ("用了三天烂脸", "harm"),
    ("孩子吃了拉肚子", "harm"),
    # Refused, and a question besides or none at all.
    ("退款被拒了怎么办", "refund"),
    ("退款被拒了三次", "refund"),
    ("都申请两次退款了还被拒，你们拒绝退款吗？", "refund"),
    ("有人管吗，我的退款被拒了", "refund"),
    ("收到是坏的还不给退吗", "spoiled"),
    ("我买的坏了退不了怎么办", "refund"),
    ("我的退款怎么被驳回了？", "refund"),
    ("干吗不给退款", "refund"),
    ("拆封了就不给退", "refund"),
    ("申请退款一直被驳回", "refund"),
]
NONE = [
    # Whether a refund would be refused is asked, feared, guessed or heard.
    "退款会被拒吗",
    "你们拒绝退款吗？",
    "听说退不了是真的吗",
    "退款会被拒吗，我想买两件",
    "退款会被驳回吗",
    "你们拒绝退款吗主播",
    "拒绝退款吗拒绝就不买了",
    "收到货不满意退款会被拒吗",
    "七天内退不了吗家人们",
    "退不了是真的假的",
    "你们家不退货的是吧",
    "拆了就不给退货了吧",
    "退不了怎么办",
    "不合适不给退怎么办",
    "能退不能退，别到时候不给退",
    "拒绝退款的话找谁",
    "谁被拒绝退款过",
    "请问退不了款的情况有哪些",
    "据说退不了",
    "拆封退款会被拒",
    "会不会发货很慢",
    "不喜欢给退吗",
    "是不是正品啊",
    "有假货吗",
    "怕买到假货",
    "坏了能换吗",
    "会起球吗",
    "掉色不",
    "如果坏了怎么办",
    "万一过敏了能退吗",
    "没坏过",
    "从没掉色",
    "用了两年没生锈",
    "不掉色不起球",
    "没有异味",
    "这家从不骗人",
    "不是骗子放心买",
    "绝对没有假货",
    "以前在别家买到过假货",
    "隔壁直播间发错货还不承认",
    "某宝上的都是高仿",
    "投诉电话多少呀？",
    "刚才有人说要投诉",
    "发货了吗",
    "还没收到",
    "我的也还没到",
    "什么时候发货呀",
    "便宜到要被投诉了吗",
    "好吃到骗人吧？",
    "听说他被举报了",
]


def entries(*events: Event) -> list[Alert]:
    return run(["complaint-intent"], list(events))


@pytest.mark.parametrize(("text", "kind"), COMPLAINTS)
def test_a_complaint_is_an_entry_for_the_desk(text: str, kind: str) -> None:
    [entry] = entries(chat(text, 0, user="u1", role="viewer"))
    assert (entry.level, entry.subject) == ("info", f"u1/{kind}")
    assert "观众 u1" in entry.reason


@pytest.mark.parametrize("text", NONE)
def test_questions_praise_and_talk_of_others_are_none(text: str) -> None:
    assert entries(chat(text, 0, user="u1", role="viewer")) == []


def test_an_entry_names_what_was_on_sale() -> None:
    card = product(-5, sku="A", title="红枣", status="explaining")
    [entry] = entries(card, chat("收到的有虫，恶心", 0, user="u1", role="viewer"))
    assert "其时讲解“红枣”" in entry.reason
    assert entry.evidence.numbers == {"complaint": "反映质量问题"}


@pytest.mark.slow
def test_beyond_two_hundred_accounts_complaints_are_counted_together() -> None:
    rows: list[Event] = [
        chat("骗子", number, user=f"u{number}", role="viewer") for number in range(205)
    ]
    found = entries(*rows)
    assert len(found) == 201
    rest = next(entry for entry in found if entry.subject == "其余诉求")
    assert rest.hits == 5


TOLD = [
    "不给退款",
    "骗子",
    "我买的坏了",
    "投诉你们",
    "半个月没发货",
    "买到假货",
    "客服不理",
    "发错货还不认，我的是白色",
]


def test_a_surge_counts_accounts_and_those_who_write_meanwhile() -> None:
    rows: list[Event] = [
        chat("好看", -150 + number, user=f"v{number}", role="viewer") for number in range(200)
    ]
    rows += [
        chat(text, 60 * index, user=f"u{index}", role="viewer") for index, text in enumerate(TOLD)
    ]
    [alert] = run(["complaint-surge"], rows)
    numbers = alert.evidence.numbers
    assert (alert.level, numbers["accounts"]) == ("watch", 8)
    assert isinstance(numbers["chatters"], int)
    assert 195 <= numbers["chatters"] <= 220
    assert "此前没有足够的观察可比" in alert.reason


def test_in_a_crowd_of_a_thousand_a_few_are_few() -> None:
    rows: list[Event] = [
        chat("好看", -300 + number / 4, user=f"v{number}", role="viewer") for number in range(1000)
    ]
    rows += [
        chat(text, 20 * index, user=f"u{index}", role="viewer") for index, text in enumerate(TOLD)
    ]
    assert run(["complaint-surge"], rows) == []


def test_what_is_usual_here_is_no_surge() -> None:
    rows: list[Event] = []
    for day in range(-6, 1):
        for minute in range(0, 60, 2):
            moment = day * 86_400 + minute * 60
            rows += [
                chat("多少钱", moment + 1, user=f"v{minute}", role="viewer"),
                chat(TOLD[minute % 8], moment, user=f"u{day}-{minute}", role="viewer"),
            ]
    found = run(["complaint-surge"], rows)
    # Only the first day, when nothing was known yet, can look like a surge.
    assert all(alert.last_at < rows[len(rows) // 7].at + 3_600_000 for alert in found)


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (-13, -11.9),  # seven to eight in the morning of Beijing: midnight in Greenwich
        (3.2, 4.1),  # past midnight in Beijing: still the same evening
    ],
)
def test_what_was_usual_is_asked_of_days_before_and_not_of_this_mornings_or_evenings_start(
    begins: float, goes_on: float
) -> None:
    hour = 3_600
    rows: list[Event] = [
        chat("多少钱", begins * hour + 30 * number, user=f"v{number}", role="viewer")
        for number in range(80)
    ]
    rows += [
        chat(text, goes_on * hour + 20 * index, user=f"u{index}", role="viewer")
        for index, text in enumerate(TOLD)
    ]
    [alert] = run(["complaint-surge"], rows)
    assert "此前没有足够的观察可比" in alert.reason


def test_what_was_usual_yesterday_morning_is_known_today() -> None:
    hour = 3_600
    rows: list[Event] = [
        chat("多少钱", -14 * hour + 30 * number, user=f"v{number}", role="viewer")
        for number in range(80)
    ]
    rows += [
        chat(text, 10 * hour + 20 * index, user=f"u{index}", role="viewer")
        for index, text in enumerate(TOLD)
    ]
    [alert] = run(["complaint-surge"], rows)
    assert "此前 7 日内同样长的时间里平均" in alert.reason
