"""Connections of clients: how many there may be, and how long each may take.

aiohttp bounds the length of a request's headers, but neither the time they take nor the number of
connections. So a `Connection` stands between each socket and aiohttp's protocol: it knows whether
the client is idle, still sending its headers or its body, or being answered, and when the client
last took something from the answer.

What aiohttp cannot read as a request is answered here (`Requests`), for what it would answer and
log itself quotes the request, with the token or secret that may stand in it.

A client that waits too long is cut. When there are as many connections as may be, a new one takes
the place of the one that has kept the monitor waiting longest, so that a thousand half-sent
requests shut nobody out; only when every connection is being answered is a new one refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import resource
from collections import Counter
from enum import Enum
from typing import TYPE_CHECKING, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from connectors.logger import logger
from monitor.background import in_background
from monitor.problems import problem

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterable, Iterator

    from monitor.config import Server
    from monitor.metrics import Metrics

__all__ = [
    "GUARD",
    "Connection",
    "ConnectionGuard",
    "GuardedSite",
    "Phase",
    "Requests",
    "TooManyStreams",
    "enter",
]

log = logger()

#: Connections that the kernel holds for us until they are accepted; asyncio accepts as many in one
#: turn of its loop, so files for them are kept free.
BACKLOG = 128
#: Files that the process needs for itself: the database and its readers, sources, logs.
OWN_FILES = 192
#: Fewest connections, however low the limit of files is.
FEWEST = 16
#: A client that has this much taken off its answer is reading, bytes.
STEP_BYTES = 64 * 2**10
#: A client that has sent no whole request for so long goes before those that are merely idle, s.
SLOW_S = 1.0
#: A reader that took nothing for so long may be cut when unread answers fill the memory, s.
UNREAD_S = 1.0
#: From one log line about refused clients to the next at least, s.
LOG_S = 10.0


def _refusal(answer: web.Response, more: str = "") -> bytes:
    """A whole answer to a client whose request aiohttp has not seen."""
    body = answer.body
    assert isinstance(body, bytes)  # noqa: S101 - a problem has one
    return (
        f"HTTP/1.1 {answer.status} {answer.reason}\r\nConnection: close\r\n{more}Cache-Control: no-store\r\n"
        f"Content-Type: {answer.content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


_TIMEOUT = _refusal(problem(408, "too-slow", "the headers of the request took too long"))
_BUSY = _refusal(
    problem(503, "too-many-connections", "too many connections are being served"),
    "Retry-After: 5\r\n",
)


class Phase(Enum):
    """What a connection waits for."""

    HEAD = "head"
    """The client: the rest of a request's headers, or its first request."""
    IDLE = "idle"
    """The client: another request, none of which has come."""
    BODY = "body"
    """The client: the rest of a request's body."""
    WORK = "work"
    """Us: the answer."""
    STREAM = "stream"
    """Nobody: events are sent as they come."""


class TooManyStreams(Exception):
    """As many event streams are open as may be."""


class Connection(asyncio.Protocol):
    """One socket, before it reaches aiohttp's own protocol."""

    def __init__(self, guard: ConnectionGuard, inner: asyncio.Protocol) -> None:
        self._guard = guard
        self._inner: asyncio.Protocol | None = inner
        self._transport: asyncio.Transport | None = None
        self._received = False
        self._unsent = 0
        self._read_at = 0.0
        self.address = ""
        """Whom it counts for: the address, of IPv6 the network of one customer (/64)."""
        self.holding_bytes = 0
        """Of an answer that is being written, what is in memory until all of it was taken."""
        self.phase = Phase.HEAD
        self.since = 0.0
        """Since when it is in this phase, by the loop's clock, s."""

    def enter(self, phase: Phase) -> None:
        """The connection waits for something else from now on."""
        self.phase = phase
        self.since = self._guard.now()

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.address = _counted_for(transport.get_extra_info("peername"))
        self.since = self._read_at = self._guard.now()
        if self._inner is None or not self._guard.admit(self):
            self._inner = None
            self._transport.write(_BUSY)
            self._transport.close()
            return
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.forget(self)
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._inner is None:
            return
        if self.phase is Phase.IDLE:
            self.enter(Phase.HEAD)
        self._received = True
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        # The client has taken tens of kilobytes, whatever has been written since.
        self._read_at = self._guard.now()
        if self._inner is not None:
            self._inner.resume_writing()

    # What the guard asks

    @property
    def unsent_bytes(self) -> int:
        """What was written and not yet taken by the client's side of the connection."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    @property
    def held_bytes(self) -> int:
        """What the client keeps in our memory by not reading."""
        return self.holding_bytes + self.unsent_bytes

    def unread_for(self, now: float) -> float:
        """How long the client has taken nothing although something waits for it, s."""
        unsent = self.unsent_bytes
        if unsent == 0 or unsent <= self._unsent - STEP_BYTES:
            self._unsent, self._read_at = unsent, now
        self._unsent = max(self._unsent, unsent)
        return now - self._read_at

    def grant(self, seconds: float) -> None:
        """Gives the client so much more time."""
        self.since += seconds
        self._read_at += seconds

    def time_out(self) -> None:
        """Ends a connection whose headers do not come, with a word to the client if it began."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._received:
            self._transport.write(_TIMEOUT)
        self._transport.close()

    def cut(self) -> None:
        """Ends the connection at once; what waits for the client is thrown away."""
        if self._transport is not None:
            self._transport.abort()


class ConnectionGuard:
    """All connections of one process, and the limits that hold for them."""

    def __init__(self, settings: Server, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._connections: set[Connection] = set()
        self._by_address: Counter[str] = Counter()
        self._streams: Counter[str] = Counter()
        self._told: dict[str, float] = {}
        self.backlog, self.limit = _within_files(settings.max_connections)
        if self.limit < settings.max_connections:
            log.warning(
                "connections_limited_by_files",
                configured=settings.max_connections,
                limit=self.limit,
                advice="raise the limit of open files (ulimit -n, LimitNOFILE)",
            )
        metrics.http_connections.set_function(lambda: len(self._connections))

    def now(self) -> float:
        """The loop's clock, s."""
        return asyncio.get_running_loop().time()

    # Connections

    def admit(self, new: Connection) -> bool:
        """Takes a connection in, if need be for another that keeps us waiting."""
        own = self._settings.max_connections_per_address
        if self._by_address[new.address] >= own and not self._make_room(
            other for other in self._connections if other.address == new.address
        ):
            self.refuse("address", new.address)
            return False
        if len(self._connections) >= self.limit and not self._make_room(self._connections):
            self.refuse("limit", new.address)
            return False
        self._connections.add(new)
        self._by_address[new.address] += 1
        return True

    def forget(self, gone: Connection) -> None:
        """A connection has ended."""
        if gone in self._connections:
            self._connections.discard(gone)
            self._by_address[gone.address] -= 1
            if not self._by_address[gone.address]:
                del self._by_address[gone.address]

    def refuse(self, reason: str, address: str) -> None:
        """Counts a connection that was refused or cut; anybody can make many, so few are logged."""
        self._metrics.connections_refused.labels(reason).inc()
        now = self.now()
        if now - self._told.get(reason, -LOG_S) >= LOG_S:
            self._told[reason] = now
            log.warning(
                "connections_refused",
                reason=reason,
                address=address,
                connections=len(self._connections),
            )

    def _make_room(self, among: Iterable[Connection]) -> bool:
        now = self.now()
        waiting = [one for one in among if one.phase in _ORDER]
        if not waiting:
            return False
        victim = min(waiting, key=lambda one: (_rank(one, now), one.since))
        self.refuse("evicted", victim.address)
        # Its place is free at once; the socket is closed in this turn of the loop.
        self.forget(victim)
        victim.cut()
        return True

    # Streams

    @contextlib.contextmanager
    def stream(self, request: web.Request) -> Iterator[None]:
        """A place among the open event streams.

        Raises:
            TooManyStreams: there is none, in all or for this address.
        """
        address = _counted_for((request.remote or "",))
        if (
            self._streams.total() >= self._settings.max_streams
            or self._streams[address] >= self._settings.max_streams_per_address
        ):
            raise TooManyStreams
        self._streams[address] += 1
        connection = connection_of(request)
        if connection is not None:
            connection.enter(Phase.STREAM)
        try:
            yield
        finally:
            self._streams[address] -= 1
            if not self._streams[address]:
                del self._streams[address]

    # Time and memory

    def unread_bytes(self) -> int:
        """What all clients together have not taken yet."""
        return sum(one.held_bytes for one in self._connections)

    def room_for(self, size: int) -> bool:
        """May an answer of this size be written? Cuts those who do not read, if that is needed."""
        excess = self.unread_bytes() + size - self._settings.max_unread_bytes
        if excess <= 0:
            return True
        now = self.now()
        for one in sorted(self._connections, key=lambda one: one.held_bytes, reverse=True):
            if excess <= 0 or not one.held_bytes:
                break
            if one.unread_for(now) > UNREAD_S:
                excess -= one.held_bytes
                self._cut(one)
        return excess <= 0

    def count(self, status: int, reason: str) -> None:
        """Counts a request that the monitor could not or would not serve now."""
        self._metrics.count_refused(status, reason)

    def look(self, late_s: float = 0.0) -> None:
        """Cuts whoever takes too long.

        Args:
            late_s: for how long this process looked at nobody; that is not the clients' fault.
        """
        now = self.now()
        for one in tuple(self._connections):
            one.grant(late_s)
            if one.phase is Phase.HEAD and now - one.since > self._settings.header_s:
                self.refuse("slow_headers", one.address)
                self._metrics.count_refused(408, "headers")
                one.time_out()
                self.forget(one)
            elif one.unread_for(now) > self._settings.write_s:
                self._cut(one)

    def _cut(self, one: Connection) -> None:
        if one.phase is Phase.STREAM:
            self._metrics.streams_cut.labels("slow_reader").inc()
        self.refuse("slow_reader", one.address)
        self.forget(one)
        one.cut()

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        """Looks at the connections for as long as the application runs; a cleanup context."""

        async def looking() -> None:
            while True:
                due = self.now() + pause_s
                await asyncio.sleep(pause_s)
                late_s = self.now() - due
                try:
                    self.look(late_s if late_s > pause_s else 0.0)
                except Exception:
                    log.exception("connections_not_checked")

        pause_s = min(1.0, self._settings.header_s / 4, self._settings.write_s / 4)
        async with in_background(looking(), "livewatch-connections"):
            yield


GUARD = web.AppKey("livewatch_connections", ConnectionGuard)
_ORDER = {Phase.HEAD: 2, Phase.IDLE: 1, Phase.BODY: 3}


def _rank(one: Connection, now: float) -> int:
    """Whose turn it is to go when there is no room: the smallest first."""
    if one.phase is Phase.HEAD and now - one.since > SLOW_S:
        return 0
    return _ORDER[one.phase]


def enter(request: web.BaseRequest, phase: Phase) -> None:
    """Notes what the connection of a request waits for from now on."""
    connection = connection_of(request)
    if connection is not None:
        connection.enter(phase)


def connection_of(request: web.BaseRequest) -> Connection | None:
    """The connection of a request; ``None`` where a server of a test has no guard, or it is gone."""
    transport = request.transport
    protocol = transport.get_protocol() if transport is not None else None
    return protocol if isinstance(protocol, Connection) else None


class Requests(web.RequestHandler):
    """aiohttp's side of a connection, which answers what is no request without quoting it."""

    __slots__ = ("_guard",)

    def __init__(self, guard: ConnectionGuard, server: web.Server) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **server._kwargs)
        self._guard = guard

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to a request that could not be read or carried out."""
        unreadable = isinstance(exc, HttpProcessingError | web.RequestPayloadError)
        if not unreadable or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        self._guard.refuse("unreadable", _counted_for((request.remote or "",)))
        answer = problem(
            400,
            "unreadable-request",
            "this is no HTTP/1.1 request, or a line of it is too long or not allowed",
        )
        answer.force_close()
        return answer


class GuardedSite(web.BaseSite):
    """A TCP address on which every connection is guarded."""

    def __init__(
        self,
        runner: web.AppRunner,
        guard: ConnectionGuard,
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(runner, ssl_context=tls)
        self._guard = guard
        self._host = host
        self._port = port

    @property
    def name(self) -> str:
        """The address as a URL."""
        return f"{'https' if self._ssl_context else 'http'}://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listens.

        Raises:
            OSError: the address is taken or is none of this machine's.
        """
        await super().start()
        server = self._runner.server
        assert server is not None  # noqa: S101 - the base class has refused a runner that is not set up
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._guard, Requests(self._guard, server)),
            self._host,
            self._port,
            backlog=self._guard.backlog,
            ssl=self._ssl_context,
        )


def _counted_for(peer: object) -> str:
    """Whom a connection counts for; a customer of IPv6 has a network of 2^64 addresses."""
    host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((int(address), 64), strict=False))


def _within_files(configured: int) -> tuple[int, int]:
    """Backlog and number of connections, well below the number of files that may be open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return BACKLOG, configured
    backlog = min(BACKLOG, max(8, files // 8))
    free = files - backlog - min(OWN_FILES, files // 2)
    return backlog, max(FEWEST, min(configured, free))
