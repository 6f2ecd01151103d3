"""A row of a list of broadcasts (罗盘 直播明细): when it began and ended, who watched, what was ordered."""

from __future__ import annotations

from typing import Literal

from connectors.decoders.decoded import Decoded, Occurrences
from connectors.decoders.table_row import TableRow
from connectors.errors import NotAValue
from connectors.numbers import parse_count
from detectors.events import Counter, Event, Session

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
    events: list[Event] = [
        Session(
            id=f"{identity}-started",
            phase="started",
            title=row.cell("broadcast_title"),
            host=row.cell("host"),
            **row.shared(began_at),
        )
    ]
    for name, count in counts.items():
        exact = count.value is not None
        events.append(
            Counter(
                id=f"{identity}-{name}",
                name=name,
                value=count.value,
                low=None if exact else count.low,
                high=None if exact else count.high,
                **row.shared(last_at),
            )
        )
    if last_at > began_at:
        events.append(Session(id=f"{identity}-ended", phase="ended", **row.shared(last_at)))
    for event in events:
        event.session = session
        out.take(event, row.place, row.data)
