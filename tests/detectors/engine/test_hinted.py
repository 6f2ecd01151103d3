"""Which rules are asked about a text, by what it hints at."""

from __future__ import annotations

import pytest

from detectors.engine.reader import Reader
from tests.detectors.build import rulebook, run, speech

#: Has words of `pass-off-quality` and of `OFFERS`, and nothing of their violations.
ORDINARY = "这个鞋柜要自己装我跟我弟弟两个大男人装了四十分钟还装反一块板"
OFFERS = "hidden-condition"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(rulebook())


def asked(reader: Reader, text: str) -> set[str]:
    return {one.rule for read in reader.read_speech(text) for one in read.asked}


def test_words_without_a_hint_are_no_reason_to_ask(reader: Reader) -> None:
    first, *_ = reader.read_speech(ORDINARY)
    assert {OFFERS, "pass-off-quality"} <= set(first.found)
    assert asked(reader, ORDINARY).isdisjoint({OFFERS, "pass-off-quality"})
    (noted,) = (one for one in first.heeded if one.rule == OFFERS)
    assert {hit.group for hit in noted.hits} <= rulebook()[OFFERS].heeds


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("这个茶喝上三个月糖尿病就不用打针了我妈就是这样好的", "medical-claim"),
        ("里面夹棉都是黑心棉我们跟客人说是新疆长绒棉就行了", "pass-off-quality"),
    ],
)
def test_a_violation_hints_at_its_rule_amid_ordinary_talk(
    reader: Reader, text: str, rule: str
) -> None:
    assert rule in asked(reader, ORDINARY + text + ORDINARY)
    assert rule not in asked(reader, ORDINARY + ORDINARY)


def test_a_question_that_is_read_out_needs_no_hint(reader: Reader) -> None:
    assert OFFERS in asked(reader, "有人问" + ORDINARY[14:])
    assert OFFERS not in asked(reader, "有人看" + ORDINARY[14:])


def test_a_rule_that_is_shown_is_asked_about_any_text_with_its_words() -> None:
    reader = Reader(rulebook())
    reader.leads.always = "pass-off-quality"
    assert "pass-off-quality" in asked(reader, ORDINARY)


def test_what_waits_is_asked_whatever_is_said_next() -> None:
    events = [
        speech("有家人问这个理财能不能保本", 0, sku="A"),
        speech("能的，放心", 5, sku="A"),
    ]
    assert len(run("investment-promise", events)) == 1
