"""What a room hands over of its crowd: some accounts at a time, with what each did and when.

A batch says beside its accounts how many have done the same in its broadcast and in the room so
far. So whether an overlap of two batches is ordinary follows from these two alone: whatever else
arrives, and in whatever order, can only add to what was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct

from detectors.across.rule import AcrossRule
from detectors.across.signal import Clue, Signal, periods_of
from detectors.alerts import CrowdBroadcast
from detectors.calendar import broadcast_day_of
from detectors.events import Event, Room, Session
from detectors.rule import Context
from detectors.rules.across.operator import clusters_of

__all__ = ["Batch", "Broadcast", "Entry", "Handover", "broadcasts"]

#: Accounts of a batch; batches of one broadcast and kind; how long a batch is collected, ms.
BATCH, MAX_BATCHES, WAIT_MS = 60, 60, 300_000
#: Bits in which it is noted who was handed over in this broadcast.
SEEN_BITS = 16_384
#: Sightings of an operator's week that are kept.
MOST = 2_000


class Entry(Struct, array_like=True, omit_defaults=True):
    """An account, and what it did."""

    name: str
    at: int = 0
    """When, ms; in a batch: how long before the batch's event."""
    words: str = ""
    shape: str = ""
    """Stands for the whole line."""
    keys: list[str] = []
    """Stand for passages of it."""


class Batch(Struct, array_like=True, omit_defaults=True):
    """Accounts that did the same within minutes."""

    kind: str
    number: int
    """Place among the batches of its broadcast and kind."""
    size: int
    """Who did so in the broadcast so far, these included; or, where `SharedPraise` says so, who wrote."""
    so_far: int
    """The same of the room in this period."""
    entries: list[Entry]
    of: int = 0
    """Accounts of the broadcast so far that the rule holds them against, where it says so."""


_encoder = msgspec.json.Encoder()
_batches = msgspec.json.Decoder(Batch)


@lru_cache(maxsize=4_096)
def _decoded(shape: str) -> Batch | None:
    """The batch of a signal; ``None``: another version wrote it."""
    try:
        return _batches.decode(shape)
    except msgspec.MsgspecError:
        return None


class Pending(Struct):
    """Accounts of one kind that are not handed over yet."""

    entries: list[Entry] = []
    event: Event | None = None
    """The latest one's."""
    since: int = 0
    given: int = 0
    """Batches of this broadcast."""
    size: int = 0
    so_far: int = 0
    of: int = 0
    """As in `Batch`."""
    period: int = 0
    seen: bytearray = msgspec.field(default_factory=lambda: bytearray(SEEN_BITS // 8))


class Waiting(Struct):
    """By kind; about 2 kB and a batch each."""

    kinds: dict[str, Pending] = {}


class Handover(AcrossRule):
    """A rule that is told of accounts by the batch."""

    State = Waiting
    reads_crowd = True
    most = MOST

    def note(
        self, ctx: Context, kind: str, event: Event, entry: Entry, *, size: int | None = None,
        of: int = 0,
    ) -> None:  # fmt: skip
        """Takes up what an account did, once a broadcast.

        Args:
            size: of the crowd that it belongs to; ``None``: how many were taken up so far.
            of: as in `Batch`.
        """
        waiting: Waiting = ctx.state
        pending = waiting.kinds.get(kind)
        if pending is None:
            pending = waiting.kinds[kind] = Pending()
        # A few accounts are taken for others that were handed over (Bloom 1970, one hash): that
        # costs an account, never a wrong word.
        bit = crc32(f"{entry.name}\t{entry.shape}".encode()) % SEEN_BITS
        if pending.seen[bit >> 3] >> (bit & 7) & 1 or pending.given >= MAX_BATCHES:
            return
        pending.seen[bit >> 3] |= 1 << (bit & 7)
        period = periods_of(event.at, self.period_ms, 0)[0]
        if period != pending.period:
            pending.period, pending.so_far = period, 0
        if size is None:
            pending.size += 1
            pending.so_far += 1
        else:
            pending.so_far += max(0, size - pending.size)
            pending.size = max(pending.size, size)
        pending.of = max(pending.of, of)
        if not pending.entries:
            pending.since = event.at
            ctx.set_timer(event.at + WAIT_MS, kind)
        entry.at = event.at
        pending.entries.append(entry)
        pending.event = event
        if len(pending.entries) >= BATCH:
            self._give(ctx, kind)

    def on_session(self, ctx: Context, event: Session) -> None:
        waiting: Waiting = ctx.state
        for kind, pending in waiting.kinds.items():
            self._give(ctx, kind)
            pending.given = pending.size = pending.of = 0
            pending.seen = bytearray(SEEN_BITS // 8)

    def on_room(self, ctx: Context, event: Room) -> None:
        if ctx.room.operator is not None:
            for kind in ctx.state.kinds:
                if ctx.now - ctx.state.kinds[kind].since >= WAIT_MS:
                    self._give(ctx, kind)

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        self._give(ctx, key)

    def holds_back(self, memory: Any, key: str) -> bool:
        return True

    def _give(self, ctx: Context, kind: str) -> None:
        pending: Pending = ctx.state.kinds[kind]
        entries, event = pending.entries, pending.event
        operator = ctx.room.operator
        ctx.cancel_timer(kind)
        if operator is None:
            # Nobody knows yet whose room it is; sources show it once in a while.
            del entries[: -BATCH // 2]
            return
        pending.entries, pending.event = [], None
        if not entries or event is None:
            return
        for entry in entries:
            entry.at = event.at - entry.at
        batch = Batch(kind, pending.given, pending.size, pending.so_far, entries, pending.of)
        pending.given += 1
        for cluster in clusters_of(operator)[:1]:
            ctx.clue(
                Clue(
                    to=self.id,
                    cluster=f"{ctx.room.platform}-{cluster}",
                    event=event,
                    shape=_encoder.encode(batch).decode(),
                )
            )

    def place(self, signal: Signal) -> str:
        batch = _decoded(signal.shape)
        kind = f"{batch.kind}{batch.number}" if batch is not None else ""
        return f"{super().place(signal)}\t{signal.event.session}\t{kind}"


class Broadcast:
    """What one broadcast handed over. A room's sightings without a session are one of each broadcast day."""

    __slots__ = ("batches", "first", "number")

    def __init__(self, number: int, first: Signal) -> None:
        self.number = number
        self.first = first
        #: With the time of its event, ms.
        self.batches: list[tuple[int, Batch]] = []

    @property
    def room(self) -> str:
        return self.first.room

    def acts(self, *kinds: str) -> Iterable[tuple[int, Entry]]:
        """Who did what of these kinds, with the time, ms."""
        for at, batch in self.batches:
            if batch.kind in kinds:
                for entry in batch.entries:
                    yield at - entry.at, entry

    def shown(self, *kinds: str) -> CrowdBroadcast:
        """The evidence as an alert carries it."""
        rhythm: dict[int, int] = {}
        names = set()
        for at, entry in self.acts(*kinds):
            names.add(entry.name)
            slot = at - at % WAIT_MS
            rhythm[slot] = rhythm.get(slot, 0) + 1
        event = self.first.event
        return CrowdBroadcast(
            platform=event.platform,
            room=event.room,
            session=event.session,
            accounts=len(names),
            rhythm=[[at, many] for at, many in sorted(rhythm.items())],
        )


def broadcasts(sightings: Iterable[Signal]) -> list[Broadcast]:
    """The broadcasts of sightings in order of time."""
    found: dict[tuple[str, Any], Broadcast] = {}
    for one in sightings:
        batch = _decoded(one.shape)
        if batch is None:
            continue
        key = one.room, one.event.session or broadcast_day_of(one.at)
        if key not in found:
            found[key] = Broadcast(len(found), one)
        found[key].batches.append((one.at, batch))
    return list(found.values())
