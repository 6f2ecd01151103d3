"""The outbox on a real broker: rooms whole or not at all, sizes, brokers that are not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Config
from monitor.errors import BrokerError
from monitor.pipeline.kafka.outbox import Message, Outbox
from monitor.pipeline.kafka.patience import LogLimit
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from tests.deploy.tools import free_port
from tests.monitor.pipeline.kafka.conftest import new_config

pytestmark = [pytest.mark.kafka]

Make = Callable[..., Config]


def rooms_written(config: Config, groups: list[list[tuple[bytes, bytes | None]]]) -> list[Any]:
    topic = TopicNames.of(config.kafka.prefix).rooms

    async def scenario() -> list[Any]:
        outbox = Outbox(config.kafka, name="test")
        await outbox.start()
        last = await outbox.write(topic, 1, groups)
        await outbox.stop()
        found = [record async for record in read_topic(config.kafka, topic)]
        assert last == found[-1].offset
        return found

    return asyncio.run(scenario())


def test_all_rooms_of_a_fetch_are_written_in_order_and_to_the_partition(make: Make) -> None:
    groups: list[list[tuple[bytes, bytes | None]]] = [
        [(b"%d/%d" % (room, part), b"x" * 500) for part in range(3)] for room in range(40)
    ]
    found = rooms_written(make(max_message_bytes=65_536), groups)
    assert [record.key for record in found] == [key for group in groups for key, _ in group]
    assert {record.partition for record in found} == {1}


def test_a_room_larger_than_a_batch_is_written_with_its_summary_at_the_end(make: Make) -> None:
    group: list[tuple[bytes, bytes | None]] = [(b"%d" % part, b"x" * 30_000) for part in range(10)]
    found = rooms_written(make(max_message_bytes=65_536), [[*group, (b"summary", b"s")]])
    assert len(found) == 11
    assert found[-1].key == b"summary"


def test_a_record_larger_than_the_brokers_take_is_an_error_at_once(make: Make) -> None:
    config = make(max_message_bytes=65_536)
    message = Message(TopicNames.of(config.kafka.prefix).alerts, b"k", b"x" * 100_000)

    async def scenario() -> None:
        outbox = Outbox(config.kafka, name="test")
        await outbox.start()
        try:
            with pytest.raises(BrokerError, match="larger"):
                await outbox.send([message])
        finally:
            await outbox.stop()

    asyncio.run(scenario())


def test_without_brokers_a_call_ends_after_its_time_and_says_so(tmp_path: Path) -> None:
    config = new_config(f"127.0.0.1:{free_port()}")

    async def scenario() -> None:
        outbox = Outbox(config.kafka, name="test", give_up_s=1.0)
        with pytest.raises(BrokerError, match="took nothing"):
            await outbox.send([Message("somewhere", b"k", b"v")])
        assert 1 < outbox.retries < 20

    asyncio.run(scenario())


def test_a_complaint_is_logged_once_in_a_while() -> None:
    import logging

    limit = LogLimit(interval_s=3_600)
    first, other = (
        logging.LogRecord("aiokafka", logging.ERROR, "client.py", line, "no broker", (), None)
        for line in (1, 2)
    )
    assert [limit.filter(record) for record in (first, first, other, first)] == [
        True, False, True, False,
    ]  # fmt: skip
