"""Whatever a live source missed lies in what is told as gaps, however it was missed.

A server counts on and on, whether somebody listens or not, and cuts connections at random, with
frames unread in between; the log stands still now and then, so that the reading does. Numbers that
never arrived must lie in gaps, by the time at which they were sent.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Iterator, Sequence

import pytest

from connectors.plan import Pace
from connectors.runner import Runner
from connectors.sink import MemorySink, Observed
from detectors.events import Chat, Gap
from tests.connectors.lines import Caller, line, plan, serving, until
from tests.patience import UnderWay

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]
#: So many lines are said, about three seconds long; a number, so that a busy machine says as many.
LINES = 800


class Counting:
    """The other side."""

    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self.sent_at: dict[int, int] = {}
        self.callers: list[Caller] = []
        self.over = False

    async def count(self) -> None:
        for _ in range(LINES):
            await self._say()
            if self._choose.random() < 0.01:
                for caller in self.callers:
                    caller.hang_up()
            await asyncio.sleep(0.003)
        # The last word, heard by who is there again: every gap before it has an end.
        self.over = True
        await until(lambda: self.callers)
        await self._say()

    async def _say(self) -> None:
        number, now = len(self.sent_at), time.time_ns() // 1_000_000
        self.sent_at[number] = now
        for caller in self.callers:
            caller.writer.write(line(number, at=now, text="长" * 2_000))

    async def serve(self, caller: Caller) -> None:
        # Small buffers: what is not read stands still soon, and is lost when the connection is.
        peer = caller.writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 15)
        self.callers.append(caller)
        try:
            await caller.hear()
        finally:
            self.callers.remove(caller)


class Halting(MemorySink):
    """Stands still for a while, now and then."""

    def __init__(self, choose: random.Random, halting: float) -> None:
        super().__init__()
        self._choose = choose
        self._halting = halting

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        if self._choose.random() < self._halting:
            await asyncio.sleep(0.3)
        await super().write(source, events)


@pytest.fixture
def clocks() -> Iterator[UnderWay]:
    """From the reading of one clock to that of the other, in one process."""
    with UnderWay(quiet_ms=3) as opened:
        yield opened


@pytest.mark.parametrize(("seed", "halting"), [(1, 0.0), (2, 0.0), (3, 0.2), (4, 0.2)])
async def test_what_was_missed_lies_in_gaps(seed: int, halting: float, clocks: UnderWay) -> None:
    choose = random.Random(seed)
    server, sink = Counting(choose), Halting(choose, halting)
    pace = Pace(
        first_wait_s=0.05,
        longest_wait_s=0.2,
        connects_per_s=1_000,
        connect_burst=1_000,
        queue_bytes=1 << 16,
    )
    async with serving(server.serve) as listening:
        runner = Runner(sink, random=choose)
        await runner.apply([plan(listening.port, pace=pace)])
        await until(lambda: server.callers)
        await server.count()
        last = f"c-{len(server.sent_at) - 1}"
        await until(lambda: any(event.id == last for event in sink.events))
        await runner.stop()
    seen = {int(event.id[2:]) for event in sink.events if isinstance(event, Chat)}
    gaps = [event for event in sink.events if isinstance(event, Gap)]
    missed = sorted(set(server.sent_at) - seen)
    assert missed
    untold = [
        number
        for number in missed
        if not any(
            gap.from_ - clocks.ms <= server.sent_at[number] <= gap.until + clocks.ms for gap in gaps
        )
    ]
    assert untold == []
    # And not by telling that nothing was ever watched.
    told = sum(any(gap.from_ <= at <= gap.until for gap in gaps) for at in server.sent_at.values())
    assert told < len(server.sent_at) * 0.95
