"""`/unwatched`: configured rooms that nobody watches at the moment, by name."""

from __future__ import annotations

from aiohttp import web

from monitor.desk.keys import UNWATCHED
from monitor.desk.page import render

__all__ = ["unwatched"]


async def unwatched(request: web.Request) -> web.StreamResponse:
    """The list, those that are so longest first."""
    rooms = request.app[UNWATCHED]()
    return await render(request, "unwatched.html", {"unwatched": rooms}, current="unwatched")
