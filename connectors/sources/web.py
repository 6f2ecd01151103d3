"""Pages over HTTP, asked for politely: one request a host at a time, as the hosts' robots.txt
allows, from addresses that may be asked, and never more than was agreed to.

robots.txt is read as RFC 9309 says: what cannot be reached forbids all, what is not there forbids
nothing, an answer holds for a day.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import aiohttp
from aiohttp.abc import AbstractResolver
from msgspec import Struct
from protego import Protego
from yarl import URL

from connectors.clock import WallClock
from connectors.decoders.inflate import inflate
from connectors.errors import DecodeError, Retryable
from connectors.rates import HostLimit, HostRates
from connectors.sources.addresses import AddressRefused, Guard
from connectors.sources.websocket import USER_AGENT, retry_after

__all__ = ["Answer", "Forbidden", "Web"]

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: So much of a robots.txt is read; the standard asks for 500 KiB.
MAX_ROBOTS = 512 << 10
#: A rule with more of these is one to search for long.
MAX_STARS = 10
ROBOTS_S, ROBOTS_AGAIN_S = 86_400.0, 300.0
#: Longest pause that a host's Crawl-delay may ask for, s.
LONGEST_DELAY_S = 3_600.0
PACKED = frozenset({"gzip", "x-gzip", "deflate"})


class Forbidden(Exception):
    """The host does not want this page to be asked for."""


class Answer(Struct, frozen=True):
    """What came of a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str
    """Where it came from, after redirects."""


class _Rules(Struct, frozen=True):
    until: float
    rules: Protego | None
    """``None``: all is forbidden."""
    delay_s: float = 0.0


class Web:
    """A client for as long as one connection of a source."""

    def __init__(
        self,
        guard: Guard,
        contact: str,
        *,
        request_s: float,
        max_bytes: int,
        pause_s: float,
        resolver: AbstractResolver | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            contact: whom a host can write to, told with every request.
            request_s: how long one answer may take.
            max_bytes: longest page, also after unpacking.
            pause_s: between two requests to one host, at least.
            now: seconds, for how long an answer holds.
        """
        self.limit = HostLimit(HostRates(WallClock()), "", per_s=1.0, burst=1)
        self.free_at: dict[str, float] = {}
        """When each host may be asked again, on the clock `now`."""
        self.now = now
        self._guard = guard
        self._agent = f"{USER_AGENT} (+{contact})"
        self._request_s = request_s
        self._max_bytes = max_bytes
        self._pause_s = pause_s
        self._resolver = resolver
        self._robots: dict[str, _Rules] = {}
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Makes ready; no request yet."""
        self._session = aiohttp.ClientSession(
            connector=self._guard.connector(self._resolver),
            timeout=aiohttp.ClientTimeout(total=self._request_s),
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Ends; harmless when called twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, address: str, known: Mapping[str, str]) -> Answer:
        """The page, after at most five redirects.

        Args:
            known: headers by which the host can say that nothing has changed.

        Raises:
            Retryable: not now.
            Forbidden: robots.txt does not allow it, or the address must not be asked.
        """
        return await self._follow(address, known, self._max_bytes, robots=True)

    async def _follow(
        self, address: str, known: Mapping[str, str], max_bytes: int, *, robots: bool
    ) -> Answer:
        url = self._checked(address)
        for _ in range(MAX_REDIRECTS + 1):
            delay_s = await self._allow(url) if robots else 0.0
            answer = await self._ask(url, known, max_bytes, max(delay_s, self._pause_s))
            target = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or target is None:
                return answer
            try:
                onward = url.join(URL(target, encoded=False))
            except ValueError as error:
                raise Forbidden(f"sent on to no address: {error}") from error
            if url.scheme == "https" and onward.scheme != "https":
                raise Forbidden("sent on from https to a scheme that anyone can read")
            # What the first address called its page, another one may call another.
            url, known = self._checked(str(onward)), {}
        raise Retryable(f"sent on more than {MAX_REDIRECTS} times")

    def _checked(self, address: str) -> URL:
        try:
            return self._guard.check(address)
        except AddressRefused as error:
            raise Forbidden(error.reason) from error

    async def _ask(
        self, url: URL, known: Mapping[str, str], max_bytes: int, pause_s: float
    ) -> Answer:
        if self._session is None:
            raise Retryable("not connected")
        host = url.raw_host or ""
        async with self.limit.turn(host):
            try:
                async with self._session.get(
                    url, headers=dict(known), allow_redirects=False
                ) as response:
                    wait_s = retry_after(response.headers)
                    if response.status in (429, 503) and wait_s:
                        pause_s = max(pause_s, wait_s)
                    body = await _body(response, max_bytes) if response.status == 200 else b""
            except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
                raise Forbidden(f"no address: {error}") from error
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                cause = error
                while not isinstance(cause, AddressRefused) and cause.__cause__ is not None:
                    cause = cause.__cause__  # type: ignore[assignment]  # any exception
                if isinstance(cause, AddressRefused):
                    raise Retryable(f"{host}: {cause.reason}") from error
                raise Retryable(f"{host}: {type(error).__name__} {error}".rstrip()) from error
            finally:
                self.limit.hold(pause_s, host)
                self.free_at[host] = self.now() + pause_s
        return Answer(response.status, response.headers, body, str(url))

    async def _allow(self, url: URL) -> float:
        """Seconds that the host wants between requests.

        Raises:
            Forbidden: not this page.
            Retryable: nobody knows.
        """
        origin = str(url.origin())
        known = self._robots.get(origin)
        if known is None or known.until <= self.now():
            known = self._robots[origin] = await self._read_robots(origin, known)
        if known.rules is None:
            raise Retryable(f"{origin}/robots.txt cannot be had, so nothing there may be asked")
        if not known.rules.can_fetch(str(url), USER_AGENT):
            raise Forbidden(f"{origin}/robots.txt does not allow {url.raw_path[:200]}")
        return known.delay_s

    async def _read_robots(self, origin: str, before: _Rules | None) -> _Rules:
        now = self.now()
        old = before.rules if before is not None else None
        nothing = _Rules(now + ROBOTS_AGAIN_S, old, before.delay_s if before is not None else 0.0)
        try:
            answer = await self._follow(f"{origin}/robots.txt", {}, MAX_ROBOTS, robots=False)
        except (Retryable, Forbidden):
            return nothing
        if 400 <= answer.status < 500 and answer.status != 429:
            return _Rules(now + ROBOTS_S, Protego.parse(""))
        if answer.status != 200:
            return nothing
        text = answer.body.decode("utf-8", "replace")
        if any(line.count("*") > MAX_STARS for line in text.splitlines()):
            return _Rules(now + ROBOTS_S, None)
        try:
            rules = Protego.parse(text)
            delay_s = float(rules.crawl_delay(USER_AGENT) or 0.0)
        except Exception:  # noqa: BLE001  a library that reads foreign text
            return nothing
        return _Rules(now + ROBOTS_S, rules, min(max(delay_s, 0.0), LONGEST_DELAY_S))


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The body, as long as it is short, and unpacked.

    Raises:
        Retryable: too long, or packed so that it cannot be read.
    """
    parts, size = [], 0
    async for part in response.content.iter_chunked(64 << 10):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise Retryable(f"an answer of more than {max_bytes} bytes")
    body = b"".join(parts)
    packed = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packed in PACKED and body:
        try:
            return inflate(body, max_bytes)
        except DecodeError as error:
            raise Retryable(f"an answer that {error.reason}") from error
    if packed not in ("identity", "", *PACKED):
        raise Retryable(f"an answer packed as {packed[:40]}, which was not asked for")
    return body
