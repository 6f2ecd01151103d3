"""How ordinary a run of characters is: what each is worth after the two before it.

A model of the language of selling (characters by threes, discounted and interpolated), made offline by
``training/language.py`` from the labelled texts of this project, the words of the rules, and counts of
public sources (``NOTICE``). Its unit is the tenth of a nat: what is ten times as unlikely costs 23 more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from detectors.match.keeping import keeping

__all__ = ["FIGURE", "MARK", "TABLE", "TENTH", "WORD", "Language", "load_language", "shown"]

TABLE = Path(__file__).with_name("language.tsv")
#: The unit of costs, in nats.
TENTH = 0.1
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


class Language:
    """The model, ready to be asked."""

    def __init__(self, lines: Iterator[str]) -> None:
        """Of the lines of a table; the first says how it was made."""
        next(lines)
        self.alone: dict[str, int] = {}
        """What a character costs wherever it stands."""
        self.after: dict[str, dict[str, int]] = {}
        """… after another."""
        self.left: dict[str, int] = {}
        """What is added where a character was never met after one."""
        #: After two: the characters, and as many that stand for their costs. A dictionary for each
        #: would be ten times as large.
        self.after_two: dict[str, str] = {}
        self.left_two: dict[str, int] = {}
        known: dict[str, str] = {}
        self.least = 0
        """What a character costs that was never met."""
        for line in lines:
            context, left, groups = line.rstrip("\n").split("\t")
            if len(context) == 2:
                characters, costs = [], []
                for group in groups.split(" "):
                    cost, _, followers = group.partition(":")
                    characters.append(followers)
                    costs.append(chr(int(cost)) * len(followers))
                self.after_two[context] = "".join([*characters, *costs])
                self.left_two[context] = int(left)
                continue
            followed: dict[str, int] = {}
            for group in groups.split(" "):
                cost, _, followers = group.partition(":")
                worth = int(cost)
                for character in followers:
                    followed[known.setdefault(character, character)] = worth
            if context:
                self.after[known.setdefault(context, context)] = followed
                self.left[context] = int(left)
            else:
                self.alone, self.least = followed, int(left)

    def cost(self, two: str, character: str) -> int:
        """What a character costs after two others, tenths of a nat."""
        base = 0
        followers = self.after_two.get(two)
        if followers is not None:
            half = len(followers) // 2
            place = followers.find(character, 0, half)
            if place >= 0:
                return ord(followers[half + place])
            base = self.left_two[two]
        before = two[1]
        followed = self.after.get(before)
        if followed is None:
            return base + self.alone.get(character, self.least)
        cost = followed.get(character)
        if cost is not None:
            return base + cost
        return base + self.left[before] + self.alone.get(character, self.least)

    def follows(self, first: str, second: str) -> bool:
        """Were these two met side by side?"""
        followed = self.after.get(first)
        return followed is not None and second in followed


@lru_cache(maxsize=2)
@keeping
def load_language(path: Path = TABLE) -> Language:
    """The model in a table.

    A first line that says how it was made; then a context of no, one or two characters, what is added
    for what never follows it, and what does: ``cost:characters``, parted by blanks.

    Raises:
        OSError: it cannot be read.
        ValueError: it does not have the shape.
    """
    with path.open(encoding="utf-8") as lines:
        return Language(iter(lines))
