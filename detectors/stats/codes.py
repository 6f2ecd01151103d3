"""32-bit codes of names, for counters and filters that store bits instead of names."""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

__all__ = ["code_of"]

#: Names whose codes are kept: who writes in a chat writes again, and several rules take note.
NAMES = 16_384


@lru_cache(maxsize=NAMES)
def code_of(name: str) -> int:
    """32 bits that are the same for a name on every machine and in every process."""
    return crc32(name.encode())
