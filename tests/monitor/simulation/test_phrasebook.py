"""Lines drawn from lists of words."""

from __future__ import annotations

import random
import re

import pytest
import yaml

from monitor.simulation.adaptation import _TEXTS
from monitor.simulation.phrasebook import WORDS as WORD_FILES
from monitor.simulation.phrasebook import Phrasebook, data, phrasebook

WORDS = {"goods": ["沃柑", "雪梨"], "host": "老周", "topic": ["甜不甜"], "joke": ["榴莲宴"], "pet": "小橘", "goods2": "苹果", "user": "某人", "count": "860", "other": "阿秀", "word": "想要", "prize": "杯子", "question": "几岁", "yuan": "9元", "friend": "阿木", "from": "9元", "to": "8元", "lasts": "5", "clock": "20:30"}  # fmt: skip
BOOK = Phrasebook({"a": ["[一|二]{goods}[赞]{n}"], "b": ["{left}，{right}，"], "left": [""], "right": ["好", ""]})  # fmt: skip


def test_slots_and_choices_are_filled_and_other_brackets_are_text() -> None:
    drawn = {BOOK.draw(random.Random(seed), "a", WORDS) for seed in range(60)}

    assert all(re.fullmatch(r"[一二](沃柑|雪梨)\[赞\]\d+", text) for text in drawn)
    assert len({text[0] for text in drawn}) == len({text[1:3] for text in drawn}) == 2


def test_parts_that_are_left_out_leave_no_commas() -> None:
    assert {BOOK.draw(random.Random(seed), "b", WORDS) for seed in range(20)} == {"好", ""}


@pytest.mark.parametrize("name", ["viewers", "crowd", "host", "campaigns"])
def test_every_text_of_every_list_can_be_drawn(name: str) -> None:
    book, rng = phrasebook(), random.Random(1)
    for key, entries in data(name).items():
        if isinstance(entries, dict) or isinstance(entries[0], list):
            continue
        for text in map(str, entries):
            filled = book.fill(rng, text, WORDS)
            assert not re.search(r"[{}|]|\[[^\]]*\|", filled), (key, text, filled)


@pytest.mark.slow
def test_no_list_says_a_thing_twice() -> None:
    paths = sorted(WORD_FILES.glob("*.yaml"))
    assert len(paths) == 7
    for path in paths:
        for name, entries in yaml.safe_load(path.read_text("utf-8")).items():
            if isinstance(entries, list) and not isinstance(entries[0], list):
                twice = {entry for entry in entries if len(entry) > 3 and entries.count(entry) > 1}
                assert not twice, (path.name, name)


def test_crowds_of_different_rooms_write_differently() -> None:
    def lines(seed: int) -> set[str]:
        rng = random.Random(seed)
        book = phrasebook().of_room(rng)
        return {line for _ in range(800) if len(line := book.remark(rng, WORDS)) > 6}

    one, other = lines(1), lines(2)
    assert len(one) > 100
    assert len(one & other) < 0.15 * len(one)


def test_a_mistyped_line_is_nearly_the_same() -> None:
    book, rng = phrasebook(), random.Random(3)
    for _ in range(300):
        text = book.remark(rng, WORDS)
        other = book.mistype(rng, text)
        assert other != "" or len(text) <= 1
        assert abs(len(other) - len(text)) <= 4


def test_there_are_as_many_texts_as_a_campaign_may_use() -> None:
    lists = data("campaigns")
    assert len(lists["verbatim"]) >= 12
    assert len(lists["slotted"]) >= _TEXTS["slot-praise"]
    assert len(lists["buying"]) >= _TEXTS["buying-lines"]
    assert len(lists["praise_short"]) >= max(_TEXTS["short-lines"], _TEXTS["robot-atmosphere"])
    assert all(3 <= len(text) <= 8 for text in lists["praise_short"])
