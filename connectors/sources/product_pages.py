"""Pages of shops, looked at every few minutes: what a price is where the live room is not.

Authorised where the page is public and its host does not forbid it: robots.txt is kept, every
request names whom to write to, nothing is evaded. What changes between two looks is not seen; a page
that has not changed (304) tells nothing new. Where no page at all can be had, that is told as a gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Annotated

from aiohttp.abc import AbstractResolver
from msgspec import Meta, Struct

from connectors.clock import now_ms
from connectors.decoders.decoded import Recording
from connectors.errors import Fatal, Retryable
from connectors.logger import logger
from connectors.rates import HostLimit
from connectors.source import Delivery
from connectors.sources.addresses import AddressRefused, Guard, networks_of
from connectors.sources.page_list import Page, listed
from connectors.sources.web import Answer, Forbidden, Web
from connectors.sources.websocket import retry_after

__all__ = ["ProductPages", "ProductPagesOptions"]

log = logger()

#: How long connecting waits for the first page; others may be before us at its host.
FIRST_S = 10.0
#: How long a page rests whose host does not want us, and after the first failure, s.
REST_S, AGAIN_S = 86_400.0, 60.0
#: Statuses of a host that does not want us, and of a page that is not there.
_UNWANTED, _GONE = frozenset({401, 403, 451}), frozenset({404, 410})
_KINDS = ("text/html", "application/xhtml+xml")


class ProductPagesOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the source `product-pages`."""

    contact: str
    """Address of mail or of a page that says who asks; sent with every request."""
    pages: tuple[str, ...] = ()
    """Addresses, each with a name for its product after a blank, where it has one."""
    pages_file: str | None = None
    """File with one a line; `#` begins a comment."""
    every_s: Annotated[float, Meta(ge=60, le=2_592_000)] = 900.0
    """How often a page is looked at; a tenth more or less, at random."""
    host_pause_s: Annotated[float, Meta(ge=0, le=3_600)] = 1.0
    """Between two requests to one host; a longer Crawl-delay goes before it."""
    request_s: Annotated[float, Meta(gt=0, le=3_600)] = 20.0
    """How long one answer may take."""
    max_bytes: Annotated[int, Meta(gt=0, le=2 << 20)] = 2 << 20
    """Longest page, unpacked."""
    allow_hosts: tuple[str, ...] = ()
    """Further hosts to which a page may send us on; `.example.cn`: all under it."""
    allow_private: tuple[str, ...] = ()
    """Networks of one's own that may be asked: `10.8.0.0/16`."""
    ports: tuple[Annotated[int, Meta(ge=1, le=65_535)], ...] = (80, 443)


class ProductPages:
    """The pages of one source; each is a room of its own, named by its address."""

    Options = ProductPagesOptions
    decoder, brings = "product-page", "page"

    def __init__(
        self,
        options: ProductPagesOptions,
        recording: Recording,
        *,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """
        Raises:
            Fatal: no pages, one that must not be asked, or nobody to write to.
        """
        if recording.room:
            # Prices and gaps of pages must not be taken for those of a live room.
            raise Fatal("each page is a room of its own, named by its address: leave out `rooms`")
        contact = options.contact.strip()
        if not contact or not contact.isascii() or not contact.isprintable() or ")" in contact:
            raise Fatal("`contact` must say whom a host can write to, in plain letters")
        self._pages = listed(options.pages, options.pages_file)
        guard = Guard(
            {page.host for page in self._pages},
            allowed=options.allow_hosts,
            private=networks_of(options.allow_private),
            ports=options.ports,
        )
        for page in self._pages:
            try:
                page.address = str(guard.check(page.address))
            except AddressRefused as error:
                raise Fatal(f"{page.address[:200]}: {error.reason}") from error
        self.host = self._pages[0].host
        self.name = f"product pages of {self.host}"
        self._every_s = options.every_s
        self._web = Web(
            guard,
            contact,
            request_s=options.request_s,
            max_bytes=options.max_bytes,
            pause_s=options.host_pause_s,
            resolver=resolver,
        )
        self._random = Random()  # noqa: S311  no secret
        self._first: asyncio.Task[Delivery | None] | None = None
        self._failed: dict[str, Retryable] = {}
        """Pages that could not be had since one was."""
        self._unwanted: dict[str, str] = {}
        """Pages whose host does not want us, and why."""

    @property
    def limit(self) -> HostLimit:
        """The rates of the hosts; the runner sets its own."""
        return self._web.limit

    @limit.setter
    def limit(self, limit: HostLimit) -> None:
        self._web.limit = limit

    async def connect(self) -> None:
        """Looks at the first page that is due.

        Raises:
            Retryable: no page can be had.
            Fatal: no host wants us.
        """
        await self.close()
        self._web.open()
        page = self._next()
        if page.due_at > self._web.now():
            return
        self._first = asyncio.create_task(self._until_one(), name=f"{self.name}-first")
        await asyncio.wait([self._first], timeout=FIRST_S)
        if self._first.done():
            self._first.result()

    async def __aiter__(self) -> AsyncIterator[Delivery]:
        """The pages as they were answered.

        Raises:
            Retryable: none of the pages can be had.
            Fatal: no host wants us.
        """
        if self._first is not None:
            first, self._first = self._first, None
            try:
                delivery = await first
            finally:
                first.cancel()
            if delivery is not None:
                yield delivery
        while True:
            page = self._next()
            await asyncio.sleep(self._ready(page) - self._web.now())
            delivery = await self._look(page)
            if delivery is not None:
                yield delivery

    async def send(self, reply: bytes) -> None:
        """A page takes no answers."""

    async def close(self) -> None:
        """Ends the connection; what is known of the pages stays."""
        if self._first is not None:
            self._first.cancel()
            await asyncio.gather(self._first, return_exceptions=True)
            self._first = None
        await self._web.close()

    def _ready(self, page: Page) -> float:
        return max(page.due_at, self._web.free_at.get(page.host, 0.0))

    def _next(self) -> Page:
        # Of those that wait for the same host, the one that has waited longest.
        return min(self._pages, key=lambda page: (self._ready(page), page.due_at))

    async def _until_one(self) -> Delivery | None:
        """Looks at one page after the other until one is answered."""
        while True:
            page = self._next()
            await asyncio.sleep(self._ready(page) - self._web.now())
            delivery = await self._look(page)
            if page.address not in self._failed and page.address not in self._unwanted:
                return delivery

    async def _look(self, page: Page) -> Delivery | None:
        """Asks for one page once.

        Raises:
            Retryable, Fatal: it failed, and so did all others.
        """
        self._unwanted.pop(page.address, None)
        try:
            delivery = self._taken(page, await self._web.get(page.address, page.known))
        except Forbidden as error:
            self._put_off(page, REST_S)
            self._unwanted[page.address] = str(error)
            log.warning("page_not_wanted", page=page.address, reason=str(error)[:200])
            self._give_up()
            return None
        except Retryable as error:
            page.failures += 1
            self._put_off(page, min(AGAIN_S * 2 ** min(page.failures - 1, 20), self._every_s))
            self._failed[page.address] = error
            log.info("page_not_had", page=page.address, reason=error.reason[:200])
            self._give_up()
            return None
        page.failures = 0
        self._failed.clear()
        self._put_off(page, self._every_s)
        return delivery

    def _put_off(self, page: Page, seconds: float) -> None:
        page.due_at = self._web.now() + seconds * self._random.uniform(0.9, 1.1)

    def _give_up(self) -> None:
        """Raises when there is no page left that could be had."""
        if len(self._failed.keys() | self._unwanted.keys()) < len(self._pages):
            return
        if not self._failed:
            raise Fatal(next(iter(self._unwanted.values())), retry_after=REST_S)
        losses = list(self._failed.values())
        waits = [loss.retry_after for loss in losses if loss.retry_after]
        for page in self._pages:
            if page.address in self._failed:
                # When to come back is the runner's business now.
                page.due_at = 0.0
        self._failed.clear()
        raise Retryable(losses[-1].reason, retry_after=max(waits, default=None))

    def _taken(self, page: Page, answer: Answer) -> Delivery | None:
        status, headers = answer.status, answer.headers
        if status in _UNWANTED:
            raise Forbidden(f"{page.host} answers {status}")
        if status in _GONE:
            page.known.clear()
            log.info("page_gone", page=page.address, status=status)
            return None
        if status == 304:
            return None
        if status != 200:
            raise Retryable(f"{page.host} answers {status}", retry_after=retry_after(headers))
        kind = headers.get("Content-Type", _KINDS[0])
        if kind.partition(";")[0].strip().lower() not in _KINDS:
            log.warning("no_page", page=page.address, kind=kind[:100])
            return None
        known = {
            ask: value[:500]
            for told, ask in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))
            # Another address may call another page by the same name.
            if answer.address == page.address and (value := headers.get(told))
        }

        async def stored() -> None:
            # Not before: a page that was lost must be sent once more.
            page.known = known

        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Location: {answer.address}\r\n"
            + (f"Livewatch-Sku: {page.sku}\r\n" if page.sku else "")
            + "\r\n"
        )
        return Delivery(head.encode("utf-8", "replace") + answer.body, now_ms(), ack=stored)
