"""Ways in which words are hidden from a filter, as functions of a text and places in it.

For measuring: what is found in a clean text should be found in each of its disguises, and a
lawful text should stay lawful. Every operator changes all characters of the places it is given
for which it has another spelling; the same text always becomes the same disguise. Characters
come from tables of observed substitutions (`detectors.match.spellings`), not from those by which
the lexicon reads, as far as the sources differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

from detectors.match.sounds import PINYIN
from detectors.match.spellings import FILLERS, HOMOPHONES, MARTIAN, SIMILAR, TRADITIONAL
from detectors.match.tables import EMOJI, SPLITS

__all__ = ["OPERATORS", "Operator", "Places", "words_of"]

Places = Sequence[tuple[int, int]]
"""Half-open ranges of a text."""
Operator = Callable[[str, Places], str]

_HAN = re.compile("[\u4e00-\u9fff]")


def _table(entries: str) -> dict[str, str]:
    return {entry[0]: entry[1:] for entry in entries.split()}


_HOMOPHONES = _table(HOMOPHONES)
_TRADITIONAL = _table(TRADITIONAL)
_MARTIAN = _table(MARTIAN)
_SIMILAR = _table(SIMILAR)
_PICTURES = _table(EMOJI)
_SPLITS = {character: ways.split("/") for character, ways in _table(SPLITS).items()}
_FIGURES = dict(zip("零一二三四五六七八九", "0123456789", strict=True)) | {"两": "2", "壹": "1"}
_NUMERALS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_STREWN = "😂🔥❤👍✨🌸😊💦⭐🎉"
_SYMBOLS = "*·-_/|.+~^#=" + FILLERS
_MASKS = "*×○x某"


def words_of(text: str, most: int = 3) -> list[tuple[int, int]]:
    """Places of a text to disguise where no rule names any: a few runs of two characters."""
    runs = [match.start() for match in re.finditer("[\u4e00-\u9fff]{2}", text)]
    return [(start, start + 2) for start in sorted(runs, key=lambda at: _pick(text, at))[:most]]


def _pick(text: str, place: int) -> int:
    """A number that depends on nothing but the text and the place."""
    return crc32(f"{place}\t{text}".encode())


def _merged(text: str, places: Places) -> Iterator[tuple[int, int]]:
    """The places in order, each character of the text in one of them only."""
    end = 0
    for low, high in sorted(places):
        low, high = max(low, end), min(high, len(text))
        if low < high:
            yield low, high
            end = high


def _each(change: Callable[[str, int], str]) -> Operator:
    """An operator from a change of one character of a text (the text, the place)."""

    def operator(text: str, places: Places) -> str:
        pieces = []
        done = 0
        for low, high in _merged(text, places):
            pieces.append(text[done:low])
            pieces.extend(change(text, place) for place in range(low, high))
            done = high
        return "".join([*pieces, text[done:]])

    return operator


def _between(filling: Callable[[str, int], str]) -> Operator:
    """An operator that puts something between the characters of a place."""

    def operator(text: str, places: Places) -> str:
        inner = {at for low, high in _merged(text, places) for at in range(low + 1, high)}
        return "".join(
            filling(text, at) + character
            if at in inner and _is_joint(text[at - 1], character)
            else character
            for at, character in enumerate(text)
        )

    return operator


def _is_joint(before: str, after: str) -> bool:
    """May something be put between these two without parting a number or a mark?"""
    return before.isalnum() and after.isalnum() and not (before.isdigit() and after.isdigit())


def _from(table: dict[str, str]) -> Operator:
    """Each character becomes one of those that a table has for it."""

    def change(text: str, place: int) -> str:
        others = table.get(text[place])
        return others[_pick(text, place) % len(others)] if others else text[place]

    return _each(change)


def _split(text: str, place: int) -> str:
    ways = _SPLITS.get(text[place])
    return ways[_pick(text, place) % min(2, len(ways))] if ways else text[place]


def _pinyin(text: str, places: Places) -> str:
    """Each run of Chinese characters becomes one run of pinyin: “zhiliao”."""
    return _each(lambda words, place: PINYIN.get(words[place], words[place]))(text, places)


def _spelled(text: str, places: Places) -> str:
    """Pinyin letter by letter: “z h i l i a o”."""

    def change(words: str, place: int) -> str:
        syllable = PINYIN.get(words[place])
        return words[place] if syllable is None else " ".join(["", *syllable, ""])

    return re.sub("  +", " ", _each(change)(text, places))


def _half_pinyin(text: str, places: Places) -> str:
    """One character of each place becomes its pinyin: “zhi疗”."""
    return _one(places, text, lambda at: PINYIN.get(text[at], text[at]))


def _initial(text: str, places: Places) -> str:
    """One character of each place becomes its first letter: “K老”."""
    return _one(places, text, lambda at: PINYIN.get(text[at], text[at])[0].upper())


def _masked(text: str, places: Places) -> str:
    """One character, not the first, of places of three and more is masked: “降*糖”."""
    long = [(low, high) for low, high in _merged(text, places) if high - low >= 3]
    return _one(long, text, lambda at: _MASKS[_pick(text, at) % len(_MASKS)], first=1)


def _doubled(text: str, places: Places) -> str:
    """A character of each place is said twice: “敏敏感肌”."""
    return _one(places, text, lambda at: text[at] * 2)


def _one(places: Places, text: str, change: Callable[[int], str], first: int = 0) -> str:
    changed = {}
    for low, high in _merged(text, places):
        han = [at for at in range(low + first, high) if _HAN.match(text[at])]
        if high - low >= 2 and han:
            at = han[_pick(text, low) % len(han)]
            changed[at] = change(at)
    return "".join(changed.get(at, character) for at, character in enumerate(text))


def _numerals(text: str, places: Places) -> str:
    """Figures become numerals and numerals figures, in ones that are not part of a longer number."""

    def change(words: str, place: int) -> str:
        character = words[place]
        other = _FIGURES.get(character) or _NUMERALS.get(character)
        around = words[max(0, place - 1) : place] + words[place + 1 : place + 2]
        if other is None or re.search("[0-9.零一二三四五六七八九十百千万亿]", around):
            return character
        return other

    return _each(change)(text, places)


def _wide(text: str, places: Places) -> str:
    """Letters, figures and marks in full width."""
    return _each(lambda words, place: words[place].translate(_WIDE))(text, places)


def _filling(symbols: str) -> Operator:
    return _between(lambda text, place: symbols[_pick(text, place) % len(symbols)])


#: The operators by name. Those of the trade's habits change one character of a word.
OPERATORS: dict[str, Operator] = {
    "split": _each(_split),
    "homophone": _from(_HOMOPHONES),
    "pinyin": _pinyin,
    "half-pinyin": _half_pinyin,
    "spelled-pinyin": _spelled,
    "initial": _initial,
    "traditional": _from(_TRADITIONAL),
    "lookalike": _from(_SIMILAR),
    "martian": _from(_MARTIAN),
    "picture": _from(_PICTURES),
    "emoji": _filling(_STREWN),
    "symbol": _filling(_SYMBOLS),
    "comma": _filling("，,、。"),
    "full-width": _wide,
    "zero-width": _filling(_INVISIBLE),
    "spaced": _filling(" "),
    "numeral": _numerals,
    "masked": _masked,
    "doubled": _doubled,
}
