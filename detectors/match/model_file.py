"""The file of a model: a head in JSON, then sections that are read where they lie.

    bytes 0–7    `LWMODEL1`
    bytes 8–11   the length of the head, little-endian
    then         the head (`ModelHead`), and the sections that it names, each at a multiple of eight

All numbers are little-endian. The sections:

    index        two bytes a slot (`likeness.SLOTS`): the number of its row; 0: none
    rows         a row each, two bytes a rule: its weight raised by 128. Row 0 is of no slot
    screen       a signed byte a row: what it adds to the suspicion that any rule is broken
    asserted     the same of what says that a claim is made, and not denied, refused, or told of others
    around       three signed bytes a row: what it says of that where it stands in talk before a claim, in
                 it and behind it
                 (models of before have neither of the two)
    texts        the labelled violations, in UTF-8, one after the other
    places       four bytes a violation and one more: where in `texts` each begins, and the last ends
    labels       a list of a rule after the other: the numbers of its violations, four bytes each
    heaviest     for each of those `ModelHead.kept` rows (two bytes each, 0: none) that speak most for the rule
    lawful       which rules the violations break, and the other texts that the model was made from:
                 zlib over JSON (`_Told`)

A file is written anew and put into the place of the old one, never changed.
"""

from __future__ import annotations

import array
import hashlib
import mmap
import sys
import zlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

__all__ = [
    "SIDES",
    "Examples",
    "Labelled",
    "ModelError",
    "ModelFile",
    "ModelHead",
    "Of",
    "open_model",
    "packed",
]

MAGIC = b"LWMODEL1"
#: Where a letter stands to a claim: before, in, behind.
SIDES = 3
#: Longest head that is read, in bytes.
LONGEST_HEAD = 1 << 20
#: Where the number of a row begins in what tells which labelled text has it, and the bits below.
ROW_BITS = 32
NUMBER = (1 << ROW_BITS) - 1
#: Bytes that are hashed at one go.
BLOCK = 1 << 20


class ModelError(ValueError):
    """A file is no model, or it is damaged."""


class Labelled(Struct, frozen=True, array_like=True):
    """A text that a model is made from."""

    text: str
    rules: tuple[str, ...] = ()
    """Those that it breaks."""
    only: str = ""
    """The one rule of which it is known whether the text breaks it; empty: it is known of all."""
    kind: str = ""
    """`ordinary`: what a lawful seller says; `stretch`: a claim in a talk, with what stands around it;
    `office`: a decision of the office; else empty."""
    about: str = ""
    """The rule that it was written or decided about."""


class Of(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which model it is."""

    origin: str = "shipped"
    """`shipped` with the product, or made on `site`."""
    made_at: int = 0
    """Of a site's models of before: when it was made, ms. Now the same texts make the same model."""
    base: str = ""
    """Version of the model whose texts a site's model was made from, too."""
    decisions: int = 0
    """How many decisions of the office it was made from."""
    until: int = 0
    """The latest of them, ms."""


class ModelHead(Struct, kw_only=True):
    """What a model is, and where its sections lie."""

    rules: list[str]
    steps: list[int]
    """Of each rule, what its weights are multiplied with: 1,000 × 2^24 × its unit."""
    biases: list[int]
    """Of each rule, thousandths of a logit."""
    screen_step: int
    screen_bias: int
    kept: int
    """Rows of an example that are kept."""
    labels: list[int]
    """Of each rule, how many labelled violations it has."""
    texts: int
    """How many texts the model was made from, lawful ones among them."""
    of: Of
    sections: dict[str, tuple[int, int]]
    """Where each begins, after the head, and its length in bytes."""
    asserted_step: int = 0
    asserted_bias: int = 0
    around_step: int = 0
    around_bias: int = 0
    sha256: str = ""
    """Of the sections, and of this head without this field."""


class Examples(NamedTuple):
    """The labelled violations of a rule, numbered as in its labels."""

    weights: Sequence[int]
    """Of each, what its heaviest rows weigh together."""
    having: Sequence[int]
    """Which has which heavy row, ascending: the row, shifted by `ROW_BITS`, and the number."""

    def sharing(self, own: Mapping[int, int]) -> dict[int, int]:
        """By number, what the rows that one has in common with some rows and weights weigh."""
        shared: dict[int, int] = {}
        for row, weight in own.items():
            first = bisect_left(self.having, row << ROW_BITS)
            last = bisect_left(self.having, row + 1 << ROW_BITS, first)
            for one in self.having[first:last]:
                number = one & NUMBER
                shared[number] = shared.get(number, 0) + weight
        return shared


class ModelFile:
    """A model's file, mapped or in memory."""

    def __init__(self, data: memoryview) -> None:
        """
        Raises:
            ModelError: it is no model, or one whose parts do not fit together.
        """
        magic = bytes(data[:8])
        if magic != MAGIC and magic[:7] == MAGIC[:7] and magic[7:].isdigit():
            raise ModelError(
                f"the model is of another version of livewatch: its format is {magic.decode()}, "
                f"this one reads {MAGIC.decode()}; livewatch model train makes a new one"
            )
        if len(data) < 12 or magic != MAGIC:
            raise ModelError("the file is no model of livewatch")
        length = int.from_bytes(data[8:12], "little")
        if length > LONGEST_HEAD or 12 + length > len(data):
            raise ModelError("the model's head is cut or damaged")
        try:
            self.head = msgspec.json.decode(data[12 : 12 + length], type=ModelHead)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ModelError(f"the model's head is damaged: {error}") from None
        self._data = data
        self._begin = _aligned(12 + length)
        head = self.head
        many = len(head.rules)
        for name in ("index", "rows", "screen", "texts", "places", "labels", "heaviest", "lawful"):
            self._section(name)
        self.index: Sequence[int] = self._numbers("index", "H")
        self.rows = self._section("rows")
        self.screen: Sequence[int] = self._section("screen").cast("b")
        self.asserted: Sequence[int] | None = None
        if "asserted" in head.sections:
            self.asserted = self._section("asserted").cast("b")
        self.around: Sequence[int] | None = None
        if "around" in head.sections:
            self.around = self._section("around").cast("b")
        self._texts = self._section("texts")
        self._places: Sequence[int] = self._numbers("places", "I")
        self._labels: Sequence[int] = self._numbers("labels", "I")
        self._heaviest: Sequence[int] = self._numbers("heaviest", "H")
        fits = (
            many > 0
            and min(head.steps, default=0) > 0
            and len(head.steps) == len(head.biases) == len(head.labels) == many
            and len(self.rows) == 2 * many * len(self.screen)
            and (self.asserted is None or len(self.asserted) == len(self.screen))
            and (self.around is None or len(self.around) == SIDES * len(self.screen))
            and sum(head.labels) == len(self._labels)
            and len(self._heaviest) == head.kept * len(self._labels)
        )
        if not fits:
            raise ModelError("the model's parts do not fit together")

    def _section(self, name: str) -> memoryview:
        start, length = self.head.sections.get(name, (0, -1))
        first = self._begin + start
        if length < 0 or start < 0 or first + length > len(self._data):
            raise ModelError(f"the model has no whole section {name!r}")
        return self._data[first : first + length]

    def _numbers(self, name: str, form: Literal["H", "I"]) -> Sequence[int]:
        section = self._section(name)
        try:
            if sys.byteorder == "little":
                numbers: Sequence[int] = section.cast(form)
                return numbers
            swapped = array.array(form, bytes(section))
        except (TypeError, ValueError) as error:
            raise ModelError(f"the model's section {name!r} is cut: {error}") from None
        swapped.byteswap()
        return swapped

    def verify(self) -> None:
        """Compares all bytes with the digest in the head.

        Raises:
            ModelError: they are not as they were written.
        """
        if _digest(self.head, self._data[self._begin :]) != self.head.sha256:
            raise ModelError("the model is damaged: its bytes do not have the digest that it names")

    def examples(self, number: int) -> Examples:
        """The labelled violations of a rule, by their rows."""
        first, kept = sum(self.head.labels[:number]), self.head.kept
        width, at = 2 * len(self.head.rules), 2 * number
        weights, having = array.array("i"), []
        for place in range(self.head.labels[number]):
            heaviest = (first + place) * kept
            rows = {*self._heaviest[heaviest : heaviest + kept]} - {0}
            weights.append(sum([self.rows[row * width + at] - 128 for row in rows]))
            having += [row << ROW_BITS | place for row in rows]
        return Examples(weights, array.array("Q", sorted(having)))

    def example(self, number: int, place: int) -> str:
        """The text of a labelled violation of a rule."""
        return self._text(self._labels[sum(self.head.labels[:number]) + place])

    def labelled(self) -> list[Labelled]:
        """All texts that the model was made from."""
        told = msgspec.json.decode(zlib.decompress(self._section("lawful")), type=_Told)
        broken = [
            msgspec.structs.replace(one, text=self._text(number))
            for number, one in enumerate(told.broken)
        ]
        return broken + told.lawful

    def _text(self, number: int) -> str:
        return str(self._texts[self._places[number] : self._places[number + 1]], "utf-8")


class _Told(Struct, array_like=True):
    """The section `lawful`."""

    broken: list[Labelled]
    """The violations without their texts, which stand in `texts`."""
    lawful: list[Labelled]


def packed(
    head: ModelHead,
    sections: Mapping[str, bytes],
    broken: Sequence[Labelled],
    lawful: Sequence[Labelled],
) -> bytes:
    """A model as the bytes of a file.

    Args:
        head: without `sections` and `sha256`.
        sections: all but the texts.
        broken: the violations, in the order of `labels`' numbers.
        lawful: the other texts.
    """
    texts = [one.text.encode() for one in broken]
    places = array.array("I", [0])
    for text in texts:
        places.append(places[-1] + len(text))
    told = _Told([msgspec.structs.replace(one, text="") for one in broken], list(lawful))
    if sys.byteorder != "little":
        places.byteswap()
    parts = {
        **sections,
        "texts": b"".join(texts),
        "places": places.tobytes(),
        "lawful": zlib.compress(msgspec.json.encode(told), 9),
    }
    body = b""
    for name, part in parts.items():
        head.sections[name] = (len(body), len(part))
        body += part + bytes(-len(part) % 8)
    head.sha256 = _digest(head, memoryview(body))
    encoded = msgspec.json.encode(head)
    front = MAGIC + len(encoded).to_bytes(4, "little") + encoded
    return front + bytes(_aligned(len(front)) - len(front)) + body


def open_model(path: Path) -> ModelFile:
    """Maps the file of a model.

    Raises:
        OSError: it cannot be read.
        ModelError: it is no model, or one whose parts do not fit together.
    """
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise ModelError("the file is empty") from None
    return ModelFile(memoryview(data))


def _aligned(place: int) -> int:
    return place + -place % 8


def _digest(head: ModelHead, body: memoryview) -> str:
    """SHA-256 of a head without its digest, and of the sections."""
    hashed = hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(head, sha256="")))
    for start in range(0, len(body), BLOCK):
        hashed.update(body[start : start + BLOCK])
    return hashed.hexdigest()
