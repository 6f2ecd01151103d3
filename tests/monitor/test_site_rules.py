"""What a site's configuration makes of the rules: suppressed and shadowed, counted and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import structlog

from detectors.engine.engine import Engine
from detectors.pack.load import load_rulebook
from monitor.commands import scan
from monitor.commands.exits import Exit
from monitor.config import Config, Pipeline, Rules, load_config
from monitor.errors import ConfigError
from monitor.images import CachedImages
from monitor.metrics import Metrics
from monitor.rulebooks import rulebook_of
from monitor.runtime import Runtime
from monitor.store.rows import AlertFilter
from tests.monitor.build import BASE_MS, entry, line, speech
from tests.monitor.test_app import series
from tests.shared import folder_of_run

SUPPRESSION = {
    "id": "tea-shop", "rule": "medical-claim", "match": {"room": "1"}, "reason": "已约谈，整改期内",
    "author": "王某", "expires_on": "2026-12-31",
}  # fmt: skip
LINES = [
    line("product", "card", -20, sku="A", title="茶", category="food", status="explaining"),
    speech("claim", 0, "这款茶喝一个月高血压就降下来了", sku="A"),
    speech("best", 5, "这款茶全网第一", sku="A"),
    speech("then", 30, "大家慢慢看"),
    speech("end", 60, "好的"),
]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """In one place for all processes: their image takes six seconds of processor time to compile."""
    folder = folder_of_run(tmp_path_factory) / "rules of a site"
    folder.mkdir(exist_ok=True)
    texts = {
        "own.yaml": "override: [{id: absolute-term, reason: 先看看, stage: shadow}]\n",
        "suppressions.yaml": json.dumps({"suppressions": [SUPPRESSION]}),
    }
    for name, text in texts.items():
        made = tmp_path_factory.mktemp("made") / name
        made.write_text(text, encoding="utf-8")
        made.replace(folder / name)
    return Rules(packs=[str(folder / "own.yaml")], suppressions=str(folder / "suppressions.yaml"))


@pytest.mark.slow(7)
def test_rules_are_compiled_once_and_found_by_the_next(rules: Rules) -> None:
    own = [Path(name) for name in rules.packs]
    images = CachedImages(own, replace=False)
    built = load_rulebook(own=own, images=images)
    found = built.lexicon.scan("这款茶全网第一")
    assert found
    assert images.found() is not None
    made = images.path.stat()
    assert made.st_mode & 0o777 == 0o600
    read = load_rulebook(own=own, images=images)
    assert [rule.spec for rule in read] == [rule.spec for rule in built]
    assert read.lexicon.scan("这款茶全网第一") == found
    assert images.path.stat().st_ino == made.st_ino


@pytest.mark.slow(2)
def test_the_embedded_monitor_keeps_the_marked_alert_and_counts_the_shadow(
    tmp_path: Path, rules: Rules
) -> None:
    runtime = Runtime(
        tmp_path / "data", Config(rules=rules, pipeline=Pipeline(interval_ms=0, grace_ms=0))
    )
    try:
        runtime.log.append([entry(data) for data in LINES], source="test", now=BASE_MS).result()
        while runtime.worker.lag_events:
            runtime.worker.round()
        page = runtime.store.list_alerts(AlertFilter(), 10, None)
        runtime.refresh_metrics()
        measured = series(runtime.metrics.expose()[0])
    finally:
        runtime.stop()
    (row,) = page.items
    assert row.alert.rule == "medical-claim"
    assert row.alert.suppressed
    assert (row.alert.suppressed.by, row.status) == ("tea-shop", "new")
    labels = (("rule", "medical-claim"), ("suppression", "tea-shop"))
    assert measured["livewatch_alerts_suppressed_total", labels] == 1
    labels = (("level", "lead"), ("rule", "absolute-term"))
    assert measured["livewatch_shadow_findings_total", labels] == 1


@pytest.mark.slow
def test_what_is_counted_twice_is_published_once(rules: Rules) -> None:
    engine = Engine(rulebook_of(rules).only("absolute-term"))
    engine.stats.shadowed["absolute-term", "lead"] = 2
    metrics = Metrics()
    metrics.read_engine(engine.stats)
    metrics.read_engine(engine.stats)
    labels = (("level", "lead"), ("rule", "absolute-term"))
    assert series(metrics.expose()[0])["livewatch_shadow_findings_total", labels] == 2


@pytest.mark.slow
def test_expired_suppressions_are_told_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "suppressions.yaml"
    path.write_text(
        json.dumps({"suppressions": [{**SUPPRESSION, "expires_on": "2020-01-01"}]}),
        encoding="utf-8",
    )
    with structlog.testing.capture_logs() as logs:
        rulebook_of(Rules(suppressions=str(path)))
    assert [(log["event"], log["suppression"]) for log in logs] == [
        ("suppression_expired", "tea-shop")
    ]


def test_packs_that_cannot_be_used_are_a_fault_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        rulebook_of(Rules(packs=[str(tmp_path / "nowhere")]))


def test_the_environment_names_several_packs(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(None, {"LIVEWATCH__RULES__PACKS": "/a,/b"})
    assert config.rules.packs == ["/a", "/b"]


@pytest.mark.slow
def test_scan_takes_the_sites_packs_and_says_what_was_shadowed_and_marked(
    tmp_path: Path, rules: Rules, capfd: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "evening.jsonl"
    recording.write_bytes(b"\n".join(LINES) + b"\n")
    config = tmp_path / "livewatch.toml"
    config.write_text(f'[rules]\nsuppressions = "{rules.suppressions}"\n', encoding="utf-8")
    done = scan.run(
        [str(recording)],
        rules=["medical-claim", "absolute-term"],
        packs=[Path(name) for name in rules.packs],
        config=config,
    )
    assert done is Exit.DONE
    shown = capfd.readouterr()
    (alert,) = (json.loads(line) for line in shown.out.splitlines())
    assert (alert["rule"], alert["suppressed"]["by"]) == ("medical-claim", "tea-shop")
    assert "shadow absolute-term: lead 1" in shown.err
    assert "marked medical-claim: suppressed by tea-shop 1" in shown.err
