"""Records that the embedded log has lost though their time was not over.

Retention takes out what is oldest, a run at the front. A record that has a leaf and is gone behind that run
was taken out by somebody, or by what has its own note (`lost`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from monitor.evidence import ledger, lost
from monitor.store.dialects import run

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Hole", "holes", "told"]

#: Holes that are looked for.
MOST = 1_000


class Hole(NamedTuple):
    """Positions that follow each other and have leaves, and no record."""

    first: int
    last: int
    after: int
    """When the record before them arrived, and the one behind, ms; the same where nothing stands behind."""
    before: int

    @property
    def records(self) -> int:
        """How many are gone."""
        return self.last - self.first + 1


def holes(connection: Connection) -> list[Hole]:
    """Those of the embedded log, in order; a store that follows Kafka has none."""
    if connection.dialect.name != "sqlite":
        return []
    tiles = ledger.Tiles(connection, ledger.EVENTS)
    runs, size = tiles.runs(), tiles.size
    stretches = [
        (position, position + following - leaf)
        for (leaf, position), (following, _) in pairwise([*runs, (size, 0)])
    ]
    floor, top, count = run(
        connection, "SELECT min(position), max(position), count(*) FROM event_log"
    ).one()
    if floor is None or not stretches:
        return []
    floor = max(int(floor), stretches[0][0])
    wanted = sum(max(0, end - max(begin, floor)) for begin, end in stretches)
    if count == wanted and int(top) == stretches[-1][1] - 1:
        return []
    rows = run(
        connection,
        "SELECT position, arrived, next, then_ FROM (SELECT position, arrived,"
        " lead(position) OVER (ORDER BY position) AS next,"
        " lead(arrived) OVER (ORDER BY position) AS then_ FROM event_log)"
        " WHERE next > position + 1 OR next IS NULL ORDER BY position LIMIT ?",
        (MOST,),
    ).fetchall()
    known = lost.of_log(connection, ledger.EVENTS)
    found = []
    for row in rows:
        ends = stretches[-1][1] if row.next is None else int(row.next)
        for begin, end in stretches:
            first, last = max(row.position + 1, begin), min(ends, end) - 1
            if first > last or any(one.first <= first and last <= one.last for one in known):
                continue
            later = row.arrived if row.then_ is None else row.then_
            found.append(Hole(first, last, int(row.arrived), int(later)))
    return found


def told(hole: Hole) -> str:
    """A hole in words."""
    return (
        f"records {hole.first} to {hole.last} are not in the log any more, though records before and behind"
        " them are, or their leaves: retention takes out what is oldest, so somebody took them out"
    )
