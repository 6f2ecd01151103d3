"""What every page has: its language, its bars, its headers; and how a template becomes an answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from aiohttp import web
from msgspec import Struct

from detectors import __version__
from monitor.condition import UnwatchedRoom
from monitor.desk import assets
from monitor.desk.filters import ASIDE
from monitor.desk.formats import Formats
from monitor.desk.gate import may, principal_of, store_of
from monitor.desk.keys import ACCESS, CLOCK, NOTIFICATIONS, UNWATCHED
from monitor.desk.language import CODES, COOKIE, Code, Language, code_of, language, language_of
from monitor.desk.security import form_token, keep_form_token, own_address, own_path
from monitor.store.rows import AlertFilter
from monitor.store.scoped import ScopedStore

__all__ = [
    "KEYS",
    "Watch",
    "counts_of",
    "fill_bar",
    "fragment",
    "preferences",
    "render",
    "signature",
    "signed",
    "unwatched_of",
    "watch_of",
]

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "livewatch_theme"
SIGNATURE_COOKIE = "livewatch_who"
YEAR_S = 365 * 86_400
#: A watch without any event for this long is no longer called sound, ms.
QUIET_MS = 60_000
#: Themes in the order of the switch: the system's, then the other two.
THEMES = ("auto", "dark", "light")
#: The keys by heading: what is pressed, what it does.
KEYS = (
    ("moving", (("J", "down"), ("K", "up"), ("O", "open"), ("F", "fold"), ("U", "back"))),
    ("handling", (("X", "select"), ("A", "acknowledge"), ("E", "close"))),
    ("other", (("N", "show"), ("P", "pause"), ("/", "search"), ("?", "this"))),
)


class Watch(Struct, frozen=True):
    """The state of the watch itself."""

    rooms: int
    """Rooms ever seen."""
    on_air: int
    last_arrival: int
    """Wall clock of the latest arrival, ms; 0: none."""
    quiet: bool
    """Rooms are on the air and nothing has come for a while."""


def watch_of(store: ScopedStore, now: int) -> Watch:
    """Reads the state of the watch; blocks."""
    rooms, on_air, last = store.count_rooms()
    return Watch(rooms, on_air, last, quiet=bool(on_air) and now - last > QUIET_MS)


def count_open(store: ScopedStore) -> int:
    """Alerts that nobody has closed."""
    return sum(store.counts(AlertFilter(status=["new", "acknowledged"], not_rule=[ASIDE])).values())


def count_complaints(store: ScopedStore) -> int:
    """Entries of the 12315 desk that nobody has closed."""
    return sum(store.counts(AlertFilter(status=["new", "acknowledged"], rule=[ASIDE])).values())


def unwatched_of(request: web.Request) -> list[UnwatchedRoom]:
    """Configured rooms that nobody watches at the moment, of the territories of whoever asks; blocks."""
    found, store = request.app[UNWATCHED](), store_of(request)
    if not store.scope:
        return found
    seen = store.named_rooms((one.platform, one.room) for one in found)
    names = {(room.platform, room.room) for room in seen}
    return [one for one in found if (one.platform, one.room) in names]


def _waiting(request: web.Request) -> int | None:
    """Requests to see accounts that wait for somebody's decision; ``None``: he neither decides nor asks.
    Blocks."""
    who, unmaskings = principal_of(request), request.app[ACCESS].unmaskings
    if not unmaskings.may_ask(who):
        return None
    if not who.may("approve"):
        return 0
    waiting = unmaskings.listed(who.scope, state="waiting")
    return sum(one.person != who.name for one in waiting)


def fill_bar(request: web.Request, context: dict[str, Any]) -> None:
    """Reads what the top bar shows, unless the context has it; blocks."""
    store, reads = store_of(request), principal_of(request).may("read")
    for name, read in (
        ("watch", lambda: watch_of(store, request.app[CLOCK]()) if reads else None),
        ("opened", lambda: count_open(store) if reads else None),
        ("complaints", lambda: count_complaints(store) if reads else None),
        ("unwatched", lambda: unwatched_of(request) if reads else []),
        ("unmaskings", lambda: _waiting(request)),
    ):
        if name not in context:
            context[name] = read()


def counts_of(context: dict[str, Any]) -> dict[str, int | None]:
    """The numbers of the navigation by page, from what `fill_bar` read."""
    return {
        "alerts": context["opened"],
        "complaints": context["complaints"],
        "unwatched": len(context["unwatched"]),
        "unmaskings": context["unmaskings"],
    }


def _environment(code: Code) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(language(code).translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        asset=assets.address, version=__version__, keys=KEYS, language=language(code)
    )
    return environment


_environments: dict[Code, jinja2.Environment] = {}


def environment(spoken: Language) -> jinja2.Environment:
    """The templates of a language, read on first use."""
    found = _environments.get(spoken.code)
    if found is None:
        found = _environments[spoken.code] = _environment(spoken.code)
    return found


def fragment(spoken: Language, template: str, context: dict[str, Any]) -> str:
    """A part of a page."""
    return environment(spoken).get_template(template).render(context)


def formats(request: web.Request) -> Formats:
    return Formats(language_of(request), request.app[CLOCK]())


def signature(request: web.Request) -> str:
    """The name that the reader signs with: his own, without sign-in the one that he gave last."""
    return principal_of(request).name or request.cookies.get(SIGNATURE_COOKIE, "")[:40]


def nameless(request: web.Request) -> str:
    """Who signs where nobody gives a name, in the reader's language: what the field shows is kept."""
    return language_of(request).say("who.nameless")


def signed(request: web.Request, given: object) -> str:
    """The name under which an act is kept. Of somebody who has signed in it is his own, whatever
    the form says."""
    if principal_of(request).known:
        return signature(request)
    return (
        (given.strip()[:40] if isinstance(given, str) else "")
        or signature(request)
        or nameless(request)
    )


def theme_of(request: web.Request) -> str:
    """`light` or `dark` when the reader chose, else empty."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in ("light", "dark") else ""


async def render(
    request: web.Request,
    template: str,
    context: dict[str, Any],
    *,
    current: str = "",
    status: int = 200,
) -> web.Response:
    """A whole page. What the top bar shows is read unless the context has it."""
    who, f = principal_of(request), formats(request)
    await asyncio.to_thread(fill_bar, request, context)
    theme = theme_of(request)
    next_theme = THEMES[(THEMES.index(theme or "auto") + 1) % len(THEMES)]
    token = form_token(request)
    whole = {
        "f": f,
        "current": current,
        "navigation": _navigation(request, context),
        "who": who,
        "may": who.may,
        # Nobody has to sign in here: what is done under a name is not checked.
        "open_desk": not who.known and bool(who.acts),
        "theme": theme,
        "next_theme": next_theme,
        "theme_switch": _switch(request, "theme", next_theme),
        "language_switch": _switch(request, "lang", "en" if f.language.code == "zh_CN" else "zh"),
        "token": token,
        "signature": signature(request),
        "nameless": nameless(request),
        "here": own_address(request),
        **context,
    }
    text = await asyncio.to_thread(fragment, f.language, template, whole)
    response = web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={"Cache-Control": "no-store", "Content-Language": f.language.tag, "Vary": "Cookie"},
    )
    keep_form_token(request, response, token)
    return response


def _has_channels(request: web.Request) -> bool:
    found = request.app.get(NOTIFICATIONS)
    return found is not None and bool(found.lanes)


def _navigation(request: web.Request, context: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    """The pages that the reader may see: name, address, number."""
    number = counts_of(context)
    found: list[tuple[str, str, int | None]] = []
    if may(request, "read"):
        found += [
            ("alerts", "/alerts", number["alerts"]),
            ("complaints", f"/alerts?rule={ASIDE}", number["complaints"]),
            ("rules", "/rules", None),
            *([("notifications", "/notifications", None)] if _has_channels(request) else []),
            *([("unwatched", "/unwatched", missed)] if (missed := number["unwatched"]) else []),
        ]
    if number["unmaskings"] is not None:
        found.append(("unmaskings", "/unmaskings", number["unmaskings"]))
    if may(request, "users"):
        found.append(("users", "/users", None))
    if may(request, "journal") and principal_of(request).known:
        found.append(("journal", "/journal", None))
    return found


def _switch(request: web.Request, name: str, value: str) -> str:
    """The same address with one preference changed."""
    path = own_path(request) if request.method in ("GET", "HEAD") else "/alerts"
    pairs = [(key, entry) for key, entry in request.query.items() if key not in ("lang", "theme")]
    return f"{path}?{urlencode([*pairs, (name, value)], safe=',:')}"


def preferences(request: web.Request) -> web.Response | None:
    """`?lang=` and `?theme=` are kept in cookies; the reader goes on to the address without them."""
    tongue, theme = code_of(request.query.get("lang")), request.query.get("theme")
    if request.method not in ("GET", "HEAD") or not ({"lang", "theme"} & set(request.query)):
        return None
    pairs = [(key, value) for key, value in request.query.items() if key not in ("lang", "theme")]
    path = own_path(request)
    response = web.Response(
        status=303,
        headers={
            "Location": f"{path}?{urlencode(pairs, safe=',:')}" if pairs else path,
            "Cache-Control": "no-store",
        },
    )
    if tongue in CODES:
        response.set_cookie(COOKIE, str(tongue), max_age=YEAR_S, samesite="Lax", path="/")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="Lax", path="/")
    return response
