"""Captures as they are noted: each with its leaf, the alerts that it belongs to, and where its file lies."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from detectors.events import room_key
from monitor.evidence import ledger
from monitor.evidence.holding import rooms_of
from monitor.evidence.media import suffix_of
from monitor.evidence.merkle import leaf_hash
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Row

    from detectors.alerts import Alert
    from monitor.evidence.heads import StoredHead

__all__ = [
    "AROUND_MS",
    "MOST",
    "Capture",
    "CaptureRow",
    "belongs",
    "damaged",
    "leaf_of",
    "of_case",
    "path_of",
    "rows",
]

#: A capture belongs to an alert of its room if it was made so long before its first hit or after its
#: last at most, ms.
AROUND_MS = 3_600_000
#: Captures of one bundle at most, and of one list.
MOST = 500


class Capture(Struct, kw_only=True, frozen=True):
    """What is noted at the door."""

    id: str
    platform: str
    room: str
    alert: str
    at: int
    until: int | None
    received: int
    sha256: str
    sm3: str
    """Empty where this machine cannot compute it."""
    bytes: int
    type: str
    name: str
    """Of the file, as it was supplied."""
    who: str
    role: str
    way: str
    note: str
    url: str
    sent: int | None
    received_minus_sent: int | None
    """Two clocks and the way: an upper bound of how far the monitor's is ahead, ms."""
    clock_ahead: int | None
    livewatch: str


class CaptureRow(NamedTuple):
    """A capture with its place in the Merkle log."""

    number: int
    leaf: int
    received: int
    sha256: str
    told: bytes
    """What was noted, as it was written."""
    capture: Capture

    @property
    def suffix(self) -> str:
        """Of its file."""
        return suffix_of(self.capture.type)

    def file(self, folder: Path) -> Path:
        """Where its file lies, or lay."""
        return path_of(folder, self.sha256, self.suffix)

    def is_whole(self, folder: Path) -> bool:
        """Is its file what it was when it came in.

        Raises:
            OSError: it cannot be read.
        """
        with self.file(folder).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256


def path_of(folder: Path, sha256: str, suffix: str) -> Path:
    """Where a file lies in the folder of captures."""
    return folder / sha256[:2] / f"{sha256}.{suffix}"


def leaf_of(number: int, received: int, sha256: str, told: str) -> bytes:
    """Hash of a capture's leaf, over JSON without blanks, keys in order.

    Args:
        told: SHA-256 of what was noted of it.
    """
    line = (
        f'{{"log":"{ledger.CAPTURES}","number":{number},"received":{received},'
        f'"sha256":"{sha256}","told":"{told}"}}'
    )
    return leaf_hash(line.encode())


def rows(connection: Connection, where: str, *values: object) -> list[CaptureRow]:
    """Captures in the order in which they came in, `MOST` at most; not those that were taken out.

    Args:
        where: SQL from `WHERE` on.
        values: of its parameters.
    """
    query = (
        "SELECT number, leaf, received, sha256, body FROM captures"  # noqa: S608 - ours
        f" {where} ORDER BY number LIMIT {MOST}"
    )
    found = run(connection, query, values)
    return [_row(row, row.body.encode()) for row in found if row.body is not None]


def _row(row: Row[tuple[object, ...]], body: bytes) -> CaptureRow:
    capture = msgspec.json.decode(body, type=Capture)
    return CaptureRow(int(row.number), int(row.leaf), int(row.received), row.sha256, body, capture)


def of_case(
    connection: Connection, alerts: Iterable[Alert], last: StoredHead | None = None
) -> list[CaptureRow]:
    """Those that name one of these alerts, and those of their rooms around their time.

    Args:
        last: the head under which they have to lie; ``None``: any.
    """
    found: dict[int, CaptureRow] = {}
    for alert in alerts:
        begin, end = _around(alert)
        some = rows(connection, "WHERE alert = ?", alert.id)
        for place in sorted(rooms_of(alert)):
            some += rows(
                connection, "WHERE room = ? AND at <= ? AND until >= ?",
                room_key(*place), end, begin,
            )  # fmt: skip
        found |= {row.number: row for row in some}
    covered = None if last is None else last.size_of(ledger.CAPTURES)
    kept = [row for _, row in sorted(found.items()) if covered is None or row.leaf < covered]
    return kept[:MOST]


def belongs(capture: Capture, alert: Alert) -> bool:
    """Is it one of those of the alert, as `of_case` looks for them."""
    begin, end = _around(alert)
    until = capture.at if capture.until is None else capture.until
    return capture.alert == alert.id or (
        (capture.platform, capture.room) in rooms_of(alert) and capture.at <= end and until >= begin
    )


def _around(alert: Alert) -> tuple[int, int]:
    return alert.first_at - AROUND_MS, alert.last_at + AROUND_MS


def damaged(connection: Connection, folder: Path | None) -> Iterator[tuple[CaptureRow | None, str]]:
    """Every capture, and what is wrong with it: empty if nothing is.

    Args:
        folder: of their files, each of which is read; ``None``: these are not looked at.
    """
    tiles = ledger.Tiles(connection, ledger.CAPTURES)
    last = 0
    while some := run(
        connection,
        "SELECT number, leaf, received, sha256, told, body FROM captures WHERE number > ?"
        " ORDER BY number LIMIT ?",
        (last, MOST),
    ).fetchall():
        for row in some:
            named = f"capture {row.number}"
            body = None if row.body is None else row.body.encode()
            wanted = leaf_of(int(row.number), int(row.received), row.sha256, row.told)
            if row.leaf >= tiles.size or tiles.leaf(int(row.leaf)) != wanted:
                yield None, f"{named} is not the one in its Merkle log"
            elif body is not None and hashlib.sha256(body).hexdigest() != row.told:
                yield None, f"what was noted of {named} was changed"
            elif body is not None:
                found = _row(row, body)
                yield found, "" if folder is None else _file_problem(folder, found, named)
        last = int(some[-1].number)


def _file_problem(folder: Path, row: CaptureRow, named: str) -> str:
    try:
        whole = row.is_whole(folder)
    except OSError as error:
        return f"the file of {named} cannot be read: {error.strerror}"
    return "" if whole else f"the file of {named} was changed"
