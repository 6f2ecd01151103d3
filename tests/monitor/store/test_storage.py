"""Files that are damaged, cut, taken away, too open, copied and put back."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from monitor.commands import db as command
from monitor.commands.exits import Exit
from monitor.config import Config
from monitor.errors import StoreUnreachable
from monitor.pipeline.log import Entry
from monitor.pipeline.sqlite import SqliteLog
from monitor.pipeline.worker import Worker
from monitor.runtime import Runtime
from monitor.store.backup import back_up, put_back
from monitor.store.containment import write_whole
from monitor.store.database import Database
from monitor.store.faults import LOOKS_S, TELLING_S, Faults
from monitor.store.integrity import examine
from monitor.store.marker import SUFFIX, Mark, Marker, missing_of
from monitor.store.outages import is_outage
from monitor.store.permissions import tighten
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.build import BASE_MS, alert, chat
from tests.monitor.rules import rulebook

PAGE = 4_096


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(path: Path, alerts: int = 40, events: int = 0) -> None:
    """A database with alerts, and events that nobody has evaluated."""
    store = Store.open(path)
    store.commit(Outcome(alerts=[alert(f"{n}") for n in range(alerts)]), BASE_MS)
    if events:
        log = SqliteLog(store.database)  # type: ignore[arg-type]  # it is SQLite's
        rooms = [f"demo:{number % 7}" for number in range(events)]
        log.append(
            [
                Entry(room, f"c{n}", chat(f"c{n}", n / 100, room=room[5:], text="叫卖" * 60))
                for n, room in enumerate(rooms)
            ],
            source="test",
            now=BASE_MS,
        ).result()
    store.close()


def damage(path: Path, table: str, *, which: int = 1) -> int:
    """Overwrites one leaf page of a table, as a bad sector does; returns its number."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    [(root,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,))
    connection.close()
    data = bytearray(path.read_bytes())
    head = (root - 1) * PAGE
    assert data[head] == 5, "the table fits on one page: put more into it"
    # Cell pointers of an interior page of a table begin at 12; a cell begins with its child.
    pointer = head + 12 + 2 * which
    cell = head + int.from_bytes(data[pointer : pointer + 2], "big")
    page = int.from_bytes(data[cell : cell + 4], "big")
    data[(page - 1) * PAGE : page * PAGE] = b"\xa5" * PAGE
    path.write_bytes(data)
    return page


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "livewatch.db"


@pytest.mark.slow
def test_a_sound_database_is_told_so(database: Path) -> None:
    fill(database)
    found = examine(database, thorough=True)
    assert (found.damages, found.unseen) == ([], [])
    assert {"alerts", "event_log", "rooms"} <= set(found.tables)


@pytest.mark.slow
@pytest.mark.parametrize("thorough", [False, True])
def test_a_damaged_page_is_named_with_its_table(database: Path, thorough: bool) -> None:
    fill(database, events=500)
    page = damage(database, "event_log")
    [found] = examine(database, thorough=thorough).damages
    assert found.table == "event_log"
    assert str(page) in str(found)


@pytest.mark.slow
def test_what_there_was_no_time_for_is_named(database: Path) -> None:
    fill(database, events=3_000)
    found = examine(database, limit_s=0)
    assert "event_log" in found.unseen
    assert not set(found.unseen) & set(found.tables)


@pytest.mark.slow
def test_a_bad_page_of_the_log_costs_its_events_and_no_other(database: Path) -> None:
    fill(database, events=700)
    damage(database, "event_log", which=3)
    store = Store.open(database)
    log = SqliteLog(store.database)  # type: ignore[arg-type]  # it is SQLite's
    worker = worker_of(store, log)
    while worker.round():
        pass
    evaluated = sum(room.events for room in store.rooms())
    letters = [letter for letter in store.dead_letters(1_000) if b"damaged page" in letter.data]
    assert log.position == log.head == 700
    assert letters
    assert evaluated + sum(letter.attempts for letter in letters) == 700
    assert store.database.faults.counts["damaged"] > 0
    store.close()


def worker_of(store: Store, log: SqliteLog) -> Worker:
    from detectors.engine.engine import Engine

    return Worker(Engine(rulebook()), log, store, clock=lambda: BASE_MS)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["room_parts", "alert_versions"])
def test_a_bad_page_of_states_or_alerts_stops_no_other_room(database: Path, table: str) -> None:
    store = Store.open(database)
    log = SqliteLog(store.database)  # type: ignore[arg-type]  # it is SQLite's
    rooms = [f"{number:03}" for number in range(60)]

    def send(turn: int) -> None:
        log.append(
            [
                Entry(f"demo:{room}", f"{turn}-{room}", chat(f"{turn}-{room}", turn, room=room,
                                                            text="喊" + "叫卖" * 200))
                for room in rooms
            ],
            source="test",
            now=BASE_MS,
        ).result()  # fmt: skip

    send(1)
    send(2)
    first = worker_of(store, log)
    while first.round():
        pass
    store.commit(
        Outcome(
            parts={room: {"p": b"x" * 900} for room in rooms},
            alerts=[alert("A", room=room, reason="很长的理由" * 300) for room in rooms],
        ),
        BASE_MS,
    )
    store.close()
    damage(database, table)

    store = Store.open(database)
    log = SqliteLog(store.database)  # type: ignore[arg-type]  # it is SQLite's
    second = worker_of(store, log)
    send(3)
    while second.round():
        pass
    assert log.position == log.head == 180
    counted = {room.room: room.events for room in store.rooms()}
    assert set(counted) == set(rooms)
    # Those that lie elsewhere went on; one that began anew has counted at least what came since.
    assert sum(1 for count in counted.values() if count == 3) > 40
    changes = store.commit(
        Outcome(alerts=[alert("A", room=room, hits=2, t_s=9) for room in rooms], position=200),
        BASE_MS,
    )
    assert len(changes) > 40
    assert log.position == 200
    store.close()


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Every write of this process beyond a size fails (EFBIG), as on a disk that fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room_for", [0, 120_000])  # for nothing; for all but one piece
def test_a_write_that_fails_is_no_damage_and_loses_nothing(database: Path, room_for: int) -> None:
    store = Store.open(database)
    store.commit(Outcome(alerts=[alert("before")], position=1), BASE_MS)
    outcome = Outcome(
        parts={"small": {"p": b"x"}, "large": {"p": bytes(12_000_000)}},
        alerts=[alert("after")],
        position=2,
    )
    log = SqliteLog(store.database)  # type: ignore[arg-type]  # it is SQLite's
    wal = database.with_name(database.name + "-wal")
    with (
        structlog.testing.capture_logs(),  # what is logged goes into a file here
        no_file_beyond(wal.stat().st_size + room_for),
        pytest.raises(sa.exc.OperationalError),
    ):
        store.commit(outcome, BASE_MS)
    assert (log.position, sum(store.counts().values()), store.dead_letters()) == (1, 1, [])
    assert store.database.faults.problems == ["the disk failed 1 times"]
    store.commit(outcome, BASE_MS)
    assert (log.position, sum(store.counts().values())) == (2, 2)
    store.close()


def met_in(path: Path, table: str) -> sqlite3.Error:
    """What SQLite says when it reads all of a damaged table."""
    connection = sqlite3.connect(path)
    with closing(connection), pytest.raises(sqlite3.Error) as met:
        connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a name of ours
    return met.value


def until(told: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not told():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_damage_that_stays_is_told_and_a_passing_fault_is_not(database: Path) -> None:
    fill(database, events=500)
    sound = database.read_bytes()
    damage(database, "event_log")
    error = met_in(database, "event_log")
    now = [0.0]

    lasting = Faults(database, clock=lambda: now[0])
    with structlog.testing.capture_logs():
        lasting.notice(error)
        until(lambda: lasting.damaged == ["event_log"])
    now[0] += 100 * LOOKS_S
    assert "event_log" in lasting.problems[0]

    database.write_bytes(sound)
    passing = Faults(database, clock=lambda: now[0])
    with structlog.testing.capture_logs() as logged:
        passing.notice(error)
        until(lambda: not passing.problems)
        # Met again soon after: told until the next look is due.
        now[0] += 1
        passing.notice(error)
        assert "db check" in passing.problems[0]
        now[0] += LOOKS_S
        until(lambda: not passing.problems)
    assert [line["event"] for line in logged].count("database_found_whole") == 2
    assert passing.counts["damaged"] == 2


def test_a_failure_of_the_disk_is_told_for_a_while(database: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    now = [0.0]
    faults = Faults(database, clock=lambda: now[0])
    with structlog.testing.capture_logs():
        faults.notice(error)
    now[0] = TELLING_S - 1
    assert faults.problems == ["the disk failed 1 times"]
    now[0] = TELLING_S
    assert faults.problems == []
    assert faults.counts["unreadable"] == 1


def test_a_write_that_fails_takes_no_other_for_written(database: Path) -> None:
    store = Store.open(database)
    log = SqliteLog(store.database)  # type: ignore[arg-type]  # it is SQLite's
    waited = threading.Event()
    wal = database.with_name(database.name + "-wal")
    # All three share one transaction.
    store.database.submit(lambda _: waited.wait(10))
    appended = log.append([Entry("demo:1", "c1", chat("c1", 0))], source="test", now=BASE_MS)
    large = Outcome(parts={"large": {"p": bytes(12_000_000)}})
    written = store.database.submit(lambda connection: write_whole(connection, large, BASE_MS))
    with structlog.testing.capture_logs(), no_file_beyond(wal.stat().st_size):
        waited.set()
        for future in (appended, written):
            with pytest.raises(sa.exc.OperationalError, match="disk I/O error"):
                future.result(10)
    assert log.read(0, 10) == []
    assert log.append([Entry("demo:1", "c1", chat("c1", 0))], source="test", now=BASE_MS).result()
    assert len(log.read(0, 10)) == 1
    store.close()


def test_what_can_be_written_nowhere_holds_the_position(database: Path) -> None:
    fill(database)
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    roots = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE name IN ('alert_versions', 'dead_letters')"
    ).fetchall()
    connection.close()
    data = bytearray(database.read_bytes())
    for (root,) in roots:
        data[(root - 1) * PAGE : root * PAGE] = b"\xa5" * PAGE
    database.write_bytes(data)
    store = Store.open(database)
    log = SqliteLog(store.database)  # type: ignore[arg-type]  # it is SQLite's
    outcome = Outcome(alerts=[alert("new")], position=7)
    with pytest.raises(sa.exc.DatabaseError) as raised:
        store.commit(outcome, BASE_MS)
    assert is_outage(raised.value)
    assert log.position == 0
    store.close()


@pytest.mark.slow
def test_commits_that_went_with_the_write_ahead_file_are_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    runtime = Runtime(data, Config(), rulebook=rulebook())
    assert runtime.problems() == []
    for turn in range(3):
        runtime.log.append(
            [Entry("demo:1", f"c{turn}", chat(f"c{turn}", turn))], source="test", now=BASE_MS
        ).result()
    # As a kill leaves it, and then somebody tidies up.
    killed = tmp_path / "killed"
    shutil.copytree(data, killed)
    runtime.stop()
    whole, removed, cut = (tmp_path / name for name in ("whole", "removed", "cut"))
    for copy in (whole, removed, cut):
        shutil.copytree(killed, copy)
    (removed / "livewatch.db-wal").unlink()
    wal = cut / "livewatch.db-wal"
    wal.write_bytes(wal.read_bytes()[: wal.stat().st_size // 2])

    assert problems(whole) == []
    for copy in (removed, cut):
        with structlog.testing.capture_logs() as logs:
            [told] = problems(copy)
        assert "write-ahead file" in told
        assert "commits_are_missing" in {entry["event"] for entry in logs}
        assert problems(copy) == []  # said once: from now on this is how far it is


def problems(data: Path) -> object:
    try:
        runtime = Runtime(data, Config(), rulebook=rulebook())
    except StoreUnreachable as error:
        return [str(error)]
    told = [problem.says for problem in runtime.problems()]
    runtime.refresh_metrics()
    missing = b"livewatch_storage_commits_missing 1.0" in runtime.metrics.expose()[0]
    runtime.stop()
    assert missing is bool(told)
    return told


def test_a_marker_that_cannot_be_read_says_nothing(database: Path) -> None:
    marker = Marker(database)
    assert marker.read() is None
    marker.open(Mark(7, 6, 5))
    marker.note(head=9)
    marker.note(seq=3)
    assert marker.read() == Mark(9, 6, 5)
    marker.close()
    data = bytearray(marker.path.read_bytes())
    data[3] ^= 1
    marker.path.write_bytes(data)
    assert marker.read() is None
    assert missing_of(None, Mark()) is None
    assert "2 events" in str(missing_of(Mark(9, 6, 5), Mark(7, 6, 5)))


def test_a_data_directory_is_its_owners_and_nobody_elses(tmp_path: Path) -> None:
    data = tmp_path / "data"
    runtime = Runtime(data, Config(), rulebook=rulebook())
    runtime.log.append([Entry("demo:1", "c", chat("c", 1))], source="t", now=BASE_MS).result()
    assert mode_of(data) == 0o700
    names = {path.name for path in data.iterdir()}
    assert {"livewatch.db", "livewatch.db-wal", "livewatch.db-shm", "livewatch.lock"} <= names
    assert f"livewatch.db{SUFFIX}" in names
    assert {mode_of(path) for path in data.iterdir()} == {0o600}
    runtime.stop()


@pytest.mark.slow
def test_what_others_could_read_is_tightened_and_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    fill(data / "livewatch.db")
    for name in ("livewatch.db", "ingest.token", "pseudonym.key", "notes.txt"):
        (data / name).touch()
        (data / name).chmod(0o644)
    with structlog.testing.capture_logs() as logs:
        Runtime(data, Config(), rulebook=rulebook()).stop()
    assert mode_of(data) == 0o700
    assert {mode_of(data / name) for name in ("livewatch.db", "ingest.token", "pseudonym.key")} == {
        0o600
    }
    assert mode_of(data / "notes.txt") == 0o644  # not ours
    [told] = [entry for entry in logs if entry["event"] == "permissions_tightened"]
    assert {"livewatch.db", "ingest.token", "pseudonym.key"} <= set(told["paths"])


def test_a_folder_that_all_share_is_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with structlog.testing.capture_logs() as logs:
        assert tighten(shared) == []
    assert mode_of(shared) == 0o1777
    assert [entry["event"] for entry in logs] == ["data_directory_is_shared"]


# Copies


@pytest.mark.slow
def test_a_backup_under_load_is_one_state_and_comes_back(tmp_path: Path, database: Path) -> None:
    fill(database, alerts=200)
    store = Store.open(database)
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            # Two alerts a commit: a copy that holds one of them is none.
            store.commit(Outcome(alerts=[alert(f"{turn}-a"), alert(f"{turn}-b")]), BASE_MS)
            written.append(turn)

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < 5:
        stop.wait(0.01)
    before = len(written)
    copy = tmp_path / "copy.db"
    back_up(database, copy)
    stop.set()
    writer.join()
    everything = {row.alert.id: row.alert for row in every(store)}
    store.close()
    assert mode_of(copy) == 0o600
    assert not copy.with_name("copy.db-wal").exists()

    target = tmp_path / "other" / "livewatch.db"
    target.parent.mkdir()
    fill(target, alerts=3)
    old = put_back(copy, target)
    assert old is not None
    assert len(every_of(old)) == 3
    found = every_of(target)
    assert len(found) >= 200 + 2 * before
    assert len(found) % 2 == 0
    assert all(everything[alert_id] == kept for alert_id, kept in found.items())
    assert mode_of(target) == 0o600


def every(store: Store) -> list:  # type: ignore[type-arg]  # rows of the store
    rows, cursor = [], None
    while True:
        page = store.list_alerts(limit=500, cursor=cursor)
        rows += page.items
        cursor = page.next
        if cursor is None:
            return rows


def every_of(path: Path) -> dict:  # type: ignore[type-arg]  # alerts by id
    store = Store.open(path)
    found = {row.alert.id: row.alert for row in every(store)}
    store.close()
    return found


@pytest.mark.slow
def test_a_copy_that_would_take_a_place_or_is_damaged_is_refused(
    tmp_path: Path, database: Path
) -> None:
    fill(database, events=500)
    target = tmp_path / "there"
    target.write_bytes(b"mine")
    with pytest.raises(StoreUnreachable, match="is there"):
        back_up(database, target)
    assert target.read_bytes() == b"mine"
    damage(database, "event_log")
    for attempt in (
        lambda: back_up(database, tmp_path / "copy"),
        lambda: put_back(database, tmp_path / "livewatch.db.2"),
    ):
        with pytest.raises(StoreUnreachable, match=r"damaged|malformed"):
            attempt()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["livewatch.db", "there"]


@pytest.mark.slow
def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy.db"
    data.mkdir()
    fill(data / "livewatch.db", events=500)
    assert command.check(data, None, None) is Exit.DONE
    assert command.backup(copy, data, None, None) is Exit.DONE
    assert command.backup(copy, data, None, None) is Exit.UNREACHABLE  # it is there
    assert command.backup(tmp_path / "c", tmp_path / "none", None, None) is Exit.UNREACHABLE
    damage(data / "livewatch.db", "event_log")
    capsys.readouterr()
    assert command.check(data, None, None) is Exit.CHECK_FAILED
    assert "damaged: event_log" in capsys.readouterr().out
    assert command.restore(copy, data) is Exit.DONE
    assert command.check(data, None, None) is Exit.DONE
    assert (data / "livewatch.db.replaced-1").exists()
    runtime = Runtime(data, Config(), rulebook=rulebook())
    assert command.restore(copy, data) is Exit.UNREACHABLE  # it is in use
    assert command.backup(tmp_path / "d", data, None, None) is Exit.DONE  # which does not matter
    runtime.stop()
    assert command.backup(tmp_path / "c", None, "postgresql://u@127.0.0.1/db", None) is Exit.USAGE
    assert "pg_dump" in capsys.readouterr().err


@pytest.mark.slow
def test_a_disk_that_is_nearly_full_is_told_where_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Runtime(tmp_path / "data", Config(), rulebook=rulebook())
    free = [10**12]
    monkeypatch.setattr(runtime.admission, "free_bytes", lambda: free[0])
    with structlog.testing.capture_logs() as logs:
        assert runtime.problems() == []
        free[0] = 1
        for _ in range(3):
            runtime.sweep()
            [problem] = runtime.problems()
            assert problem.kind == "disk"
            assert "the disk is nearly full: no events are taken in" in problem.says
        free[0] = 10**12
        assert runtime.problems() == []
    told = [entry["event"] for entry in logs if entry["event"].startswith("disk")]
    assert told == ["disk_nearly_full", "disk_has_room_again"]
    runtime.stop()


def test_a_database_opened_by_itself_is_private(database: Path) -> None:
    Database(database).close()
    assert mode_of(database) == 0o600
