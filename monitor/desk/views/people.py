"""`/users`: people, for whoever gives out rights."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from aiohttp import web

from monitor.access import passwords
from monitor.access.passwords import BadPassword
from monitor.access.roles import ROLES
from monitor.access.users import WHOLE, UserRefused
from monitor.desk.api import answer
from monitor.desk.gate import principal_of
from monitor.desk.keys import ACCESS
from monitor.desk.page import render
from monitor.desk.security import FORM_FIELD, may_write

__all__ = ["add", "change", "list_users", "people"]


async def list_users(request: web.Request) -> web.Response:
    """Everybody, without what lets him in."""
    found = await asyncio.to_thread(request.app[ACCESS].users)
    return answer({"items": [user.shown() for user in found]})


async def people(request: web.Request) -> web.StreamResponse:
    """The page."""
    return await _page(request)


async def _page(
    request: web.Request, *, error: str = "", about: str = "", shown: str = "", status: int = 200
) -> web.StreamResponse:
    access = request.app[ACCESS]

    def read() -> dict[str, Any]:
        return {
            "users": access.users(),
            "sessions": access.sessions(),
            "tokens": access.tokens(),
        }

    context = {
        **await asyncio.to_thread(read),
        "roles": ROLES,
        "whole": WHOLE,
        "error": error,
        "about": about,
        "shown": shown,
    }
    return await render(request, "users.html", context, current="users", status=status)


async def add(request: web.Request) -> web.StreamResponse:
    """A new person; the password is made here and shown once."""
    form = await request.post()
    if not may_write(request, _text(form.get(FORM_FIELD))):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    name, made = _text(form.get("name")), passwords.generated()
    try:
        user = await asyncio.to_thread(
            request.app[ACCESS].add,
            name,
            _text(form.get("role")),
            made,
            by=principal_of(request).name,
            territories=_text(form.get("territories"), 1_000).split(),
        )
    except (UserRefused, BadPassword) as error:
        return await _page(request, error=error.why, about=name, status=422)
    return await _page(request, about=user.name, shown=made)


async def change(request: web.Request) -> web.StreamResponse:
    """Another role, password or territories, locked or let in again, sessions and tokens ended."""
    form = await request.post()
    if not may_write(request, _text(form.get(FORM_FIELD))):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    access, by = request.app[ACCESS], principal_of(request).name
    name, shown = request.match_info["name"], ""
    try:
        match _text(form.get("act")):
            case "role":
                await asyncio.to_thread(access.change_role, name, _text(form.get("role")), by=by)
            case "territories":
                await asyncio.to_thread(
                    access.change_territories,
                    name,
                    _text(form.get("territories"), 1_000).split(),
                    by=by,
                )
            case "password":
                shown = passwords.generated()
                await asyncio.to_thread(access.change_password, name, shown, by=by)
            case "lock":
                await asyncio.to_thread(access.lock, name, by=by)
            case "unlock":
                await asyncio.to_thread(access.unlock, name, by=by)
            case "revoke":
                await asyncio.to_thread(
                    access.revoke_sessions, name, by=by, session=_text(form.get("id")) or None
                )
            case "revoke-token":
                await asyncio.to_thread(
                    access.revoke_token, _text(form.get("id")), by=by, person=name
                )
            case _:
                raise web.HTTPBadRequest
    except (UserRefused, BadPassword) as error:
        return await _page(request, error=error.why, about=name, status=422)
    if shown:
        return await _page(request, about=name, shown=shown)
    return web.Response(
        status=303,
        headers={"Location": f"/users#{quote(name, safe='')}", "Cache-Control": "no-store"},
    )


def _text(value: object, most: int = 200) -> str:
    return value.strip()[:most] if isinstance(value, str) else ""
