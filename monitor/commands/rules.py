"""`livewatch rules`: what is watched for, on which legal basis, and whether the packs are whole."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import get_args

from msgspec import Struct

from detectors.lab.cases import CaseError, CaseResult, run_cases
from detectors.lab.checking import check_rulebook
from detectors.lab.robustness import measure, texts_of_cases
from detectors.pack.law import LawTable
from detectors.pack.load import Rulebook
from detectors.pack.unseen import Unseen, unseen_violations
from detectors.rule import LawRef, Rule, Stage
from monitor.commands.answer import answer, print_json
from monitor.commands.evaluate import evasion_scores
from monitor.commands.exits import Exit
from monitor.commands.progress import progress, working
from monitor.commands.scores import OperatorScore, Report, show
from monitor.config import load_config
from monitor.errors import ConfigError
from monitor.images import CachedImages
from monitor.rulebooks import rulebook_for, rulebook_of, today

__all__ = ["RuleInfo", "check_cases", "check_packs", "compile_packs", "describe", "show_rules"]

#: Stage under which violations are listed that no rule looks for.
UNSEEN = "unseen"


class RuleInfo(Struct, kw_only=True):
    """A rule as `rules list --json` shows it; or a violation that no rule looks for."""

    id: str
    title: str
    title_en: str
    version: int
    focus: str
    level: str
    """The highest that it may raise; `none` where no rule looks."""
    law: list[dict[str, str]]
    """Candidate bases: law, article and penalty as in force now, and the fact that decides."""
    status: str
    """What was read of the deciding basis: verified, excerpt, unverified."""
    stage: str
    """As of the pack; `unseen`: no rule looks for it."""
    cases: dict[str, int]
    code: str
    thresholds: dict[str, dict[str, int | float | str]]
    pack: str = ""
    """File that it stands in."""
    overridden: list[str] = []
    """Why this site has it otherwise than it ships."""
    reason: str = ""
    """Why no rule looks for it."""
    needs: str = ""
    """What would be needed to look for it."""


def describe(rule: Rule, rulebook: Rulebook, now_ms: int) -> RuleInfo:
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
        law=[_basis(basis, rulebook.law, now_ms) for basis in spec.law],
        status=spec.status,
        stage=spec.stage,
        cases={"positive": positive, "negative": len(spec.cases) - positive},
        code=spec.code,
        thresholds={
            name: {"value": limit.value, "origin": limit.origin, "note": limit.note}
            for name, limit in spec.thresholds.items()
        },
        pack=Path(rulebook.sources.get(spec.id, "")).name,
        overridden=[change.reason for change in rulebook.overrides.get(spec.id, ())],
    )


def _basis(basis: LawRef, law: LawTable, now_ms: int) -> dict[str, str]:
    shown = {"ref": basis.ref, "when": basis.when}
    resolved = law.resolve(basis.ref, now_ms, basis.when)
    if resolved is not None:
        shown |= {"law": resolved.law, "article": resolved.article, "penalty": resolved.penalty}
    return shown


def _not_looked_for(violation: Unseen) -> RuleInfo:
    return RuleInfo(
        id=violation.id,
        title=violation.title,
        title_en=violation.title_en,
        version=0,
        focus=violation.focus,
        level="none",
        law=[],
        status="none",
        stage=UNSEEN,
        cases={"positive": 0, "negative": 0},
        code="",
        thresholds={},
        reason=violation.reason,
        needs=violation.needs,
    )


def show_rules(
    *,
    as_json: bool = False,
    stages: Sequence[str] = (),
    packs: Sequence[Path] = (),
    config: Path | None = None,
) -> Exit:
    """Prints every rule, and every violation that none looks for, by focus area and id."""
    known = (*get_args(Stage), UNSEEN)
    unknown = sorted(set(stages) - set(known))
    if unknown:
        _warn(f"livewatch rules list: no stage {', '.join(unknown)}; there are {', '.join(known)}")
        return Exit.USAGE
    rulebook = _load(packs, config)
    if rulebook is None:
        return Exit.CONFIGURATION
    now_ms = time.time_ns() // 1_000_000
    rules = [describe(rule, rulebook, now_ms) for rule in rulebook]
    rules += [_not_looked_for(one) for one in unseen_violations() if one.id not in rulebook]
    rules.sort(key=lambda rule: (rule.focus, rule.id))
    if stages:
        rules = [rule for rule in rules if rule.stage in stages]
    if as_json:
        print_json(rules)
        return Exit.DONE
    rows = [
        (
            rule.focus,
            rule.id,
            rule.title,
            rule.level,
            rule.stage + ("*" if rule.overridden else ""),
            rule.status,
            f"{rule.cases['positive']}+{rule.cases['negative']}",
            f"{rule.reason}；需要：{rule.needs}" if rule.reason else "；".join(rule.overridden),
        )
        for rule in rules
    ]
    _table(("focus", "id", "title", "level", "stage", "basis", "cases", "note"), rows)
    return Exit.DONE


def check_cases(
    *,
    rule_ids: Sequence[str] = (),
    verbose: bool = False,
    evasion: bool = False,
    packs: Sequence[Path] = (),
    config: Path | None = None,
    as_json: bool = False,
) -> Exit:
    """Runs the inline cases of the packs; those that fail are printed.

    Args:
        rule_ids: of these rules; empty: of all.
        verbose: name the cases that hold, too.
        evasion: hide the decisive words of text cases in every way, and print what is kept.
    """
    rulebook = _load(packs, config)
    if rulebook is None:
        return Exit.CONFIGURATION
    unknown = [rule_id for rule_id in rule_ids if rule_id not in rulebook]
    if unknown:
        _warn(_no_rule("test", unknown))
        return Exit.USAGE
    try:
        results = _run(rulebook, rule_ids or [rule.id for rule in rulebook])
    except CaseError as error:
        _warn(f"livewatch rules test: {error}")
        return Exit.CHECK_FAILED
    failed = [result for result in results if not result.ok]
    if as_json:
        shown = results if verbose else failed
        scores = _disguised(rulebook, rule_ids) if evasion else None
        print_json(
            {"cases": len(results), "failed": len(failed), "results": shown, "evasion": scores}
        )
        return Exit.CHECK_FAILED if failed else Exit.DONE
    for result in failed:
        _print(f"FAILED  {result.rule}: {result.name}\n        {result.message}")
    if verbose:
        for result in results:
            if result.ok:
                _print(f"ok      {result.rule}: {result.name}")
    rules = len({result.rule for result in results})
    _print(f"{len(results) - len(failed)} of {len(results)} cases of {rules} rules hold")
    if evasion:
        report = Report(evasion=_disguised(rulebook, rule_ids))
        show(report, wrong=verbose, by_rule=bool(rule_ids))
    return Exit.CHECK_FAILED if failed else Exit.DONE


def _run(rulebook: Rulebook, rule_ids: Sequence[str]) -> list[CaseResult]:
    results: list[CaseResult] = []
    total = sum(len(rulebook[rule_id].spec.cases) for rule_id in rule_ids)
    with progress("cases", total, always=True) as bar:
        for rule_id in rule_ids:
            results += run_cases(rulebook, [rule_id])
            bar(len(results), rule_id)
    return results


def _disguised(rulebook: Rulebook, rule_ids: Sequence[str]) -> list[OperatorScore]:
    texts = texts_of_cases(rulebook, rule_ids or [rule.id for rule in rulebook])
    with working("hiding the words in every way"):
        return evasion_scores(measure(rulebook, texts))


def _no_rule(command: str, unknown: Sequence[str]) -> str:
    return f"livewatch rules {command}: no rule {', '.join(unknown)}; `livewatch rules list` names them"


def check_packs(
    *,
    on: str | None = None,
    rule_ids: Sequence[str] = (),
    packs: Sequence[Path] = (),
    suppressions: Path | None = None,
    config: Path | None = None,
    as_json: bool = False,
) -> Exit:
    """Prints what is wrong with packs and suppressions; that they load is the first check.

    Args:
        on: day of law and suppressions, by default today.
        rule_ids: look at these rules; empty: at all.
    """
    try:
        day = date.fromisoformat(on) if on is not None else today()
    except ValueError:
        _warn(f"livewatch rules check: {on!r} is no day: write 2026-12-31")
        return Exit.USAGE
    try:
        load_config(config, os.environ)
    except ConfigError as error:
        _warn(f"livewatch rules check: {error}")
        return Exit.CONFIGURATION
    rulebook = _load(packs, config, suppressions)
    if rulebook is None:
        return Exit.CHECK_FAILED
    unknown = [rule_id for rule_id in rule_ids if rule_id not in rulebook]
    if unknown:
        _warn(_no_rule("check", unknown))
        return Exit.USAGE
    problems = check_rulebook(rulebook, day, rule_ids)
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        print_json(problems)
    else:
        for problem in problems:
            _print(f"{problem.severity:8}{problem.rule}: {problem.what}")
        _print(
            f"{len(set(rule_ids)) or len(rulebook)} rules and {len(rulebook.suppressions)} suppressions as of {day}: "
            f"{errors} errors, {len(problems) - errors} warnings"
        )
    return Exit.CHECK_FAILED if errors else Exit.DONE


def compile_packs(
    packs: Sequence[Path] = (), config: Path | None = None, *, as_json: bool = False
) -> Exit:
    """Compiles the rules into their image, whether it is there or not, and says where it lies."""
    try:
        settings = load_config(config, os.environ).rules
        own = [*(Path(name) for name in settings.packs), *packs]
        images = CachedImages(own, replace=False)
        images.path.unlink(missing_ok=True)
        rulebook_of(settings, packs, warn=False).prepare()
    except ConfigError as error:
        _warn(f"livewatch rules: {error}")
        return Exit.CONFIGURATION
    except OSError as error:
        _warn(f"livewatch rules: {error}")
        return Exit.CHECK_FAILED
    if not images.path.is_file():
        return Exit.CHECK_FAILED
    size = images.path.stat().st_size
    says = f"{images.path}  {size / 1e6:.1f} MB"
    answer({"image": str(images.path), "bytes": size}, says, as_json=as_json)
    return Exit.DONE


def _load(
    packs: Sequence[Path], config: Path | None, suppressions: Path | None = None
) -> Rulebook | None:
    try:
        with working("reading the rules"):
            return rulebook_for(config, packs, suppressions=suppressions)
    except ConfigError as error:
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
        table.add_column(name, no_wrap=name not in ("title", "note"), overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _warn(text: str) -> None:
    sys.stderr.write(text + "\n")
