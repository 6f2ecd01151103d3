"""The document of the API (OpenAPI 3.1.1), made of the table of routes and of the structs that answer.

What an address needs stands in `monitor.access.permissions` alone; here stands what it takes and what it
gives. An address of the API without an entry here, and the other way round, fails a test; another
holds the answers of a running desk against the document.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from detectors import __version__
from detectors.alerts import Alert
from monitor.access.journal import Entry
from monitor.access.permissions import ROUTES, Route
from monitor.access.roles import MAY
from monitor.access.unmasking import STATES, Unmasking
from monitor.access.users import Person
from monitor.condition import UnwatchedRoom
from monitor.desk import notifications, unmasking
from monitor.desk.api import (
    DEFAULT_LIMIT,
    DEFAULT_ROOMS,
    MAX_LIMIT,
    MAX_ROOMS,
    Account,
    Closing,
    Handling,
)
from monitor.desk.captures import Supply, Taken
from monitor.desk.evidence import Approving, Asking
from monitor.desk.filters import FIELDS, FOCUS, LEVELS, NEGATABLE, STATUSES
from monitor.desk.representation import BRIEF
from monitor.desk.views import journal
from monitor.desk.views.account import Caller
from monitor.evidence.bundles import BundleRow
from monitor.evidence.custody import CustodyRecord
from monitor.evidence.findings import Report
from monitor.ingest import Answer
from monitor.notify.service import Channel
from monitor.store.outbox import Delivery
from monitor.store.rows import RoomRow

__all__ = ["OPERATIONS", "document", "encoded"]

Schema = dict[str, Any]
_REFERENCE = "#/components/schemas/{name}"


class Parameter(Struct, frozen=True):
    """One of a query."""

    name: str
    says: str
    schema: Schema = msgspec.field(default_factory=lambda: {"type": "string"})


class Operation(Struct, frozen=True, kw_only=True):
    """What an address takes and gives."""

    says: str
    status: int = 200
    gives: Any = None
    """A struct; a schema; ``None``: nothing that has one."""
    media: str = "application/json"
    takes: Any = None
    """Body: a struct, or a type of media as text."""
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    refusals: tuple[int, ...] = ()
    """Statuses of problems, beside those that every address may answer."""


def _ref(name: str) -> Schema:
    return {"$ref": _REFERENCE.format(name=name)}


def _object(**properties: Schema) -> Schema:
    """One that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _list(items: Schema, *, cursor: Schema | None = None) -> Schema:
    """A list under `items`, and where it goes on."""
    if cursor is None:
        return _object(items=_array(items))
    return _object(items=_array(items), next={"anyOf": [cursor, {"type": "null"}]})


def _limit(default: int, most: int) -> Parameter:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Parameter("limit", "How many at most.", schema)


_WHO = Parameter("who", "Who fetches it, where nobody signs in.")
_FIELDS = Parameter("fields", "`brief` leaves out evidence and law.", {"enum": ["all", "brief"]})
_SORT = Parameter(
    "sort",
    "The newest first, the gravest and of those the one that was hit last, or that was hit last.",
    {"enum": ["raised", "grave", "latest"], "default": "raised"},
)
_CURSOR = Parameter("cursor", "`next` of the page before.")
_FILTERS = {
    "status": f"Of {', '.join(STATUSES)}; several with commas. By default all.",
    "level": f"Of {', '.join(LEVELS)}; several with commas.",
    "focus": f"One of {', '.join(FOCUS)}.",
    "rule": "Ids of rules, with commas.",
    "platform": "As in events.",
    "room": "Number of the room on its platform.",
    "matter": "`matter` of an alert: those of one utterance.",
    "product_matter": "`product_matter` of an alert: those of one utterance or product.",
    "since": "Latest hit at or after this moment, ms.",
    "until": "Latest hit before this moment, ms.",
    "text": "Words in title, reason, subject, rule, shop, host, what is displayed of parties, or id.",
    "again": "`yes`: closed and hit again since.",
}
_FILTER = (
    *(Parameter(field, _FILTERS[field]) for field in FIELDS),
    *(Parameter(f"not_{field}", f"None of these values of `{field}`.") for field in NEGATABLE),
)
_BEFORE = Parameter("before", "Only entries before this number.", {"type": "integer", "minimum": 0})
_ALERTS = {"anyOf": [_ref("ShownAlert"), _ref("BriefAlert")]}
_ALERT = Operation(
    says="The alert as it stands then.", gives=_ref("ShownAlert"), refusals=(404, 409, 415, 422)
)
_INGESTION = Operation(
    says="Take in events: what is accepted is durable.", status=202, gives=Answer,
    takes="application/x-ndjson", refusals=(400, 408, 413, 415, 429),
)  # fmt: skip
_CAPTURE = Operation(
    says="Take in a screenshot or a clip: fields `room` or `alert`, `at`, and others, then `file`.",
    gives=Taken, takes="multipart/form-data", refusals=(400, 404, 408, 413, 415, 422, 507),
)  # fmt: skip

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/api/v1/openapi.json"): Operation(says="This document.", gives={"type": "object"}),
    ("GET", "/api/v1/alerts"): Operation(
        says="Alerts, newest first. A page may hold fewer than `limit`.",
        gives=_list(_ALERTS, cursor={"type": "string"}),
        query=(
            _limit(DEFAULT_LIMIT, MAX_LIMIT),
            _CURSOR,
            _SORT,
            _FIELDS,
            *_FILTER,
        ),
        refusals=(400,),
    ),
    ("GET", "/api/v1/alerts/stream"): Operation(
        says="Changes of alerts as server-sent events; `id` is the number of the change.",
        media="text/event-stream",
        query=(
            Parameter("last", "Goes on behind this change.", {"type": "integer"}),
            _FIELDS,
        ),
        headers=(Parameter("Last-Event-ID", "The same, as browsers send it."),),
        refusals=(400, 503),
    ),
    ("GET", "/api/v1/alerts/{id}"): Operation(
        says="One alert as it stands now.", gives=_ref("ShownAlert"), refusals=(404,)
    ),
    ("GET", "/api/v1/alerts/{id}/accounts"): Operation(
        says="The accounts of an alert on a crowd.",
        gives=_object(items=_array(_ref("Account")), of={"type": "integer"}),
        refusals=(404,),
    ),
    ("GET", "/api/v1/alerts/{id}/versions"): Operation(
        says="The versions of an alert that were kept, oldest first.",
        gives=_list(_ref("Alert")), refusals=(404,),
    ),
    ("POST", "/api/v1/alerts/{id}/acknowledge"): msgspec.structs.replace(_ALERT, takes=Handling),
    ("POST", "/api/v1/alerts/{id}/close"): msgspec.structs.replace(_ALERT, takes=Closing),
    ("POST", "/api/v1/alerts/{id}/unmaskings"): Operation(
        says="Ask to see the accounts of an alert by case; a second person approves.", status=201,
        gives=Unmasking, takes=unmasking.UnmaskAsking, refusals=(404, 409, 415, 422),
    ),
    ("GET", "/api/v1/unmaskings"): Operation(
        says="Requests to see accounts by case, newest first: one's own, of all for who may approve.",
        gives=_list(_ref("Unmasking")),
        query=(
            _limit(unmasking.DEFAULT_LIMIT, unmasking.MAX_LIMIT),
            Parameter("state", "How they stand.", {"enum": list(STATES)}),
            Parameter("alert", "Of one alert."),
        ),
        refusals=(400,),
    ),
    ("GET", "/api/v1/unmaskings/{unmasking}"): Operation(
        says="A request as it stands.", gives=Unmasking, refusals=(404,)
    ),
    ("POST", "/api/v1/unmaskings/{unmasking}/approve"): Operation(
        says="A second person approves, for a time.", gives=Unmasking,
        takes=unmasking.UnmaskDeciding, refusals=(404, 409, 415, 422),
    ),
    ("POST", "/api/v1/unmaskings/{unmasking}/refuse"): Operation(
        says="A second person refuses.", gives=Unmasking, takes=unmasking.UnmaskDeciding,
        refusals=(404, 409, 415, 422),
    ),
    ("POST", "/api/v1/unmaskings/{unmasking}/end"): Operation(
        says="Give up one's own, or take back that of another.", gives=Unmasking,
        takes=unmasking.UnmaskEnding, refusals=(404, 409, 415, 422),
    ),
    ("GET", "/api/v1/rooms"): Operation(
        says="Rooms, those on the air first.",
        gives=_list(_ref("RoomRow"), cursor={"type": "string"}),
        query=(
            _limit(DEFAULT_ROOMS, MAX_ROOMS),
            _CURSOR,
            Parameter("on_air", "`1` leaves the others out.", {"enum": ["0", "1"]}),
        ),
        refusals=(400,),
    ),
    ("GET", "/api/v1/unwatched"): Operation(
        says="Configured rooms that are not watched now.", gives=_list(_ref("UnwatchedRoom"))
    ),
    ("GET", "/api/v1/notifications"): Operation(
        says="Channels with their figures, and the latest messages.",
        gives=_object(channels=_array(_ref("Channel")), items=_array(_ref("Delivery"))),
        query=(
            _limit(notifications.DEFAULT_LIMIT, notifications.MAX_LIMIT),
            Parameter("state", "What became of them.", {"enum": list(notifications.STATES)}),
            Parameter("alert", "Of one alert."),
        ),
        refusals=(400,),
    ),
    ("POST", "/api/v1/notifications/test"): Operation(
        says="A test message to one channel.", status=202, gives=_ref("Queued"), takes=notifications.Named,
        refusals=(404, 415, 422),
    ),
    ("POST", "/api/v1/notifications/retry"): Operation(
        says="Dead messages wait again, of one channel or of all.", status=202,
        gives=_ref("Queued"), takes=notifications.Named, refusals=(415, 422),
    ),
    ("POST", "/api/v1/captures"): _CAPTURE,
    ("GET", "/api/v1/captures"): Operation(
        says="Screenshots and clips that a bundle of an alert has.", gives=_list(_ref("Supply")),
        query=(Parameter("alert", "Its id."),), refusals=(404,),
    ),
    ("GET", "/api/v1/captures/{capture}/file"): Operation(
        says="The file, as it was supplied.", media="application/octet-stream", refusals=(404,),
        query=(_WHO,),
    ),
    ("POST", "/api/v1/captures/{sender}"): _CAPTURE,
    ("POST", "/api/v1/captures/{sender}/{secret}"): _CAPTURE,
    ("POST", "/api/v1/bundles"): Operation(
        says="A bundle of evidence; it is made in the background.", status=202, gives=BundleRow,
        takes=Asking, refusals=(404, 415, 422),
    ),
    ("POST", "/api/v1/bundles/check"): Operation(
        says="Check a bundle; nothing of it is kept.", gives=Report, takes="application/zip",
        refusals=(413, 415),
    ),
    ("GET", "/api/v1/bundles/{bundle}"): Operation(
        says="A bundle as it stands.", gives=BundleRow, refusals=(404,)
    ),
    ("POST", "/api/v1/bundles/{bundle}/approve"): Operation(
        says="A second person approves.", gives=BundleRow, takes=Approving,
        refusals=(404, 409, 415, 422),
    ),
    ("GET", "/api/v1/bundles/{bundle}/file"): Operation(
        says="The ZIP.", media="application/zip", refusals=(404, 409),
        query=(_WHO,),
    ),
    ("GET", "/api/v1/session"): Operation(says="Who asks, and what he may.", gives=Caller),
    ("GET", "/api/v1/users"): Operation(says="Everybody.", gives=_list(_ref("Person"))),
    ("GET", "/api/v1/journal"): Operation(
        says="Sign-ins and changes to people, newest first.",
        gives=_list(_ref("Entry"), cursor={"type": "integer"}),
        query=(_limit(journal.DEFAULT_LIMIT, journal.MAX_LIMIT), _BEFORE), refusals=(400,),
    ),
    ("GET", "/api/v1/custody"): Operation(
        says="What was done with evidence, newest first.",
        gives=_list(_ref("CustodyRecord"), cursor={"type": "integer"}),
        query=(_limit(journal.DEFAULT_LIMIT, journal.MAX_LIMIT), _BEFORE), refusals=(400,),
    ),
    ("POST", "/api/v1/events"): _INGESTION,
    ("POST", "/api/v1/events/{sender}"): _INGESTION,
    ("POST", "/api/v1/events/{sender}/{secret}"): _INGESTION,
    ("GET", "/metrics"): Operation(says="Metrics for Prometheus.", media="text/plain"),
    ("GET", "/healthz"): Operation(
        says="Does it work: `ok`, `degraded` or, with 503, `failing`.", gives=_ref("Health")
    ),
    ("GET", "/readyz"): Operation(
        says="Are requests of use here; 503 before.",
        gives={
            "type": "object",
            "properties": {"ready": {"type": "boolean"}, "reason": {"type": ["string", "null"]}},
            "required": ["ready"],
        },
    ),
}  # fmt: skip

#: What a client has to know first.
_ABOUT = (
    "Alerts are leads at most: a person decides. Moments are milliseconds since 1970 (UTC). What a"
    " route needs is in `x-livewatch-needs`, and who may in `x-livewatch-roles`. Errors are problem"
    " details (RFC 9457)."
)


def document() -> Schema:
    """The document."""
    types = [
        Account, Alert, Answer, Approving, Asking, BundleRow, Caller, Channel, Closing,
        CustodyRecord, Delivery, Entry, Handling, notifications.Named, Person, Report, RoomRow, Supply,
        Taken, Unmasking, unmasking.UnmaskAsking, unmasking.UnmaskDeciding, unmasking.UnmaskEnding,
        UnwatchedRoom,
    ]  # fmt: skip
    _, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    paths: dict[str, Schema] = {}
    for (method, path), operation in OPERATIONS.items():
        route = ROUTES[method, path]
        paths.setdefault(path, {})[method.lower()] = _operation(route, operation)
    return {
        "openapi": "3.1.1",
        "info": {"title": "livewatch", "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**components, **_alerts(components["Alert"]), **_small()},
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "`lw_…`, made at the page 账号 or by `livewatch users token`",
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-livewatch",
                    "description": "Of the console; `livewatch_session` without TLS.",
                },
                "sender": {
                    "type": "http", "scheme": "bearer",
                    "description": "The token of ingestion; senders of webhooks sign, or have a secret"
                    " in their address.",
                },
            },
        },
    }  # fmt: skip


@cache
def encoded() -> bytes:
    """The document as JSON. Whoever asks for it needs no right, so it is made once."""
    return msgspec.json.encode(document())


def _operation(route: Route, operation: Operation) -> Schema:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    for place, some in (("query", operation.query), ("header", operation.headers)):
        parameters += [
            {"name": one.name, "in": place, "description": one.says, "schema": one.schema}
            for one in some
        ]
    found: Schema = {
        "operationId": _name(route),
        "summary": operation.says,
        "responses": {str(operation.status): _response(operation)},
        "x-livewatch-needs": route.needs,
        "security": _security(route),
    }
    if parameters:
        found["parameters"] = parameters
    roles = [role for role, acts in MAY.items() if route.needs in acts or route.needs == "sign-in"]
    if roles:
        found["x-livewatch-roles"] = roles
    if operation.takes is not None:
        found["requestBody"] = _body(operation.takes)
    refused = {"nothing": (), "probe": (503,), "here": (401, 403), "sender": (401,)}
    for status in sorted({*operation.refusals, *refused.get(route.needs, (401, 403))}):
        found["responses"].setdefault(str(status), _ref_response(status, route))
    return found


def _ref_response(status: int, route: Route) -> Schema:
    media, schema = "application/problem+json", _ref("Problem")
    if route.needs == "probe":
        media, schema = "application/json", {"type": "object"}
    return {"description": _STATUSES[status], "content": {media: {"schema": schema}}}


_STATUSES = {
    400: "A parameter or the body cannot be read.",
    401: "Nobody has signed in, or the token does not hold.",
    403: "Whoever asks may not do this.",
    404: "There is none.",
    408: "The body took too long.",
    409: "Not as things stand.",
    413: "Too long.",
    415: "Another type of media is wanted.",
    422: "The body is not of its form.",
    429: "Come back after `Retry-After` seconds.",
    503: "Not now.",
    507: "The disk is nearly full.",
}


def _name(route: Route) -> str:
    parts = [part.strip("{}").replace(".", "_") for part in route.path.split("/") if part]
    return "_".join([route.method.lower(), *(part for part in parts if part not in ("api", "v1"))])


def _security(route: Route) -> list[Schema]:
    match route.needs:
        case "nothing" | "probe":
            return [{}]
        case "here":
            return [{}, {"token": []}]
        case "sender":
            return [{"sender": []}] if "{" not in route.path else [{}]
        case _:
            return [{"token": []}, {"session": []}]


def _response(operation: Operation) -> Schema:
    described = {"description": operation.says}
    if operation.gives is None:
        return {**described, "content": {operation.media: {"schema": {"type": "string"}}}}
    return {**described, "content": {operation.media: {"schema": _schema(operation.gives)}}}


def _schema(gives: Any) -> Schema:
    if isinstance(gives, dict):
        return gives
    named = _ref(gives.__name__)
    if gives is not BundleRow:
        return named
    file = {"type": "object", "properties": {"file": {"type": "string"}}}
    return {"allOf": [named, file]}


def _body(takes: Any) -> Schema:
    if isinstance(takes, str):
        return {"required": True, "content": {takes: {"schema": {"type": "string"}}}}
    return {"content": {"application/json": {"schema": _ref(takes.__name__)}}}


def _alerts(alert: Schema) -> Schema:
    """The alert as `representation` shows it: whole, and brief."""
    handled: Schema = {
        "status": {"enum": list(STATUSES)},
        "legal_status": alert["properties"]["status"],
        "seq": {"type": "integer"},
        "number": {"type": "integer"},
        "matter": {"type": "string"},
        "product_matter": {"type": "string"},
        "territories": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Codes of the divisions that registered whoever is behind the room.",
        },
        "handling": _object(
            who={"type": ["string", "null"]},
            at={"type": ["integer", "null"]},
            reason={"type": ["string", "null"]},
            note={"type": ["string", "null"]},
            hits_since_closed={"type": "integer"},
        ),
    }
    whole = {**alert, "title": "ShownAlert", "properties": alert["properties"] | handled}
    whole["required"] = [*alert["required"], *(name for name in handled if name != "status")]
    shown = {name: whole["properties"][name] for name in BRIEF if name in whole["properties"]}
    brief = {
        "title": "BriefAlert",
        "type": "object",
        "properties": shown,
        "required": [name for name in shown if name in whole["required"]],
        "not": {"required": ["evidence"]},
    }
    return {"ShownAlert": whole, "BriefAlert": brief}


def _small() -> Schema:
    return {
        # What comes of a request that is not answered as wanted (RFC 9457).
        "Problem": _object(
            type={"type": "string", "description": "`urn:livewatch:problem:` and its name"},
            title={"type": "string"},
            status={"type": "integer"},
            detail={"type": "string"},
        ),
        "Queued": _object(queued={"type": "integer"}),
        "Health": {
            "type": "object",
            "properties": {
                "status": {"enum": ["ok", "degraded", "failing"]},
                "problems": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["status"],
        },
    }
