"""Long texts are read piece by piece: everything once, in its place."""

from __future__ import annotations

import itertools
import sys
from types import FrameType

import pytest

from detectors.engine.engine import Engine
from detectors.speech.pieces import AROUND, LONGEST, OVERLAP, PIECE, piece_around, pieces
from tests.detectors.build import chat, only, product, speech

#: Ordinary words without a claim, with and without marks.
MARKED = "家人们今天天气不错，我们先聊聊做饭的事情，锅要先烧热。"
UNMARKED = "家人们今天天气不错我们先聊聊做饭的事情锅要先烧热"


@pytest.mark.parametrize("length", [0, 1, LONGEST - 1, LONGEST])
def test_a_short_text_is_one_piece(length: int) -> None:
    assert list(pieces("的" * length)) == [(0, length)]


@pytest.mark.parametrize(
    "text",
    ["的" * 20_000, MARKED * 800, UNMARKED * 800, "。" * 20_000, " " * 1_001, "a\n" * 5_000,
     "好，" * LONGEST, "的" * (LONGEST + 1)],
)  # fmt: skip
def test_pieces_cover_a_text_and_share_a_little(text: str) -> None:
    found = list(pieces(text))

    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    for start, end in found:
        assert start < end <= start + PIECE
    for (_, end), (start, _) in itertools.pairwise(found):
        assert OVERLAP // 2 <= end - start <= OVERLAP


@pytest.mark.parametrize("before", [0, 60, 108, 114, 118, 120, 122, 150, 1_999, 7_000])
@pytest.mark.parametrize("filler", [MARKED, UNMARKED])
def test_what_a_long_text_says_is_found_once_and_in_its_place(before: int, filler: str) -> None:
    claim = "，这款茶喝一个月糖尿病就能好，"
    text = (filler * 400)[:before] + claim + (filler * 400)[:900]
    engine = Engine(only("medical-claim"))
    state = engine.open("demo", "1")
    given = [product(-5, status="explaining", category="home"), speech(text), chat("。", 120)]
    alerts = engine.step(state, given, now=0) + engine.finish(state, now=0)
    alerts = list({alert.id: alert for alert in alerts}.values())

    assert len(alerts) == 1
    for alert in alerts:
        assert alert.hits == 1
        for span in alert.evidence.spans:
            assert text[span.start : span.end] == span.text
            assert before <= span.start < before + len(claim)


@pytest.mark.parametrize("filler", [MARKED, UNMARKED, "。"])
def test_a_piece_around_a_range_holds_it_and_is_no_longer_than_one(filler: str) -> None:
    edges = (0, 1, 59, 60, 61, 200)
    lengths = (1, 20, AROUND - 1, AROUND, 200)
    for before, length, after in itertools.product((*edges, 390), lengths, edges):
        case = (before, length, after)
        text = (filler * 1_000)[: before + length + after]
        low, high = piece_around(text, before, before + length)

        assert 0 <= low <= before, case
        assert before + length <= high <= len(text), case
        assert high - low <= max(AROUND, length), case
        assert len(text) > AROUND or (low, high) == (0, len(text)), case


@pytest.mark.parametrize(
    "said",
    ["调查显示百分之九十的用户喝了都说好①，", "某研究说九成人都选它，这款茶喝一个月糖尿病就能好，"],
)
def test_reading_takes_time_in_proportion_to_the_length(said: str) -> None:
    engine = Engine(only("cited-data"))

    def calls(length: int) -> int:
        """Calls of functions: they are as many on a busy machine."""
        state = engine.open("demo", "1")
        text = (said * length)[:length]
        given = [product(-5, status="explaining", category="food"), speech(text), chat("。", 120)]
        count = 0

        def note(_: FrameType, kind: str, __: object) -> None:
            nonlocal count
            count += kind in ("call", "c_call")

        sys.setprofile(note)
        try:
            engine.step(state, given, now=0)
            engine.finish(state, now=0)
        finally:
            sys.setprofile(None)
        return count

    calls(410)
    assert calls(1_680) < 5 * calls(420)


@pytest.mark.parametrize("around", [0, 60, 100, 150, 190])
def test_a_claim_does_not_drown_in_what_else_a_text_says(around: int) -> None:
    filler = (MARKED * 20)[:around]
    said = speech(filler + "，这个减肥茶一个月包瘦二十斤，" + filler)
    engine = Engine(only("false-claim"))
    state = engine.open("demo", "1")
    given = [product(-5, status="explaining", category="food"), said, chat("。", 120)]

    assert engine.step(state, given, now=0) + engine.finish(state, now=0)
