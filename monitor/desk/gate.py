"""The check before each route: who asks, and whether he may (`monitor.access.permissions`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from connectors.logger import logger
from monitor.access.forwarded import FORWARDED, Client
from monitor.access.permissions import Route, route_of
from monitor.access.principal import ANYBODY, NOBODY, Principal
from monitor.access.roles import Act
from monitor.background import in_background
from monitor.desk.keys import ACCESS, METRICS, OPEN_STREAMS, PROXIES, REFUSALS, STORE, UNMASKED
from monitor.desk.security import own_address, same_origin
from monitor.problems import problem
from monitor.store.scoped import ScopedStore

__all__ = [
    "NoSuchAlert",
    "NotAllowed",
    "client_of",
    "forget_session",
    "gate",
    "give_session",
    "is_brief",
    "may",
    "principal_of",
    "session_secret",
    "store_of",
    "unmasks",
    "watching",
]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logger()

_PRINCIPAL = web.RequestKey("livewatch_principal", Principal)
_CLIENT = web.RequestKey("livewatch_client", Client)
#: The name with which a browser takes a cookie from nobody but this host, by TLS (RFC 6265bis,
#: 4.1.3.2); without TLS, on this machine, the other.
SECURE_COOKIE, PLAIN_COOKIE = "__Host-livewatch", "livewatch_session"
SAFE = ("GET", "HEAD", "OPTIONS")
#: How often it is asked whether the sessions of open streams have ended, s.
LOOK_S = 0.3
#: And how often the journal is looked at for what has had its time, s.
SWEEP_S = 3_600.0


class NotAllowed(Exception):
    """Somebody has signed in and may not do this."""


class NoSuchAlert(Exception):
    """There is none of this id for whoever asks."""


def principal_of(request: web.Request) -> Principal:
    """Who asks."""
    found = request.get(_PRINCIPAL)
    return found if found is not None else NOBODY


def store_of(request: web.Request) -> ScopedStore:
    """Alerts and rooms, as far as they lie in the territories of whoever asks."""
    who = principal_of(request)
    return ScopedStore(request.app[STORE], who.scope, masked=not who.may("unmask"))


def unmasks(request: web.Request, alert: str) -> bool:
    """May whoever asks see the accounts of this alert?"""
    return principal_of(request).unmasks(alert)


def may(request: web.Request, act: Act) -> bool:
    """May whoever asks do this?"""
    return principal_of(request).may(act)


def is_brief(request: web.Request) -> bool:
    """Is a probe answered in one word: to whoever asks from elsewhere and shows nothing, or is bound to
    territories?"""
    who = request.get(_PRINCIPAL)
    whole = who is not None and who.may("metrics") and not who.scope
    return who is not None and not (whole or client_of(request).here)


def client_of(request: web.Request) -> Client:
    """Where the request comes from, proxies that are trusted apart."""
    found = request.get(_CLIENT)
    if found is None:
        headers = {
            name: ",".join(request.headers.getall(name))
            for name in (*FORWARDED, "X-Forwarded-Proto")
            if name in request.headers
        }
        found = request.app[PROXIES].client(request.remote or "", headers, secure=request.secure)
        request[_CLIENT] = found
    return found


# The cookie


def session_secret(request: web.Request) -> str | None:
    """What the browser shows. One that speaks TLS is believed no cookie that came without."""
    found = request.cookies.get(SECURE_COOKIE)
    if found is None and not client_of(request).secure:
        found = request.cookies.get(PLAIN_COOKIE)
    return found


def give_session(request: web.Request, response: web.StreamResponse, secret: str) -> None:
    """Sets the cookie of a session; it goes when the browser does."""
    # A proxy that is not configured does not say so, but the browser says what it sees.
    secure = client_of(request).secure or request.headers.get("Origin", "").startswith("https:")
    response.set_cookie(
        SECURE_COOKIE if secure else PLAIN_COOKIE, secret, httponly=True, secure=secure,
        samesite="Lax", path="/",
    )  # fmt: skip


def forget_session(request: web.Request, response: web.StreamResponse) -> None:
    """Takes the cookie back."""
    for name in (SECURE_COOKIE, PLAIN_COOKIE):
        if name in request.cookies:
            response.del_cookie(
                name, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="Lax"
            )


# The check


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets a request through to its handler, or answers it."""
    resource = request.match_info.route.resource
    route = route_of(request.method, resource.canonical) if resource is not None else None
    if resource is not None and route is None:
        log.error("route_without_permission", method=request.method, route=resource.canonical)
        return problem(403, "forbidden", "nobody has said who may do this")
    if route is not None and route.needs == "sender":
        return await handler(request)
    probed = route is not None and route.needs in ("probe", "here")
    if probed and client_of(request).here:
        # Answered while every thread is busy and the store does not answer.
        return await handler(request)
    enforced = await _enforced(request, asks=not probed)
    who, refused = await _who(request, route) if enforced else (ANYBODY, None)
    request[_PRINCIPAL] = who
    if route is None:  # no such address; which there are is told to those who may look around
        return await handler(request) if who.acts else _unknown(request, None)
    if refused is not None:
        return refused
    match route.needs:
        case "nothing" | "probe" | "sender":
            allowed = True
        case "here":
            allowed = client_of(request).here or who.may("metrics")
        case "sign-in":
            allowed = who.known or not enforced
        case "unmask":
            # Of a screenshot its handler looks whether it is one of these alerts.
            name = request.match_info.get("id")
            allowed = who.unmasks(name) if name else who.may("unmask") or bool(who.unmasked)
        case act:
            allowed = who.may(act)
    if not allowed:
        return _unknown(request, route) if enforced and not who.known else _forbidden(route)
    if route.about == "whole" and who.scope and route.needs != "probe":
        return _forbidden(route, "this is about the whole office, and you are bound to territories")
    if route.about == "alert" and who.scope and not await _sees(request):
        if route.program:
            return problem(404, "no-such-alert", f"no alert {request.match_info['id'][:64]!r}")
        raise NoSuchAlert
    if request.method not in SAFE and who.by == "session" and not same_origin(request):
        return problem(403, "foreign-origin", "the request comes from a page of another origin")
    if not request.path.endswith("/stream"):
        return await handler(request)
    return await _streamed(request, handler, who)


async def _sees(request: web.Request) -> bool:
    """Does the alert of the address lie in the territories of whoever asks?"""
    name = request.match_info["id"]
    return bool(await asyncio.to_thread(store_of(request).visible, [name]))


async def _enforced(request: web.Request, *, asks: bool) -> bool:
    """Do people have to sign in? A probe does not wait for the store to say so."""
    access = request.app[ACCESS]
    known = access.known_enforced
    if known is None and asks:
        return await asyncio.to_thread(access.is_enforced)
    return bool(known)


async def _who(
    request: web.Request, route: Route | None
) -> tuple[Principal, web.StreamResponse | None]:
    """Who asks, and the answer to a token that does not hold."""
    access = request.app[ACCESS]
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = await asyncio.to_thread(access.of_token, given.strip())
        if found is None and (route is None or route.needs not in ("nothing", "probe")):
            _tell_refused(request)
            return NOBODY, _no_token("the token does not hold: it was revoked, or has expired")
        return found or NOBODY, None
    secret = session_secret(request)
    if not secret:
        return NOBODY, None
    acting = route is not None and route.acting
    return await asyncio.to_thread(access.of_session, secret, acting=acting) or NOBODY, None


def _tell_refused(request: web.Request) -> None:
    """Counts a token that does not hold: a program that stopped to work, or somebody who tries. Anybody can
    send many, so few are logged."""
    request.app[METRICS].tokens_refused.inc()
    resource = request.match_info.route.resource
    if request.app[REFUSALS].due("token"):
        log.warning(
            "token_refused",
            route=resource.canonical if resource is not None else "",
            client=client_of(request).address,
        )


def _unknown(request: web.Request, route: Route | None) -> web.StreamResponse:
    """The answer to somebody who has not signed in."""
    program = request.path.startswith("/api/") or (route is not None and route.program)
    if program or request.headers.get("X-Requested-With"):
        return _no_token("sign in, or show a token")
    after = own_address(request) if request.method in SAFE else ""
    query = f"?next={quote(after, safe='/')}" if after not in ("", "/", "/alerts") else ""
    return web.Response(
        status=303, headers={"Location": f"/sign-in{query}", "Cache-Control": "no-store"}
    )


def _no_token(detail: str) -> web.Response:
    answer = problem(401, "not-signed-in", detail)
    answer.headers["WWW-Authenticate"] = 'Bearer realm="livewatch"'
    return answer


def _forbidden(route: Route, why: str = "") -> web.StreamResponse:
    if route.program:
        return problem(403, "forbidden", why or f"this needs the right to {route.needs}")
    raise NotAllowed


# Streams


async def _streamed(request: web.Request, handler: Handler, who: Principal) -> web.StreamResponse:
    """A stream is kept in mind, so that it ends when the session does."""
    task = asyncio.current_task()
    streams = request.app[OPEN_STREAMS]
    if task is None:
        return await handler(request)
    streams[task] = who
    try:
        return await handler(request)
    finally:
        streams.pop(task, None)


async def watching(app: web.Application) -> AsyncIterator[None]:
    """Ends streams of sessions and tokens that do not hold any more, or let somebody see something else
    than when they began; a cleanup context."""
    async with in_background(_watch(app), "livewatch-sessions"):
        yield


async def _watch(app: web.Application) -> None:
    access, streams = app[ACCESS], app[OPEN_STREAMS]
    loop = asyncio.get_running_loop()
    swept = loop.time()
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            open_ = dict(streams)
            # What is granted and taken while a stream is open counts there, too.
            people = {who.name for who in open_.values() if who.unmasked is not None}
            found = await asyncio.to_thread(access.unmaskings.granted, people)
            app[UNMASKED].clear()
            app[UNMASKED].update(found)
            # Whoever came in before anybody had to sign in goes when somebody has to.
            enforced = await asyncio.to_thread(access.is_enforced) if open_ else False
            if enforced:
                alive = await asyncio.to_thread(access.alive, list(open_.values()))
                for stream, who in open_.items():
                    if who.digest not in alive:
                        stream.cancel()
            if loop.time() - swept > SWEEP_S:
                swept = loop.time()
                await asyncio.to_thread(access.sweep)
        except Exception:
            log.exception("sessions_not_checked")
