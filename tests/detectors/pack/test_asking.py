"""Which rules a text may say something to: none that it says something to is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from detectors.engine.reader import Reader
from detectors.match.fold import fold
from detectors.match.typed import holds, may_hold
from detectors.pack.frames import TYPED
from detectors.pack.load import load_rulebook
from tests.detectors.build import rulebook, without_model
from tests.detectors.claims.test_framed import RULE


def asked_about(reader: Reader, text: str) -> set[str]:
    return {one.rule for one in reader.read(text).asked}


@pytest.mark.slow
def test_a_frame_is_asked_about_each_of_its_own_sentences() -> None:
    reader = Reader(without_model())
    missed = [
        (rule.id, text)
        for rule in rulebook().readers
        for frame in rule.spec.frames
        for text in frame.fires
        if rule.id not in asked_about(reader, text)
    ]
    assert missed == []


@pytest.mark.slow
def test_a_sentence_of_a_frame_hints_at_what_a_rule_that_has_it_looks_for() -> None:
    """Rules share frames: a sentence about food need not hint at what is said of cosmetics."""
    reader = Reader(rulebook())
    having: dict[str, set[str]] = {}
    for rule in rulebook().readers:
        for frame in rule.spec.frames:
            for text in frame.fires:
                having.setdefault(text, set()).add(rule.id)
    assert [text for text, rules in having.items() if not rules & asked_about(reader, text)] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("老茶养胃只要三天", True),
        ("老茶养胃只要它", False),
        ("老茶对眼睛好", True),
        ("老茶对皮肤好", True),
        ("老茶对谁都好", False),
    ],
)
def test_a_rule_is_not_asked_where_a_figure_or_every_kind_of_a_slot_is_missing(
    tmp_path: Path, text: str, is_asked: bool
) -> None:
    frames = [
        {
            **RULE["frames"][0], "id": "soon", "seq": ["tea", {"gap": 4}, "cure", {"gap": 4}, "<span>"],
            "fires": ["老茶养胃只要三天"], "quiet": ["老茶养胃"],
        },
        {
            **RULE["frames"][0], "id": "part", "seq": ["tea", {"gap": 4}, "part"],
            "fires": ["老茶对眼睛好"], "quiet": ["老茶对谁都好"],
        },
    ]  # fmt: skip
    slots = {**RULE["slots"], "part.eye": ["眼睛"], "part.skin": ["皮肤"]}
    path = tmp_path / "tea.yaml"
    path.write_text(
        yaml.safe_dump({"rules": [{**RULE, "slots": slots, "frames": frames}]}, allow_unicode=True),
        "utf-8",
    )
    reader = Reader(load_rulebook([path]))
    words = reader.lexicon.read(fold(text))

    assert words
    assert (load_rulebook([path]).asking.rules(words) == ["tea-cure"]) is is_asked


@pytest.mark.parametrize("kind", TYPED)
def test_a_part_of_a_text_has_no_figure_that_a_longer_part_could_not_have(kind: str) -> None:
    text = "满三百克的阿胶翻两倍只要二百块,加abc12345第三届五常百分之九十八30天"
    for low in range(1, len(text)):
        for high in range(low + 1, len(text)):
            if holds(kind, text[low:high]):
                assert may_hold(kind, text[low - 1 : high + 1]), text[low:high]
