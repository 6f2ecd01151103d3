"""The web application over a runtime: ingestion, console and API, health, metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from connectors.logger import logger
from monitor import desk
from monitor.access.forwarded import is_loopback
from monitor.answers import outgoing
from monitor.archive.history import RoomHistory
from monitor.background import in_background
from monitor.condition import Problem, UnwatchedRoom
from monitor.config import Config
from monitor.connections import GUARD, ConnectionGuard
from monitor.desk.gate import is_brief
from monitor.desk.keys import ACCESS, NOTIFICATIONS, UNWATCHED
from monitor.desk.page import unwatched_of
from monitor.ingest import IngestApi
from monitor.metrics import Metrics
from monitor.notify.service import Notifications
from monitor.reload import Reload
from monitor.runtime import Runtime
from monitor.sources.service import Sources, carried
from monitor.store.store import Store
from monitor.tracing.context import HEADER
from monitor.tracing.spans import requested

__all__ = [
    "Running",
    "add_notifications",
    "add_sources",
    "build_app",
    "build_runner",
    "build_shell",
    "runner_of",
    "warn_of_open_console",
]

log = logger()

Answer = TypeVar("Answer")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Running(Protocol):
    """What answers for itself over HTTP: the embedded runtime, or a part of the scale-out one."""

    config: Config
    metrics: Metrics

    def start(self) -> None:
        """Begins to work; called in the event loop."""
        ...

    def stop(self) -> None:
        """Ends; called in a thread."""
        ...

    def sweep(self) -> None:
        """Tidies up now and then; called in a thread."""
        ...

    def refresh_metrics(self) -> None:
        """Sets the series that are not counted along; called in a thread."""
        ...

    def health(self) -> tuple[bool, dict[str, object]]:
        """Does it work, and the figures behind that; called in a thread."""
        ...

    def problems(self) -> list[Problem]:
        """What is wrong although it works; called in a thread."""
        ...

    def ready(self) -> str | None:
        """What has to pass before requests are any use here; called in a thread."""
        ...


RUNTIME = web.AppKey("livewatch_runtime", Running)
SOURCES = web.AppKey("livewatch_sources", Sources)
#: What of its configuration a process follows; there is none where nothing is.
RELOAD = web.AppKey("livewatch_reload", Reload)
#: Health and metrics are answered while every other thread is busy.
PROBES = web.AppKey("livewatch_probes", ThreadPoolExecutor)
OPEN_STREAMS: web.AppKey[set[asyncio.Task[object]]] = web.AppKey("livewatch_streams")
#: Addresses that answer for as long as the reader stays; their time says nothing.
STREAMS = frozenset({"/api/v1/alerts/stream"})
#: Longest body of a request that is no ingestion, bytes.
BODY_BYTES = 256 * 2**10
#: After an answer was given before the body had come, for how long the rest is read and thrown
#: away, so that the client gets to read the answer, s.
LINGERING_S = 2.0


def build_shell(runtime: Running) -> web.Application:
    """Health and metrics; starting it starts the runtime, and ending it stops it."""
    # Ingestion reads its bodies itself; what people and their programs send is short.
    app = web.Application(middlewares=[outgoing, _measure], client_max_size=BODY_BYTES)
    app[RUNTIME] = runtime
    app[PROBES] = ThreadPoolExecutor(2, thread_name_prefix="livewatch-probe")
    guard = app[GUARD] = ConnectionGuard(runtime.config.server, runtime.metrics)
    app.cleanup_ctx.append(guard.run)
    app[OPEN_STREAMS] = set()
    app.on_shutdown.append(_end_streams)
    app.cleanup_ctx.append(_running)
    app[UNWATCHED] = lambda: _unwatched(app)
    app.router.add_get("/healthz", _health)
    app.router.add_get("/readyz", _ready)
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/api/v1/unwatched", _list_unwatched)
    return app


def build_app(runtime: Runtime, *, token: str) -> web.Application:
    """The whole embedded monitor.

    Args:
        runtime: opened, not started.
        token: the bearer token of ingestion.
    """
    app = build_shell(runtime)
    IngestApi(
        runtime.log,
        runtime.store,
        runtime.admission,
        runtime.metrics,
        runtime.config.ingest,
        token=token,
        clock=runtime.clock,
        senders=runtime.senders,
        patience_s=runtime.config.server.body_s,
        frames=runtime.frames,
    ).add_to(app)
    broadcast = desk.setup(
        app,
        store=runtime.store,
        settings=runtime.config,
        rulebook=runtime.rulebook,
        clock=runtime.clock,
        bundles=runtime.bundles,
        captures=runtime.captures,
        senders=runtime.senders,
        metrics=runtime.metrics,
        history=RoomHistory(runtime.store.database, runtime.config.archive, runtime.data_dir),
    )
    runtime.metrics.sse_clients.set_function(lambda: broadcast.clients)
    add_notifications(app, runtime.store, runtime, clock=runtime.clock)
    return app


async def warn_of_open_console(app: web.Application, url: str) -> None:
    """Says so where other machines reach a console at which nobody has to sign in."""
    if is_loopback(urlsplit(url).hostname or "") or await asyncio.to_thread(
        app[ACCESS].is_enforced
    ):
        return
    log.warning(
        "console_is_open",
        url=url,
        advice="whoever reaches it may do all, under any name: livewatch users add NAME --role"
        " admin, or sign_in.required (docs/sign-in.md)",
    )


def build_runner(runtime: Runtime, *, token: str, sources: Sources | None = None) -> web.AppRunner:
    """The application with the settings of the server that it needs."""
    app = build_app(runtime, token=token)
    if sources is not None:
        add_sources(app, sources)
    return runner_of(app, runtime.config)


def add_notifications(
    app: web.Application, store: Store, runtime: Running, *, clock: Callable[[], int]
) -> None:
    """Tells people of the alerts of a store, where the configuration names channels.

    Raises:
        ConfigError: a route names none of them, or a file of secrets is missing.
    """
    told = app[NOTIFICATIONS] = Notifications(
        runtime.config.notify, store, runtime.metrics, clock=clock
    )
    app.cleanup_ctx.append(told.running)


def add_sources(app: web.Application, sources: Sources) -> None:
    """Starts the sources after everything that they need, and stops them before it."""
    app[SOURCES] = sources
    app[RELOAD] = sources.reloading
    if NOTIFICATIONS in app:
        sources.notifications = app[NOTIFICATIONS]
    app.cleanup_ctx.append(_collecting)


def runner_of(app: web.Application, config: Config) -> web.AppRunner:
    """The settings of the server that every application here needs."""
    return web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,  # ingestion unpacks bodies itself, with a bound
        shutdown_timeout=config.server.shutdown_s,
        keepalive_timeout=config.server.idle_s,
        lingering_time=LINGERING_S,
    )


async def _running(app: web.Application) -> AsyncIterator[None]:
    runtime = app[RUNTIME]
    runtime.start()
    try:
        async with in_background(_sweep(runtime), "livewatch-sweeper"):
            yield
    finally:
        await asyncio.to_thread(runtime.stop)
        app[PROBES].shutdown(wait=False)


async def _collecting(app: web.Application) -> AsyncIterator[None]:
    sources = app[SOURCES]
    await sources.start()
    try:
        yield
    finally:
        await sources.stop()


async def _end_streams(app: web.Application) -> None:
    """A stream ends only when its reader goes, so the monitor would wait for it in vain."""
    streams = app[OPEN_STREAMS]
    for stream in tuple(streams):
        stream.cancel()


async def _sweep(runtime: Running) -> None:
    while True:
        await asyncio.sleep(runtime.config.retention.sweep_s)
        try:
            await asyncio.to_thread(runtime.sweep)
        except Exception:
            log.exception("sweep_failed")


async def _in_probe(app: web.Application, work: Callable[[], Answer]) -> Answer:
    """Runs what blocks in a thread that is there while every other one is busy."""
    return await asyncio.get_running_loop().run_in_executor(app[PROBES], work)


async def _health(request: web.Request) -> web.Response:
    app = request.app
    ok, body = await _in_probe(app, app[RUNTIME].health)
    problems = await _problems(app)
    sources, intakes = app.get(SOURCES), app[RUNTIME].metrics.intakes
    if sources is not None:
        # A source that fails is shown, and the monitor works: the others go on.
        body["sources"] = sources.health()
    if (reload := app.get(RELOAD)) is not None:
        body["configuration"] = reload.refused or "ok"
        # Changed on purpose, most of the time for the next restart: nothing is wrong.
        waiting = body.get("restart_needed")
        body["restart_needed"] = [*reload.waiting, *(waiting if isinstance(waiting, list) else [])]
    body["senders"] = {
        name: {
            "requests": intake.stats.messages,
            "events": intake.stats.events,
            "last_message_ms": intake.stats.last_message_ms,
            "silent": sources is not None and sources.is_silent(intake),
            "problem": intake.problem,
            **carried(intake),
        }
        for name, intake in intakes.items()
    }
    body["problems"] = [problem.says for problem in problems]
    status = "failing" if not ok else "degraded" if problems else "ok"
    # Names of sources and rooms are for those who may read them.
    body = {"status": status} if is_brief(request) else {"status": status, **body}
    return _json(body, status=200 if ok else 503)


async def _problems(app: web.Application) -> list[Problem]:
    """All that is wrong: in the runtime, with the configuration, with sources and senders."""
    runtime, sources = app[RUNTIME], app.get(SOURCES)
    try:
        problems = await _in_probe(app, runtime.problems)
    except Exception as error:  # noqa: BLE001 - a probe that fails would hide what is wrong
        problems = [Problem("database", f"the database cannot be read: {type(error).__name__}")]
    if sources is not None:
        problems += sources.problems()
    if NOTIFICATIONS in app:
        problems += app[NOTIFICATIONS].problems()
    runtime.metrics.tell_problems(problem.kind for problem in problems)
    return problems


async def _ready(request: web.Request) -> web.Response:
    """Whether requests are any use here, for a load balancer: not for deciding on a restart."""
    reason = await _in_probe(request.app, request.app[RUNTIME].ready)
    told = {} if is_brief(request) else {"reason": reason}
    return _json({"ready": reason is None, **told}, status=200 if reason is None else 503)


async def _metrics(request: web.Request) -> web.Response:
    app, runtime = request.app, request.app[RUNTIME]
    await _problems(app)

    def read() -> tuple[bytes, str]:
        runtime.metrics.healthy.set(runtime.health()[0])
        try:
            runtime.refresh_metrics()
            if NOTIFICATIONS in app:
                app[NOTIFICATIONS].refresh_metrics()
        except Exception as error:  # noqa: BLE001 - the other series say what is wrong
            log.error("metrics_not_refreshed", error=repr(error))  # noqa: TRY400  once a scrape
        return runtime.metrics.expose(request.headers.get("Accept", ""))

    body, content_type = await _in_probe(app, read)
    return web.Response(body=body, headers={"Content-Type": content_type})


def _unwatched(app: web.Application) -> list[UnwatchedRoom]:
    sources = app.get(SOURCES)
    return sources.unwatched() if sources is not None else []


async def _list_unwatched(request: web.Request) -> web.Response:
    """Configured rooms that are not watched now, by name: names are no labels of series."""
    return _json({"items": await asyncio.to_thread(unwatched_of, request)})


def _json(body: object, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@web.middleware
async def _measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    resource = request.match_info.route.resource
    # The pattern, not the path: what is not found must not make a series of its own.
    route = resource.canonical if resource is not None else "unknown"
    if route in STREAMS:
        return await _stream(request, handler)
    began = time.perf_counter()
    status = 500
    try:
        with requested(request.headers.get(HEADER)):
            response = await handler(request)
        status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    else:
        return response
    finally:
        request.app[RUNTIME].metrics.observe_http(
            route, request.method, status, time.perf_counter() - began
        )


async def _stream(request: web.Request, handler: Handler) -> web.StreamResponse:
    task = asyncio.current_task()
    streams = request.app[OPEN_STREAMS]
    if task is not None:
        streams.add(task)
        task.add_done_callback(streams.discard)
    return await handler(request)
