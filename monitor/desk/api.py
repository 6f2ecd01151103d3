"""`/api/v1`: the same alerts and rooms as the pages show, as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar, cast, get_args

import msgspec
from aiohttp import web
from msgspec import Struct

from monitor.desk.accounts import Kind, members
from monitor.desk.filters import FIELDS, NEGATABLE, BadFilter, parse
from monitor.desk.gate import principal_of, store_of
from monitor.desk.keys import CLOCK
from monitor.desk.representation import brief, represent
from monitor.desk.security import same_origin
from monitor.desk.shown import alerts_for, note_accounts, note_unmasked, row_for
from monitor.errors import BadCursor, TransitionRefused, UnknownAlert
from monitor.problems import problem
from monitor.store.queries import cursor_after
from monitor.store.rows import AlertFilter, AlertRow, CloseReason, Order, Status
from monitor.store.scoped import ScopedStore

__all__ = [
    "BadParameter",
    "Body",
    "acknowledge_alert",
    "answer",
    "body_of",
    "close_alert",
    "get_accounts",
    "get_alert",
    "limit_of",
    "list_alerts",
    "list_rooms",
    "list_versions",
]

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
#: A page of alerts ends before its limit where it would become longer than this, bytes.
ANSWER_BYTES = 2 * 2**20
#: Alerts that are read and encoded at a time; one may have tens of kilobytes.
READ_AT_ONCE = 20
DEFAULT_ROOMS, MAX_ROOMS = 200, 1_000
#: Named in the history when a program does not say who acts.
NAMELESS = "api"
Body = TypeVar("Body", bound=Struct)
_PARAMETERS = {
    "limit",
    "cursor",
    "fields",
    "sort",
    *FIELDS,
    *(f"not_{field}" for field in NEGATABLE),
}


class Handling(Struct, forbid_unknown_fields=True):
    """Body of an acknowledgement."""

    who: str = NAMELESS
    note: str | None = None


class Closing(Struct, forbid_unknown_fields=True):
    """Body of a closing."""

    reason: CloseReason
    who: str = NAMELESS
    note: str | None = None


class Account(Struct, kw_only=True):
    """An account of a crowd."""

    account: str
    first: int
    last: int
    counts: dict[Kind, int]
    groups: Sequence[str]
    broadcasts: Sequence[int] | msgspec.UnsetType = msgspec.UNSET


def answer(value: object, *, status: int = 200) -> web.Response:
    return _json(msgspec.json.encode(value), status=status)


def _json(body: bytes, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=body,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def list_alerts(request: web.Request) -> web.Response:
    """One page of alerts of those that the filter means, newest first or as `sort` says.

    A page may hold fewer than `limit`, so that no answer becomes too long; `next` goes on.
    """
    try:
        limit = limit_of(request, _PARAMETERS, DEFAULT_LIMIT, MAX_LIMIT)
        shape = _shape(request)
        order = _order(request)
        wanted = parse(request.query.items(), api=True).store_filter()
        cursor = request.query.get("cursor") or None
        body = await asyncio.to_thread(
            _page,
            store_of(request),
            wanted,
            limit,
            cursor,
            order,
            lambda row: shape(row_for(request, row)),
        )
    except BadParameter as error:
        return problem(400, error.kind, str(error))
    except BadFilter as error:
        return problem(400, "bad-filter", str(error))
    except BadCursor as error:
        return problem(400, "bad-cursor", str(error))
    return _json(body)


def _page(
    store: ScopedStore,
    wanted: AlertFilter,
    limit: int,
    cursor: str | None,
    order: Order,
    shape: Callable[[AlertRow], dict[str, Any]],
) -> bytes:
    """The page as JSON. Only a few alerts are taken apart at a time: as objects they are many
    times as large as their JSON."""
    items: list[bytes] = []
    size = 0
    while True:
        some = store.list_alerts(wanted, min(limit - len(items), READ_AT_ONCE), cursor, order)
        for row in some.items:
            item = msgspec.json.encode(shape(row))
            if items and size + len(item) > ANSWER_BYTES:
                return _joined(items, cursor)
            items.append(item)
            size += len(item)
            cursor = cursor_after(row, order)
        if some.next is None or len(items) >= limit:
            return _joined(items, some.next)


def _joined(items: list[bytes], following: str | None) -> bytes:
    end = msgspec.json.encode(following)
    return b'{"items":[' + b",".join(items) + b'],"next":' + end + b"}"


async def list_rooms(request: web.Request) -> web.Response:
    """One page of rooms: those on the air first, then by platform and room; `on_air=1` leaves the
    others out."""
    try:
        limit = limit_of(request, {"limit", "cursor", "on_air"}, DEFAULT_ROOMS, MAX_ROOMS)
        rooms, following = await asyncio.to_thread(
            store_of(request).room_page,
            limit,
            request.query.get("cursor") or None,
            _on_air(request),
        )
    except BadParameter as error:
        return problem(400, error.kind, str(error))
    except BadCursor as error:
        return problem(400, "bad-cursor", str(error))
    return answer({"items": rooms, "next": following})


class BadParameter(ValueError):
    """A parameter that cannot be read."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def limit_of(request: web.Request, parameters: Collection[str], default: int, most: int) -> int:
    """How many items a list is asked for.

    Args:
        parameters: all that the list knows.

    Raises:
        BadParameter: the limit is none, or there is a parameter that the list does not know.
    """
    unknown = sorted(set(request.query).difference(parameters))
    if unknown:
        raise BadParameter("unknown-parameter", f"there is no parameter {unknown[0]!r}")
    given = request.query.get("limit", str(default))
    if not (given.isascii() and given.isdigit() and len(given) < 10 and 1 <= int(given) <= most):
        raise BadParameter("bad-limit", f"limit is a number from 1 to {most}")
    return int(given)


def _on_air(request: web.Request) -> bool:
    given = request.query.get("on_air", "0")
    if given not in ("0", "1"):
        raise BadParameter("bad-on-air", "on_air is 0 or 1")
    return given == "1"


def _shape(request: web.Request) -> Callable[[AlertRow], dict[str, Any]]:
    match request.query.get("fields"):
        case None | "all":
            return represent
        case "brief":
            return brief
    raise BadParameter("bad-fields", "fields is brief or all")


def _order(request: web.Request) -> Order:
    given = request.query.get("sort", "raised")
    if given not in get_args(Order):
        raise BadParameter("bad-sort", f"sort is one of {', '.join(get_args(Order))}")
    return cast("Order", given)


async def get_alert(request: web.Request) -> web.Response:
    """One alert as it stands now."""
    row = await asyncio.to_thread(store_of(request).get_alert, request.match_info["id"])
    if row is None:
        return problem(404, "no-such-alert", f"no alert {request.match_info['id'][:64]!r}")
    await note_unmasked(request, row.alert.id)
    response = answer(represent(await asyncio.to_thread(row_for, request, row)))
    response.headers["ETag"] = f'"{row.seq}"'
    return response


async def list_versions(request: web.Request) -> web.Response:
    """All versions of an alert that were kept, the oldest first."""
    alert_id = request.match_info["id"]
    found = await asyncio.to_thread(store_of(request).versions, alert_id)
    if not found:
        return problem(404, "no-such-alert", f"no alert {alert_id[:64]!r}")
    await note_unmasked(request, alert_id)
    shown = await asyncio.to_thread(alerts_for, request, found)
    return answer({"items": shown})


async def get_accounts(request: web.Request) -> web.Response:
    """The accounts of an alert on a crowd."""
    row = await asyncio.to_thread(store_of(request).get_alert, request.match_info["id"])
    if row is None:
        return problem(404, "no-such-alert", f"no alert {request.match_info['id'][:64]!r}")
    found = members(row.alert)
    crowd = row.alert.evidence.crowd
    if crowd is msgspec.UNSET or not found:
        return problem(404, "no-crowd", "this alert is not about a crowd of accounts")
    await note_accounts(request, row.alert.id)
    items = [
        Account(
            account=member.account, first=member.first, last=member.last,
            counts=member.counts, groups=member.groups,
            broadcasts=member.broadcasts if crowd.broadcasts else msgspec.UNSET,
        )
        for member in found
    ]  # fmt: skip
    return answer({"items": items, "of": crowd.of})


async def acknowledge_alert(request: web.Request) -> web.Response:
    """Someone takes the alert into his hands."""
    body = await body_of(request, Handling)
    if isinstance(body, web.Response):
        return body
    return await _handle(request, "acknowledged", body.who, None, body.note)


async def close_alert(request: web.Request) -> web.Response:
    """The alert is done with, for a stated reason."""
    body = await body_of(request, Closing)
    if isinstance(body, web.Response):
        return body
    return await _handle(request, "closed", body.who, body.reason, body.note)


async def body_of(request: web.Request, kind: type[Body]) -> Body | web.Response:
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
            store_of(request).transition,
            request.match_info["id"], to, principal_of(request).name or who,
            request.app[CLOCK](), reason, note,
        )  # fmt: skip
    except UnknownAlert as error:
        return problem(404, "no-such-alert", str(error))
    except TransitionRefused as error:
        return problem(409, "refused", str(error))
    return answer(represent(await asyncio.to_thread(row_for, request, row)))
