"""What every answer carries and every unsafe request has to show.

Chat, cards and titles are hostile. Pages have no inline script or style, and scripts may put
markup into a page through one named policy only, so that a slip in escaping is a blocked sink.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Collection
from urllib.parse import quote, unquote, urlsplit

from aiohttp import web

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "FORM_FIELD",
    "form_token",
    "may_write",
    "own_address",
    "own_path",
    "own_place",
    "served_host",
    "set_headers",
]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types livewatch"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
COOKIE = "livewatch_form"
FORM_FIELD = "token"


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: also reached by streams and errors, a middleware is not."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.secure:  # our own certificate; a proxy with TLS says so itself
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def own_path(request: web.Request) -> str:
    """The path of a request as an address that a browser looks for on this host.

    A browser takes `//host`, `/\\host` and `/<tab>/host` for addresses of another host, and drops
    tabs and line ends wherever they stand. So everything but the plain characters of a path is
    written as `%XX`, and the path begins with exactly one slash.
    """
    return "/" + quote(request.path.lstrip("/"), safe="/:@!$&'()*+,;=~")


def own_address(request: web.Request) -> str:
    """The same with the query."""
    query = request.rel_url.raw_query_string
    return f"{own_path(request)}?{query}" if query else own_path(request)


def own_place(given: str) -> str:
    """An address that a form or a query names, if it is one of this host; else empty."""
    path, mark, query = given.partition("?")
    if not path.startswith("/") or not given.isprintable():
        return ""
    safe = "/" + quote(unquote(path).lstrip("/\\\t "), safe="/:@!$&'()*+,;=~")
    return f"{safe}?{quote(query, safe='=&%,:/!~*+-._')}" if mark else safe


def form_token(request: web.Request) -> str:
    """The reader's form token; a new one is set as a cookie by the page that holds the form."""
    return request.cookies.get(COOKIE) or secrets.token_urlsafe(24)


def keep_form_token(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Gives the token to the browser, once."""
    if request.cookies.get(COOKIE) != token:
        response.set_cookie(
            COOKIE, token, httponly=True, samesite="Strict", secure=request.secure, path="/"
        )


def same_origin(request: web.Request) -> bool:
    """Does the request come from a page of ours, or from no page at all (a program)?"""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def may_write(request: web.Request, token: str | None) -> bool:
    """May this form change anything: same origin, and the token of the cookie in the form."""
    known = request.cookies.get(COOKIE)
    if not same_origin(request) or not known or not token:
        return False
    return secrets.compare_digest(known.encode(), token.encode())


def served_host(host: str, names: Collection[str]) -> bool:
    """Is the `Host` one that we answer to?

    Addresses and `localhost` cannot be re-bound to us by a foreign name server; other names have
    to be configured, else a web page anywhere could read the desk through a name of its own.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost") or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
