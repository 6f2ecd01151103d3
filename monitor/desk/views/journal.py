"""`/journal`: who signed in and what was done with evidence, for whoever looks after that."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from monitor.access.journal import Entry
from monitor.desk.api import BadParameter, answer, limit_of
from monitor.desk.keys import ACCESS, STORE
from monitor.desk.page import render
from monitor.evidence.custody import CustodyRecord
from monitor.problems import problem

__all__ = ["journal", "list_custody", "list_journal"]

SHOWN = 100
DEFAULT_LIMIT, MAX_LIMIT = 100, 1_000


async def journal(request: web.Request) -> web.StreamResponse:
    """The page."""
    access, store = request.app[ACCESS], request.app[STORE]

    def read() -> dict[str, Any]:
        return {
            "entries": access.journal(SHOWN, _number(request.query.get("before"))),
            "custody": store.latest_custody(SHOWN),
        }

    context = await asyncio.to_thread(read)
    last = context["entries"][-1].number if len(context["entries"]) == SHOWN else None
    return await render(request, "journal.html", {**context, "next": last}, current="journal")


async def list_journal(request: web.Request) -> web.Response:
    """Sign-ins and changes to people, newest first."""

    def read(limit: int, before: int | None) -> list[Entry]:
        return request.app[ACCESS].journal(limit, before)

    return await _listed(request, read)


async def list_custody(request: web.Request) -> web.Response:
    """What was done with evidence, newest first."""

    def read(limit: int, before: int | None) -> list[CustodyRecord]:
        return request.app[STORE].latest_custody(limit, before)

    return await _listed(request, read)


async def _listed(request: web.Request, read: Any) -> web.Response:
    try:
        limit = limit_of(request, {"limit", "before"}, DEFAULT_LIMIT, MAX_LIMIT)
    except BadParameter as error:
        return problem(400, error.kind, str(error))
    before = _number(request.query.get("before"))
    if before is None and "before" in request.query:
        return problem(400, "bad-cursor", "before is the number of an entry")
    items = await asyncio.to_thread(read, limit, before)
    following = items[-1].number if len(items) == limit else None
    return answer({"items": items, "next": following})


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
