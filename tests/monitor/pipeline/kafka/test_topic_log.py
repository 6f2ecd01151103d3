"""The Merkle logs of the topic: each record once, whatever is killed, repeated or followed twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.config import Config
from monitor.evidence import ledger
from monitor.evidence.merkle import root_of
from monitor.evidence.records import Place
from monitor.pipeline.kafka.topic_log import TopicLog, log_of
from monitor.pipeline.kafka.topic_records import TopicRecords
from monitor.pipeline.kafka.topics import TopicNames
from monitor.runtime import DATABASE
from monitor.store.dialects import run
from monitor.store.store import Store
from tests.monitor.build import chat
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import Process, messages, send
from tests.monitor.pipeline.kafka.scale import until as wait_until

pytestmark = [pytest.mark.kafka]


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
        return sum(ledger.Tiles(connection, name).size for name in ledger.of_events(connection))


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
    send(config, messages(config, lines))
    desk = Process("desk", path, tmp_path / "desk.log", "--data", str(data))
    wait_until(lambda: entries(data) > 0, what="some entries")
    desk.kill()
    assert 0 < entries(data) < len(lines), "it was in the middle"
    assert whole(data) == entries(data)
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
