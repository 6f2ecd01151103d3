"""The proofs of a bundle: that its records were in the Merkle log, under which signed heads.

Each record is shown to lie under the first head that covers it (where heads are time-stamped, the
first of these), which was signed minutes after the record arrived. All records under one head share a proof (`merkle.shared_proof`).
"""

from __future__ import annotations

import base64
from array import array
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.evidence import heads, ledger
from monitor.evidence.merkle import consistency_proof, shared_proof

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from monitor.evidence.heads import StoredHead

__all__ = ["ConsistencyProof", "HeadProof", "Proofs", "cut", "joined", "prove"]


class HeadProof(Struct, kw_only=True):
    """What lies under one head."""

    head: str
    """File of the head beside this one."""
    size: int
    """Entries of the log under it."""
    first: int
    """The records of this proof are those whose `leaf` is at least this and below `size`."""
    records: int
    nodes: str
    """Hashes in the order in which the proof is computed, 32 bytes each, base64."""


class ConsistencyProof(Struct, kw_only=True, rename={"from_": "from"}):
    """That the log of a later head goes on from that of an earlier one (RFC 9162 §2.1.4)."""

    from_: int
    to: int
    nodes: str


class Proofs(Struct, kw_only=True):
    """`data/proofs/inclusion.json`, and `inclusion-2.json` and so on for each further log."""

    log: str
    origin: str
    """What the heads carry as theirs."""
    hash: str = "SHA-256, RFC 9162"
    heads: list[HeadProof]
    consistency: list[ConsistencyProof]
    before: int = 0
    """Records that are older than the Merkle log, and so have no proof."""


def prove(
    connection: Connection,
    log: str,
    leaves: Sequence[int],
    signed: Sequence[StoredHead],
    *,
    before: int,
    stamped: Collection[int] = (),
) -> tuple[Proofs, dict[str, StoredHead]]:
    """The proofs of these leaves of a log, and the heads that they lead to, by file name.

    Args:
        leaves: ascending; all of them under a signed head.
        signed: all heads (`heads.heads`).
        before: records without a leaf.
        stamped: numbers of heads that are time-stamped: one of these is taken where there is one.
    """
    tiles = ledger.Tiles(connection, log)
    chosen = [head for head in signed if head.number in stamped]
    groups: dict[int, array[int]] = {}
    by_number = {head.number: head for head in signed}
    last: StoredHead | None = None
    size = 0
    for leaf in leaves:
        # Neighbours mostly lie under the same head.
        if last is None or size <= leaf:
            place = heads.first_over(chosen, log, leaf)
            last = (
                chosen[place]
                if place < len(chosen)
                else signed[heads.first_over(signed, log, leaf)]
            )
            size = last.size_of(log)
        groups.setdefault(last.number, array("q")).append(leaf)
    made = Proofs(
        log=log, origin=heads.origin_of(connection) or "", heads=[], consistency=[], before=before
    )
    files: dict[str, StoredHead] = {}
    old = 0
    for number in sorted(groups):
        head = by_number[number]
        size = head.size_of(log)
        name = f"head-{head.number:06d}.txt"
        files[name] = head
        nodes = shared_proof(groups[number], size, tiles.subtree)
        made.heads.append(
            HeadProof(
                head=name,
                size=size,
                first=groups[number][0],
                records=len(groups[number]),
                nodes=joined(nodes),
            )
        )
        if old:
            proof = consistency_proof(old, size, tiles.subtree)
            made.consistency.append(ConsistencyProof(from_=old, to=size, nodes=joined(proof)))
        old = size
    return made, files


def joined(nodes: Sequence[bytes]) -> str:
    """Hashes as one text."""
    return base64.b64encode(b"".join(nodes)).decode()


def cut(nodes: str) -> list[bytes]:
    """The hashes of `joined`.

    Raises:
        ValueError: the text is none.
    """
    packed = base64.b64decode(nodes, validate=True)
    if len(packed) % ledger.DIGEST:
        raise ValueError("hashes have 32 bytes each")
    return [packed[start : start + ledger.DIGEST] for start in range(0, len(packed), ledger.DIGEST)]
