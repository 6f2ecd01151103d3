"""Events as they arrive in a room: those that are new and in time wait in the order of event time."""

from __future__ import annotations

from bisect import insort
from operator import attrgetter

from detectors.engine.counted import CHUNK
from detectors.engine.room import RoomState
from detectors.events import Event

__all__ = ["put", "take_in_time"]

_place = attrgetter("at", "rank", "id")


def take_in_time(state: RoomState, events: list[Event], start: int, lateness_ms: int) -> int:
    """Takes events that are new and came in time, all at once, in the order of their arrival: up to
    the first of which either is in doubt, or for whose id a chunk has to begin.

    Args:
        start: the place of the first one.
        lateness_ms: how far the watermark stays behind the greatest event time.

    Returns:
        The place of the event after them.
    """
    sequence, counted = state._sequence, state._counted
    space = CHUNK - len(counted.tail)
    if space in (0, CHUNK) or counted.watchful:
        return start
    run = events if not start and len(events) <= space else events[start : start + space]
    newest, watermark, in_order = sequence.newest, sequence.watermark, True
    taken = 0
    for event in run:
        at = event.at
        if at > newest:
            newest = at
            if at - lateness_ms > watermark:
                watermark = at - lateness_ms
        elif at < watermark:
            break
        else:
            in_order = False
        taken += 1
    ids = [event.id for event in run[:taken]]
    fresh = counted.ids.take(ids)
    if fresh < taken:
        taken = fresh
        newest = max([sequence.newest, *(event.at for event in run[:taken])])
        watermark = max(sequence.watermark, newest - lateness_ms)
    if taken < len(run):
        run, ids = run[:taken], ids[:taken]
    counted.tail += ids
    counted.ats.extend([event.at for event in run])
    sequence.newest, sequence.watermark = newest, watermark
    if in_order:
        sequence.buffer += run
    else:
        for event in run:
            put(sequence.buffer, event)
    return start + taken


def put(buffer: list[Event], event: Event) -> None:
    """Puts an event among those that wait."""
    if not buffer or event.at > buffer[-1].at or _place(buffer[-1]) <= _place(event):
        buffer.append(event)
    else:
        insort(buffer, event, key=_place)
