"""What every way to people has in common: its limits, and the one call that sends."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
import msgspec
from msgspec import Struct

from monitor.notify.errors import NotDelivered
from monitor.responses import first_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.notify.notice import Notice
    from monitor.notify.pace import Limit

__all__ = ["Channel", "Http", "Outgoing", "read_secret"]

#: How long the other side may take, s, and how much of its answer is read, bytes.
PATIENCE_S = 15.0
ANSWER_BYTES = 64 * 2**10


class Outgoing(Struct, kw_only=True):
    """One message on its way."""

    id: str
    """The same in every attempt."""
    text: str
    """What people read; of a digest within the channel's bytes."""
    notices: list[Notice]
    """What it is about."""
    kind: str = "alert"


class Channel(Protocol):
    """One way to people."""

    @property
    def limits(self) -> tuple[Limit, ...]:
        """How often it may be spoken to; none: as often as one likes."""
        ...

    @property
    def text_bytes(self) -> int | None:
        """Bytes of a text at most; ``None``: there is no such limit, and no digests."""
        ...

    @property
    def batch(self) -> int:
        """Notices that go with one request, each in full."""
        ...

    async def send(self, message: Outgoing) -> None:
        """Sends a message.

        Raises:
            NotDelivered: it did not arrive, or nobody knows.
            Gone: nothing more is wanted there.
        """
        ...


class Http:
    """Requests to channels: no proxy of the environment, no redirects, short answers only."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers of the answer.

        Raises:
            NotDelivered: there was none; the address, which may hold a key, is not in the reason.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=PATIENCE_S), trust_env=False
            )
        sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        try:
            async with self._session.post(
                url, data=body, headers=sent, allow_redirects=False
            ) as answer:
                text = await first_bytes(answer, ANSWER_BYTES)
                return answer.status, text, answer.headers
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) and error.strerror else ""
            raise NotDelivered(f"no answer: {said or type(error).__name__}") from None

    async def ask_bot(self, url: str, body: object) -> dict[str, Any]:
        """The answer of a group bot, which says in its body whether it took the message.

        Raises:
            NotDelivered: no answer, no JSON, or another status than 200.
        """
        status, text, headers = await self.post(url, msgspec.json.encode(body))
        if status != 200:
            raise NotDelivered(f"HTTP {status}", retry_after_s=retry_after(headers))
        try:
            answer = msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise NotDelivered("the answer is no JSON") from None
        if not isinstance(answer, dict):
            raise NotDelivered("the answer is no object")
        return answer

    async def close(self) -> None:
        """Ends all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            # Connections with TLS need a turn of the loop to end.
            await asyncio.sleep(0)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """What `Retry-After` says, s; dates are passed over."""
    given = headers.get("Retry-After", "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None


def read_secret(name: str) -> str:
    """The one line of a file with a secret; read at each use, so that a new one is taken up.

    Raises:
        NotDelivered: it cannot be read, or is empty.
    """
    try:
        found = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise NotDelivered(f"{name} cannot be read: {why}") from None
    if not found:
        raise NotDelivered(f"{name} is empty")
    return found
