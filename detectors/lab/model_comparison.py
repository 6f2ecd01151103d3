"""Two models beside each other on decisions that neither has seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct, field
from rapidfuzz import fuzz, process

from detectors.lab.evaluation import wilson
from detectors.match.fold import fold
from detectors.match.letters import letters_of
from detectors.match.likeness import LikenessModel

__all__ = ["FEWEST_OF_SIDE", "Judged", "ModelComparison", "Tally", "compare"]

#: Fewer decisions about a rule prove nothing against it alone.
FEWEST_OF_RULE = 10
#: Fewer violations, or fewer lawful texts, say nothing of how a model decides those.
FEWEST_OF_SIDE = 5
#: A text has a near twin where so much of its letters, of 100, stands in another in the same order, or
#: the other way round: hosts say a sentence again the next evening, with other goods or 家人们 before it.
NEAR = 75.0
#: Texts with fewer letters stand in others by chance.
SHORTEST = 8


class Judged(NamedTuple):
    """A text, and whether it breaks a rule."""

    text: str
    rule: str
    broken: bool


class Tally(Struct):
    """How one model decides."""

    found: int = 0
    """Violations that it would watch."""
    violations: int = 0
    alarms: int = 0
    """Lawful texts that it would watch."""
    lawful: int = 0

    @property
    def right(self) -> int:
        """Texts that it decides as the office did."""
        return self.found + self.lawful - self.alarms

    @property
    def texts(self) -> int:
        return self.violations + self.lawful

    def add(self, *, broken: bool, watched: bool) -> None:
        """Counts one text."""
        if broken:
            self.violations += 1
            self.found += watched
        else:
            self.lawful += 1
            self.alarms += watched


class ModelComparison(Struct):
    """Both models by rule, and over all rules under the empty name."""

    in_use: dict[str, Tally]
    candidate: dict[str, Tally]
    fresh_in_use: Tally = field(default_factory=Tally)
    """Over all rules, of the texts alone that are like none that either learned from (`NEAR`)."""
    fresh: Tally = field(default_factory=Tally)
    """The same of the candidate."""

    def objections(self) -> list[str]:
        """Why the candidate should not take the place of the model in use; empty: it may."""
        if not self.candidate:
            return ["there is no decision that neither model has seen: nothing can be compared"]
        objections = []
        before, after = self.in_use[""], self.candidate[""]
        for many, kind, unknown in (
            (after.violations, "confirmed", "whether it finds as many"),
            (after.lawful, "a false alarm", "whether it raises more of them"),
        ):
            if many < FEWEST_OF_SIDE:
                objections.append(
                    f"{many} of {after.texts} set-aside decisions {'is' if many == 1 else 'are'} {kind}:"
                    f" {unknown} cannot be told from fewer than {FEWEST_OF_SIDE}"
                )
        if after.right < before.right:
            objections.append(
                f"it decides {after.right} of {after.texts} set-aside decisions as the office did, "
                f"the model in use {before.right}"
            )
        for rule, tally in self.candidate.items():
            old = self.in_use[rule]
            if not rule or tally.texts < FEWEST_OF_RULE:
                continue
            if wilson(tally.right, tally.texts)[1] < wilson(old.right, old.texts)[0]:
                objections.append(
                    f"{rule}: right on {tally.right} of {tally.texts}, the model in use on {old.right}:"
                    " worse beyond chance"
                )
            elif _is_higher(tally.alarms, old.alarms, tally.lawful):
                objections.append(
                    f"{rule}: raises {tally.alarms} of {tally.lawful} false alarms again, the model in use"
                    f" {old.alarms}: more beyond chance"
                )
        return objections


def _is_higher(part: int, before: int, of: int) -> bool:
    """Is a share of the same texts higher beyond chance?"""
    return of > 0 and wilson(part, of)[0] > wilson(before, of)[1]


def compare(
    in_use: LikenessModel,
    candidate: LikenessModel,
    judged: Iterable[Judged],
    thresholds: Mapping[str, float],
    learned: Iterable[str] = (),
) -> ModelComparison:
    """How two models decide texts.

    Args:
        thresholds: the likeness from which a rule watches; of a rule without one, 0.5.
        learned: what an office decided of which either model was made.
    """
    compared = ModelComparison({}, {})
    known = [letters for text in learned if len(letters := _letters(text)) >= SHORTEST]
    for text, rule, broken in judged:
        letters = _letters(text)
        least = thresholds.get(rule, 0.5)
        near = process.extractOne(letters, known, scorer=fuzz.partial_ratio, score_cutoff=NEAR)
        for model, tallies, fresh in (
            (in_use, compared.in_use, compared.fresh_in_use),
            (candidate, compared.candidate, compared.fresh),
        ):
            watched = model.watches(rule, letters, least)
            for name in ("", rule):
                tallies.setdefault(name, Tally()).add(broken=broken, watched=watched)
            if near is None:
                fresh.add(broken=broken, watched=watched)
    return compared


def _letters(text: str) -> str:
    return letters_of(fold(text).text)
