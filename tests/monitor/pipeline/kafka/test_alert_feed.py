"""What a desk takes from the topics of alerts and dead letters, and what they let go of before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DeleteGroupsRequest

from detectors.alerts import encode
from monitor.config import Config, Evidence
from monitor.evidence import bundle, lost, report
from monitor.evidence.case import Request
from monitor.evidence.keeper import Keeper
from monitor.evidence.standing import standing_of
from monitor.evidence.verify import verify
from monitor.pipeline.kafka.alert_feed import AlertFeed
from monitor.pipeline.kafka.dead_letters import message_of
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.worker import wall_clock_ms
from monitor.store.rows import AlertFilter, DeadLetter
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.build import alert
from tests.monitor.evidence.matter import contents
from tests.monitor.pipeline.kafka.scale import send
from tests.monitor.pipeline.kafka.scale import until as wait_until
from tests.monitor.pipeline.kafka.test_topic_log import let_go

pytestmark = [pytest.mark.kafka]


async def feed(config: Config, store: Store, done: Callable[[], bool]) -> int:
    """Follows until something is so; how many records it took."""
    following = AlertFeed(config, store)
    await following.start()
    task = asyncio.create_task(following.run())
    try:
        await asyncio.to_thread(wait_until, done, what="the feed")
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await following.stop()
    assert following.failure is None
    return following.taken


def alerts_of(config: Config, subjects: Sequence[str]) -> list[Message]:
    topic = TopicNames.of(config.kafka.prefix).alerts
    made = [alert(one) for one in subjects]
    return [Message(topic, one.id.encode(), encode(one)) for one in made]


def letters_of(config: Config, count: int) -> list[Message]:
    topic = TopicNames.of(config.kafka.prefix).deadletters
    return [
        message_of(topic, DeadLetter(stage="engine", source=str(n), reason="x", data=b"%d" % n,
                                     first_at=1, last_at=1), None)
        for n in range(count)
    ]  # fmt: skip


async def forget_group(config: Config) -> None:
    """As brokers do when nobody of a group was there for a week."""
    admin = AIOKafkaAdminClient(bootstrap_servers=config.kafka.brokers)
    await admin.start()
    answer = await admin._send_request(DeleteGroupsRequest([f"{config.kafka.prefix}-desk"]))
    await admin.close()
    assert [code for _, code in answer.results] == [0]


def test_alerts_that_the_topic_let_go_of_before_the_desk_read_them_are_told(
    make: Callable[..., Config], desk_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    config = make(partitions=1)
    names = TopicNames.of(config.kafka.prefix)

    def losses() -> dict[str, int]:
        with desk_store.database.read() as connection:
            return {why: count for why, count in lost.counts(connection).items() if count}

    def alerts() -> int:
        return sum(desk_store.counts(AlertFilter()).values())

    send(config, [*alerts_of(config, "ABC"), *letters_of(config, 1)])
    asyncio.run(feed(config, desk_store, lambda: alerts() == 3))
    assert losses() == {}
    # The desk is away for longer than the topics are kept, and then than the brokers know its group.
    send(config, [*alerts_of(config, "DEFG"), *letters_of(config, 2)])
    for topic in (names.alerts, names.deadletters):
        asyncio.run(let_go(config, topic))
    asyncio.run(forget_group(config))
    # Told before anything new comes, and once.
    told = {"unread_alerts": 4, "unread_letters": 2}
    asyncio.run(feed(config, desk_store, lambda: losses() == told))
    send(config, alerts_of(config, "HI"))
    asyncio.run(feed(config, desk_store, lambda: alerts() == 5))
    assert losses() == told
    now = wall_clock_ms()
    one, later = alert("A"), msgspec.structs.replace(alert("A"), first_at=now + 7_200_000)
    with desk_store.database.read() as connection:
        says = lost.problems(connection, now)
        gone = lost.alerts_since(connection, one.first_at)
        assert standing_of(connection, one).lost_alerts == 4
        assert standing_of(connection, later).lost_alerts == 0
    assert sum("alerts are missing here" in line for line in says) == len(gone)
    assert sum(one.records for one in gone) == 4
    assert all(one.log.startswith(f"{names.alerts}/") for one in gone)
    made = bundle.export(
        desk_store, Keeper(desk_store.database, tmp_path / "keys", Evidence()), rulebook(), config,
        Request(alerts=[one.id], who="何敏"), tmp_path / "out", now, captures=tmp_path / "captures",
    )  # fmt: skip
    assert {lost.told(one) for one in gone} <= set(made.notes)
    assert verify(Path(made.path)).findings == []
    files = contents(Path(made.path))
    listed = msgspec.json.decode(files["data/alerts/lost.json"], type=list[lost.Lost])
    assert listed == gone
    assert "另有 4 条告警记录" in files["data/report/report.html"].decode()
