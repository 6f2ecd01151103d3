"""Whatever breaks, nothing is lost: a server that hangs up, a log that refuses, both at random.

The server has a list of lines for each room and sends, on each connection, those that were not
acknowledged, as a queue with acknowledgements does. Connections are cut in the middle of a line, and
the log refuses, fails after it stored, or stands still.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from connectors.errors import Retryable
from connectors.plan import Pace, Plan
from connectors.runner import Runner
from connectors.sink import Letter, MemorySink, Observed
from connectors.source import Delivery
from detectors.events import Chat
from tests.connectors.lines import (
    Caller,
    LineSocket,
    Talkative,
    line,
    recording,
    serving,
    until,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]
ROOMS = 5
LINES = 60


class Acknowledged(LineSocket):
    """Tells the server what is stored."""

    def _delivery(self, frame: bytes) -> Delivery:
        given = super()._delivery(frame)

        async def ack() -> None:
            await given.ack()
            if self._writer is not None:
                self._writer.write(b"ACK " + frame)

        return Delivery(frame, given.received_at, ack, given.nack)


class Queue:
    """The other side: what was not acknowledged is sent again."""

    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self.waiting = {
            str(room): [
                # Now and then a line that is no event: it must end as a letter.
                line(number, room=str(room)) if number % 17 else f"bad {room}.{number}\n".encode()
                for number in range(LINES)
            ]
            for room in range(ROOMS)
        }

    async def serve(self, caller: Caller) -> None:
        waiting = self.waiting[caller.room]
        listening = asyncio.create_task(self._listen(caller))
        try:
            for frame in list(waiting):
                if self._choose.random() < 0.03:
                    await caller.say(frame[: self._choose.randrange(len(frame))])
                    caller.hang_up()
                    return
                await caller.say(frame)
                if self._choose.random() < 0.1:
                    await asyncio.sleep(self._choose.random() * 0.01)
            await asyncio.wait([listening], timeout=0.3)
        finally:
            listening.cancel()

    async def _listen(self, caller: Caller) -> None:
        while (said := await caller.reader.readline()).endswith(b"\n"):
            frame = said.removeprefix(b"ACK ")
            if frame in self.waiting[caller.room]:
                self.waiting[caller.room].remove(frame)


class Moody(MemorySink):
    """Refuses, or fails when it is done."""

    def __init__(self, choose: random.Random) -> None:
        super().__init__()
        self._choose = choose
        self._refused = False

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        self._refuse()
        await asyncio.sleep(self._choose.random() * 0.01)
        await super().write(source, events)
        self._refuse()

    async def bury(self, letters: Sequence[Letter]) -> None:
        self._refuse()
        await super().bury(letters)

    def _refuse(self) -> None:
        # Once in any case: by chance alone a run may meet no refusal.
        if not self._refused or self._choose.random() < 0.15:
            self._refused = True
            raise self._choose.choice([Retryable("full"), OSError("the disk"), RuntimeError("?")])


@pytest.mark.parametrize("seed", range(6))
async def test_all_is_stored_once_in_order_and_acknowledged_after(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.collection.FIRST_RETRY_S", 0.002)
    choose = random.Random(seed)
    queue, sink = Queue(choose), Moody(choose)
    acknowledged_early: list[bytes] = []

    def make(room: str) -> tuple[Acknowledged, Talkative]:
        source = Acknowledged(server.port, room, resumes=True)
        given = source._delivery

        def checked(frame: bytes) -> Delivery:
            delivery = given(frame)

            async def ack() -> None:
                kept = {event.id for event in sink.events if event.room == room}
                buried = {letter.frame for letter in sink.letters}
                number = frame.split(b'"c-')[-1].split(b'"')[0].decode()
                if f"c-{number}" not in kept and frame not in buried:
                    acknowledged_early.append(frame)
                await delivery.ack()

            return Delivery(frame, delivery.received_at, ack, delivery.nack)

        source._delivery = checked  # type: ignore[method-assign]
        return source, Talkative(recording(room))

    pace = Pace(
        first_wait_s=0.002,
        longest_wait_s=0.01,
        connects_per_s=10_000,
        connect_burst=10_000,
        queue_bytes=1 << 16,
    )
    plan = Plan(name="queue", platform="demo", make=make, rooms=tuple(queue.waiting), pace=pace)
    async with serving(queue.serve) as server:
        runner = Runner(sink, random=choose)
        await runner.apply([plan])
        await until(lambda: not any(queue.waiting.values()))
        stats = runner.collections["queue"].stats
        assert stats.reconnects > 0
        assert stats.retries > 0
        await runner.stop()
    assert acknowledged_early == []
    for room in queue.waiting:
        ids = [event.id for event in sink.events if event.room == room]
        assert ids == [f"c-{number}" for number in range(LINES) if number % 17]
    assert all(isinstance(event, Chat) for event in sink.events)
    buried = {letter.frame for letter in sink.letters if b"\n" in letter.frame}
    assert buried == {
        f"bad {room}.{number}\n".encode() for room in range(ROOMS) for number in range(0, LINES, 17)
    }
