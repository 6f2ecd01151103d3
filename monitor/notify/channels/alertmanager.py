"""Alertmanager, by its API version 2: `POST /api/v2/alerts`.

It knows alerts that hold until they end, livewatch has events. So what was told holds until somebody
handles it or its time is over, is said again every `resend_s`, to every replica, and ends a few of
those times after it was said last: a monitor that is gone ends by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from detectors.alerts import LEVEL_NAMES
from monitor.notify.errors import NotDelivered

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from monitor.notify.channels.channel import Http, Outgoing
    from monitor.notify.notice import Notice
    from monitor.notify.pace import Limit
    from monitor.notify.settings import AlertmanagerChannel

__all__ = ["Alertmanager"]

#: An alert ends so many times of resending after it was said last.
MISSED = 4
#: Alerts of one request.
CHUNK = 250


class _Held(Struct):
    notice: Notice
    since: int


class Alertmanager:
    """All replicas of one Alertmanager."""

    limits: tuple[Limit, ...] = ()
    text_bytes = None
    batch = CHUNK

    def __init__(self, settings: AlertmanagerChannel, http: Http, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._said_at = 0

    @property
    def held(self) -> list[str]:
        """Alerts that hold now, by id."""
        return list(self._held)

    async def send(self, message: Outgoing) -> None:
        """Tells of alerts; at the level that they have now."""
        now = self._clock()
        ended = []
        for notice in message.notices:
            known = self._held.get(notice.alert)
            if known is not None and known.notice.level != notice.level:
                # Another level is another set of labels: the old one ends.
                ended.append(self._alert(known.notice, known.since, ends=now))
            since = known.since if known is not None else now
            if notice.alert:
                self._held[notice.alert] = _Held(notice, since)
        told = [self._told(notice, now) for notice in message.notices]
        await self._post([*ended, *told])

    async def follow(self, handled: Collection[str]) -> None:
        """Says again what holds, and ends what somebody has handled or whose time is over.

        Raises:
            NotDelivered: no replica took it.
        """
        now = self._clock()
        over = now - self._settings.hold_min * 60_000
        gone = [
            alert for alert, held in self._held.items() if alert in handled or held.since < over
        ]
        due = now - self._said_at >= self._settings.resend_s * 1_000
        if not gone and not (due and self._held):
            return
        ended = [self._alert(self._held[a].notice, self._held[a].since, ends=now) for a in gone]
        staying = [held for alert, held in self._held.items() if alert not in gone] if due else []
        await self._post([*ended, *(self._told(held.notice, now) for held in staying)])
        for alert in gone:
            del self._held[alert]
        if due:
            self._said_at = now

    def remember(self, notices: Iterable[tuple[Notice, int]]) -> None:
        """After a start: what was told before and holds still, with the time since when."""
        for notice, since in notices:
            self._held.setdefault(notice.alert, _Held(notice, since))

    def _told(self, notice: Notice, now: int) -> dict[str, Any]:
        held = self._held.get(notice.alert)
        since = held.since if held is not None else now
        return self._alert(
            notice, since, ends=now + round(MISSED * self._settings.resend_s * 1_000)
        )

    def _alert(self, notice: Notice, since: int, *, ends: int) -> dict[str, Any]:
        labels = {
            "alertname": notice.rule,
            "rule": notice.rule,
            "level": notice.level,
            "platform": notice.platform,
            "session": notice.session,
            "alert": notice.alert,
        }
        return {
            # An empty label is answered with 400.
            "labels": {name: value for name, value in labels.items() if value},
            "annotations": {
                "summary": f"{LEVEL_NAMES[notice.level]}：{notice.title}",
                "description": notice.text(),
            },
            "generatorURL": notice.link,
            "startsAt": _time(since),
            "endsAt": _time(ends),
        }

    async def _post(self, alerts: list[dict[str, Any]]) -> None:
        """To every replica; one that takes it is enough, the others hear it with the next time."""
        for start in range(0, len(alerts), CHUNK):
            body = msgspec.json.encode(alerts[start : start + CHUNK])
            failed: list[str] = []
            for url in self._settings.urls:
                try:
                    status, text, _ = await self._http.post(
                        f"{url.rstrip('/')}/api/v2/alerts", body
                    )
                    if status != 200:
                        failed.append(f"HTTP {status}: {text[:200].decode('utf-8', 'replace')}")
                except NotDelivered as error:
                    failed.append(error.reason)
            if len(failed) == len(self._settings.urls):
                raise NotDelivered("; ".join(dict.fromkeys(failed)))


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
