"""One batch: records of the log and rooms that are due go in, an `Outcome` comes out.

The engine guards itself against rules that raise. Here is what remains: bytes that are no event
any more (a log written by another version), and a fault in the engine itself, which must cost
one event and not the room.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import structlog

from detectors import snapshot
from detectors.events import InvalidEvent, decode, decode_lines
from monitor.store.rows import DeadLetter, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.alerts import Alert
    from detectors.engine import Engine
    from detectors.events import Event
    from monitor.pipeline.log import EventLog, Record
    from monitor.pipeline.rooms import LiveRoom, Rooms

__all__ = ["Batch"]

log = structlog.get_logger(__name__)

#: Rooms that one batch ticks at most.
TICKS = 500


class Batch:
    """Collects what the engine concludes from records and ticks, room by room."""

    def __init__(self, engine: Engine, rooms: Rooms, events: EventLog) -> None:
        self._engine = engine
        self._rooms = rooms
        self._log = events
        self._touched: dict[tuple[str, str], LiveRoom] = {}
        self.outcome = Outcome()

    def take(self, records: Sequence[Record], *, now: int) -> None:
        """Steps each room with its records, in the order of arrival."""
        if not records:
            return
        by_room: dict[tuple[str, str], list[Event]] = {}
        for event in self._decode(records, now):
            by_room.setdefault((event.platform, event.room), []).append(event)
        for (platform, room), events in by_room.items():
            live = self._rooms.get(platform, room)
            self._touched[platform, room] = live
            try:
                alerts = self._engine.step(live.state, events, now=now)
            except Exception:
                log.exception("engine_failed", room=f"{platform}:{room}")
                alerts = self._step_singly(live, events, now)
            self.outcome.alerts.extend(alerts)
            live.take_up(events, now=now)
            self._rooms.schedule(live)
        self.outcome.position = records[-1].position

    def tick(self, *, reached: int) -> None:
        """Moves on the rooms that are due; goes before `take`.

        `reached` is the wall clock up to which all that arrived was taken by earlier batches.
        """
        for live in self._rooms.pop_due(reached, TICKS):
            try:
                alerts = self._engine.advance(live.state, now=reached)
            except Exception:
                # Back to its last commit; it is due again with its next event.
                log.exception("tick_failed", room=live.state.key)
                self._rooms.forget(live)
                continue
            self._touched[live.row.platform, live.row.room] = live
            self.outcome.alerts.extend(alerts)
            self._rooms.schedule(live)

    def finish(self, *, now: int) -> Outcome:
        """Everything that has to be committed."""
        outcome = self.outcome
        for live in self._touched.values():
            changed = self._engine.changed_parts(live.state)
            if live.whole:
                changed = dict(snapshot.parts(live.state))
                outcome.rewritten.append(live.state.key)
                live.whole = False
            outcome.parts[live.state.key] = changed
            outcome.rooms.append(live.row)
        outcome.dead.extend(self._failures(now))
        return outcome

    @property
    def empty(self) -> bool:
        """Nothing was taken and nothing was due."""
        return not self._touched and self.outcome.position is None

    def _decode(self, records: Sequence[Record], now: int) -> list[Event]:
        try:
            return decode_lines(b"\n".join([record.data for record in records]))
        except InvalidEvent:
            pass
        events = []
        for record in records:
            try:
                events.append(decode(record.data))
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

    def _step_singly(self, live: LiveRoom, events: Sequence[Event], now: int) -> list[Alert]:
        """Sets the room back to its last commit, then leaves out the events that break it."""
        engine = self._engine
        state = self._rooms.restored(live.row.platform, live.row.room)
        alerts: dict[str, Alert] = {}
        for event in events:
            saved = engine.snapshot(state)
            try:
                raised = engine.step(state, [event], now=now)
            except Exception as error:  # noqa: BLE001 - it is kept with its bytes and the reason
                state = engine.restore_snapshot(saved)
                letter = DeadLetter(
                    stage="engine",
                    source=state.key,
                    reason=repr(error),
                    data=self._log.find(state.key, event.id) or b"",
                    first_at=now,
                    last_at=now,
                    event=event.id,
                )
                self.outcome.dead.append(letter)
                continue
            alerts.update((alert.id, alert) for alert in raised)
        live.state = state
        live.whole = True
        return list(alerts.values())

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
                    stage="rule",
                    source=room,
                    reason=reason,
                    data=self._log.find(room, event) or b"",
                    first_at=now,
                    last_at=now,
                    attempts=times,
                    event=event,
                    rule=rule,
                )
            )
        return letters
