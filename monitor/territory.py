"""Territories of alerts and rooms: the administrative divisions of whoever is behind a room.

Characters 3 to 8 of a 统一社会信用代码 name the division of the authority that registered the business
(GB 32100-2015, codes by GB/T 2260). That is read as it is displayed and nothing else is inferred: of
who shows no code the territory is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.events import Room

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detectors.alerts import Alert
    from detectors.events import Party

__all__ = ["codes_of", "parties_of", "territories_of"]


def parties_of(alert: Alert) -> list[Party]:
    """Who is behind the rooms of an alert: operators and sellers, those displayed last first."""
    rooms = [event for event in alert.evidence.facts if isinstance(event, Room)]
    found = [party for room in reversed(rooms) for party in (room.operator, room.seller)]
    found += [seen.operator for seen in alert.evidence.rooms]
    return [party for party in found if party is not None]


def codes_of(parties: Iterable[Party | None]) -> list[str]:
    """Codes of their divisions, six digits each, in order and each once."""
    return sorted(
        {
            party.uscc[2:8]
            for party in parties
            if party is not None
            and party.uscc
            and len(party.uscc) == 18
            and party.uscc.isascii()
            and party.uscc[2:8].isdigit()
        }
    )


def territories_of(alert: Alert) -> list[str]:
    """The same of an alert."""
    return codes_of(parties_of(alert))
