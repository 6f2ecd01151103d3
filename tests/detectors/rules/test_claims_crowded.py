"""A text made of nothing but words of a rule keeps it busy for a bounded time, and hides nothing for long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from unittest import mock

import pytest

from detectors.alerts import Alert
from detectors.claims.framed import FramedRule
from detectors.lab.rerun import Rerun
from detectors.rules.claims.memory import CHARACTERS_A_LOOK, MAX_LOOKS, ClaimMemory
from tests.detectors.build import rulebook, speech

pytestmark = pytest.mark.slow  # texts of 20,000 characters

LENGTH = 20_000


def looked_at(
    text: str,
) -> tuple[list[Alert], Mapping[tuple[str, str], int], Counter[str]]:
    """What rules raised of a text, how often they kept silent and why, and by rule how often they looked at what a frame found."""
    looks: Counter[str] = Counter()
    claim = FramedRule._claim

    def counted(rule: FramedRule, *given: Any) -> Any:
        looks[rule.id] += 1
        return claim(rule, *given)

    with mock.patch.object(FramedRule, "_claim", counted):
        rerun = Rerun(rulebook())
        rerun.begin()
        rerun.feed([speech(text, t=0), speech("好了，看下一款", t=600)])
        alerts = rerun.finish()
    return alerts, rerun.engine.stats.declined, looks


@pytest.mark.parametrize(
    "said", ["治疗糖尿病", "这款茶能治疗糖尿病", "不能治疗糖尿病的哦", "加微信", "全国第一最好的"]
)
def test_how_often_a_rule_looks_at_one_text_is_bounded(said: str) -> None:
    _, declined, looks = looked_at((said * LENGTH)[:LENGTH])
    [(rule, most)] = looks.most_common(1)
    assert MAX_LOOKS < most <= MAX_LOOKS + LENGTH // CHARACTERS_A_LOOK
    assert declined[rule, "crowded"]


def test_what_stands_behind_such_a_stretch_is_found_all_the_same() -> None:
    stretch = "不能治疗糖尿病的哦" * 600
    ordinary = "这条裤子是高腰的，拍大一码，明天发货。" * 300
    said = "我跟你们说，这款茶喝三天，多年的高血压就治好了，药都停了。"
    alerts, declined, looks = looked_at(f"{stretch}。{ordinary}{said}{ordinary}")
    assert looks["medical-claim"] > MAX_LOOKS
    assert declined["medical-claim", "crowded"]
    spans = [
        span.text
        for alert in alerts
        if alert.rule == "medical-claim"
        for span in alert.evidence.spans
    ]
    assert any("高血压" in text for text in spans)


def test_each_event_is_looked_at_anew_and_long_ones_more_often() -> None:
    memory = ClaimMemory()
    assert [memory.may_look("a", 0) for _ in range(MAX_LOOKS + 1)].count(True) == MAX_LOOKS
    assert memory.may_look("a", CHARACTERS_A_LOOK)
    assert not memory.may_look("a", CHARACTERS_A_LOOK)
    assert memory.may_look("b", 0)
