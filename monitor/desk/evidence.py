"""The 证据 section of an alert, and bundles over HTTP: made, followed, fetched, checked."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from aiohttp import web
from msgspec import Struct

from detectors.alerts import Alert
from monitor.connections import Phase, enter
from monitor.desk.api import answer, body_of
from monitor.desk.gate import principal_of, store_of
from monitor.desk.keys import BUNDLES, CAPTURES, CLOCK, STORE
from monitor.desk.page import render, signed
from monitor.desk.security import FORM_FIELD, may_write, same_origin
from monitor.evidence.approval import ApprovalMissing
from monitor.evidence.bundles import MOST_ALERTS, BundleRow, Bundles
from monitor.evidence.case import NoSuchAlert, Request
from monitor.evidence.standing import standing_of
from monitor.evidence.unpack import BadBundle
from monitor.problems import problem
from monitor.store.scoped import ScopedStore

if TYPE_CHECKING:
    from monitor.evidence.verify import Report

__all__ = ["add_to", "section"]

#: A bundle that is dropped onto the page, bytes.
DROPPED_BYTES = 2 * 2**30
BLOCK = 2**20
#: For how long it may come, s.
PATIENCE_S = 600.0


class Asking(Struct, forbid_unknown_fields=True):
    """Body of `POST /api/v1/bundles`."""

    alerts: list[str]
    who: str = "api"
    why: str = ""
    case: str = ""
    redacted: bool = False


class Approving(Struct, forbid_unknown_fields=True):
    """Body of an approval."""

    who: str


def add_to(app: web.Application, bundles: Bundles | None) -> None:
    """Adds the addresses.

    Args:
        bundles: ``None`` where none are made: a desk at scale.
    """
    if bundles is None:
        return
    app[BUNDLES] = bundles
    app.add_routes(
        [
            web.post("/alerts/{id}/bundles", ask),
            web.post("/alerts/{id}/bundles/{bundle}/approve", approve_form),
            web.post("/api/v1/bundles", create),
            web.post("/api/v1/bundles/check", check),
            web.get("/api/v1/bundles/{bundle}", get),
            web.post("/api/v1/bundles/{bundle}/approve", approve),
            web.get("/api/v1/bundles/{bundle}/file", fetch),
        ]
    )


async def section(request: web.Request, alert: Alert) -> dict[str, Any] | None:
    """What the section of an alert shows; ``None``: this desk makes no bundles."""
    bundles = request.app.get(BUNDLES)
    if bundles is None:
        return None
    store, captures = request.app[STORE], request.app.get(CAPTURES)
    seen = store_of(request)

    def read() -> dict[str, Any]:
        with store.database.read() as connection:
            standing = standing_of(connection, alert)
        return {
            "standing": standing,
            "bundles": [row for row in bundles.of_alert(alert.id) if _is_visible(seen, row.alerts)],
            "captures": captures.of_alert(alert) if captures is not None else None,
        }

    return await asyncio.to_thread(read)


# The page


async def ask(request: web.Request) -> web.StreamResponse:
    """A bundle of one alert: POST, then 303 back to it."""
    form = await request.post()
    token = form.get(FORM_FIELD)
    if not may_write(request, token if isinstance(token, str) else None):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    wanted = Request(
        alerts=[request.match_info["id"]],
        who=signed(request, form.get("who")),
        why=_text(form.get("why"), 2_000),
        case=_text(form.get("case"), 100),
        redacted=form.get("redacted") == "1",
    )
    try:
        await asyncio.to_thread(_ask, request, wanted)
    except (NoSuchAlert, ValueError):
        return await render(request, "problem.html", {"kind": "alert"}, status=404)
    return _back(request)


async def approve_form(request: web.Request) -> web.StreamResponse:
    """A second person approves: POST, then 303 back to the alert."""
    form = await request.post()
    token = form.get(FORM_FIELD)
    if not may_write(request, token if isinstance(token, str) else None):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    if isinstance(await _found(request), web.Response):
        return await render(request, "problem.html", {"kind": "alert"}, status=404)
    try:
        await asyncio.to_thread(
            request.app[BUNDLES].approve,
            request.match_info["bundle"],
            signed(request, form.get("who")),
        )
    except ApprovalMissing:
        return await render(request, "problem.html", {"kind": "second"}, status=409)
    return _back(request)


def _back(request: web.Request) -> web.Response:
    address = f"/alerts/{quote(request.match_info['id'], safe='')}#sealing"
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def _text(value: object, limit: int) -> str:
    return value.strip()[:limit] if isinstance(value, str) else ""


# The API


async def create(request: web.Request) -> web.Response:
    """Asks for a bundle; it is made in the background."""
    body = await body_of(request, Asking)
    if isinstance(body, web.Response):
        return body
    wanted = Request(
        alerts=body.alerts,
        who=principal_of(request).name or body.who,
        why=body.why,
        case=body.case,
        redacted=body.redacted,
    )
    try:
        row = await asyncio.to_thread(_ask, request, wanted)
    except NoSuchAlert as error:
        return problem(404, "no-such-alert", str(error))
    except ValueError as error:
        return problem(422, "bad-body", str(error))
    response = _shown(row, status=202)
    response.headers["Location"] = f"/api/v1/bundles/{row.id}"
    return response


async def get(request: web.Request) -> web.Response:
    """A bundle as it stands."""
    row = await _found(request)
    return row if isinstance(row, web.Response) else _shown(row)


async def approve(request: web.Request) -> web.Response:
    """A second person approves."""
    body = await body_of(request, Approving)
    if isinstance(body, web.Response):
        return body
    row = await _found(request)
    if isinstance(row, web.Response):
        return row
    try:
        done = await asyncio.to_thread(
            request.app[BUNDLES].approve, row.id, principal_of(request).name or body.who
        )
    except (ApprovalMissing, ValueError) as error:
        return problem(409, "refused", str(error))
    return _shown(done or row)


async def fetch(request: web.Request) -> web.StreamResponse:
    """The ZIP; that it was fetched is noted in custody."""
    row = await _found(request)
    if isinstance(row, web.Response):
        return row
    bundles, store = request.app[BUNDLES], request.app[STORE]
    path = await asyncio.to_thread(bundles.file, row)
    if path is None:
        return problem(409, "not-ready", f"the bundle is {row.state}, or its file was moved")
    who = signed(request, request.query.get("who"))
    now = request.app[CLOCK]()

    def note() -> None:
        for alert in row.alerts:
            store.note_custody(
                "viewed",
                who=who,
                role=principal_of(request).role or "",
                at=now,
                subject=f"alert:{alert}",
                detail={"bundle": row.name},
            )

    await asyncio.to_thread(note)
    return web.FileResponse(
        path,
        headers={
            # The name was made by us, of plain letters.
            "Content-Disposition": f'attachment; filename="{path.name}"',
            "Content-Type": "application/zip",
            "Cache-Control": "no-store",
        },
    )


async def check(request: web.Request) -> web.Response:
    """Checks a bundle that somebody sends; nothing of it is kept."""
    if not same_origin(request):
        return problem(403, "foreign-origin", "the request comes from a page of another origin")
    if request.content_type != "application/zip":
        return problem(415, "not-zip", "the body is application/zip")
    folder = request.app[BUNDLES].folder
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    descriptor, name = await asyncio.to_thread(tempfile.mkstemp, ".dropped", ".check-", str(folder))
    place = Path(name)
    try:
        enter(request, Phase.BODY)
        with os.fdopen(descriptor, "wb") as file:
            size = 0
            async with asyncio.timeout(PATIENCE_S):
                async for block in request.content.iter_chunked(BLOCK):
                    size += len(block)
                    if size > DROPPED_BYTES:
                        return problem(
                            413, "too-large", f"a bundle has {DROPPED_BYTES} bytes at most"
                        )
                    await asyncio.to_thread(file.write, block)
        enter(request, Phase.WORK)
        report = await asyncio.to_thread(_check, request, place)
        await asyncio.to_thread(_note_checked, request, report)
    except TimeoutError:
        return problem(408, "too-slow", "the body took too long; send it again")
    finally:
        await asyncio.to_thread(place.unlink)
    return answer(report)


def _check(request: web.Request, path: Path) -> Report:
    # Loaded when somebody checks a bundle: the libraries of CMS and RFC 3161 take 4 MB.
    from monitor.evidence.verify import Report, verify

    own = request.app[BUNDLES].certificates()
    try:
        return verify(path, trusted=own)
    except BadBundle as error:
        return Report.refused(error)


def _note_checked(request: web.Request, report: Report) -> None:
    """Notes in custody that somebody checked a bundle of alerts that are here, and what came of it; who
    it was is known only where people sign in."""
    who, store = principal_of(request), store_of(request)
    if not who.known:
        return
    # What a foreign bundle says that it is about is as long as it likes.
    named = [one.removeprefix("alert:") for one in report.subjects[:MOST_ALERTS]]
    for alert in named:
        if store.get_alert(alert) is not None:
            request.app[STORE].note_custody(
                "checked", who=who.name, role=who.role or "", at=request.app[CLOCK](),
                subject=f"alert:{alert}",
                detail={
                    "bundle": report.bundle[:200], "sealed": report.sealed, "verdict": report.verdict,
                },
            )  # fmt: skip


def _ask(request: web.Request, wanted: Request) -> BundleRow:
    """Raises:
    NoSuchAlert: one of the alerts is none, or lies outside the territories of whoever asks.
    ValueError: there are too many of them, or nobody is named.
    """
    if not _is_visible(store_of(request), wanted.alerts):
        raise NoSuchAlert("one of these alerts is none")
    return request.app[BUNDLES].ask(wanted)


def _is_visible(store: ScopedStore, alerts: Collection[str]) -> bool:
    """Do all of them lie in somebody's territories; blocks."""
    return not store.scope or store.visible(alerts) == set(alerts)


async def _found(request: web.Request) -> BundleRow | web.Response:
    name = request.match_info["bundle"]
    row = await asyncio.to_thread(request.app[BUNDLES].get, name)
    if row is not None and not await asyncio.to_thread(_is_visible, store_of(request), row.alerts):
        row = None
    if row is None:
        return problem(404, "no-such-bundle", f"no bundle {name[:64]!r}")
    return row


def _shown(row: BundleRow, *, status: int = 200) -> web.Response:
    shown = msgspec.to_builtins(row)
    if row.state == "ready":
        shown["file"] = f"/api/v1/bundles/{row.id}/file"
    return answer(shown, status=status)
