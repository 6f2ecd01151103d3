"""One batch: records of the log and rooms that are due go in, an `Outcome` comes out.

The engine guards itself against rules that raise and events that it cannot evaluate; it notes
them, and here they become dead letters with their bytes. What remains are bytes that are no
event any more (a log written by another version), and a fault of the engine outside of any
event, which must cost one batch of one room and not the monitor.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

import structlog

from detectors import snapshot
from detectors.events import InvalidEvent, decode, decode_lines, room_key
from monitor.store.rows import DeadLetter, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detectors.across.signal import Signal
    from detectors.engine import Engine
    from detectors.events import Event
    from monitor.pipeline.log import Record
    from monitor.pipeline.rooms import LiveRoom, Rooms

__all__ = ["Batch", "Finder"]

log = structlog.get_logger(__name__)

#: Rooms that one batch ticks at most.
TICKS = 500


class Finder(Protocol):
    """Where the bytes of an event are found again; the log."""

    def find(self, room: str, event: str) -> bytes | None:
        """The bytes, ``None`` when they are gone."""
        ...


class Batch:
    """Collects what the engine concludes from records and ticks, room by room."""

    def __init__(self, engine: Engine, rooms: Rooms, events: Finder) -> None:
        self._engine = engine
        self._rooms = rooms
        self._log = events
        self._touched: dict[tuple[str, str], LiveRoom] = {}
        self.signals: list[Signal] = []
        """What the rooms found for the second stage."""
        self.outcome = Outcome()

    def take(self, records: Sequence[Record], *, now: int) -> None:
        """Steps each room with its records, in the order of arrival."""
        if not records:
            return
        by_room: dict[tuple[str, str], list[Event]] = {}
        for event in self._decode(records, now):
            by_room.setdefault((event.platform, event.room), []).append(event)
        self._step(by_room, now)
        self.outcome.position = records[-1].position

    def _step(self, by_room: Mapping[tuple[str, str], Sequence[Event]], now: int) -> None:
        for (platform, room), events in by_room.items():
            live = self._rooms.get(platform, room)
            self._touched[platform, room] = live
            try:
                alerts = self._engine.step(live.state, events, now=now)
            except Exception:
                log.exception("engine_failed", room=room_key(platform, room))
                # Back to its last commit; what it was given is kept and can be sent again.
                self._rooms.forget(live)
                del self._touched[platform, room]
                self._bury(live.state.key, events, now)
                continue
            self.outcome.alerts.extend(alerts)
            self.signals.extend(self._engine.signals(live.state))
            live.take_up(events, now=now)
            self._rooms.schedule(live)

    def tick(self, *, reached: int, busy: bool = False) -> None:
        """Moves on the rooms that are due and have just taken nothing; goes after `take`.

        `reached` is the wall clock up to which all that arrived was taken. With `busy` the rooms
        that have just taken something move on, too: where ticks are part of the log, each of
        them counts, however the log is cut into batches.
        """
        for live in self._rooms.pop_due(reached, TICKS):
            if not busy and (live.row.platform, live.row.room) in self._touched:
                # Its events have moved it on; what is left comes with the next batch.
                self._rooms.schedule(live)
                continue
            try:
                alerts = self._engine.advance(live.state, now=reached)
            except Exception:
                # Back to its last commit; it is due again with its next event.
                log.exception("tick_failed", room=live.state.key)
                self._rooms.forget(live)
                continue
            self._touched[live.row.platform, live.row.room] = live
            self.outcome.alerts.extend(alerts)
            self.signals.extend(self._engine.signals(live.state))
            self._rooms.schedule(live)

    def finish(self, *, now: int) -> Outcome:
        """Everything that has to be committed."""
        outcome = self.outcome
        for live in self._touched.values():
            changed = self._engine.changed_parts(live.state)
            if live.whole:
                written = {name: data for name, data in changed.items() if data is not None}
                changed = {**snapshot.parts(live.state), **written}
                outcome.rewritten.append(live.state.key)
                live.whole = False
            outcome.parts[live.state.key] = changed
            outcome.rooms.append(live.row)
        outcome.dead.extend(self._failures(now))
        outcome.dead.extend(self._undecided(now))
        outcome.dead.extend(self._rooms.unreadable)
        self._rooms.unreadable = []
        return outcome

    @property
    def empty(self) -> bool:
        """Nothing was taken and nothing was due."""
        return not self._touched and self.outcome.position is None

    def _decode(self, records: Sequence[Record], now: int) -> list[Event]:
        try:
            # The first to arrive decides what lies ahead; where one does, each is asked by its own.
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
                self.outcome.dead.append(letter)
        return events

    def _bury(self, room: str, events: Sequence[Event], now: int) -> None:
        self.outcome.dead.extend(
            DeadLetter(
                stage="engine",
                source=room,
                reason="the engine failed on a batch with this event",
                data=self._log.find(room, event.id) or b"",
                first_at=now,
                last_at=now,
                event=event.id,
            )
            for event in events
        )

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
            log.error("rule_failed", rule=rule, room=room, event_id=event, error=reason)
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
        """Events that may have been counted before the room forgot: kept, and not counted."""
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
