"""All processes together: over HTTP in, through Kafka, into the console."""

from __future__ import annotations

import base64
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import UNSET
from typer.testing import CliRunner

from detectors.pack.load import load_rulebook
from monitor.cli import app
from monitor.config import Config
from monitor.demo.recording import FIXED_START_MS, record
from monitor.evidence.rerun import rerun
from monitor.evidence.verify import verify
from monitor.pipeline.kafka.topics import TopicNames
from monitor.runtime import DATABASE
from monitor.store.rows import AlertFilter
from monitor.store.store import Store
from tests.monitor.access.test_openapi import FORM
from tests.monitor.build import BASE_MS, speech
from tests.monitor.evidence.matter import contents
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    Conclusions,
    Process,
    WorkerProcess,
    embedded,
    letters,
    shortened,
    until,
)
from tests.monitor.pipeline.kafka.test_many_rooms import compared
from tests.monitor.sources.test_service import replace
from tests.monitor.tracing.collector import Collector, collecting

pytestmark = [pytest.mark.kafka]

BATCH = 500
NO_PDF = "no PDF: the extra livewatch[report] is not installed; HTML is there"
TRACE = "4bf92f3577b34da6000000000e0e4736"
SENT = f"00-{TRACE}-00f067aa0ba902b7-01"
TOLD = "这款面霜能根治糖尿病，全网最低价"
WEBHOOK = """
[notify.channels.office]
type = "webhook"
url = "{url}"
secret_file = "{secret}"
[[notify.routes]]
channels = ["office"]
levels = ["lead", "watch", "info"]
"""


class Hook(NamedTuple):
    """Somebody who is told by webhook."""

    url: str
    taken: list[bytes]


@pytest.fixture
def hook() -> Iterator[Hook]:
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Hook(f"http://127.0.0.1:{server.server_port}/", taken)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


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


# 18 s of processor time. `make test` has its parts (test_runtimes.py, test_board.py, test_outbox.py).
@pytest.mark.slow(22)
@pytest.mark.whole
def test_what_senders_repeat_in_a_storm_arrives_once_on_the_desk(
    make: Callable[..., Config], tmp_path: Path, collector: Collector, hook: Hook
) -> None:
    config = make(partitions=2)
    path = written(config, tmp_path)
    lines = shortened(record(FIXED_START_MS), 4_000)
    wanted = embedded(tmp_path / "embedded", config, lines)
    listed = in_store(tmp_path / "embedded")
    token = tmp_path / "token"
    token.write_text("secret\n")
    with path.open("a") as file:
        file.write(f"[ingest]\ntoken_file = '{token}'\n")
        file.write(f"[traces]\nendpoint = '{collector.url}'\nratio = 0.0001\n")
        (tmp_path / "secret").write_text("whsec_" + base64.b64encode(b"s" * 32).decode() + "\n")
        file.write(WEBHOOK.format(url=hook.url, secret=tmp_path / "secret"))
    answers: list[int] = []

    def post(body: bytes) -> None:
        status, _ = ingest.request("POST", "/api/v1/events", body, Authorization="Bearer secret")
        answers.append(status)

    with (
        stopping(Process("ingest", path, tmp_path / "ingest.log", anew=True)) as ingest,
        stopping(WorkerProcess(path, tmp_path / "worker.log", anew=True)),
        stopping(
            Process(
                "desk", path, tmp_path / "desk.log", "--data", str(tmp_path / "desk"), anew=True
            )
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
        now = time.time_ns() // 1_000_000
        shown = speech("traced", (now - BASE_MS) / 1_000, TOLD, room="traced")
        status, _ = ingest.request(
            "POST", "/api/v1/events", shown, Authorization="Bearer secret", traceparent=SENT
        )
        assert status == 202
        until(lambda: TRACE in str(hook.taken), what="the message about what was traced")
        payload = a_bundle_of_the_desk(desk, tmp_path)
        a_change_is_followed(desk, path)
    across_processes(collector, tmp_path)
    assert {record.value for record in letters(config)} == {b"no event"}
    evidence_holds(config, path, tmp_path, payload)


def counted(desk: Process, outcome: str) -> bool:
    """Has one change of the configuration come to this?"""
    return f'livewatch_config_reloads_total{{outcome="{outcome}"}} 1.0' in desk.metrics()


def a_change_is_followed(desk: Process, path: Path) -> None:
    """Of `[notify]`, at a signal; one that cannot be used is refused, and that is told."""
    before = path.read_text()
    for text, told in ((before + "[notify.channels.gone]\n", "refused"), (before, "followed")):
        replace(path, text)  # a process may be reading it
        desk.process.send_signal(signal.SIGHUP)
        until(partial(counted, desk, told), what=f"a change that is {told}")
        problems = desk.health().get("problems", [])
        assert any("notify.channels" in says for says in problems) is (told == "refused")


def a_bundle_of_the_desk(desk: Process, folder: Path) -> str:
    """Made by the API as the console does, of records in the topic; its digest of what is in it."""
    listed = json.loads(desk.get("/api/v1/alerts?rule=false-original-price"))["items"]
    shot = FORM.replace(b"ALERT", listed[0]["id"].encode())
    status, body = desk.request(
        "POST", "/api/v1/captures", shot, **{"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert (status, json.loads(body)["room"]) == (200, listed[0]["room"])
    asked = {"alerts": [listed[0]["id"]], "who": "何敏", "why": "核查"}
    status, body = desk.request(
        "POST",
        "/api/v1/bundles",
        json.dumps(asked).encode(),
        **{"Content-Type": "application/json"},
    )
    assert status == 202, body
    address = f"/api/v1/bundles/{json.loads(body)['id']}"
    until(lambda: json.loads(desk.get(address))["state"] != "making", what="the bundle")
    row = json.loads(desk.get(address))
    assert (row["state"], row["reason"]) in (("ready", ""), ("ready", NO_PDF)), row
    data = desk.get(row["file"])
    (folder / "desk.zip").write_bytes(data)
    report = verify(folder / "desk.zip")
    assert (report.verdict, report.findings) == ("seal-untrusted", [])
    assert report.proved == report.records == row["records"] > 1_000
    assert report.captures == 1
    assert row["name"] in desk.get(f"/alerts/{listed[0]['id']}").decode(), "the page lists it"
    status, body = desk.request(
        "POST", "/api/v1/bundles/check", data, **{"Content-Type": "application/zip"}
    )
    assert json.loads(body)["verdict"] == "valid", "it knows its own key"
    return str(row["payload"])


def across_processes(collector: Collector, folder: Path) -> None:
    """One trace through all of them, and a line of each log that names it."""
    found = collector.spans(TRACE)
    assert {span.trace for span in collector.spans()} == {TRACE}
    told = next(span for span in found if span.name == "livewatch.notify")
    names = [name for name in collector.chain(told) if name != "livewatch.evaluate"]
    assert names == [
        "livewatch.receive", "livewatch.append", "livewatch.alert", "livewatch.store",
        "livewatch.notify",
    ]  # fmt: skip
    assert {span.name: span.service for span in found} == {
        "livewatch.receive": "livewatch-ingest",
        "livewatch.append": "livewatch-ingest",
        "livewatch.evaluate": "livewatch-worker",
        "livewatch.alert": "livewatch-worker",
        "livewatch.store": "livewatch-desk",
        "livewatch.notify": "livewatch-desk",
    }
    assert all(TOLD.encode() not in body for body in collector.bodies)
    for name, event in (("worker", "alert_written"), ("desk", "notified")):
        lines = map(json.loads, (folder / f"{name}.log").read_text().splitlines())
        assert event in {line["event"] for line in lines if line.get("trace_id") == TRACE}


def evidence_holds(config: Config, path: Path, folder: Path, payload: str) -> None:
    """What the desk has kept of it, and what the embedded run has: the same records, each under a signed
    head; and the same alert, but for where its records lie. The command makes what the desk made."""
    answer = CliRunner().invoke(
        app,
        ["evidence", "log-verify", "--topic", "--json", "--data", str(folder / "desk"), "--config", str(path)],
    )  # fmt: skip
    found = json.loads(answer.stdout)
    assert (answer.exit_code, found["problems"]) == (0, [])
    assert found["leaves"] == found["covered"] <= found["records"]
    topic = TopicNames.of(config.kafka.prefix).events
    made = {}
    for side in ("desk", "embedded"):
        store = Store.open(folder / side / DATABASE)
        rows = store.list_alerts(AlertFilter(rule=["false-original-price"])).items
        alert = rows[0].alert
        store.close()
        places = [(one.log, one.position) for one in alert.inputs]
        assert UNSET not in {name for one in places for name in one}
        assert {str(log).partition("/")[0] for log, _ in places} <= {topic, "events"}
        done = CliRunner().invoke(
            app,
            ["evidence", "export", "--data", str(folder / side), "--alert", alert.id, "--out",
             str(folder / f"out-{side}"), "--config", str(path)],
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        assert (payload in done.output) is (side == "desk")
        [bundle] = (folder / f"out-{side}").glob("EV-*.zip")
        report = verify(bundle)
        assert (report.verdict, report.findings) == ("seal-untrusted", [])
        assert report.proved == report.records > 1_000
        assert report.versions
        assert [one.same for one in rerun(bundle, load_rulebook())] == [True]
        made[side] = contents(bundle)
        lines = [json.loads(line) for line in made[side]["data/events/records.ndjson"].splitlines()]
        by_place = {(one["log"], one["position"]): one["data"] for one in lines}
        for one in alert.inputs:
            data = base64.b64decode(by_place[one.log, one.position])
            assert json.loads(data)["id"] == one.event
        # Over Kafka what is sent three times stands there three times.
        made[side]["lines"] = b"\n".join(
            dict.fromkeys(base64.b64decode(one["data"]) for one in lines)
        )
        made[side]["alert"] = json.dumps(compared(alert), sort_keys=True).encode()
    # Who collected: the process that has the store. The workers' rules are its own.
    for side, process in (("desk", "desk"), ("embedded", "monitor")):
        lines = [json.loads(line) for line in made[side]["custody/custody.jsonl"].splitlines()]
        began = [one["detail"]["process"] for one in lines if one["act"] == "started"]
        assert began == [process]
    rules = "data/rules/rulebook.ndjson"
    for name in ("lines", "alert", "data/rules/false-original-price.yaml", rules):
        assert made["desk"][name] == made["embedded"][name]
