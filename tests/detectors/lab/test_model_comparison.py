"""When a trained model may not take the place of the one in use, and in which words."""

from __future__ import annotations

import pytest

from detectors.lab.model_comparison import Judged, ModelComparison, Tally, compare
from detectors.match.likeness import load_likeness

RULE = "medical-claim"


def comparison(before: Tally, after: Tally) -> ModelComparison:
    return ModelComparison({"": before, RULE: before}, {"": after, RULE: after})


def tally(found: int, violations: int, alarms: int, lawful: int) -> Tally:
    return Tally(found=found, violations=violations, alarms=alarms, lawful=lawful)


def test_a_model_that_finds_more_and_alarms_no_more_may() -> None:
    assert comparison(tally(12, 18, 2, 12), tally(17, 18, 2, 12)).objections() == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        # What two false alarms tell is nothing, though more is decided as the office did.
        (tally(12, 18, 0, 2), tally(17, 18, 2, 2), "2 of 20 set-aside decisions are a false alarm"),
        (tally(1, 1, 4, 9), tally(1, 1, 0, 9), "1 of 10 set-aside decisions is confirmed"),
        (tally(9, 18, 0, 0), tally(18, 18, 0, 0), "0 of 18 set-aside decisions are a false alarm"),
        (tally(20, 60, 1, 20), tally(60, 60, 20, 20), "raises 20 of 20 false alarms again"),
        (tally(12, 18, 0, 12), tally(9, 18, 0, 12), "decides 21 of 30 set-aside decisions"),
    ],
)  # fmt: skip
def test_what_speaks_against_a_model_is_said(before: Tally, after: Tally, said: str) -> None:
    told = comparison(before, after).objections()
    assert len(told) == 1
    assert said in told[0]


def test_some_more_false_alarms_may_be_chance() -> None:
    assert comparison(tally(20, 60, 3, 20), tally(60, 60, 5, 20)).objections() == []


def test_what_is_nearly_learned_is_counted_apart_from_what_is_new() -> None:
    model = load_likeness()
    learned = ["隔壁老张拿葛根顶了两个月化验单上的箭头全没了", "箭头"]
    texts = [
        # The same sentence with other goods, and with something before it.
        "隔壁老张拿黄精顶了两个月，化验单上的箭头全没了",
        "家人们听我唠，隔壁老张拿葛根顶了两个月化验单上的箭头全没了",
        # New, though a short text that was learned stands in it.
        "我家婆婆喝了半个冬天，指标的箭头就下来了",
    ]
    judged = [Judged(text, "medical-claim", broken=True) for text in texts]
    found = compare(model, model, judged, {}, learned)
    assert found.candidate[""].texts == 3
    assert found.fresh.texts == found.fresh_in_use.texts == 1
    assert compare(model, model, judged, {}).fresh.texts == 3
