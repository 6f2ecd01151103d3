"""Every route of the console and the API, and what it needs. A route that is not here is refused.

A test walks all of it with every role, without a sign-in, with a session that has ended and with a
token that was revoked; another compares it with what the application answers to.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from monitor.access.roles import Act

__all__ = ["ROUTES", "Needs", "Route", "route_of"]

Needs = (
    Act
    | Literal[
        "nothing",  # the sign-in page and what it is made of
        "sign-in",  # anybody who has signed in
        "sender",  # the token or signature of a sender of events, which ingestion checks itself
        "probe",  # answers everybody in one word, and more to whoever may read metrics
        "here",  # programs on this machine, and whoever may read metrics
    ]
)


class Route(Struct, frozen=True):
    """One method of one address."""

    method: str
    path: str
    """The pattern, as the router writes it."""
    needs: Needs
    acting: bool = True
    """A person does something; false: an open page asks this by itself, which keeps nobody signed
    in."""
    program: bool = False
    """The answer is for a program: without a sign-in it is 401, not the sign-in page."""


def _pages() -> list[Route]:
    return [
        Route("GET", "/", "sign-in"),
        Route("GET", "/alerts", "read"),
        Route("GET", "/alerts/fresh", "read", acting=False, program=True),
        Route("POST", "/alerts/handle", "handle"),
        Route("GET", "/alerts/{id}", "read"),
        Route("POST", "/alerts/{id}", "handle"),
        Route("GET", "/alerts/{id}/prices", "read"),
        Route("GET", "/alerts/{id}/session", "read"),
        Route("GET", "/alerts/{id}/accounts.csv", "unmask"),
        Route("POST", "/alerts/{id}/bundles", "export"),
        Route("POST", "/alerts/{id}/bundles/{bundle}/approve", "export"),
        Route("GET", "/rules", "read"),
        Route("GET", "/unwatched", "read"),
        Route("GET", "/notifications", "read"),
        Route("POST", "/notifications/test", "channels"),
        Route("GET", "/watch", "read", acting=False, program=True),
        Route("GET", "/journal", "journal"),
        Route("GET", "/users", "users"),
        Route("POST", "/users", "users"),
        Route("POST", "/users/{name}", "users"),
        Route("GET", "/account", "sign-in"),
        Route("POST", "/account", "sign-in"),
        Route("GET", "/sign-in", "nothing"),
        Route("POST", "/sign-in", "nothing"),
        Route("GET", "/sign-in/oidc", "nothing"),
        Route("GET", "/sign-in/oidc/back", "nothing"),
        Route("POST", "/sign-out", "nothing"),
        Route("GET", "/static/{edition}/{name}", "nothing"),
        Route("GET", "/favicon.ico", "nothing"),
    ]


def _api() -> list[Route]:
    found = [
        Route("GET", "/api/v1/openapi.json", "nothing"),
        Route("GET", "/api/v1/alerts", "read"),
        Route("GET", "/api/v1/alerts/stream", "read", acting=False),
        Route("GET", "/api/v1/alerts/{id}", "read"),
        Route("GET", "/api/v1/alerts/{id}/accounts", "unmask"),
        Route("GET", "/api/v1/alerts/{id}/versions", "read"),
        Route("POST", "/api/v1/alerts/{id}/acknowledge", "handle"),
        Route("POST", "/api/v1/alerts/{id}/close", "handle"),
        Route("GET", "/api/v1/rooms", "read"),
        Route("GET", "/api/v1/unwatched", "read"),
        Route("GET", "/api/v1/notifications", "read"),
        Route("POST", "/api/v1/notifications/test", "channels"),
        Route("POST", "/api/v1/notifications/retry", "channels"),
        Route("POST", "/api/v1/captures", "handle"),
        Route("GET", "/api/v1/captures", "read"),
        # What a screenshot shows of viewers cannot be put under numbers.
        Route("GET", "/api/v1/captures/{capture}/file", "unmask"),
        Route("POST", "/api/v1/captures/{sender}", "sender"),
        Route("POST", "/api/v1/captures/{sender}/{secret}", "sender"),
        Route("POST", "/api/v1/bundles", "export"),
        Route("POST", "/api/v1/bundles/check", "read"),
        Route("GET", "/api/v1/bundles/{bundle}", "export", acting=False),
        Route("POST", "/api/v1/bundles/{bundle}/approve", "export"),
        Route("GET", "/api/v1/bundles/{bundle}/file", "export"),
        Route("GET", "/api/v1/session", "sign-in", acting=False),
        Route("GET", "/api/v1/users", "users"),
        Route("GET", "/api/v1/journal", "journal"),
        Route("GET", "/api/v1/custody", "journal"),
        Route("POST", "/api/v1/events", "sender"),
        Route("POST", "/api/v1/events/{sender}", "sender"),
        Route("POST", "/api/v1/events/{sender}/{secret}", "sender"),
        Route("GET", "/metrics", "here"),
        Route("GET", "/healthz", "probe"),
        Route("GET", "/readyz", "probe"),
    ]
    return [Route(one.method, one.path, one.needs, one.acting, program=True) for one in found]


ROUTES: dict[tuple[str, str], Route] = {(one.method, one.path): one for one in _pages() + _api()}


def route_of(method: str, path: str) -> Route | None:
    """The route of a method and a pattern; what may be fetched may be asked for its headers."""
    return ROUTES.get(("GET" if method == "HEAD" else method, path))
