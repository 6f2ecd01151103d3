"""The second reading: whole texts that are like labelled violations, where no rule has the words."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest

from detectors.alerts import Alert
from detectors.lab.evaluation import ContextLine, LabelledText, raised_by, text_events
from detectors.match.fold import fold
from detectors.match.likeness import TABLE, LikenessTable, letters, load_likeness
from detectors.pack.load import load_rulebook
from detectors.pack.rulebook import Rulebook
from tests.detectors.build import rulebook

#: A model small enough to reckon with by hand.
SMALL = LikenessTable(
    ["medical-claim"],
    [-2.0],
    -1.0,
    {"银针": 200},
    {"银针": ((0, 1600),), "扔掉": ((0, 800),)},
)
#: No rule has words for it.
LINE = "家里的银针可以扔掉了"


@pytest.fixture(scope="module")
def book() -> Rulebook:
    shared = rulebook()
    assert shared.lexicon
    # With the words that were made for all tests.
    book = copy.copy(shared)
    book.__dict__["likeness"] = SMALL
    return book


def raised(book: Rulebook, text: str, **fields: object) -> list[Alert]:
    row = LabelledText(text=text, label=True, category="food", host_kind="seller", **fields)
    return [alert for alert in raised_by(book, text_events(row)) if alert.rule == "medical-claim"]


def test_digits_are_alike_and_marks_are_no_letters():
    assert letters("喝 35 天,好了") == ("喝00天好了", [0, 2, 3, 5, 7, 8])


def test_likeness_is_the_models_sum_over_the_root_of_all_runs():
    like = SMALL.read(fold(LINE).text, 0.5)["medical-claim"]
    # Ten letters are in 19 runs; a bias of -2.
    assert like.share == pytest.approx(1 / (1 + math.exp(2 - 24 / math.sqrt(19))))
    assert [LINE[low:high] for low, high in like.telling] == ["银针", "扔掉"]
    assert SMALL.read(fold(LINE).text, 0.98) == {}


@pytest.mark.parametrize("text", ["家里的东西可以扔掉了", "银针", "", "。，！"])
def test_a_text_without_telling_pairs_or_too_short_is_like_nothing(text):
    assert SMALL.read(fold(text).text, 0.01) == {}


def test_a_text_like_violations_is_watched_and_says_why(book):
    [alert] = raised(book, LINE)
    assert alert.level == "watch"
    assert "相近度 0.97" in alert.reason
    assert "“银针”" in alert.reason
    assert alert.evidence.numbers["likeness"] == 0.97
    assert alert.evidence.numbers["likeness_least"] <= 0.97
    assert any("人工判断" in missing for missing in alert.missing)
    assert [span.text for span in alert.evidence.spans] == ["银针", "扔掉"]
    assert alert.law


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("我不是说家里的银针可以扔掉", []),
        ("没有人敢说银针可以扔掉", []),
        ("有人问家里的银针是不是可以扔掉", [ContextLine("host_speech", "不能啊，该去医院去医院", 4.0)]),
        ("家里的银针可以扔掉吗", []),
    ],
)  # fmt: skip
def test_the_gates_hold_for_likeness_too(book, text, context):
    assert raised(book, text, context=context) == []


def test_a_quoted_question_that_is_affirmed_is_a_claim(book):
    [alert] = raised(
        book,
        "有人问家里的银针是不是可以扔掉",
        context=[ContextLine("host_speech", "对的，可以", 4.0)],
    )
    assert alert.level == "watch"
    assert "转述" in alert.reason


def test_viewers_claim_nothing(book):
    assert raised(book, LINE, role="viewer_chat") == []
    assert raised(book, LINE, role="assistant_speech")
    assert raised(book, LINE, role="product_title")


def test_where_the_rule_has_words_they_decide(book):
    [alert] = raised(book, "家里的银针可以扔掉了，喝这个治好高血压")
    assert "likeness" not in alert.evidence.numbers
    # A denial that the rule weighed is not overruled by a likeness.
    assert raised(book, "家里的银针别扔掉，这个不能治高血压") == []


def test_a_bureau_can_do_without(tmp_path: Path):
    own = tmp_path / "own.yaml"
    own.write_text(
        "override:\n- id: medical-claim\n  author: 法制科\n  reason: 只用词句\n"
        "  thresholds: {likeness: 1}\n",
        encoding="utf-8",
    )
    book = load_rulebook(own=[own]).only("medical-claim")
    book.__dict__["likeness"] = SMALL
    assert raised(book, LINE) == []


def test_a_table_is_read_as_it_was_written(tmp_path: Path):
    path = tmp_path / "table.tsv"
    path.write_text(
        '{"rules":["a","b"],"biases":[-1.0,-9.0],"screen_bias":0.5,"texts":7}\n银针\t120\t0:450\t1:-30\n针\t\n',
        encoding="utf-8",
    )
    table = load_likeness(path)
    assert (table.rules, table.texts) == (["a", "b"], 7)
    assert list(table.read("这里的银针", 0.5)) == ["a"]
    path.write_text('{"rules":["a"]}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="biases"):
        load_likeness.__wrapped__(path)


def test_the_table_that_ships_is_of_rules_that_exist():
    table = load_likeness(TABLE)
    assert set(table.rules) <= {rule.id for rule in rulebook()}
    assert len(table.rules) >= 30
    assert table.texts > 5_000
