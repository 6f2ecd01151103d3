"""Every route of the console and the API, what it needs, and how it is kept to somebody's territories. A
route that is not here is refused.

A test walks all of it with every role, without a sign-in, with a session that has ended and with a
token that was revoked; another compares it with what the application answers to.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from monitor.access.roles import Act

__all__ = ["ROUTES", "About", "Needs", "Route", "route_of"]

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


#: How what a route tells and takes is kept to the territories of somebody who is bound to some
#: (`monitor.store.scope`). A test asks each as somebody who is bound elsewhere.
About = Literal[
    "nothing",  # it tells of no alert and no room
    "within",  # lists and counts: of what lies in his territories alone
    "alert",  # one alert by its address; elsewhere there is none
    "named",  # alerts or rooms that the body or the query names; elsewhere there are none
    "capture",  # a screenshot of a room or an alert; elsewhere there is none
    "unmasking",  # a request about one alert; elsewhere there is none
    "bundle",  # of alerts that all lie in his territories; else there is none
    "whole",  # of the whole office: refused to whoever is bound
    "sender",  # no person asks
]


class Route(Struct, frozen=True):
    """One method of one address."""

    method: str
    path: str
    """The pattern, as the router writes it."""
    needs: Needs
    about: About
    acting: bool = True
    """A person does something; false: an open page asks this by itself, which keeps nobody signed
    in."""
    program: bool = False
    """The answer is for a program: without a sign-in it is 401, not the sign-in page."""


def _pages() -> list[Route]:
    return [
        Route("GET", "/", "sign-in", "nothing"),
        Route("GET", "/alerts", "read", "within"),
        Route("GET", "/alerts/fresh", "read", "within", acting=False, program=True),
        Route("POST", "/alerts/handle", "handle", "named"),
        Route("GET", "/alerts/{id}", "read", "alert"),
        Route("POST", "/alerts/{id}", "handle", "alert"),
        Route("GET", "/alerts/{id}/prices", "read", "alert"),
        Route("GET", "/alerts/{id}/session", "read", "alert"),
        Route("GET", "/alerts/{id}/accounts.csv", "unmask", "alert"),
        Route("POST", "/alerts/{id}/bundles", "export", "alert"),
        Route("POST", "/alerts/{id}/bundles/{bundle}/approve", "export", "bundle"),
        Route("POST", "/alerts/{id}/unmaskings", "handle", "alert"),
        Route("GET", "/unmaskings", "handle", "within"),
        Route("POST", "/unmaskings/{unmasking}/approve", "approve", "unmasking"),
        Route("POST", "/unmaskings/{unmasking}/refuse", "approve", "unmasking"),
        Route("POST", "/unmaskings/{unmasking}/end", "handle", "unmasking"),
        Route("GET", "/rules", "read", "within"),
        Route("GET", "/unwatched", "read", "within"),
        Route("GET", "/notifications", "read", "within"),
        Route("POST", "/notifications/test", "channels", "whole"),
        Route("GET", "/watch", "read", "within", acting=False, program=True),
        Route("GET", "/journal", "journal", "whole"),
        Route("GET", "/users", "users", "whole"),
        Route("POST", "/users", "users", "whole"),
        Route("POST", "/users/{name}", "users", "whole"),
        Route("GET", "/account", "sign-in", "nothing"),
        Route("POST", "/account", "sign-in", "nothing"),
        Route("GET", "/sign-in", "nothing", "nothing"),
        Route("POST", "/sign-in", "nothing", "nothing"),
        Route("GET", "/sign-in/oidc", "nothing", "nothing"),
        Route("GET", "/sign-in/oidc/back", "nothing", "nothing"),
        Route("POST", "/sign-out", "nothing", "nothing"),
        Route("GET", "/static/{edition}/{name}", "nothing", "nothing"),
        Route("GET", "/favicon.ico", "nothing", "nothing"),
    ]


def _api() -> list[Route]:
    found = [
        Route("GET", "/api/v1/openapi.json", "nothing", "nothing"),
        Route("GET", "/api/v1/alerts", "read", "within"),
        Route("GET", "/api/v1/alerts/stream", "read", "within", acting=False),
        Route("GET", "/api/v1/alerts/{id}", "read", "alert"),
        Route("GET", "/api/v1/alerts/{id}/accounts", "unmask", "alert"),
        Route("GET", "/api/v1/alerts/{id}/versions", "read", "alert"),
        Route("POST", "/api/v1/alerts/{id}/acknowledge", "handle", "alert"),
        Route("POST", "/api/v1/alerts/{id}/close", "handle", "alert"),
        Route("POST", "/api/v1/alerts/{id}/unmaskings", "handle", "alert"),
        Route("GET", "/api/v1/unmaskings", "handle", "within"),
        Route("GET", "/api/v1/unmaskings/{unmasking}", "handle", "unmasking"),
        Route("POST", "/api/v1/unmaskings/{unmasking}/approve", "approve", "unmasking"),
        Route("POST", "/api/v1/unmaskings/{unmasking}/refuse", "approve", "unmasking"),
        Route("POST", "/api/v1/unmaskings/{unmasking}/end", "handle", "unmasking"),
        Route("GET", "/api/v1/rooms", "read", "within"),
        Route("GET", "/api/v1/unwatched", "read", "within"),
        Route("GET", "/api/v1/notifications", "read", "within"),
        Route("POST", "/api/v1/notifications/test", "channels", "whole"),
        Route("POST", "/api/v1/notifications/retry", "channels", "whole"),
        Route("POST", "/api/v1/captures", "handle", "named"),
        Route("GET", "/api/v1/captures", "read", "named"),
        # What a screenshot shows of viewers cannot be put under numbers.
        Route("GET", "/api/v1/captures/{capture}/file", "unmask", "capture"),
        Route("POST", "/api/v1/captures/{sender}", "sender", "sender"),
        Route("POST", "/api/v1/captures/{sender}/{secret}", "sender", "sender"),
        Route("POST", "/api/v1/bundles", "export", "named"),
        Route("POST", "/api/v1/bundles/check", "read", "nothing"),
        Route("GET", "/api/v1/bundles/{bundle}", "export", "bundle", acting=False),
        Route("POST", "/api/v1/bundles/{bundle}/approve", "export", "bundle"),
        Route("GET", "/api/v1/bundles/{bundle}/file", "export", "bundle"),
        Route("GET", "/api/v1/session", "sign-in", "nothing", acting=False),
        Route("GET", "/api/v1/users", "users", "whole"),
        Route("GET", "/api/v1/journal", "journal", "whole"),
        Route("GET", "/api/v1/custody", "journal", "whole"),
        Route("POST", "/api/v1/events", "sender", "sender"),
        Route("POST", "/api/v1/events/{sender}", "sender", "sender"),
        Route("POST", "/api/v1/events/{sender}/{secret}", "sender", "sender"),
        Route("GET", "/metrics", "here", "whole"),
        Route("GET", "/healthz", "probe", "whole"),
        Route("GET", "/readyz", "probe", "nothing"),
    ]
    return [
        Route(one.method, one.path, one.needs, one.about, one.acting, program=True) for one in found
    ]


ROUTES: dict[tuple[str, str], Route] = {(one.method, one.path): one for one in _pages() + _api()}


def route_of(method: str, path: str) -> Route | None:
    """The route of a method and a pattern; what may be fetched may be asked for its headers."""
    return ROUTES.get(("GET" if method == "HEAD" else method, path))
