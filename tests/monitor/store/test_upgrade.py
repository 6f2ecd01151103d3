"""A database that an older version left behind, and this version that goes on with it: nothing is lost."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from detectors.events import decode, room_key
from monitor.cli import app
from monitor.commands.deadletters import LetterOptions, show_all
from monitor.commands.exits import Exit
from monitor.config import Config
from monitor.pipeline.log import Entry
from monitor.runtime import DATABASE, Runtime, claim
from monitor.store.migrate import shipped
from monitor.store.rows import AlertFilter, AlertRow
from tests.monitor.build import BASE_MS
from tests.monitor.rules import rulebook

DATA = Path(__file__).parents[2] / "data" / "databases"
#: Stopped after half a minute, with two seconds in the log that nobody had evaluated.
STOPPED, READ, END = 32, 30, 60
VERSIONS = sorted(path.name for path in DATA.glob("*.sql.gz"))


def evening() -> ModuleType:
    """What the older versions were given, and go on to be given."""
    spec = importlib.util.spec_from_file_location("write", DATA / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


events = evening().events


def left_behind(name: str, folder: Path) -> Path:
    """The folder of the monitor as the older version left it."""
    folder.mkdir()
    connection = sqlite3.connect(folder / DATABASE)
    connection.executescript(gzip.decompress((DATA / name).read_bytes()).decode())
    connection.close()
    return folder


class Monitor:
    """This version over a folder, called by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = BASE_MS
        self.runtime = Runtime(folder, Config(), rulebook=rulebook(), clock=lambda: self.now)
        self.runtime.worker._ticks_from = 0

    def take(self, first: int, last: int) -> int:
        """Gives it a part of the evening; how many were there before."""
        lines = events(first, last)
        decoded = [(decode(line), line) for line in lines]
        entries = [Entry(room_key(one.platform, one.room), one.id, line) for one, line in decoded]
        done = self.runtime.log.append(entries, source="http", now=self.now).result()
        return int(done.duplicates)

    def play(self, first: int, last: int) -> None:
        for number in range(first, last):
            self.now = BASE_MS + number * 1_000
            self.take(number, number + 1)
            self.runtime.worker.round()

    def alerts(self) -> dict[str, AlertRow]:
        rows = self.runtime.store.list_alerts(AlertFilter(), 500).items
        return {row.alert.id: row for row in rows}

    def stop(self) -> None:
        self.runtime.stop()


@pytest.fixture
def quiet() -> Iterator[None]:
    """A rule fails on purpose."""
    with structlog.testing.capture_logs():
        yield


def told(rows: dict[str, AlertRow]) -> dict[str, tuple[Any, ...]]:
    return {
        name: (
            row.alert.rule,
            row.alert.level,
            row.alert.hits,
            row.alert.first_at,
            row.alert.last_at,
        )
        for name, row in rows.items()
    }


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    """What this version alone concludes of the evening."""
    whole = Monitor(tmp_path_factory.mktemp("whole"))
    with structlog.testing.capture_logs():
        whole.play(0, END)
        wanted = told(whole.alerts())
        whole.stop()
    return wanted


def test_no_command_changes_the_tables_beneath_a_monitor_of_the_older_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = left_behind(VERSIONS[0], tmp_path / "data")

    def steps() -> int:
        with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection:
            return int(connection.execute("SELECT count(*) FROM schema_versions").fetchone()[0])

    before, letters = steps(), LetterOptions(data=folder)
    with claim(folder):
        assert show_all(letters) == Exit.UNREACHABLE
        assert "of an older version" in capsys.readouterr().err
        assert steps() == before
    assert show_all(letters) == Exit.DONE
    assert steps() == len(shipped())
    # Of the same version it looks beside one that works.
    with claim(folder):
        assert show_all(letters) == Exit.DONE


@pytest.mark.slow
@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.usefixtures("quiet")
def test_it_goes_on_where_the_older_version_was_stopped(
    name: str, tmp_path: Path, uninterrupted: dict[str, tuple[Any, ...]]
) -> None:
    folder = left_behind(name, tmp_path / "data")
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection:
        before = {row[0] for row in connection.execute("SELECT id FROM alerts")}
        done = connection.execute("SELECT count(*) FROM schema_versions").fetchone()[0]
        letters = connection.execute("SELECT count(*) FROM dead_letters").fetchone()[0]
    assert len(before) == 21
    monitor = Monitor(folder)
    assert monitor.runtime.store.database.migrated == [step.number for step in shipped()[done:]]
    assert monitor.runtime.log.head - monitor.runtime.log.position == 9 * (STOPPED - READ)
    # A sender that had no answer while nobody was there sends again: it is there once.
    monitor.now = BASE_MS + STOPPED * 1_000
    assert monitor.take(STOPPED - 5, STOPPED) == 9 * 5
    monitor.play(STOPPED, END)
    found = monitor.alerts()
    dead = monitor.runtime.store.dead_letters()
    monitor.stop()
    assert before <= found.keys()
    assert told(found) == uninterrupted
    assert len(dead) == letters
    # What was handled stays handled, and its chain holds.
    handled = sorted((row.status, row.who or "") for row in found.values() if row.who == "何敏")
    assert [status for status, _ in handled] in (["acknowledged", "closed"], ["acknowledged"])
    answer = CliRunner().invoke(app, ["db", "check", "--data", str(folder)])
    assert answer.exit_code == 0, answer.output
    answer = CliRunner().invoke(app, ["evidence", "log-verify", "--data", str(folder)])
    assert answer.exit_code == 0, answer.output


@pytest.mark.slow
def test_it_is_brought_forward_by_hand_and_a_copy_is_the_way_back(tmp_path: Path) -> None:
    folder = left_behind(VERSIONS[0], tmp_path / "data")
    copy = tmp_path / "before.db"
    run = CliRunner().invoke
    backup = run(app, ["db", "backup", str(copy), "--data", str(folder)])
    assert backup.exit_code == 0, backup.output
    listed = run(app, ["db", "status", "--data", str(folder), "--json"])
    assert (listed.exit_code, json.loads(listed.stdout)["missing"]) == (1, len(shipped()) - 1)
    with claim(folder):
        assert run(app, ["db", "migrate", "--data", str(folder)]).exit_code == 4
    migrated = run(app, ["db", "migrate", "--data", str(folder)])
    assert (migrated.exit_code, "made step" in migrated.output) == (0, True)
    assert run(app, ["db", "status", "--data", str(folder)]).exit_code == 0
    restored = run(app, ["db", "restore", str(copy), "--data", str(folder)])
    assert restored.exit_code == 0, restored.output
    # Back where the older version left it: forward only, so the copy is the way back.
    with contextlib.closing(sqlite3.connect(folder / DATABASE)) as connection:
        [count] = connection.execute("SELECT count(*) FROM schema_versions").fetchone()
    assert count < len(shipped())
