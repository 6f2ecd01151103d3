"""A shop's web server for tests, and a resolver that says what a test wants."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from connectors.clock import WallClock
from connectors.rates import HostLimit, HostRates
from connectors.sources.product_pages import ProductPages, ProductPagesOptions
from tests.connectors.importing import recording

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE = b"""<html><head><meta charset="utf-8"><script type="application/ld+json">
{"@type":"Product","name":"\xe9\xbe\x99\xe4\xba\x95","sku":"T1","offers":{"@type":"Offer","price":"89.90","priceCurrency":"CNY"}}
</script></head><body></body></html>"""


class Shop:
    """What was asked, and what is answered."""

    def __init__(self) -> None:
        self.port = 0
        self.robots: str | int = 404
        self.answer: Handler = page
        self.asked: list[web.Request] = []
        self.robots_asked = 0
        self.busy = self.most_busy = 0
        self.hang_ups = 0
        """Requests that are yet to be answered by hanging up. The client asks once more by itself."""

    @property
    def paths(self) -> list[str]:
        """The pages that were asked for, robots.txt apart."""
        return [request.path for request in self.asked]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers."""
        if request.path == "/robots.txt":
            self.robots_asked += 1
            if isinstance(self.robots, int):
                return web.Response(status=self.robots)
            return web.Response(text=self.robots)
        self.asked.append(request)
        if self.hang_ups:
            self.hang_ups -= 1
            assert request.transport is not None
            request.transport.abort()  # type: ignore[attr-defined]  # of a socket
            return web.Response()
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            return await self.answer(request)
        finally:
            self.busy -= 1


async def page(request: web.Request) -> web.StreamResponse:
    """The page, whatever is asked for."""
    return web.Response(body=PAGE, content_type="text/html")


@asynccontextmanager
async def shop(*addresses: str) -> AsyncIterator[Shop]:
    """A shop that listens on these addresses of this machine, all on one port."""
    served = Shop()
    server = web.Server(served.handle, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    try:
        for address in addresses or ("127.0.0.1",):
            await web.TCPSite(runner, address, served.port).start()
            served.port = runner.addresses[0][1]
        yield served
    finally:
        await runner.cleanup()


class Names(AbstractResolver):
    """A resolver with answers that a test lines up; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers) or [["127.0.0.1"]]
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        """Nothing to close."""


def source(
    port: int, *pages: str, names: AbstractResolver | None = None, **options: Any
) -> ProductPages:
    """A source that may ask 127.0.0.1, and asks often."""
    settings: dict[str, Any] = {
        "contact": "desk@example.cn",
        "pages": tuple(page.replace("PORT", str(port)) for page in pages)
        or (f"http://shop.example:{port}/tea",),
        "every_s": 0.05,
        "host_pause_s": 0.0,
        "request_s": 60.0,
        "allow_private": ("127.0.0.1/32",),
        "ports": (port,),
    } | options
    pages_of_room = ProductPages(
        ProductPagesOptions(**settings),
        recording(platform="shop", room=""),
        resolver=names or Names(),
    )
    pages_of_room.limit = quick()
    return pages_of_room


def quick() -> HostLimit:
    """A rate that no test notices."""
    return HostLimit(HostRates(WallClock()), "", per_s=10_000, burst=100)
