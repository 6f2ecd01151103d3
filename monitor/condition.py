"""What is wrong with a monitor that goes on working: one sentence each, for whoever can mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connectors.collection import Collection
    from monitor.intake import Intake

__all__ = [
    "Patience",
    "Problem",
    "UnwatchedRoom",
    "is_silent",
    "source_problems",
    "unwatched_rooms",
]


class Patience(Struct, frozen=True, kw_only=True):
    """For how long a source or a sender may bring nothing."""

    quiet_s: float
    """From when on it is silent, s; 0: never."""
    off_air_s: float = 0.0
    """The same where the broadcasts of all its rooms have ended, if that is later."""


class Problem(Struct, frozen=True):
    """One thing that is wrong."""

    kind: str
    """One of `monitor.metrics.PROBLEMS`."""
    says: str


class UnwatchedRoom(Struct, frozen=True, kw_only=True):
    """A room that is configured and not watched at the moment."""

    source: str
    platform: str
    room: str
    """Empty: the connection of a source that shows many rooms."""
    state: str
    """`waiting` for the next attempt, or `failed`: refused, tried again much later."""
    since: int | None
    """Since when it is not watched, ms; ``None``: it has not been watched since the start."""
    problem: str | None


def source_problems(
    counted: Mapping[str, Collection | Intake], *, patience: Patience, since: int, now: int
) -> list[Problem]:
    """What is wrong with sources and senders, each named.

    Args:
        counted: by name.
        patience: for how long they may bring nothing.
        since: when the process began to listen, ms.
        now: wall clock, ms.
    """
    found = []
    for name, each in sorted(counted.items()):
        if each.problem is not None:
            found.append(Problem("source", f"source {name}: {each.problem}"))
        elif is_silent(each, patience, since=since, now=now):
            last = each.stats.last_message_ms
            ago = f"nothing came for {(now - (last or since)) // 60_000} min"
            found.append(Problem("source", f"source {name}: {ago}"))
    return found


def is_silent(each: Collection | Intake, patience: Patience, *, since: int, now: int) -> bool:
    """Has a source or a sender brought nothing for longer than it should?

    A source whose every connection has come to the end of its input has nothing to bring.
    """
    rooms = each.stats.rooms
    if (
        not patience.quiet_s
        or each.occasional
        or (rooms and not rooms["connected"] and not rooms["waiting"])
    ):
        return False
    longest_s = patience.quiet_s
    if each.airtime.is_over:
        longest_s = max(longest_s, patience.off_air_s)
    return now - (each.stats.last_message_ms or since) > longest_s * 1_000


def unwatched_rooms(collections: Iterable[Collection]) -> list[UnwatchedRoom]:
    """Rooms that nobody watches now, those that are so longest first."""
    found = [
        UnwatchedRoom(
            source=collection.plan.name,
            platform=collection.plan.platform,
            room=connection.room,
            state=connection.state,
            since=connection.watch.lost_at,
            problem=connection.problem or collection.blocked,
        )
        for collection in collections
        for connection in collection.connections
        if connection.state in ("waiting", "failed")
    ]
    return sorted(found, key=lambda room: (room.since or 0, room.source, room.room))
