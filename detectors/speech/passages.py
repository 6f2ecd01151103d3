"""Passages: the parts in which a long or joined text is read.

A recogniser joins what has nothing to do with each other. In the whole of such a text a claim drowns
in ordinary talk, a question to somebody else makes a quotation of it, and a report that is shown for
another product exempts it. So such a text is read in passages as long as hosts' sentences are: each
sentence, and each two that follow one another. Sentences end at their marks. Where a recogniser left
the marks out, the likeliest places are looked for (`detectors.speech.clauses`), so that what lies
between has the lengths that sentences have; where it put commas or blanks for them, these are the
places. Two sentences of which one surely ends are not read together. Commas are put where clauses
likely end, so that what is asked of the words around a claim stops there. Where a sentence ends is guessed wrong at times, and then a claim stands among words of
another sentence: so runs of clauses are told, too, in which it stands as it was said.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import add
from typing import NamedTuple

from detectors.match.fold import Folded
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.speech.clauses import ClauseEnds, is_joint, load_clause_ends

__all__ = [
    "Passages",
    "Run",
    "moved",
    "part_of",
    "passages",
    "place_behind",
    "runs_of",
    "with_commas",
]

#: Characters of a text with marks that is one passage, whatever it says: a line that was said alone.
WHOLE = 36
#: Up to so many characters a text with marks of its own is read as a whole, too.
WHOLE_TOO = 90
#: A sentence of more characters may be several, between which a recogniser put commas or blanks.
TOO_LONG = 48
#: How much likelier a sentence ends behind a comma or blank than at the same letters without, and how likely at
#: least, in parts of `clauses.SCALE`.
AT_MARK, AT_MARK_LEAST = 50, -200
#: So many letters without a mark are no clause: a recogniser left the marks out.
UNMARKED = 32
#: Logits, in parts of `clauses.SCALE`, from which a sentence may end at a place; which counts for
#: nothing against the lengths of sentences; and from which it surely ends.
MAY_END, EVEN, SURE = -300, -300, 80
#: The same, from which a comma stands for the end of a clause.
COMMA = 0
#: The logit of the end of a sentence from which a run of clauses may begin or end at a place.
MAY_PART = -320
#: Letters for each such place, beside a few, at most: talk has eight, and of letters at random, which
#: may part nearly anywhere, each place with each other would be read.
LETTERS_A_JOINT, FEW_JOINTS = 5, 4
#: Characters of such a run: more are a passage.
SHORTEST_RUN, LONGEST_RUN = 4, 45
#: What is added to the logit that such a run must have, in thousandths, for each part of
#: `clauses.SCALE` by which sentences less likely end where it begins and where it ends.
FOR_APART = 5
#: Stands for a comma between two events, where it is no mark.
_SEAM = "\x00"
#: Letters of a sentence, at most, if it may end anywhere in them.
LONGEST = 70
_SENTENCE_END = re.compile("[。!?;…\n]+")
_UNMARKED = re.compile(f"[^,!?;:。…\n ]{{{UNMARKED},}}")
#: What stands before it is over: “不能治的哈但是这个…”.
_TURNS = phrasing("scope", "turn")
#: What negates belongs to the words behind it.
_NEGATES = phrasing("scope", "negates-what-follows")
#: What stands between the commas and blanks of a sentence.
_BETWEEN = re.compile("[^,:… ]+")
#: Between these stand the letters of a clause.
_MARKS = frozenset(",!?;:。…\n ")


class Passages(NamedTuple):
    """What of a folded text is read at one go, as half-open ranges."""

    ranges: list[tuple[int, int]]
    """Each before those that begin behind it, and before shorter ones that begin where it does."""
    commas: list[int]
    """Places where a clause likely ends without a mark."""
    is_whole: bool
    """True if the text is also read as a whole."""
    joints: dict[int, int]
    """Places where what was said in one go may begin or end without a mark, and how likely a sentence
    ends there: the logit in parts of `clauses.SCALE`, at most 0."""


class Run(NamedTuple):
    """Clauses of a passage that may be what was said in one go, as a half-open range."""

    start: int
    end: int
    apart: int
    """How likely sentences end where it begins and where it ends: the logit of the less likely of
    both in parts of `clauses.SCALE`, at most 0."""

    def logit(self, even: int) -> int:
        """The logit, in thousandths, that the model must give it.

        Args:
            even: where sentences end as likely as not where it begins and ends.
        """
        return even - FOR_APART * self.apart


def passages(text: str, seams: Sequence[int] = ()) -> Passages | None:
    """The passages of a folded text; ``None``: it is one.

    Args:
        seams: where commas stand that nobody wrote, since one event ends there and the next begins.

    >>> found = passages("今天有货。" * 8)
    >>> found.ranges[:3], found.is_whole
    ([(0, 10), (0, 5), (5, 15)], True)
    """
    if len(text) < UNMARKED:
        return None
    if seams:
        letters = list(text)
        for place in seams:
            letters[place] = _SEAM
        text = "".join(letters)
    stretches = _sentences(text)
    is_unmarked = _UNMARKED.search(text) is not None
    is_joined = any(high - low > TOO_LONG for low, high in stretches)
    if not is_unmarked and not is_joined and (len(text) <= WHOLE or len(stretches) == 1):
        return None
    ends: ClauseEnds | None = load_clause_ends() if is_unmarked or is_joined else None
    parts: list[tuple[int, int]] = []
    apart: set[int] = set()
    commas: list[int] = []
    joints: dict[int, int] = {}
    for low, high in stretches:
        is_bare = ends is not None and _UNMARKED.search(text, low, high) is not None
        if ends is None or not (is_bare or high - low > TOO_LONG):
            parts.append((low, high))
            continue
        if not is_bare:
            at_marks = _at_marks(text, low, high, ends)
            cuts = _cuts([0, *at_marks, high - low], at_marks, ends.lengths)
            parts += _parted(low, high, cuts)
            apart.update(low + place for place in cuts if at_marks[place] >= SURE)
            joints.update((low + place, min(end - AT_MARK, 0)) for place, end in at_marks.items())
            continue
        # Few places are such that anything may end there.
        likely = {
            place: both for place, *both in ends.likely(text[low:high], COMMA, MAY_END) if place
        }
        turns = {match.start() - low for match in _TURNS.finditer(text, low, high)}
        for turn in turns:
            if turn and turn not in likely:
                likely[turn] = [COMMA - 1, MAY_END - 1]
        sentence = {
            place: likely[place][1] for place in sorted(likely) if _may_part(text, low + place)
        }
        cuts = _cuts(
            [0, *(place for place, end in sentence.items() if end >= MAY_END), high - low],
            sentence,
            ends.lengths,
        )
        parts += _parted(low, high, cuts)
        apart.update(low + place for place in cuts if sentence[place] >= SURE)
        for near, end in sentence.items():
            place = low + near
            if text[place - 1] in _MARKS or text[place] in _MARKS:
                continue
            # A comma stands where events meet.
            is_likely = likely[near][0] >= COMMA and _SEAM not in text[place - 1 : place + 1]
            ends_at = max(end, 0) if near in turns else end
            if is_likely:
                commas.append(place)
            if ends_at >= MAY_PART:
                joints[place] = min(ends_at, 0)
    most = len(text) // LETTERS_A_JOINT + FEW_JOINTS
    if len(joints) > most:
        likeliest = sorted(joints, key=lambda place: (-joints[place], place))[:most]
        joints = {place: joints[place] for place in sorted(likeliest)}
    if len(parts) == 1 and not joints:
        return None
    ranges = []
    for number, (low, high) in enumerate(parts):
        if number + 1 < len(parts) and parts[number + 1][0] not in apart:
            ranges.append((low, parts[number + 1][1]))
        ranges.append((low, high))
    return Passages(ranges, commas, len(text) <= WHOLE_TOO and not is_unmarked, joints)


def _at_marks(text: str, low: int, high: int, ends: ClauseEnds) -> dict[int, int]:
    """Places behind the commas and blanks of a range of a text, counted from where it begins, and how likely a
    sentence ends there."""
    between = list(_BETWEEN.finditer(text, low, high))
    likely = ends.read("".join(found.group() for found in between)).sentence
    places, size = {}, 0
    for found, following in itertools.pairwise(between):
        size += len(found.group())
        if _may_part(text, following.start()):
            places[following.start() - low] = max(likely[size] + AT_MARK, AT_MARK_LEAST)
    return places


def _parted(low: int, high: int, cuts: Sequence[int]) -> list[tuple[int, int]]:
    """A range of a text, parted at places counted from where it begins."""
    return [
        (low + start, low + end) for start, end in zip([0, *cuts], [*cuts, high - low], strict=True)
    ]


def _may_part(text: str, place: int) -> bool:
    """May anything end before a place? No number, no word in Latin letters, and no negation does."""
    return not is_joint(text, place) and _NEGATES.search(text, place - 2, place) is None


def _sentences(text: str) -> list[tuple[int, int]]:
    """The half-open ranges between the marks that end a sentence, each with its mark."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _cuts(places: Sequence[int], sentence: Mapping[int, int], lengths: Sequence[int]) -> list[int]:
    """The places that most likely part a text into sentences, by how likely one ends at each place
    and how likely it is so long (a semi-Markov chain, searched from the left).

    Args:
        places: where one may begin or end, the ends of the text among them.
        sentence: by place, how likely one ends there.
        lengths: by its letters, how likely one is so long.
    """
    size, likely_so_long = places[-1], lengths.__getitem__
    best = [0]
    back = [0]
    near = 0
    for last in range(1, len(places)):
        place = places[last]
        while near < last - 1 and place - places[near] > LONGEST:
            near += 1
        if place - places[near] >= len(lengths):
            likely = [best[near] + lengths[-1]]
        else:
            long = map(likely_so_long, map(place.__sub__, places[near:last]))
            likely = list(map(add, best[near:], long))
        likeliest = max(likely)
        # Of such as are as likely the shortest sentence.
        likely.reverse()
        back.append(last - 1 - likely.index(likeliest))
        best.append(likeliest if place == size else likeliest + sentence[place] - EVEN)
    found: list[int] = []
    last = back[-1]
    while last:
        found.append(places[last])
        last = back[last]
    return found[::-1]


def with_commas(folded: Folded, places: Sequence[int]) -> Folded:
    """A text with commas at some places, which have none of their own in the original."""
    if not places:
        return folded
    text = folded.text
    offsets = list(range(len(text)) if folded.offsets is None else folded.offsets)
    ends = [one + 1 for one in offsets] if folded.ends is None else list(folded.ends)
    forms = None if folded.forms is None else list(folded.forms)
    letters = list(text)
    for place in reversed(places):
        letters.insert(place, ",")
        ends.insert(place, offsets[place])
        offsets.insert(place, offsets[place])
        if forms is not None:
            forms.insert(place, "plain")
    return Folded("".join(letters), folded.original, offsets, ends, forms)


def place_behind(place: int, commas: Sequence[int]) -> int:
    """Where a character of a text stands `with_commas` at these places."""
    return place + bisect_right(commas, place)


def runs_of(
    joints: Mapping[int, int], low: int, high: int, shortest: int = SHORTEST_RUN, after: int = 0
) -> list[Run]:
    """The runs of clauses of a range of a text, counted from where it begins.

    Args:
        shortest: the characters of such a run, at least.
        after: only those that end behind this place.

    >>> runs_of({10: -50, 34: 0}, 0, 40)
    [Run(start=0, end=10, apart=-50), Run(start=0, end=34, apart=0), Run(start=0, end=40, apart=0), \
Run(start=10, end=34, apart=-50), Run(start=10, end=40, apart=-50), Run(start=34, end=40, apart=0)]
    """
    places = [(0, 0), *((place - low, one) for place, one in joints.items() if low < place < high)]
    places.append((high - low, 0))
    return [
        Run(start, end, min(begins, ends))
        for number, (start, begins) in enumerate(places)
        for end, ends in places[number + 1 :]
        if shortest <= end - start <= LONGEST_RUN and end > after
    ]


def moved(hits: Iterable[Hit], commas: Sequence[int], begins: int) -> list[Hit]:
    """Hits of a text in a part of it `with_commas`.

    Args:
        commas: the places in the text, in their order, at which the part has got commas.
        begins: where the part begins in the text.
    """
    shifted = []
    for group, term, start, end, form in hits:
        by = bisect_right(commas, start) - begins
        shifted.append(Hit(group, term, start + by, end + by, form))
    return shifted


def part_of(folded: Folded, low: int, high: int) -> tuple[Folded, int]:
    """A range of a text as a text of its own, and where it begins in the original."""
    if low == 0 and high == len(folded.text):
        return folded, 0
    begins, stop = folded.to_original(low, high)
    original = folded.original[begins:stop]
    text = folded.text[low:high]
    if folded.offsets is None:
        return Folded(text, original), begins
    return Folded(
        text,
        original,
        [one - begins for one in folded.offsets[low:high]],
        None if folded.ends is None else [one - begins for one in folded.ends[low:high]],
        None if folded.forms is None else folded.forms[low:high],
    ), begins
