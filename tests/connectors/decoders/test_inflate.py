"""Packed frames."""

from __future__ import annotations

import gzip
import zlib

import pytest

from connectors.decoders.inflate import MAX_INFLATED, inflate
from connectors.errors import DecodeError, Refused


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_gzip_and_zlib_are_told_apart(pack) -> None:
    assert inflate(pack(b"a frame")) == b"a frame"


@pytest.mark.slow
def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(MAX_INFLATED * 4))
    assert len(bomb) < 100_000

    with pytest.raises(Refused, match="more than 16 MiB"):
        inflate(bomb)


def test_as_much_as_is_allowed_is_allowed() -> None:
    assert len(inflate(gzip.compress(bytes(1_000)), limit=1_000)) == 1_000
    with pytest.raises(Refused):
        inflate(gzip.compress(bytes(1_001)), limit=1_000)


def test_packed_twice_is_refused() -> None:
    with pytest.raises(Refused, match="twice"):
        inflate(gzip.compress(gzip.compress(b"a frame")))


# Named: a packed text has the time of its packing in it, and processes that share the tests
# must know them by the same names.
@pytest.mark.parametrize(
    "data",
    [b"", b"plain", gzip.compress(b"a frame")[:-9]],
    ids=["nothing", "not packed", "cut off"],
)
def test_what_is_not_packed_or_cut_off_is_a_fault(data: bytes) -> None:
    with pytest.raises(DecodeError):
        inflate(data)
