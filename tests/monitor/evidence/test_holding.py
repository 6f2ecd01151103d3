"""What an alert names is held when it is committed, and as long as the alert is there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from msgspec import UNSET

from detectors.alerts import Evidence, Input
from monitor.evidence import holding
from monitor.evidence.audit import audit
from monitor.evidence.case import gather, records_of
from monitor.evidence.holding import catch_up, named_by, release
from monitor.evidence.keys import KeyFolder
from monitor.evidence.standing import standing_of
from monitor.evidence.verify import verify
from monitor.pipeline.log import Retention
from monitor.store.rows import Outcome
from tests.monitor.build import BASE_MS
from tests.monitor.evidence.matter import MINUTE, VIEWER, Matter

DAY_MS = 86_400_000


def trim(matter: Matter) -> None:
    matter.log.acknowledge(matter.log.head)
    gone = matter.log.trim(Retention(max_age_ms=1, max_bytes=1), now=BASE_MS + DAY_MS)
    assert gone.events > 20


@pytest.mark.slow
def test_what_is_held_outlives_the_log_byte_for_byte(matter: Matter, tmp_path: Path) -> None:
    matter.keeper.cover(matter.now)
    with matter.store.database.read() as connection:
        before = {
            one.position: one.data
            for one in records_of(connection, gather(connection, [matter.alert.id]))
        }
    trim(matter)
    with matter.store.database.read() as connection:
        case = gather(connection, [matter.alert.id])
        after = {one.position: one.data for one in records_of(connection, case)}
        standing = standing_of(connection, matter.alert)
    assert case.lacking == []
    assert len(after) == len(named_by(matter.alert)) == standing.kept == 3
    assert after.items() <= before.items()
    assert (standing.collected, standing.fixed) == (BASE_MS + 1_000, BASE_MS + MINUTE)
    found = verify(Path(matter.export(tmp_path / "out").path))
    assert (found.verdict, found.proved, found.findings) == ("seal-untrusted", 3, [])


def test_an_alert_that_cannot_be_committed_holds_nothing(matter: Matter) -> None:
    """It is one transaction: what is rolled back leaves neither the alert nor its records."""
    other = msgspec.structs.replace(
        matter.alert, id="other", evidence=Evidence(trigger=matter.alert.evidence.before)
    )
    matter.store.probe(Outcome(alerts=[other]), BASE_MS)
    with matter.store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT DISTINCT alert FROM held_for").scalars().all()
    assert rows == [matter.alert.id]


def test_what_was_let_go_of_before_an_alert_read_it_is_told_as_a_stretch(matter: Matter) -> None:
    head = matter.log.head
    trim(matter)
    read = [Input(event="p1"), Input(event="c59", sha256="0" * 64)]
    matter.store.commit(
        Outcome(alerts=[msgspec.structs.replace(matter.alert, id="late", inputs=read)]), BASE_MS
    )
    row = matter.store.get_alert("late")
    assert row is not None
    held, gone = row.alert.inputs
    assert (held.log, held.position) == ("events", 32)
    assert (gone.log, gone.from_, gone.to, gone.position) == ("events", 1, head, UNSET)


def test_alerts_of_an_older_version_are_caught_up_with(matter: Matter) -> None:
    matter.store.database.write(
        lambda connection: connection.exec_driver_sql("DELETE FROM held_for")
    )
    assert release(matter.store) == 3
    assert catch_up(matter.store) == 1
    assert catch_up(matter.store) == 0, "what did not change is not looked at again"
    trim(matter)
    matter.keeper.cover(matter.now)
    with matter.store.database.read() as connection:
        assert gather(connection, [matter.alert.id]).lacking == []


def test_a_record_on_a_damaged_page_costs_no_alert(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = holding.hold

    def damaged(connection: object, alerts: object) -> None:
        if list(alerts):  # type: ignore[call-overload]
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise sa.exc.DatabaseError("INSERT", {}, error)

    monkeypatch.setattr(holding, "hold", damaged)
    other = msgspec.structs.replace(matter.alert, id="other")
    [change] = matter.store.commit(Outcome(alerts=[other]), BASE_MS)
    assert change.created
    monkeypatch.setattr(holding, "hold", real)
    assert catch_up(matter.store) == 2


def test_it_goes_when_its_alert_goes(matter: Matter) -> None:
    assert release(matter.store) == 0
    with matter.store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM held_records").scalar_one() == 3
    matter.store.database.write(lambda connection: connection.exec_driver_sql("DELETE FROM alerts"))
    assert release(matter.store) == 3


@pytest.mark.slow
@pytest.mark.parametrize("handled", [True, False])
def test_a_forgotten_viewer_stays_only_in_what_is_handled(
    matter: Matter, tmp_path: Path, handled: bool
) -> None:
    if not handled:
        matter.store.transition(
            matter.alert.id, "closed", "何敏", BASE_MS + 2 * MINUTE, reason="rule-too-wide"
        )
    matter.store.forget_viewer([VIEWER], who="王", at=BASE_MS)
    with matter.store.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT data FROM held_records").scalars().all()
        found = audit(connection, KeyFolder(matter.folder / "evidence" / "keys"))
    assert any(VIEWER.encode() in data for data in rows) == handled
    assert found.problems == []
    assert found.forgotten > 20
    assert verify(Path(matter.export(tmp_path / "out").path)).verdict == "seal-untrusted"


def test_what_is_held_and_was_changed_by_hand_is_found(matter: Matter) -> None:
    trim(matter)
    matter.store.database.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE held_records SET arrived = arrived + 1 WHERE event = 'p1'"
        )
    )
    with matter.store.database.read() as connection:
        [problem] = audit(connection, KeyFolder(matter.folder / "evidence" / "keys")).problems
    assert "was changed" in problem
