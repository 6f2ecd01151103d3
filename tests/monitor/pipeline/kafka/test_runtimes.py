"""One recording, two runtimes: the same alerts, record by record."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from detectors.events import encode
from monitor.cli import app
from monitor.config import Config
from monitor.demo.recording import FIXED_START_MS, record
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.rules_topic import fetch_rules
from monitor.pipeline.kafka.topics import TopicNames
from monitor.runtime import DATABASE
from monitor.store.store import Store
from tests.copies import ROOT
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    WorkerProcess,
    embedded,
    in_rooms,
    letters,
    messages,
    send,
    until,
    until_same,
)

pytestmark = [pytest.mark.kafka]

Make = Callable[..., Config]
POISON = b'{"type":"chat","id":'


def evening() -> list[bytes]:
    """The demo's recording as lines."""
    return [encode(event) for event in record(FIXED_START_MS).events]


@pytest.mark.slow(14)
def test_both_runtimes_conclude_the_same_and_a_poisoned_record_stops_nothing(
    make: Make, tmp_path: Path
) -> None:
    config = make(partitions=3)
    lines = in_rooms(evening(), 2)
    wanted = embedded(tmp_path / "embedded", config, lines)
    assert len(wanted) > 30
    events = TopicNames.of(config.kafka.prefix).events
    batch = messages(config, lines)
    key = batch[0].key
    middle = len(batch) // 2
    # No event; an event whose key is not its room's; and everything once more.
    stray = Message(events, b"demo:elsewhere", lines[0], batch[1].partition)
    batch[middle:middle] = [Message(events, key, POISON), stray]
    batch.extend(batch[: len(batch) // 10])
    send(config, batch)
    path = written(config, tmp_path)
    worker = WorkerProcess(path, tmp_path / "worker.log")
    try:
        until(worker.is_done, what="the lag")
        until_same(config, wanted)
        assert (
            'livewatch_dead_letters_total{cause="invalid",stage="decode"} 2.0' in worker.metrics()
        )
    finally:
        assert worker.stop() == 0
    # What its rules say stands where a desk can read it: what the embedded monitor keeps.
    store = Store.open(tmp_path / "embedded" / DATABASE)
    lists = {row.alert.engine.rules for row in store.list_alerts(limit=50).items}  # type: ignore[union-attr]  # each has one
    assert asyncio.run(fetch_rules(config.kafka, store, sorted(lists))) == []
    store.close()
    found = {record.value: dict(record.headers) for record in letters(config)}
    assert set(found) == {POISON, lines[0]}
    assert found[POISON]["topic"].decode() == events
    assert int(found[POISON]["offset"]) > 0
    assert found[POISON]["stage"] == b"decode"
    assert b"the key is not" in found[lines[0]]["reason"]

    shown = CliRunner().invoke(app, ["deadletters", "list", "--config", str(path)])
    assert shown.exit_code == 0
    assert [line.split("\t")[1] for line in shown.stdout.splitlines()] == ["decode", "decode"]
    number = next(line.split("\t")[0] for line in shown.stdout.splitlines() if "key" not in line)
    one = CliRunner().invoke(app, ["deadletters", "show", number, "--config", str(path)])
    assert one.stdout.startswith(POISON.decode())
    again = CliRunner().invoke(app, ["deadletters", "replay", "--config", str(path)])
    assert (again.exit_code, again.stdout) == (5, "sent again 1, refused 1\n")


def test_a_recording_is_replayed_straight_into_kafka(make: Make, tmp_path: Path) -> None:
    config = make(partitions=2)
    recording = tmp_path / "evening.jsonl"
    lines = evening()[:3_000]
    recording.write_bytes(b"\n".join(lines) + b"\n")
    path = str(written(config, tmp_path))
    arguments = ["replay", str(recording), "--to", "kafka", "--speed", "0", "--config", path]
    answer = CliRunner().invoke(app, arguments)
    assert (answer.exit_code, answer.stdout) == (0, "accepted 3,000, rejected 0\n")

    async def stored() -> list[bytes]:
        from monitor.pipeline.kafka.reading import read_topic

        topic = TopicNames.of(config.kafka.prefix).events
        return [record.value async for record in read_topic(config.kafka, topic)]

    assert asyncio.run(stored()) == lines


def test_workers_refuse_topics_that_are_not_as_configured(make: Make, tmp_path: Path) -> None:
    config = make(partitions=2)
    wrong = msgspec.structs.replace(
        config, kafka=msgspec.structs.replace(config.kafka, partitions=4)
    )
    command = [sys.executable, "-m", "monitor.cli", "worker", "--config"]
    answer = subprocess.run(
        [*command, str(written(wrong, tmp_path))], cwd=ROOT, capture_output=True, text=True
    )
    assert answer.returncode == 3
    assert "has 2 partitions, not 4" in answer.stderr
