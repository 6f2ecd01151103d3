"""Captures: screenshots and clips that an officer or a source supplies, fixed at the door.

A capture belongs to a room and a time. While its bytes come in they are hashed and bounded; then the
file lies beside the store under its own digest, and one transaction notes it, adds its leaf to the
Merkle log `captures` and a record to custody. What was said of it when it came in (`Capture`) is kept
as it was written then, since its digest is in the leaf, too.

A capture is no event: no rule reads it, so nothing that is supplied later can change an alert.
"""

from __future__ import annotations

import contextlib
import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from detectors.events import room_key
from monitor.evidence import custody, ledger
from monitor.evidence.door import Door, NotTaken
from monitor.evidence.merkle import leaf_hash
from monitor.store import queries
from monitor.store.chain import storable
from monitor.store.dialects import run
from monitor.store.permissions import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from detectors.alerts import Alert
    from monitor.evidence.heads import StoredHead
    from monitor.evidence.media import Media
    from monitor.store.store import Store

__all__ = [
    "Capture",
    "CaptureRow",
    "Captures",
    "Supplied",
    "damaged",
    "leaf_of",
    "of_case",
]

#: A capture belongs to an alert of its room if it was made so long before its first hit or after its
#: last at most, ms.
AROUND_MS = 3_600_000
#: From when on a time can be one, ms: 2015, as for events.
EARLIEST = 1_420_070_400_000
DAY_MS = 86_400_000
#: Captures of one bundle at most, and of one list.
MOST = 500
TEXT = 2_000
#: Files that nobody notes: their upload was killed so long ago, s.
LEFT_S = 3_600.0


class Supplied(Struct, kw_only=True, frozen=True):
    """What is said of a file by whoever supplies it."""

    who: str
    role: str = ""
    way: str
    """`command`, `console`, `api`, or `sender:NAME`."""
    platform: str = ""
    room: str = ""
    alert: str = ""
    """An alert that it is about; of a room of this alert where no room is named."""
    at: int
    """When it was made, as is said, ms."""
    until: int | None = None
    """End of a clip."""
    name: str = ""
    note: str = ""
    url: str = ""
    sent: int | None = None
    """The supplier's clock when it was sent, ms."""
    clock_ahead: int | None = None
    """How far the clock of the device is ahead, as a person has compared it, ms."""


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
        return _SUFFIX[self.capture.type]


_SUFFIX = {
    "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/heic": "heic",
    "video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm",
    "video/x-matroska": "mkv", "video/x-flv": "flv",
}  # fmt: skip


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


class Captures:
    """The captures of one store."""

    def __init__(
        self, store: Store, folder: Path, clock: Callable[[], int], *, least_free: int = 0
    ) -> None:
        """
        Args:
            folder: where their files lie.
            least_free: with less free space on the disk nothing is taken, bytes.
        """
        self._store = store
        self.folder = folder
        self._clock = clock
        self._least_free = least_free

    @contextlib.contextmanager
    def door(self) -> Iterator[Door]:
        """For one file. What was not added when it ends is gone.

        Raises:
            NotTaken: the folder cannot be written.
        """
        try:
            make_folder(self.folder)
            opened = Door(self.folder, self._least_free)
        except OSError as error:
            raise NotTaken(
                "no-room", f"{self.folder} cannot be written: {error.strerror}"
            ) from error
        try:
            yield opened
        finally:
            opened.close()

    def add(self, door: Door, supplied: Supplied) -> tuple[CaptureRow, bool]:
        """Notes a file that has come in; durable when it returns.

        Returns:
            the capture, and whether it is new: the same file of the same room, time and person that
            comes again is the one that is there.

        Raises:
            NotTaken: something is wrong with what is said of it, or with the file.
        """
        media = door.end()
        now = self._clock()
        made = self._made(supplied, door, media, now)
        # Before it is noted: a note without its file would be worse than a file without a note.
        door.place(self.path(made.sha256, media.suffix))

        def job(connection: Connection) -> tuple[CaptureRow, bool]:
            for known in self._read(connection, "WHERE id = ?", made.id):
                return known, False
            if run(connection, "SELECT 1 FROM captures WHERE id = ?", (made.id,)).first():
                raise NotTaken("bad-body", "it was here before, and its time here has passed")
            if not self.path(made.sha256, media.suffix).is_file():
                # Retention took out the same file of another capture in this moment.
                raise NotTaken("no-room", "its file could not be kept: send it again")
            return _insert(connection, made), True

        return self._store.database.write(job)

    def _made(self, supplied: Supplied, door: Door, media: Media, now: int) -> Capture:
        platform, room = self._place(supplied)
        _check(supplied, now)
        sha256 = door.digest("sha256")
        identity = msgspec.json.encode([platform, room, supplied.at, supplied.who, sha256])
        return Capture(
            id=hashlib.sha256(identity).hexdigest()[:32], platform=platform, room=room,
            alert=supplied.alert, at=supplied.at, until=supplied.until, received=now,
            sha256=sha256, sm3=door.digest("sm3"), bytes=door.size, type=media.type,
            name=_plain(supplied.name, 200), who=storable(supplied.who.strip()),
            role=supplied.role, way=supplied.way, note=_plain(supplied.note, TEXT),
            url=_plain(supplied.url, TEXT), sent=supplied.sent,
            received_minus_sent=None if supplied.sent is None else now - supplied.sent,
            clock_ahead=supplied.clock_ahead, livewatch=version("livewatch"),
        )  # fmt: skip

    def _place(self, supplied: Supplied) -> tuple[str, str]:
        platform, room = supplied.platform, supplied.room
        if supplied.alert:
            row = self._store.get_alert(supplied.alert)
            if row is None:
                raise NotTaken("no-such-alert", f"there is no alert {supplied.alert[:64]!r}")
            if not room:
                platform, room = row.alert.platform, row.alert.room
        if not platform or not room or len(platform) > 64 or len(room) > 256:
            raise NotTaken(
                "bad-body", "a capture needs its platform and room, or an alert of one room"
            )
        return _plain(platform, 64), _plain(room, 256)

    def path(self, sha256: str, suffix: str) -> Path:
        """Where a file lies."""
        return self.folder / sha256[:2] / f"{sha256}.{suffix}"

    def file(self, row: CaptureRow) -> Path | None:
        """The file of a capture that is still there."""
        path = self.path(row.sha256, row.suffix)
        return path if path.is_file() else None

    def get(self, capture: str) -> CaptureRow | None:
        """One of them."""
        with self._store.database.read() as connection:
            found = self._read(connection, "WHERE id = ?", capture)
        return found[0] if found else None

    def all(self) -> list[CaptureRow]:
        """The latest, in the order in which they came in."""
        with self._store.database.read() as connection:
            return self._read(
                connection,
                "WHERE number > (SELECT coalesce(max(number), 0) FROM captures) - ?", MOST,
            )  # fmt: skip

    def of_alert(self, alert: Alert) -> list[CaptureRow]:
        """Those that belong to an alert: what a bundle of it has."""
        with self._store.database.read() as connection:
            return of_case(connection, [alert])

    @staticmethod
    def _read(connection: Connection, where: str, *values: object) -> list[CaptureRow]:
        return _rows(connection, where, values)

    def sweep(self, days: float) -> int:
        """Takes out what was received longer ago than that, and no alert is there for any more, with
        its file; custody tells it. 0 days: nothing. Files of killed uploads go, too."""
        gone = self._purge(int(days * DAY_MS)) if days else 0
        now = self._clock() / 1_000
        for left in self.folder.glob(".capture-*.partial"):
            with contextlib.suppress(OSError):
                if now - left.stat().st_mtime > LEFT_S:
                    left.unlink()
        return gone

    def _purge(self, age_ms: int) -> int:
        now = self._clock()
        with self._store.database.read() as connection:
            old = self._read(connection, "WHERE received < ? AND body IS NOT NULL", now - age_ms)
            due = [row for row in old if not _is_needed(connection, row)]
        for row in due:

            def job(connection: Connection, row: CaptureRow = row) -> None:
                run(connection, "UPDATE captures SET body = NULL WHERE number = ?", (row.number,))
                if not self._read(connection, "WHERE sha256 = ? AND body IS NOT NULL", row.sha256):
                    self.path(row.sha256, row.suffix).unlink(missing_ok=True)
                custody.append(
                    connection, "purged", who="livewatch", at=now, why="retention",
                    subject=f"capture:{row.capture.id}", detail={"sha256": row.sha256},
                )  # fmt: skip

            self._store.database.write(job)
        return len(due)


def _check(supplied: Supplied, now: int) -> None:
    """Refuses what nobody could make sense of later."""
    latest = now + DAY_MS
    if not supplied.who.strip() or len(supplied.who) > custody.WHO_MAX:
        raise NotTaken("bad-body", f"who supplies it: 1 to {custody.WHO_MAX} characters")
    if not EARLIEST <= supplied.at <= latest:
        raise NotTaken("bad-body", "`at` is when it was made, from 2015 to a day from now")
    if supplied.until is not None and not supplied.at <= supplied.until <= latest:
        raise NotTaken("bad-body", "`until` is not before `at`")
    for moment in (supplied.sent, supplied.clock_ahead):
        if moment is not None and abs(moment) > 2**53 - 1:
            raise NotTaken("bad-body", "a time of a clock is a number of milliseconds")
    if len(supplied.note) > TEXT or len(supplied.url) > TEXT or len(supplied.way) > 80:
        raise NotTaken("bad-body", f"a note has {TEXT:,} characters at most")


def _plain(text: str, most: int) -> str:
    """A text in one line, as every database gives it back."""
    return storable(" ".join(text.split()))[:most]


def _insert(connection: Connection, made: Capture) -> CaptureRow:
    row = run(connection, "SELECT coalesce(max(number), 0) FROM captures").scalar_one()
    number = int(row) + 1
    body = msgspec.json.encode(made)
    told = hashlib.sha256(body).hexdigest()
    leaf = ledger.append(
        connection, ledger.CAPTURES, [leaf_of(number, made.received, made.sha256, told)],
        position=number,
    )  # fmt: skip
    run(
        connection,
        "INSERT INTO captures (number, id, room, alert, at, until, received, sha256, told, leaf,"
        " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number, made.id, room_key(made.platform, made.room), made.alert, made.at,
            made.at if made.until is None else made.until, made.received, made.sha256, told, leaf,
            body.decode(),
        ),
    )  # fmt: skip
    custody.append(
        connection, "supplied", who=made.who, at=made.received, role=made.role,
        subject=f"capture:{made.id}", why=made.note,
        detail={
            "room": room_key(made.platform, made.room), "alert": made.alert, "at": made.at,
            "sha256": made.sha256, "bytes": made.bytes, "type": made.type, "way": made.way,
        },
    )  # fmt: skip
    return CaptureRow(number, leaf, made.received, made.sha256, body, made)


def _rows(connection: Connection, where: str, values: Sequence[object]) -> list[CaptureRow]:
    query = (
        "SELECT number, leaf, received, sha256, body FROM captures"  # noqa: S608 - ours
        f" {where} ORDER BY number LIMIT {MOST}"
    )
    found = []
    for row in run(connection, query, values):
        if row.body is None:  # taken out; its leaf stays
            continue
        body = row.body.encode()
        capture = msgspec.json.decode(body, type=Capture)
        found.append(
            CaptureRow(int(row.number), int(row.leaf), int(row.received), row.sha256, body, capture)
        )
    return found


def of_case(
    connection: Connection, alerts: Iterable[Alert], last: StoredHead | None = None
) -> list[CaptureRow]:
    """Those that name one of these alerts, and those of their rooms around their time.

    Args:
        last: the head under which they have to lie; ``None``: any.
    """
    found: dict[int, CaptureRow] = {}
    for alert in alerts:
        rooms = {(seen.platform, seen.room) for seen in alert.evidence.rooms}
        if alert.room:
            rooms.add((alert.platform, alert.room))
        begin, end = alert.first_at - AROUND_MS, alert.last_at + AROUND_MS
        some = _rows(connection, "WHERE alert = ?", (alert.id,))
        for place in sorted(rooms):
            some += _rows(
                connection, "WHERE room = ? AND at <= ? AND until >= ?",
                (room_key(*place), end, begin),
            )  # fmt: skip
        found |= {row.number: row for row in some}
    covered = None if last is None else last.size_of(ledger.CAPTURES)
    kept = [row for _, row in sorted(found.items()) if covered is None or row.leaf < covered]
    return kept[:MOST]


def _is_needed(connection: Connection, row: CaptureRow) -> bool:
    """Is there an alert that it belongs to, or a legal hold?"""
    made = row.capture
    if made.alert and queries.get_alert(connection, made.alert) is not None:
        return True
    near = run(
        connection,
        "SELECT id FROM alerts WHERE platform = ? AND room IN (?, '') AND last_at >= ?"
        " ORDER BY last_at",
        (made.platform, made.room, made.at - AROUND_MS),
    )
    for (name,) in near:
        found = queries.get_alert(connection, name)
        if found is not None and row in of_case(connection, [found.alert]):
            return True
    from monitor.archive.holds import held_alerts, is_held

    if not sa.inspect(connection).has_table("archive_holds"):
        return False
    return is_held(connection, room_key(made.platform, made.room)) or (
        made.alert in held_alerts(connection)
    )


def damaged(connection: Connection, folder: Path | None) -> Iterator[tuple[CaptureRow | None, str]]:
    """Every capture, and what is wrong with it: empty if nothing is.

    Args:
        folder: of their files, each of which is read; ``None``: these are not looked at.
    """
    tiles = ledger.Tiles(connection, ledger.CAPTURES)
    last = 0
    while rows := run(
        connection,
        "SELECT number, leaf, received, sha256, told, body FROM captures WHERE number > ?"
        " ORDER BY number LIMIT ?",
        (last, MOST),
    ).fetchall():
        for row in rows:
            named = f"capture {row.number}"
            body = None if row.body is None else row.body.encode()
            wanted = leaf_of(int(row.number), int(row.received), row.sha256, row.told)
            if row.leaf >= tiles.size or tiles.leaf(int(row.leaf)) != wanted:
                yield None, f"{named} is not the one in its Merkle log"
            elif body is not None and hashlib.sha256(body).hexdigest() != row.told:
                yield None, f"what was noted of {named} was changed"
            elif body is not None:
                capture = msgspec.json.decode(body, type=Capture)
                found = CaptureRow(
                    int(row.number), int(row.leaf), int(row.received), row.sha256, body, capture
                )
                yield found, "" if folder is None else _file_problem(folder, found, named)
        last = int(rows[-1].number)


def _file_problem(folder: Path, row: CaptureRow, named: str) -> str:
    path = folder / row.sha256[:2] / f"{row.sha256}.{row.suffix}"
    try:
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == row.sha256
    except OSError as error:
        return f"the file of {named} cannot be read: {error.strerror}"
    return "" if same else f"the file of {named} was changed"
