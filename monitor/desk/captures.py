"""Screenshots and clips over HTTP: a form with fields and then a file, from people, programs and senders.

`multipart/form-data` (RFC 7578): what a form of the console sends, and what `curl -F` does. The fields
come first, so that a file is refused before it is read, and is hashed while it comes in.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol

from connectors.decoders.captured import platform_of_url
from detectors.calendar import BEIJING
from monitor.bodies import Pool, TooLarge, TooSlow, read_body
from monitor.connections import Phase, enter
from monitor.desk.api import answer
from monitor.desk.gate import may, principal_of, store_of
from monitor.desk.keys import CAPTURES, CLOCK, STORE
from monitor.desk.page import render, signed
from monitor.desk.security import same_origin
from monitor.evidence.capture_rows import Capture, CaptureRow, belongs
from monitor.evidence.captures import Captures, Supplied
from monitor.evidence.door import NotTaken
from monitor.evidence.media import IMAGE_BYTES
from monitor.problems import problem
from monitor.senders import NotAllowed, Sender
from monitor.store.scoped import ScopedStore

__all__ = ["Supply", "Taken", "add_to"]

#: A field that is no file, bytes.
FIELD_BYTES = 8_192
BLOCK = 2**18
#: Of a sender's request: what a signature is over is read before anything is made of it.
SIGNED_BYTES = IMAGE_BYTES + 2**17
FIELDS = frozenset(
    {
        "room",
        "platform",
        "alert",
        "at",
        "until",
        "who",
        "note",
        "url",
        "sent",
        "clock_ahead",
        "back",
    }
)
_STATUS = {
    "no-such-alert": 404,
    "no-such-room": 404,
    "too-large": 413,
    "bad-type": 415,
    "no-room": 507,
}
_SENDERS: web.AppKey[Mapping[str, Sender]] = web.AppKey("livewatch_capture_senders", Mapping)
#: Forms of senders: each is in memory until its signature is known.
_FORMS = web.AppKey("livewatch_capture_forms", Pool)
FORMS_BYTES = 4 * SIGNED_BYTES
#: Those that are taken apart at once: each is in memory twice then.
_TAKING = web.AppKey("livewatch_capture_taking", asyncio.Semaphore)
#: How long the form of a sender may take, and more the longer it is, s.
_BODY_S = web.AppKey("livewatch_capture_body_s", float)
#: For how long the request of a person may take, s.
PATIENCE_S = 600.0


class Supply(Capture, kw_only=True, frozen=True):
    """A capture as the API shows it."""

    number: int
    """Its place among all."""
    leaf: int
    """Of the Merkle log `captures`."""
    file: str
    """Address of its bytes."""


class Taken(Supply, kw_only=True, frozen=True):
    """What was taken in."""

    new: bool
    """False: it was here already, and nothing was changed."""


def add_to(
    app: web.Application,
    captures: Captures | None,
    senders: Mapping[str, Sender],
    patience_s: float,
) -> None:
    """Adds the addresses.

    Args:
        captures: ``None``: none are taken here.
        patience_s: how long the form of a sender may take, and more the longer it is.
    """
    if captures is None:
        return
    app[CAPTURES] = captures
    app[_SENDERS] = senders  # as they are, and not a copy: they follow the configuration
    app[_FORMS] = Pool(FORMS_BYTES)
    app[_TAKING] = asyncio.Semaphore(2)
    app[_BODY_S] = patience_s
    app.add_routes(
        [
            web.post("/api/v1/captures", take),
            web.get("/api/v1/captures", list_captures),
            web.get("/api/v1/captures/{capture}/file", fetch),
            web.post("/api/v1/captures/{sender}", take_from),
            web.post("/api/v1/captures/{sender}/{secret}", take_from),
        ]
    )


async def take(request: web.Request) -> web.StreamResponse:
    """A capture from a person or a program of his."""
    if not same_origin(request):
        return problem(403, "foreign-origin", "the request comes from a page of another origin")
    fields: dict[str, str] = {}
    try:
        enter(request, Phase.BODY)
        async with asyncio.timeout(PATIENCE_S):
            reader = _multipart(request.headers.get("Content-Type", ""), request.content)
            row, new = await _taken(request, reader, None, fields)
    except NotTaken as error:
        if "back" in fields:
            context = {"kind": "capture", "detail": str(error)}
            return await render(
                request, "problem.html", context, status=_STATUS.get(error.kind, 422)
            )
        return problem(_STATUS.get(error.kind, 422), error.kind, str(error))
    except TimeoutError:
        return problem(408, "too-slow", "the body took too long; send it again")
    if "back" in fields:
        address = f"/alerts/{quote(fields['back'], safe='')}#sealing"
        return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})
    return answer(Taken(**_shown(row), new=new))


async def take_from(request: web.Request) -> web.StreamResponse:
    """A screenshot from a sender, who shows who he is as for events."""
    refusal = problem(
        401, "unauthorised", "the request does not show that it comes from this sender"
    )
    sender = request.app[_SENDERS].get(request.match_info["sender"])
    if sender is None:
        return refusal
    try:
        now_s = request.app[CLOCK]() / 1_000
        headers = sender.admit(request, request.match_info.get("secret"), now_s)
    except NotAllowed:
        return refusal
    try:
        with request.app[_FORMS].returning() as share:
            sent = await read_body(request, SIGNED_BYTES, request.app[_BODY_S], share)
            if headers is not None and not await asyncio.to_thread(sender.verify, headers, sent):
                return refusal
            if not await asyncio.to_thread(
                _is_as_told, request.headers.get("Content-Digest"), sent
            ):
                return problem(400, "bad-digest", "the bytes are not those of `Content-Digest`")
            async with request.app[_TAKING]:
                stream = aiohttp.StreamReader(
                    BaseProtocol(asyncio.get_running_loop()), 2**16, loop=asyncio.get_running_loop()
                )
                stream.feed_data(sent)
                stream.feed_eof()
                reader = _multipart(request.headers.get("Content-Type", ""), stream)
                row, new = await _taken(request, reader, sender, {})
    except NotTaken as error:
        return problem(_STATUS.get(error.kind, 422), error.kind, str(error))
    except TooLarge:
        return problem(413, "too-large", f"at most {SIGNED_BYTES:,} bytes from a sender")
    except TooSlow:
        return problem(408, "too-slow", "the body took too long; send it again")
    return answer(Taken(**_shown(row), new=new))


def _is_as_told(told: str | None, body: bytes) -> bool:
    """Is a body the one of its `Content-Digest` (RFC 9530), where there is one of SHA-256?"""
    named = re.search(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):", told or "")
    return named is None or base64.b64encode(hashlib.sha256(body).digest()).decode() == named[1]


def _multipart(kind: str, stream: aiohttp.StreamReader) -> aiohttp.MultipartReader:
    if not re.match(r"multipart/form-data\s*;", kind, re.IGNORECASE):
        raise NotTaken("bad-body", "the body is multipart/form-data: fields, then `file`")
    try:
        return aiohttp.MultipartReader({"Content-Type": kind}, stream)
    except ValueError as error:
        raise NotTaken("bad-body", f"no multipart/form-data: {error}") from error


async def _taken(
    request: web.Request,
    reader: aiohttp.MultipartReader,
    sender: Sender | None,
    fields: dict[str, str],
) -> tuple[CaptureRow, bool]:
    """Reads the fields, then the file; what is wrong with them is `NotTaken`.

    Args:
        fields: gets them, also those of a form that is refused.
    """
    captures = request.app[CAPTURES]
    try:
        while (part := await reader.next()) is not None:
            if not isinstance(part, aiohttp.BodyPartReader):
                raise NotTaken("bad-body", "a part within a part")
            if part.name == "file":
                fields["name"] = part.filename or ""
                supplied = _supplied(request, fields, sender)
                if sender is None:
                    await asyncio.to_thread(_check_place, request, supplied)
                with captures.door() as door:
                    while block := await part.read_chunk(BLOCK):
                        await asyncio.to_thread(door.write, block)
                    enter(request, Phase.WORK)
                    return await asyncio.to_thread(captures.add, door, supplied)
            if part.name not in FIELDS or part.name in fields:
                raise NotTaken("bad-body", f"no field {str(part.name)[:40]!r}, or it comes twice")
            text = b""
            while block := await part.read_chunk(FIELD_BYTES + 1):
                text += block
                if len(text) > FIELD_BYTES:
                    raise NotTaken("bad-body", f"{part.name} is too long")
            fields[part.name] = text.decode("utf-8")
    except (
        ValueError,
        AssertionError,
        aiohttp.ClientError,
        aiohttp.http.HttpProcessingError,
    ) as error:
        raise NotTaken("bad-body", f"no multipart/form-data: {error}"[:300]) from error
    raise NotTaken("bad-body", "there is no `file`, or it does not come last")


def _check_place(request: web.Request, supplied: Supplied) -> None:
    """Raises:
    NotTaken: alert or room lie outside the territories of whoever supplies it.
    """
    store = store_of(request)
    if not store.scope:
        return
    if supplied.alert and not store.visible([supplied.alert]):
        raise NotTaken("no-such-alert", f"there is no alert {supplied.alert[:64]!r}")
    if supplied.room and not store.knows_room(supplied.platform, supplied.room):
        raise NotTaken("no-such-room", "you are bound to territories, and it is no room of those")


def _is_visible(store: ScopedStore, row: CaptureRow) -> bool:
    """Is it of an alert or a room of somebody's territories; blocks."""
    one = row.capture
    return (
        not store.scope
        or bool(one.alert and store.visible([one.alert]))
        or store.knows_room(one.platform, one.room)
    )


def _shows_accounts(request: web.Request, row: CaptureRow) -> bool:
    """May whoever asks see what a screenshot shows of viewers: by his role, or since it belongs to an
    alert that he may see by case; blocks."""
    if may(request, "unmask"):
        return True
    store = store_of(request)
    found = (store.get_alert(name) for name in principal_of(request).unmasked or ())
    return any(one is not None and belongs(row.capture, one.alert) for one in found)


def _supplied(request: web.Request, fields: Mapping[str, str], sender: Sender | None) -> Supplied:
    """What the fields say.

    Raises:
        NotTaken: a field cannot be read.
    """
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    platform, room, url = given.get("platform", ""), given.get("room", ""), given.get("url", "")
    if not platform and ":" in room:
        platform, _, room = room.partition(":")
    if sender is not None:
        # Of a site that nobody knows its name: a screenshot that was refused cannot be taken again.
        site = platform_of_url(url) or urlsplit(url).hostname or ""
        platform = sender.recording.platform or platform or site
        room = sender.recording.room or room
        who, role, way = sender.name, "", f"sender:{sender.name}"
    else:
        principal = principal_of(request)
        who, role = signed(request, given.get("who")), principal.role or ""
        way = "console" if "back" in given else "api"
    if "at" not in given:
        raise NotTaken("bad-body", "`at`: when it was made")
    try:
        return Supplied(
            who=who, role=role, way=way, platform=platform, room=room,
            alert=given.get("alert", ""), at=_moment(given["at"]),
            until=_moment(given["until"]) if "until" in given else None,
            name=given.get("name", ""), note=given.get("note", ""), url=url,
            sent=_moment(given["sent"]) if "sent" in given else None,
            clock_ahead=int(given["clock_ahead"]) if "clock_ahead" in given else None,
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise NotTaken(
            "bad-body",
            "a time is 2026-11-29T20:00:00 (Beijing's), with a zone, or milliseconds since 1970;"
            " `clock_ahead` is milliseconds",
        ) from error


def _moment(text: str) -> int:
    if re.fullmatch(r"\d{1,15}", text, re.ASCII):
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:  # Beijing's, as the console shows times
        moment = moment.replace(tzinfo=BEIJING)
    return int(moment.timestamp() * 1_000)


async def list_captures(request: web.Request) -> web.Response:
    """The captures that belong to an alert: those that a bundle of it has."""
    store, captures = store_of(request), request.app[CAPTURES]
    name = request.query.get("alert", "")

    def read() -> list[CaptureRow] | None:
        row = store.get_alert(name)
        return None if row is None else captures.of_alert(row.alert)

    found = await asyncio.to_thread(read)
    if found is None:
        return problem(404, "no-such-alert", "name an alert: ?alert=ID")
    return answer({"items": [Supply(**_shown(row)) for row in found]})


async def fetch(request: web.Request) -> web.StreamResponse:
    """The file; that it was looked at is noted in custody."""
    store, captures = request.app[STORE], request.app[CAPTURES]
    row = await asyncio.to_thread(captures.get, request.match_info["capture"])
    if row is not None and not await asyncio.to_thread(_is_visible, store_of(request), row):
        row = None
    if row is not None and not await asyncio.to_thread(_shows_accounts, request, row):
        return problem(403, "forbidden", "it is not of an alert that you may see by case")
    path = await asyncio.to_thread(captures.file, row) if row is not None else None
    if row is None or path is None:
        return problem(404, "no-such-capture", "there is no such capture, or its file is gone")
    who, now = signed(request, request.query.get("who")), request.app[CLOCK]()

    def note() -> None:
        store.note_custody(
            "viewed", who=who, role=principal_of(request).role or "", at=now,
            subject=f"capture:{row.capture.id}", detail={"sha256": row.sha256},
        )  # fmt: skip

    await asyncio.to_thread(note)
    return web.FileResponse(
        path,
        headers={
            "Content-Disposition": f'attachment; filename="{path.name}"',
            # To be kept, not shown: whatever else it may be, too, no browser takes it for that.
            "Content-Type": "application/octet-stream",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
        },
    )


def _shown(row: CaptureRow) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(row.capture)
    return {
        **shown,
        "number": row.number,
        "leaf": row.leaf,
        "file": f"/api/v1/captures/{row.capture.id}/file",
    }
