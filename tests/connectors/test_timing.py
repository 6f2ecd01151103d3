"""What takes minutes, on a clock that is moved by hand: waits, rates, gaps that last, silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from connectors.backlog import Backlog
from connectors.backoff import FullJitter
from connectors.clock import HandClock
from connectors.decoders.decoded import Decoded, Recording
from connectors.errors import Fatal, Retryable
from connectors.plan import Pace, Plan
from connectors.rates import HostLimit, HostRates
from connectors.runner import Runner
from connectors.sink import MemorySink
from connectors.source import Delivery
from connectors.unknowns import Unknowns
from connectors.watch import Watch
from connectors.watched import WatchedUntil
from detectors.events import Chat, Gap
from tests.connectors.lines import (
    AT,
    Caller,
    LineSocket,
    Talkative,
    line,
    plan,
    recording,
    seeded,
    serving,
    until,
)
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.asyncio
MINUTE_MS = 60_000


async def settled() -> None:
    """Lets every task run to where it waits, sockets too."""
    for turn in range(40):
        await asyncio.sleep(0.001 if turn == 20 else 0)


async def test_waits_are_random_below_a_limit_that_doubles_to_a_minute() -> None:
    class Longest(Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    jitter = FullJitter(random=Longest())
    assert [jitter.next_s() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    jitter.reset()
    assert jitter.next_s() == 1
    waits = [FullJitter(random=Random(seed)).next_s() for seed in range(200)]
    assert (min(waits) < 0.05, max(waits) > 0.95) == (True, True)


async def test_a_host_is_asked_in_bursts_and_then_at_its_rate() -> None:
    clock = HandClock()
    rates = HostRates(clock)
    times: list[float] = []

    async def ask() -> None:
        await rates.take("a", per_s=2, burst=3)
        times.append((clock.now_ms() - AT) / 1000)

    tasks = [asyncio.create_task(ask()) for _ in range(6)]
    await clock.advance(0)
    await settled()
    for _ in range(20):
        await clock.advance(0.1)
    await asyncio.gather(*tasks)
    assert times == [0, 0, 0, 0.5, 1.0, 1.5]


async def test_retry_after_silences_the_whole_host_and_no_other() -> None:
    clock = HandClock()
    rates = HostRates(clock)
    await rates.take("a", per_s=1_000, burst=10)
    rates.hold("a", 30)
    waiting = asyncio.create_task(rates.take("a", per_s=1_000, burst=10))
    await rates.take("b", per_s=1_000, burst=10)
    await clock.advance(29.9)
    await settled()
    assert not waiting.done()
    await clock.advance(0.2)
    await asyncio.wait_for(waiting, PATIENCE_S)


async def test_a_host_may_ask_for_silence_while_others_wait_for_their_turn() -> None:
    clock = HandClock()
    rates = HostRates(clock)
    await rates.take("a", per_s=1, burst=1)
    waiting = asyncio.create_task(rates.take("a", per_s=1, burst=1))
    await settled()
    rates.hold("a", 10)
    await clock.advance(5)
    await settled()
    assert not waiting.done()
    await clock.advance(5)
    await asyncio.wait_for(waiting, PATIENCE_S)


async def test_a_source_that_polls_keeps_the_rate_of_its_host() -> None:
    class Polling(LineSocket):
        limit: HostLimit | None = None

        async def __aiter__(self) -> AsyncIterator[Delivery]:
            for number in range(3):
                assert self.limit is not None
                await self.limit.take()
                yield self._delivery(line(number))

    async def serve(caller: Caller) -> None:
        await caller.hear()

    clock, sink = HandClock(), MemorySink()
    async with serving(serve) as server:
        slow = Pace(connects_per_s=1, connect_burst=1)
        polling = Plan(
            name="polling",
            platform="demo",
            make=lambda room: (Polling(server.port, room), plan(1).make(room)[1]),
            rooms=("77001",),
            pace=slow,
        )
        runner = Runner(sink, clock=clock, random=seeded())
        await runner.apply([polling])
        counts = []
        stats = runner.collections["polling"].stats
        for number in range(4):
            await until(lambda number=number: stats.messages >= number)
            await settled()
            counts.append(stats.messages)
            await clock.advance(1)
        await runner.stop()
    assert counts == [0, 1, 2, 3]


async def test_a_gap_that_lasts_is_told_in_pieces_that_follow_on_each_other() -> None:
    watch = Watch("lines", "demo", "77001")
    watch.lost(AT, "hung up")
    pieces: list[Gap] = []
    for now in range(AT, AT + 3 * 3_600_000, 1_000):
        pieces += watch.due(now)
    pieces += watch.found(AT + 3 * 3_600_000)
    assert [piece.from_ for piece in pieces] == [AT, *(piece.until for piece in pieces[:-1])]
    assert pieces[-1].until == AT + 3 * 3_600_000
    seconds = [(piece.until - piece.from_) // 1000 for piece in pieces[:-1]]
    assert seconds == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
    assert watch.due(AT + 4 * 3_600_000) == []


async def test_a_gap_that_is_told_again_after_a_second_kill_is_another_one() -> None:
    """What was written down last is the beginning of both, and the log takes each id once."""
    gaps = []
    for found in (AT + MINUTE_MS, AT + 2 * MINUTE_MS):
        watch = Watch("lines", "demo", "77001")
        watch.lost(AT, "livewatch was not running")
        gaps += watch.found(found)
    assert [gap.from_ for gap in gaps] == [AT, AT]
    assert gaps[0].id != gaps[1].id


async def test_a_connection_of_many_rooms_tells_the_gap_to_each_that_it_showed() -> None:
    watch = Watch("hub", "demo", "")
    for room, session in (("1", "a"), ("2", "b"), ("1", "c")):
        watch.saw(Chat(id="c", platform="demo", room=room, session=session, at=AT, text="好"))
    watch.lost(AT, "hung up")
    told = {(gap.room, gap.session) for gap in watch.found(AT + 5_000)}
    assert told == {("1", "c"), ("2", "b")}


@pytest.mark.slow
async def test_only_a_stored_frame_makes_the_waits_short_again() -> None:
    """A server that takes calls and hangs up at once must not be called at a quick pace."""

    async def serve(caller: Caller) -> None:
        if caller.count == 6:
            await caller.say(line(1))
            await asyncio.sleep(0.05)
        caller.hang_up()

    class Longest(Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    clock, sink = HandClock(), MemorySink()
    async with serving(serve) as server:
        runner = Runner(sink, clock=clock, random=Longest())
        quick = Pace(connects_per_s=1_000, connect_burst=1_000)
        await runner.apply([plan(server.port, pace=quick)])
        for _ in range(300):
            await settled()
            await clock.advance(0.5)
            if len(server.calls) == 9:
                break
        waits = [s for s in clock.slept_s if s in (1, 2, 4, 8, 16, 32, 60)]
        # The runner's own looks take a second, too: what counts is the order of the long ones.
        assert [s for s in waits if s > 1][:6] == [2, 4, 8, 16, 32, 2]
        stopping = asyncio.create_task(runner.stop())
        await until(stopping.done)


async def test_retry_after_is_waited_for() -> None:
    async def serve(caller: Caller) -> None:
        if caller.count == 0:
            await caller.say(b"BUSY 90\n")
        await caller.say(line(1))
        await caller.hear()

    clock, sink = HandClock(), MemorySink()
    async with serving(serve) as server:
        runner = Runner(sink, clock=clock, random=seeded())
        await runner.apply([plan(server.port)])
        await until(lambda: server.calls)
        await settled()
        for _ in range(89):
            await clock.advance(1)
            await settled()
        assert server.calls == ["77001"]
        await clock.advance(2)
        await until(lambda: any(isinstance(event, Chat) for event in sink.events))
        await runner.stop()
    told = sum(event.until - event.from_ for event in sink.events if isinstance(event, Gap))
    assert 89_000 <= told <= 92_000


async def test_what_was_not_watched_while_nothing_ran_is_a_gap_too(tmp_path) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(caller.count))
        await caller.hear()

    file = tmp_path / "watched.json"
    clock, sink = HandClock(), MemorySink()
    async with serving(serve) as server:
        first = Runner(sink, clock=clock, random=seeded(), watched=WatchedUntil(file))
        await first.apply([plan(server.port)])
        await until(lambda: len(sink.events) == 1)
        for _ in range(6):
            await clock.advance(1)
            await settled()
        await until(file.exists)  # written while it runs: a kill leaves it behind
        seen = file.read_bytes()
        await first.stop()
        file.write_bytes(seen)  # as after a kill
        await clock.advance(300)
        second = Runner(sink, clock=clock, random=seeded(), watched=WatchedUntil(file))
        await second.apply([plan(server.port)])
        await until(lambda: len(sink.events) == 3)
        await second.stop()
    (gap,) = [event for event in sink.events if isinstance(event, Gap)]
    assert (gap.from_, gap.until) == (AT + 5_000, AT + 306_000)
    assert gap.reason == "livewatch was not running, or not told to watch"


class Learning:
    """A decoder that learns the broadcast from a line, as one of a platform does."""

    def __init__(self, about: Recording) -> None:
        self._about = about
        self.broadcast: str | None = None

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        word = frame.decode().strip()
        if word.startswith("LIVE "):
            self.broadcast = word[5:]
            return Decoded()
        session = self.broadcast if self.broadcast is not None else "unknown"
        chat = Chat(
            id=word, platform="demo", room="77001", session=session, at=received_at, text=word
        )
        return Decoded(events=[chat])


@pytest.mark.parametrize(("pause_s", "session"), [(60, "s7"), (601, "unknown")])
async def test_a_restart_soon_goes_on_in_the_same_broadcast(
    tmp_path: Path, pause_s: float, session: str
) -> None:
    words = [b"LIVE s7\n", b"first\n", b"second\n"]

    async def serve(caller: Caller) -> None:
        await caller.say(*(words[:2] if caller.count == 0 else words[2:]))
        await caller.hear()

    sink, clock, file = MemorySink(), HandClock(), tmp_path / "watched.json"
    async with serving(serve) as server:

        def make(room: str) -> tuple[LineSocket, Learning]:
            return LineSocket(server.port, room), Learning(recording(room))

        for count in (1, 2):
            runner = Runner(sink, clock=clock, random=seeded(), watched=WatchedUntil(file))
            await runner.apply([Plan(name="lines", platform="demo", make=make, rooms=("77001",))])
            await until(lambda: len([e for e in sink.events if isinstance(e, Chat)]) == count)  # noqa: B023
            await runner.stop()
            await clock.advance(pause_s)
    assert [e.session for e in sink.events if isinstance(e, Chat)] == ["s7", session]


async def test_what_came_to_its_end_is_not_watched_any_more(tmp_path) -> None:
    async def serve(caller: Caller) -> None:
        await caller.say(line(1), b"END\n")

    file = tmp_path / "watched.json"
    clock, sink = HandClock(), MemorySink()
    async with serving(serve) as server:
        runner = Runner(sink, clock=clock, random=seeded(), watched=WatchedUntil(file))
        await runner.apply([plan(server.port)])
        await runner.collections["lines"].finished()
        for _ in range(20):
            await clock.advance(1)
            await settled()
        await runner.stop()
    seen = WatchedUntil(file).get("lines", "77001")
    assert seen is not None
    assert seen.until == AT


async def test_a_broken_file_of_what_was_watched_is_named(tmp_path) -> None:
    file = tmp_path / "watched.json"
    file.write_text("{]")
    with pytest.raises(Exception, match=r"watched\.json.*delete it"):
        WatchedUntil(file)


async def test_of_an_unknown_kind_some_are_kept_each_hour() -> None:
    unknowns = Unknowns()
    kept = [unknowns.keep("vote", AT + second * 60_000) for second in range(120)]
    assert sum(kept[:60]) == sum(kept[60:]) == 20
    assert unknowns.counts == {"vote": 120}


async def test_kinds_that_strangers_invent_do_not_fill_the_memory() -> None:
    unknowns = Unknowns()
    for number in range(5_000):
        unknowns.keep(f"kind {number}", AT)
    assert len(unknowns.counts) == 1_001
    assert unknowns.counts.total() == 5_000


async def test_who_waits_for_room_in_the_queue_is_served_in_order() -> None:
    backlog: Backlog[int] = Backlog(10)
    await backlog.put(0, 10)
    tasks = [asyncio.create_task(backlog.put(number, 4)) for number in range(1, 7)]
    await settled()
    assert len(backlog) == 1
    taken = backlog.take(10)
    await settled()
    assert backlog.weight == 12  # 4, 8, and one that goes over
    while len(taken) < 7:
        taken += backlog.take(4)
        await settled()
    await asyncio.gather(*tasks)
    assert taken == [0, 1, 2, 3, 4, 5, 6]


async def test_a_task_that_ends_while_it_waits_leaves_its_item_in_the_queue() -> None:
    backlog: Backlog[str] = Backlog(10)
    await backlog.put("first", 10)
    waiting = asyncio.create_task(backlog.put("second", 1))
    await settled()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert backlog.take(100) == ["first", "second"]


async def test_a_room_that_never_connects_is_not_watched_from_the_start() -> None:
    clock, sink = HandClock(), MemorySink()
    runner = Runner(sink, clock=clock, random=seeded())
    absent = Plan(
        name="absent",
        platform="demo",
        make=lambda room: (Closable(), None),  # type: ignore[arg-type,return-value]
        rooms=("77001",),
    )
    await runner.apply([absent])
    for _ in range(40):
        await settled()
        await clock.advance(1)
    await settled()
    await runner.stop()
    told = [event for event in sink.events if isinstance(event, Gap)]
    assert [(gap.from_ - AT, gap.until - AT) for gap in told] == [(0, 10_000), (10_000, 30_000)]
    assert told[0].reason == "nobody answers"


class Closable:
    """A source that cannot be had."""

    name = "closable"

    async def connect(self) -> None:
        raise Retryable("nobody answers")

    async def close(self) -> None: ...


@pytest.mark.parametrize(("asked_for_s", "wait_s"), [(None, 100), (300.0, 300)])
async def test_what_was_refused_is_tried_again_after_long_and_a_few_try_for_all(
    asked_for_s: float | None, wait_s: int
) -> None:
    open_ = False

    class Guarded(LineSocket):
        async def connect(self) -> None:
            tries.append(clock.now_ms())
            if not open_:
                raise Fatal("403: this key may not", retry_after=asked_for_s)
            await super().connect()

    async def serve(caller: Caller) -> None:
        await caller.hear()

    clock, tries = HandClock(AT), list[int]()
    rooms = tuple(str(number) for number in range(12))
    async with serving(serve) as server:
        runner = Runner(MemorySink(), clock=clock, random=Random(1))
        pace = Pace(connects_per_s=1, connect_burst=1, refused_wait_s=100)
        await runner.apply(
            [
                Plan(
                    name="guarded",
                    platform="demo",
                    make=lambda room: (Guarded(server.port, room), Talkative(recording(room))),
                    rooms=rooms,
                    pace=pace,
                )
            ]
        )
        stats = runner.collections["guarded"].stats
        while stats.rooms["failed"] < 12:
            await settled()
            await clock.advance(1)
        assert len(tries) == 5
        while len(tries) == 5:
            await clock.advance(10)
            await settled()
        assert wait_s * 0.9 <= (clock.now_ms() - tries[0]) / 1000 <= wait_s * 1.1 + 20
        while stats.rooms["failed"] < 12:
            await settled()
            await clock.advance(1)
        assert len(tries) == 10  # five again, and the others do not knock
        open_ = True
        while stats.rooms["connected"] < 12:
            await settled()
            await clock.advance(60)
        assert runner.collections["guarded"].retry_at is None
        await runner.stop()
