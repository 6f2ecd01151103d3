"""What a bundle does not have and its reader has to know of (`data/gaps.json`, the report)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["Kind", "Lacking"]

Kind = Literal["late", "hole", "archive", "frames", "changed"]


class Lacking(Struct, kw_only=True, rename={"from_": "from"}):
    """Some that are not in it, for one reason."""

    kind: Kind
    """Not there yet when the head was signed; taken out of the log; damaged in the archive; frames that are
    not kept; here, but not as they arrived."""
    from_: int
    """Time that it is about, ms: of the events, of arrival where only that is known."""
    until: int
    reason: str
    reason_en: str
    source: str = "livewatch"
