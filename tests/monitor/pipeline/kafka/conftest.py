"""A real broker, and topics of their own for each test."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from monitor.config import Config, Kafka, Pipeline
from monitor.pipeline.kafka.topics import create_topics
from monitor.store.store import Store
from tests.monitor.pipeline.kafka.broker import INSTRUCTION, Broker
from tests.shared import shared

_numbers = itertools.count()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the broker that `LIVEWATCH_KAFKA` names, or of one that all processes share."""
    given = os.environ.get("LIVEWATCH_KAFKA")
    if given:
        yield given
        return
    missing = Broker.missing()
    if missing:
        message = f"{' and '.join(missing)} not found; {INSTRUCTION}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)

    @contextmanager
    def start() -> Iterator[str]:
        broker = Broker(tmp_path_factory.mktemp("kafka"))
        broker.start()
        yield broker.address
        broker.stop()

    with shared("kafka", tmp_path_factory, start) as address:
        yield address


NewConfig = Callable[..., Config]


def new_config(brokers: str, **kafka: object) -> Config:
    """A configuration with topics of its own; they are not made yet."""
    values = {
        "brokers": brokers,
        "prefix": f"t{next(_numbers)}{secrets.token_hex(4)}",
        "partitions": 2,
        "session_timeout_s": 3.0,
        **kafka,
    }
    return Config(kafka=Kafka(**values), pipeline=Pipeline(remembered_ids=5_000))  # type: ignore[arg-type]


@pytest.fixture
def make(kafka: str) -> NewConfig:
    """`make(partitions=4)`: a configuration whose topics are there."""

    def made(**settings: object) -> Config:
        config = new_config(kafka, **settings)
        asyncio.run(create_topics(config))
        return config

    return made


def written(config: Config, folder: Path) -> Path:
    """The configuration as a file, for commands."""
    path = folder / "livewatch.toml"
    lines = []
    for section in ("kafka", "pipeline", "retention", "archive"):
        lines.append(f"[{section}]")
        for key, value in msgspec.structs.asdict(getattr(config, section)).items():
            if value is not None:
                lines.append(f"{key} = {json.dumps(value)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.postgres)])
def desk_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "file":
        opened_ = Store.open(tmp_path / "desk.db")
    else:
        opened_ = Store.connect(request.getfixturevalue("postgres_url"))
    yield opened_
    opened_.close()
