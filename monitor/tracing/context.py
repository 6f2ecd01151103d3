"""Which trace the work at hand belongs to: W3C Trace Context (Recommendation of 23 November 2021).

Every request has a trace id, its own or the one that its sender named in `traceparent`, and each
line of the log that is written meanwhile carries it. That costs nothing but the id; spans go
anywhere only where `[traces]` says so (`monitor.tracing.spans`).
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import NamedTuple

__all__ = ["HEADER", "Parent", "current", "fresh", "parse"]

#: Name of the header over HTTP and in Kafka.
HEADER = "traceparent"
_HEXADECIMAL = frozenset("0123456789abcdef")


class Parent(NamedTuple):
    """A span that others may follow."""

    trace: str
    """32 hexadecimal digits."""
    span: str
    """16 of them."""
    sampled: bool
    """It is exported, so what follows from it is, too."""

    @property
    def header(self) -> str:
        """The value of `traceparent`."""
        return f"00-{self.trace}-{self.span}-{'01' if self.sampled else '00'}"


#: What the work at hand follows from; ``None``: nothing that has a trace.
current: ContextVar[Parent | None] = ContextVar("livewatch_trace", default=None)


def fresh() -> Parent:
    """A trace that begins here and is not exported."""
    digits = os.urandom(24).hex()
    return Parent(digits[:32], digits[32:], sampled=False)


def parse(header: str | None) -> Parent | None:
    """What a `traceparent` names; ``None``: it is none, and a trace begins anew.

    >>> parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").sampled
    True
    >>> parse("00-00000000000000000000000000000000-00f067aa0ba902b7-01") is None
    True
    """
    fields = header.strip().split("-") if header is not None and len(header) <= 512 else []
    if len(fields) < 4 or [len(field) for field in fields[:4]] != [2, 32, 16, 2]:
        return None
    version, trace, span, flags = fields[:4]
    if not _HEXADECIMAL.issuperset("".join(fields[:4])) or version == "ff":
        return None
    # Later versions may have more fields behind these four; this one has none.
    if (version == "00" and len(fields) > 4) or not (trace.strip("0") and span.strip("0")):
        return None
    return Parent(trace, span, sampled=bool(int(flags, 16) & 1))
