"""The topics: what they are called, how they are set up, whether they are as they must be.

They are made by `livewatch topics create` and by nothing else: a topic that comes into being by
accident has the wrong number of partitions, and rooms cannot move between partitions later.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest
from msgspec import Struct

from detectors.calendar import DAY_MS
from monitor.errors import BrokerError
from monitor.pipeline.kafka.connection import client_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config import Config

__all__ = [
    "ACROSS_TABLE",
    "ROOMS_TABLE",
    "Topic",
    "TopicNames",
    "check_topics",
    "create_topics",
    "topics_of",
]

#: Faust calls the changelog of a table `<group>-<table>-changelog`.
ROOMS_TABLE = "rooms"
ACROSS_TABLE = "across"
#: After so long every broker knows a new topic, s.
KNOWN_S = 15.0
#: Room for the framing around the records of a batch.
FRAMING_BYTES = 64 * 2**10


class TopicNames(Struct, frozen=True):
    """The names, from the prefix."""

    events: str
    """Key `platform:room`, value one event as JSON; ticks between them."""
    alerts: str
    """Key: the alert's id, value a version of it as JSON."""
    deadletters: str
    """Value: bytes that could not be evaluated; headers say why and where they were."""
    rooms: str
    """The states of rooms, in parts."""
    summaries: str
    """Key `platform:room`, value what the desk shows of the room, as JSON."""
    signals: str
    """Key: the cluster's, value what a room found that belongs to it, as JSON."""
    across: str
    """The states of clusters, in parts."""
    frames: str
    """With `archive.raw`. Key `platform:room` of its first event, value a frame as received; headers
    say SHA-256, source and when it was received."""
    rules: str
    """Key: SHA-256, value a document of what the rules of workers say, packed."""

    @classmethod
    def of(cls, prefix: str) -> TopicNames:
        """Names with this prefix."""
        return cls(
            f"{prefix}.events",
            f"{prefix}.alerts",
            f"{prefix}.deadletters",
            f"{prefix}-{ROOMS_TABLE}-changelog",
            f"{prefix}.rooms",
            f"{prefix}.signals",
            f"{prefix}-{ACROSS_TABLE}-changelog",
            f"{prefix}.frames",
            f"{prefix}.rules",
        )


class Topic(Struct, frozen=True):
    """A topic as it must be."""

    name: str
    partitions: int
    settings: dict[str, str]


def topics_of(config: Config) -> list[Topic]:
    """All topics of a configuration; that of frames only where these are kept."""
    kafka = config.kafka
    names = TopicNames.of(kafka.prefix)
    largest = str(kafka.max_message_bytes + FRAMING_BYTES)
    kept = {
        "cleanup.policy": "delete",
        "max.message.bytes": largest,
        # The brokers' clock, so that arrival is measured by one clock and never runs backwards.
        "message.timestamp.type": "LogAppendTime",
    }

    changelog = {
        "cleanup.policy": "compact",
        "max.message.bytes": largest,
        "segment.bytes": str(128 * 2**20),
        "min.cleanable.dirty.ratio": "0.2",
    }

    def days(count: float) -> dict[str, str]:
        return {**kept, "retention.ms": str(int(count * DAY_MS))}

    frames = [Topic(names.frames, kafka.partitions, days(kafka.frames_days))]
    return [
        Topic(names.events, kafka.partitions, days(config.retention.log_days)),
        *(frames if config.archive.keeps_frames else ()),
        Topic(names.alerts, min(kafka.partitions, 4), days(kafka.alerts_days)),
        Topic(names.deadletters, 1, days(kafka.deadletters_days)),
        Topic(
            names.summaries,
            min(kafka.partitions, 4),
            {**days(kafka.alerts_days), "cleanup.policy": "compact,delete"},
        ),
        # The state of a room lies in the partition with the number of its events'.
        Topic(names.rooms, kafka.partitions, changelog),
        Topic(names.signals, kafka.signal_partitions, days(kafka.signals_days)),
        # And that of a cluster in the one of its signals'.
        Topic(names.across, kafka.signal_partitions, changelog),
        # In order: a list of rules stands behind what it names.
        Topic(names.rules, 1, {"cleanup.policy": "compact", "max.message.bytes": largest}),
    ]


async def create_topics(config: Config) -> list[str]:
    """Makes the topics that are missing; returns their names.

    Raises:
        BrokerError: the brokers cannot be reached or refuse.
    """
    wanted = {topic.name: topic for topic in topics_of(config)}
    replication = config.kafka.replication
    async with _Admin(config) as admin:
        response = await admin.create_topics(
            [
                NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.settings)
                for topic in wanted.values()
            ]
        )
        made = []
        for name, code, *words in response.topic_errors:
            if code == 0:
                made.append(name)
            elif code != TopicAlreadyExistsError.errno:
                reason = next(iter(words), None) or for_code(code).__name__
                raise BrokerError(f"cannot create {name}: {reason}")
        # A broker that was asked next may not have heard of them yet.
        deadline = time.monotonic() + KNOWN_S
        while made and len(await _partitions(admin, made)) < len(made):
            if time.monotonic() > deadline:
                raise BrokerError(f"the brokers do not know {', '.join(made)} that they made")
            await asyncio.sleep(0.1)
        return made


async def check_topics(config: Config) -> list[str]:
    """What is not as it must be, in words; empty when all is well.

    Raises:
        BrokerError: the brokers cannot be reached.
    """
    wanted = topics_of(config)
    async with _Admin(config) as admin:
        partitions = await _partitions(admin, [topic.name for topic in wanted])
        there = [topic for topic in wanted if partitions.get(topic.name)]
        settings = await _settings(admin, [topic.name for topic in there])
    who = config.kafka.username or "whoever connects"
    problems = [
        f"{topic.name}: {who} may not describe it, by an ACL of the brokers"
        if topic.name in partitions
        else f"{topic.name} is missing: livewatch topics create"
        for topic in wanted
        if topic not in there
    ]
    for topic in there:
        count = partitions[topic.name]
        if count != topic.partitions:
            problems.append(f"{topic.name} has {count} partitions, not {topic.partitions}")
        if topic.name not in settings:
            problems.append(f"{topic.name}: {who} may not read its settings (DescribeConfigs)")
            continue
        for key, value in topic.settings.items():
            found = settings[topic.name].get(key)
            if found != value:
                problems.append(f"{topic.name}: {key} is {found}, not {value}")
    return problems


async def _partitions(admin: Any, names: Sequence[str]) -> dict[str, int]:
    """How many partitions the topics have that the brokers know; 0: they may not be described."""
    # `describe_topics` would let brokers make the topics that are asked for, where they may.
    described = (await admin._send_request(MetadataRequest(list(names), False))).to_object()
    return {
        found["topic"]: len(found["partitions"])
        for found in described["topics"]
        if found["error_code"] in (0, TopicAuthorizationFailedError.errno)
    }


async def _settings(admin: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources) if resources else ():
        for code, _, _, name, entries in response.resources:
            if code == 0:
                found[name] = {entry[0]: entry[1] for entry in entries}
    return found


class _Admin:
    """An administration client, closed at the end, with errors in our words."""

    def __init__(self, config: Config) -> None:
        self._brokers = config.kafka.brokers
        self._client = AIOKafkaAdminClient(
            **client_options(config.kafka), client_id="livewatch-topics"
        )

    async def __aenter__(self) -> Any:
        try:
            await self._client.start()
        except KafkaConnectionError as error:
            await self._client.close()
            raise BrokerError(f"no broker answers at {self._brokers}") from error
        return self._client

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        await self._client.close()
        if isinstance(error, KafkaError):
            raise BrokerError(str(error)) from error
