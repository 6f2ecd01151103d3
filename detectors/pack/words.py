"""What a rule that consists of words alone looks for: the part of its pack entry that says so."""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Level
from detectors.events import Category

__all__ = ["Words", "WordsExemption"]


class WordsExemption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that make it no claim when they stand in the same sentence."""

    group: str
    clause: str
    """The clause that exempts: “某某办法 第三条”."""
    why: str = ""
    """In words, for the alert's record of what was considered."""


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which groups of patterns make a claim together, about which goods."""

    find: list[str]
    """Groups of which one has to be said."""
    requires: list[str] = []
    """Groups that have to stand near as well, each of them."""
    within: int = 12
    """Most characters between the two; never across the end of a sentence."""
    exempt: list[WordsExemption] = []
    category: list[Category] = []
    """Classes of goods that it looks at; empty: all. An unknown class is watched at most."""
    level: Level = "watch"
    says: str
    """What is alleged, for the reason: “宣称……”."""

    @property
    def groups(self) -> list[str]:
        """Every group that it names."""
        return [*self.find, *self.supporting]

    @property
    def supporting(self) -> list[str]:
        """The groups that say nothing alone."""
        return [*self.requires, *(exemption.group for exemption in self.exempt)]
