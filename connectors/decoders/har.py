"""HAR: what a browser recorded of the pages that someone had open (HTTP Archive 1.2).

Read are the bodies of answers, as text or base64, the markup of pages among them, and Chromium's
`_webSocketMessages`. Headers and
cookies, which hold the person's own login, are not looked at. The document is never held whole.

http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

import base64
import binascii
import re

import msgspec

from connectors.decoders.captured import Captured, platform_of_url
from connectors.decoders.decoded import Decoded, Recording
from connectors.decoders.fields import Fields
from connectors.decoders.frames import SavedFrames, within
from connectors.decoders.inflate import GZIP_MARK, inflate
from connectors.decoders.json_members import EVERY, JsonMembers, Member
from connectors.decoders.jsonvalue import loads
from connectors.decoders.saved_page import page_frame, tell_page, tells_of_goods
from connectors.errors import DecodeError, NotAValue
from connectors.instants import parse_instant

__all__ = ["HarCapture"]

#: Frames that wait for the address of their socket, which Chromium writes behind them, in bytes.
MAX_WAITING = 8 << 20
_ENTRIES = ("log", "entries", EVERY)
_MESSAGES = (*_ENTRIES, "_webSocketMessages", EVERY)
#: Types of answers that hold nothing for us.
_MEDIA = re.compile(r"(?:image|video|audio|font)/|text/css|application/(?:wasm|font)")
_BEGINS_AS_JSON = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:[{\[]|[\w$.]{1,100}\s*\([{\[])")


class HarCapture:
    """One file: `feed` it in pieces, then `finish`."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._captured = Captured(recording)
        self._saved = SavedFrames(self._captured, recording, "har")
        self._members = JsonMembers([_ENTRIES, _MESSAGES])
        self._entry = 1
        self._frame = 0
        self._waiting: list[tuple[str, bytes]] = []
        self._waiting_bytes = 0
        self._long = False
        """More frames than can wait have come in this entry."""

    def feed(self, data: bytes) -> Decoded:
        """The events of the answers and frames that these bytes complete."""
        out = Decoded()
        for member in self._members.feed(data):
            if member.path:
                self._take_frame(member, out)
            else:
                self._take_entry(member, out)
        return out

    def finish(self) -> Decoded:
        """What an archive that was cut off still held."""
        out = Decoded()
        self._frames("", out)
        if self._members.broken:
            out.bad("byte 0", f"no HAR: {self._members.broken}")
        elif self._members.open:
            out.bad(f"entry {self._entry}", "the file is cut off")
        elif self._entry == 1:
            out.bad("byte 0", "no HAR: it has no log.entries")
        return out

    def _take_frame(self, member: Member, out: Decoded) -> None:
        self._frame += 1
        place = f"entry {self._entry} frame {self._frame}"
        if not member.data:
            out.bad(place, "too large to be read")
            return
        self._waiting.append((place, member.data))
        self._waiting_bytes += len(member.data)
        if self._long or self._waiting_bytes > MAX_WAITING:
            # A long recording: its frames tell their platform by themselves.
            self._long = True
            self._frames("", out)

    def _take_entry(self, member: Member, out: Decoded) -> None:
        place = f"entry {self._entry}"
        entry = Fields(loads(member.data))
        url = entry.text("request.url") or ""
        self._frames(url, out)
        if not entry:
            out.bad(place, "too large, or no object", member.data)
        else:
            self._answer(entry, place, url, out)
        self._entry += 1
        self._frame = 0
        self._long = False

    def _frames(self, url: str, out: Decoded) -> None:
        for place, data in self._waiting:
            self._saved.read(data, place, out, url)
        self._waiting.clear()
        self._waiting_bytes = 0

    def _answer(self, entry: Fields, place: str, url: str, out: Decoded) -> None:
        # The frames themselves have been cut out: what is left has another shape.
        frames = entry.get("_webSocketMessages")
        if frames and (not isinstance(frames, list) or any(one is not None for one in frames)):
            out.bad(place, "frames that are no list of objects", repr(frames)[:4_096].encode())
        content = entry.inner("response.content")
        kind = (content.text("mimeType") or "").partition(";")[0].strip().lower()
        text = content.text("text")
        if not text:
            if not self._frame:
                out.skip("answer without a body")
            return
        if _MEDIA.match(kind):
            out.skip(f"answer {kind}")
            return
        body = text.encode("utf-8", "replace")
        if content.get("encoding") == "base64":
            try:
                body = base64.b64decode(body, validate=False)
            except (binascii.Error, ValueError) as error:
                out.bad(place, f"its body is no base64 ({error})", body)
                return
        if body.startswith(GZIP_MARK):
            # Recorded as it was sent.
            try:
                body = inflate(body)
            except DecodeError as error:
                out.bad(place, f"its body: {error.reason}", body)
                return
        is_json = _BEGINS_AS_JSON.match(body) is not None
        if "html" in kind and not is_json:
            self._page(entry, body, kind, place, url, out)
            return
        if not is_json and "protobuf" not in kind and "octet" not in kind:
            out.skip(f"answer {kind}")
            return
        if is_json and "json" in kind and loads(body) is None:
            out.bad(place, "an answer that is no whole JSON", body)
            return
        at = self._taken_at(entry, body, place, out)
        if at is None:
            return
        out.merge(within(place, self._captured.feed(body, at, url, answer=True)))

    def _page(
        self, entry: Fields, body: bytes, kind: str, place: str, url: str, out: Decoded
    ) -> None:
        """A page itself: what its markup tells of goods. Most pages of a capture tell of none."""
        if not tells_of_goods(body):
            out.skip(f"answer {kind}")
        elif (at := self._taken_at(entry, body, place, out)) is not None:
            platform = self._recording.platform or platform_of_url(url) or "import"
            recording = msgspec.structs.replace(self._recording, platform=platform)
            # A HAR holds text as UTF-8, whatever the page was sent in.
            frame = page_frame(body, "text/html; charset=utf-8", url)
            told = tell_page(recording, frame, at)
            if not told.events and not told.problems:
                # A page of many without goods is nothing to remark on.
                told.notes.clear()
            out.merge(within(place, told))

    def _taken_at(self, entry: Fields, body: bytes, place: str, out: Decoded) -> int | None:
        """When an answer is taken to have come; where nobody knows, a problem says so."""
        at = self._answered_at(entry) or self._saved.at
        if at is None:
            out.bad(place, "an answer without a time: say --start", body)
        else:
            self._saved.at = at
        return at

    def _answered_at(self, entry: Fields) -> int | None:
        """When the answer was complete: the start of the request and how long it took."""
        took_ms = entry.get("time")
        try:
            started_at = parse_instant(str(entry.get("startedDateTime")), self._recording.zone)
        except NotAValue:
            return None
        known = isinstance(took_ms, int | float) and 0 < took_ms < 86_400_000
        return started_at + (int(took_ms) if known else 0)
