"""Selling phrases that authorities or the press reported: each must raise what it was reported for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import get_args

import pytest

from detectors.lab.evaluation import ACCUSING, LabelledText, Role, decide, text_events
from tests.detectors.build import rulebook

SAMPLES = os.environ.get("LIVEWATCH_SAMPLES")
#: Rules of which one must raise, by what a phrase was reported for.
RULES = {
    "medical_claim": {"medical-claim"},
    "health_function_claim": {"health-food-claim", "medical-claim"},
    "absolute_term": {"absolute-term"},
    "value_appreciation": {"false-claim", "investment-promise"},
    "false_endorsement": {"false-claim", "state-organ-name"},
}
SPOKEN = {"product_card": "product_title", "host_speech": "host_speech", "ad": "host_speech"}


def reported() -> list[dict[str, object]]:
    """The phrases of the seller's side that words alone can show; prices need prices."""
    if not SAMPLES:
        return []
    lines = (Path(SAMPLES) / "claims_fixture" / "claims.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["modality"] in SPOKEN and RULES.keys() & set(row["label"])]


@pytest.mark.samples
@pytest.mark.skipif(not SAMPLES, reason="set LIVEWATCH_SAMPLES to the folder of the samples")
def test_a_reported_phrase_raises_what_it_was_reported_for_whatever_is_known_of_the_goods() -> None:
    rows = reported()
    assert len(rows) >= 14
    silent = []
    for row in rows:
        role = SPOKEN[str(row["modality"])]
        assert role in get_args(Role)
        text = LabelledText(text=str(row["text"]), label=True, role=role)  # type: ignore[arg-type]
        raised = {
            alert.rule
            for alert in decide(rulebook(), text_events(text), None)
            if alert.level in ACCUSING
        }
        wanted = [rules for label, rules in RULES.items() if label in row["label"]]  # type: ignore[operator]
        if not all(raised & rules for rules in wanted):
            silent.append((row["text"], raised))
    assert silent == []
