"""`livewatch rules evaluate`: precision and recall of each rule on labelled texts and recordings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from detectors.evaluation import Score, decide, read_scenarios, read_texts, text_events, wilson
from detectors.events import Event
from detectors.pack import PackError, Rulebook, load_rulebook
from monitor.commands.exits import Exit

__all__ = ["run"]


def run(folder: Path, *, half: str, show_wrong: bool) -> Exit:
    """Prints a table by rule; `half` chooses the files named `<rule>.<half>.jsonl`."""
    try:
        rulebook = load_rulebook()
    except PackError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    files = sorted(folder.glob(f"*.{half}.jsonl")) + sorted(
        folder.glob(f"scenarios/*.{half}.jsonl")
    )
    ordinary = folder / "ordinary.jsonl"
    if not files and not ordinary.exists():
        print(f"livewatch: no *.{half}.jsonl under {folder}", file=sys.stderr)
        return Exit.USAGE
    try:
        _print_rules(rulebook, files, show_wrong)
        if ordinary.exists():
            _print_ordinary(rulebook, ordinary, show_wrong)
    except (OSError, msgspec.MsgspecError) as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.USAGE
    return Exit.DONE


def _print_rules(rulebook: Rulebook, files: list[Path], show_wrong: bool) -> None:
    print(f"{'rule':26}{'rows':>6}{'recall':>18}{'95 %':>16}{'precision':>18}{'95 %':>16}")
    totals = {"texts": Score(), "scenarios": Score()}
    for path in files:
        rule = path.name.split(".")[0]
        if rule not in rulebook:
            print(f"{rule:26} no such rule in the packs")
            continue
        scenario = path.parent.name == "scenarios"
        score = Score()
        for text, expected, events in _rows(path, scenario=scenario):
            raised = bool(decide(rulebook, events, rule))
            for counts in (score, totals["scenarios" if scenario else "texts"]):
                counts.add(expected=expected, raised=raised, row=text)
        _print_score(rule, score)
        if show_wrong:
            for line in score.wrong:
                print(f"    {line}")
    for name, score in totals.items():
        if sum(score.recall):
            _print_score(f"all {name}", score)


def _rows(path: Path, *, scenario: bool) -> Iterator[tuple[str, bool, list[Event]]]:
    if scenario:
        for recording in read_scenarios(path.read_bytes()):
            yield f"{recording.name}: {recording.why}", recording.expect, recording.events
    else:
        for line in read_texts(path.read_bytes()):
            yield line.text, line.label, text_events(line)


def _print_score(name: str, score: Score) -> None:
    rows = score.recall[1] + score.false_positive + score.true_negative
    cells = [f"{name:26}{rows:6}"]
    for found, whole in (score.recall, score.precision):
        low, high = wilson(found, whole)
        # Under ten cases a percentage says more than it knows.
        share = f"{found}/{whole}" if whole < 10 else f"{found}/{whole} {found / whole:.2f}"
        cells.append(f"{share:>18}{f'{low:.2f}–{high:.2f}':>16}")
    print("".join(cells))


def _print_ordinary(rulebook: Rulebook, path: Path, show_wrong: bool) -> None:
    lines: dict[str, int] = {}
    alarms: dict[str, list[str]] = {}
    for row in read_texts(path.read_bytes()):
        lines[row.kind] = lines.get(row.kind, 0) + 1
        for alert in decide(rulebook, text_events(row), None):
            alarms.setdefault(row.kind, []).append(f"{alert.rule} {alert.level}: {row.text}")
    print("\nlawful lines: alerts of level lead or watch")
    for kind, count in sorted(lines.items()):
        raised = alarms.get(kind, [])
        print(
            f"  {kind:12}{count:6} lines{len(raised):5} alerts{1000 * len(raised) / count:8.1f} per 1,000"
        )
        if show_wrong:
            for line in raised:
                print(f"    {line}")
