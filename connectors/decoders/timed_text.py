"""Timed text of other programs as host speech: SubStation Alpha (`.ass`, `.ssa`) and LRC.

Of SubStation Alpha the `Dialogue` lines of `[Events]` are read, by the columns that its `Format` line
names; `Comment` lines are not shown and are passed over; the name of a line says who speaks. Drawings
(`{\\p1}`) are no speech. LRC has the times in front of a line, several where it is sung again, an
`offset` in ms that moves all of them, and times of words inside; its end is the next line's start.

Times are relative to the zero of the recording.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from connectors.decoders.decoded import Decoded
from connectors.decoders.encoding import text_lines
from connectors.decoders.spoken import Said, tell
from connectors.decoders.whole import Whole

__all__ = ["Lrc", "SubStationAlpha"]

_CLOCK = re.compile(r"\s{0,8}(\d{1,3}):(\d{1,2}):(\d{1,2})(?:[.:,](\d{1,3}))?\s{0,8}")
_STYLE = re.compile(r"\{[^{}]{0,2000}\}")
_DRAWING = re.compile(r"\{[^{}]{0,2000}\\p[1-9]")
_FORMAT: tuple[str, ...] = (
    "layer",
    "start",
    "end",
    "style",
    "name",
    "marginl",
    "marginr",
    "marginv",
    "effect",
    "text",
)
_STAMP = re.compile(r"\[(\d{1,4}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_INSIDE = re.compile(r"<\d{1,4}:\d{1,2}(?:[.:]\d{1,3})?>")
_TAG = re.compile(r"\[([A-Za-z#]{1,20}):(.{0,500})\]\s*")
#: A line of LRC without a later one is taken to last so long.
LAST_MS = 5_000


class SubStationAlpha(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def read(self, data: bytes, out: Decoded) -> None:
        said: list[Said] = []
        columns = _FORMAT
        section = ""
        for number, text, raw in text_lines(data, out):
            line = text.strip().removeprefix("\ufeff")
            if line.startswith("["):
                section = line.strip("[]").strip().lower()
                continue
            kind, found, rest = line.partition(":")
            if section != "events" or not found:
                continue
            if kind.lower() == "format":
                columns = tuple(name.strip().lower() for name in rest.split(","))
            elif kind.lower() == "comment":
                out.skip("comment")
            elif kind.lower() == "dialogue":
                self._dialogue(rest, columns, f"line {number}", raw, said, out)
        if not said and not out.problems:
            out.bad("line 1", "no dialogue in the file", data)
        said.sort(key=lambda piece: piece.start_ms)
        tell(said, self.recording, out, unnamed="host")

    def _dialogue(
        self,
        rest: str,
        columns: tuple[str, ...],
        place: str,
        raw: bytes,
        said: list[Said],
        out: Decoded,
    ) -> None:
        # The text is the last column and may hold commas.
        fields = dict(zip(columns, rest.split(",", len(columns) - 1), strict=False))
        start, end = _clock(fields.get("start", "")), _clock(fields.get("end", ""))
        if start is None or "text" not in fields:
            out.bad(place, "a dialogue whose times or text cannot be read", raw)
            return
        if _DRAWING.search(fields["text"]):
            out.skip("drawing")
            return
        text = _STYLE.sub("", fields["text"])
        text = " ".join(text.replace("\\N", " ").replace("\\n", " ").replace("\\h", " ").split())
        if not text:
            out.skip("dialogue without text")
            return
        label = fields.get("name", fields.get("actor", "")).strip() or None
        said.append(Said(start, end if end is not None else -1, text, label, raw, place))


class Lrc(Whole):
    """One file: `feed` it in pieces, then `finish`."""

    def read(self, data: bytes, out: Decoded) -> None:
        said: list[Said] = []
        offset = 0
        for number, text, raw in text_lines(data, out):
            line = text.strip().removeprefix("\ufeff")
            tag = _TAG.fullmatch(line)
            if tag is not None:
                if tag[1].lower() == "offset" and re.fullmatch(
                    r"\s{0,8}[+-]?\d{1,9}\s{0,8}", tag[2]
                ):
                    offset = int(tag[2])
                continue
            times: list[int] = []
            while (stamp := _STAMP.match(line)) is not None:
                seconds = int(stamp[1]) * 60 + int(stamp[2])
                times.append(seconds * 1_000 + _fraction(stamp[3]))
                line = line[stamp.end() :].lstrip()
            if not times:
                if line:
                    out.bad(f"line {number}", "a line without a time", raw)
                continue
            words = _INSIDE.sub("", line).strip()
            place = f"line {number}"
            said += [Said(max(0, at - offset), -1, words, None, raw, place) for at in times]
        if not said and not out.problems:
            out.bad("line 1", "no line with a time in the file", data)
        said.sort(key=lambda piece: piece.start_ms)
        # A time without words ends what was said before it.
        for piece, following in zip_longest(said, said[1:]):
            piece.end_ms = following.start_ms if following is not None else piece.start_ms + LAST_MS
        tell([piece for piece in said if piece.text], self.recording, out)


def _clock(text: str) -> int | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    seconds = (int(match[1]) * 60 + int(match[2])) * 60 + int(match[3])
    return seconds * 1_000 + _fraction(match[4])


def _fraction(digits: str | None) -> int:
    """Digits behind the point as ms: hundredths in these formats, or thousandths."""
    return int((digits or "0").ljust(3, "0"))
