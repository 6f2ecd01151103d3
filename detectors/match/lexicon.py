"""The words of all rules, found in a text with their places, and handed out to the rules.

Words that a rule marks as worth hiding are also found in disguise: with symbols or clause marks
between their characters, in parts, in look-alikes, pictures, initials, pinyin, or characters that
sound alike. A disguise that is an innocent word of its own is none. Each rule reads the text with
its own words spelled out, so that what it asks of the words around, by expressions too, is asked
of what was meant.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from copy import copy
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import TypeVar

from detectors.match.automaton import Match, having
from detectors.match.fold import Folded
from detectors.match.found import AsWritten, Hit, View, Words, distinct
from detectors.match.image import Image
from detectors.match.keeping import keeping
from detectors.match.language import Language, load_language
from detectors.match.lookout import Lookout, Seen
from detectors.match.patterns import Owned, Pairs, Pattern, lexicon
from detectors.match.respell import Respelling, respelling
from detectors.match.sighting import BESIDE, Near, Sighting

__all__ = ["Hit", "Lexicon", "View", "Words", "lexicon_of"]


T = TypeVar("T")

#: Makes a hit without asking how many fields it has.
_made = tuple.__new__
_turn = itemgetter(3, 2, 0, 1)

#: In a text of at most so many characters all disguised words are spelled out for a rule, in a longer one those
#: that stand `BESIDE` its own.
SENTENCE = 36


class Lexicon:
    """The literal patterns of several owners (rules), each in named groups."""

    def __init__(self, image: Image, language: Callable[[], Language] | None = None) -> None:
        """Of what `lexicon` made; without a language, what sounds like a word is not weighed."""
        self._image = image
        self._language = language
        self._words = image.texts("words")
        self._lookout = Lookout(image.under("first"), self._words, language)
        owned = image.decoded("owned", Owned)
        kinds = image.numbers("kinds")
        self._kinds = list(zip(kinds[::4], kinds[1::4], kinds[2::4], kinds[3::4], strict=True))
        kind_of = image.numbers("kind_of")
        self.kind_of: Sequence[int] = array(kind_of.format, kind_of.tobytes())
        """The kind of a word by its number. Words are of one kind that are of the same owners and groups:
        there are ten times as many words as kinds, so all that is known of a word is known of its kind."""
        name = owned.names.__getitem__
        pairs: list[Pairs] = [tuple(map(name, one)) for one in owned.pairs]
        #: By kind: does anybody look for such a word in disguise?
        self._sought = [bool(pairs[kind[2]]) for kind in self._kinds]
        #: Another lexicon of the same words.
        self._whole: Lexicon | None = None
        self.owners = list(dict.fromkeys(owner for one in pairs for owner, _ in one))
        """All whose words they are."""
        self.bits = {owner: 1 << number for number, owner in enumerate(self.owners)}
        """By owner, what stands for it in a number that stands for several."""
        self._pairs = pairs
        self._take(pairs)

    def _take(self, pairs: Sequence[Pairs]) -> None:
        """Makes the tables of whose the words of each kind are."""
        self._leading, self._supporting = (
            [pairs[kind[side]] for kind in self._kinds] for side in range(2)
        )
        #: By kind, who hears of a word, in the order in which hits are handed out.
        self._hearing = self._both(pairs, 0)
        #: By kind, whose hit a word is in disguise, and who hears of it then.
        self._hiding = [pairs[kind[2]] for kind in self._kinds]
        self._hearing_hidden = self._both(pairs, 2)
        masks = [self._mask(one) for one in pairs]
        self.leading: Sequence[int] = [masks[kind[0]] for kind in self._kinds]
        """By kind, the owners whose hit a word is, as bits."""
        self.owning: Sequence[int] = [masks[kind[0]] | masks[kind[1]] for kind in self._kinds]
        """Those, and the owners who get it beside a hit of their own."""

    def table(self, of: Callable[[Pairs], T]) -> list[T]:
        """By the kind of a word, what something says of its owners and groups."""
        return list(map(of, self._hearing))

    def _both(self, pairs: Sequence[Pairs], side: int) -> list[Pairs]:
        """By the kind of a word, its leading and its supporting owners, in the order of their groups."""
        sides = [kind[side : side + 2] for kind in self._kinds]
        both = {one: (*pairs[one[0]], *pairs[one[1]]) for one in set(sides)}
        made = {one: tuple(sorted(of, key=itemgetter(1))) for one, of in both.items()}
        return list(map(made.__getitem__, sides))

    def _mask(self, pairs: Iterable[tuple[str, str]]) -> int:
        mask = 0
        for owner, _ in pairs:
            mask |= self.bits[owner]
        return mask

    @classmethod
    @keeping
    def of(
        cls, patterns: Iterable[Pattern | tuple[str, str, str]],
        language: Callable[[], Language] | None = None,
    ) -> Lexicon:  # fmt: skip
        """The lexicon of some patterns, compiled now. Terms are folded as texts are."""
        return cls(Image(lexicon(patterns)), language)

    def of_owners(self, owners: Container[str]) -> Lexicon:
        """A lexicon of the same words that reports hits of these owners only.

        A text is read as with all of them: whose word a disguise is does not change what it means.
        """
        part = copy(self)
        part._whole = self
        part._take([tuple(pair for pair in pairs if pair[0] in owners) for pairs in self._pairs])
        return part

    def __len__(self) -> int:
        """The number of words, disguises not counted."""
        return len(self._words)

    @property
    def terms(self) -> Iterable[str]:
        """Every word, those of expressions too."""
        return self._image.texts("terms")

    def disguised(
        self, text: str, ranges: Sequence[tuple[int, int]], near: Near = None
    ) -> Iterator[tuple[Sighting, bool]]:
        """What may be words in disguise in some ranges of a folded text; and whether rules look for them,
        or only ask with them what stands around.

        Args:
            near: as of `read`.
        """
        first = self._lookout
        for low, high in ranges:
            for one in first.look(text, near).hidden:
                if low <= one.start and one.end <= high:
                    yield one, self._is_sought(one)
            part = text[low:high]
            rest = (*first.listening.sounding(part), *self._rest.look(part).hidden)
            for one in (*rest, *self._rest.listening.sounding(part)):
                yield one.moved(low), self._is_sought(one)

    def _is_sought(self, one: Sighting) -> bool:
        """Does any rule look for a word in disguise, rather than ask with it?"""
        number = self._lookout.number_of(one.term)
        return number is not None and self._sought[self.kind_of[number]]

    def scan(self, text: str) -> dict[str, list[Hit]]:
        """All hits in a folded text by owner, in the order of their ends."""
        plain, words, hidden, _ = self._lookout.look(text)
        found = Words(self, Folded(text, text), plain, [*words, *hidden])
        return {owner: hits for owner, (_, hits) in found.items()}

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

    def read(self, folded: Folded, near: Near = None) -> Words:
        """By owner, the text with what is disguised in it spelled out, and all its hits in that.

        To owners of none of these words the text is given as it is.

        Args:
            near: where it is looked for words in disguise.
        """
        seen = self._lookout.look(folded.text, near)
        words, hidden = seen.words, seen.hidden
        found = Words(self, folded, seen.plain, [*words, *hidden] if hidden else words)
        if hidden or (seen.parted and found.leads):
            hiders: dict[str, list[Sighting]] = {}
            for one in hidden:
                for owner in self._concerned(one):
                    hiders.setdefault(owner, []).append(one)
            found.may_differ(
                self.mask(hiders), found.leads if seen.parted else 0,
                lambda words: self._views(words, seen, hiders, near),
            )  # fmt: skip
        return found

    def _views(
        self, found: Words, seen: Seen, hiders: Mapping[str, Sequence[Sighting]],
        near: Near,
    ) -> dict[str, View | AsWritten]:  # fmt: skip
        """By owner, a text with what is disguised in it spelled out, of those who read it so.

        Args:
            hiders: by owner, its words in disguise.
            near: as of `read`.
        """
        folded, hidden = found.folded, seen.hidden
        # Who hides one word hides more beside it; symbols may part what is asked of the words around.
        rest = (
            self._rest.look(folded.text, near).hidden if hidden else self._rest.parted(folded.text)
        )
        is_long = len(folded.text) > SENTENCE
        standing = [
            *((start, end) for start, end, _ in seen.plain),
            *((one.start, one.end) for one in seen.words if one.form == "plain"),
        ]
        if not hidden:
            spelled = respelling(folded, rest, standing)
            if spelled is None:
                return {}
            return dict.fromkeys(found.leading, View(self, spelled, (), hiders, is_long=is_long))
        views: dict[str, View | AsWritten] = {}
        read: dict[tuple[Sighting, ...], View | None] = {}
        for owner in dict.fromkeys((*hiders, *found.leading)) if seen.parted else hiders:
            meant = tuple(hidden)
            if owner in hiders and is_long:
                meant = tuple(one for one in hidden if _is_beside(one, hiders[owner]))
            if meant not in read:
                beside = [one for one in rest if _is_beside(one, meant)] if meant else rest
                spelled = respelling(folded, [*meant, *beside], standing)
                read[meant] = (
                    None if spelled is None else View(self, spelled, meant, hiders, is_long=is_long)
                )
            view = read[meant]
            if view is not None:
                views[owner] = view
        return views

    def kinds_in(self, spelled: Respelling, hidden: Iterable[Sighting]) -> list[int]:
        """The kinds of the words in a text in which words in disguise are spelled out.

        Args:
            hidden: those words.
        """
        kind_of, places = self.kind_of, spelled.places
        return [
            *(kind_of[number] for _, _, number in self._lookout.matches(spelled.text)),
            *(self.kind_named(one.term) for one in hidden if (one.start, one.end) in places),
        ]

    def meant(self, spelled: Respelling, hidden: Iterable[Sighting]) -> Words:
        """The words of a text in its deciphered spelling, with their places."""
        view = spelled.made()
        plain: list[Match] = []
        seen: list[Sighting] = []
        spelled_to = [0, *accumulate(form != "plain" for form in view.forms)]
        for match in self._lookout.matches(view.folded.text):
            start, end, number = match
            if spelled_to[start] == spelled_to[end]:
                plain.append(match)
            else:
                form = view.form_of(start, end)
                seen.append(Sighting(self._words[number], form, start, end))
        # Another reading of the same place is as good; what a longer word covers is not meant.
        moved = [
            one
            for one in (view.moved(one) for one in hidden if (one.start, one.end) in view.places)
            if not (_is_seen(one, seen) or self._stands(one, plain))
        ]
        return Words(self, view.folded, plain, [*moved, *seen], whole=True)

    def _stands(self, one: Sighting, plain: Iterable[Match]) -> bool:
        """Does a word found in disguise also stand there as it is written?"""
        number = self._lookout.number_of(one.term)
        return any(
            other == number and one.start <= start and end <= one.end for start, end, other in plain
        )

    def _concerned(self, one: Sighting) -> Iterable[str]:
        """Whose word it is, in this spelling."""
        kind = self.kind_named(one.term)
        told = (self._hearing if one.form == "plain" else self._hearing_hidden)[kind]
        return dict.fromkeys(owner for owner, _ in told)

    def owners_of(self, kind: int, one: Sighting, *, whole: bool) -> int:
        """All owners who hear of a word of a kind in its spelling, as bits."""
        if whole or one.form == "plain":
            return self.owning[kind]
        return self._mask(self._hearing_hidden[kind])

    def mask(self, owners: Iterable[str]) -> int:
        """Some owners as bits."""
        mask = 0
        for owner in owners:
            mask |= self.bits.get(owner, 0)
        return mask

    def owners_in(self, mask: int) -> Iterator[str]:
        """The owners that some bits stand for."""
        owners = self.owners
        while mask:
            bit = mask & -mask
            yield owners[bit.bit_length() - 1]
            mask ^= bit

    def leads_of(self, kinds: Iterable[int]) -> int:
        """The owners whose hits words of some kinds are, as bits."""
        leads, leading = 0, self.leading
        for kind in kinds:
            leads |= leading[kind]
        return leads

    def kind_named(self, word: str) -> int:
        """The kind of a word.

        Raises:
            KeyError: it is none that is looked for.
        """
        number = self._lookout.number_of(word)
        if number is None:
            raise KeyError(word)
        return self.kind_of[number]

    def mask_of(self, kind: int, one: Sighting, *, whole: bool) -> int:
        """The owners whose hit a word of a kind is in its spelling, as bits.

        Args:
            whole: if all owners of the word hear of it in any.
        """
        if whole or one.form == "plain":
            return self.leading[kind]
        return self._mask(self._hiding[kind])

    def hits_of(
        self, wanted: Set[str], owners: int, text: str, matches: Iterable[Match], kinds: Iterable[int],
        others: Iterable[tuple[int, Sighting]], *, whole: bool,
    ) -> dict[str, list[Hit]]:  # fmt: skip
        """The hits of some owners in a text, supporting ones too, in the order of their ends.

        Args:
            wanted, owners: those, and the same as bits.
            kinds: of the matches, in their order; more may follow.
            others: words that stand there otherwise, with their kinds.
        """
        owning, hearing = self.owning, self._hearing
        found: dict[str, list[Hit]] = {owner: [] for owner in wanted}
        take = {owner: hits.append for owner, hits in found.items()}
        for (start, end, _), kind in zip(matches, kinds, strict=False):
            if owning[kind] & owners:
                term = text[start:end]
                for owner, group in hearing[kind]:
                    if owner in take:
                        take[owner](_made(Hit, (group, term, start, end, "plain")))
        told: set[str] = set()
        for kind, (term, form, start, end, _) in others:
            if owning[kind] & owners:
                is_open = whole or form == "plain"
                for owner, group in (hearing if is_open else self._hearing_hidden)[kind]:
                    if owner in take:
                        told.add(owner)
                        take[owner](_made(Hit, (group, term, start, end, form)))
        # The others are in their order already: matches are, and the groups of a word.
        for owner in told:
            found[owner] = distinct(found[owner])
        return {owner: hits for owner, hits in found.items() if hits}

    def prepare(self) -> None:
        """Reads now what the first word in disguise would wait for."""
        _ = self._rest

    @cached_property
    def _rest(self) -> Lookout:
        """The words that hide only beside others, those of expressions among them."""
        if self._whole is not None:
            return self._whole._rest
        return Lookout(self._image.under("second"), self._image.texts("rest"), self._language)

    def _plainly(self, text: str, matches: Sequence[Match]) -> dict[str, list[Hit]]:
        """Hits by owner in a text that hides nothing; most have none but supporting ones."""
        found: dict[str, list[Hit]] = {}
        leading, kind_of = self._leading, self.kind_of
        for start, end, number in matches:
            for owner, group in leading[kind_of[number]]:
                hit = _made(Hit, (group, text[start:end], start, end, "plain"))
                if owner in found:
                    found[owner].append(hit)
                else:
                    found[owner] = [hit]
        if not found:
            return found
        supporting = self._supporting
        for start, end, number in matches:
            for owner, group in supporting[kind_of[number]]:
                if owner in found:
                    found[owner].append(_made(Hit, (group, text[start:end], start, end, "plain")))
        for hits in found.values():
            if len(hits) > 1:
                hits.sort(key=_turn)
        return found


@lru_cache(maxsize=8)
def lexicon_of(patterns: tuple[Pattern, ...]) -> Lexicon:
    """The lexicon of some patterns, made once: disguises are many, and engines share it."""
    return Lexicon.of(patterns, load_language)


def _is_beside(one: Sighting, others: Sequence[Sighting]) -> bool:
    """Does a word stand beside one of others, as in one sentence?"""
    return any(
        other.start - BESIDE <= one.end and one.start <= other.end + BESIDE for other in others
    )


def _is_seen(one: Sighting, seen: Iterable[Sighting]) -> bool:
    """Does the word stand there now?"""
    return any(
        other.term == one.term and one.start <= other.start and other.end <= one.end
        for other in seen
    )
