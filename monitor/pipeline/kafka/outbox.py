"""What goes to Kafka and must arrive: alerts, dead letters, states of rooms.

Every method returns when the brokers have it, as often as that has to be tried. A producer that
failed is thrown away: its successor has an identity of its own and no memory of what went wrong.
Sending twice is harmless everywhere here, and the order in which a caller sends is kept, because
it waits.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer
from aiokafka.codec import has_zstd
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError
from msgspec import Struct

from connectors.logger import logger
from monitor.errors import BrokerError, MessageTooLarge
from monitor.pipeline.kafka.connection import client_options
from monitor.pipeline.kafka.patience import be_patient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from monitor.config import Kafka

__all__ = ["Message", "Outbox"]

log = logger()

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
#: After so long without an answer a request counts as failed.
REQUEST_S = 10.0


class Message(Struct, frozen=True, gc=False):
    """One record on its way out."""

    topic: str
    key: bytes | None
    value: bytes
    partition: int | None = None
    """``None``: the key decides."""
    headers: tuple[tuple[str, bytes], ...] = ()


class Outbox:
    """An idempotent producer that does not give up early."""

    def __init__(self, settings: Kafka, *, name: str, give_up_s: float | None = None) -> None:
        """
        Args:
            name: the client's name in the brokers' logs.
            give_up_s: how long one call may try.
        """
        self._settings = settings
        self._name = name
        self._give_up_s = settings.give_up_s if give_up_s is None else give_up_s
        self._producer: Any = None
        self._starting = asyncio.Lock()
        self.pending_bytes = 0
        """Bytes that wait for the brokers."""
        self.retries = 0
        """Attempts that failed so far."""

    async def start(self) -> None:
        """Connects.

        Raises:
            BrokerError: no broker answers, or they refuse.
        """
        try:
            await self._ready()
        except KafkaConnectionError as error:
            raise BrokerError(f"no broker answers at {self._settings.brokers}") from error
        except KafkaError as error:
            raise BrokerError(str(error)) from error

    async def stop(self) -> None:
        """Ends the connections."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def send(self, messages: Sequence[Message]) -> None:
        """Sends records; returns when all of them are there.

        Raises:
            BrokerError: they could not be sent for too long.
            MessageTooLarge: the brokers do not take one of them.
        """
        if not messages:
            return
        size = sum(len(message.value) for message in messages)
        self.pending_bytes += size
        try:
            await self._insist(lambda producer: _send(producer, messages))
        finally:
            self.pending_bytes -= size

    async def write(
        self, topic: str, partition: int, rooms: Iterable[Sequence[tuple[bytes, bytes | None]]]
    ) -> int:
        """Writes the records of rooms; those of one room are taken whole or not at all.

        Rooms share batches of records as they fit. Only a room whose change alone is larger than
        a batch may be is written in several, its last record at the end.

        Returns:
            The offset of the last record.

        Raises:
            BrokerError: they could not be written for too long.
        """
        groups = list(rooms)
        return await self._insist(lambda producer: _write(producer, topic, partition, groups))

    async def _insist(self, attempt: Callable[[Any], Awaitable[int]]) -> int:
        began = time.monotonic()
        wait_s = FIRST_WAIT_S
        while True:
            producer = None
            try:
                # An idempotent producer that has lost its brokers never fails by itself.
                left_s = self._give_up_s - (time.monotonic() - began)
                async with asyncio.timeout(max(REQUEST_S, left_s)):
                    producer = await self._ready()
                    return await attempt(producer)
            except MessageSizeTooLargeError as error:
                raise MessageTooLarge(f"larger than the brokers take: {error}") from error
            except (TimeoutError, KafkaError, OSError) as error:
                self.retries += 1
                waited_s = time.monotonic() - began
                log.warning("kafka_send_failed", error=repr(error), waited_s=round(waited_s, 1))
                await self._discard(producer)
                if waited_s > self._give_up_s:
                    raise BrokerError(f"the brokers took nothing for {waited_s:.0f} s") from error
                await asyncio.sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311  no secret
                wait_s = min(LONGEST_WAIT_S, 2 * wait_s)

    async def _ready(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **client_options(self._settings),
                    client_id=self._name,
                    acks="all",
                    enable_idempotence=True,
                    # Of states, zstd makes a sixth in a tenth of the time that aiokafka takes for
                    # lz4, which it does at the highest level.
                    compression_type="zstd" if has_zstd() else None,
                    linger_ms=0,
                    max_batch_size=self._settings.max_message_bytes,
                    max_request_size=self._settings.max_message_bytes,
                    request_timeout_ms=int(REQUEST_S * 1000),
                )
                be_patient(producer.client)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def _discard(self, producer: Any) -> None:
        if producer is None or producer is not self._producer:
            return
        self._producer = None
        try:
            async with asyncio.timeout(REQUEST_S):
                await producer.stop()
        except (KafkaError, OSError, TimeoutError):
            log.warning("kafka_producer_abandoned")


async def _send(producer: Any, messages: Sequence[Message]) -> int:
    futures = [
        await producer.send(
            message.topic,
            message.value,
            key=message.key,
            partition=message.partition,
            headers=list(message.headers),
        )
        for message in messages
    ]
    results = await asyncio.gather(*futures, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return len(futures)


async def _write(
    producer: Any,
    topic: str,
    partition: int,
    groups: Sequence[Sequence[tuple[bytes, bytes | None]]],
) -> int:
    batch = producer.create_batch()
    limit = producer._max_request_size
    last = -1

    async def flush() -> None:
        nonlocal batch, last
        if batch.record_count():
            count = batch.record_count()
            batch.close()
            future = await producer.send_batch(batch, topic, partition=partition)
            last = (await future).offset + count - 1
            batch = producer.create_batch()

    for group in groups:
        size = sum(len(key) + len(value or b"") + 32 for key, value in group)
        if batch.record_count() and batch.size() + size > limit:
            await flush()
        for key, value in group:
            if batch.append(key=key, value=value, timestamp=None) is None:
                await flush()
                batch.append(key=key, value=value, timestamp=None)
    await flush()
    return last
