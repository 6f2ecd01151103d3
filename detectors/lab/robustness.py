"""How rules hold when words are hidden: recall kept, beside the alarms that hiding causes.

The same operators are put on what a rule found (its evidence spans) and on lawful text (the
words the rule would look at, else any words): recall that is paid for by alarms is no gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from detectors.alerts import Alert
from detectors.lab.evaluation import LabelledText, decide, text_events
from detectors.lab.evasion import OPERATORS, Operator, Places, words_of
from detectors.match.fold import fold
from detectors.pack.load import Rulebook

__all__ = ["Kept", "Robustness", "measure", "texts_of_cases"]


class Kept(Struct):
    """What one operator did to one rule."""

    changed: int = 0
    """Texts that the rule found and that the operator could change."""
    kept: int = 0
    """Of them, found in their disguise too."""
    lawful: int = 0
    """Lawful texts that the operator could change."""
    alarms: int = 0
    """Of them, those on which the disguise raised an alarm that the clean text did not."""
    lost: list[str] = []
    caused: list[str] = []


class Robustness(Struct):
    """Figures by rule and operator; a lawful text of no rule in particular counts under ``""``."""

    by_rule: dict[str, dict[str, Kept]] = {}

    def of(self, rule: str, operator: str) -> Kept:
        return self.by_rule.setdefault(rule, {}).setdefault(operator, Kept())

    def total(self, operator: str) -> Kept:
        """One operator over all rules."""
        whole = Kept()
        for operators in self.by_rule.values():
            one = operators.get(operator, Kept())
            whole.changed += one.changed
            whole.kept += one.kept
            whole.lawful += one.lawful
            whole.alarms += one.alarms
        return whole


def measure(
    rulebook: Rulebook,
    labelled: Mapping[str, Sequence[LabelledText]],
    ordinary: Iterable[LabelledText] = (),
    operators: Mapping[str, Operator] | None = None,
) -> Robustness:
    """Disguises labelled texts of rules, and lawful texts of none.

    Args:
        labelled: texts by the rule that must, or must not, raise on them.
        ordinary: texts on which no rule may raise.
        operators: by name; those of `detectors.lab.evasion` by default.
    """
    chosen = operators if operators is not None else OPERATORS
    result = Robustness()
    for rule, rows in labelled.items():
        for row in rows:
            _disguise(rulebook, rule, row, chosen, result)
    for row in ordinary:
        _disguise(rulebook, None, row, chosen, result)
    return result


def texts_of_cases(rulebook: Rulebook, rule_ids: Iterable[str]) -> dict[str, list[LabelledText]]:
    """The rules' own cases that are one line of the host, as labelled texts."""
    return {
        rule_id: [
            LabelledText(
                text=case["text"],
                label=bool(case.get("expect")),
                category=case.get("category"),
                host_kind=case.get("host_kind"),
            )
            for case in rulebook[rule_id].spec.cases
            if isinstance(case.get("text"), str)
            and not case.keys() & {"events", "product", "rooms"}
        ]
        for rule_id in rule_ids
    }


def _disguise(
    rulebook: Rulebook,
    rule: str | None,
    row: LabelledText,
    operators: Mapping[str, Operator],
    result: Robustness,
) -> None:
    clean = decide(rulebook, text_events(row), rule)
    if bool(clean) != row.label:
        # Decided wrongly without any disguise: no matter of evasion.
        return
    places = _decisive(row, clean, rule) if row.label else _tempting(rulebook, rule, row.text)
    if not places:
        return
    for name, operator in operators.items():
        disguised = operator(row.text, places)
        if disguised == row.text:
            continue
        raised = bool(
            decide(rulebook, text_events(msgspec.structs.replace(row, text=disguised)), rule)
        )
        counts = result.of(rule or "", name)
        if row.label:
            counts.changed += 1
            counts.kept += raised
            if not raised:
                counts.lost.append(disguised)
        else:
            counts.lawful += 1
            counts.alarms += raised
            if raised:
                counts.caused.append(disguised)


def _decisive(row: LabelledText, alerts: Sequence[Alert], rule: str | None) -> Places:
    """The words of the line that the verdict stands on."""
    return sorted(
        {
            (span.start, span.end)
            for alert in alerts
            if rule is None or alert.rule == rule
            for span in alert.evidence.spans
            if row.text[span.start : span.end] == span.text
        }
    )


def _tempting(rulebook: Rulebook, rule: str | None, text: str) -> Places:
    """The words of a lawful line that rules look at; without any, some of its words."""
    folded = fold(text)
    found = rulebook.lexicon.scan(folded.text)
    hits = [hit for owner, hits in found.items() if rule in (None, owner) for hit in hits]
    places = sorted({folded.to_original(hit.start, hit.end) for hit in hits})
    return places or words_of(text)
