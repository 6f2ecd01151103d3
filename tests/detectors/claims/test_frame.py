"""Frames: where their slots stand in a text as they ask for them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detectors.claims.frame import FrameMatcher
from detectors.events import Speech
from detectors.match.fold import fold
from detectors.match.lexicon import Lexicon
from detectors.match.patterns import Pattern
from detectors.pack.frames import Frame, FrameError, Slot, words_of
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

SLOTS = {
    "exam": ["雅思", "四级"],
    "surely": ["一定", "稳稳"],
    "pass": ["过", "考过"],
    "not": ["不"],
}


def frame(**fields: Any) -> Frame:
    return msgspec.convert({"id": "f", "concept": "c", "says": "s", **fields}, Frame)


def found(wanted: Frame, text: str) -> list[list[str]]:
    folded = fold(text)
    lexicon = Lexicon.of(
        Pattern("r", slot, word) for slot, words in SLOTS.items() for word in words
    )
    hits = lexicon.scan(folded.text).get("r", [])
    event = Speech(id="e", platform="p", room="r", at=0, text=text)
    reading = Reading(Utterance(event, "text", folded, None, "host"), hits)
    return [[hit.term for hit in one] for one in FrameMatcher(wanted).find(reading)]


IN_ORDER = {"seq": ["exam", {"gap": 4}, "surely", "pass"]}


def test_slots_stand_in_their_order() -> None:
    assert found(frame(**IN_ORDER), "雅思这回一定过") == [["雅思", "一定", "过"]]
    assert found(frame(**IN_ORDER), "一定过的是雅思") == []


def test_no_more_than_the_gap_stands_between() -> None:
    assert found(frame(**IN_ORDER), "雅思我跟你讲一定过") == [["雅思", "一定", "过"]]
    assert found(frame(**IN_ORDER), "雅思我再跟你讲一定过") == []
    assert found(frame(**IN_ORDER), "雅思一定能过") == []


@pytest.mark.parametrize(("marks", "text", "is_found"), [
    (0, "雅思,一定过", False),
    (1, "雅思,一定过", True),
    (1, "雅思,啊,一定过", False),
    (3, "雅思。一定过", False),
])  # fmt: skip
def test_clause_marks_between_are_counted_and_a_sentence_never_crossed(
    marks: int, text: str, is_found: bool
) -> None:
    wanted = frame(seq=["exam", {"gap": 4, "marks": marks}, "surely", "pass"])

    assert bool(found(wanted, text)) is is_found


def test_a_question_that_is_answered_at_once_may_end_between() -> None:
    step = {"gap": 4, "marks": 1}

    assert not found(frame(seq=["exam", step, "surely", "pass"]), "雅思?一定过")
    assert found(frame(seq=["exam", {**step, "asked": True}, "surely", "pass"]), "雅思?一定过")
    assert not found(frame(seq=["exam", {**step, "asked": True}, "surely", "pass"]), "雅思。一定过")


def test_a_slot_may_be_missing() -> None:
    wanted = frame(seq=["exam", {"optional": "surely", "gap": 2}, "pass"])

    assert found(wanted, "雅思一定过") == [["雅思", "一定", "过"]]
    assert found(wanted, "雅思包过") == [["雅思", "过"]]
    assert found(wanted, "雅思肯定包过") == []


def test_words_just_before_and_behind_make_it_another_word() -> None:
    wanted = frame(seq=["surely", "pass"], not_next={"pass": ["年"]}, not_before={"surely": ["不"]})

    assert found(wanted, "一定过啊") == [["一定", "过"]]
    assert found(wanted, "一定过年前到") == []
    assert found(wanted, "不一定过") == []


@pytest.mark.parametrize(
    "fields", [{"seq": ["exam", {"gap": 4}, "pass"]}, {"all": ["exam", "pass"], "within": 4}]
)
def test_a_word_between_parts_them(fields: dict[str, Any]) -> None:
    wanted = frame(**fields, but=["not"])

    assert found(wanted, "雅思能考过") == [["雅思", "考过"]]
    assert found(wanted, "雅思他不考过") == []
    assert found(wanted, "不雅思能考过") == [["雅思", "考过"]]


def test_figures_are_slots() -> None:
    wanted = frame(seq=["exam", {"gap": 3}, "<number>"])

    assert found(wanted, "四级考五百分") == [["四级", "五百"]]
    assert found(wanted, "四级考高分") == []


def test_places_are_slots_and_may_have_to_lie_apart() -> None:
    wanted = {"seq": ["<place>", {"gap": 8}, "surely", {"gap": 4}, "<place>"]}
    assert found(frame(**wanted), "五常大米一定是黑龙江的") == [["五常", "一定", "黑龙江"]]
    assert found(frame(**wanted, apart=True), "五常大米一定是黑龙江的") == []
    assert found(frame(**wanted, apart=True), "五常大米一定是安徽的") == [["五常", "一定", "安徽"]]


def test_slots_in_any_order_stand_near_each_other_in_a_sentence() -> None:
    wanted = frame(all=["surely", "exam"], within=3)

    assert found(wanted, "四级啊一定") == [["四级", "一定"]]
    assert found(wanted, "一定啊四级") == [["一定", "四级"]]
    assert found(wanted, "一定要好好看四级") == []
    assert found(wanted, "一定。四级") == []


def test_slots_in_any_order_do_not_share_letters() -> None:
    assert found(frame(all=["surely", "pass"], within=4), "稳稳过") == [["稳稳", "过"]]
    assert found(frame(all=["pass", "exam"], within=4), "考过") == []


def test_each_place_is_found_once() -> None:
    assert len(found(frame(seq=["exam", {"gap": 2}, "pass"]), "雅思过,四级过")) == 2


@pytest.mark.parametrize("fields", [
    {},
    {"seq": ["<number>"]},
    {"seq": ["exam", {"gap": 4}]},
    {"seq": [{"optional": "exam"}, "pass"]},
])  # fmt: skip
def test_a_frame_that_cannot_be_found_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(FrameError):
        FrameMatcher(frame(**fields))


def test_a_slot_has_its_words_its_joins_and_those_of_others() -> None:
    slots: dict[str, list[str] | Slot] = {
        "best": Slot(words=["顶"], join=[["效果", "质量"], ["", "最"], ["好"]], but=["质量好"]),
        "all": Slot(use=["best"], words=["棒"]),
    }

    assert words_of(slots, "all") == ["棒", "顶", "效果好", "效果最好", "质量最好"]


@pytest.mark.parametrize(("slots", "message"), [
    ({}, "no slot 'a'"),
    ({"a": Slot(use=["b"]), "b": Slot(use=["a"])}, "uses itself: a → b → a"),
    ({"a": []}, "has no words"),
    ({"a": Slot(join=[["一"] * 70, ["二"] * 70])}, "4900 words"),
])  # fmt: skip
def test_slots_that_cannot_be_used_are_refused(slots: dict[str, Any], message: str) -> None:
    with pytest.raises(FrameError, match=message):
        words_of(slots, "a")


@pytest.mark.parametrize(("text", "is_found"), [
    ("一口气雅思三百过", True),
    ("一口气雅思8万过", True),
    ("一口气雅思六十过", False),
    ("一口气雅思半过", False),
])  # fmt: skip
def test_a_figure_is_at_least_what_the_frame_asks(text: str, is_found: bool) -> None:
    wanted = frame(seq=["exam", "<number>", {"gap": 1}, "pass"], least={"<number>": 200})
    assert bool(found(wanted, text)) is is_found


@pytest.mark.parametrize(("text", "is_found"), [
    ("雅思从三百过到六百", True),
    ("雅思从六百过到三百", True),
    ("雅思从六百过到六百五", False),
])  # fmt: skip
def test_the_greatest_figure_is_so_many_times_the_smallest(text: str, is_found: bool) -> None:
    wanted = frame(seq=["exam", {"gap": 1}, "<number>", "pass", {"gap": 1}, "<number>"], rise=1.5)
    assert bool(found(wanted, text)) is is_found


def test_a_share_is_compared_in_hundredths() -> None:
    wanted = frame(seq=["exam", "<percent>", "pass"], least={"<percent>": 90})
    assert found(wanted, "雅思百分之九十九过")
    assert found(wanted, "雅思九成过")
    assert not found(wanted, "雅思百分之二十过")
