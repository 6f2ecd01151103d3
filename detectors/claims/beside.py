"""Looks for words beside a claim that exempt it, complete it, or give it another meaning."""

from __future__ import annotations

from detectors.claims.frame import FrameMatcher, is_end
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.typed import typed
from detectors.pack.frames import TYPED, Beside, Frame, FrameError
from detectors.rule import RuleSpec
from detectors.rules.claims.reading import HEARD, Reading

__all__ = ["Surroundings"]

#: Characters of a word that others sound like by chance.
_SHORT = 3


class Surroundings:
    """Finds what a pack entry names beside its claims: `exempt`, `unless`, `doubts`, `where`."""

    def __init__(self, spec: RuleSpec) -> None:
        """
        Raises:
            FrameError: something that is looked for names no words.
        """
        self.spec = spec
        #: By identity of what is looked for, what finds words that stand to each other.
        self._matchers: dict[int, FrameMatcher] = {}
        for exempt in spec.exempt:
            for one in (exempt, *exempt.also):
                self._add(one, exempt.clause)
        for frame in spec.frames:
            for one in (*frame.unless, *frame.where, *frame.doubts):
                self._add(one, frame.id)

    def _add(self, beside: Beside, owner: str) -> None:
        if not beside.slots and not beside.warning:
            raise FrameError(f"{owner}: names no words", owner)
        if beside.within != "breath" and (beside.seq or beside.all):
            asked = Frame(
                id=owner, seq=beside.seq, all=beside.all, within=beside.near, concept="", says=""
            )
            self._matchers[id(beside)] = FrameMatcher(asked)

    def standing(self, wanted: Beside, reading: Reading, place: int, end: int) -> str | None:
        """The first words as wanted that stand in the clause, sentence or text around a claim."""
        if wanted.warning and (warning := reading.scope.warned(place, max(end, place + 1))):
            return warning
        if wanted.within == "breath":
            return self._in_breath(wanted, reading, place, end)
        whole = 0, len(reading.text)
        if wanted.within != "text":
            around = reading.scope.clause if wanted.within == "clause" else reading.scope.sentence
            whole = around(place)[0], max(around(max(place, end - 1))[1], end)
        for first, last, words in self._found(wanted, reading, place, end):
            if _is_there(wanted, first, last, place, end, whole) and (
                not wanted.ends or is_end(reading.text, last)
            ):
                is_alone = wanted.together and not _has(reading, wanted.together, whole)
                return None if is_alone or _has(reading, wanted.without, whole) else words
        return None

    def _found(
        self, wanted: Beside, reading: Reading, place: int, end: int
    ) -> list[tuple[int, int, str]]:
        """Words as wanted, wherever they stand: half-open ranges of the text."""
        found = [
            (hit.start, hit.end, hit.term)
            for hit in reading.kind(*wanted.any)
            if not _is_only_heard(reading, hit)
            # What shares letters with a claim is read as it is written.
            and (wanted.side != "over" or reading.text[hit.start : hit.end] == hit.term)
            and not _turned(wanted, reading, hit, place, end)
        ]
        matcher = self._matchers.get(id(wanted))
        for hits in matcher.find(reading) if matcher is not None else ():
            first, last = hits[0].start, max(hit.end for hit in hits)
            if not any(_is_only_heard(reading, hit) for hit in hits) and not (
                wanted.seq and _has(reading, wanted.but, _between(first, last, place, end))
            ):
                found.append((first, last, reading.text[first:last]))
        return found

    def _in_breath(self, wanted: Beside, reading: Reading, place: int, end: int) -> str | None:
        """The first of words that all stand near a claim, in whatever sentence or event; what stands
        beyond a word of `but` is said of something else."""
        before, own, after = reading.utterance.breath(place, end)
        # Twice as much as is asked of: of what is written, some signs are folded to nothing.
        most = 2 * max(wanted.reach, 1)
        before, own, after = (fold(one).text for one in (before[-most:], own, after[:most]))
        for slot in wanted.but:
            for word in self.spec.words_of(slot):
                before = before[before.rfind(word) + 1 :]
                after = after.partition(word)[0]
        near = f"{before[-wanted.reach :]}{own}{after[: wanted.reach]}"
        found = [
            next(iter(hit.term for hit in typed(slot, near)), None)
            if slot in TYPED
            else next((word for word in self.spec.words_of(slot) if word in near), None)
            for slot in wanted.all
        ]
        return found[0] if None not in found else None


def _is_there(
    wanted: Beside, first: int, last: int, place: int, end: int, whole: tuple[int, int]
) -> bool:
    """True if a range has the position relative to the claim that is asked for."""
    low, high = whole
    if wanted.reach:
        low, high = max(low, place - wanted.reach), min(high, end + wanted.reach)
    if first < low or last > high:
        return False
    if wanted.gap is not None and max(place - last, first - end) > wanted.gap:
        return False
    match wanted.side:
        case "before":
            # A word that begins before the claim may end in it: “不泡” before “泡过甲醛”.
            return first < place
        case "behind":
            return last > end
        case "around":
            return first < place and last > end
        case "over":
            return first < end and last > place
    return True


def _has(reading: Reading, slots: list[str], whole: tuple[int, int]) -> bool:
    """Does a word or figure of some slots stand in a range?"""
    low, high = whole
    return any(low <= hit.start and hit.end <= high for slot in slots for hit in reading.slot(slot))


def _is_only_heard(reading: Reading, hit: Hit) -> bool:
    """Does it only sound like a short word? An exemption that nobody spoke silences nothing (卖不上价,
    不上架); but of a word that is written, a character may belong to one that others hide (戒烟糖, 烟弹)."""
    return (
        hit.form in HEARD
        and len(hit.term) <= _SHORT
        and reading.utterance.span(hit.start, hit.end).text != hit.term
    )


def _between(first: int, last: int, place: int, end: int) -> tuple[int, int]:
    """What stands between other words and a claim."""
    return (last, place) if last <= place else (end, first)


def _turned(wanted: Beside, reading: Reading, hit: Hit, place: int, end: int) -> bool:
    """Is a word between a claim and another word such that the other speaks of something else?"""
    low, high = _between(hit.start, hit.end, place, end)
    return any(low <= one.start and one.end <= high for one in reading.kind(*wanted.but))
