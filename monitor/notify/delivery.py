"""The messages of one channel: within its limits, again where an attempt failed, folded where many wait."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from random import Random
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.notify.channels import Outgoing
from monitor.notify.digest import digest_of
from monitor.notify.errors import Gone, NotDelivered
from monitor.notify.notice import cut, decode
from monitor.notify.pace import Pace
from monitor.notify.routing import quiet_until
from monitor.store import outbox
from monitor.tracing.context import parse
from monitor.tracing.spans import begin, exported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.metrics import Metrics
    from monitor.notify.channels import Channel
    from monitor.notify.notice import Notice
    from monitor.notify.settings import Channel as ChannelSettings
    from monitor.notify.settings import Notify
    from monitor.store.database import Connections
    from monitor.store.outbox import Entry
    from monitor.tracing.spans import Open

__all__ = ["Lane"]

log = logger()

#: Messages that are looked at at once; all of them may go into one digest.
TAKEN = 2_000
#: Waits after failed attempts, s: doubled from the first to the last, with full jitter.
FIRST_WAIT_S, LAST_WAIT_S = 5.0, 3_600.0
#: Of the messages that a minute allows, so many are kept back for digests.
RESERVED = 4
#: From one digest to the next, with nothing else to wait for, s: what comes meanwhile goes along.
DIGEST_S = 4.0
#: Of a digest, so many traces are named in the log.
TRACES_NAMED = 20
#: Longest sleep, s; new messages end it.
SLEEP_S = 30.0


class Lane:
    """The way of messages to one channel."""

    def __init__(
        self,
        name: str,
        chosen: ChannelSettings,
        channel: Channel,
        settings: Notify,
        database: Connections,
        metrics: Metrics,
        *,
        clock: Callable[[], int],
        seconds: Callable[[], float] = time.monotonic,
        random: Random | None = None,
    ) -> None:
        """
        Args:
            clock: wall clock, ms.
            seconds: a clock that only goes forward, for the pace.
        """
        self.name = name
        self.channel = channel
        self.stopped: str | None = None
        """Why nothing is sent any more until a restart."""
        self.problem: str | None = None
        """Why the latest attempt failed; ``None``: it did not."""
        self._chosen = chosen
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._clock = clock
        self._seconds = seconds
        self._random = random or Random()  # noqa: S311  jitter
        self._pace = Pace(channel.limits)
        self._failures = 0
        self._wake = asyncio.Event()
        self._left = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def leave(self) -> None:
        """Ends `run` after the message that is on its way."""
        self._left.set()
        self._wake.set()

    async def run(self) -> None:
        """Sends until it is cancelled, or told to leave."""
        await self._recall()
        while not self._left.is_set():
            self._wake.clear()
            try:
                wait_s = await self.round()
            except asyncio.CancelledError:
                raise
            except Exception:
                # The database is away, say: the messages are still there.
                log.exception("notifications_stand_still", channel=self.name)
                wait_s = FIRST_WAIT_S
            if wait_s > 0 and not self._left.is_set():
                await _wait(self._wake, min(wait_s, SLEEP_S))
                held = self._pace.wait_s(self._seconds())
                if held > 0:
                    # Woken by a new message, and it is not time yet.
                    await _wait(self._left, min(held, SLEEP_S))

    async def round(self) -> float:
        """Sends one message at most; how long until the next one may be due, s."""
        if self.stopped is not None:
            return SLEEP_S
        held = self._pace.wait_s(self._seconds())
        if held > 0:
            return held
        now = self._clock()
        waiting = await asyncio.to_thread(self._due, now)
        waiting = await self._without_handled(waiting, now)
        waiting = await self._without_quiet(waiting, now)
        if not waiting:
            following = await asyncio.to_thread(self._next_due)
            return SLEEP_S if following is None else max(0.05, (following - now) / 1000)
        chosen, message = self._compose(waiting, now)
        if message is None:
            return max(0.05, self._digest_due())
        await self._send(chosen, message)
        return 0.0

    def _compose(self, waiting: Sequence[Entry], now: int) -> tuple[list[Entry], Outgoing | None]:
        """The next message and what it covers; ``None``: it is too early for a digest."""
        limit = self.channel.text_bytes
        if limit is None:
            chosen = list(waiting[: self.channel.batch])
            notices = [decode(entry.body) for entry in chosen]
            return chosen, self._outgoing(chosen, notices, notices[0].text())
        room = self._pace.room(self._seconds())
        if room is None or len(waiting) <= max(1, room - RESERVED):
            [entry] = chosen = list(waiting[:1])
            notice = decode(entry.body)
            first = "【无人确认】" if entry.kind == "escalation" else ""
            return chosen, self._outgoing(chosen, [notice], cut(notice.text(first=first), limit))
        if self._digest_due() > 0:
            return [], None
        notices = [decode(entry.body) for entry in waiting]
        since_s = (now - min(entry.created_at for entry in waiting)) / 1000
        digest = digest_of(
            notices, limit, since_s=max(1.0, since_s), console=self._settings.console
        )
        chosen = [waiting[place] for place in digest.covered]
        return chosen, self._outgoing(
            chosen, [notices[place] for place in digest.covered], digest.text
        )

    def _digest_due(self) -> float:
        latest = self._pace.latest
        return 0.0 if latest is None else latest + DIGEST_S - self._seconds()

    def _outgoing(self, chosen: list[Entry], notices: list[Notice], text: str) -> Outgoing:
        # The same in every attempt at the same message, so that who got it can tell.
        number = f"{chosen[0].number}-{chosen[0].created_at}"
        kind = chosen[0].kind if len(chosen) == 1 else "digest"
        return Outgoing(id=f"msg_{number}", text=text, notices=notices, kind=kind)

    async def _send(self, chosen: list[Entry], message: Outgoing) -> None:
        spans = self._spans(chosen, message) if exported() else []
        try:
            await self._deliver(chosen, message)
        finally:
            for span in spans:
                if self.problem:
                    span.fail("not delivered")
                span.end()

    def _spans(self, chosen: Sequence[Entry], message: Outgoing) -> list[Open]:
        """One in each trace of which something is told with this message."""
        found: list[Open] = []
        for entry, notice in zip(chosen, message.notices, strict=True):
            if notice.trace and (parent := parse(notice.trace)):
                span = begin(
                    "livewatch.notify", parent, channel=self.name, kind=entry.kind,
                    alert=notice.alert, messages=len(chosen),
                )  # fmt: skip
                found += [span] if span is not None else []
        return found

    async def _deliver(self, chosen: list[Entry], message: Outgoing) -> None:
        numbers = [entry.number for entry in chosen]
        try:
            await self.channel.send(message)
        except Gone as error:
            self._pace.count(self._seconds())
            self.stopped = self.problem = error.reason
            self._metrics.notifications.labels(self.name, "dead").inc(len(chosen))
            log.error("channel_stopped", channel=self.name, reason=error.reason)  # noqa: TRY400  the reason is enough
            await asyncio.to_thread(self._bury, numbers, error.reason)
            return
        except NotDelivered as error:
            self._pace.count(self._seconds())
            await self._failed(chosen, error)
            return
        self._pace.count(self._seconds())
        self._failures, self.problem = 0, None
        now = self._clock()
        # Counted before it can be seen that they were sent: whoever sees it finds the figures.
        outcome = "sent" if len(chosen) <= self.channel.batch else "folded"
        self._metrics.notifications.labels(self.name, outcome).inc(len(chosen))
        for entry, notice in zip(chosen, message.notices, strict=True):
            if entry.kind == "alert":
                self._metrics.observe_delay("notify", notice.at, now, alert=notice.alert)
        parents = [parse(notice.trace) for notice in message.notices if notice.trace]
        traces = list(dict.fromkeys(parent.trace for parent in parents if parent is not None))
        named: dict[str, object] = {"trace_id": traces[0]} if len(traces) == 1 else {}
        if len(traces) > 1:
            named = {"trace_ids": traces[:TRACES_NAMED]}
        log.info("notified", channel=self.name, messages=len(chosen), kind=message.kind, **named)
        await asyncio.to_thread(self._sent, numbers, message.id, now)

    async def _failed(self, chosen: list[Entry], error: NotDelivered) -> None:
        """Another attempt later; what has waited for too long is dead."""
        now = self._clock()
        self._failures += 1
        self.problem = error.reason
        most = min(LAST_WAIT_S, FIRST_WAIT_S * 2 ** min(self._failures - 1, 20))
        wait_s = error.retry_after_s or self._random.uniform(most / 2, most)
        self._pace.hold(self._seconds() + wait_s)
        over = now - round(self._settings.give_up_h * 3_600_000)
        dead = [entry.number for entry in chosen if entry.created_at < over]
        again = [entry.number for entry in chosen if entry.created_at >= over]
        self._metrics.notifications.labels(self.name, "failed").inc()
        log.warning(
            "not_notified", channel=self.name, reason=error.reason, again_in_s=round(wait_s, 1)
        )
        if dead:
            self._metrics.notifications.labels(self.name, "dead").inc(len(dead))
            log.error("notifications_given_up", channel=self.name, messages=len(dead))
            await asyncio.to_thread(self._bury, dead, error.reason)
        # They may all go at once as soon as one gets through: only the channel waits.
        await asyncio.to_thread(self._postpone, again, now, error.reason)

    async def _without_handled(self, waiting: list[Entry], now: int) -> list[Entry]:
        """Those of whose alerts nobody has taken care meanwhile."""
        handled = [entry for entry in waiting if entry.alert is not None and entry.status != "new"]
        if handled:
            numbers = [entry.number for entry in handled]
            await asyncio.to_thread(self._drop, numbers, now)
            self._metrics.notifications.labels(self.name, "dropped").inc(len(handled))
        return [entry for entry in waiting if entry.alert is None or entry.status == "new"]

    async def _without_quiet(self, waiting: list[Entry], now: int) -> list[Entry]:
        """Those that need not wait for the end of quiet hours."""
        going, silent = [], []
        until = 0
        for entry in waiting:
            quiet = quiet_until(self._chosen.quiet, self._chosen.always, entry.level, now)
            if quiet is None or entry.kind == "test":
                going.append(entry)
            else:
                silent.append(entry.number)
                until = quiet
        if silent:
            await asyncio.to_thread(self._silence, silent, until)
        return going

    # What blocks

    async def _recall(self) -> None:
        """After a start: what was sent within the last minutes counts."""
        longest = max((limit.seconds for limit in self.channel.limits), default=0.0)
        now, here = self._clock(), self._seconds()

        def read() -> list[int]:
            with self._database.read() as connection:
                return outbox.sent_since(connection, self.name, now - round(longest * 1_000))

        for at in await asyncio.to_thread(read):
            self._pace.count(here - max(0, now - at) / 1000)

    def _due(self, now: int) -> list[Entry]:
        with self._database.read() as connection:
            return outbox.due(connection, self.name, now, TAKEN)

    def _next_due(self) -> int | None:
        with self._database.read() as connection:
            return outbox.next_due(connection, self.name)

    def _sent(self, numbers: list[int], message: str, now: int) -> None:
        # A token of its own: a message id may come again after `revive`.
        name = f"{message}-{secrets.token_hex(4)}"
        self._database.write(
            lambda connection: outbox.finish(connection, numbers, "sent", now=now, message=name)
        )

    def _drop(self, numbers: list[int], now: int) -> None:
        self._database.write(
            lambda connection: outbox.finish(
                connection, numbers, "dropped", now=now, problem="somebody took care of the alert"
            )
        )

    def _bury(self, numbers: list[int], reason: str) -> None:
        now = self._clock()
        self._database.write(
            lambda connection: outbox.finish(connection, numbers, "dead", now=now, problem=reason)
        )

    def _postpone(self, numbers: list[int], until: int, problem: str) -> None:
        self._database.write(
            lambda connection: outbox.postpone(connection, numbers, until=until, problem=problem)
        )

    def _silence(self, numbers: list[int], until: int) -> None:
        self._database.write(
            lambda connection: outbox.postpone(
                connection, numbers, until=until, problem="quiet hours", attempt=False
            )
        )


async def _wait(event: asyncio.Event, longest_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(longest_s):
            await event.wait()
