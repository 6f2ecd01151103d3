"""`livewatch simulate score`: tables of what was found of a simulation."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec

from monitor.commands.exits import Exit
from monitor.commands.scores import proportion
from monitor.simulation.adaptation import write_found
from monitor.simulation.plan import STRENGTHS
from monitor.simulation.scoring import Alarmed, Score, pool, read_alerts, score
from monitor.simulation.truth import Truth, read_truth

__all__ = ["run"]


def run(files: Sequence[Path], *, lateness_s: float, found: Path | None, json: bool) -> Exit:
    """Prints the score of alerts against a truth, or of several pairs together.

    Args:
        files: a truth file and what `livewatch scan` printed (`-` is standard input), and so on.
        lateness_s: how long after a campaign an alert still counts.
        found: file that the rooms of found campaigns are added to; only of one pair.
        json: everything as JSON instead of tables.
    """
    if len(files) % 2:
        _say("name a truth file and a file of alerts, or several such pairs")
        return Exit.USAGE
    if found is not None and len(files) > 2:
        _say("--found follows from one simulation: name one truth file")
        return Exit.USAGE
    try:
        scores = []
        for truth, alerts in zip(files[::2], files[1::2], strict=True):
            known = read_truth(truth)
            with alerts.open("rb") if str(alerts) != "-" else sys.stdin.buffer as lines:
                raised = read_alerts(lines)
            result = score(known, raised, lateness_ms=round(lateness_s * 1_000))
            scores.append((f"{known.seed}.{known.generation}", result))
            if found is not None:
                write_found(found, known.generation, _rooms_found(known, result))
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}")
        return Exit.USAGE
    except ValueError as error:
        _say(str(error))
        return Exit.USAGE
    whole = scores[0][1] if len(scores) == 1 else pool(scores)
    if json:
        print(msgspec.json.format(msgspec.json.encode(whole), indent=1).decode())
    else:
        _show(whole)
    return Exit.DONE


def _rooms_found(truth: Truth, result: Score) -> list[str]:
    caught = {each.campaign for each in result.campaigns if each.rule}
    return [room for each in truth.campaigns if each.id in caught for room in each.rooms]


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
        _show_alarmed(
            "ordinary rooms alarmed by rules of crowds", result.ordinary_alarmed, result.ordinary
        )
        _show_alarmed(
            "ordinary rooms alarmed by other rules", result.ordinary_other, result.ordinary
        )
    if result.histories:
        _show_alarmed("lawful price histories told", result.histories_alarmed, result.histories)
    if result.campaigns:
        print(f"{'campaigns with an alarm outside their time':44}{_share(len(result.astray), len(result.campaigns))}")  # fmt: skip
    by = Counter(found.rule for found in result.campaigns if found.rule)
    if by:
        print("first to find: " + ", ".join(f"{rule} {count}" for rule, count in by.most_common()))
    if result.alarms:
        print("wrong alarms by rule, in rooms: " + ", ".join(f"{rule} {count}" for rule, count in result.alarms.items()))  # fmt: skip


def _show_alarmed(title: str, alarmed: Sequence[Alarmed], of: int) -> None:
    """How many, and which; of many, the first ten."""
    print(f"{title:44}{_share(len(alarmed), of)}")
    for room in alarmed[:10]:
        print(f"    {room.room}: {', '.join(room.rules)} (holds {', '.join(room.holds)})")
    if len(alarmed) > 10:
        print(f"    and {len(alarmed) - 10} more")


def _share(found: int, of: int) -> str:
    part = proportion(found, of)
    return f"{found}/{of} {found / of:.3f} (95 % {part.low:.3f}–{part.high:.3f})"


def _say(text: str) -> None:
    sys.stderr.write(f"livewatch simulate score: {text}\n")
