"""Frames of sources and senders as they were received, kept until the archive has them.

The event says by its `raw` which frame it was read from. A frame has a leaf of its own in the Merkle
log `raw`; one that comes again, after a connection was lost, is kept once.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from monitor.archive.window import RAW
from monitor.evidence import ledger
from monitor.pipeline.log import Entry
from monitor.store import numbering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from sqlalchemy import Connection

    from monitor.store.database import Connections

__all__ = ["FrameKeeper", "Frames", "frame_of"]


def frame_of(room: str, data: bytes) -> Entry:
    """A frame on its way: named by its SHA-256.

    Args:
        room: key of the room of its first event.
    """
    return Entry(room, hashlib.sha256(data).hexdigest(), data)


class FrameKeeper(Protocol):
    """Whoever keeps frames until the archive has them: the database, or a topic of Kafka's."""

    def keep(self, frames: Sequence[Entry], *, source: str, now: int) -> Future[int]:
        """Queues frames; done when they are durable."""
        ...


class Frames:
    """Where frames wait for their hour to end."""

    def __init__(self, database: Connections) -> None:
        self._database = database

    def keep(self, frames: Sequence[Entry], *, source: str, now: int) -> Future[int]:
        """Queues frames; done when they are durable, with how many were new."""

        def job(connection: Connection) -> int:
            return _keep(connection, frames, source, now)

        return self._database.submit(job)


def _keep(connection: Connection, frames: Sequence[Entry], source: str, now: int) -> int:
    fresh: dict[tuple[str, str], Entry] = {(one.room, one.event): one for one in frames}
    cursor = connection.connection.cursor()
    try:
        for room, event in list(fresh):
            known = cursor.execute(
                "SELECT 1 FROM raw_frames WHERE room = ? AND event = ?", (room, event)
            )
            if known.fetchone() is not None:
                del fresh[room, event]
        if not fresh:
            return 0
        before = numbering.reserve(connection, "raw", len(fresh))
        leaves = []
        for position, one in enumerate(fresh.values(), before + 1):
            cursor.execute(
                "INSERT INTO raw_frames (position, room, event, source, arrived, data)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (position, one.room, one.event, source, now, one.data),
            )
            leaves.append(ledger.event_leaf(RAW.log, position, now, one.data))
        ledger.append(connection, RAW.log, leaves, position=before + 1)
    finally:
        cursor.close()
    return len(fresh)
