"""`livewatch simulate score`: tables of what was found of a simulation."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from statistics import median

import msgspec

from monitor.commands.exits import Exit
from monitor.commands.scores import proportion
from monitor.simulation.adaptation import write_found
from monitor.simulation.plan import STRENGTHS
from monitor.simulation.scoring import Score, read_alerts, score
from monitor.simulation.truth import read_truth

__all__ = ["run"]


def run(truth: Path, alerts: Path, *, lateness_s: float, found: Path | None, json: bool) -> Exit:
    """Prints the score of alerts against a truth.

    Args:
        truth: the truth file.
        alerts: what `livewatch scan` printed; `-` is standard input.
        lateness_s: how long after a campaign an alert still counts.
        found: file that the rooms of found campaigns are added to.
        json: everything as JSON instead of tables.
    """
    try:
        known = read_truth(truth)
        with alerts.open("rb") if str(alerts) != "-" else sys.stdin.buffer as lines:
            raised = read_alerts(lines)
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}")
        return Exit.USAGE
    except ValueError as error:
        _say(str(error))
        return Exit.USAGE
    result = score(known, raised, lateness_ms=round(lateness_s * 1_000))
    if found is not None:
        caught = {each.campaign for each in result.campaigns if each.rule}
        rooms = [room for each in known.campaigns if each.id in caught for room in each.rooms]
        try:
            write_found(found, known.generation, rooms)
        except OSError as error:
            _say(f"{error.filename}: {error.strerror}")
            return Exit.USAGE
        except ValueError as error:
            _say(str(error))
            return Exit.USAGE
    if json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=1).decode())
    else:
        _show(result)
    return Exit.DONE


def _show(result: Score) -> None:
    if result.cells:
        print(
            f"{'found':22}"
            + "".join(f"{strength:>14}" for strength in STRENGTHS)
            + f"{'delay':>10}"
        )
    for kind, row in result.cells.items():
        shares = ""
        delays: list[float] = []
        for strength in STRENGTHS:
            cell = row.get(strength)
            shares += f"{f'{cell.found}/{cell.of}' if cell else '–':>14}"
            delays += cell.delays if cell else []
        print(f"{kind:22}{shares}{f'{median(delays):.2f}' if delays else '–':>10}")
    for strength in STRENGTHS:
        cells = [row[strength] for row in result.cells.values() if strength in row]
        if not cells:
            continue
        found, of = sum(cell.found for cell in cells), sum(cell.of for cell in cells)
        early = sum(cell.early for cell in cells)
        print(
            f"all {strength:18}{_share(found, of)}; "
            f"{early} of them before a third of the campaign had passed"
        )
    if result.ordinary:
        print(f"ordinary rooms alarmed by rules of crowds: {_share(len(result.ordinary_alarmed), result.ordinary)}")  # fmt: skip
        print(f"ordinary rooms alarmed by other rules:     {_share(len(result.ordinary_other), result.ordinary)}")  # fmt: skip
    if result.histories:
        print(f"lawful price histories told:               {_share(len(result.histories_alarmed), result.histories)}")  # fmt: skip
    if result.campaigns:
        print(f"campaigns with an alarm outside their time: {_share(len(result.astray), len(result.campaigns))}")  # fmt: skip
    by = Counter(found.rule for found in result.campaigns if found.rule)
    if by:
        print("first to find: " + ", ".join(f"{rule} {count}" for rule, count in by.most_common()))
    if result.alarms:
        print("wrong alarms by rule, in rooms: " + ", ".join(f"{rule} {count}" for rule, count in result.alarms.items()))  # fmt: skip


def _share(found: int, of: int) -> str:
    part = proportion(found, of)
    return f"{found}/{of} {found / of:.3f} (95 % {part.low:.3f}–{part.high:.3f})"


def _say(text: str) -> None:
    sys.stderr.write(f"livewatch simulate score: {text}\n")
