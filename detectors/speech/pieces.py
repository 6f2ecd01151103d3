"""Long texts, cut into pieces that are read one after the other.

`re` holds the interpreter while it reads, and many expressions look at each place of a text: a
text of the contract may have 20,000 characters, so nothing reads one at a go. A piece ends where
a sentence ends, or else a clause, or else anywhere; the next one begins a little before that end,
so that what stands on the seam is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["AROUND", "LONGEST", "OVERLAP", "PIECE", "piece_around", "pieces"]

#: Characters of a text that is read at one go; no spoken sentence, title or chat line is longer.
LONGEST = 400
#: Characters of a piece of a longer one, at most.
PIECE = 160
#: Characters that two neighbours share, at most; half as many at least.
OVERLAP = 40
#: Most characters around a claim whose likeness is computed: in more, the claim would drown in ordinary
#: words.
AROUND = 120
_SENTENCE = re.compile("[。！？!?\n]")
_CLAUSE = re.compile("[,，;；:：、 ]")


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """The half-open ranges of a text's pieces, in their order; one where it is short.

    >>> text = "这是一句话，说得很长。" * 50
    >>> [len(text[start:end]) for start, end in pieces(text)]
    [154, 154, 154, 154, 66]
    """
    start, length = 0, len(text)
    while length > LONGEST and length - start > PIECE:
        end = _last_cut(text, start + PIECE // 2, start + PIECE)
        yield start, end
        start = _first_cut(text, end - OVERLAP, end - OVERLAP // 2)
    yield start, length


def piece_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The half-open range of a piece with a range of the text about its middle, by the same cuts;
    all of a text that is no longer than a piece.

    >>> text = "今天天气真好。" * 20 + "这锅全国最好，" + "大家慢慢看。" * 20
    >>> first = text.index("全国")
    >>> low, high = piece_around(text, first, first + 4)
    >>> low < first < first + 4 < high <= low + AROUND, text[low : low + 7], text[high - 6 : high]
    (True, '今天天气真好。', '大家慢慢看。')
    """
    length = len(text)
    if length <= AROUND:
        return 0, length
    low = max(0, min((start + end - AROUND) // 2, length - AROUND))
    high = max(end, low + AROUND)
    low = min(low, start)
    if low:
        low = _first_cut(text, low, start)
    if high < length:
        high = _last_cut(text, end, high)
    return low, high


def _last_cut(text: str, low: int, high: int) -> int:
    """The end of the last sentence in a range, else of the last clause, else that of the range."""
    for mark in (_SENTENCE, _CLAUSE):
        ends = [match.end() for match in mark.finditer(text, low, high)]
        if ends:
            return ends[-1]
    return high


def _first_cut(text: str, low: int, high: int) -> int:
    """The beginning of the first sentence in a range, else of the first clause, else its own."""
    for mark in (_SENTENCE, _CLAUSE):
        match = mark.search(text, low, high)
        if match is not None:
            return match.end()
    return low
