"""The Merkle logs of the topic: each record once, whatever is killed, repeated or followed twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from typer.testing import CliRunner

from monitor.archive import archiver as archiving
from monitor.archive import forgetting, holds, index, purge
from monitor.archive.archiver import Archiver
from monitor.archive.check import check
from monitor.archive.depot import FolderDepot
from monitor.archive.history import History
from monitor.archive.parquet import Session
from monitor.archive.reading import Reader, opened, rows_of
from monitor.cli import app
from monitor.config import Archive, Config, Evidence
from monitor.evidence import ledger, lost, records
from monitor.evidence.keeper import Keeper
from monitor.evidence.keys import KeyFolder
from monitor.evidence.merkle import root_of
from monitor.evidence.records import Place
from monitor.pipeline.kafka.collecting import collect
from monitor.pipeline.kafka.topic_log import TopicLog, log_of
from monitor.pipeline.kafka.topic_records import TopicRecords
from monitor.pipeline.kafka.topic_supply import TopicSupplies, late_records, waiting
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.worker import wall_clock_ms
from monitor.runtime import DATABASE
from monitor.store.dialects import run
from monitor.store.forgetting import MARK
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.build import alert, chat
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import Load, Process, messages, send
from tests.monitor.pipeline.kafka.scale import until as wait_until

pytestmark = [pytest.mark.kafka]


@pytest.fixture(autouse=True)
def _in_one_hour() -> None:
    """What comes while the hour turns lies in the files of two."""
    left_ms = HOUR - wall_clock_ms() % HOUR
    if left_ms < 30_000:
        time.sleep(left_ms / 1_000)


async def follow(config: Config, store: Store, entries: int) -> None:
    """Follows until the logs have so many entries."""
    following = TopicLog(config, store.database)
    await following.start()
    task = asyncio.create_task(following.run())
    try:
        await asyncio.to_thread(wait_until, lambda: size(store) >= entries, what="the logs")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await following.stop()
    assert following.failure is None


def size(store: Store) -> int:
    with store.database.read() as connection:
        return sum(ledger.Tiles(connection, name).size for name in ledger.of_topics(connection))


def roots(store: Store) -> dict[str, tuple[int, bytes]]:
    with store.database.read() as connection:
        found = {}
        for name in ledger.of_events(connection):
            tiles = ledger.Tiles(connection, name)
            found[name] = (tiles.size, root_of(tiles.size, tiles.subtree))
        return found


def test_each_record_is_one_leaf_whoever_follows(
    make: Callable[..., Config], tmp_path: Path
) -> None:
    config = make(partitions=2)
    lines = [chat(f"c{n}", n, "好", room=str(n % 7)) for n in range(1_500)]
    first, second = (Store.open(tmp_path / f"{name}.db") for name in "ab")
    send(config, messages(config, lines[:700]))
    asyncio.run(follow(config, first, 700))
    # Another process goes on where this one stood; a second store begins at the beginning.
    send(config, messages(config, lines[700:]))
    asyncio.run(follow(config, first, 1_500))
    asyncio.run(follow(config, second, 1_500))
    assert roots(first) == roots(second)
    topic = TopicNames.of(config.kafka.prefix).events
    assert set(roots(first)) == {log_of(topic, 0), log_of(topic, 1)}
    # What somebody else writes at the same time into the same store is no second leaf.
    with first.database.read() as connection:
        runs = {
            name: ledger.Tiles(connection, name).runs() for name in ledger.of_events(connection)
        }
    assert all(found == [(0, 0)] for found in runs.values())
    assert size(first) == 1_500

    async def read() -> None:
        reader = TopicRecords(config.kafka)
        await reader.start()
        everything = [one async for one in reader.all()]
        some = [Place(one.log, one.position) for one in everything[::97]]
        found = await reader.at([*some, Place(log_of(topic, 0), 10**9)])
        assert sorted(found) == sorted(some)
        room = [one async for one in reader.of_rooms(["demo:3"])]
        await reader.stop()
        assert [one.data for one in room] == [one for n, one in enumerate(lines) if n % 7 == 3]
        with first.database.read() as connection:
            for one in everything:
                tiles = ledger.Tiles(connection, one.log)
                wanted = ledger.event_leaf(one.log, one.position, one.arrived, one.data)
                assert tiles.leaf(tiles.leaf_of(one.position) or 0) == wanted

    asyncio.run(read())
    first.close()
    second.close()


def test_a_desk_that_is_killed_while_it_appends(
    make: Callable[..., Config], tmp_path: Path
) -> None:
    """`kill -9` in the middle of a topic: nothing is half, and each record is one leaf in the end."""
    config = make(partitions=2)
    path = written(config, tmp_path)
    data = tmp_path / "desk"
    lines = [chat(f"c{n}", n, "好" * 60, room=str(n % 7)) for n in range(40_000)]
    desk = Process("desk", path, tmp_path / "desk.log", "--data", str(data))
    # It is killed while they come, however late the kill is: the last ones come after it.
    load = Load(config, messages(config, lines), per_second=15_000, rest=4_000)
    load.start()
    wait_until(lambda: entries(data) > 0, what="some entries")
    desk.kill()
    assert 0 < entries(data) < len(lines)
    assert whole(data) == entries(data)
    load.send_rest()
    load.finish()
    desk = Process("desk", path, tmp_path / "desk.log", "--data", str(data))
    wait_until(lambda: entries(data) == len(lines), what="the rest")
    assert desk.stop() == 0
    answer = CliRunner().invoke(
        app,
        ["evidence", "log-verify", "--topic", "--json", "--data", str(data), "--config", str(path)],
    )
    found = json.loads(answer.stdout)
    assert (answer.exit_code, found["problems"]) == (0, [])
    assert found["leaves"] == found["covered"] == found["records"] == len(lines)


def entries(data: Path) -> int:
    if not (data / DATABASE).exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)) as file:
        try:
            query = "SELECT coalesce(sum(size), 0) FROM merkle_logs WHERE log LIKE '%/%'"
            return int(file.execute(query).fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # it is being made


def whole(data: Path) -> int:
    """Leaves that are there, in logs whose tiles follow from each other."""
    store = Store.open(data / DATABASE)
    with store.database.read() as connection:
        for name in ledger.names(connection):
            assert ledger.Tiles(connection, name).damaged_tiles() == []
        found = sum(
            len(bytes(row.hashes)) // ledger.DIGEST
            for row in run(
                connection, "SELECT hashes FROM merkle_tiles WHERE level = 0 AND log LIKE '%/%'"
            )
        )
    assert found == size(store)
    store.close()
    return found


HOUR = 3_600_000


class Killed(Exception):
    """The process ends here."""


def archiver_of(config: Config, store: Store, folder: Path, now: int) -> Archiver:
    work = folder / "work"
    keeper = Keeper(store.database, folder / "keys", Evidence())
    return Archiver(
        store.database, FolderDepot(folder / "kept"), Archive(to="folder"), keeper, work,
        lambda: now,
        TopicSupplies(config.kafka, store.database, work, frames=config.archive.keeps_frames),
    )  # fmt: skip


def archived(store: Store, folder: Path) -> list[tuple[str, int, bytes]]:
    """Log, position and bytes of every record in the archive, in the order of the files."""
    depot = FolderDepot(folder / "kept")
    with store.database.read() as connection, Session() as session:
        return [
            (entry.manifest.log, row.position, row.data)
            for entry in index.entries(connection)
            for row in rows_of(opened(depot, entry), session)
        ]


async def let_go(config: Config, topic: str | None = None) -> None:
    """As when the time of a topic is over, by default of that of events."""
    admin = AIOKafkaAdminClient(bootstrap_servers=config.kafka.brokers)
    await admin.start()
    topic = topic or TopicNames.of(config.kafka.prefix).events
    places = [TopicPartition(topic, number) for number in range(config.kafka.partitions)]
    await admin.delete_records({place: RecordsToDelete(before_offset=-1) for place in places})
    await admin.close()


def test_every_hour_of_the_topic_is_in_the_archive_once(
    make: Callable[..., Config], desk_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make(partitions=2)
    lines = [chat(f"c{n}", n, "好", room=str(n % 5)) for n in range(590)]
    viewer = "k1:aaaabbbbccccdddd"
    lines += [chat(f"v{n}", n, "我的话", room="1", user=viewer) for n in range(10)]
    send(config, messages(config, lines[:400]))
    asyncio.run(follow(config, desk_store, 400))
    now = wall_clock_ms()
    running = archiver_of(config, desk_store, tmp_path, now)
    if now % HOUR > 120_000:
        assert running.round(now) == 0, "the hour still runs"
        assert running.state().behind_ms == 0
    later = archiver_of(config, desk_store, tmp_path, now + 2 * HOUR)
    # Ends when the second file is in its place and before it is noted.
    real, calls = index.add, [0]

    def add(*values: Any) -> int:
        calls[0] += 1
        if calls[0] == 2:
            raise Killed
        return real(*values)

    with monkeypatch.context() as patched:
        patched.setattr(archiving.index, "add", add)
        with pytest.raises(Killed):
            later.round(now + 2 * HOUR)
    # What comes meanwhile belongs to the next stretch: that one's end was settled.
    send(config, messages(config, lines[400:]))
    asyncio.run(follow(config, desk_store, 600))
    # The topic keeps what he wrote; the archive never gets it.
    desk_store.forget_viewer([viewer], who="何敏", at=now, archive=True)
    again = archiver_of(config, desk_store, tmp_path, now + 2 * HOUR)
    again.turn()
    assert again.problem is None
    found = archived(desk_store, tmp_path)
    assert len(found) == 600
    assert len({(log, position) for log, position, _ in found}) == 600
    kept = sorted(data for *_, data in found)
    assert [one for one in kept if MARK.encode() not in one] == sorted(lines[:590])
    assert sum(MARK.encode() in one and viewer.encode() not in one for one in kept) == 10
    with desk_store.database.read() as connection:
        checked = check(connection, again._depot, KeyFolder(tmp_path / "keys"))
        assert set(waiting(connection).values()) == {0}
        assert forgetting.open_jobs(connection) == []
    assert (checked.problems, checked.records, checked.before) == ([], 600, 0)
    assert checked.forgotten == 10
    assert again.state().behind_ms == 0
    # What the page of a room reads of the topic: its partition, from a moment of arrival on.
    with desk_store.database.read() as connection:
        near = late_records(
            config.kafka, connection, archive=False, room="demo:2", since=now - HOUR
        )
        assert [one.data for one in near if one.room == "demo:2"] == lines[2:590:5]
        later = late_records(
            config.kafka, connection, archive=False, room="demo:2", since=now + 9 * HOUR
        )
        assert list(later) == []
    # The topic lets go of all of it: a bundle has the room from the archive, a scan everything.
    asyncio.run(let_go(config))
    one = alert("A", room="2", t_s=590)
    desk_store.commit(Outcome(alerts=[one]), now)
    assert collect(config.kafka, desk_store, [one.id], depot=again._depot) == ""
    with desk_store.database.read() as connection:
        [places] = records.of_room(connection, "demo:2").chunks(1_000)
        held = records.read(connection, places)
        assert [bytes(record.data) for record in held] == lines[2:590:5]
        with Reader(again._depot) as reader:
            past = History(connection, reader)
            assert len(list(past.archived())) == 600
        assert list(late_records(config.kafka, connection, archive=True)) == []
    # Another desk on the same database, or this one started anew, has nothing to do.
    assert archiver_of(config, desk_store, tmp_path, now + 9 * HOUR).round(now + 9 * HOUR) == 0


def test_what_the_topic_has_lost_does_not_hold_up_the_archive_and_a_rewritten_one_does(
    make: Callable[..., Config], tmp_path: Path
) -> None:
    config = make(partitions=1)
    lines = [chat(f"c{n}", n, "好", room=str(n % 2)) for n in range(30)]
    send(config, messages(config, lines[:20]))
    store = Store.open(tmp_path / "desk.db")
    asyncio.run(follow(config, store, 20))
    now = wall_clock_ms() + 2 * HOUR
    assert archiver_of(config, store, tmp_path, now).round(now) == 2
    # The log has leaves that the topic has no records of: it was cut off, or is another.
    name = log_of(TopicNames.of(config.kafka.prefix).events, 0)
    extra = [(20 + n, now, b"{}") for n in range(5)]
    store.database.write(lambda connection: ledger.follow(connection, name, extra))
    stuck = archiver_of(config, store, tmp_path, now)
    stuck.turn()
    assert "ends at 20" in (stuck.problem or "")
    # Now it has others at these positions.
    send(config, messages(config, lines[20:]))
    stuck = archiver_of(config, store, tmp_path, now + 2 * HOUR)
    stuck.turn()
    assert "another record at 20" in (stuck.problem or "")
    assert len(archived(store, tmp_path)) == 20
    store.close()


def test_what_the_topic_lets_go_of_before_it_is_kept_is_told(
    make: Callable[..., Config], desk_store: Store, tmp_path: Path
) -> None:
    config = make(partitions=1)
    lines = [chat(f"c{n}", n, "好", room=str(n % 2)) for n in range(40)]
    send(config, messages(config, lines[:20]))
    asyncio.run(follow(config, desk_store, 20))
    now = wall_clock_ms() + 2 * HOUR
    assert archiver_of(config, desk_store, tmp_path, now).round(now) == 2
    # Ten are read and not in the archive yet, five nobody reads.
    send(config, messages(config, lines[20:30]))
    asyncio.run(follow(config, desk_store, 30))
    asyncio.run(let_go(config))
    send(config, messages(config, lines[30:35]))
    asyncio.run(let_go(config))
    # It is told before another record comes.
    asyncio.run(follow(config, desk_store, 30))
    with desk_store.database.read() as connection:
        assert [one.records for one in lost.of_log(connection)] == [5]
    send(config, messages(config, lines[35:]))
    asyncio.run(follow(config, desk_store, 35))
    # It is told once, however often it is looked at.
    asyncio.run(follow(config, desk_store, 35))
    later = archiver_of(config, desk_store, tmp_path, now)
    later.turn()
    assert later.problem is None
    kept = [data for *_, data in archived(desk_store, tmp_path)]
    assert sorted(kept) == sorted(lines[:20] + lines[35:])
    with desk_store.database.read() as connection:
        found = {one.why: one for one in lost.of_log(connection)}
        assert {why: one.records for why, one in found.items()} == {"unread": 5, "unarchived": 10}
        assert (found["unread"].first, found["unread"].last) == (30, 34)
        assert found["unarchived"].first == 20
        counted = {why: count for why, count in lost.counts(connection).items() if count}
        assert counted == {"unread": 5, "unarchived": 10}
        assert len(lost.problems(connection, wall_clock_ms())) == 2
        assert lost.problems(connection, now + 8 * 24 * HOUR) == []


def test_holds_and_purges_at_a_desk(
    make: Callable[..., Config], desk_store: Store, tmp_path: Path
) -> None:
    """What the embedded monitor does with its archive, over the topic, in a file and on PostgreSQL."""
    config = make(partitions=2)
    viewer = "k1:aaaabbbbccccdddd"
    lines = [chat(f"c{n}", n, "好", room=str(n % 2), user=viewer) for n in range(20)]
    send(config, messages(config, lines))
    asyncio.run(follow(config, desk_store, 20))
    now = wall_clock_ms() + 2 * HOUR
    archiver = archiver_of(config, desk_store, tmp_path, now)
    assert archiver.round(now) == 2
    database, depot = desk_store.database, FolderDepot(tmp_path / "kept")
    keeper = Keeper(database, tmp_path / "keys", Evidence())
    one = alert("A", room="1")
    desk_store.commit(Outcome(alerts=[one]), now)
    hold = database.write(
        lambda connection: holds.place(connection, "alert", one.id, who="何敏", why="立案", at=now)
    )
    # A viewer is taken out of the room that is not held.
    desk_store.forget_viewer([viewer], who="何敏", at=now, archive=True)
    archiver.turn()
    assert archiver.problem is None
    marked = [data for *_, data in archived(desk_store, tmp_path) if MARK.encode() in data]
    assert len(marked) == 10
    policy = Archive(to="folder", events_days=1)
    later = now + 3 * 24 * HOUR
    [record] = purge.by_policy(database, depot, policy, keeper, later)
    assert (record.records, purge.check(record)) == (10, None)
    assert {room for room, _ in rooms_of(desk_store)} == {"demo:1"}
    database.write(
        lambda connection: holds.release(connection, hold.number, who="何敏", why="结案", at=later)
    )
    archiver.turn()
    assert not any(viewer.encode() in data for *_, data in archived(desk_store, tmp_path))
    [record] = purge.by_policy(database, depot, policy, keeper, later)
    assert (record.records, purge.check(record)) == (10, None)
    assert rooms_of(desk_store) == []
    with database.read() as connection:
        checked = check(connection, depot, KeyFolder(tmp_path / "keys"))
    assert (checked.problems, checked.purges) == ([], 2)
    assert [told.act for told in desk_store.custody_of(f"alert:{one.id}")] == ["held", "released"]


def rooms_of(store: Store) -> list[tuple[str, int]]:
    """Rooms of the files that are there, with their records."""
    with store.database.read() as connection:
        return [(entry.manifest.room, entry.manifest.count) for entry in index.entries(connection)]
