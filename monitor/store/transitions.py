"""Handling of alerts: which changes of status are allowed, and the chained rows that record them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from monitor.errors import TransitionRefused, UnknownAlert
from monitor.evidence import ledger
from monitor.evidence.merkle import leaf_hash
from monitor.store import numbering
from monitor.store.chain import GENESIS, next_link, storable
from monitor.store.rows import CLOSE_REASONS, Status, Transition
from monitor.store.tables import alerts, transitions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["ALLOWED", "append_transition", "damaged", "history", "leaf_of", "transition", "verify"]

#: From a status to those that a person may give it. Nothing else is possible.
ALLOWED: dict[Status, frozenset[Status]] = {
    "new": frozenset({"acknowledged", "closed"}),
    "acknowledged": frozenset({"closed"}),
    "closed": frozenset({"new"}),
}
#: Longest name and note that are taken, in characters.
WHO_MAX = 200
NOTE_MAX = 4_000


def transition(
    connection: Connection,
    alert: str,
    to: Status,
    *,
    who: str,
    at: int,
    reason: str | None = None,
    note: str | None = None,
) -> int:
    """Changes the status of an alert and returns the change's `seq`.

    Raises:
        UnknownAlert: there is no such alert.
        TransitionRefused: the change is not allowed, or closing lacks a known reason.
    """
    query = sa.select(alerts.c.status).where(alerts.c.id == alert)
    old: Status | None = connection.execute(query).scalar_one_or_none()
    if old is None:
        raise UnknownAlert(alert)
    if to not in ALLOWED[old]:
        raise TransitionRefused(alert, f"an alert that is {old} cannot become {to}")
    if not who.strip():
        raise TransitionRefused(alert, "a change needs the name of who makes it")
    if len(who) > WHO_MAX:
        raise TransitionRefused(
            alert, f"the name of who makes it is longer than {WHO_MAX} characters"
        )
    if note is not None and len(note) > NOTE_MAX:
        raise TransitionRefused(alert, f"the note is longer than {NOTE_MAX} characters")
    if to == "closed" and reason not in CLOSE_REASONS:
        raise TransitionRefused(alert, f"closing needs a reason: {', '.join(CLOSE_REASONS)}")
    if to != "closed" and reason is not None:
        raise TransitionRefused(alert, "only closing has a reason")
    append_transition(connection, alert, old, to, who=who, at=at, reason=reason, note=note)
    seq = numbering.reserve(connection, "seq", 1) + 1
    connection.execute(
        sa.update(alerts)
        .where(alerts.c.id == alert)
        .values(seq=seq, status=to, who=who, status_at=at, close_reason=reason, note=note, again=0)
    )
    return seq


def append_transition(
    connection: Connection,
    alert: str,
    old: Status,
    new: Status,
    *,
    who: str,
    at: int,
    reason: str | None = None,
    note: str | None = None,
) -> None:
    """Adds the row, chained to the one before it."""
    number, previous = next_link(connection, transitions)
    row = Transition(
        number=number,
        alert=alert,
        old=old,
        new=new,
        who=storable(who),
        at=at,
        reason=reason,
        note=None if note is None else storable(note),
        previous=previous,
        hash="",
    )
    row.hash = _hash(row)
    connection.execute(sa.insert(transitions).values(msgspec.structs.asdict(row)))
    # The signed heads cover it: a chain alone does not show that its last rows were taken out.
    ledger.append(connection, ledger.HANDLING, [leaf_of(row)], position=number)


def history(connection: Connection, alert: str) -> list[Transition]:
    """What was done with an alert, oldest first."""
    query = sa.select(transitions).where(transitions.c.alert == alert)
    rows = connection.execute(query.order_by(transitions.c.number))
    return [Transition(**row._mapping) for row in rows]


def verify(connection: Connection) -> int | None:
    """Number of the first row that breaks the chain; ``None``: every row is as it was written."""
    previous, expected = GENESIS, 1
    for found in connection.execute(sa.select(transitions).order_by(transitions.c.number)):
        row = Transition(**found._mapping)
        if row.number != expected or row.previous != previous or row.hash != _hash(row):
            return expected
        previous, expected = row.hash, expected + 1
    return None


def leaf_of(row: Transition) -> bytes:
    """Hash of the row's leaf in the Merkle log of what was done with alerts."""
    return leaf_hash(bytes.fromhex(row.hash))


def damaged(connection: Connection) -> Iterator[str]:
    """What of the rows is not as it was written, in words; rows older than their Merkle log are held
    against the chain alone."""
    broken = verify(connection)
    if broken is not None:
        yield f"record {broken} of what was done with alerts was changed, or one before it was taken out"
    tiles = ledger.Tiles(connection, ledger.HANDLING)
    runs, size = tiles.runs(), tiles.size
    held = 0
    for found in connection.execute(sa.select(transitions).order_by(transitions.c.number)):
        row = Transition(**found._mapping)
        leaf = ledger.leaf_in(runs, size, row.number)
        if leaf is not None and tiles.leaf(leaf) == leaf_of(row):
            held += 1
        elif leaf is not None or (runs and row.number >= runs[0][1]):
            yield f"record {row.number} of what was done with alerts is not the one in its Merkle log"
    if held < size:
        yield f"of what was done with alerts {size - held} records of its Merkle log are not there"


def _hash(row: Transition) -> str:
    fields = [
        row.previous, row.number, row.alert, row.old, row.new, row.who, row.at, row.reason, row.note,
    ]  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()
