"""Reads texts for the rules, independently of the room, and caches the result for repeated texts.

Hosts repeat their script, assistants their notices, viewers one another. What stands in a text for
which rule is a function of the text alone, so it is looked for once.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import NamedTuple

from detectors.engine.choice import Choice
from detectors.engine.known import KnownTexts
from detectors.engine.leads import Leads
from detectors.engine.likes import Likes, PassageLikes
from detectors.engine.part import OwnedHits, Part, PartReaders, PartWords, Standing
from detectors.engine.read import UNLIKE, Asked, Read, first_from
from detectors.match.fold import Folded, fold
from detectors.match.found import Words
from detectors.match.lexicon import Hit, Lexicon
from detectors.match.likeness import Likeness
from detectors.match.sighting import BESIDE, Near
from detectors.pack.asking import ALL_LED
from detectors.pack.load import Rulebook
from detectors.speech.passages import UNMARKED, Passages, passages
from detectors.speech.pieces import pieces
from detectors.speech.stream import Joined

__all__ = ["Reader", "Turn"]


#: Texts of the seller's side that are known at once, twice as many at most, and the characters of one.
TEXTS = 400
TEXT_LENGTH = 160
#: Characters on each side of a seam in which a word may stand that was cut.
LONGEST_WORD = 6


class Turn(NamedTuple):
    """The rules that are asked about speech at one time, of two."""

    asked: frozenset[str]
    """Those that look for claims in it."""
    heeding: frozenset[str]
    """Those that heed some of its words, whatever it hints at."""


class Reader:
    """Reads texts for the rules of a rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        readers = rulebook.readers
        self._all = frozenset(rule.id for rule in readers)
        #: Those for which speech is one stream, and the others.
        self.joining = frozenset(rule.id for rule in readers if rule.joins_speech)
        self.apart = self._all - self.joining
        #: Those that read what was said passage by passage, and the others.
        self._passaged = frozenset(rule.id for rule in readers if rule.reads_passages)
        self._entire = self._all - self._passaged
        self._likes = Likes(rulebook)
        self.leads = Leads(rulebook, self._likes.bars)
        """Tells which rules may be asked …"""
        self.choice = Choice(rulebook, self.leads)
        """… and which are."""
        by_event = self.leads.heeding_events
        self.of_event = Turn(self.apart, self.apart | by_event)
        """Those that are asked about an event by itself …"""
        self.of_stream = Turn(self.joining, self.joining - by_event)
        """… and among what is said around it."""
        #: The words in texts.
        self._found: KnownTexts[tuple[Folded, Words]] = KnownTexts(TEXTS, TEXT_LENGTH)
        #: Texts as they are read.
        self._texts: KnownTexts[Read] = KnownTexts(TEXTS, TEXT_LENGTH)
        self._alone: KnownTexts[Read] = KnownTexts(TEXTS, TEXT_LENGTH)
        self._speeches: KnownTexts[tuple[Read, ...]] = KnownTexts(TEXTS, TEXT_LENGTH)

    @cached_property
    def _joining_mask(self) -> int:
        """The rules for which speech is one stream, as bits of the lexicon."""
        return self.lexicon.mask(self.joining)

    @cached_property
    def _apart_mask(self) -> int:
        """The others."""
        return self.lexicon.mask(self.apart)

    @cached_property
    def _passaged_mask(self) -> int:
        """Those that read what was said passage by passage."""
        return self.lexicon.mask(self._passaged)

    @property
    def lexicon(self) -> Lexicon:
        """The words of the rules: read from the image when there is a text to read, not at the start."""
        return self._rulebook.lexicon

    def read(self, text: str) -> Read:
        """A text of the seller's side."""
        return self._texts.of(text, self._whole)

    def _whole(self, text: str) -> Read:
        return self._asked(*self._known(text), whole=True)

    def read_alone(self, text: str) -> Read:
        """What was said, as the rules read it to which nothing said before or after it matters."""
        return self._alone.of(text, self._by_itself)

    def _by_itself(self, text: str) -> Read:
        folded, found = self._known(text)
        # Those for which speech is one stream are asked of it among what is said around it.
        asking = self.leads.asking(found, ALL_LED, among=self._apart_mask)
        # A model in the shadow reads what was said as it was delivered.
        is_compared = self._rulebook.shadow_model is not None
        rules = None if is_compared else self.apart
        whole = is_compared or self._likes.say_to(self.apart)
        return self._asked(
            folded, found, whole=whole, rules=rules, asking=asking, heeding=self.of_event.heeding
        )

    def read_speech(self, text: str, waiting: Set[str] = frozenset()) -> tuple[Read, ...]:
        """What was said, the whole first, then its passages, if it is longer than one.

        Args:
            waiting: rules that wait for what is said next.
        """
        if len(text) < UNMARKED:
            return (self.read(text),)
        if waiting:
            return tuple(self._in_passages(text, waiting=waiting))
        return self._speeches.of(text, lambda text: tuple(self._in_passages(text)))

    def read_among(self, whole: Joined, waiting: Set[str], *, is_shown: bool) -> Iterator[Read]:
        """What was said, with what was said before and after: the passages with words of its own.

        Args:
            waiting: rules that wait for what is said next.
            is_shown: whether a card shows attributes of the goods.
        """
        first, last = whole.first, whole.last
        for read in self._in_passages(
            whole.text,
            first,
            last,
            whole.seams,
            alone=False,
            waiting=waiting,
            is_shown=is_shown,
        ):
            yield read.among(first, last)

    def is_cut(self, text: str, place: int) -> bool:
        """Does a word stand where two events meet?"""
        return bool(
            self.lexicon.read(fold(text[max(0, place - LONGEST_WORD) : place + LONGEST_WORD]))
        )

    def _in_passages(
        self, text: str, first: int = 0, last: int = sys.maxsize, seams: Sequence[int] = (), *,
        alone: bool = True, waiting: Set[str] = frozenset(), is_shown: bool = True,
    ) -> Iterator[Read]:  # fmt: skip
        """A text and its passages, each with the rules that are asked about it.

        The words are looked for once, in the whole.

        Args:
            first, last: the half-open range of the text from which a passage has to have something.
            seams: where commas stand between what was said in several events.
            alone: whether rules are asked that read what was said in one event, and as a whole.
            waiting: rules that wait for what is said next.
        """
        if alone and first <= 0:
            folded, found = self._known(text)
        else:
            # What is hidden in what stands before was found there.
            folded, found = self._find(text, (first - BESIDE, last + BESIDE))
            if alone:
                found.only_behind(first)
        if not found:
            yield Read(folded, found)
            return
        led = self.leads.led(found, waiting)
        asking = self.leads.asking(
            found, led, is_shown=is_shown, among=-1 if alone else self._joining_mask
        )
        is_read = waiting or led.is_suspect or not self._passaged.isdisjoint(asking)
        cut = _cut(folded, seams) if is_read else None
        heeding = self._all if alone else self.of_stream.heeding
        if (cut is None and is_read) or (cut is not None and cut.is_whole):
            yield self._asked(folded, found, whole=True, asking=asking, heeding=heeding)
        elif alone:
            yield self._asked(
                folded, found, whole=True, rules=self._entire, asking=asking, heeding=heeding
            )
        else:
            heeded = self.leads.heeded(found, asking, heeding)
            yield Read(folded, found, heeded=heeded, rules=self._entire)
        if cut is None:
            return
        #: By spelling, the rules that may be asked about it, and their hits.
        views: dict[int, tuple[Folded, dict[str, list[Hit]]]] = {}
        for owner in dict.fromkeys((*asking, *waiting)):
            seen = found.get(owner) if owner in self._passaged else None
            if seen is not None:
                view, hits = seen
                views.setdefault(id(view), (view, {}))[1][owner] = hits
        likes = self._likes.of_passages() if led.is_suspect or waiting else None
        if likes is not None and found.written is not None:
            views.setdefault(id(found.written), (found.written, {}))
        # Rules that read disguised words as they are meant are asked in that spelling only.
        for view, owned in reversed(views.values()):
            if view is folded:
                continue
            parts = _cut(view, seams)
            if parts is not None:
                yield from self._passages(
                    view, owned, found, parts, likes, first, last, waits=bool(waiting)
                )
            else:
                spelled = {owner: (view, hits) for owner, hits in owned.items()}
                asked, counted = self.choice.among(spelled, {})
                yield Read(view, spelled, asked=asked, counted=counted, rules=owned.keys())
        _, owned = views.get(id(folded), (folded, {}))
        yield from self._passages(
            folded, owned, found, cut, likes, first, last, is_meant=True, waits=bool(waiting)
        )

    def _passages(
        self, view: Folded, owned: Mapping[str, list[Hit]], found: Words, cut: Passages,
        likes: PassageLikes | None, first: int, last: int, *, is_meant: bool = False, waits: bool = False,
    ) -> Iterator[Read]:  # fmt: skip
        """The passages of a text in one spelling in which words of rules stand.

        Args:
            owned: the hits of the rules to which these may say something in this spelling.
            found: all words of the text.
            likes: tells what passages are like; ``None``: that says nothing.
            first, last: the half-open range of the original from which each has something, and in
                which runs of clauses that are read for their likeness end.
            is_meant: whether it is the spelling of those rules, too, of which no word stands in it.
            waits: whether rules wait for what is said next: they are asked about passages of which no other is.
        """
        #: Is it one of the two spellings, as it is meant and as it is written, that are read for their likeness?
        is_of_both = is_meant or view is found.written
        words = Standing(found, view, self._passaged, self._passaged_mask)
        rules = PartReaders(found, view, self._passaged, is_meant=is_meant)
        commas = [place for place in cut.commas if not words.covers(place)]
        owned_hits = OwnedHits(owned)
        read_to = 0
        for low, high in cut.ranges:
            part = Part(view, low, high, commas, cut.joints)
            if part.begins >= last or part.ends <= first:
                continue
            if view is not found.written and not words.any_in(low, high):
                continue
            own = owned_hits.inside(part)
            if not own and likes is None and not waits:
                continue
            like = UNLIKE if likes is None else likes.of(part, read_to, first, last)
            read_to = max(read_to, high)
            seen = PartWords(found, part, rules)
            for rule in like:
                if rule in rules and rule not in own:
                    own[rule] = seen.get(rule) or (part.folded, [])
                elif is_of_both and rule in self._passaged:
                    # Its words stand in the other spelling.
                    own.setdefault(rule, (part.folded, []))
            asked, counted = self.choice.among(own, like) if own else ((), ())
            if not counted and not waits:
                continue
            yield Read(part, seen, likeness=like, asked=asked, counted=counted, rules=rules)

    def read_pieces(self, text: str, waiting: Set[str] = frozenset()) -> Iterator[tuple[int, Read]]:
        """A long text piece by piece, and each as a text is read that was said at one go: with the places
        of the text where they begin, the whole of a piece before its passages.

        What stands in the part that two pieces share is found in the first of them: a rule is asked
        about the second where one of its words ends beyond.

        Args:
            waiting: rules that wait for what is said next.
        """
        known = 0
        for start, end in pieces(text):
            for read in self._in_passages(text[start:end], first=known - start, waiting=waiting):
                yield start + read.begins, read
            known = end

    def _known(self, text: str) -> tuple[Folded, Words]:
        """The folded text and its words, kept for when it is read in another way or comes again."""
        return self._found.of(text, self._find)

    def _find(self, text: str, near: Near = None) -> tuple[Folded, Words]:
        """A text as it is meant, and the words in it.

        Args:
            near: where it is looked for what is hidden, in the original.
        """
        folded = fold(text)
        lexicon = self.lexicon
        part = _placed(folded, near)
        found = lexicon.read(folded, part)
        meant = self._rulebook.decipherer.read(folded, lexicon.disguised, part)
        if meant is None:
            return folded, found
        again = lexicon.read(meant, _placed(meant, near))
        again.stay(found)
        return meant, again

    def _asked(
        self, folded: Folded, found: Words, *, whole: bool,
        rules: Container[str] | None = None, asking: Sequence[str] | None = None,
        heeding: Container[str] | None = None,
    ) -> Read:  # fmt: skip
        """Which rules are asked about a text, by what each has found in it.

        Args:
            whole: whether it is read for its likeness, too.
            rules: those that may be; ``None``: all.
            asking: those to which its words may say something, if that is known.
            heeding: those that may heed some of its words; ``None``: all.
        """
        if not found:
            # A text without any word that any rule looks for is like nothing, either.
            return Read(folded, found, rules=rules)
        is_suspect = True
        if asking is None:
            led = self.leads.led(found)
            asking, is_suspect = self.leads.asking(found, led), led.is_suspect
        like: dict[str, Likeness] = {}
        as_written: dict[str, Likeness] = {}
        if whole and is_suspect and self._likes.say_to(rules):
            like = self._likes.of(folded)
            if found.written is not None:
                as_written = self._likes.more(found.written, like)
        views = {}
        for rule_id in asking:
            seen = found.get(rule_id)
            if seen is not None and (rules is None or rule_id in rules):
                views[rule_id] = seen
        #: Rules whose words stand there as it is written: what it is like it is as it is meant.
        meant = []
        for rule_id in like:
            if rule_id in self._all and (rules is None or rule_id in rules):
                views[rule_id] = seen = found.get(rule_id) or (folded, [])
                if folded.is_deciphered and not seen[0].is_deciphered:
                    meant.append(rule_id)
        asked, counted = self.choice.among(views, like.keys() - meant, known=found.concerned)
        further = [Asked(rule_id, folded, []) for rule_id in meant]
        if found.written is not None:
            read_so = {one.rule for one in asked if not one.folded.is_deciphered}
            further += [
                Asked(rule_id, found.written, [])
                for rule_id in as_written
                if rule_id not in read_so and (rules is None or rule_id in rules)
            ]
        if further:
            asked, counted = self.choice.joined(
                (asked, counted), further, (one.rule for one in further)
            )
        shadow = self._likes.differing(folded.text, like) if whole else ()
        heeded = self.leads.heeded(found, asking, heeding)
        return Read(
            folded, found, likeness=like, as_written=as_written, asked=asked, counted=counted,
            shadow=shadow, heeded=heeded, rules=rules,
        )  # fmt: skip


def _placed(folded: Folded, near: Near) -> Near:
    """A range of the original in the folded text."""
    return near and (first_from(folded, near[0]), first_from(folded, near[1]))


def _cut(folded: Folded, seams: Sequence[int]) -> Passages | None:
    """The passages of a text with commas between its events at some places of the original."""
    places = [first_from(folded, seam) for seam in seams]
    return passages(
        folded.text, [place for place in places if folded.text[place : place + 1] == ","]
    )
