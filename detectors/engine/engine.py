"""The engine: events of a room in any order of arrival, alerts with their evidence out.

Rules see the events of a room in the order of event time behind the watermark (the greatest
`at` less the lateness), each once. Nothing here reads a clock: `now` is only stamped on what
is raised, and says how long a room has been idle.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import ClassVar

from detectors.across.signal import Signal
from detectors.alerts import Alert
from detectors.engine.arrivals import put, take_in_time
from detectors.engine.chat import ChatRuns
from detectors.engine.counted import CHUNK
from detectors.engine.handlers import CROWD, PLATFORM, Handlers
from detectors.engine.listener import (
    MOST_OF_EVENT,
    Listener,
    Said,
    texts_of,
    within_reach,
)
from detectors.engine.raised import Tracked
from detectors.engine.reader import Reader
from detectors.engine.room import RoomState
from detectors.engine.rooms import NEVER, Rooms
from detectors.engine.runner import RuleRunner
from detectors.engine.snapshot import SnapshotError
from detectors.engine.stats import EngineStats, RuleFailure, Undecided, reason_of
from detectors.engine.viewers import ViewerLines
from detectors.events import Chat, Event, Product, Speech
from detectors.pack.load import Rulebook

__all__ = ["Engine", "EngineStats", "SnapshotError"]

#: Chat lines of these roles are words of the seller's side; a viewer's never are.
SELLER_ROLES = ("host", "assistant")


class Engine(Rooms):
    """Steps room states with the rules of a rulebook. One engine serves all rooms."""

    #: What asks the rules; a tracer brings one that writes down what they answer.
    Runner: ClassVar[type[RuleRunner]] = RuleRunner

    def __init__(
        self,
        rulebook: Rulebook,
        *,
        lateness_ms: int = 2_000,
        remembered_ids: int = 20_000,
        remembered_ms: int | None = None,
        timer: Callable[[], float] | None = None,
    ) -> None:
        """
        Args:
            lateness_ms: how far out of order events may come; also the floor of an alert's delay.
            remembered_ids: event ids that a room has in memory (`detectors.engine.counted`).
            remembered_ms: how long it is known of an event, by the wall clock, that it was counted;
                ``None``: for ever.
            timer: a clock of processor time, s, by which calls of rules are timed; it decides
                nothing. ``None``: none is.
        """
        stats = EngineStats()
        runner = self.Runner(rulebook, stats, timer, {"lateness_ms": lateness_ms})
        super().__init__(rulebook, runner, stats, remembered_ms=remembered_ms)
        self.lateness_ms = lateness_ms
        self.remembered_ids = remembered_ids
        self.reader = Reader(rulebook)
        self.viewers = ViewerLines(rulebook)
        self._listener = Listener(runner, self.reader, self.viewers, stats)
        self._tracker = runner.tracker
        self._handlers = Handlers(runner)
        asks_each = bool(self._handlers.of[Chat])
        self._chats = ChatRuns(rulebook.active, self.viewers, stats, asks_each=asks_each)

    def step(self, state: RoomState, events: Iterable[Event], *, now: int) -> list[Alert]:
        """Takes events in the order of their arrival; returns alerts that are new or changed.

        `now` is the wall clock, ms.
        """
        if state._signals:
            state._signals = []
        sequence, counted = state._sequence, state._counted
        changed: dict[str, Tracked] = {}
        arrived = events if type(events) is list else list(events)
        if counted.tail:
            state._changed.add(counted.part)
        place, many = 0, len(arrived)
        while place < many:
            place = take_in_time(state, arrived, place, self.lateness_ms)
            if place < many:
                self._take(state, arrived[place], now, changed)
                place += 1
        self.stats.events += many
        if many:
            sequence.arrived = now
            state._changed.add("sequence")
        # Of most rooms one event has come, and nothing is due: a step that releases none ends here.
        buffer = sequence.buffer
        if buffer and buffer[0].at < sequence.watermark:
            self._release(state, sequence.watermark, changed)
        self._tally()
        if not changed and not state._raised.at_hand:
            return []
        return self._tracker.versions(state, changed, now)

    def advance(self, state: RoomState, *, now: int) -> list[Alert]:
        """Moves a room by the wall-clock time that has passed since its last event arrived."""
        state._signals = []
        sequence = state._sequence
        if not sequence.newest:
            return []
        watermark = sequence.newest + max(0, now - sequence.arrived) - self.lateness_ms
        changed: dict[str, Tracked] = {}
        if watermark > sequence.watermark:
            sequence.watermark = watermark
            state._changed.add("sequence")
            self._release(state, watermark, changed)
            self._fire(state, watermark, changed)
        self._tally()
        return self._tracker.versions(state, changed, now)

    def finish(self, state: RoomState, *, now: int) -> list[Alert]:
        """Ends a recording as silence would: what is buffered is handed out, what was only held back
        for words that might follow is concluded, and contexts are closed. Other timers that are not
        due stay: after the end of a recording nothing was watched.
        """
        changed: dict[str, Tracked] = {}
        state._signals = []
        sequence = state._sequence
        if sequence.newest:
            sequence.watermark = sequence.newest + 1
            state._changed.add("sequence")
            self._release(state, sequence.watermark, changed)
            self._fire(state, sequence.newest, changed)
            self._fire(state, NEVER, changed, ended=True)
            state._first_due = None
        self._tally()
        return self._tracker.versions(state, changed, now)

    def due_at(self, state: RoomState) -> int | None:
        """Wall clock, ms, from which `advance` has something to do; ``None``: nothing waits."""
        sequence = state._sequence
        first = self._first_due(state)
        if sequence.buffer:
            first = min(first, sequence.buffer[0].at + 1)
        if first >= NEVER:
            return None
        return sequence.arrived + first + self.lateness_ms - sequence.newest

    def waiting(self, state: RoomState) -> list[Event]:
        """What has arrived and waits behind the watermark."""
        return list(state._sequence.buffer)

    def withhold(self, state: RoomState, events: Container[str]) -> None:
        """Takes events that wait, by their ids, out of a room; they stay known."""
        sequence = state._sequence
        sequence.buffer = [event for event in sequence.buffer if event.id not in events]
        state._changed.add("sequence")

    def signals(self, state: RoomState) -> list[Signal]:
        """What the last call found in this room for the second stage (`detectors.across`)."""
        return state._signals

    # Order --------------------------------------------------------------------------------

    def _take(self, state: RoomState, event: Event, now: int, changed: dict[str, Tracked]) -> None:
        """Takes an event that may be late, or known already."""
        sequence, counted = state._sequence, state._counted
        if event.id in counted.ids:
            sequence.duplicates += 1
            self.stats.duplicates += 1
            return
        late = event.at < sequence.watermark
        if (late or counted.watchful) and self._is_counted(state, event):
            return
        if not counted.tail or len(counted.tail) >= CHUNK:
            counted.next_chunk(
                sequence.watermark, now, remembered=self.remembered_ids, kept_ms=self.remembered_ms
            )
            if self.remembered_ms is not None:
                state._raised.expire(now, self.remembered_ms)
        counted.ids.add(event.id)
        counted.tail.append(event.id)
        counted.ats.append(event.at)
        if late:
            # What came in time goes first, then the late one, in the order of arrival.
            self._release(state, sequence.watermark, changed)
            sequence.late += 1
            self.stats.late += 1
            self._expect(state, (event,))
            if type(event) is Chat:
                self._hear(state, (event,), 0, changed)
            else:
                self._deliver(state, event, changed)
            return
        if event.at > sequence.newest:
            sequence.newest = event.at
            sequence.watermark = max(sequence.watermark, event.at - self.lateness_ms)
        put(sequence.buffer, event)

    def _is_counted(self, state: RoomState, event: Event) -> bool:
        """Was an event counted before, or can nobody say? Either is noted, and it is passed over."""
        known = state._counted.find(event.id, event.at)
        if known is None:
            self.stats.undecided.append(Undecided(event.id, state.key, event.at))
        elif known:
            state._sequence.duplicates += 1
            self.stats.duplicates += 1
        return known is not False

    def _release(self, state: RoomState, watermark: int, changed: dict[str, Tracked]) -> None:
        """Delivers what is below the watermark; timers fire in between, in event time."""
        sequence = state._sequence
        buffer = sequence.buffer
        ready = 0
        for event in buffer:
            if event.at >= watermark:
                break
            ready += 1
        if not ready:
            return
        released = buffer[:ready]
        del buffer[:ready]
        self._expect(state, released)
        place = 0
        while place < ready:
            event = released[place]
            due = state._first_due
            if event.at >= (self._first_due(state) if due is None else due):
                self._fire(state, event.at, changed)
            if type(event) is Chat:
                place = self._hear(state, released, place, changed)
            else:
                self._deliver(state, event, changed)
                place += 1

    def _expect(self, state: RoomState, events: Sequence[Event]) -> None:
        """Does for events that will be delivered what need not be done for each on its turn."""
        if not state.facts.watched_since:
            state.facts.watched_since = events[0].at
            state._changed.add("facts")
        state.hear(events)
        if state._engine is not self:
            # Rules may have been loaded anew.
            state._engine = self
            state._heard = {}
        of_kind: dict[type[Event], int] = {}
        for event in events:
            kind = type(event)
            of_kind[kind] = of_kind.get(kind, 0) + 1
        for kind, many in of_kind.items():
            self._handlers.expect(state, kind, many)
        if Chat in of_kind:
            self._chats.ahead([event for event in events if type(event) is Chat])
        if Speech in of_kind:
            self._listener.expect(events)

    def _first_due(self, state: RoomState) -> int:
        """Event time of the first timer or end of a context; kept, since it is asked for each event."""
        if state._first_due is None:
            sequence = state._sequence
            state._first_due = min(
                min(sequence.timers.values(), default=NEVER),
                min((after.until for after in state._following.open.values()), default=NEVER),
                min((one.due for one in state._streams.values() if one.waits), default=NEVER),
            )
        return state._first_due

    def _fire(
        self, state: RoomState, until: int, changed: dict[str, Tracked], *, ended: bool = False
    ) -> None:
        """Does what is due at or before a time, the earliest first: closes contexts, reads speech
        that waited, fires timers. So it does not matter how often time is looked at.

        Args:
            ended: nothing will follow any more; of the timers only those are fired that waited for that.
        """
        sequence = state._sequence
        while True:
            state._first_due = None
            closes = state._following.first_end()
            reads = min((one.due for one in state._streams.values() if one.waits), default=NEVER)
            timers = self._holding(state) if ended else sequence.timers
            due, name = min(((due, name) for name, due in timers.items()), default=(NEVER, ""))
            first = min(NEVER if closes is None else closes, reads, due)
            if first > until or first >= NEVER:
                return
            if first == closes:
                self._tracker.settle(state, first, changed)
            elif first == reads:
                self._listener.catch_up_until(state, first, changed)
            else:
                self._ring(state, name, due, changed)

    def _ring(self, state: RoomState, name: str, due: int, changed: dict[str, Tracked]) -> None:
        """Fires a timer."""
        del state._sequence.timers[name]
        state._changed.add("sequence")
        rule_id, _, key = name.partition("\t")
        seat = self._runner.seats.get(rule_id)
        if seat is not None:
            self._runner.call(state, seat, seat.rule.on_timer, due, changed, key, due)

    def _holding(self, state: RoomState) -> dict[str, int]:
        """The timers that only hold something back for what may follow."""
        found = {}
        for name, due in state._sequence.timers.items():
            rule_id, _, key = name.partition("\t")
            seat = self._runner.seats.get(rule_id)
            memory = state._memory.get(rule_id)
            if seat is not None and memory is not None and seat.rule.holds_back(memory, key):
                found[name] = due
        return found

    # Rules --------------------------------------------------------------------------------

    def _hear(
        self, state: RoomState, events: Sequence[Event], start: int, changed: dict[str, Tracked]
    ) -> int:
        """Hands out chat lines in their order: all go to the crowd's book, and to the rules those at
        which there is something to look at. Goes on to the first event that is none, to a timer that
        is due, or to one that a rule has set.

        Returns:
            The place of the event after them.
        """
        chats = self._chats
        if not chats.reads_crowd:
            self._deliver(state, events[start], changed)
            return start + 1
        stop, many, due = start + 1, len(events), self._first_due(state)
        if not chats.asks_each:
            while stop < many and type(events[stop]) is Chat and events[stop].at < due:
                stop += 1
        lines: list[Chat] = list(events[start:stop])  # type: ignore[arg-type]  # no others are there
        return start + chats.hear(state, lines, lambda line: self._deliver(state, line, changed))

    def _deliver(self, state: RoomState, event: Event, changed: dict[str, Tracked]) -> None:
        try:
            self._evaluate(state, event, changed)
        except Exception as error:  # noqa: BLE001  one event must not stop the room
            self.stats.failures.append(RuleFailure("", event.id, state.key, reason_of(error)))

    def _evaluate(self, state: RoomState, event: Event, changed: dict[str, Tracked]) -> None:
        kind = type(event)
        runner = self._runner
        runner.begin()
        before = None
        if kind is not Chat and kind is not Speech:
            before = state.cards.get(event.sku) if isinstance(event, Product) else None
            state.learn(event)
            if self._chats.reads_crowd:
                state.crowd.take(event)
        handlers, listener = self._handlers, self._listener
        if handlers.of[kind]:
            handlers.ask(state, kind, event, changed)
        if isinstance(event, Chat):
            of_role = PLATFORM if event.role == "system" else CROWD[state.crowd.notices]
            if handlers.of[of_role]:
                handlers.expect(state, of_role)
                handlers.ask(state, of_role, event, changed)
        if isinstance(event, Chat) and event.role not in SELLER_ROLES:
            if event.role == "viewer":
                listener.heed(state, event, changed)
                if self._chats.asks_each:
                    listener.pass_over(event)
        elif listener.seats:
            if isinstance(event, Speech):
                sku = (event.sku if event.sku is not None else state.facts.explaining) or None
                said = Said(event, "text", event.text, sku, event.speaker or "unknown")
                listener.listen(state, said, event, changed)
            else:
                texts = texts_of(event, before, state)
                read = within_reach(texts)
                for said in read:
                    listener.read(state, said, changed)
                if len(read) < len(texts):
                    self._leave_out(state, event, len(texts) - len(read))
        if state._following.open:
            state._following.take(event)
        if kind is Chat:
            state._recent_chat.append(event)
        else:
            state._recent_other.append(event)

    def _leave_out(self, state: RoomState, event: Event, texts: int) -> None:
        """Says that some texts of an event were not read, so that the event lies among the dead letters."""
        reason = f"{texts} texts were not read: of one event {MOST_OF_EVENT} characters are"
        self.stats.failures.append(RuleFailure("", event.id, state.key, reason))

    def _tally(self) -> None:
        """Adds what was delivered since the last call to the statistics; not once an event."""
        if self._handlers.delivered:
            self._handlers.tally(self.stats.evaluations)
        self._listener.tally()
