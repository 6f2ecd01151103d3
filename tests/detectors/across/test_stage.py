"""The second stage: whatever the order, repetition and cut of signals, the conclusion is the same."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from detectors.across import cluster as clusters
from detectors.across.cluster import ClusterError
from detectors.across.passage import anchor, shape_of
from detectors.across.signal import InvalidSignal, Signal, decode, encode, period_start, periods_of
from detectors.across.stage import Stage
from detectors.alerts import SEVERITY, Alert
from detectors.events import Event, Party, Room
from detectors.match.fold import Folded, fold
from detectors.pack.rulebook import Rulebook
from detectors.pack.suppression import Matcher, Suppression
from detectors.rules.across import script
from detectors.speech.pieces import AROUND
from tests.detectors.build import at, room, rulebook, run_stages, speech
from tests.whole import examples

SCRIPT = "这款茶喝上一个月，高血压自己就降下来了"
RUMOUR = "稻子绝收大米要涨价了"
HOUR_S = 3_600
RULES = ("shared-script", "price-hike-rumour-spread", "operator-cluster")


def in_rooms(text: str, count: int, *, every_s: float = 60) -> list[Event]:
    return [speech(text, number * every_s, room=str(number)) for number in range(count)]


def across(alerts: Iterable[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.rule in RULES]


# The rules ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_one_alert_names_all_rooms_with_words_time_and_their_own_alerts():
    alerts = run_stages(in_rooms(SCRIPT, 70))
    (alert,) = across(alerts)
    assert (alert.rule, alert.level, alert.hits) == ("shared-script", "watch", 70)
    assert (alert.platform, alert.room, alert.session) == ("", "", "")
    rooms = alert.evidence.rooms
    assert [one.room for one in rooms] == [str(number) for number in range(70)]
    assert {one.words for one in rooms} == {SCRIPT}
    assert (rooms[0].at, rooms[-1].at) == (alert.first_at, alert.last_at) == (at(0), at(69 * 60))
    assert {one.alert for one in rooms} == {one.id for one in alerts if one.rule == "medical-claim"}
    assert [one.id for one in alert.related] == [one.alert for one in rooms[:20]]
    # The first with the third room, one more with each that joined.
    assert alert.version == 70 - 3 + 1
    # The events themselves: how it began, and where it stands.
    assert len(alert.evidence.trigger) == 60
    assert "70 个直播间" in alert.reason
    assert alert.law
    assert alert.missing


@pytest.mark.slow
def test_a_passage_in_which_two_rules_find_a_claim_is_one_alert():
    text = "全国销量第一的云雾茶，喝上一个月高血压自己就降下来了"
    alerts = run_stages(in_rooms(text, 4))
    assert {one.rule for one in alerts} >= {"medical-claim", "absolute-term"}
    (alert,) = across(alerts)
    assert alert.hits == 4


@pytest.mark.slow
def test_an_edited_script_is_told_with_the_script():
    texts = [SCRIPT, SCRIPT, SCRIPT.replace("一个月", "俩月啊"), "家人们，" + SCRIPT + "真的"]
    events = [speech(text, 0, room=str(number)) for number, text in enumerate(texts)]
    (alert,) = across(run_stages(events))
    assert alert.hits == 4


def test_what_the_same_words_come_to_does_not_rest_on_who_is_unknown():
    events = in_rooms(SCRIPT, 3)
    (alert,) = across(run_stages(events))
    assert any("3 个直播间未见公示" in fact for fact in alert.missing)
    known = [
        room(-5, room=str(number), operator={"name": f"第{number}茶业公司"}) for number in range(3)
    ]
    (alert,) = across(run_stages([*known, *events]))
    assert not any("未见公示" in fact for fact in alert.missing)
    assert alert.evidence.rooms[2].operator == Party(name="第2茶业公司")


def test_a_rumour_rises_with_the_fifth_room_within_a_day():
    for last_h, expected in ((23.5, 1), (24.5, 0)):
        events = in_rooms(RUMOUR, 4)
        events.append(speech(RUMOUR, last_h * HOUR_S, room="late"))
        found = across(run_stages(events))
        assert len(found) == expected
        assert all(alert.level == "lead" for alert in found)


def test_the_rumour_names_the_alerts_of_the_rooms():
    alerts = run_stages(in_rooms(RUMOUR, 5))
    (alert,) = across(alerts)
    own = {one.id for one in alerts if one.rule == "price-hike-rumour"}
    assert {one.alert for one in alert.evidence.rooms} == own
    assert len(own) == 5


def test_a_room_that_repeats_a_rumour_counts_whenever_others_join():
    events = [speech(RUMOUR, hour * HOUR_S, room="always") for hour in range(0, 48, 2)]
    events += [speech(RUMOUR, 40 * HOUR_S + number, room=str(number)) for number in range(4)]
    (alert,) = across(run_stages(events))
    assert alert.hits == 5


@pytest.mark.slow
def test_a_rule_that_is_left_out_gets_no_signals():
    engine_only = rulebook().only("medical-claim")
    assert across(run_stages(in_rooms(SCRIPT, 4), engine_only)) == []


# Signals --------------------------------------------------------------------------------------


def test_a_signal_is_what_it_was_after_json():
    (signal, *_) = signals_of(in_rooms(SCRIPT, 1))
    assert decode(encode(signal)) == signal
    assert ":" not in signal.key
    with pytest.raises(InvalidSignal):
        decode(b'{"rule": 1}')


@given(st.integers(1_600_000_000_000, 1_900_000_000_000), st.integers(1, 60), st.integers(0, 72))
def test_every_window_lies_in_the_period_in_which_it_begins(moment, days, hours):
    length, window = days * 86_400_000, hours * HOUR_S * 1000
    own = periods_of(moment, length, window)[-1]
    start = period_start(own, length)
    assert start <= moment < start + length
    # What follows within the window counts in this period, too.
    for later in (0, window // 2, max(0, window - 1)):
        assert own in periods_of(moment + later, length, window)


def test_names_figures_and_particles_do_not_count():
    one = shape_of("山野牌这茶喝1个月啊，高血压就降下来了！", ["山野牌"])
    other = shape_of("云上这茶喝三个月，高血压降下来了", ["云上", None, ""])
    assert one == other
    assert anchor(one) == anchor(other)


# Order ----------------------------------------------------------------------------------------


def signals_of(events: Sequence[Event]) -> list[Signal]:
    found: list[Signal] = []
    run_stages(events, signals=found)
    return found


@pytest.mark.parametrize("before", [0, 50, 100, 330, 390, 2_000])
def test_of_a_long_text_the_passage_is_that_around_the_claim(before: int) -> None:
    filler = "家人们晚上好刚进来的点个关注今天这批碗是景德镇的一套八个包邮到家碰坏了找客服补" * 60
    text = f"{filler[:before]}。{SCRIPT}。{filler[:500]}"
    told = {one.words for one in signals_of([speech(text)]) if one.rule == "shared-script"}

    assert told == {SCRIPT}


def test_of_a_short_text_the_passage_is_all_of_it() -> None:
    told = {one.words for one in signals_of([speech(SCRIPT)]) if one.rule == "shared-script"}

    assert told == {SCRIPT}


@pytest.mark.parametrize(("times", "longest"), [(1, 400), (20, 400), (21, AROUND), (400, AROUND)])
def test_of_a_long_text_no_more_than_a_piece_is_read_again(
    monkeypatch: pytest.MonkeyPatch, times: int, longest: int
) -> None:
    folded: list[str] = []

    def noted(text: str) -> Folded:
        folded.append(text)
        return fold(text)

    monkeypatch.setattr(script, "fold", noted)
    signals_of([speech(f"{SCRIPT}。" * times)])

    assert folded
    assert max(map(len, folded)) <= longest


@functools.cache
def pool(rule: str) -> list[Signal]:
    """Signals of one cluster with every kind of difference: room, party, wording, time, repetition."""
    events: list[Event] = []
    if rule == "operator-cluster":
        for number in range(12):
            operator = {"name": f"第{number % 3}茶业公司", "uscc": "91440101MA5CXXXX01"}
            events.append(
                room(number * 60, room=str(number % 8), session=f"s{number}", operator=operator)
            )
    else:
        text = SCRIPT if rule == "shared-script" else RUMOUR
        for number in range(9):
            name = str(number)
            if number % 3:
                operator = {"name": f"第{number % 4}茶业公司"}
                events.append(room(-5, room=name, operator=operator))
            for hour in (number, number + 20, number * 7):
                variant = text + "呀" * (hour % 2) if hour % 3 else f"{text}，是真的"
                events.append(speech(variant, hour * HOUR_S + number, room=name))
    groups: dict[str, list[Signal]] = {}
    for signal in signals_of(sorted(events, key=lambda event: event.at)):
        if signal.rule == rule:
            groups.setdefault(signal.key, []).append(signal)
    return max(groups.values(), key=len)


def conclude(batches: Iterable[Sequence[Signal]], *, restored: bool) -> tuple[object, ...]:
    """What the versions come to, by the store's rule: most hits, highest level, latest moment."""
    stage = Stage(rulebook())
    state = None
    versions: list[Alert] = []
    for batch in batches:
        for signal in batch:
            state = state or stage.open(signal.key)
        if state is None:
            continue
        versions += stage.step(state, batch, now=0)
        if restored:
            state = stage.restore(state.parts())
    assert stage.stats.failures == []
    if not versions:
        return ()
    last = versions[-1]
    return (
        {alert.id for alert in versions},
        max(alert.hits for alert in versions),
        max((alert.level for alert in versions), key=SEVERITY.__getitem__),
        # What the last version says is what the set says.
        (last.hits, last.level),
        [(one.room, one.at, one.event) for one in last.evidence.rooms],
    )


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@pytest.mark.parametrize("rule", RULES)
@given(data=st.data())
def test_order_repetition_cuts_and_restarts_change_nothing(rule, data):
    signals = pool(rule)
    chosen = data.draw(st.lists(st.sampled_from(signals), unique_by=id))
    expected = conclude([sorted(chosen, key=lambda signal: signal.at)], restored=False)
    shuffled = data.draw(
        st.permutations(
            [
                *chosen,
                *data.draw(
                    st.lists(st.sampled_from(chosen or signals), max_size=5 if chosen else 0)
                ),
            ]
        )
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=6)))
    batches = [
        shuffled[low:high] for low, high in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)
    ]
    found = conclude(batches, restored=data.draw(st.booleans()))
    assert found[:3] == expected[:3]
    if expected:
        assert found[3] == expected[3]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_the_signals_that_are_shuffled_come_to_something(rule):
    (_, hits, _, _, _) = conclude([pool(rule)], restored=False)
    assert hits >= 5
    assert len(pool(rule)) > hits


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(order=st.permutations(range(27)))
def test_a_full_cluster_keeps_the_earliest_in_whatever_order(order):
    signals = list(pool("price-hike-rumour-spread"))
    before = clusters.MAX_SIGHTINGS
    clusters.MAX_SIGHTINGS = 7
    try:
        stage = Stage(rulebook())
        kept = []
        for places in (sorted(order), order):
            state = stage.open(signals[0].key)
            for place in places:
                if place < len(signals):
                    stage.step(state, [signals[place]], now=0)
            kept.append([(one.room, one.at) for one in state.in_order()])
            assert state.full
        assert kept[0] == kept[1]
        assert len(kept[0]) == 7
    finally:
        clusters.MAX_SIGHTINGS = before


@pytest.mark.parametrize("later", [{"at": 60_000}, {"id": "~"}])
def test_of_two_signals_of_one_place_the_earlier_is_kept_whichever_comes_first(later):
    """A room that was played again after a crash may tell of the same with another event."""
    signal = pool("price-hike-rumour-spread")[0]
    replace = msgspec.structs.replace
    event = signal.event
    moved = {"at": event.at + later["at"]} if "at" in later else {"id": later["id"]}
    other = replace(signal, event=replace(event, **moved))
    place = Stage(rulebook())._rules[signal.rule].place(signal)
    for order in ((signal, other), (other, signal)):
        state = Stage(rulebook()).open(signal.key)
        assert [state.take(one, place) for one in order].count(True) >= 1
        assert state.in_order() == [signal]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_only_what_changed_is_written_and_a_repetition_writes_nothing(rule):
    stage = Stage(rulebook())
    signals = pool(rule)
    state = stage.open(signals[0].key)
    stored: dict[str, bytes] = {}
    for signal in signals:
        stage.step(state, [signal], now=0)
        changed = state.changed_parts()
        assert len(changed) <= 3
        for name, part in changed.items():
            if part is None:
                stored.pop(name, None)
            else:
                stored[name] = part
    assert stored == state.parts()
    assert stage.step(stage.restore(stored), signals, now=0) == []
    stage.step(state, signals, now=0)
    assert state.changed_parts() == {}


def test_a_state_of_another_version_is_refused_in_words():
    stage = Stage(rulebook())
    with pytest.raises(ClusterError, match="without a head"):
        stage.restore({})
    with pytest.raises(ClusterError):
        stage.restore({clusters.HEAD: b"\x92\x02\x80"})


def test_rooms_that_show_their_operator_again_and_again_signal_it_once_a_broadcast():
    shown = [room(number * 30, operator={"name": "甲茶业有限公司"}) for number in range(20)]
    assert len(signals_of(shown)) == 1
    assert isinstance(shown[0], Room)


@pytest.mark.slow
def test_a_suppression_marks_an_alert_over_rooms_and_an_operator_is_meant_only_alone():
    meant = Suppression(
        id="chain", rule="shared-script", match=Matcher(operator="甲茶业有限公司"),
        reason="已核实的连锁门店", author="何敏", expires_on=date(2026, 12, 31),
    )  # fmt: skip
    ours = rulebook()
    book = Rulebook(list(ours), ours.law, suppressions=[meant], compiled=lambda _: ours._image)
    chain = {"name": "甲茶业有限公司"}
    for others, marked in (({}, True), ({"2": {"name": "乙商贸有限公司"}}, False)):
        rooms = [room(-5, room=name, operator=others.get(name, chain)) for name in "012"]
        (alert,) = [
            one
            for one in run_stages([*rooms, *in_rooms(SCRIPT, 3)], book)
            if one.rule == "shared-script"
        ]
        assert (alert.suppressed is not UNSET) is marked
