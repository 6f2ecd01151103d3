"""One batch: records of the log and rooms that are due go in, an `Outcome` comes out.

The engine guards itself against rules that raise and events that it cannot evaluate; it notes
them, and here they become dead letters with their bytes. What remains are bytes that no longer
decode (a log of another version), and faults outside the rules: in the engine, in encoding, in
the store. Such a fault costs the event that causes it; if no event does, the room loses its past.
Other rooms are never affected.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct

from connectors.logger import logger
from detectors.across.signal import Signal
from detectors.alerts import Alert
from detectors.alerts import encode as encode_alert
from detectors.engine import snapshot
from detectors.events import Event, InvalidEvent, decode, decode_lines, encode
from monitor.pipeline.isolation import EvaluationFailed, isolate, kind_of
from monitor.pipeline.rooms import LiveRoom
from monitor.store.outages import is_outage
from monitor.store.rows import DeadLetter, Outcome, RoomRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from detectors.engine.engine import Engine
    from monitor.pipeline.log import Record
    from monitor.pipeline.rooms import Rooms

__all__ = ["Batch", "Finder"]

log = logger()

#: Characters of a reason; some messages quote the whole of a text.
REASON_MAX = 1_000
#: Rooms that one batch ticks at most.
TICKS = 500


class Finder(Protocol):
    """Finds the bytes of an event again; implemented by the log."""

    def find(self, room: str, event: str) -> bytes | None:
        """The bytes, ``None`` when they are gone."""
        ...


class Given(NamedTuple):
    """One input of a room: an event, or a tick (`event` is ``None``)."""

    event: Event | None
    now: int


class _Work(Struct):
    """What a batch does with one room."""

    live: LiveRoom
    given: list[Given] = []
    alerts: list[Alert] = []
    signals: list[Signal] = []
    parts: dict[str, bytes | None] | None = None
    """``None``: not encoded yet."""
    rewritten: bool = False
    withheld: set[str] = set()
    """Ids of buffered events that were set aside."""
    anew: str | None = None
    """Why the room starts anew; ``None``: it goes on."""

    @property
    def place(self) -> tuple[str, str]:
        return self.live.row.platform, self.live.row.room


class Batch:
    """Collects what the engine concludes from records and ticks, room by room."""

    def __init__(self, engine: Engine, rooms: Rooms, events: Finder) -> None:
        self._engine = engine
        self._rooms = rooms
        self._log = events
        self._works: dict[tuple[str, str], _Work] = {}
        self._position: int | None = None
        self.dead: list[DeadLetter] = []
        """Dead letters so far."""
        self.contained: Counter[str] = Counter()
        """Failures by what was set aside: `event` or `room`."""

    def take(self, records: Sequence[Record], *, now: int) -> None:
        """Steps each room with its records, in the order of arrival."""
        if not records:
            return
        by_room: dict[tuple[str, str], list[Event]] = {}
        for event in self._decode(records, now):
            by_room.setdefault((event.platform, event.room), []).append(event)
        self._step(by_room, now)
        self._position = records[-1].position

    def _step(self, by_room: Mapping[tuple[str, str], Sequence[Event]], now: int) -> None:
        for place, events in by_room.items():
            work = self._works.get(place)
            if work is None:
                work = self._works[place] = _Work(self._rooms.get(*place))
            _share_names(events, work.live.row)
            self._give(work, [Given(event, now) for event in events])

    def tick(self, *, reached: int, busy: bool = False) -> None:
        """Advances rooms that are due; call it after `take`.

        Args:
            reached: wall clock, ms, up to which all arrivals were taken.
            busy: also advance rooms that took events in this batch. Needed where ticks are part of the
                log: each must count, however the log is cut into batches.
        """
        for live in self._rooms.pop_due(reached, TICKS):
            place = (live.row.platform, live.row.room)
            work = self._works.get(place)
            if work is not None and not busy:
                # Its events have advanced it; the rest is due in the next batch.
                self._rooms.schedule(live)
                continue
            if work is None:
                work = self._works[place] = _Work(live)
            self._give(work, [Given(None, reached)])

    def finish(self, *, now: int) -> Outcome:
        """Everything that has to be committed."""
        for work in list(self._works.values()):
            try:
                self._encode(work)
            except EvaluationFailed as error:
                log.exception("state_unwritable", room=work.live.state.key)
                self._contain(work, str(error))
                self._encode(work)
        self._gather(now)
        return self._outcome()

    def contain(self, probe: Callable[[Outcome], None], *, now: int) -> Outcome:
        """A reduced outcome, after the store refused that of `finish`.

        Args:
            probe: tries whether the store takes an outcome, and leaves nothing of it there;
                raises `EvaluationFailed` where it does not.
        """
        for work in list(self._works.values()):
            try:
                probe(_share(work))
            except EvaluationFailed as error:
                self._contain(work, str(error), probe)
                self._encode(work)
        self._gather(now)
        return self._outcome()

    def _gather(self, now: int) -> None:
        """Adds the dead letters for failures that the engine and the rooms noted."""
        self.dead += self._failures(now)
        self.dead += self._undecided(now)
        self.dead += self._rooms.unreadable.values()
        self._rooms.unreadable = {}

    @property
    def signals(self) -> list[Signal]:
        """What the rooms found for the second stage."""
        return [signal for work in self._works.values() for signal in work.signals]

    @property
    def empty(self) -> bool:
        """True if nothing was taken and no room was due."""
        return not self._works and self._position is None

    def _outcome(self) -> Outcome:
        outcome = Outcome(
            position=self._position, dead=[*self.dead], contained=dict(self.contained)
        )
        for share in map(_share, self._works.values()):
            outcome.alerts += share.alerts
            outcome.parts |= share.parts
            outcome.rewritten += share.rewritten
            outcome.rooms += share.rooms
        return outcome

    # One room

    def _give(self, work: _Work, given: Sequence[Given]) -> None:
        work.given += given
        try:
            self._evaluate(work, given)
        except EvaluationFailed as error:
            log.exception("engine_failed", room=work.live.state.key)
            self._contain(work, str(error))
        if work.place in self._works:
            self._rooms.schedule(work.live)

    def _evaluate(self, work: _Work, given: Iterable[Given]) -> None:
        """Steps the room; raises `EvaluationFailed`."""
        engine, live = self._engine, work.live
        work.parts = None
        try:
            for (now, is_tick), group in groupby(given, lambda one: (one.now, one.event is None)):
                if is_tick:
                    work.alerts += engine.advance(live.state, now=now)
                    live.read_state()
                else:
                    events = [one.event for one in group if one.event is not None]
                    work.alerts += engine.step(live.state, events, now=now)
                    live.take_up(events, now=now)
                work.signals += engine.signals(live.state)
        except Exception as error:
            if is_outage(error):
                raise
            raise EvaluationFailed(_reason(error)) from error

    def _encode(self, work: _Work) -> None:
        """Encodes the state, and checks that the alerts can be encoded; raises `EvaluationFailed`."""
        live = work.live
        if work.parts is not None:
            return
        try:
            changed = self._engine.changed_parts(live.state)
            if live.whole:
                written = {name: data for name, data in changed.items() if data is not None}
                changed = {**snapshot.parts(live.state), **written}
                work.rewritten = True
                live.whole = False
            for alert in work.alerts:
                encode_alert(alert)
        except Exception as error:
            raise EvaluationFailed(_reason(error)) from error
        work.parts = changed

    # What fails

    def _contain(
        self, work: _Work, reason: str, probe: Callable[[Outcome], None] | None = None
    ) -> None:
        """Repeats a room's work without the inputs that make it fail; those become dead letters.

        Buffered events are suspects as well as the inputs of this batch. If none is at fault the room
        starts anew.
        """
        log.error(
            "room_isolated", room=work.live.state.key, error=kind_of(reason), given=len(work.given)
        )
        waiting = self._engine.waiting(self._renewed(work).state)
        earlier = [Given(event, work.live.row.last_arrival_ms) for event in waiting]
        items = [*earlier, *work.given]
        found = isolate(
            len(items), lambda chosen: self._attempt(work, items, len(earlier), chosen, probe)
        )
        ticks = [found.culprits[index] for index in found.culprits if items[index].event is None]
        if found.hopeless is not None or ticks:
            work.anew = f"no event is at fault: {found.hopeless or ticks[0]}"
            self.contained["room"] += 1
            earlier = []
            found = isolate(len(items), lambda chosen: self._attempt(work, items, 0, chosen, probe))
        if found.hopeless is not None:
            found.good, found.culprits = [], dict.fromkeys(range(len(items)), found.hopeless)
        key = work.live.state.key
        for index in found.culprits:
            event, now = items[index]
            if event is not None:
                self._set_aside(key, event, found.culprits[index], now)
        work.withheld |= {event.id for event, _ in earlier if event} - {
            event.id for index in found.good if (event := items[index].event) is not None
        }
        work.given = [items[index] for index in found.good if index >= len(earlier)]
        live = self._renewed(work)
        if live.whole and not work.given and work.anew is None:
            # A new room without any valid event: nothing to keep.
            self._rooms.forget(live)
            del self._works[work.place]
            return
        self._evaluate(work, work.given)

    def _attempt(
        self,
        work: _Work,
        items: Sequence[Given],
        waiting: int,
        chosen: Sequence[int],
        probe: Callable[[Outcome], None] | None,
    ) -> None:
        """Tries the room's work with some of the items until none is buffered any more. The first
        `waiting` items are in the state's buffer already. Raises `EvaluationFailed`."""
        live = self._renewed(work)
        kept = set(chosen)
        self._engine.withhold(
            live.state,
            {
                event.id
                for index, (event, _) in enumerate(items[:waiting])
                if event is not None and index not in kept
            },
        )
        given = [items[index] for index in chosen if index >= waiting]
        self._evaluate(work, given)
        now = given[-1].now if given else live.row.last_arrival_ms
        self._evaluate(work, [Given(None, now + self._engine.lateness_ms + 1)])
        self._encode(work)
        if probe is not None:
            probe(_share(work))

    def _renewed(self, work: _Work) -> LiveRoom:
        """The room as it was before this batch."""
        place, key = work.place, work.live.state.key
        self._rooms.forget(work.live)
        if work.anew is not None:
            work.live = self._rooms.start_anew(*place, work.anew)
        else:
            work.live = self._rooms.get(*place)
            self._engine.withhold(work.live.state, work.withheld)
        work.alerts, work.signals, work.parts, work.rewritten = [], [], None, False
        stats = self._engine.stats
        # Failures of rules are noted again when the work is repeated.
        stats.failures = [failure for failure in stats.failures if failure.room != key]
        stats.undecided = [late for late in stats.undecided if late.room != key]
        return work.live

    def _set_aside(self, room: str, event: Event, reason: str, now: int) -> None:
        log.error("event_set_aside", room=room, event_id=event.id, error=kind_of(reason))
        self.contained["event"] += 1
        self.dead.append(
            DeadLetter(
                stage="engine",
                source=room,
                reason=reason,
                data=self._log.find(room, event.id) or encode(event),
                first_at=now,
                last_at=now,
                event=event.id,
            )
        )

    def _decode(self, records: Sequence[Record], now: int) -> list[Event]:
        try:
            # “Too far in the future” is checked against the earliest arrival; if that fails, record by record.
            first = min(record.arrived for record in records)
            return decode_lines(b"\n".join([record.data for record in records]), first)
        except InvalidEvent:
            pass
        events = []
        for record in records:
            try:
                events.append(decode(record.data, record.arrived))
            except InvalidEvent as error:
                letter = DeadLetter(
                    stage="decode",
                    source="log",
                    reason=str(error),
                    data=record.data,
                    first_at=now,
                    last_at=now,
                )
                self.dead.append(letter)
        return events

    def _failures(self, now: int) -> list[DeadLetter]:
        """Rules that raised, as the engine noted them."""
        failures, self._engine.stats.failures = self._engine.stats.failures, []
        letters: list[DeadLetter] = []
        counted = Counter((failure.room, failure.rule, failure.event) for failure in failures)
        reasons = {
            (failure.room, failure.rule, failure.event): failure.error for failure in failures
        }
        for (room, rule, event), times in counted.items():
            reason = reasons[room, rule, event]
            log.error("rule_failed", rule=rule, room=room, event_id=event, error=kind_of(reason))
            letters.append(
                DeadLetter(
                    stage="rule" if rule else "engine",
                    source=room,
                    reason=reason,
                    data=self._log.find(room, event) or b"",
                    first_at=now,
                    last_at=now,
                    attempts=times,
                    event=event,
                    rule=rule or None,
                )
            )
        return letters

    def _undecided(self, now: int) -> list[DeadLetter]:
        """Dead letters for late events of which it is no longer known whether they were counted."""
        undecided, self._engine.stats.undecided = self._engine.stats.undecided, []
        if undecided:
            log.warning("events_undecided", events=len(undecided), room=undecided[0].room)
        return [
            DeadLetter(
                stage="engine",
                source=late.room,
                reason="not evaluated: too late to know whether it was counted before",
                data=self._log.find(late.room, late.event) or b"",
                first_at=now,
                last_at=now,
                event=late.event,
                cause="undecided",
            )
            for late in undecided
        ]


def _share(work: _Work) -> Outcome:
    """The part of the outcome that one room contributes."""
    key = work.live.state.key
    return Outcome(
        alerts=work.alerts,
        parts={key: work.parts or {}},
        rewritten=[key] if work.rewritten else [],
        rooms=[work.live.row],
    )


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:REASON_MAX]


def _share_names(events: Iterable[Event], row: RoomRow) -> None:
    """Lets all events of a room share their name strings, a quarter of an event's memory."""
    platform, room, session = row.platform, row.room, row.session
    for event in events:
        event.platform, event.room = platform, room
        if session and event.session == session:
            event.session = session
