"""Crowds over an operator's rooms and evenings: accounts, rings and texts that come again, and what
is ordinary about them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from detectors.across.signal import Signal
from detectors.across.stage import Stage
from detectors.alerts import SEVERITY, Alert, CrowdEvidence
from detectors.events import Event
from detectors.rules.across.handover import MOST, Batch, Entry, broadcasts
from detectors.rules.across.meeting import MAX_SETS, meetings
from tests.detectors.build import chat, order, room, rulebook, run_stages, session, speech
from tests.whole import examples

OPERATOR = {"name": "杭州甲乙贸易有限公司", "uscc": "91330100MA2CEXX00X"}
HOUR, DAY = 3_600, 86_400
RULES = ("shared-crowd", "shared-praise")
BOOK = rulebook().only(*RULES, "scripted-chat")
#: Praise as people write it, each about something else.
OWN_WORDS = [
    "核桃个大皮薄一敲就开孩子当零食天天吃", "晚上盖着不闷也不跑棉睡得踏实暖和", "这口铁锅炒青菜一点都不粘火候好掌握很喜欢",
    "鞋底软走了一天脚不疼码子合适很舒服", "洗完头发顺滑不打结香味淡淡的老公也说好闻", "帽子遮阳效果好折起来放包里不占地方",
    "茶汤透亮回甘足比在当地买的还要新鲜", "充电宝小巧出差带着正好充两次没问题", "果干酸甜适中没有糖精味办公室一下午分完",
    "袜子吸汗不臭脚洗了五六回也没有起球变形", "毛巾吸水快掉毛少挂在卫生间干得也快好用", "面膜敷完不黏早上起来皮肤还是润润的喜欢",
]  # fmt: skip
#: The same, with two words of praise each.
FOND = [
    "核桃皮薄好吃得很推荐大家囤一点", "被子暖和做工实在已经回购一床", "铁锅好用不粘性价比真的高", "鞋子质量好走路放心推荐入手",
    "洗发水好用香味淡又回购一瓶", "帽子做工好遮阳品质满意推荐", "茶汤回甘口感好放心买不踩雷", "充电宝好用质量实在值得买",
    "果干好吃口感软糯又买一袋", "袜子质量好穿着满意回购三次",
]  # fmt: skip
FRAMES = [
    "{0}次在小满家买手撕牛肉干，肉质紧实有嚼劲，{1}都爱吃，{2}",
    "给{1}买的这款，收到货包装完好味道正宗，{0}回吃到这么好吃的，{2}",
    "{1}看到我买的都问链接，吃着真材实料很满意，{0}回收到了，{2}",
]
SLOTS = (["头一", "第二", "第三", "第五"], ["家里人", "同事", "老人", "邻居", "爸妈"], ["会回购", "还会来", "推荐了", "值了"])  # fmt: skip


def evening(
    name: str, start: float, events: Sequence[Event], operator: Any = OPERATOR
) -> list[Event]:
    """One broadcast: its operator, what happens, and its end."""
    mark = f"{name}-{round(start)}"
    begin = [session("started", start, room=name, session=mark)]
    if operator is not None:
        begin.append(room(start + 1, room=name, session=mark, operator=operator))
    for one in events:
        one.room, one.session = name, mark
    return [*begin, *events, session("ended", start + 2 * HOUR, room=name, session=mark)]


def in_order(*evenings: Sequence[Event]) -> list[Event]:
    return sorted(
        (one for some in evenings for one in some), key=lambda one: (one.at, one.rank, one.id)
    )


def bought(user: str, t: float) -> Event:
    return order(t, user=user)


def buyers(
    choose: random.Random, start: float, count: int, *, at: Sequence[float] = ()
) -> list[Event]:
    """Customers who come once; two in three in a rush, where there is one."""
    found = []
    for number in range(count):
        rush = bool(at) and choose.random() < 0.66
        t = choose.choice(at) + choose.expovariate(1 / 30) if rush else choose.uniform(60, 7_000)
        found.append(bought(f"客{round(start)}x{number}", start + t))
    return found


def told(events: Sequence[Event], signals: list[Signal] | None = None) -> list[Alert]:
    return [one for one in run_stages(events, BOOK, signals=signals) if one.rule in RULES]


def crowd_of(alert: Alert) -> CrowdEvidence:
    crowd = alert.evidence.crowd
    assert crowd is not UNSET
    return crowd


# Rings ------------------------------------------------------------------------------------------


def ring(
    together: bool, rooms: Sequence[str], days: int, *, accounts: int = 7, seed: int = 1
) -> list[Event]:
    """A few accounts among 120 customers of each broadcast; together, or each when it likes."""
    choose = random.Random(seed)
    parts = []
    for day in range(days):
        for number, name in enumerate(rooms):
            start = day * DAY + number * 300
            begin = choose.uniform(2_400, 6_000)
            some = [
                bought(
                    f"托{index}",
                    start
                    + (begin + choose.uniform(0, 120) if together else choose.uniform(60, 7_000)),
                )
                for index in range(accounts)
            ]
            parts.append(evening(name, start, [*buyers(choose, start, 120), *some]))
    return in_order(*parts)


@pytest.mark.slow
def test_a_ring_that_comes_together_evening_after_evening_is_found_in_one_room_and_in_several():
    for rooms in (("1",), ("1", "2")):
        (alert,) = told(ring(True, rooms, 4))
        assert alert.rule == "shared-crowd"
        assert alert.level == "lead"
        crowd = crowd_of(alert)
        named = {one.name for one in crowd.accounts if "together" in one.groups}
        assert named == {f"托{index}" for index in range(7)}
        assert len(crowd.broadcasts) == alert.hits == 4 * len(rooms)
        assert {act.broadcast for one in crowd.accounts for act in one.acts} == set(
            range(alert.hits)
        )
        (signal,) = (one for one in crowd.signals if one.name == "together")
        assert signal.value == 7 > signal.expected


@pytest.mark.slow
def test_regulars_who_come_each_evening_when_they_like_are_none():
    assert told(ring(False, ("1",), 4)) == []


@pytest.mark.slow
def test_regulars_who_follow_a_shop_into_both_of_its_rooms_are_none():
    for seed in range(3):
        choose = random.Random(seed)
        parts = []
        for day in range(3):
            # On the hour something is cheap: most customers come then, and most regulars.
            rush = [1_800.0, 3_600.0, 5_400.0]
            for number, name in enumerate(("1", "2")):
                start = day * DAY + number * 60
                regulars = [
                    bought(f"老{index}", start + choose.choice(rush) + choose.expovariate(1 / 30))
                    for index in range(20)
                    if choose.random() < 0.4
                ]
                parts.append(
                    evening(name, start, [*buyers(choose, start, 150, at=rush), *regulars])
                )
        assert told(in_order(*parts)) == []


@pytest.mark.slow
def test_three_rooms_of_the_operator_tonight_are_enough_for_accounts_that_are_in_all_of_them():
    choose = random.Random(5)
    parts = []
    for number, name in enumerate(("1", "2", "3")):
        start = number * 60
        some = [bought(f"托{index}", start + choose.uniform(60, 7_000)) for index in range(12)]
        parts.append(evening(name, start, [*buyers(choose, start, 40), *some]))
    (alert,) = told(in_order(*parts))
    assert (alert.rule, alert.level, alert.hits) == ("shared-crowd", "lead", 3)
    assert alert.evidence.numbers["wide"] == 12


def three_rooms(days: Sequence[int]) -> list[Event]:
    """Two large rooms and a small one; the same nine accounts buy once in each, on these days."""
    choose = random.Random(6)
    parts = []
    for number, (name, crowd) in enumerate((("1", 500), ("2", 400), ("3", 40))):
        start = number * 60
        parts += [
            evening(
                name, day * DAY + start,
                [
                    *(buyers(choose, day * DAY + start, crowd)),
                    *(
                        bought(f"托{index}", day * DAY + start + choose.uniform(60, 7_000))
                        for index in range(9)
                        if day == days[number]
                    ),
                ],
            )
            for day in sorted(set(days))
        ]  # fmt: skip
    return in_order(*parts)


@pytest.mark.slow(3)
def test_of_one_evening_few_are_enough_and_of_a_week_they_are_regulars():
    (alert,) = told(three_rooms((0, 0, 0)))
    assert alert.evidence.numbers["wide"] == 9
    assert told(three_rooms((0, 1, 2))) == []


def baskets(baskets_of_others: float, crew: int = 6) -> list[Event]:
    """Two rooms on one evening: a crew orders two or three products in each, and so do some others."""
    choose = random.Random(8)
    parts = []
    for number, name in enumerate(("1", "2")):
        start = number * 300.0
        some = [
            order(start + choose.uniform(60, 7_000), user=f"托{index}", sku=f"P{product}")
            for index in range(crew)
            for product in choose.sample(range(6), 2 + index % 2)
        ]
        for customer in range(60):
            products = 3 if choose.random() < baskets_of_others else 1
            some += [
                order(
                    start + choose.uniform(60, 7_000),
                    user=f"客{name}x{customer}",
                    sku=f"P{product}",
                )
                for product in choose.sample(range(6), products)
            ]
        parts.append(evening(name, start, sorted(some, key=lambda one: one.at)))
    return in_order(*parts)


@pytest.mark.slow
def test_a_few_accounts_that_order_several_products_in_two_rooms_are_found():
    (alert,) = told(baskets(0.0))
    assert alert.evidence.numbers["baskets"] == 6
    assert [one.name for one in crowd_of(alert).signals] == ["baskets-again"]
    # Each order is shown once, whichever batch told of it.
    assert all(account.orders >= 4 for account in crowd_of(alert).accounts)


@pytest.mark.slow
def test_where_others_fill_baskets_too_they_are_none():
    assert told(baskets(0.4)) == []
    # Three accounts are no ring.
    assert told(baskets(0.0, crew=3)) == []


def test_other_operators_and_other_platforms_never_meet():
    other = {"name": "宁波丙丁商贸有限公司", "uscc": "91330200MA2CEXX11Y"}
    events = [
        *(evening("1", 0, [bought(f"托{n}", 600 + n) for n in range(12)])),
        *(evening("2", 60, [bought(f"托{n}", 700 + n) for n in range(12)], other)),
    ]
    elsewhere = evening("3", 90, [bought(f"托{n}", 800 + n) for n in range(12)])
    for one in elsewhere:
        one.platform = "elsewhere"
    assert told(in_order(events, elsewhere)) == []


def test_an_operator_that_is_shown_late_loses_nobody():
    late = []
    for number, name in enumerate(("1", "2")):
        start = number * 60
        part = evening(
            name, start, [bought(f"托{n}", start + 600 + 10 * n) for n in range(12)], None
        )
        part.append(room(start + 1_500, room=name, session=part[0].session, operator=OPERATOR))
        late.append(part)
    (alert,) = told(in_order(*late))
    assert alert.evidence.numbers["accounts"] == 12


# Texts ------------------------------------------------------------------------------------------


def praising(start: float, texts: Sequence[str], who: str) -> list[Event]:
    return [
        chat(text, start + 300 + 200 * number, user=f"{who}{number}甲")
        for number, text in enumerate(texts)
    ]


def filled(choose: random.Random, count: int) -> list[str]:
    return [
        choose.choice(FRAMES).format(*(choose.choice(slot) for slot in SLOTS)) for _ in range(count)
    ]


@pytest.mark.slow
def test_a_text_that_goes_from_room_to_room_by_other_accounts_is_found():
    choose = random.Random(3)
    parts = [
        evening(
            name,
            day * DAY + 60 * number,
            praising(day * DAY + 60 * number, filled(choose, 8), f"{day}{name}"),
        )
        for day in range(2)
        for number, name in enumerate(("1", "2"))
    ]
    signals: list[Signal] = []
    (alert,) = told(in_order(*parts), signals)
    assert (alert.rule, alert.level, alert.hits) == ("shared-praise", "lead", 4)
    crowd = crowd_of(alert)
    assert 16 <= len(crowd.accounts) == alert.evidence.numbers["accounts"] <= 32
    assert all(len({act.broadcast for act in one.acts}) == 1 for one in crowd.accounts)
    assert all(one.said and one.groups[0].startswith("same-words-") for one in crowd.accounts)
    # One room alone, on one evening, shows nothing.
    assert told(parts[0]) == []


@pytest.mark.slow
def test_accounts_that_write_little_but_praise_in_two_rooms_are_found_from_four_on():
    def rooms(shared: int) -> list[Event]:
        parts = []
        for number, name in enumerate(("1", "2")):
            choose = random.Random(number)
            start = 60.0 * number
            talk = [
                chat("".join(chr(0x4E00 + choose.randrange(300)) for _ in range(5)),
                     start + 20 * n, user=f"客{name}{n % 90}")
                for n in range(340)
            ]  # fmt: skip
            crew = [
                chat(FOND[n + 5 * number], start + 1_200 + 400 * n,
                     user=f"托{n}" if n < shared else f"托{name}{n}")
                for n in range(5)
            ]  # fmt: skip
            parts.append(evening(name, start, sorted([*talk, *crew], key=lambda one: one.at)))
        return in_order(*parts)

    (alert,) = [one for one in told(rooms(5)) if one.rule == "shared-crowd"]
    assert alert.evidence.numbers["hired"] >= 4
    assert told(rooms(3)) == []


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([OWN_WORDS[3 * n : 3 * n + 3] for n in range(4)], id="own words"),
        pytest.param(
            [["这家牛肉干肉质紧实有嚼劲真的很好吃推荐"] * 9] * 4, id="one sentence that all copy"
        ),
        pytest.param(
            [["主播好美", "已拍好评", "太好吃了", "🌹🌹🌹🌹", "好喜欢好喜欢", "666666"]] * 4,
            id="short lines",
        ),
    ],
)
def test_what_viewers_write_alike_anyway_is_no_script(texts: list[list[str]]):
    parts = []
    for number, lines in enumerate(texts):
        start = number // 2 * DAY + 60 * (number % 2)
        parts.append(evening("12"[number % 2], start, praising(start, lines, f"{number}客")))
    assert told(in_order(*parts)) == []


@pytest.mark.slow
def test_what_the_host_asks_to_write_is_no_script():
    choose = random.Random(4)
    parts = []
    for number, name in enumerate(("1", "2")):
        start = number * 60
        events = []
        for place, text in enumerate(filled(choose, 8)):
            events.append(speech(f"觉得好的把 {text} 打在公屏上", start + 300 + 100 * place))
            events.append(chat(text, start + 310 + 100 * place, user=f"{name}{place}甲"))
        parts.append(evening(name, start, events))
    assert told(in_order(*parts)) == []


# The same, whatever the order -------------------------------------------------------------------


def concluded(signals: Sequence[Signal]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the signals of each cluster come to, whole; and of each alert what it says. Its evidence
    may lack a signal that came last and made no other version."""
    stage = Stage(BOOK)
    clusters: dict[str, Any] = {}
    found: dict[str, Alert] = {}
    for one in signals:
        if one.key not in clusters:
            clusters[one.key] = stage.open(one.key)
        else:
            # As after a restart.
            clusters[one.key] = stage.restore(clusters[one.key].parts())
        found.update((alert.id, alert) for alert in stage.step(clusters[one.key], [one], now=0))
    assert not stage.stats.failures
    said = {
        name: (
            alert.level,
            alert.hits,
            alert.version,
            alert.changed,
            alert.first_at,
            alert.last_at,
            alert.reason,
            sorted(one.name for one in crowd_of(alert).accounts),
        )
        for name, alert in found.items()
    }
    whole = {
        key: msgspec.to_builtins(stage._rules[state.rule].judge(state))
        for key, state in clusters.items()
    }
    return whole, said


@pytest.mark.slow(5)
def test_the_order_of_signals_changes_nothing():
    choose = random.Random(6)
    events = ring(True, ("1", "2"), 3)
    for day in range(3):
        for number, name in enumerate(("1", "2")):
            start = day * DAY + number * 300
            for one in praising(start, filled(choose, 8), f"{day}{name}"):
                one.room, one.session = name, f"{name}-{start}"
                events.append(one)
    signals: list[Signal] = []
    assert len(told(in_order(events), signals)) == 2
    signals = [one for one in signals if one.rule in RULES]
    expected = concluded(signals)
    whole, said = expected
    assert len(said) == 2
    assert len(whole) >= 2
    for seed in range(examples(3)):
        shuffled = [*signals, *signals[::5]]
        random.Random(seed).shuffle(shuffled)
        assert concluded(shuffled) == expected


@pytest.mark.slow
def test_more_signals_only_add():
    signals: list[Signal] = []
    told(ring(True, ("1", "2"), 3), signals)
    signals = [one for one in signals if one.rule == "shared-crowd"]
    stage = Stage(BOOK)
    state = stage.open(signals[0].key)
    level, hits, accounts = -1, 0, 0
    rule = stage._rules["shared-crowd"]
    for one in random.Random(1).sample(signals, len(signals)):
        state.take(one, rule.place(one))
        found = rule.judge(state)
        if hasattr(found, "hits"):
            assert SEVERITY[found.level] >= level
            assert found.hits >= hits
            assert found.accounts >= accounts
            level, hits, accounts = SEVERITY[found.level], found.hits, found.accounts
    assert hits > 0


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        (-12.5, -11.5, True),  # half past seven and half past eight in the morning of Beijing
        (3.5, 4.5, True),  # half past eleven and half past midnight
        (0, 11.5, False),  # eight in the evening and half past seven of the next morning
    ],
)
def test_without_a_session_a_rooms_day_is_a_broadcast(first: float, second: float, are_one: bool):
    base = any_signal()
    replace = msgspec.structs.replace
    shape = msgspec.json.encode(Batch("buy", 0, 1, 1, [Entry("甲")])).decode()
    shown = broadcasts(
        replace(
            base,
            event=replace(base.event, at=order(hours * HOUR).at, session=None),
            shape=shape,
        )
        for hours in (first, second)
    )
    assert (len(shown) == 1) is are_one


# Bounds -----------------------------------------------------------------------------------------


def signal_of(batch: Batch, number: int, base: Signal) -> Signal:
    replace = msgspec.structs.replace
    event = replace(
        base.event, id=f"e{number}", at=base.event.at + number * 1_000, session=f"s{number // 60}"
    )
    return replace(base, event=event, shape=msgspec.json.encode(batch).decode())


def any_signal() -> Signal:
    signals: list[Signal] = []
    told(in_order(evening("1", 0, [bought("甲", 60)])), signals)
    return next(one for one in signals if one.rule == "shared-crowd")


def test_an_operators_week_is_bounded_and_what_no_batch_is_does_no_harm():
    base = any_signal()
    stage = Stage(BOOK)
    state = stage.open(base.key)
    for number in range(MOST + 50):
        batch = Batch("buy", number % 60, number, number, [Entry(f"a{number}")])
        state.most = MOST
        state.take(
            signal_of(batch, number, base),
            stage._rules["shared-crowd"].place(signal_of(batch, number, base)),
        )
    assert len(state.sightings) == MOST
    broken = msgspec.structs.replace(base, shape="buy\n甲\n乙")
    assert broadcasts([broken]) == []
    assert stage.step(stage.open(base.key), [broken], now=0) == []
    assert not stage.stats.failures


@pytest.mark.slow
def test_the_same_accounts_in_every_batch_of_a_week_are_looked_at_in_bounded_time():
    base = any_signal()
    names = [Entry(f"a{number}") for number in range(60)]
    shown = broadcasts(
        [signal_of(Batch("buy", 0, 60, 60, names), 60 * number, base) for number in range(60)]
    )
    found = meetings(shown, "buy", least=5, comes_again=0.8, tail=1e-7)
    assert 0 < len(found) <= MAX_SETS
    assert all(len(one.broadcasts) == 60 for one in found)
