"""Folding of text, so that one spelling stands for many, with the way back to the original words.

Folded text is in lower case and compatibility form (full width becomes half width, “，” becomes
“,”), without invisible characters, in simplified characters; rare and “Martian” variants become
the character they stand for. Symbols between characters stay: `detectors.match.lexicon` looks
through them, and clauses are cut at them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from msgspec import Struct

from detectors.match.sighting import Form
from detectors.match.tables import VARIANTS

__all__ = ["BEYOND", "CAREFUL", "Folded", "fold", "widened"]

_SIMPLE = dict(zip(VARIANTS[::2], VARIANTS[1::2], strict=True))
#: Characters that only the careful way folds: variants, invisible ones, compatibility forms
#: other than the full-width punctuation that nearly every Chinese text has.
CAREFUL = re.compile(
    "["
    + "".join(sorted(key for key in _SIMPLE if key <= "\uffff"))
    + "\x00-\x08\x0b-\x1f\x7f-\xb4\xb8-\xbe\u0300-\u036f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u209f\u20d0-\u20ff\u2100-\u218f\u2460-\u24ff"
    "\u2e80-\u2fdf\u3036\u3038-\u303a\u3200-\u33ff\uf900-\ufaff\ufb00-\ufb4f\ufe00-\ufe6f"
    "\ufeff\uff02-\uff07\uff0a\uff0b\uff0d-\uff19\uff1c-\uff1e\uff20-\uff5d\uff5f-\uffff]"
)
#: A class of its own: one with both would be searched range by range, ten times slower.
BEYOND = re.compile("[\U00010000-\U0010ffff]")
_WIDE = re.compile("[\u3000！（），：；？～]")
_DROPPED = frozenset({"Cf", "Cc", "Mn", "Me"})
#: Kept although their compatibility form is longer or loses its meaning.
_KEPT = frozenset("…")


class Folded(Struct, frozen=True):
    """A folded text and where each of its characters came from."""

    text: str
    original: str
    offsets: Sequence[int] | None = None
    """Index in `original` of each folded character; ``None``: the same index."""
    ends: Sequence[int] | None = None
    """Where each ends there; ``None``: one character on."""
    forms: Sequence[Form] | None = None
    """How each was spelled, in a text that was read as it is meant; ``None``: as it stands."""

    @property
    def is_deciphered(self) -> bool:
        """Is it a text in disguise, read as it is meant?"""
        return self.forms is not None

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open range of the original that folded to ``[start, end)``."""
        if self.offsets is None or start >= end:
            return start, end
        last = self.offsets[end - 1] + 1 if self.ends is None else self.ends[end - 1]
        return self.offsets[start], last

    def as_read(self, start: int, end: int) -> str:
        """A range of the folded text without what stands for nothing of the original."""
        return "".join(self.text[place] for place in range(start, end) if not self.is_put_in(place))

    def is_put_in(self, place: int) -> bool:
        """Does a character of the folded text stand for none of the original?"""
        return (
            self.ends is not None
            and self.offsets is not None
            and self.ends[place] == self.offsets[place]
        )


def widened(text: str) -> str:
    """A text with the full-width marks that nearly every Chinese text has as half-width ones."""
    # Each of these is faster than one pass of `translate` over Chinese text.
    return (
        text.replace("，", ",").replace("！", "!").replace("？", "?").replace("：", ":")
        .replace("；", ";").replace("（", "(").replace("）", ")").replace("～", "~")
        .replace("\u3000", " ")
    )  # fmt: skip


def fold(text: str) -> Folded:
    """`text` folded; ordinary text takes a short way without an offset map."""
    if CAREFUL.search(text) is None and BEYOND.search(text) is None:
        plain = text
        if _WIDE.search(text) is not None:
            plain = widened(text)
        lowered = plain.lower()
        if len(lowered) == len(text):
            return Folded(lowered, text)
    characters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(text):
        if character in _KEPT:
            pieces = character
        elif character == "\n" or character == "\t":
            pieces = " " if character == "\t" else "\n"
        elif unicodedata.category(character) in _DROPPED:
            continue
        else:
            pieces = unicodedata.normalize("NFKC", character).lower()
        for piece in pieces:
            # Compatibility forms may end in a mark of their own (a letter with a dot above).
            if unicodedata.combining(piece):
                continue
            characters.append(_SIMPLE.get(piece, piece))
            offsets.append(index)
    return Folded("".join(characters), text, offsets)
