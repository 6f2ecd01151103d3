"""The score's arithmetic, from both sides."""

from __future__ import annotations

import msgspec
import pytest

from monitor.simulation.plan import plan_of
from monitor.simulation.scoring import Raised, Score, pool, read_alerts, score
from monitor.simulation.truth import Span, TrueCampaign, TrueRoom, Truth

T = 1_788_264_000_000


def room(name: str, role: str) -> TrueRoom:
    return TrueRoom(room=name, operator="o", viewers=50, minutes=60, evenings=1, ordinary=[], role=role)  # fmt: skip


def campaign(kind: str = "verbatim-praise", *spans: Span) -> TrueCampaign:
    spans = spans or (Span("c1", "n1", T, T + 600_000),)
    return TrueCampaign(
        id="c1", kind=kind, strength="clear", generation=0, rooms=["c1"], spans=list(spans),
        start=T, end=T + 600_000, accounts=[], events={}, share_of_lines=0,
        plan=plan_of(kind, "clear"),
    )  # fmt: skip


def truth(*campaigns: TrueCampaign) -> Truth:
    rooms = [room("s1", "ordinary"), room("s2", "ordinary"), room("h1", "history")]
    rooms += [room(name, "campaign") for each in campaigns for name in each.rooms]
    return Truth(seed=1, generation=0, platform="simulated", events=0, rooms=rooms, campaigns=list(campaigns))  # fmt: skip


def alert(rule: str = "scripted-chat", level: str = "watch", place: str = "c1", *, first: int = 0, last: int = 0) -> Raised:  # fmt: skip
    return Raised(rule, level, place, T + first, T + last)


def found(result: Score) -> bool:
    return bool(result.campaigns[0].rule)


def test_an_alert_in_its_room_and_time_finds_a_campaign() -> None:
    result = score(truth(campaign()), [alert(last=150_000)])

    assert result.campaigns[0].rule == "scripted-chat"
    assert result.campaigns[0].delay == pytest.approx(0.25)  # 150 of 600 s
    cell = result.cells["verbatim-praise"]["clear"]
    assert (cell.of, cell.found, cell.early) == (1, 1, 1)


@pytest.mark.parametrize(
    "missed",
    [
        alert(level="info"),  # a statistical signal accuses nobody
        alert(rule="absolute-term"),  # a rule that speaks of something else
        alert(place="s1"),  # another room
        alert(first=-90_000, last=-30_000),  # before it began
        alert(first=620_000, last=640_000),  # later than lateness allows
        alert(rule="price-swing"),  # a rule of prices, and this is no swing
    ],
)
def test_any_other_alert_does_not(missed: Raised) -> None:
    assert not found(score(truth(campaign()), [missed]))


def test_an_alert_within_the_lateness_counts_and_is_as_late_as_can_be() -> None:
    result = score(truth(campaign()), [alert(first=606_000, last=606_000)])

    assert result.campaigns[0].delay == 1.0
    assert result.cells["verbatim-praise"]["clear"].early == 0


def test_the_earliest_version_decides_the_delay() -> None:
    versions = [alert(last=540_000), alert(last=60_000), alert(last=300_000)]

    assert score(truth(campaign()), versions).campaigns[0].delay == pytest.approx(0.1)


def test_delay_counts_only_the_time_at_work() -> None:
    evening, day = Span("c1", "n1", T, T + 100_000), 86_400_000
    next_evening = Span("c1", "n2", T + day, T + day + 100_000)
    result = score(truth(campaign("lockstep", evening, next_evening)), [alert(first=day, last=day + 50_000)])  # fmt: skip

    assert result.campaigns[0].delay == pytest.approx(0.75)


def test_a_swing_is_found_by_a_signal_that_is_never_more_than_info() -> None:
    assert found(score(truth(campaign("price-step")), [alert("price-swing", "info")]))
    assert not found(score(truth(campaign("price-step")), [alert("scripted-chat", "lead")]))


def test_wrong_alarms_are_counted_by_room_and_not_by_alert() -> None:
    alerts = [
        alert(place="s1"),
        alert(place="s1", rule="fake-traffic", level="lead"),
        alert(place="s2", level="info"),
        alert(place="s2", rule="absolute-term", level="lead"),
        alert(place="h1", rule="price-swing", level="info"),
        alert(first=-500_000, last=-400_000),
    ]
    result = score(truth(campaign()), alerts)

    assert result.ordinary == 2
    assert [(each.room, each.rules) for each in result.ordinary_alarmed] == [
        ("s1", ["fake-traffic", "scripted-chat"])
    ]
    assert [(each.room, each.rules) for each in result.ordinary_other] == [
        ("s2", ["absolute-term"])
    ]
    assert [(each.room, each.rules) for each in result.histories_alarmed] == [
        ("h1", ["price-swing"])
    ]
    assert result.astray == ["c1"]
    assert result.alarms == {"absolute-term": 1, "fake-traffic": 1, "price-swing": 1, "scripted-chat": 1}  # fmt: skip


def test_an_alert_that_was_up_before_finds_nothing_however_often_it_is_repeated() -> None:
    early = Raised("scripted-chat", "watch", "c1", T - 90_000, T - 60_000, id="a")
    again = Raised("scripted-chat", "lead", "c1", T - 90_000, T + 60_000, id="a")
    new = Raised("scripted-chat", "watch", "c1", T - 5_000, T + 300_000, id="b")

    result = score(truth(campaign()), [early, again])
    assert not found(result)
    assert result.astray == ["c1"]
    assert score(truth(campaign()), [early, again, new]).campaigns[0].delay == pytest.approx(0.5)


def test_silence_alarms_nothing_and_finds_nothing() -> None:
    result = score(truth(campaign()), [])

    assert not found(result)
    assert (result.ordinary_alarmed, result.histories_alarmed, result.alarms) == ([], [], {})


def test_an_alert_over_several_rooms_is_one_in_each() -> None:
    line = msgspec.json.encode(
        {
            "rule": "shared-script",
            "level": "watch",
            "room": "",
            "first_at": T,
            "last_at": T + 1,
            "evidence": {
                "rooms": [{"room": "c1", "at": T}, {"room": "s1", "at": T}],
                "numbers": {},
            },
        }
    )
    result = score(truth(campaign()), read_alerts([line, b"\n"]))

    assert found(result)
    assert [each.room for each in result.ordinary_alarmed] == ["s1"]


def test_several_simulations_are_counted_together() -> None:
    one = score(truth(campaign()), [alert(last=150_000), alert(place="s1")])
    other = score(truth(campaign()), [alert(place="h1", rule="price-swing")])
    whole = pool([("1.0", one), ("2.0", other)])

    cell = whole.cells["verbatim-praise"]["clear"]
    assert (cell.of, cell.found, cell.early, cell.delays) == (2, 1, 1, [0.25])
    assert (whole.ordinary, whole.histories) == (4, 2)
    assert [each.room for each in whole.ordinary_alarmed] == ["1.0/s1"]
    assert [each.room for each in whole.histories_alarmed] == ["2.0/h1"]
    assert whole.alarms == {"price-swing": 1, "scripted-chat": 1}
    assert [each.campaign for each in whole.campaigns] == ["1.0/c1", "2.0/c1"]


def test_what_is_no_alert_is_named_by_its_line() -> None:
    with pytest.raises(ValueError, match="line 2 is no alert"):
        read_alerts([msgspec.json.encode(alert()), b"{}"])
