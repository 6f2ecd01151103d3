"""Likeness of texts and passages to each rule's violations, from the models."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cached_property

from detectors.engine.part import Part
from detectors.engine.read import UNLIKE
from detectors.match.fold import Folded
from detectors.match.letters import logit_of
from detectors.match.likeness import SHORTEST, Likeness, LikenessModel, Weighed
from detectors.pack.load import Rulebook
from detectors.speech.passages import Run

__all__ = ["Likes", "PassageLikes"]

#: What its logit, in thousandths, must be above what a text must have to be watched, where sentences
#: end as likely as not at its ends.
ABOVE = 500


class Likes:
    """Computes the likeness of texts for the rules of a rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._least = rulebook.least_likeness
        self._thresholds = rulebook.likeness_thresholds
        self._readers = frozenset(rule.id for rule in rulebook.readers)
        self.bars = {rule: logit_of(one) for rule, one in self._thresholds.items() if one < 1}
        """By rule, the logit in thousandths from which on a text is watched."""

    @cached_property
    def _known(self) -> frozenset[str]:
        """The rules that a model knows; the models are read when the first text asks for them."""
        models = self._rulebook.likeness, self._rulebook.shadow_model
        return frozenset(rule for model in models if model is not None for rule in model.rules)

    def say_to(self, rules: Container[str] | None) -> bool:
        """Does what a text is like say anything to these rules? ``None``: to any."""
        if self._least >= 1:
            return False
        return rules is None or any(rule in rules for rule in self._known)

    def of(self, folded: Folded) -> dict[str, Likeness]:
        """The likeness of a text, by rule."""
        table = self._rulebook.likeness
        return {} if table is None else table.read(folded.text, self._least)

    def more(self, written: Folded, like: Mapping[str, Likeness]) -> dict[str, Likeness]:
        """By rule, what a text is like as it is written, where that is more than as it is meant: a guess.

        Args:
            like: what it is like as it is meant.
        """
        return {
            rule: one
            for rule, one in self.of(written).items()
            if rule in self._readers and (rule not in like or like[rule].share < one.share)
        }

    def of_passages(self) -> PassageLikes | None:
        """What tells what the passages of one text are like; ``None``: that says nothing to any rule."""
        table = self._rulebook.likeness
        return None if table is None else PassageLikes(table, self._least, self.bars)

    def differing(self, text: str, like: Mapping[str, Likeness]) -> tuple[tuple[str, str], ...]:
        """Where a model in the shadow would watch a text, or pass it, and the one in use would not."""
        model = self._rulebook.shadow_model
        if model is None or self._least >= 1:
            return ()
        thresholds = self._thresholds
        now, then = (
            {rule for rule, one in of.items() if one.share >= thresholds.get(rule, 1)}
            for of in (like, model.read(text, self._least))
        )
        return (
            *((rule, "watches") for rule in sorted(then - now)),
            *((rule, "passes") for rule in sorted(now - then)),
        )


class PassageLikes:
    """What the passages of a text are like, in whatever spelling: most are the same in all of them."""

    def __init__(self, table: LikenessModel, least: float, bars: Mapping[str, int]) -> None:
        """
        Args:
            least: the likeness, 0 to 1, from which on that of a passage says something.
            bars: by rule, the logit in thousandths from which on a text is watched.
        """
        self._table = table
        self._least = least
        self._bars = bars
        self._weighed: dict[str, Weighed] = {}
        self._known: dict[tuple[str, tuple[int, ...], tuple[Run, ...]], dict[str, Likeness]] = {}

    def of(self, part: Part, read_to: int, first: int, last: int) -> Mapping[str, Likeness]:
        """By rule, what a passage is like, or a run of its clauses that is more so.

        Args:
            read_to: the place of the text up to which runs were read in passages before.
            first, last: the half-open range of the original in which runs end that are no others'.
        """
        view, low, high = part.view, part.low, part.high
        if high - low < SHORTEST:
            return UNLIKE
        runs = tuple(
            run
            for run in part.runs(SHORTEST, read_to)
            if first < view.to_original(low, low + run.end)[1] <= last
        )
        key = view.text[low:high], tuple(place - low for place in part.commas), runs
        like = self._known.get(key)
        if like is None:
            weighed = self._weighed.get(view.text)
            if weighed is None:
                weighed = self._weighed[view.text] = self._table.weigh(view.text)
            like = self._known[key] = weighed.read(low, high, part.text, self._least)
            for run in runs:
                if weighed.suspects(low + run.start, low + run.end):
                    self._read_run(like, weighed, part, run)
        return like

    def _read_run(self, like: dict[str, Likeness], weighed: Weighed, part: Part, run: Run) -> None:
        """Adds what a run of clauses of a part of a text is like."""

        def shown() -> tuple[str, int, int]:
            placed = part.shown(run)
            return part.folded.text, placed.start, placed.end

        found = weighed.read_run(
            part.low + run.start, part.low + run.end, shown, self._bars, run.logit(ABOVE)
        )  # fmt: skip
        for rule, one in found.items():
            if rule not in like or like[rule].share < one.share:
                like[rule] = one._replace(apart=run.apart)
