"""Where clauses and sentences may end without marks: the models, and what they must not do."""

from __future__ import annotations

import msgspec
import pytest

from detectors.speech.clauses import (
    BEFORE,
    FIELD,
    PLACE,
    REACH,
    ROW,
    TABLE,
    WIDTH,
    ClauseEnds,
    ClauseTable,
    load_clause_ends,
    packed,
)
from detectors.speech.passages import passages


def slow_sums(bias, weights, text, side):
    """The same sums, gram by gram."""
    found = []
    for place in range(len(text)):
        total = bias
        for size, (first, last) in REACH.items():
            for begin in range(first, last + 1):
                start = place + begin
                if start >= 0 and start + size <= len(text):
                    weighed = weights.get(text[start : start + size], [(0, 0)] * WIDTH)
                    total += weighed[BEFORE - begin][side]
        found.append(total)
    return found


def test_the_sums_of_all_places_are_those_of_each():
    clause = {
        "了": [0, 0, 0, -7, 5, 300, -2, 0, 0],
        "来了": [0, 0, 0, 0, -90, 12, 40, 1, 0],
        "下来了": [0, 0, 0, 9, 0, -3, -120, 210, 0],
        "这": [0, 0, 0, -5, 160, -40, 0, 0, 3],
    }
    sentence = {gram: [-3 * one for one in weighed] for gram, weighed in clause.items()}
    weights = {
        gram: list(zip(clause[gram], sentence[gram], strict=True)) for gram in sorted(clause)
    }
    table = ClauseTable(
        -35, 20, "\n".join(weights), b"".join(map(packed, weights.values())), [0, 0]
    )
    ends = ClauseEnds(table)
    for text in ("", "了", "这了", "血压下来了这个茶真不错来了", "这" * 120 + "下来了" * 40):
        found = ends.read(text)
        assert found.clause == slow_sums(-35, weights, text, 0)
        assert found.sentence == slow_sums(20, weights, text, 1)


@pytest.mark.slow
def test_no_weight_can_overflow_its_field():
    grams = sum(last - first + 1 for first, last in REACH.values())
    table = msgspec.msgpack.decode(TABLE.read_bytes(), type=ClauseTable)
    assert len(table.rows) == ROW * (table.grams.count("\n") + 1)
    heaviest = 0
    # All fields raised by half, so that none borrows of the next.
    half = sum(1 << (FIELD * number + FIELD - 1) for number in range(PLACE // FIELD * WIDTH))
    for low in range(0, len(table.rows), ROW):
        row = int.from_bytes(table.rows[low : low + ROW], "little", signed=True)
        fields = memoryview((row + half).to_bytes(ROW, "little")).cast("H")
        heaviest = max(heaviest, *(abs(one - (1 << FIELD - 1)) for one in fields))
    assert heaviest * grams < 1 << (FIELD - 1)


@pytest.mark.parametrize(
    "lines",
    [
        ["库存还有三十件", "这个茶喝一个月高血压就降下来了", "运费险都送的"],
        ["先点个关注", "喜欢的姐妹直接去拍", "今天下单明天发货"],
        ["这款面霜烂脸三天就好了", "我自己也在用", "一号链接"],
    ],
)
def test_clauses_end_where_lines_were_joined(lines):
    text = "".join(lines)
    clause, _ = load_clause_ends().read(text)
    for number in range(1, len(lines)):
        place = sum(map(len, lines[:number]))
        assert clause[place] == max(clause[place - 2 : place + 3])
        assert clause[place] > -50


def test_figures_and_latin_words_are_not_parted():
    text = "今天到手价1299块9买sk2神仙水送正装前男友面膜5片大家看一下喜欢的拍一号链接今天发货"
    cut = passages(text)
    assert cut is not None
    within = {text.index("1299") + 1, text.index("sk2") + 1, text.index("sk2") + 2}
    assert not within & {*cut.commas, *(place for one in cut.ranges for place in one)}
