"""What texts say to the rules, whatever the room shows: read once, and known while they come again.

Hosts repeat their script, assistants their notices, viewers one another. What stands in a text for
which rule is a function of the text alone, so it is looked for once.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property

from detectors.engine.known import KnownTexts
from detectors.engine.leads import ALL_LED, Leads
from detectors.engine.likes import Likes
from detectors.engine.part import OwnedHits, Part, PartReaders, PartWords, Standing
from detectors.engine.read import UNLIKE, Asked, Read, Seen, first_from
from detectors.match.fold import Folded, fold
from detectors.match.found import Words
from detectors.match.letters import logit_of
from detectors.match.lexicon import Hit, Lexicon
from detectors.match.likeness import Likeness, LikenessModel
from detectors.match.sighting import BESIDE, Near
from detectors.pack.load import Rulebook
from detectors.rule import Rule
from detectors.speech.passages import UNMARKED, Passages, passages
from detectors.speech.pieces import pieces
from detectors.speech.stream import Joined

__all__ = ["Reader"]


#: Texts of the seller's side that are known at once, twice as many at most, and the characters of one.
TEXTS = 400
TEXT_LENGTH = 160
#: Characters on each side of a seam in which a word may stand that was cut.
LONGEST_WORD = 6


class Reader:
    """Reads texts for the rules of a rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._least_likeness = rulebook.least_likeness
        self._thresholds = rulebook.likeness_thresholds
        self._bars = {rule: logit_of(one) for rule, one in self._thresholds.items() if one < 1}
        self._rules: dict[str, Rule] = {rule.id: rule for rule in rulebook.active}
        readers = rulebook.readers
        self.turns = {rule.id: turn for turn, rule in enumerate(readers)}
        """Their turns when several are asked of a text."""
        #: Those that look at a text before they are asked.
        self._choosing = {
            rule.id for rule in readers if type(rule).may_concern is not Rule.may_concern
        }
        #: Those for which speech is one stream, and the others.
        self.joining = frozenset(rule.id for rule in readers if rule.joins_speech)
        self.apart = frozenset(self.turns) - self.joining
        #: Those that read what was said passage by passage, and the others.
        self._passaged = frozenset(rule.id for rule in readers if rule.reads_passages)
        self._entire = frozenset(self.turns) - self._passaged
        #: … as bits of the lexicon; ``None``: no text was read yet.
        self._passaged_mask: int | None = None
        self.leads = Leads(rulebook, self._bars)
        """Tells which rules may be asked."""
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
        return self._asked(folded, found, whole=is_compared, rules=rules, asking=asking)

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
        if (cut is None and is_read) or (cut is not None and cut.is_whole):
            yield self._asked(folded, found, whole=True, asking=asking)
        elif alone:
            yield self._asked(folded, found, whole=True, rules=self._entire, asking=asking)
        else:
            yield Read(folded, found, heeded=self.leads.heeded(found, asking), rules=self._entire)
        if cut is None:
            return
        #: By spelling, the rules that may be asked about it, and their hits.
        views: dict[int, tuple[Folded, dict[str, list[Hit]]]] = {}
        for owner in dict.fromkeys((*asking, *waiting)):
            seen = found.get(owner) if owner in self._passaged else None
            if seen is not None:
                view, hits = seen
                views.setdefault(id(view), (view, {}))[1][owner] = hits
        likes = self._likes() if led.is_suspect or waiting else None
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
                asked, counted = self._chosen(spelled, {})
                yield Read(view, spelled, asked=asked, counted=counted, rules=owned.keys())
        _, owned = views.get(id(folded), (folded, {}))
        yield from self._passages(
            folded, owned, found, cut, likes, first, last, is_meant=True, waits=bool(waiting)
        )

    def _passages(
        self, view: Folded, owned: Mapping[str, list[Hit]], found: Words, cut: Passages,
        likes: Likes | None, first: int, last: int, *, is_meant: bool = False, waits: bool = False,
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
        if self._passaged_mask is None:
            self._passaged_mask = self.lexicon.mask(self._passaged)
        #: Is it one of the two spellings, as it is meant and as it is written, that are read for their likeness?
        is_of_both = found.written is not None and (is_meant or view is found.written)
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
            asked, counted = self._chosen(own, like) if own else ((), ())
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

    def told(self, read: Read, rules: Iterable[str], *, waiting: Set[str], whole: bool) -> Read:
        """The reading of a text with further rules that are asked whatever stands in it.

        Args:
            waiting: those that wait for what is said next: no look at the words can spare them it.
            whole: whether the text is one that is read for its likeness, too.
        """
        readers = read.rules
        if not whole:
            views = dict(read.found)
            for rule_id in rules:
                views.setdefault(rule_id, (read.folded, []))
            if readers is not None:
                views = {rule: seen for rule, seen in views.items() if rule in readers}
            asked, counted = self._chosen(views, {}, waiting)
            return read.instead(asked, counted, {})
        # What it is like was found out already, and who is asked stays asked.
        known = {one.rule for one in read.asked}
        views = {
            rule_id: read.found.get(rule_id) or (read.folded, [])
            for rule_id in rules
            if rule_id not in known and (readers is None or rule_id in readers)
        }
        if not views:
            return read
        asked, counted = self._chosen(views, {}, waiting)
        turn = self.turns.__getitem__
        return read.instead(
            tuple(sorted((*read.asked, *asked), key=lambda one: turn(one.rule))),
            tuple(sorted({*read.counted, *counted}, key=turn)),
            read.likeness,
        )

    def concerns(self, rule_id: str, folded: Folded, hits: list[Hit]) -> bool:
        """Is a rule asked about a text? One that fails to say so is asked, and fails there."""
        if rule_id not in self._choosing or rule_id == self.leads.always:
            return True
        try:
            return self._rules[rule_id].may_concern(folded.text, hits)
        except Exception:  # noqa: BLE001  one rule's fault must not stop the others
            return True

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
    ) -> Read:  # fmt: skip
        """Which rules are asked about a text, by what each has found in it.

        Args:
            whole: whether it is read for its likeness, too.
            rules: those that may be; ``None``: all.
            asking: those to which its words may say something, if that is known.
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
        if whole and is_suspect and self._is_read_for_likeness(rules):
            table = self._rulebook.likeness
            if table is not None:
                like = table.read(folded.text, self._least_likeness)
                if found.written is not None:
                    as_written = self._more_like(table, found.written, like)
        views = {}
        for rule_id in asking:
            seen = found.get(rule_id)
            if seen is not None and (rules is None or rule_id in rules):
                views[rule_id] = seen
        #: Rules whose words stand there as it is written: what it is like it is as it is meant.
        meant = []
        for rule_id in like:
            if rule_id in self.turns and (rules is None or rule_id in rules):
                views[rule_id] = seen = found.get(rule_id) or (folded, [])
                if folded.is_deciphered and not seen[0].is_deciphered:
                    meant.append(rule_id)
        asked, counted = self._chosen(views, like.keys() - meant, known=found.concerned)
        further = [Asked(rule_id, folded, []) for rule_id in meant]
        if found.written is not None:
            read_so = {one.rule for one in asked if not one.folded.is_deciphered}
            further += [
                Asked(rule_id, found.written, [])
                for rule_id in as_written
                if rule_id not in read_so and (rules is None or rule_id in rules)
            ]
        if further:
            turn = self.turns.__getitem__
            asked = tuple(sorted((*asked, *further), key=lambda one: turn(one.rule)))
            counted = tuple(sorted({*counted, *(one.rule for one in further)}, key=turn))
        shadow = self._differing(folded.text, like) if whole else ()
        heeded = self.leads.heeded(found, asking, rules)
        return Read(
            folded, found, likeness=like, as_written=as_written, asked=asked, counted=counted,
            shadow=shadow, heeded=heeded, rules=rules,
        )  # fmt: skip

    def _more_like(
        self, table: LikenessModel, written: Folded, like: Mapping[str, Likeness]
    ) -> dict[str, Likeness]:
        """By rule, what a text is like as it is written, where that is more than as it is meant: a guess.

        Args:
            like: what it is like as it is meant.
        """
        return {
            rule: one
            for rule, one in table.read(written.text, self._least_likeness).items()
            if rule in self.turns and (rule not in like or like[rule].share < one.share)
        }

    def _chosen(
        self,
        views: Mapping[str, Seen],
        like: Container[str],
        waiting: Container[str] = frozenset(),
        *,
        known: dict[str, bool] | None = None,
    ) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
        """The rules that are asked about a text, and those that were looked at for that, in their turns.

        Args:
            views: by rule, the text as it reads it, and its hits in that.
            like: the rules that are asked for its likeness.
            waiting: those that wait for what is said next.
            known: of a whole text, which rules it was found to concern; ``None``: it is a part of one.
        """
        counted = sorted(views, key=self.turns.__getitem__) if len(views) > 1 else [*views]
        asked = []
        for rule_id in counted:
            view, hits = views[rule_id]
            # What a rule is told of a whole text, no look at the words can spare it, either.
            is_asked = rule_id in waiting or rule_id in like
            if not is_asked:
                answer = known.get(rule_id) if known is not None else None
                is_asked = self.concerns(rule_id, view, hits) if answer is None else answer
                if known is not None:
                    known[rule_id] = is_asked
            if is_asked:
                asked.append(Asked(rule_id, view, hits))
        return tuple(asked), tuple(counted)

    @cached_property
    def _like(self) -> frozenset[str]:
        """The rules that a model knows; the models are read when the first text asks for them."""
        models = self._rulebook.likeness, self._rulebook.shadow_model
        return frozenset(rule for model in models if model is not None for rule in model.rules)

    def _likes(self) -> Likes | None:
        """What tells what the passages of a text are like; ``None``: that says nothing to any rule."""
        table = self._rulebook.likeness
        if table is None or not self._is_read_for_likeness(None):
            return None
        return Likes(table, self._least_likeness, self._bars)

    def _is_read_for_likeness(self, rules: Container[str] | None) -> bool:
        """Does a text say anything by its likeness to rules of which only these are asked?"""
        if self._least_likeness >= 1:
            return False
        return rules is None or any(rule in rules for rule in self._like)

    def _differing(self, text: str, like: Mapping[str, Likeness]) -> tuple[tuple[str, str], ...]:
        """Where a model in the shadow would watch a text, or pass it, and the one in use would not."""
        model = self._rulebook.shadow_model
        if model is None or self._least_likeness >= 1:
            return ()
        thresholds = self._thresholds
        now, then = (
            {rule for rule, one in of.items() if one.share >= thresholds.get(rule, 1)}
            for of in (like, model.read(text, self._least_likeness))
        )
        return (
            *((rule, "watches") for rule in sorted(then - now)),
            *((rule, "passes") for rule in sorted(now - then)),
        )


def _placed(folded: Folded, near: Near) -> Near:
    """A range of the original in the folded text."""
    return near and (first_from(folded, near[0]), first_from(folded, near[1]))


def _cut(folded: Folded, seams: Sequence[int]) -> Passages | None:
    """The passages of a text with commas between its events at some places of the original."""
    places = [first_from(folded, seam) for seam in seams]
    return passages(
        folded.text, [place for place in places if folded.text[place : place + 1] == ","]
    )
