"""Segments of recognised speech as `speech` events: what a transcriber heard, a frame each.

A segment that the transcriber corrects comes again with a higher `revision`: it is an event of its
own, because the contract knows no event that takes another's place, and both were observed. The
same segment read again, after a restart say, has the same id. A model that is unsure of what it
heard says so in `confidence`; nothing here guesses one.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from connectors.decoders.decoded import Decoded, Recording, Speaker, digest, sha256, takes
from detectors.events import Speech

__all__ = ["HeardSegment", "Segment", "Segments"]


class Segment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of speech between two pauses; times in ms from the zero of the audio."""

    start_ms: Annotated[int, Meta(ge=0)]
    end_ms: Annotated[int, Meta(ge=0)]
    text: str
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    """``None``: the model does not say."""
    model: str
    """Its name: the folder of the weights."""
    model_sha256: str
    """Of the weights, so that it can be said which model heard it."""
    revision: Annotated[int, Meta(ge=0)] = 0
    """How often this segment was corrected before."""


class HeardSegment(Segment, frozen=True, kw_only=True, omit_defaults=True):
    """A segment with what makes a time of day of its times: the frame."""

    zero_ms: int
    """When the zero of the audio was, ms since the epoch."""
    speaker: Speaker | None = None


_decoder = msgspec.json.Decoder(HeardSegment)


@takes("segment", "line")
class Segments:
    """Each frame is one segment as JSON."""

    def __init__(self, recording: Recording) -> None:
        self._about = recording

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """The speech in one segment; one in which nothing was recognised is skipped."""
        out = Decoded()
        try:
            heard = _decoder.decode(frame)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            out.bad("segment", f"no segment of speech: {error}", frame)
            return out
        text = heard.text.strip()
        if not text:
            out.skip("segment without text")
            return out
        at = heard.zero_ms + heard.start_ms
        id_ = f"s-{digest('segment', at)}"
        out.take(
            Speech(
                id=f"{id_}.{heard.revision}" if heard.revision else id_,
                platform=self._about.platform,
                room=self._about.room,
                session=self._about.session or "",
                at=at,
                until=heard.zero_ms + heard.end_ms if heard.end_ms >= heard.start_ms else None,
                seen=received_at,
                raw=sha256(frame),
                speaker=heard.speaker,
                text=text,
                confidence=heard.confidence,
            ),
            "segment",
            frame,
        )
        return out
