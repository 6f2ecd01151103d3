"""Reading a topic once from beginning to end, and sending records again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import BrokerError
from monitor.pipeline.kafka.connection import client_options, partitions_of, started
from monitor.pipeline.kafka.outbox import Message, Outbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from monitor.config import Kafka

__all__ = ["newest", "read_topic", "resend"]

LARGEST_FETCH_BYTES = 16 * 2**20
#: Attempts, of half a second, to get the newest records.
FETCHES = 20


@asynccontextmanager
async def _consumer(settings: Kafka) -> AsyncIterator[Any]:
    """A consumer without a group, which commits nothing.

    Raises:
        BrokerError: no broker answers.
    """
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        client_id=f"{settings.prefix}-reader",
        enable_auto_commit=False,
        max_partition_fetch_bytes=LARGEST_FETCH_BYTES,
    )
    await started(consumer, settings)
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read_topic(settings: Kafka, topic: str) -> AsyncIterator[Any]:
    """The records that are in a topic now, by partition in the order of their offsets.

    Raises:
        BrokerError: no broker answers, or there is no such topic.
    """
    async with _consumer(settings) as consumer:
        for partition in await partitions_of(consumer, topic):
            place = TopicPartition(topic, partition)
            consumer.assign([place])
            begin = (await consumer.beginning_offsets([place]))[place]
            end = (await consumer.end_offsets([place]))[place]
            position = begin
            consumer.seek(place, begin)
            while position < end:
                fetched = await consumer.getmany(place, timeout_ms=1000)
                for record in fetched.get(place, ()):
                    if record.offset < end:
                        yield record
                position = await consumer.position(place)


async def newest(settings: Kafka, topic: str) -> int | None:
    """When the newest record came into a topic, by the brokers' clock, ms; ``None``: none is there.

    Raises:
        BrokerError: no broker answers, there is no such topic, or it may not be read.
    """
    found = []
    try:
        async with _consumer(settings) as consumer:
            places = [TopicPartition(topic, one) for one in await partitions_of(consumer, topic)]
            begins = await consumer.beginning_offsets(places)
            ends = await consumer.end_offsets(places)
            waiting = {place for place in places if ends[place] > begins[place]}
            consumer.assign(waiting)
            for place in waiting:
                consumer.seek(place, ends[place] - 1)
            for _ in range(FETCHES):
                if not waiting:
                    break
                for place, records in (await consumer.getmany(timeout_ms=500)).items():
                    found += [record.timestamp for record in records]
                    waiting.discard(place)
    except KafkaError as error:
        raise BrokerError(f"{topic} cannot be read: {type(error).__name__} {error}") from error
    return max(found, default=None)


async def resend(settings: Kafka, messages: Sequence[Message]) -> None:
    """Sends records; returns when the brokers have all of them.

    Raises:
        BrokerError: they cannot be reached.
    """
    outbox = Outbox(settings, name=f"{settings.prefix}-resend", give_up_s=30.0)
    await outbox.start()
    try:
        await outbox.send(messages)
    finally:
        await outbox.stop()
