"""Takes files out of the archive when they have had their time, and proves which these were.

A purge is noted before its first file goes, so that one that was interrupted is finished, not
forgotten. Its record lists each file with its manifest, shows by one proof that these manifests lie
in the Merkle log under a signed head, and names what the store did not let go of. The record is
sealed with the key of the evidence, lies in the archive, and its SHA-256 is in custody.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from connectors.logger import logger
from detectors.calendar import DAY_MS, HOUR_MS
from monitor.archive import holds, index
from monitor.archive.depot import remove_both
from monitor.archive.manifest import LOG, Manifest
from monitor.evidence import custody, heads, ledger
from monitor.evidence.merkle import shared_proof, verify_shared
from monitor.evidence.proofs import cut, joined
from monitor.evidence.seal import seal
from monitor.store.dialects import cursor_of, run
from monitor.store.rows import MONITOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.config import Archive
    from monitor.evidence.keeper import Keeper
    from monitor.store.database import Connections

__all__ = [
    "FORMAT",
    "PurgeRecord",
    "Refusal",
    "by_policy",
    "candidates",
    "check",
    "purge",
    "subject",
]

log = logger()

FORMAT = "livewatch-purge/1"
#: Files of one purge, and so of one record; what is more is the next one's.
MOST = 5_000
#: After a store has refused a file, the policy asks again so much later, ms.
AGAIN_MS = 7 * DAY_MS


class Purged(Struct, frozen=True, kw_only=True):
    """One file that is gone."""

    number: int
    """Of the file: its leaf in the log of manifests is the one before."""
    manifest: Manifest


class Refusal(Struct, frozen=True, kw_only=True):
    """One file that the store did not delete."""

    number: int
    name: str
    says: str
    """In the store's own words."""


class Proof(Struct, frozen=True, kw_only=True):
    """That the manifests of the files lie in the Merkle log under a head."""

    log: str
    head: str
    """The signed head itself."""
    size: int
    nodes: str
    """`merkle.shared_proof` of the files, base64."""


class PurgeRecord(Struct, frozen=True, kw_only=True):
    """What a purge has taken out."""

    format: str = FORMAT
    number: int
    at: int
    who: str
    why: str
    policy: dict[str, Any]
    files: list[Purged]
    records: int
    size: int
    refused: list[Refusal]
    proof: Proof | None
    """``None``: no file went."""


def subject(number: int) -> str:
    """What custody calls a purge."""
    return f"archive-purge:{number}"


def candidates(
    connection: Connection, kind: str, before: int, *, asked: int | None = None
) -> list[index.Entry]:
    """Files whose hour ended before a moment and that nobody holds, the oldest first.

    Args:
        asked: without files that the store refused to delete after this moment, ms.
    """
    held = holds.held_rooms(connection)
    found = index.entries(
        connection,
        "kind = ? AND hour <= ? AND (purge IS NULL OR purge IN (SELECT done.number"
        " FROM archive_purges AS done WHERE done.record IS NOT NULL AND done.at < ?))",
        (kind, before - HOUR_MS, 2**62 if asked is None else asked),
    )
    return [entry for entry in found if entry.manifest.room not in held][:MOST]


def by_policy(
    database: Connections, depot: Depot, settings: Archive, keeper: Keeper, now: int
) -> list[PurgeRecord]:
    """Takes out what has had its time by the configuration, and finishes what was interrupted.

    Raises:
        DepotError: the store is away; the purge goes on later.
        ValueError: no head can be signed, since the log was changed.
    """
    made = finish(database, depot, keeper, now)
    for kind, days in (("events", settings.events_days), ("raw", settings.raw_days)):
        if not days:
            continue
        # What the store has locked itself it will not let go of before.
        kept = max(days, settings.lock_days if settings.lock != "off" else 0)
        while record := purge(
            database, depot, keeper, kind=kind, before=now - int(kept * DAY_MS), who=MONITOR,
            why="retention", policy={"kind": kind, "days": days}, now=now, asked=now - AGAIN_MS,
        ):  # fmt: skip
            made.append(record)
            if len(record.files) + len(record.refused) < MOST:
                break
    return made


def purge(
    database: Connections,
    depot: Depot,
    keeper: Keeper,
    *,
    kind: str,
    before: int,
    who: str,
    why: str,
    policy: dict[str, Any],
    now: int,
    asked: int | None = None,
) -> PurgeRecord | None:
    """Takes out the files of a kind whose hour ended before a moment; ``None``: there is none.

    Raises:
        DepotError: the store is away; `finish` goes on later.
        ValueError: no head can be signed, since the log was changed.
    """

    def begin(connection: Connection) -> int | None:
        chosen = candidates(connection, kind, before, asked=asked)
        if not chosen:
            return None
        last = run(connection, "SELECT max(number) FROM archive_purges")
        number = int(last.scalar_one_or_none() or 0) + 1
        run(
            connection,
            "INSERT INTO archive_purges (number, at, who, why, policy) VALUES (?, ?, ?, ?, ?)",
            (number, now, who, why, msgspec.json.encode(policy).decode()),
        )
        with cursor_of(connection) as execute:
            for entry in chosen:
                execute(
                    "UPDATE archive_files SET purge = ?, refused = '' WHERE number = ?",
                    (number, entry.number),
                )
        return number

    number = database.write(begin)
    return None if number is None else _carry_out(database, depot, keeper, number, now)


def finish(database: Connections, depot: Depot, keeper: Keeper, now: int) -> list[PurgeRecord]:
    """Carries out the purges that were interrupted."""
    with database.read() as connection:
        numbers = run(
            connection, "SELECT number FROM archive_purges WHERE record IS NULL ORDER BY number"
        )
        open_ = [int(number) for (number,) in numbers]
    return [_carry_out(database, depot, keeper, number, now) for number in open_]


def _carry_out(
    database: Connections, depot: Depot, keeper: Keeper, number: int, now: int
) -> PurgeRecord:
    with database.read() as connection:
        chosen = list(index.entries(connection, "purge = ?", (number,), whole=True))
        asked = run(
            connection,
            "SELECT at, who, why, policy FROM archive_purges WHERE number = ?",
            (number,),
        ).one()
    gone: list[index.Entry] = []
    refused: list[Refusal] = []
    for entry in chosen:
        with database.read() as connection:
            held = holds.is_held(connection, entry.manifest.room)
        # It may have been held after the purge had begun.
        says = "held" if held else remove_both(depot, entry.manifest.name, entry.versions)
        if says:
            refused.append(Refusal(number=entry.number, name=entry.manifest.name, says=says))
        else:
            gone.append(entry)
    keeper.cover_all(now)
    with database.read() as connection:
        proof = _proof(connection, gone)
    record = PurgeRecord(
        number=number,
        at=asked.at,
        who=asked.who,
        why=asked.why,
        policy=msgspec.json.decode(asked.policy),
        files=[Purged(number=entry.number, manifest=entry.manifest) for entry in gone],
        records=sum(entry.manifest.count for entry in gone),
        size=sum(entry.manifest.size for entry in gone),
        refused=refused,
        proof=proof,
    )
    body = msgspec.json.encode(record, order="sorted") + b"\n"
    key = keeper.key(now)
    sealed = seal(body, key)
    depot.put(f"purges/{number:06d}-{hashlib.sha256(body).hexdigest()[:16]}.json", body, held=False)

    def job(connection: Connection) -> None:
        done = run(
            connection,
            "UPDATE archive_purges SET record = ?, seal = ?, key = ? WHERE number = ?"
            " AND record IS NULL",
            (body, sealed, key.entry.id, number),
        )
        if done.rowcount == 0:
            # Another process, a command beside the monitor, has finished it meanwhile.
            return
        for one in refused:
            run(
                connection,
                "UPDATE archive_files SET refused = ? WHERE number = ?",
                (one.says, one.number),
            )
        custody.append(
            connection, "purged", who=record.who, at=now, why=record.why, subject=subject(number),
            detail={
                "files": len(gone), "records": record.records, "bytes": record.size,
                "refused": len(refused), "policy": record.policy,
                "record_sha256": hashlib.sha256(body).hexdigest(),
            },
        )  # fmt: skip

    database.write(job)
    log.info("archive_purged", number=number, files=len(gone), refused=len(refused))
    for one in refused:
        log.warning("archive_file_not_deleted", name=one.name, says=one.says)
    return record


def _proof(connection: Connection, gone: Sequence[index.Entry]) -> Proof | None:
    if not gone:
        return None
    head = heads.last_head(connection)
    if head is None:
        raise ValueError("there is no signed head")
    size = heads.read(head.note).trees[LOG].size
    tiles = ledger.Tiles(connection, LOG)
    nodes = shared_proof([entry.number - 1 for entry in gone], size, tiles.subtree)
    return Proof(log=LOG, head=head.note.decode(), size=size, nodes=joined(nodes))


def check(record: PurgeRecord) -> str | None:
    """What is wrong with a record by itself; ``None``: its files did lie under its head."""
    if record.proof is None:
        return "it names files and has no proof" if record.files else None
    try:
        head = heads.read(record.proof.head.encode())
        nodes = cut(record.proof.nodes)
        tree = head.trees[record.proof.log]
    except (heads.BadHead, ValueError, KeyError) as error:
        return f"its proof cannot be read: {error}"
    leaves = [(file.number - 1, file.manifest.leaf) for file in record.files]
    if not verify_shared(leaves, tree.size, nodes, tree.root):
        return "its files are not those that lie under its head"
    return None
