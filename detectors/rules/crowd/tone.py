"""How a chat line is meant: does it praise, ask, give notice, or none of it?"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from detectors.facts.crowd import ASKS, PLAIN, PRAISE
from detectors.match import expression as re
from detectors.match.automaton import which
from detectors.rule import RuleSpec

__all__ = ["any_of", "tone_of"]

#: What the words of a line do: tell of praise, ask, give notice, approve.
_TELLS, _ASKS, _NOTES, _APPROVES = 1, 2, 4, 8
#: Lines whose tone is kept: most lines of a chat come again.
LINES = 4_096


def any_of(*words: str) -> re.Pattern[str]:
    """An expression that finds any of the words, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))))


def tone_of(spec: RuleSpec) -> Callable[[str], int]:
    """What says how a text is meant, as `facts.crowd.Crowd.hear` asks for it, by the lists of a pack."""
    patterns = spec.patterns
    approval = any_of(*patterns["approval"])
    # One pass finds the words of all lists; most lines have none.
    lists = {
        _TELLS: (*patterns["praise"], *patterns["liking"]),
        _ASKS: patterns["asking"],
        _NOTES: (*patterns["quick"], *patterns["notice"]),
        _APPROVES: patterns["approval"],
    }
    of_word: dict[str, int] = {}
    for bit, words in lists.items():
        for word in words:
            of_word[word] = of_word.get(word, 0) | bit
    bits, words_in = list(of_word.values()), which(of_word)

    @lru_cache(maxsize=LINES)
    def tone(text: str) -> int:
        found = 0
        for word, _, _ in words_in(text):
            found |= bits[word]
        if not found:
            return PLAIN | 1 << 2
        praises = bool(found & _TELLS)
        if found & _ASKS:
            return ASKS if praises else PLAIN
        mood = PRAISE if praises else PLAIN
        if found & _NOTES:
            return mood
        approving = len(set(approval.findall(text))) if found & _APPROVES else 0
        return mood | 1 + min(3, max(approving, praises)) << 2

    return tone
