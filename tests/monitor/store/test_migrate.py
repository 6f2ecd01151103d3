"""Migrations: forward only, in one transaction, refused where the history does not fit."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from detectors.events import Chat, encode
from monitor.errors import MigrationError
from monitor.store.database import Database
from monitor.store.dialects import StoredText
from monitor.store.migrate import Migration, migrate, shipped
from monitor.store.tables import metadata

AT = 1_788_231_600_000


def engine(tmp_path: Path) -> sa.Engine:
    opened = sa.create_engine(f"sqlite:///{tmp_path / 'm.db'}", poolclass=sa.NullPool)

    @sa.event.listens_for(opened, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(opened, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return opened


def names(opened: sa.Engine) -> set[str]:
    return set(sa.inspect(opened).get_table_names())


@pytest.mark.slow
def test_the_migrated_schema_is_the_one_that_the_code_sees(tmp_path: Path) -> None:
    opened = engine(tmp_path)
    with opened.begin() as connection:
        assert migrate(connection) == [step.number for step in shipped()]
    inspector = sa.inspect(opened)
    for table in metadata.tables.values():
        columns = {column["name"]: column for column in inspector.get_columns(table.name)}
        assert list(columns) == [column.name for column in table.c], table.name
        for column in table.c:
            found = columns[column.name]
            assert found["nullable"] == column.nullable, f"{table.name}.{column.name}"
            kind = column.type.impl if isinstance(column.type, StoredText) else column.type
            # An INTEGER of SQLite's is as wide as a BIGINT.
            wanted = sa.Integer if isinstance(kind, sa.Integer) else type(kind)
            assert isinstance(found["type"], wanted), f"{table.name}.{column.name}"


@pytest.mark.slow
@pytest.mark.usefixtures("schema_made_by_steps")
def test_a_second_start_makes_nothing(tmp_path: Path) -> None:
    first = Database(tmp_path / "livewatch.db")
    first.close()
    second = Database(tmp_path / "livewatch.db")
    second.close()
    assert first.migrated == [step.number for step in shipped()]
    assert second.migrated == []


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    opened = engine(tmp_path)
    steps = [Migration(1, "one", "CREATE TABLE a (x);"), Migration(2, "two", "CREATE TABLE b (x);")]
    with opened.begin() as connection:
        migrate(connection, steps)
    with opened.begin() as connection, pytest.raises(MigrationError, match="step 2"):
        migrate(connection, steps[:1])


def test_a_step_that_was_changed_later_is_refused(tmp_path: Path) -> None:
    opened = engine(tmp_path)
    step = Migration(1, "one", "CREATE TABLE a (x);")
    with opened.begin() as connection:
        migrate(connection, [step])
    changed = msgspec.structs.replace(step, sql="CREATE TABLE a (y);")
    with opened.begin() as connection, pytest.raises(MigrationError, match="not the one"):
        migrate(connection, [changed])


def test_a_failing_step_leaves_nothing_behind(tmp_path: Path) -> None:
    opened = engine(tmp_path)
    step = Migration(1, "one", "CREATE TABLE a (x);\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(sa.exc.OperationalError), opened.begin() as connection:
        migrate(connection, [step])
    assert names(opened) == set()


def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    opened = engine(tmp_path)
    one = Migration(1, "one", "CREATE TABLE a (x);")
    two = Migration(2, "two", "-- a comment\nCREATE TABLE b (x);\nINSERT INTO b VALUES (';');")
    with opened.begin() as connection:
        migrate(connection, [one])
    with opened.begin() as connection:
        assert migrate(connection, [one, two]) == [2]
        assert connection.exec_driver_sql("SELECT x FROM b").scalar_one() == ";"


def test_line_ends_do_not_change_the_checksum() -> None:
    assert Migration(1, "a", "x;\r\ny;\r\n").checksum == Migration(1, "a", "x;\ny;").checksum


@pytest.mark.slow
def test_keys_of_rooms_are_written_anew_and_rooms_that_shared_one_begin_anew(
    tmp_path: Path,
) -> None:
    opened = engine(tmp_path)
    with opened.begin() as connection:
        migrate(connection, shipped()[:2])
        for platform, room in [
            ("demo", "1:2%"), ("a:b", "c"), ("a", "b:c"), ("x:y", "z"), ("5%", "1"),
        ]:  # fmt: skip
            key = f"{platform}:{room}"
            connection.exec_driver_sql(
                "INSERT INTO rooms (platform, room, last_arrival_ms, events) VALUES (?, ?, 0, 1)",
                (platform, room),
            )
            connection.exec_driver_sql(
                "INSERT OR REPLACE INTO room_parts VALUES (?, 'facts', ?)", (key, key.encode())
            )
            data = encode(Chat(id=key, platform=platform, room=room, at=AT, text="好"))
            connection.exec_driver_sql(
                "INSERT INTO event_log (room, event, source, arrived, ends, data)"
                " VALUES (?, ?, 'http', 0, 0, ?)",
                (key, f"{platform}|{room}", data),
            )
        connection.exec_driver_sql(
            "INSERT INTO room_parts VALUES ('shared-script/12/0a1b', 'cluster', x'00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO event_log (room, event, source, arrived, ends, data)"
            " VALUES ('old:%:x', 'no json', 'http', 0, 0, x'FF7B')"
        )
    with opened.begin() as connection:
        assert 3 in migrate(connection)
        parts = connection.exec_driver_sql("SELECT room, data FROM room_parts").fetchall()
        events = connection.exec_driver_sql("SELECT event, room FROM event_log").fetchall()
    assert {row.room: row.data for row in parts} == {
        "demo:1:2%": b"demo:1:2%",
        "x%3Ay:z": b"x:y:z",
        "5%25:1": b"5%:1",
        "shared-script/12/0a1b": b"\0",
    }
    assert {row.event: row.room for row in events} == {
        "demo|1:2%": "demo:1:2%",
        "a:b|c": "a%3Ab:c",
        "a|b:c": "a:b:c",
        "x:y|z": "x%3Ay:z",
        "5%|1": "5%25:1",
        "no json": "old:%:x",
    }
