"""A row of a list of broadcasts (罗盘 直播明细): how many watched, liked and ordered in all.

That a broadcast began and ended is not told on: it would say that somebody watched all of it.
"""

from __future__ import annotations

from typing import Literal

from connectors.decoders.decoded import Decoded, Occurrences
from connectors.decoders.table_row import TableRow
from connectors.errors import NotAValue
from connectors.numbers import parse_count
from detectors.events import Counter

__all__ = ["broadcast_row"]

_COUNTS: tuple[Literal["visits", "likes", "orders"], ...] = ("visits", "likes", "orders")


def broadcast_row(row: TableRow, occurrences: Occurrences, out: Decoded) -> None:
    """The events of the row.

    Raises:
        NotAValue: a cell cannot be read; nothing of the row is taken.
    """
    began_at, ended_at = row.instant("began"), row.instant("ended")
    if began_at is None:
        raise NotAValue("the row does not say when the broadcast began")
    counts = {name: parse_count(text) for name in _COUNTS if (text := row.cell(name))}
    # The figures are those of the whole broadcast.
    last_at = ended_at if ended_at is not None and ended_at > began_at else began_at
    session = row.recording.session or row.identifier("broadcast")
    session = session or f"{row.recording.room}-{began_at}"
    identity = occurrences.id("broadcast", session, began_at)
    shared = row.shared(last_at) | {"session": session}
    for name, count in counts.items():
        exact = count.value is not None
        out.take(
            Counter(
                id=f"{identity}-{name}",
                name=name,
                value=count.value,
                low=None if exact else count.low,
                high=None if exact else count.high,
                **shared,
            ),
            row.place,
            row.data,
        )
