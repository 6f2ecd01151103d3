"""Widens quotes and marks to whole words and phrases.

Patterns stop where they know enough, often within a word or before what completes it: “穿一次就掉|色”,
“根本不是|纯棉”. Quoted so, words say something else. A quote is widened until it cuts no figure and no
word, and stands where a clause may begin or end by the model of `detectors.speech.clauses`; it crosses
no mark of its text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from detectors.match.numerals import whole_figures
from detectors.match.ordinary import is_word
from detectors.match.phrasing import phrasing
from detectors.match.tables import BY_THEMSELVES
from detectors.speech.clauses import BEFORE, is_joint, load_clause_ends

__all__ = ["has_marks", "whole_brackets", "whole_mark", "whole_phrase", "whole_word"]

#: Letters by which a quote grows at most on either side, and so many that are not left over by themselves.
MOST, REST = 12, 3
#: Letters of a clause that is quoted whole, wherever in it the words stand.
WHOLE = 18
#: Logits, in parts of `clauses.SCALE`: from the first a phrase may end within a clause, unless the two
#: letters there are one word; from the second it does whatever they are.
MAY_END, ENDS = 0, 80
#: Words around quotes of which it is kept where clauses end in them.
KNOWN = 512
#: Letters by which a mark grows at most on either side.
MARK_GROWS = 2
_BY_ITSELF = frozenset(BY_THEMSELVES)
#: What denies the word behind it: a quote neither begins nor ends between them.
_NOT = phrasing("scope", "denies-next")
#: Marks that open something, and those that close it.
_BRACKETS = (("“", "”"), ("（", "）"), ("(", ")"), ("《", "》"), ("【", "】"))
_MARK = re.compile(
    r"[\s!?;、…，。！？；“”\"()（）【】《》]|(?<![0-9])[,.:：]|[,.:：](?![0-9])"  # none in “1:1”
)


def has_marks(text: str) -> bool:
    """True if a text has a mark that quotes do not cross."""
    return _MARK.search(text) is not None


def whole_phrase(
    text: str, start: int, end: int, within: tuple[int, int] | None = None
) -> tuple[int, int]:
    """A half-open range of a text, widened so that it cuts no figure, no word and no phrase.

    Args:
        within: the range that it may not leave, such as the words of one event; ``None``: the text.

    >>> text = "今天先看这个，外面金店都是坑你们的"
    >>> low, high = whole_phrase(text, 9, 16)
    >>> text[low:high]
    '外面金店都是坑你们的'
    """
    first, last = within or (0, len(text))
    start, end = whole_figures(text, start, end)
    if start >= end:
        return start, end
    low, high = _stretch(text, start, end, first, last)
    is_whole = (low > first or low == 0) and (high < last or high == len(text))
    if is_whole and high - low <= WHOLE:
        return low, high
    # Where an event was cut, no clause ends: what is left before the cut may be half a word.
    start = _place(
        text, range(start, max(low, start - MOST), -1), low, REST * (low > first or low == 0)
    )
    end = _place(
        text, range(end, min(high, end + MOST)), high, REST * (high < last or high == len(text))
    )
    return whole_figures(text, start, end)


def whole_mark(text: str, start: int, end: int) -> tuple[int, int]:
    """A half-open range of a text, widened so that it cuts no figure and no word of two letters.

    A mark shows the words that were found; it grows by no more than it takes to make them whole.

    >>> text = "大米马上要涨价了"
    >>> low, high = whole_mark(text, 4, 6)
    >>> text[low:high]
    '要涨价'
    """
    start, end = whole_figures(text, start, end)
    if start >= end:
        return start, end
    for _ in range(MARK_GROWS):
        start -= _cuts_word(text, start)
        end += _cuts_word(text, end)
    return whole_figures(text, start, end)


def whole_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """A half-open range of a text with the closing marks of what opens in it.

    >>> text = "宣传为“睡出好身体”的理疗枕"
    >>> whole_brackets(text, 0, 9)
    (0, 10)
    """
    for opens, closes in _BRACKETS:
        if text.count(opens, start, end) > text.count(closes, start, end):
            close = text.find(closes, end, end + WHOLE)
            end = close + 1 if close >= 0 else end
    return start, end


def _cuts_word(text: str, place: int) -> bool:
    """Do the two letters around a place belong together, and to no other word on either side?"""
    around = text[max(0, place - 1) : place + 1]
    if not 0 < place < len(text) or not is_word(around) or not _BY_ITSELF.isdisjoint(around):
        return False
    before, after = text[max(0, place - 2) : place], text[place : place + 2]
    if has_marks(after) or place + 1 == len(text):
        return True  # “补差|价”: one letter is left over.
    return not any(is_word(one) and _BY_ITSELF.isdisjoint(one) for one in (before, after))


def whole_word(text: str, start: int, end: int) -> tuple[int, int]:
    """A half-open range of a text, widened so that it cuts no figure, with a 了 that follows, and with
    what is said to be the most.

    >>> whole_word("两个月就好了啊", 3, 5)
    (3, 6)
    """
    start, end = whole_figures(text, start, end)
    if text[end - 1 : end] == "最":
        end += 2 if is_word(text[end : end + 2]) else 1
    return start, min(len(text), end + text.startswith("了", end))


def _stretch(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int]:
    """The half-open range around another one that has no mark before it and none behind it."""
    for place in range(start - 1, max(low, start - WHOLE) - 1, -1):
        if _MARK.match(text, place):
            low = place + 1
            break
    found = _MARK.search(text, end, min(high, end + WHOLE))
    return low, high if found is None else found.start()


@lru_cache(maxsize=KNOWN)
def _ends(around: str) -> Sequence[int]:
    """How likely a clause ends at each place of some words: several rules quote the same ones."""
    return load_clause_ends().read(around).clause


def _place(text: str, places: range, last: int, rest: int) -> int:
    """The first of these places where a phrase may end, and the end where no more than a rest would
    be left; without one, where it likeliest ends."""
    if not places or abs(last - places[0]) <= rest:
        return last
    low, high = min(places[0], places[-1]), max(places[0], places[-1])
    begins = max(0, low - BEFORE)
    ends = _ends(text[begins : high + BEFORE].lower())
    likeliest = places[0]
    for place in places:
        logit = ends[place - begins]
        if is_joint(text, place) or _NOT.search(text, 0, place):
            continue
        if abs(last - place) <= rest:
            return last
        if logit >= ENDS or (logit >= MAY_END and not is_word(text[place - 1 : place + 1])):
            return place
        if logit > ends[likeliest - begins]:
            likeliest = place
    return last if rest and abs(last - places[-1]) <= rest + 1 else likeliest
