"""What two characters sound like is weighed against what they say."""

from __future__ import annotations

import pytest

from detectors.match.language import load_language
from detectors.match.lexicon import Lexicon
from detectors.match.patterns import Pattern

HIDDEN = [Pattern("rule", "group", word, disguised=True) for word in ("治疗", "十棵", "痛风")]
HEARD = [*HIDDEN[:2], HIDDEN[2]._replace(heard=True)]


def found(patterns: list[Pattern], text: str) -> list[tuple[str, str]]:
    hits = Lexicon.of(patterns, load_language).scan(text).get("rule", [])
    return [(hit.term, hit.form) for hit in hits]


@pytest.mark.parametrize("text", ["每袋十克独立小包装", "一包大概五十克左右"])
def test_what_is_said_more_likely_is_what_is_meant(text: str) -> None:
    unweighed = Lexicon.of(HIDDEN).scan(text)["rule"]
    assert [(hit.term, hit.form) for hit in unweighed] == [("十棵", "sound")]
    assert found(HIDDEN, text) == []


def test_what_nobody_says_stands_for_the_word() -> None:
    assert found(HIDDEN, "它能志疗高血压") == [("治疗", "sound")]


def test_a_word_of_which_everybody_knows_the_others_is_heard() -> None:
    text = "老人痛疯发作"
    assert found(HIDDEN, text) == []
    assert found(HEARD, text) == [("痛风", "sound")]
