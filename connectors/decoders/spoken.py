"""Pieces of speech from a file, whatever its format, as `speech` events.

One voice is the host. With several, who is who is not known unless it is said: a number is no role.
Times are relative to the zero of the recording.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from connectors.decoders.decoded import (
    Decoded,
    Occurrences,
    Recording,
    Speaker,
    sha256,
    speaker_of,
)
from detectors.events import Speech

__all__ = ["LONGEST_MS", "Said", "tell"]

#: A recording is shorter than a month.
LONGEST_MS = 31 * 86_400_000


class Said(Struct):
    """A piece of speech as a file has it."""

    start_ms: int
    end_ms: int
    """Before the start: unknown."""
    text: str
    label: str | None
    """Whom the file names as the speaker."""
    raw: bytes
    place: str
    confidence: float | None = None
    """0 to 1; ``None``: the recogniser does not say."""


def tell(
    said: Sequence[Said], recording: Recording, out: Decoded, *, unnamed: Speaker | None = None
) -> None:
    """Takes the pieces as events.

    Args:
        unnamed: who speaks where the file names nobody, though it names others.
    """
    labels = {piece.label for piece in said}
    occurrences = Occurrences()
    start = recording.start_ms or 0
    for piece in said:
        speaker = unnamed if piece.label is None else speaker_of(recording, piece.label)
        if speaker is None and len(labels) == 1:
            speaker = "host"
        at = start + piece.start_ms
        until = start + piece.end_ms if piece.end_ms >= piece.start_ms else None
        out.take(
            Speech(
                id=occurrences.id("s", at, until, piece.label, piece.text),
                platform=recording.platform,
                room=recording.room,
                session=recording.session or "",
                at=at,
                until=until,
                raw=sha256(piece.raw),
                speaker=speaker,
                text=piece.text,
                confidence=piece.confidence,
            ),
            piece.place,
            piece.raw,
        )
