"""A case: alerts of one matter with everything that the store knows about them.

Its records are all that the log still has of the rooms concerned up to `AFTER_MS` behind the last
hit, since a verdict may stand on anything that a room has seen from its beginning on.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import sqlalchemy as sa
from msgspec import Struct

from detectors.alerts import Alert
from detectors.events import room_key
from monitor.archive import recall
from monitor.archive.parquet import time_of
from monitor.errors import LivewatchError
from monitor.evidence import capture_rows, custody, heads, ledger, records
from monitor.evidence.holding import named_by, rooms_of
from monitor.evidence.records import Places
from monitor.evidence.versions import VersionLeaf, of_alert
from monitor.store import queries, transitions
from monitor.store.bodies import unpack
from monitor.store.rows import AlertRow, Transition
from monitor.store.tables import alert_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from monitor.archive.reading import Reader
    from monitor.evidence.capture_rows import CaptureRow
    from monitor.evidence.custody import CustodyRecord

__all__ = [
    "AFTER_MS",
    "Case",
    "CaseRecord",
    "NoSuchAlert",
    "NotCovered",
    "Request",
    "gather",
    "records_of",
]

#: Who collects, since when, and with which keys: acts that are about every case.
COLLECTING: tuple[custody.Act, ...] = ("started", "key-made", "key-revoked")
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


class NotCovered(LivewatchError):
    """A version of an alert was written after the last head was signed: sign another one, and look
    again."""


class CaseRecord(Struct, kw_only=True):
    """A record of the event log as it was received, with its place in the Merkle log."""

    log: str
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
    leaves: dict[int, VersionLeaf]
    """Of the versions in the Merkle log, by number."""

    @property
    def alert(self) -> Alert:
        """Its latest version."""
        return self.row.alert


class Case(Struct, kw_only=True):
    """What goes into a bundle, beside the records."""

    alerts: list[CaseAlert]
    places: Places
    """Of its records."""
    custody: list[CustodyRecord]
    named: int = 0
    """Events that the alerts name as their evidence."""
    lacking: list[str] = []
    """Ids of those that the log does not have any more."""
    captures: list[CaptureRow] = []
    """Screenshots and clips of its rooms around its time, and those that name an alert of it."""
    later: int = 0
    """Records that are left out, since they arrived after the last head was signed."""
    later_span: tuple[int, int] | None = None
    """Event time of the first and the last of them, ms."""

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
        NotCovered: an alert has just changed.
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
        leaves = of_alert(connection, alert)
        found.append(CaseAlert(row=row, versions=versions, history=history, leaves=leaves))
    found.sort(key=lambda one: (one.alert.first_at, one.alert.id))
    rooms: dict[tuple[str, str], int] = {}
    names: set[tuple[str, str]] = set()
    for one in found:
        alert_ = one.alert
        for platform, room in rooms_of(alert_):
            until = alert_.last_at + AFTER_MS
            rooms[platform, room] = max(rooms.get((platform, room), 0), until)
        names.update(named_by(alert_))
    if archive is not None:
        named = {room_key(*place): until for place, until in rooms.items()}
        recall.fetch(connection, archive, named)
    last = heads.last_head(connection)
    for one in found:
        for number, leaf in one.leaves.items():
            if last is not None and leaf.leaf >= last.size_of(ledger.ALERTS):
                raise NotCovered(f"version {number} of alert {one.alert.id} was written just now")
    places, later = Places(), array("q")
    for (platform, room), until in rooms.items():
        later.extend(_add(connection, places, room_key(platform, room), until, last))
    lacking = [
        event for room, event in sorted(names) if records.find(connection, room, event) is None
    ]
    supplied = capture_rows.of_case(connection, [one.alert for one in found], last)
    subjects = [f"alert:{one.alert.id}" for one in found]
    subjects += [f"capture:{row.capture.id}" for row in supplied]
    subjects += [f"room:{room_key(*place)}" for place in rooms]
    return Case(
        alerts=found,
        places=places,
        custody=custody.of(connection, subjects, COLLECTING),
        named=len(names),
        lacking=lacking,
        captures=supplied,
        later=len(later),
        later_span=(min(later), max(later)) if later else None,
    )


def _add(
    connection: Connection, places: Places, room: str, until: int, last: heads.StoredHead | None
) -> array[int]:
    """Adds the records of a room up to a moment of event time, and what is no event; those that a signed
    head covers, and those that are older than their log: a room goes on while its bundle is made, and what
    has arrived since is in the next one. Returns the times of these, ms."""
    found = records.of_room(connection, room)
    ends = {log: _end(connection, log, last) for log in found.logs}
    later = array("q")
    for some in found.chunks(CHUNK):
        for one in records.read(connection, some):
            if (time_of(one.data) or 0) > until:
                continue
            end = ends[one.log]
            if end is None or one.position < end:
                places.add(one.log, one.position)
            else:
                later.append(time_of(one.data) or one.arrived)
    return later


def _end(connection: Connection, log: str, last: heads.StoredHead | None) -> int | None:
    """The position behind the last that a head covers; ``None``: there is no log, or no head, and all
    records are older."""
    if last is None:
        return None
    tiles = ledger.Tiles(connection, log)
    size = last.size_of(log)
    runs = [(leaf, position) for leaf, position in tiles.runs() if leaf < size]
    return runs[-1][1] + size - runs[-1][0] if runs else (0 if tiles.size else None)


def records_of(connection: Connection, case: Case) -> Iterator[CaseRecord]:
    """The records of a case by log in the order of their arrival, a few hundred in memory at a time."""
    trees: dict[str, tuple[ledger.Tiles, list[tuple[int, int]], int]] = {}
    for some in case.places.chunks(CHUNK):
        for one in records.read(connection, some):
            if one.log not in trees:
                tiles = ledger.Tiles(connection, one.log)
                trees[one.log] = (tiles, tiles.runs(), tiles.size)
            tiles, runs, size = trees[one.log]
            record = CaseRecord(
                log=one.log, position=one.position, room=one.room, source=one.source,
                arrived=one.arrived, data=bytes(one.data),
                leaf=ledger.leaf_in(runs, size, one.position),
            )  # fmt: skip
            if record.leaf is not None:
                record.leaf_hash = tiles.leaf(record.leaf)
                record.intact = record.leaf_hash == ledger.event_leaf(
                    one.log, one.position, one.arrived, record.data
                )
            yield record
