"""Decoding of fixtures, as the import command does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connectors.decoders.decoded import Decoded, Recording
from connectors.decoders.formats import Format, decoder_for
from connectors.decoders.tables import TableLayout
from connectors.privacy import Pseudonyms

DATA = Path(__file__).parents[1] / "data" / "import"
#: 2026-09-01 19:30:00 in China, the zero of the fixtures.
START_MS = 1_788_262_200_000


def recording(**known: Any) -> Recording:
    """A recording of which everything needed is known."""
    said: dict[str, Any] = {
        "platform": "demo",
        "room": "77001",
        "session": "s1",
        "start_ms": START_MS,
    }
    return Recording(**(said | known), pseudonyms=Pseudonyms(b"0123456789abcdef", "k1"))


def decode_bytes(
    data: bytes, format_: Format, *, layout: TableLayout | None = None, cut: int = 0, **known: Any
) -> Decoded:
    """All that comes of a file, fed in pieces of `cut` bytes (0: at once)."""
    decoder = decoder_for(format_, recording(**known), layout)
    out = Decoded()
    size = cut or len(data) or 1
    for start in range(0, len(data), size):
        out.merge(decoder.feed(data[start : start + size]))
    out.merge(decoder.finish())
    return out


def decode_file(name: str, format_: Format, **known: Any) -> Decoded:
    """All that comes of a fixture."""
    return decode_bytes((DATA / name).read_bytes(), format_, **known)
