"""Seeing the accounts of an alert by case: asked for, approved, refused and ended, on pages and by the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from aiohttp import web
from msgspec import Meta, Struct

from detectors.alerts import Alert
from monitor.access.unmasking import STATES, Unmasking, UnmaskRefused
from monitor.desk.api import BadParameter, answer, body_of, limit_of
from monitor.desk.gate import may, principal_of, store_of, unmasks
from monitor.desk.keys import ACCESS
from monitor.desk.page import formats, render
from monitor.desk.security import FORM_FIELD, may_write
from monitor.problems import problem

__all__ = [
    "DEFAULT_LIMIT",
    "MAX_LIMIT",
    "UnmaskAsking",
    "UnmaskDeciding",
    "UnmaskEnding",
    "add_to",
    "section",
]

DEFAULT_LIMIT, MAX_LIMIT = 100, 500
_PARAMETERS = {"limit", "state", "alert"}
_STATUS = {"none": 404, "alert": 404, "empty": 422}


class UnmaskAsking(Struct, forbid_unknown_fields=True):
    """Body of a request to see the accounts of an alert."""

    why: str
    case: str
    """Number of the case."""


class UnmaskDeciding(Struct, forbid_unknown_fields=True):
    """Body of a decision."""

    note: str = ""
    minutes: Annotated[int, Meta(ge=1)] | None = None
    """For how long an approval holds; at most, and by default, as long as is configured."""


class UnmaskEnding(Struct, forbid_unknown_fields=True):
    """Body of what ends a request: nothing."""


def add_to(app: web.Application) -> None:
    """Adds the addresses."""
    app.add_routes(
        [
            web.get("/unmaskings", page),
            web.post("/alerts/{id}/unmaskings", ask_form),
            web.post("/unmaskings/{unmasking}/approve", approve_form),
            web.post("/unmaskings/{unmasking}/refuse", refuse_form),
            web.post("/unmaskings/{unmasking}/end", end_form),
            web.get("/api/v1/unmaskings", list_unmaskings),
            web.post("/api/v1/alerts/{id}/unmaskings", ask),
            web.get("/api/v1/unmaskings/{unmasking}", get),
            web.post("/api/v1/unmaskings/{unmasking}/approve", approve),
            web.post("/api/v1/unmaskings/{unmasking}/refuse", refuse),
            web.post("/api/v1/unmaskings/{unmasking}/end", end),
        ]
    )


def _own(request: web.Request) -> str | None:
    """Whose requests somebody is shown: his own, or those of all where he may approve."""
    return None if may(request, "approve") else principal_of(request).name


async def section(request: web.Request, alert: Alert) -> dict[str, Any] | None:
    """What an alert's page has of this; ``None``: nothing, for whoever asks."""
    who, unmaskings = principal_of(request), request.app[ACCESS].unmaskings
    if not who.known or not who.may("handle"):
        return None
    found = await asyncio.to_thread(
        unmaskings.listed, who.scope, alert=alert.id, person=_own(request), limit=20
    )
    shown = unmasks(request, alert.id)
    if not found and (shown or not unmaskings.may_ask(who)):
        return None
    open_ = any(one.person == who.name and one.state in ("waiting", "approved") for one in found)
    return {
        "requests": found,
        "may_ask": not shown and not open_ and unmaskings.may_ask(who),
        "longest": unmaskings.longest_min,
    }


# Pages


async def page(request: web.Request) -> web.StreamResponse:
    """Requests: those that wait, and the latest of the others."""
    unmaskings, who = request.app[ACCESS].unmaskings, principal_of(request)

    def read() -> tuple[list[Unmasking], list[Unmasking]]:
        own = _own(request)
        return (
            unmaskings.listed(who.scope, person=own, state="waiting", limit=MAX_LIMIT),
            unmaskings.listed(who.scope, person=own),
        )

    waiting, latest = await asyncio.to_thread(read)
    names = {one.id for one in waiting}
    context = {
        "waiting": waiting,
        "requests": [*waiting, *(one for one in latest if one.id not in names)],
        "longest": unmaskings.longest_min,
    }
    return await render(request, "unmaskings.html", context, current="unmaskings")


async def ask_form(request: web.Request) -> web.StreamResponse:
    """Asks: POST, then 303 back to the alert."""
    form = await request.post()
    if not may_write(request, _text(form.get(FORM_FIELD))):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    alert = request.match_info["id"]
    try:
        await asyncio.to_thread(
            lambda: request.app[ACCESS].unmaskings.ask(
                principal_of(request), alert, why=_text(form.get("why")),
                case=_text(form.get("case")),
            )
        )  # fmt: skip
    except UnmaskRefused as error:
        return await _refused(request, error)
    return _back(alert)


async def approve_form(request: web.Request) -> web.StreamResponse:
    """Approves."""
    return await _decided(request, approved=True)


async def refuse_form(request: web.Request) -> web.StreamResponse:
    """Refuses."""
    return await _decided(request, approved=False)


async def _decided(request: web.Request, *, approved: bool) -> web.StreamResponse:
    form = await request.post()
    given = _text(form.get("minutes"))
    minutes = int(given) if given.isascii() and given.isdigit() and 0 < len(given) < 7 else None

    def work(one: Unmasking) -> Unmasking:
        return request.app[ACCESS].unmaskings.decide(
            principal_of(request), one.id, approve=approved, note=_text(form.get("note")),
            minutes=minutes,
        )  # fmt: skip

    return await _by_form(request, work)


async def end_form(request: web.Request) -> web.StreamResponse:
    """Gives it up, or takes it back."""
    return await _by_form(
        request, lambda one: request.app[ACCESS].unmaskings.end(principal_of(request), one.id)
    )


async def _by_form(
    request: web.Request, work: Callable[[Unmasking], Unmasking]
) -> web.StreamResponse:
    form = await request.post()
    if not may_write(request, _text(form.get(FORM_FIELD))):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    try:
        one = await asyncio.to_thread(lambda: work(_found(request)))
    except UnmaskRefused as error:
        return await _refused(request, error)
    return _back(one.alert)


async def _refused(request: web.Request, error: UnmaskRefused) -> web.StreamResponse:
    say = formats(request).language.say
    context = {"kind": "unmask", "detail": say(f"unmask.error.{error.why}")}
    return await render(request, "problem.html", context, status=_STATUS.get(error.why, 409))


def _back(alert: str) -> web.Response:
    address = f"/alerts/{quote(alert, safe='')}#unmasking"
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def _text(value: object) -> str:
    return value.strip()[:2_000] if isinstance(value, str) else ""


# The API


async def list_unmaskings(request: web.Request) -> web.Response:
    """One's own requests; of all people for those who may approve them."""
    try:
        limit = limit_of(request, _PARAMETERS, DEFAULT_LIMIT, MAX_LIMIT)
    except BadParameter as error:
        return problem(400, error.kind, str(error))
    given = request.query.get("state")
    state = next((one for one in STATES if one == given), None)
    if given is not None and state is None:
        return problem(400, "bad-state", f"state is one of {', '.join(STATES)}")
    found = await asyncio.to_thread(
        request.app[ACCESS].unmaskings.listed,
        principal_of(request).scope,
        alert=request.query.get("alert"),
        person=_own(request),
        state=state,
        limit=limit,
    )
    return answer({"items": found})


async def ask(request: web.Request) -> web.Response:
    """Asks to see the accounts of an alert."""
    body = await body_of(request, UnmaskAsking)
    if isinstance(body, web.Response):
        return body
    work = request.app[ACCESS].unmaskings.ask
    alert, who = request.match_info["id"], principal_of(request)
    return await _carried_out(lambda: work(who, alert, why=body.why, case=body.case), status=201)


async def get(request: web.Request) -> web.Response:
    """A request as it stands."""
    return await _carried_out(lambda: _found(request))


async def approve(request: web.Request) -> web.Response:
    """A second person approves."""
    return await _decide(request, approved=True)


async def refuse(request: web.Request) -> web.Response:
    """A second person refuses."""
    return await _decide(request, approved=False)


async def _decide(request: web.Request, *, approved: bool) -> web.Response:
    body = await body_of(request, UnmaskDeciding)
    if isinstance(body, web.Response):
        return body
    unmaskings, who = request.app[ACCESS].unmaskings, principal_of(request)
    return await _carried_out(
        lambda: unmaskings.decide(
            who, _found(request).id, approve=approved, note=body.note, minutes=body.minutes
        )
    )


async def end(request: web.Request) -> web.Response:
    """Gives it up, or takes it back."""
    body = await body_of(request, UnmaskEnding)
    if isinstance(body, web.Response):
        return body
    unmaskings, who = request.app[ACCESS].unmaskings, principal_of(request)
    return await _carried_out(lambda: unmaskings.end(who, _found(request).id))


async def _carried_out(work: Callable[[], Unmasking], *, status: int = 200) -> web.Response:
    try:
        return answer(await asyncio.to_thread(work), status=status)
    except UnmaskRefused as error:
        kind = {"none": "no-such-unmasking", "alert": "no-such-alert"}.get(error.why, "refused")
        return problem(_STATUS.get(error.why, 409), kind, str(error))


def _found(request: web.Request) -> Unmasking:
    """The request of the address, if whoever asks may know of it; blocks.

    Raises:
        UnmaskRefused: there is none for him.
    """
    name = request.match_info["unmasking"]
    one = request.app[ACCESS].unmaskings.get(name)
    own = _own(request)
    if (
        one is None
        or (own is not None and one.person != own)
        or not store_of(request).visible([one.alert])
    ):
        raise UnmaskRefused("none", f"there is no request {name[:40]!r}")
    return one
