"""What viewers' lines say to the rules that look for words in them, whoever writes them and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from detectors.engine.known import KnownTexts
from detectors.match.lexicon import Hit
from detectors.pack.load import Rulebook
from detectors.rule import Rule

__all__ = ["Heard", "ViewerLines"]

#: Lines that are known at once, twice as many at most, and the characters of one: they are short and many.
LINES = 5_000
LINE_LENGTH = 24


class Heard(NamedTuple):
    """A rule that looks for words in what viewers write, and what it found in a line."""

    rule: str
    hits: list[Hit] | None
    """``None``: the line says nothing to it."""


class ViewerLines:
    """Reads viewers' lines for the rules of a rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.always = ""
        """A rule to which any line with its words says something: what it makes of them is shown."""
        self._rulebook = rulebook
        self._rules: dict[str, Rule] = {rule.id: rule for rule in rulebook.active}
        self._lines: KnownTexts[tuple[Heard, ...]] = KnownTexts(LINES, LINE_LENGTH)
        self.are_heeded = any(
            type(rule).on_viewer_text is not Rule.on_viewer_text for rule in rulebook.active
        )
        """Does any rule look for words in them?"""

    def heard(self, text: str) -> tuple[Heard, ...]:
        """A line, for the rules that look for words in it."""
        return self._lines.of(text, self._hear)

    def heeded(self, texts: Sequence[str]) -> tuple[set[int], dict[int, list[tuple[str, str]]]]:
        """The places of those lines that a rule heeds; and of those that rules pass over for a stated
        reason, with both."""
        heeded, passed = set[int](), dict[int, list[tuple[str, str]]]()
        for place in self._rulebook.viewer_lexicon.having(texts):
            heard = self.heard(texts[place])
            if any(hits is not None for _, hits in heard):
                heeded.add(place)
            reasons = self.reasons(heard)
            if reasons:
                passed[place] = reasons
        return heeded, passed

    def reasons(self, heard: Iterable[Heard]) -> list[tuple[str, str]]:
        """The rules that pass over a line, each with its stated reason."""
        return [
            (rule_id, reason)
            for rule_id, hits in heard
            if hits is None and (reason := self._rules[rule_id].passed_over)
        ]

    def _hear(self, text: str) -> tuple[Heard, ...]:
        return tuple(
            Heard(rule_id, hits if self._heeds(rule_id, text, hits) else None)
            for rule_id, hits in self._rulebook.viewer_lexicon.spot(text).items()
        )

    def _heeds(self, rule_id: str, text: str, hits: list[Hit]) -> bool:
        """Is a line handed to a rule? A rule that fails to say so is asked, and fails there."""
        if rule_id == self.always:
            return True
        try:
            return not self._rules[rule_id].passes_over(text, hits)
        except Exception:  # noqa: BLE001  one rule's fault must not stop the others
            return True
