"""Who is behind a room, as it was displayed: unknown is not the same as seen to be absent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from detectors.alerts import Alert
from detectors.events import Room
from monitor.store.rows import RoomRow

__all__ = ["FIELDS", "Party", "Side", "displayed", "party_of"]

Side = Literal["operator", "seller"]
#: What is displayed of a party, in the order in which the pages say it.
FIELDS = ("name", "uscc", "address", "phone", "licence")


class Party(Struct, kw_only=True, frozen=True):
    """``None``: not observed; empty: seen to be absent."""

    operator: dict[str, str | None] = {}
    seller: dict[str, str | None] = {}
    """Empty: nothing of one was observed."""
    host: str | None = None
    host_kind: str | None = None


def displayed(event: Room, side: Side) -> dict[str, str | None]:
    """What one look at the room showed of a party."""
    party = event.operator if side == "operator" else event.seller
    absent = set(event.absent or ())
    return {
        name: "" if side in absent or f"{side}.{name}" in absent else getattr(party, name, None)
        for name in FIELDS
    }


def party_of(alert: Alert, known: RoomRow | None) -> Party:
    """As of the alert's own evidence, each field as it was seen last; where there is none, as the room
    shows it now."""
    evidence = alert.evidence
    seen = sorted(
        (event for event in (*evidence.facts, *evidence.trigger) if isinstance(event, Room)),
        key=lambda event: event.at,
    )

    def side(name: Side) -> dict[str, str | None]:
        looks = [displayed(event, name) for event in seen]
        return {field: _last(look[field] for look in looks) for field in FIELDS}

    operator, seller = side("operator"), side("seller")
    host = _last("" if "host" in (event.absent or ()) else event.host for event in seen)
    if known is not None and not seen:
        operator["name"], host = known.operator, known.host
    return Party(
        operator=operator,
        seller=seller if any(value is not None for value in seller.values()) else {},
        host=host,
        host_kind=_last(event.host_kind for event in seen),
    )


def _last(values: Iterable[Any]) -> Any:
    found = [value for value in values if value is not None]
    return found[-1] if found else None
