"""What is known of a text whoever writes it: how it is compared, how it is meant, whether a rule heeds it.

A chat's lines come again, so the latest are remembered; those that are new are read at one go, as many
as are at hand, for each pass over a text costs more to begin than to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from detectors.events import Chat
from detectors.facts.crowd.line import LEAST_SAID, Line, read_all
from detectors.facts.crowd.mood import MOOD, PLAIN, PRAISE, TELLS

__all__ = ["Heeded", "Passed", "Reading", "Readings", "Telling", "Tones", "beyond"]

#: Texts that are remembered, in each of two halves; longer ones do not come again.
TEXTS, LONGEST = 4_096, 60

Tones = Callable[[Sequence[str]], Sequence[int]]
"""How several texts are meant (`facts.crowd.mood`)."""
Passed = Sequence[tuple[str, str]]
"""Rules that pass over a text, each with the reason that it states."""
Heeded = Callable[[Sequence[str]], tuple[Collection[int], Mapping[int, Passed]]]
"""The places of those texts that say something to a rule; and of those that a rule passes over."""
Telling = Callable[[Sequence[str]], Mapping[int, int]]
"""What texts of the platform say (`facts.crowd.mood`), by the places of those that say something."""


class Reading(Struct, gc=False):
    """A text, read."""

    line: Line
    words: str
    """Its gist."""
    key: int
    """The gist as a number; 0: it is everybody's (`facts.crowd.repertoire`)."""
    mood: int
    told: int
    """One more than its words of praise; nought: it does not tell."""
    followed: bool
    """Is it compared run by run: is it long, or praise?"""
    heeded: bool
    """Does it say something to a rule that looks for words?"""
    passed: Passed


def _plain(texts: Sequence[str]) -> Sequence[int]:
    return [PLAIN | 1 << 2] * len(texts)


def _unheeded(texts: Sequence[str]) -> tuple[Collection[int], Mapping[int, Passed]]:
    return (), {}


class Readings:
    """The readings of texts, by the words of a rulebook."""

    __slots__ = (
        "_answers", "_heeded", "_older", "_passing", "_telling", "_tones", "known", "passed", "told",
    )  # fmt: skip

    def __init__(
        self, tones: Tones | None = None, heeded: Heeded | None = None,
        telling: Telling | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            tones: ``None``: every text is meant as it stands.
            heeded: of viewers' lines; ``None``: no rule looks for words.
            telling: of the platform's lines; ``None``: all of them tell something.
        """
        self._tones = tones or _plain
        self._heeded = heeded or _unheeded
        self._telling = telling
        #: The latest texts, and those before.
        self.known: dict[str, Reading] = {}
        self._older: dict[str, Reading] = {}
        #: Long texts, which are known until others are read.
        self._passing: list[str] = []
        #: Texts of which it is known whether they answer: to what, and whether they do.
        self._answers: dict[str, tuple[tuple[str, ...], bool]] = {}
        #: Lines of the platform at hand that tell something, and what.
        self.told: dict[str, int] = {}
        #: Who passed over the lines that were taken up, until somebody counts it.
        self.passed: list[Passed] = []

    def ahead(self, lines: Sequence[Chat]) -> None:
        """Reads lines that are about to be taken up, as far as they are not known."""
        known, older = self.known, self._older
        for text in self._passing:
            known.pop(text, None)
        self._passing = []
        if len(known) >= TEXTS:
            self._older, self.known = known, older
            older.clear()
            known, older = older, known
        wanted: dict[str, None] = {}
        announced: list[str] = []
        for line in lines:
            role = line.role
            if role == "viewer" or role is None:
                text = line.text
                if text not in known:
                    again = older.get(text)
                    if again is None:
                        wanted[text] = None
                    else:
                        known[text] = again
            elif role == "system":
                announced.append(line.text)
        if announced:
            if self._telling is None:
                self.told = dict.fromkeys(announced, TELLS)
            else:
                self.told = {
                    announced[place]: says for place, says in self._telling(announced).items()
                }
        if wanted:
            self._read(list(wanted))

    def answers(self, text: str, asked: tuple[str, ...]) -> bool:
        """Does a line only answer: does it say what was asked for, and praise nothing beyond it?

        Args:
            asked: words of the answers, the longest first.
        """
        known = self._answers.get(text)
        if known is not None and known[0] == asked:
            return known[1]
        rest = beyond(text, asked)
        answers = rest != text
        if answers:
            tone = self._tones((rest,))[0]
            answers = tone & MOOD != PRAISE and tone >> 2 <= 1
        if len(self._answers) >= TEXTS:
            self._answers.clear()
        self._answers[text] = asked, answers
        return answers

    def _read(self, texts: list[str]) -> None:
        self._passing = [text for text in texts if len(text) > LONGEST]
        known = self.known
        heeded, passed = self._heeded(texts)
        lines, tones = read_all(texts), self._tones(texts)
        for place, (text, line, tone) in enumerate(zip(texts, lines, tones, strict=True)):
            mood, words = tone & MOOD, line.words
            known[text] = Reading(
                line, words, line.key if len(words) >= LEAST_SAID else 0, mood, tone >> 2,
                line.long or mood == PRAISE, place in heeded, passed.get(place, ()),
            )  # fmt: skip


def beyond(text: str, words: Iterable[str]) -> str:
    """What a text says beyond some words.

    Args:
        words: the longest first, so that none is cut by a part of it.

    >>> beyond("佛山的刚买真好用", ["刚买", "佛山"])
    ' 的 真好用'
    """
    for word in words:
        text = text.replace(word, " ")
    return text
