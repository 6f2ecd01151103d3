"""Where a text looks as if words were hidden in it: all that ordinary text pays for deciphering.

Two looks. Letters, symbols, pictures and strokes between characters are seen by an expression.
Characters that stand for others leave no such mark, but hardly any two of them were ever met side
by side: where two pairs in a row never were, and the characters are rare enough, others are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.match.confusion import PICTURES
from detectors.match.joints import has_letters_apart
from detectors.match.language import Language
from detectors.match.ordinary import is_alone, is_han, is_word
from detectors.match.parts import STROKES
from detectors.match.phrasing import phrasing
from detectors.match.tables import COMMON

__all__ = ["KNOWN_WORDS", "ORDINARY_MARKS", "Suspicion", "named_by_letters"]

#: Latin words of selling, that hide nothing.
_KNOWN = (
    "ai sc ml gb cm otc kg logo no ccc lv fda spf pd mm xl xxl xxxl upf iso gia airpods aa type mah sgs"
    " sk iphone cadr gps dha mg made in ngtc top model mate polo ip ipx nmn vx app max vol qq pk cmiit"
    " id dj cqc tuv cnas nsf idc pm rav tcl nike adidas dyson gucci tm cctv nasa nrv vc hpv lily aoc pvc"
    " bios mark led cos mcn call usb ece ce oeko tex spa haccp cma iq hz lulu pro lululemon dw labubu"
    " egf ps ipad wifi cosplay vip nb ok pos plus mini kindle hello kitty xs db npk go bb cc pp pe pet"
    " abs tpu oled lcd cpu ssd gpu ram rom ppt pdf word excel ktv diy ufo nba cba bgm gmp qs svip vlog"
    " mbti dna hiv ceo cny usd kpop pc pu fresh new sale tv hd uv ph aaa sku mpa kw kwh ghz mhz rpm ins"
)
KNOWN_WORDS = frozenset(_KNOWN.split())
#: What a run of characters never met side by side has to be worth, tenths of a nat, for a text to
#: be read closer, and for its characters to be thought others then.
SUSPECT, SUSPECT_BESIDE = 40, 25
#: A character that is worth less is too frequent to tell anything; one that is often a word by
#: itself tells less.
FREQUENT, ALONE_SHARE = 55, 0.3
#: One that is worth more makes a line worth a closer look.
UNCOMMON = 95
#: Marks that stand in ordinary text.
ORDINARY_MARKS = ' ,.!?;:。、…\n<>《》"“”‘’()%+/&·~-【】[]'
_ODD = re.compile(
    f"[^{re.escape(''.join(sorted(frozenset(COMMON) - PICTURES - STROKES)))}0-9{re.escape(ORDINARY_MARKS)}]"
)
_ONE_BY_ONE = re.compile(
    "(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?:[ ,、。][\u4e00-\u9fff])+(?![\u4e00-\u9fff])"
)
_LATIN = re.compile("[a-z]+")
#: Sizes and kinds that are named by a letter.
_NAMED = phrasing("figures", "named-by-letter")
_HAN = re.compile("[\u4e00-\u9fff]+")
#: A symbol between characters, or one that masks a character.
_BETWEEN = re.compile(
    "(?<=[\u4e00-\u9fff])[^\u4e00-\u9fff0-9a-z"
    + re.escape(ORDINARY_MARKS)
    + "]+(?=[\u4e00-\u9fffa-z])"
    "|(?<=[\u4e00-\u9fff])[*x/~-](?=[\u4e00-\u9fff])"
)
_MARKED = PICTURES | STROKES


def named_by_letters(text: str) -> set[int]:
    """Where letters stand that name a size or a kind: “M码”."""
    return {match.start() for match in _NAMED.finditer(text)}


class Suspicion:
    """Looks for what a language has no words for."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._after = language.after
        frequent = [
            character
            for character, cost in language.alone.items()
            if cost < UNCOMMON and is_han(character)
        ]
        #: Two thirds of all lines have one at most.
        self._uncommon = re.compile(f"[^{''.join(sorted(frequent))}\x00-\u303f\uff00-\U0010ffff]")

    def is_odd(self, text: str) -> bool:
        """Do letters, symbols, pictures or strokes stand between characters, as hardly any text has them?"""
        if _ODD.search(text) is None:
            return _ONE_BY_ONE.search(text) is not None
        if has_letters_apart(text):
            return True
        if not _MARKED.isdisjoint(text) or _BETWEEN.search(text) is not None:
            return True
        named = named_by_letters(text)
        return any(
            match.start() not in named and self._is_odd_word(text, match)
            for match in _LATIN.finditer(text)
        )

    def odd_places(self, text: str) -> list[tuple[int, int]]:
        """Where letters, symbols, pictures, strokes and rare characters stand, as half-open ranges; of a text
        that is written one by one, all of it."""
        if _ONE_BY_ONE.search(text) is not None:
            return [(0, len(text))]
        return [found.span() for sign in (_ODD, _BETWEEN) for found in sign.finditer(text)]

    def _is_odd_word(self, text: str, match: re.Match[str]) -> bool:
        start, end = match.span()
        word = match.group()
        if end - start > 1:
            return word not in KNOWN_WORDS
        before, after = text[start - 1 : start], text[end : end + 1]
        follows = self._language.follows
        if is_han(after) and not before.isdigit() and not follows(word, after):
            return True
        return is_han(before) and not follows(before, word)

    def is_strained(self, text: str) -> bool:
        """Does a character that is not among the most used stand beside none that it goes with?"""
        after = self._after
        for match in self._uncommon.finditer(text):
            place = match.start()
            character = match.group()
            before = text[place - 1 : place]
            if is_han(before) and character in after.get(before, ""):
                continue
            behind = text[place + 1 : place + 2]
            if not (is_han(behind) and behind in after.get(character, "")):
                return True
        return False

    def runs(self, text: str) -> Iterator[tuple[int, int, float]]:
        """Runs of characters never met side by side, half-open, with how little chance explains them."""
        follows, alone, least = self._language.follows, self._language.alone, self._language.least
        for match in _HAN.finditer(text):
            base, word = match.start(), match.group()
            size = len(word)
            strange = [
                not (follows(word[at], word[at + 1]) or is_word(word[at : at + 2]))
                for at in range(size - 1)
            ]
            first = 0
            while first < size - 1:
                if not strange[first]:
                    first += 1
                    continue
                last = first
                while last < size - 1 and strange[last]:
                    last += 1
                inner = list(range(first + 1, last))
                if first == 0:
                    inner.insert(0, 0)
                if last == size - 1:
                    inner.append(last)
                if len(inner) >= 2 or last - first >= 2:
                    worth = sum(
                        max(0, alone.get(word[at], least) - FREQUENT)
                        * (ALONE_SHARE if is_alone(word[at]) else 1)
                        for at in inner
                    )
                    yield base + first, base + last + 1, worth
                first = last
