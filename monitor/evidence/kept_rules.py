"""The rules that concluded alerts, kept as documents for as long as an alert names them.

A monitor keeps its rules when it starts with them; what is kept already is not written again, so an
upgrade adds what has changed. An alert names the list of the rules that were in force
(`EngineVersions.rules`); the list names all else (`detectors.pack.definitions`).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from detectors.pack.definitions import contents_of, digest_of
from monitor.evidence import custody
from monitor.store.dialects import run
from monitor.store.rows import MONITOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from detectors.pack.rulebook import Rulebook
    from monitor.store.database import Connections

__all__ = ["keep", "keep_documents", "name", "of", "release", "unknown"]


def keep(database: Connections, rulebook: Rulebook, now: int) -> bool:
    """Keeps what these rules say; was any of it new."""
    with database.read() as connection:
        if not unknown(connection, [rulebook.digest]):
            return False
    documents = rulebook.documents()
    database.write(lambda connection: keep_documents(connection, rulebook.digest, documents, now))
    return True


def keep_documents(
    connection: Connection, rules: str, documents: Mapping[str, bytes], now: int
) -> None:
    """Keeps the documents of a list, in the caller's transaction.

    Args:
        rules: digest of the list.

    Raises:
        ValueError: a document is not what its name says, or one that the list names is missing.
    """
    for name in (rules, *contents_of(rules, documents).named):
        if digest_of(documents.get(name, b"")) != name:
            raise ValueError(f"the document {name[:12]} of the rules is missing or was changed")
        run(
            connection,
            "INSERT INTO rule_documents (sha256, kept, body) VALUES (?, ?, ?)"
            " ON CONFLICT (sha256) DO NOTHING",
            (name, now if name == rules else None, zlib.compress(documents[name])),
        )


def name(connection: Connection, alert: str, rules: str) -> None:
    """Notes that a version of an alert names a list of rules."""
    run(
        connection,
        "INSERT INTO rules_named (alert, rules) VALUES (?, ?) ON CONFLICT (alert, rules) DO NOTHING",
        (alert, rules),
    )


def unknown(connection: Connection, lists: Iterable[str]) -> list[str]:
    """Those of these lists of rules that are not kept here."""
    return [
        one for one in dict.fromkeys(lists)
        if run(connection, "SELECT 1 FROM rule_documents WHERE sha256 = ?", (one,)).first() is None
    ]  # fmt: skip


def of(connection: Connection, rules: str) -> dict[str, bytes]:
    """The documents of a list by their digests, the list first; empty: it is not kept here."""
    found: dict[str, bytes] = {}
    waiting = [rules]
    for one in waiting:
        row = run(connection, "SELECT body FROM rule_documents WHERE sha256 = ?", (one,)).first()
        if row is None:
            return {}
        found[one] = zlib.decompress(bytes(row.body))
        if one == rules:
            waiting += contents_of(rules, found).named
    return found


def release(database: Connections, current: str, now: int) -> int:
    """Lets go of what no alert names any more, and tells custody; how many documents.

    Args:
        current: the list of the rules that are at work here, which stays.
        now: wall clock, ms.
    """

    def job(connection: Connection) -> int:
        run(connection, "DELETE FROM rules_named WHERE alert NOT IN (SELECT id FROM alerts)")
        old = run(
            connection,
            "SELECT sha256 FROM rule_documents WHERE kept IS NOT NULL AND sha256 <> ?"
            " AND sha256 NOT IN (SELECT rules FROM rules_named)",
            (current,),
        )
        gone = [str(row.sha256) for row in old]
        if not gone:
            return 0
        stay: set[str] = set()
        rows = run(connection, "SELECT sha256, body FROM rule_documents WHERE kept IS NOT NULL")
        for row in rows.fetchall():
            if row.sha256 not in gone:
                held = {str(row.sha256): zlib.decompress(bytes(row.body))}
                stay |= {*held, *contents_of(str(row.sha256), held).named}
        all_ = run(connection, "SELECT sha256 FROM rule_documents").fetchall()
        out = [str(row.sha256) for row in all_ if row.sha256 not in stay]
        for one in out:
            run(connection, "DELETE FROM rule_documents WHERE sha256 = ?", (one,))
        custody.append(
            connection, "purged", who=MONITOR, at=now, why="retention",
            detail={"rules": gone, "rule_documents": len(out)},
        )  # fmt: skip
        return len(out)

    return database.write(job)
