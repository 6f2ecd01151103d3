"""`/rules`: the rules that are loaded, with their legal basis and their cases."""

from __future__ import annotations

import asyncio

from aiohttp import web
from msgspec import Struct

from detectors.alerts import LawBasis, Level
from detectors.engine.handed import with_english
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
    in_english = formats(request).language.code == "en"

    def read() -> list[Entry]:
        open_ = store_of(request).counts_by_rule(AlertFilter(status=["new", "acknowledged"]))
        return [
            entry_of(rule.spec, rulebook, now, open_.get(rule.id, 0), english=in_english)
            for rule in rulebook
        ]

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


def entry_of(spec: RuleSpec, rulebook: Rulebook, now: int, open_: int, *, english: bool) -> Entry:
    resolved = [rulebook.law.resolve(basis.ref, now, basis.when) for basis in spec.law]
    found = [one for one in resolved if one is not None]
    raising = sum(1 for case in spec.cases if case.get("expect"))
    return Entry(
        spec=spec,
        title=spec.title_en if english and spec.title_en else spec.title,
        law=[with_english(one, spec.english) for one in found] if english else found,
        raising=raising,
        silent=len(spec.cases) - raising,
        open=open_,
    )
