"""Pairs of characters that stand side by side in words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

__all__ = ["Inside", "number_of"]

#: So many code points there are.
_CHARACTERS = 0x110000
#: Pairs of which the answer is kept.
KNOWN = 20_000


class Inside(AbstractSet[str]):
    """Pairs of characters that stand side by side in words, sorted by their numbers."""

    def __init__(self, sorted_pairs: memoryview) -> None:
        self._pairs = sorted_pairs
        #: Of pairs that were asked for, the answer.
        self._known: dict[object, bool] = {}

    def __contains__(self, pair: object) -> bool:
        known = self._known.get(pair)
        if known is None:
            if len(self._known) >= KNOWN:
                self._known.clear()
            known = self._known[pair] = self._holds(pair)
        return known

    def _holds(self, pair: object) -> bool:
        if not isinstance(pair, str) or len(pair) != 2:
            return False
        pairs, number = self._pairs, number_of(*pair)
        place = bisect_left(pairs, number)
        return place < len(pairs) and pairs[place] == number

    def __iter__(self) -> Iterator[str]:
        for number in self._pairs:
            first, second = divmod(number, _CHARACTERS)
            yield chr(first) + chr(second)

    def __len__(self) -> int:
        return len(self._pairs)


def number_of(first: str, second: str) -> int:
    """The number of two characters."""
    return ord(first) * _CHARACTERS + ord(second)
