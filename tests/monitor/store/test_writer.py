"""The one writer: groups, failures and the end."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.errors import StoreClosed
from monitor.store import database as database_module
from monitor.store.database import Database
from tests.patience import PATIENCE_S


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "livewatch.db")
    opened.write(
        lambda connection: connection.exec_driver_sql("CREATE TABLE t (x INTEGER)") and None
    )
    yield opened
    opened.close()


def insert(value: int) -> object:
    def job(connection: sa.Connection) -> int:
        connection.exec_driver_sql("INSERT INTO t VALUES (?)", (value,))
        return value

    return job


def values(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.exec_driver_sql("SELECT x FROM t ORDER BY rowid").scalars())


def blocked(database: Database) -> threading.Event:
    """Holds the writer inside a job until the event is set, so that the next jobs form a group."""
    go = threading.Event()
    database.submit(lambda _connection: go.wait(PATIENCE_S))
    return go


@pytest.mark.slow
def test_jobs_are_written_in_the_order_in_which_they_came(database: Database) -> None:
    go = blocked(database)
    futures = [database.submit(insert(number)) for number in range(200)]  # type: ignore[arg-type]
    go.set()
    assert [future.result(PATIENCE_S) for future in futures] == list(range(200))
    assert values(database) == list(range(200))


def test_a_job_that_fails_takes_only_its_own_writes_with_it(database: Database) -> None:
    def fail(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO t VALUES (99)")
        raise ValueError("no")

    go = blocked(database)
    before = database.submit(insert(1))  # type: ignore[arg-type]
    failing = database.submit(fail)
    after = database.submit(insert(2))  # type: ignore[arg-type]
    go.set()
    assert (before.result(PATIENCE_S), after.result(PATIENCE_S)) == (1, 2)
    with pytest.raises(ValueError, match="no"):
        failing.result(PATIENCE_S)
    assert values(database) == [1, 2]


def test_a_result_is_seen_only_when_it_is_durable(database: Database) -> None:
    seen: list[list[int]] = []
    future = database.submit(insert(7))  # type: ignore[arg-type]
    future.add_done_callback(lambda _done: seen.append(values(database)))
    future.result(PATIENCE_S)
    database.write(lambda _connection: None)
    assert seen == [[7]]


def test_a_commit_that_fails_fails_every_job_of_its_group(database: Database) -> None:
    """A deferred constraint is checked by the commit, like a full disk it comes at the end."""
    database.write(
        lambda connection: (
            connection.exec_driver_sql(
                "CREATE TABLE c (p INTEGER REFERENCES t2 (x) DEFERRABLE INITIALLY DEFERRED)"
            )
            and None
        )
    )
    database.write(
        lambda connection: (
            connection.exec_driver_sql("CREATE TABLE t2 (x INTEGER PRIMARY KEY)") and None
        )
    )

    def orphan(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO c VALUES (5)")

    go = blocked(database)
    good = database.submit(insert(1))  # type: ignore[arg-type]
    bad = database.submit(orphan)
    go.set()
    for future in (good, bad):
        with pytest.raises(sa.exc.IntegrityError):
            future.result(PATIENCE_S)
    assert values(database) == []
    # The thread lives on.
    assert database.write(insert(2)) == 2  # type: ignore[arg-type]


def test_closing_writes_what_is_queued(tmp_path: Path, database: Database) -> None:
    go = blocked(database)
    futures = [database.submit(insert(number)) for number in range(150)]  # type: ignore[arg-type]
    closing = threading.Thread(target=database.close)
    closing.start()
    go.set()
    closing.join(PATIENCE_S)
    assert [future.result(0) for future in futures] == list(range(150))
    with pytest.raises(StoreClosed):
        database.submit(insert(1))  # type: ignore[arg-type]


def test_readers_cannot_write(database: Database) -> None:
    with database.read() as connection, pytest.raises(sa.exc.OperationalError, match="readonly"):
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")


def test_a_reader_sees_one_state_from_beginning_to_end(database: Database) -> None:
    with database.read() as connection:
        count = sa.text("SELECT count(*) FROM t")
        assert connection.execute(count).scalar_one() == 0
        database.write(insert(1))  # type: ignore[arg-type]
        assert connection.execute(count).scalar_one() == 0
    assert values(database) == [1]


@pytest.mark.usefixtures("flushed")
def test_commits_are_flushed_to_the_disk(tmp_path: Path) -> None:
    """WAL with `synchronous=FULL` (2): a commit survives the loss of power."""

    def pragmas(connection: sa.Connection) -> tuple[str, int]:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        return mode, connection.exec_driver_sql("PRAGMA synchronous").scalar_one()

    with closing(Database(tmp_path / "flushed.db")) as database:
        assert database.write(pragmas) == ("wal", 2)


def test_a_foreign_lock_fails_the_job_and_not_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody has the file open in a shell."""
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    opened = Database(tmp_path / "locked.db")
    create = "CREATE TABLE t (x INTEGER)"
    opened.write(lambda connection: connection.exec_driver_sql(create) and None)
    foreign = sqlite3.connect(opened.path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(sa.exc.OperationalError, match="locked"):
        opened.write(insert(1))  # type: ignore[arg-type]
    foreign.execute("ROLLBACK")
    foreign.close()
    assert opened.write(insert(2)) == 2  # type: ignore[arg-type]
    assert values(opened) == [2]
    opened.close()
