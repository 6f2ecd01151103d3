"""The gist of a chat line: what is left when marks, particles, fillers and figures are gone.

Two lines of one template have (nearly) the same gist, whatever punctuation, numbers, sentence
particles and intensifiers were sprinkled over them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from detectors.match.automaton import SEAM, having
from detectors.match.fold import BEYOND, CAREFUL, fold, widened
from detectors.match.tables import FILLERS

__all__ = ["anchors", "contained_ratio", "gist", "gists"]

_MARKS: dict[int, None] = {
    code: None
    for first, last in (
        (0x00, 0x2E80), (0x3000, 0x3040), (0xFE00, 0xFE70), (0xFF00, 0xFFF0), (0x1F000, 0x1FB00),
    )
    for code in range(first, last)
    if unicodedata.category(chr(code))[0] not in "LN"
}  # fmt: skip
#: Most lines have none. Two classes: one with both would be searched range by range.
_MARK = re.compile(f"[{re.escape(''.join(chr(code) for code in _MARKS if code < 0x10000))}]")
_PICTURE = re.compile("[\U00010000-\U0010ffff]")
#: What neither folding nor the taking of marks changes, variants aside: most lines of a chat are
#: nothing else.
_COMMON = re.compile("[0-9\u4e00-\u9fff]*")
#: What stands between fillers. Joining it takes half the time of `translate`, which asks for each
#: character by itself.
_BETWEEN = re.compile(f"[^{FILLERS}]+").findall
#: Pictures that folding leaves as they are and a gist does not have, and what chooses their form.
_PICTURES = re.compile("[\U0001f300-\U0001faff\ufe0f]+")


def gist(text: str) -> tuple[str, int]:
    """The gist, and the number of characters of the line without its marks.

    >>> gist("用了半个月，皮肤真的变好了！！～"), gist("用了3个月皮肤变好了呀")
    (('用半个月皮肤变好', 12), ('用个月皮肤变好', 11))
    """
    if _COMMON.fullmatch(text) is not None and CAREFUL.search(text) is None:
        return "".join(_BETWEEN(text)), len(text)
    words = fold(_PICTURES.sub("", text)).text
    if _MARK.search(words) is not None:
        words = _MARK.sub("", words)
    if _PICTURE.search(words) is not None:
        words = words.translate(_MARKS)
    return "".join(_BETWEEN(words)), len(words)


def _takes_care(text: str) -> list[int]:
    """Where characters stand that folding has to look at one by one."""
    return [match.start() for find in (CAREFUL, BEYOND) for match in find.finditer(text)]


def gists(texts: Sequence[str]) -> list[tuple[str, int]]:
    """The gists of several texts: what takes no care is read at one go, in a third of the time.

    >>> gists(["用了半个月，皮肤真的变好了！！～", "①用了３个月", ""]) == list(
    ...     map(gist, ["用了半个月，皮肤真的变好了！！～", "①用了３个月", ""]))
    True
    """
    joined = SEAM.join(texts)
    if joined.count(SEAM) != len(texts) - 1:
        return list(map(gist, texts))
    without = _PICTURES.sub("", joined)
    if len(without) < len(joined):
        joined, texts = without, without.split(SEAM)
    careful = having(texts, _takes_care)
    found = {place: gist(texts[place]) for place in careful}
    if found:
        joined = SEAM.join(text for place, text in enumerate(texts) if place not in found)
    folded = widened(joined).lower()
    words = _MARK.sub("", folded)
    if len(folded) != len(joined) or _PICTURE.search(words) is not None:
        return list(map(gist, texts))
    lengths = map(len, words.split(SEAM))
    read = zip("".join(_BETWEEN(words)).split(SEAM), lengths, strict=True)
    if not found:
        return list(read)
    return [found[index] if index in found else next(read) for index in range(len(texts))]


def anchors(text: str) -> tuple[str, str]:
    """Two bigrams that most small changes leave in place: the last and the first in code order.

    >>> anchors("用半个月皮肤变好")
    ('肤变', '个月')
    """
    pairs = [first + second for first, second in pairwise(text)]
    return max(pairs), min(pairs)


def contained_ratio(part: str, whole: str) -> float:
    """Share of the bigrams of a text that stand in another.

    >>> contained_ratio("想要黑色", "想要的打想要黑色款")
    1.0
    """
    pairs = [first + second for first, second in pairwise(part)]
    return sum(pair in whole for pair in pairs) / len(pairs) if pairs else 0.0
