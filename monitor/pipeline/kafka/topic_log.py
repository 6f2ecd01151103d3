"""Follows the topic of events, and that of frames where these are kept, into the Merkle logs of a
store, one a partition.

How far it has come stands in the logs themselves, in the transaction that appends, so a kill, a
rebalance or a second follower of the same store adds nothing twice and leaves nothing out; no offset is
committed at the brokers. What is read again is held against its leaf. Where the topic has let go of
records that were never read, positions go on behind a hole, which the log shows.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.logger import logger
from detectors.calendar import HOUR_MS
from monitor.evidence import ledger, lost
from monitor.pipeline.kafka.connection import client_options, partitions_of, started
from monitor.pipeline.kafka.patience import be_patient
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.worker import wall_clock_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from monitor.config import Config
    from monitor.store.database import Connections

__all__ = ["TopicLog", "log_of"]

log = logger()

#: Records of one transaction.
RECORDS = 5_000
RETRY_S = 2.0


def log_of(topic: str, partition: int) -> str:
    """The name of a partition's log."""
    return f"{topic}/{partition}"


class TopicLog:
    """Follows all partitions."""

    def __init__(self, config: Config, database: Connections) -> None:
        self._settings = config.kafka
        self._database = database
        names = TopicNames.of(config.kafka.prefix)
        self._topics = [names.events, *([names.frames] if config.archive.keeps_frames else ())]
        self._consumer: Any = None
        self.failure: str | None = None
        """Why nothing is appended; ``None`` when it is."""
        self.taken = 0
        """Records appended since the start."""
        self.spent_s = 0.0
        """Time spent in appending them."""

    async def start(self) -> None:
        """Connects.

        Raises:
            BrokerError: no broker answers, or there is no such topic.
        """
        kafka = self._settings
        consumer = self._consumer = AIOKafkaConsumer(
            **client_options(kafka),
            client_id=f"{kafka.prefix}-evidence",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=max(2**20, kafka.max_message_bytes),
        )
        be_patient(consumer._client)
        await started(consumer, kafka)
        places = []
        for topic in self._topics:
            known = await partitions_of(consumer, topic)
            places += [TopicPartition(topic, number) for number in known]
        consumer.assign(places)
        await self._go_on()

    async def stop(self) -> None:
        """Ends the connections."""
        if self._consumer is not None:
            await self._consumer.stop()

    async def run(self) -> None:
        """Follows until it is cancelled; what fails is tried again."""
        while True:
            try:
                fetched = await self._consumer.getmany(timeout_ms=500, max_records=RECORDS)
                if fetched:
                    await asyncio.to_thread(self._append, fetched)
                self.failure = None
            except Exception as error:
                self.failure = str(error) if isinstance(error, ledger.Rewritten) else repr(error)
                log.exception("topic_not_followed")
                await asyncio.sleep(RETRY_S)
                await self._back()

    def _append(self, fetched: Mapping[Any, Sequence[Any]]) -> None:
        began = time.thread_time()
        some = {
            log_of(place.topic, place.partition): [
                (record.offset, record.timestamp, record.value or b"") for record in records
            ]
            for place, records in fetched.items()
        }

        def job(connection: Connection) -> int:
            for name, one in some.items():
                position, arrived, _ = one[0]
                _note_hole(connection, name, position, arrived)
            return sum(ledger.follow(connection, name, one) for name, one in some.items())

        self.taken += self._database.write(job)
        self.spent_s += time.thread_time() - began

    async def _go_on(self) -> None:
        """Goes to where the logs end; what the topics have let go of behind that is told at once, also
        where no record comes any more."""
        ends = await asyncio.to_thread(self._ends)
        places = self._consumer.assignment()
        for place in places:
            position = ends.get(log_of(place.topic, place.partition))
            if position is None:
                await self._consumer.seek_to_beginning(place)
            else:
                self._consumer.seek(place, position)
        begins = await self._consumer.beginning_offsets(list(places))
        await asyncio.to_thread(self._note_holes, begins)

    def _note_holes(self, begins: Mapping[Any, int]) -> None:
        def job(connection: Connection) -> None:
            for place, begin in begins.items():
                name = log_of(place.topic, place.partition)
                _note_hole(connection, name, begin, wall_clock_ms())

        self._database.write(job)

    def _ends(self) -> dict[str, int]:
        with self._database.read() as connection:
            names = ledger.of_topics(connection)
            found = {name: ledger.Tiles(connection, name).end for name in names}
        return {name: end for name, end in found.items() if end is not None}

    async def _back(self) -> None:
        try:
            await self._go_on()
        except Exception:
            log.exception("seek_failed")


def _note_hole(connection: Connection, name: str, position: int, arrived: int) -> None:
    """Notes what the topic has let go of between the end of a log and the record that comes next.

    Args:
        position: of that record; `arrived`: when it did, or a moment at which it had not come yet, ms.
    """
    end = ledger.Tiles(connection, name).end
    if end is None or position <= end:
        return
    # What was told before the record came is not told again.
    told = [one.last for one in lost.of_log(connection, name) if one.why == "unread"]
    first = max(end, *(last + 1 for last in told)) if told else end
    if position > first:
        hole = lost.Lost(
            log=name, why="unread", first=first, last=position - 1, records=position - first,
            hour=arrived // HOUR_MS * HOUR_MS, noted=wall_clock_ms(),
        )  # fmt: skip
        lost.note(connection, hole)
        log.error("topic_lost_records", log=name, records=hole.records)
