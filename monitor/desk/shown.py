"""Alerts as whoever asks may see them: those who may not see viewers' accounts get codes, and those who
are bound to territories no addresses of alerts elsewhere.

Everything here blocks where somebody is bound: call it from a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from aiohttp import web

from detectors.alerts import Alert
from monitor.access.masking import Masking, codes, masked
from monitor.desk.gate import may, principal_of, store_of, unmasks
from monitor.desk.keys import CLOCK, STORE
from monitor.store.rows import AlertRow
from monitor.store.scoped import ScopedStore

__all__ = [
    "alert_for",
    "alerts_for",
    "event_for",
    "note_accounts",
    "note_unmasked",
    "row_for",
    "rows_for",
]


#: Fields that name the alert that a matter began with.
MATTERS = ("matter", "product_matter")


def alert_for(request: web.Request, alert: Alert) -> Alert:
    """An alert."""
    alert = _narrowed(request, alert)
    return alert if unmasks(request, alert.id) else masked(alert, request.app[STORE].code_key())


def alerts_for(request: web.Request, alerts: Iterable[Alert]) -> list[Alert]:
    """Several alerts."""
    return [alert_for(request, alert) for alert in alerts]


def row_for(request: web.Request, row: AlertRow) -> AlertRow:
    """An alert with how it was handled, for programs: of a matter that began elsewhere it is the first."""
    row, store = _shown(request, row), store_of(request)
    own = row.alert.id
    others = {row.matter, row.product_matter} - {own, ""}
    if not store.scope or not others:
        return row
    seen = {own, "", *store.visible(others)}
    return msgspec.structs.replace(
        row,
        matter=row.matter if row.matter in seen else own,
        product_matter=row.product_matter if row.product_matter in seen else own,
    )


def _shown(request: web.Request, row: AlertRow) -> AlertRow:
    alert = alert_for(request, row.alert)
    return row if alert is row.alert else msgspec.structs.replace(row, alert=alert)


def _narrowed(request: web.Request, alert: Alert) -> Alert:
    """The alert without the ids of others that are not there for whoever asks."""
    store = store_of(request)
    if not store.scope or not (alert.related or alert.evidence.rooms):
        return alert
    fields = msgspec.to_builtins(alert)
    named = _named(fields)
    if not named:
        return alert
    _leave(fields, store.visible(named))
    return msgspec.convert(fields, Alert)


def _named(fields: dict[str, Any]) -> list[str]:
    """Ids of other alerts."""
    rooms = (fields.get("evidence") or {}).get("rooms", ())
    found = [one["id"] for one in fields.get("related", ())]
    found += [fields[name] for name in MATTERS if fields.get(name, fields["id"]) != fields["id"]]
    return found + [one["alert"] for one in rooms if one.get("alert")]


def _leave(fields: dict[str, Any], seen: Collection[str]) -> None:
    """Takes out the ids of other alerts but for some."""
    if "related" in fields:
        fields["related"] = [one for one in fields["related"] if one["id"] in seen]
    for name in MATTERS:
        if name in fields and fields[name] not in seen:
            fields[name] = fields["id"]
    for one in (fields.get("evidence") or {}).get("rooms", ()):
        if one.get("alert") and one["alert"] not in seen:
            del one["alert"]


def rows_for(request: web.Request, rows: Iterable[AlertRow]) -> list[AlertRow]:
    """Several of them."""
    return [_shown(request, row) for row in rows]


async def note_unmasked(request: web.Request, alert: str) -> None:
    """Notes in custody that somebody saw the accounts of an alert by case."""
    if not may(request, "unmask") and unmasks(request, alert):
        await _note(request, alert, "unmasked")


async def note_accounts(request: web.Request, alert: str) -> None:
    """Notes in custody that somebody took the table of accounts; who it was is known only where
    people sign in."""
    await _note(request, alert, "accounts")


async def _note(request: web.Request, alert: str, what: str) -> None:
    who = principal_of(request)
    if not who.known:
        return
    store, now = request.app[STORE], request.app[CLOCK]()
    await asyncio.to_thread(
        lambda: store.note_custody(
            "viewed",
            who=who.name,
            role=who.role or "",
            at=now,
            subject=f"alert:{alert}",
            detail={"what": what},
        )
    )


def event_for(whole: bytes, sent: bytes, *, store: ScopedStore, unmasked: bool) -> bytes:
    """A message of the stream for those who may not see all of it.

    Args:
        whole: the message with all fields, which name the accounts.
        sent: what would be sent: the same, or in brief.
        store: of whoever reads.
        unmasked: he may see accounts.
    """
    if unmasked and not store.scope:
        return sent
    fields = msgspec.json.decode(_data(whole))
    if store.scope and (named := _named(fields)):
        _leave(fields, store.visible(named))
    names = fields.keys() if sent is whole else msgspec.json.decode(_data(sent)).keys()
    if not unmasked:
        masking = Masking(fields, codes(fields["id"], store.code_key()))
        fields = masking.whole() if sent is whole else masking.some(_some(fields, names))
    elif sent is not whole:
        fields = _some(fields, names)
    head = sent[: sent.index(b"data: ") + 6]
    return head + msgspec.json.encode(fields) + b"\n\n"


def _some(fields: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: fields[name] for name in names}


def _data(message: bytes) -> bytes:
    return message[message.index(b"data: ") + 6 :].strip()
