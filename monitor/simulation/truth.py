"""The truth beside the events: which rooms hold what."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from monitor.simulation.plan import Plan

__all__ = ["Span", "TrueCampaign", "TrueRoom", "Truth", "read_truth"]

VERSION = 1


class Span(Struct, frozen=True):
    """When a campaign was at work in a broadcast of a room, in ms since the epoch."""

    room: str
    session: str
    start: int
    end: int


class TrueCampaign(Struct, kw_only=True):
    """One campaign."""

    id: str
    kind: str
    strength: str
    generation: int
    rooms: list[str]
    spans: list[Span]
    start: int
    end: int
    accounts: list[str]
    events: dict[str, list[str]]
    """Ids of everything that it did, by room: ids are unique in a room."""
    share_of_lines: float
    """Its share of the chat lines of its rooms."""
    plan: Plan


class TrueRoom(Struct, kw_only=True):
    """One room."""

    room: str
    operator: str
    viewers: int
    minutes: float
    evenings: int
    ordinary: list[str]
    """What it holds that looks like a campaign and is none."""
    role: str
    """`ordinary`, `history` (a lawful price history) or `campaign`."""
    events: int = 0


class Truth(Struct, kw_only=True):
    """What was written, and how to write it again."""

    version: int = VERSION
    seed: int
    generation: int
    platform: str
    events: int
    rooms: list[TrueRoom]
    campaigns: list[TrueCampaign]


def read_truth(path: Path) -> Truth:
    """Reads a truth file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none; the message says why.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Truth)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path} is no truth file: {error}") from error
