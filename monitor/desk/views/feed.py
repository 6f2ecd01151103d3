"""`/alerts`: the feed, and what keeps it current."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from msgspec import Struct

from detectors.events import room_key
from monitor.desk.chips import ROOMS, addable, chips
from monitor.desk.filters import ANY, ASIDE, LOOKS, YES, BadFilter, Query, matches, parse
from monitor.desk.formats import Formats, quoted
from monitor.desk.gate import principal_of, store_of
from monitor.desk.keys import RULEBOOK
from monitor.desk.page import (
    count_open,
    counts_of,
    fill_bar,
    formats,
    fragment,
    render,
    watch_of,
)
from monitor.desk.rows import (
    group_of,
    grouped,
    handling_of,
    matter_of,
    row_of,
    strip_of,
    window_end,
)
from monitor.desk.shown import rows_for
from monitor.desk.sparkline import WINDOW_MS
from monitor.errors import BadCursor
from monitor.store.rows import CLOSE_REASONS, AlertFilter, AlertRow, RoomRow, Section, Sums
from monitor.store.scoped import ScopedStore

__all__ = ["feed", "fresh", "watch"]

#: Rows that fill a page.
PAGE = 50
#: The field by which the alerts of a matter are asked for.
_FOLDED = {"none": "matter", "matter": "matter", "product": "product_matter"}
#: Changes that one answer of `fresh` holds.
FRESH = 100
_NOTICES = ("acknowledged", "closed")


async def feed(request: web.Request) -> web.StreamResponse:
    """The list, or with `part=list` only what 显示 replaces."""
    try:
        query = parse(request.query.items())
        if any(name.startswith("is_") for name in request.query):
            # From a menu: the same in the shortest words, so that one filter has one address.
            raise web.HTTPSeeOther(query.address())
        context = await _context(request, query)
    except BadFilter as error:
        return await render(
            request, "problem.html", {"kind": "filter", "detail": str(error)}, status=400
        )
    except BadCursor as error:
        return await render(
            request, "problem.html", {"kind": "cursor", "detail": str(error)}, status=400
        )
    current = "complaints" if query.aside else "alerts"
    return await render(request, "feed.html", context, current=current)


async def _context(request: web.Request, query: Query) -> dict[str, Any]:
    store, rulebook = store_of(request), request.app[RULEBOOK]
    f = formats(request)
    look = query.look
    by_room = look.group == "room"
    cursor = request.query.get("cursor") or None
    place = _place(request)
    wanted = query.store_filter()

    def read() -> tuple[Any, ...]:
        # The number of the latest change comes first: what changes while we read is then told
        # again, never lost.
        seq = store.seq
        newest = store.list_alerts(AlertFilter(), 1)
        page = store.overview(
            wanted, PAGE, cursor, order=look.sort, by_room=by_room, fold=look.fold
        )
        for section in page.sections:
            for entry in section.entries:
                entry.rows = rows_for(request, entry.rows)
        shown = [
            row for section in page.sections for entry in section.entries for row in entry.rows
        ]
        rooms = _rooms(store, query, shown)
        since = _since(shown, rooms, f.now)
        named = store.matters_named(look.fold, {matter_of(row, look.fold) for row in shown})
        return (
            named,
            seq,
            newest,
            page,
            rooms,
            store.hit_times([row.alert.id for row in shown], since),
            store.room_hits(wanted, _keys(page.sections), since) if by_room else {},
            *_everything(store),
            count_open(store),
            watch_of(store, f.now),
        )

    (
        named,
        seq,
        newest,
        page,
        rooms,
        times,
        room_times,
        everything,
        again,
        opened,
        state,
    ) = await asyncio.to_thread(read)
    total = sum(page.counts.values())
    shown = len(page.sections) if by_room else sum(len(one.entries) for one in page.sections)
    notice = request.query.get("done")
    number = request.query.get("n", "1")
    empty = _emptiness(query, rooms, everything)
    return {
        "watch": state,
        "opened": opened,
        "seq": seq,
        "newest": newest.items[0].number if newest.items else 0,
        "groups": grouped(
            page.sections,
            rooms={(room.platform, room.room): room for room in rooms},
            times=times,
            room_times=room_times,
            formats=f,
            rulebook=rulebook,
            query=_suffix(query),
            room_address=lambda platform, room: query.of_one(
                **({"platform": platform} if platform else {}), room=room
            ).address(),
            matter_address=lambda matter: query.of_one(**{_FOLDED[look.fold]: matter}).address(),
            fold=look.fold,
            named=named,
        ),
        "total": total,
        "unit": "rooms" if by_room else "matters" if look.fold != "none" else "alerts",
        "of": page.of,
        "shown": shown,
        "place": place,
        "next_page": query.address(cursor=page.next, place=str(place + shown)) if page.next else "",
        "first_page": query.address() if cursor else "",
        "first_here": query.address(),
        "by_newest": query.looking(sort="raised").address() if look.sort != "raised" else "",
        "fresh": query.address("/alerts/fresh"),
        "auto_show": not page.sections and cursor is None,
        "heading": "complaints" if query.aside else "alerts",
        "views": _views(query, opened, everything, again),
        "untouched": query.default and len(query.conditions) == 1,
        "look": msgspec.structs.asdict(look),
        "looks": {
            name: [(value, query.looking(**{name: value}).address()) for value in values]
            for name, values in LOOKS.items()
        },
        "json": _json_address(query),
        "chips": chips(query, f, rulebook, rooms),
        "addable": addable(query, f, rulebook, rooms, page.counts),
        "empty": empty,
        "excluded": await asyncio.to_thread(_excluded, request, query, f)
        if empty == "filtered"
        else None,
        "aside": await asyncio.to_thread(_aside, store, query) if empty == "filtered" else None,
        "rule_count": len(rulebook),
        "unverified": sum(1 for rule in rulebook if rule.spec.status != "verified"),
        "reasons": CLOSE_REASONS,
        "notice": f.language.count(f"notice.{notice}", int(number))
        if notice in _NOTICES and number.isascii() and number.isdigit() and len(number) < 6
        else "",
    }


def _keys(sections: list[Section]) -> list[tuple[str, str]]:
    return [(section.platform, section.room) for section in sections]


def _views(
    query: Query, opened: int, everything: int, again: int
) -> list[tuple[str, str, int | None, bool]]:
    """What is looked at most: name, address, number, and whether it is shown now."""

    def address(**fields: str) -> str:
        return parse([*fields.items(), *query.look.parameters()]).address()

    if query.aside:
        own = len(query.conditions)
        return [
            ("open", address(rule=ASIDE), None, query.default and own == 2),
            (
                "all",
                address(status=ANY, rule=ASIDE),
                None,
                query.get("status") is None and own == 1,
            ),
        ]
    return [
        ("open", address(), opened, query.default and len(query.conditions) == 1),
        ("all", address(status=ANY), everything, not query.conditions),
        # What is hit after it was closed must not be deaf.
        *(
            [
                (
                    "again",
                    address(again=YES, status=ANY),
                    again,
                    query.get("again") is not None,
                )
            ]
            if again or query.get("again") is not None
            else []
        ),
    ]


def _place(request: web.Request) -> int:
    given = request.query.get("place", "1")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 10 else 1


def _suffix(query: Query) -> str:
    return query.address("")


def _json_address(query: Query) -> str:
    """The API has no default state: what the page leaves out is said there. Of the ways of looking it
    knows the order alone."""
    pairs = [entry.parameter for entry in query.conditions]
    if query.look.sort != "raised":
        pairs.append(("sort", query.look.sort))
    return f"/api/v1/alerts?{urlencode(pairs, safe=',:')}" if pairs else "/api/v1/alerts"


def _since(items: list[AlertRow], rooms: list[RoomRow], now: int) -> int:
    """How far back hits are needed for the sparklines of these rows."""
    known = {(room.platform, room.room): room for room in rooms}
    ends = [
        window_end(known.get((row.alert.platform, row.alert.room)), row.alert.last_at, now)
        for row in items
    ]
    return min(ends, default=now) - WINDOW_MS


def _rooms(store: ScopedStore, query: Query, items: list[AlertRow]) -> list[RoomRow]:
    """The rooms that a page names: those of the menu, of the filter and of the rows."""
    found = store.rooms(ROOMS)
    asked = query.get("room")
    for room in asked.values if asked is not None else ():
        found += store.rooms_called(room)
    found += store.named_rooms((row.alert.platform, row.alert.room) for row in items)
    return list({(room.platform, room.room): room for room in found}.values())


def _everything(store: ScopedStore) -> tuple[int, int]:
    """How many alerts there are in all, and how many were hit after they were closed."""
    every, again = AlertFilter(not_rule=[ASIDE]), AlertFilter(again=True, not_rule=[ASIDE])
    return sum(store.counts(every).values()), sum(store.counts(again).values())


def _emptiness(query: Query, rooms: list[RoomRow], everything: int) -> str:
    if not rooms and not everything:
        return "first"
    return "quiet" if query.default and len(query.conditions) == 1 else "filtered"


class Excluded(Struct, frozen=True):
    """The condition that keeps most alerts out of an empty list."""

    field: str
    value: str
    """In quotation marks."""
    number: int
    off: str


def _excluded(request: web.Request, query: Query, f: Formats) -> Excluded | None:
    store, rulebook = store_of(request), request.app[RULEBOOK]
    best: Excluded | None = None
    for chip in chips(query, f, rulebook, _rooms(store, query, [])):
        number = sum(store.counts(query.without(chip.field).store_filter()).values())
        if number and (best is None or number > best.number):
            turned = f"{f.language.say('filter.not')} " if chip.negated else ""
            value = chip.words if chip.field == "text" else quoted(turned + chip.words)
            best = Excluded(f.language.say(f"field.{chip.field}"), value, number, chip.off)
    return best


class Aside(Struct, frozen=True):
    """What the conditions of an empty list would find among the entries beside the feed."""

    number: int
    address: str


def _aside(store: ScopedStore, query: Query) -> Aside | None:
    if query.get("rule") is not None:
        return None
    beside = query.of_one(rule=ASIDE)
    number = sum(store.counts(beside.store_filter()).values())
    return Aside(number, beside.address()) if number else None


async def fresh(request: web.Request) -> web.Response:
    """What changed since a change that the page knows, as parts of rows and new alerts by level."""
    store, rulebook = store_of(request), request.app[RULEBOOK]
    f = formats(request)
    try:
        query = parse(request.query.items())
        since, newest = int(request.query["seq"]), int(request.query["number"])
    except (KeyError, ValueError):  # also what the filter says of its own
        raise web.HTTPBadRequest from None
    wanted = query.store_filter()
    fold = query.look.fold

    def read() -> tuple[Any, ...]:
        # Asked for first: what nobody is shown here need not be looked through again.
        reached = store.seq
        changed = store.changes_since(since, FRESH)
        more = len(changed) == FRESH
        reached = changed[-1].seq if more else max(reached, since, *(row.seq for row in changed))
        rooms = store.named_rooms((row.alert.platform, row.alert.room) for row in changed)
        changed = rows_for(request, changed)
        updated = [row for row in changed if row.number <= newest]
        start = _since(updated, rooms, f.now)
        times = store.hit_times([row.alert.id for row in updated], start)
        heads: dict[tuple[str, str], Sums] = {}
        room_times: dict[tuple[str, str], list[int]] = {}
        if query.look.group == "room":
            keys = dict.fromkeys((row.alert.platform, row.alert.room) for row in updated)
            heads = store.sums_of_rooms(wanted, keys)
            room_times = store.room_hits(wanted, heads, start)
        strips: list[tuple[tuple[str, str], str, Sums]] = []
        if fold != "none":
            matters: dict[tuple[str, str], list[str]] = {}
            for row in updated:
                key = (row.alert.platform, row.alert.room) if heads else ("", "")
                matters.setdefault(key, []).append(matter_of(row, fold))
            for key, names in matters.items():
                found = store.sums_of_matters(wanted, fold, names, key if heads else None)
                named = store.matters_named(fold, found)
                strips += [(key, named[name], sums) for name, sums in found.items()]
        meant = store.narrowed(wanted)
        bar: dict[str, Any] = {}
        fill_bar(request, bar)
        numbers = counts_of(bar)
        numbers["all"], numbers["again"] = _everything(store)
        return meant, changed, reached, rooms, times, heads, room_times, strips, numbers

    (
        meant,
        changed,
        reached,
        rooms,
        times,
        heads,
        room_times,
        strips,
        numbers,
    ) = await asyncio.to_thread(read)
    known = {(room.platform, room.room): room for room in rooms}
    items: list[dict[str, Any]] = []
    around = {"f": f, "may": principal_of(request).may, **_shapes(f)}
    for row in changed:
        if row.number > newest:
            items.append(
                {
                    "id": row.alert.id,
                    "level": row.alert.level,
                    "new": True,
                    "matches": matches(row, meant),
                }
            )
            continue
        drawn = row_of(
            row,
            times=times.get(row.alert.id, ()),
            end=window_end(
                known.get((row.alert.platform, row.alert.room)), row.alert.last_at, f.now
            ),
            formats=f,
            rulebook=rulebook,
            query=_suffix(query),
        )
        html = fragment(f.language, "parts/row.html", {**around, "row": drawn})
        items.append(
            {
                "id": row.alert.id,
                "level": row.alert.level,
                "status": handling_of(row).status,
                "new": False,
                "html": html,
            }
        )
    groups = [
        group_of(key, sums, known.get(key), room_times.get(key, ()), f)
        for key, sums in heads.items()
    ]
    body = {
        "seq": max(reached, 0),
        "more": len(changed) == FRESH,
        "items": items,
        # What rooms and matters come to is of the whole filter: only the server knows it.
        "groups": [
            {
                "key": group.key,
                "html": fragment(f.language, "parts/group.html", {**around, "group": group}),
            }
            for group in groups
        ],
        "matters": [
            {
                "room": room_key(*key) if heads else "",
                "matter": name,
                "html": fragment(
                    f.language, "parts/strip.html", {**around, "strip": strip_of(name, sums)}
                ),
            }
            for key, name, sums in strips
        ],
        "counts": _written(numbers, f),
    }
    return _answer(body)


async def watch(request: web.Request) -> web.Response:
    """The state of the watch and the numbers of the navigation, for the top bar of every page."""
    f = formats(request)
    bar: dict[str, Any] = {}
    await asyncio.to_thread(fill_bar, request, bar)
    html = fragment(f.language, "parts/watch.html", {"watch": bar["watch"], "f": f})
    return _answer({"html": html, "counts": _written(counts_of(bar), f)})


def _written(numbers: dict[str, int | None], f: Formats) -> dict[str, str]:
    return {name: f.whole(number) for name, number in numbers.items() if number is not None}


def _answer(body: dict[str, Any]) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "Vary": "Cookie"},
    )


def _shapes(f: Formats) -> dict[str, Any]:
    """The macros that a part of a page gets from the page around it."""
    from monitor.desk.page import environment

    return {"shapes": environment(f.language).get_template("parts/shapes.html").module}
