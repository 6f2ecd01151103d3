"""Price promises: what the words promise, until when, and which later price makes them due."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.events import Event
from detectors.lab.cases import BASE_MS
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.rules.prices.guarantee import MAX_PROMISES, GuaranteeState
from detectors.rules.prices.guaranteed import Guaranteed, guaranteed
from tests.detectors.build import chat, only, price, product, rulebook, run, run_engine, speech

DAY = 86_400
DAY_MS = DAY * 1000
RULE = "price-promise-broken"


def read(text: str) -> Guaranteed | str | None:
    folded = fold(text)
    hits: list[Hit] = only(RULE).lexicon.scan(folded.text).get(RULE, [])
    words = rulebook()[RULE].spec.patterns
    return guaranteed(folded.text, hits, words, BASE_MS, 7 * DAY_MS)


@pytest.mark.parametrize(
    ("text", "days", "factor"),
    [
        ("今天拍保价七天", 7, 1),
        ("7天保价啊家人们", 7, 1),
        ("保价15天啊，买贵了退差价", 15, 1),
        ("保价一个半月", 45, 1),
        ("买贵必赔，30天内降价赔双倍差价", 30, 2),
        ("半年之内掉价了，差多少补多少给你补", 182.5, 1),
        ("一周内要是降价了我补给你", 7, 1),
        ("四十八小时内降价退你差价", 2, 1),
        ("比这个便宜的，差价我十倍赔给你，三天之内", 3, 1),
        ("咱们家假一赔十", 7, 10),
        ("买贵退差放心拍", 7, 1),
    ],
)
def test_a_promise_is_read_with_its_time(text: str, days: float, factor: float) -> None:
    told = read(text)
    assert isinstance(told, Guaranteed), told
    assert told.days == days
    if "倍" not in text or factor > 1:
        assert told.factor == factor


@pytest.mark.parametrize(
    ("text", "days"), [("保价到十月十号", 9.2), ("降一分都补，到10月10日", 9.2), ("保价到双十一", 41.2), ("保价到月底", 30.2)]
)  # fmt: skip
def test_a_promise_up_to_a_day_ends_with_that_day_in_beijing(text: str, days: float) -> None:
    told = read(text)
    assert isinstance(told, Guaranteed)
    assert (told.days, told.open_ended) == (days, False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("清仓款不保价啊", "denied"),
        ("这个活动不支持保价", "denied"),
        ("降价了也不给补差价的", "denied"),
        ("顺丰保价寄出，放心", "freight-insurance"),
        ("隔壁说买贵必赔，你们信吗", "not-their-own"),
        ("有人问保价吗，这个不好说", "question"),
        ("保温七个小时，保质期二十天", None),
        ("今天这个价很划算", None),
        ("买贵的不如买对的", None),
        ("上周降价了，今天恢复", None),
    ],
)
def test_what_promises_nothing(text: str, why: str | None) -> None:
    assert read(text) == why


def test_a_question_that_is_answered_promises() -> None:
    told = read("有姐妹问保价吗，保的，保价七天")
    assert isinstance(told, Guaranteed)


def promised(text: str = "保价七天", **fields: Any) -> list[Event]:
    return [price(9900, 0, **fields), speech(text, 60, sku="A")]


@pytest.mark.parametrize(("day", "count"), [(1, 1), (6.9, 1), (7.1, 0), (30, 0)])
def test_the_time_runs_from_the_promise(day: float, count: int) -> None:
    alerts = run(RULE, [*promised(), price(7900, day * DAY, session="s2")])
    assert len(alerts) == count


@pytest.mark.parametrize(("fen", "count"), [(9899, 1), (9900, 0), (11900, 0)])
def test_a_fen_less_is_less(fen: int, count: int) -> None:
    assert len(run(RULE, [*promised(), price(fen, DAY, session="s2")])) == count


def _due(refusals: int) -> list[Alert]:
    events: list[Event] = [*promised(), price(7900, DAY, session="s2")]
    events += [
        chat(
            f"说好的保价客服不给退差价，{index + 1} 天了",
            DAY + 3600 + index,
            user=f"u{index}",
            session="s2",
        )
        for index in range(refusals)
    ]
    return run(RULE, events)


def test_one_wording_of_three_buyers_is_perhaps_one_hand() -> None:
    events: list[Event] = [*promised(), price(7900, DAY, session="s2")]
    events += [
        chat("说好的保价客服不给退差价", DAY + 3600 + index, user=f"u{index}", session="s2")
        for index in range(3)
    ]
    (alert,) = run(RULE, events)
    assert alert.level == "watch"


@pytest.mark.parametrize(("refusals", "level"), [(0, "watch"), (2, "watch"), (3, "lead"), (8, "lead")])  # fmt: skip
def test_three_buyers_make_it_a_lead(refusals: int, level: str) -> None:
    (alert,) = _due(refusals)
    assert alert.level == level
    if refusals >= 3:
        assert alert.evidence.numbers["refusals"] == refusals
        assert "反映没有兑现" in alert.reason


def test_one_buyer_who_writes_three_times_is_one() -> None:
    events: list[Event] = [*promised(), price(7900, DAY, session="s2")]
    events += [chat("不退差价", DAY + 3600 + index, session="s2") for index in range(3)]
    (alert,) = run(RULE, events)
    assert alert.level == "watch"


def test_what_is_paid_later_stands_beside_the_alert() -> None:
    events: list[Event] = [
        *promised(),
        price(7900, DAY, session="s2"),
        chat("你好", DAY + 1200, session="s2"),
        speech("前两天拍的，差价已经退给大家了", DAY + 3600, sku="A", session="s2"),
    ]
    (alert,) = run(RULE, events)
    assert any(one.met and "兑现" in one.clause for one in alert.exemptions)


def test_the_pack_and_the_conditions_must_be_the_same() -> None:
    for later, reason in (
        (price(4900, DAY, unit="1盒", session="s2"), "other-unit"),
        (price(4900, DAY, conditions=["会员价"], session="s2"), "conditional"),
        (price(4900, DAY, conditions=["国补"], session="s2"), "conditional"),
        (price(4900, DAY, conditions=["尾款"], session="s2"), "deposit"),
    ):
        alerts, engine = run_engine(RULE, [*promised(unit="2盒"), later])
        assert alerts == []
        assert engine.stats.declined[RULE, reason] == 1


def test_a_promise_for_everything_is_about_what_each_cost_then() -> None:
    events: list[Event] = [
        price(9900, 0, sku="A"),
        price(5900, 0, sku="B"),
        speech("今天全场保价十五天", 60),
        price(9900, DAY, sku="A", session="s2"),
        price(4900, DAY, sku="B", session="s2"),
    ]
    (alert,) = run(RULE, events)
    assert (alert.subject, alert.evidence.numbers["promised_fen"]) == ("B", 5900)


def test_the_card_shows_the_lower_price_too() -> None:
    events: list[Event] = [
        product(0, price=9900),
        speech("买贵退差价，保价十天", 60, sku="A"),
        product(3 * DAY, price=8900, session="s2"),
    ]
    (alert,) = run(RULE, events)
    assert "低 10.00 元" in alert.reason
    assert alert.evidence.numbers["days_after"] == 3.0


def test_a_price_that_falls_minutes_before_the_end_is_reported_behind_it() -> None:
    # Ten minutes are waited for word that the difference is paid; the promise ends meanwhile.
    rows: list[Event] = [
        product(t=-60, status="explaining"),
        price(9_900, -30),
        speech("今天拍保价七天", 0, sku="A"),
        price(7_900, 7 * DAY - 300),
        price(7_900, 7 * DAY + 3_600),
    ]
    [alert] = run([RULE], rows)
    assert alert.level == "watch"
    assert "低 20.00 元" in alert.reason


def remembered(rows: list[Event]) -> GuaranteeState:
    """What the rule remembers of a room after its last event."""
    engine = Engine(only(RULE), lateness_ms=0)
    state = engine.open("demo", "1")
    engine.step(state, rows, now=0)
    memory = state._memory[RULE]
    assert isinstance(memory, GuaranteeState)
    return memory


def test_a_promise_is_forgotten_when_it_ends_though_others_are_made_each_day() -> None:
    rows: list[Event] = [product(t=-60, status="explaining"), price(9_900, -30)]
    for day in range(40):
        rows.append(price(9_900 + 100 * day, day * DAY))
        rows.append(speech("今天拍保价七天", day * DAY + 60, sku="A"))
    (mine,) = remembered(rows).promises.values()
    assert len(mine) <= 8


def test_beyond_its_bound_the_promise_that_ends_first_is_forgotten() -> None:
    rows: list[Event] = []
    for number in range(MAX_PROMISES + 5):
        sku, days = f"A{number}", "三十天" if number == 0 else "七天"
        rows += [
            product(sku=sku, t=10 * number, status="explaining"),
            price(9_900, 10 * number + 1, sku=sku),
            speech(f"今天拍保价{days}", 10 * number + 2, sku=sku),
        ]
    skus = list(remembered(rows).promises)
    assert len(skus) == MAX_PROMISES
    assert skus[0] == "A0"
    assert "A1" not in skus
