"""What is counted of those who post events: senders of webhooks, and whoever has the token.

The same figures as of sources that livewatch connects to itself, so that one alarm serves both.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from connectors.airtime import Airtime
from connectors.presence import Presence
from connectors.stats import SourceStats
from connectors.unknowns import Unknowns
from monitor.parsing import NAMED_PER_REQUEST, Bad

if TYPE_CHECKING:
    from monitor.parsing import Parsed

__all__ = ["Intake"]

#: Events that are looked at at once: about 2 ms.
SLICE = 2_000


class Intake:
    """What one sender has posted since the start."""

    def __init__(self, name: str, *, occasional: bool = False) -> None:
        """
        Args:
            occasional: nobody waits for it, so its silence means nothing.
        """
        self.occasional = occasional
        self.stats = SourceStats()
        self.unknowns = Unknowns()
        self.presence = Presence(name)
        self.airtime = Airtime()

    @property
    def problem(self) -> str | None:
        """What is wrong now; ``None``: nothing that is known."""
        return "; ".join(self.presence.problems) or None

    def letters(self, parsed: Parsed, now: int) -> list[Bad]:
        """The bad pieces of a request, and of each unknown kind some an hour."""
        kept: list[Bad] = []
        for piece in parsed.decoded.unknown if parsed.decoded is not None else ():
            if self.unknowns.keep(piece.reason, now) and len(kept) < NAMED_PER_REQUEST:
                reason = f"{piece.place}: {piece.reason}"
                kept.append(Bad(reason, piece.data, "unknown", piece.kind))
        return [*parsed.letters, *kept]

    async def took(self, parsed: Parsed, letters: int, now: int) -> None:
        """Counts a request whose events are durable; between slices of it others have their turn.

        Args:
            letters: dead letters that were kept of it.
        """
        stats, decoded = self.stats, parsed.decoded
        stats.messages += 1
        stats.events += len(parsed.events)
        stats.dead_letters += letters
        stats.last_message_ms = now
        strange = bool(parsed.rejected)
        lacking = decoded.lacking.elements() if decoded is not None else ()
        if decoded is not None:
            stats.unknown += len(decoded.unknown)
            stats.skipped += decoded.skipped.total()
            strange = strange or bool(decoded.unknown)
        first = parsed.events[:SLICE]
        self.airtime.take(first)
        self.presence.take(
            first,
            lacking,
            at=now,
            strange=strange,
            unread=decoded.unread if decoded is not None else None,
        )
        for start in range(SLICE, len(parsed.events), SLICE):
            await asyncio.sleep(0)
            some = parsed.events[start : start + SLICE]
            self.airtime.take(some)
            self.presence.take(some, at=now)
