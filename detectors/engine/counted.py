"""Which events a room has counted: an event that is delivered again adds nothing.

**The latest ids are kept as they are**, in the order of arrival: an event with one of them is
known, whatever its `at`. An id that leaves them is filed under the minute of its event time, as a
fingerprint of six bytes. What comes on time (not before the watermark) cannot have been filed,
for an id leaves the latest ones only when the watermark has passed its minute; so only a late
event is looked up, in the one part that holds its minute.

**How far this reaches.** A day of event time is forgotten once nothing of it has arrived for as long
as the engine remembers (`Engine.remembered_ms`); only from when to when it had ids is kept. Of a late
event of that time nobody can say whether it was counted, and it is told so (`None`), never guessed.

Fingerprints are the first 48 bits of BLAKE2b: a late event that is new is taken for one of the
n that its minute has with a probability of n / 2**48 (a thousand ids: 4 in 10**12). The latest
ids are looked up by Python's hash of 64 bits, which is keyed anew in each process.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from detectors.calendar import MINUTE_MS
from detectors.engine.known_ids import KnownIds

if TYPE_CHECKING:
    from detectors.engine.shelf import Shelf

__all__ = ["CHUNK", "Counted", "Day", "Latest", "fingerprint"]

#: Latest ids in one part of the state.
CHUNK = 128
#: Minutes of a day.
DAY = 1_440
WIDTH = 6
#: Minutes that stay open behind the watermark, so that what is a little late rewrites nothing.
GRACE = 1
#: Latest ids at most; beyond, ids are filed although their minute still takes events.
CROWDED = 100_000
#: Fingerprints of one minute at most; of further events it is not known whether they were counted.
MINUTE_IDS = 500_000
#: Minutes at hand at most, while late events are looked up.
AT_HAND = 64
#: Ranges of forgotten minutes at most; beyond, the two that lie closest become one.
RANGES = 64
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[str]).decode


def fingerprint(event: str) -> bytes:
    """What is kept of the id of an event for long: `WIDTH` bytes."""
    return blake2b(event.encode(), digest_size=WIDTH).digest()


class Latest(Struct, array_like=True):
    """Some of the latest ids, in the order of arrival."""

    ids: list[str]
    ats: list[int]
    """The event times."""
    begun: int
    """Wall clock, ms, at which the first one arrived."""


class Day(Struct, array_like=True):
    """The minutes of a day in event time in which ids were filed."""

    arrived: int
    """Wall clock, ms, at which the last one had arrived at the latest."""
    minutes: bytes
    """A bit a minute, the first one lowest, in 180 bytes."""


class _Minute:
    """The fingerprints of one minute, at hand."""

    __slots__ = ("added", "packed")

    def __init__(self, packed: bytes = b"") -> None:
        self.packed = packed
        """Sorted, one after the other."""
        self.added: set[bytes] = set()

    def __len__(self) -> int:
        return len(self.packed) // WIDTH + len(self.added)

    def __contains__(self, wanted: bytes) -> bool:
        if wanted in self.added:
            return True
        packed = self.packed
        place = bisect_left(
            range(len(packed) // WIDTH),
            wanted,
            key=lambda index: packed[index * WIDTH : (index + 1) * WIDTH],
        )
        return packed[place * WIDTH : (place + 1) * WIDTH] == wanted

    def pack(self) -> bytes:
        """All fingerprints of the minute, sorted."""
        if self.added:
            packed = self.packed
            known = [packed[start : start + WIDTH] for start in range(0, len(packed), WIDTH)]
            self.packed = b"".join(sorted({*known, *self.added}))
            self.added = set()
        return self.packed


class Counted:
    """The ids of one room: the latest ones, and where the others are filed."""

    __slots__ = (
        "_at_hand",
        "_changed",
        "_numbers",
        "_shelf",
        "ats",
        "crowded",
        "days",
        "forgotten",
        "ids",
        "latest",
        "legacy",
        "part",
        "tail",
        "watchful",
    )

    def __init__(self, changed: set[str], shelf: Shelf) -> None:
        """
        Args:
            changed: the state's own names of parts that have to be written.
            shelf: where the fingerprints lie.
        """
        self._changed = changed
        self._shelf = shelf
        self.ids = KnownIds()
        """The latest ids."""
        self.latest: dict[int, tuple[list[str] | bytes, array[int], int]] = {}
        """The same in the order of arrival, in chunks by number, as `Latest` has them; the ids of all
        but the last one packed."""
        self.tail: list[str] = []
        """The chunk that takes the next id; full: `next_chunk` has to be called."""
        self.ats = array("q")
        """The event times that belong to it."""
        self.part = ""
        """The name of its part."""
        self.days: dict[int, Day] = {}
        """By day, those of which fingerprints are kept."""
        self.forgotten: list[tuple[int, int]] = []
        """Ranges of minutes, the last one included, of which ids were forgotten."""
        self.crowded: set[int] = set()
        """Minutes that still take events on time, and of which ids are filed already."""
        self.watchful = False
        """Must events on time be looked up, too? Their minute is crowded, or ids of it were forgotten."""
        self.legacy: dict[int, list[str]] = {}
        """Chunks of latest ids as they were written before event times were kept with them."""
        self._at_hand: dict[int, _Minute] = {}

    def find(self, event: str, at: int) -> bool | None:
        """Was an event counted that is not among the latest? ``None``: nobody can say any more."""
        number = at // MINUTE_MS
        for first, last in self.forgotten:
            if first <= number <= last:
                return None
        if not self._is_filed(number):
            return False
        minute = self._minute(number)
        if minute is None:
            return None
        if fingerprint(event) in minute:
            return True
        return False if len(minute) < MINUTE_IDS else None

    def next_chunk(self, watermark: int, now: int, *, remembered: int, kept_ms: int | None) -> None:
        """Begins a new chunk of latest ids, and files those of which there are too many.

        Args:
            watermark: of the room; what comes before it is late.
            now: wall clock, ms.
            remembered: latest ids that stay.
            kept_ms: how long fingerprints are kept; ``None``: for ever.
        """
        number = next(reversed(self.latest), -1)
        if number < 0 or len(self.latest[number][1]) >= CHUNK:
            if number >= 0:
                self.latest[number] = _packed(self.latest[number])
            number += 1
            self.latest[number] = ([], array("q"), now)
            self._file(watermark, remembered)
            if kept_ms is not None:
                self.expire(now - kept_ms)
        self._open(number)
        self._changed.add(self.part)

    def _open(self, number: int) -> None:
        """The last chunk takes the next id."""
        ids, self.ats, begun = self.latest[number]
        self.tail = _unpack(ids) if isinstance(ids, bytes) else ids
        self.latest[number] = (self.tail, self.ats, begun)
        self.part = f"latest:{number}"

    def chunk(self, number: int) -> Latest | None:
        """A chunk of the latest ids as it is written; ``None``: there is none of this number."""
        found = self.latest.get(number)
        if found is None:
            return None
        ids, ats, begun = found
        return Latest(_unpack(ids) if isinstance(ids, bytes) else ids, list(ats), begun)

    def expire(self, before: int) -> None:
        """Forgets the days of which nothing has arrived since a moment (wall clock, ms)."""
        for number, day in list(self.days.items()):
            if day.arrived >= before:
                continue
            minutes = _bits(day, number)
            for minute in minutes:
                self._at_hand.pop(minute, None)
                self._shelf.remove(f"minute:{minute}")
            self._forget(minutes[0], minutes[-1])
            del self.days[number]
            self._changed.add(f"day:{number}")
            # What was written before there were fingerprints is older still.
            self._changed.update(f"ids:{chunk}" for chunk in self.legacy)
            for ids in self.legacy.values():
                self.ids.difference_update(ids)
            self.legacy.clear()

    def forget_latest(self) -> None:
        """Forgets the latest ids, too: of a room from which nothing comes any more."""
        for number, (_, ats, _) in self.latest.items():
            if ats:
                self._forget(min(ats) // MINUTE_MS, max(ats) // MINUTE_MS)
            self._changed.add(f"latest:{number}")
        self.latest.clear()
        self.ids.clear()
        self.tail, self.ats, self.part = [], array("q"), ""

    def put_away(self) -> None:
        """Hands the minutes at hand to the shelf."""
        for number, minute in self._at_hand.items():
            if minute.added:
                self._shelf.put(f"minute:{number}", minute.pack())
        self._at_hand.clear()

    def restore(self, number: int, latest: Latest) -> None:
        """Takes a chunk of latest ids, as it was written."""
        self.ids.update(latest.ids)
        self.latest[number] = _packed((latest.ids, array("q", latest.ats), latest.begun))

    def restored(self, watched_since: int, watermark: int) -> None:
        """Brings everything in order after the parts were read.

        Args:
            watched_since: event time of the room's first event.
            watermark: of the room.
        """
        self.latest = dict(sorted(self.latest.items()))
        if self.latest:
            self._open(next(reversed(self.latest)))
        open_from = watermark // MINUTE_MS - GRACE
        for number, day in self.days.items():
            if (number + 1) * DAY > open_from:
                self.crowded.update(minute for minute in _bits(day, number) if minute >= open_from)
        self._look_out(open_from)
        for ids in self.legacy.values():
            self.ids.update(ids)
        if self.legacy and min(self.legacy) > 0 and not self.latest:
            # That version had forgotten the ids that came before its first chunk.
            first, last = watched_since // MINUTE_MS, watermark // MINUTE_MS - 1
            if first <= last:
                self._forget(first, last)

    # Filing -------------------------------------------------------------------------------

    def _file(self, watermark: int, remembered: int) -> None:
        open_from = watermark // MINUTE_MS - GRACE
        if self.watchful:
            self.crowded = {minute for minute in self.crowded if minute >= open_from}
            self._look_out(open_from)
        excess = len(self.ids) - remembered
        # Of many ids many go at once: each time their minutes are written anew.
        if excess < max(2 * CHUNK, len(self.ids) // 8):
            return
        by_minute: dict[int, set[bytes]] = {}
        arrived = 0
        gone: list[str] = []
        for number, (packed, ats, _) in list(self.latest.items()):
            if excess < CHUNK or len(ats) < CHUNK or not isinstance(packed, bytes):
                break
            if len(self.ids) - len(gone) <= CROWDED and max(ats) // MINUTE_MS >= open_from:
                break
            ids = _unpack(packed)
            for event, at in zip(ids, ats, strict=True):
                by_minute.setdefault(at // MINUTE_MS, set()).add(fingerprint(event))
            excess -= len(ids)
            gone += ids
            del self.latest[number]
            self._changed.add(f"latest:{number}")
            # All of its ids were there when the next chunk began.
            arrived = self.latest[number + 1][2]
        if gone:
            self.ids.difference_update(gone)
        for number, fingerprints in by_minute.items():
            minute = self._minute(number)
            if minute is None:
                continue  # Forgotten meanwhile.
            minute.added |= fingerprints
            self._mark(number, arrived)
            if number >= open_from:
                self.crowded.add(number)
        self._look_out(open_from)

    def _minute(self, number: int) -> _Minute | None:
        """The fingerprints of a minute; ``None``: they are not known any more."""
        minute = self._at_hand.get(number)
        if minute is None:
            packed: bytes | None = b""
            if self._is_filed(number):
                packed = self._shelf.get(f"minute:{number}")
            elif any(first <= number <= last for first, last in self.forgotten):
                packed = None
            if packed is None:
                return None
            if len(self._at_hand) >= AT_HAND:
                self.put_away()
            minute = self._at_hand[number] = _Minute(packed)
        return minute

    def _look_out(self, open_from: int) -> None:
        forgotten = bool(self.forgotten) and self.forgotten[-1][1] >= open_from
        self.watchful = bool(self.crowded) or forgotten

    def _is_filed(self, number: int) -> bool:
        day = self.days.get(number // DAY)
        if day is None:
            return False
        bit = number % DAY
        return bool(day.minutes[bit >> 3] >> (bit & 7) & 1)

    def _mark(self, number: int, arrived: int) -> None:
        known = self.days.get(number // DAY)
        minutes = bytearray(known.minutes) if known is not None else bytearray(DAY // 8)
        bit = number % DAY
        minutes[bit >> 3] |= 1 << (bit & 7)
        arrived = max(arrived, known.arrived) if known is not None else arrived
        self.days[number // DAY] = Day(arrived, bytes(minutes))
        self._changed.add(f"day:{number // DAY}")

    def _forget(self, first: int, last: int) -> None:
        merged: list[tuple[int, int]] = []
        for start, end in sorted([*self.forgotten, (first, last)]):
            if merged and start <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        while len(merged) > RANGES:
            gaps = [merged[index + 1][0] - merged[index][1] for index in range(len(merged) - 1)]
            index = gaps.index(min(gaps))
            merged[index : index + 2] = [(merged[index][0], merged[index + 1][1])]
        self.forgotten = merged
        self.watchful = True
        self._changed.add("forgotten")


def _packed(
    chunk: tuple[list[str] | bytes, array[int], int],
) -> tuple[list[str] | bytes, array[int], int]:
    """A chunk with its ids as bytes."""
    ids, ats, begun = chunk
    return (ids if isinstance(ids, bytes) else _pack(ids)), ats, begun


def _bits(day: Day, number: int) -> list[int]:
    """The minutes that are marked, in order."""
    return [number * DAY + bit for bit in range(DAY) if day.minutes[bit >> 3] >> (bit & 7) & 1]
