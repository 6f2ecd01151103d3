"""Two hundred rooms at once in both runtimes: the alerts of one are those of the other.

Each room plays some of the rules' own recordings one after another, with ordinary talk between;
so every rule is at work, in rooms that know of nothing but themselves.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.alerts import Alert
from detectors.lab.cases import case_events
from monitor.config import Config
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from tests.benchmarks.recording import CHAT
from tests.detectors.build import rulebook
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    WorkerProcess,
    embedded_alerts,
    messages,
    send,
    until,
)

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOMS = 200
CASES = 3
APART_MS = 40 * 86_400_000


def generated(rooms: int, seed: int = 5) -> list[bytes]:
    """Lines of all rooms in the order of event time."""
    choose = random.Random(seed)
    cases = [
        case
        for rule in rulebook()
        for case in rule.spec.cases
        if len({event.room for event in case_events(case)}) == 1
    ]
    lines: list[tuple[int, str, bytes]] = []
    for room in range(rooms):
        for turn, case in enumerate(choose.sample(cases, CASES)):
            events = case_events(case)
            for number, event in enumerate(events):
                values: dict[str, Any] = msgspec.to_builtins(event)
                for name in ("at", "until", "from", "ends_at", "seen"):
                    if values.get(name):
                        values[name] += turn * APART_MS
                values |= {
                    "room": f"r{room}", "id": f"{turn}-{values['id']}",
                    "session": f"{turn}-{values['session']}" if values.get("session") else "",
                }  # fmt: skip
                lines.append(_line(values, number))
            first = min(event.at for event in events) + turn * APART_MS
            last = max(event.at for event in events) + turn * APART_MS
            times = [first + index * choose.randrange(1, 30_000) for index in range(20)]
            # Long after, so that no evidence waits any more for what is said later.
            times.append(max(last, *times) + 3_600_000)
            for index, at in enumerate(times):
                talk = {
                    "type": "chat", "platform": "demo", "room": f"r{room}",
                    "id": f"{turn}-c{index}", "session": f"{turn}-s1", "role": "viewer",
                    "user": f"u{choose.randrange(500)}", "text": choose.choice(CHAT),
                    "at": at,
                }  # fmt: skip
                lines.append(_line(talk, index))
    lines.sort(key=lambda line: line[:2])
    return [line for _, _, line in lines]


def _line(values: Mapping[str, Any], number: int) -> tuple[int, str, bytes]:
    text = json.dumps(values, ensure_ascii=False)
    return values["at"], f"{values['room']}-{number:04}", text.encode()


def compared(alert: Alert) -> dict[str, Any]:
    """An alert without the wall clock and without the log that its inputs lie in."""
    values: dict[str, Any] = msgspec.to_builtins(alert)
    del values["raised_at"]
    for read in values.get("inputs", []):
        read.pop("log", None)
        read.pop("position", None)
    return values


def last_versions(config: Config) -> dict[str, Alert]:
    """By id, what the alerts' topic said last."""

    async def reading() -> dict[str, Alert]:
        decoder = msgspec.json.Decoder(Alert)
        topic = TopicNames.of(config.kafka.prefix).alerts
        found = [decoder.decode(record.value) async for record in read_topic(config.kafka, topic)]
        return {alert.id: alert for alert in found}

    return asyncio.run(reading())


def different(config: Config, wanted: Mapping[str, Alert]) -> list[tuple[str, str, Any, Any]]:
    """Where the alerts of the two runs differ: rule, field, embedded, Kafka."""
    found = last_versions(config)
    return [
        (one.rule, field, value, compared(found[id_])[field])
        for id_, one in wanted.items()
        for field, value in compared(one).items()
        if compared(found[id_])[field] != value
    ]


@pytest.mark.slow(8)
@pytest.mark.whole
def test_two_hundred_rooms_conclude_the_same_record_by_record(
    make: Callable[..., Config], tmp_path: Path
) -> None:
    config = make(partitions=4)
    lines = generated(ROOMS)
    wanted = embedded_alerts(tmp_path / "embedded", config, lines)
    rules = Counter(alert.rule for alert in wanted.values())
    assert len({alert.room for alert in wanted.values()}) > ROOMS / 2
    assert len(rules) > len(rulebook()) * 2 / 3
    send(config, messages(config, lines))
    first = WorkerProcess(written(config, tmp_path), tmp_path / "first.log")
    second = WorkerProcess(written(config, tmp_path), tmp_path / "second.log")
    try:
        try:
            until(lambda: first.is_done() and second.is_done(), what="the lag")
        except AssertionError as error:
            raise AssertionError(f"{error}: {first.health()} {second.health()}") from None
        try:
            until(lambda: last_versions(config).keys() == wanted.keys(), what="all ids")
        except AssertionError:
            found = last_versions(config)
            raise AssertionError(
                [
                    ("embedded alone", one.rule, one.room)
                    for id_, one in wanted.items()
                    if id_ not in found
                ]
                + [
                    ("Kafka alone", one.rule, one.room)
                    for id_, one in found.items()
                    if id_ not in wanted
                ]
            ) from None
        try:
            until(lambda: not different(config, wanted), what="the same records")
        except AssertionError:
            raise AssertionError(different(config, wanted)) from None
    finally:
        assert first.stop() == 0
        assert second.stop() == 0
    print(f"{len(lines):,} events of {ROOMS} rooms: {len(wanted)} alerts of {len(rules)} rules")
