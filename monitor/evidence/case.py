"""A case: alerts of one matter with everything that the store knows about them.

Its records are all that the log still has of the rooms concerned up to `AFTER_MS` behind the last
hit, since a verdict may stand on anything that a room has seen from its beginning on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from detectors.alerts import Alert
from detectors.events import room_key
from monitor.archive import recall
from monitor.errors import LivewatchError
from monitor.evidence import custody, ledger
from monitor.evidence.holding import named_by
from monitor.store import queries, transitions
from monitor.store.bodies import unpack
from monitor.store.rows import AlertRow, Transition
from monitor.store.tables import alert_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from monitor.archive.reading import Reader
    from monitor.evidence.custody import CustodyRecord

__all__ = ["AFTER_MS", "Case", "CaseRecord", "NoSuchAlert", "Request", "gather", "records_of"]

#: Behind the last hit, ms of event time.
AFTER_MS = 120_000
#: Records that are read at a time.
CHUNK = 500


class Request(Struct, kw_only=True, frozen=True):
    """What is asked for."""

    alerts: Sequence[str]
    who: str
    why: str = ""
    case: str = ""
    """案号, where there is one."""
    redacted: bool = False
    """Viewers by numbers, original records as digests only."""


class NoSuchAlert(LivewatchError):
    """The store has no alert of this id."""


class _Time(Struct):
    at: int = 0


class CaseRecord(Struct, kw_only=True):
    """A record of the event log as it was received, with its place in the Merkle log."""

    position: int
    room: str
    source: str
    arrived: int
    data: bytes
    leaf: int | None
    """``None``: it is older than the Merkle log."""
    leaf_hash: bytes = b""
    intact: bool = True
    """The bytes are those that arrived; else a viewer was forgotten."""


class CaseAlert(Struct, kw_only=True):
    """One alert of the case."""

    row: AlertRow
    versions: list[tuple[int, bytes]]
    """Number and JSON of each that is kept, oldest first."""
    history: list[Transition]

    @property
    def alert(self) -> Alert:
        """Its latest version."""
        return self.row.alert


class Case(Struct, kw_only=True):
    """What goes into a bundle, beside the records."""

    alerts: list[CaseAlert]
    positions: list[int]
    """Of its records, ascending."""
    custody: list[CustodyRecord]
    named: int = 0
    """Events that the alerts name as their evidence."""
    lacking: list[str] = []
    """Ids of those that the log does not have any more."""

    @property
    def first(self) -> Alert:
        """The alert that the case is named after."""
        return self.alerts[0].alert


def gather(connection: Connection, ids: Sequence[str], archive: Reader | None = None) -> Case:
    """Collects a case.

    Args:
        archive: where to look for what the log has let go of (`recall.opened`).

    Raises:
        NoSuchAlert: one of the ids is none.
        DepotError: the archive cannot be reached.
    """
    found: list[CaseAlert] = []
    for alert in sorted(set(ids)):
        row = queries.get_alert(connection, alert)
        if row is None:
            raise NoSuchAlert(f"there is no alert {alert[:64]!r}")
        query = sa.select(alert_versions.c.version, alert_versions.c.body).where(
            alert_versions.c.alert == alert
        )
        versions = [
            (int(version), unpack(bytes(body)))
            for version, body in connection.execute(query.order_by(alert_versions.c.version))
        ]
        history = transitions.history(connection, alert)
        found.append(CaseAlert(row=row, versions=versions, history=history))
    found.sort(key=lambda one: (one.alert.first_at, one.alert.id))
    rooms: dict[tuple[str, str], int] = {}
    names: set[tuple[str, str]] = set()
    for one in found:
        alert_ = one.alert
        places = [(seen.platform, seen.room, seen.at) for seen in alert_.evidence.rooms]
        if alert_.room:
            places.append((alert_.platform, alert_.room, alert_.last_at))
        for platform, room, _ in places:
            until = alert_.last_at + AFTER_MS
            rooms[platform, room] = max(rooms.get((platform, room), 0), until)
        names.update(named_by(alert_))
    if archive is not None:
        named = {room_key(*place): until for place, until in rooms.items()}
        recall.fetch(connection, archive, named)
    positions: list[int] = []
    for (platform, room), until in rooms.items():
        positions += _positions(connection, room_key(platform, room), until)
    lacking = [event for room, event in sorted(names) if not _known(connection, room, event)]
    subjects = [f"alert:{one.alert.id}" for one in found]
    return Case(
        alerts=found,
        positions=sorted(positions),
        custody=custody.of(connection, subjects),
        named=len(names),
        lacking=lacking,
    )


def _positions(connection: Connection, room: str, until: int) -> list[int]:
    """Records of a room up to a moment of event time; what is no event stays in."""
    tables = _tables(connection)
    query = " UNION ".join(f"SELECT position FROM {table} WHERE room = ?" for table in tables)  # noqa: S608
    rows = connection.exec_driver_sql(query, (room,) * len(tables))
    wanted = []
    for some in _chunks(sorted(int(position) for (position,) in rows)):
        for position, _, _, _, data in _read(connection, some):
            if _at(data) <= until:
                wanted.append(position)
    return wanted


def _at(data: bytes) -> int:
    try:
        return msgspec.json.decode(data, type=_Time).at
    except msgspec.MsgspecError:
        return 0


def _known(connection: Connection, room: str, event: str) -> bool:
    tables = _tables(connection)
    query = " UNION ALL ".join(
        f"SELECT 1 FROM {table} WHERE room = ? AND event = ?"  # noqa: S608 - tables of ours
        for table in tables
    )
    found = connection.exec_driver_sql(query, (room, event) * len(tables))
    return found.first() is not None


def _tables(connection: Connection) -> list[str]:
    """Where records are, the surest first: what is held stays as it arrived, also where a viewer was
    forgotten in the log meanwhile."""
    archived = [recall.TABLE] if recall.is_there(connection) else []
    return ["held_records", "event_log", *archived]


def records_of(connection: Connection, case: Case) -> Iterator[CaseRecord]:
    """The records of a case in the order of their arrival, a few hundred in memory at a time."""
    tiles = ledger.Tiles(connection, ledger.EVENTS)
    runs = tiles.runs()
    size = tiles.size
    for some in _chunks(case.positions):
        for position, room, source, arrived, data in _read(connection, some):
            record = CaseRecord(
                position=position, room=room, source=source, arrived=arrived, data=bytes(data),
                leaf=ledger.leaf_in(runs, size, position),
            )  # fmt: skip
            if record.leaf is not None:
                record.leaf_hash = tiles.leaf(record.leaf)
                record.intact = record.leaf_hash == ledger.event_leaf(
                    ledger.EVENTS, position, arrived, record.data
                )
            yield record


def _read(connection: Connection, positions: Sequence[int]) -> list[Any]:
    wanted = msgspec.json.encode(positions).decode()
    found: dict[int, Any] = {}
    for table in _tables(connection):
        rows = connection.exec_driver_sql(
            f"SELECT position, room, source, arrived, data FROM {table}"  # noqa: S608 - tables of ours
            " WHERE position IN (SELECT value FROM json_each(?))",
            (wanted,),
        )
        for row in rows:
            found.setdefault(int(row[0]), row)
    return [found[position] for position in sorted(found)]


def _chunks(positions: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(positions), CHUNK):
        yield positions[start : start + CHUNK]
