"""`/rules`: the rules that are loaded, with their legal basis and their cases."""

from __future__ import annotations

import asyncio

from aiohttp import web
from msgspec import Struct

from detectors.alerts import LawBasis, Level
from detectors.pack.load import Rulebook
from detectors.rule import RuleSpec
from monitor.desk.gate import store_of
from monitor.desk.keys import CLOCK, RULEBOOK
from monitor.desk.page import formats, render
from monitor.store.rows import AlertFilter

__all__ = ["rules"]


class Entry(Struct, frozen=True):
    """One rule in the list."""

    spec: RuleSpec
    title: str
    law: list[LawBasis]
    raising: int
    """Cases that must raise it."""
    silent: int
    """Cases that must not."""
    open: int
    """Alerts of it that nobody has closed."""


async def rules(request: web.Request) -> web.StreamResponse:
    """The list, by focus and title."""
    rulebook, now = request.app[RULEBOOK], request.app[CLOCK]()
    english = formats(request).language.code == "en"

    def read() -> list[Entry]:
        entries = [entry_of(rule.spec, rulebook, now, english=english) for rule in rulebook]
        store = store_of(request)
        return [
            Entry(
                entry.spec, entry.title, entry.law, entry.raising, entry.silent,
                sum(store.counts(AlertFilter(rule=[entry.spec.id], status=["new", "acknowledged"])).values()),
            )
            for entry in entries
        ]  # fmt: skip

    entries = await asyncio.to_thread(read)
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.spec.focus, entry.spec.id)):
        groups.setdefault(entry.spec.focus, []).append(entry)
    levels: tuple[Level, ...] = ("lead", "watch", "info")
    return await render(
        request,
        "rules.html",
        {"entry_groups": groups, "rule_total": len(entries), "levels": levels},
        current="rules",
    )


def entry_of(spec: RuleSpec, rulebook: Rulebook, now: int, *, english: bool) -> Entry:
    found = [rulebook.law.resolve(basis.ref, now, basis.when) for basis in spec.law]
    raising = sum(1 for case in spec.cases if case.get("expect"))
    return Entry(
        spec=spec,
        title=spec.title_en if english and spec.title_en else spec.title,
        law=[basis for basis in found if basis is not None],
        raising=raising,
        silent=len(spec.cases) - raising,
        open=0,
    )
