"""`POST /api/v1/events`: JSON lines in, 202 when they are durable.

A bad line costs that line only: it is reported with its number and kept as a dead letter. The
answer comes after the commit; a sender that got none sends again, and nothing is counted twice.
When the worker lags or the disk is short, senders are asked to come back later: what is refused
is not lost, what is taken in without end would be.
"""

from __future__ import annotations

import asyncio
import hmac
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog
from aiohttp import web
from msgspec import Struct

from detectors.events import Event, InvalidEvent, decode
from monitor.desk.problems import problem
from monitor.errors import Overloaded
from monitor.pipeline.log import Entry
from monitor.store.rows import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from monitor.config import Ingest as IngestConfig
    from monitor.metrics import Metrics
    from monitor.pipeline.log import Appended

__all__ = ["Appender", "Gate", "IngestApi", "LetterBox", "Rejection", "parse_lines"]

log = structlog.get_logger(__name__)

PATH = "/api/v1/events"
#: The `source` of events that come this way.
SOURCE = "http"
#: Bodies larger than this are taken apart in a thread, so that other requests go on, bytes.
INLINE_BYTES = 128 * 2**10
#: Bad lines of one request that are kept with their bytes.
LETTERS_PER_REQUEST = 100
#: Events of one write.
SLICE = 2_000
CHUNK_BYTES = 64 * 2**10


class Appender(Protocol):
    """Where events go; a log."""

    def append(self, entries: Sequence[Entry], *, source: str, now: int) -> Future[Appended]:
        """Appends in the order given; the future is done when the entries are durable."""
        ...


class LetterBox(Protocol):
    """Where lines go that are no events."""

    def bury(self, letters: list[DeadLetter]) -> Future[None]:
        """Keeps letters; the future is done when they are durable."""
        ...


class Gate(Protocol):
    """Says whether more can be taken."""

    def check(self) -> None:
        """Passes, or raises `Overloaded`."""
        ...


class Rejection(Struct, frozen=True):
    """A line that is no event."""

    line: int
    """Counted from 1, blank lines too."""
    reason: str


class Answer(Struct, frozen=True):
    """What the sender hears."""

    accepted: int
    rejected: list[Rejection]


class Parsed(Struct):
    """The lines of a body, taken apart."""

    events: list[Event]
    entries: list[Entry]
    rejected: list[Rejection]
    bad: list[bytes]
    """Bytes of the first rejected lines."""
    oversized: int = 0


class TooLarge(Exception):
    """The body is longer than is taken."""


class Undecodable(Exception):
    """The body is not what its encoding says."""


class IngestApi:
    """The route and what it needs."""

    def __init__(
        self,
        events: Appender,
        store: LetterBox,
        admission: Gate,
        metrics: Metrics,
        settings: IngestConfig,
        *,
        token: str,
        clock: Callable[[], int],
    ) -> None:
        self._log = events
        self._store = store
        self._admission = admission
        self._metrics = metrics
        self._settings = settings
        self._token = token.encode()
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        """Adds the route."""
        app.router.add_post(PATH, self.post)

    async def post(self, request: web.Request) -> web.Response:
        """Takes a body of JSON lines."""
        if not self._authorised(request):
            answer = problem(401, "unauthorised", "the request needs the bearer token of ingestion")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="livewatch"'
            return answer
        try:
            self._admission.check()
        except Overloaded as error:
            return _later(error)
        try:
            body = await _body(request, self._settings.max_body_bytes)
        except TooLarge:
            self._metrics.count_rejected(SOURCE, "too_large")
            limit = self._settings.max_body_bytes
            return problem(413, "too-large", f"at most {limit} bytes a request; send it in parts")
        except Undecodable as error:
            return problem(400, "undecodable", str(error))
        except web.HTTPUnsupportedMediaType as error:
            return problem(415, "unsupported-encoding", error.reason)
        if len(body) > INLINE_BYTES:
            parsed = await asyncio.to_thread(parse_lines, body, self._settings.max_line_bytes)
        else:
            parsed = parse_lines(body, self._settings.max_line_bytes)
        return await self._store_parsed(parsed)

    async def _store_parsed(self, parsed: Parsed) -> web.Response:
        now = self._clock()
        try:
            if parsed.rejected:
                await asyncio.wrap_future(self._store.bury(_letters(parsed, now)))
            if parsed.entries:
                duplicates = await self._append(parsed.entries, now)
                self._metrics.count_rejected(SOURCE, "duplicate", duplicates)
        except Exception:
            # Whatever it was, the sender must keep its events.
            log.exception("append_failed", events=len(parsed.entries))
            return _later(Overloaded("the events could not be written", 5))
        self._count(parsed, now)
        answer = Answer(len(parsed.entries), parsed.rejected)
        return web.Response(
            status=202,
            body=msgspec.json.encode(answer),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def _append(self, entries: list[Entry], now: int) -> int:
        """Appends in slices, so that what others want to write goes in between."""
        appending = [
            self._log.append(entries[start : start + SLICE], source=SOURCE, now=now)
            for start in range(0, len(entries), SLICE)
        ]
        appended = await asyncio.gather(*map(asyncio.wrap_future, appending))
        return sum(part.duplicates for part in appended)

    def _count(self, parsed: Parsed, now: int) -> None:
        types = Counter(event.__struct_config__.tag for event in parsed.events)
        self._metrics.count_ingested(SOURCE, {str(tag): count for tag, count in types.items()})
        self._metrics.count_rejected(SOURCE, "too_large", parsed.oversized)
        self._metrics.count_rejected(SOURCE, "schema", len(parsed.rejected) - parsed.oversized)
        if parsed.events:
            # One observation a request: the oldest event is the one that waited longest.
            oldest = min(
                event.seen if event.seen is not None else event.at for event in parsed.events
            )
            self._metrics.observe_delay("ingest", oldest, now)

    def _authorised(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        sent = given.strip().encode("utf-8", "surrogateescape")
        return hmac.compare_digest(sent, self._token) and scheme.lower() == "bearer"


def parse_lines(body: bytes, max_line_bytes: int) -> Parsed:
    """Decodes each line of a body; blank lines are passed over."""
    parsed = Parsed([], [], [], [])
    lines = body.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for number, line in enumerate(lines, 1):
        data = line.strip()
        if not data:
            continue
        if len(data) > max_line_bytes:
            parsed.oversized += 1
            _reject(parsed, number, f"the line is longer than {max_line_bytes} bytes", data)
            continue
        try:
            event = decode(data)
        except InvalidEvent as error:
            _reject(parsed, number, str(error), data)
            continue
        parsed.events.append(event)
        parsed.entries.append(Entry(f"{event.platform}:{event.room}", event.id, data))
    return parsed


def _reject(parsed: Parsed, number: int, reason: str, data: bytes) -> None:
    parsed.rejected.append(Rejection(number, reason))
    if len(parsed.bad) < LETTERS_PER_REQUEST:
        parsed.bad.append(data)


def _letters(parsed: Parsed, now: int) -> list[DeadLetter]:
    return [
        DeadLetter(
            stage="ingest",
            source=SOURCE,
            reason=rejection.reason,
            data=data,
            first_at=now,
            last_at=now,
        )
        for rejection, data in zip(parsed.rejected, parsed.bad, strict=False)
    ]


async def _body(request: web.Request, limit: int) -> bytes:
    """The body, unpacked, never more than `limit` bytes of it in memory."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise web.HTTPUnsupportedMediaType(reason="Content-Encoding is gzip or nothing")
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge
    unpack = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    body = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK_BYTES):
        if unpack is None:
            body += chunk
        else:
            try:
                # One byte more than fits, so that "exactly the limit" and "more" can be told apart.
                body += unpack.decompress(chunk, limit - len(body) + 1)
            except zlib.error as error:
                raise Undecodable(f"the body is no gzip: {error}") from error
            if unpack.unconsumed_tail:
                raise TooLarge
        if len(body) > limit:
            raise TooLarge
    if unpack is not None and not unpack.eof:
        raise Undecodable("the gzip body is cut off")
    if unpack is not None and unpack.unused_data:
        raise Undecodable("there is something behind the gzip body")
    return bytes(body)


def _later(error: Overloaded) -> web.Response:
    answer = problem(429, "come-back-later", str(error))
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer
