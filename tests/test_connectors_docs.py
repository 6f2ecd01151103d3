"""`docs/connectors.md` is true: its source runs, its settings, series and options exist."""

from __future__ import annotations

import asyncio
import re
import runpy
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from connectors.clock import WallClock
from connectors.decoders.proof import LEVELS, PROOFS
from connectors.plan import Pace
from connectors.plugins import DECODERS, SOURCES, installed
from connectors.privacy import Pseudonyms
from connectors.runner import Runner
from connectors.sink import MemorySink
from detectors.events import Chat, Gap
from monitor.config import load_config
from monitor.metrics import Metrics
from monitor.sources.plans import plans_of
from monitor.sources.series import SourceSeries
from monitor.sources.settings import Collection, SourceSettings
from tests.connectors.lines import until
from tests.connectors.packages import install

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
SOURCE, KIT = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
TOML = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
(ENTRY_POINTS,) = [block for block in TOML if "entry-points" in block]
CONFIGURATIONS = [block for block in TOML if block.startswith("[[sources]]")]
(CONFIGURATION,) = [block for block in CONFIGURATIONS if 'type = "till"' in block]
OURS = [block for block in CONFIGURATIONS if block != CONFIGURATION]


@pytest.fixture
def till(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's source, installed as its reader would."""
    groups = tomllib.loads(ENTRY_POINTS)["project"]["entry-points"]
    listed = "".join(
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in groups.items()
    )
    install(tmp_path, monkeypatch, name="till", modules={"till": SOURCE}, entry_points=listed)
    (tmp_path / "test_till.py").write_text(KIT, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("text", OURS)
def test_the_sources_of_the_page_can_be_configured(tmp_path: Path, text: str) -> None:
    path = tmp_path / "livewatch.toml"
    path.write_text(text, encoding="utf-8")
    pseudonyms = Pseudonyms(b"0123456789abcdef", "k1")
    [plan] = plans_of(load_config(path, {}).sources, pseudonyms)
    # Pages of shops are rooms of their own.
    assert (plan.rooms == ("",)) == ('"product-pages"' in text)


def test_a_source_takes_less_than_60_lines() -> None:
    lines = [line for line in SOURCE.splitlines() if line.strip()]
    assert len(lines) < 60


@pytest.mark.slow
def test_it_keeps_the_contract_with_the_kit_of_the_page(till: Path) -> None:
    page = runpy.run_path(str(till / "test_till.py"))
    tests = [name for name in page if name.startswith("test_")]
    assert tests == ["test_the_decoder", "test_the_source"]
    for name in tests:
        page[name]()


@pytest.mark.slow
def test_it_is_found_configured_and_run(till: Path) -> None:
    page = runpy.run_path(str(till / "test_till.py"))
    assert installed(SOURCES)["till"].distribution == "till 1.0"

    async def run() -> MemorySink:
        sink = MemorySink()
        async with page["tills"]() as (port, hang_up):
            path = till / "livewatch.toml"
            path.write_text(CONFIGURATION.replace("7001", str(port)), encoding="utf-8")
            plans = plans_of(load_config(path, {}).sources, Pseudonyms(b"0123456789abcdef", "k1"))
            quick = Pace(first_wait_s=0.01, longest_wait_s=0.01)
            runner = Runner(sink)
            await runner.apply([msgspec.structs.replace(plan, pace=quick) for plan in plans])
            await until(lambda: len(sink.events) == 6)
            await hang_up()
            await until(lambda: len([e for e in sink.events if isinstance(e, Gap)]) == 2)
            await runner.stop()
        return sink

    sink = asyncio.run(run())
    chats = [event for event in sink.events if isinstance(event, Chat)]
    told = [(event.room, event.text) for event in chats if event.room == "east"]
    assert told[:3] == [("east", "这个多少钱"), ("east", "好"), ("east", "好")]
    assert {event.room for event in chats} == {"east", "west"}
    assert sink.letters == []
    sys.modules.pop("till", None)


def keys_of(heading: str) -> set[str]:
    table = TEXT.partition(f"| key of `{heading}`")[2].partition("\n\n")[0]
    return {
        key
        for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
        for key in re.findall(r"`([a-z_]+)`", row)
    }


@pytest.mark.parametrize(
    ("heading", "struct"), [("[[sources]]", SourceSettings), ("[collection]", Collection)]
)
def test_every_setting_is_explained_and_every_explained_one_exists(
    heading: str, struct: type[msgspec.Struct]
) -> None:
    assert keys_of(heading) == set(struct.__struct_fields__)


def test_the_series_are_those_that_are_exported() -> None:
    runner = Runner(MemorySink())
    exported = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in SourceSeries(runner, WallClock().now_ms, Metrics()).collect()
    }
    assert set(re.findall(r"`(livewatch_source_[a-z_]+)`", TEXT)) == exported


def test_every_decoder_that_we_bring_says_how_far_it_is_proven() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    decoders = set(groups["project"]["entry-points"][DECODERS])
    assert set(PROOFS) == decoders
    table = TEXT.partition("### How far each decoder is proven")[2].partition("### ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]*) \| ([^|]*) \|$", table, re.MULTILINE)
    told = {name: (level, what) for name, level, what in rows}
    assert len(told) == len(rows)
    assert told == {
        name: (proof.level, "; ".join(filter(None, (proof.by, proof.beside))))
        for name, proof in PROOFS.items()
    }
    # Each level is explained above the table.
    assert set(re.findall(r"^- \*\*([a-z ]+)\*\*:", table, re.MULTILINE)) == set(LEVELS)


def test_decoders_of_platforms_without_public_recordings_claim_none() -> None:
    unproven = {"douyin", "kuaishou", "tiktok", "xiaohongshu", "pages", "captured", "bilibili"}
    assert {PROOFS[name].level for name in unproven} == {"field tables only"}


def test_every_kind_that_we_bring_is_named_with_its_options() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table = TEXT.partition("## Kinds that ship")[2].partition("##")[0]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]*) \|", table, re.MULTILINE))
    kinds = groups["project"]["entry-points"][SOURCES]
    assert set(rows) == set(kinds)
    for name, target in kinds.items():
        module, _, attribute = target.partition(":")
        factory = getattr(__import__(module, fromlist=[attribute]), attribute)
        assert set(re.findall(r"`([a-z_]+)`", rows[name])) == set(
            factory.Options.__struct_fields__
        ), name
