"""What a speaker says around a claim, as far as it is looked at."""

from __future__ import annotations

import pytest

from detectors.match.fold import fold
from detectors.speech.utterance import BREATH, Utterance
from tests.detectors.build import speech

FILLER = "家人们今天天气不错我们先聊聊做饭的事情锅要先烧热"


@pytest.mark.parametrize("around", [0, 1, 30, BREATH - 1, BREATH])
def test_all_that_is_said_near_a_claim_is_its_breath(around: int) -> None:
    ahead, claim, behind = (FILLER * 20)[:around], "降血糖", (FILLER * 20)[-around:] * (around > 0)
    said = speech(ahead + claim + behind)
    utterance = Utterance(said, "text", fold(said.text), None, "host")

    assert utterance.breath(around, around + 3) == (ahead, claim, behind)


@pytest.mark.parametrize("around", [BREATH + 1, 9_000])
def test_of_a_long_text_the_breath_is_what_stands_next(around: int) -> None:
    ahead, claim, behind = (FILLER * 500)[:around], "降血糖", (FILLER * 500)[:around]
    said = speech(ahead + claim + behind)
    piece = Utterance(said, "text", fold(claim), None, "host", begins=around)

    assert piece.breath(0, 3) == (ahead[-BREATH:], claim, behind[:BREATH])
