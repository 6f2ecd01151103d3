"""A source that is only tried: its events are handed to whoever looks, and nothing is stored.

What it delivers is given back, not acknowledged, so that a sender sends it again when the
monitor runs, and a bookmark stays where it is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from connectors.rule_fields import missing_fields
from connectors.runner import Runner
from connectors.stats import SourceStats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from connectors.decoders.decoded import Decoded
    from connectors.plan import Plan
    from connectors.sink import Letter, Observed
    from connectors.source import Delivery, FrameDecoder, Source

__all__ = ["Trial", "try_plan"]

#: Frames that are shown of those that were passed over for the same reason.
SHOWN_OF_A_REASON = 3


class Trial(Struct, frozen=True):
    """What a trial showed."""

    stats: SourceStats
    unknown: Counter[str]
    """Pieces that no decoder knows, by kind."""
    skipped: Counter[str]
    """What was passed over, by the reason or the name of the kind."""
    problem: str | None
    """What was wrong when it ended."""
    missing: list[str]
    """What events did not have, in words."""


async def try_plan(
    plan: Plan,
    *,
    seconds: float,
    limit: int,
    show: Callable[[bytes], None],
    complain: Callable[[Letter], None],
    pass_over: Callable[[str, bytes], None],
) -> Trial:
    """Runs a plan for some time.

    Args:
        limit: end after so many events.
        show: called with each event as JSON.
        complain: called with each frame that could not be used.
        pass_over: called with the reason and the frame, the first times that one is passed over for
            a reason.
    """
    skipped: Counter[str] = Counter()
    sink = _Shown(limit, show, complain)
    runner = Runner(sink)

    def make(room: str) -> tuple[Source, FrameDecoder]:
        source, decoder = plan.make(room)
        return _GivenBack(source), _Overheard(decoder, skipped, pass_over)

    await runner.apply([msgspec.structs.replace(plan, make=make)])
    (collection,) = runner.collections.values()
    ends = [asyncio.create_task(runner.finished()), asyncio.create_task(sink.enough.wait())]
    await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    problem = collection.problem
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)
    await runner.stop()
    return Trial(
        collection.stats,
        collection.unknowns.counts,
        skipped,
        problem,
        missing_fields(collection.presence.shares()),
    )


class _Shown:
    def __init__(
        self, limit: int, show: Callable[[bytes], None], complain: Callable[[Letter], None]
    ) -> None:
        self._left = limit
        self._show = show
        self._complain = complain
        self.enough = asyncio.Event()

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        for observed in events[: self._left]:
            self._show(observed.data)
        self._left -= min(self._left, len(events))
        if not self._left:
            self.enough.set()

    async def bury(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            self._complain(letter)


class _Overheard:
    """A decoder of which is noted what it passes over, and why."""

    def __init__(
        self,
        decoder: FrameDecoder,
        skipped: Counter[str],
        pass_over: Callable[[str, bytes], None],
    ) -> None:
        self._decoder = decoder
        self._skipped = skipped
        self._pass_over = pass_over

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        out = self._decoder.feed(frame, received_at)
        for reason, count in out.skipped.items():
            if not out.events and self._skipped[reason] < SHOWN_OF_A_REASON:
                self._pass_over(reason, frame)
            self._skipped[reason] += count
        return out


class _GivenBack:
    """A source whose deliveries are refused instead of acknowledged."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name
        self.host = getattr(source, "host", None)
        # What stopped before is no gap of the trial.
        self.resumes = True

    async def connect(self) -> None:
        await self._source.connect()

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        async for delivery in self._source:

            async def refuse(delivery: Delivery = delivery) -> None:
                await delivery.nack("only tried, not stored")

            yield msgspec.structs.replace(delivery, ack=refuse)

    async def send(self, reply: bytes) -> None:
        await self._source.send(reply)

    async def close(self) -> None:
        await self._source.close()
