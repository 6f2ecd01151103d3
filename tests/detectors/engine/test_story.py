"""What an alert tells: one finding tells the story, others are listed, versions are counted."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

import detectors
from detectors.alerts import MOST_FOUND, SEVERITY, Alert, encode
from detectors.engine.engine import Engine
from detectors.events import Event
from detectors.events import encode as encode_event
from detectors.pack.rulebook import Rulebook
from detectors.pack.versions import Versions
from tests.detectors.build import only, product, rulebook, run, run_stages, speech

BOOK = only("medical-claim", "health-food-claim", "false-claim", "absolute-term")


def heard(text: str, t: float, confidence: float | None = None) -> Event:
    return speech(text, t, sku="A", **({} if confidence is None else {"confidence": confidence}))


CARD = product(-20, sku="A", category="food", title="苦荞茶", status="explaining")
#: A claim that is badly heard, then one that is well heard, then badly again.
RISING = [
    CARD,
    heard("高血压喝这个茶就能治好", 0, 0.6),
    heard("高血压喝这个茶就能治好", 40, 0.95),
    heard("高血压喝这个茶就能治好", 80, 0.6),
]


def versions(events: list[Event], size: int) -> list[Alert]:
    """What is handed out where so many events come at a time."""
    engine = Engine(BOOK, lateness_ms=0)
    state = engine.open("demo", "1")
    out: list[Alert] = []
    for start in range(0, len(events), size):
        out += engine.step(state, events[start : start + size], now=1)
    out += engine.finish(state, now=1)
    assert not engine.stats.failures
    return out


def told(alert: Alert) -> tuple[Any, ...]:
    return (alert.version, tuple(alert.changed), alert.level, alert.story, alert.reason)


class TestStory:
    @pytest.mark.slow
    def test_the_gravest_finding_tells_it_and_all_of_it(self) -> None:
        alert = next(one for one in run(["medical-claim"], RISING))
        assert [one.level for one in alert.findings] == ["watch", "lead", "watch"]
        assert (alert.level, alert.story, alert.findings_total) == ("lead", 1, 3)
        story = alert.findings[alert.story]
        assert alert.reason == story.says
        # The watched ones had an entry for the doubtful hearing; the story has none.
        assert not any("识别置信度不高" in one for one in alert.missing)
        assert [one.why for one in alert.applies if one.clause == "语音识别"] == ["识别置信度 0.95"]

    def test_of_equals_the_first(self) -> None:
        events = [CARD, *(heard("高血压喝这个茶就能治好", t * 30) for t in range(4))]
        (alert,) = run(["medical-claim"], events)
        assert (alert.story, alert.hits, alert.findings_total) == (0, 4, 4)
        assert alert.findings[0].at == alert.first_at
        assert alert.version == 1

    def test_every_finding_leads_to_the_characters_that_it_quotes(self) -> None:
        (alert,) = run(["medical-claim"], RISING)
        events = {event.id: event for event in alert.evidence.trigger}
        for one in alert.findings:
            assert getattr(events[one.event], one.field)[one.start : one.end] == one.text
            assert one.at == events[one.event].at
            assert one.by.startswith(("frame:medical-claim/", "pattern:medical-claim"))

    @pytest.mark.slow
    def test_the_first_the_gravest_and_the_latest_stay_of_many(self) -> None:
        said = "高血压喝这个茶就能治好"
        events = [CARD, *(heard(said, t * 20, 0.95 if t == 31 else 0.6) for t in range(120))]
        (alert,) = run(["medical-claim"], events)
        assert alert.findings_total == 120
        assert len(alert.findings) == MOST_FOUND
        found = {one.at for one in alert.findings}
        assert {events[1].at, events[32].at, events[120].at} <= found
        assert alert.findings[alert.story].at == events[32].at
        assert [one.at for one in alert.findings] == sorted(found)
        assert events[32].id in {event.id for event in alert.evidence.trigger}


class TestVersions:
    @pytest.mark.slow
    def test_a_graver_story_is_a_version_and_says_what_changed(self) -> None:
        out = {told(one) for one in versions(RISING, 1)}
        assert sorted(one[0] for one in out) == [1, 2]
        (second,) = [one for one in out if one[0] == 2]
        assert second[1] == ("level", "story")

    @pytest.mark.slow
    def test_none_is_lost_where_all_comes_at_once(self) -> None:
        apart = [told(one) for one in versions(RISING, 1)]
        together = [told(one) for one in versions(RISING, len(RISING))]
        assert list(dict.fromkeys(apart)) == list(dict.fromkeys(together))

    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_the_last_version_is_the_same_byte_for_byte(self, size: int) -> None:
        last = {one.id: encode(one) for one in versions(RISING, size)}
        assert last == {one.id: encode(one) for one in versions(RISING, len(RISING))}

    def test_it_goes_on_after_a_restart(self) -> None:
        engine = Engine(BOOK, lateness_ms=0)
        state = engine.open("demo", "1")
        out: list[Alert] = []
        for event in RISING:
            out += engine.step(state, [event], now=1)
            state = engine.restore_snapshot(engine.snapshot(state))
        out += engine.finish(state, now=1)
        whole = {one.id: encode(one) for one in versions(RISING, 1)}
        assert {one.id: encode(one) for one in out} == whole


class TestRelated:
    TEXT = "我们这个苦荞茶全网第一，高血压喝了就能治好，增强免疫力"

    def test_alerts_of_one_utterance_know_of_each_other(self) -> None:
        alerts = {one.id: one for one in run(None, [CARD, heard(self.TEXT, 0)])}
        assert len(alerts) >= 2
        for one in alerts.values():
            others = {other.id for other in one.related if other.why == "utterance"}
            assert others == alerts.keys() - {one.id}

    @pytest.mark.slow
    def test_of_one_product_too_and_not_of_another(self) -> None:
        other = product(-10, sku="B", category="food", title="黑芝麻丸")
        events = [CARD, other, heard("高血压喝这个茶就能治好", 0),
                  heard("我们这个茶是全网第一的茶", 400),
                  speech("这个丸糖尿病吃了就能好", 500, sku="B")]  # fmt: skip
        alerts = run(["medical-claim", "absolute-term"], events)
        by_sku = {(one.rule, one.evidence.trigger[0].sku): one for one in alerts}  # type: ignore[union-attr]
        tea, best = by_sku["medical-claim", "A"], by_sku["absolute-term", "A"]
        assert [(one.id, one.why) for one in tea.related] == [(best.id, "product")]
        assert [(one.id, one.why) for one in best.related] == [(tea.id, "product")]
        assert by_sku["medical-claim", "B"].related == []


class TestWhatItStandsOn:
    def test_the_records_that_were_read_are_named_with_their_digests(self) -> None:
        (alert,) = run(["medical-claim"], RISING)
        known = {event.id: event for event in RISING}
        assert {one.event for one in alert.inputs} >= {event.id for event in RISING}
        for one in alert.inputs:
            assert isinstance(one.event, str)
            assert one.sha256 == hashlib.sha256(encode_event(known[one.event])).hexdigest()

    def test_engine_pack_words_model_law_and_thresholds_as_of_the_verdict(self) -> None:
        (alert,) = run(["medical-claim"], RISING)
        spec = rulebook()["medical-claim"].spec
        said = msgspec.json.decode(encode(alert))["engine"]
        assert said["livewatch"] == detectors.__version__
        assert said["thresholds"] == {name: one.value for name, one in spec.thresholds.items()}
        assert said["settings"] == {"lateness_ms": 10_000}
        for name in ("rules", "pack", "slots", "model", "law"):
            assert len(said[name]) == 64, name

    def test_another_threshold_is_another_pack(self) -> None:
        rule = rulebook()["medical-claim"]
        changed = msgspec.structs.replace(
            rule.spec,
            thresholds={
                **rule.spec.thresholds,
                "answer_s": msgspec.structs.replace(rule.spec.thresholds["answer_s"], value=99),
            },
        )
        book = only("medical-claim")
        before = Versions(book).of(rule.spec)
        after = Versions(Rulebook([type(rule)(changed)], book.law)).of(changed)
        assert before.rules != after.rules
        assert before.pack != after.pack
        assert (before.slots, before.law) == (after.slots, after.law)


def test_package_image_and_alerts_have_one_version() -> None:
    root = Path(detectors.__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "detectors/__init__.py"
    images = yaml.safe_load((root / "deploy/k8s/kustomization.yaml").read_text(encoding="utf-8"))
    assert [one["newTag"] for one in images["images"]] == [detectors.__version__]


def test_every_alert_says_why_it_has_its_level() -> None:
    for alert in (*run(None, RISING), *run_stages(RISING)):
        assert alert.level_reason
        assert SEVERITY[alert.findings[alert.story].level] <= SEVERITY[alert.level]
