"""`/account`: a person's own password, sessions and tokens; `/api/v1/session`: who asks."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from aiohttp import web
from msgspec import Struct

from monitor.access.pace import Slowed
from monitor.access.passwords import LEAST, BadPassword
from monitor.access.principal import Principal
from monitor.access.roles import MAY, SCOPES, Act, Role
from monitor.access.service import SignInRefused
from monitor.access.users import UserRefused
from monitor.desk.api import answer
from monitor.desk.gate import client_of, principal_of
from monitor.desk.keys import ACCESS
from monitor.desk.page import render
from monitor.desk.security import FORM_FIELD, may_write
from monitor.desk.views.sign_in import check_password

__all__ = ["Caller", "account", "change", "session"]

#: Days that tokens may be made for on the page.
DAYS = (7, 30, 90, 365)


class Caller(Struct, kw_only=True):
    """Who asks, and what he may."""

    name: str
    role: Role | None
    acts: list[Act]
    by: Literal["session", "token", ""]
    territories: list[list[str]]
    """What he is bound to: what he is shown lies in one of each list; no list: everywhere."""


async def session(request: web.Request) -> web.Response:
    """Who asks, and what he may."""
    who = principal_of(request)
    bounds = [list(bound) for bound in who.scope.bounds]
    return answer(
        Caller(
            name=who.name, role=who.role, acts=sorted(who.acts), by=who.by, territories=bounds
        )
    )  # fmt: skip


async def account(request: web.Request) -> web.StreamResponse:
    """The page."""
    if not principal_of(request).known:  # a desk at which nobody signs in
        raise web.HTTPSeeOther("/sign-in")
    return await _page(request)


async def _page(
    request: web.Request, *, error: str = "", done: str = "", shown: str = "", status: int = 200
) -> web.StreamResponse:
    access, who = request.app[ACCESS], principal_of(request)

    def read() -> dict[str, Any]:
        return {"sessions": access.sessions(who.name), "tokens": access.tokens(who.name)}

    context = {
        **await asyncio.to_thread(read),
        # Accounts by case: whoever may ask for them may have a program that reads them.
        "scopes": [
            scope
            for scope in SCOPES
            if (who.role and scope in MAY[who.role])
            or (scope == "unmask" and access.unmaskings.may_ask(who))
        ],
        "days": DAYS,
        "least": LEAST,
        "error": error,
        "done": done,
        "shown": shown,
    }
    return await render(request, "account.html", context, current="account", status=status)


async def change(request: web.Request) -> web.StreamResponse:
    """Another password; a token more or less; a session less."""
    form = await request.post()
    who = principal_of(request)
    if not may_write(request, _text(form.get(FORM_FIELD))) or who.by != "session":
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    access, act = request.app[ACCESS], _text(form.get("act"))
    shown = ""
    try:
        match act:
            case "password":
                await _change_password(request, who, form)
            case "token":
                scopes = [str(scope) for scope in form.getall("scope", [])]
                days = _text(form.get("days"))
                shown, _ = await asyncio.to_thread(
                    access.make_token,
                    who.name,
                    _text(form.get("label")),
                    scopes,
                    int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
                    by=who.name,
                    territories=_text(form.get("territories")).split(),
                )
            case "revoke-token":
                await asyncio.to_thread(
                    access.revoke_token, _text(form.get("id")), by=who.name, person=who.name
                )
            case "revoke-session":
                await asyncio.to_thread(
                    access.revoke_sessions, who.name, by=who.name, session=_text(form.get("id"))
                )
            case _:
                raise web.HTTPBadRequest
    except Slowed as error:
        response = await _page(request, error="slowed", status=429)
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response
    except SignInRefused:
        return await _page(request, error="refused", status=422)
    except (BadPassword, UserRefused) as error:
        return await _page(request, error=error.why, status=422)
    # A token is shown once: with the answer itself, not on a page that can be asked for again.
    return await _page(request, done=act, shown=shown)


async def _change_password(request: web.Request, who: Principal, form: Any) -> None:
    """Raises:
    Slowed, SignInRefused: the one that holds now is not this.
    BadPassword: the new one may not be one, or is not the same twice.
    """
    access, new = request.app[ACCESS], _text(form.get("new"))
    if new != _text(form.get("again")):
        raise UserRefused("again", "the new password is not the same twice")
    await check_password(request, who.name, _text(form.get("password")))
    await asyncio.to_thread(
        access.change_password,
        who.name,
        new,
        by=who.name,
        address=client_of(request).address,
        keep=who.digest,
    )


def _text(value: object) -> str:
    return value[:2_000] if isinstance(value, str) else ""
