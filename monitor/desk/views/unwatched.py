"""`/unwatched`: configured rooms that nobody watches at the moment, by name."""

from __future__ import annotations

import asyncio

from aiohttp import web

from monitor.desk.page import render, unwatched_of

__all__ = ["unwatched"]


async def unwatched(request: web.Request) -> web.StreamResponse:
    """The list, those that are so longest first."""
    rooms = await asyncio.to_thread(unwatched_of, request)
    return await render(request, "unwatched.html", {"unwatched": rooms}, current="unwatched")
