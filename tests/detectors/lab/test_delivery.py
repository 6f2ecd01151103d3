"""Labelled lines delivered as recognisers do: what is joined, what is cut, and what is counted."""

from __future__ import annotations

from itertools import pairwise

import pytest

from detectors.events import Speech
from detectors.lab.delivery import CUT, DELIVERIES, PACE_MS, measure_delivery
from detectors.lab.evaluation import LabelledText
from tests.detectors import build

AROUND = ["先点个关注，", "库存还有三十件。", "运费险都送的！", "黑色的在二号链接"]
ROW = LabelledText(text="这个茶，喝一个月高血压就降下来了。", label=True, category="food")
LAWFUL = [
    LabelledText(text=text, label=False, kind="ordinary")
    for text in (
        "来姐妹们拍一号链接",
        "今天下单明天发货",
        "尺码不对可以换",
        "面料摸着软",
        "黑色还有货吗有的",
    )
]


@pytest.fixture(scope="module")
def rulebook():
    return build.rulebook()


def said(name, row=ROW, around=AROUND):
    return [event for event in DELIVERIES[name](row, around) if isinstance(event, Speech)]


def test_joined_lines_are_one_event_without_marks():
    (one,) = said("joined-3")
    assert one.text == "库存还有三十件这个茶喝一个月高血压就降下来了运费险都送的"
    (one,) = said("joined-5")
    assert one.text.startswith("先点个关注库存还有三十件这个茶")
    assert one.text.endswith("运费险都送的黑色的在二号链接")


def test_points_and_commas_in_figures_are_no_marks():
    (one,) = said("joined-3", LabelledText(text="到手9.9元，原价1,299.", label=False), [""] * 4)
    assert one.text == "到手9.9元原价1,299"


@pytest.mark.parametrize("name", ["cut-in-two", "cut-every-30"])
def test_pieces_follow_one_another_without_a_pause_and_nothing_is_lost(name):
    pieces = said(name)
    assert len(pieces) > 1
    assert len({piece.id for piece in pieces}) == len(pieces)
    for piece, following in pairwise(pieces):
        assert piece.until == following.at == piece.at + PACE_MS * len(piece.text)
    whole = "".join(piece.text for piece in pieces)
    if name == "cut-in-two":
        assert whole == ROW.text
    else:
        assert whole == said("joined-5")[0].text
        assert {len(piece.text) for piece in pieces[:-1]} == {CUT}


def test_the_same_line_is_always_cut_at_the_same_place():
    assert [one.text for one in said("cut-in-two")] == [one.text for one in said("cut-in-two")]


@pytest.mark.slow
def test_what_is_kept_is_counted_against_what_is_found_in_the_line_alone(rulebook):
    rows = [ROW, LabelledText(text="今天晚上吃火锅", label=True, category="food"), LAWFUL[0]]
    result = measure_delivery(rulebook, {"medical-claim": rows}, LAWFUL)
    for name in DELIVERIES:
        counts = result.of("medical-claim", name)
        # One is found alone, the second is no claim at all, the third is lawful.
        assert (counts.found, counts.gained, counts.lawful) == (1, 0, 1)
        assert counts.kept + len(counts.lost) == 1
        assert result.total(name).found == 1
    assert [result.of("", name).lawful for name in DELIVERIES] == [3, 5, 1, 5]


def test_lines_that_nobody_speaks_are_not_delivered(rulebook):
    title = LabelledText(text="全国第一好锅", label=True, role="product_title")
    assert measure_delivery(rulebook, {"absolute-term": [title]}, []).by_rule == {}
