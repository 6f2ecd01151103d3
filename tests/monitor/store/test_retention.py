"""What has had its time is taken out of the store, what was handled stays, and sizes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.calendar import DAY_MS
from monitor.config import Config, Retention
from monitor.evidence.captures import Captures
from monitor.metrics import Metrics
from monitor.retention import Sweeper
from monitor.store import dead_letters
from monitor.store.rows import DeadLetter, Outcome
from monitor.store.store import Store
from monitor.upkeep import Upkeep
from tests.monitor.build import BASE_MS, alert
from tests.patience import PATIENCE_S

NOW = BASE_MS + 2_000 * DAY_MS
#: No rules are kept in these stores, and no captures.
RULES, NOWHERE = "", Path("/nonexistent")


def kept(store: Store) -> set[str]:
    return {row.alert.subject for row in store.list_alerts().items}


def letter(number: int, at: int, size: int = 10) -> DeadLetter:
    return DeadLetter(
        stage="ingest",
        source="http",
        reason="no event",
        data=f"{number}".encode().ljust(size),
        first_at=at,
        last_at=at,
    )


def sweeper(
    store: Store,
    retention: Retention | None = None,
    metrics: Metrics | None = None,
    upkeep: Upkeep | None = None,
) -> Sweeper:
    config = Config(retention=retention or Retention())
    captures = Captures(store, NOWHERE, lambda: NOW)
    return Sweeper(store, captures, config, metrics or Metrics(), upkeep or Upkeep())


def days_ago(days: float) -> int:
    return NOW - int(days * DAY_MS)


@pytest.mark.slow
def test_alerts_go_by_their_level_and_last_change_unless_they_were_handled(store: Store) -> None:
    ages = {"fresh": 80, "old": 100, "ancient": 1_200, "held": 1_200, "closed": 1_200}
    for subject, days in ages.items():
        for level in ("info", "watch"):
            name = f"{subject} {level}"
            found = alert(name, level=level, raised_at=days_ago(days))
            store.commit(Outcome(alerts=[found]), now=days_ago(days))
            if subject == "held":
                store.transition(found.id, "acknowledged", "李", days_ago(days))
            if subject == "closed":
                reason = "confirmed" if level == "watch" else "data-error"
                store.transition(found.id, "closed", "李", days_ago(days), reason)
    sweeper(store).sweep(NOW, RULES)
    assert kept(store) == {
        "fresh info", "fresh watch", "old watch", "held info", "held watch", "closed watch",
    }  # fmt: skip
    assert store.verify_history() is None
    assert {len(store.versions(alert(f"{name} info").id)) for name in ("old", "ancient")} == {0}


def test_an_alert_that_is_hit_again_begins_its_time_anew(store: Store) -> None:
    store.commit(Outcome(alerts=[alert("A", raised_at=days_ago(100))]), now=NOW)
    store.commit(Outcome(alerts=[alert("A", hits=2, t_s=9, raised_at=days_ago(1))]), now=NOW)
    sweeper(store).sweep(NOW, RULES)
    assert kept(store) == {"A"}


@pytest.mark.slow
def test_dead_letters_go_by_age_and_by_bytes(store: Store) -> None:
    letters = [letter(number, days_ago(100 - number)) for number in range(100)]
    store.bury(letters).result(PATIENCE_S)
    sweeper(store).sweep(NOW, RULES)
    assert len(store.dead_letters(500)) == 90
    store.bury([letter(number, NOW, 1_000) for number in range(200, 300)]).result(PATIENCE_S)
    sweeper(store, Retention(letters_bytes=50_000)).sweep(NOW, RULES)
    left = store.dead_letters(500)
    assert len(left) == 50
    assert left[0].data.startswith(b"299")
    assert dead_letters.LETTERS_MAX >= 100_000


@pytest.mark.slow
def test_the_store_is_measured_by_kind(store: Store) -> None:
    store.commit(Outcome(alerts=[alert("A"), alert("B")]), now=NOW)
    metrics = Metrics()
    sweeper(store, metrics=metrics).sweep(NOW, RULES)
    text = metrics.expose()[0].decode()
    assert 'livewatch_stored_rows{kind="alerts"} 2.0' in text
    assert 'livewatch_stored_rows{kind="versions"} 2.0' in text
    size = next(
        line
        for line in text.splitlines()
        if line.startswith('livewatch_stored_bytes{kind="versions"}')
    )
    assert float(size.split()[1]) > 100


@pytest.mark.slow
def test_a_kind_that_cannot_be_taken_out_keeps_no_other_in(store: Store) -> None:
    store.commit(Outcome(alerts=[alert("A", level="info", raised_at=days_ago(2_000))]), now=NOW)
    store.bury([letter(1, days_ago(2_000))]).result(PATIENCE_S)
    upkeep = Upkeep()
    sweeping = sweeper(store, Retention(alerts_days=float("inf")), upkeep=upkeep)
    sweeping.sweep(NOW, RULES)
    assert (kept(store), store.dead_letters(5)) == (set(), [])
    [problem] = upkeep.problems()
    assert problem.says.startswith("old leads and alerts that are watched are not taken out: Over")
    store.commit(Outcome(alerts=[alert("B", level="info", raised_at=days_ago(2_000))]), now=NOW)
    sweeping.sweep(NOW + 60_000, RULES)
    assert kept(store) == {"B"}, "what went well has its hour"


@pytest.mark.slow
def test_a_sweep_is_rare(store: Store) -> None:
    sweeping = sweeper(store)
    sweeping.sweep(NOW, RULES)
    store.commit(Outcome(alerts=[alert("A", raised_at=days_ago(2_000))]), now=NOW)
    sweeping.sweep(NOW + 60_000, RULES)
    assert kept(store) == {"A"}
    sweeping.sweep(NOW + 3_600_000, RULES)
    assert kept(store) == set()
