"""The shape of an inline case of a rule. It is only held against this: cases are kept as plain data,
and `detectors.lab.cases` plays them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from detectors.alerts import Level
from detectors.events import Category

__all__ = ["Case", "Cases", "Expected"]


class Expected(Struct, kw_only=True, forbid_unknown_fields=True):
    """What an alert of the rule must have; what is not written may be anything."""

    level: Level | None = None
    title: str | None = None
    subject: str | None = None
    subject_title: str | None = None
    reason: str | None = None
    """A part of the reason …"""
    level_reason: str | None = None
    """… and of that of its level."""
    hits: int | None = None
    room: str | None = None
    session: str | None = None
    numbers: dict[str, Any] = {}
    """Some of the figures of its evidence."""


class Case(Struct, kw_only=True, forbid_unknown_fields=True):
    """A small recording, and the alerts expected of the rule."""

    name: str = ""
    text: str | list[str] = ""
    """What is said about a product, one line or several, six seconds apart."""
    category: Category | None = None
    product: str = ""
    """The title of its card."""
    attributes: dict[str, Any] | None = None
    """What the card shows besides."""
    speaker: Literal["host", "assistant", "guest"] = "host"
    host_kind: Literal["seller", "influencer", "ai"] | None = None
    events: list[dict[str, Any]] = []
    """Instead of a text, or behind it."""
    rooms: int = 1
    """In how many rooms it happens."""
    expect: list[Expected]
    """The alerts of the rule, all of them; empty: it must raise none."""
    declined: str = ""
    """The code of a silence that the rule must state."""
    silent: list[str] = []
    """Other rules that must raise nothing."""


class _Rule(Struct):
    id: str
    cases: list[Case] = []


class Cases(Struct):
    """The cases of a pack, whatever else it says."""

    rules: list[_Rule] = []
