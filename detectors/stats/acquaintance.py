"""Who was seen before: accounts by the thousand in two kilobytes."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from detectors.stats.codes import code_of

__all__ = ["Acquaintance"]

#: Bits of one filter; two bits stand for an account.
BITS = 8_192
_MASK = BITS - 1


class Acquaintance(Struct):
    """Accounts by when they were first seen: just now, or longer ago.

    Three Bloom filters of `BITS` bits: this slice of time, the one before, everything older. A
    collision makes an account known that is not, never the other way round: with 1,000 accounts
    about one in twenty, and a crowded filter says that everybody is known.

    >>> accounts = Acquaintance(slice_ms=150_000)
    >>> accounts.meet("a", 0); accounts.meet("b", 400_000)
    >>> accounts.known("a", 400_000), accounts.just_seen("b"), accounts.known("c", 400_000)
    (True, True, False)
    """

    slice_ms: int = 150_000
    """An account counts as just seen for one to two slices."""
    slice: int = -1
    since: int = 0
    """When watching began, ms; 0: not yet."""
    current: bytearray = msgspec.field(default_factory=bytearray)
    previous: bytearray = msgspec.field(default_factory=bytearray)
    older: bytearray = msgspec.field(default_factory=bytearray)

    def meet(self, account: str, at: int) -> None:
        """Takes note of an account."""
        now = at // self.slice_ms
        if now != self.slice:
            self._turn(at, now)
        code = code_of(account)
        bits = self.current
        first, second = code & _MASK, code >> 13 & _MASK
        bits[first >> 3] |= 1 << (first & 7)
        bits[second >> 3] |= 1 << (second & 7)

    def known(self, account: str, at: int) -> bool:
        """Was it seen before the last slices?"""
        now = at // self.slice_ms
        if now != self.slice:
            self._turn(at, now)
        return _holds(self.older, account)

    def just_seen(self, account: str) -> bool:
        """Was it seen in the last slices?"""
        return _holds(self.current, account) or _holds(self.previous, account)

    def _turn(self, at: int, now: int) -> None:
        if not self.since:
            self.since = at
        elif now < self.slice:
            return  # a late event belongs to the past; it is counted with the present
        self.older = _union(self.older, self.previous)
        if now - self.slice > 1:
            self.older = _union(self.older, self.current)
            self.previous = bytearray()
        else:
            self.previous = self.current
        self.current = bytearray(BITS >> 3)
        self.slice = now


def _holds(bits: bytearray, account: str) -> bool:
    if not bits:
        return False
    code = code_of(account)
    first, second = code & _MASK, code >> 13 & _MASK
    return bool(bits[first >> 3] >> (first & 7) & 1 and bits[second >> 3] >> (second & 7) & 1)


def _union(left: bytearray, right: bytearray) -> bytearray:
    if not left or not right:
        return left or right
    whole = int.from_bytes(left, "big") | int.from_bytes(right, "big")
    return bytearray(whole.to_bytes(len(left), "big"))
