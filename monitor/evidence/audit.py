"""Is the Merkle log what its heads say, and are the records what the log says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar

from monitor.errors import ConfigError
from monitor.evidence import capture_rows, custody, forgotten, heads, holes, ledger, records
from monitor.evidence.findings import Problems, Remark, clock_went_back
from monitor.evidence.merkle import consistency_proof, root_of, verify_consistency
from monitor.evidence.records import Place
from monitor.evidence.revocation import uncounted
from monitor.evidence.versions import VersionLeaf
from monitor.store import transitions
from monitor.store.bodies import unpack
from monitor.store.dialects import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cryptography import x509
    from sqlalchemy import Connection

    from monitor.evidence.heads import Head, StoredHead
    from monitor.evidence.keys import KeyEntry, KeyFolder

__all__ = ["Audit", "audit"]

#: Versions of alerts that are read at a time.
VERSIONS = 500
#: Problems of one kind that are told one by one.
TOLD = 20


class Audit(Problems, kw_only=True):
    """What was looked at and what was found."""

    most: ClassVar[int] = TOLD

    origin: str = ""
    leaves: int = 0
    heads: int = 0
    covered: int = 0
    """Leaves under a signed head that counts."""
    uncounted: int = 0
    """Heads of a key that was revoked, of which no time stamp shows that they were signed before."""
    records: int = 0
    """Records of the event log that were held against their leaf."""
    before: int = 0
    """Records that are older than the Merkle log."""
    forgotten: int = 0
    """Records that were changed by taking out a viewer, as custody says."""
    versions: int = 0
    """Versions of alerts that were held against their leaf."""
    remarks: list[Remark] = []
    """What is no problem and has to be known."""
    captures: int = 0
    """Screenshots and clips that were held against their leaf."""
    custody: int = 0


def audit(
    connection: Connection,
    keys: KeyFolder,
    roots: Mapping[str, Sequence[x509.Certificate]] | None = None,
    captures: Path | None = None,
) -> Audit:
    """Checks everything that can be checked from the database and the certificates of the keys.

    Args:
        roots: whom each time-stamp authority is trusted by, by its name.
        captures: folder of the files of captures; ``None``: only what was noted of them is checked.
    """
    found = Audit(origin=heads.origin_of(connection) or "")
    for name in ledger.names(connection):
        for tile in ledger.Tiles(connection, name).damaged_tiles():
            found.tell(f"log {name}: tile {tile} is not what the tile above it says")
    logs = ledger.of_events(connection)
    found.leaves = sum(ledger.Tiles(connection, log).size for log in logs)
    _heads(connection, keys, roots or {}, found)
    changed = _custody(connection, found)
    _records(connection, changed, found)
    for hole in holes.holes(connection):
        found.tell(holes.told(hole))
    _versions(connection, found)
    for problem in transitions.damaged(connection):
        found.tell(problem)
    for row, problem in capture_rows.damaged(connection, captures):
        found.captures += row is not None
        if problem:
            found.tell(problem)
    return found


def _heads(
    connection: Connection,
    keys: KeyFolder,
    roots: Mapping[str, Sequence[x509.Certificate]],
    found: Audit,
) -> None:
    entries = {entry.id: entry for entry in keys.all()}
    out = uncounted(connection, list(entries.values()), roots)
    found.uncounted = len(out)
    before: Head | None = None
    number = 0
    for stored in heads.heads(connection):
        found.heads += 1
        try:
            head = heads.read(stored.note)
        except heads.BadHead as error:
            found.tell(f"head {stored.number}: {error}")
            continue
        if head.origin != found.origin:
            found.tell(f"head {stored.number} is of another log: {head.origin}")
        _signature(stored, head, entries, keys, found)
        for name, tree in head.trees.items():
            tiles = ledger.Tiles(connection, name)
            try:
                same = tiles.size >= tree.size and root_of(tree.size, tiles.subtree) == tree.root
            except LookupError as error:
                found.tell(f"head {stored.number}: {error}")
                continue
            if not same:
                found.tell(
                    f"head {stored.number}: the first {tree.size} entries of {name} are not those "
                    "that it was signed over"
                )
                continue
            old = before.trees.get(name) if before is not None else None
            if old is not None and old.size:
                proof = (
                    consistency_proof(old.size, tree.size, tiles.subtree)
                    if (old.size <= tree.size)
                    else []
                )
                if not verify_consistency(old.size, tree.size, proof, old.root, tree.root):
                    found.tell(f"head {stored.number} of {name} does not go on from the one before")
        if before is not None and head.at < before.at and len(found.remarks) < TOLD:
            found.remarks.append(
                clock_went_back(f"head {number}", before.at, f"head {stored.number}", head.at)
            )
        if stored.number not in out:
            found.covered = max(found.covered, sum(_of_events(head).values()))
        before, number = head, stored.number


def _of_events(head: Head) -> dict[str, int]:
    """Sizes of the logs of what arrived."""
    return {name: tree.size for name, tree in head.trees.items() if ledger.stands_for_events(name)}


def _signature(
    stored: StoredHead,
    head: Head,
    entries: dict[str, KeyEntry],
    keys: KeyFolder,
    found: Audit,
) -> None:
    entry = entries.get(stored.key)
    if entry is None:
        found.tell(f"head {stored.number}: there is no key {stored.key} to check it with")
        return
    try:
        certificate = keys.certificate(stored.key)
    except ConfigError as error:
        found.tell(f"head {stored.number}: {error}")
        return
    if not head.signed_by(certificate):
        found.tell(f"head {stored.number}: the signature is not of key {stored.key}")
    elif entry.revoked is not None and head.at >= entry.revoked:
        found.tell(f"head {stored.number} was signed with {stored.key} after that was revoked")


def _custody(connection: Connection, found: Audit) -> set[Place]:
    """Checks the chain; returns the places that taking out viewers has changed."""
    chain = custody.records(connection)
    found.custody = len(chain)
    broken = custody.check(chain)
    if broken is not None:
        found.tell(f"record {broken} of custody was changed, or one before it was taken out")
    tiles = ledger.Tiles(connection, custody.LOG)
    runs = tiles.runs()
    # A chain on PostgreSQL may be older than its log.
    older = runs[0][1] - 1 if runs else 0
    if tiles.size != len(chain) - older:
        found.tell(f"custody has {len(chain)} records, its Merkle log {tiles.size}")
    changed: set[Place] = set()
    for record in chain[older:]:
        leaf = tiles.leaf_of(record.number)
        if leaf is None or tiles.leaf(leaf) != custody.leaf_of(record):
            found.tell(f"record {record.number} of custody is not the one in its Merkle log")
        changed |= forgotten.named_by(record)
    return changed


def _records(connection: Connection, changed: set[Place], found: Audit) -> None:
    for log in ledger.of_events(connection):
        tiles = ledger.Tiles(connection, log)
        runs, size = tiles.runs(), tiles.size
        for record in records.each(connection, log):
            position, data = record.position, record.data
            leaf = ledger.leaf_in(runs, size, position)
            if leaf is None:
                found.before += 1
                continue
            found.records += 1
            # By hand a text can be put in the place of the bytes.
            if isinstance(data, bytes) and tiles.leaf(leaf) == ledger.event_leaf(
                log, position, record.arrived, data
            ):
                continue
            # By taking out a viewer no speech is changed, whatever custody names.
            if Place(log, position) in changed and not (
                isinstance(data, bytes) and forgotten.is_speech(data)
            ):
                found.forgotten += 1
                continue
            named = str(position) if log == ledger.EVENTS else f"{position} of {log}"
            found.tell(f"record {named} is not the one that arrived: it was changed")


def _versions(connection: Connection, found: Audit) -> None:
    """Holds the versions of alerts against their leaves; those written before there were any have
    none."""
    tiles = ledger.Tiles(connection, ledger.ALERTS)
    last = ("", 0)
    while rows := run(
        connection,
        "SELECT leaves.alert, leaves.version, leaves.leaf, leaves.written, leaves.sha256, kept.body"
        " FROM alert_leaves AS leaves LEFT JOIN alert_versions AS kept"
        " ON kept.alert = leaves.alert AND kept.version = leaves.version"
        " WHERE leaves.alert > ? OR (leaves.alert = ? AND leaves.version > ?)"
        " ORDER BY leaves.alert, leaves.version LIMIT ?",
        (last[0], *last, VERSIONS),
    ).fetchall():
        for row in rows:
            found.versions += 1
            named = f"version {row.version} of alert {row.alert}"
            leaf = VersionLeaf(row.version, row.leaf, row.written, bytes(row.sha256).hex())
            if row.leaf >= tiles.size or tiles.leaf(row.leaf) != leaf.hashed(row.alert):
                found.tell(f"{named} is not the one in its Merkle log")
            elif row.body is None:
                found.tell(f"{named} was taken out")
            elif hashlib.sha256(unpack(bytes(row.body))).hexdigest() != leaf.sha256:
                found.tell(f"{named} was changed")
        last = (rows[-1].alert, rows[-1].version)
