"""Danmaku XML of 录播姬 (BililiveRecorder), of biliup and of Bilibili's own site.

``<i>`` holds ``<BililiveRecorderRecordInfo roomid name title start_time>``, then an element an
item: ``<d p="second,mode,size,colour,sent,pool,uid,row" user raw>`` is a chat line, ``<sc>`` (in
biliup ``<s>``) a paid one; ``<gift>``, ``<guard>`` and ``<o>`` have no place in the contract and
are counted. A crash of the recorder leaves no closing tag, or half an item.

The parser reads in any cut. After a broken item it goes on at the next one. A document type,
and so any entity of the file's own, is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.parsers import expat  # the document type is refused below, before any entity exists

from connectors.decoders.danmaku import DanmakuItem
from connectors.decoders.decoded import Decoded, Occurrences, Recording, Role, chat_text, sha256
from connectors.errors import NotAValue, Refused
from connectors.instants import parse_instant
from detectors.events import EARLIEST_MS, Chat, Session

__all__ = ["BililiveXml"]

#: Longest single item, in bytes.
MAX_ITEM = 1 << 20
MAX_DEPTH = 16
_ITEM = re.compile(rb"<(?:d|sc|s|gift|guard|o|BililiveRecorderRecordInfo)[\s>]")
#: Longer than the longest opening that `_ITEM` matches.
_OPENING = 32
_NO_MORE_ELEMENTS = expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]
_CHAT = frozenset({"d", "sc", "s"})
#: Items without a place in the contract: money for the host, and notices.
_NOT_OURS = frozenset({"gift", "guard", "toast", "o"})
#: What stands above the items.
_HEAD = frozenset(
    {"chatserver", "chatid", "mission", "maxlimit", "state", "real_name", "source", "maxCount",
     "BililiveRecorder", "BililiveRecorderXmlStyle", "metadata"}
)  # fmt: skip


class BililiveXml:
    """One file: `feed` it in pieces, then `finish`."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._occurrences = Occurrences()
        self._out = Decoded()
        self._room = recording.room
        self._session = recording.session or ""
        self._host = recording.host
        self._start_ms = recording.start_ms
        self._buffer = bytearray()
        """Bytes from the item that is being read on."""
        self._offset = 0
        """Place of the buffer in the file."""
        self._lost = False
        """Looking for the next item after a broken one."""
        self._refused = False
        self._open_parser(prefix=b"")

    # Reading ------------------------------------------------------------------------------

    def feed(self, data: bytes) -> Decoded:
        """The events that these bytes complete."""
        if self._refused:
            return Decoded()
        self._buffer += data
        self._read(data)
        return self._hand_out()

    def finish(self) -> Decoded:
        """What is known once the file has ended."""
        if self._refused or self._lost:
            return self._hand_out()
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            # A crash of the recorder: what was half written is lost, and said to be.
            between_items = error.code == _NO_MORE_ELEMENTS and self._depth == 1
            if between_items:
                self._out.notes.append(
                    "the file has no end tag: the recorder stopped without closing it"
                )
            elif self._depth:
                rest = bytes(self._buffer[self._item_start() - self._offset :])
                self._out.bad(
                    f"byte {self._item_start()}", "the file is cut off inside an item", rest
                )
            else:
                self._out.bad("byte 0", "no XML", bytes(self._buffer))
        except Refused as error:
            self._refuse(error)
        return self._hand_out()

    def _hand_out(self) -> Decoded:
        out, self._out = self._out, Decoded()
        return out

    def _open_parser(self, prefix: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        self._parser = parser
        self._depth = 0
        self._name = ""
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []
        self._item_at = 0
        """Place of the current item in the file."""
        self._done_at = self._offset
        """Place behind the last complete item."""
        #: Place in the file of the parser's byte 0.
        self._zero = self._offset - len(prefix)
        if prefix:
            parser.Parse(prefix, False)

    def _read(self, data: bytes) -> None:
        """Parses on; after a broken item, from the next one."""
        while True:
            if self._lost:
                found = _ITEM.search(self._buffer)
                if found is None:
                    self._drop(max(0, len(self._buffer) - _OPENING))
                    return
                self._drop(found.start())
                self._lost = False
                self._open_parser(prefix=b"<i>")
                data = bytes(self._buffer)
            try:
                self._parser.Parse(data, False)
            except expat.ExpatError as error:
                broken_at = self._zero + self._parser.ErrorByteIndex
                self._break(broken_at, expat.ErrorString(error.code))
            except Refused as error:
                self._refuse(error)
                return
            except (ValueError, LookupError) as error:
                self._refuse(Refused(f"an encoding that is not UTF-8: {error}"))
                return
            else:
                self._forget()
                if len(self._buffer) <= MAX_ITEM:
                    return
                self._break(self._offset, f"an item of more than {MAX_ITEM} bytes")

    def _break(self, broken_at: int, reason: str) -> None:
        # Stray bytes between two items break no item.
        start = min(self._item_start(), broken_at)
        self._out.bad(
            f"byte {broken_at}",
            reason,
            bytes(self._buffer[start - self._offset : broken_at - self._offset]),
        )
        # Behind the opening of the broken item, so that each turn makes way.
        self._drop(start + 1 - self._offset)
        self._lost = True

    def _item_start(self) -> int:
        """Where the current item begins, or the first piece behind the last complete one."""
        if self._depth > 1:
            return self._item_at
        found = self._buffer.find(b"<", max(0, self._done_at - self._offset))
        return self._offset + (found if found >= 0 else len(self._buffer))

    def _refuse(self, error: Refused) -> None:
        self._refused = True
        self._out.bad(f"byte {self._zero + max(0, self._parser.CurrentByteIndex)}", error.reason)
        self._buffer.clear()

    def _forget(self) -> None:
        """Drops what lies before the current item."""
        self._drop((self._item_at if self._depth > 1 else self._done_at) - self._offset)

    def _drop(self, count: int) -> None:
        if count > 0:
            count = min(count, len(self._buffer))
            del self._buffer[:count]
            self._offset += count

    # Elements -----------------------------------------------------------------------------

    def _doctype(self, *_: object) -> None:
        raise Refused("a document type or entity in a danmaku file")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refused(f"elements nested deeper than {MAX_DEPTH}")
        if self._depth == 1:
            self._done_at = self._zero + self._parser.CurrentByteIndex
        elif self._depth == 2:
            self._name, self._attributes, self._text = name, attributes, []
            self._item_at = self._zero + self._parser.CurrentByteIndex

    def _characters(self, text: str) -> None:
        if self._depth == 2 and self._name in _CHAT:
            self._text.append(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth != 1:
            return
        ends_at = self._zero + self._parser.CurrentByteIndex - self._offset
        if self._buffer.startswith(b"</" + name.encode(), ends_at):
            ends_at = self._buffer.find(b">", ends_at) + 1
        # else the item closed itself, and the parser stands behind it
        data = bytes(self._buffer[self._item_at - self._offset : ends_at])
        self._done_at = self._offset + ends_at
        place = f"byte {self._item_at}"
        if name == "BililiveRecorderRecordInfo":
            self._record_info(place, data)
        elif name in _CHAT:
            self._chat(name, place, data)
        elif name in _NOT_OURS:
            self._out.skip(name)
        elif name not in _HEAD:
            self._out.strange(place, f"element {name}", data)

    def _record_info(self, place: str, data: bytes) -> None:
        attributes = self._attributes
        self._room = self._recording.room or attributes.get("roomid", "")
        self._host = self._recording.host or attributes.get("name")
        started = attributes.get("start_time")
        if started:
            try:
                self._start_ms = parse_instant(started, self._recording.zone)
            except NotAValue as error:
                self._out.bad(place, error.reason, data)
        if self._start_ms is None:
            return
        if self._recording.session is None:
            moment = datetime.fromtimestamp(self._start_ms / 1_000, UTC).astimezone(
                self._recording.zone
            )
            self._session = f"{self._room}-{moment:%Y%m%dT%H%M%S}"
        self._out.take(
            Session(
                id=self._occurrences.id(
                    "live", self._session, self._start_ms, attributes.get("title")
                ),
                platform=self._recording.platform,
                room=self._room,
                session=self._session,
                at=self._start_ms,
                raw=sha256(data),
                phase="started",
                title=attributes.get("title"),
                host=self._host,
            ),
            place,
            data,
        )

    def _chat(self, name: str, place: str, data: bytes) -> None:
        if not self._room:
            raise Refused("the file does not name its room: say --room")
        item = DanmakuItem.read(name, self._attributes, "".join(self._text))
        at = item.sent_ms
        seen = None
        if item.second is not None and self._start_ms is not None:
            seen = self._start_ms + round(item.second * 1_000)
            at = at or seen
        if at is None:
            self._out.bad(
                place, "no time: neither sent nor the start of the recording is known", data
            )
            return
        role: Role = "host" if item.user and item.user == self._host else "viewer"
        account = item.account
        self._out.take(
            Chat(
                id=item.id or self._occurrences.id("d", at, account, item.text),
                platform=self._recording.platform,
                room=self._room,
                session=self._session,
                at=at,
                # On the main site the place in the video says nothing of when a line was sent.
                seen=seen if seen is not None and seen >= EARLIEST_MS and seen > at else None,
                raw=sha256(data),
                user=self._recording.account(account) if account else None,
                # A moderator (房管) may be a fan or an employee: unknown, not the seller's side.
                role=None if item.moderator else role,
                text=chat_text(item.text, role),
            ),
            place,
            data,
        )
