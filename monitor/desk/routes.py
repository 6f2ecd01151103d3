"""Every address of the desk, and how it is put into an application."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
from aiohttp import web

from connectors.logger import logger
from detectors.pack.load import Rulebook, load_rulebook
from monitor.access.forwarded import Proxies
from monitor.access.oidc import provider_of
from monitor.access.pace import Pace
from monitor.access.service import Access
from monitor.archive.history import RoomHistory
from monitor.background import in_background
from monitor.config import Archive, Config
from monitor.connections import GUARD
from monitor.desk import api, assets, evidence, notifications, openapi, sse, unmasking
from monitor.desk import captures as taken
from monitor.desk.broadcast import Broadcast
from monitor.desk.gate import NoSuchAlert, NotAllowed, gate, may, watching
from monitor.desk.keys import (
    ACCESS,
    BROADCAST,
    CLOCK,
    HASHING,
    HISTORY,
    HOSTS,
    METRICS,
    OIDC,
    OPEN_STREAMS,
    PACE,
    PROXIES,
    REFUSALS,
    RULEBOOK,
    STORE,
    TURNS,
    UNMASKED,
    UNWATCHED,
)
from monitor.desk.page import Watch, preferences, render
from monitor.desk.security import served_host, set_headers
from monitor.desk.turns import Turns
from monitor.desk.views import (
    account,
    alert,
    feed,
    journal,
    people,
    rules,
    session,
    sign_in,
    unwatched,
)
from monitor.desk.views import notifications as notifications_page
from monitor.errors import Overloaded
from monitor.evidence.bundles import Bundles
from monitor.evidence.captures import Captures
from monitor.metrics import Metrics
from monitor.problems import problem
from monitor.seldom import Seldom
from monitor.senders import Sender
from monitor.store import search_words, territories
from monitor.store.store import Store

__all__ = ["setup"]

#: Addresses of other parts of the application, for programs: their errors are their own, and a
#: scraper may call them by any name of the machine.
_OTHERS = ("/metrics", "/healthz", "/readyz", "/api/v1/events")
#: How often alerts that a desk of an older version wrote are looked for, s.
FILL_S = 600.0
#: What is noted of alerts in which an older version did not.
_FILLED = {"open_words": search_words.fill, "territories": territories.fill}
_log = logger()


def setup(
    app: web.Application,
    *,
    store: Store,
    settings: Config | None = None,
    rulebook: Rulebook | None = None,
    clock: Callable[[], int] | None = None,
    bundles: Bundles | None = None,
    captures: Captures | None = None,
    senders: Mapping[str, Sender] | None = None,
    metrics: Metrics | None = None,
    history: RoomHistory | None = None,
) -> Broadcast:
    """Adds the console and the API for reading and handling alerts to an application.

    Args:
        app: not yet started.
        store: alerts and rooms.
        settings: the configuration; the defaults if it is left out.
        rulebook: the rules that run; those that ship with livewatch by default.
        clock: wall clock in ms.
        bundles: makes bundles of evidence; ``None``: this desk makes none.
        captures: takes screenshots and clips; ``None``: this desk takes none.
        senders: who else than people may supply some.
        metrics: where sign-ins are counted.
        history: reads what rooms had; by default from the log beside the store alone.

    Raises:
        ConfigError: what the configuration says of sign-in cannot be used.

    Returns:
        the broadcast, for its number of clients.
    """
    broadcast = Broadcast(store)
    configured = settings or Config()
    app[STORE] = store
    app[RULEBOOK] = rulebook if rulebook is not None else load_rulebook()
    app[BROADCAST] = broadcast
    app[CLOCK] = clock if clock is not None else (lambda: time.time_ns() // 1_000_000)
    app[TURNS] = Turns(configured.server.body_s)
    app.setdefault(UNWATCHED, list)
    app[HOSTS] = frozenset(configured.server.names)
    app[ACCESS] = Access(store.database, configured.sign_in, app[CLOCK])
    app[HASHING] = sign_in.Hashing()
    app[PACE] = Pace(time.monotonic)
    app[PROXIES] = Proxies(configured.server.trusted_proxies, configured.sign_in.metrics_from)
    if configured.sign_in.oidc is not None:
        app[OIDC] = provider_of(configured.sign_in.oidc)
    app[METRICS] = metrics if metrics is not None else Metrics()
    app[REFUSALS] = Seldom(app[CLOCK])
    app[OPEN_STREAMS] = {}
    app[UNMASKED] = {}
    app[HISTORY] = history or RoomHistory(store.database, Archive(), Path())
    app.on_response_prepare.append(set_headers)
    app.middlewares.extend((_guard, gate))
    app.cleanup_ctx.append(_running)
    app.cleanup_ctx.append(watching)
    app.cleanup_ctx.append(_filling)
    app.add_routes(
        [
            web.get("/", _root),
            web.get("/alerts", feed.feed),
            web.get("/alerts/fresh", feed.fresh),
            web.post("/alerts/handle", alert.handle_many),
            web.get("/alerts/{id}", alert.alert),
            web.post("/alerts/{id}", alert.handle),
            web.get("/alerts/{id}/prices", alert.prices),
            web.get("/alerts/{id}/session", session.session),
            web.get("/alerts/{id}/accounts.csv", alert.accounts),
            web.get("/rules", rules.rules),
            web.get("/unwatched", unwatched.unwatched),
            web.get("/notifications", notifications_page.notifications),
            web.post("/notifications/test", notifications_page.try_channel),
            web.get("/watch", feed.watch),
            web.get("/sign-in", sign_in.page),
            web.post("/sign-in", sign_in.enter),
            web.get("/sign-in/oidc", sign_in.go_to_provider),
            web.get("/sign-in/oidc/back", sign_in.come_back),
            web.post("/sign-out", sign_in.leave),
            web.get("/account", account.account),
            web.post("/account", account.change),
            web.get("/users", people.people),
            web.post("/users", people.add),
            web.post("/users/{name}", people.change),
            web.get("/journal", journal.journal),
            web.get("/static/{edition:[0-9a-f]+}/{name:.+}", assets.serve),
            web.get("/favicon.ico", _favicon),
            web.get("/api/v1/openapi.json", _describe),
            web.get("/api/v1/alerts", api.list_alerts),
            web.get("/api/v1/alerts/stream", sse.stream),
            web.get("/api/v1/alerts/{id}", api.get_alert),
            web.get("/api/v1/alerts/{id}/accounts", api.get_accounts),
            web.get("/api/v1/alerts/{id}/versions", api.list_versions),
            web.post("/api/v1/alerts/{id}/acknowledge", api.acknowledge_alert),
            web.post("/api/v1/alerts/{id}/close", api.close_alert),
            web.get("/api/v1/rooms", api.list_rooms),
            web.get("/api/v1/session", account.session),
            web.get("/api/v1/users", people.list_users),
            web.get("/api/v1/journal", journal.list_journal),
            web.get("/api/v1/custody", journal.list_custody),
            web.get("/api/v1/notifications", notifications.list_notifications),
            web.post("/api/v1/notifications/test", notifications.test_channel),
            web.post("/api/v1/notifications/retry", notifications.retry_notifications),
        ]
    )
    unmasking.add_to(app)
    evidence.add_to(app, bundles)
    taken.add_to(app, captures, senders or {}, configured.server.body_s)
    return broadcast


async def _root(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/alerts" if may(request, "read") else "/journal")


async def _describe(_request: web.Request) -> web.StreamResponse:
    return api.answer(msgspec.Raw(openapi.encoded()))


async def _favicon(request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther(assets.address("mark.svg"))


async def _running(app: web.Application) -> AsyncIterator[None]:
    await asyncio.to_thread(app[STORE].code_key)
    async with app[BROADCAST].running():
        yield


async def _filling(app: web.Application) -> AsyncIterator[None]:
    """Looks at the alerts of an older version for what that did not note, beside everything else."""

    stopping = threading.Event()

    async def work() -> None:
        # Again now and then: while desks are upgraded one by one, an older one still writes.
        while True:
            for what, fill in _FILLED.items():
                try:
                    found = await asyncio.to_thread(fill, app[STORE].database, stopping.is_set)
                    if found:
                        _log.info(f"{what}_found", alerts=found)
                except Exception:  # noqa: BLE001 - the log has it; the desk works without
                    _log.exception(f"{what}_not_found")
            await asyncio.sleep(FILL_S)

    async with in_background(work(), "livewatch-older-alerts"):
        try:
            yield
        finally:
            stopping.set()


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuses foreign host names, keeps preferences, and turns errors into pages or problems."""
    if request.path.startswith(_OTHERS):
        return await handler(request)
    hosts: frozenset[str] = request.app[HOSTS]
    if not served_host(request.host, hosts):
        return problem(421, "foreign-host", "livewatch is not configured to answer to this name")
    for_people = not request.path.startswith("/api/")
    if for_people and (kept := preferences(request)) is not None:
        return kept
    try:
        async with request.app[TURNS].turn(request):
            return await handler(request)
    except Overloaded as error:
        _count(request, 503, error.reason)
        answer = problem(503, "come-back-later", str(error))
        answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    except NotAllowed:
        return await render(request, "problem.html", {"kind": "forbidden"}, status=403)
    except NoSuchAlert:
        return await render(request, "problem.html", {"kind": "alert"}, status=404)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        if error.status in (408, 413):
            _count(request, error.status, "body")
        if not for_people:
            return problem(
                error.status, (error.reason or "error").lower().replace(" ", "-"), error.text or ""
            )
        kind = "page" if error.status == 404 else "request"
        return await render(request, "problem.html", {"kind": kind}, status=error.status)
    except Exception:  # noqa: BLE001 - the outermost place; a reader gets words, the log the cause
        _log.exception("request_failed", path=request.path)
        if not for_people:
            return problem(500, "internal", "the request was not carried out; the log says why")
        # The store may be what failed: this page asks it nothing.
        unknown = Watch(rooms=0, on_air=0, last_arrival=0, quiet=False)
        context = {
            "kind": "server", "watch": unknown, "opened": None, "complaints": None, "unwatched": [],
            "unmaskings": None,
        }  # fmt: skip
        return await render(request, "problem.html", context, status=500)


def _count(request: web.Request, status: int, reason: str) -> None:
    guard = request.app.get(GUARD)
    if guard is not None:
        guard.count(status, reason)
