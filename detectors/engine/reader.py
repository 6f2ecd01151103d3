"""What texts say to the rules, whatever the room shows: read once, and known while they come again.

Hosts repeat their script, assistants their notices, viewers one another. What stands in a text for
which rule is a function of the text alone, so it is looked for once.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from detectors.match.fold import Folded, fold
from detectors.match.lexicon import Hit
from detectors.match.likeness import Likeness
from detectors.match.sought import hold
from detectors.pack.load import Rulebook
from detectors.rule import Rule
from detectors.speech.passages import (
    UNMARKED,
    Passages,
    Run,
    moved,
    part_of,
    passages,
    place_behind,
    runs_of,
    with_commas,
)
from detectors.speech.pieces import pieces
from detectors.speech.stream import Joined

__all__ = ["UNLIKE", "Asked", "Found", "Heard", "Read", "Reader", "first_from"]

#: Texts of the seller's side that are known at once, twice as many at most, and the characters of one.
TEXTS = 400
TEXT_LENGTH = 160
#: The same of lines of viewers, which are short and many.
LINES = 10_000
LINE_LENGTH = 24

#: Characters on each side of a seam in which a word may stand that was cut.
LONGEST_WORD = 6
#: Characters of a passage that can be like a violation by itself, at least.
SHORTEST_LIKE = 8
#: Characters of a run of clauses that can be, at least.
SHORTEST_RUN_LIKE = 10
#: The logit, in thousandths, that it must have where sentences end as likely as not at its ends.
RUN_LOGIT = 800

#: By rule, a text as it reads it and the words in that (`Lexicon.read`).
Found = Mapping[str, tuple[Folded, list[Hit]]]
#: Of a text that is like no violation.
UNLIKE: Mapping[str, Likeness] = MappingProxyType({})


class Asked(NamedTuple):
    """A rule that is asked about a text."""

    rule: str
    folded: Folded
    """The text as the rule reads it, with what is disguised spelled out."""
    hits: list[Hit]
    standing: int
    """The expressions of which a needed word stands in it (`sought.NeededWords`)."""


class Read(NamedTuple):
    """A text of the seller's side, read."""

    folded: Folded
    found: Found
    likeness: Mapping[str, Likeness] = UNLIKE
    """By rule, how much it is like its violations."""
    asked: tuple[Asked, ...] = ()
    """The rules to which its words or its likeness may say something, in their turns."""
    counted: tuple[str, ...] = ()
    """Those, and the rules that it was looked at for and says nothing to."""
    shadow: tuple[tuple[str, str], ...] = ()
    """What a model in the shadow says otherwise: rules that it alone `watches`, or `passes`."""
    begins: int = 0
    """Where it stands in the text of which it is a passage."""
    rules: Set[str] | None = None
    """The rules that may be asked about it; ``None``: all."""
    is_passage: bool = False
    """Is it a passage of a longer text?"""
    runs: tuple[Run, ...] = ()
    """Of a passage of which it is only guessed where clauses end: runs of them in the folded text."""
    news: tuple[int, int] | None = None
    """Where the event's own words stand in the folded text; ``None``: all are."""


class Heard(NamedTuple):
    """A rule that looks for words in what viewers write, and what it found in a line."""

    rule: str
    hits: list[Hit] | None
    """``None``: the line says nothing to it."""


class Reader:
    """Reads texts for the rules of a rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.lexicon = rulebook.lexicon
        self.viewer_lexicon = rulebook.viewer_lexicon
        self.always = ""
        """A rule to which any text with its words says something: what it makes of them is shown."""
        self._rulebook = rulebook
        self._least_likeness = rulebook.least_likeness
        self._thresholds = rulebook.likeness_thresholds
        self._rules: dict[str, Rule] = {rule.id: rule for rule in rulebook.active}
        readers = [rule for rule in rulebook.active if type(rule).on_text is not Rule.on_text]
        #: Their turns when several are asked of a text.
        self.turns = {rule.id: turn for turn, rule in enumerate(readers)}
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
        #: What was read of late, and before that.
        self._texts: dict[str, Read] = {}
        self._older: dict[str, Read] = {}
        self._speeches: dict[str, tuple[Read, ...]] = {}
        self._lines: dict[str, tuple[Heard, ...]] = {}
        self.heeds = any(
            type(rule).on_viewer_text is not Rule.on_viewer_text for rule in rulebook.active
        )
        """Does any rule look for words in what viewers write?"""

    def read(self, text: str) -> Read:
        """A text of the seller's side."""
        read = self._texts.get(text)
        if read is not None:
            return read
        read = self._older.get(text) or self._look(text)
        if len(text) <= TEXT_LENGTH:
            if len(self._texts) >= TEXTS:
                self._older, self._texts = self._texts, {}
            self._texts[text] = read
        return read

    def read_speech(self, text: str) -> tuple[Read, ...]:
        """What was said, the whole first, then its passages, if it is longer than one."""
        if len(text) < UNMARKED:
            return (self.read(text),)
        reads = self._speeches.get(text)
        if reads is None:
            reads = tuple(self._in_passages(text))
            if len(text) <= TEXT_LENGTH:
                if len(self._speeches) >= TEXTS:
                    self._speeches.clear()
                self._speeches[text] = reads
        return reads

    def read_among(self, whole: Joined) -> Iterator[Read]:
        """What was said, with what was said before and after: the passages with words of its own."""
        first, last = whole.first, whole.last
        for read in self._in_passages(whole.text, first, last, whole.seams):
            low, high = first - read.begins, last - read.begins
            news = first_from(read.folded, low), first_from(read.folded, high)
            yield read._replace(news=news, shadow=())

    def is_cut(self, text: str, place: int) -> bool:
        """Does a word stand where two events meet?"""
        return bool(
            self.lexicon.read(fold(text[max(0, place - LONGEST_WORD) : place + LONGEST_WORD]))
        )

    def _in_passages(
        self, text: str, first: int = 0, last: int = sys.maxsize, seams: Sequence[int] = ()
    ) -> Iterator[Read]:
        """A text and its passages, each with the rules that are asked about it.

        The words are looked for once, in the whole.

        Args:
            first, last: the half-open range of the text from which a passage has to have something.
            seams: where commas stand between what was said in several events.
        """
        folded, found = self._find(text)
        cut = _cut(folded, seams) if found else None
        if cut is None:
            yield self._asked(folded, found, waiting=frozenset(), whole=True)
            return
        rules = None if cut.is_whole else self._entire
        yield self._asked(folded, found, waiting=frozenset(), whole=True, rules=rules)
        views: dict[int, tuple[Folded, dict[str, list[Hit]]]] = {id(folded): (folded, {})}
        for owner, (view, hits) in found.items():
            if owner in self._passaged:
                views.setdefault(id(view), (view, {}))[1][owner] = hits
        others = self._passaged
        for view, owned in reversed(views.values()):
            if view is not folded:
                # Rules that read disguised words as they are meant are asked in that spelling only.
                others = others - owned.keys()
            if view is folded:
                yield from self._passages(
                    view, owned, others, cut, is_meant=True, first=first, last=last
                )
            else:
                yield from self._passages(
                    view, owned, owned.keys(), _cut(view, seams), is_meant=False, first=first,
                    last=last,
                )  # fmt: skip

    def _passages(
        self, view: Folded, owned: Mapping[str, list[Hit]], rules: Set[str],
        cut: Passages | None, *, is_meant: bool, first: int, last: int,
    ) -> Iterator[Read]:  # fmt: skip
        """The passages of a text in one spelling, in which some rules have found words.

        Args:
            rules: those that may be asked about this spelling.
            is_meant: whether it is the one that is read for its likeness, too.
            first, last: the half-open range of the original from which each has something, and in
                which runs of clauses that are read for their likeness end.
        """
        if cut is None:
            if owned:
                found = {owner: (view, hits) for owner, hits in owned.items()}
                yield self._asked(view, found, waiting=frozenset(), whole=is_meant, rules=rules)
            return
        within = {
            place
            for hits in owned.values()
            for hit in hits
            for place in range(hit.start + 1, hit.end)
        }
        commas = [place for place in cut.commas if place not in within]
        read_to = 0
        for low, high in cut.ranges:
            part, begins = part_of(view, low, high)
            if begins >= last or begins + len(part.original) <= first:
                continue
            inside = [place for place in commas if low < place < high]
            marked = with_commas(part, [place - low for place in inside])
            found = {}
            for owner, hits in owned.items():
                own = [hit for hit in hits if low <= hit.start and hit.end <= high]
                if own:
                    found[owner] = marked, moved(own, inside, low)
            if found:
                runs = _runs(cut.joints, low, high, [place - low for place in inside])
                is_like = is_meant and high - low >= SHORTEST_LIKE
                # What stands in a passage before, or ends in what was said before, was read there.
                fresh = [
                    (*placed[:2], run.logit(RUN_LOGIT))
                    for run, placed in (runs if is_like else ())
                    if run.end - run.start >= SHORTEST_RUN_LIKE
                    and low + run.end > read_to
                    and first < view.to_original(low, low + run.end)[1] <= last
                ]
                read_to = max(read_to, high)
                read = self._asked(
                    marked, found, waiting=frozenset(), whole=is_like, rules=rules, runs=fresh
                )
                yield read._replace(
                    begins=begins,
                    shadow=(),
                    is_passage=True,
                    runs=tuple(placed for _, placed in runs),
                )

    def read_pieces(self, text: str) -> Iterator[tuple[int, Read]]:
        """The pieces of a long text, with the places where they begin.

        What stands in the part that two pieces share is found in the first of them: a rule is asked
        about the second where one of its words ends beyond.
        """
        known = 0
        for start, end in pieces(text):
            read = self._look(text[start:end], known - start)
            known = end
            yield start, read

    def told(self, read: Read, rules: Iterable[str], *, waiting: Set[str], whole: bool) -> Read:
        """The same of a text of which some rules are told whatever stands in it.

        Args:
            waiting: those that wait for what is said next: no look at the words can spare them it.
            whole: whether the text is one that is read for its likeness, too.
        """
        if not whole:
            views = dict(read.found)
            for rule_id in rules:
                if read.rules is None or rule_id in read.rules:
                    views.setdefault(rule_id, (read.folded, []))
            told = self._asked(read.folded, views, waiting=waiting, whole=False, rules=read.rules)
            return told._replace(
                begins=read.begins, is_passage=read.is_passage, runs=read.runs, news=read.news
            )
        # What it is like was found out already, and who is asked stays asked.
        asked = {one.rule for one in read.asked}
        views = {
            rule_id: read.found.get(rule_id, (read.folded, []))
            for rule_id in rules
            if rule_id not in asked and (read.rules is None or rule_id in read.rules)
        }
        if not views:
            return read
        more = self._asked(read.folded, views, waiting=waiting, whole=False, rules=read.rules)
        turn = self.turns.__getitem__
        return read._replace(
            asked=tuple(sorted((*read.asked, *more.asked), key=lambda one: turn(one.rule))),
            counted=tuple(sorted({*read.counted, *more.counted}, key=turn)),
        )

    def concerns(self, rule_id: str, folded: Folded, hits: list[Hit]) -> bool:
        """Is a rule asked about a text? One that fails to say so is asked, and fails there."""
        if rule_id not in self._choosing or rule_id == self.always:
            return True
        try:
            return self._rules[rule_id].may_concern(folded.text, hits)
        except Exception:  # noqa: BLE001  one rule's fault must not stop the others
            return True

    def heard(self, text: str) -> tuple[Heard, ...]:
        """A viewer's line, for the rules that look for words in it."""
        heard = self._lines.get(text)
        if heard is None:
            spotted = self.viewer_lexicon.spot(text)
            heard = tuple(
                Heard(rule_id, hits if self._heeds(rule_id, text, hits) else None)
                for rule_id, hits in spotted.items()
            )
            if len(text) <= LINE_LENGTH:
                if len(self._lines) >= LINES:
                    self._lines.clear()
                self._lines[text] = heard
        return heard

    def heeded(self, texts: Sequence[str]) -> set[int]:
        """The places of those lines of viewers that a rule heeds, or passes over for a stated reason."""
        return {
            place
            for place in self.viewer_lexicon.having(texts)
            if any(hits is not None or self._rules[rule_id].passed_over
                   for rule_id, hits in self.heard(texts[place]))
        }  # fmt: skip

    def _look(self, text: str, known: int = 0) -> Read:
        """Reads a text; words that end within the first `known` characters are no news."""
        folded, found = self._find(text)
        if known > 0:
            found = {
                owner: (view, hits)
                for owner, (view, hits) in found.items()
                if any(view.to_original(hit.start, hit.end)[1] > known for hit in hits)
            }
        return self._asked(folded, found, waiting=frozenset(), whole=True)

    def _find(self, text: str) -> tuple[Folded, Found]:
        """A text as it is meant, and the words in it."""
        folded = fold(text)
        found: Found = self.lexicon.read(folded)
        meant = self._rulebook.decipherer.read(folded, self.lexicon.disguised)
        if meant is None:
            return folded, found
        return meant, _instead(self.lexicon.read(meant), found)

    def _asked(
        self, folded: Folded, found: Found, *, waiting: Set[str], whole: bool,
        rules: Set[str] | None = None, runs: Sequence[tuple[int, int, int]] = (),
    ) -> Read:  # fmt: skip
        """Which rules are asked about a text, by what each has found in it.

        Args:
            rules: those that may be; ``None``: all.
            runs: runs of its clauses that are read for their likeness beside it, as of
                `LikenessModel.read_runs`.
        """
        if not found:
            # A text without any word that any rule looks for is like nothing, either.
            return Read(folded, found, rules=rules)
        like: dict[str, Likeness] = {}
        views = found
        if whole and self._is_read_for_likeness(rules):
            table = self._rulebook.likeness
            if table is not None:
                like = table.read(folded.text, self._least_likeness)
                if runs:
                    for rule, run in table.read_runs(folded.text, runs).items():
                        if rule not in like or like[rule].share < run.share:
                            like[rule] = run
            if like:
                views = dict(found)
                for rule_id in like:
                    if rule_id in self.turns:
                        views.setdefault(rule_id, (folded, []))
        if rules is not None:
            views = {rule_id: seen for rule_id, seen in views.items() if rule_id in rules}
        counted = sorted(views, key=self.turns.__getitem__) if len(views) > 1 else views
        asked = []
        stand: dict[str, int] = {}
        for rule_id in counted:
            view, hits = views[rule_id]
            standing = stand.get(view.text)
            if standing is None:
                standing = stand[view.text] = self._rulebook.needed_words.look(view.text)
            hold(view.text, standing)
            # What a rule is told of a whole text, no look at the words can spare it, either.
            if rule_id in waiting or rule_id in like or self.concerns(rule_id, view, hits):
                asked.append(Asked(rule_id, view, hits, standing))
        shadow = self._differing(folded.text, like) if whole else ()
        return Read(folded, found, like, tuple(asked), tuple(counted), shadow, rules=rules)

    @cached_property
    def _like(self) -> frozenset[str]:
        """The rules that a model knows; the models are read when the first text asks for them."""
        models = self._rulebook.likeness, self._rulebook.shadow_model
        return frozenset(rule for model in models if model is not None for rule in model.rules)

    def _is_read_for_likeness(self, rules: Set[str] | None) -> bool:
        """Does a text say anything by its likeness to rules of which only these are asked?"""
        if self._least_likeness >= 1:
            return False
        return rules is None or not rules.isdisjoint(self._like)

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

    def _heeds(self, rule_id: str, text: str, hits: list[Hit]) -> bool:
        """Is a viewer's line handed to a rule? A rule that fails to say so is asked, and fails there."""
        if rule_id == self.always:
            return True
        try:
            return not self._rules[rule_id].passes_over(text, hits)
        except Exception:  # noqa: BLE001  one rule's fault must not stop the others
            return True


def _cut(folded: Folded, seams: Sequence[int]) -> Passages | None:
    """The passages of a text with commas between its events at some places of the original."""
    places = [first_from(folded, seam) for seam in seams]
    return passages(
        folded.text, [place for place in places if folded.text[place : place + 1] == ","]
    )


def _runs(
    joints: Mapping[int, int], low: int, high: int, commas: Sequence[int]
) -> list[tuple[Run, Run]]:
    """The runs of clauses of a passage, each as it is and where it stands in the passage with commas.

    Args:
        joints: where clauses may end in the text of which it is the range from `low` to `high`.
    """
    return [
        (
            run,
            Run(place_behind(run.start, commas), place_behind(run.end - 1, commas) + 1, run.apart),
        )
        for run in runs_of(joints, low, high)
    ]


def first_from(folded: Folded, place: int) -> int:
    """The first character of a folded text that stands at a place of the original or behind it."""
    if place <= 0:
        return 0
    if folded.offsets is None:
        return min(place, len(folded.text))
    return bisect_left(folded.offsets, place)


def _instead(meant: Found, written: Found) -> Found:
    """What is found in a text as it is meant, beside what stands there as it is written.

    Words that stand there stay, for their rules the text stays as well. What only a spelling hid is
    found in the text as it is meant, or was chance.
    """
    found = dict(meant)
    for owner, (folded, hits) in written.items():
        left = {hit.term for hit in meant[owner][1]} if owner in meant else set()
        if any(hit.form == "plain" and hit.term not in left for hit in hits):
            found[owner] = folded, hits
    return found
