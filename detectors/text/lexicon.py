"""Many patterns in one pass: the words of all rules, found in a text with their places.

Words that a rule marks as worth hiding are also found in disguise: with symbols between their
characters, written apart, in look-alikes, pictures, initials, pinyin, or characters that sound
alike. A disguise that is an innocent word of its own is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from detectors.text.disguise import PICTURES, Form, disguises, is_word
from detectors.text.fold import fold
from detectors.text.respell import Respelled, respelled
from detectors.text.sounds import readings, sound_of
from detectors.text.tables import FREQUENT

__all__ = ["Hit", "Lexicon", "Pattern", "lexicon_of"]

_HAN = "\u3400-\u9fff"
#: What may stand between the characters of one word; clause marks may not.
_FILLING = "[^" + _HAN + r"a-z0-9,!?;:。、…\n<>《》\ue000-\uf8ff]{1,6}"
#: Any character of a filling: most texts have none, and need not be searched for joints.
_MARK = re.compile(_FILLING[: _FILLING.index("{")])
_JOINT = re.compile(
    f"(?<=[{_HAN}]){_FILLING}(?=[{_HAN}a-z0-9])|(?<=[a-z0-9])(?!%){_FILLING}(?=[{_HAN}])"
)
_PICTURE = re.compile("[" + "".join(sorted(PICTURES)) + "]")
_LATIN = re.compile("[a-z]")
#: Letters and characters of a run that is all pinyin and no foreign word (“quanwangdiyi”).
_LONG_RUN = 8
_FREQUENT = frozenset(FREQUENT)
#: Written so often that they stand for nothing but themselves.
_PARTICLES = frozenset("的了是在有我他她你这那不就也都和很会要去说看吃")


class Hit(NamedTuple):
    """A pattern found: half-open offsets in the folded text."""

    group: str
    term: str
    start: int
    end: int
    form: Form = "plain"
    """How it was spelled."""


class Pattern(NamedTuple):
    """A word that a rule looks for."""

    owner: str
    group: str
    term: str
    disguised: bool = False
    """Look for it in disguise too."""
    supporting: bool = False
    """Hand it to its owner only beside a hit that is not."""


class _Owners(NamedTuple):
    leading: list[tuple[str, str]]
    supporting: list[tuple[str, str]]


class Lexicon:
    """The literal patterns of several owners (rules), each in named groups.

    Cost is nearly constant in the number of patterns (Aho and Corasick 1975); overlapping
    matches are all reported.
    """

    def __init__(self, patterns: Iterable[Pattern | tuple[str, str, str]]) -> None:
        """Terms are folded as texts are."""
        owners: dict[str, _Owners] = {}
        hidden: dict[str, _Owners] = {}
        for given in patterns:
            pattern = Pattern(*given)
            folded = fold(pattern.term).text
            if not folded:
                continue
            for table in (owners, hidden) if pattern.disguised else (owners,):
                entry = table.setdefault(folded, _Owners([], []))
                side = entry.supporting if pattern.supporting else entry.leading
                side.append((pattern.owner, pattern.group))
        spelled: dict[str, tuple[str, Form]] = {}
        for term in hidden:
            for other, form in disguises(term):
                if other not in owners:
                    spelled.setdefault(other, (term, form))
        self._entries: list[tuple[str, Form, _Owners]] = [
            (term, "plain", owned) for term, owned in owners.items()
        ]
        self._entries += [(term, form, hidden[term]) for term, form in spelled.values()]
        words = [*owners, *spelled]
        self._size = len(owners)
        self._hidden = hidden
        self._automaton = AhoCorasick(words, matchkind=MatchKind.Standard) if words else None
        sounds: dict[str, list[str]] = {}
        for term in hidden:
            code = sound_of(term)
            if len(code) >= 2 and not _LATIN.search(code) and code != term:
                sounds.setdefault(code, []).append(term)
        self._heard = [[(term, hidden[term]) for term in terms] for terms in sounds.values()]
        self._sounds = AhoCorasick(list(sounds), matchkind=MatchKind.Standard) if sounds else None

    def __len__(self) -> int:
        """The number of words, disguises not counted."""
        return self._size

    def scan(self, folded: str) -> dict[str, list[Hit]]:
        """All hits in a folded text by owner, in the order of their ends."""
        if self._automaton is None:
            return {}
        found: dict[str, list[Hit]] = {}
        support: list[tuple[str, Hit]] = []
        places: list[int] | None = None
        text = folded
        several = False
        if _MARK.search(folded) is not None and _JOINT.search(folded) is not None:
            text, places = _joined(folded, keep_pictures=False)
            if _PICTURE.search(folded) is not None:
                several = True
                self._look(self._automaton, *_joined(folded, keep_pictures=True), found, support)
        self._look(self._automaton, text, places, found, support)
        for spelled in respelled(folded):
            several = True
            self._look_again(self._automaton, spelled, found, support)
        if self._sounds is not None:
            several |= self._listen(self._sounds, text, places, found, support)
        if not found:
            return found
        for owner, hit in support:
            if owner in found:
                found[owner].append(hit)
        if several or support:
            for owner, hits in found.items():
                if len(hits) > 1:
                    found[owner] = sorted(dict.fromkeys(hits), key=_order)
        return found

    def spot(self, text: str) -> dict[str, list[Hit]]:
        """The words that stand in a text as they are, by owner: a quick look at what viewers write.

        The text is not folded, so the places are those of the original.
        """
        if self._automaton is None:
            return {}
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not matches:
            return {}
        found: dict[str, list[Hit]] = {}
        for index, start, end in matches:
            term, form, owners = self._entries[index]
            if form == "plain":
                _hand_out(term, form, owners, start, end, found, [])
        return found

    def _look(
        self,
        automaton: AhoCorasick,
        text: str,
        places: list[int] | None,
        found: dict[str, list[Hit]],
        support: list[tuple[str, Hit]],
    ) -> None:
        entries = self._entries
        for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
            term, form, owners = entries[index]
            if form != "plain" and not _stands(text, start, end, form):
                continue
            if places is not None:
                start, end = places[start], places[end - 1] + 1
            _hand_out(term, form, owners, start, end, found, support)

    def _look_again(
        self,
        automaton: AhoCorasick,
        spelled: Respelled,
        found: dict[str, list[Hit]],
        support: list[tuple[str, Hit]],
    ) -> None:
        """Adds words that show only when parts or pictures are read as characters."""
        entries = self._entries
        read, starts, ends = spelled.read, spelled.starts, spelled.ends
        for index, start, end in automaton.find_matches_as_indexes(spelled.text, overlapping=True):
            term, form, _ = entries[index]
            owners = self._hidden.get(term)
            if owners is None or form != "plain" or sum(read[start:end]) < spelled.least:
                continue
            first, last = starts[start], ends[end - 1]
            _hand_out(term, spelled.form, owners, first, last, found, support)

    def _listen(
        self,
        sounds: AhoCorasick,
        text: str,
        places: list[int] | None,
        found: dict[str, list[Hit]],
        support: list[tuple[str, Hit]],
    ) -> bool:
        """Adds what sounds like a word; true if there was any."""
        heard = False
        starts: list[int] | None = None
        ends: list[int] = []
        codes = ""
        if _LATIN.search(text) is not None:
            read = readings(text)
            if read is not None:
                codes, starts, ends = read
        if starts is None:
            codes = sound_of(text)
        for index, start, end in sounds.find_matches_as_indexes(codes, overlapping=True):
            low, high = (start, end) if starts is None else (starts[start], ends[end - 1])
            said = text[low:high]
            for term, owners in self._heard[index]:
                if said == term:
                    continue
                form = _heard_form(text, low, high, term)
                if form is None:
                    continue
                first, last = (low, high) if places is None else (places[low], places[high - 1] + 1)
                _hand_out(term, form, owners, first, last, found, support)
                heard = True
        return heard


def _hand_out(
    term: str,
    form: Form,
    owners: _Owners,
    start: int,
    end: int,
    found: dict[str, list[Hit]],
    support: list[tuple[str, Hit]],
) -> None:
    for owner, group in owners.leading:
        hit = Hit(group, term, start, end, form)
        if owner in found:
            found[owner].append(hit)
        else:
            found[owner] = [hit]
    for owner, group in owners.supporting:
        support.append((owner, Hit(group, term, start, end, form)))


@lru_cache(maxsize=8)
def lexicon_of(patterns: tuple[Pattern, ...]) -> Lexicon:
    """The lexicon of some patterns, made once: disguises are many, and engines share it."""
    return Lexicon(patterns)


def _order(hit: Hit) -> tuple[int, int, str, str]:
    return hit.end, hit.start, hit.group, hit.term


def _joined(folded: str, *, keep_pictures: bool) -> tuple[str, list[int]]:
    """The text without what stands between characters, and the place of each that is left."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for match in _JOINT.finditer(folded):
        start, end = match.span()
        pieces.append(folded[done:start])
        places.extend(range(done, start))
        if keep_pictures:
            for index in range(start, end):
                if folded[index] in PICTURES:
                    pieces.append(folded[index])
                    places.append(index)
        done = end
    pieces.append(folded[done:])
    places.extend(range(done, len(folded)))
    return "".join(pieces), places


def _stands(text: str, start: int, end: int, form: Form) -> bool:
    """Is a disguise what it seems, and not a piece of innocent words?"""
    if form == "initial":
        before, after = text[start - 1 : start], text[end : end + 1]
        return not (
            (text[start].isascii() and before.isascii() and before.isalnum())
            or (text[end - 1].isascii() and after.isascii() and after.isalnum())
        )
    if form in ("shape", "split"):
        return not is_word(text[start - 1 : start + 1]) and not is_word(text[end - 1 : end + 1])
    return True


def _heard_form(text: str, start: int, end: int, term: str) -> Form | None:
    """How words that sound like a term were written; ``None``: they are innocent."""
    said = text[start:end]
    if len(said) != len(term) or said.isascii():
        if any(character.isdigit() for character in said):
            return None
        return _pinyin_form(text, start, end, said, term)
    changed = [index for index in range(len(term)) if said[index] != term[index]]
    if any(said[index] in _PARTICLES for index in changed):
        return None
    for index in changed:
        place = start + index
        if said[index].isascii():
            # A digit stands for its sound (“7血足”) only by itself, and beside a character.
            around = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
            if (
                len(changed) > 1
                or not said[index].isdigit()
                or any(other in ".0123456789" for other in around)
            ):
                return None
            continue
        # Inside a longer word that is otherwise kept, a chance word means nothing (降雪压).
        kept = len(changed) == 1 and len(term) >= 3
        left = text[max(0, place - 1) : place + 1] if index == 0 or not kept else ""
        right = text[place : place + 2] if index == len(term) - 1 or not kept else ""
        if is_word(left) or is_word(right):
            return None
    if (len(term) == 2 or len(changed) * 2 > len(term)) and any(
        said[index] in _FREQUENT for index in changed
    ):
        return None  # “口令是要一样吗” sounds like 是药
    if len(changed) < len(term):
        return "sound"
    # Of a long word, or in rare characters, that is no chance.
    return "sound" if len(term) > 2 or all(_is_rare(character) for character in said) else "echo"


def _is_rare(character: str) -> bool:
    """Is it in none of the 3,755 most used characters (the first level of GB 2312)?"""
    code = character.encode("gb2312", "ignore")
    return not code or code[0] >= 0xD8


def _pinyin_form(text: str, start: int, end: int, said: str, term: str) -> Form | None:
    """Pinyin must stand for itself, or in a long run of pinyin; the rest must be the term's own."""
    low, high = start, end
    while said[0].isascii() and low and text[low - 1].isascii() and text[low - 1].isalpha():
        low -= 1
    while (
        said[-1].isascii() and text[high : high + 1].isascii() and text[high : high + 1].isalpha()
    ):
        high += 1
    if (low, high) != (start, end) and high - low < _LONG_RUN:
        return None
    rest = [character for character in said if not character.isascii()]
    return "pinyin" if all(character in term for character in rest) else None
