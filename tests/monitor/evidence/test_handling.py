"""What was done with alerts lies under the signed heads: a closing that somebody takes out is missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.evidence import ledger
from monitor.evidence.audit import audit
from monitor.evidence.keys import KeyFolder
from monitor.store import transitions
from tests.monitor.build import BASE_MS
from tests.monitor.evidence.matter import MINUTE, Matter


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    opened = Matter(tmp_path / "m")
    opened.store.transition(
        opened.alert.id, "closed", "何敏", BASE_MS + 2 * MINUTE, reason="rule-too-wide"
    )
    opened.keeper.cover(BASE_MS + 3 * MINUTE)
    return opened


def problems(matter: Matter) -> list[str]:
    with matter.store.database.read() as connection:
        return audit(connection, KeyFolder(matter.folder / "evidence" / "keys")).problems


def by_hand(matter: Matter, *statements: str) -> None:
    """What somebody does who has the database; its triggers hold nobody up."""
    with matter.store.database.read() as connection:
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'transitions'"
        ).fetchall()
    for statement in (*(f"DROP TRIGGER {name}" for (name,) in names), *statements):
        matter.store.database.write(
            lambda connection, statement=statement: connection.exec_driver_sql(statement)  # type: ignore[misc]
        )


def test_the_last_record_cannot_be_taken_out_unseen(matter: Matter) -> None:
    assert problems(matter) == []
    with matter.store.database.read() as connection:
        assert ledger.Tiles(connection, ledger.HANDLING).size == 2
    by_hand(
        matter,
        "DELETE FROM transitions WHERE new = 'closed'",
        "UPDATE alerts SET status = 'acknowledged'",
    )
    # The chain alone holds.
    with matter.store.database.read() as connection:
        assert transitions.verify(connection) is None
    assert problems(matter) == [
        "of what was done with alerts 1 records of its Merkle log are not there"
    ]
    matter.close()


def test_a_record_that_was_changed_is_found(matter: Matter) -> None:
    by_hand(matter, "UPDATE transitions SET reason = 'confirmed' WHERE new = 'closed'")
    assert any(
        "record 2 of what was done with alerts was changed" in one for one in problems(matter)
    )
    matter.close()


def test_records_older_than_their_log_are_held_against_the_chain(matter: Matter) -> None:
    by_hand(
        matter,
        "DELETE FROM merkle_logs WHERE log = 'handling'",
        "DELETE FROM merkle_runs WHERE log = 'handling'",
        "DELETE FROM merkle_tiles WHERE log = 'handling'",
    )
    matter.store.transition(matter.alert.id, "new", "何敏", BASE_MS + 4 * MINUTE)
    with matter.store.database.read() as connection:
        assert list(transitions.damaged(connection)) == []
        assert ledger.Tiles(connection, ledger.HANDLING).size == 1
    matter.close()
