"""What is in a body: events of the contract, or what a decoder makes of another program's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from connectors.decoders.decoded import Problem
from detectors.events import Event, InvalidEvent, decode, encode, room_key
from monitor.pipeline.log import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.decoders.decoded import Decoded
    from connectors.source import FrameDecoder
    from monitor.store.rows import Cause

__all__ = ["LETTERS_PER_REQUEST", "Bad", "Parsed", "Rejection", "parse_events", "parse_foreign"]

#: Bad pieces of one request that are kept with their bytes.
LETTERS_PER_REQUEST = 100
_list = msgspec.json.Decoder(list[msgspec.Raw])
_any = msgspec.json.Decoder(msgspec.Raw)
_BAD_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)


class Rejection(Struct, frozen=True):
    """A piece that is no event."""

    line: int
    """Its line, blank lines counted too; of an array, its place in it. From 1."""
    reason: str


class Bad(Struct, frozen=True):
    """A piece that is kept as a dead letter."""

    reason: str
    data: bytes
    cause: Cause = "invalid"
    kind: str = ""


class Parsed(Struct):
    """A body, taken apart."""

    events: list[Event] = []
    entries: list[Entry] = []
    rejected: list[Rejection] = []
    bad: list[Bad] = []
    """The first pieces that were rejected."""
    oversized: int = 0
    decoded: Decoded | None = None
    """What a decoder said of it, where one was needed; it may hold pieces that nobody knows."""

    def take(self, event: Event, data: bytes) -> None:
        """Adds an event with its JSON on one line."""
        self.events.append(event)
        self.entries.append(Entry(room_key(event.platform, event.room), event.id, data))

    def reject(self, line: int, reason: str, data: bytes, cause: Cause = "invalid") -> None:
        """Adds a piece that the sender should hear of."""
        self.rejected.append(Rejection(line, reason))
        if len(self.bad) < LETTERS_PER_REQUEST:
            self.bad.append(Bad(reason, data, cause))


def parse_events(body: bytes, max_line_bytes: int, arrived: int) -> Parsed:
    """Events as JSON lines, as a JSON array, or as one JSON object over any number of lines.

    Args:
        arrived: the moment of arrival, ms.
    """
    parsed = Parsed()
    for number, data in _pieces(body.removeprefix(b"\xef\xbb\xbf")):
        if len(data) > max_line_bytes:
            parsed.oversized += 1
            parsed.reject(
                number, f"the line is longer than {max_line_bytes} bytes", data, "too_large"
            )
            continue
        try:
            parsed.take(decode(data, arrived), data)
        except InvalidEvent as error:
            parsed.reject(number, str(error), data)
    return parsed


def parse_foreign(body: bytes, decoder: FrameDecoder, received_at: int) -> Parsed:
    """What a decoder makes of a body. Its problems are told to the sender, what it does not know
    is only kept: it may be right, and of a newer version."""
    parsed = Parsed()
    try:
        decoded = decoder.feed(body, received_at)
        for event in decoded.events:
            data = encode(event)
            # Structs check nothing when they are made.
            parsed.take(decode(data, received_at), data)
    except Exception as error:  # noqa: BLE001  a stranger's decoder; the sender must not lose the rest
        parsed.reject(1, f"the decoder failed: {type(error).__name__}: {error}", body, "decoder")
        return parsed
    parsed.decoded = decoded
    for number, problem in enumerate(decoded.problems, 1):
        parsed.reject(number, f"{problem.place}: {problem.reason}", problem.data or body)
    decoded.unknown = [
        piece if piece.data else Problem(piece.place, piece.reason, body)
        for piece in decoded.unknown
    ]
    return parsed


def _pieces(body: bytes) -> Iterable[tuple[int, bytes]]:
    """The JSON values of a body with their numbers, each on one line."""
    text = body.strip()
    if text.startswith(b"["):
        try:
            return [
                (number, _line(bytes(item))) for number, item in enumerate(_list.decode(text), 1)
            ]
        except _BAD_JSON:
            pass  # lines of which the first is bad, or an array that is cut off
    if text.startswith(b"{") and b"\n" in text:
        try:
            return [(1, _line(bytes(_any.decode(text))))]
        except _BAD_JSON:
            pass  # more than one value: lines
    lines = ((number, line.strip()) for number, line in enumerate(body.split(b"\n"), 1))
    return ((number, line) for number, line in lines if line)


def _line(value: bytes) -> bytes:
    """A JSON value on one line; a recording of the log is read by lines."""
    return msgspec.json.format(value, indent=-1) if b"\n" in value or b"\r" in value else value
