"""Alerts as whoever asks may see them: those who may not see viewers' accounts get codes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
from aiohttp import web

from detectors.alerts import Alert
from monitor.access.masking import Masking, masked
from monitor.desk.gate import may, principal_of
from monitor.desk.keys import CLOCK, STORE
from monitor.store.rows import AlertRow

__all__ = ["alert_for", "alerts_for", "masked_event", "note_accounts", "row_for", "rows_for"]


def alert_for(request: web.Request, alert: Alert) -> Alert:
    """An alert."""
    return alert if may(request, "unmask") else masked(alert)


def alerts_for(request: web.Request, alerts: Iterable[Alert]) -> list[Alert]:
    """Several alerts."""
    return [alert_for(request, alert) for alert in alerts]


def row_for(request: web.Request, row: AlertRow) -> AlertRow:
    """An alert with how it was handled."""
    if may(request, "unmask"):
        return row
    return msgspec.structs.replace(row, alert=masked(row.alert))


def rows_for(request: web.Request, rows: Iterable[AlertRow]) -> list[AlertRow]:
    """Several of them."""
    return [row_for(request, row) for row in rows]


async def note_accounts(request: web.Request, alert: str) -> None:
    """Notes in custody that somebody took the table of accounts; who it was is known only where
    people sign in."""
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
            detail={"what": "accounts"},
        )
    )


def masked_event(whole: bytes, sent: bytes) -> bytes:
    """A message of the stream for those who may not see accounts.

    Args:
        whole: the message with all fields, which name the accounts.
        sent: what would be sent: the same, or in brief.
    """
    masking = Masking(msgspec.json.decode(_data(whole)))
    fields = masking.whole() if sent is whole else masking.some(msgspec.json.decode(_data(sent)))
    head = sent[: sent.index(b"data: ") + 6]
    return head + msgspec.json.encode(fields) + b"\n\n"


def _data(message: bytes) -> bytes:
    return message[message.index(b"data: ") + 6 :].strip()
