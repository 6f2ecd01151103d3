"""One recording through `livewatch scan`, the embedded monitor and the worker on Kafka: the same alerts,
byte for byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detectors.alerts import Alert
from detectors.events import Event, Session, encode_lines
from monitor.commands.exits import Exit
from monitor.commands.scan import run
from monitor.config import Config
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from monitor.runtime import DATABASE
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.every_rule import evening_that_ends, every_rule
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    WorkerProcess,
    embedded_alerts,
    messages,
    send,
    until,
)

pytestmark = [pytest.mark.kafka]

#: Longer than any context is gathered, and than anything is held back.
SILENCE_MS = 3_600_000
Told = dict[str, dict[str, Any]]
Versions = dict[tuple[str, int], tuple[str, str]]


def without_clock(alerts: Iterable[Alert]) -> Told:
    """By id, without what the contract leaves to a runtime: its wall clock, and where its log is."""
    found: Told = {}
    for alert in alerts:
        values: dict[str, Any] = msgspec.to_builtins(alert)
        del values["raised_at"]
        for one in values["inputs"]:
            one.pop("log", None)
            one.pop("position", None)
        found[alert.id] = values
    return found


def differences(wanted: Told, found: Told) -> list[tuple[Any, ...]]:
    """What two runs do not agree on: rule and room, field, and both values."""
    return [
        (one["rule"], one["room"], name, one[name], found.get(id_, {}).get(name))
        for id_, one in wanted.items()
        for name in one
        if found.get(id_, {}).get(name) != one[name]
    ] + [("only there", found[id_]["rule"]) for id_ in found.keys() - wanted.keys()]


def all_alerts(store: Store) -> list[Alert]:
    return [row.alert for row in store.list_alerts(limit=500).items]


def said_in(versions: Iterable[Alert]) -> Versions:
    """What each version of the rooms' alerts says: level and reason. Those of alerts over rooms before
    the last are as the rooms came in, and the store keeps those that differ and not by a moment."""
    return {(one.id, one.version): (one.level, one.reason) for one in versions if one.platform}


def versions_in(store: Store, ids: Iterable[str]) -> Versions:
    return said_in(one for id_ in ids for one in store.versions(id_))


def scanned(
    file: Path, config: Config, capture: pytest.CaptureFixture[bytes], *, versions: bool = False
) -> list[Alert]:
    """What `scan` prints with the lateness of the runtimes, which alerts name among their settings."""
    late = config.pipeline.lateness_ms / 1_000
    assert run([str(file)], quiet=True, lateness_s=late, versions=versions) == Exit.DONE
    out = capture.readouterr().out
    return [msgspec.json.decode(line, type=Alert) for line in out.splitlines()]


def of_the_topic(config: Config) -> list[Alert]:
    async def reading() -> list[Alert]:
        decoder = msgspec.json.Decoder(Alert)
        topic = TopicNames.of(config.kafka.prefix).alerts
        return [decoder.decode(record.value) async for record in read_topic(config.kafka, topic)]

    return asyncio.run(reading())


def ended(events: Iterable[Event]) -> list[Event]:
    """The events, and the end of each broadcast a second behind its last one: without that, live goes
    on to measure how long something lasts, and for `scan` watching ends with the file."""
    found = list(events)
    last: dict[tuple[str, str, str], int] = {}
    over = set()
    for event in found:
        key = event.platform, event.room, event.session
        last[key] = max(last.get(key, 0), event.at)
        if isinstance(event, Session) and event.phase == "ended":
            over.add(key)
    found += [
        Session(
            id="off", platform=platform, room=room, session=session, at=at + 1_000, phase="ended",
        )
        for (platform, room, session), at in last.items()
        if session and (platform, room, session) not in over
    ]  # fmt: skip
    return sorted(found, key=lambda event: event.at)


def last_words(events: Iterable[Event]) -> list[bytes]:
    """A line of each room long after: brokers stamp records themselves, so their clock cannot leap."""
    last: dict[tuple[str, str], int] = {}
    for event in events:
        key = event.platform, event.room
        last[key] = max(last.get(key, 0), event.at)
    return [
        json.dumps(
            {
                "type": "chat", "id": "last", "platform": platform, "room": room, "session": "",
                "at": at + SILENCE_MS, "role": "viewer", "text": "散了",
            }
        ).encode()
        for (platform, room), at in last.items()
    ]  # fmt: skip


@pytest.mark.slow(7)
def test_scan_embedded_and_kafka_say_the_same_of_a_recording_that_ends(
    make: Callable[..., Config], tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`scan` closes contexts and hands over what was held back when its file ends; live that is due
    when time has passed in silence. Then every field of every alert is the same."""
    config = make(partitions=3)
    events = ended([*every_rule(), *evening_that_ends()])
    file = tmp_path / "recording.jsonl"
    file.write_bytes(encode_lines(events))
    lines = file.read_bytes().splitlines()
    final = scanned(file, config, capfdbinary)
    told = said_in(scanned(file, config, capfdbinary, versions=True))
    wanted = without_clock(final)
    assert {one.rule for one in final} == {rule.id for rule in rulebook()}
    assert any(one.version > 1 for one in final)
    assert any(one.evidence.after and one.room == "evening" for one in final)

    folder = tmp_path / "embedded"
    embedded = embedded_alerts(folder, config, lines, silence_ms=SILENCE_MS)
    assert differences(wanted, without_clock(embedded.values())) == []
    store = Store.open(folder / DATABASE)
    assert versions_in(store, wanted) == told
    store.close()

    send(config, messages(config, [*lines, *last_words(events)]))
    worker = WorkerProcess(written(config, tmp_path), tmp_path / "worker.log")
    store = Store.open(tmp_path / "desk.db")
    try:
        until(worker.is_done, what="the lag")
        for attempt in range(3):
            # The last signal may still be on its way from one topic to the other.
            until(lambda: {one.id for one in of_the_topic(config)} >= wanted.keys(), what="all ids")
            store.commit(Outcome(alerts=of_the_topic(config)), now=attempt)
            if not differences(wanted, without_clock(all_alerts(store))):
                break
            until(worker.is_done, what="the lag of signals")
        assert differences(wanted, without_clock(all_alerts(store))) == []
        assert versions_in(store, wanted) == told
    finally:
        store.close()
        assert worker.stop() == 0
