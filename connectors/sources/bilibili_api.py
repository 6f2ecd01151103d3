"""The open platform of Bilibili over HTTP: a project is started, kept alive and ended.

Every request is signed as https://open-live.bilibili.com/document/ says: HMAC-SHA256 under the
application's secret over the `x-bili-…` headers, one a line in the order of their names. Answers
are ``{code, message, request_id, data}``; the codes are those of the platform's list.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from connectors.errors import Fatal, Retryable
from connectors.sources.websocket import retry_after

__all__ = ["EXPIRED", "Anchor", "OpenLiveApi", "Refusal", "Started", "signed_headers"]

MAX_ANSWER = 1 << 20
#: Codes at which trying again changes nothing: key, signature, rights, address, room, 身份码, project.
_HOPELESS = frozenset(
    {4000, 4001, 4002, 4005, 4006, 4007, 4008, 4010, 4011, 4012, 4013, 5003, 5004, 5005, 7007, 8002}
)
#: The project is not running, or not any more.
NOT_RUNNING, EXPIRED = 7000, 7003
#: We asked too often, and how long to ask nothing at all then, s.
TOO_OFTEN, PAUSE_S = 4009, 60.0
#: What the platform's guard against too many requests answers; it lets us in again later.
_WARDED_OFF = frozenset({403, 412, 429})


class Refusal(Retryable):
    """An answer with a code other than 0."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason, retry_after=PAUSE_S if code == TOO_OFTEN else None)
        self.code = code


class _Game(Struct):
    game_id: str


class _Link(Struct):
    auth_body: str
    wss_link: list[str]


class Anchor(Struct):
    """The host."""

    room_id: int
    uname: str = ""


class Started(Struct):
    """A project that runs."""

    game_info: _Game
    websocket_info: _Link
    anchor_info: Anchor


class _Answer(Struct):
    code: int
    message: str = ""
    data: msgspec.Raw = msgspec.Raw()


class OpenLiveApi:
    """The three requests, for one application."""

    def __init__(self, base_url: str, key_id: str, secret: bytes, app_id: int) -> None:
        self._base_url = base_url.rstrip("/")
        self._key_id = key_id
        self._secret = secret
        self._app_id = app_id

    async def start(self, session: aiohttp.ClientSession, code: str) -> Started:
        """Starts the project in the room of the host whose 身份码 this is.

        Raises:
            Retryable, Fatal: as the platform's code says.
        """
        data = await self._post(session, "start", {"code": code, "app_id": self._app_id})
        try:
            return msgspec.json.decode(data, type=Started)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise Retryable(f"an answer of another shape: {error}") from error

    async def heartbeat(self, session: aiohttp.ClientSession, game_id: str) -> None:
        """Keeps the project alive.

        Raises:
            Refusal: with `EXPIRED`, it runs no more.
            Retryable, Fatal: as above.
        """
        await self._post(session, "heartbeat", {"game_id": game_id})

    async def end(self, session: aiohttp.ClientSession, game_id: str) -> None:
        """Ends the project; one that has ended already is fine.

        Raises:
            Retryable, Fatal: as above.
        """
        try:
            await self._post(session, "end", {"app_id": self._app_id, "game_id": game_id})
        except Refusal as error:
            if error.code not in (NOT_RUNNING, EXPIRED):
                raise

    async def _post(
        self, session: aiohttp.ClientSession, what: str, fields: dict[str, Any]
    ) -> msgspec.Raw:
        body = msgspec.json.encode(fields)
        headers = signed_headers(
            self._key_id,
            self._secret,
            body,
            nonce=secrets.token_hex(16),
            timestamp=int(time.time()),
        )
        try:
            async with session.post(
                f"{self._base_url}/v2/app/{what}", data=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status != 200:
                    reason = f"app/{what}: status {response.status}"
                    if response.status in (401, 404):
                        raise Fatal(reason)
                    pause_s = PAUSE_S if response.status in _WARDED_OFF else None
                    raise Retryable(reason, retry_after=retry_after(response.headers) or pause_s)
                text = await _read(response)
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise Fatal(f"no address of the open platform: {error}") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Retryable(f"app/{what}: {type(error).__name__} {error}".rstrip()) from error
        try:
            answer = msgspec.json.decode(text, type=_Answer)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise Retryable(f"app/{what}: an answer of another shape: {error}") from error
        if answer.code in _HOPELESS:
            raise Fatal(f"app/{what}: {answer.code} {answer.message[:200]}")
        if answer.code:
            raise Refusal(answer.code, f"app/{what}: {answer.code} {answer.message[:200]}")
        return answer.data


def signed_headers(
    key_id: str, secret: bytes, body: bytes, *, nonce: str, timestamp: int
) -> Mapping[str, str]:
    """The headers of a request."""
    headers = {
        "x-bili-accesskeyid": key_id,
        "x-bili-content-md5": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": nonce,
        "x-bili-signature-version": "1.0",
        "x-bili-timestamp": str(timestamp),
    }
    text = "\n".join(f"{name}:{value}" for name, value in headers.items())
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return headers | {
        "Authorization": signature,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, as long as it is short."""
    parts, size = [], 0
    async for part in response.content.iter_chunked(64 << 10):
        parts.append(part)
        size += len(part)
        if size > MAX_ANSWER:
            raise Retryable(f"an answer of more than {MAX_ANSWER} bytes")
    return b"".join(parts)
