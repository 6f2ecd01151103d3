"""Is the Merkle log what its heads say, and are the records what the log says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.errors import ConfigError
from monitor.evidence import custody, heads, ledger
from monitor.evidence.merkle import consistency_proof, root_of, verify_consistency

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.evidence.heads import Head, StoredHead
    from monitor.evidence.keys import KeyEntry, KeyFolder

__all__ = ["Audit", "audit"]

#: Records in the log, and those that are held for alerts: position, arrival, bytes.
_RECORDS = (
    "SELECT position, arrived, data FROM event_log WHERE position > ? ORDER BY position LIMIT ?",
    "SELECT position, arrived, data FROM held_records WHERE position > ? ORDER BY position LIMIT ?",
)
#: Records that are read at a time.
CHUNK = 5_000
#: Problems of one kind that are told one by one.
TOLD = 20


class Audit(Struct, kw_only=True):
    """What was looked at and what was found."""

    origin: str = ""
    leaves: int = 0
    heads: int = 0
    covered: int = 0
    """Leaves under a signed head."""
    records: int = 0
    """Records of the event log that were held against their leaf."""
    before: int = 0
    """Records that are older than the Merkle log."""
    forgotten: int = 0
    """Records that were changed by taking out a viewer, as custody says."""
    custody: int = 0
    problems: list[str] = []

    def tell(self, problem: str) -> None:
        """Notes a problem; of many only the first are told."""
        if len(self.problems) < TOLD:
            self.problems.append(problem)
        elif len(self.problems) == TOLD:
            self.problems.append("… and more")


def audit(connection: Connection, keys: KeyFolder) -> Audit:
    """Checks everything that can be checked from the database and the certificates of the keys."""
    found = Audit(origin=ledger.origin(connection, ledger.EVENTS) or "")
    logs = connection.exec_driver_sql("SELECT log FROM merkle_logs ORDER BY log").scalars().all()
    for name in logs:
        for tile in ledger.Tiles(connection, name).damaged_tiles():
            found.tell(f"log {name}: tile {tile} is not what the tile above it says")
    found.leaves = ledger.Tiles(connection, ledger.EVENTS).size
    _heads(connection, keys, found)
    changed = _custody(connection, found)
    _records(connection, changed, found)
    return found


def _heads(connection: Connection, keys: KeyFolder, found: Audit) -> None:
    entries = {entry.id: entry for entry in keys.all()}
    before: Head | None = None
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
        found.covered = max(found.covered, head.trees[ledger.EVENTS].size)
        before = head


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


def _custody(connection: Connection, found: Audit) -> set[int]:
    """Checks the chain; returns the positions that taking out viewers has changed."""
    chain = custody.records(connection)
    found.custody = len(chain)
    broken = custody.check(chain)
    if broken is not None:
        found.tell(f"record {broken} of custody was changed, or one before it was taken out")
    tiles = ledger.Tiles(connection, custody.LOG)
    if tiles.size != len(chain):
        found.tell(f"custody has {len(chain)} records, its Merkle log {tiles.size}")
    changed: set[int] = set()
    for record in chain:
        leaf = tiles.leaf_of(record.number)
        if leaf is None or tiles.leaf(leaf) != custody.leaf_of(record):
            found.tell(f"record {record.number} of custody is not the one in its Merkle log")
        if record.act == "forgotten":
            changed.update(record.detail.get("positions", ()))
    return changed


def _records(connection: Connection, changed: set[int], found: Audit) -> None:
    tiles = ledger.Tiles(connection, ledger.EVENTS)
    runs = tiles.runs()
    for query in _RECORDS:
        last = 0
        while rows := connection.exec_driver_sql(query, (last, CHUNK)).fetchall():
            for position, arrived, data in rows:
                leaf = ledger.leaf_in(runs, found.leaves, position)
                if leaf is None:
                    found.before += 1
                    continue
                found.records += 1
                # By hand a text can be put in the place of the bytes.
                if isinstance(data, bytes) and tiles.leaf(leaf) == ledger.event_leaf(
                    ledger.EVENTS, position, arrived, data
                ):
                    continue
                if position in changed:
                    found.forgotten += 1
                else:
                    found.tell(f"record {position} is not the one that arrived: it was changed")
            last = int(rows[-1][0])
