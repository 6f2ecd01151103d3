"""`/api/v1`: the same alerts and rooms as the pages show, as JSON."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from monitor.desk.filters import FIELDS, NEGATABLE, BadFilter, parse
from monitor.desk.keys import CLOCK, STORE
from monitor.desk.problems import problem
from monitor.desk.representation import represent
from monitor.desk.security import same_origin
from monitor.errors import BadCursor, TransitionRefused, UnknownAlert
from monitor.store.rows import AlertRow, CloseReason, Status

__all__ = ["acknowledge_alert", "close_alert", "get_alert", "list_alerts", "list_rooms"]

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
#: Named in the history when a program does not say who acts.
NAMELESS = "api"
Body = TypeVar("Body", bound=Struct)
_PARAMETERS = {"limit", "cursor", *FIELDS, *(f"not_{field}" for field in NEGATABLE)}


class Handling(Struct, forbid_unknown_fields=True):
    """Body of an acknowledgement."""

    who: str = NAMELESS
    note: str | None = None


class Closing(Struct, forbid_unknown_fields=True):
    """Body of a closing."""

    reason: CloseReason
    who: str = NAMELESS
    note: str | None = None


def answer(value: object, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def list_alerts(request: web.Request) -> web.Response:
    """One page of alerts, newest first, of those that the filter means."""
    unknown = sorted(set(request.query) - _PARAMETERS)
    if unknown:
        return problem(400, "unknown-parameter", f"there is no parameter {unknown[0]!r}")
    limit = request.query.get("limit", str(DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MAX_LIMIT):
        return problem(400, "bad-limit", f"limit is a number from 1 to {MAX_LIMIT}")
    try:
        wanted = parse(request.query.items(), api=True).store_filter()
        page = await asyncio.to_thread(
            request.app[STORE].list_alerts, wanted, int(limit), request.query.get("cursor") or None
        )
    except BadFilter as error:
        return problem(400, "bad-filter", str(error))
    except BadCursor as error:
        return problem(400, "bad-cursor", str(error))
    return answer({"items": [represent(row) for row in page.items], "next": page.next})


async def list_rooms(request: web.Request) -> web.Response:
    """All rooms: on the air first, then by the latest arrival."""
    rooms = await asyncio.to_thread(request.app[STORE].rooms)
    return answer({"items": rooms})


async def get_alert(request: web.Request) -> web.Response:
    """One alert as it stands now."""
    row = await asyncio.to_thread(request.app[STORE].get_alert, request.match_info["id"])
    if row is None:
        return problem(404, "no-such-alert", f"no alert {request.match_info['id'][:64]!r}")
    response = answer(represent(row))
    response.headers["ETag"] = f'"{row.seq}"'
    return response


async def acknowledge_alert(request: web.Request) -> web.Response:
    """Someone takes the alert into his hands."""
    body = await _body(request, Handling)
    if isinstance(body, web.Response):
        return body
    return await _handle(request, "acknowledged", body.who, None, body.note)


async def close_alert(request: web.Request) -> web.Response:
    """The alert is done with, for a stated reason."""
    body = await _body(request, Closing)
    if isinstance(body, web.Response):
        return body
    return await _handle(request, "closed", body.who, body.reason, body.note)


async def _body(request: web.Request, kind: type[Body]) -> Body | web.Response:
    """The request's body. A page of another origin may not write, and a form cannot be JSON."""
    if not same_origin(request):
        return problem(403, "foreign-origin", "the request comes from a page of another origin")
    if request.content_type != "application/json":
        return problem(415, "not-json", "the body is application/json")
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        return problem(422, "bad-body", str(error))


async def _handle(
    request: web.Request, to: Status, who: str, reason: CloseReason | None, note: str | None
) -> web.Response:
    try:
        row: AlertRow = await asyncio.to_thread(
            request.app[STORE].transition,
            request.match_info["id"], to, who, request.app[CLOCK](), reason, note,
        )  # fmt: skip
    except UnknownAlert as error:
        return problem(404, "no-such-alert", str(error))
    except TransitionRefused as error:
        return problem(409, "refused", str(error))
    return answer(represent(row))
