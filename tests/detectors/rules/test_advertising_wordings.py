"""The rules of words about advertising and rivals, on many ways to say the same thing.

The wordings are our own (`tests/data/wordings`); they are no measure, since the rules were
written with them at hand.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detectors.build import product, room, run, session, speech

WORDINGS = Path(__file__).parents[2] / "data" / "wordings"
#: The share of the lines that a rule may miss.
MISSED_MOST = 0.05
RULES = sorted(path.stem for path in WORDINGS.glob("*.txt") if "." not in path.stem)


def _rows(rule: str, sign: str) -> list[tuple[str, str]]:
    """Class of goods and words of the lines that begin with a sign."""
    lines = (WORDINGS / f"{rule}.txt").read_text(encoding="utf-8").splitlines()
    parts = [line[1:].partition("|") for line in lines if line.startswith(sign)]
    return [(category, text) for category, _, text in parts]


def _is_raised(rule: str, category: str, text: str) -> bool:
    on_card = text.startswith("title:")
    said = text.removeprefix("title:")
    card = {"title": said if on_card else "商品", "status": "explaining"}
    if category:
        card["category"] = category
    kind = "influencer" if rule == "endorser-rule" else "seller"
    events = [session("started", -60), room(-55, host_kind=kind), product(-50, **card)]
    if not on_card:
        events.append(speech(said, 0, sku="A"))
    return bool(run(rule, events))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.slow
def test_is_raised(rule: str) -> None:
    rows = _rows(rule, "+")
    assert len(rows) >= 30
    missed = [row for row in rows if not _is_raised(rule, *row)]
    # Frames are written for what a law forbids, and not for each of these lines.
    assert len(missed) <= MISSED_MOST * len(rows), missed


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.slow
def test_is_lawful(rule: str) -> None:
    rows = _rows(rule, "-")
    assert len(rows) >= 20
    assert [row for row in rows if _is_raised(rule, *row)] == []


@pytest.mark.slow
def test_ordinary_talk_is_lawful_by_all_of_them() -> None:
    rows = _rows("all.lawful", "-")
    assert len(rows) >= 60
    assert [(rule, *row) for rule in RULES for row in rows if _is_raised(rule, *row)] == []
