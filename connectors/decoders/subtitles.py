"""Subtitles as host speech: SubRip (`.srt`) and WebVTT (`.vtt`).

What real files do: a byte order mark, CRLF, missing numbers, a dot for the comma, hours left
out, blank lines inside a cue, tags (``<i>``, ``{\\an8}``, ``<c.yellow>``), voices
(``<v 主播>``), “主播：” in front, cues that overlap, and captions that roll: each cue repeats
the last line of the one before. What is repeated by rolling was said once.

Times are relative to the zero of the recording.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from msgspec import Struct

from connectors.decoders.decoded import (
    SPEAKER_WORDS,
    Decoded,
    Occurrences,
    Speaker,
    sha256,
    speaker_of,
)
from connectors.decoders.encoding import text_lines
from connectors.decoders.whole import Whole
from detectors.events import Speech

__all__ = ["Subtitles"]

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"\s{{0,8}}{_TIME}\s{{0,8}}-->\s{{0,8}}{_TIME}(?:\s.*)?\s{{0,8}}")
_TAG = re.compile(
    r"</?(?:i|b|u|s|c|font|lang|ruby|rt)(?:[.\s][^<>]{0,200})?>|<[\d:.]{5,16}>|\{\\[^{}]{0,200}\}",
    re.IGNORECASE,
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,60})?\s+([^<>]{1,80})>|</v>", re.IGNORECASE)
_NAMED = re.compile(
    r"\s{0,8}(?:[\[【]([^\]】]{1,20})[\]】]\s{0,8}[:：]?|([^\s:：\[【]{1,20})\s{0,8}[:：])\s{0,8}(?=\S)"
)
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
#: A cue that begins within this time of the end of the one before continues it.
TOUCHING_MS = 50


class _Cue(Struct):
    start_ms: int
    end_ms: int
    lines: list[str]
    raw: bytes
    place: str


class Subtitles(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def read(self, data: bytes, out: Decoded) -> None:
        occurrences = Occurrences()
        previous: _Cue | None = None
        count = 0
        for cue in _cues(data, out):
            count += 1
            fresh = _unrolled(cue, previous)
            previous = cue
            for label, text in _voices("\n".join(fresh)):
                self._say(cue, label, text, occurrences, out)
        if not count and not out.problems:
            out.bad("line 1", "no cue in the file", data)

    def _say(
        self, cue: _Cue, label: str | None, text: str, occurrences: Occurrences, out: Decoded
    ) -> None:
        recording = self.recording
        start = recording.start_ms or 0
        speaker: Speaker | None = speaker_of(recording, label) if label is not None else "host"
        at = start + cue.start_ms
        until = start + cue.end_ms if cue.end_ms >= cue.start_ms else None
        out.take(
            Speech(
                id=occurrences.id("s", at, until, label, text),
                platform=recording.platform,
                room=recording.room,
                session=recording.session or "",
                at=at,
                until=until,
                raw=sha256(cue.raw),
                speaker=speaker,
                text=text,
            ),
            cue.place,
            cue.raw,
        )


def _cues(data: bytes, out: Decoded) -> Iterator[_Cue]:
    """The cues in the order of the file; broken ones become problems."""
    vtt = data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"WEBVTT")
    cue: _Cue | None = None
    skipping = False
    blank_before = True
    ordinal = 1
    pending: list[tuple[str, bytes]] = []
    for number, text, raw in text_lines(data, out):
        line = text.strip("\r\n")
        blank = not line.strip()
        if "-->" in line:
            skipping = False
            # A number (or, in VTT, a name) in front of the times belongs to the coming cue.
            if cue is not None:
                ordinal += 1
                yield _closed(cue, pending, next_number=ordinal)
            pending = []
            cue = None
            match = _TIMING.fullmatch(line)
            if match is None:
                out.bad(f"line {number}", "times that cannot be read", raw)
                skipping = True
            else:
                cue = _Cue(
                    _ms(match.groups()[:4]), _ms(match.groups()[4:]), [], raw, f"line {number}"
                )
        elif vtt and blank_before and _BLOCK.match(line):
            if cue is not None:
                yield _closed(cue, pending)
                pending = []
            cue, skipping = None, True
        elif cue is not None and not skipping:
            pending.append((line, raw))
            if vtt and blank:
                yield _closed(cue, pending)
                cue, pending = None, []
        blank_before = blank
    if cue is not None:
        yield _closed(cue, pending)


def _closed(cue: _Cue, pending: list[tuple[str, bytes]], next_number: int | None = None) -> _Cue:
    """The cue with its lines; blank ones around go, and the number of the next cue."""
    lines = list(pending)
    last = lines[-1][0].strip() if lines else ""
    if next_number is not None and last.isdigit():
        # Digits are the next cue's number behind a blank line, or if they count on; else speech.
        set_apart = len(lines) == 1 or not lines[-2][0].strip()
        if set_apart or last == str(next_number):
            lines.pop()
    while lines and not lines[-1][0].strip():
        lines.pop()
    cue.lines = [clean for line, _ in lines if (clean := _TAG.sub("", line).strip())]
    cue.raw += b"".join(raw for _, raw in lines)
    return cue


def _unrolled(cue: _Cue, previous: _Cue | None) -> list[str]:
    """The lines of a cue that the one before did not show already."""
    if (
        previous is None
        or cue.start_ms > previous.end_ms + TOUCHING_MS
        or cue.start_ms < previous.start_ms
    ):
        return cue.lines
    # Rolling captions repeat the end of the last cue on top; the same line alone is said again.
    for length in range(min(len(cue.lines), len(previous.lines)), 0, -1):
        if cue.lines[:length] == previous.lines[-length:] and (
            len(cue.lines) > length or cue.end_ms - cue.start_ms <= TOUCHING_MS
        ):
            return cue.lines[length:]
    return cue.lines


def _voices(text: str) -> Iterator[tuple[str | None, str]]:
    """The parts of a cue by who says them."""
    label: str | None = None
    start = 0
    for match in (*_VOICE.finditer(text), None):
        part = text[start : match.start() if match is not None else len(text)]
        yield from _named(label, part)
        if match is not None:
            label, start = match[1].strip() if match[1] else None, match.end()


def _named(label: str | None, part: str) -> Iterator[tuple[str | None, str]]:
    said = " ".join(html.unescape(part).split())
    if not said:
        return
    if label is None and (match := _NAMED.match(said)):
        name = match[1] or match[2]
        # Only a word that says who speaks is a name: “价格：39.9” is speech.
        if match[1] is not None or name.strip().lower() in SPEAKER_WORDS:
            label, said = name, said[match.end() :]
    yield label, said


def _ms(groups: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = groups
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 1_000 + int((fraction or "0").ljust(3, "0"))
