"""`docs/kafka.md` names every setting and every series of its own."""

from __future__ import annotations

import asyncio
import re

import msgspec
import pytest

from monitor.config import Config, Kafka
from monitor.metrics import Metrics
from monitor.pipeline.kafka.service import WorkerService
from monitor.pipeline.kafka.topics import TopicNames
from tests.copies import ROOT
from tests.monitor.rules import rulebook

TEXT = (ROOT / "docs" / "kafka.md").read_text(encoding="utf-8")


def families(metrics: Metrics) -> set[str]:
    return {
        family.name + ("_total" if family.type == "counter" else "")
        for family in metrics.registry.collect()
    }


def test_every_setting_is_explained() -> None:
    named = set(re.findall(r"`([a-z_]+)`", TEXT.partition("## Settings")[2]))
    assert {field.name for field in msgspec.structs.fields(Kafka)} - named == set()


@pytest.mark.slow
def test_every_series_of_a_worker_is_named() -> None:
    async def own() -> set[str]:
        service = WorkerService(Config(), rulebook=rulebook())
        try:
            return families(service.metrics) - families(Metrics())
        finally:
            service.stop()

    assert asyncio.run(own()) - set(re.findall(r"`(livewatch_[a-z_]+)`", TEXT)) == set()


def test_the_topics_are_named() -> None:
    names = TopicNames.of(Config().kafka.prefix)
    for name in msgspec.structs.astuple(names):
        assert f"`{name}`" in TEXT
