"""Topics on a real broker: made as configured, never by accident, differences named."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.config import Config
from monitor.errors import BrokerError
from monitor.pipeline.kafka.topics import TopicNames, check_topics, create_topics, topics_of
from tests.deploy.tools import free_port
from tests.monitor.pipeline.kafka.conftest import new_config, written

pytestmark = pytest.mark.kafka


def test_states_lie_in_partitions_with_the_numbers_of_their_events() -> None:
    topics = {topic.name: topic for topic in topics_of(new_config("nowhere:1", partitions=7))}
    events, rooms = (
        next(topic for name, topic in topics.items() if name.endswith(end))
        for end in (".events", "-rooms-changelog")
    )
    assert events.partitions == rooms.partitions == 7
    assert rooms.settings["cleanup.policy"] == "compact"


def test_states_of_clusters_lie_in_partitions_with_the_numbers_of_their_signals() -> None:
    config = new_config("nowhere:1", partitions=7, signal_partitions=3, signals_days=2)
    topics = {topic.name: topic for topic in topics_of(config)}
    names = TopicNames.of(config.kafka.prefix)
    signals, across = topics[names.signals], topics[names.across]
    assert signals.partitions == across.partitions == 3
    assert signals.settings["retention.ms"] == "172800000"
    assert across.settings["cleanup.policy"] == "compact"


def test_topics_are_made_once_and_are_as_configured(kafka: str) -> None:
    config = new_config(kafka, partitions=3)
    names = TopicNames.of(config.kafka.prefix)
    assert len(asyncio.run(check_topics(config))) == 8
    made = set(asyncio.run(create_topics(config)))
    assert made == set(msgspec.structs.astuple(names)) - {names.frames}, "nobody wants frames"
    assert asyncio.run(create_topics(config)) == []
    assert asyncio.run(check_topics(config)) == []


def test_a_topic_that_is_not_as_configured_is_named(make: Callable[..., Config]) -> None:
    config = make(partitions=2)
    other = msgspec.structs.replace(
        config, kafka=msgspec.structs.replace(config.kafka, partitions=3, alerts_days=1)
    )
    problems = "\n".join(asyncio.run(check_topics(other)))
    assert f"{config.kafka.prefix}.events has 2 partitions, not 3" in problems
    assert "retention.ms is 7776000000, not 86400000" in problems


def test_the_command_says_what_is_missing_makes_it_and_is_content(
    kafka: str, tmp_path: Path
) -> None:
    path = str(written(new_config(kafka), tmp_path))
    cli = CliRunner()
    assert cli.invoke(app, ["topics", "check", "--config", path]).exit_code == 1
    assert cli.invoke(app, ["topics", "create", "--config", path]).exit_code == 0
    answer = cli.invoke(app, ["topics", "check", "--config", path])
    assert (answer.exit_code, answer.stdout) == (0, "all topics are as configured\n")


def test_where_no_broker_answers_the_address_is_named() -> None:
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match=address):
        asyncio.run(check_topics(new_config(address)))
