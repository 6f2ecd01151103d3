"""The words of all rules, found in a text with their places, and handed out to the rules.

Words that a rule marks as worth hiding are also found in disguise: with symbols or clause marks
between their characters, in parts, in look-alikes, pictures, initials, pinyin, or characters that
sound alike. A disguise that is an innocent word of its own is none. Each rule reads the text with
its own words spelled out, so that what it asks of the words around, by expressions too, is asked
of what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import NamedTuple

from detectors.match.fold import Folded, fold
from detectors.match.keeping import keeping
from detectors.match.lookout import Lookout, Match
from detectors.match.respell import doubt, respelled
from detectors.match.sighting import Form, Sighting

__all__ = ["VOCABULARY", "Hit", "Lexicon", "Pattern", "lexicon_of"]


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


#: Makes a hit without asking how many fields it has.
_plain = tuple.__new__
_turn = itemgetter(3, 2, 0, 1)

#: The group of words that are never hits: they are only spelled out where others are disguised.
VOCABULARY = ""


#: Owners and groups.
_Pairs = tuple[tuple[str, str], ...]


class _Owners(NamedTuple):
    leading: list[tuple[str, str]]
    supporting: list[tuple[str, str]]


class Lexicon:
    """The literal patterns of several owners (rules), each in named groups."""

    def __init__(self, patterns: Iterable[Pattern | tuple[str, str, str]]) -> None:
        """Terms are folded as texts are."""
        #: Every word, those of expressions too.
        self._terms: dict[str, None] = {}
        self._owners: dict[str, _Owners] = {}
        self._hiders: dict[str, _Owners] = {}
        self._readers: dict[str, dict[str, None]] = {}
        for given in patterns:
            pattern = given if isinstance(given, Pattern) else Pattern(*given)
            term = fold(pattern.term).text
            if not term:
                continue
            self._terms[term] = None
            if pattern.group == VOCABULARY:
                continue
            for table in (self._owners, self._hiders) if pattern.disguised else (self._owners,):
                entry = table.setdefault(term, _Owners([], []))
                side = entry.supporting if pattern.supporting else entry.leading
                side.append((pattern.owner, pattern.group))
            self._readers.setdefault(term, {})[pattern.owner] = None
        self._lookout = Lookout(self._owners, self._hiders)
        #: By the number of a word for the lookout: whose hit it is, in which group. Many are
        #: alike; of those it is one object, which is soon at hand.
        alike: dict[_Pairs, _Pairs] = {}
        self._leading, self._supporting = (
            [
                alike.setdefault(pairs, pairs)
                for pairs in (tuple(dict.fromkeys(owned[side])) for owned in self._owners.values())
            ]
            for side in (0, 1)
        )

    def __len__(self) -> int:
        """The number of words, disguises not counted."""
        return len(self._owners)

    @property
    def terms(self) -> Iterable[str]:
        """Every word, those of expressions too."""
        return self._terms

    def disguised(self, text: str) -> Iterator[tuple[Sighting, bool]]:
        """What may be words in disguise in a folded text; and whether rules look for them, or only
        ask with them what stands around."""
        for lookout in (self._lookout, self._rest):
            for one in (*lookout.look(text).hidden, *lookout.sounding(text)):
                owners = self._hiders.get(one.term)
                yield one, owners is not None and bool(owners.leading)

    def scan(self, text: str) -> dict[str, list[Hit]]:
        """All hits in a folded text by owner, in the order of their ends."""
        plain, words, hidden, _ = self._lookout.look(text)
        return (
            self._handed_out([*words, *hidden]) if words or hidden else self._plainly(text, plain)
        )

    def spot(self, text: str) -> dict[str, list[Hit]]:
        """The words that stand in a text as they are, by owner: a quick look at what viewers write.

        The text is not folded, so the places are those of the original.
        """
        matches = self._lookout.matches(text)
        return self._plainly(text, matches) if matches else {}

    def read(self, folded: Folded) -> dict[str, tuple[Folded, list[Hit]]]:
        """By owner, the text with what is disguised in it spelled out, and all its hits in that.

        To owners of none of these words the text is given as it is.
        """
        plain, words, hidden, parted = self._lookout.look(folded.text)
        if plain:
            return {
                owner: (folded, hits) for owner, hits in self._plainly(folded.text, plain).items()
            }
        if not hidden and not words:
            return {}
        found = self._handed_out([*words, *hidden] if hidden else words)
        views = {owner: (folded, hits) for owner, hits in found.items()}
        if not hidden and not (found and parted):
            return views
        # Who hides one word hides more; symbols may part what is asked of the words around.
        rest = self._rest.look(folded.text).hidden if hidden else self._rest.parted(folded.text)
        view = respelled(folded, [*hidden, *rest], words)
        if view is None:
            return views
        seen = [
            one._replace(form=view.form_of(one.start, one.end))
            for one in self._lookout.words(view.folded.text)
        ]
        # Another reading of the same place is as good; what a longer word covers is not meant.
        moved = [
            one
            for one in (view.moved(one) for one in hidden if (one.start, one.end) in view.places)
            if not _is_seen(one, seen)
        ]
        again = self._handed_out([*moved, *seen], self._owners)
        owners = dict.fromkeys(owner for one in hidden for owner in self._concerned(one))
        for owner in [*owners, *views] if parted else owners:
            hits = again.get(owner)
            if owner not in owners and _takes(hits or [], views[owner][1]):
                continue  # Words that stand there stay, whatever others hide beside them.
            if hits is None:
                views.pop(owner, None)
            else:
                views[owner] = view.folded, hits
        return views

    def _concerned(self, one: Sighting) -> Iterable[str]:
        """Whose word it is, in this spelling."""
        if one.form == "plain":
            return self._readers[one.term]
        return [owner for side in self._hiders[one.term] for owner, _ in side]

    @keeping
    def prepare(self) -> None:
        """Makes now what the first word in disguise would wait for: seconds, for thousands of words."""
        _ = self._rest

    @cached_property
    def _rest(self) -> Lookout:
        """The words that hide only beside others, those of expressions among them."""
        rest = [term for term in self._terms if term not in self._hiders]
        return Lookout(rest, rest)

    def _plainly(self, text: str, matches: Sequence[Match]) -> dict[str, list[Hit]]:
        """Hits by owner in a text that hides nothing; most have none but supporting ones."""
        found: dict[str, list[Hit]] = {}
        leading = self._leading
        for index, start, end in matches:
            for owner, group in leading[index]:
                hit = _plain(Hit, (group, text[start:end], start, end, "plain"))
                if owner in found:
                    found[owner].append(hit)
                else:
                    found[owner] = [hit]
        if not found:
            return found
        supporting = self._supporting
        for index, start, end in matches:
            for owner, group in supporting[index]:
                if owner in found:
                    found[owner].append(_plain(Hit, (group, text[start:end], start, end, "plain")))
        for hits in found.values():
            if len(hits) > 1:
                hits.sort(key=_turn)
        return found

    def _handed_out(
        self, sighted: Sequence[Sighting], hiders: Mapping[str, _Owners] | None = None
    ) -> dict[str, list[Hit]]:
        """Hits by owner: supporting ones only beside others."""
        found: dict[str, list[Hit]] = {}
        support: list[tuple[Sighting, list[tuple[str, str]]]] = []
        plainly, otherwise = self._owners, hiders or self._hiders
        for one in sighted:
            term, form, start, end, _ = one
            leading, supporting = plainly[term] if form == "plain" else otherwise[term]
            for owner, group in leading:
                hit = Hit(group, term, start, end, form)
                if owner in found:
                    found[owner].append(hit)
                else:
                    found[owner] = [hit]
            if supporting:
                support.append((one, supporting))
        if not found:
            return found
        for (term, form, start, end, _), supporting in support:
            for owner, group in supporting:
                if owner in found:
                    found[owner].append(Hit(group, term, start, end, form))
        return _each_once(found)


@lru_cache(maxsize=8)
def lexicon_of(patterns: tuple[Pattern, ...]) -> Lexicon:
    """The lexicon of some patterns, made once: disguises are many, and engines share it."""
    return Lexicon(patterns)


def _each_once(found: dict[str, list[Hit]]) -> dict[str, list[Hit]]:
    for owner, hits in found.items():
        if len(hits) > 1:
            found[owner] = _distinct(hits)
    return found


def _distinct(hits: list[Hit]) -> list[Hit]:
    """Each word once at its place, as plainly as it was found, in the order of the ends."""
    best: dict[tuple[int, int, str, str], Hit] = {}
    for hit in hits:
        key = (hit.end, hit.start, hit.group, hit.term)
        known = best.get(key)
        if known is None or doubt(hit.form) < doubt(known.form):
            best[key] = hit
    return [best[key] for key in sorted(best)]


def _takes(again: Sequence[Hit], before: Sequence[Hit]) -> bool:
    """Is a word that stood there as it is no longer found?"""
    left = {hit.term for hit in again}
    return any(hit.form == "plain" and hit.term not in left for hit in before)


def _is_seen(one: Sighting, seen: Sequence[Sighting]) -> bool:
    """Does the word stand there now?"""
    return any(
        other.term == one.term and one.start <= other.start and other.end <= one.end
        for other in seen
    )
