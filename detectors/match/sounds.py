"""How Chinese text sounds: one code character for each toneless syllable.

Sounds that hosts and speech recognition mix up (zh/z, n/l, ang/an …) have one code. A text in
Latin letters that can be read as pinyin gives the same codes, so that 治疗, 制疗, “zhi liao”
and “zhi疗” are one string here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from detectors.match.tables import HETERONYMS, SYLLABLES

__all__ = ["OTHER_PINYIN", "PINYIN", "merged", "readings", "sound_of", "spoken", "syllables"]

#: First private-use code point; codes are consecutive.
_FIRST = 0xE000
_DIGITS = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")
_LETTERS = re.compile("[a-z]+")
#: Longer runs of Latin letters are no pinyin.
MOST_LETTERS = 240


def merged(syllable: str) -> str:
    """The syllable with the distinctions dropped that are not kept in speech."""
    syllable = re.sub("^([zcs])h", r"\1", syllable)
    syllable = re.sub("^n", "l", syllable)
    return re.sub("(?<=[aei])ng$", "n", syllable)


def _tables() -> tuple[str, dict[str, str], dict[str, str]]:
    codes: dict[str, str] = {}
    spoken: dict[str, str] = {}
    by_character = list(map(chr, range(0x10000)))
    by_syllable: dict[str, str] = {}
    for entry in SYLLABLES.split():
        syllable, _, characters = entry.partition(":")
        code = codes.setdefault(merged(syllable), chr(_FIRST + len(codes)))
        by_syllable[syllable] = code
        for character in characters:
            by_character[ord(character)] = code
            spoken[character] = syllable
    for digit, syllable in enumerate(_DIGITS):
        by_character[ord("0") + digit] = by_syllable[syllable]
    return "".join(by_character), by_syllable, spoken


#: The code of each character of the basic plane by its number: a string, since it lies close
#: together in memory, and a host speaks too seldom to keep a dictionary at hand. The code of a
#: syllable, and the toneless pinyin of each character.
_CODES, _BY_SYLLABLE, PINYIN = _tables()
#: Of characters that are read in two ways, the other one.
OTHER_PINYIN = {entry[0]: entry[1:] for entry in HETERONYMS.split()}


def spoken(text: str) -> str:
    """`text` in toneless pinyin, without the mergers of speech.

    >>> spoken("治疗")
    'zhi liao'
    """
    return " ".join(PINYIN.get(character, character) for character in text)


def sound_of(text: str) -> str:
    """`text` with each character replaced by the code of its syllable, character by character."""
    return text.translate(_CODES)


@lru_cache(maxsize=4096)
def syllables(letters: str) -> tuple[str, ...]:
    """A run of Latin letters cut into pinyin syllables; empty if it cannot be read so.

    >>> syllables("zhiliao"), syllables("hello")
    (('zhi', 'liao'), ())
    """
    if len(letters) > MOST_LETTERS:
        return ()
    #: By place, how few syllables lead there, and where the last of them begins.
    fewest = [0] + [len(letters) + 1] * len(letters)
    begun = [0] * (len(letters) + 1)
    for end in range(1, len(letters) + 1):
        # Longer syllables first; fewer syllables win.
        for start in range(max(0, end - 6), end):
            if fewest[start] + 1 < fewest[end] and letters[start:end] in _BY_SYLLABLE:
                fewest[end], begun[end] = fewest[start] + 1, start
    if fewest[-1] > len(letters):
        return ()
    cut: list[str] = []
    end = len(letters)
    while end:
        cut.append(letters[begun[end] : end])
        end = begun[end]
    return tuple(reversed(cut))


def readings(text: str) -> tuple[str, list[int], list[int]] | None:
    """`text` as sounds, its pinyin read too: codes, and start and end of each in `text`.

    ``None``: no Latin letters of it are pinyin.
    """
    codes: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    found = False
    for match in _LETTERS.finditer(text):
        cut = syllables(match.group())
        if not cut:
            continue
        found = True
        start = match.start()
        codes.extend(sound_of(text[done:start]))
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        for syllable in cut:
            codes.append(_BY_SYLLABLE[syllable])
            starts.append(start)
            start += len(syllable)
            ends.append(start)
        done = match.end()
    if not found:
        return None
    codes.extend(sound_of(text[done:]))
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    # Blanks between syllables (“zhi liao”) are no sound.
    kept = [index for index, code in enumerate(codes) if code != " "]
    return (
        "".join(codes[index] for index in kept),
        [starts[index] for index in kept],
        [ends[index] for index in kept],
    )
