"""The engine: events of a room in any order of arrival, alerts with their evidence out.

Rules see the events of a room in the order of event time behind the watermark (the greatest
`at` less the lateness), each once. Nothing here reads a clock: `now` is only stamped on what
is raised, and says how long a room has been idle.
"""

from __future__ import annotations

import contextlib
from bisect import insort
from collections import Counter as Tally
from collections.abc import Callable, Container, Iterable, Mapping, Sequence, Set
from operator import attrgetter
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec import Struct

from detectors.across.rule import AcrossRule
from detectors.across.signal import Clue, Signal, periods_of
from detectors.alerts import SEVERITY, Alert
from detectors.engine import snapshot
from detectors.engine.counted import CHUNK
from detectors.engine.raised import Tracked
from detectors.engine.reader import UNLIKE, Read, Reader, first_from
from detectors.engine.room import Facts, RoomState
from detectors.engine.shelf import Stored
from detectors.engine.snapshot import SnapshotError
from detectors.engine.tracker import Tracker
from detectors.events import Chat, Event, Product, Session, Speech
from detectors.facts.crowd import plain
from detectors.match.fold import Folded
from detectors.match.sought import hold
from detectors.pack.load import Rulebook
from detectors.rule import Context, NoState, Rule
from detectors.speech.pieces import LONGEST
from detectors.speech.stream import (
    ENDS,
    PAUSE_MS,
    Joined,
    Part,
    Stream,
    ends_at,
    follows,
    is_ended,
    joined,
)
from detectors.speech.utterance import Utterance

__all__ = ["Engine", "EngineStats", "SnapshotError"]

#: Characters of the reason of a failure.
REASON_MAX = 1_000
#: Of so many events one is timed: asking a clock costs as much as a quick rule.
TIMED = 64
#: After every time that an event can have.
NEVER = 2**62
#: Characters before the end of a text in which words wait for what is said next.
OPEN = 20
#: Where a whole text stands, that is read for its likeness to violations.
_LIKE_FIELDS = ("text", "title")
#: Chat lines of these roles are words of the seller's side; a viewer's never are.
SELLER_ROLES = ("host", "assistant")

_place = attrgetter("at", "rank", "id")
#: The method of a rule that takes an event of a type.
_HANDLERS: dict[type[Event], str] = {
    kind: f"on_{kind.__name__.lower()}" for kind in get_args(Event)
}


class RuleFailure(Struct):
    """A rule raised an exception: a fault of ours, never of the events."""

    rule: str
    """Empty: the fault lies in the engine, the event was not evaluated to the end."""
    event: str
    room: str
    error: str


class Undecided(Struct, frozen=True):
    """An event of which nobody can say any more whether it was counted: it was not evaluated."""

    event: str
    room: str
    at: int


class EngineStats(Struct):
    """What the engine counted since the start; the runtime publishes it."""

    events: int = 0
    late: int = 0
    duplicates: int = 0
    evaluations: Tally[str] = msgspec.field(default_factory=Tally)
    findings: Tally[str] = msgspec.field(default_factory=Tally)
    declined: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    inhibited: Tally[str] = msgspec.field(default_factory=Tally)
    shadowed: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """Findings of rules in the shadow, by the level that they would have had."""
    model_shadow: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """Texts on which a model in the shadow alone `watches`, by rule, or alone `passes`; before gates."""
    suppressed: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """Hits of alerts that carry the mark of a suppression, by rule and suppression."""
    timings: list[tuple[str, float]] = []
    """Calls of rules that were timed, one event in `TIMED`: rule, and seconds by the clock that the
    engine was given; whoever takes them clears the list."""
    undecided: list[Undecided] = []
    """Late events of times of which the ids are forgotten; whoever takes them clears the list."""
    failures: list[RuleFailure] = []


class _Seat:
    """A rule at work: with what is asked of it for each event at hand."""

    __slots__ = ("follows", "id", "part", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.id = rule.id
        #: Name of the part with its memory; ``None``: it remembers nothing.
        self.part = f"rule:{rule.id}" if rule.State.__struct_fields__ else None
        #: May it wait for what is said next?
        self.follows = type(rule).awaits is not Rule.awaits


class _Said(NamedTuple):
    """A text of the seller's side, and where it stands."""

    event: Speech | Chat | Product | Session
    field: str
    text: str
    sku: str | None
    speaker: str
    parts: tuple[Part, ...] = ()
    """Of a text of several events: whose words stand where."""


class _Told:
    """What rules have said to the parts of a text, by rule."""

    __slots__ = ("raised", "refused")

    def __init__(self, raised: Mapping[str, int] | None = None) -> None:
        #: Up to where in the text findings were raised.
        self.raised: dict[str, int] = dict(raised or ())
        #: Where the part ends in which words around took a finding back.
        self.refused: dict[str, int] = {}


class Engine:
    """Steps room states with the rules of a rulebook. One engine serves all rooms."""

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
        self._timer = timer
        self._untimed = TIMED
        self._timing = False
        self.lateness_ms = lateness_ms
        self.remembered_ids = remembered_ids
        self.remembered_ms = remembered_ms
        self.stats = EngineStats()
        active = rulebook.active
        self._seats = {rule.id: _Seat(rule) for rule in active}
        seats = self._seats.values()
        self._handlers: dict[type[Event], list[tuple[str, str | None, _Seat, Any]]] = {
            kind: [
                (seat.id, seat.part, seat, getattr(seat.rule, method))
                for seat in seats
                if hasattr(seat.rule, method)
            ]
            for kind, method in _HANDLERS.items()
        }
        #: The parts of a state that any event of a type changes.
        self._changes: dict[type[Event], list[str]] = {
            kind: [
                "recent:chat" if kind is Chat else "recent:other",
                *(part for _, part, _, _ in handlers if part is not None),
            ]
            for kind, handlers in self._handlers.items()
        }
        self._reads_crowd = any(rule.reads_crowd for rule in active)
        self._tones = next((rule.tones for rule in active if rule.tones is not None), plain)
        self._text_seats = {
            seat.id: seat for seat in seats if type(seat.rule).on_text is not Rule.on_text
        }
        self._every_line = [seat.id for seat in self._text_seats.values() if seat.rule.every_line]
        self._following = [seat for seat in self._text_seats.values() if seat.follows]
        #: Those whose memory an event of a type may change, beside texts and timers.
        self._followers = {
            kind: [seat for _, _, seat, _ in handlers if seat.follows]
            for kind, handlers in self._handlers.items()
        }
        self._context = Context(self.open("", ""), NoState(), 0, lambda: rulebook.likeness)
        self._delivered: dict[type[Event], int] = dict.fromkeys(_HANDLERS, 0)
        self._read_counts: Tally[str] = Tally()
        self.reader = Reader(rulebook)
        #: The speeches that are being delivered, by event.
        self._ahead: dict[str, tuple[Read, ...]] = {}
        self._across = {rule.id: rule for rule in active if isinstance(rule, AcrossRule)}
        self._tracker = Tracker(
            active, rulebook.law, rulebook.suppressions,
            lambda: rulebook.likeness.version if rulebook.likeness is not None else "",
        )  # fmt: skip
        self.stats.inhibited = self._tracker.inhibited
        self.stats.suppressed = self._tracker.suppressed

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
        """Hands out what is buffered, at the end of a recording. Timers that are not due stay."""
        changed: dict[str, Tracked] = {}
        state._signals = []
        sequence = state._sequence
        if sequence.newest:
            sequence.watermark = sequence.newest + 1
            state._changed.add("sequence")
            self._release(state, sequence.watermark, changed)
            self._catch_up_until(state, NEVER, changed)
            for seat in self._seats.values():
                if type(seat.rule).on_finish is not Rule.on_finish and seat.id in state._memory:
                    self._call(
                        state, seat, seat.rule.on_finish, sequence.newest, changed, sequence.newest
                    )
            # Nothing more will come: what was gathered after the triggers belongs to the last version.
            self._tracker.settle(state, NEVER, changed)
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
        for event in released:
            due = state._first_due
            if event.at >= (self._first_due(state) if due is None else due):
                self._fire(state, event.at, changed)
            self._deliver(state, event, changed)

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
        self._ahead.clear()
        if self._text_seats and Speech in kinds:
            # The tables of the words are large: what is read at one go finds them at hand.
            for event in events:
                if isinstance(event, Speech) and len(event.text) <= LONGEST:
                    # What cannot be read fails on its turn, and alone.
                    with contextlib.suppress(Exception):
                        self._ahead[event.id] = self.reader.read_speech(event.text)

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

    def _fire(self, state: RoomState, until: int, changed: dict[str, Tracked]) -> None:
        """Fires what is due at or before a time, the earliest first."""
        sequence = state._sequence
        state._first_due = None
        self._tracker.settle(state, until, changed)
        self._catch_up_until(state, min(until, *sequence.timers.values(), NEVER), changed)
        while sequence.timers:
            due, name = min((due, name) for name, due in sequence.timers.items())
            if due > until:
                break
            del sequence.timers[name]
            state._changed.add("sequence")
            rule_id, _, key = name.partition("\t")
            seat = self._seats.get(rule_id)
            if seat is not None:
                self._call(state, seat, seat.rule.on_timer, due, changed, key, due)
            state._first_due = None
            self._catch_up_until(state, min(until, *sequence.timers.values(), NEVER), changed)
        self._catch_up_until(state, until, changed)

    # Rules --------------------------------------------------------------------------------

    def _deliver(self, state: RoomState, event: Event, changed: dict[str, Tracked]) -> None:
        try:
            self._evaluate(state, event, changed)
        except Exception as error:  # noqa: BLE001  one event must not stop the room
            self.stats.failures.append(RuleFailure("", event.id, state.key, _reason(error)))

    def _evaluate(self, state: RoomState, event: Event, changed: dict[str, Tracked]) -> None:
        kind = type(event)
        if self._timer is not None:
            self._untimed -= 1
            self._timing = not self._untimed
            if self._timing:
                self._untimed = TIMED
        before = None
        if kind is not Chat and kind is not Speech:
            before = state.cards.get(event.sku) if isinstance(event, Product) else None
            state.learn(event)
            if self._reads_crowd:
                state.crowd.take(event)
        elif self._reads_crowd and kind is Chat:
            state.crowd.hear(event, self._tones)  # type: ignore[arg-type]  # it is a chat line
        heard = state._heard.get(kind)
        if heard is None:
            heard = state._heard[kind] = self._hearing(state, kind)
        if self._timing:
            heard = [(memory, seat, self._timed(seat.id, call)) for memory, seat, call in heard]
        if heard:
            # Written out, not by `_call`: this is where the time of an ordinary event goes.
            context = self._context
            context.room, context.now = state, event.at
            for memory, seat, handler in heard:
                context.state = memory
                try:
                    handler(context, event)
                    if context.touched:
                        self._take(state, seat, changed)
                except Exception as error:  # noqa: BLE001  one rule's fault must not stop the others
                    self._failed(state, seat, event, error)
            if state._waiting is not None:
                for seat in self._followers[kind]:
                    self._note_waiting(state, seat)
        if isinstance(event, Chat) and event.role not in SELLER_ROLES:
            if event.role == "viewer":
                self._heed(state, event, changed)
        elif self._text_seats:
            if isinstance(event, Speech):
                sku = (event.sku if event.sku is not None else state.facts.explaining) or None
                said = _Said(event, "text", event.text, sku, event.speaker or "unknown")
                self._listen(state, said, event, changed)
            else:
                for said in _texts_of(event, before, state):
                    self._read(state, said, changed)
        if state._following.open:
            state._following.take(event)
        if kind is Chat:
            state._recent_chat.append(event)
        else:
            state._recent_other.append(event)

    def _hearing(self, state: RoomState, kind: type[Event]) -> list[tuple[Struct, _Seat, Any]]:
        """The handlers of a type of events, with the memories that their rules have of a room."""
        memories = state._memory
        return [
            (memories.setdefault(rule_id, seat.rule.State()), seat, handler)
            for rule_id, _, seat, handler in self._handlers[kind]
        ]

    def _heed(self, state: RoomState, chat: Chat, changed: dict[str, Tracked]) -> None:
        """Hands a viewer's line to the rules that look for words in it."""
        for rule_id, hits in self.reader.heard(chat.text):
            seat = self._seats[rule_id]
            if hits is not None:
                self._call(state, seat, seat.rule.on_viewer_text, chat.at, changed, chat, hits)
            elif seat.rule.passed_over:
                self.stats.declined[rule_id, seat.rule.passed_over] += 1

    def _read(self, state: RoomState, said: _Said, changed: dict[str, Tracked]) -> None:
        """Asks the rules about a text, a long one piece by piece."""
        if len(said.text) > LONGEST:
            for begins, piece in self.reader.read_pieces(said.text):
                self._ask(state, said, piece, begins, changed, _Told())
        else:
            self._ask(state, said, self.reader.read(said.text), 0, changed, _Told())

    # Speech -------------------------------------------------------------------------------

    def _listen(
        self, state: RoomState, said: _Said, event: Speech, changed: dict[str, Tracked]
    ) -> None:
        """Asks the rules about what was said; those for which speech is one stream, as soon as it is
        known what stands around it."""
        stream = state._streams.get(said.speaker) or Stream()
        last = stream.said[-1] if stream.said else None
        goes_on = last is not None and follows(last, event) and said.sku == stream.sku
        if last is not None and stream.waits and last.at <= event.at:
            self._read_waiting(state, stream, event if goes_on else None, changed)
        if len(said.text) > LONGEST:
            self._read(state, said, changed)
            if state._streams.pop(said.speaker, None) is not None:
                state._changed.add("streams")
            return
        reads = self._ahead.pop(event.id, None) or self.reader.read_speech(said.text)
        if last is not None and event.at < last.at:
            # It came late: what it goes on with was read long ago.
            self._ask_each(state, said, reads, changed)
            return
        whole, around = None, reads
        begins = goes_on and self._belongs(stream, event, reads)
        stream.add(event, goes_on=goes_on)
        if begins:
            whole = joined(stream.said[:-1], event, None)
            around = tuple(self.reader.read_among(whole.text, whole.first, whole.last))
        stream.sku, stream.begins = said.sku, begins
        stream.says = any(read.found for read in around)
        state._streams[said.speaker] = stream
        state._changed.add("streams")
        stream.waits = self._is_open(event.text, around)
        if whole is None and not stream.waits:
            # Nothing stands around it: all rules are asked at once.
            raised = self._ask_each(state, said, reads, changed)
            stream.note_raised(
                event, {rule: raised[rule] for rule in raised.keys() & self.reader.joining}
            )
            return
        self._ask_each(state, said, reads, changed, rules=self.reader.apart)
        if stream.waits:
            stream.due = ends_at(event) + PAUSE_MS
            state._first_due = None
        elif whole is not None:
            self._ask_joining(state, stream, whole, around, changed)

    def _belongs(self, stream: Stream, event: Speech, reads: Sequence[Read]) -> bool:
        """Is an event read with what was said before it?"""
        last = stream.said[-1]
        if is_ended(last, event):
            return False
        if stream.says or any(read.found for read in reads):
            return True
        text, first, *_ = joined([last], event, None)
        return self.reader.is_cut(text, first)

    def _is_open(self, text: str, reads: Iterable[Read]) -> bool:
        """May what is said next change what the last words of a text mean?"""
        if text.rstrip().endswith(ENDS):
            return False
        joining = self.reader.joining
        ends = max((read.begins + len(read.folded.original) for read in reads), default=0)
        for read in reads:
            if read.begins + len(read.folded.original) < ends:
                continue
            open_from = len(read.folded.text) - OPEN
            for rule_id, _, hits, _ in read.asked:
                if rule_id in joining and (
                    rule_id in read.likeness or any(hit.end > open_from for hit in hits)
                ):
                    return True
        return False

    def _catch_up(
        self, state: RoomState, stream: Stream, after: Speech | None, changed: dict[str, Tracked]
    ) -> None:
        """Reads the latest event of a stream, which has waited.

        Args:
            after: what is said next, if that goes on with it.
        """
        stream.waits = False
        state._first_due = None
        state._changed.add("streams")
        event = stream.said[-1]
        whole = joined(stream.said[:-1] if stream.begins else (), event, after)
        if len(whole.parts) > 1:
            reads: Iterable[Read] = self.reader.read_among(whole.text, whole.first, whole.last)
        else:
            reads = self.reader.read_speech(event.text)
        self._ask_joining(state, stream, whole, reads, changed)

    def _ask_joining(
        self, state: RoomState, stream: Stream, whole: Joined, reads: Iterable[Read],
        changed: dict[str, Tracked],
    ) -> None:  # fmt: skip
        """Asks the rules for which speech is one stream about the latest event of one.

        Args:
            whole: it, between what was said before and after it.
            reads: the passages of that.
        """
        event = stream.said[-1]
        parts = whole.parts if len(whole.parts) > 1 else ()
        said = _Said(
            event, "text", whole.text, stream.sku, event.speaker or "unknown", parts,
        )  # fmt: skip
        before = stream.raised_in(whole.parts)
        raised = self._ask_each(
            state, said, reads, changed, raised=before, rules=self.reader.joining
        )
        stream.note_raised(
            event,
            {
                rule: min(end, whole.last) - whole.first
                for rule, end in raised.items()
                if end != before.get(rule)
            },
        )

    def _catch_up_until(self, state: RoomState, until: int, changed: dict[str, Tracked]) -> None:
        """Reads what has waited long enough, the earliest first."""
        waiting = [one for one in state._streams.values() if one.waits and one.due <= until]
        for stream in sorted(waiting, key=lambda one: one.due):
            self._read_waiting(state, stream, None, changed)

    def _read_waiting(
        self, state: RoomState, stream: Stream, after: Speech | None, changed: dict[str, Tracked]
    ) -> None:
        """Reads what has waited; what fails there is a failure of that event, not of the one at hand."""
        try:
            self._catch_up(state, stream, after, changed)
        except Exception as error:  # noqa: BLE001  one text must not stop the room
            failure = RuleFailure("", stream.said[-1].id, state.key, _reason(error))
            self.stats.failures.append(failure)

    def _ask_each(
        self, state: RoomState, said: _Said, reads: Iterable[Read], changed: dict[str, Tracked], *,
        raised: Mapping[str, int] | None = None, rules: Set[str] | None = None,
    ) -> dict[str, int]:  # fmt: skip
        """Asks the rules about the passages of a text; returns up to where each has raised something.

        Args:
            raised: up to where they have already.
            rules: those that may be asked; ``None``: all.
        """
        told = _Told(raised)
        for read in reads:
            self._ask(state, said, read, read.begins, changed, told, rules)
        return told.raised

    def _ask(
        self, state: RoomState, said: _Said, read: Read, begins: int, changed: dict[str, Tracked],
        told: _Told, rules: Set[str] | None = None,
    ) -> None:  # fmt: skip
        """Asks the rules about a text or a part of one, by the words that were found in it.

        Args:
            told: what rules made of the parts before; this one is added.
            rules: those that may be asked; ``None``: all.
        """
        waiting = state._waiting
        if waiting is None:
            waiting = state._waiting = set()
            for seat in self._following:
                self._note_waiting(state, seat)
        is_chat = isinstance(said.event, Chat)
        whole = said.field in _LIKE_FIELDS
        if waiting or is_chat or not whole:
            listening = [*waiting, *self._every_line] if is_chat else waiting
            read = self.reader.told(read, listening, waiting=waiting, whole=whole)
        seats, counts = self._text_seats, self._read_counts
        for rule_id in read.counted:
            if rules is None or rule_id in rules:
                counts[rule_id] += 1
        if rules is not self.reader.joining:  # it is asked about the same text first or last
            for difference in read.shadow:
                self.stats.model_shadow[difference] += 1
        if not read.asked:
            return
        utterance = Utterance(
            said.event, said.field, read.folded, said.sku, said.speaker, read.likeness, begins,
            is_passage=read.is_passage, news=read.news, parts=said.parts,
        )  # fmt: skip
        for rule_id, folded, hits, standing in read.asked:
            if rules is not None and rule_id not in rules:
                continue
            seat = seats[rule_id]
            hold(folded.text, standing)
            asked = utterance
            if folded is not read.folded:
                # Disguised words stand as they are meant; spans lead back to what was said.
                news = read.news and _moved(read.news, read.folded, folded)
                asked = msgspec.structs.replace(
                    utterance, folded=folded, likeness=UNLIKE, news=news
                )
            ends = begins + len(folded.original)
            if told.refused.get(rule_id, 0) >= ends:
                continue
            raised = told.raised.get(rule_id, 0)
            if raised >= ends:
                continue
            if raised > begins:
                fresh = first_from(folded, raised - begins)
                asked = msgspec.structs.replace(asked, fresh=fresh)
            answer = self._call(state, seat, seat.rule.on_text, utterance.at, changed, asked, hits)
            if answer is not None:
                (told.raised if answer else told.refused)[rule_id] = ends

    def _note_waiting(self, state: RoomState, seat: _Seat) -> None:
        """Keeps which rules wait for what is said next: asking all of them each time is dear."""
        waiting = state._waiting
        if waiting is None:
            return
        memory = state._memory.get(seat.id)
        if memory is not None and seat.rule.awaits(memory):
            waiting.add(seat.id)
        else:
            waiting.discard(seat.id)

    def _call(
        self, state: RoomState, seat: _Seat, handler: Any, now: int,
        changed: dict[str, Tracked], *arguments: Any,
    ) -> bool | None:  # fmt: skip
        """Asks a rule about a text or a timer; true if it has found something, false if what it has
        found is taken back by the words around."""
        memory = state._memory.get(seat.id)
        if memory is None:
            memory = state._memory[seat.id] = seat.rule.State()
        context = self._context
        context.room, context.state, context.now = state, memory, now
        if seat.part is not None:
            state._changed.add(seat.part)
        if self._timing:
            handler = self._timed(seat.id, handler)
        try:
            handler(context, *arguments)
            if seat.follows:
                self._note_waiting(state, seat)
            answer: bool | None = None
            if context.touched:
                if context.findings:
                    answer = True
                elif any(one.reason in seat.rule.takes_back for one in context.declined):
                    answer = False
                self._take(state, seat, changed)
        except Exception as error:  # noqa: BLE001  one rule's fault must not stop the others
            self._failed(state, seat, arguments[0], error)
            return None
        return answer

    def _timed(self, rule: str, handler: Any) -> Callable[..., None]:
        """A handler whose time is noted, also where it raises."""
        timer, timings = self._timer, self.stats.timings
        assert timer is not None  # noqa: S101 - nothing is timed without it

        def call(*arguments: Any) -> None:
            began = timer()
            try:
                handler(*arguments)
            finally:
                timings.append((rule, timer() - began))

        return call

    def _failed(self, state: RoomState, seat: _Seat, cause: Any, error: Exception) -> None:
        """Notes a rule's failure; what it handed over before it failed does not count."""
        self._context.clear()
        event = getattr(cause, "event", cause)
        self.stats.failures.append(
            RuleFailure(
                seat.id,
                getattr(event, "id", str(event)),
                state.key,
                _reason(error),
            )
        )

    def _take(self, state: RoomState, seat: _Seat, changed: dict[str, Tracked]) -> None:
        """Takes up what a call handed over: timers, stated silences, findings."""
        context = self._context
        for key, due in context.timers:
            name = f"{seat.id}\t{key}"
            state._changed.add("sequence")
            state._first_due = None
            if due is None:
                state._sequence.timers.pop(name, None)
            else:
                state._sequence.timers[name] = due
        for declined in context.declined:
            self.stats.declined[seat.id, declined.reason] += 1
        if not (context.clues or context.findings):
            context.clear()
            return
        clues, findings = list(context.clues), list(context.findings)
        context.clear()
        raised: dict[str, Alert] = {}
        for finding in findings:
            self.stats.findings[seat.id] += 1
            if seat.rule.spec.stage == "shadow":
                if not finding.amends:
                    level = min(finding.level, seat.rule.spec.level, key=SEVERITY.__getitem__)
                    self.stats.shadowed[seat.id, level] += 1
            else:
                alert = self._tracker.conclude(state, seat.rule.spec, finding, changed)
                if alert is None:
                    continue
                raised[finding.trigger[-1].id] = alert
                if seat.rule.worded:
                    for rule in self._across.values():
                        in_claim = rule.from_claim(state, finding)
                        if in_claim is not None:
                            self._signal(state, in_claim, alert)
        for clue in clues:
            self._signal(state, clue, raised.get(clue.event.id))

    def _signal(self, state: RoomState, clue: Clue, alert: Alert | None = None) -> None:
        """Notes a clue with its place, and with what the room shows of the people behind it."""
        rule = self._across.get(clue.to)
        if rule is None:
            return
        found = state._signals
        if alert is not None and any(
            one.rule == clue.to and one.event.id == clue.event.id for one in found[-8:]
        ):
            # One utterance is one passage, however many rules find a claim in it.
            return
        for period in periods_of(clue.event.at, rule.period_ms, rule.window_ms):
            found.append(
                Signal(
                    rule=clue.to,
                    cluster=clue.cluster,
                    period=period,
                    event=clue.event,
                    words=clue.words,
                    shape=clue.shape,
                    host=state.host,
                    operator=state.operator,
                    source=alert.rule if alert is not None else "",
                    alert=alert.id if alert is not None else "",
                    level=alert.level if alert is not None else None,
                )
            )

    def _tally(self) -> None:
        """Adds what was delivered since the last call to the statistics; not once an event."""
        evaluations = self.stats.evaluations
        for kind, count in self._delivered.items():
            if count:
                for rule_id, *_ in self._handlers[kind]:
                    evaluations[rule_id] += count
                self._delivered[kind] = 0
        if self._read_counts:
            evaluations.update(self._read_counts)
            self._read_counts.clear()

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
        for rule_id in sorted(state._memory.keys() & self._seats.keys()):
            try:
                msgspec.msgpack.encode(state._memory[rule_id])
            except Exception as error:  # noqa: BLE001  whatever a rule keeps, the others go on
                faulty[rule_id] = _reason(error)
        for rule_id, reason in faulty.items():
            state._memory[rule_id] = self._seats[rule_id].rule.State()
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


def _moved(news: tuple[int, int], folded: Folded, other: Folded) -> tuple[int, int]:
    """A range of a folded text in another spelling of it."""
    first, last = ((0, 0) if not place else folded.to_original(0, place) for place in news)
    return first_from(other, first[1]), first_from(other, last[1])


def _reason(error: Exception) -> str:
    """What was raised, in words; some messages quote the whole of a text."""
    return f"{type(error).__name__}: {error}"[:REASON_MAX]


def _texts_of(event: Event, before: Product | None, state: RoomState) -> list[_Said]:
    """The texts of the seller's side that an event writes; of a card, those that changed."""
    if isinstance(event, Chat):
        return [_Said(event, "text", event.text, state.facts.explaining, event.role or "unknown")]
    if isinstance(event, Session):
        if event.phase == "started" and event.title:
            return [_Said(event, "title", event.title, None, "card")]
        return []
    if isinstance(event, Product):
        texts = []
        if event.title and (before is None or before.title != event.title):
            texts.append(_Said(event, "title", event.title, event.sku, "card"))
        known = (before.attributes if before is not None else None) or {}
        for name, value in (event.attributes or {}).items():
            if value and known.get(name) != value:
                texts.append(_Said(event, f"attributes.{name}", value, event.sku, "card"))
        return texts
    return []
