"""Finds gaps in a capture: a long silence of a live socket means that nothing was watched.

A live socket tells of the audience every few seconds, whatever happens in the room. A capture in
which it is silent for minutes was interrupted: the page slept, the connection broke, or two
recordings were put together.
"""

from __future__ import annotations

from connectors.decoders.decoded import Decoded, digest
from detectors.events import Gap

__all__ = ["SILENCE_MS", "Silences"]

#: Longest pause of a socket that is no interruption.
SILENCE_MS = 2 * 60_000
#: Rooms of one capture that are followed.
MAX_ROOMS = 1_000


class Silences:
    """The interruptions of one capture."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._latest: dict[tuple[str, str], int] = {}
        """When each room was last heard of."""

    def note(self, decoded: Decoded) -> None:
        """Adds a gap where what came out of a frame comes after a long silence."""
        gaps: list[Gap] = []
        for event in decoded.events:
            room = (event.platform, event.room)
            seen = event.seen if event.seen is not None else event.at
            latest = self._latest.get(room)
            if latest is not None and seen > latest + SILENCE_MS:
                gaps.append(
                    Gap(
                        id=f"gap-{digest(*room, latest, seen)}",
                        platform=event.platform,
                        room=event.room,
                        session=event.session,
                        at=latest,
                        from_=latest,
                        until=seen,
                        reason="the capture has no frame of this time",
                        source=self.source,
                    )
                )
            if latest is not None or len(self._latest) < MAX_ROOMS:
                self._latest[room] = max(seen, latest or 0)
        decoded.events[:0] = gaps
