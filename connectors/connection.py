"""One connection for as long as it is wanted: connect, read, and after a loss try again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from connectors.backoff import FullJitter
from connectors.deliveries import deliveries_of
from connectors.errors import ConnectorError, Fatal, Retryable
from connectors.logger import logger
from connectors.parcel import unpack
from connectors.rates import HostLimit
from connectors.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from connectors.airtime import Airtime
    from connectors.backlog import Backlog
    from connectors.clock import Clock
    from connectors.parcel import Parcel
    from connectors.plan import Plan
    from connectors.presence import Presence
    from connectors.rates import HostRates
    from connectors.source import Delivery, FrameDecoder, Source
    from connectors.stats import SourceStats, State
    from connectors.unknowns import Unknowns
    from connectors.watched import WatchedUntil
    from detectors.events import Gap

__all__ = ["Connection", "Home"]

log = logger()

#: How long a source may take to end a connection.
CLOSE_S = 5.0
#: Longest pause after which a room is still taken to be in the same broadcast, ms.
SAME_BROADCAST_MS = 600_000
#: A full queue that stops reading for this long, ms, makes a gap.
PAUSE_MS = 10_000
#: Events older than this on arrival, ms, are not live and say nothing about our lag.
MAX_LAG_MS = 600_000
#: Failures in a row after which a connection is reported even while others work.
STUCK = 3


class Home(Protocol):
    """What a connection needs of its source (`Collection`)."""

    plan: Plan
    clock: Clock
    rates: HostRates
    random: Random
    watched: WatchedUntil
    stats: SourceStats
    unknowns: Unknowns
    presence: Presence
    airtime: Airtime
    backlog: Backlog[Parcel[Connection]]
    connecting: asyncio.Semaphore

    def note(self, connection: Connection, until: int) -> None:
        """Records that a connection was watched until then, ms since the epoch."""
        ...

    async def tell(self, gaps: Sequence[Gap]) -> None:
        """Puts gaps on their way into the log."""
        ...

    def failed(self, connection: Connection, retry_after: float | None = None) -> None:
        """Hears that a connection was refused."""
        ...


class Connection:
    """The connection of one room, or of a source that shows many."""

    def __init__(self, room: str, home: Home) -> None:
        plan = home.plan
        self.room = room
        self.source_name = plan.name
        self.watch = Watch(plan.name, plan.platform, room)
        self.state: State = "waiting"
        self.problem: str | None = None
        """Why the latest attempt failed."""
        self.heard_at: int | None = None
        """When the latest frame came, or the connection was made; ms since the epoch."""
        self.began_at = home.clock.now_ms()
        """When this object was made and read its settings and secrets; ms since the epoch."""
        self.stored = False
        """True once a frame was made durable since the latest connect."""
        self.lag_ms = 0
        """Age of the latest events on arrival. What was sent since may lie unread when the connection
        breaks, so a gap begins this much earlier."""
        self._failures = 0
        """Connections in a row that stored nothing."""
        self._was_connected = False
        self._home = home
        self._decoder: FrameDecoder | None = None
        self._resumes = False
        self._busy = False
        """True while a frame is being taken: the queue may delay it, and the silence is then ours."""
        self._reading: asyncio.Timeout | None = None
        home.stats.rooms[self.state] += 1

    async def run(self) -> None:
        """Runs until the input ends, the source raises `Fatal`, or the task is cancelled."""
        try:
            source, decoder = self._home.plan.make(self.room)
            self._resumes = bool(getattr(source, "resumes", False))
            self._decoder = decoder
            self._remember()
            await self._insist(source, decoder)
        except Fatal as error:
            self._fail(error.reason, error.retry_after)
        except ConnectorError as error:
            self._fail(str(error))
        except asyncio.CancelledError:
            if self.state != "failed":
                self._turn("stopped")
            raise
        except Exception as error:  # making a source is a stranger's code
            log.exception("source_broken", source=self.source_name, room=self.room)
            self._fail(f"{type(error).__name__}: {error}")

    @property
    def stuck(self) -> bool:
        """True if it never connected, or the latest `STUCK` attempts all failed."""
        return self._failures >= STUCK or (self._failures > 0 and not self._was_connected)

    @property
    def broadcast(self) -> str | None:
        """The session that the decoder has found in the frames; ``None``: not known."""
        learnt = getattr(self._decoder, "broadcast", None)
        return learnt if isinstance(learnt, str) else None

    def forget(self) -> None:
        """Takes this connection out of the counts: its room is no longer configured."""
        self._home.stats.rooms[self.state] -= 1

    def give_up(self, reason: str) -> None:
        """Fails without an attempt, because other connections of the source were refused for good."""
        self.problem = reason
        self._turn("failed")
        if not self._resumes:
            self.watch.lost(self._home.clock.now_ms(), reason)

    def is_silent(self, now: int) -> bool:
        """Ends the connection if it has been silent too long; true if it did."""
        limit_s = self._home.plan.pace.silence_s
        if limit_s is None or self._reading is None or self.heard_at is None or self._busy:
            return False
        if now - self.heard_at < limit_s * 1000:
            return False
        self._reading.reschedule(asyncio.get_running_loop().time())
        return True

    def _remember(self) -> None:
        seen = self._home.watched.get(self.source_name, self.room)
        if seen is None:
            return
        soon = self._home.clock.now_ms() - seen.until <= SAME_BROADCAST_MS
        if seen.broadcast is not None and soon and hasattr(self._decoder, "broadcast"):
            setattr(self._decoder, "broadcast", seen.broadcast)  # noqa: B010  an optional attribute
        self.watch.knew(seen.rooms)
        if not self._resumes:
            self.watch.lost(seen.until, "livewatch was not running, or not told to watch")

    async def _insist(self, source: Source, decoder: FrameDecoder) -> None:
        home, pace = self._home, self._home.plan.pace
        host = str(getattr(source, "host", None) or self.source_name)
        if hasattr(source, "limit"):
            source.limit = HostLimit(
                home.rates, host, per_s=pace.connects_per_s, burst=pace.connect_burst
            )
        jitter = FullJitter(base_s=pace.first_wait_s, cap_s=pace.longest_wait_s, random=home.random)
        began = home.clock.now_ms()
        while True:
            self.heard_at, self.stored = None, False
            try:
                await home.rates.take(host, per_s=pace.connects_per_s, burst=pace.connect_burst)
                await self._connect(source)
                await self._read(source, decoder)
            except Retryable as error:
                loss = error
            except ConnectorError:
                raise
            except Exception as error:  # a bug in a stranger's source costs that connection only
                log.exception("source_raised", source=self.source_name, room=self.room)
                loss = Retryable(f"{type(error).__name__}: {error}")
            else:
                home.note(self, home.clock.now_ms())
                self._turn("ended")
                return
            finally:
                self._reading, self._busy = None, False
                await self._close(source)
            if self.stored:
                jitter.reset()
                self._failures = 0
            self._failures += 1
            self._lose(loss, self.heard_at or began)
            if loss.retry_after:
                home.rates.hold(host, loss.retry_after)
            await home.clock.sleep(max(jitter.next_s(), loss.retry_after or 0))

    async def _connect(self, source: Source) -> None:
        home = self._home
        limit_s = home.plan.pace.connect_s
        async with home.connecting:
            try:
                async with asyncio.timeout(limit_s):
                    await source.connect()
            except TimeoutError as error:
                raise Retryable(f"no connection within {limit_s:g} s") from error
        self.heard_at = home.clock.now_ms()
        self.problem = None
        self._was_connected = True
        self._turn("connected")
        await home.tell(self.watch.found(self.heard_at))

    async def _read(self, source: Source, decoder: FrameDecoder) -> None:
        try:
            async with asyncio.timeout(None) as self._reading, deliveries_of(source) as deliveries:
                async for delivery in deliveries:
                    self._busy = True
                    await self._receive(delivery, source, decoder)
                    self._busy = False
        except TimeoutError as error:
            if self._reading is not None and self._reading.expired():
                limit_s = self._home.plan.pace.silence_s or 0
                raise Retryable(f"nothing came for {limit_s:g} s") from error
            raise Retryable(f"TimeoutError: {error}") from error

    async def _receive(self, delivery: Delivery, source: Source, decoder: FrameDecoder) -> None:
        home, stats = self._home, self._home.stats
        stats.messages += 1
        stats.last_message_ms = self.heard_at = home.clock.now_ms()
        parcel, decoded = unpack(decoder, delivery, self, home.unknowns)
        events = [observed.event for observed in parcel.events]
        home.airtime.take(events)
        home.presence.take(
            events,
            decoded.lacking.elements(),
            at=self.heard_at,
            strange=bool(decoded.unknown or decoded.problems),
            unread=decoded.unread,
            room=self.room,
        )
        stats.unknown += len(decoded.unknown)
        stats.skipped += decoded.skipped.total()
        for observed in parcel.events:
            self.watch.saw(observed.event)
        if parcel.events:
            lag_ms = self.heard_at - max(observed.event.at for observed in parcel.events)
            self.lag_ms = lag_ms if 0 <= lag_ms <= MAX_LAG_MS else 0
        try:
            # Sent before queueing: the queue may stay full for longer than the platform waits for a reply.
            for reply in decoded.replies:
                await source.send(reply)
        finally:
            waiting_since = home.clock.now_ms()
            await home.backlog.put(parcel, parcel.weight)
        now = home.clock.now_ms()
        if now - waiting_since >= PAUSE_MS and not self._resumes:
            # While we did not read, the platform may have dropped messages.
            self.watch.lost(waiting_since, "reading paused: the log took nothing")
            await home.tell(self.watch.found(now))

    def _lose(self, loss: Retryable, at: int) -> None:
        self.problem = loss.reason
        self._home.stats.reconnects += 1
        self._turn("waiting")
        if not self._resumes or loss.since is not None:
            known = loss.since if loss.since is not None else at
            self.watch.lost(known - self.lag_ms, loss.reason)
        log.debug("source_lost", source=self.source_name, room=self.room, reason=loss.reason[:200])

    def _fail(self, reason: str, retry_after: float | None = None) -> None:
        home = self._home
        self.problem = reason
        self._turn("failed")
        if not self._resumes:
            self.watch.lost(self.heard_at or home.clock.now_ms(), reason)
        home.failed(self, retry_after)

    def _turn(self, state: State) -> None:
        rooms = self._home.stats.rooms
        rooms[self.state] -= 1
        rooms[state] += 1
        self.state = state

    async def _close(self, source: Source) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await source.close()
        except Exception as error:  # noqa: BLE001  nothing more is wanted of it
            log.warning(
                "source_not_closed",
                source=self.source_name,
                room=self.room,
                error=repr(error)[:200],
            )
