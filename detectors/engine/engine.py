"""The engine: events of a room in any order of arrival, alerts with their evidence out.

Rules see the events of a room in the order of event time behind the watermark (the greatest
`at` less the lateness), each once. Nothing here reads a clock: `now` is only stamped on what
is raised, and says how long a room has been idle.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, get_args

import msgspec
from msgspec import Struct

from detectors.across.signal import Signal
from detectors.alerts import Alert
from detectors.engine import snapshot
from detectors.engine.counted import CHUNK
from detectors.engine.listener import Listener, Said, texts_of
from detectors.engine.raised import Tracked
from detectors.engine.reader import Reader
from detectors.engine.room import Facts, RoomState
from detectors.engine.runner import RuleRunner, Seat
from detectors.engine.shelf import Stored
from detectors.engine.snapshot import SnapshotError
from detectors.engine.stats import EngineStats, RuleFailure, Undecided, reason_of
from detectors.events import Chat, Event, Product, Speech
from detectors.facts.crowd.reading import Readings, Telling
from detectors.match.automaton import having, which
from detectors.pack.load import Rulebook
from detectors.rule import Rule

__all__ = ["Engine", "EngineStats", "SnapshotError"]

#: After every time that an event can have.
NEVER = 2**62
#: Chat lines of these roles are words of the seller's side; a viewer's never are.
SELLER_ROLES = ("host", "assistant")

_place = attrgetter("at", "rank", "id")
#: Chat lines by which the crowd's book notices something, and those of the platform.
CROWD, PLATFORM = "crowd", "platform"
#: The method of a rule that takes an event of a type, or such a line.
_HANDLERS: dict[type[Event] | str, str] = {
    **{kind: f"on_{kind.__name__.lower()}" for kind in get_args(Event)},
    CROWD: "on_crowd",
    PLATFORM: "on_platform_chat",
}


class Engine:
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
        self.rulebook = rulebook
        self.lateness_ms = lateness_ms
        self.remembered_ids = remembered_ids
        self.remembered_ms = remembered_ms
        self.stats = EngineStats()
        self.reader = Reader(rulebook)
        self._runner = self.Runner(rulebook, self.stats, timer, {"lateness_ms": lateness_ms})
        self._listener = Listener(self._runner, self.reader, self.stats)
        self._tracker = self._runner.tracker
        seats = self._runner.seats.values()
        self._handlers: dict[type[Event] | str, list[tuple[str, str | None, Seat, Any]]] = {
            kind: [
                (seat.id, seat.part, seat, getattr(seat.rule, method))
                for seat in seats
                if hasattr(seat.rule, method)
            ]
            for kind, method in _HANDLERS.items()
        }
        #: The parts of a state that any event of a type changes.
        self._changes: dict[type[Event] | str, list[str]] = {
            kind: [
                "recent:chat" if kind in (Chat, CROWD, PLATFORM) else "recent:other",
                *(part for _, part, _, _ in handlers if part is not None),
            ]
            for kind, handlers in self._handlers.items()
        }
        #: Those whose memory an event of a type may change, beside texts and timers.
        self._followers = {
            kind: [seat for _, _, seat, _ in handlers if seat.follows]
            for kind, handlers in self._handlers.items()
        }
        self._delivered: dict[type[Event] | str, int] = dict.fromkeys(_HANDLERS, 0)
        active = rulebook.active
        self._reads_crowd = any(rule.reads_crowd for rule in active)
        tones = next((rule.tones for rule in active if rule.tones is not None), None)
        heeded = self.reader.heeded if self.reader.heeds else None
        self._readings = Readings(tones, heeded, _telling(active))
        #: Is a rule asked about each line of the chat?
        self._asks_each = bool(self._handlers[Chat]) or not self._reads_crowd

    # Rooms --------------------------------------------------------------------------------

    def open(self, platform: str, room: str, stored: Stored | None = None) -> RoomState:
        """The state of a room of which nothing is known yet; its shelved parts will be in `stored`."""
        return RoomState(Facts(platform=platform, room=room), stored)

    def step(self, state: RoomState, events: Iterable[Event], *, now: int) -> list[Alert]:
        """Takes events in the order of their arrival; returns alerts that are new or changed.

        `now` is the wall clock, ms.
        """
        if state._signals:
            state._signals = []
        sequence = state._sequence
        buffer = sequence.buffer
        lateness = self.lateness_ms
        changed: dict[str, Tracked] = {}
        count = 0
        counted = state._counted
        ids, tail, ats = counted.ids, counted.tail, counted.ats
        if tail:
            state._changed.add(counted.part)
        for event in events:
            count += 1
            event_id = event.id
            if event_id in ids:
                sequence.duplicates += 1
                self.stats.duplicates += 1
                continue
            at = event.at
            late = at < sequence.watermark
            if (late or counted.watchful) and self._is_counted(state, event):
                continue
            if not tail or len(tail) >= CHUNK:
                counted.next_chunk(
                    sequence.watermark,
                    now,
                    remembered=self.remembered_ids,
                    kept_ms=self.remembered_ms,
                )
                tail, ats = counted.tail, counted.ats
                if self.remembered_ms is not None:
                    state._raised.expire(now, self.remembered_ms)
            ids.add(event_id)
            tail.append(event_id)
            ats.append(at)
            if late:
                # What came in time goes first, then the late one, in the order of arrival.
                self._release(state, sequence.watermark, changed)
                buffer = sequence.buffer
                sequence.late += 1
                self.stats.late += 1
                self._expect(state, (event,))
                if type(event) is Chat:
                    self._hear(state, (event,), 0, changed)
                else:
                    self._deliver(state, event, changed)
                continue
            if at > sequence.newest:
                sequence.newest = at
                if at - lateness > sequence.watermark:
                    sequence.watermark = at - lateness
            if not buffer or at > buffer[-1].at or _place(buffer[-1]) <= _place(event):
                buffer.append(event)
            else:
                insort(buffer, event, key=_place)
        self.stats.events += count
        if count:
            sequence.arrived = now
            state._changed.add("sequence")
        self._release(state, sequence.watermark, changed)
        self._tally()
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
        kinds = [type(event) for event in events]
        for kind in set(kinds):
            self._delivered[kind] += kinds.count(kind)
            state._changed.update(self._changes[kind])
        if Chat in kinds and self._reads_crowd:
            self._readings.ahead([event for event in events if type(event) is Chat])
        if Speech in kinds:
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
        if not self._reads_crowd:
            self._deliver(state, events[start], changed)
            return start + 1
        stop, many, due = start + 1, len(events), self._first_due(state)
        if not self._asks_each:
            while stop < many and type(events[stop]) is Chat and events[stop].at < due:
                stop += 1
        lines: list[Chat] = list(events[start:stop])  # type: ignore[arg-type]  # no others are there
        crowd, place, many = state.crowd, 0, len(lines)
        while place < many:
            try:
                looks = crowd.listen(lines, place, many, self._readings)
            except Exception as error:  # noqa: BLE001  one event must not stop the room
                faulty = crowd.place
                reason = reason_of(error)
                self.stats.failures.append(RuleFailure("", lines[faulty].id, state.key, reason))
                self._remember(state, lines[place:faulty])
                place = faulty + 1
                continue
            looks = looks or self._asks_each
            at_hand = min(crowd.place, many - 1) if looks else many
            self._remember(state, lines[place:at_hand])
            if looks:
                self._deliver(state, lines[at_hand], changed)
            place = at_hand + 1
            if state._first_due is None:
                break
        return start + min(place, many)

    def _remember(self, state: RoomState, lines: Sequence[Chat]) -> None:
        """Keeps lines that no rule was asked about, as they may stand before or after a trigger."""
        if state._following.open:
            for line in lines:
                state._following.take(line)
        state._recent_chat.extend(lines)

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
            if self._reads_crowd:
                state.crowd.take(event)
        self._ask(state, kind, event, changed)
        if isinstance(event, Chat):
            of_role = PLATFORM if event.role == "system" else CROWD
            if self._handlers[of_role]:
                self._delivered[of_role] += 1
                state._changed.update(self._changes[of_role])
                self._ask(state, of_role, event, changed)
        listener = self._listener
        if isinstance(event, Chat) and event.role not in SELLER_ROLES:
            if event.role == "viewer":
                listener.heed(state, event, changed)
        elif listener.seats:
            if isinstance(event, Speech):
                sku = (event.sku if event.sku is not None else state.facts.explaining) or None
                said = Said(event, "text", event.text, sku, event.speaker or "unknown")
                listener.listen(state, said, event, changed)
            else:
                for said in texts_of(event, before, state):
                    listener.read(state, said, changed)
        if state._following.open:
            state._following.take(event)
        if kind is Chat:
            state._recent_chat.append(event)
        else:
            state._recent_other.append(event)

    def _ask(
        self, state: RoomState, kind: type[Event] | str, event: Event, changed: dict[str, Tracked]
    ) -> None:  # fmt: skip
        """Asks the rules about an event of a kind."""
        runner = self._runner
        heard = state._heard.get(kind)
        if heard is None:
            heard = state._heard[kind] = self._hearing(state, kind)
        if not heard:
            return
        if runner.timing:
            heard = [(memory, seat, runner.timed(seat.id, call)) for memory, seat, call in heard]
        # Written out, not by `call`: this is where the time of an ordinary event goes.
        context = runner.context
        context.room, context.now = state, event.at
        for memory, seat, handler in heard:
            context.state = memory
            try:
                handler(context, event)
                if context.touched:
                    runner.take(state, seat, changed)
            except Exception as error:  # noqa: BLE001  one rule's fault must not stop the others
                runner.failed(state, seat, event, error)
        if state._waiting is not None:
            for seat in self._followers[kind]:
                runner.note_waiting(state, seat)

    def _hearing(self, state: RoomState, kind: type[Event] | str) -> list[tuple[Struct, Seat, Any]]:
        """The handlers of a type of events, with the memories that their rules have of a room."""
        memories = state._memory
        return [
            (memories.setdefault(rule_id, seat.rule.State()), seat, handler)
            for rule_id, _, seat, handler in self._handlers[kind]
        ]

    # Speech -------------------------------------------------------------------------------

    def _tally(self) -> None:
        """Adds what was delivered since the last call to the statistics; not once an event."""
        evaluations = self.stats.evaluations
        for kind, count in self._delivered.items():
            if count:
                for rule_id, *_ in self._handlers[kind]:
                    evaluations[rule_id] += count
                self._delivered[kind] = 0
        self._listener.tally()

    # Snapshots ----------------------------------------------------------------------------

    def changed_parts(self, state: RoomState) -> dict[str, bytes | None]:
        """The parts of a state that changed since the last call, encoded; ``None``: it is gone.

        A rule whose memory cannot be written begins again; `stats.failures` names it.
        """
        try:
            return snapshot.changed_parts(state)
        except Exception:
            if not self._begin_again(state):
                raise
        return snapshot.changed_parts(state)

    def _begin_again(self, state: RoomState) -> bool:
        """Empties the memories that cannot be written; false: there is none."""
        faulty: dict[str, str] = {}
        for rule_id in sorted(state._memory.keys() & self._runner.seats.keys()):
            try:
                msgspec.msgpack.encode(state._memory[rule_id])
            except Exception as error:  # noqa: BLE001  whatever a rule keeps, the others go on
                faulty[rule_id] = reason_of(error)
        for rule_id, reason in faulty.items():
            state._memory[rule_id] = self._runner.seats[rule_id].rule.State()
            for name in [
                name for name in state._sequence.timers if name.startswith(f"{rule_id}\t")
            ]:
                del state._sequence.timers[name]
            reason = f"its memory cannot be written, it begins again: {reason}"
            self.stats.failures.append(RuleFailure(rule_id, "", state.key, reason))
        if faulty:
            state._changed.update(("sequence", *(f"rule:{rule_id}" for rule_id in faulty)))
            state._heard, state._waiting, state._first_due = {}, None, None
        return bool(faulty)

    def forget(self, state: RoomState, *, now: int) -> None:
        """Forgets what is older than is remembered; of an idle room the latest ids and lines, too."""
        if self.remembered_ms is None:
            return
        before = now - self.remembered_ms
        state._counted.expire(before)
        state._raised.expire(now, self.remembered_ms)
        if state._sequence.arrived < before:
            state._counted.forget_latest()
            state._recent_chat.clear()
            state._recent_other.clear()
            state._changed.update(("recent:chat", "recent:other"))

    def remains(self, state: RoomState) -> dict[str, bytes]:
        """What is left of a room that is forgotten altogether: the times of which it had ids.

        A room that is restored from these parts begins anew, and still tells what comes again.
        """
        rest = self.open(state.platform, state.room)
        state._counted.expire(NEVER)
        state._counted.forget_latest()
        rest._counted.forgotten = state._counted.forgotten
        return snapshot.parts(rest) if rest._counted.forgotten else {}

    def restore(self, parts: Mapping[str, bytes], stored: Stored | None = None) -> RoomState:
        """The state that was written as parts, the shelved ones left out: `stored` has those.

        A rule whose memory cannot be read begins again; `stats.failures` names it.

        Raises:
            SnapshotError: another part cannot be read, or is of another version.
        """
        forgotten: dict[str, str] = {}
        memories = {rule.id: rule.State for rule in self.rulebook}
        state = snapshot.restore(parts, memories, forgotten, stored)
        for rule_id, error in forgotten.items():
            self.stats.failures.append(
                RuleFailure(rule_id, "", state.key, f"begins again: {error}")
            )
        return state

    def snapshot(self, state: RoomState) -> bytes:
        """A whole state as bytes."""
        return msgspec.msgpack.encode(snapshot.parts(state))

    def restore_snapshot(self, data: bytes) -> RoomState:
        """The state of `snapshot`.

        Raises:
            SnapshotError: the bytes cannot be read, or are of another version.
        """
        try:
            parts = msgspec.msgpack.decode(data, type=dict[str, bytes])
        except msgspec.MsgspecError as error:
            raise snapshot.SnapshotError(str(error)) from error
        return self.restore(parts)


def _telling(rules: Iterable[Rule]) -> Telling | None:
    """What tells which lines of the platform say something to rules; ``None``: any may."""
    asked = [rule for rule in rules if hasattr(rule, "on_platform_chat")]
    if any(rule.platform_words is None for rule in asked):
        return None
    says: dict[str, int] = {}
    for rule in asked:
        for word, bits in (rule.platform_words or {}).items():
            says[word] = says.get(word, 0) | bits
    words_in, bits_of = which(says), list(says.values())

    def telling(texts: Sequence[str]) -> dict[int, int]:
        words: list[int] = []

        def begins(text: str) -> list[int]:
            matches = words_in(text)
            words.extend(word for word, _, _ in matches)
            return [start for _, start, _ in matches]

        told = dict[int, int]()
        for place, numbers in having(texts, begins).items():
            for number in numbers:
                told[place] = told.get(place, 0) | bits_of[words[number]]
        return told

    return telling
