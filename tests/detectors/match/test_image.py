"""An image gives back what was packed into it, and nothing from outside of itself."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.match.image import (
    MAGIC,
    Image,
    ImageError,
    Sections,
    numbers,
    packed,
    prefixed,
    taken_over,
    texts,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(min_size=1, max_size=8), st.binary(max_size=40), max_size=40))
def test_sections_come_back_as_they_were(sections: dict[str, bytes]) -> None:
    image = Image.of(packed(sections))
    assert {name: image.copied(name) for name in sections} == sections


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_numbers_come_back_as_they_were(listed: list[int]) -> None:
    assert list(Image.of(packed({"n": numbers(listed)})).numbers("n")) == listed


@given(st.lists(st.text(max_size=5)))
def test_texts_come_back_as_they_were(listed: list[str]) -> None:
    read = Image.of(packed({"t": texts(listed)})).texts("t")
    assert list(read) == listed
    assert [read[place] for place in range(-len(listed), 0)] == listed
    assert read[1:4] == listed[1:4]
    with pytest.raises(IndexError):
        read[len(listed)]


def test_numbers_take_as_few_bytes_as_the_greatest_needs() -> None:
    sizes = [len(numbers([0, most])) - 8 for most in (255, 256, 65_536, 2**32)]
    assert sizes == [2, 4, 8, 16]


def test_a_part_of_an_image_is_an_image() -> None:
    image = Image.of(packed(prefixed("words", {"listed": texts(["甲", "乙"]), "none": texts([])})))
    assert list(image.under("words").texts("listed")) == ["甲", "乙"]
    assert list(image.under("words").texts("none")) == []
    assert "listed" in image.under("words")
    assert "listed" not in image


def test_what_is_no_image_is_refused() -> None:
    whole = packed({"n": numbers([1, 2, 3])})
    for broken in (b"", b"no image at all", b"X" + whole[1:], whole[:20], whole[:-6]):
        with pytest.raises(ImageError):
            Image.of(broken)


def test_a_section_that_lies_outside_is_refused() -> None:
    directory = msgspec.msgpack.encode({"n": (8, 1 << 40)})
    with pytest.raises(ImageError, match="'n' lies outside"):
        Image.of(MAGIC + len(directory).to_bytes(4, "little") + directory)


def test_a_section_of_another_kind_is_refused() -> None:
    image = Image({"n": b"\x03" + bytes(15), "m": b"\xc1"})
    with pytest.raises(ImageError, match="has no numbers"):
        image.numbers("n")
    for broken in (b"", bytes(8), (9).to_bytes(8, "little")):
        with pytest.raises(ImageError, match="has no texts"):
            Image({"t": broken}).texts("t")
    with pytest.raises(ImageError, match="section 'm'"):
        image.decoded("m", list[int])
    with pytest.raises(ImageError, match="there is no section 'x'"):
        image.view("x")


def test_what_was_made_of_the_same_is_taken_over_and_nothing_else() -> None:
    made: list[str] = []

    def tables(word: str) -> Sections:
        made.append(word)
        return {"n": word.encode()}

    def with_word(word: str, earlier: Image | None) -> Sections:
        return taken_over(earlier, "words", (["one", word], [word]), lambda: tables(word))

    first = with_word("tea", None)
    image = Image.of(packed(first))
    assert with_word("tea", image) == first
    assert made == ["tea"]
    assert with_word("pot", image)["words.n"] == b"pot"
    # What stands in another source is another one.
    taken_over(image, "words", (["one"], ["tea", "tea"]), lambda: tables("moved"))
    taken_over(Image.of(packed({})), "words", (["one", "tea"], ["tea"]), lambda: tables("anew"))
    assert made == ["tea", "pot", "moved", "anew"]
