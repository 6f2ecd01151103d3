"""`livewatch rules`: what is watched for, on which legal basis, and the rules' own cases."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import get_args

import msgspec
from msgspec import Struct

from detectors.cases import CaseError, run_cases
from detectors.law import LawTable
from detectors.pack import PackError, Rulebook, load_rulebook
from detectors.rule import LawRef, Rule, Stage
from monitor.commands.exits import Exit

__all__ = ["RuleInfo", "check_cases", "describe", "show_rules"]


class RuleInfo(Struct, kw_only=True):
    """A rule as `rules list --json` shows it."""

    id: str
    title: str
    title_en: str
    version: int
    focus: str
    level: str
    """The highest that it may raise."""
    law: list[dict[str, str]]
    """Candidate bases: law, article and penalty as in force now, and the fact that decides."""
    status: str
    """What was read of the deciding basis: verified, excerpt, unverified."""
    stage: str
    cases: dict[str, int]
    code: str
    thresholds: dict[str, dict[str, int | float | str]]


def describe(rule: Rule, law: LawTable, now_ms: int) -> RuleInfo:
    """What a rule's pack says about it, with its bases as in force at a time."""
    spec = rule.spec
    positive = sum(1 for case in spec.cases if case.get("expect"))
    return RuleInfo(
        id=spec.id,
        title=spec.title,
        title_en=spec.title_en,
        version=spec.version,
        focus=spec.focus,
        level=spec.level,
        law=[_basis(basis, law, now_ms) for basis in spec.law],
        status=spec.status,
        stage=spec.stage,
        cases={"positive": positive, "negative": len(spec.cases) - positive},
        code=spec.code,
        thresholds={
            name: {"value": limit.value, "origin": limit.origin, "note": limit.note}
            for name, limit in spec.thresholds.items()
        },
    )


def _basis(basis: LawRef, law: LawTable, now_ms: int) -> dict[str, str]:
    shown = {"ref": basis.ref, "when": basis.when}
    resolved = law.resolve(basis.ref, now_ms, basis.when)
    if resolved is not None:
        shown |= {"law": resolved.law, "article": resolved.article, "penalty": resolved.penalty}
    return shown


def show_rules(*, as_json: bool = False, stages: Sequence[str] = ()) -> Exit:
    """Prints every rule, by focus area and id."""
    unknown = sorted(set(stages) - set(get_args(Stage)))
    if unknown:
        _warn(
            f"livewatch rules list: no stage {', '.join(unknown)}; there are {', '.join(get_args(Stage))}"
        )
        return Exit.USAGE
    rulebook = _load()
    if rulebook is None:
        return Exit.CONFIGURATION
    now_ms = time.time_ns() // 1_000_000
    rules = sorted(
        (describe(rule, rulebook.law, now_ms) for rule in rulebook),
        key=lambda rule: (rule.focus, rule.id),
    )
    if stages:
        rules = [rule for rule in rules if rule.stage in stages]
    if as_json:
        _print(msgspec.json.format(msgspec.json.encode(rules), indent=2).decode())
        return Exit.DONE
    rows = [
        (
            rule.focus,
            rule.id,
            rule.title,
            rule.level,
            rule.stage,
            rule.status,
            f"{rule.cases['positive']}+{rule.cases['negative']}",
        )
        for rule in rules
    ]
    _table(("focus", "id", "title", "level", "stage", "basis", "cases"), rows)
    return Exit.DONE


def check_cases(*, rule_ids: Sequence[str] = (), verbose: bool = False) -> Exit:
    """Runs the inline cases of the packs; those that fail are printed."""
    rulebook = _load()
    if rulebook is None:
        return Exit.CONFIGURATION
    unknown = [rule_id for rule_id in rule_ids if rule_id not in rulebook]
    if unknown:
        _warn(
            f"livewatch rules test: no rule {', '.join(unknown)}; `livewatch rules list` names them"
        )
        return Exit.USAGE
    try:
        results = run_cases(rulebook, list(rule_ids) or None)
    except CaseError as error:
        _warn(f"livewatch rules test: {error}")
        return Exit.CHECK_FAILED
    failed = [result for result in results if not result.ok]
    for result in failed:
        _print(f"FAILED  {result.rule}: {result.name}\n        {result.message}")
    if verbose:
        for result in results:
            if result.ok:
                _print(f"ok      {result.rule}: {result.name}")
    rules = len({result.rule for result in results})
    _print(f"{len(results) - len(failed)} of {len(results)} cases of {rules} rules hold")
    return Exit.CHECK_FAILED if failed else Exit.DONE


def _load() -> Rulebook | None:
    try:
        return load_rulebook()
    except PackError as error:
        _warn(f"livewatch rules: {error}")
        return None


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table on a terminal; elsewhere a line a row, with tabs, for other programs."""
    if not sys.stdout.isatty():
        for row in rows:
            _print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in header:
        table.add_column(name, no_wrap=name != "title", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _warn(text: str) -> None:
    sys.stderr.write(text + "\n")
