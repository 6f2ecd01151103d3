"""How often rules are asked about texts that hold nothing for them: what the core's speed hangs on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from detectors.engine.reader import Reader
from detectors.lab.evaluation import read_texts
from tests.detectors.build import rulebook

ORDINARY = Path(__file__).parents[1] / "data" / "labelled" / "ordinary.jsonl"
#: Rules that are asked about a hundred characters of ordinary lines; and the share of lines for one
#: group. Half of the lines were written to tempt.
MOST_ASKED = 10
MOST_OF_A_GROUP = 0.3


@pytest.mark.slow(2)
def test_few_rules_are_asked_about_ordinary_lines() -> None:
    book = rulebook()
    lines = read_texts(ORDINARY.read_bytes())[::3]  # that many tell a share
    reader = Reader(book)
    asked: Counter[str] = Counter()
    groups: Counter[tuple[str, str]] = Counter()
    for line in lines:
        read = reader.read(line.text)
        asked.update(one.rule for one in read.asked)
        for rule, (_, hits) in read.found.items():
            groups.update((rule, group) for group in {hit.group for hit in hits})
    leading = Counter(
        {(rule, group): n for (rule, group), n in groups.items() if book[rule].leads(group)}
    )
    worst = leading.most_common(5)
    hint = f"name groups that only go along with others as `supporting`: {worst}"
    assert asked.total() <= MOST_ASKED * sum(len(line.text) for line in lines) / 100, hint
    assert worst[0][1] <= MOST_OF_A_GROUP * len(lines), hint
