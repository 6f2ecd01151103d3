"""What is in a body: events of the contract, or what a decoder makes of another program's words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from connectors.decoders.decoded import Problem
from detectors.events import Event, InvalidEvent, decode, encode, room_key
from monitor.pipeline.log import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.decoders.decoded import Decoded
    from connectors.source import FrameDecoder
    from monitor.store.rows import Cause

__all__ = ["NAMED_PER_REQUEST", "Bad", "Parsed", "Rejection", "parse_events", "parse_foreign"]

#: Bad pieces of one request that are named in the answer.
NAMED_PER_REQUEST = 100
#: Those that have a dead letter each; what comes behind shares letters of so many bytes, so that a body
#: of millions of short lines does not become as many rows.
LETTERS_PER_REQUEST, SHARED_BYTES = 10_000, 64 * 2**10
#: Longest reason that is told, characters.
REASON = 500
#: Every event has at least `type`, `id`, `platform`, `room` and `at`: what is shorter is none, bytes.
SHORTEST = len(b'{"type":"","id":"","platform":"","room":"","at":0}')
_any = msgspec.json.Decoder(msgspec.Raw)
_BAD_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)
#: A line from its first character that is not blank.
_LINE = re.compile(rb"\S[^\n]*+")
#: A string of JSON. What has matched is never tried again in another way (`++`, `*+`), so that the
#: time is that of reading once.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
#: A member of an array with what stands before it, unless it holds others: an event mostly does not.
_FLAT = re.compile(
    rb"[\s,]*+(\{(?:[^\"{}\[\]]++|" + _STRING + rb")*+\}|[^\s,\"{}\[\]]++|" + _STRING + rb")",
    re.DOTALL,
)
_BETWEEN = re.compile(rb"[\s,]*+")
#: Strings and brackets: what is needed to find where a member ends that holds others.
_STRUCTURE = re.compile(_STRING + rb"|[\[\]{}]", re.DOTALL)


class Rejection(Struct, frozen=True):
    """A piece that is no event."""

    line: int
    """Its line, blank lines counted too; of an array, its place in it. From 1."""
    reason: str


class Bad(Struct):
    """A piece that is kept as a dead letter, or pieces that share one."""

    reason: str
    data: bytes
    cause: Cause = "invalid"
    kind: str = ""
    times: int = 1
    """How often the same bytes came."""


class _Shared(Struct):
    """Bad pieces that go into one letter, a line each."""

    first: int
    reason: str
    """Of the first."""
    cause: Cause
    data: bytearray
    last: int = 0
    count: int = 0


class Parsed(Struct):
    """A body, taken apart. What it holds beside its events is at most the body once more."""

    events: list[Event] = []
    entries: list[Entry] = []
    rejected: list[Rejection] = []
    """The first pieces that were rejected."""
    rejected_total: int = 0
    bad: dict[bytes, Bad] = {}
    """All pieces that were rejected, by their bytes; `letters` has those, too, that share a letter."""
    oversized: int = 0
    decoded: Decoded | None = None
    """What a decoder said of it, where one was needed; it may hold pieces that nobody knows."""
    frame: bytes = b""
    """The body that a decoder made the events of; empty: the events came as they are."""
    _full: list[Bad] = []
    _shared: _Shared | None = None

    def take(self, event: Event, data: bytes) -> None:
        """Adds an event with its JSON on one line."""
        self.events.append(event)
        self.entries.append(Entry(room_key(event.platform, event.room), event.id, data))

    def reject(self, line: int, reason: str, data: bytes, cause: Cause = "invalid") -> None:
        """Adds a piece that the sender should hear of."""
        self.rejected_total += 1
        if self.rejected_total <= NAMED_PER_REQUEST:
            self.rejected.append(Rejection(line, reason[:REASON]))
        known = self.bad.get(data)
        if known is not None:
            known.times += 1
        elif len(self.bad) < LETTERS_PER_REQUEST:
            self.bad[data] = Bad(reason[:REASON], data, cause)
        else:
            self._share(line, reason[:REASON], data, cause)

    def _share(self, line: int, reason: str, data: bytes, cause: Cause) -> None:
        shared = self._shared
        if shared is not None and (
            shared.cause != cause or len(shared.data) + len(data) >= SHARED_BYTES
        ):
            self._full.append(_together(shared))
            shared = None
        if shared is None:
            shared = self._shared = _Shared(line, reason, cause, bytearray(data))
        else:
            shared.data += b"\n" + data
        shared.last = line
        shared.count += 1

    @property
    def letters(self) -> list[Bad]:
        """What is to be kept as dead letters: every piece that was rejected is in one."""
        rest = [] if self._shared is None else [_together(self._shared)]
        return [*self.bad.values(), *self._full, *rest]


def _together(shared: _Shared) -> Bad:
    reason = shared.reason
    if shared.count > 1:
        reason = f"{shared.count} bad lines, {shared.first} to {shared.last}; the first: {reason}"
    return Bad(reason[:REASON], bytes(shared.data), shared.cause)


def parse_events(body: bytes, max_line_bytes: int, arrived: int) -> Parsed:
    """Events as JSON lines, as a JSON array, or as one JSON object over any number of lines.

    Args:
        arrived: the moment of arrival, ms.
    """
    parsed = Parsed()
    for number, data in _pieces(body.removeprefix(b"\xef\xbb\xbf")):
        if len(data) < SHORTEST and parsed.rejected_total >= NAMED_PER_REQUEST:
            # Some kilobytes of gzip can hold millions of them.
            parsed.reject(number, "too short to be an event", data)
            continue
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
    parsed.decoded, parsed.frame = decoded, body
    for number, problem in enumerate(decoded.problems, 1):
        parsed.reject(number, f"{problem.place}: {problem.reason}", problem.data or body)
    decoded.unknown = [
        piece if piece.data else Problem(piece.place, piece.reason, body)
        for piece in decoded.unknown
    ]
    return parsed


def _pieces(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The JSON values of a body with their numbers, each on one line; one at a time, so that a
    body of short pieces does not become a list that is many times as large."""
    text = body.strip()
    if text.startswith(b"[") and _is_json(text):
        return _members(text)
    if text.startswith(b"{") and b"\n" in text and _is_json(text):
        return iter([(1, _line(text))])
    # Lines of which the first is bad, an array that is cut off, more than one value: lines.
    return _lines(body)


def _is_json(text: bytes) -> bool:
    try:
        _any.decode(text)
    except _BAD_JSON:
        return False
    return True


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers."""
    number, counted = 1, 0
    for found in _LINE.finditer(body):
        number += body.count(b"\n", counted, found.start())
        counted = found.start()
        yield number, found[0].strip()


def _members(text: bytes) -> Iterator[tuple[int, bytes]]:
    """The members of an array that is known to be valid JSON, with their places."""
    place, end, number = 1, len(text) - 1, 0
    while True:
        number += 1
        flat = _FLAT.match(text, place, end)
        if flat is not None:
            place = flat.end()
            yield number, _line(flat[1])
            continue
        between = _BETWEEN.match(text, place, end)
        start = between.end() if between is not None else place
        if start >= end:
            return
        place = _end_of(text, start, end)
        yield number, _line(text[start:place])


def _end_of(text: bytes, start: int, end: int) -> int:
    """Where the object or array ends that begins here."""
    depth = 0
    for found in _STRUCTURE.finditer(text, start, end):
        mark = found[0]
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if not depth:
                return found.end()
    return end


def _line(value: bytes) -> bytes:
    """A JSON value on one line; a recording of the log is read by lines."""
    return msgspec.json.format(value, indent=-1) if b"\n" in value or b"\r" in value else value
