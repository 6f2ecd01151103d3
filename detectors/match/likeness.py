"""How much a text is like what was labelled as a violation, where no rule has the words for it.

A linear model over the single letters and pairs of a text, one against all others for each rule,
trained offline (`training/likeness.py`, and for an office `detectors.lab.train`) and kept in one file
(`detectors.match.model_file`) that is mapped, not built. It has two uses: a text that is like violations is
watched, never more, through the same gates and with the nearest labelled examples in its reason; and words of
a claim in a text that is like none are let pass.

All arithmetic is on whole numbers, so every machine gives the same answer. A text is reduced to its
letters, all digits alike. Each of its letters and pairs of neighbours has a slot (`slots_of`); the
slots that were worth keeping name a row of weights, a byte for each rule, raised by 128. Of a text with
`n` letters, which have 2n − 1 letters and pairs, the logit of a rule, in thousandths, is

    (sum of its rows' weights, each once, × step × floor(65536 / √(2n − 1))) >> 40, rounded down,
    plus bias

with the step and the bias of the rule from the file. Where it is asked what a text is like, and not how much it is
like the violations of one rule, a rule's logit is lowered by what it lacks of the likeliest rule's: what breaks
one rule is somewhat like what breaks others.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import add, sub
from pathlib import Path
from typing import NamedTuple

from detectors.match.letters import (
    ROOT_BITS,
    STEP_BITS,
    letters_of,
    logit_of,
    root_of,
    scaled,
    share_of,
    slots_of,
)
from detectors.match.model_file import SIDES, Examples, ModelFile, open_model
from detectors.match.shared import shared

__all__ = [
    "LIKENESS",
    "MODEL",
    "SHORTEST",
    "Example",
    "Likeness",
    "LikenessModel",
    "Weighed",
    "load_likeness",
]

#: The name of the threshold in packs, and of the group of such a hit.
LIKENESS = "likeness"
#: The model that ships with the product.
MODEL = Path(__file__).parents[1] / "packs" / "model.bin"
#: Shorter texts say too little to be like something.
SHORTEST = 10
#: From so many letters on a text that is like nothing is one: shorter ones say too little to deny
#: what words say.
SHORTEST_DENIAL = 12
#: A text of up to so many letters hangs on one word where without the two neighbouring letters that weigh most
#: its logit, in thousandths, would be less than this. A word is no likeness. Chosen so that a violation
#: does not come to hang on one word by a letter that is masked in it.
BRIEF, HANGING = 16, -8_000
#: Where zero lies in the byte of a weight.
ZERO = 128
#: A byte takes two in a row of weights, so that so many rows can be added without a carry.
MOST_ADDED = 256
#: Logits are told apart by so many bits less where it is only asked whether any rule reaches one; and
#: of so many of these, each at one scale, it is kept what each rule needs.
COARSE, BOUNDS = 6, 1_000
#: Texts of which the rows are kept, at most.
KNOWN = 64
#: Rows that are kept as whole numbers, at most.
KNOWN_ROWS = 8_192
#: Runs of letters that are marked in the evidence.
MARKED = 3
#: Where a caller wants to know of a share below this, the first look decides nothing.
SCREENED = 0.3
_MARKS = ",。!?;、…: "


class Likeness(NamedTuple):
    """To how much a text is like the violations of one rule."""

    share: float
    """The model's estimate that it is one, 0 to 1, in thousandths."""
    start: int
    end: int
    """Half-open offsets of the clause that decided, in the folded text."""
    telling: tuple[tuple[int, int], ...]
    """Where in it the runs of letters stand that weighed most; the heaviest first."""
    run: tuple[int, int] | None = None
    """The half-open range that was read, where that is a run of its clauses; ``None``: all was."""
    apart: int = 0
    """How likely sentences end where that run begins and ends (`detectors.speech.passages.Run`)."""

    def behind(self, place: int) -> Likeness:
        """The same likeness with its offsets moved, for a text in which what was read begins at a place."""
        telling = tuple((place + start, place + end) for start, end in self.telling)
        return self._replace(start=place + self.start, end=place + self.end, telling=telling)


class Example(NamedTuple):
    """A labelled text that a text is like."""

    text: str
    closeness: float
    """How much of what speaks for the rule in both is the same, 0 to 1, in hundredths."""


_ROOTS = tuple(map(root_of, range(256)))


class LikenessModel:
    """A model in a file, ready to read texts."""

    def __init__(self, file: ModelFile) -> None:
        head = file.head
        self.file = file
        self.rules: Sequence[str] = head.rules
        self._numbers = {rule: number for number, rule in enumerate(head.rules)}
        self._steps = head.steps
        self._biases = head.biases
        self._row_of = file.index.__getitem__
        self._rows = file.rows
        self._width = 2 * len(head.rules)
        self._whole_rows = _WholeRows(file.rows, self._width)
        self.row = self._whole_rows.__getitem__
        """By its number, a row of weights as one whole number, a field of 16 bits a rule."""
        self._fields = struct.Struct(f"<{len(head.rules)}H")
        self.screen = file.screen.__getitem__
        """By the number of a row, what it adds to the suspicion that any rule is broken."""
        self._screen_step = head.screen_step
        self._screen_bias = head.screen_bias
        #: By logit and scale, as of `_needed`.
        self._bounds: dict[tuple[int, int], list[int]] = {}
        #: The letters that were looked up last, and the rows of each and of each two neighbours.
        self._last: tuple[str, list[int], list[int]] = "", [], []
        #: By some letters that were asked for of late, the rows of these.
        self._known_rows: dict[str, list[int]] = {}
        #: Of the rules of which the nearest were asked for, by their numbers.
        self._examples: dict[int, Examples] = {}

    @property
    def version(self) -> str:
        """SHA-256 of all that the model says, in hexadecimal digits."""
        return self.file.head.sha256

    def read(self, text: str, least: float) -> dict[str, Likeness]:
        """By rule, where a folded text is like its violations to `least` at least, 0 to 1."""
        if len(text) < SHORTEST:
            return {}
        letters = letters_of(text)
        if len(letters) < SHORTEST:
            return {}
        rows = set(map(self._row_of, slots_of(letters)))
        return self.read_rows(rows, len(letters), lambda: text, least)

    def is_suspect(self, suspicion: int, size: int) -> bool:
        """Is what the screen says of so many letters worth a closer look?"""
        root = _ROOTS[size] if size < len(_ROOTS) else root_of(size)
        bias = self._screen_bias << ROOT_BITS + STEP_BITS
        return suspicion * self._screen_step * root + bias >= 0

    def read_rows(
        self, rows: set[int], size: int, shown: Callable[[], str], least: float
    ) -> dict[str, Likeness]:
        """By rule, the likeness of a text with so many letters, from the rows of its letters and pairs."""
        rows.discard(0)
        root = _ROOTS[size] if size < len(_ROOTS) else root_of(size)
        if least >= SCREENED and not self.is_suspect(sum(map(self.screen, rows)), size):
            return {}
        found = list(rows)
        bound = logit_of(least)
        raised = ZERO * len(found)
        totals = self._totals(found)
        # Nearly all texts are like nothing: that is told of all rules at one go.
        if max(map(sub, totals, self.needed(bound, size))) < raised:
            return {}
        logits = self._logits(totals, raised, root)
        likeliest = max(logits)
        like = {}
        for number, logit in enumerate(logits):
            lowered = logit - (likeliest - logit)
            if lowered >= bound:
                told = self._told(number, lowered, shown())
                if told is not None:
                    like[self.rules[number]] = told
        return like

    def needed(self, bound: int, size: int) -> Sequence[int]:
        """By rule, the least sum of weights of so many letters that comes to a logit, in thousandths, which
        is rounded down to a multiple of 2^`COARSE`."""
        root = _ROOTS[size] if size < len(_ROOTS) else root_of(size)
        bound >>= COARSE
        needed = self._bounds.get((bound, root))
        if needed is None:
            if len(self._bounds) >= BOUNDS:
                self._bounds.clear()
            needed = self._bounds[bound, root] = [
                -((bias - (bound << COARSE) << ROOT_BITS + STEP_BITS) // (step * root))
                for step, bias in zip(self._steps, self._biases, strict=True)
            ]
        return needed

    def weigh(self, text: str) -> Weighed:
        """A folded text, ready to be read part by part."""
        letters = letters_of(text)
        last, singles, pairs = self._last
        # What is said is read again with what is said next: most of it was looked up just before.
        place, size = shared(letters, last)
        singles = singles[place : place + max(0, size - 1)]
        pairs = pairs[place : place + len(singles)]
        rest = letters[len(singles) :]
        rows = list(map(self._row_of, slots_of(rest)))
        singles += rows[: len(rest)]
        pairs += rows[len(rest) :]
        self._last = letters, singles, pairs
        return Weighed(self, text, singles, pairs)

    def share(self, rule: str, text: str) -> float | None:
        """How much a folded text is like one rule's violations, 0 to 1; ``None``: not known of the
        rule, or the text is too short to say that it is like none."""
        letters = letters_of(text)
        if len(letters) < SHORTEST_DENIAL:
            return None
        logit = self.logit(rule, letters)
        return None if logit is None else share_of(logit)

    def logit(self, rule: str, letters: str) -> int | None:
        """The logit of some letters for a rule, in thousandths; ``None``: not known of the rule."""
        number = self._numbers.get(rule)
        if number is None:
            return None
        found = self._rows_in(letters)
        at, width = 2 * number, self._width
        total = sum([self._rows[place * width + at] for place in found]) - ZERO * len(found)
        return scaled(total, self._steps[number], self._biases[number], letters)

    def likeliest(self, letters: str) -> int:
        """The logit of some letters for the rule whose violations they are most like, in thousandths."""
        found = self._rows_in(letters)
        return max(self._logits(self._totals(found), ZERO * len(found), root_of(len(letters))))

    def asserted(self, rule: str, text: str) -> float | None:
        """How surely a claim is made, 0 to 1, by its folded text with what stands around it: not
        denied, refused, told of others, asked, or lawfully explained; ``None``: not known of the rule.

        Learned of all rules together: how one refuses or tells is the same whatever it is about.
        """
        weights = self.file.asserted
        if weights is None or rule not in self._numbers:
            return None
        letters, head = letters_of(text), self.file.head
        total = sum(map(weights.__getitem__, self._rows_in(letters)))
        return share_of(scaled(total, head.asserted_step, head.asserted_bias, letters))

    def made_in_talk(self, before: str, said: str, behind: str) -> int | None:
        """How surely a claim in talk is made, a logit in thousandths, by the letters before it, of it and
        behind it; ``None``: the model does not know that.

        As `asserted`, but “我不念” behind a claim is not what it is before one, and learned from talks alone.
        """
        weights, head = self.file.around, self.file.head
        if weights is None:
            return None
        total = sum(
            weights[SIDES * row + side]
            for side, letters in enumerate((before, said, behind))
            for row in self._rows_in(letters)
        )
        return scaled(total, head.around_step, head.around_bias, before + said + behind)

    def leaning(self, rule: str, text: str) -> int:
        """Which way some letters and their pairs lean alone: above zero, towards a rule's violations."""
        number = self._numbers.get(rule)
        if number is None:
            return 0
        return sum(self._weight(number, row) for row in self._rows_in(letters_of(text)))

    def watches(self, rule: str, letters: str, least: float) -> bool:
        """Are some letters like a rule's violations to `least` at least?"""
        logit = self.logit(rule, letters)
        return logit is not None and share_of(logit) >= least

    def nearest(self, rule: str, text: str, many: int = 1) -> list[Example]:
        """The labelled violations of a rule that a folded text is most like, the nearest first.

        Two texts are alike by the weights of the rows that speak for the rule in both, against the
        weights of all that do in either (Dice 1945); of a labelled text its heaviest rows count.
        """
        number = self._numbers.get(rule)
        if number is None:
            return []
        own = self._speaking(number, letters_of(text))
        whole = sum(sorted(own.values(), reverse=True)[: self.file.head.kept])
        examples = self._examples.get(number)
        if examples is None:
            examples = self._examples[number] = self.file.examples(number)
        close = [
            (-round(200 * both / (examples.weights[place] + whole)), place)
            for place, both in examples.sharing(own).items()
        ]
        return [
            Example(self.file.example(number, place), min(-share, 100) / 100)
            for share, place in sorted(close)[:many]
        ]

    def _speaking(self, number: int, letters: str) -> dict[int, int]:
        """The rows of some letters that speak for a rule, and their weights."""
        at, width, rows = 2 * number, self._width, self._rows
        weights = {place: rows[place * width + at] - ZERO for place in self._rows_in(letters)}
        return {place: weight for place, weight in weights.items() if weight > 0}

    def _rows_in(self, letters: str) -> list[int]:
        """The numbers of the rows of some letters, each once: several rules ask for those of one text."""
        known = self._known_rows.get(letters)
        if known is None:
            found = set(map(self._row_of, slots_of(letters)))
            found.discard(0)
            if len(self._known_rows) >= KNOWN:
                self._known_rows.clear()
            known = self._known_rows[letters] = list(found)
        return known

    def _totals(self, found: list[int]) -> Sequence[int]:
        """What some rows add to each rule together, raised by `ZERO` for each of them."""
        if len(found) > MOST_ADDED:
            parts = [
                self._totals(found[start : start + MOST_ADDED])
                for start in range(0, len(found), MOST_ADDED)
            ]
            return [sum(of_rule) for of_rule in zip(*parts, strict=True)]
        total = sum(map(self.row, found))
        return self._fields.unpack(total.to_bytes(self._width, "little"))

    def _logits(self, totals: Sequence[int], raised: int, root: int) -> list[int]:
        """By rule, the logit of sums of weights that are raised by so much."""
        return [
            ((total - raised) * step * root >> ROOT_BITS + STEP_BITS) + bias
            for total, step, bias in zip(totals, self._steps, self._biases, strict=True)
        ]

    def _told(self, number: int, logit: int, text: str) -> Likeness | None:
        """Where in a text, and by which runs of letters, it is like a rule's violations; ``None``: by one word."""
        places = [place for place, one in enumerate(text) if one.isalnum()]
        letters = letters_of(text)
        rows = list(map(self._row_of, slots_of(letters)))
        if len(letters) <= BRIEF:
            heaviest = self._heaviest(number, rows, len(letters))
            without = heaviest * self._steps[number] * _ROOTS[len(letters)]
            if logit - (without >> ROOT_BITS + STEP_BITS) < HANGING:
                return None
        runs: list[tuple[int, int, int]] = []
        at = [0.0] * len(text)
        first = 0
        for length in (1, 2):
            for start in range(len(letters) - length + 1):
                weight = self._weight(number, rows[first + start])
                if weight > 0:
                    runs.append((weight * length, places[start], places[start + length - 1] + 1))
                    for place in places[start : start + length]:
                        at[place] += weight / length
            first += max(0, len(letters) - length + 1)
        low, high = max(_clauses(text), key=lambda clause: sum(at[clause[0] : clause[1]]))
        telling: list[tuple[int, int]] = []
        for _, start, end in sorted(runs, key=lambda run: (-run[0], run[1])):
            if start < low or end > high or end - start < 2:
                continue
            if all(end <= one[0] or one[1] <= start for one in telling):
                telling.append((start, end))
            if len(telling) == MARKED:
                break
        return Likeness(share_of(logit), low, high, tuple(telling))

    def _heaviest(self, number: int, rows: Sequence[int], size: int) -> int:
        """The most that two neighbouring letters, with the pairs that hold either, add to a rule.

        Args:
            rows: the rows of so many letters, then of each pair of neighbours; what comes again counts once.
        """
        met: set[int] = set()
        weights: list[int] = []
        for row in rows:
            weights.append(0 if row in met else self._weight(number, row))
            met.add(row)
        singles, pairs = weights[:size], [0, *weights[size:], 0]
        return max(
            sum(singles[at : at + 2]) + sum(pairs[at : at + 3]) for at in range(len(singles) - 1)
        )

    def _weight(self, number: int, row: int) -> int:
        return self._rows[row * self._width + 2 * number] - ZERO if row else 0


class _WholeRows(dict[int, int]):
    """By its number, a row of weights as one whole number: of those that were asked for of late."""

    def __init__(self, rows: memoryview, width: int) -> None:
        super().__init__()
        self._rows, self._width = rows, width

    def __missing__(self, place: int) -> int:
        if len(self) >= KNOWN_ROWS:
            self.clear()
        low = place * self._width
        row = self[place] = int.from_bytes(self._rows[low : low + self._width], "little")
        return row


class Weighed:
    """A folded text of which the letters and pairs are looked up, ready to be read part by part."""

    __slots__ = ("_looks", "_model", "_text", "before", "pairs", "singles")

    def __init__(
        self, model: LikenessModel, text: str, singles: list[int], pairs: list[int]
    ) -> None:
        self._model = model
        self._text = text
        self.singles = singles
        """The rows of its letters …"""
        self.pairs = pairs
        """… and of each two neighbours among them."""
        self.before: Sequence[int] = (
            range(len(text) + 1)
            if len(singles) == len(text)
            else [0, *accumulate(map(str.isalnum, text))]
        )
        """How many letters stand before each place."""
        self._looks: tuple[list[int], list[int]] | None = None

    @property
    def added(self) -> list[int]:
        """What each letter, with the pair that it ends, adds to all rules, as rows are, raised by twice `ZERO`."""
        row = self._model.row
        ending = map(row, [0, *self.pairs])
        return list(map(add, map(row, self.singles), ending))

    def read(
        self, low: int, high: int, shown: Callable[[], str], least: float
    ) -> dict[str, Likeness]:
        """By rule, where a part of it is like the rule's violations to `least` at least, 0 to 1.

        Args:
            low, high: the half-open range of the part.
            shown: gives the part as it is read, with more marks perhaps: places are told in this.
        """
        first, last = self.before[low], self.before[high]
        if last - first < SHORTEST:
            return {}
        rows = {*self.singles[first:last], *self.pairs[first : last - 1]}
        return self._model.read_rows(rows, last - first, shown, least)

    def read_run(
        self, low: int, high: int, shown: Callable[[], tuple[str, int, int]],
        bars: Mapping[str, int], more: int,
    ) -> dict[str, Likeness]:  # fmt: skip
        """By rule, where a run of clauses is like the rule's violations.

        Args:
            low, high: the half-open range of the run.
            shown: gives a part as it is read, and where the run stands in it: places are told in this.
            bars: by rule, the logit in thousandths that a text must have; others are not asked.
            more: what a run must have more.
        """

        def alone() -> str:
            text, start, end = shown()
            return text[start:end]

        least = max(share_of(min(bars.values()) + more), SCREENED)
        found = {
            rule: one
            for rule, one in self.read(low, high, alone, least).items()
            if rule in bars and one.share >= share_of(bars[rule] + more)
        }
        if not found:
            return found
        _, start, end = shown()
        return {rule: one.behind(start)._replace(run=(start, end)) for rule, one in found.items()}

    def suspects(self, low: int, high: int) -> bool:
        """Is a part worth a closer look? Letters that are said twice count twice in this."""
        if self._looks is None:
            screen = self._model.screen
            self._looks = (
                [0, *accumulate(map(screen, self.singles))],
                [0, *accumulate(map(screen, self.pairs))],
            )
        singles, pairs = self._looks
        first, last = self.before[low], self.before[high]
        if last - first < SHORTEST:
            return False
        suspicion = singles[last] - singles[first] + pairs[last - 1] - pairs[first]
        return self._model.is_suspect(suspicion, last - first)


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for place, character in enumerate(text):
        if character in _MARKS and place > start:
            yield start, place
            start = place + 1
    if start < len(text) or start == 0:
        yield start, len(text)


@lru_cache(maxsize=2)
def load_likeness(path: Path = MODEL) -> LikenessModel:
    """The model in a file, mapped.

    Raises:
        OSError: it cannot be read.
        ModelError: it is no model, or damaged.
    """
    return LikenessModel(open_model(path))
