"""Alerts in the store: one row an id, whatever order its versions come in."""

from __future__ import annotations

from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.alerts import Alert, LawBasis, Level, encode
from monitor.store.alerts import INFO_KEPT, VERSIONS_KEPT
from monitor.store.rows import AlertFilter, Outcome
from monitor.store.store import Store
from monitor.store.tables import alert_versions
from tests.monitor.build import BASE_MS, alert
from tests.whole import examples


def write(store: Store, *versions: Alert) -> None:
    store.commit(Outcome(alerts=list(versions)), now=BASE_MS)


def only(store: Store) -> Alert:
    [row] = store.list_alerts().items
    return row.alert


def test_a_repetition_updates_the_alert_under_its_id(store: Store) -> None:
    write(store, alert(hits=1))
    write(store, alert(hits=4, t_s=9, level="watch", reason="四次"))
    kept = only(store)
    assert (kept.hits, kept.last_at, kept.level, kept.reason) == (
        4,
        BASE_MS + 9_000,
        "watch",
        "四次",
    )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_in_which_versions_come_does_not_matter(
    store: Store, order: tuple[int, ...]
) -> None:
    versions = [
        alert(hits=1),
        alert(hits=2, t_s=5, level="lead"),
        alert(hits=3, t_s=8, level="lead"),
    ]
    for index in order:
        write(store, versions[index])
    kept = only(store)
    assert (kept.hits, kept.last_at, kept.level) == (3, BASE_MS + 8_000, "lead")


def test_a_level_never_falls(store: Store) -> None:
    write(store, alert(hits=2, level="lead"), alert(hits=3, t_s=1, level="watch"))
    assert only(store).level == "lead"
    assert store.counts() == {"lead": 1, "watch": 0, "info": 0}


def test_the_same_version_again_is_no_change(store: Store) -> None:
    write(store, alert(hits=2))
    seq = store.seq
    write(store, alert(hits=2, raised_at=BASE_MS + 60_000))
    assert store.seq == seq
    assert store.hit_times([only(store).id]) == {only(store).id: [BASE_MS, BASE_MS]}


def test_more_context_with_the_same_hits_is_a_change(store: Store) -> None:
    write(store, alert(hits=1))
    later = alert(hits=1)
    later.evidence.after = [later.evidence.trigger[0]]
    write(store, later)
    assert len(only(store).evidence.after) == 1


def test_versions_of_one_level_within_a_second_are_one(store: Store) -> None:
    write(
        store,
        *(alert(hits=hits, t_s=hits * 0.4, reason=f"{hits} 次") for hits in range(1, 6)),
    )
    # Raised at 0.4, 0.8, 1.2 | 1.6, 2.0 s: a new row a second after the one before it began.
    assert [version.hits for version in store.versions(alert().id)] == [3, 5]


def test_a_version_that_raises_the_level_is_always_kept(store: Store) -> None:
    write(store, alert(hits=1), alert(hits=2, t_s=0.1, level="watch"))
    write(store, alert(hits=3, t_s=0.2, level="lead"))
    assert [version.level for version in store.versions(alert().id)] == ["info", "watch", "lead"]


@pytest.mark.slow
@pytest.mark.parametrize(("level", "kept"), [("watch", VERSIONS_KEPT), ("info", INFO_KEPT)])
def test_the_number_of_kept_versions_is_bounded(store: Store, level: Level, kept: int) -> None:
    for hits in range(1, VERSIONS_KEPT + 40):
        write(store, alert(hits=hits, t_s=hits * 10, level=level, reason=f"{hits} 次"))
    versions = store.versions(alert().id)
    assert len(versions) == kept
    assert versions[0].hits == 1
    assert versions[-1].hits == VERSIONS_KEPT + 39


@pytest.mark.slow
def test_versions_that_say_the_same_are_one_however_long_it_takes(store: Store) -> None:
    for hits in range(1, 30):
        write(store, alert(hits=hits, t_s=hits * 600, reason="同一句话"))
    assert [version.hits for version in store.versions(alert().id)] == [29]


@pytest.mark.slow
def test_another_law_is_always_a_version(store: Store) -> None:
    other = LawBasis(law="价格法", article="第十四条", penalty="", when="")
    write(store, alert(hits=1), alert(hits=2, t_s=0.1))
    for hits in range(3, INFO_KEPT + 30):
        changed = alert(hits=hits, t_s=hits * 0.1)
        changed.law = [*changed.law, other] if hits % 2 else changed.law
        write(store, changed)
    assert len(store.versions(alert().id)) == INFO_KEPT + 28


def test_an_alert_that_begins_anew_leaves_the_first_evidence(store: Store) -> None:
    write(store, alert(hits=5, t_s=50))
    first = only(store)
    anew = alert(hits=1, t_s=900)
    anew.first_at = anew.last_at
    write(store, anew)
    kept = only(store)
    assert (kept.hits, kept.first_at, kept.last_at) == (5, first.first_at, anew.last_at)
    versions = store.versions(alert().id)
    assert [version.evidence.trigger for version in versions] == [
        first.evidence.trigger,
        anew.evidence.trigger,
    ]


def test_versions_are_stored_packed_and_older_ones_are_still_read(store: Store) -> None:
    large = alert(hits=1)
    large.evidence.before = [large.evidence.trigger[0]] * 80
    write(store, large)
    body = alert_versions.c.body
    with store.database.read() as connection:
        stored = connection.execute(sa.select(body)).scalar_one()
    assert len(stored) < len(encode(large)) / 4
    whole = sa.update(alert_versions).values(body=encode(large), says=None)
    store.database.write(lambda connection: connection.execute(whole).rowcount)
    assert only(store) == large
    write(store, alert(hits=2, t_s=5))
    assert [version.hits for version in store.versions(large.id)] == [1, 2]


def test_a_closed_alert_opens_again_when_its_level_rises(store: Store) -> None:
    write(store, alert(hits=1))
    store.transition(alert().id, "closed", "李", BASE_MS, "minor", "看过了")
    write(store, alert(hits=2, t_s=1, level="lead"))
    row = store.get_alert(alert().id)
    assert row is not None
    assert (row.status, row.close_reason, row.note) == ("new", None, None)
    last = store.history(alert().id)[-1]
    assert (last.old, last.new, last.who, last.reason) == (
        "closed",
        "new",
        "livewatch",
        "level-raised",
    )


def test_a_closed_alert_stays_closed_when_it_only_repeats(store: Store) -> None:
    write(store, alert(hits=1))
    store.transition(alert().id, "closed", "李", BASE_MS, "minor")
    write(store, alert(hits=2, t_s=1))
    row = store.get_alert(alert().id)
    assert row is not None
    assert (row.status, row.alert.hits) == ("closed", 2)


def test_changes_are_told_in_the_order_of_commit_each_alert_once(store: Store) -> None:
    write(store, alert("A"), alert("B"), alert("C"))
    mark = store.seq
    write(store, alert("B", hits=2, t_s=1))
    write(store, alert("A", hits=2, t_s=1), alert("B", hits=3, t_s=2))
    changed = store.changes_since(mark)
    assert [(row.alert.subject, row.alert.hits) for row in changed] == [("A", 2), ("B", 3)]
    assert changed[-1].seq == store.seq
    assert store.changes_since(store.seq) == []


def test_listeners_hear_of_durable_changes_only(store: Store) -> None:
    heard: list[tuple[int, int]] = []
    stop = store.listen(lambda seq: heard.append((seq, len(store.changes_since(0)))))
    write(store, alert("A"), alert("B"))
    write(store, alert("A"))
    stop()
    write(store, alert("C"))
    assert heard == [(2, 2)]


def test_hits_are_counted_where_they_fell(store: Store) -> None:
    write(store, alert(hits=1, t_s=3), alert(hits=3, t_s=14), alert(hits=4, t_s=15))
    ten = BASE_MS + 10_000
    assert store.hit_times([alert().id], since=0) == {alert().id: [BASE_MS, ten, ten, ten]}
    assert store.hit_times([alert().id], since=ten) == {alert().id: [ten, ten, ten]}


@pytest.mark.slow
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 5), st.integers(0, 20))))
def test_any_stream_of_versions_keeps_the_greatest(
    store: Store, steps: list[tuple[str, int, int]]
) -> None:
    before = {row.alert.subject: row.alert for row in store.list_alerts().items}
    expected = {name: (old.hits, old.last_at) for name, old in before.items()}
    for subject, hits, second in steps:
        write(store, alert(subject, hits=hits, t_s=second))
        known = expected.get(subject, (0, 0))
        expected[subject] = (max(known[0], hits), max(known[1], BASE_MS + second * 1000))
    rows = store.list_alerts(AlertFilter()).items
    assert {row.alert.subject: (row.alert.hits, row.alert.last_at) for row in rows} == expected
    assert len({row.seq for row in rows}) == len(rows)
