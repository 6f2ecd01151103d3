"""A text in disguise, read as the most likely plain one.

Each piece of such a text may stand for others (`detectors.match.standins`); of all readings the one is
taken that is the most likely language for the least pretence (a noisy channel, searched from the left
with a beam). The words that rules look for need not be known: whatever is meant is read, amounts and
conditions too. What was read otherwise than written is marked, and is at most watched.

Only texts that look disguised come here (`detectors.match.suspicion`); all others cost a look.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from detectors.match.fold import Folded
from detectors.match.joints import has_letters_apart, letters_joined
from detectors.match.language import FIGURE, MARK, WORD, Language, load_language, shown
from detectors.match.ordinary import is_han, is_word
from detectors.match.parts import STROKES
from detectors.match.sighting import Form, Near, Sighting, around, is_near
from detectors.match.sounds import syllables
from detectors.match.standins import Candidates, Standins
from detectors.match.suspicion import (
    KNOWN_WORDS,
    ORDINARY_MARKS,
    SUSPECT,
    SUSPECT_BESIDE,
    Suspicion,
    named_by_letters,
)
from detectors.match.ways import Way, spelled

__all__ = ["Decipherer", "load_decipherer"]

#: Readings that are followed at once, and by how much one may cost more than the likeliest, tenths of a nat.
BEAM, WIDTH = 10, 150
#: Texts with a longer part in which something may be hidden are not read so, nor those in which more characters stand beside none that they go with:
#: there is nothing to read them by. Labelled texts have 16 at most, and 2 to 8 where words are hidden. A line of
#: which every character is written in parts has up to 100, a quarter and more of them strokes.
LONGEST, MOST_SUSPECT = 240, 48
MOST_IN_PARTS, STROKES_AMONG = 100, 0.25
#: The first of several characters that stand for others; a masked one.
FIRST, MASKED = 40, 30
#: From so many suspect characters on, any beside them may stand for others: who hides a word puts frequent
#: characters for some of it, too. Not with more of them, nor in more text than a line: that is no language.
ANY_FROM, ANY_TO, ANY_WITHIN = 3, 30, 90
#: Left out between characters: symbols, pictures that have a meaning beside that, blanks, clause marks
#: of characters one by one, other clause marks, a blank beside letters.
SYMBOL, PICTURE_LEFT_OUT, BLANK, ONE_BY_ONE, CLAUSE, BESIDE_LETTERS = 15, 50, 40, 30, 80, 5
#: Kept as they are: a symbol between characters, a syllable of pinyin, other letters, one letter.
KEPT_SYMBOL, KEPT_SYLLABLE, KEPT_WORD, KEPT_LETTER = 40, 80, 60, 20
#: A whole word that rules look for, in parts, in pinyin, in other disguise.
WORD_COSTS: dict[Form, int] = {"split": 5, "pinyin": -45, "echo": 75}
WORD_COST = 45
#: What is added for a word that rules only ask with.
ASKED = 40
#: … for one of two characters that only sounds so: any two sound like some word or other.
SHORT = 40
#: First letters of so many characters at most.
INITIALS = 3
#: Candidates for a masked character, after two and after one.
MOST_MASKED, MOST_MASKED_MORE = 40, 60
#: Candidates that were never met after the character before: the likeliest of them.
STRANGERS = 10
#: More than any reading costs.
MOST_COST = 1_000_000
_MASKS = frozenset("*×○□■●某x")
_CUTS = ",、。"
_CLAUSES = frozenset(",!?;:。、…\n<>《》")
_LATIN = re.compile("[a-z]+")
_START = MARK + MARK


Disguised = Callable[[str, Sequence[tuple[int, int]], Near], Iterable[tuple[Sighting, bool]]]
"""The words that may stand in some ranges of a text; and whether they are looked for, or only asked with."""


def _nothing(*_: object) -> Iterable[tuple[Sighting, bool]]:
    return ()


class _Edge(NamedTuple):
    """A piece, by where it ends, and what it may stand for."""

    end: int
    candidates: Candidates | None
    """``None``: any character that goes on."""
    is_swap: bool = False
    """One character for another."""
    form: Form = "context"
    """How a word was spelled."""
    is_sought: bool = True
    """A word that rules look for: who hides one hides what stands beside it, too."""


class Decipherer:
    """Reads disguised texts with a language."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._suspicion = Suspicion(language)

    @cached_property
    def _standins(self) -> Standins:
        """Made when a text is first read: most recordings have none in disguise."""
        return Standins(self._language)

    def prepare(self) -> None:
        """Makes now what the first text in disguise would wait for."""
        _ = self._standins

    def read(
        self, folded: Folded, disguised: Disguised = _nothing, near: Near = None
    ) -> Folded | None:
        """The text as it is meant; ``None``: as it is written.

        Args:
            disguised: says which words may stand in a text: they are what is mostly hidden.
        """
        text = folded.text
        suspicion = self._suspicion
        is_odd = suspicion.is_odd(text)
        if not is_odd and not suspicion.is_strained(text):
            return None
        places = None
        odd = suspicion.odd_places(text) if is_odd else []
        if is_odd and has_letters_apart(text):
            text, places = letters_joined(text)
            odd, near = [(0, len(text))], None
        odd = [one for one in odd if is_near(*one, near)]
        runs = [run for run in suspicion.runs(text) if is_near(run[0], run[1], near)]
        if not odd and all(worth <= SUSPECT for _, _, worth in runs):
            return None
        runs = [run for run in runs if run[2] > SUSPECT_BESIDE]
        suspect = [place for start, end, _ in runs for place in range(start, end)]
        if len(suspect) > MOST_SUSPECT and not self._is_in_parts(text, suspect):
            return None
        strange = ((start, end) for start, end, _ in runs)
        ranges = around([*odd, *strange], len(text))
        if any(high - low > LONGEST for low, high in ranges):
            return None
        edges = self._edges(text, suspect, ranges)
        for word, is_sought in disguised(text, ranges, near):
            if word.form == "echo" and self._is_ordinary(text, word.start, word.end):
                continue
            cost = WORD_COSTS.get(word.form, WORD_COST) + (0 if is_sought else ASKED)
            if word.form == "echo" and word.end - word.start == 2:
                cost += SHORT
            form: Form = "context" if word.form == "echo" else word.form
            edges[word.start].append(
                _Edge(word.end, [(word.term, cost)], form=form, is_sought=is_sought)
            )
        pieces: list[Way] = []
        read_to = 0
        for low, high in ranges:
            way = self._best(text, edges, low, high)
            if way is None:
                return None
            if read_to < low:
                pieces.append(_kept(text, read_to, low))
            pieces += _pieces(way)
            read_to = high
        if all(piece.meant == text[piece.start : piece.end] for piece in pieces):
            return None
        if read_to < len(text):
            pieces.append(_kept(text, read_to, len(text)))
        return spelled(folded, pieces, places)

    @staticmethod
    def _is_in_parts(text: str, suspect: Sequence[int]) -> bool:
        """Are so many characters suspect because each is a part of one?"""
        strokes = sum(text[place] in STROKES for place in suspect)
        return len(suspect) <= MOST_IN_PARTS and strokes >= STROKES_AMONG * len(suspect)

    def _is_ordinary(self, text: str, start: int, end: int) -> bool:
        """Do characters that only sound like a word go with each other, or, two of them, with what
        stands beside? “切丝煮” has no 死猪."""
        if is_word(text[start : start + 2]):
            return True
        follows = self._language.follows
        return end - start == 2 and (
            (start > 0 and follows(text[start - 1], text[start]))
            or (end < len(text) and follows(text[end - 1], text[end]))
        )

    def _edges(
        self, text: str, suspect: Sequence[int], ranges: Sequence[tuple[int, int]]
    ) -> list[list[_Edge]]:
        """By place, what may begin there and be read otherwise.

        Args:
            suspect: the characters that may stand for others.
            ranges: where anything may.
        """
        standins = self._standins
        edges: list[list[_Edge]] = [[] for _ in text]
        places = suspect
        within = sum(high - low for low, high in ranges)
        if ANY_FROM <= len(suspect) <= ANY_TO and within <= ANY_WITHIN:
            places = [
                place for low, high in ranges for place in range(low, high) if is_han(text[place])
            ]
        for place in places:
            others = standins.others(text[place])
            if others:
                edges[place].append(_Edge(place + 1, others, is_swap=True))
        if len(suspect) >= 2 or not STROKES.isdisjoint(text):
            for low, high in ranges:
                for made in standins.in_parts(text[low:high]):
                    edge = _Edge(low + made.end, [(made.character, made.cost)])
                    edges[low + made.start].append(edge)
        length = len(text)
        for place, character in enumerate(text):
            if is_han(character) and character != "某":
                continue
            pictured = standins.pictures.get(character)
            if pictured:
                edges[place].append(_Edge(place + 1, pictured))
            before, after = text[place - 1 : place], text[place + 1 : place + 2]
            if character in _MASKS and before and is_han(before):
                edges[place].append(_Edge(place + 1, None))
            if not character.isalnum() and place and place < length - 1:
                edges[place] += self._left_out(text, place)
            if character == " " and ("a" <= before <= "z" or "a" <= after <= "z"):
                edges[place].append(_Edge(place + 1, [("", BESIDE_LETTERS)]))
        named = named_by_letters(text)
        for match in _LATIN.finditer(text):
            start, end = match.span()
            if start in named and end - start == 1:
                continue
            for place in range(start, end):
                for last in range(place + 1, min(place + 6, end) + 1):
                    candidates = standins.syllables.get(text[place:last])
                    if candidates:
                        edges[place].append(_Edge(last, candidates))
                initials = standins.initials.get(text[place])
                if initials and end - start <= INITIALS:
                    edges[place].append(_Edge(place + 1, initials))
        return edges

    def _left_out(self, text: str, place: int) -> list[_Edge]:
        """Marks between characters that may mean nothing."""
        end = place
        while end < len(text) and not text[end].isalnum() and text[end] not in _CLAUSES:
            end += 1
        before, after = text[place - 1], text[end : end + 1]
        if end > place:
            if not (before.isalnum() and after.isalnum()) or (before.isdigit() and after.isdigit()):
                return []
            if not (is_han(before) or is_han(after)):
                return []
            marks = text[place:end]
            pictures = sum(mark in self._standins.pictures for mark in marks)
            cost = BLANK if marks.isspace() else SYMBOL + PICTURE_LEFT_OUT * pictures
            return [_Edge(end, [("", cost)])]
        if text[place] in _CUTS and is_han(before) and text[place + 1].isalnum():
            by_one = (place > 1 and text[place - 2] in _CUTS) or text[
                place + 2 : place + 3
            ] in tuple(_CUTS)
            return [_Edge(place + 1, [("", ONE_BY_ONE if by_one else CLAUSE)])]
        return []

    def _best(self, text: str, edges: list[list[_Edge]], low: int, high: int) -> Way | None:
        """The cheapest reading of a range."""
        cost = self._language.cost
        #: By place, the cheapest ways there, by what the language will ask of them.
        ways: list[dict[tuple[str, bool], Way]] = [{} for _ in range(high + 1)]
        ways[low][_START, True] = Way(0, _START, True, None, low, low, "")
        words = {match.start(): match.end() for match in _LATIN.finditer(text, low, high)}
        for place in range(low, high):
            reached = ways[place]
            if not reached:
                continue
            best = sorted(reached.values(), key=_cost_of)[:BEAM]
            most = best[0].cost + WIDTH
            while best[-1].cost > most:
                best.pop()
            character = text[place]
            if not "a" <= character <= "z":
                self._keep(best, text, place, place + 1, ways)
            elif place in words:
                self._keep(best, text, place, words[place], ways)
            for edge in edges[place]:
                if edge.end <= high:
                    self._follow(best, place, edge, ways[edge.end])
        if not ways[high]:
            return None
        return min(ways[high].values(), key=lambda way: way.cost + cost(way.two, MARK))

    def _keep(
        self, best: list[Way], text: str, start: int, end: int,
        ways: list[dict[tuple[str, bool], Way]],
    ) -> None:  # fmt: skip
        """What stands there, as it is."""
        token, extra = self._as_known(text, start, end)
        reached = ways[end]
        written = text[start:end]
        for way in best:
            if token in (MARK, FIGURE) and way.two[1] == token:
                two, worth = way.two, way.cost + extra
            else:
                two = way.two[1] + token
                worth = way.cost + extra + self._language.cost(way.two, token)
            known = reached.get((two, True))
            if known is None or worth < known.cost:
                reached[two, True] = Way(worth, two, True, way, start, end, written)

    def _as_known(self, text: str, start: int, end: int) -> tuple[str, int]:
        """A piece as the language knows it, and how unlikely it is to stand there for itself."""
        character = text[start]
        if is_han(character):
            return character, 0
        if "a" <= character <= "z":
            word = text[start:end]
            if end - start == 1:
                return word, 0 if word in KNOWN_WORDS else KEPT_LETTER
            if word in KNOWN_WORDS:
                return WORD, 0
            return WORD, KEPT_SYLLABLE * len(syllables(word)) or KEPT_WORD
        if character.isdigit() or character == ".":
            return FIGURE, 0
        is_odd = not (character.isalnum() or character in ORDINARY_MARKS)
        return MARK, KEPT_SYMBOL * is_odd

    def _follow(
        self, best: list[Way], start: int, edge: _Edge, reached: dict[tuple[str, bool], Way]
    ) -> None:
        """What stands there, as each of the characters that it may stand for."""
        language = self._language
        end, candidates, is_swap, *_ = edge
        if candidates is not None and not candidates[0][0]:
            for way in best:
                worth = way.cost + candidates[0][1]
                known = reached.get((way.two, way.is_kept))
                if known is None or worth < known.cost:
                    reached[way.two, way.is_kept] = Way(
                        worth, way.two, way.is_kept, way, start, end, ""
                    )
            return
        after, left, alone, least = language.after, language.left, language.alone, language.least
        for way in best:
            two = way.two
            last = two[1]
            base = way.cost + (FIRST if is_swap and way.is_kept else 0)
            # `Language.cost`, written out: this is where the time of a disguised text goes.
            followers, rest = language.after_two(two)
            half = len(followers) // 2
            followed = after.get(last, "")
            half_followed = len(followed) // 2
            others = left.get(last, 0)
            strangers = 0
            if candidates is not None and len(candidates[0][0]) > 1:
                self._follow_word(way, start, edge, reached)
                continue
            most = _most(reached)
            for meant, pretence in candidates if candidates is not None else self._any(two):
                worth = base + pretence
                if worth > most:
                    continue
                place = followers.find(meant, 0, half)
                if place >= 0:
                    worth += ord(followers[half + place])
                else:
                    place = followed.find(meant, 0, half_followed)
                    if place >= 0:
                        worth += rest + ord(followed[half_followed + place])
                    elif strangers < STRANGERS:
                        strangers += 1
                        worth += rest + others + alone.get(meant, least)
                    else:
                        continue
                if worth > most:
                    continue
                key = (last + meant, False)
                known = reached.get(key)
                if known is None or worth < known.cost:
                    reached[key] = Way(
                        worth, last + meant, False, way, start, end, meant, form="context"
                    )

    def _follow_word(
        self, way: Way, start: int, edge: _Edge, reached: dict[tuple[str, bool], Way]
    ) -> None:
        """What stands there, as a whole word."""
        two, worth = way.two, way.cost
        for word, pretence in edge.candidates or ():
            worth += pretence
            for character in word:
                token = character if is_han(character) else shown(character)
                worth += self._language.cost(two, token)
                two = two[1] + token
            key = (two, not edge.is_sought)
            known = reached.get(key)
            if known is None or worth < known.cost:
                reached[key] = Way(worth, *key, way, start, edge.end, word, form=edge.form)

    def _any(self, two: str) -> Candidates:
        """The characters that most often go on."""
        language = self._language
        followers, _ = language.after_two(two)
        followed = language.after.get(two[1], "")
        half = len(followed) // 2
        by_cost = sorted(range(half), key=lambda place: followed[half + place])
        likely = [
            *followers[: min(len(followers) // 2, MOST_MASKED)],
            *(followed[place] for place in by_cost[:MOST_MASKED_MORE]),
        ]
        return [(character, MASKED) for character in dict.fromkeys(likely) if is_han(character)]


def _cost_of(way: Way) -> int:
    return way.cost


def _most(reached: Mapping[tuple[str, bool], Way]) -> int:
    """What a reading may cost to be followed from a place, by those that came there so far: a dearer one has
    `BEAM` before it, or costs `WIDTH` more than the likeliest."""
    costs = sorted([way.cost for way in reached.values()])
    if len(costs) < BEAM:
        return costs[0] + WIDTH if costs else MOST_COST
    return min(costs[0] + WIDTH, costs[BEAM - 1])


def _kept(text: str, start: int, end: int) -> Way:
    """A part of a text that stands for itself."""
    return Way(0, "", True, None, start, end, text[start:end])


def _pieces(way: Way) -> list[Way]:
    """The pieces of a reading, in their order."""
    pieces: list[Way] = []
    while way.before is not None:
        pieces.append(way)
        way = way.before
    return pieces[::-1]


@lru_cache(maxsize=1)
def load_decipherer() -> Decipherer:
    """The one that reads with the language of `detectors.match.language.TABLE`, made once."""
    return Decipherer(load_language())
