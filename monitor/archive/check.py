"""Is the archive what it was when it was written: every byte, every record, every purge."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from monitor.archive import index, purge
from monitor.archive.depot import Missing
from monitor.archive.manifest import LOG, manifest_name
from monitor.archive.parquet import NotParquet, Session
from monitor.archive.reading import BadFile, opened, rows_of
from monitor.errors import ConfigError
from monitor.evidence import custody, forgotten, ledger
from monitor.evidence.findings import Problems
from monitor.evidence.records import Place
from monitor.evidence.seal import BadSeal
from monitor.evidence.seal import verify as verify_seal
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.archive.index import Entry
    from monitor.evidence.keys import KeyFolder

__all__ = ["Checked", "check"]


class Checked(Problems, kw_only=True):
    """What was looked at and what was found."""

    files: int = 0
    records: int = 0
    """Records that were held against their leaf."""
    before: int = 0
    """Records that are older than the Merkle log."""
    forgotten: int = 0
    """Records that were changed by taking out a viewer, as custody says."""
    purged: int = 0
    """Files that are gone, each in the record of a purge."""
    refused: int = 0
    """Files that should be gone and that the store did not delete."""
    purges: int = 0


def check(
    connection: Connection,
    depot: Depot,
    keys: KeyFolder,
    *,
    tell: Callable[[int, int], None] | None = None,
) -> Checked:
    """Reads each file once; one is in memory at a time.

    Args:
        tell: called with the files that were read and those of the whole.

    Raises:
        DepotError: the archive cannot be reached.
    """
    found = Checked()
    changed = _forgotten(connection)
    there = set(depot.names())
    known: set[str] = set()
    tiles: dict[str, ledger.Tiles] = {}
    manifests = ledger.Tiles(connection, LOG)
    count = index.number_of(connection)
    if manifests.size != count:
        found.tell(f"the index has {count} files, the Merkle log of manifests {manifests.size}")
    done = 0
    with Session() as session:
        for entry in index.entries(connection, whole=True):
            done += 1
            try:
                same = manifests.leaf(entry.number - 1) == entry.manifest.leaf
            except (LookupError, IndexError):
                same = False
            if not same:
                found.tell(f"file {entry.number} of the index is not the one in its Merkle log")
            names = (entry.manifest.name, manifest_name(entry.manifest.name))
            if entry.gone:
                found.purged += entry.purge is not None and not entry.replaced
                # The same bytes may have been written again; then they are another entry's.
                continue
            found.refused += bool(entry.refused)
            known.update(names)
            log = entry.manifest.log
            if entry.replaced and not entry.refused:
                found.tell(f"{names[0]} has a viewer in it who was taken out, and is still there")
            if log not in tiles:
                tiles[log] = ledger.Tiles(connection, log)
            _file(depot, session, entry, tiles[log], changed, found)
            if tell is not None:
                tell(done, count)
    found.purges = _purges(connection, keys, found)
    kept = {name for name in there - known if not name.startswith("purges/")}
    for name in sorted(kept):
        found.tell(f"{name} lies in the archive, and the index does not know it or says it is gone")
    return found


def _forgotten(connection: Connection) -> set[Place]:
    """Places of records that were changed by taking out viewers."""
    return forgotten.places(custody.records(connection))


def _file(
    depot: Depot,
    session: Session,
    entry: Entry,
    tiles: ledger.Tiles,
    changed: set[Place],
    found: Checked,
) -> None:
    said = entry.manifest
    found.files += 1
    try:
        beside = depot.get(manifest_name(said.name), entry.versions[1])
        if beside != said.encode():
            found.tell(f"{manifest_name(said.name)} is not the manifest that was written")
    except Missing as error:
        found.tell(str(error))
    try:
        rows = list(rows_of(opened(depot, entry), session))
    except (BadFile, NotParquet) as error:
        found.tell(str(error))
        return
    places = [row.position for row in rows]
    if (len(rows), places[:1], places[-1:]) != (said.count, [said.first], [said.last]):
        found.tell(f"{said.name} has other records than its manifest says")
    for row in rows:
        if row.leaf is None:
            found.before += 1
            continue
        found.records += 1
        hashed = ledger.event_leaf(said.log, row.position, row.arrived, row.data)
        if tiles.leaf(row.leaf) == hashed:
            continue
        if Place(said.log, row.position) in changed:
            found.forgotten += 1
        else:
            found.tell(f"{said.name}: record {row.position} is not the one that arrived")


def _purges(connection: Connection, keys: KeyFolder, found: Checked) -> int:
    rows = run(
        connection, "SELECT number, record, seal, key FROM archive_purges ORDER BY number"
    ).fetchall()
    for row in rows:
        if row.record is None:
            found.tell(f"purge {row.number} was begun and is not finished")
            continue
        body = bytes(row.record)
        told = custody.of(connection, [purge.subject(row.number)])
        digest = hashlib.sha256(body).hexdigest()
        if [one.detail.get("record_sha256") for one in told] != [digest]:
            found.tell(f"the record of purge {row.number} is not the one that custody names")
        try:
            verify_seal(bytes(row.seal), body, keys.certificate(row.key))
        except (BadSeal, ConfigError) as error:
            found.tell(f"the seal of purge {row.number}: {error}")
        try:
            record = msgspec.json.decode(body, type=purge.PurgeRecord)
        except msgspec.MsgspecError as error:
            found.tell(f"the record of purge {row.number} cannot be read: {error}")
            continue
        wrong = purge.check(record)
        if wrong is not None:
            found.tell(f"purge {row.number}: {wrong}")
        listed = {file.number for file in record.files}
        gone = {
            entry.number
            for entry in index.entries(connection, "purge = ?", (row.number,), whole=True)
            if entry.gone
        }
        if not gone <= listed:
            found.tell(f"purge {row.number} lists other files than those that are gone")
    gone_in = {row.number for row in rows}
    for entry in index.entries(connection, "purge IS NOT NULL", whole=True):
        if entry.purge not in gone_in:
            found.tell(f"file {entry.number} is gone, and no purge says so")
    return len(rows)
