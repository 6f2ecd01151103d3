"""Rules that find what is said by its parts: the lines on which they were made, from both sides.

The lines are in `tests/data/labelled`. They measure nothing any more; they keep what was found.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.lab.evaluation import raised_by, read_texts, text_events
from tests.detectors.build import only

LABELLED = Path(__file__).parents[2] / "data" / "labelled"
#: The share of the violations that is found at least.
FOUND = 0.9
RULES = (
    "compare-unfounded", "gift-value", "hidden-condition", "off-platform-lure",
    "paid-positive-review", "price-hike-rumour", "prize-over-cap", "prize-unclear",
    "pyramid-recruit",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_lines_from_both_sides(rule):
    book = only(rule).on_trial(rule)
    found, violations, wrong = 0, 0, []
    for row in read_texts((LABELLED / f"{rule}.dev.jsonl").read_bytes()):
        raised = any(alert.rule == rule for alert in raised_by(book, text_events(row)))
        violations += row.label
        found += row.label and raised
        if raised and not row.label:
            wrong.append(row.text)
    assert wrong == []
    assert found >= FOUND * violations
