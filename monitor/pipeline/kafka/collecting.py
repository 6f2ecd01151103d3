"""Holds what a bundle needs of the topic, before it is made: all records of the rooms concerned.

An alert names what its verdict read, and that is held with its commit. A bundle has the whole of the
room from the beginning of the topic up to two minutes behind the last hit, as the embedded monitor's
has; what is exported once stays as long as the alert does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from detectors.events import InvalidEvent, decode, room_key
from monitor.errors import BrokerError
from monitor.evidence import holding
from monitor.evidence.case import AFTER_MS
from monitor.pipeline.kafka.topic_records import TopicRecords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from monitor.config import Kafka
    from monitor.evidence.records import Stored
    from monitor.store.store import Store

__all__ = ["collect"]

log = structlog.get_logger(__name__)

#: Records of one transaction.
CHUNK = 500


def collect(settings: Kafka, store: Store, alerts: Sequence[str]) -> str:
    """Holds the records of the rooms of these alerts; blocks. Returns what could not be had, in words;
    empty: all was there."""
    try:
        asyncio.run(_collect(settings, store, alerts))
    except BrokerError as error:
        log.warning("topic_not_read", reason=str(error))
        return (
            f"the topic of events could not be read ({error}): the bundle has the records that the"
            " alerts name, not the whole of the room"
        )
    return ""


async def _collect(settings: Kafka, store: Store, alerts: Sequence[str]) -> None:
    rooms: dict[str, tuple[str, int]] = {}
    for row in filter(None, map(store.get_alert, alerts)):
        alert = row.alert
        seen = [(sighting.platform, sighting.room) for sighting in alert.evidence.rooms]
        if alert.room:
            seen.append((alert.platform, alert.room))
        for place in seen:
            key = room_key(*place)
            until = alert.last_at + AFTER_MS
            if key not in rooms or rooms[key][1] < until:
                rooms[key] = (alert.id, until)
    reader = TopicRecords(settings)
    await reader.start()
    waiting: dict[str, list[tuple[Stored, str]]] = {}
    try:
        async for record in reader.of_rooms(rooms):
            alert_id, until = rooms[record.room]
            try:
                event = decode(record.data, record.arrived)
            except InvalidEvent:
                name = ""
            else:
                if event.at > until:
                    continue
                name = event.id
            some = waiting.setdefault(alert_id, [])
            some.append((record, name))
            if len(some) >= CHUNK:
                await asyncio.to_thread(_hold, store, alert_id, some)
                waiting.pop(alert_id)
        for alert_id, some in waiting.items():
            await asyncio.to_thread(_hold, store, alert_id, some)
    finally:
        await reader.stop()


def _hold(store: Store, alert: str, records: Sequence[tuple[Stored, str]]) -> None:
    def job(connection: Connection) -> None:
        holding.put(connection, alert, records)

    store.database.write(job)
