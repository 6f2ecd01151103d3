"""Who may send events by webhook, and how he shows who he is.

A sender of the configuration posts to `/api/v1/events/NAME`. He signs (`connectors.signatures`);
a program that cannot sign has a secret at the end of its address, or runs on this machine.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections import OrderedDict
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from msgspec import Struct

from connectors.decoders.decoded import Recording
from connectors.decoders.formats import CAPTURES
from connectors.errors import Fatal, NotAValue, Refused
from connectors.plugins import decoder_factory
from connectors.privacy import Pseudonyms
from connectors.signatures import ID_HEADER, TOLERANCE_S, Signed, parse_secrets, signed, verify
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from connectors.source import DecoderFactory, FrameDecoder
    from monitor.config import Sender as SenderConfig

__all__ = ["CONTRACT", "OTHERS", "Deliveries", "NotAllowed", "Sender", "senders_of"]

#: The source of events that come with the bearer token of ingestion, of no sender.
OTHERS = "http"
#: The decoder of senders who send events of the contract.
CONTRACT = "jsonl"
MIN_TOKEN = 16
#: Headers of a browser, and of a proxy that speaks for somebody else.
_NOT_OURS = ("Origin", "Sec-Fetch-Site", "Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class NotAllowed(Exception):
    """The request does not show that it comes from the sender; says to himself why."""


class Sender(Struct, frozen=True, kw_only=True):
    """One sender."""

    name: str
    recording: Recording
    factory: DecoderFactory | None = None
    """``None``: he sends events of the contract."""
    secrets: tuple[bytes, ...] = ()
    token: bytes | None = None
    """SHA-256 of the secret in his address."""
    loopback: bool = False

    def admit(self, request: web.Request, token: str | None, now_s: float) -> Signed | None:
        """Lets the request in before its body is read.

        Returns:
            what has to be verified over the body; ``None``: nothing more.

        Raises:
            NotAllowed: with the reason.
        """
        if token is not None:
            given = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
            if self.token is not None and hmac.compare_digest(given, self.token):
                return None
            raise NotAllowed("the secret in the address is wrong")
        if self.secrets and ID_HEADER in request.headers:
            try:
                return signed(request.headers, now_s)
            except Refused as error:
                raise NotAllowed(error.reason) from error
        if self.loopback and _from_here(request):
            return None
        raise NotAllowed(
            "the request is not signed" if self.secrets else "the request is not known"
        )

    def verify(self, headers: Signed, body: bytes) -> bool:
        """Did he sign this body?"""
        return verify(self.secrets, headers, body)

    def decoder(self) -> FrameDecoder | None:
        """A new decoder for one request, so that an attempt that is repeated has the same ids."""
        return self.factory(self.recording) if self.factory is not None else None


class Deliveries:
    """Answers to signed requests, for as long as one of them can be sent again.

    The log knows an event that comes twice. This only spares it the work, and a sender who has
    changed the body under an id gets no answer that was meant for another.
    """

    MOST = 2_000
    LONGEST = 4_096
    """Answers that are longer are given again by the log."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, str, bytes], tuple[float, bytes]] = OrderedDict()

    def find(self, sender: str, id_: str, digest: bytes, now_s: float) -> bytes | None:
        """The answer that was given to this before."""
        found = self._answers.get((sender, id_, digest))
        return found[1] if found is not None and now_s - found[0] <= 2 * TOLERANCE_S else None

    def keep(self, sender: str, id_: str, digest: bytes, now_s: float, answer: bytes) -> None:
        """Remembers an answer once everything is durable."""
        if len(answer) <= self.LONGEST:
            self._answers[sender, id_, digest] = (now_s, answer)
            while len(self._answers) > self.MOST:
                self._answers.popitem(last=False)


def senders_of(
    configured: Mapping[str, SenderConfig], pseudonyms: Pseudonyms | None
) -> dict[str, Sender]:
    """The senders of the configuration, with their secrets.

    Args:
        pseudonyms: of viewers; ``None``: only screenshots are taken here, which have none.

    Raises:
        ConfigError: a secret cannot be read or is too weak, a decoder is not installed, or a
            sender could not be told from anybody else.
    """
    return {name: _sender(name, config, pseudonyms) for name, config in configured.items()}


def _sender(name: str, config: SenderConfig, pseudonyms: Pseudonyms | None) -> Sender:
    where = f"ingest.senders.{name}"
    if name == OTHERS:
        raise ConfigError(
            f"{where}: events with the token of ingestion have that name: choose another"
        )
    if not (config.secrets_file or config.token_file or config.loopback):
        raise ConfigError(f"{where}: name a secrets_file or a token_file, or allow loopback")
    secrets: tuple[bytes, ...] = ()
    if config.secrets_file is not None:
        try:
            secrets = parse_secrets(_read(f"{where}.secrets_file", config.secrets_file))
        except NotAValue as error:
            raise ConfigError(f"{where}.secrets_file: {config.secrets_file}: {error}") from error
    token: bytes | None = None
    if config.token_file is not None:
        text = _read(f"{where}.token_file", config.token_file).strip()
        if len(text) < MIN_TOKEN or not text.isascii() or "/" in text:
            raise ConfigError(
                f"{where}.token_file: at least {MIN_TOKEN} letters and digits, no “/”"
            )
        token = hashlib.sha256(text.encode()).digest()
    factory: DecoderFactory | None = None
    if config.decoder != CONTRACT and pseudonyms is not None:
        # A capture tells its platform by the hosts that it came from.
        if config.platform is None and config.decoder not in CAPTURES:
            raise ConfigError(f"{where}.platform: say which platform {config.decoder} is about")
        try:
            factory = decoder_factory(config.decoder)
        except Fatal as error:
            raise ConfigError(f"{where}.decoder: {error.reason}") from error
    return Sender(
        name=name,
        recording=Recording(
            platform=config.platform or "",
            room=config.room,
            host=config.host,
            pseudonyms=pseudonyms or Pseudonyms.from_text(f"k1:{token_urlsafe(32)}"),
        ),
        factory=factory,
        secrets=secrets,
        token=token,
        loopback=config.loopback,
    )


def _read(where: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise ConfigError(f"{where}: cannot read {path}: {reason}") from error


def _from_here(request: web.Request) -> bool:
    """Does a program on this machine speak for itself: no page in a browser, no proxy?"""
    if any(name in request.headers for name in _NOT_OURS):
        return False
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
