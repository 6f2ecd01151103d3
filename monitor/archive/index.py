"""The index of the archive in the database: which files there are, what they hold, where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct

from monitor.archive.manifest import LOG, Leaves, Manifest
from monitor.errors import LivewatchError
from monitor.evidence import ledger
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

__all__ = [
    "AlreadyThere",
    "Entry",
    "Totals",
    "add",
    "entries",
    "last_of",
    "number_of",
    "position_of",
    "totals",
]

_COLUMNS = (
    "number, kind, room, hour, first, last, count, first_leaf, last_leaf, origin, name, sha256,"
    " size, at, versions, purge, refused, replaces, replaced, removed"
)
#: Files that are there, and are read.
_THERE = "replaced IS NULL AND (purge IS NULL OR refused != '')"


class AlreadyThere(LivewatchError):
    """Records of these positions are in another file: somebody else writes the archive, too."""


class Entry(Struct, kw_only=True):
    """One file of the archive."""

    number: int
    """Its place in the Merkle log of manifests, from 1 on."""
    manifest: Manifest
    at: int
    """When it was written, ms."""
    versions: tuple[str, str]
    """That the store has given to the file and to its manifest; empty: it gives none."""
    purge: int | None
    """Number of the purge that took it out or tried to."""
    refused: str
    """In what words the store refused to delete it."""
    replaced: int | None
    """Number of the file that has taken its place."""
    removed: bool
    """Its place was taken, and its bytes are gone from the store."""

    @property
    def gone(self) -> bool:
        """It was taken out by a purge, or by what took its place."""
        return self.removed if self.replaced else not self.refused and self.purge is not None


class Totals(Struct, frozen=True, kw_only=True):
    """How much there is of one kind."""

    kind: str
    files: int
    records: int
    size: int
    """Bytes."""
    first_hour: int | None
    last_hour: int | None
    purged: int
    """Files that were taken out."""
    refused: int
    """Files that should be gone and that the store does not let go of."""


def add(connection: Connection, manifest: Manifest, versions: tuple[str, str], at: int) -> int:
    """Notes a file that is in its place, with its leaf in the log of manifests; its number.

    Raises:
        AlreadyThere: it takes nobody's place, and some of its positions are in another file.
    """
    replaces = "" if manifest.replaces is UNSET else manifest.replaces
    there = last_of(connection, manifest.kind, manifest.room, manifest.origin)
    if not replaces and there is not None and manifest.first <= there:
        raise AlreadyThere(f"records of {manifest.name} are in the archive already")
    number = number_of(connection) + 1
    leaves = manifest.leaves
    run(
        connection,
        f"INSERT INTO archive_files ({_COLUMNS})"  # noqa: S608 - columns of ours
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '', ?, NULL, 0)",
        (
            number, manifest.kind, manifest.room, manifest.hour, manifest.first, manifest.last,
            manifest.count, leaves.first, leaves.last,
            manifest.origin, manifest.name, manifest.sha256, manifest.size, at,
            msgspec.json.encode(versions).decode(), replaces,
        ),
    )  # fmt: skip
    ledger.append(connection, LOG, [manifest.leaf], position=number)
    return number


def number_of(connection: Connection) -> int:
    """Number of the last file."""
    found = run(connection, "SELECT max(number) FROM archive_files")
    return int(found.scalar_one_or_none() or 0)


def last_of(connection: Connection, kind: str, room: str, origin: str) -> int | None:
    """Position of the last record of a room that is in the archive; ``None``: none is.

    Args:
        origin: name of the Merkle log that the positions are of.
    """
    found = run(
        connection,
        "SELECT max(last) FROM archive_files WHERE kind = ? AND room = ? AND origin = ?",
        (kind, room, origin),
    ).scalar_one_or_none()
    return None if found is None else int(found)


def position_of(connection: Connection, log: str) -> tuple[int, int | None] | None:
    """From which position on a log of Kafka's is not in the archive, and the last position of the
    stretch that is being written; ``None``: nothing of it was written yet."""
    row = run(
        connection, "SELECT position, until FROM archive_positions WHERE log = ?", (log,)
    ).first()
    if row is None:
        return None
    return int(row.position), None if row.until is None else int(row.until)


def entries(
    connection: Connection,
    where: str = "1 = 1",
    values: Sequence[Any] = (),
    *,
    whole: bool = False,
) -> Iterator[Entry]:
    """Files in the order in which they were written.

    Args:
        where: a condition of ours over the columns of the table.
        whole: also those that are gone, and those whose place was taken.
    """
    there = "1 = 1" if whole else _THERE
    rows = run(
        connection,
        f"SELECT {_COLUMNS} FROM archive_files WHERE ({where}) AND {there} ORDER BY number",  # noqa: S608 - conditions of ours
        values,
    )
    for row in rows:
        yield _entry(row)


def _entry(row: Any) -> Entry:
    file, manifest = msgspec.json.decode(row.versions)
    return Entry(
        number=row.number,
        manifest=Manifest(
            kind=row.kind,
            origin=row.origin,
            room=row.room,
            hour=row.hour,
            first=row.first,
            last=row.last,
            count=row.count,
            leaves=Leaves(first=row.first_leaf, last=row.last_leaf),
            name=row.name,
            sha256=row.sha256,
            size=row.size,
            replaces=row.replaces or UNSET,
        ),
        at=row.at,
        versions=(file, manifest),
        purge=row.purge,
        refused=row.refused,
        replaced=row.replaced,
        removed=bool(row.removed),
    )


def totals(connection: Connection) -> list[Totals]:
    """How much there is, by kind."""
    rows = run(
        connection,
        "SELECT kind, sum(there) AS files, sum(count * there) AS records, sum(size * there) AS size,"  # noqa: S608 - a condition of ours
        " min(CASE WHEN there = 1 THEN hour END) AS first,"
        " max(CASE WHEN there = 1 THEN hour END) AS last,"
        " sum(CASE WHEN replaced IS NULL THEN 1 - there ELSE 0 END) AS purged,"
        " sum(CASE WHEN refused != '' THEN 1 ELSE 0 END) AS refused FROM"
        f" (SELECT *, CASE WHEN {_THERE} THEN 1 ELSE 0 END AS there FROM archive_files) AS files"
        " GROUP BY kind ORDER BY kind",
    )
    return [
        Totals(
            kind=row.kind, files=int(row.files), records=int(row.records), size=int(row.size),
            first_hour=row.first, last_hour=row.last, purged=int(row.purged), refused=int(row.refused),
        )
        for row in rows
    ]  # fmt: skip
