"""Draws: what is told of them, what changes, what a prize is worth, and who wins."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.events import Event, Prize
from detectors.match.fold import fold
from detectors.rules.prizes.terms import chance, changes, lacking, merged
from detectors.rules.prizes.worth import worths
from tests.detectors.build import at, chat, gap, prize, run, run_engine, session, speech

DRAW: dict[str, Any] = {
    "name": "保温杯", "value": 5900, "count": 3, "odds": "1/50",
    "conditions": ["关注", "下单满199元"], "ends_at": at(1800),
}  # fmt: skip


# Terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "favours"),
    [
        ({"count": 10}, True),
        ({"count": 1}, False),
        ({"value": 3900}, False),
        ({"value": 3900, "name": "毛巾"}, False),
        ({"value": 15900, "name": "茶具"}, True),
        ({"name": "毛巾"}, None),
        ({"name": "保温杯加茶叶"}, True),
        ({"name": "毛巾", "value": 5900}, True),
        ({"odds": "1/5000"}, None),
        ({"odds": "百分之十"}, True),
        ({"conditions": ["关注"]}, True),
        ({"conditions": ["关注", "下单满99元"]}, True),
        ({"conditions": ["关注", "下单满299元"]}, False),
        ({"conditions": ["下单满199元", "关注"]}, "same"),
        ({"conditions": ["关注", "下单满199元", "加粉丝团"]}, False),
        ({"ends_at": at(1200)}, False),
        ({"ends_at": at(3600)}, None),
        ({"ends_at": at(1810)}, "same"),
        ({"count": None}, "same"),
    ],
)
def test_a_change_is_judged_by_whom_it_favours(change: dict[str, Any], favours: object) -> None:
    before = prize(0, **DRAW)
    after = merged(before, prize(60, phase="changed", **change))
    found = changes(before, after)
    if favours == "same":
        assert found == []
    else:
        assert [one.favours for one in found] == [favours]


def test_what_a_later_sight_leaves_out_stays_known() -> None:
    known = merged(prize(0, **DRAW), prize(60, phase="changed", count=5))
    assert (known.name, known.count, known.ends_at) == ("保温杯", 5, at(1800))


def test_what_is_told_later_is_no_longer_absent() -> None:
    first = prize(0, name="保温杯", absent=["count", "odds", "ends_at"])
    assert lacking(first) == ["数量或中奖概率", "开奖时间"]
    assert lacking(merged(first, prize(60, phase="changed", count=5))) == ["开奖时间"]
    assert lacking(merged(first, prize(60, phase="changed", count=5, ends_at=at(900)))) == []


@pytest.mark.parametrize(
    ("fields", "items"),
    [
        ({}, []),
        ({"name": ""}, ["奖品"]),
        ({"absent": ["count"]}, []),
        ({"absent": ["count"], "odds": ""}, ["数量或中奖概率"]),
        ({"conditions": []}, ["参与或兑奖条件"]),
        ({"conditions": [], "passphrase": "好运来"}, []),
    ],
)
def test_unknown_is_not_absent(fields: dict[str, Any], items: list[str]) -> None:
    assert lacking(prize(0, **fields)) == items


@pytest.mark.parametrize(
    ("odds", "value"),
    [("1/50", 0.02), ("2%", 0.02), ("中奖率百分之二", 0.02), ("万分之五", 0.0005), ("随机", None), (None, None), ("1/0", None)],
)  # fmt: skip
def test_chances_are_read(odds: str | None, value: float | None) -> None:
    assert chance(odds) == value


# Unclear --------------------------------------------------------------------------------------


def test_what_is_told_just_before_counts_too() -> None:
    events: list[Event] = [
        speech("等下抽奖抽五个保温杯", -60),
        prize(0, name="保温杯", conditions=["口令"], ends_at=at(1800), absent=["count", "odds"]),
        chat("好", 300),
    ]
    alerts, engine = run_engine("prize-unclear", events)
    assert alerts == []
    assert engine.stats.declined["prize-unclear", "told-in-words"] == 1


def test_a_change_twice_is_one_alert_with_two_hits() -> None:
    events: list[Event] = [
        prize(0, **DRAW),
        prize(600, phase="changed", count=2),
        prize(900, phase="changed", count=1),
    ]
    (alert,) = run("prize-unclear", events)
    assert (alert.hits, alert.level) == (2, "lead")
    # The first change tells the story, the second is listed with its own words.
    assert alert.evidence.numbers["prize_count"] == 2
    assert (alert.findings_total, alert.story) == (2, 0)
    assert alert.reason == alert.findings[0].says != alert.findings[1].says
    assert alert.law[0].law == "中华人民共和国反不正当竞争法"


def test_order_and_duplicates_change_nothing() -> None:
    first, second = prize(0, **DRAW), prize(3, phase="changed", count=1)
    (one,) = run("prize-unclear", [first, second])
    (two,) = run("prize-unclear", [second, first, first, second])
    assert (one.id, one.hits, one.reason) == (two.id, two.hits, two.reason)


def test_the_old_text_knows_no_change_afterwards() -> None:
    before_2025 = -2 * 365 * 86_400
    events: list[Event] = [
        prize(before_2025, **DRAW),
        prize(before_2025 + 600, phase="changed", count=1),
    ]
    (alert,) = run("prize-unclear", events)
    assert not any("第十一条第二项" in basis.article for basis in alert.law)


# Cap ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fen", "raised"), [(4_999_999, False), (5_000_000, False), (5_000_001, True)]
)
def test_the_cap_is_compared_to_the_fen(fen: int, raised: bool) -> None:
    assert bool(run("prize-over-cap", [prize(0, name="金条", value=fen)])) is raised


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("价值6.8万元的旅游套餐", [6_800_000]),
        ("落地十五万那个", [15_000_000]),
        ("八万八的翡翠", [8_800_000]),
        ("上百万的豪车", [100_000_000]),
        ("瓜分十万现金", []),
        ("十万现金大家平分", []),
        ("不超过五万元", []),
        ("十万公里，十万粉丝，十万单", []),
        ("我这台相机价值十二万", []),
    ],
)
def test_sums_of_one_prize_are_told_from_others(text: str, fen: list[int]) -> None:
    assert [one.fen for one in worths(fold(text).text) if one.fen > 1_000_000] == fen


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("来家人们，今天下单的都参加抽奖，一等奖是价值七万八的按摩浴缸", True),
        ("老板说了拿台二十万的皮卡出来抽，下过单的都有机会抽中", True),
        ("特等奖是十年使用权，折合下来十二万块", True),
        ("免单大奖最高免八万八", True),
        ("抽奖抽十万现金，十个人平分", False),
        ("今天一等奖三千块的手机，奖品总价值六万", False),
        ("咱直播间十万人了，抽奖抽十台电饭煲", False),
        ("抽油烟机厂家价值六万的展台撤了", False),
    ],
)
def test_prizes_that_are_only_spoken_of(text: str, raised: bool) -> None:
    assert bool(run("prize-over-cap", [speech(text, 0)])) is raised


# Rigged ---------------------------------------------------------------------------------------


def _drawn(t: float, key: str, winners: list[str], **fields: Any) -> Prize:
    return prize(t, prize=key, phase="drawn", winners=winners, **fields)


def test_a_broadcast_past_midnight_is_one_day() -> None:
    night = 3 * 3600  # 23:00 in Beijing
    events: list[Event] = [
        _drawn(night + 3600 * step, f"p{step}", ["lucky"]) for step in (0.0, 0.8, 2.0)
    ]
    (alert,) = run("prize-rigged", events)
    assert alert.evidence.numbers["wins"] == 3
    other = [_drawn(night + 3600 * step, f"p{step}", ["lucky"], session=f"s{step}") for step in (0.0, 0.8, 2.0)]  # fmt: skip
    assert run("prize-rigged", other) == []


def test_masked_winners_are_nobody() -> None:
    events: list[Event] = [_drawn(60 * step, f"p{step}", ["小***明"]) for step in range(4)]
    alerts, engine = run_engine("prize-rigged", events)
    assert alerts == []
    assert engine.stats.declined["prize-rigged", "masked-winner"] == 4


def test_the_host_by_name() -> None:
    events: list[Event] = [
        session("started", -60, host="主播小鱼"),
        _drawn(0, "p", ["主播小鱼"]),
        chat("恭喜", 300),
    ]
    (alert,) = run("prize-rigged", events)
    assert (alert.level, alert.evidence.numbers["role"]) == ("lead", "主播")


def test_draws_that_were_seen_make_a_missing_one_a_lead() -> None:
    events: list[Event] = [
        prize(0, prize="p1", name="杯", ends_at=at(600)),
        _drawn(600, "p1", ["u9"]),
        prize(700, prize="p2", name="手机", ends_at=at(1800)),
        session("ended", 7200),
        chat("在吗", 9000),
    ]
    (alert,) = run("prize-rigged", events)
    assert (alert.subject, alert.level) == ("p2", "lead")
    assert alert.evidence.numbers["draws_seen"] == 1


@pytest.mark.parametrize("gone", [(1700, 2500), (1780, 1815)])
def test_a_missing_draw_says_nothing_where_nobody_watched(gone: tuple[float, float]) -> None:
    events: list[Event] = [
        prize(0, prize="p2", name="手机", ends_at=at(1800)),
        gap(*gone),
        session("ended", 7200),
        chat("在吗", 9000),
    ]
    assert run("prize-rigged", events) == []
