"""How ordinary a run of characters is: what each is worth after the two before it.

A model of the language of selling (characters by threes, discounted and interpolated), made offline by
``training/language.py`` from the labelled texts of this project, the words of the rules, and counts of
public sources (``NOTICE``). Its unit is the tenth of a nat: what is ten times as unlikely costs 23 more.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from detectors.match.image import Image, Sections, numbers
from detectors.match.keeping import keeping

__all__ = [
    "FIGURE",
    "MARK",
    "TABLE",
    "TENTH",
    "WORD",
    "Language",
    "language",
    "load_language",
    "shown",
]

TABLE = Path(__file__).with_name("language.tsv")
#: The unit of costs, in nats.
TENTH = 0.1
#: Contexts of two characters that are kept at hand: more than some disguised texts ask for.
MOST_KNOWN = 4_000
#: What stands for any marks, any figure, any Latin word; single letters stand for themselves.
MARK, FIGURE, WORD = "|", "#", "L"
_FIGURES = re.compile("[0-9.]+")
_WORDS = re.compile("[a-z]{2,}")
_MARKS = re.compile("[^\u4e00-\u9fffa-z#L]+")


def shown(text: str) -> str:
    """A folded text as the model sees it.

    >>> shown("这款spf50的,m码")
    '这款L#的|m码'
    """
    return _MARKS.sub(MARK, _WORDS.sub(WORD, _FIGURES.sub(FIGURE, text)))


def language(lines: Iterable[str]) -> Sections:
    """The tables of a `Language`, of the lines of `TABLE`.

    A first line that says how the model was made; then a context of no, one or two characters, what is
    added for what never follows it, and what does: ``cost:characters``, parted by blanks.

    Raises:
        ValueError: they do not have the shape.
    """
    contexts: list[dict[str, tuple[str, int]]] = [{}, {}, {}]
    rows = iter(lines)
    next(rows)
    for line in rows:
        context, left, groups = line.rstrip("\n").split("\t")
        characters, costs = [], []
        for group in groups.split(" "):
            cost, _, followers = group.partition(":")
            characters.append(followers)
            costs.append(chr(int(cost)) * len(followers))
        contexts[len(context)][context] = "".join([*characters, *costs]), int(left)
    return {
        name: section
        for order, known in zip(("alone", "after", "after_two"), contexts, strict=True)
        for name, section in _sections(order, known).items()
    }


def _sections(order: str, known: Mapping[str, tuple[str, int]]) -> Sections:
    """The contexts of one length: sorted, with what follows each."""
    contexts = sorted(known)
    followers = [known[context][0].encode("utf-16-le") for context in contexts]
    return {
        f"{order}.contexts": numbers(map(_number_of, contexts)),
        f"{order}.left": numbers(known[context][1] for context in contexts),
        f"{order}.ends": numbers(accumulate(map(len, followers))),
        f"{order}.followers": b"".join(followers),
    }


def _number_of(context: str) -> int:
    """The number of a context; in the order of contexts."""
    number = 0
    for character in context:
        number = number * 0x110000 + ord(character)
    return number


class _Followers:
    """What follows the contexts of one length, read where it lies."""

    def __init__(self, image: Image) -> None:
        self._contexts = image.numbers("contexts")
        self._left = image.numbers("left")
        self._ends = image.numbers("ends")
        self._followers = image.view("followers")

    def of(self, context: str) -> tuple[str, int]:
        """The characters that were met after a context and as many that stand for their costs, and
        what is added for any other; nothing, where the context was never met."""
        contexts, number = self._contexts, _number_of(context)
        place = bisect_left(contexts, number)
        if place == len(contexts) or contexts[place] != number:
            return "", 0
        start = self._ends[place - 1] if place else 0
        return str(self._followers[start : self._ends[place]], "utf-16-le"), self._left[place]

    def __iter__(self) -> Iterator[str]:
        """The contexts of one character."""
        return map(chr, self._contexts)


class Language:
    """The model, ready to be asked."""

    def __init__(self, image: Image) -> None:
        """Of what `language` made."""
        followers, self.least = _Followers(image.under("alone")).of("")
        """The second: what a character costs that was never met."""
        half = len(followers) // 2
        self.alone = dict(zip(followers[:half], map(ord, followers[half:]), strict=True))
        """What a character costs wherever it stands."""
        after = _Followers(image.under("after"))
        self.after: dict[str, str] = {}
        """By character, those that were met after it, and as many that stand for their costs: a
        dictionary for each would be ten times as large."""
        self.left: dict[str, int] = {}
        """What is added where a character was never met after one."""
        for context in after:
            self.after[context], self.left[context] = after.of(context)
        self._after_two = _Followers(image.under("after_two"))
        #: Those that were asked for of late.
        self._known: dict[str, tuple[str, int]] = {}

    def after_two(self, two: str) -> tuple[str, int]:
        """The cost of each character after two others, and what is added where it was never met after them."""
        known = self._known.get(two)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = self._known[two] = self._after_two.of(two)
        return known

    def cost(self, two: str, character: str) -> int:
        """What a character costs after two others, tenths of a nat."""
        followers, base = self.after_two(two)
        half = len(followers) // 2
        place = followers.find(character, 0, half)
        if place >= 0:
            return ord(followers[half + place])
        before = two[1]
        followed = self.after.get(before, "")
        half = len(followed) // 2
        place = followed.find(character, 0, half)
        if place >= 0:
            return base + ord(followed[half + place])
        return base + self.left.get(before, 0) + self.alone.get(character, self.least)

    def whole_cost(self, tokens: str) -> int:
        """What a text costs that begins anew, as the model sees it (`shown`)."""
        after = MARK + MARK + tokens
        return sum(self.cost(after[at : at + 2], token) for at, token in enumerate(tokens))

    def follows(self, first: str, second: str) -> bool:
        """Were these two met side by side?"""
        followed = self.after.get(first, "")
        return followed.find(second, 0, len(followed) // 2) >= 0


@lru_cache(maxsize=1)
@keeping
def load_language(path: Path = TABLE) -> Language:
    """The model in a table (`language` tells its shape), read once.

    Raises:
        OSError: it cannot be read.
        ValueError: it does not have the shape.
    """
    with path.open(encoding="utf-8") as lines:
        return Language(Image(language(lines)))
