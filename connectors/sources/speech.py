"""What is said in a room, by a model of speech over its sound.

It sees what the model hears: a segment for what lies between two pauses, with the model's
confidence. The weights are the operator's, named by path. A model that cannot keep up is
not believed to watch: the connection begins anew at what is said now, and the rest is a gap.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from connectors.clock import now_ms
from connectors.decoders.decoded import Recording, Speaker
from connectors.decoders.segments import HeardSegment, Segment
from connectors.errors import Retryable
from connectors.logger import logger
from connectors.source import Delivery, NamedFile
from connectors.sources.media import Media, MediaOptions
from connectors.speech.sherpa import Sherpa
from connectors.speech.transcriber import ByUtterance, Recogniser, Transcriber
from connectors.speech.voice import SAMPLE_RATE
from connectors.speech.whisper import Whisper

__all__ = ["Speech", "SpeechOptions"]

log = logger()

#: Bytes of a second of sound.
SECOND = SAMPLE_RATE * 2

Engine = Literal["whisper", "sense-voice", "paraformer"]


class SpeechOptions(MediaOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the source `speech`."""

    engine: Engine
    """The kind of model."""
    model: str
    """Folder of its weights."""
    language: str = "zh"
    speaker: Speaker | None = "host"
    """Who speaks; a room has one microphone as a rule."""
    threads: Annotated[int, Meta(ge=1, le=1_024)] = 1
    """That the model computes in, for all rooms together."""
    behind_s: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    """So far a live stream may be ahead of the model."""

    def named_files(self) -> Iterator[NamedFile]:
        """The recording, where it is one, and the folder of the weights."""
        yield from MediaOptions.named_files(self)
        yield NamedFile("model", self.model, folder=True)


class Speech:
    """The sound of one room; each delivery is a segment."""

    Options = SpeechOptions
    decoder, brings = "segments", "segment"

    def __init__(
        self,
        options: SpeechOptions,
        recording: Recording,
        transcriber: Transcriber | None = None,
    ) -> None:
        """
        Args:
            transcriber: in place of the one that the options name.

        Raises:
            Fatal: the options do not fit.
        """
        self._media = Media(
            options, recording, ["-vn", "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le"]
        )
        self.name = f"speech of {self._media.name}"
        self.host = self._media.host
        self.resumes = self._media.is_file
        self._options = options
        self._transcriber = transcriber

    async def connect(self) -> None:
        """Loads the model, once for all rooms, and waits for the first sound.

        Raises:
            Retryable: the stream cannot be had now.
            Fatal: model or ffmpeg are missing.
        """
        if self._transcriber is None:
            options = self._options
            self._transcriber = ByUtterance(
                await asyncio.to_thread(
                    _loaded, options.engine, options.model, options.language, options.threads
                )
            )
        await self._media.open()

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        """The segments; it ends with a recording.

        Raises:
            Retryable: the stream was lost, or the model did not keep up.
        """
        if self._transcriber is None:
            raise Retryable("not connected")
        async with (
            contextlib.aclosing(self._sound()) as sound,
            contextlib.aclosing(self._transcriber.stream(sound)) as segments,
        ):
            async for segment in segments:
                yield Delivery(self._frame(segment), now_ms())

    async def send(self, reply: bytes) -> None:
        """Nothing can be sent to a stream."""

    async def close(self) -> None:
        """Ends the connection. The model stays for the next one."""
        await self._media.close()

    async def _sound(self) -> AsyncGenerator[bytes, None]:
        media, heard = self._media, 0
        while data := await media.read(SECOND):
            yield data
            # Whoever asks for more is through with what he was given.
            heard += len(data)
            at = media.zero_ms + heard * 1000 // SECOND
            behind_s = (now_ms() - at) / 1000
            if not media.is_file and behind_s > self._options.behind_s + self._options.delay_s:
                raise Retryable(f"recognition is {behind_s:.0f} s behind the stream", since=at)

    def _frame(self, segment: Segment) -> bytes:
        heard = HeardSegment(
            **msgspec.structs.asdict(segment),
            zero_ms=self._media.zero_ms,
            speaker=self._options.speaker,
        )
        return msgspec.json.encode(heard)


_models: dict[tuple[str, str, str, int], Recogniser] = {}
_loading = threading.Lock()


def _loaded(engine: Engine, folder: str, language: str, threads: int) -> Recogniser:
    """The model, which is loaded with the first room."""
    key = (engine, folder, language, threads)
    with _loading:
        if key not in _models:
            path = Path(folder)
            model: Recogniser
            if engine == "whisper":
                model = Whisper(path, language=language, threads=threads)
            else:
                model = Sherpa(path, kind=engine, language=language, threads=threads)
            log.info("speech_model", engine=engine, model=model.model, sha256=model.model_sha256)
            _models[key] = model
        return _models[key]
