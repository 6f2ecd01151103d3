"""`docs/metrics.md` against what a running monitor, a source and a worker on Kafka tell."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connectors.clock import WallClock
from connectors.runner import Runner
from connectors.sink import MemorySink
from monitor.config import Config
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.pipeline.kafka.service import WorkerService
from monitor.sources.series import SourceSeries
from tests.monitor.build import chat, line, speech
from tests.monitor.conftest import Serve, serve
from tests.monitor.rules import rulebook

__all__ = ["serve"]

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_]+)` \| ([a-z]+) \| ([a-z_, ]*)\|", re.MULTILINE)
#: Labels of the format itself.
FORMAT = {"le", "quantile"}


def documented() -> dict[str, tuple[str, frozenset[str]]]:
    """Kind and labels of each series of the page, by name."""
    return {
        name: (kind, frozenset(filter(None, re.split(r", ?| ", labels))))
        for name, kind, labels in ROW.findall(TEXT)
    }


def told(text: str) -> dict[str, tuple[str, set[str]]]:
    """The same of a scrape."""
    found: dict[str, tuple[str, set[str]]] = {}
    for family in text_string_to_metric_families(text):
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {key for sample in family.samples for key in sample.labels} - FORMAT
        found[name] = (family.type, labels)
    return found


def of_a_worker() -> str:
    async def made() -> str:
        service = WorkerService(Config(), rulebook=rulebook())
        try:
            return service.metrics.expose()[0].decode()
        finally:
            service.stop()

    return asyncio.run(made())


def of_sources() -> str:
    metrics = Metrics()
    metrics.intakes["webhook"] = Intake("webhook")
    clock = WallClock().now_ms
    metrics.registry.register(SourceSeries(Runner(MemorySink()), clock, metrics))
    return metrics.expose()[0].decode()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_live_scrape_has_only_what_the_page_says(serve: Serve) -> None:
    served = await serve()
    lines = [
        line("gap", "g", 0, **{"from": 1_790_855_000_000, "until": 1_790_855_100_000}),
        *(speech(f"s{number}", number) for number in range(100)),
        chat("bad", 4, "坏"),
        chat("c", 120),
        b"{",
    ]
    await served.post(b"\n".join(lines))
    await served.alerts(1)
    await asyncio.to_thread(served.runtime.sweep)
    _, body = await served.get("/metrics")
    page = documented()
    for name, (kind, labels) in told(body.decode()).items():
        assert name in page, f"{name} is not in docs/metrics.md"
        assert page[name][0] == kind, name
        # A family without children yet shows no labels.
        assert labels <= page[name][1], name


@pytest.mark.slow
def test_everything_on_the_page_exists() -> None:
    exported = told(of_sources()) | told(of_a_worker())
    assert set(documented()) == set(exported)


def test_labels_are_those_of_the_page() -> None:
    """Also where nothing was counted yet: the names are asked of the series themselves."""
    metrics = Metrics()
    page = documented()
    for name, collector in metrics.registry._names_to_collectors.items():
        labels = getattr(collector, "_labelnames", None)
        if labels is not None and name in page:
            assert set(labels) == page[name][1], name
