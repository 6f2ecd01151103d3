"""Notifications as a part of a running process: follows the alerts of a store, and tells people.

Changes of alerts are looked at in the order in which they became durable. What is to be told goes
into the outbox in the transaction that notes how far they were looked at, so that a process that is
killed neither forgets a message nor makes one twice; one that is killed between sending and noting
so sends again, with the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct

from connectors.logger import logger
from detectors.alerts import SEVERITY
from detectors.calendar import DAY_MS
from monitor.condition import Problem
from monitor.errors import ConfigError
from monitor.named_paths import why_no_file
from monitor.notify import routing
from monitor.notify.channels import Alertmanager, Http, channel_of
from monitor.notify.delivery import Lane
from monitor.notify.errors import NotDelivered
from monitor.notify.notice import encode, notice_of, test_notice
from monitor.notify.settings import AlertmanagerChannel
from monitor.store import numbering, outbox, queries
from monitor.store.outbox import Entry
from monitor.store.scope import EVERYWHERE
from monitor.tracing.spans import exported

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import web

    from detectors.alerts import Level
    from monitor.metrics import Metrics
    from monitor.notify.notice import Notice
    from monitor.notify.settings import Notify
    from monitor.store.outbox import Delivery, Kind
    from monitor.store.rows import AlertRow
    from monitor.store.scope import Scope
    from monitor.store.store import Store

__all__ = ["Channel", "Notifications", "check", "check_files"]

log = logger()

#: Alerts that are looked at at once.
CHUNK = 200
#: Pause after something failed, and between looks at what holds in Alertmanager, s.
PAUSE_S = 2.0
#: How long a message that is on its way may take when the settings change, s.
LEAVING_S = 30.0
#: From one tidying up to the next, ms.
TIDY_MS = 3_600_000
#: How long it is known at which level an alert was told, days.
TOLD_DAYS = 400


class Channel(Struct, kw_only=True):
    """How a channel of notifications is."""

    name: str
    type: str
    waiting: int
    oldest_s: int
    sent: int
    dropped: int
    dead: int
    problem: str | None


class Notifications:
    """All channels of one process."""

    def __init__(
        self, settings: Notify, store: Store, metrics: Metrics, *, clock: Callable[[], int]
    ) -> None:
        """
        Args:
            clock: wall clock, ms.

        Raises:
            ConfigError: a route names no channel.
        """
        check(settings)
        self.settings = settings
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._http = Http()
        self.lanes: dict[str, Lane] = {}
        self._sending: list[asyncio.Task[None]] = []
        self._holding: list[asyncio.Task[None]] = []
        self._make_lanes(settings)
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tidied = 0

    def _make_lanes(self, settings: Notify) -> None:
        self.settings = settings
        self.lanes = {
            name: Lane(
                name,
                chosen,
                channel_of(chosen, self._http, self._clock),
                settings,
                self._store.database,
                self._metrics,
                clock=self._clock,
            )
            for name, chosen in settings.channels.items()
        }
        for name in self.lanes:
            for outcome in ("sent", "folded", "failed", "dropped", "dead"):
                self._metrics.notifications.labels(name, outcome)
        if self.lanes:
            self._metrics.delay.labels("notify")

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """Works while the application runs; a cleanup context."""
        loop = self._loop = asyncio.get_running_loop()

        def changed(_seq: int) -> None:
            loop.call_soon_threadsafe(self._changed.set)

        stop = self._store.listen(changed)
        follower = asyncio.create_task(self._follow(), name="notify-follower")
        self._begin()
        try:
            yield
        finally:
            stop()
            self._loop = None
            tasks = (follower, *self._sending, *self._holding)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._http.close()

    def _begin(self) -> None:
        channels = [(lane, lane.channel) for lane in self.lanes.values()]
        holding = [(lane, each) for lane, each in channels if isinstance(each, Alertmanager)]
        self._sending = [
            asyncio.create_task(lane.run(), name=f"notify-{name}")
            for name, lane in self.lanes.items()
        ]
        self._holding = [
            asyncio.create_task(self._hold(lane, channel), name=f"notify-{lane.name}-holding")
            for lane, channel in holding
        ]

    async def follow(self, settings: Notify) -> None:
        """Goes on under other settings, which were checked, if they are others.

        As after a restart: what waits in the outbox waits for the channel of its name, and what went
        out lately counts towards its limits. A message on its way arrives first.
        """
        if settings == self.settings or self._loop is None:
            return
        for lane in self.lanes.values():
            lane.leave()
        for task in self._holding:
            task.cancel()
        if self._sending:
            await asyncio.wait(self._sending, timeout=LEAVING_S)
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, *self._holding, return_exceptions=True)
        gone = self.lanes.keys() - settings.channels.keys()
        self._make_lanes(settings)
        self._begin()
        for name in gone:
            self._metrics.forget_channel(name)
        self._changed.set()
        log.info("notifications_followed", channels=sorted(self.lanes), gone=sorted(gone))

    # From alerts to messages

    async def _follow(self) -> None:
        while True:
            self._changed.clear()
            try:
                while await asyncio.to_thread(self.take):
                    pass
                await asyncio.to_thread(self._tidy)
            except Exception:
                log.exception("alerts_not_followed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAUSE_S):
                    await self._changed.wait()

    def take(self) -> bool:
        """Looks at some changed alerts and queues what is to be told; were there any? Blocks."""
        if not self.lanes:
            return False
        now = self._clock()
        with self._store.database.read() as connection:
            seen = numbering.current(connection, "notified")
            rows = queries.changes_since(connection, seen, CHUNK)
            ids = [row.alert.id for row in rows]
            told = outbox.levels_told(connection, ids)
            traces = outbox.traces_of(connection, ids) if exported() else {}
        if not rows:
            return False
        entries: list[Entry] = []
        levels: dict[str, Level] = {}
        for row in rows:
            if found := self._entries(row, told.get(row.alert.id), now, traces.get(row.alert.id)):
                entries += found
                levels[row.alert.id] = row.alert.level
        self._store.database.write(
            lambda connection: outbox.enqueue(
                connection, entries, levels, upto=rows[-1].seq, now=now
            )
        )
        self._wake(entries)
        return True

    def _entries(
        self, row: AlertRow, told: Level | None, now: int, trace: str | None
    ) -> list[Entry]:
        """What people are to be told of an alert as it is now."""
        alert = row.alert
        if row.status != "new" or alert.suppressed is not UNSET:
            return []
        if told is not None and SEVERITY[alert.level] <= SEVERITY[told]:
            return []
        if now - alert.last_at > self.settings.max_age_min * 60_000:
            # A recording, or something that came late: it is in the console.
            return []
        at_once, later = routing.destinations(alert, self.settings.routes)
        if not at_once:
            return []
        body = encode(notice_of(alert, self.settings, trace))

        def entry(channel: str, kind: Kind, wait_ms: int) -> Entry:
            return Entry(
                channel=channel, alert=alert.id, kind=kind, level=alert.level, body=body,
                created_at=now, due_at=now + wait_ms,
            )  # fmt: skip

        return [
            *(entry(name, "alert", 0) for name in at_once),
            *(entry(name, "escalation", wait_ms) for name, wait_ms in later),
        ]

    def _wake(self, entries: list[Entry]) -> None:
        for name in {entry.channel for entry in entries}:
            if name in self.lanes:
                self._in_loop(self.lanes[name].wake)

    def _in_loop(self, call: Callable[[], None]) -> None:
        """Calls it in the loop, from whatever thread; before and after the run nobody sends."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(call)

    def _tidy(self) -> None:
        now = self._clock()
        if now - self._tidied < TIDY_MS:
            return
        self._tidied = now
        before = now - round(self.settings.kept_days * DAY_MS)
        self._store.database.write(
            lambda connection: outbox.forget(connection, before, now - TOLD_DAYS * DAY_MS)
        )

    # Alertmanager's alerts hold

    async def _hold(self, lane: Lane, channel: Alertmanager) -> None:
        channel.remember(await asyncio.to_thread(self._told_before, lane.name))
        while True:
            try:
                handled = await asyncio.to_thread(self._handled, channel.held)
                await channel.follow(handled)
            except NotDelivered as error:
                lane.problem = error.reason
            except Exception:
                log.exception("alertmanager_not_told", channel=lane.name)
            await asyncio.sleep(PAUSE_S)

    def _told_before(self, channel: str) -> list[tuple[Notice, int]]:
        """What Alertmanager was told before this start, and since when."""
        chosen = self.settings.channels[channel]
        hold_min = chosen.hold_min if isinstance(chosen, AlertmanagerChannel) else 0
        since = self._clock() - round(hold_min * 60_000)
        with self._store.database.read() as connection:
            sent = outbox.alerts_sent(connection, channel, since)
            rows = [(queries.get_alert(connection, alert), at) for alert, at in sent.items()]
        return [
            (notice_of(row.alert, self.settings), at)
            for row, at in rows
            if row is not None and row.status == "new"
        ]

    def _handled(self, ids: list[str]) -> set[str]:
        """Those of which somebody has taken care, or that are gone."""
        with self._store.database.read() as connection:
            new = outbox.still_new(connection, ids)
        return set(ids) - new

    # What people ask

    def test(self, channel: str) -> bool:
        """Queues a test message; ``False``: there is no such channel. Blocks."""
        if channel not in self.lanes:
            return False
        now = self._clock()
        body = encode(test_notice(self.settings, now))
        entry = Entry(
            channel=channel, alert=None, kind="test", level="info", body=body,
            created_at=now, due_at=now,
        )  # fmt: skip
        self._store.database.write(
            lambda connection: outbox.enqueue(connection, [entry], {}, upto=None, now=now)
        )
        self._wake([entry])
        return True

    def retry(self, channel: str | None) -> int:
        """Dead messages wait again; how many. Blocks."""
        now = self._clock()
        count = self._store.database.write(
            lambda connection: outbox.revive(connection, channel, now)
        )
        for lane in self.lanes.values():
            self._in_loop(lane.wake)
        return count

    def overview(
        self, limit: int, *, state: str | None = None, alert: str | None = None,
        scope: Scope = EVERYWHERE,
    ) -> tuple[list[Channel], list[Delivery]]:  # fmt: skip
        """How each channel is, and messages, newest first, of one moment. Blocks.

        Args:
            scope: of whoever asks: messages about alerts of other territories are neither listed nor
                counted.
        """
        with self._store.database.read() as connection:
            counted = outbox.counts(connection, scope)
            found = outbox.recent(connection, limit, state=state, alert=alert, scope=scope)
        return self._channels(counted), found

    def channels(self) -> list[Channel]:
        """How each channel is. Blocks."""
        with self._store.database.read() as connection:
            counted = outbox.counts(connection)
        return self._channels(counted)

    def _channels(self, counted: dict[tuple[str, str], tuple[int, int]]) -> list[Channel]:
        now = self._clock()

        def figure(name: str, state: str) -> tuple[int, int]:
            return counted.get((name, state), (0, now))

        return [
            Channel(
                name=name,
                type=str(type(self.settings.channels[name]).__struct_config__.tag),
                waiting=figure(name, "waiting")[0],
                oldest_s=(now - figure(name, "waiting")[1]) // 1000,
                sent=figure(name, "sent")[0],
                dropped=figure(name, "dropped")[0],
                dead=figure(name, "dead")[0],
                problem=lane.stopped or lane.problem,
            )
            for name, lane in self.lanes.items()
        ]

    def refresh_metrics(self) -> None:
        """Sets the series. Blocks."""
        for channel in self.channels():
            self._metrics.notification_queue.labels(channel.name).set(channel.waiting)
            self._metrics.notification_age.labels(channel.name).set(channel.oldest_s)
        for name, lane in self.lanes.items():
            self._metrics.channel_failing.labels(name).set(lane.problem is not None)
            self._metrics.channel_stopped.labels(name).set(lane.stopped is not None)

    def problems(self) -> list[Problem]:
        """Channels that do not deliver."""
        return [
            Problem("notifications", f"channel {name}: {lane.stopped or lane.problem}")
            for name, lane in self.lanes.items()
            if lane.stopped or lane.problem
        ]


def check(settings: Notify) -> None:
    """Raises:
    ConfigError: a route names no channel, or a file of secrets is not there.
    """
    routing.check(settings)
    check_files(settings)


def check_files(settings: Notify) -> None:
    """Raises:
    ConfigError: a file of secrets is not there.
    """
    for name, chosen in settings.channels.items():
        for key in ("url_file", "secret_file", "password_file"):
            file = getattr(chosen, key, None)
            if file is not None and (why := why_no_file(file)) is not None:
                raise ConfigError(f"notify.channels.{name}.{key}: {why}")
