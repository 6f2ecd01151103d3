"""What a model tells of claims in talk, and of which models it takes that over."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.lab.train.fit import Fitted
from detectors.lab.train.written import Claimed, written
from detectors.match.letters import slots_of
from detectors.match.likeness import LikenessModel
from detectors.match.model_file import Labelled, ModelFile, Of

TEXTS = [
    Labelled("银针可以扔掉", ("medical-claim",), "medical-claim"),
    Labelled("银针菇三块一斤", (), "medical-claim"),
    Labelled("晚上好", kind="ordinary"),
]
CLAIMS = [
    Claimed("", "银针可以扔掉", "我不念", made=False),
    Claimed("我不念", "银针可以扔掉", "", made=True),
]


def model_of(claims: list[Claimed], base: LikenessModel | None = None) -> LikenessModel:
    slots = np.array(sorted({*slots_of("银针可以扔掉我不念")}), np.int64)
    fitted = Fitted(np.ones((len(slots), 1), np.float32), np.zeros(1, np.float32))
    data = written(["medical-claim"], slots, fitted, TEXTS, Of(), claims, base)
    return LikenessModel(ModelFile(memoryview(data)))


@pytest.fixture(scope="module")
def learned() -> LikenessModel:
    return model_of(CLAIMS)


def test_a_model_learns_from_claims_in_talk_on_which_side_of_them_words_stand(
    learned: LikenessModel,
):
    refused, made = (
        learned.made_in_talk(before, "银针可以扔掉", behind)
        for before, behind in (("", "我不念"), ("我不念", ""))
    )
    assert refused is not None
    assert made is not None
    assert refused < made


def test_a_model_of_no_talk_says_nothing_of_talk_and_hands_nothing_on(learned: LikenessModel):
    untaught = model_of([])
    assert untaught.made_in_talk("", "银针可以扔掉", "我不念") is None
    # An office's model on a base that says nothing says nothing either, and silences nothing.
    assert model_of([], base=untaught).made_in_talk("", "银针可以扔掉", "我不念") is None
    site = model_of([], base=learned)
    assert site.made_in_talk("", "银针可以扔掉", "我不念") == learned.made_in_talk(
        "", "银针可以扔掉", "我不念"
    )
