"""Health, metrics and the life of the whole."""

from __future__ import annotations

import asyncio
import shutil
import threading
from functools import partial
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from monitor.config import Config, Pipeline, Retention
from monitor.errors import DataDirBusy
from monitor.evidence import lost
from monitor.pipeline.log import Retention as Trimming
from monitor.runtime import Runtime
from monitor.store.rows import Outcome
from tests.connectors.lines import until
from tests.monitor.build import BASE_MS, alert, chat, line, speech
from tests.monitor.conftest import Serve
from tests.monitor.rules import rulebook
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio

FORBIDDEN_LABELS = {"room", "user", "sku", "alert", "url", "seller", "session"}


def series(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.mark.slow
async def test_a_healthy_monitor_says_so(serve: Serve) -> None:
    served = await serve()
    status, body = await served.get("/healthz")
    health = msgspec.json.decode(body)
    assert status == 200
    assert (health["status"], health["worker"], health["lag_events"]) == ("ok", "running", 0)
    assert health["last_event_age_ms"] is None
    await served.post(b"\n".join([speech("s"), chat("c", 10)]))
    await served.alerts(1)
    # The worker notes the event when what it found is committed, and so may be read already.
    await until(lambda: served.runtime.worker.last_arrival_ms)
    _, body = await served.get("/healthz")
    assert msgspec.json.decode(body)["last_event_age_ms"] >= 0


@pytest.mark.slow
async def test_a_stopped_worker_is_unhealthy(serve: Serve) -> None:
    served = await serve()
    served.runtime.worker.stop()
    status, body = await served.get("/healthz")
    assert status == 503
    assert msgspec.json.decode(body)["worker"] == "stopped"


@pytest.mark.slow
async def test_a_failing_worker_is_unhealthy_until_it_succeeds(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve()
    failed = threading.Event()

    def fail(_outcome: object, now: int) -> None:
        failed.set()
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(served.runtime.store, "commit", fail)
        await served.post(b"\n".join([speech("s"), chat("c", 10)]))
        assert await asyncio.to_thread(failed.wait, PATIENCE_S)
        # The failure is noted right after the commit; ask until it is.
        while (answer := await served.get("/healthz"))[0] == 200:
            pass
    assert "no space" in msgspec.json.decode(answer[1])["failure"]
    await served.alerts(1)
    while (await served.get("/healthz"))[0] != 200:
        pass


@pytest.mark.slow
async def test_metrics_tell_what_happened(serve: Serve) -> None:
    served = await serve()
    lines = [
        line("gap", "g", 0, **{"from": BASE_MS - 90_000, "until": BASE_MS}),
        *(speech(f"s{number}", number) for number in range(3)),
        chat("bad", 4, "坏"),
        chat("c", 20),
        b"{",
    ]
    await served.post(b"\n".join(lines))
    [alert] = await served.alerts(1)
    served.runtime.store.transition(alert["id"], "closed", "李", BASE_MS, "rule-too-wide")
    await served.get("/alerts/none")
    await served.get("/no/such/page")
    _, text = await served.get("/metrics")
    found = series(text)

    def value(name: str, **labels: str) -> float:
        return found[f"livewatch_{name}", tuple(sorted(labels.items()))]

    assert value("events_ingested_total", source="http", type="speech") == 3
    assert value("events_rejected_total", source="http", reason="schema") == 1
    assert value("rule_evaluations_total", rule="shout", outcome="finding") == 3
    assert value("rule_evaluations_total", rule="faulty", outcome="failed") == 1
    assert value("alerts_total", rule="shout", level="lead") == 1
    assert value("alerts_open", level="lead") == 0
    assert value("alert_dispositions_total", rule="shout", disposition="rule-too-wide") == 1
    assert value("capture_gap_seconds_total", source="http") == 90
    assert value("consumer_lag_messages", topic="log", partition="0") == 0
    assert value("storage_bytes", store="database") > 0
    assert value("sse_clients") == 0
    assert value("dead_letters_total", stage="rule", cause="fault") == 1
    assert value("dead_letters_total", stage="ingest", cause="invalid") == 1
    assert value("dead_letters_total", stage="decode", cause="unknown") == 0
    routes = {dict(labels)["route"] for _, labels in found if "route" in dict(labels)}
    assert {"/api/v1/events", "/alerts/{id}", "unknown"} <= routes


@pytest.mark.slow
async def test_series_stay_few_and_name_no_room(serve: Serve) -> None:
    served = await serve()
    for room in range(30):
        await served.post(b"\n".join([speech("s", room=str(room)), chat("c", 10, room=str(room))]))
    await served.alerts(30)
    for room in range(30):
        await served.get(f"/alerts/{room}")
    _, text = await served.get("/metrics")
    found = series(text)
    assert len(found) < 400
    assert all(name.startswith(("livewatch_", "process_")) for name, _ in found)
    assert not any(name.endswith("_created") for name, _ in found)
    assert not {key for _, labels in found for key, _ in labels} & FORBIDDEN_LABELS


@pytest.mark.slow
async def test_what_is_wrong_is_named_and_has_a_series(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await serve()
    kinds = {
        "disk", "lag", "database", "configuration", "source", "notifications", "signing",
        "timestamps", "evidence", "records", "archive", "brokers", "upkeep",
    }  # fmt: skip
    _, text = await served.get("/metrics")
    told = {
        dict(labels)["kind"]: value
        for (name, labels), value in series(text).items()
        if name == "livewatch_problem"
    }
    assert told == dict.fromkeys(kinds, 0)
    with monkeypatch.context() as patch:
        patch.setattr(served.runtime.admission, "free_bytes", lambda: 1)
        status, body = await served.get("/healthz")
        _, text = await served.get("/metrics")
        refused, _, _ = await served.post(chat("c"))
        _, after = await served.get("/metrics")
    health = msgspec.json.decode(body)
    assert (status, health["status"]) == (200, "degraded")
    [problem] = health["problems"]
    assert "disk is nearly full" in problem
    assert "ingest.min_free_bytes" in problem
    assert series(text)["livewatch_problem", (("kind", "disk"),)] == 1
    assert refused == 429
    labels = (("reason", "disk"), ("status", "429"))
    before = series(text)["livewatch_http_requests_refused_total", labels]
    assert before == 0
    assert series(after)["livewatch_http_requests_refused_total", labels] == 1
    _, body = await served.get("/healthz")
    assert msgspec.json.decode(body)["status"] == "ok"
    loss = lost.Lost(
        log="events", why="damaged", first=1, last=2, records=2, hour=0,
        noted=served.runtime.clock(),
    )  # fmt: skip
    served.runtime.store.database.write(partial(lost.note, lost=loss))
    _, body = await served.get("/healthz")
    _, text = await served.get("/metrics")
    assert "2 records of events (1 to 2) are lost" in msgspec.json.decode(body)["problems"][0]
    assert series(text)["livewatch_evidence_lost_records", (("why", "damaged"),)] == 2
    assert series(text)["livewatch_evidence_lost_records", (("why", "unread"),)] == 0


@pytest.mark.slow
@pytest.mark.parametrize("table", ["rooms", "lost_records"])
async def test_a_table_that_cannot_be_read_hides_no_other_series(serve: Serve, table: str) -> None:
    served = await serve()
    served.runtime.store.database.write(
        lambda connection: connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO damaged"))
    )
    status, text = await served.get("/metrics")
    told = series(text)
    assert (status, told["livewatch_healthy", ()]) == (200, 1)
    status, body = await served.get("/healthz")
    if table == "lost_records":
        assert told["livewatch_problem", (("kind", "database"),)] == 1
        assert "the database cannot be read: " in msgspec.json.decode(body)["problems"][0]
    served.runtime.store.database.write(
        lambda connection: connection.execute(sa.text(f"ALTER TABLE damaged RENAME TO {table}"))
    )


@pytest.mark.slow
async def test_disk_database_and_process_are_measured(serve: Serve) -> None:
    served = await serve()
    _, text = await served.get("/metrics")
    found = {name: value for (name, _), value in series(text).items()}
    usage = shutil.disk_usage(served.runtime.data_dir)
    assert found["livewatch_disk_size_bytes"] == usage.total
    assert found["livewatch_disk_free_bytes"] == pytest.approx(usage.free, rel=0.5)
    assert found["process_resident_memory_bytes"] > 2**20
    assert found["process_start_time_seconds"] > 1.7e9


@pytest.mark.slow
async def test_ready_is_who_can_work(serve: Serve) -> None:
    served = await serve()
    assert (await served.get("/readyz"))[0] == 200
    served.runtime.worker.stop()
    status, body = await served.get("/readyz")
    assert status == 503
    assert msgspec.json.decode(body) == {"ready": False, "reason": "the worker does not run"}


@pytest.mark.slow
async def test_who_asks_for_openmetrics_gets_the_alert_of_a_delay(serve: Serve) -> None:
    clock = BASE_MS + 20_500
    served = await serve(clock=lambda: clock)
    await served.post(b"\n".join([speech("s", 10), chat("c", 20)]))
    [alert] = await served.alerts(1)
    headers = {
        "Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    }
    async with served.session.get(f"{served.url}/metrics", headers=headers) as answer:
        text = await answer.text()
        assert answer.content_type == "application/openmetrics-text"
    [line] = [line for line in text.splitlines() if f'# {{alert="{alert["id"]}"}}' in line]
    assert line.startswith('livewatch_event_delay_seconds_bucket{le="')
    assert 'stage="alert"' in line
    _, plain = await served.get("/metrics")
    assert alert["id"] not in plain.decode()


@pytest.mark.slow
async def test_calls_of_rules_are_timed_now_and_then(serve: Serve) -> None:
    served = await serve()
    lines = [speech(f"s{number}", number) for number in range(200)]
    await served.post(b"\n".join([*lines, chat("c", 300)]))
    await served.alerts(1)
    _, text = await served.get("/metrics")
    found = series(text)
    timed = found["livewatch_rule_duration_seconds_count", (("rule", "shout"),)]
    assert 2 <= timed <= 4


@pytest.mark.slow
async def test_the_delay_of_a_recording_is_not_measured(serve: Serve) -> None:
    served = await serve()
    await served.post(chat("old", -86_400))
    _, text = await served.get("/metrics")
    assert series(text)["livewatch_event_delay_seconds_count", (("stage", "ingest"),)] == 0


@pytest.mark.slow
async def test_the_log_is_swept(serve: Serve) -> None:
    config = Config(
        retention=Retention(log_days=1e-9, sweep_s=0.05), pipeline=Pipeline(interval_ms=1)
    )
    served = await serve(config)
    await served.post(b"\n".join([speech("s"), chat("c", 10)]))
    await served.alerts(1)
    while served.runtime.log.read(0, 1):
        await served.get("/healthz")
    [alert] = await served.alerts(1)  # alerts stay
    assert alert["evidence"]["trigger"]


@pytest.mark.slow
async def test_a_part_of_the_sweep_that_fails_is_named_and_keeps_no_other_from_being_done(
    serve: Serve,
) -> None:
    served = await serve(Config(retention=Retention(sweep_s=3_600)))
    runtime = served.runtime
    found = alert("old", level="info", raised_at=0)
    runtime.store.commit(Outcome(alerts=[found]), now=0)
    await served.post(chat("c"))
    # Larger than SQLite's integers.
    retention, runtime.retention = runtime.retention, Trimming(max_age_ms=1, max_bytes=10**23)
    await asyncio.to_thread(runtime.sweep)
    body = msgspec.json.decode((await served.get("/healthz"))[1])
    assert body["status"] == "degraded"
    [says] = body["problems"]
    assert says.startswith("the log is not trimmed: OverflowError: ")
    told = series((await served.get("/metrics"))[1])
    assert told["livewatch_problem", (("kind", "upkeep"),)] == 1
    assert runtime.store.get_alert(found.id) is None, "the rest was done"
    runtime.retention = retention
    await asyncio.to_thread(runtime.sweep)
    assert msgspec.json.decode((await served.get("/healthz"))[1])["status"] == "ok"


@pytest.mark.slow
async def test_one_process_a_data_directory(serve: Serve, tmp_path: Path) -> None:
    await serve(data=tmp_path / "one")
    with pytest.raises(DataDirBusy, match="one"):
        Runtime(tmp_path / "one", Config(), rulebook=rulebook())
