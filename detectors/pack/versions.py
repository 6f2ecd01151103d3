"""What concluded an alert, by digests: the rule's entry, its words, the model, the law."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from detectors import __version__
from detectors.alerts import EngineVersions
from detectors.pack.law import LawTable
from detectors.rule import RuleSpec

__all__ = ["Versions"]

#: Members of an entry that are no part of it: its cases decide nothing, its words have a digest of
#: their own.
_LEFT_OUT: dict[str, Any] = {"cases": [], "patterns": {}, "slots": {}}


class Versions:
    """Says by what an alert of a rule was concluded; each digest is made once, when it is asked."""

    def __init__(self, law: LawTable, model: Callable[[], str]) -> None:
        """
        Args:
            model: gives the digest of the model that reads texts for their likeness.
        """
        self._law = law
        self._model = model
        self._digest_of_law = ""
        self._known: dict[str, EngineVersions] = {}

    def of(self, spec: RuleSpec) -> EngineVersions:
        """The versions for a rule; the model is the one in use now."""
        known = self._known.get(spec.id)
        model = self._model()
        if known is None or known.model != model:
            self._digest_of_law = self._digest_of_law or _digest(list(self._law.statutes.values()))
            known = self._known[spec.id] = EngineVersions(
                livewatch=__version__,
                pack=_digest(msgspec.structs.replace(spec, **_LEFT_OUT)),
                slots=_digest(spec.patterns),
                model=model,
                law=self._digest_of_law,
                thresholds={name: one.value for name, one in sorted(spec.thresholds.items())},
            )
        return known


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
