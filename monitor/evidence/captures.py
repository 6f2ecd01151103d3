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
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from detectors.calendar import DAY_MS
from detectors.events import EARLIEST_MS, room_key
from monitor.archive import holds
from monitor.evidence import capture_rows, custody, ledger
from monitor.evidence.capture_rows import MOST, Capture, CaptureRow, leaf_of, path_of
from monitor.evidence.door import Door, NotTaken
from monitor.store import queries
from monitor.store.chain import storable
from monitor.store.dialects import run
from monitor.store.permissions import make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from detectors.alerts import Alert
    from monitor.evidence.media import Media
    from monitor.store.store import Store

__all__ = ["Captures", "Supplied"]

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
        place = path_of(self.folder, made.sha256, media.suffix)
        door.place(place)

        def job(connection: Connection) -> tuple[CaptureRow, bool]:
            for known in capture_rows.rows(connection, "WHERE id = ?", made.id):
                return known, False
            if run(connection, "SELECT 1 FROM captures WHERE id = ?", (made.id,)).first():
                raise NotTaken("bad-body", "it was here before, and its time here has passed")
            if not place.is_file():
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

    def file(self, row: CaptureRow) -> Path | None:
        """The file of a capture that is still there."""
        path = row.file(self.folder)
        return path if path.is_file() else None

    def get(self, capture: str) -> CaptureRow | None:
        """One of them."""
        with self._store.database.read() as connection:
            found = capture_rows.rows(connection, "WHERE id = ?", capture)
        return found[0] if found else None

    def all(self) -> list[CaptureRow]:
        """The latest, in the order in which they came in."""
        with self._store.database.read() as connection:
            return capture_rows.rows(
                connection,
                "WHERE number > (SELECT coalesce(max(number), 0) FROM captures) - ?", MOST,
            )  # fmt: skip

    def of_alert(self, alert: Alert) -> list[CaptureRow]:
        """Those that belong to an alert: what a bundle of it has."""
        with self._store.database.read() as connection:
            return capture_rows.of_case(connection, [alert])

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
        due: list[CaptureRow] = []
        last = 0
        with self._store.database.read() as connection:
            rooms, alerts = holds.held_rooms(connection), holds.held_alerts(connection)
            while old := capture_rows.rows(
                connection, "WHERE received < ? AND body IS NOT NULL AND number > ?",
                now - age_ms, last,
            ):  # fmt: skip
                due += [
                    row for row in old
                    if room_key(row.capture.platform, row.capture.room) not in rooms
                    and row.capture.alert not in alerts
                    and not _is_needed(connection, row.capture)
                ]  # fmt: skip
                last = old[-1].number
        for row in due:

            def job(connection: Connection, row: CaptureRow = row) -> None:
                run(connection, "UPDATE captures SET body = NULL WHERE number = ?", (row.number,))
                same = "WHERE sha256 = ? AND body IS NOT NULL"
                if not capture_rows.rows(connection, same, row.sha256):
                    row.file(self.folder).unlink(missing_ok=True)
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
    if not EARLIEST_MS <= supplied.at <= latest:
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


def _is_needed(connection: Connection, made: Capture) -> bool:
    """Is there an alert that it belongs to."""
    if made.alert and queries.get_alert(connection, made.alert) is not None:
        return True
    # Of an alert over several rooms neither is named, or its platform alone.
    near = run(
        connection,
        "SELECT id FROM alerts WHERE platform IN (?, '') AND room IN (?, '') AND last_at >= ?"
        " ORDER BY last_at",
        (made.platform, made.room, made.at - capture_rows.AROUND_MS),
    )
    for (name,) in near:
        found = queries.get_alert(connection, name)
        if found is not None and capture_rows.belongs(made, found.alert):
            return True
    return False
