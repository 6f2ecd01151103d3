"""A business as a room displays it: what of it was seen, what was seen to be absent."""

from __future__ import annotations

from typing import Literal

from detectors.events import Party, Room
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.phrasing import phrasing

__all__ = ["SIDES", "Side", "absent_fields", "is_firm", "is_unregistered", "party_of", "plain_name"]

Side = Literal["operator", "seller"]
SIDES: dict[Side, str] = {"operator": "直播间运营者", "seller": "实际销售者"}

#: How the name of a registered business ends.
_FIRM = phrasing("party", "firm")
#: Who need not register (电商法 10), as displayed in the place of a licence.
_UNREGISTERED = phrasing("party", "unregistered")
_MARKS = re.compile(r"[\s·•.,，。、\-–—“”\"'《》<>【】\[\]]{1,20}")


def party_of(event: Room, side: Side) -> Party | None:
    """The operator or the actual seller as this look shows it; ``None``: not looked at."""
    return event.operator if side == "operator" else event.seller


def absent_fields(event: Room, side: Side) -> list[str] | None:
    """Names of the fields that this look saw to be absent; ``None``: it did not look at this side.

    The side itself, without any field, is the name `""`.
    """
    party = party_of(event, side)
    named = event.absent or ()
    if side in named:
        return [""]
    prefix = f"{side}."
    listed = [name.removeprefix(prefix) for name in named if name.startswith(prefix)]
    if party is None:
        return listed or None
    values = {
        name: getattr(party, name) for name in ("name", "uscc", "address", "phone", "licence")
    }
    if all(value is None for value in values.values()) and not listed:
        return [""]  # `{}`: observed, and nothing there
    absent = [name for name, value in values.items() if value is not None and not value.strip()]
    return list(dict.fromkeys([*absent, *listed]))


def is_firm(name: str | None) -> bool:
    """Is this the name of a registered business, not of a person or a shop?

    >>> is_firm("拾穗（杭州）电子商务有限公司"), is_firm("拾穗旗舰店"), is_firm("王大山")
    (True, False, False)
    """
    return bool(name) and _FIRM.search(plain_name(name)) is not None


def is_unregistered(party: Party | None) -> str | None:
    """The words that say that no registration is needed (电商法 10); ``None``: there are none."""
    if party is None:
        return None
    found = _UNREGISTERED.search(fold(f"{party.licence or ''} {party.name or ''}").text)
    return found.group() if found is not None else None


def plain_name(name: str | None) -> str:
    """A name without blanks, brackets of the other width, and marks."""
    return _MARKS.sub("", fold(name or "").text)
