"""Delivery of recorded events straight into the events topic."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from detectors.events import InvalidEvent, decode, room_key
from monitor.pipeline.kafka.outbox import Message, Outbox
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.worker import wall_clock_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config import Kafka

__all__ = ["KafkaDelivery"]


class KafkaDelivery:
    """Sends batches one after another, so that order is kept; for callers without an event loop."""

    def __init__(self, settings: Kafka, give_up_after_s: float) -> None:
        """
        Raises:
            BrokerError: no broker answers.
        """
        self._topic = TopicNames.of(settings.prefix).events
        self._runner = asyncio.Runner()
        self._outbox = self._runner.run(_started(settings, give_up_after_s))
        self.accepted = 0
        self.rejected = 0

    def send(self, lines: Sequence[bytes]) -> list[tuple[int, str]]:
        """Sends a batch; returns index and reason of what was no event.

        Raises:
            BrokerError: the brokers took nothing for too long.
        """
        rejections: list[tuple[int, str]] = []
        messages = []
        now = wall_clock_ms()
        for index, line in enumerate(lines):
            try:
                event = decode(line, now)
            except InvalidEvent as error:
                rejections.append((index, str(error)))
                continue
            messages.append(
                Message(self._topic, room_key(event.platform, event.room).encode(), line)
            )
        self._runner.run(self._outbox.send(messages))
        self.accepted += len(messages)
        self.rejected += len(rejections)
        return rejections

    def close(self) -> None:
        """Ends the connections."""
        self._runner.run(self._outbox.stop())
        self._runner.close()


async def _started(settings: Kafka, give_up_after_s: float) -> Outbox:
    outbox = Outbox(settings, name=f"{settings.prefix}-replay", give_up_s=give_up_after_s)
    await outbox.start()
    return outbox
