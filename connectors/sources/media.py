"""A stream or file of sound and pictures, through ffmpeg: another process does the decoding, and
what it is fed cannot harm this one. Authorised by whoever gives the address or the file.

A live stream is read from its newest part on; what was shown while nobody was connected does not
come again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlsplit

from msgspec import Meta, Struct

from connectors.clock import now_ms
from connectors.decoders.decoded import Recording
from connectors.errors import Fatal, NotAValue, Retryable
from connectors.instants import parse_instant
from connectors.source import NamedFile
from connectors.sources.websocket import USER_AGENT

__all__ = ["Media", "MediaOptions"]

#: Silence of the other side after which ffmpeg gives up, µs.
STALLED_US = 20_000_000
#: So much of what ffmpeg says last is kept, in bytes.
COMPLAINT_BYTES = 2_000
#: Addresses in its words: they may hold signatures of access.
_ADDRESS = re.compile(r"https?://\S+")


class MediaOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where sound and pictures come from: one of `url`, `url_file` and `path`."""

    url: str | None = None
    """HLS or FLV over HTTP; `{room}` stands for the room."""
    url_file: str | None = None
    """File with the address, read at each connection; for addresses that are signed and change."""
    path: str | None = None
    """A recording on this machine."""
    began: str | None = None
    """When the recording began, “2026-09-01 19:30:00”; needed with `path`."""
    delay_s: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    """How far the stream is behind the room."""

    def named_files(self) -> Iterator[NamedFile]:
        """The recording, where it is one."""
        if self.path is not None:
            yield NamedFile("path", self.path)


class Media:
    """One run of ffmpeg at a time."""

    def __init__(
        self,
        options: MediaOptions,
        recording: Recording,
        output: list[str],
        live: list[str] | None = None,
    ) -> None:
        """
        Args:
            output: what ffmpeg is to make of it, as its arguments.
            live: how it is to read a stream.

        Raises:
            Fatal: the options name no place, or several.
        """
        named = [x for x in (options.url, options.url_file, options.path) if x is not None]
        if len(named) != 1:
            raise Fatal("name one of `url`, `url_file` and `path`")
        self.is_file = options.path is not None
        """A recording: it ends, and is there again."""
        place = named[0]
        room = quote(recording.room, safe="") if options.url else recording.room
        self._place, self._in_file = place.replace("{room}", room), options.url_file is not None
        self._output, self._live = output, live or []
        self._delay_ms = round(options.delay_s * 1000)
        self._began: int | None = None
        if self.is_file:
            try:
                self._began = parse_instant(options.began or "", recording.zone)
            except NotAValue as error:
                raise Fatal(f"`began`, when the recording began: {error}") from error
        elif not self._in_file:
            _check(self._place)
        self.host = urlsplit(self._place).hostname or "" if options.url else ""
        self.name = _without_access(self._place) if options.url else self._place
        self.zero_ms = 0
        """When the first that it showed was, ms since the epoch."""
        self._process: asyncio.subprocess.Process | None = None
        self._complaints: asyncio.Task[None] | None = None
        self._said = b""
        self._first = b""

    async def open(self) -> None:
        """Starts ffmpeg, and returns with the first that it shows.

        Raises:
            Retryable: the stream cannot be had now.
            Fatal: ffmpeg is missing, or makes nothing of the recording.
        """
        await self.close()
        program = shutil.which("ffmpeg")
        if program is None:
            raise Fatal("ffmpeg is missing: apt-get install ffmpeg")
        arguments = await asyncio.to_thread(self._input)
        self._said = b""
        self._process = await asyncio.create_subprocess_exec(
            program, "-nostdin", "-hide_banner", "-loglevel", "error",
            *arguments, *self._output, "-flush_packets", "1", "pipe:1",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._complaints = asyncio.create_task(
            self._listen(self._process), name="ffmpeg-complaints"
        )
        self._first = await self._read(65_536)
        if not self._first:
            reason = await self._reason()
            raise Fatal(reason) if self.is_file else Retryable(reason)
        self.zero_ms = self._began if self._began is not None else now_ms() - self._delay_ms

    async def read(self, most: int = 65_536) -> bytes:
        """What comes next; empty at the end of a recording.

        Raises:
            Retryable: the stream was lost.
        """
        first, self._first = self._first, b""
        data = first or await self._read(most)
        if not data and (not self.is_file or await self._failed()):
            raise Retryable(await self._reason())
        return data

    async def close(self) -> None:
        """Kills ffmpeg."""
        process, self._process = self._process, None
        complaints, self._complaints = self._complaints, None
        if process is None:
            return
        if process.returncode is None:
            # Not `process.kill`: it would take the status that asyncio is waiting for.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        assert process.stdout is not None  # noqa: S101  it was asked for
        while await process.stdout.read(1 << 20):
            pass  # a pipe that is full is not closed
        await process.wait()
        if complaints is not None:
            await asyncio.gather(complaints, return_exceptions=True)

    def _input(self) -> list[str]:
        if self.is_file:
            if not Path(self._place).is_file():
                raise Retryable(f"there is no file {self._place}")
            return ["-protocol_whitelist", "file", "-i", f"file:{self._place}"]
        url = self._place
        if self._in_file:
            try:
                url = Path(url).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise Retryable(f"no address in {self._place}: {error}") from error
            _check(url)
        newest = ["-live_start_index", "-1"] if urlsplit(url).path.endswith(".m3u8") else []
        return [
            "-protocol_whitelist", "http,https,tcp,tls,crypto", "-user_agent", USER_AGENT,
            "-rw_timeout", str(STALLED_US), *newest, *self._live, "-i", url,
        ]  # fmt: skip

    async def _read(self, most: int) -> bytes:
        if self._process is None or self._process.stdout is None:
            raise Retryable("not connected")
        return await self._process.stdout.read(most)

    async def _failed(self) -> bool:
        return self._process is not None and await self._process.wait() != 0

    async def _reason(self) -> str:
        if self._complaints is not None:
            await asyncio.gather(self._complaints, return_exceptions=True)
        said = self._said.decode("utf-8", "replace").strip().splitlines()
        words = _ADDRESS.sub("…", said[-1].replace(self._place, "…")) if said else ""
        return f"{self.name}: {words[:300] or 'the stream ended'}"

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """ffmpeg stands still if nobody hears what it complains of."""
        assert process.stderr is not None  # noqa: S101  it was asked for
        while data := await process.stderr.read(4_096):
            self._said = (self._said + data)[-COMPLAINT_BYTES:]


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Fatal("no address of a stream: https://…/live.m3u8 or .flv")


def _without_access(url: str) -> str:
    """An address without password and signature."""
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"
