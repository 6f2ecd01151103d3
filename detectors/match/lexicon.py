"""The words of all rules, found in a text with their places, and handed out to the rules.

Words that a rule marks as worth hiding are also found in disguise: with symbols or clause marks
between their characters, in parts, in look-alikes, pictures, initials, pinyin, or characters that
sound alike. A disguise that is an innocent word of its own is none. Each rule reads the text with
its own words spelled out, so that what it asks of the words around, by expressions too, is asked
of what was meant.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import NamedTuple

import msgspec

from detectors.match.automaton import Match, having
from detectors.match.fold import Folded, fold
from detectors.match.image import Image, Sections, prefixed, texts
from detectors.match.keeping import keeping
from detectors.match.lookout import Lookout, lookout
from detectors.match.respell import doubt, respelled
from detectors.match.sighting import Form, Sighting

__all__ = ["VOCABULARY", "Hit", "Lexicon", "Pattern", "lexicon", "lexicon_of"]


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
_made = tuple.__new__
_turn = itemgetter(3, 2, 0, 1)

#: Characters before and behind a rule's disguised word within which other disguised words are spelled
#: out for that rule, too; in a text of at most `SENTENCE` characters all of them are.
BESIDE, SENTENCE = 16, 36
#: The group of words that are never hits: they are only spelled out where others are disguised.
VOCABULARY = ""


_Pairs = tuple[tuple[str, str], ...]
"""Owners and groups."""


class _Owned(msgspec.Struct, frozen=True, array_like=True):
    """Whose words those of the lexicon are. Many are alike: of those there is one entry."""

    pairs: list[_Pairs]
    leading: list[int]
    """By the number of a word, the place among `pairs` of the owners whose hit it is."""
    supporting: list[int]
    """… of those who get it beside a hit of their own."""
    hiding: list[int]
    """The same of its disguises …"""
    hiding_supporting: list[int]


def lexicon(patterns: Iterable[Pattern | tuple[str, str, str]]) -> Sections:
    """The tables of a `Lexicon`. Terms are folded as texts are."""
    #: Every word, those of expressions too.
    terms: dict[str, None] = {}
    #: By word, its leading owners, its supporting ones, and the same of its disguises.
    owners: dict[str, tuple[dict[tuple[str, str], None], ...]] = {}
    hidden: dict[str, None] = {}
    for given in patterns:
        pattern = given if isinstance(given, Pattern) else Pattern(*given)
        term = fold(pattern.term).text
        if not term:
            continue
        terms[term] = None
        if pattern.group == VOCABULARY:
            continue
        entry = owners.setdefault(term, ({}, {}, {}, {}))
        entry[pattern.supporting][pattern.owner, pattern.group] = None
        if pattern.disguised:
            entry[2 + pattern.supporting][pattern.owner, pattern.group] = None
            hidden[term] = None
    pairs: dict[_Pairs, int] = {}
    owned = [
        [pairs.setdefault(tuple(entry[side]), len(pairs)) for entry in owners.values()]
        for side in range(4)
    ]
    # The words that hide only beside others, those of expressions among them.
    rest = [term for term in terms if term not in hidden]
    return {
        "terms": texts(terms),
        "words": texts(owners),
        "rest": texts(rest),
        "owned": msgspec.msgpack.encode(_Owned(list(pairs), *owned)),
        **prefixed("first", lookout(owners, hidden)),
        **prefixed("second", lookout(rest, rest)),
    }


class Lexicon:
    """The literal patterns of several owners (rules), each in named groups."""

    def __init__(self, image: Image) -> None:
        """Of what `lexicon` made."""
        self._image = image
        self._words = image.texts("words")
        self._lookout = Lookout(image.under("first"), self._words)
        owned = image.decoded("owned", _Owned)
        #: By the number of a word for the lookout: whose hit it is, in which group.
        self._leading, self._supporting, self._hiding, self._hiding_supporting = (
            [owned.pairs[number] for number in side]
            for side in (owned.leading, owned.supporting, owned.hiding, owned.hiding_supporting)
        )
        self._numbers = {word: number for number, word in enumerate(self._words)}
        #: By the number of a word: does anybody look for it in disguise?
        self._sought: Sequence[object] = self._hiding
        #: Another lexicon of the same words.
        self._whole: Lexicon | None = None

    @classmethod
    @keeping
    def of(cls, patterns: Iterable[Pattern | tuple[str, str, str]]) -> Lexicon:
        """The lexicon of some patterns, compiled now. Terms are folded as texts are."""
        return cls(Image(lexicon(patterns)))

    def of_owners(self, owners: Container[str]) -> Lexicon:
        """The same lexicon, of whose hits only these owners hear.

        A text is read as with all of them: whose word a disguise is does not change what it means.
        """
        part = copy(self)
        part._whole = self
        for side in ("_leading", "_supporting", "_hiding", "_hiding_supporting"):
            of_all: list[_Pairs] = getattr(self, side)
            theirs = {
                pairs: tuple(pair for pair in pairs if pair[0] in owners) for pairs in set(of_all)
            }
            setattr(part, side, [theirs[pairs] for pairs in of_all])
        return part

    def __len__(self) -> int:
        """The number of words, disguises not counted."""
        return len(self._words)

    @property
    def terms(self) -> Iterable[str]:
        """Every word, those of expressions too."""
        return self._image.texts("terms")

    def disguised(self, text: str) -> Iterator[tuple[Sighting, bool]]:
        """What may be words in disguise in a folded text; and whether rules look for them, or only
        ask with them what stands around."""
        for words in (self._lookout, self._rest):
            for one in (*words.look(text).hidden, *words.sounding(text)):
                number = self._numbers.get(one.term)
                yield one, number is not None and bool(self._sought[number])

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

    def having(self, texts: Sequence[str]) -> set[int]:
        """The places of those texts in which a word stands as it is, all read at one go."""
        matches = self._lookout.matches
        return set(having(texts, lambda text: [start for start, _, _ in matches(text)]))

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
        owners: dict[str, list[Sighting]] = {}
        for one in hidden:
            for owner in self._concerned(one):
                owners.setdefault(owner, []).append(one)
        # Who hides one word hides more beside it; symbols may part what is asked of the words around.
        rest = self._rest.look(folded.text).hidden if hidden else self._rest.parted(folded.text)
        is_long = len(folded.text) > SENTENCE
        read: dict[tuple[Sighting, ...], tuple[Folded, dict[str, list[Hit]]] | None] = {}
        for owner in [*owners, *views] if parted else owners:
            meant = tuple(hidden)
            if owner in owners and is_long:
                meant = tuple(one for one in hidden if _is_beside(one, owners[owner]))
            if meant not in read:
                read[meant] = self._meant(
                    folded, meant, [one for one in rest if _is_beside(one, meant)] if meant else rest,
                    words,
                )  # fmt: skip
            told = read[meant]
            if told is None:
                continue
            text, again = told
            hits = again.get(owner)
            written = found.get(owner, ())
            if (is_long or owner not in owners) and _takes(hits or (), written):
                continue  # Words that stand there stay, whatever others hide beside them.
            if hits is None:
                views.pop(owner, None)
            else:
                views[owner] = text, hits
        return views

    def _meant(
        self, folded: Folded, hidden: Sequence[Sighting], rest: Sequence[Sighting],
        words: Sequence[Sighting],
    ) -> tuple[Folded, dict[str, list[Hit]]] | None:  # fmt: skip
        """A text with what is disguised in it spelled out, and all hits in that, by owner."""
        view = respelled(folded, [*hidden, *rest], words)
        if view is None:
            return None
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
        return view.folded, self._handed_out([*moved, *seen], whole=True)

    def _concerned(self, one: Sighting) -> Iterable[str]:
        """Whose word it is, in this spelling."""
        number = self._numbers[one.term]
        if one.form == "plain":
            sides = self._leading[number], self._supporting[number]
        else:
            sides = self._hiding[number], self._hiding_supporting[number]
        return dict.fromkeys(owner for side in sides for owner, _ in side)

    def prepare(self) -> None:
        """Reads now what the first word in disguise would wait for."""
        _ = self._rest

    @cached_property
    def _rest(self) -> Lookout:
        """The words that hide only beside others, those of expressions among them."""
        if self._whole is not None:
            return self._whole._rest
        return Lookout(self._image.under("second"), self._image.texts("rest"))

    def _plainly(self, text: str, matches: Sequence[Match]) -> dict[str, list[Hit]]:
        """Hits by owner in a text that hides nothing; most have none but supporting ones."""
        found: dict[str, list[Hit]] = {}
        leading = self._leading
        for start, end, index in matches:
            for owner, group in leading[index]:
                hit = _made(Hit, (group, text[start:end], start, end, "plain"))
                if owner in found:
                    found[owner].append(hit)
                else:
                    found[owner] = [hit]
        if not found:
            return found
        supporting = self._supporting
        for start, end, index in matches:
            for owner, group in supporting[index]:
                if owner in found:
                    found[owner].append(_made(Hit, (group, text[start:end], start, end, "plain")))
        for hits in found.values():
            if len(hits) > 1:
                hits.sort(key=_turn)
        return found

    def _handed_out(
        self, sighted: Sequence[Sighting], *, whole: bool = False
    ) -> dict[str, list[Hit]]:
        """Hits by owner: supporting ones only beside others.

        Args:
            whole: hand disguises to all owners of a word, not only to those that look for them.
        """
        found: dict[str, list[Hit]] = {}
        support: list[tuple[Sighting, _Pairs]] = []
        for one in sighted:
            term, form, start, end, _ = one
            number = self._numbers[term]
            if whole or form == "plain":
                leading, supporting = self._leading[number], self._supporting[number]
            else:
                leading, supporting = self._hiding[number], self._hiding_supporting[number]
            for owner, group in leading:
                hit = _made(Hit, (group, term, start, end, form))
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
                    found[owner].append(_made(Hit, (group, term, start, end, form)))
        return _each_once(found)


@lru_cache(maxsize=8)
def lexicon_of(patterns: tuple[Pattern, ...]) -> Lexicon:
    """The lexicon of some patterns, made once: disguises are many, and engines share it."""
    return Lexicon.of(patterns)


def _is_beside(one: Sighting, others: Sequence[Sighting]) -> bool:
    """Does a word stand beside one of others, as in one sentence?"""
    return any(
        other.start - BESIDE <= one.end and one.start <= other.end + BESIDE for other in others
    )


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
    """Is a word that stood there as it is no longer found, or only as a part of a disguise?

    “买酒返本” sounds like 买就返, which other rules look for: its 返 is what is written.
    """
    left = {hit.term for hit in again if hit.form == "plain"}
    return any(hit.form == "plain" and hit.term not in left for hit in before)


def _is_seen(one: Sighting, seen: Sequence[Sighting]) -> bool:
    """Does the word stand there now?"""
    return any(
        other.term == one.term and one.start <= other.start and other.end <= one.end
        for other in seen
    )
