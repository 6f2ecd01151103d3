"""What concluded an alert, by digests: the rules as a whole, the rule's entry, its words, the model,
the law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detectors import __version__
from detectors.alerts import EngineVersions
from detectors.rule import RuleSpec

if TYPE_CHECKING:
    from detectors.pack.rulebook import Rulebook

__all__ = ["Versions"]


class Versions:
    """Names the versions by which alerts were concluded; each digest is computed once, when needed."""

    def __init__(self, rulebook: Rulebook, settings: Mapping[str, int | float] = {}) -> None:
        """
        Args:
            settings: engine settings that a verdict depends on.
        """
        self._rulebook = rulebook
        self._settings = dict(settings)
        self._known: dict[str, EngineVersions] = {}

    def of(self, spec: RuleSpec) -> EngineVersions:
        """The versions for a rule; the model is the one in use now."""
        known = self._known.get(spec.id)
        book = self._rulebook
        model = book.model
        if known is None or known.model != model:
            ruled = book.ruled(spec)
            known = self._known[spec.id] = EngineVersions(
                livewatch=__version__,
                rules=book.digest,
                pack=ruled.pack,
                slots=ruled.slots,
                model=model,
                law=book.contents.law,
                thresholds={name: one.value for name, one in sorted(spec.thresholds.items())},
                settings=self._settings,
            )
        return known
