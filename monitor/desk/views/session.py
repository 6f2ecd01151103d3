"""`/alerts/{id}/session`: everything that the room of an alert had around it, ten minutes at a time.

An alert's own evidence is an excerpt. This is read from where the records are kept: the archive, the
log, or the topic.
"""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from detectors.alerts import Alert, Evidence, WatchedGap
from detectors.events import Event, Gap, InvalidEvent, decode, room_key
from monitor.archive.history import Stretch
from monitor.desk.formats import moment_in
from monitor.desk.gate import store_of
from monitor.desk.keys import HISTORY, RULEBOOK
from monitor.desk.page import formats, render
from monitor.desk.rows import title_of
from monitor.desk.shown import alert_for, note_unmasked
from monitor.desk.transcript import transcript

__all__ = ["session"]

#: What one page shows, and how much of it lies before the alert, ms.
LENGTH_MS = 600_000
BEFORE_MS = 300_000
#: Events of one page.
MOST = 3_000


async def session(request: web.Request) -> web.StreamResponse:
    """The page."""
    row = await asyncio.to_thread(store_of(request).get_alert, request.match_info["id"])
    if row is None or not row.alert.room:
        return await render(request, "problem.html", {"kind": "alert"}, status=404)
    alert, since = row.alert, moment_in(request.query.get("from", ""))
    if since is None:
        since = alert.last_at - BEFORE_MS
    until = since + LENGTH_MS
    history = request.app[HISTORY]
    found = await asyncio.to_thread(
        history.read, room_key(alert.platform, alert.room), since, until, MOST
    )
    await note_unmasked(request, alert.id)
    f = formats(request)
    title, foreign = title_of(row, f.language, request.app[RULEBOOK])
    shown = await asyncio.to_thread(alert_for, request, _around(alert, found, since, until))
    context = {
        "alert": shown,
        "title": title,
        "foreign_title": foreign,
        "lines": transcript(shown.evidence, f.language, folded=False),
        "since": since,
        "until": until,
        "earlier": since - LENGTH_MS,
        "later": until,
        "more": found.more,
        "lacking": found.lacking,
    }
    return await render(request, "session.html", context, current="alerts")


def _around(alert: Alert, found: Stretch, since: int, until: int) -> Alert:
    """The alert with these events in the place of its evidence, so that what is masked in it is masked
    in them, under the same codes."""
    events: dict[str, Event] = {}
    gaps = {(gap.from_, gap.until): gap for gap in alert.evidence.gaps}
    for data in found.events:
        try:
            event = decode(data)
        except InvalidEvent:
            continue
        events[event.id] = event
        if isinstance(event, Gap):
            gaps[event.from_, event.until] = WatchedGap(
                from_=event.from_, until=event.until, reason=event.reason, source=event.source
            )
    triggers = {event.id for event in alert.evidence.trigger}
    evidence = Evidence(
        trigger=[event for event in events.values() if event.id in triggers],
        before=[event for event in events.values() if event.id not in triggers],
        spans=[span for span in alert.evidence.spans if span.event in events],
        gaps=[gap for gap in gaps.values() if gap.until >= since and gap.from_ < until],
    )
    return msgspec.structs.replace(alert, evidence=evidence)
