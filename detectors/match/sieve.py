"""Two first looks at a text at one go: which expressions are worth asking, and is it like anything?

What it costs to look for some ten thousand words is the memory of their tables: it does not stay at
hand between two texts. So the words of both looks share one table.
"""

from __future__ import annotations

from collections.abc import Mapping

from ahocorasick_rs import AhoCorasick, MatchKind

from detectors.match import sought
from detectors.match.keeping import keeping

__all__ = ["Sieve"]


class Sieve:
    """The words that expressions need, and pairs of characters with their weights."""

    @keeping
    def __init__(self, weights: Mapping[str, int]) -> None:
        """
        Args:
            weights: of pairs of characters (`LikenessTable.screen`).
        """
        belongs, self._always = sought.needed_words()
        #: Whose words these are: another table has those of more expressions.
        self._needed = belongs
        words = [*belongs, *(pair for pair in weights if pair not in belongs)]
        self._automaton = AhoCorasick(words, matchkind=MatchKind.Standard)
        # Of each number one object: there are few, and they are soon at hand.
        sets: dict[int, int] = {}
        self._belongs = [
            sets.setdefault(bits, bits) for bits in (belongs.get(word, 0) for word in words)
        ]
        self._weights = [weights.get(word, 0) for word in words]

    @property
    def is_whole(self) -> bool:
        """Does it have the words of all expressions that there are by now?"""
        return sought.needed_words()[0] is self._needed

    def look(self, text: str) -> tuple[int, int]:
        """What `sought.standing` says of a folded text, and the sum of its pairs."""
        standing, total = self._always, 0
        belongs, weights = self._belongs, self._weights
        for index, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
            standing |= belongs[index]
            total += weights[index]
        return standing, total
