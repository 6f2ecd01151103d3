"""Which records may be others than those that arrived: where custody names the place as one that taking
out a viewer has changed. What a host said is never changed by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from monitor.evidence import custody, ledger
from monitor.evidence.records import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from monitor.evidence.custody import CustodyRecord

__all__ = ["FORGOTTEN", "UNEXPLAINED", "is_speech", "named_by", "places", "told"]

#: What a line of a record says that was changed: custody names it, or nobody knows why.
FORGOTTEN, UNEXPLAINED = "forgotten", "unexplained"


class _Kind(Struct):
    type: str = ""


def places(chain: Iterable[CustodyRecord]) -> set[Place]:
    """All places that these records name."""
    found: set[Place] = set()
    for record in chain:
        found |= named_by(record)
    return found


def named_by(record: CustodyRecord) -> set[Place]:
    """The places that a record of custody names as changed; of other acts none."""
    if record.act != "forgotten":
        return set()
    try:
        found = {Place(ledger.EVENTS, position) for position in record.detail.get("positions", ())}
        return found | {Place(*place) for place in record.detail.get("places", ())}
    except TypeError:
        # A bundle of somebody else may have anything here.
        return set()


def told(connection: Connection) -> list[CustodyRecord]:
    """The records of custody that name changed places, without those that are not as they were written."""
    tiles = ledger.Tiles(connection, custody.LOG)
    runs, size = tiles.runs(), tiles.size
    found = []
    for record in custody.of(connection, (), ("forgotten",)):
        leaf = ledger.leaf_in(runs, size, record.number)
        # A chain on PostgreSQL may be older than its log.
        same = leaf is None or tiles.leaf(leaf) == custody.leaf_of(record)
        if same and custody.is_intact(record):
            found.append(record)
    return found


def is_speech(data: bytes) -> bool:
    """Is it what somebody of the room said: nothing of a viewer stands in it."""
    try:
        return msgspec.json.decode(data, type=_Kind).type == "speech"
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
