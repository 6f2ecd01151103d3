"""`/notifications`: the channels, what waits, and a button that tries each."""

from __future__ import annotations

import asyncio

from aiohttp import web

from monitor.desk.gate import principal_of
from monitor.desk.keys import NOTIFICATIONS
from monitor.desk.page import render
from monitor.desk.security import FORM_FIELD, may_write
from monitor.notify.service import Channel
from monitor.store.outbox import Delivery

__all__ = ["notifications", "try_channel"]

SHOWN = 100


async def notifications(request: web.Request) -> web.StreamResponse:
    """Channels and the latest messages."""
    found = request.app.get(NOTIFICATIONS)

    def read() -> tuple[list[Channel], list[Delivery]]:
        if found is None:
            return [], []
        return found.overview(SHOWN, scope=principal_of(request).scope)

    channels, deliveries = await asyncio.to_thread(read)
    context = {
        "channels": channels,
        "deliveries": deliveries,
        "tried": request.query.get("tried", ""),
    }
    return await render(request, "notifications.html", context, current="notifications")


async def try_channel(request: web.Request) -> web.StreamResponse:
    """Queues a test message."""
    form = await request.post()
    token, channel = form.get(FORM_FIELD), form.get("channel")
    if not may_write(request, token if isinstance(token, str) else None):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    found = request.app.get(NOTIFICATIONS)
    if found is None or not isinstance(channel, str):
        raise web.HTTPNotFound
    if not await asyncio.to_thread(found.test, channel):
        raise web.HTTPNotFound
    raise web.HTTPSeeOther(f"/notifications?tried={channel}")
