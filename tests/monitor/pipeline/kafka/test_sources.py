"""`livewatch ingest` with a configured source: its events and dead letters are in Kafka."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from detectors.events import decode
from monitor.config import Config
from monitor.pipeline.kafka.dead_letters import letter_of
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from tests.connectors.lines import line
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import Process, letters, until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


def test_a_source_goes_through_ingestion_into_the_topics(
    make: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    config = make(partitions=2)
    recorded = tmp_path / "77001.jsonl"
    recorded.write_bytes(line(1) + b"no event\n" + line(2))
    (tmp_path / "token").write_text("secret\n")
    (tmp_path / "key").write_text("k1:0123456789abcdef\n")
    path = written(config, tmp_path)
    with path.open("a") as file:
        file.write(
            f"[ingest]\ntoken_file = '{tmp_path}/token'\n"
            f"[collection]\npseudonym_key_file = '{tmp_path}/key'\nreload_s = 0.2\n"
            f"watched_file = '{tmp_path}/watched.json'\n"
            "[[sources]]\nname = 'recorder'\ntype = 'file'\nplatform = 'demo'\nrooms = ['77001']\n"
            f"[sources.options]\npath = '{tmp_path}/{{room}}.jsonl'\nbookmark = '{tmp_path}/mark'\n"
        )
    ingest = Process("ingest", path, tmp_path / "ingest.log")
    try:
        until((tmp_path / "mark").exists, timeout_s=30, what="the first lines to be stored")
        with recorded.open("ab") as file:
            file.write(line(3))
        whole = recorded.stat().st_size
        until(
            lambda: json.loads((tmp_path / "mark").read_bytes())["offset"] == whole,
            timeout_s=30,
            what="the last line to be stored",
        )
        health = ingest.health()
        metrics = ingest.metrics()
    finally:
        ingest.stop()
    assert health["sources"]["recorder"]["connections"] == {"connected": 1}
    assert 'livewatch_source_events_total{source="recorder"} 3.0' in metrics

    async def events() -> list[tuple[bytes, str]]:
        topic = TopicNames.of(config.kafka.prefix).events
        records = [record async for record in read_topic(config.kafka, topic)]
        return [(record.key, decode(record.value).id) for record in records]

    assert asyncio.run(events()) == [(b"demo:77001", f"c-{number}") for number in (1, 2, 3)]
    (letter,) = map(letter_of, letters(config))
    assert (letter.stage, letter.source, letter.data) == ("decode", "recorder/77001", b"no event\n")
