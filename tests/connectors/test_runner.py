"""The runner on real sockets: losses, gaps, back-pressure, dead letters, order of acknowledgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from connectors.clock import Clock
from connectors.errors import Retryable
from connectors.plan import Pace, Plan
from connectors.runner import Runner
from connectors.sink import Letter, MemorySink, Observed, Sink
from detectors.events import Chat, Gap
from tests.connectors.lines import QUICK, Caller, LineSocket, line, plan, seeded, serving, until

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def running(sink: Sink, *plans: Plan, clock: Clock | None = None) -> AsyncIterator[Runner]:
    runner = Runner(sink, random=seeded(), clock=clock)
    await runner.apply(plans)
    try:
        yield runner
    finally:
        await runner.stop()


def chats(sink: MemorySink) -> list[str]:
    return [event.id for event in sink.events if isinstance(event, Chat)]


def gaps(sink: MemorySink) -> list[Gap]:
    return [event for event in sink.events if isinstance(event, Gap)]


def acked(made: dict[str, LineSocket]) -> list[bytes]:
    return [frame for source in made.values() for frame in source.acked]


class SlowSink(MemorySink):
    """Takes nothing until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.asked = 0

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        self.asked += 1
        await self.open.wait()
        await super().write(source, events)


class FaultySink(MemorySink):
    """Refuses the first writes."""

    def __init__(self, *refusals: Exception) -> None:
        super().__init__()
        self.refusals = list(refusals)

    async def write(self, source: str, events: Sequence[Observed]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        await super().write(source, events)


async def test_what_arrives_is_stored_and_then_acknowledged() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1), line(2))
        await caller.hear()

    sink, made = SlowSink(), dict[str, LineSocket]()
    async with serving(serve) as server, running(sink, plan(server.port, made=made)) as runner:
        await until(lambda: sink.asked)
        assert acked(made) == []
        sink.open.set()
        await until(lambda: len(acked(made)) == 2)
        stats = runner.collections["lines"].stats
        assert (stats.messages, stats.events, stats.rooms["connected"]) == (2, 2, 1)
    assert chats(sink) == ["c-1", "c-2"]
    assert gaps(sink) == []


async def test_a_lost_connection_becomes_a_gap_from_the_last_frame_to_the_next_connection() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1 + caller.count))
        if caller.count == 0:
            await until(lambda: chats(sink))
            await asyncio.sleep(0.1)  # silence that was watched, as far as anybody knows
            caller.hang_up()
        else:
            await caller.hear()

    sink = MemorySink()
    began = time.time_ns() // 1_000_000
    async with serving(serve) as server, running(sink, plan(server.port)) as runner:
        await until(lambda: chats(sink) == ["c-1", "c-2"])
        stats = runner.collections["lines"].stats
        assert stats.reconnects == 1
    (gap,) = gaps(sink)
    assert (gap.platform, gap.room, gap.session, gap.source) == ("demo", "77001", "s1", "lines")
    assert gap.reason in ("the other side hung up", "lost: [Errno 104] Connection reset by peer")
    assert began <= gap.from_ <= gap.until - 90
    assert stats.gap_ms == gap.until - gap.from_


async def test_the_same_gap_has_the_same_id_and_another_one_another() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(caller.count))
        if caller.count < 3:
            caller.writer.close()
        else:
            await caller.hear()

    sink = MemorySink()
    async with serving(serve) as server, running(sink, plan(server.port)):
        await until(lambda: len(chats(sink)) == 4)
    assert len({gap.id for gap in gaps(sink)}) == len(gaps(sink)) == 3


async def test_a_source_that_resumes_has_no_gaps() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(caller.count))
        if caller.count == 0:
            caller.hang_up()
        else:
            await caller.hear()

    sink = MemorySink()
    async with serving(serve) as server, running(sink, plan(server.port, resumes=True)):
        await until(lambda: "c-1" in chats(sink))
    assert gaps(sink) == []


@pytest.mark.slow
async def test_a_full_queue_stops_the_reading_and_loses_nothing() -> None:
    sent = 0

    async def serve(caller: Caller) -> None:
        nonlocal sent
        for number in range(3_000):
            await caller.say(line(number, text="长" * 2_000))
            sent = number + 1
        await caller.hear()

    sink = SlowSink()
    pace = Pace(queue_bytes=100_000, connects_per_s=1_000)
    async with serving(serve) as server, running(sink, plan(server.port, pace=pace)) as runner:
        collection = runner.collections["lines"]
        await until(lambda: collection.backlog.full)
        held = -1
        while held != sent:  # the sockets' buffers fill up, then the server stands still
            held = sent
            await asyncio.sleep(0.2)
        assert held < 3_000
        assert collection.backlog.weight < 110_000
        read = collection.stats.messages
        assert read < 200
        sink.open.set()
        await until(lambda: len(chats(sink)) == 3_000)
    assert chats(sink) == [f"c-{number}" for number in range(3_000)]
    assert gaps(sink) == []


@pytest.mark.slow
async def test_a_long_pause_of_reading_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.connection.PAUSE_MS", 200)

    async def serve(caller: Caller) -> None:
        for number in range(300):
            await caller.say(line(number, text="长" * 1_000))
        await caller.hear()

    sink = SlowSink()
    pace = Pace(queue_bytes=100_000, connects_per_s=1_000)
    async with serving(serve) as server, running(sink, plan(server.port, pace=pace)) as runner:
        await until(lambda: runner.collections["lines"].backlog.full)
        await asyncio.sleep(0.4)
        sink.open.set()
        await until(lambda: len(chats(sink)) == 300 and gaps(sink))
    # Where the machine stands still while the rest is read, that is a pause, too.
    first, *_ = gaps(sink)
    assert {gap.reason for gap in gaps(sink)} == {"reading paused: the log took nothing"}
    assert 300 <= first.until - first.from_ < 30_000


async def test_the_log_is_asked_again_until_it_takes_the_events() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1))
        await caller.hear()

    sink = FaultySink(Retryable("the disk is full"), RuntimeError("a fault in the log"))
    made: dict[str, LineSocket] = {}
    async with serving(serve) as server, running(sink, plan(server.port, made=made)) as runner:
        collection = runner.collections["lines"]
        await until(lambda: collection.problem is not None)
        assert "the log takes nothing" in (collection.problem or "")
        await until(lambda: acked(made))
        assert collection.problem is None
        assert collection.stats.retries == 2
    assert chats(sink) == ["c-1"]


async def test_a_frame_that_is_no_event_is_a_dead_letter_with_its_bytes() -> None:
    bad = b'{"type":"chat","id":"c-9"}\n'

    async def serve(caller: Caller) -> None:
        await caller.say(bad, b"CRASH\n", line(1, at=1_788_231_600), line(2))
        await caller.hear()

    sink, made = MemorySink(), dict[str, LineSocket]()
    async with serving(serve) as server, running(sink, plan(server.port, made=made)) as runner:
        await until(lambda: len(acked(made)) == 4)  # a letter is durable, too
        assert runner.collections["lines"].stats.dead_letters == 3
    assert [letter.frame for letter in sink.letters] == [bad, b"CRASH\n", line(1, at=1_788_231_600)]
    reasons = [letter.reason for letter in sink.letters]
    assert "platform" in reasons[0]
    assert reasons[1] == "the decoder raised RuntimeError: a decoder with a fault"
    assert "at" in reasons[2]
    assert chats(sink) == ["c-2"]


async def test_unknown_frames_are_counted_and_some_of_each_kind_kept() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(*[b"NEW gift\n"] * 50, b"NEW vote\n", line(1))
        await caller.hear()

    sink = MemorySink()
    async with serving(serve) as server, running(sink, plan(server.port)) as runner:
        await until(lambda: chats(sink))
        collection = runner.collections["lines"]
        assert collection.stats.unknown == 51
        assert collection.unknowns.counts == {"unknown NEW gift": 50, "unknown NEW vote": 1}
    kept = [letter.reason for letter in sink.letters]
    assert kept == ["byte 0: unknown NEW gift"] * 20 + ["byte 0: unknown NEW vote"]


async def test_what_the_decoder_answers_is_sent_back() -> None:
    heard: list[bytes] = []

    async def serve(caller: Caller) -> None:
        await caller.say(b"PING\n")
        heard.append(await caller.hear())
        await caller.say(line(1))
        await caller.hear()

    sink = MemorySink()
    async with serving(serve) as server, running(sink, plan(server.port)):
        await until(lambda: chats(sink))
    assert heard == [b"PONG"]


async def test_a_refusal_stops_that_source_and_not_the_others() -> None:
    async def serve(caller: Caller) -> None:
        if caller.room == "closed":
            await caller.say(b"GO AWAY\n")
        await caller.say(line(1, room=caller.room))
        await caller.hear()

    sink = MemorySink()
    async with serving(serve) as server:
        plans = [plan(server.port, "closed", name="wrong"), plan(server.port, "open", name="right")]
        async with running(sink, *plans) as runner:
            await until(lambda: runner.collections["wrong"].stats.rooms["failed"] and chats(sink))
            wrong, right = runner.collections["wrong"], runner.collections["right"]
            assert wrong.problem == "the connection of room closed: refused: the key is wrong"
            assert (right.problem, right.stats.rooms["connected"]) == (None, 1)
        assert server.calls.count("closed") == 1


async def test_when_all_are_refused_the_rest_does_not_knock() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(b"GO AWAY\n")

    rooms = [str(number) for number in range(40)]
    pace = Pace(connects_per_s=20, connect_burst=1)
    async with serving(serve) as server:
        async with running(MemorySink(), plan(server.port, *rooms, pace=pace)) as runner:
            stats = runner.collections["lines"].stats
            await until(lambda: stats.rooms["failed"] == 40)
        # Six or seven; those of a second more where the machine stood still meanwhile.
        assert len(server.calls) < 30


async def test_a_source_with_a_fault_is_tried_again_and_harms_nobody() -> None:
    class Faulty(LineSocket):
        tries = 0

        async def connect(self) -> None:
            Faulty.tries += 1
            if Faulty.tries == 1:
                raise KeyError("a fault of a stranger")
            await super().connect()

    async def serve(caller: Caller) -> None:
        await caller.say(line(1))
        await caller.hear()

    sink = MemorySink()
    async with serving(serve) as server:
        made = plan(server.port)
        faulty = Plan(
            name="faulty",
            platform="demo",
            make=lambda room: (Faulty(server.port, room), made.make(room)[1]),
            rooms=("77001",),
            pace=QUICK,
        )
        async with running(sink, faulty) as runner:
            await until(lambda: chats(sink))
            assert runner.collections["faulty"].stats.reconnects == 1


async def test_a_silent_connection_counts_as_lost() -> None:
    async def serve(caller: Caller) -> None:
        if caller.count:
            await caller.say(line(2))
        await caller.hear()

    sink = MemorySink()
    pace = Pace(silence_s=0.3, first_wait_s=0.01, longest_wait_s=0.01, connects_per_s=1_000)
    async with serving(serve) as server, running(sink, plan(server.port, pace=pace)):
        await until(lambda: chats(sink))
    assert gaps(sink)[0].reason == "nothing came for 0.3 s"


async def test_a_server_that_does_not_answer_is_given_up_in_time() -> None:
    class Deaf(LineSocket):
        async def connect(self) -> None:
            await asyncio.sleep(60)

    sink = MemorySink()
    pace = Pace(connect_s=0.05, first_wait_s=0.01, longest_wait_s=0.01, connects_per_s=1_000)
    deaf = Plan(
        name="deaf",
        platform="demo",
        make=lambda room: (Deaf(1, room), plan(1).make(room)[1]),
        rooms=("77001",),
        pace=pace,
    )
    async with running(sink, deaf) as runner:
        await until(lambda: runner.collections["deaf"].stats.reconnects >= 2)
        assert "no connection within 0.05 s" in (runner.collections["deaf"].problem or "")


async def test_the_end_of_the_input_is_the_end() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1), b"END\n")

    sink = MemorySink()
    async with serving(serve) as server:
        async with running(sink, plan(server.port)) as runner:
            await runner.finished()
            assert runner.collections["lines"].stats.rooms["ended"] == 1
        assert server.calls == ["77001"]
    assert (chats(sink), gaps(sink)) == (["c-1"], [])


async def test_what_was_read_is_stored_before_the_end() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(*[line(number) for number in range(100)])
        await caller.hear()

    sink = SlowSink()
    async with serving(serve) as server:
        async with running(sink, plan(server.port)) as runner:
            await until(lambda: runner.collections["lines"].stats.messages == 100)
            asyncio.get_running_loop().call_later(0.2, sink.open.set)
        assert len(chats(sink)) == 100


async def test_what_cannot_be_stored_at_the_end_is_given_back_and_counted() -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1), line(2))
        await caller.hear()

    sink, made = SlowSink(), dict[str, LineSocket]()
    pace = Pace(drain_s=0.1, connects_per_s=1_000)
    async with serving(serve) as server:
        async with running(sink, plan(server.port, pace=pace, made=made)) as runner:
            collection = runner.collections["lines"]
            await until(lambda: collection.stats.messages == 2)
        assert [frame for frame, _ in made["77001"].nacked] == [line(1), line(2)]
        assert collection.stats.dropped == 2
    assert sink.events == []


async def test_letters_too_wait_for_the_log() -> None:
    class NoLetters(MemorySink):
        refusals = 2

        async def bury(self, letters: Sequence[Letter]) -> None:
            if self.refusals:
                self.refusals -= 1
                raise Retryable("no room for letters")
            await super().bury(letters)

    async def serve(caller: Caller) -> None:
        await caller.say(b"no json\n")
        await caller.hear()

    sink = NoLetters()
    async with serving(serve) as server, running(sink, plan(server.port)):
        await until(lambda: sink.letters)
    assert [letter.frame for letter in sink.letters] == [b"no json\n"]
