"""All processes together: over HTTP in, through Kafka, into the console."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detectors.events import encode
from monitor.config import Config
from monitor.demo.recording import FIXED_START_MS, record
from monitor.runtime import DATABASE
from monitor.store.store import Store
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    Conclusions,
    Process,
    WorkerProcess,
    embedded,
    letters,
    until,
)

pytestmark = [pytest.mark.kafka]

BATCH = 500


@contextmanager
def stopping(process: Process) -> Iterator[Process]:
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.stop()


def on_the_desk(desk: Process) -> Conclusions:
    """What the console's API shows."""
    found: Conclusions = {}
    path = "/api/v1/alerts?limit=200"
    while True:
        page = json.loads(desk.get(path))
        for alert in page["items"]:
            found[alert["id"]] = (alert["level"], alert["hits"], alert["last_at"])
        if not page.get("next"):
            return found
        path = f"/api/v1/alerts?limit=200&cursor={page['next']}"


Rooms = list[tuple[str, str | None, str | None, int | None]]


def rooms_of(desk: Process) -> Rooms:
    """The rooms that the desk shows, up to when they were watched."""
    items = json.loads(desk.get("/api/v1/rooms"))["items"]
    return sorted(
        (room["room"], room["title"], room["session"], room["last_event_at"]) for room in items
    )


def in_store(data: Path) -> Rooms:
    """The same of an embedded run."""
    store = Store.open(data / DATABASE)
    found = [(room.room, room.title, room.session, room.last_event_at) for room in store.rooms()]
    store.close()
    return sorted(found)


def test_what_senders_repeat_in_a_storm_arrives_once_on_the_desk(
    make: Callable[..., Config], tmp_path: Path
) -> None:
    config = make(partitions=2)
    path = written(config, tmp_path)
    lines = [encode(event) for event in record(FIXED_START_MS).events]
    wanted = embedded(tmp_path / "embedded", config, lines)
    listed = in_store(tmp_path / "embedded")
    token = tmp_path / "token"
    token.write_text("secret\n")
    with path.open("a") as file:
        file.write(f"[ingest]\ntoken_file = '{token}'\n")
    answers: list[int] = []

    def post(body: bytes) -> None:
        status, _ = ingest.request("POST", "/api/v1/events", body, Authorization="Bearer secret")
        answers.append(status)

    with (
        stopping(Process("ingest", path, tmp_path / "ingest.log")) as ingest,
        stopping(WorkerProcess(path, tmp_path / "worker.log")),
        stopping(
            Process("desk", path, tmp_path / "desk.log", "--data", str(tmp_path / "desk"))
        ) as desk,
    ):
        assert ingest.request("POST", "/api/v1/events", b"{}")[0] == 401
        for start in range(0, len(lines), BATCH):
            body = b"\n".join([*lines[start : start + BATCH], b"no event"])
            # A sender that was not answered in time sends again, and once more.
            storm = [threading.Thread(target=post, args=(body,)) for _ in range(3)]
            for thread in storm:
                thread.start()
            for thread in storm:
                thread.join()
        assert set(answers) == {202}
        until(lambda: on_the_desk(desk) == wanted, what="the alerts on the desk")
        until(lambda: rooms_of(desk) == listed, what="the rooms on the desk")
        assert ingest.health()["status"] == desk.health()["status"] == "ok"
        assert 'livewatch_events_ingested_total{source="http",type="chat"}' in ingest.metrics()
        assert 'livewatch_dead_letters_total{cause="invalid",stage="ingest"}' in desk.metrics()
    assert {record.value for record in letters(config)} == {b"no event"}
