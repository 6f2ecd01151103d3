"""`livewatch rules evaluate`: precision and recall of each rule on labelled texts and recordings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from detectors.events import Event
from detectors.lab.delivery import Delivered, Deliveries, measure_delivery
from detectors.lab.evaluation import (
    BadLabels,
    LabelledText,
    Scenario,
    Score,
    decide,
    read_scenarios,
    read_texts,
    text_events,
)
from detectors.lab.robustness import Kept, Robustness, measure
from detectors.pack.load import Rulebook
from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.commands.progress import working
from monitor.commands.scores import (
    DeliveryScore,
    LawfulScore,
    OperatorScore,
    Report,
    RuleScore,
    proportion,
    show,
)
from monitor.errors import ConfigError
from monitor.rulebooks import rulebook_for

__all__ = ["HALVES", "EvaluateOptions", "evasion_scores", "labels_of", "run"]

Row = TypeVar("Row", LabelledText, Scenario)

#: Rows are dealt into halves: one to write rules by, one to measure them by.
HALVES = {"dev": ("dev",), "heldout": ("heldout",), "both": ("dev", "heldout")}
#: Lawful lines: of the part that is measured, where it has some of its own.
ORDINARY = "ordinary"
#: Of the lawful lines, each so many-th is disguised: all of them times all operators is too much.
LAWFUL_STEP = 5


class EvaluateOptions(Struct, frozen=True, kw_only=True):
    """What is measured, and how it is shown."""

    half: str = "dev"
    """`dev`, `heldout`, `both`, or another part of the files' names."""
    rules: tuple[str, ...] = ()
    """Only these; empty: all that have labels."""
    wrong: bool = False
    """Show the rows that were decided wrongly."""
    evasion: bool = False
    """Measure under disguise, too."""
    delivery: bool = False
    """Measure spoken lines joined and cut as recognisers do, too."""
    sample: int = 1
    """Only each so many-th row, for a quick look; 1: all."""
    json: bool = False
    packs: Sequence[Path] = ()
    config: Path | None = None


def run(folder: Path, options: EvaluateOptions) -> Exit:
    """Prints a table by rule of the files named `<rule>.<half>.jsonl`."""
    try:
        with working("reading the rules"):
            rulebook = rulebook_for(options.config, options.packs)
    except ConfigError as error:
        return _fail(str(error), Exit.CONFIGURATION)
    if not folder.is_dir():
        return _fail(f"there is no folder {folder}", Exit.USAGE)
    halves = HALVES.get(options.half, (options.half,))
    files = [
        (path, half)
        for half in halves
        for pattern in (f"*.{half}.jsonl", f"scenarios/*.{half}.jsonl")
        for path in sorted(folder.glob(pattern))
        if _rule_of(path) != ORDINARY and (not options.rules or _rule_of(path) in options.rules)
    ]
    ordinary = folder / f"{ORDINARY}.{options.half}.jsonl"
    if not ordinary.exists():
        ordinary = folder / f"{ORDINARY}.jsonl"
    if not files and (options.rules or not ordinary.exists()):
        wanted = " ".join(options.rules)
        return _fail(f"no {wanted or '*'} labels ({options.half}) under {folder}", Exit.USAGE)
    try:
        with working("measuring"):
            report = _measure(rulebook, files, ordinary if ordinary.exists() else None, options)
    except (OSError, BadLabels) as error:
        return _fail(str(error), Exit.USAGE)
    if options.json:
        print_json(report)
    else:
        show(report, wrong=options.wrong, by_rule=bool(options.rules))
    if report.unknown:
        wrong = ", ".join(report.unknown)
        return _fail(
            f"{folder} has labels of no rule that there is: {wrong}; `livewatch rules list` names all",
            Exit.USAGE,
        )
    return Exit.DONE


def _measure(
    rulebook: Rulebook,
    files: Sequence[tuple[Path, str]],
    ordinary: Path | None,
    options: EvaluateOptions,
) -> Report:
    report = Report()
    totals: dict[tuple[str, str], Score] = {}
    families: dict[tuple[str, str, str], Score] = {}
    members: dict[str, set[str]] = {}
    texts: dict[str, list[LabelledText]] = {}
    for path, half in files:
        rule = _rule_of(path)
        if rule not in rulebook:
            if rule not in report.unknown:
                report.unknown.append(rule)
            continue
        kind = "scenarios" if path.parent.name == "scenarios" else "texts"
        score = Score()
        total = totals.setdefault((kind, half), Score())
        family = Path(rulebook.sources[rule]).stem.partition("-")[0]
        members.setdefault(family, set()).add(rule)
        of_family = families.setdefault((family, kind, half), Score())
        if kind == "texts":
            rows = labels_of(path, read_texts)[:: options.sample]
            texts.setdefault(rule, []).extend(rows)
        for row, expected, events in islice(_rows(path, kind), 0, None, options.sample):
            raised = bool(decide(rulebook, events, rule))
            for counts in (score, total, of_family):
                counts.add(expected=expected, raised=raised, row=row)
        report.rules.append(_scored(rule, kind, half, score))
    report.families = [
        _scored(family, kind, half, score)
        for (family, kind, half), score in sorted(families.items())
        if len(members[family]) > 1
    ]
    report.totals = [_scored("", kind, half, score) for (kind, half), score in totals.items()]
    lawful = labels_of(ordinary, read_texts) if ordinary is not None else []
    report.lawful = _lawful(rulebook, lawful[:: options.sample], options)
    if options.delivery:
        # Neighbours follow one another as they stand in the file: of those, groups are left out.
        report.delivery = _delivery_scores(
            measure_delivery(rulebook, texts, lawful, lawful_step=options.sample)
        )
    if options.evasion:
        # The words of one rule are no disguise of another's: of lawful lines, all rules are asked.
        sample = [] if options.rules else lawful[::LAWFUL_STEP]
        report.evasion = evasion_scores(measure(rulebook, texts, sample))
    return report


def labels_of(path: Path, read: Callable[[bytes], list[Row]]) -> list[Row]:
    """The rows of a file.

    Raises:
        OSError: the file cannot be read.
        BadLabels: a row cannot; names the file and the line.
    """
    try:
        return read(path.read_bytes())
    except BadLabels as error:
        raise BadLabels(f"{path}: {error}") from error


def _rule_of(path: Path) -> str:
    return path.name.split(".")[0]


def _rows(path: Path, kind: str) -> Iterator[tuple[str, bool, list[Event]]]:
    if kind == "scenarios":
        for recording in labels_of(path, read_scenarios):
            yield f"{recording.name}: {recording.why}", recording.expect, recording.events
    else:
        for line in labels_of(path, read_texts):
            yield line.text, line.label, text_events(line)


def _scored(rule: str, kind: str, half: str, score: Score) -> RuleScore:
    return RuleScore(
        rule=rule,
        kind=kind,
        half=half,
        rows=score.recall[1] + score.false_positive + score.true_negative,
        recall=proportion(*score.recall),
        precision=proportion(*score.precision),
        wrong=score.wrong,
    )


def _lawful(
    rulebook: Rulebook, rows: Sequence[LabelledText], options: EvaluateOptions
) -> list[LawfulScore]:
    lines: dict[str, int] = {}
    alarms: dict[str, int] = {}
    wrong: dict[str, list[str]] = {}
    for row in rows:
        lines[row.kind] = lines.get(row.kind, 0) + 1
        raised = [
            alert
            for alert in decide(rulebook, text_events(row), None)
            if not options.rules or alert.rule in options.rules
        ]
        alarms[row.kind] = alarms.get(row.kind, 0) + bool(raised)
        wrong.setdefault(row.kind, []).extend(
            f"{alert.rule} {alert.level}: {row.text}" for alert in raised
        )
    return [
        LawfulScore(
            kind=kind,
            lines=count,
            alarmed=proportion(alarms[kind], count),
            per_1000=round(1000 * alarms[kind] / count, 2),
            wrong=wrong[kind],
        )
        for kind, count in sorted(lines.items())
    ]


def evasion_scores(robustness: Robustness) -> list[OperatorScore]:
    """What hiding words did, by operator: over all rules first, then rule by rule."""
    names = list(dict.fromkeys(name for one in robustness.by_rule.values() for name in one))
    rows = [_operator("", name, robustness.total(name)) for name in names]
    for rule, operators in sorted(robustness.by_rule.items()):
        if rule:
            rows += [_operator(rule, name, counts) for name, counts in operators.items()]
    return rows


def _delivery_scores(deliveries: Deliveries) -> list[DeliveryScore]:
    """By delivery: over all rules, on lawful lines of no rule in particular, then rule by rule."""
    names = list(dict.fromkeys(name for one in deliveries.by_rule.values() for name in one))
    rows = [_delivered("", name, deliveries.total(name)) for name in names]
    lawful = deliveries.by_rule.get("", {})
    rows += [_delivered(ORDINARY, name, counts) for name, counts in lawful.items()]
    for rule, by_name in sorted(deliveries.by_rule.items()):
        if rule:
            rows += [_delivered(rule, name, counts) for name, counts in by_name.items()]
    return rows


def _delivered(rule: str, name: str, counts: Delivered) -> DeliveryScore:
    return DeliveryScore(
        rule=rule,
        delivery=name,
        kept=proportion(counts.kept, counts.found),
        gained=counts.gained,
        lines=counts.lawful,
        alerts=counts.alarms,
        alone=counts.alone,
        lost=counts.lost,
        caused=counts.caused,
    )


def _operator(rule: str, name: str, counts: Kept) -> OperatorScore:
    return OperatorScore(
        rule=rule,
        operator=name,
        kept=proportion(counts.kept, counts.changed),
        alarms=proportion(counts.alarms, counts.lawful),
        lost=counts.lost,
        caused=counts.caused,
    )


def _fail(reason: str, status: Exit) -> Exit:
    print(f"livewatch: {reason}", file=sys.stderr)
    return status
