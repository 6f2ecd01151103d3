"""At which rules' violations a text hints, before it is read closely."""

from __future__ import annotations

import random

import pytest

from detectors.match.fold import fold
from detectors.match.hints import SIZES, STEP, Hints
from detectors.match.letters import letters_of, logit_of, scaled, slots_of
from detectors.match.likeness import ZERO, LikenessModel
from detectors.match.model_file import Labelled, ModelFile
from tests.detectors.match.small_model import small_model

RULES = {"medical-claim": 1, "edu-promise": 2}
BYTES = small_model(
    dict.fromkeys(RULES, -4000),
    {"银针": {"medical-claim": 120}, "扔掉": {"medical-claim": 100}, "保过": {"edu-promise": 127}},
    [Labelled("扔掉的药", ("medical-claim",)), Labelled("包你保过", ("edu-promise",))],
    [Labelled("今天的银针菇", kind="ordinary")],
    suspicion=-100,
)
MODEL = LikenessModel(ModelFile(memoryview(BYTES)))
ORDINARY = "今天给大家看一下这个锅的细节大家可以放心拍下单以后我们明天早上就给你发出去"
CLAIM = "家里的银针现在可以扔掉了"


def hints(least: float = 0.1, bar: float = 0.7) -> Hints:
    return Hints(MODEL, RULES, dict.fromkeys(RULES, least), dict.fromkeys(RULES, logit_of(bar)))


def logit_of_stretch(rule: str, letters: str, before: str) -> int:
    """By the formula of the model, with each pair counted as often as it stands there."""
    number = list(MODEL.rules).index(rule)
    rows = [MODEL.file.index[slot] for slot in slots_of(before + letters)]
    whole = len(before + letters)
    counted = rows[len(before) : whole] + rows[whole:]
    at, width = 2 * number, 2 * len(MODEL.rules)
    total = sum(MODEL.file.rows[row * width + at] - ZERO for row in counted if row)
    return scaled(total, MODEL.file.head.steps[number], MODEL.file.head.biases[number], letters)


def test_a_violation_hints_at_its_own_rule_where_it_stands():
    found = hints().of(fold(ORDINARY + CLAIM + ORDINARY).text)
    place = len(ORDINARY)
    assert found.rules == RULES["medical-claim"]
    assert found.beside(place + 4) == RULES["medical-claim"]
    assert found.beside(2) == found.beside(len(ORDINARY + CLAIM + ORDINARY) - 1) == 0


def test_marks_are_no_letters():
    with_marks = "，".join(ORDINARY[:20]) + CLAIM
    found = hints().of(fold(with_marks).text)
    assert found.beside(with_marks.index("银")) == RULES["medical-claim"]


def test_ordinary_talk_hints_at_nothing_and_what_is_short_at_everything():
    assert hints().of(fold(ORDINARY).text) == (
        [0] * (len(ORDINARY) // STEP + 1), range(len(ORDINARY) + 1), False,
    )  # fmt: skip
    found = hints().of("银针菇")
    assert (found.rules, found.is_suspect) == (3, True)


def test_a_rule_that_asks_for_no_hint_is_not_told_of():
    asks = Hints(MODEL, RULES, {"edu-promise": 0.1}, {})
    assert asks.known == RULES["edu-promise"]
    assert asks.of(fold(ORDINARY + CLAIM).text).rules == 0


@pytest.mark.parametrize(("bar", "is_suspect"), [(0.3, True), (0.999, False)])
def test_what_may_be_watched_for_its_likeness_is_suspect(bar, is_suspect):
    assert hints(bar=bar).of(fold(ORDINARY + CLAIM).text).is_suspect is is_suspect


@pytest.mark.parametrize("length", [12, 15, 16, 17, 24, 31, 32, 33, 40, 63, 64])
def test_all_rules_at_one_go_are_each_rule_alone(length):
    """What the fields of one number say is what the formula says of some stretch."""
    chance = random.Random(length)
    letters = "".join(chance.choice(["银针", "扔掉", "保过", "天", "锅"]) for _ in range(length))
    letters = letters_of(letters)[:length]
    short, long = SIZES
    stretches = [(0, length)] if length <= long else []
    for size in (short, long):
        starts = [*range(0, length - size + 1, STEP), length - size] if length > size else []
        stretches += [(start, size) for start in starts]
    for least in (0.02, 0.1, 0.5, 0.9):
        bound = logit_of(least) >> 6 << 6
        wanted = sum(
            bit
            for rule, bit in RULES.items()
            if any(
                logit_of_stretch(rule, letters[start : start + size], letters[:start][-1:]) >= bound
                for start, size in stretches
            )
        )
        assert hints(least).of(letters).rules == wanted, least
