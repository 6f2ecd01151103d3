"""What a room hands to the second stage: a sighting that means something beside those of other rooms.

Signals of one *cluster* belong together: the same passage of a script, the same rumour, the same
operator. The cluster is computed in the room, from its own words alone, so that signals of many
rooms meet without anyone seeing all of them. Its key is the unit of order and of state.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from detectors.alerts import Level
from detectors.calendar import DAY_MS, HOUR_MS, beijing_date
from detectors.events import Event, Party, room_key

__all__ = ["Clue", "InvalidSignal", "Signal", "decode", "encode", "period_start", "period_title"]

#: Periods begin on a Monday at midnight in Beijing; 1970-01-05 was one.
_FIRST_MS = 4 * DAY_MS - 8 * HOUR_MS


class InvalidSignal(ValueError):
    """Bytes that are no signal of this version."""


class Clue(Struct, kw_only=True):
    """What a rule found in its room that other rooms may bear out."""

    to: str
    """Rule of the second stage that it is for."""
    cluster: str
    """What it belongs to; without a colon."""
    event: Event
    words: str = ""
    """As they were said."""
    shape: str = ""
    """The words in the form in which they are compared."""


class Signal(Struct, kw_only=True, omit_defaults=True):
    """A clue with its place, and what the room shows of the people behind it."""

    rule: str
    cluster: str
    period: int
    """Number of the period in whose alert it counts; what lies just behind the end of one period
    counts in that and in the next, as two signals."""
    event: Event
    words: str = ""
    shape: str = ""
    host: str | None = None
    operator: Party | None = None
    source: str = ""
    """Rule of the room whose alert it stems from."""
    alert: str = ""
    """That alert's id."""
    level: Level | None = None
    """That alert's level."""

    @property
    def key(self) -> str:
        """Cluster and period: partition key, key of the state. It has no colon, a room's has one."""
        return f"{self.rule}/{self.period}/{self.cluster}"

    @property
    def room(self) -> str:
        """Key of the room (`events.room_key`)."""
        return room_key(self.event.platform, self.event.room)

    @property
    def at(self) -> int:
        return self.event.at

    @property
    def party(self) -> str:
        """Who speaks, as far as it is known: the operator, else the host, else the room alone."""
        operator = self.operator
        if operator is not None and (operator.uscc or operator.name):
            return f"operator:{operator.uscc or operator.name}"
        if self.host:
            return f"host:{room_key(self.event.platform, self.host)}"
        return f"room:{self.room}"


_decoder = msgspec.json.Decoder(Signal)
_encoder = msgspec.json.Encoder()


def encode(signal: Signal) -> bytes:
    """The signal as one JSON object."""
    return _encoder.encode(signal)


def decode(data: bytes) -> Signal:
    """The signal in one JSON object.

    Raises:
        InvalidSignal: it is none.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidSignal(str(error)) from error


def period_start(period: int, length_ms: int) -> int:
    """First moment of a period, ms."""
    return _FIRST_MS + period * length_ms


def periods_of(at: int, length_ms: int, window_ms: int) -> list[int]:
    """The periods in which a moment counts: its own, and the one before just behind its end.

    So each window of `window_ms` lies in the period in which it begins.
    """
    own = (at - _FIRST_MS) // length_ms
    before = (at - window_ms - _FIRST_MS) // length_ms
    return list(range(before, own + 1)) if before < own else [own]


def period_title(period: int, length_ms: int) -> str:
    """“2026-10-05”: the day in Beijing on which a period begins."""
    return str(beijing_date(period_start(period, length_ms)))
