"""The index of the archive in the database: which files there are, what they hold, where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from monitor.archive.manifest import LOG, Leaves, Manifest
from monitor.evidence import ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

__all__ = ["Entry", "Totals", "add", "entries", "last_of", "number_of", "totals"]

_COLUMNS = (
    "number, kind, room, hour, first, last, count, first_leaf, last_leaf, origin, name, sha256,"
    " size, at, versions, purge, refused"
)


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

    @property
    def gone(self) -> bool:
        """It was taken out by a purge."""
        return not self.refused and self.purge is not None


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
    """Notes a file that is in its place, with its leaf in the log of manifests; its number."""
    number = number_of(connection) + 1
    leaves = manifest.leaves
    connection.exec_driver_sql(
        f"INSERT INTO archive_files ({_COLUMNS})"  # noqa: S608 - columns of ours
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '')",
        (
            number, manifest.kind, manifest.room, manifest.hour, manifest.first, manifest.last,
            manifest.count, leaves.first, leaves.last,
            manifest.origin, manifest.name, manifest.sha256, manifest.size, at,
            msgspec.json.encode(versions).decode(),
        ),
    )  # fmt: skip
    ledger.append(connection, LOG, [manifest.leaf], position=number)
    return number


def number_of(connection: Connection) -> int:
    """Number of the last file."""
    found = connection.exec_driver_sql("SELECT max(number) FROM archive_files")
    return int(found.scalar_one_or_none() or 0)


def last_of(connection: Connection, kind: str, room: str) -> int:
    """Position of the last record of a room that is in the archive; 0: none is."""
    found = connection.exec_driver_sql(
        "SELECT max(last) FROM archive_files WHERE kind = ? AND room = ?", (kind, room)
    )
    return int(found.scalar_one_or_none() or 0)


def entries(
    connection: Connection,
    where: str = "1",
    values: Sequence[Any] = (),
    *,
    whole: bool = False,
) -> Iterator[Entry]:
    """Files in the order in which they were written.

    Args:
        where: a condition of ours over the columns of the table.
        whole: also those that are gone.
    """
    there = "1" if whole else "(purge IS NULL OR refused != '')"
    rows = connection.exec_driver_sql(
        f"SELECT {_COLUMNS} FROM archive_files WHERE ({where}) AND {there} ORDER BY number",  # noqa: S608
        tuple(values),
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
        ),
        at=row.at,
        versions=(file, manifest),
        purge=row.purge,
        refused=row.refused,
    )


def totals(connection: Connection) -> list[Totals]:
    """How much there is, by kind."""
    rows = connection.exec_driver_sql(
        "SELECT kind,"
        " sum(gone = 0) AS files, sum(count * (gone = 0)) AS records, sum(size * (gone = 0)) AS size,"
        " min(CASE WHEN gone = 0 THEN hour END) AS first, max(CASE WHEN gone = 0 THEN hour END) AS last,"
        " sum(gone) AS purged, sum(refused != '') AS refused FROM"
        " (SELECT *, refused = '' AND purge IS NOT NULL AS gone"
        "  FROM archive_files) GROUP BY kind ORDER BY kind"
    )
    return [
        Totals(
            kind=row.kind, files=row.files, records=row.records, size=row.size,
            first_hour=row.first, last_hour=row.last, purged=row.purged, refused=row.refused,
        )
        for row in rows
    ]  # fmt: skip
