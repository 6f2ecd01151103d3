"""Lists over the whole filter: rooms with their alerts, and matters.

A room's place, counts and hits are of all its alerts that the filter means, on whatever page they
stand. One narrow reading of the filter's rows says how rooms follow each other; bodies are read of
those alone that are shown.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import sqlalchemy as sa

from detectors.alerts import SEVERITY, Level
from monitor.store.queries import (
    SLICE_MAX,
    TIMES_MAX,
    Order,
    conditions,
    count_by_level,
    cursor_of,
    list_alerts,
    place_after,
    place_columns,
    place_in,
    rows_numbered,
)
from monitor.store.rows import AlertFilter, Entry, Overview, Section, Sums
from monitor.store.tables import alert_hits, alerts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

__all__ = ["MEMBERS", "ROOM_ENTRIES", "Fold", "matter_column", "overview", "room_hits", "sums_of_matters", "sums_of_rooms"]  # fmt: skip

#: What makes alerts one matter: nothing, one utterance, or one utterance or product.
Fold = Literal["none", "matter", "product"]
Place = tuple[int, ...]
#: Rows of a room that a list shows; the others are asked for by the room.
ROOM_ENTRIES = 20
#: Alerts of a matter that stand in its row; the others are asked for by the matter.
MEMBERS = 20
#: Alerts of one room that are put in order for a page.
MOST_OF_ROOM = 5_000


class _Narrow(NamedTuple):
    """An alert as far as its place in a list goes."""

    place: Place
    number: int
    level: Level
    hits: int
    last_at: int
    matter: str


def overview(
    connection: Connection,
    wanted: AlertFilter,
    limit: int,
    cursor: str | None,
    *,
    order: Order,
    by_room: bool,
    fold: Fold,
) -> Overview:
    """One page of the feed.

    Args:
        limit: rows that fill a page; a room is not divided between two.
        by_room: rooms with their alerts; else one list.
        fold: alerts of one matter are one row; where rooms are shown, of one matter and room.

    Raises:
        BadCursor: the cursor was not made here.
    """
    if by_room:
        return _rooms(connection, wanted, limit, cursor, order, fold)
    if fold != "none":
        return _matters(connection, wanted, limit, cursor, order, fold)
    counts = count_by_level(connection, wanted)
    page = list_alerts(connection, wanted, limit, cursor, order)
    entries = [Entry(rows=[row]) for row in page.items]
    return Overview(
        sections=[Section(entries=entries)] if entries else [],
        counts=counts, of=sum(counts.values()), next=page.next,
    )  # fmt: skip


def matter_column(fold: Fold) -> ColumnElement[str]:
    """The column that names an alert's matter; of `none` there is no matter, and no column."""
    return alerts.c.matter if fold == "matter" else alerts.c.product_matter


def sums_of_rooms(
    connection: Connection, wanted: AlertFilter, rooms: Iterable[tuple[str, str]] | None = None
) -> dict[tuple[str, str], Sums]:
    """What the alerts of each room come to under a filter; of all rooms that have any, or of some."""
    keys = (alerts.c.platform, alerts.c.room)
    if rooms is None:
        return {
            (name[0], name[1]): sums for name, sums in _sums(connection, keys, conditions(wanted))
        }
    found: dict[tuple[str, str], Sums] = {}
    for platform, room in dict.fromkeys(rooms):
        here = [*conditions(wanted), keys[0] == platform, keys[1] == room]
        found |= {(name[0], name[1]): sums for name, sums in _sums(connection, keys, here)}
    return found


def sums_of_matters(
    connection: Connection,
    wanted: AlertFilter,
    fold: Fold,
    matters: Sequence[str],
    room: tuple[str, str] | None = None,
) -> dict[str, Sums]:
    """What the alerts of each of these matters come to under a filter, everywhere or in one room."""
    column = matter_column(fold)
    where = [*conditions(wanted), column.in_(matters)]
    if room is not None:
        where += [alerts.c.platform == room[0], alerts.c.room == room[1]]
    return {name[0]: sums for name, sums in _sums(connection, (column,), where)}


def room_hits(
    connection: Connection, wanted: AlertFilter, rooms: Iterable[tuple[str, str]], since: int
) -> dict[tuple[str, str], list[int]]:
    """Moments of all hits in each of these rooms, ms, to ten seconds; many in the same ten seconds are
    cut at `SLICE_MAX`."""
    found: dict[tuple[str, str], list[int]] = {}
    for platform, room in dict.fromkeys(rooms):
        query = (
            sa.select(alert_hits.c.at, sa.func.sum(alert_hits.c.hits))
            .join(alerts, alerts.c.id == alert_hits.c.alert)
            .where(
                *conditions(wanted), alerts.c.platform == platform, alerts.c.room == room,
                alert_hits.c.at >= since,
            )
            .group_by(alert_hits.c.at)
            .order_by(alert_hits.c.at)
        )  # fmt: skip
        times = [at for at, hits in connection.execute(query) for _ in range(min(hits, SLICE_MAX))]
        found[platform, room] = times[-TIMES_MAX:]
    return found


def _rooms(
    connection: Connection, wanted: AlertFilter, limit: int, cursor: str | None, order: Order,
    fold: Fold,
) -> Overview:  # fmt: skip
    found = sums_of_rooms(connection, wanted)

    def place(key: tuple[str, str]) -> Place:
        # What rooms show together says more than any of them: it comes first.
        return (int(not key[1]), *found[key].place(order))

    keys = sorted(found, key=place, reverse=True)
    if cursor is not None:
        last = place_in(cursor, 1 + len(place_columns(order)))
        keys = [key for key in keys if place(key) < last]
    sections: list[Section] = []
    shown: list[tuple[Section, list[list[_Narrow]]]] = []
    rows = 0
    for key in keys:
        if rows >= limit:
            break
        here = [*conditions(wanted), alerts.c.platform == key[0], alerts.c.room == key[1]]
        entries = _folded(_narrow(connection, here, order, fold, MOST_OF_ROOM))[:ROOM_ENTRIES]
        section = Section(platform=key[0], room=key[1], sums=found[key])
        section.more = found[key].total - sum(len(entry) for entry in entries)
        sections.append(section)
        shown.append((section, entries))
        rows += len(entries)
    _fill(connection, shown)
    counts: dict[Level, int] = {"lead": 0, "watch": 0, "info": 0}
    for sums in found.values():
        for level, number in sums.counts.items():
            counts[level] += number
    last_shown = keys[len(sections) - 1] if sections and len(sections) < len(keys) else None
    return Overview(
        sections=sections, counts=counts, of=len(found),
        next=cursor_of(place(last_shown)) if last_shown else None,
    )  # fmt: skip


def _matters(
    connection: Connection, wanted: AlertFilter, limit: int, cursor: str | None, order: Order,
    fold: Fold,
) -> Overview:  # fmt: skip
    column, own = matter_column(fold), conditions(wanted)
    place = [sa.func.max(one) for one in place_columns(order)]
    query = sa.select(column, *place).where(*own).group_by(column)
    if cursor is not None:
        query = query.having(place_after(place, cursor))
    found = connection.execute(
        query.order_by(*(one.desc() for one in place)).limit(limit + 1)
    ).all()
    names = [row[0] for row in found[:limit]]
    section = Section()
    entries = _folded(_narrow(connection, [*own, column.in_(names)], order, fold, None))
    _fill(connection, [(section, entries)])
    of = connection.execute(sa.select(sa.func.count(sa.distinct(column))).where(*own))
    return Overview(
        sections=[section] if entries else [],
        counts=count_by_level(connection, wanted),
        of=of.scalar_one(),
        next=cursor_of(found[limit - 1][1:]) if len(found) > limit else None,
    )


def _sums(
    connection: Connection, keys: Sequence[ColumnElement[str]], where: Sequence[ColumnElement[bool]]
) -> list[tuple[tuple[str, ...], Sums]]:
    query = sa.select(
        *keys,
        alerts.c.level,
        sa.func.count(),
        sa.func.sum(alerts.c.hits),
        sa.func.max(alerts.c.last_at),
        sa.func.max(alerts.c.number),
    ).where(*where)
    found: defaultdict[tuple[str, ...], Sums] = defaultdict(Sums)
    for row in connection.execute(query.group_by(*keys, alerts.c.level)):
        fields: tuple[Any, ...] = tuple(row)
        level, count, hits, last_at, number = fields[len(keys) :]
        found[fields[: len(keys)]].add(level, int(count), int(hits), last_at, number)
    return list(found.items())


def _narrow(
    connection: Connection, where: Sequence[ColumnElement[bool]], order: Order, fold: Fold,
    most: int | None,
) -> list[_Narrow]:  # fmt: skip
    place = place_columns(order)
    matter = alerts.c.id if fold == "none" else matter_column(fold)
    query = sa.select(
        alerts.c.number, alerts.c.level, alerts.c.hits, alerts.c.last_at, matter, *place
    ).where(*where)
    query = query.order_by(*(one.desc() for one in place)).limit(most)
    return [
        _Narrow(tuple(row[5:]), row[0], row[1], row[2], row[3], row[4])
        for row in connection.execute(query)
    ]


def _folded(rows: list[_Narrow]) -> list[list[_Narrow]]:
    """The alerts of each matter, the one first that stands for all: the gravest, of these the one
    that was raised first. Matters follow each other as the greatest of their places."""
    matters: dict[str, list[_Narrow]] = {}
    for row in rows:
        matters.setdefault(row.matter, []).append(row)
    places = {
        name: tuple(max(values) for values in zip(*(row.place for row in members), strict=True))
        for name, members in matters.items()
    }
    return [
        sorted(matters[name], key=lambda row: (-SEVERITY[row.level], row.number))
        for name in sorted(matters, key=lambda name: places[name], reverse=True)
    ]


def _fill(connection: Connection, shown: list[tuple[Section, list[list[_Narrow]]]]) -> None:
    """Reads the alerts that are shown, and puts them into their sections."""
    wanted = [row.number for _, entries in shown for entry in entries for row in entry[:MEMBERS]]
    found = {row.number: row for row in rows_numbered(connection, wanted)}
    for section, entries in shown:
        for entry in entries:
            sums = Sums()
            for row in entry:
                sums.add(row.level, 1, row.hits, row.last_at, row.number)
            rows = [found[row.number] for row in entry[:MEMBERS] if row.number in found]
            if rows:
                section.entries.append(Entry(rows=rows, sums=sums))
