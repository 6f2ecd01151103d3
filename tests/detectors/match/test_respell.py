"""Whole words in parts or in pictures, and runs of pinyin."""

from __future__ import annotations

import pytest

from detectors.match.fold import fold
from detectors.match.lexicon import Lexicon
from detectors.match.patterns import Pattern
from detectors.match.respell import respelling

LEXICON = Lexicon.of(
    [Pattern("rule", "claim", word, disguised=True) for word in ("降血压", "免疫力", "全国第一")]
    + [Pattern("rule", "other", "防脱发")]
)


@pytest.mark.parametrize(
    ("text", "term", "words"),
    [
        ("这个手环可以阜夅丶皿厂圡", "降血压", "阜夅丶皿厂圡"),
        ("提高🍜疫🎁", "免疫力", "🍜疫🎁"),
        ("保暖效果quanguodiyi", "全国第一", "quanguodiyi"),
        ("可以tigaomianyili的姐", "免疫力", "mianyili"),
    ],
)
def test_a_word_that_is_hidden_as_a_whole_is_found_where_it_stands(
    text: str, term: str, words: str
) -> None:
    folded = fold(text)
    hits = LEXICON.scan(folded.text)["rule"]
    assert {hit.term for hit in hits} == {term}
    assert fold(words).text in {folded.text[hit.start : hit.end] for hit in hits}
    assert all(hit.form != "plain" for hit in hits)


@pytest.mark.parametrize(
    "text",
    [
        "这个颜色显白，小个子拍小码",
        "丶丶丶今天的福袋在左上角",
        "收到了🎁开心🍜",
        "shanghai的家人们晚上好",
        "阝方脱丿犮",
    ],
)
def test_ordinary_text_strokes_and_pictures_hide_no_word(text: str) -> None:
    assert LEXICON.scan(fold(text).text) == {}


def test_ordinary_text_is_not_read_again() -> None:
    assert respelling(fold("今晚八点开播，拍下的都发顺丰"), [], []) is None


def meant(text: str) -> str:
    """The text as the rule reads it."""
    return LEXICON.read(fold(text))["rule"][0].text


def test_characters_one_by_one_between_marks_are_read_together() -> None:
    assert meant("降,血,压，一。个，月，见效") == "降血压一个月见效"


def test_a_list_in_an_open_text_keeps_its_marks() -> None:
    assert meant("降血压,一、二、三号链接") == "降血压,一、二、三号链接"


def test_blanks_beside_letters_end_no_clause() -> None:
    assert meant("不能 j i a n g x u e y a 的") == "不能降血压的"


@pytest.mark.parametrize("text", ["全G第一", "全国国第一", "全国*一"])
def test_long_words_too_are_read_with_a_letter_twice_or_masked(text: str) -> None:
    assert meant(text) == "全国第一"
