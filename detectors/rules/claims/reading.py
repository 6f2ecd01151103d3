"""An utterance as the claim rules read it: the words found, and how they stand to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from detectors.match.fold import Folded
from detectors.match.lexicon import Hit
from detectors.match.ordinary import is_stray
from detectors.match.respell import doubt
from detectors.match.sighting import Form
from detectors.match.typed import typed
from detectors.pack.frames import TYPED, kinds_above
from detectors.speech.phrases import has_marks, whole_phrase
from detectors.speech.scope import Scope
from detectors.speech.utterance import Utterance

__all__ = ["HEARD", "Pair", "Reading", "is_chance", "is_put_in"]

#: Spellings that only sound like a word.
HEARD: frozenset[Form] = frozenset(["sound", "echo"])
#: Spellings of a text, read as it is meant, that may be chance.
_GUESSED: frozenset[Form] = frozenset(["sound", "context"])
#: Characters of a word that others sound like by chance.
_SHORT = 2
#: Hits before one of which one may contain it.
_BESIDE = 6


class Pair(NamedTuple):
    """Two words that belong together: what is spoken of, and what is said to happen to it."""

    first: Hit
    second: Hit

    @property
    def start(self) -> int:
        return min(self.first.start, self.second.start)

    @property
    def end(self) -> int:
        return max(self.first.end, self.second.end)


class Reading:
    """The hits of one rule in one utterance, by kind: of “ill.disease.癌症” each beginning before a dot."""

    __slots__ = (
        "_kinds",
        "_phrases",
        "_slots",
        "agreed",
        "aside",
        "claimed",
        "denied",
        "hits",
        "is_weighed",
        "scope",
        "text",
        "utterance",
    )

    def __init__(self, utterance: Utterance, hits: Sequence[Hit]) -> None:
        self.utterance = utterance
        self.text = utterance.folded.text
        self.hits = hits
        self.scope = Scope(self.text)
        #: Whether something was found in it and let pass.
        self.is_weighed = False
        #: How many silences say nothing of the whole: a word that only sounds like one of the rule.
        self.aside = 0
        #: The negation or refusal by which something in it was let pass.
        self.denied: str | None = None
        #: Where claims of the rule stand in it: one of them is raised, all of them are marked.
        self.claimed: list[tuple[int, int]] = []
        #: The fields of the card that say what is said.
        self.agreed: set[str] = set()
        self._slots: dict[str, Sequence[Hit]] = {}
        self._kinds: dict[str, list[Hit]] = {}
        self._phrases: dict[tuple[int, int], tuple[int, int]] = {}
        for hit in _longest(hits):
            for kind in kinds_above(hit.group):
                self._kinds.setdefault(kind, []).append(hit)

    @property
    def kinds(self) -> Mapping[str, Sequence[Hit]]:
        """The hits by kind."""
        return self._kinds

    def kind(self, *kinds: str) -> list[Hit]:
        """The hits of some kinds, in the order of the text; within a kind, only the longest."""
        if len(kinds) == 1:
            return self._kinds.get(kinds[0], [])
        found = [hit for kind in kinds for hit in self._kinds.get(kind, ())]
        return sorted(found, key=lambda hit: (hit.start, hit.end))

    def slot(self, name: str) -> Sequence[Hit]:
        """The words or figures of a slot; what only sounds like a short word comes last."""
        hits = self._slots.get(name)
        if hits is None:
            hits = typed(name, self.text) if name in TYPED else self._kinds.get(name, [])
            if len(hits) > 1:
                hits = sorted(hits, key=is_chance)
            self._slots[name] = hits
        return hits

    def pairs(
        self,
        first: Sequence[Hit],
        second: Sequence[Hit],
        *,
        after: int = -1,
        before: int = -1,
        marks: int = 0,
    ) -> list[Pair]:
        """For each of `first`, the nearest of `second` in the same sentence.

        Args:
            after: most characters between, when `second` follows; -1: it must not.
            before: most characters between, when `second` comes first; -1: it must not.
            marks: most clause marks between them.
        """
        found = []
        for one in first:
            best: tuple[int, Hit] | None = None
            for two in second:
                if two.start >= one.end:
                    gap, limit, low, high = two.start - one.end, after, one.end, two.start
                elif two.end <= one.start:
                    gap, limit, low, high = one.start - two.end, before, two.end, one.start
                else:
                    continue
                if gap > limit or (best is not None and gap >= best[0]):
                    continue
                between = self.text[low:high]
                if sum(between.count(mark) for mark in ",;") > marks or any(
                    mark in between for mark in "。!?\n"
                ):
                    continue
                best = (gap, two)
            if best is not None:
                found.append(Pair(one, best[1]))
        return found

    def around(self, hit: Hit | Pair, before: int, after: int) -> tuple[str, str]:
        """The text just before and just after, within the sentence."""
        low, high = self.scope.sentence(hit.start)
        return (
            self.text[max(low, hit.start - before) : hit.start],
            self.text[hit.end : min(max(high, hit.end), hit.end + after)],
        )

    def is_guessed(self, hit: Hit) -> bool:
        """Is the hit written otherwise, and read as its word because of what stands around?"""
        forms = self.utterance.folded.forms
        return forms is not None and any(form in _GUESSED for form in forms[hit.start : hit.end])

    def spelling(self, hit: Hit) -> Form:
        """In which spelling the hit was written, as far as it is known."""
        forms = self.utterance.folded.forms
        if hit.form != "plain" or forms is None:
            return hit.form
        return max(forms[hit.start : hit.end], key=doubt, default="plain")

    def phrase(self, start: int, end: int) -> tuple[int, int]:
        """A range as it is quoted: no word is cut, and no other event's words are taken in."""
        known = self._phrases.get((start, end))
        if known is None:
            known = self._phrases[start, end] = self._phrase(start, end)
        return known

    def _phrase(self, start: int, end: int) -> tuple[int, int]:
        low, high = self.utterance.news_range
        low, high = low if low <= start else 0, high if end <= high else len(self.text)
        first, last = whole_phrase(self.text, start, end, (low, high))
        folded = self.utterance.folded
        if folded.offsets is None:
            return first, last
        # A text that is read as it is meant has lost marks that stand in the original.
        while first < start and has_marks(_between(folded, first, start)):
            first += 1
        while last > end and has_marks(_between(folded, end, last)):
            last -= 1
        return first, last

    def sentence(self, place: int) -> str:
        start, end = self.scope.sentence(place)
        return self.text[start:end]


def is_chance(hit: Hit) -> bool:
    """Does the hit only sound like its word, and is the word so short that many others sound alike?"""
    return hit.form == "sound" and len(hit.term) <= _SHORT


def is_put_in(hit: Hit, utterance: Utterance) -> bool:
    """Does one of its characters belong to no word where it was written? It stands for another."""
    first, last = utterance.folded.to_original(hit.start, hit.end)
    return any(is_stray(utterance.folded.original, place) for place in range(first, last))


def _longest(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Hits that do not lie inside a longer one of the same kind."""
    if len(hits) == 1:
        return hits
    kept: list[Hit] = []
    latest: list[tuple[int, int, str]] = []
    plain = [hit for hit in hits if hit.form == "plain" and hit.end - hit.start >= 2]
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.form != "plain", hit.group)):
        kind = hit.group.partition(".")[0]
        if hit.form != "plain" and any(
            other.start <= hit.start and hit.end <= other.end for other in plain
        ):
            # A word that stands there as it is, is no disguise of another.
            continue
        for start, end, other in latest:
            if start <= hit.start and hit.end <= end and other == kind:
                break
        else:
            kept.append(hit)
            latest.append((hit.start, hit.end, kind))
            del latest[:-_BESIDE]
    return kept


def _between(folded: Folded, start: int, end: int) -> str:
    """The original of a range of a folded text, without marks at its ends."""
    first, last = folded.to_original(start, end)
    return folded.original[first:last].strip(" ,，。")
