"""Versions of alerts as leaves of a Merkle log of their own: what an alert said, and when it was written.

Each version that is written has its leaf, in the transaction that writes it; so has what takes its
place (the same version with more hits, or one without a viewer who was forgotten). A leaf stands for
this line, without blanks, keys in order: `alert` its id, `log` "alerts", `sha256` of the version's
JSON as it is stored, `version` the number under which it is kept, `written` when, ms.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from monitor.evidence import ledger
from monitor.evidence.merkle import leaf_hash
from monitor.store.dialects import cursor_of, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = ["VersionLeaf", "Written", "append", "of_alert"]


class Written(NamedTuple):
    """A version that is written."""

    alert: str
    version: int
    body: bytes
    """Its JSON."""


class VersionLeaf(NamedTuple):
    """The leaf of a version as it is kept."""

    version: int
    leaf: int
    written: int
    """ms"""
    sha256: str

    def hashed(self, alert: str) -> bytes:
        """Hash of the leaf."""
        return leaf_hash(
            f'{{"alert":"{alert}","log":"{ledger.ALERTS}","sha256":"{self.sha256}",'
            f'"version":{self.version},"written":{self.written}}}'.encode()
        )


def append(connection: Connection, written: Sequence[Written], now: int) -> None:
    """Adds a leaf for each, in the caller's transaction."""
    if not written:
        return
    with cursor_of(connection) as execute:
        found = execute("SELECT size FROM merkle_logs WHERE log = ?", (ledger.ALERTS,)).fetchone()
        size = int(found[0]) if found is not None else 0
        leaves = []
        for leaf, one in enumerate(written, size):
            digest = hashlib.sha256(one.body)
            leaves.append(VersionLeaf(one.version, leaf, now, digest.hexdigest()).hashed(one.alert))
            execute(
                "INSERT INTO alert_leaves (alert, version, leaf, written, sha256)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (alert, version) DO UPDATE SET"
                " leaf = excluded.leaf, written = excluded.written, sha256 = excluded.sha256",
                (one.alert, one.version, leaf, now, digest.digest()),
            )
    ledger.append(connection, ledger.ALERTS, leaves, position=size)


def of_alert(connection: Connection, alert: str) -> dict[int, VersionLeaf]:
    """The leaves of the versions that are kept, by number; a version that was written before there
    was this log has none."""
    rows = run(
        connection,
        "SELECT version, leaf, written, sha256 FROM alert_leaves WHERE alert = ?",
        (alert,),
    )
    return {
        int(row[0]): VersionLeaf(int(row[0]), int(row[1]), int(row[2]), bytes(row[3]).hex())
        for row in rows
    }
