"""How a chat line is meant: does it praise, ask, give notice, or none of it?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from detectors.facts.crowd import ASKS, PLAIN, PRAISE
from detectors.match import expression as re
from detectors.match.automaton import having, which
from detectors.match.phrasing import phrasing
from detectors.rule import RuleSpec

__all__ = ["LIKES", "PRAISES", "QUESTION", "QUICK", "Tones", "any_of", "meanings"]

#: What a line is by the words of the pack alone: praise of what is sold, a liking for something, a
#: question, a reply that the platform offers.
PRAISES, LIKES, QUESTION, QUICK = 1, 2, 4, 8

#: What the words of a line do: tell of praise, ask, give notice, approve, tell of a tap on the platform's heart.
_TELLS, _ASKS, _NOTES, _APPROVES, _TAPS = 1, 2, 4, 8, 16
#: What others ask, up to the next mark; “those who ask how it is” are told.
_OF_OTHERS = phrasing("crowd", "of-others")


def any_of(*words: str) -> re.Pattern[str]:
    """An expression that finds any of the words, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))))


def meanings(spec: RuleSpec) -> Callable[[str], int]:
    """What tells what a line is by the words of the pack; of what a crowd repeats they are looked for once."""
    lists = [
        tuple(spec.patterns[name]) for name in ("praise", "liking", "goods", "quick", "asking")
    ]

    @lru_cache(maxsize=4_096)
    def meant(text: str) -> int:
        praise, liking, goods, quick, asks = (any(word in text for word in one) for one in lists)
        found = PRAISES if praise or (liking and goods) else LIKES if liking else 0
        return found | (QUICK if quick else 0) | (QUESTION if asks else 0)

    return meant


class Tones:
    """How texts are meant, as `facts.crowd.Crowd.hear` asks for it, by the lists of a pack."""

    def __init__(self, spec: RuleSpec) -> None:
        patterns = spec.patterns
        self._approval = any_of(*patterns["approval"])
        self._asking, self._reported = any_of(*patterns["asking"]), any_of(*patterns["reported"])
        self._tapping = any_of(*patterns["tapping"])
        # One pass finds the words of all lists; most lines have none.
        lists = {
            _TELLS: (*patterns["praise"], *patterns["liking"]),
            _ASKS: patterns["asking"],
            _NOTES: (*patterns["quick"], *patterns["notice"]),
            _APPROVES: patterns["approval"],
            _TAPS: patterns["tapping"],
        }
        of_word: dict[str, int] = {}
        for bit, words in lists.items():
            for word in words:
                of_word[word] = of_word.get(word, 0) | bit
        self._bits, self._words_in = list(of_word.values()), which(of_word)

    def __call__(self, texts: Sequence[str]) -> list[int]:
        words: list[int] = []

        def begins(text: str) -> list[int]:
            matches = self._words_in(text)
            words.extend([word for word, _, _ in matches])
            return [start for _, start, _ in matches]

        found = [0] * len(texts)
        for place, numbers in having(texts, begins).items():
            for number in numbers:
                found[place] |= self._bits[words[number]]
        return [self._meant(text, bits) if bits else PLAIN | 1 << 2
                for text, bits in zip(texts, found, strict=True)]  # fmt: skip

    def of(self, text: str) -> int:
        """How one text is meant."""
        return self((text,))[0]

    def _meant(self, text: str, found: int) -> int:
        if found & _TAPS:
            # “先点赞” and “赞过了” tell of the heart that was tapped, and like nothing that is sold.
            return self.of(self._tapping.sub(" ", text))
        praises = bool(found & _TELLS)
        if found & _ASKS and (not found & (_TELLS | _APPROVES) or self._asks(text)):
            return ASKS if praises else PLAIN
        mood = PRAISE if praises else PLAIN
        if found & _NOTES:
            return mood
        approving = len(set(self._approval.findall(text))) if found & _APPROVES else 0
        return mood | 1 + min(3, max(approving, praises)) << 2

    def _asks(self, text: str) -> bool:
        """Does a line of praise ask something itself, rather than tell what others ask?

        “邻居都问我哪里买的” and “怎么看怎么满意” have the words of a question, and ask nothing.
        """
        rest = _OF_OTHERS.sub("", self._reported.sub("", text))
        return self._asking.search(rest) is not None
