"""Screenshots of senders at an ingest that has no store: shown to be his, hashed, and handed on to a desk.

The bytes go to the desk's own `POST /api/v1/captures/NAME` as they came, with the signature or the secret
of the sender, which the desk looks at again; and with their digest (RFC 9530), against which it holds
what it gets. Nothing waits here: the sender hears what the desk says once the file is safe there, or that
he has to come back, and he has it until then.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from yarl import URL

from connectors.logger import logger
from connectors.signatures import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from monitor.bodies import PACE_BYTES, Pool, TooLarge, TooSlow, read_body
from monitor.desk.captures import FORMS_BYTES, SIGNED_BYTES
from monitor.errors import ConfigError, Overloaded
from monitor.problems import problem
from monitor.responses import first_bytes
from monitor.senders import NotAllowed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from monitor.config import Ingest
    from monitor.metrics import Metrics
    from monitor.senders import Sender

__all__ = ["CaptureRelay"]

log = logger()

PATH = "/api/v1/captures"
#: What says who sent it and what it is; no other header goes on.
_HEADERS = ("Content-Type", ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
#: What a desk answers to a sender; anything else is between the desk and whoever configured it.
_TO_SENDER = frozenset({200, 404, 408, 413, 415, 422, 429, 503, 507})
_JSON = frozenset({"application/json", "application/problem+json"})
ANSWER_BYTES = 64 * 2**10
#: How long the desk may take, and more the longer the file is, s.
DESK_S = 60.0
#: When a sender whose file the desk did not take is to come back, s.
AGAIN_S = 10


class CaptureRelay:
    """The route of screenshots, and the way to the desk."""

    def __init__(
        self,
        settings: Ingest,
        senders: Mapping[str, Sender],
        metrics: Metrics,
        *,
        clock: Callable[[], int],
        patience_s: float,
    ) -> None:
        """
        Args:
            senders: as they are, since they follow the configuration.
            patience_s: how long a form may take, and more the longer it is.

        Raises:
            ConfigError: the authorities that the desk's certificate has to lead to cannot be read.
        """
        self._desk = None if settings.captures_to is None else URL(settings.captures_to)
        self._tls: ssl.SSLContext | bool = True
        if settings.captures_ca_file is not None:
            try:
                self._tls = ssl.create_default_context(cafile=settings.captures_ca_file)
            except OSError as error:  # of which those of TLS are, too
                raise ConfigError(
                    f"ingest.captures_ca_file: cannot read {settings.captures_ca_file}:"
                    f" {error.strerror}"
                ) from error
        self._senders = senders
        self._metrics = metrics
        self._clock = clock
        self._patience_s = patience_s
        self._forms = Pool(FORMS_BYTES)
        self._session: aiohttp.ClientSession | None = None
        self.problem: str | None = None
        """Why the latest screenshot did not reach the desk; ``None`` when it did."""

    def add_to(self, app: web.Application) -> None:
        """Adds the routes."""
        app.router.add_post(PATH, _only_at_the_desk)
        app.router.add_post(PATH + "/{sender}", self.take)
        app.router.add_post(PATH + "/{sender}/{secret}", self.take)
        app.cleanup_ctx.append(self._connected)

    async def _connected(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(trust_env=False) as self._session:
            yield

    async def take(self, request: web.Request) -> web.Response:
        """A screenshot from a sender, who shows who he is as for events."""
        if self._desk is None:
            return _only_at_the_desk_says("ingest.captures_to is not set here")
        refusal = problem(
            401, "unauthorised", "the request does not show that it comes from this sender"
        )
        secret = request.match_info.get("secret")
        sender = self._senders.get(request.match_info["sender"])
        if sender is None:
            return refusal
        try:
            signed = sender.admit(request, secret, self._clock() / 1_000)
        except NotAllowed:
            return refusal
        if signed is None and secret is None:
            return problem(
                403, "no-proof",
                "a program on this machine shows the desk nothing: give the sender a secrets_file or"
                " a token_file",
            )  # fmt: skip
        try:
            with self._forms.returning() as share:
                body = await read_body(request, SIGNED_BYTES, self._patience_s, share)
                if signed is not None and not await asyncio.to_thread(sender.verify, signed, body):
                    return refusal
                target = self._desk / PATH[1:] / sender.name
                return await self._hand_on(
                    request, sender, target if secret is None else target / secret, body
                )
        except Overloaded as error:
            self._metrics.count_refused(429, error.reason)
            return _later(429, str(error), error.retry_after_s)
        except TooLarge:
            self._metrics.count_refused(413, "body")
            return problem(413, "too-large", f"at most {SIGNED_BYTES:,} bytes from a sender")
        except TooSlow:
            self._metrics.count_refused(408, "body")
            return problem(408, "too-slow", "the body took too long; send it again")

    async def _hand_on(
        self, request: web.Request, sender: Sender, target: URL, body: bytes
    ) -> web.Response:
        """What the desk says of it; the address, which may hold a secret, is told to nobody."""
        digest = base64.b64encode(await asyncio.to_thread(_sha256, body)).decode()
        headers = {name: request.headers[name] for name in _HEADERS if name in request.headers}
        headers["Content-Digest"] = f"sha-256=:{digest}:"
        if self._session is None:
            return self._failed(sender, "the process ends")
        timeout = aiohttp.ClientTimeout(total=DESK_S + len(body) / PACE_BYTES, connect=DESK_S)
        try:
            async with self._session.post(
                target, data=body, headers=headers, allow_redirects=False, timeout=timeout,
                ssl=self._tls,
            ) as answer:  # fmt: skip
                said = await first_bytes(answer, ANSWER_BYTES)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            known = error.strerror if isinstance(error, OSError) and error.strerror else ""
            return self._failed(sender, known or type(error).__name__)
        if answer.status == 401:
            return self._failed(
                sender, f"it does not know the sender {sender.name}: it needs the same"
                " ingest.senders and ingest.captures_to, and a clock that is right",
            )  # fmt: skip
        if answer.status not in _TO_SENDER or answer.content_type not in _JSON:
            return self._failed(
                sender, f"HTTP {answer.status} {said[:200].decode(errors='replace')}"
            )
        self.problem = None
        kept = {"Cache-Control": "no-store"}
        if "Retry-After" in answer.headers:
            kept["Retry-After"] = answer.headers["Retry-After"]
        return web.Response(
            status=answer.status, body=said, content_type=answer.content_type, headers=kept
        )

    def _failed(self, sender: Sender, reason: str) -> web.Response:
        self._metrics.count_refused(503, "desk")
        self.problem = f"screenshots do not reach the desk at {self._desk}: {reason}"
        log.warning(
            "capture_not_handed_on", sender=sender.name, desk=str(self._desk), reason=reason
        )
        return _later(503, "the desk does not take it now: keep it and send it again", AGAIN_S)


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _later(status: int, says: str, after_s: int) -> web.Response:
    answer = problem(status, "come-back-later", says)
    answer.headers["Retry-After"] = str(after_s)
    return answer


async def _only_at_the_desk(_: web.Request) -> web.Response:
    return _only_at_the_desk_says("senders post to /api/v1/captures/NAME here")


def _only_at_the_desk_says(why: str) -> web.Response:
    """What people and programs are told, who know the desk and have rights there alone."""
    return problem(
        404, "no-captures",
        f"this process keeps nothing, and {why}; people and programs with a token post to"
        " /api/v1/captures of the desk",
    )  # fmt: skip
