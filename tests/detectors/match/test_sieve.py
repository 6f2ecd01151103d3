"""One look says the same as the two that it stands for."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from detectors.lab.evaluation import read_texts
from detectors.match.fold import fold
from detectors.match.likeness import load_likeness
from detectors.match.sieve import Sieve
from detectors.match.sought import Sought, standing
from tests.detectors.build import rulebook

ORDINARY = Path(__file__).parents[2] / "data" / "labelled" / "ordinary.jsonl"


@pytest.fixture(scope="module")
def sieve() -> Sieve:
    rulebook()  # its rules bring the expressions
    return Sieve(load_likeness().screen)


def test_one_look_says_what_two_say(sieve: Sieve) -> None:
    screen = load_likeness().screen
    for line in read_texts(ORDINARY.read_bytes()):
        text = fold(line.text).text
        pairs = sum(screen.get(one + two, 0) for one, two in itertools.pairwise(text))
        assert sieve.look(text) == (standing(text), pairs), text


def test_an_expression_that_came_later_makes_it_incomplete() -> None:
    late = Sieve({})
    assert late.is_whole
    Sought(re.compile("恒河沙数|阿僧祇劫"))
    assert not late.is_whole
