"""`/alerts/{id}`: one alert, the whole case; and the forms that handle alerts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web
from msgspec import UNSET, Struct

from detectors.alerts import MOST_RELATED, Alert, Exemption, Found
from detectors.pack.english import english
from detectors.rule import RuleSpec
from monitor.desk import unmasking
from monitor.desk.accounts import as_csv, group_name, members
from monitor.desk.arithmetic import figures, number_groups, written
from monitor.desk.broadcasts import broadcasts_of
from monitor.desk.crowd import SIZES, drawing_of, shape, signs
from monitor.desk.curve import curve_of
from monitor.desk.evidence import section
from monitor.desk.filters import BadFilter, parse
from monitor.desk.formats import Formats
from monitor.desk.gate import principal_of, store_of, unmasks
from monitor.desk.keys import CLOCK, RULEBOOK
from monitor.desk.language import Language
from monitor.desk.page import SIGNATURE_COOKIE, YEAR_S, formats, render, signature, signed
from monitor.desk.parties import party_of
from monitor.desk.rows import reason_of, room_title, subject_of, title_of
from monitor.desk.security import FORM_FIELD, may_write, own_address
from monitor.desk.shown import alerts_for, note_accounts, note_unmasked, row_for, rows_for
from monitor.desk.transcript import transcript
from monitor.errors import TransitionRefused, UnknownAlert
from monitor.store.rows import (
    CLOSE_REASONS,
    REOPENED,
    AlertFilter,
    AlertRow,
    RoomRow,
    Status,
    Transition,
)

__all__ = ["accounts", "alert", "handle", "handle_many", "prices"]

#: Alerts that one form handles at most.
MANY = 500
MAX_NOTE = 2_000


class Refused(ValueError):
    """A form that cannot be carried out; its message is a key of the catalogue."""


async def alert(request: web.Request) -> web.StreamResponse:
    """The page."""
    return await _page(request, request.match_info["id"])


async def _page(
    request: web.Request, alert_id: str, *, error: str = "", note: str = "", status: int = 200
) -> web.StreamResponse:
    store, rulebook = store_of(request), request.app[RULEBOOK]
    # Looked at first: what changes while the page is made is told to it.
    newest = store.seq

    def read() -> tuple[
        AlertRow | None, list[Alert], list[Transition], list[RoomRow], list[AlertRow]
    ]:
        found = store.get_alert(alert_id)
        if found is None:
            return None, [], [], [], []
        others = [store.get_alert(one.id) for one in found.alert.related]
        # What only several rooms show together names their alerts; these learn of it here.
        named = {found.alert.id, *(one.id for one in found.alert.related)}
        same = store.list_alerts(AlertFilter(matter=found.matter), MOST_RELATED).items
        others += [other for other in same if other.alert.id not in named]
        shown = [(found.alert.platform, found.alert.room)]
        shown += [(seen.platform, seen.room) for seen in found.alert.evidence.rooms]
        return (
            row_for(request, found),
            alerts_for(request, store.versions(alert_id)),
            store.history(alert_id),
            store.named_rooms(shown),
            rows_for(request, [other for other in others if other is not None]),
        )

    row, versions, history, rooms, others = await asyncio.to_thread(read)
    if row is None:
        return await render(request, "problem.html", {"kind": "alert"}, status=404)
    await note_unmasked(request, alert_id)
    f = formats(request)
    one = row.alert
    known = next(
        (room for room in rooms if (room.platform, room.room) == (one.platform, one.room)), None
    )
    title, foreign = title_of(row, f.language, rulebook)
    spec = rulebook[one.rule].spec if one.rule in rulebook else None
    back = _back(request)
    why = {other.id: other.why for other in one.related}
    related = [
        (other.alert, title_of(other, f.language, rulebook), why.get(other.alert.id, "matter"))
        for other in others
    ]
    found = members(one)
    seen = seen_rooms(one, rooms, f.language)
    titles = {
        (each.platform, each.room): room_title(
            each.platform, each.room,
            next((r for r in rooms if (r.platform, r.room) == (each.platform, each.room)), None),
            f.language,
        )
        for each in one.evidence.rooms
    }  # fmt: skip
    drawings = [
        drawing
        for kind in SIZES
        if (drawing := broadcasts_of(one, found, titles, kind) or drawing_of(one, found, kind))
        is not None
    ]
    context: dict[str, Any] = {
        "row": row,
        "newest": newest,
        "alert": one,
        "title": title,
        "foreign_title": foreign,
        "reason": reason_of(one, f.language),
        "in_english": lambda sentence: english(sentence, spec.english if spec else None),
        "subject": subject_of(one, f, rulebook),
        "room": known,
        "room_title": room_title(one.platform, one.room, known, f.language),
        "seen": seen,
        "figures": figures(one.evidence.numbers, f),
        "numbers": number_groups(one, f),
        "curve": curve_of(one),
        "members": found,
        "drawings": drawings,
        "broadcasts": one.evidence.crowd is not UNSET and bool(one.evidence.crowd.broadcasts),
        "broadcast_title": lambda broadcast: titles.get(
            (broadcast.platform, broadcast.room), broadcast.room
        ),
        "signs": signs(one),
        "shape": shape,
        "group_name": group_name,
        # Lines of many rooms are no conversation; their words stand beside the rooms.
        "lines": [] if one.evidence.rooms else transcript(one.evidence, f.language),
        "exemptions": [(entry, verdict_of(entry)) for entry in one.exemptions],
        "exemptions_met": sum(1 for entry in one.exemptions if entry.met),
        "exemptions_open": sum(1 for entry in one.exemptions if verdict_of(entry) == "open"),
        "spec": spec,
        "history": history_of(row, versions, history),
        "evidence": await section(request, one),
        "unmasking": await unmasking.section(request, one),
        "unmasked": unmasks(request, one.id),
        "versions": versions[::-1],
        "party": party_of(one, known),
        "findings": findings_of(one, f.language),
        "related": related,
        "thresholds": thresholds_of(one, spec, f),
        "handling": row,
        "reasons": CLOSE_REASONS,
        "back": back,
        "query": back.removeprefix("/alerts"),
        "error": error,
        "note": note,
        "gap_ms": sum(gap.until - gap.from_ for gap in one.evidence.gaps),
    }
    return await render(request, "alert.html", context, current="alerts", status=status)


class FoundRow(Struct, kw_only=True):
    """Findings of one moment and the same words."""

    first: Found
    by: tuple[str, str]
    count: int
    story: bool
    """The finding that tells the story is one of them."""
    says: list[Found]
    """Those that say something of their own."""


#: Of sentences on the same words that differ in these alone (the third, fourth, fifth time) one is shown.
_FIGURES = re.compile(r"[\d.,]+")


def findings_of(alert: Alert, language: Language) -> list[FoundRow]:
    """The findings in their order; what was found in the same words of one event is one row."""
    same: dict[tuple[object, ...], list[int]] = {}
    for place, one in enumerate(alert.findings):
        key = (one.at, one.event, one.text, one.level, one.by)
        same.setdefault(key, []).append(place)
    rows = []
    for places in same.values():
        says: dict[str, Found] = {}
        # The latest counts furthest; what tells the story is shown whatever came after it.
        for place in sorted(places, key=lambda place: place == alert.story):
            one = alert.findings[place]
            says[_FIGURES.sub("", one.says) if one.text else one.says] = one
        first = alert.findings[places[0]]
        rows.append(
            FoundRow(
                first=first, by=says_by(first.by, language), count=len(places),
                story=alert.story in places, says=list(says.values()),
            )
        )  # fmt: skip
    return rows


def says_by(by: str, language: Language) -> tuple[str, str]:
    """What found something, in words, and its name."""
    kind, _, name = by.partition(":")
    return language.say(f"by.{kind}"), name[:16] if kind == "model" else name


def thresholds_of(
    alert: Alert, spec: RuleSpec | None, f: Formats
) -> list[tuple[str, str, str, str]]:
    """Thresholds of the verdict: name, value, note, origin; of older alerts those loaded now."""
    own = {} if alert.engine is UNSET else alert.engine.thresholds
    loaded = {} if spec is None else spec.thresholds
    values = own or {name: one.value for name, one in loaded.items()}
    return [
        (
            name,
            written(name, value, f),
            loaded[name].note if name in loaded and loaded[name].value == value else "",
            loaded[name].origin if name in loaded else "engineering",
        )
        for name, value in values.items()
    ]


class Seen(Struct, kw_only=True, frozen=True):
    """A room of an alert over several rooms."""

    title: str
    place: str
    who: str
    """Operator, else host, as shown; empty: unknown."""
    code: str
    """Credit code as shown."""
    at: int
    words: str
    alert: str
    """Id of the room's own alert; empty: it has none."""


def seen_rooms(alert: Alert, rooms: Sequence[RoomRow], language: Language) -> list[Seen]:
    """The rooms of an alert over several rooms, by the time of the first sighting."""
    known = {(room.platform, room.room): room for room in rooms}
    return [
        Seen(
            title=room_title(one.platform, one.room, known.get((one.platform, one.room)), language),
            place=f"{one.platform} {one.room}",
            who=(one.operator.name if one.operator is not None else None) or one.host or "",
            code=(one.operator.uscc if one.operator is not None else None) or "",
            at=one.at,
            words=one.words,
            alert=one.alert,
        )
        for one in alert.evidence.rooms
    ]


#: How rules of older alerts said that they could not tell.
_UNDECIDED = ("未能判断", "无法判断", "不能判断")


def verdict_of(exemption: Exemption) -> str:
    """`met`, `not`, or `open` where it cannot be told from events."""
    if exemption.met:
        return "met"
    if exemption.met is None or any(words in exemption.why for words in _UNDECIDED):
        return "open"
    return "not"


class Step(Struct, kw_only=True, frozen=True):
    """An entry of the history; `kind` names its words."""

    at: int
    kind: str
    level: str = ""
    hits: int = 0
    who: str = ""
    reason: str = ""
    note: str = ""


def history_of(row: AlertRow, versions: list[Alert], transitions: list[Transition]) -> list[Step]:
    """What happened to an alert, newest first: raised, level risen, handled, and its latest hit."""
    steps: list[Step] = []
    level = ""
    for version in versions:
        if version.level != level:
            steps.append(
                Step(
                    at=version.raised_at,
                    kind="risen" if level else "raised",
                    level=version.level,
                    hits=version.hits,
                )
            )
        level = version.level
    latest = row.alert
    if steps and latest.hits > steps[-1].hits:
        steps.append(Step(at=latest.raised_at, kind="hit", level=latest.level, hits=latest.hits))
    for entry in transitions:
        reopened = entry.reason in REOPENED
        steps.append(
            Step(
                at=entry.at,
                kind="reopened" if reopened else entry.new,
                who="" if reopened else entry.who,
                reason=entry.reason or "",
                note=entry.note or "",
            )
        )
    # It was opened again because its level had risen: of one moment that comes last.
    return sorted(steps, key=lambda step: (step.at, step.kind == "reopened"), reverse=True)


async def prices(request: web.Request) -> web.StreamResponse:
    """The price curve as a table."""
    row = await asyncio.to_thread(store_of(request).get_alert, request.match_info["id"])
    if row is None or not row.alert.evidence.prices:
        return await render(request, "problem.html", {"kind": "alert"}, status=404)
    f = formats(request)
    title, foreign = title_of(row, f.language, request.app[RULEBOOK])
    points = sorted(
        row.alert.evidence.prices, key=lambda point: (point.at, point.kind), reverse=True
    )
    return await render(
        request,
        "prices.html",
        {
            "alert": row.alert,
            "title": title,
            "foreign_title": foreign,
            "points": points,
            "back": _back(request),
        },
        current="alerts",
    )


async def accounts(request: web.Request) -> web.StreamResponse:
    """The accounts of an alert on a crowd, as a table to hand to the platform."""
    row = await asyncio.to_thread(store_of(request).get_alert, request.match_info["id"])
    found = members(row.alert) if row is not None else []
    if row is None or not found:
        kind = "alert" if row is None else "accounts"
        return await render(request, "problem.html", {"kind": kind}, status=404)
    await note_accounts(request, row.alert.id)
    crowd = row.alert.evidence.crowd
    broadcasts = () if crowd is UNSET else crowd.broadcasts
    return web.Response(
        text=as_csv(found, formats(request), broadcasts),
        content_type="text/csv",
        charset="utf-8",
        headers={
            # An id is an id: the address was found in the store.
            "Content-Disposition": f'attachment; filename="accounts-{row.alert.id[:10]}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _back(request: web.Request) -> str:
    """The list that the reader came from: its filter travels in the address."""
    try:
        return parse(request.query.items()).address()
    except BadFilter:
        return "/alerts"


async def handle(request: web.Request) -> web.StreamResponse:
    """Acknowledge, close or reopen one alert: POST, then 303 back to it."""
    form = await request.post()
    alert_id = request.match_info["id"]
    token = form.get(FORM_FIELD)
    if not may_write(request, token if isinstance(token, str) else None):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    note = _text(form.get("note"), MAX_NOTE)
    who = signed(request, form.get("who"))
    to, reason = _text(form.get("to"), 20), _text(form.get("reason"), 40)
    try:
        await _change(request, alert_id, to, who, reason, note)
    except Refused as error:
        return await _page(request, alert_id, error=str(error), note=note, status=422)
    except UnknownAlert:
        return await render(request, "problem.html", {"kind": "alert"}, status=404)
    except TransitionRefused:
        # Someone was quicker: the page shows who and when.
        return await _page(request, alert_id, error="already", note=note, status=409)
    response = _see_other(own_address(request))
    _remember(response, request, form.get("who"))
    return response


async def handle_many(request: web.Request) -> web.StreamResponse:
    """The same for the chosen rows of the feed; those that someone else has handled stay as they are."""
    form = await request.post()
    token = form.get(FORM_FIELD)
    if not may_write(request, token if isinstance(token, str) else None):
        return await render(request, "problem.html", {"kind": "form"}, status=403)
    who = signed(request, form.get("who"))
    to, reason = _text(form.get("to"), 20), _text(form.get("reason"), 40)
    if to == "closed" and reason not in CLOSE_REASONS:
        return await render(request, "problem.html", {"kind": "reason"}, status=422)
    done = 0
    for alert_id in form.getall("id", [])[:MANY]:
        try:
            await _change(request, str(alert_id), to, who, reason, "")
            done += 1
        except Refused:
            raise web.HTTPBadRequest from None
        except TransitionRefused:
            continue
    response = _see_other(_back_to(_text(form.get("back"), 2_000), to, done))
    _remember(response, request, form.get("who"))
    return response


async def _change(
    request: web.Request, alert_id: str, to: str, who: str, reason: str, note: str
) -> None:
    store, at = store_of(request), request.app[CLOCK]()
    if to == "closed" and reason not in CLOSE_REASONS:
        raise Refused("reason")
    state: Status
    match to:
        case "acknowledged":
            state = "acknowledged"
        case "closed":
            state = "closed"
        case "new":
            state = "new"
        case _:
            raise Refused("act")
    await asyncio.to_thread(
        store.transition,
        alert_id,
        state,
        who,
        at,
        reason if state == "closed" else None,
        note or None,
    )


def _see_other(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})


def _back_to(back: str, to: str, done: int) -> str:
    """An address of the feed, never one of another site."""
    path, _, query = back.partition("?")
    if path != "/alerts":
        query = ""
    # Whatever a header cannot hold is written as `%XX`.
    query = quote(query, safe="%&=+,:;/?@!$'()*~")
    pairs = [pair for pair in query.split("&") if pair and not pair.startswith(("done=", "n="))]
    return "/alerts?" + "&".join([*pairs, urlencode({"done": to, "n": done})])


def _text(value: object, limit: int) -> str:
    return value.strip()[:limit] if isinstance(value, str) else ""


def _remember(response: web.StreamResponse, request: web.Request, given: object) -> None:
    """Keeps the name for the next form."""
    name = _text(given, 40)
    if name and not principal_of(request).known and name != signature(request):
        response.set_cookie(
            SIGNATURE_COOKIE, name, max_age=YEAR_S, samesite="Strict", path="/", httponly=True
        )
