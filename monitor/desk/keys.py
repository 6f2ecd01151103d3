"""What the desk keeps in the application, by typed keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from aiohttp import web

from detectors.pack.load import Rulebook
from monitor.access.forwarded import Proxies
from monitor.access.oidc import Provider
from monitor.access.pace import Pace
from monitor.access.principal import Principal
from monitor.access.service import Access
from monitor.archive.history import RoomHistory
from monitor.condition import UnwatchedRoom
from monitor.desk.broadcast import Broadcast
from monitor.desk.turns import Turns
from monitor.evidence.bundles import Bundles
from monitor.evidence.captures import Captures
from monitor.metrics import Metrics
from monitor.notify.service import Notifications
from monitor.seldom import Seldom
from monitor.store.store import Store

__all__ = [
    "ACCESS",
    "BROADCAST",
    "BUNDLES",
    "CAPTURES",
    "CLOCK",
    "HASHING",
    "HISTORY",
    "HOSTS",
    "METRICS",
    "NOTIFICATIONS",
    "OIDC",
    "OPEN_STREAMS",
    "PACE",
    "PROXIES",
    "REFUSALS",
    "RULEBOOK",
    "STORE",
    "TURNS",
    "UNMASKED",
    "UNWATCHED",
]

STORE = web.AppKey("livewatch_store", Store)
RULEBOOK = web.AppKey("livewatch_rulebook", Rulebook)
BROADCAST = web.AppKey("livewatch_broadcast", Broadcast)
#: Bundles of evidence; missing where none are made.
BUNDLES = web.AppKey("livewatch_bundles", Bundles)
#: Screenshots and clips that people and sources supply.
CAPTURES = web.AppKey("livewatch_captures", Captures)
CLOCK: web.AppKey[Callable[[], int]] = web.AppKey("livewatch_clock", Callable)  # type: ignore[arg-type]
#: What a room had, from the archive, the log, or the topic.
HISTORY = web.AppKey("livewatch_history", RoomHistory)
#: Names under which the desk may be called, beside addresses and localhost.
HOSTS: web.AppKey[frozenset[str]] = web.AppKey("livewatch_hosts", frozenset)
#: Configured rooms that are not watched at the moment.
UNWATCHED: web.AppKey[Callable[[], list[UnwatchedRoom]]] = web.AppKey(
    "livewatch_unwatched",
    Callable,  # type: ignore[arg-type]  # a key is made of a class
)
#: Messages to people; absent where no channel is configured.
NOTIFICATIONS = web.AppKey("livewatch_notifications", Notifications)
TURNS = web.AppKey("livewatch_turns", Turns)
#: People, sessions and tokens.
ACCESS = web.AppKey("livewatch_access", Access)
#: Who vouches for people; missing where nobody is configured.
OIDC = web.AppKey("livewatch_oidc", Provider)
#: How fast passwords may be tried.
PACE = web.AppKey("livewatch_pace", Pace)
#: Whose word on clients is taken.
PROXIES = web.AppKey("livewatch_proxies", Proxies)
#: Turns to look at a password.
HASHING: web.AppKey[AbstractAsyncContextManager[None]] = web.AppKey(
    "livewatch_hashing",
    AbstractAsyncContextManager,
)
METRICS = web.AppKey("livewatch_metrics", Metrics)
#: What was refused, for the log.
REFUSALS = web.AppKey("livewatch_refusals", Seldom)
#: Of readers of open streams, alerts whose accounts they may see by case, as of a moment ago.
UNMASKED: web.AppKey[dict[str, frozenset[str]]] = web.AppKey("livewatch_unmasked", dict)
#: Open streams, and who reads them.
OPEN_STREAMS: web.AppKey[dict[asyncio.Task[object], Principal]] = web.AppKey(
    "livewatch_signed_streams"
)
