"""One websocket, for sources: bytes in and out, and every way to lose it is `Retryable`.

It does not accept packed messages (permessage-deflate), nor longer ones than it was told to, and
follows no redirect. Text messages come as their UTF-8.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import aiohttp
from aiohttp import WSMsgType

from connectors.clock import now_ms
from connectors.errors import Fatal, Retryable

__all__ = ["USER_AGENT", "WebSocket", "new_session", "retry_after"]

#: By what others recognise us.
USER_AGENT = "livewatch"
#: How long making a connection, and ending it, may take, s.
CONNECT_S, CLOSE_S = 10.0, 2.0
#: Longest time for which we let another side send us away, s.
LONGEST_RETRY_AFTER_S = 3_600.0
_CLOSED = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED)


def new_session() -> aiohttp.ClientSession:
    """A session that takes no proxy from the environment, and nothing packed."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=CONNECT_S),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        trust_env=False,
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of Retry-After; a date there is passed over."""
    text = headers.get("Retry-After", "").strip()
    if not text.isascii() or not text.isdigit():
        return None
    return min(float(text[:9]), LONGEST_RETRY_AFTER_S)


class WebSocket:
    """A connection that is made once; another one needs another object."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.alive_ms = now_ms()
        """When anything came last, answers to pings too."""

    @classmethod
    async def open(
        cls,
        session: aiohttp.ClientSession,
        url: str,
        *,
        max_bytes: int,
        final: Collection[int] = (),
    ) -> WebSocket:
        """Connects.

        Args:
            max_bytes: longest message that is taken.
            final: statuses at which trying again changes nothing.

        Raises:
            Retryable: not now.
            Fatal: we are refused with such a status, or the address is none.
        """
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await session.ws_connect(
                    url,
                    max_msg_size=max_bytes,
                    autoping=False,
                    compress=0,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),
                )
        except aiohttp.WSServerHandshakeError as error:
            reason = f"the server answers {error.status} instead of a websocket"
            if error.status in final:
                raise Fatal(reason) from error
            raise Retryable(reason, retry_after=retry_after(error.headers or {})) from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise Fatal(f"no address of a websocket: {error}") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Retryable(f"no connection: {_words(error)}") from error
        return cls(socket)

    async def receive(self, within_s: float) -> bytes:
        """The next message.

        Raises:
            Retryable: nothing came in time, not even an answer to a ping, or the connection is lost.
        """
        while True:
            try:
                message = await self._socket.receive(timeout=within_s)
            except TimeoutError as error:
                raise self._lost(f"nothing came for {within_s:g} s") from error
            except (aiohttp.ClientError, OSError) as error:
                raise self._lost(_words(error)) from error
            if message.type in _CLOSED:
                code = self._socket.close_code
                raise self._lost(f"the other side ended the connection ({code or 'no code'})")
            if message.type == WSMsgType.ERROR:
                raise self._lost(_words(self._socket.exception() or message.data))
            self.alive_ms = now_ms()
            if message.type == WSMsgType.BINARY:
                return bytes(message.data)
            if message.type == WSMsgType.TEXT:
                return str(message.data).encode()
            if message.type == WSMsgType.PING:
                await self._sent(self._socket.pong(message.data))

    async def send(self, data: bytes) -> None:
        """Sends a binary message.

        Raises:
            Retryable: the connection is lost.
        """
        await self._sent(self._socket.send_bytes(data))

    async def send_text(self, text: str) -> None:
        """Sends a text message.

        Raises:
            Retryable: the connection is lost.
        """
        await self._sent(self._socket.send_str(text))

    async def ping(self) -> None:
        """Asks whether the other side is there.

        Raises:
            Retryable: the connection is lost.
        """
        await self._sent(self._socket.ping())

    async def close(self) -> None:
        """Ends the connection; harmless when it is lost."""
        try:
            await self._socket.close()
        except (aiohttp.ClientError, OSError):
            return

    async def _sent(self, sending: object) -> None:
        try:
            await sending  # type: ignore[misc]  # one of the library's coroutines
        except (aiohttp.ClientError, OSError, RuntimeError) as error:
            raise self._lost(_words(error)) from error

    def _lost(self, reason: str) -> Retryable:
        return Retryable(reason, since=self.alive_ms)


def _words(error: object) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
