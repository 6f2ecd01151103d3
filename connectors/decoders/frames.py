"""Saved frames of a websocket, one JSON object a line.

    {"time": 1788262200123, "type": "receive", "opcode": 2, "data": "CAES…", "url": "wss://…"}

Also taken are messages without such a wrapping, as relays and recorders of commands write them
(wxlivespy, douyinLive, Bilibili's `{"cmd": …}`); their time is what they say, else `--start`.

`time` in seconds or milliseconds since the epoch, or as ISO text; `opcode` 1 has text in `data`,
2 (and none) has base64; `type` `send` marks what the page itself sent, which is passed over, and
`answer` what the page was answered over HTTP; `url` may be missing. `room` names the room of this
line where the person who brings the recording named none. A line of `type` `gap` says that the
frames from `time` to `until` were captured and lost; it needs a `room`.
Chromium writes the same object into `_webSocketMessages` of a HAR.
"""

from __future__ import annotations

import base64
import binascii

import msgspec
from msgspec import Struct

from connectors.decoders.captured import Captured, platform_of_url
from connectors.decoders.decoded import Decoded, Problem, Recording, digest
from connectors.decoders.fields import Fields, millis
from connectors.decoders.jsonvalue import loads
from connectors.decoders.silence import Silences
from connectors.decoders.whole import BAD_JSON
from connectors.errors import DecodeError, NotAValue
from connectors.instants import parse_instant
from detectors.events import Gap

__all__ = ["FramesJsonl", "SavedFrames", "within"]

#: Longest line, in bytes: a frame of several megabytes in base64.
MAX_LINE = 32 << 20
#: Where messages say when they were sent.
_TIMES = ("time", "timestamp", "send_time", "eventTime", "common.createTime", "data.timestamp")
_TEXT = 1
_CLOSE, _PING, _PONG = 8, 9, 10
#: Rooms of one file that have a capture of their own.
MAX_ROOMS = 1_000
#: Longest name of a room and longest reason that a line may give, in characters.
MAX_NAME, MAX_REASON = 256, 200


class _Saved(Struct):
    """One frame as it was saved; the types of the fields are not trusted."""

    time: str | int | float | None = None
    type: str | None = None
    opcode: int | None = None
    data: str | None = None
    url: str | None = None
    room: str | None = None
    until: str | int | float | None = None
    reason: str | None = None


_saved = msgspec.json.Decoder(_Saved)


class FramesJsonl:
    """One file: `feed` it in pieces, then `finish`. Keeps no more than a line."""

    def __init__(self, recording: Recording) -> None:
        self._frames = SavedFrames(Captured(recording), recording, "frames")
        self._parts: list[bytes] = []
        self._size = 0
        self._line = 1

    def feed(self, data: bytes) -> Decoded:
        """The events of the lines that these bytes complete."""
        out = Decoded()
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._add(data[start:end])
            self._complete(out)
            start = end + 1
        self._add(data[start:])
        return out

    def finish(self) -> Decoded:
        """The last line, which may lack its end."""
        out = Decoded()
        if self._size:
            self._complete(out)
        return out

    def _add(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= MAX_LINE:
            self._parts.append(data)
        else:
            self._parts.clear()

    def _complete(self, out: Decoded) -> None:
        line, size, place = b"".join(self._parts), self._size, f"line {self._line}"
        self._parts.clear()
        self._size = 0
        self._line += 1
        if size > MAX_LINE:
            out.bad(place, f"longer than {MAX_LINE >> 20} MiB")
        elif line := line.removeprefix(b"\xef\xbb\xbf").strip():
            self._frames.read(line, place, out)


class SavedFrames:
    """The frames of one file."""

    def __init__(self, captured: Captured, recording: Recording, source: str) -> None:
        self._captured = captured
        self._recording = recording
        self._silences = Silences(source)
        self._source = source
        self._rooms: dict[str, Captured] = {}
        """The captures of rooms that lines name themselves."""

    def read(self, line: bytes, place: str, out: Decoded, url: str = "") -> None:
        """Decodes one frame into `out`."""
        try:
            saved = _saved.decode(line)
        except BAD_JSON as error:
            self._bare(line, place, out, str(error))
            return
        if saved.type == "gap":
            self._gap(saved, line, place, out)
            return
        if saved.data is None and saved.opcode is None:
            self._bare(line, place, out, "it has no data")
            return
        try:
            data = _bytes_of(saved)
            at = _time_of(saved.time, self._recording)
        except DecodeError as error:
            out.bad(place, f"no saved frame: {error}", line)
            return
        if saved.type == "send":
            out.skip("frame that the page sent")
        elif saved.opcode in (_CLOSE, _PING, _PONG):
            out.skip("frame of the socket itself")
        elif at is None:
            out.bad(place, "a frame without a time", line)
        else:
            captured = self._of_room(saved.room)
            decoded = captured.feed(data, at, saved.url or url, answer=saved.type == "answer")
            self._silences.note(decoded)
            out.merge(within(place, decoded))

    def _of_room(self, room: str | None) -> Captured:
        """The capture that a line belongs to: the room of the recording goes before its own."""
        if self._recording.room or not room or len(room) > MAX_NAME:
            return self._captured
        known = self._rooms.get(room)
        if known is None:
            if len(self._rooms) >= MAX_ROOMS:
                return self._captured
            known = Captured(msgspec.structs.replace(self._recording, room=room))
            self._rooms[room] = known
        return known

    def _gap(self, saved: _Saved, line: bytes, place: str, out: Decoded) -> None:
        """What was captured and lost before it could be handed over."""
        room = self._recording.room or (saved.room or "")[:MAX_NAME]
        platform = self._recording.platform or platform_of_url(saved.url or "") or "import"
        since = _time_of(saved.time, self._recording)
        until = _time_of(saved.until, self._recording)
        if not room or since is None or until is None or until < since:
            out.bad(place, "a gap needs a room, and a time that is not behind its until", line)
            return
        out.take(
            Gap(
                id=f"gap-{digest(platform, room, since, until)}",
                platform=platform,
                room=room,
                session=self._recording.session or "",
                at=since,
                from_=since,
                until=until,
                reason=(saved.reason or "frames were captured and lost")[:MAX_REASON],
                source=self._source,
            ),
            place,
            line,
        )

    def _bare(self, line: bytes, place: str, out: Decoded, fault: str) -> None:
        """A message by itself; nobody wrote down when it was captured."""
        message = Fields(loads(line))
        first = next(message.each("events"), Fields(None))
        said = message.millis(*_TIMES) or first.millis("msg_time")
        at = said if said is not None else self._recording.start_ms
        if not message:
            out.bad(place, f"no saved frame: {fault}", line)
        elif at is None:
            out.bad(place, "a message without a time: say --start", line)
        else:
            decoded = self._captured.feed(line, at)
            for event in decoded.events:
                event.seen = None
            out.merge(within(place, decoded))


def within(place: str, decoded: Decoded) -> Decoded:
    """The same, with the place in the file before the place in the frame."""
    for pieces in (decoded.problems, decoded.unknown):
        pieces[:] = [
            Problem(f"{place} {piece.place}", piece.reason, piece.data) for piece in pieces
        ]
    return decoded


def _bytes_of(saved: _Saved) -> bytes:
    data = saved.data or ""
    if saved.opcode == _TEXT:
        return data.encode("utf-8", "replace")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecodeError(f"its data is no base64 ({error})") from error


def _time_of(value: str | int | float | None, recording: Recording) -> int | None:
    if isinstance(value, str):
        try:
            return parse_instant(value, recording.zone)
        except NotAValue:
            return None
    return millis(value)
