"""One source of the configuration at work: its connections, the queue, the way into the log."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

from connectors.airtime import Airtime
from connectors.backlog import Backlog
from connectors.backoff import FullJitter
from connectors.connection import Connection
from connectors.errors import Retryable
from connectors.logger import logger
from connectors.parcel import Parcel, observe
from connectors.presence import Presence
from connectors.source import nothing_to_ack, nothing_to_nack
from connectors.stats import SourceStats
from connectors.unknowns import Unknowns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Iterable, Sequence

    from connectors.clock import Clock
    from connectors.plan import Plan
    from connectors.rates import HostRates
    from connectors.sink import Sink
    from connectors.source import Delivery
    from connectors.watched import WatchedUntil
    from detectors.events import Gap

__all__ = ["Collection"]

log = logger()

#: What is stored at once, in bytes: enough that a commit costs little for each event.
BATCH_BYTES = 1 << 20
#: Shortest time between two writes, unless `BATCH_BYTES` have gathered: each write is a commit.
LINGER_S = 0.025
#: How often connections are checked for gaps and silence.
LOOK_S = 1.0
#: Shortest time between two log lines about lost connections.
LINE_MS = 10_000
#: How long a sender may take to accept an acknowledgement.
ACK_S = 10.0
#: Shortest and longest wait between attempts to store.
FIRST_RETRY_S = 0.2
LONGEST_RETRY_S = 10.0
#: After this many refusals in a row without a success the cause is the source, not single rooms.
HOPELESS = 5


class Collection:
    """What the connections of one source share."""

    #: A configured source is waited for; imports over HTTP (`monitor.intake`) are not.
    occasional = False

    def __init__(
        self,
        plan: Plan,
        sink: Sink,
        *,
        clock: Clock,
        rates: HostRates,
        random: Random,
        watched: WatchedUntil,
    ) -> None:
        self.plan = plan
        self.clock = clock
        self.rates = rates
        self.random = random
        self.watched = watched
        self.stats = SourceStats()
        self.unknowns = Unknowns()
        self.presence = Presence(plan.name)
        self.airtime = Airtime()
        self.backlog: Backlog[Parcel[Connection]] = Backlog(plan.pace.queue_bytes)
        self.connecting = asyncio.Semaphore(plan.pace.connecting)
        self.blocked: str | None = None
        """Why the log takes nothing at the moment."""
        self.retry_at: int | None = None
        """When refused connections are tried again; ms since the epoch."""
        self._sink = sink
        self._rooms: dict[str, tuple[Connection, asyncio.Task[None]]] = {}
        self._writing: list[Parcel[Connection]] = []
        self._refused = 0
        self._writer = asyncio.create_task(self._write(), name=f"{plan.name}-writer")
        self._looker = asyncio.create_task(self._look(), name=f"{plan.name}-looker")

    # What is wanted

    async def set_rooms(self, rooms: Iterable[str]) -> tuple[list[str], list[str]]:
        """Starts the rooms that are new and stops those that are gone; returns both."""
        wanted = dict.fromkeys(rooms)
        gone = [room for room in self._rooms if room not in wanted]
        new = [room for room in wanted if room not in self._rooms]
        await self._end(gone)
        for room in new:
            connection = Connection(room, self)
            task = asyncio.create_task(connection.run(), name=f"{self.plan.name}-{room}")
            self._rooms[room] = (connection, task)
        return new, gone

    async def retry_failed(self, only: Container[str] | None = None) -> list[str]:
        """Restarts refused connections; returns their rooms.

        Args:
            only: restart those of these rooms alone.
        """
        rooms = [
            room
            for room, (connection, _) in self._rooms.items()
            if connection.state == "failed" and (only is None or room in only)
        ]
        self._refused = 0
        if len(rooms) == self.stats.rooms["failed"]:
            self.retry_at = None
        wanted = list(self._rooms)
        await self._end(rooms)
        await self.set_rooms(wanted)
        return rooms

    async def stop(self) -> None:
        """Stops reading, stores what was read, and gives back what could not be stored."""
        await self._end(list(self._rooms))
        self._looker.cancel()
        self.backlog.close()
        _, unfinished = await asyncio.wait([self._writer], timeout=self.plan.pace.drain_s)
        self._writer.cancel()
        await asyncio.gather(self._writer, self._looker, return_exceptions=True)
        if unfinished:
            await self._give_back([*self._writing, *self.backlog.rest()])

    async def finished(self) -> None:
        """Returns when every connection has ended by itself and everything is stored."""
        if self._rooms:
            await asyncio.wait([task for _, task in self._rooms.values()])
        self.backlog.close()
        await asyncio.wait([self._writer])

    # What it tells

    @property
    def connections(self) -> list[Connection]:
        """The connections of all configured rooms."""
        return [connection for connection, _ in self._rooms.values()]

    @property
    def problem(self) -> str | None:
        """What is wrong now, in words; ``None``: nothing known."""
        if self.blocked is not None:
            return self.blocked
        found = [self._connection_problem(), *self.presence.problems]
        return "; ".join(filter(None, found)) or None

    def _connection_problem(self) -> str | None:
        worst = [c for c in self.connections if c.state == "failed"]
        if not worst:
            # While other rooms are connected, a connection that was just lost is not reported: of
            # thousands of rooms one is lost every minute. One that fails repeatedly is.
            alone = not self.stats.rooms["connected"]
            worst = [
                c
                for c in self.connections
                if c.state == "waiting" and c.problem and (alone or c.stuck)
            ]
        if not worst:
            return None
        room = f" of room {worst[0].room}" if worst[0].room else ""
        more = f" ({len(worst)} connections)" if len(worst) > 1 else ""
        return f"the connection{room}{more}: {worst[0].problem}"

    def note_watched(self) -> None:
        """Writes down until when each room has been watched."""
        now = self.clock.now_ms()
        # Frames that were read but not stored are lost when the process is killed.
        oldest = min(
            (
                parcel.delivery.received_at
                for parcel in (*self._writing, *self.backlog.head(1))
                if parcel.delivery is not None
            ),
            default=now,
        )
        for connection in self.connections:
            self.note(connection, min(oldest, now))

    # What connections ask for

    async def tell(self, gaps: Sequence[Gap]) -> None:
        """Puts gaps on their way into the log."""
        if gaps:
            self.stats.gap_ms += sum(gap.until - gap.from_ for gap in gaps)
            now = self.clock.now_ms()
            parcel: Parcel[Connection] = Parcel([observe(gap, now) for gap in gaps])
            await self.backlog.put(parcel, parcel.weight)

    def failed(self, connection: Connection, retry_after: float | None = None) -> None:
        """A connection was refused."""
        self._refused += 1
        wait_s = retry_after or self.plan.pace.refused_wait_s
        at = self.clock.now_ms() + round(wait_s * self.random.uniform(900, 1_100))
        # One retry time for all refused connections; only a later Retry-After moves it.
        if self.retry_at is None or (retry_after is not None and at > self.retry_at):
            self.retry_at = at
        # An expired key gets thousands refused at once: the first log lines say why.
        tell = log.error if self._refused <= HOPELESS else log.debug
        reason = (connection.problem or "")[:500]
        tell("source_failed", source=self.plan.name, room=connection.room, reason=reason)
        if self._refused >= HOPELESS and not self.stats.rooms["connected"]:
            log.error("source_hopeless", source=self.plan.name, refused=self._refused)
            for other, task in self._rooms.values():
                if other.state == "waiting":
                    other.give_up(connection.problem or "")
                    task.cancel()

    # Tasks

    async def _look(self) -> None:
        told = (0, 0)
        next_line = self.clock.now_ms()
        while True:
            await self.clock.sleep(LOOK_S)
            now = self.clock.now_ms()
            # One line for all rooms: when a server goes, thousands of them are lost at once.
            counts = (self.stats.reconnects, self.stats.rooms["failed"])
            if counts != told and now >= next_line:
                lost, told, next_line = counts[0] - told[0], counts, now + LINE_MS
                log.warning(
                    "connections_lost",
                    source=self.plan.name,
                    lost=lost,
                    failed=counts[1],
                    problem=self.problem,
                )
            for connection in self.connections:
                connection.is_silent(now)
                await self.tell(connection.watch.due(now))

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        written = -LINGER_S
        while await self.backlog.wait():
            early_s = written + LINGER_S - loop.time()
            enough = self.backlog.weight >= BATCH_BYTES or self.backlog.full or self.backlog.closed
            if early_s > 0 and not enough:
                # Real time, whatever `clock` is: this wait only saves commits.
                await asyncio.sleep(early_s)
            self._writing = batch = self.backlog.take(BATCH_BYTES)
            written = loop.time()
            letters = [parcel.letter for parcel in batch if parcel.letter is not None]
            events = [observed for parcel in batch for observed in parcel.events]
            if letters:
                await self._insist(lambda letters=letters: self._sink.bury(letters))  # type: ignore[misc]
            if events:
                await self._insist(
                    lambda events=events: self._sink.write(self.plan.name, events)  # type: ignore[misc]
                )
            self.stats.dead_letters += len(letters)
            self.stats.events += len(events)
            for parcel in batch:
                if parcel.connection is not None:
                    parcel.connection.stored = True
                    self._refused = 0
            self._writing = []
            await self._answer(
                [
                    _acknowledge(parcel.delivery)
                    for parcel in batch
                    if parcel.delivery is not None and parcel.delivery.ack is not nothing_to_ack
                ]
            )

    async def _insist(self, attempt: Callable[[], Awaitable[None]]) -> None:
        jitter = FullJitter(base_s=FIRST_RETRY_S, cap_s=LONGEST_RETRY_S, random=self.random)
        while True:
            try:
                await attempt()
            except Retryable as error:
                reason, retry_after = error.reason, error.retry_after or 0.0
            except Exception as error:  # whatever it was, what was read must be kept
                log.exception("log_refused", source=self.plan.name)
                reason, retry_after = f"{type(error).__name__}: {error}", 0.0
            else:
                self.blocked = None
                return
            self.stats.retries += 1
            self.blocked = f"the log takes nothing: {reason}"
            await self.clock.sleep(max(jitter.next_s(), retry_after))

    async def _answer(self, answers: Sequence[Awaitable[None]]) -> None:
        if not answers:
            return
        try:
            async with asyncio.timeout(ACK_S):
                results = await asyncio.gather(*answers, return_exceptions=True)
        except TimeoutError:
            log.warning("answer_not_taken", source=self.plan.name)
            return
        for result in results:
            if isinstance(result, Exception):
                log.warning("answer_failed", source=self.plan.name, error=repr(result)[:200])

    async def _give_back(self, parcels: Sequence[Parcel[Connection]]) -> None:
        deliveries = [parcel.delivery for parcel in parcels if parcel.delivery is not None]
        if not deliveries:
            return
        self.stats.dropped += len(deliveries)
        oldest = min(delivery.received_at for delivery in deliveries)
        log.error("frames_dropped", source=self.plan.name, frames=len(deliveries), since=oldest)
        for parcel in parcels:
            # The next start reports the time since then as a gap.
            if parcel.connection is not None and parcel.delivery is not None:
                self.note(parcel.connection, oldest)
        await self._answer(
            [_refuse(delivery) for delivery in deliveries if delivery.nack is not nothing_to_nack]
        )

    async def _end(self, rooms: Sequence[str]) -> None:
        ended = [self._rooms.pop(room) for room in rooms]
        for _, task in ended:
            task.cancel()
        await asyncio.gather(*(task for _, task in ended), return_exceptions=True)
        for connection, _ in ended:
            self.note(connection, self.clock.now_ms())
            connection.forget()

    def note(self, connection: Connection, until: int) -> None:
        """Records until when a connection was watched: `until`, or earlier if it was lost or lags."""
        watch = connection.watch
        until -= connection.lag_ms
        if watch.lost_at is not None:
            until = min(until, watch.lost_at)
        elif connection.heard_at is None or connection.state == "ended":
            return  # never connected, or ended: the time recorded earlier still holds
        rooms = watch.rooms if watch.many else ()
        self.watched.set(self.plan.name, connection.room, until, rooms, connection.broadcast)


async def _acknowledge(delivery: Delivery) -> None:
    # In its own coroutine, so that an exception a plug-in's `ack` raises at once is caught, too.
    await delivery.ack()


async def _refuse(delivery: Delivery) -> None:
    await delivery.nack("livewatch ends before it could be stored")
