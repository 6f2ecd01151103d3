"""At which rules' violations a text hints, told of all rules at one go, before it is read closely.

Nearly all that hosts say is ordinary, and nearly all of it has words of some rule. A claim of a rule stands among
letters that speak for the rule, so a stretch of a text of which none does holds no claim of it, whatever words
stand in it. Stretches of `SIZES` letters are added up for all rules together (`likeness.Weighed.added`),
and all sums are compared with what the rules need by one subtraction of whole numbers, a field of 16 bits a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import NamedTuple

from detectors.match.letters import logit_of
from detectors.match.likeness import SHORTEST_DENIAL, ZERO, LikenessModel

__all__ = ["Hinted", "Hints"]

#: Letters of a stretch, and of a step from one to the next; the first is a multiple of that, and twice as long is
#: the second. Shorter texts are one.
STEP = 8
SIZES = 16, 32
#: So much less than a text needs to be watched for its likeness makes a stretch worth a look, as a logit in
#: thousandths: of 5,907 violations that are so alike 30 have no such stretch, and words find those.
BELOW = 1_000
#: A field of a rule, and the bit of it that no sum reaches.
_FIELD, _TOP = 16, 15
_MOST = (1 << _TOP) - 1


class Hinted(NamedTuple):
    """At what a text hints."""

    at: Sequence[int]
    """By each `STEP` letters, the rules at whose violations a stretch that they belong to hints, as bits."""
    before: Sequence[int]
    """How many letters stand before each place of the text."""
    is_suspect: bool
    """May it be so much like violations of any rule that this alone says something?"""

    @property
    def rules(self) -> int:
        """The rules at whose violations it hints anywhere, as bits."""
        rules = 0
        for one in self.at:
            rules |= one
        return rules

    def beside(self, place: int) -> int:
        """The rules at whose violations a stretch hints in which a place of the text stands, as bits."""
        return self.at[self.before[place] // STEP]


class Hints:
    """Looks at texts with a model."""

    def __init__(
        self, model: LikenessModel, bits: Mapping[str, int], least: Mapping[str, float],
        bars: Mapping[str, int],
    ) -> None:  # fmt: skip
        """
        Args:
            bits: what stands for a rule in a number that stands for several.
            least: by rule, how much a stretch must be like its violations, 0 to 1.
            bars: by rule, the logit in thousandths from which on a text is watched for its likeness.
        """
        self._model = model
        self._bits = [bits.get(rule, 0) if rule in least else 0 for rule in model.rules]
        self._least = [logit_of(least.get(rule, 0)) for rule in model.rules]
        self._bars = [bars.get(rule) for rule in model.rules]
        self._tops = sum(1 << _FIELD * number + _TOP for number in range(len(model.rules)))
        self.known = sum(self._bits)
        """The rules of which it can tell, as bits."""
        #: By its letters, what a stretch needs to hint at each rule, and to be suspect.
        self._needed: dict[int, tuple[int, int]] = {}

    def of(self, text: str) -> Hinted:
        """At what a folded text hints; what is too short hints at everything."""
        weighed = self._model.weigh(text)
        letters = weighed.added
        tops, suspect = self._tops, 0
        if len(letters) < SHORTEST_DENIAL:
            return Hinted([self.known], [0] * (len(text) + 1), is_suspect=True)
        over = [0] * (len(letters) // STEP + 1)
        for start, size, stretch in _stretches(letters):
            needed = self._needed.get(size) or self._need(size)
            raised = stretch | tops
            suspect |= raised - needed[1]
            if hints := (raised - needed[0]) & tops:
                for step in range(start // STEP, (start + size - 1) // STEP + 1):
                    over[step] |= hints
        return Hinted(list(map(self._rules, over)), weighed.before, is_suspect=bool(suspect & tops))

    def _rules(self, over: int) -> int:
        """The rules of which the top bit of the field is set."""
        rules, bits = 0, self._bits
        while over:
            top = over & -over
            rules |= bits[(top.bit_length() - 1) // _FIELD]
            over ^= top
        return rules

    def _need(self, size: int) -> tuple[int, int]:
        model, raised = self._model, 2 * size * ZERO
        hinting = [
            model.needed(least, size)[number] + raised for number, least in enumerate(self._least)
        ]
        watched = [
            _MOST if bar is None else model.needed(bar - BELOW, size)[number] + raised
            for number, bar in enumerate(self._bars)
        ]
        self._needed[size] = self._packed(hinting), self._packed(watched)
        return self._needed[size]

    @staticmethod
    def _packed(needs: Iterable[int]) -> int:
        return sum(min(max(need, 0), _MOST) << _FIELD * number for number, need in enumerate(needs))


def _stretches(letters: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """The stretches of a text: where each begins, its letters, and the sum of what these add."""
    short, long = SIZES
    size = len(letters)
    if size <= short:
        yield 0, size, sum(letters)
        return
    steps = [sum(letters[start : start + STEP]) for start in range(0, size - STEP + 1, STEP)]
    twos = list(map(add, steps, steps[1:]))
    for number, two in enumerate(twos):
        yield STEP * number, short, two
    if size % STEP:
        yield size - short, short, sum(letters[-short:])
    if size <= long:
        yield 0, size, sum(letters)
        return
    for number, (first, second) in enumerate(zip(twos, twos[2:], strict=False)):
        yield STEP * number, long, first + second
    if size % STEP:
        yield size - long, long, sum(letters[-long:])
