"""Holds what a bundle needs of the topic, before it is made: all records of the rooms concerned.

An alert names what its verdict read, and that is held with its commit. A bundle has the whole of the
room from the beginning of the archive, or of the topic where there is none, up to two minutes behind the
last hit, as the embedded monitor's has; what is exported once stays as long as the alert does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from connectors.logger import logger
from detectors.events import InvalidEvent, decode, room_key
from monitor.archive.reading import Reader
from monitor.errors import BrokerError
from monitor.evidence import holding, ledger
from monitor.evidence.case import AFTER_MS
from monitor.evidence.records import Stored
from monitor.pipeline.kafka.rules_topic import fetch_rules, lacking_rules
from monitor.pipeline.kafka.topic_records import TopicRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.config import Kafka
    from monitor.store.store import Store

__all__ = ["collect"]

log = logger()

#: Records of one transaction.
CHUNK = 500
#: How often it is asked whether to go on, s.
LOOK_S = 0.5
#: For how long a bundle waits for what it has just held to come into the Merkle logs, s: a desk that
#: follows the topic has it there in less than one.
FOLLOWED_S = 15.0


def collect(
    settings: Kafka,
    store: Store,
    alerts: Sequence[str],
    stopping: Callable[[], bool] = lambda: False,
    depot: Depot | None = None,
) -> str:
    """Holds the records of the rooms of these alerts; blocks. Returns what could not be had, in words;
    empty: all was there.

    Args:
        stopping: ends it early.
        depot: the archive, which has what the topic has let go of.

    Raises:
        DepotError: the archive cannot be reached.
    """
    rooms = _rooms_of(store, alerts)
    begins: dict[str, int] = {}
    lacks = []
    try:
        lacks.append(asyncio.run(_unless(stopping, _collect(settings, store, rooms, begins))) or "")
        lacks.append(asyncio.run(_unless(stopping, _keep_rules(settings, store, alerts))) or "")
    except BrokerError as error:
        log.warning("topic_not_read", reason=str(error))
        known = "the archive has, and those that the alerts name" if depot else "the alerts name"
        lacks.append(
            f"the topic of events could not be read ({error}): the bundle has the records that"
            f" {known}, not the whole of the room"
        )
    if depot is not None and not stopping():
        lacks += _from_archive(store, depot, rooms, begins, stopping)
    return "; ".join(filter(None, lacks))


def _from_archive(
    store: Store, depot: Depot, rooms: Mapping[str, tuple[str, int]], begins: Mapping[str, int],
    stopping: Callable[[], bool],
) -> list[str]:  # fmt: skip
    """Holds what the topic does not have any more; files that could not be read, and why.

    Args:
        begins: the first offset that the topic still has, by log.
    """
    with store.database.read() as connection, Reader(depot) as reader:
        for room, (alert, until) in rooms.items():
            for entry in reader.entries(connection, room):
                name = entry.manifest.log
                begin = begins.get(name, entry.manifest.last + 1)
                if entry.manifest.first >= begin or name == ledger.EVENTS:
                    continue
                some = [
                    (Stored(name, row.position, room, row.source, row.arrived, row.data), row.event)
                    for row in reader.rows(entry)
                    if row.position < begin and row.at <= until
                ]
                for start in range(0, len(some), CHUNK):
                    _hold(store, alert, some[start : start + CHUNK])
                if stopping():
                    return reader.lacking
        return reader.lacking


async def _unless(stopping: Callable[[], bool], work: Coroutine[Any, Any, str]) -> str | None:
    """What the work comes to; ``None``: it was ended."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=LOOK_S)
            if stopping():
                return None
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _rooms_of(store: Store, alerts: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Of each room one of the alerts, and until which moment its records are wanted."""
    rooms: dict[str, tuple[str, int]] = {}
    for row in filter(None, map(store.get_alert, alerts)):
        alert = row.alert
        for place in holding.rooms_of(alert):
            key = room_key(*place)
            until = alert.last_at + AFTER_MS
            if key not in rooms or rooms[key][1] < until:
                rooms[key] = (alert.id, until)
    return rooms


async def _keep_rules(settings: Kafka, store: Store, alerts: Sequence[str]) -> str:
    """Keeps the rules that the versions of these alerts name; what could not be had, in words."""
    wanted = [version for alert in alerts for version in store.versions(alert)]
    lists = await asyncio.to_thread(lacking_rules, store, wanted)
    lacking = await fetch_rules(settings, store, lists) if lists else []
    return f"the topic of rules does not have {len(lacking)} lists of rules" if lacking else ""


async def _collect(
    settings: Kafka, store: Store, rooms: Mapping[str, tuple[str, int]], begins: dict[str, int]
) -> str:
    waiting: dict[str, list[tuple[Stored, str]]] = {}
    ends: dict[str, int] = {}
    async with TopicRecords(settings) as reader:
        begins |= await reader.begins()
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
            ends[record.log] = max(record.position + 1, ends.get(record.log, 0))
            if len(some) >= CHUNK:
                await asyncio.to_thread(_hold, store, alert_id, some)
                waiting.pop(alert_id)
        for alert_id, some in waiting.items():
            await asyncio.to_thread(_hold, store, alert_id, some)
    return await _followed(store, ends)


async def _followed(store: Store, ends: Mapping[str, int]) -> str:
    """Waits until the Merkle logs have these records, too; which do not, in words."""
    for _ in range(int(FOLLOWED_S / LOOK_S)):
        behind = await asyncio.to_thread(_behind, store, ends)
        if not behind:
            return ""
        await asyncio.sleep(LOOK_S)
    return (
        f"the log of {', '.join(behind)} has not come so far: the latest records are left out"
        " (does a desk follow the topic?)"
    )


def _behind(store: Store, ends: Mapping[str, int]) -> list[str]:
    with store.database.read() as connection:
        return [
            log for log, end in sorted(ends.items())
            if (ledger.Tiles(connection, log).end or 0) < end
        ]  # fmt: skip


def _hold(store: Store, alert: str, records: Sequence[tuple[Stored, str]]) -> None:
    def job(connection: Connection) -> None:
        holding.put(connection, alert, records)

    store.database.write(job)
