"""What a piece of a text may stand for, where it is no word: other characters, with what that costs.

The candidates of `detectors.match.decipher`: characters that sound alike, look alike or share a part,
characters in parts, pictures, pinyin and first letters. Costs are in tenths of a nat, set by hand on
labelled texts of which the language model knew none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from detectors.match.confusion import pictured
from detectors.match.language import Language
from detectors.match.ordinary import is_han, is_rare
from detectors.match.parts import STROKES, looks, taken_apart, ways
from detectors.match.sounds import OTHER_PINYIN, PINYIN, merged
from detectors.match.tables import LOOKALIKES

__all__ = ["Candidates", "Standins"]

#: Sounds alike; only in hasty speech; looks alike; shares a part.
SOUND, NEAR_SOUND, SHAPE, PART = 30, 40, 35, 50
#: In parts, and what is added where all parts are characters of their own.
APART, APART_WHOLE = 30, 20
PICTURE, SYLLABLE, INITIAL = 20, 8, 40
#: Rarer characters are not meant.
RAREST = 125
#: Candidates of one syllable, of a first letter, and of a character.
MOST_OF_SYLLABLE, MOST_OF_INITIAL, MOST_EACH = 30, 150, 60
#: More characters share a part than tell anything.
MOST_SHARING = 40

Candidates = list[tuple[str, int]]
"""Characters, with their costs."""


class _Made(NamedTuple):
    """A character that stands in parts; half-open offsets."""

    start: int
    end: int
    character: str
    cost: int


class Standins:
    """The candidates, those that a language knows."""

    def __init__(self, language: Language) -> None:
        alone = language.alone
        common = {
            character for character, cost in alone.items() if cost < RAREST and is_han(character)
        }
        spoken: defaultdict[str, list[str]] = defaultdict(list)
        for character, syllable in (*PINYIN.items(), *OTHER_PINYIN.items()):
            if character in common:
                spoken[syllable].append(character)
        by_syllable = {
            syllable: sorted(known, key=alone.__getitem__)[:MOST_OF_SYLLABLE]
            for syllable, known in spoken.items()
        }
        by_sound: defaultdict[str, list[str]] = defaultdict(list)
        for syllable, known in by_syllable.items():
            by_sound[merged(syllable)] += known
        self.syllables: dict[str, Candidates] = {
            syllable: [(one, SYLLABLE) for one in known] for syllable, known in by_syllable.items()
        }
        """By pinyin, without tones."""
        initials: defaultdict[str, list[str]] = defaultdict(list)
        for syllable, known in by_syllable.items():
            initials[syllable[0]] += known
        self.initials: dict[str, Candidates] = {
            letter: [
                (one, INITIAL) for one in sorted(known, key=alone.__getitem__)[:MOST_OF_INITIAL]
            ]
            for letter, known in initials.items()
        }
        """By the first letter of pinyin."""
        self.pictures: dict[str, Candidates] = {
            picture: [(one, PICTURE) for one in meant if one in common]
            for picture, meant in pictured().items()
        }
        alike = _alike(common)
        sharing = _sharing(common)
        #: Of characters, made when they are first met: most never are.
        self._others: dict[str, Candidates] = {}
        self._sources = by_syllable, by_sound, alike, sharing
        self._alone = alone
        made = [
            (character, look)
            for character in sorted(common)
            for look in looks(character)
            if len(look) >= 2
        ]
        self._made = [character for character, _ in made]
        self._apart = AhoCorasick([look for _, look in made], matchkind=MatchKind.Standard)

    def others(self, character: str) -> Candidates:
        """What a character may be written in the place of."""
        known = self._others.get(character)
        if known is None:
            known = self._others[character] = self._found(character)
        return known

    def _found(self, character: str) -> Candidates:
        by_syllable, by_sound, alike, sharing = self._sources
        costs: dict[str, int] = {}

        def add(others: Iterable[str], cost: int) -> None:
            for other in others:
                if cost < costs.get(other, cost + 1):
                    costs[other] = cost

        for pinyin in (PINYIN, OTHER_PINYIN):
            syllable = pinyin.get(character)
            if syllable is not None:
                add(by_syllable.get(syllable, ()), SOUND)
                add(by_sound.get(merged(syllable), ()), NEAR_SOUND)
        add(alike.get(character, ()), SHAPE)
        for part in (character, *next(iter(ways(character)), "")):
            add(sharing.get(part, ()), PART)
        costs.pop(character, None)
        # Among equals the character decides: in sets, the order is another in each process.
        likely = sorted(costs.items(), key=lambda one: (one[1] + 0.3 * self._alone[one[0]], one[0]))
        return likely[:MOST_EACH]

    def in_parts(self, text: str) -> Iterator[_Made]:
        """The characters that stand in parts."""
        apart, starts, ends = taken_apart(text)
        for number, low, high in self._apart.find_matches_as_indexes(apart, overlapping=True):
            start, end = starts.get(low), ends.get(high)
            if start is not None and end is not None and end - start >= 2:
                whole = STROKES.isdisjoint(text[start:end])
                yield _Made(start, end, self._made[number], APART + APART_WHOLE * whole)


def _alike(common: set[str]) -> dict[str, set[str]]:
    """By character, those that look like it, or that it looks like."""
    alike: defaultdict[str, set[str]] = defaultdict(set)
    for entry in LOOKALIKES.split():
        for other in entry[1:]:
            if entry[0] in common:
                alike[other].add(entry[0])
            if other in common:
                alike[entry[0]].add(other)
    return dict(alike)


def _sharing(common: set[str]) -> dict[str, set[str]]:
    """By part, the characters that have it, and the part itself."""
    sharing: defaultdict[str, set[str]] = defaultdict(set)
    for character in common:
        for part in next(iter(ways(character)), ""):
            sharing[part].add(character)
            if part in common and not is_rare(part):
                sharing[part].add(part)
    return {part: having for part, having in sharing.items() if len(having) <= MOST_SHARING}
