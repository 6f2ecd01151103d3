"""Saved frames of a websocket, one JSON object a line, or a list of such objects.

    {"time": 1788262200123, "type": "receive", "opcode": 2, "data": "CAES…", "url": "wss://…"}

Also taken are messages without such a wrapping, as relays and recorders of commands write them
(wxlivespy, douyinLive, Bilibili's `{"cmd": …}`); their time is what they say, else `--start`.

`time` in seconds or milliseconds since the epoch, or as ISO text, else as at that of the frame
before; `opcode` 1 has text in `data`, 2 has base64, none either; `type` `send` marks what the page itself sent, which is passed over, and
`answer` what the page was answered over HTTP; `url` may be missing. `room` names the room of this
line where the person who brings the recording named none. A line of `type` `gap` says that the
frames from `time` to `until` were captured and lost; it needs a `room`.
Chromium writes the same object into `_webSocketMessages` of a HAR; the messages of its protocol
for developers (`Network.webSocketFrameReceived`) are taken, too.
"""

from __future__ import annotations

import codecs
from typing import Literal

import msgspec

from connectors.decoders.captured import Captured, platform_of_url
from connectors.decoders.decoded import Decoded, Problem, Recording, digest
from connectors.decoders.fields import Fields, millis
from connectors.decoders.json_members import EVERY, JsonMembers
from connectors.decoders.jsonvalue import loads
from connectors.decoders.saved_frame import SavedFrame, is_bytes, read_saved
from connectors.decoders.silence import Silences
from connectors.decoders.whole import BAD_JSON
from connectors.errors import DecodeError, NotAValue
from connectors.instants import parse_instant
from detectors.events import Gap

__all__ = ["FramesJsonl", "SavedFrames", "within"]

#: Longest line, in bytes: a frame of several megabytes in base64.
MAX_LINE = 32 << 20
#: So much of the beginning says whether it is a list, in bytes.
MAX_HEAD = 4 << 10
#: Where messages say when they were sent.
_TIMES = ("time", "timestamp", "send_time", "eventTime", "common.createTime", "data.timestamp")
_CLOSE, _PING, _PONG = 8, 9, 10
#: Rooms of one file that have a capture of their own.
MAX_ROOMS = 1_000
#: Longest name of a room and longest reason that a line may give, in characters.
MAX_NAME, MAX_REASON = 256, 200
NO_TIME = "a message without a time: say --start"
#: Messages without a time that wait for the first one that says when it was sent.
MAX_UNTIMED = 100


class FramesJsonl:
    """One file, lines, objects spread over lines or one list of objects: `feed` it in pieces, then `finish`. Keeps no more
    than a frame."""

    def __init__(self, recording: Recording) -> None:
        self._frames = SavedFrames(Captured(recording), recording, "frames")
        self._head: bytes | None = b""
        """What came before it was clear which of the two it is."""
        self._members: JsonMembers | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._number = 1

    def feed(self, data: bytes) -> Decoded:
        """The events of the frames that these bytes complete."""
        out = Decoded()
        if self._head is not None:
            data = self._head + data
            shape = _shape(data)
            if shape is None and len(data) < MAX_HEAD:
                self._head = data
                return out
            self._head = None
            if shape in _MEMBERS:
                self._members = JsonMembers([_MEMBERS[shape]])
        if self._members is not None:
            self._take_members(data, self._members, out)
        else:
            self._take_lines(data, out)
        return out

    def finish(self) -> Decoded:
        """The last line, which may lack its end."""
        out = Decoded()
        if self._head is not None:
            self._take_lines(self._head, out)
        if self._members is not None and (self._members.open or self._members.broken):
            fault = self._members.broken or "the file is cut off"
            out.bad(f"frame {self._number}", fault)
        if self._size:
            self._complete(out)
        self._frames.finish(out)
        return out

    def _take_members(self, data: bytes, members: JsonMembers, out: Decoded) -> None:
        for member in members.feed(data):
            place = f"frame {self._number}"
            self._number += 1
            if member.data:
                self._frames.read(member.data, place, out)
            else:
                out.bad(place, "too large to be read")

    def _take_lines(self, data: bytes, out: Decoded) -> None:
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._add(data[start:end])
            self._complete(out)
            start = end + 1
        self._add(data[start:])

    def _add(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= MAX_LINE:
            self._parts.append(data)
        else:
            self._parts.clear()

    def _complete(self, out: Decoded) -> None:
        line, size, place = b"".join(self._parts), self._size, f"line {self._number}"
        self._parts.clear()
        self._size = 0
        self._number += 1
        if size > MAX_LINE:
            out.bad(place, f"longer than {MAX_LINE >> 20} MiB")
        elif line := line.removeprefix(codecs.BOM_UTF8).strip():
            self._frames.read(line, place, out)


class SavedFrames:
    """The frames of one file."""

    def __init__(self, captured: Captured, recording: Recording, source: str) -> None:
        self._captured = captured
        self._recording = recording
        self._silences = Silences(source)
        self._source = source
        self.at = recording.start_ms
        """When the latest frame that says so came."""
        self._rooms: dict[str, Captured] = {}
        """The captures of rooms that lines name themselves."""
        self._untimed: list[tuple[str, bytes]] = []
        """Messages of a relay about itself at the beginning, with their places."""

    def read(self, line: bytes, place: str, out: Decoded, url: str = "") -> None:
        """Decodes one frame into `out`."""
        try:
            saved = read_saved(line)
        except BAD_JSON as error:
            self._bare(line, place, out, str(error))
            return
        if saved.type == "gap":
            self._gap(saved, line, place, out)
            return
        if saved.opcode is None and not isinstance(saved.data, str) and not is_bytes(saved.data):
            self._bare(line, place, out, "it has no data")
            return
        if saved.type == "send":
            out.skip("frame that the page sent")
            return
        if saved.kind() in (_CLOSE, _PING, _PONG) or (saved.kind() or 0) < 0:
            # Browsers write an error of the socket as a frame of its own.
            out.skip("frame of the socket itself")
            return
        at = _time_of(saved.time, self._recording)
        if at is None and self.at is not None:
            at = self.at
            out.skip("frame without a time: taken as at that of the one before it")
        if at is None:
            out.bad(place, "a frame without a time: say --start", line)
            return
        self.at = at
        try:
            data = saved.body()
        except DecodeError as error:
            out.bad(place, f"no saved frame: {error}", line)
            return
        captured = self._of_room(saved.text("room"))
        decoded = captured.feed(data, at, saved.text("url") or url, answer=saved.type == "answer")
        self._silences.note(decoded)
        out.merge(within(place, decoded))

    def _of_room(self, room: str) -> Captured:
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

    def _gap(self, saved: SavedFrame, line: bytes, place: str, out: Decoded) -> None:
        """What was captured and lost before it could be handed over."""
        room = self._recording.room or saved.text("room")[:MAX_NAME]
        platform = self._recording.platform or platform_of_url(saved.text("url")) or "import"
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
                reason=(saved.text("reason") or "frames were captured and lost")[:MAX_REASON],
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
        at = said if said is not None else self.at
        if not message and not _is_list(line):
            out.bad(place, f"no saved frame: {fault}", line)
        elif at is None:
            if len(self._untimed) < MAX_UNTIMED:
                self._untimed.append((place, line))
            else:
                out.bad(place, NO_TIME, line)
        else:
            self.at = at
            for earlier, untimed in self._untimed:
                self._message(untimed, earlier, at, out)
            self._untimed.clear()
            self._message(line, place, at, out)

    def _message(self, line: bytes, place: str, at: int, out: Decoded) -> None:
        decoded = self._captured.feed(line, at)
        for event in decoded.events:
            event.seen = None
        out.merge(within(place, decoded))

    def finish(self, out: Decoded) -> None:
        """Tells of messages behind which no other said when it was sent."""
        for place, line in self._untimed:
            out.bad(place, NO_TIME, line)
        self._untimed.clear()


def _is_list(line: bytes) -> bool:
    """Is this a list of messages, as some relays send them."""
    return line.startswith(b"[") and bool(loads(line))


#: Where the objects stand, by the shape of a file.
_MEMBERS: dict[str | None, tuple[str, ...]] = {"list": (EVERY,), "spread": ()}


def _shape(head: bytes) -> Literal["lines", "list", "spread"] | None:
    """How a file begins; ``None``: nobody knows yet."""
    if codecs.BOM_UTF8.startswith(head):
        return None
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    first, inside = text[:1], text[1:].lstrip()
    if first == b"[" or text[:2] in (b"{\n", b"{\r", b"{"):
        if not inside:
            return None
        # A line that was cut off behind its first bracket is followed by one that opens another.
        if first == b"[":
            return "list" if inside.startswith(b"{") else "lines"
        return "spread" if inside.startswith(b'"') else "lines"
    return "lines" if text else None


def within(place: str, decoded: Decoded) -> Decoded:
    """The same, with the place in the file before the place in the frame."""
    for pieces in (decoded.problems, decoded.unknown):
        pieces[:] = [
            Problem(f"{place} {piece.place}", piece.reason, piece.data) for piece in pieces
        ]
    return decoded


def _time_of(value: object, recording: Recording) -> int | None:
    if isinstance(value, str):
        try:
            return parse_instant(value, recording.zone)
        except NotAValue:
            return None
    return millis(value)
