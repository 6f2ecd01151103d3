"""`/api/v1/notifications`: who is told of what, what waits, and a test of each channel."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web
from msgspec import Struct

from monitor.desk.gate import principal_of
from monitor.desk.keys import NOTIFICATIONS
from monitor.desk.problems import problem
from monitor.desk.security import same_origin
from monitor.notify.service import Notifications

__all__ = ["Named", "list_notifications", "retry_notifications", "test_channel"]

DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000
STATES = ("waiting", "sent", "dropped", "dead")
_PARAMETERS = {"limit", "state", "alert"}


class Named(Struct, forbid_unknown_fields=True):
    """Body that names a channel."""

    channel: str | None = None


def _json(value: object, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def list_notifications(request: web.Request) -> web.Response:
    """Channels with their figures, and the latest messages."""
    unknown = sorted(set(request.query) - _PARAMETERS)
    if unknown:
        return problem(400, "unknown-parameter", f"there is no parameter {unknown[0]!r}")
    limit = request.query.get("limit", str(DEFAULT_LIMIT))
    if not (
        limit.isascii() and limit.isdigit() and len(limit) < 10 and 1 <= int(limit) <= MAX_LIMIT
    ):
        return problem(400, "bad-limit", f"limit is a number from 1 to {MAX_LIMIT}")
    state = request.query.get("state")
    if state is not None and state not in STATES:
        return problem(400, "bad-state", f"state is one of {', '.join(STATES)}")
    found = request.app.get(NOTIFICATIONS)
    if found is None:
        return _json({"channels": [], "items": []})
    alert = request.query.get("alert")

    def read() -> dict[str, object]:
        channels, items = found.overview(
            int(limit), state=state, alert=alert, scope=principal_of(request).scope
        )
        return {"channels": channels, "items": items}

    return _json(await asyncio.to_thread(read))


async def test_channel(request: web.Request) -> web.Response:
    """Queues a test message for one channel."""
    body = await _body(request)
    if isinstance(body, web.Response):
        return body
    found = request.app.get(NOTIFICATIONS)
    if body.channel is None:
        return problem(422, "bad-body", "name a channel")
    if found is None or not await asyncio.to_thread(found.test, body.channel):
        return problem(404, "no-such-channel", f"no channel {body.channel[:64]!r}")
    return _json({"queued": 1}, status=202)


async def retry_notifications(request: web.Request) -> web.Response:
    """Dead messages wait again, of one channel or of all."""
    body = await _body(request)
    if isinstance(body, web.Response):
        return body
    found: Notifications | None = request.app.get(NOTIFICATIONS)
    count = await asyncio.to_thread(found.retry, body.channel) if found is not None else 0
    return _json({"queued": count}, status=202)


async def _body(request: web.Request) -> Named | web.Response:
    if not same_origin(request):
        return problem(403, "foreign-origin", "the request comes from a page of another origin")
    if request.content_type != "application/json":
        return problem(415, "not-json", "the body is application/json")
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=Named)
    except msgspec.MsgspecError as error:
        return problem(422, "bad-body", str(error))


# Not a test of pytest's.
test_channel.__test__ = False  # type: ignore[attr-defined]
