"""A business as a room displays it: what of it was seen, what was seen to be absent."""

from __future__ import annotations

from typing import Literal

from detectors.events import Party, Room
from detectors.match import expression as re
from detectors.match.fold import fold

__all__ = ["SIDES", "Side", "absent_fields", "is_firm", "is_unregistered", "party_of", "plain_name"]

Side = Literal["operator", "seller"]
SIDES: dict[Side, str] = {"operator": "直播间运营者", "seller": "实际销售者"}

#: How the name of a registered business ends.
_FIRM = re.compile(
    "(?:公司|集团|厂|合作社|合作联社|商行|商贸行|经营部|经营户|门市部?|批发部|服务部|工作室|商店|百货店|便利店|超市|农场|家庭农场|"
    "研究所|中心|事务所|个体户|分店|专业户|加工坊|作坊|茶庄|药房|药店|书店|饭店|餐厅|养殖场|种植园|种植场|合伙企业|[(]有限合伙[)])$"
)
#: Who need not register (电商法 10), as displayed in the place of a licence.
_UNREGISTERED = re.compile(
    "无需(?:办理)?(?:工商|主体|市场主体|经营主体)?登记|不需要?(?:办理)?[^,，。]{0,6}登记|无须[^,，。]{0,6}登记|免(?:于)?登记|"
    "自产(?:自销)?|农副产品|零星小额|家庭手工|手工业产品|便民劳务"
)
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
    """Is it the name of a registered business, and no person's or shop's?

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
