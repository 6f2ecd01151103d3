"""What a model of speech hears reaches the rules, its noise included."""

from __future__ import annotations

from functools import cache

import pytest

from detectors.lab.evaluation import raised_by
from detectors.pack.rulebook import Rulebook
from tests.connectors.decoders.test_segments import feed, frame
from tests.detectors.build import rulebook

pytestmark = pytest.mark.slow  # reads all packs


@cache
def book() -> Rulebook:
    return rulebook()


@pytest.mark.parametrize(
    ("heard", "rule"),
    [
        ("我们今天全网最低价", "compare-unfounded"),
        ("我们今天全往最低价", "compare-unfounded"),  # 全网
        ("我们今天全网最底价", "compare-unfounded"),  # 最低
        ("这个茶喝一个月高血压就能降下来", "medical-claim"),
        ("这个茶喝一个月高血鸭就能降下来", "medical-claim"),  # 高血压
    ],
)
def test_homophones_still_reach_the_rule(heard: str, rule: str) -> None:
    assert rule in {alert.rule for alert in raised_by(book(), feed(frame(text=heard)))}


def test_what_only_sounds_like_a_claim_is_a_weaker_sign_than_the_claim() -> None:
    [plain] = [a for a in raised_by(book(), feed(frame(text="我们今天全网最低价")))
               if a.rule == "compare-unfounded"]  # fmt: skip
    [noise] = [a for a in raised_by(book(), feed(frame(text="我们今天全往最低价")))
               if a.rule == "compare-unfounded"]  # fmt: skip
    assert (plain.level, noise.level) == ("lead", "watch")


@pytest.mark.parametrize("heard", ["我们往前走最低一层", "价格我们往后再说"])
def test_what_sounds_a_little_like_one_raises_nothing(heard: str) -> None:
    assert raised_by(book(), feed(frame(text=heard))) == []
