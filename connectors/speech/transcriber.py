"""From audio to segments of text: the protocol, and the cut at pauses that adapters share.

The weights belong to whoever runs livewatch and are named by path; nothing is ever downloaded.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from connectors.decoders.segments import Segment
from connectors.speech.voice import Utterance, Utterances

__all__ = ["ByUtterance", "Recognised", "Recogniser", "Transcriber", "sha256_of_file"]


class Recognised(Struct, frozen=True):
    """What a model made of an utterance."""

    text: str
    """Empty: nothing that can be told."""
    confidence: float | None = None
    """0 to 1; ``None``: the model does not say."""


class Recogniser(Protocol):
    """A loaded model. One serves all rooms, and is only called in its `worker`."""

    model: str
    model_sha256: str
    worker: ThreadPoolExecutor
    """A thread of its own: work of seconds in the loop's pool would hold up files and the log."""

    def recognise(self, utterance: Utterance) -> Recognised:
        """What was said; blocks while it computes."""
        ...


class Transcriber(Protocol):
    """Audio in, segments out."""

    def stream(self, pcm16k: AsyncIterator[bytes]) -> AsyncGenerator[Segment, None]:
        """The segments of one stretch of audio, in the order of their beginning.

        Args:
            pcm16k: 16,000 samples a second, 16 bits, little-endian, one channel; pieces of any
                length. It is read as fast as it is recognised and no faster.
        """
        ...


class ByUtterance:
    """Cuts at pauses and recognises each utterance once, so that no segment is ever revised."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser

    async def stream(self, pcm16k: AsyncIterator[bytes]) -> AsyncGenerator[Segment, None]:
        """The segments of one stretch of audio."""
        loop, recogniser = asyncio.get_running_loop(), self._recogniser
        utterances = await loop.run_in_executor(recogniser.worker, Utterances)
        async for piece in pcm16k:
            for utterance in await loop.run_in_executor(recogniser.worker, utterances.feed, piece):
                yield await self._segment(utterance)
        for utterance in utterances.finish():
            yield await self._segment(utterance)

    async def _segment(self, utterance: Utterance) -> Segment:
        recogniser = self._recogniser
        heard = await asyncio.get_running_loop().run_in_executor(
            recogniser.worker, recogniser.recognise, utterance
        )
        return Segment(
            start_ms=utterance.start_ms,
            end_ms=utterance.end_ms,
            text=heard.text,
            confidence=heard.confidence,
            model=recogniser.model,
            model_sha256=recogniser.model_sha256,
        )


def sha256_of_file(path: Path) -> str:
    """The hash of the weights."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
