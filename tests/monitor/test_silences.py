"""Whoever asks why a rule kept silent reads words, not codes."""

from __future__ import annotations

import ast

from monitor.silences import SILENCES
from tests.copies import ROOT
from tests.detectors.build import rulebook

#: Calls whose first argument is the code of a silence.
STATING = ("decline", "Declined", "Inconclusive")


def stated_by_code() -> set[str]:
    """The codes that stand in the calls themselves."""
    codes = set()
    for path in (ROOT / "detectors").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and call.args):
                continue
            if ast.unparse(call.func).rpartition(".")[2] not in STATING:
                continue
            code = call.args[0]
            choices = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
            codes |= {one.value for one in choices if isinstance(one, ast.Constant)}
    return codes


def stated_by_packs() -> set[str]:
    codes = set()
    for spec in (rule.spec for rule in rulebook()):
        codes |= {unless.why for frame in spec.frames for unless in frame.unless}
        codes |= {code for exemption in spec.exemptions for code in exemption.silences}
        codes |= {case["declined"] for case in spec.cases if case.get("declined")}
        if spec.about is not None:
            codes.add(spec.about.why)
    return codes


def test_every_silence_of_our_rules_has_words() -> None:
    assert {"negated", "no-gift", "own-room"} <= stated_by_code() | stated_by_packs()
    assert (stated_by_code() | stated_by_packs()) - SILENCES.keys() == set()
