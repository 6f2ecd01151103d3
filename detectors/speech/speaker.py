"""Who says what a sentence of an alert reports: one way for all rules, by the event and its field."""

from __future__ import annotations

from detectors.events import Chat, Event, Product, Session, Speech

__all__ = ["ROLES", "says", "speaker_name"]

#: How a role is called, as the source gives it.
ROLES = {"host": "主播", "assistant": "助播", "guest": "嘉宾", "viewer": "观众"}


def speaker_name(event: Event, field: str = "text") -> str:
    """Who speaks or writes, and where it is no speech; a source may leave open whose speech it is.

    Args:
        field: of the event, where the words stand.

    Returns:
        Such as 主播, 助播公屏发言, 商品标题; 口播, where nobody says who spoke.
    """
    if isinstance(event, Speech):
        return ROLES.get(event.speaker or "", "口播")
    if isinstance(event, Chat):
        return f"{ROLES.get(event.role or '', '')}公屏发言"
    if isinstance(event, Session):
        return "直播间标题"
    if isinstance(event, Product):
        return "商品标题" if field == "title" else "商品卡"
    return "页面"


def says(event: Event, field: str = "text") -> str:
    """How a sentence begins that quotes words of an event: “主播称”, “商品标题写有”."""
    verb = "称" if isinstance(event, Speech | Chat) else "写有"
    return speaker_name(event, field) + verb
