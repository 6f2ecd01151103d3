"""File formats as frames: a frame is one whole file, or a block of JSON lines.

So that a webhook, a folder or a relay that hands over files can use the decoders of files.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from connectors.decoders.decoded import Decoded, Decoder, Recording, takes
from connectors.decoders.formats import decoder_for

__all__ = [
    "FileFrames",
    "ass",
    "bililive",
    "csv",
    "frames",
    "funasr",
    "har",
    "jsonl",
    "lrc",
    "pytchat",
    "srt",
    "vtt",
    "whisper",
    "xlsx",
]


class FileFrames:
    """Each frame is a file of its own, read from its first byte to its last."""

    def __init__(self, decoder: Callable[[], Decoder]) -> None:
        self._decoder = decoder
        # The module of a format is imported with its first decoder: now, not at the first frame.
        decoder()

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """All that is in the file. Nothing here needs to know when it arrived."""
        decoder = self._decoder()
        out = decoder.feed(frame)
        out.merge(decoder.finish())
        return out


@takes("line", "file")
def jsonl(recording: Recording) -> FileFrames:
    """Events of the contract, one a line."""
    return FileFrames(partial(decoder_for, "jsonl", recording))


@takes("file")
def bililive(recording: Recording) -> FileFrames:
    """Danmaku XML of 录播姬 and biliup."""
    return FileFrames(partial(decoder_for, "bililive", recording))


@takes("line", "file")
def pytchat(recording: Recording) -> FileFrames:
    """Recorded YouTube chat."""
    return FileFrames(partial(decoder_for, "pytchat", recording))


@takes("file")
def srt(recording: Recording) -> FileFrames:
    """Subtitles."""
    return FileFrames(partial(decoder_for, "srt", recording))


@takes("file")
def vtt(recording: Recording) -> FileFrames:
    """Subtitles with voices."""
    return FileFrames(partial(decoder_for, "vtt", recording))


@takes("line", "file")
def funasr(recording: Recording) -> FileFrames:
    """Transcripts of FunASR."""
    return FileFrames(partial(decoder_for, "funasr", recording))


@takes("file")
def whisper(recording: Recording) -> FileFrames:
    """Transcripts of Whisper, WhisperX and whisper.cpp."""
    return FileFrames(partial(decoder_for, "whisper", recording))


@takes("file")
def ass(recording: Recording) -> FileFrames:
    """Subtitles of SubStation Alpha."""
    return FileFrames(partial(decoder_for, "ass", recording))


@takes("file")
def lrc(recording: Recording) -> FileFrames:
    """Timed lines of LRC."""
    return FileFrames(partial(decoder_for, "lrc", recording))


@takes("file")
def csv(recording: Recording) -> FileFrames:
    """Price and product lists."""
    return FileFrames(partial(decoder_for, "csv", recording))


@takes("file")
def xlsx(recording: Recording) -> FileFrames:
    """Lists of products, orders and broadcasts as workbooks."""
    return FileFrames(partial(decoder_for, "xlsx", recording))


@takes("file")
def har(recording: Recording) -> FileFrames:
    """What a browser recorded."""
    return FileFrames(partial(decoder_for, "har", recording))


@takes("line", "file")
def frames(recording: Recording) -> FileFrames:
    """Saved frames of a websocket, one a line."""
    return FileFrames(partial(decoder_for, "frames", recording))
