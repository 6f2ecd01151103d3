"""What `rules evaluate` measured: as data, and as tables."""

from __future__ import annotations

from msgspec import Struct

from detectors.lab.evaluation import wilson

__all__ = [
    "DeliveryScore",
    "LawfulScore",
    "OperatorScore",
    "Proportion",
    "Report",
    "RuleScore",
    "proportion",
    "show",
]


class Proportion(Struct):
    """Some of a number, with Wilson's interval of 95 %."""

    found: int
    of: int
    low: float
    high: float


class RuleScore(Struct):
    """One rule on its texts or its recordings."""

    rule: str
    kind: str
    half: str
    rows: int
    recall: Proportion
    precision: Proportion
    wrong: list[str]


class LawfulScore(Struct):
    """Lines on which nothing may be raised."""

    kind: str
    lines: int
    alarmed: Proportion
    per_1000: float
    wrong: list[str]


class OperatorScore(Struct):
    """One way of hiding words."""

    rule: str
    """Empty: all rules."""
    operator: str
    kept: Proportion
    alarms: Proportion
    lost: list[str]
    caused: list[str]


class DeliveryScore(Struct):
    """Spoken lines joined or cut in one way, against the same lines one by one."""

    rule: str
    """Empty: all rules; `ordinary`: lawful lines of none, on which all are asked."""
    delivery: str
    kept: Proportion
    """Of the violations that are found in the line alone, those found in this delivery too."""
    gained: int
    """Violations that are found in this delivery alone."""
    lines: int
    """Lawful lines."""
    alerts: int
    """Alerts on them in this delivery."""
    alone: int
    """Alerts on the same lines one by one."""
    lost: list[str]
    caused: list[str]


class Report(Struct):
    """Everything that was measured."""

    rules: list[RuleScore] = []
    families: list[RuleScore] = []
    """By the family of the rules' code, where it has several rules; `rule` is its name."""
    totals: list[RuleScore] = []
    lawful: list[LawfulScore] = []
    evasion: list[OperatorScore] = []
    delivery: list[DeliveryScore] = []
    unknown: list[str] = []
    """Labelled files of rules that the packs do not have."""


def proportion(found: int, of: int) -> Proportion:
    """Some of a number, with its interval."""
    low, high = wilson(found, of)
    return Proportion(found, of, round(low, 4), round(high, 4))


def show(report: Report, *, wrong: bool, by_rule: bool) -> None:
    """Prints the tables.

    Args:
        wrong: the rows that were decided wrongly, too.
        by_rule: what hiding words did to each rule, too.
    """
    if report.rules:
        print(f"{'rule':26}{'rows':>6}{'recall':>18}{'95 %':>16}{'precision':>18}{'95 %':>16}  set")
    for row in report.rules:
        _show_row(row.rule, row)
        if wrong:
            for line in row.wrong:
                print(f"    {line}")
    for row in report.families:
        _show_row(f"family {row.rule}", row)
    for row in report.totals:
        _show_row(f"all {row.kind}", row)
    for rule in report.unknown:
        print(f"{rule:26} no such rule in the packs")
    if report.lawful:
        print("\nlawful lines: those with an alert of level lead or watch")
    for lawful in report.lawful:
        alarmed = lawful.alarmed
        print(
            f"  {lawful.kind:12}{lawful.lines:6} lines{alarmed.found:5} alerts"
            f"{lawful.per_1000:8.1f} per 1,000"
            f"   95 % {1000 * alarmed.low:.1f}–{1000 * alarmed.high:.1f}"
        )
        if wrong:
            for line in lawful.wrong:
                print(f"    {line}")
    if report.evasion:
        print(f"\n{'hidden by':16}{'recall kept':>18}{'95 %':>16}{'alarms caused':>18}{'95 %':>16}")
    for operator in report.evasion:
        if operator.rule and not by_rule:
            continue
        name = operator.operator if not operator.rule else f"  {operator.rule}"
        print(f"{name:16}{_cells(operator.kept)}{_cells(operator.alarms)}")
        if wrong:
            for line in operator.lost:
                print(f"    lost: {line}")
            for line in operator.caused:
                print(f"    caused: {line}")
    _show_delivery(report.delivery, wrong=wrong, by_rule=by_rule)


def _show_delivery(rows: list[DeliveryScore], *, wrong: bool, by_rule: bool) -> None:
    if rows:
        print(f"\n{'delivered':16}{'recall kept':>18}{'95 %':>16}{'gained':>8}", end="")
        print(f"{'lawful lines':>14}{'alerts':>8}{'alone':>8}")
    for row in rows:
        if row.rule and row.rule != "ordinary" and not by_rule:
            continue
        name = row.delivery if not row.rule else f"  {row.delivery} {row.rule}"
        print(f"{name:16}{_cells(row.kept)}{row.gained:>8}", end="")
        print(f"{row.lines:>14}{row.alerts:>8}{row.alone:>8}")
        if wrong:
            for line in row.lost:
                print(f"    lost: {line}")
            for line in row.caused:
                print(f"    caused: {line}")


def _show_row(name: str, row: RuleScore) -> None:
    print(
        f"{name:26}{row.rows:6}{_cells(row.recall)}{_cells(row.precision)}  {row.kind} {row.half}"
    )


def _cells(part: Proportion) -> str:
    # Under ten cases a percentage says more than it knows.
    share = f"{part.found}/{part.of}"
    if part.of >= 10:
        share += f" {part.found / part.of:.2f}"
    return f"{share:>18}{f'{part.low:.2f}–{part.high:.2f}':>16}"
