"""`/api/v1/notifications`: who is told of what, what waits, and a test of each channel."""

from __future__ import annotations

import asyncio

from aiohttp import web
from msgspec import Struct

from monitor.desk.api import BadParameter, answer, body_of, limit_of
from monitor.desk.gate import principal_of
from monitor.desk.keys import NOTIFICATIONS
from monitor.notify.service import Notifications
from monitor.problems import problem

__all__ = ["Named", "list_notifications", "retry_notifications", "test_channel"]

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
STATES = ("waiting", "sent", "dropped", "dead")
_PARAMETERS = {"limit", "state", "alert"}


class Named(Struct, forbid_unknown_fields=True):
    """Body that names a channel."""

    channel: str | None = None


async def list_notifications(request: web.Request) -> web.Response:
    """Channels with their figures, and the latest messages."""
    try:
        limit = limit_of(request, _PARAMETERS, DEFAULT_LIMIT, MAX_LIMIT)
    except BadParameter as error:
        return problem(400, error.kind, str(error))
    state = request.query.get("state")
    if state is not None and state not in STATES:
        return problem(400, "bad-state", f"state is one of {', '.join(STATES)}")
    found = request.app.get(NOTIFICATIONS)
    if found is None:
        return answer({"channels": [], "items": []})
    alert = request.query.get("alert")

    def read() -> dict[str, object]:
        channels, items = found.overview(
            limit, state=state, alert=alert, scope=principal_of(request).scope
        )
        return {"channels": channels, "items": items}

    return answer(await asyncio.to_thread(read))


async def test_channel(request: web.Request) -> web.Response:
    """Queues a test message for one channel."""
    body = await body_of(request, Named)
    if isinstance(body, web.Response):
        return body
    found = request.app.get(NOTIFICATIONS)
    if body.channel is None:
        return problem(422, "bad-body", "name a channel")
    if found is None or not await asyncio.to_thread(found.test, body.channel):
        return problem(404, "no-such-channel", f"no channel {body.channel[:64]!r}")
    return answer({"queued": 1}, status=202)


async def retry_notifications(request: web.Request) -> web.Response:
    """Dead messages wait again, of one channel or of all."""
    body = await body_of(request, Named)
    if isinstance(body, web.Response):
        return body
    found: Notifications | None = request.app.get(NOTIFICATIONS)
    count = await asyncio.to_thread(found.retry, body.channel) if found is not None else 0
    return answer({"queued": count}, status=202)


# Not a test of pytest's.
test_channel.__test__ = False  # type: ignore[attr-defined]
