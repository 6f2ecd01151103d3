"""Many patterns in one pass: the words of all rules, found in a text with their places.

Words that a rule marks as worth hiding are also found in disguise: with symbols or clause marks
between their characters, in parts, in look-alikes, pictures, initials, pinyin, or characters that
sound alike. A disguise that is an innocent word of its own is none. `Lexicon.read` respells such
a text with the words that are meant, so that what rules ask of the words around, by expressions
too, is asked of what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from detectors.text.confusion import UNUSUAL, Confusions
from detectors.text.disguise import disguises
from detectors.text.fold import Folded, fold
from detectors.text.heard import heard_form
from detectors.text.joints import has_letters_apart, is_cut_inside, joined, letters_joined, sewn
from detectors.text.ordinary import is_word
from detectors.text.parts import STROKES, Splits
from detectors.text.respell import Respelled, doubt, respelled
from detectors.text.sighting import Form, Sighting, is_hidden
from detectors.text.sounds import readings, sound_of

__all__ = ["Hit", "Lexicon", "Pattern", "lexicon_of"]

_LATIN = re.compile("[a-z]")
#: A character that is left for the reader to find.
_MASK = re.compile(
    "(?<=[\u3400-\u9fff])[*×○□■●某x](?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff]{2})[*×○□■●](?![a-z0-9])"
)
#: What makes a text worth a closer look; most have none of it.
_CLOSER = UNUSUAL | STROKES


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
        self._entries: list[tuple[str, Form]] = [(term, "plain") for term in owners]
        self._entries += spelled.values()
        self._owners, self._hidden = owners, hidden
        words = [*owners, *spelled]
        self._automaton = AhoCorasick(words, matchkind=MatchKind.Standard) if words else None
        sounds: dict[str, list[str]] = {}
        for term in hidden:
            code = sound_of(term)
            if len(code) >= 2 and not _LATIN.search(code) and code != term:
                sounds.setdefault(code, []).append(term)
        self._heard = list(sounds.values())
        self._sounds = AhoCorasick(list(sounds), matchkind=MatchKind.Standard) if sounds else None
        self._splits = Splits(hidden)
        self._confusions = Confusions(hidden)
        self._hiders = {
            term: frozenset(owner for side in owned for owner, _ in side)
            for term, owned in hidden.items()
        }
        self._inside = frozenset(
            term[index : index + 2] for term in hidden for index in range(len(term) - 1)
        )

    def __len__(self) -> int:
        """The number of words, disguises not counted."""
        return len(self._owners)

    def scan(self, text: str) -> dict[str, list[Hit]]:
        """All hits in a folded text by owner, in the order of their ends."""
        return self._handed_out(self._sighted(text))

    def read(self, folded: Folded) -> dict[str, tuple[Folded, list[Hit]]]:
        """By owner, the text with its own disguised words spelled out, and all its hits in that.

        What looks like a disguise of one owner's word leaves the text of the others as it is.
        """
        sighted = self._sighted(folded.text)
        found = self._handed_out(sighted)
        views: dict[str, tuple[Folded, list[Hit]]] = {}
        spelled: dict[tuple[Sighting, ...], Respelled | None] = {}
        hidden = [one for one in sighted if is_hidden(one)]
        words = [one for one in sighted if not is_hidden(one)] if hidden else []
        for owner, hits in found.items():
            own = tuple(
                one for one in hidden if one.form == "plain" or owner in self._hiders[one.term]
            )
            if not own:
                views[owner] = folded, hits
                continue
            if own not in spelled:
                spelled[own] = respelled(folded, own, words)
            meant = spelled[own]
            if meant is None:
                views[owner] = folded, hits
                continue
            seen: list[Sighting] = []
            self._match(meant.folded.text, None, seen)
            again = [*map(meant.moved, sighted), *(_as_it_was(meant, one) for one in seen)]
            views[owner] = meant.folded, self._handed_out(again).get(owner, [])
        return views

    def spot(self, text: str) -> dict[str, list[Hit]]:
        """The words that stand in a text as they are, by owner: a quick look at what viewers write.

        The text is not folded, so the places are those of the original.
        """
        if self._automaton is None:
            return {}
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not matches:
            return {}
        return self._handed_out(
            [
                Sighting(self._entries[index][0], "plain", start, end)
                for index, start, end in matches
                if self._entries[index][1] == "plain"
            ]
        )

    def _sighted(self, text: str) -> list[Sighting]:
        found: list[Sighting] = []
        if self._automaton is None:
            return found
        without = joined(text)
        shown, places = (text, None) if without is None else without
        self._match(shown, places, found)
        if not self._hidden:
            return found
        if not _CLOSER.isdisjoint(text):
            found += self._confusions.look(text)
            found += _moved(self._splits.look(shown), places)
        elif self._splits.is_suspect(shown):
            found += _moved(self._splits.look(shown), places)
        if _MASK.search(text) is not None:
            self._match(_MASK.sub("*", text), None, found, only="masked")
        parted = sewn(text, self._inside)
        if parted is not None:
            self._mend(text, *parted, found)
        if self._sounds is not None:
            self._listen(self._sounds, shown, places, found)
        return found

    def _match(
        self, text: str, places: list[int] | None, found: list[Sighting], only: Form | None = None
    ) -> None:
        """Adds the words and their listed disguises."""
        entries = self._entries
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)  # type: ignore[union-attr]
        for index, start, end in matches:
            term, form = entries[index]
            if form != "plain" and not _stands(text, start, end, form):
                continue
            if only is not None and form != only:
                continue
            if places is not None:
                start, end = places[start], places[end - 1] + 1
            found.append(Sighting(term, form, start, end))

    def _mend(self, text: str, shown: str, places: list[int], found: list[Sighting]) -> None:
        """Adds hidden words that clause marks part."""
        matches = self._automaton.find_matches_as_indexes(shown, overlapping=True)  # type: ignore[union-attr]
        for index, low, high in matches:
            term, form = self._entries[index]
            start, end = places[low], places[high - 1] + 1
            if (
                form == "plain"
                and end - start > len(term)
                and term in self._hidden
                and is_cut_inside(text, places[low:high])
            ):
                found.append(Sighting(term, "apart", start, end))

    def _listen(
        self, sounds: AhoCorasick, text: str, places: list[int] | None, found: list[Sighting]
    ) -> None:
        """Adds what sounds like a word."""
        starts: list[int] | None = None
        ends: list[int] = []
        codes = ""
        if _LATIN.search(text) is not None:
            if has_letters_apart(text):
                text, kept = letters_joined(text)
                places = kept if places is None else [places[place] for place in kept]
            read = readings(text)
            if read is not None:
                codes, starts, ends = read
        if starts is None:
            codes = sound_of(text)
        for index, start, end in sounds.find_matches_as_indexes(codes, overlapping=True):
            low, high = (start, end) if starts is None else (starts[start], ends[end - 1])
            said = text[low:high]
            for term in self._heard[index]:
                if said == term:
                    continue
                form = heard_form(text, low, high, term)
                if form is None:
                    continue
                first, last = (low, high) if places is None else (places[low], places[high - 1] + 1)
                found.append(Sighting(term, form, first, last))

    def _handed_out(self, sighted: list[Sighting]) -> dict[str, list[Hit]]:
        """Hits by owner: supporting ones only beside others."""
        found: dict[str, list[Hit]] = {}
        support: list[tuple[str, Hit]] = []
        for term, form, start, end in sighted:
            owners = self._owners[term] if form == "plain" else self._hidden.get(term)
            if owners is None:
                continue
            for owner, group in owners.leading:
                hit = Hit(group, term, start, end, form)
                if owner in found:
                    found[owner].append(hit)
                else:
                    found[owner] = [hit]
            for owner, group in owners.supporting:
                support.append((owner, Hit(group, term, start, end, form)))
        if not found:
            return found
        for owner, hit in support:
            if owner in found:
                found[owner].append(hit)
        for owner, hits in found.items():
            if len(hits) > 1:
                found[owner] = _distinct(hits)
        return found


@lru_cache(maxsize=8)
def lexicon_of(patterns: tuple[Pattern, ...]) -> Lexicon:
    """The lexicon of some patterns, made once: disguises are many, and engines share it."""
    return Lexicon(patterns)


def _distinct(hits: list[Hit]) -> list[Hit]:
    """Each word once at its place, as plainly as it was found, in the order of the ends."""
    best: dict[tuple[int, int, str, str], Hit] = {}
    for hit in hits:
        key = (hit.end, hit.start, hit.group, hit.term)
        known = best.get(key)
        if known is None or doubt(hit.form) < doubt(known.form):
            best[key] = hit
    return [best[key] for key in sorted(best)]


def _moved(sighted: Iterable[Sighting], places: list[int] | None) -> Iterable[Sighting]:
    if places is None:
        return sighted
    return (
        Sighting(one.term, one.form, places[one.start], places[one.end - 1] + 1) for one in sighted
    )


def _as_it_was(spelled: Respelled, one: Sighting) -> Sighting:
    """A word of a respelled text, with how doubtful its spelling was."""
    return one._replace(form=spelled.form_of(one.start, one.end)) if one.form == "plain" else one


def _stands(text: str, start: int, end: int, form: Form) -> bool:
    """Is a disguise what it seems, and not a piece of innocent words?"""
    if form == "initial":
        before, after = text[start - 1 : start], text[end : end + 1]
        return not (
            (text[start].isascii() and before.isascii() and before.isalnum())
            or (text[end - 1].isascii() and after.isascii() and after.isalnum())
        )
    return not is_word(text[start - 1 : start + 1]) and not is_word(text[end - 1 : end + 1])
