"""What stands on the screen of a room: a picture every few seconds, read by character recognition.

It sees what the recogniser reads, with its confidence. Cards of the platform are better where
there are any: this is for streams and pictures without them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from connectors.clock import now_ms
from connectors.decoders.decoded import Recording
from connectors.decoders.screen import ScreenPicture
from connectors.errors import Fatal, Retryable
from connectors.source import Delivery
from connectors.sources.media import Media, MediaOptions
from connectors.sources.reading import Reader, reader

__all__ = ["Screen", "ScreenOptions"]

#: Longest side of a picture that is read, in points.
LONGEST = 1_920

Share = Annotated[float, Meta(ge=0, le=1)]


class ScreenOptions(MediaOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the source `screen`."""

    every_s: Annotated[float, Meta(ge=5, le=86_400)] = 10.0
    """From one picture to the next."""
    crop: tuple[Share, Share, Share, Share]
    """Where the card stands: left, top, width, height, as shares of the picture."""
    threads: Annotated[int, Meta(ge=1, le=1_024)] = 1
    """For all rooms together."""
    behind_s: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    """So far a live stream may be ahead of the reading."""


class Screen:
    """The pictures of one room; each delivery is what stands on one."""

    Options = ScreenOptions
    decoder, brings = "screen", "picture"

    def __init__(self, options: ScreenOptions, recording: Recording) -> None:
        """
        Raises:
            Fatal: the options do not fit.
        """
        left, top, width, height = options.crop
        if not (width and height and left + width <= 1 and top + height <= 1):
            raise Fatal("`crop` is left, top, width and height, as shares of the picture")
        self._media = Media(
            options,
            recording,
            ["-an", "-vf", _filters(options), "-vsync", "vfr", "-c:v", "ppm", "-f", "image2pipe"],
            live=["-skip_frame", "nokey"],
        )
        self.name = f"screen of {self._media.name}"
        self.host = self._media.host
        self.resumes = self._media.is_file
        self._options = options
        self._reader: Reader | None = None
        self._rest = bytearray()

    async def connect(self) -> None:
        """Loads the recogniser, once for all rooms, and waits for the first picture.

        Raises:
            Retryable: the stream cannot be had now.
            Fatal: recogniser or ffmpeg are missing.
        """
        self._reader = await asyncio.to_thread(reader, self._options.threads)
        self._rest.clear()
        await self._media.open()

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        """What stands on the pictures; it ends with a recording.

        Raises:
            Retryable: the stream was lost, or reading did not keep up.
        """
        if self._reader is None:
            raise Retryable("not connected")
        loop, options, number = asyncio.get_running_loop(), self._options, 0
        while (picture := await self._picture()) is not None:
            at = self._media.zero_ms + round(number * options.every_s * 1000)
            number += 1
            lines = await loop.run_in_executor(self._reader.worker, self._reader.read, *picture)
            shown = ScreenPicture(at=at, lines=lines, model=self._reader.model)
            yield Delivery(msgspec.json.encode(shown), now_ms())
            behind_s = (now_ms() - at) / 1000 - options.delay_s
            if not self._media.is_file and behind_s > options.behind_s + options.every_s:
                raise Retryable(f"reading is {behind_s:.0f} s behind the stream", since=at)

    async def send(self, reply: bytes) -> None:
        """Nothing can be sent to a stream."""

    async def close(self) -> None:
        """Ends the connection. The recogniser stays for the next one."""
        await self._media.close()

    async def _picture(self) -> tuple[int, int, bytes] | None:
        """Width, height and points (three bytes each) of the next one."""
        width, height = 0, 0
        if (header := await self._line()) is None:
            return None
        if header == b"P6":
            sizes = (await self._line() or b"").split()
            if len(sizes) == 2 and await self._line() == b"255":
                width, height = map(int, sizes)
        if not 0 < width * height <= LONGEST * LONGEST:
            raise Retryable("ffmpeg made no picture of it")
        size = width * height * 3
        while len(self._rest) < size:
            if not (data := await self._media.read()):
                return None
            self._rest += data
        points = bytes(self._rest[:size])
        del self._rest[:size]
        return width, height, points

    async def _line(self) -> bytes | None:
        while (end := self._rest.find(b"\n")) < 0:
            if not (data := await self._media.read()):
                return None
            self._rest += data
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        return line


def _filters(options: ScreenOptions) -> str:
    """One picture every so many seconds of the stream, on a grid that does not drift."""
    left, top, width, height = options.crop
    return (
        f"select='gte(t-start_t,{options.every_s}*selected_n)',"
        f"crop=iw*{width}:ih*{height}:iw*{left}:ih*{top},"
        f"scale='min(iw,{LONGEST})':'min(ih,{LONGEST})':force_original_aspect_ratio=decrease"
    )
