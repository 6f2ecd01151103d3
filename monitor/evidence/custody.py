"""Custody: who collected, looked at, exported, handed over or took out what, when and why.

A chain of records like that of the transitions: each carries the hash of the one before it, and no
record is ever changed or taken out. Each is a leaf of a Merkle log, too, so that the signed heads
cover the chain.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from monitor.evidence import ledger
from monitor.evidence.merkle import leaf_hash
from monitor.store.chain import GENESIS, digest, next_link, storable
from monitor.store.rows import MONITOR
from monitor.store.tables import custody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = [
    "ACTS",
    "LOG",
    "Act",
    "CustodyRecord",
    "append",
    "begin",
    "check",
    "is_intact",
    "latest",
    "leaf_of",
    "line",
    "of",
    "records",
]

#: Name of the Merkle log of custody.
LOG = ledger.CUSTODY
WHO_MAX = 80
WHY_MAX = 2_000
#: Starts among which the last one of a kind of process is looked for.
LOOKED_AT = 50

Act = Literal[
    "started",  # the monitor or a desk, for the first time or with another program, rules, configuration
    "key-made",
    "key-revoked",
    "viewed",
    "supplied",  # a screenshot or a clip
    "export-asked",  # of what needs a second person
    "export-approved",
    "exported",
    "broken-off",  # an export that was not finished: there is no bundle
    "handed-over",
    "checked",  # a bundle that somebody brought back
    "forgotten",  # a viewer was taken out
    "purged",
    "held",  # a legal hold
    "released",
    "unmask-asked",  # to see the accounts of an alert by case
    "unmask-approved",
    "unmask-refused",
    "unmask-ended",
    "journal-fixed",  # how far the journal of sign-ins had come, and its hash
]
ACTS: tuple[str, ...] = get_args(Act)


_ALERT = "alert:"
#: Acts that may be on several alerts at once.
_OF_SEVERAL: tuple[Act, ...] = (
    "export-asked", "export-approved", "exported", "broken-off", "viewed", "handed-over", "checked",
)  # fmt: skip


class CustodyRecord(Struct, kw_only=True):
    """One act."""

    number: int
    at: int
    """ms"""
    act: Act
    who: str
    role: str = ""
    subject: str = ""
    """What it was done with: `alert:ID`, `bundle:ID`, `key:k1`."""
    why: str = ""
    detail: dict[str, Any] = {}
    version: str = ""
    """Of livewatch."""
    previous: str
    """Hash of the record before."""
    hash: str = ""


def append(
    connection: Connection,
    act: Act,
    *,
    who: str,
    at: int,
    role: str = "",
    subject: str = "",
    why: str = "",
    detail: dict[str, Any] | None = None,
) -> CustodyRecord:
    """Adds a record in the caller's transaction.

    Raises:
        ValueError: nobody is named, or a text is too long.
    """
    if not who.strip() or len(who) > WHO_MAX:
        raise ValueError("a record of custody needs the name of who acts")
    if len(why) > WHY_MAX:
        raise ValueError(f"the reason is longer than {WHY_MAX} characters")
    number, previous = next_link(connection, custody)
    record = CustodyRecord(
        number=number,
        at=at,
        act=act,
        who=storable(who),
        role=role,
        subject=storable(subject),
        why=storable(why),
        detail=detail or {},
        version=version("livewatch"),
        previous=previous,
    )
    record.hash = digest(record)
    row = msgspec.structs.asdict(record)
    row["detail"] = msgspec.json.encode(record.detail).decode()
    connection.execute(sa.insert(custody).values(row))
    ledger.append(connection, LOG, [leaf_of(record)], position=record.number)
    return record


def begin(connection: Connection, detail: dict[str, Any], at: int) -> CustodyRecord | None:
    """Notes that a process has started, unless the last one of its kind that did was the same; in the
    caller's transaction.

    Args:
        detail: `process` says of which kind it is.
    """
    query = sa.select(custody).where(custody.c.act == "started").order_by(custody.c.number.desc())
    plain = msgspec.json.decode(msgspec.json.encode(detail))
    for row in connection.execute(query.limit(LOOKED_AT)).all():
        last = _record(row)
        if last.detail.get("process") == plain["process"]:
            if (last.detail, last.version) == (plain, version("livewatch")):
                return None
            break
    return append(connection, "started", who=MONITOR, at=at, detail=plain)


def records(connection: Connection) -> list[CustodyRecord]:
    """The whole chain, the oldest first."""
    rows = connection.execute(sa.select(custody).order_by(custody.c.number))
    return [_record(row) for row in rows]


def of(
    connection: Connection, subjects: Sequence[str], acts: Sequence[Act] = ()
) -> list[CustodyRecord]:
    """The records about some things, and all of some acts, the oldest first.

    Of an alert these are also the acts on several alerts at once, which stand under the first of them and
    list all (`alerts`), and what was done with a bundle that has it, which names the bundle alone.
    """
    alerts = {one.removeprefix(_ALERT) for one in subjects if one.startswith(_ALERT)}
    wanted = custody.c.subject.in_(subjects) | custody.c.act.in_(acts)
    if alerts:
        wanted |= custody.c.act.in_(_OF_SEVERAL)
    query = sa.select(custody).where(wanted).order_by(custody.c.number)
    found = [_record(row) for row in connection.execute(query)]
    bundles = {
        record.detail.get("bundle") for record in found
        if record.act == "exported" and not alerts.isdisjoint(record.detail.get("alerts", ()))
    } - {None}  # fmt: skip
    return [
        record for record in found
        if record.subject in subjects or record.act in acts
        or not alerts.isdisjoint(record.detail.get("alerts", ()))
        or (record.subject.startswith(_ALERT) and record.detail.get("bundle") in bundles)
    ]  # fmt: skip


def latest(connection: Connection, limit: int, before: int | None) -> list[CustodyRecord]:
    """The latest records, or of those before a number; newest first."""
    query = sa.select(custody).order_by(custody.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(custody.c.number < before)
    return [_record(row) for row in connection.execute(query)]


def check(chain: Sequence[CustodyRecord]) -> int | None:
    """Number of the first record that breaks a whole chain; ``None``: each is as it was written."""
    previous = GENESIS
    for expected, record in enumerate(chain, 1):
        if record.number != expected or record.previous != previous or not is_intact(record):
            return expected
        previous = record.hash
    return None


def is_intact(record: CustodyRecord) -> bool:
    """Is the record what its hash says."""
    return record.hash == digest(record)


def leaf_of(record: CustodyRecord) -> bytes:
    """Hash of the record's leaf in the Merkle log of custody."""
    return leaf_hash(bytes.fromhex(record.hash))


def line(record: CustodyRecord) -> bytes:
    """A record as a line of JSON; the hash is over the line without its `hash`."""
    return msgspec.json.encode(record)


def _record(row: Any) -> CustodyRecord:
    values = dict(row._mapping)
    values["detail"] = msgspec.json.decode(values["detail"])
    return CustodyRecord(**values)
