"""Is what the topics of events and of frames still have what their Merkle logs say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from monitor.evidence import ledger
from monitor.pipeline.kafka.topic_records import TopicRecords

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from monitor.config import Kafka
    from monitor.evidence.audit import Audit

__all__ = ["audit_topic"]


def audit_topic(settings: Kafka, connection: Connection, found: Audit) -> None:
    """Holds every record of the topics against its leaf and notes what differs; blocks. What came after
    the logs were last appended to is passed over. Of frames only where there are logs of them.

    Raises:
        BrokerError: the brokers cannot be reached, or there is no such topic.
    """
    asyncio.run(_audit(settings, connection, found, frames=False))
    if any(ledger.stands_for_frames(name) for name in ledger.of_topics(connection)):
        asyncio.run(_audit(settings, connection, found, frames=True))


async def _audit(settings: Kafka, connection: Connection, found: Audit, *, frames: bool) -> None:
    logs: dict[str, tuple[ledger.Tiles, list[tuple[int, int]], int, int]] = {}
    async with TopicRecords(settings, frames=frames) as reader:
        async for record in reader.all():
            if record.log not in logs:
                tiles = ledger.Tiles(connection, record.log)
                logs[record.log] = (tiles, tiles.runs(), tiles.size, tiles.end or 0)
            tiles, runs, size, end = logs[record.log]
            if record.position >= end:
                continue
            leaf = ledger.leaf_in(runs, size, record.position)
            if leaf is None:
                found.before += 1
                continue
            found.records += 1
            wanted = ledger.event_leaf(record.log, record.position, record.arrived, record.data)
            if tiles.leaf(leaf) != wanted:
                found.tell(f"record {record.position} of {record.log} is not the one that arrived")
