"""`/sign-in` and `/sign-out`."""

from __future__ import annotations

import asyncio
import base64
from contextlib import AbstractAsyncContextManager

import msgspec
from aiohttp import web

from connectors.logger import logger
from monitor.access.oidc import NotVouched, Pending
from monitor.access.pace import Slowed
from monitor.access.passwords import MOST
from monitor.access.service import SignInRefused
from monitor.access.users import User, UserRefused, fold
from monitor.desk.gate import (
    client_of,
    forget_session,
    give_session,
    principal_of,
    session_secret,
)
from monitor.desk.keys import ACCESS, HASHING, METRICS, OIDC, PACE
from monitor.desk.page import render
from monitor.desk.security import COOKIE as FORM_COOKIE
from monitor.desk.security import FORM_FIELD, may_write, own_place
from monitor.errors import Overloaded

__all__ = [
    "Hashing",
    "check_password",
    "come_back",
    "enter",
    "go_to_provider",
    "leave",
    "page",
]

log = logger()

#: Passwords that are hashed at a time: each takes a processor for a quarter of a second, and 64 MiB.
AT_ONCE = 2
#: Says that whoever comes has just left, who had come from the provider.
LEFT = "left=provider"
#: How long somebody may take at the provider, s.
PENDING_S = 600
#: Those that may wait for their turn.
WAITING = 16


class Hashing(AbstractAsyncContextManager[None]):
    """Turns to look at a password: a flood of them must not stop the console."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def __aenter__(self) -> None:
        """Waits for a turn.

        Raises:
            Overloaded: too many wait.
        """
        if self._waiting >= WAITING:
            raise Overloaded("too many people sign in at this moment", 2, "requests")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._turns.release()


async def page(request: web.Request) -> web.StreamResponse:
    """The form; whoever has signed in goes on."""
    if principal_of(request).known:
        raise web.HTTPSeeOther(_after(request.query.get("next")))
    response = await _form(request, request.query.get("next", ""))
    if request.query_string == LEFT and (farewell := await _farewell(request)):
        # By the page: a form may send nobody to another host (Content Security Policy, form-action).
        response.headers["Refresh"] = f"0; url={farewell}"
    return response


async def _farewell(request: web.Request) -> str | None:
    """Where a provider signs people out, too; one that is away keeps nobody here."""
    if OIDC not in request.app:
        return None
    try:
        return await request.app[OIDC].farewell()
    except NotVouched as error:
        log.warning("provider_failed", reason=str(error))
        return None


async def _form(
    request: web.Request, after: str, *, error: str = "", wait_s: int = 0, status: int = 200
) -> web.Response:
    context = {
        "after": _after(after) if after else "",
        "error": error,
        "wait_s": wait_s,
        "provider": request.app[OIDC].label if OIDC in request.app else "",
        "enforced": await asyncio.to_thread(request.app[ACCESS].is_enforced),
    }
    return await render(request, "sign_in.html", context, status=status)


async def enter(request: web.Request) -> web.StreamResponse:
    """A name and a password: 303 to where the person wanted to go, with a new session."""
    form = await request.post()
    token, name, password = (_text(form.get(key)) for key in (FORM_FIELD, "name", "password"))
    after = _text(form.get("next"))
    if not may_write(request, token):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    try:
        user = await check_password(request, name, password)
    except Slowed as error:
        response = await _form(
            request, after, error="slowed", wait_s=error.retry_after_s, status=429
        )
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response
    except SignInRefused:
        return await _form(request, after, error="refused", status=401)
    return await _entered(request, user, "password", after)


async def _entered(request: web.Request, user: User, method: str, after: str) -> web.Response:
    access, address = request.app[ACCESS], client_of(request).address
    # The session that this browser had, of whomever, ends: nothing of it goes on.
    old = session_secret(request)
    if old:
        await asyncio.to_thread(access.sign_out, old, address=address)
    began = await asyncio.to_thread(
        access.begin,
        user,
        method=method,
        address=address,
        agent=request.headers.get("User-Agent", ""),
    )
    request.app[METRICS].count_sign_in("ok")
    log.info("signed_in", person=user.name, address=address, method=method)
    response = web.Response(
        status=303,
        headers={"Location": _after(after), "Cache-Control": "no-store"},
    )
    forget_session(request, response)
    give_session(request, response, began.secret)
    response.del_cookie(FORM_COOKIE, path="/")
    return response


async def check_password(request: web.Request, name: str, password: str) -> User:
    """Who has this name and this password, as slowly as what came before deserves.

    Raises:
        Slowed: too many attempts failed; this one was not looked at.
        SignInRefused: they do not belong together.
        Overloaded: too many passwords are being looked at.
    """
    access, pace, metrics = request.app[ACCESS], request.app[PACE], request.app[METRICS]
    address, account = client_of(request).address, fold(name)[:MOST]
    try:
        pace.begin(account, address)
    except Slowed as error:
        metrics.count_sign_in("slowed")
        if error.told:  # once for each wait: a list of passwords must not fill disk and log
            log.warning("sign_in_slowed", address=address, retry_after_s=error.retry_after_s)
            await asyncio.to_thread(access.note_slowed, name, address=address)
        raise
    try:
        async with request.app[HASHING]:
            user = await asyncio.to_thread(access.check, name, password, address=address)
    except SignInRefused:
        metrics.count_sign_in("refused")
        log.warning("sign_in_refused", address=address)
        raise
    pace.succeeded(account, address)
    return user


async def go_to_provider(request: web.Request) -> web.StreamResponse:
    """On to the provider; what it takes to come back is with the browser meanwhile."""
    provider = request.app.get(OIDC)
    if provider is None:
        raise web.HTTPNotFound
    try:
        address, pending = await provider.begin(request.query.get("next", ""))
    except NotVouched as error:
        log.warning("provider_failed", reason=str(error))
        return await _form(request, "", error="provider", status=502)
    response = web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})
    kept = base64.urlsafe_b64encode(msgspec.json.encode(pending)).decode()
    response.set_cookie(
        _pending_cookie(request), kept, max_age=PENDING_S, httponly=True,
        secure=client_of(request).secure, samesite="Lax", path="/",
    )  # fmt: skip
    return response


async def come_back(request: web.Request) -> web.StreamResponse:
    """From the provider: 303 to where the person wanted to go, with a new session."""
    provider = request.app.get(OIDC)
    if provider is None:
        raise web.HTTPNotFound
    access, pace, address = request.app[ACCESS], request.app[PACE], client_of(request).address
    try:
        pace.begin(None, address)
        pending, query = _pending(request), request.query
        identity = await provider.finish(
            pending,
            state=query.get("state", ""),
            code=query.get("code", "")[:4_000],
            issuer=query.get("iss"),
            error=query.get("error"),
        )
        user = await asyncio.to_thread(access.vouched, identity)
        response = await _entered(request, user, "oidc", pending.after)
    except Slowed as error:
        request.app[METRICS].count_sign_in("slowed")
        response = await _form(request, "", error="slowed", wait_s=error.retry_after_s, status=429)
        response.headers["Retry-After"] = str(error.retry_after_s)
    except (NotVouched, UserRefused, SignInRefused) as error:
        request.app[METRICS].count_sign_in("refused")
        log.warning("sign_in_refused", address=address, method="oidc", reason=str(error))
        if not isinstance(error, SignInRefused):  # who is locked is in the journal already
            await asyncio.to_thread(
                access.note, "refused", "", address=address, detail=f"oidc: {error}"
            )
        response = await _form(request, "", error="provider", status=403)
    else:
        pace.succeeded(None, address)
    response.del_cookie(_pending_cookie(request), path="/")
    return response


def _pending_cookie(request: web.Request) -> str:
    return "__Host-livewatch_oidc" if client_of(request).secure else "livewatch_oidc"


def _pending(request: web.Request) -> Pending:
    """Raises:
    NotVouched: this browser has not gone to the provider, or too long ago.
    """
    try:
        kept = base64.urlsafe_b64decode(request.cookies.get(_pending_cookie(request), ""))
        return msgspec.json.decode(kept, type=Pending)
    except (ValueError, msgspec.MsgspecError) as error:
        raise NotVouched("this browser has not gone to the provider, or too long ago") from error


async def leave(request: web.Request) -> web.StreamResponse:
    """Ends the session, and what it has open."""
    form = await request.post()
    if not may_write(request, _text(form.get(FORM_FIELD))):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    secret, place = session_secret(request), "/sign-in"
    if secret:
        ended = await asyncio.to_thread(
            request.app[ACCESS].sign_out, secret, address=client_of(request).address
        )
        if ended is not None and ended.method == "oidc" and OIDC in request.app:
            place = f"/sign-in?{LEFT}"
    response = web.Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})
    forget_session(request, response)
    response.del_cookie(FORM_COOKIE, path="/")
    return response


def _after(given: str | None) -> str:
    """Where to go on to: an address of this host, whatever the form says."""
    place = own_place(given or "")
    return place if place and not place.startswith(("/sign-in", "/sign-out")) else "/"


def _text(value: object) -> str:
    return value[:2_000] if isinstance(value, str) else ""
