"""Every hour that is over lies in the archive, by room, byte for byte, before the log lets go of it."""

from __future__ import annotations

import hashlib
import json
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.archive import index, window
from monitor.archive.depot import DepotError, FolderDepot
from monitor.archive.parquet import Row, Session
from monitor.archive.reading import Reader, opened, rows_of
from monitor.evidence import ledger, lost
from monitor.pipeline.log import Entry, Retention
from tests.monitor.archive.deposit import HOUR, ROOMS, Deposit, ended_by
from tests.monitor.build import BASE_MS
from tests.monitor.store.test_storage import PAGE, damage
from tests.patience import PATIENCE_S


@pytest.fixture
def deposit(tmp_path: Path) -> Iterator[Deposit]:
    opened_ = Deposit(tmp_path / "d")
    yield opened_
    opened_.close()


def archived(deposit: Deposit) -> list[bytes]:
    """Every record of the archive in the order of arrival."""
    found = []
    with deposit.store.database.read() as connection:
        for entry in index.entries(connection):
            found += [
                (row.position, row.data) for row in rows_of(opened(deposit.depot, entry), Session())
            ]
    return [data for _, data in sorted(found)]


def lost_of(deposit: Deposit) -> dict[str, int]:
    """How many records are told to be lost, by reason."""
    with deposit.store.database.read() as connection:
        return {why: records for why, records in lost.counts(connection).items() if records}


@pytest.mark.slow
def test_hours_that_are_over_are_kept_by_room_byte_for_byte(deposit: Deposit) -> None:
    lines = deposit.append(0) + deposit.append(1)
    deposit.append(2)
    assert deposit.write(2) == 6
    assert deposit.write(2) == 0, "the third hour still runs"
    assert archived(deposit) == lines
    names = [name for name in deposit.files() if name.endswith(".parquet")]
    assert [name.split("/")[:4] for name in names[:2]] == [
        ["events", "2026-10-01", "12", "demo-1"],
        ["events", "2026-10-01", "12", "demo-2"],
    ]
    assert deposit.check().problems == []
    assert deposit.check().records == 60
    state = deposit.archiver.state()
    assert (state.problem, state.behind_ms) == (None, 0)
    deposit.now = BASE_MS + 4 * HOUR
    assert deposit.archiver.state().behind_ms == HOUR - 60_000


@pytest.mark.slow
def test_a_manifest_says_enough_to_check_its_file_without_the_database(deposit: Deposit) -> None:
    deposit.append(0)
    deposit.write(1)
    name = next(name for name in deposit.files() if "demo-2" in name and name.endswith(".json"))
    said = json.loads(deposit.depot.get(name, ""))
    data = deposit.depot.get(said["name"], "")
    rows = list(rows_of(data, Session()))
    assert hashlib.sha256(data).hexdigest() == said["sha256"]
    assert (said["count"], said["first"], said["last"]) == (10, 2, 29)
    leaves = b"".join(
        ledger.event_leaf("events", row.position, row.arrived, row.data) for row in rows
    )
    assert said["leaves"] == {"first": 1, "last": 28}
    with deposit.store.database.read() as connection:
        tiles = ledger.Tiles(connection, ledger.EVENTS)
        assert leaves == b"".join(tiles.leaf(row.leaf or 0) for row in rows)


@pytest.mark.slow
def test_the_log_keeps_what_the_archive_has_not(deposit: Deposit) -> None:
    deposit.append(0)
    deposit.append(1)
    everything = Retention(max_age_ms=1, max_bytes=1)
    late = BASE_MS + 100 * HOUR
    assert deposit.log.trim(everything, now=late, until=deposit.archiver.reached).events == 0
    deposit.write(1)
    assert deposit.log.trim(everything, now=late, until=deposit.archiver.reached).events == 30
    with deposit.store.database.read() as connection:
        reader = Reader(deposit.depot)
        [entry] = reader.entries(connection, f"demo:{ROOMS[2]}")
        assert len(list(reader.rows(entry))) == 10


@pytest.mark.slow
def test_a_room_with_more_than_a_file_takes_has_several(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "FILE_ROWS", 4)
    lines = deposit.append(0)
    assert deposit.write(1) == 9
    assert archived(deposit) == lines
    assert deposit.check().problems == []


@pytest.mark.slow
def test_an_hour_with_more_than_a_window_takes_is_whole(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "MOST", 10)
    lines = deposit.append(0) + deposit.append(1)
    deposit.write(2)
    assert archived(deposit) == lines
    assert deposit.check().problems == []


@pytest.mark.slow
def test_a_clock_that_was_set_back_loses_nothing(deposit: Deposit) -> None:
    lines = deposit.append(5) + deposit.append(3) + deposit.append(4)
    deposit.write(4)
    assert archived(deposit) == lines[:60], "the hour of the last is not over"
    deposit.write(6)
    assert archived(deposit) == lines


@pytest.mark.slow
def test_the_same_records_give_the_same_files(tmp_path: Path) -> None:
    names = []
    for turn in ("a", "b"):
        deposit = Deposit(tmp_path / turn)
        deposit.append(0)
        deposit.write(1)
        names.append([name for name in deposit.files() if name.endswith(".parquet")])
        deposit.close()
    assert names[0] == names[1]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["changed", "cut", "gone", "added", "manifest", "exchanged"])
def test_what_was_done_to_a_file_is_found(deposit: Deposit, how: str) -> None:
    deposit.append(0)
    deposit.append(1)
    deposit.write(2)
    kept = deposit.folder / "kept"
    first, second = [name for name in deposit.files() if name.endswith(".parquet")][:2]
    data = (kept / first).read_bytes()
    match how:
        case "changed":
            middle = len(data) // 2
            (kept / first).write_bytes(
                data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
            )
        case "cut":
            (kept / first).write_bytes(data[:-1])
        case "gone":
            (kept / first).unlink()
        case "added":
            (kept / first).with_name("1-2-0000000000000000.parquet").write_bytes(data)
        case "manifest":
            path = kept / first.replace(".parquet", ".json")
            path.write_bytes(path.read_bytes().replace(b'"count":10', b'"count":9'))
        case "exchanged":
            (kept / first).write_bytes((kept / second).read_bytes())
    found = deposit.check().problems
    assert len(found) == 1, found
    assert first.rsplit("/", 1)[0] in found[0]


@pytest.mark.slow
def test_an_index_that_was_changed_by_hand_is_found(deposit: Deposit) -> None:
    deposit.append(0)
    deposit.write(1)
    deposit.store.database.write(
        lambda connection: connection.exec_driver_sql(
            "UPDATE archive_files SET purge = 1 WHERE number = 2"
        )
    )
    found = deposit.check().problems
    assert any("no purge says so" in problem for problem in found)
    deposit.store.database.write(
        lambda connection: connection.exec_driver_sql("DELETE FROM archive_files WHERE number = 3")
    )
    assert any("Merkle log of manifests 3" in problem for problem in deposit.check().problems)


# Kills, full disks


KILLED = """
import os, signal, sys
from pathlib import Path
from monitor.archive import archiver, depot
from tests.monitor.archive.deposit import Deposit

point, folder = sys.argv[1], Path(sys.argv[2])
deposit = Deposit(folder)
count = 0

def dies(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

if point == "half":
    def half(path, data):
        path.write_bytes(data[: len(data) // 2])
        dies()
    depot._write = half
elif point == "put":
    archiver.index.add = dies
elif point == "between":
    real = depot.FolderDepot.put
    def second(self, name, data, *, held):
        if name.endswith(".json"):
            dies()
        return real(self, name, data, held=held)
    depot.FolderDepot.put = second
elif point == "some":
    real = archiver.index.add
    def third(*args):
        global count
        count += 1
        if count == 3:
            dies()
        return real(*args)
    archiver.index.add = third
deposit.write(2)
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", ["half", "put", "between", "some"])
def test_a_kill_while_a_file_is_written_leaves_no_half_file_and_loses_nothing(
    tmp_path: Path, point: str
) -> None:
    deposit = Deposit(tmp_path / "d")
    lines = deposit.append(0) + deposit.append(1)
    deposit.close()
    assert ended_by(KILLED, point, tmp_path / "d") == -signal.SIGKILL
    again = Deposit(tmp_path / "d")
    with again.store.database.read() as connection:
        for entry in index.entries(connection):
            assert len(list(rows_of(opened(again.depot, entry), Session()))) == entry.manifest.count
    assert again.log.trim(
        Retention(max_age_ms=1, max_bytes=1), now=BASE_MS + 99 * HOUR, until=again.archiver.reached
    ).events == 0, "an hour that was not finished stays in the log"  # fmt: skip
    again.archiver.turn()
    assert again.archiver.problem is None
    again.write(2)
    assert archived(again) == lines
    assert again.check().problems == []
    left = list((tmp_path / "d" / "kept" / ".partial").iterdir())
    assert left == []
    again.close()


@pytest.mark.slow
def test_a_full_disk_is_told_and_what_waits_is_written_when_there_is_room(tmp_path: Path) -> None:
    # A file system of its own, of a size that two rooms fill.
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        deposit = Deposit(tmp_path / "d", FolderDepot(place / "kept"))
        (place / "ballast").write_bytes(b"x" * 84 * 1024)
        lines = deposit.append(0)
        deposit.now = BASE_MS + HOUR + 120_000
        deposit.archiver.turn()
        assert "No space left" in (deposit.archiver.problem or "")
        assert deposit.archiver.reached == 0
        assert list((place / "kept" / ".partial").iterdir()) == []
        for name in deposit.files():
            assert (place / "kept" / name).stat().st_size > 0
        (place / "ballast").unlink()
        deposit.archiver.turn()
        assert deposit.archiver.problem is not None, "it is not asked at once again"
        deposit.now += 10_000
        deposit.archiver.turn()
        assert deposit.archiver.problem is None
        assert archived(deposit) == lines
        assert deposit.check().problems == []
        deposit.close()
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full_where_the_file_is_made_is_told(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposit.append(0)
    deposit.now = BASE_MS + HOUR + 120_000
    real = Session.write

    def full(self: Session, rows: list[Row], _path: Path) -> None:
        real(self, rows, Path("/dev/full"))

    monkeypatch.setattr(Session, "write", full)
    deposit.archiver.turn()
    assert deposit.archiver.problem is not None
    assert deposit.files() == []
    monkeypatch.undo()
    deposit.now += 60_000
    deposit.archiver.turn()
    assert (deposit.archiver.problem, deposit.archiver.written) == (None, 3)


def test_a_file_of_other_bytes_in_the_place_of_one_is_not_written_over(deposit: Deposit) -> None:
    depot = deposit.depot
    depot.put("events/x/1-2-ab.parquet", b"one", held=False)
    assert depot.put("events/x/1-2-ab.parquet", b"one", held=False) == ""
    with pytest.raises(DepotError, match="with other bytes"):
        depot.put("events/x/1-2-ab.parquet", b"two", held=False)


@pytest.mark.slow
def test_a_damaged_page_costs_what_lies_on_it_and_no_more(tmp_path: Path) -> None:
    deposit = Deposit(tmp_path / "d")
    lines = deposit.append(0, 300) + deposit.append(1, 30)
    deposit.close()
    damage(tmp_path / "d" / "livewatch.db", "event_log")
    again = Deposit(tmp_path / "d")
    assert again.write(2) > 3
    kept = archived(again)
    assert 200 < len(kept) < 330
    assert set(kept) < set(lines)
    assert again.check().problems == []
    assert again.archiver.reached == 330, "what nobody can read does not hold up the rest"
    assert lost_of(again) == {"damaged": 330 - len(kept)}
    again.close()


@pytest.mark.slow
def test_a_long_record_of_which_a_page_is_damaged_is_told_to_be_lost(tmp_path: Path) -> None:
    deposit = Deposit(tmp_path / "d")
    entries = [Entry(f"demo:{n % 2}", f"e{n}", b"x" * 20_000) for n in range(4)]
    deposit.log.append(entries, source="relay", now=BASE_MS).result(PATIENCE_S)
    deposit.log.acknowledge(deposit.log.head)
    deposit.close()
    path = tmp_path / "d" / "livewatch.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    # A page of one of them that another one follows: what is before it says where that lies.
    place = next(
        place for place in range(0, len(data), PAGE)
        if data[place + 4 : place + PAGE] == b"x" * (PAGE - 4) and any(data[place : place + 4])
    )  # fmt: skip
    data[place : place + PAGE] = b"\xa5" * PAGE
    path.write_bytes(data)
    again = Deposit(tmp_path / "d")
    again.write(2)
    assert (archived(again), again.archiver.reached) == ([b"x" * 20_000] * 3, 4)
    assert lost_of(again) == {"damaged": 1}
    again.close()
