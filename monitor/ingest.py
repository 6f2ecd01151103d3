"""`POST /api/v1/events`: JSON lines in, 202 when they are durable; and the same by webhook.

A bad line costs that line only: it is reported with its number and kept as a dead letter. The
answer comes after the commit; a sender that got none sends again, and nothing is counted twice.
When the worker lags or the disk is short, senders are asked to come back later: what is refused
is not lost, what is taken in without end would be.

`POST /api/v1/events/NAME` takes what a sender of the configuration signed, `…/NAME/SECRET` what one
posts who cannot sign; a decoder may make events of it. No secret is ever logged.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import Counter
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from connectors.logger import logger
from monitor.archive.frames import frame_of
from monitor.bodies import (
    Pool,
    TooLarge,
    TooSlow,
    Undecodable,
    encoding_of,
    read_body,
    unpack,
)
from monitor.errors import Overloaded
from monitor.intake import Intake
from monitor.parsing import Bad, Parsed, Rejection, parse_events, parse_foreign
from monitor.problems import problem
from monitor.seldom import Seldom
from monitor.senders import OTHERS, Deliveries, NotAllowed
from monitor.store.rows import DeadLetter
from monitor.tracing.context import HEADER
from monitor.tracing.spans import received, step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from connectors.signatures import Signed
    from monitor.archive.frames import FrameKeeper
    from monitor.config import Ingest as IngestConfig
    from monitor.metrics import Metrics
    from monitor.pipeline.log import Appended, Entry
    from monitor.senders import Sender

__all__ = ["Appender", "Gate", "IngestApi", "LetterBox"]

log = logger()

PATH = "/api/v1/events"
#: Why something that was sent is not stored, as it is counted.
REJECTIONS = ("schema", "too_large", "duplicate", "replayed", "unauthorised")
#: Bodies larger than this are taken apart in a thread, so that other requests go on, bytes.
INLINE_BYTES = 128 * 2**10
#: Events of one write.
SLICE = 2_000
#: Bodies larger than `INLINE_BYTES` that are unpacked and stored at once: each needs several times
#: its size in memory.
LARGE_AT_ONCE = 2
#: Those that may wait for their turn; the senders of more are asked to come back later.
LARGE_WAITING = 16
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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


class Answer(Struct, frozen=True, omit_defaults=True):
    """What the sender hears."""

    accepted: int
    rejected: list[Rejection]
    """The first hundred."""
    rejected_total: int = 0
    """How many there are, where they are more than those."""


class IngestApi:
    """The routes and what they need."""

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
        senders: Mapping[str, Sender] | None = None,
        patience_s: float = 20.0,
        frames: FrameKeeper | None = None,
    ) -> None:
        """
        Args:
            frames: keeps the bodies that decoders make events of; ``None``: nobody wants them.
            patience_s: how long the body of a request may take, and more the longer it is.
        """
        self._frames = frames
        self._log = events
        self._store = store
        self._admission = admission
        self._metrics = metrics
        self._settings = settings
        self._token = token.encode()
        self._clock = clock
        # As they are, and not a copy: they follow the configuration.
        self._senders = senders if senders is not None else {}
        for name in (OTHERS, *self._senders):
            metrics.intakes[name] = Intake(name, occasional=name == OTHERS)
            for reason in REJECTIONS:
                metrics.count_rejected(name, reason, 0)
        self._deliveries = Deliveries()
        self._refusals = Seldom(clock)
        self._pool = Pool(max(settings.max_bodies_bytes, settings.max_body_bytes))
        self._taking_apart = asyncio.Semaphore(LARGE_AT_ONCE)
        self._large = 0
        self._patience_s = patience_s

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_post(PATH, self.post)
        app.router.add_post(PATH + "/{sender}", self.post_from)
        app.router.add_post(PATH + "/{sender}/{secret}", self.post_from)

    async def post(self, request: web.Request) -> web.Response:
        """Takes events from whoever has the token."""
        if not self._authorised(request):
            self._refuse(OTHERS, "the bearer token is not that of ingestion, or there is none")
            answer = _unauthorised("the request needs the bearer token of ingestion")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="livewatch"'
            return answer
        return await self._take(request, None, None)

    async def post_from(self, request: web.Request) -> web.Response:
        """Takes a webhook."""
        # One answer for a sender that is not known and for one who is not himself.
        refusal = _unauthorised("the request does not show that it comes from this sender")
        sender = self._senders.get(request.match_info["sender"])
        if sender is None:
            self._refuse(OTHERS, "no sender has this name")
            return refusal
        try:
            headers = sender.admit(request, request.match_info.get("secret"), self._clock() / 1_000)
        except NotAllowed as error:
            self._refuse(sender.name, str(error))
            return refusal
        return await self._take(request, sender, headers)

    async def _take(
        self, request: web.Request, sender: Sender | None, headers: Signed | None
    ) -> web.Response:
        source = sender.name if sender is not None else OTHERS
        with received(source, request.headers.get(HEADER)):
            return await self._take_in(request, sender, headers, source)

    async def _take_in(
        self, request: web.Request, sender: Sender | None, headers: Signed | None, source: str
    ) -> web.Response:
        limit = self._settings.max_body_bytes
        try:
            self._admission.check()
            encoding = encoding_of(request)
            with self._pool.returning() as share:
                sent = await read_body(request, limit, self._patience_s, share)
                digest = hashlib.sha256(sent).digest() if headers is not None else b""
                if sender is not None and headers is not None:
                    # Nothing is unpacked or parsed before it is known who sent it.
                    if not await _aside(sent, sender.verify, headers, sent):
                        self._refuse(sender.name, "no signature is right")
                        return _unauthorised(
                            "the request does not show that it comes from this sender"
                        )
                    known = self._deliveries.find(source, headers.id, digest, self._clock() / 1_000)
                    if known is not None:
                        self._metrics.count_rejected(source, "replayed")
                        return _accepted(known)
                answer = await self._take_body(sent, encoding, sender, source)
        except Overloaded as error:
            self._metrics.count_refused(429, error.reason)
            return _later(error)
        except TooLarge:
            self._metrics.count_rejected(source, "too_large")
            self._metrics.count_refused(413, "body")
            return problem(413, "too-large", f"at most {limit} bytes a request; send it in parts")
        except TooSlow:
            self._metrics.count_refused(408, "body")
            return problem(408, "too-slow", "the body took too long; send it again, or in parts")
        except Undecodable as error:
            return problem(400, "undecodable", str(error))
        except web.HTTPUnsupportedMediaType as error:
            return problem(415, "unsupported-encoding", error.reason)
        if headers is not None:
            self._deliveries.keep(source, headers.id, digest, self._clock() / 1_000, answer)
        return _accepted(answer)

    async def _take_body(
        self, sent: bytes, encoding: str, sender: Sender | None, source: str
    ) -> bytes:
        """The answer once everything in the body is durable.

        Raises:
            Overloaded: it could not be written, or other large bodies wait.
            TooLarge, Undecodable: as `unpack`.
        """
        try:
            body = unpack(sent, encoding, INLINE_BYTES) if len(sent) <= INLINE_BYTES else b""
        except TooLarge:
            body = b""
        if body or not sent:
            return await self._store_parsed(self._parse(body, sender), source)
        if self._large >= LARGE_WAITING:
            raise Overloaded("other large bodies are being read", 2, "bodies")
        self._large += 1
        try:
            async with self._taking_apart:
                parsed = await asyncio.to_thread(
                    lambda: self._parse(
                        unpack(sent, encoding, self._settings.max_body_bytes), sender
                    )
                )
                return await self._store_parsed(parsed, source)
        finally:
            self._large -= 1

    def _parse(self, body: bytes, sender: Sender | None) -> Parsed:
        decoder = sender.decoder() if sender is not None else None
        if decoder is not None:
            return parse_foreign(body, decoder, self._clock())
        return parse_events(body, self._settings.max_line_bytes, self._clock())

    def _refuse(self, source: str, reason: str) -> None:
        """Counts a request that does not show whom it is from; anybody can send many, so few are logged."""
        self._metrics.count_rejected(source, "unauthorised")
        if self._refusals.due(source):
            log.warning("sender_refused", source=source, reason=reason)

    async def _store_parsed(self, parsed: Parsed, source: str) -> bytes:
        """The answer once all of it is durable.

        Raises:
            Overloaded: it could not be written.
        """
        now, intake = self._clock(), self._metrics.intakes[source]
        try:
            letters = _letters(intake.letters(parsed, now), source, now)
            for start in range(0, len(letters), SLICE):
                some = letters[start : start + SLICE]
                await asyncio.wrap_future(self._store.bury(some))
                self._metrics.count_letters(some)
            if parsed.entries:
                if self._frames is not None and parsed.frame:
                    frame = frame_of(parsed.entries[0].room, parsed.frame)
                    kept = self._frames.keep([frame], source=source, now=now)
                    await asyncio.wrap_future(kept)
                with step("livewatch.append", events=len(parsed.entries)):
                    duplicates = await self._append(parsed.entries, source, now)
                self._metrics.count_rejected(source, "duplicate", duplicates)
        except Exception as error:
            # Whatever it was, the sender must keep its events.
            log.exception("append_failed", events=len(parsed.entries))
            raise Overloaded("the events could not be written", 5, "storage") from error
        self._count(parsed, source, now)
        await intake.took(parsed, len(letters), now)
        total = parsed.rejected_total
        return msgspec.json.encode(
            Answer(
                len(parsed.entries),
                parsed.rejected,
                total if total > len(parsed.rejected) else 0,
            )
        )

    async def _append(self, entries: list[Entry], source: str, now: int) -> int:
        """Appends in slices, so that what others want to write goes in between."""
        appending = [
            self._log.append(entries[start : start + SLICE], source=source, now=now)
            for start in range(0, len(entries), SLICE)
        ]
        appended = await asyncio.gather(*map(asyncio.wrap_future, appending))
        return sum(part.duplicates for part in appended)

    def _count(self, parsed: Parsed, source: str, now: int) -> None:
        types = Counter(event.__struct_config__.tag for event in parsed.events)
        self._metrics.count_ingested(source, {str(tag): count for tag, count in types.items()})
        self._metrics.count_rejected(source, "too_large", parsed.oversized)
        self._metrics.count_rejected(source, "schema", parsed.rejected_total - parsed.oversized)
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


async def _aside(
    data: bytes,
    work: Callable[Arguments, Result],
    *arguments: Arguments.args,
    **named: Arguments.kwargs,
) -> Result:
    """Works in a thread where there is much to do."""
    if len(data) > INLINE_BYTES:
        return await asyncio.to_thread(work, *arguments, **named)
    return work(*arguments, **named)


def _letters(kept: list[Bad], source: str, now: int) -> list[DeadLetter]:
    return [
        DeadLetter(
            stage="ingest",
            source=source,
            reason=bad.reason,
            data=bad.data,
            first_at=now,
            last_at=now,
            attempts=bad.times,
            cause=bad.cause,
            kind=bad.kind,
        )
        for bad in kept
    ]


def _accepted(answer: bytes) -> web.Response:
    return web.Response(
        status=202,
        body=answer,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _unauthorised(detail: str) -> web.Response:
    return problem(401, "unauthorised", detail)


def _later(error: Overloaded) -> web.Response:
    answer = problem(429, "come-back-later", str(error))
    answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer
