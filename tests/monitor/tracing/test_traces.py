"""One trace from what was received to who is told, at a collector that decodes it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from monitor.config import Config
from monitor.errors import ConfigError
from monitor.logs import configure
from monitor.pipeline.log import Retention
from monitor.pipeline.sqlite import SqliteLog
from monitor.pipeline.worker import wall_clock_ms
from monitor.store.database import Database
from monitor.tracing import spans
from monitor.tracing.context import parse
from monitor.tracing.settings import Traces
from tests.monitor.build import BASE_MS, chat, entry, speech
from tests.monitor.conftest import TOKEN, Serve
from tests.monitor.tracing.collector import Collector, collecting
from tests.patience import PATIENCE_S

pytest.importorskip("opentelemetry.sdk", reason="the extra `otel` is not installed")

TRACE = "4bf92f3577b34da6000000000e0e4736"
SENT = f"00-{TRACE}-00f067aa0ba902b7-00"
TOLD = "观众说的话"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def settings(collector: Collector, ratio: float = 1.0) -> Traces:
    return Traces(endpoint=collector.url, ratio=ratio)


async def webhook(told: asyncio.Queue[dict[str, Any]]) -> web.AppRunner:
    async def take(request: web.Request) -> web.Response:
        await told.put(json.loads(await request.read()))
        return web.Response()

    application = web.Application()
    application.router.add_post("/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


@pytest.mark.slow
@pytest.mark.asyncio
async def test_one_trace_leads_from_the_request_to_the_message(
    serve: Serve, tmp_path: Path, collector: Collector, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("whsec_" + base64.b64encode(b"s" * 32).decode() + "\n")
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    hook = await webhook(told)
    office = {
        "type": "webhook",
        "url": f"http://127.0.0.1:{hook.addresses[0][1]}/",
        "secret_file": str(secret),
    }
    config = msgspec.convert(
        {
            "notify": {
                "channels": {"office": office},
                "routes": [{"channels": ["office"], "levels": ["lead", "watch"]}],
            },
            "pipeline": {"lateness_ms": 200, "grace_ms": 0},
        },
        Config,
    )
    configure("info")
    # A sender that does not want to be traced does not decide, and neither does one that does.
    spans.export_to(settings(collector, ratio=0.1), "livewatch-serve")
    try:
        served = await serve(config)
        now = wall_clock_ms() - BASE_MS
        headers = {"Authorization": f"Bearer {TOKEN}", "traceparent": SENT}
        events = b"\n".join([chat("c1", now / 1_000, TOLD), speech("s1", now / 1_000)])
        assert (await served.post(events, headers=headers))[0] == 202
        other = f"00-{TRACE[:16]}{'f' * 16}-00f067aa0ba902b7-01"
        beside = speech("s2", now / 1_000, "苹果", room="2")
        assert (await served.post(beside, headers=headers | {"traceparent": other}))[0] == 202
        async with asyncio.timeout(PATIENCE_S):
            messages = [await told.get() for _ in range(2)]
            # The receiver knows of a message before the sender knows that it arrived.
            sent: list[Any] = []
            while len(sent) < 2:
                body = (await served.get("/api/v1/notifications?state=sent"))[1]
                sent = json.loads(body)["items"]
                await asyncio.sleep(0.05)
        alerts = {one["room"]: one["id"] for one in await served.alerts(2)}
        await serve.stop()
    finally:
        spans.end_export()
        await hook.cleanup()
    found = collector.spans()
    assert {span.trace for span in found} == {TRACE}
    assert {span.service for span in found} == {"livewatch-serve"}
    assert not any(span.failed for span in found)
    [first, *_] = found
    assert (first.name, first.parent) == ("livewatch.receive", "00f067aa0ba902b7")
    [last] = [span for span in found if span.name == "livewatch.notify"]
    names = collector.chain(last)
    # A room waits for stragglers: its alert may come with a later batch than its event.
    assert [name for name in names if name != "livewatch.evaluate"] == [
        "livewatch.receive", "livewatch.append", "livewatch.alert", "livewatch.notify",
    ]  # fmt: skip
    assert any(
        collector.chain(span)[-2:] == ["livewatch.append", "livewatch.evaluate"]
        for span in found
        if span.name == "livewatch.evaluate"
    )
    assert (last.attributes["channel"], last.attributes["alert"]) == ("office", alerts["1"])
    assert all(span.start <= span.end for span in found)
    # Who is told can look it up, and so can who reads the log.
    parents = {one["data"]["room"]: one["data"].get("trace") for one in messages}
    parent = parse(parents["1"])
    assert parent is not None
    assert (parent.trace, parents["2"]) == (TRACE, None)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    named = {line["event"] for line in lines if line.get("trace_id") == TRACE}
    assert named >= {"alert_written", "notified"}
    # Nothing that anybody said leaves the house by this way.
    assert all(TOLD.encode() not in body for body in collector.bodies)
    assert all("苹果".encode() not in body for body in collector.bodies)


@pytest.mark.slow
@pytest.mark.asyncio
async def test_what_is_not_taken_is_an_error_in_its_trace(
    serve: Serve, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans.export_to(settings(collector), "livewatch-serve")
    try:
        served = await serve()

        def fails(*_: object, **__: object) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(served.runtime.log, "append", fails)
        headers = {"Authorization": f"Bearer {TOKEN}", "traceparent": SENT}
        assert (await served.post(chat("c1"), headers=headers))[0] == 429
    finally:
        spans.end_export()
    failed = {span.name: span.failed for span in collector.spans(TRACE)}
    assert failed["livewatch.append"]


@pytest.mark.slow
def test_a_trace_survives_a_restart_and_goes_with_its_events(
    tmp_path: Path, collector: Collector
) -> None:
    entries = [entry(chat(f"c{number}")) for number in range(3)]
    database = Database(tmp_path / "livewatch.db")
    kept = SqliteLog(database)
    with spans.received("untraced", SENT):
        kept.append(entries[:1], source="http", now=BASE_MS).result()
    spans.export_to(settings(collector), "livewatch-serve")
    with spans.received("traced", SENT), spans.step("livewatch.append"):
        kept.append(entries, source="http", now=BASE_MS).result()
    spans.end_export()
    database.close()
    database = Database(tmp_path / "livewatch.db")
    kept = SqliteLog(database)
    [parent] = kept.parents(1, 3)
    assert parse(parent).trace == TRACE
    room = entries[0].room
    # The first was there before, and came without a trace that anybody wants.
    assert [kept.parent_of(room, one.event) for one in entries] == [None, parent, parent]
    assert kept.parent_of(room, "nobody") is None
    kept.acknowledge(3)
    kept.trim(Retention(max_age_ms=0, max_bytes=0), now=BASE_MS + 1)
    assert kept.parents(0, 10) == []
    database.close()


def test_without_the_extra_the_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry", None)
    with pytest.raises(ConfigError, match=r"livewatch\[otel\]"):
        spans.export_to(Traces(endpoint="http://127.0.0.1:4318/v1/traces"), "livewatch")
    assert not spans.exported()
