"""One configured source with its rooms and pace, as the runner takes it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from connectors.source import FrameDecoder, Source

__all__ = ["Make", "Pace", "Plan"]

#: Makes the connection and the decoder of a room; raises `Fatal` where the options do not fit.
Make = Callable[[str], tuple[Source, FrameDecoder]]


class Pace(Struct, frozen=True, kw_only=True):
    """How fast a source goes, and how long it waits."""

    connects_per_s: float = 5.0
    """New connections a second to one host, in the long run."""
    connect_burst: int = 10
    """New connections at once after a rest."""
    connecting: int = 50
    """Connections that may be under way at the same time."""
    connect_s: float = 30.0
    """After so long an attempt counts as failed."""
    first_wait_s: float = 1.0
    """Limit of the random wait after the first failure; it doubles with each."""
    longest_wait_s: float = 60.0
    refused_wait_s: float = 3_600.0
    """After so long connections are tried again that were refused, a tenth more or less."""
    silence_s: float | None = None
    """A connection that brings nothing for so long counts as lost; ``None``: the source knows."""
    queue_bytes: int = 16 << 20
    """So much may be read and not stored; beyond, reading stops."""
    drain_s: float = 10.0
    """At the end, how long to go on storing what was read."""


class Plan(Struct, frozen=True, kw_only=True):
    """One source of the configuration."""

    name: str
    platform: str
    make: Make
    rooms: tuple[str, ...] = ("",)
    """A connection each; one empty name: one connection, whose events name their rooms."""
    pace: Pace = Pace()
    origin: object = None
    """What the plan was made from, rooms apart: where it differs, the source starts anew."""
