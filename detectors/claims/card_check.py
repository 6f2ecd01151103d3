"""Compares a claim with the product card: a word, a grade or a figure in one of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from detectors.calendar import beijing_date
from detectors.events import Product
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.typed import figure
from detectors.pack.frames import OnCard, kinds_above, kinds_of
from detectors.rule import RuleSpec

__all__ = ["Shown", "shown_against"]

#: What parts the items of a list: ingredients, materials.
_ITEMS = str.maketrans(dict.fromkeys(",;:()[]【】/\n", "、"))
#: A figure, or two of a range: “3-6岁”.
_FIGURE = re.compile(
    r"(\d{1,12}(?:\.\d{1,12})?)\s{0,8}(?:[-~至到]\s{0,8}(\d{1,12}(?:\.\d{1,12})?)\s{0,8})?"
)
#: More than is shown by less than this is a matter of rounding.
BETTER_BY = 1.02
_HALF = "半"
#: Figures that are years, of what is said to be so many years old.
_YEARS = range(1_900, 2_100)


class Shown(NamedTuple):
    """A field of a card that tells of what a claim is about."""

    name: str
    value: str
    words: str = ""
    """What in it contradicts the claim."""
    agrees: bool = False
    numbers: tuple[tuple[str, float], ...] = ()


class _Reader:
    """Compares a claim with the fields of one card."""

    def __init__(
        self, spec: RuleSpec, wanted: OnCard, hits: Sequence[Hit], text: str, card: Product
    ) -> None:
        self.spec, self.wanted, self.hits, self.text = spec, wanted, hits, text
        self.year = beijing_date(card.at).year

    def read(self, name: str, value: str) -> Shown | None:
        """What a field tells; ``None``: nothing of this."""
        folded = fold(value).text
        if self.wanted.ranks:
            return self._ranked(name, value, folded)
        if self.wanted.unit:
            return self._measured(name, value, folded)
        if self.wanted.above is not None:
            told = [float(match[1]) for match in _FIGURE.finditer(folded)][:1]
            return Shown(name, value) if told and told[0] > self.wanted.above else None
        listed = self._without(f"、{folded.translate(_ITEMS)}、".replace(" ", ""))
        word = next((word for word in self._words() if word in listed), None)
        return None if word is None else Shown(name, value, word.strip("、"))

    def _without(self, value: str) -> str:
        for slot in self.wanted.but:
            for word in self.spec.words_of(slot):
                value = value.replace(word, "")
        return value

    def _words(self) -> Iterator[str]:
        kinds = {_kind(hit.group) for hit in self.hits}
        for name in self.wanted.words:
            for slot in kinds_of(self.spec.patterns, name):
                if not self.wanted.same or _kind(slot) in kinds:
                    yield from self.spec.patterns[slot]

    def _ranked(self, name: str, value: str, folded: str) -> Shown | None:
        """Is the claim's word of a better rank than each on the card?"""
        slot = self.wanted.ranks
        said = [_rank(hit.group) for hit in self.hits if hit.group.startswith(f"{slot}.")]
        there = []
        for word, rank in self._ranks(slot):
            if word in folded:
                there.append(rank)
                folded = folded.replace(word, " ")
        if not said or not there:
            return None
        best = min(there) if self.wanted.less else max(there)
        agrees = said[0] >= best if self.wanted.less else said[0] <= best
        return Shown(name, value, agrees=agrees)

    def _ranks(self, slot: str) -> list[tuple[str, float]]:
        """The words of a slot with their ranks, the longest first."""
        ranked = [
            (word, _rank(kind))
            for kind in kinds_of(self.spec.patterns, slot)
            for word in self.spec.patterns[kind]
        ]
        return sorted(ranked, key=lambda one: -len(one[0]))

    def _measured(self, name: str, value: str, folded: str) -> Shown | None:
        """Is the claim's figure beyond those of the same unit on the card?"""
        said = self._said()
        if said is None:
            return None
        amount, kind = said
        there = [shown for shown, unit in self._figures(folded) if kind in ("", unit)]
        if not there:
            return None
        if self.wanted.less:
            best = min(there)
            agrees = amount >= best
        else:
            best = max(there)
            whole = 1.0
            for match in _FIGURE.finditer(folded):
                whole *= float(match[1])
            # “10包×6提”: all of it together may be meant.
            agrees = amount <= best * BETTER_BY + self.wanted.slack or amount == whole
        return Shown(name, value, agrees=agrees, numbers=(("spoken", amount), ("shown", best)))

    def _said(self) -> tuple[float, str] | None:
        """The figure of the claim in the smallest unit, and its kind where units are of several."""
        if self.wanted.above is not None:
            return self.wanted.above, ""
        hit = next((hit for hit in self.hits if hit.group in ("<number>", "<year>")), None)
        if hit is None:
            return None
        if hit.term == _HALF:
            amount: float | None = 0.5
        else:
            amount = number(hit.term.rstrip(",.")) or figure(self.text, hit)
        if amount is None:
            return None
        if self.wanted.years and amount in _YEARS:
            return self.year - amount, ""
        groups = (one.group for one in self.hits)
        group = next((one for one in groups if self.wanted.unit in kinds_above(one)), "")
        scale = _scale(group)
        return (amount * scale, "") if scale is not None else (amount, _kind(group))

    def _figures(self, value: str) -> Iterator[tuple[float, str]]:
        """The figures of a folded value that have a unit, in the smallest, with the kinds of these."""
        units = [
            (word, kind)
            for kind in kinds_of(self.spec.patterns, self.wanted.unit)
            for word in sorted(self.spec.patterns[kind], key=len, reverse=True)
        ]
        for match in _FIGURE.finditer(value):
            kind = next((kind for word, kind in units if value.startswith(word, match.end())), None)
            for amount in map(float, filter(None, match.groups())):
                if self.wanted.years and amount in _YEARS:
                    yield self.year - amount, ""
                elif kind is not None:
                    scale = _scale(kind)
                    yield (amount, _kind(kind)) if scale is None else (amount * scale, "")


def shown_against(
    spec: RuleSpec, wanted: OnCard, hits: Sequence[Hit], text: str, card: Product | None
) -> Shown | None:
    """What a card tells of what a frame asks for, a contradiction before what agrees; ``None``: nothing.

    Args:
        hits: the words and figures of the claim, in a folded text.
    """
    if card is None or not card.attributes:
        return None
    fields = [word for slot in wanted.fields for word in spec.words_of(slot)]
    reader = _Reader(spec, wanted, hits, text, card)
    told = [
        shown
        for name, value in card.attributes.items()
        if value and (not fields or any(word in name for word in fields))
        and (shown := reader.read(name, value)) is not None
    ]  # fmt: skip
    return next((one for one in told if not one.agrees), told[0] if told else None)


def _kind(group: str) -> str:
    return group.partition(".")[2]


def _rank(group: str) -> float:
    return float(_kind(group))


def _scale(group: str) -> float | None:
    """How many of the smallest unit a unit is, by the name of its kind; ``None``: it is its own measure."""
    kind = _kind(group)
    return float(kind) if kind.replace(".", "", 1).isdigit() else None
