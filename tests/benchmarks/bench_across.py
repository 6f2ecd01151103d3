"""What the second stage finds of crowds over an operator's rooms and evenings, and raises wrongly.

    livewatch simulate --out DIR --seed 907 --rooms 0 --histories 0 --campaign none --operators 40
    livewatch simulate --out DIR2 --seed 908 --rooms 0 --histories 0 --campaign touring-ring …
    python -m tests.benchmarks.bench_across DIR DIR2

By rule: ordinary operators with an alert of level watch or lead, and campaigns with one that names
one of their rooms and half of whose accounts are theirs. The figures of docs/crowd.md are its output.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from msgspec import UNSET

from detectors.across.cluster import Cluster
from detectors.across.signal import Signal
from detectors.across.stage import Stage
from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.events import Event, decode_lines
from detectors.pack.load import load_rulebook
from monitor.simulation.truth import read_truth

#: Whose accounts are looked at, and whose words say what praise is.
RULES = ("shared-crowd", "shared-praise", "scripted-chat")
ACROSS = RULES[:2]
BATCH = 500


def measure(folder: Path) -> None:
    truth = read_truth(folder / "truth.json")
    rooms: dict[str, list[Event]] = defaultdict(list)
    for event in decode_lines((folder / "events.jsonl").read_bytes()):
        rooms[event.room].append(event)
    book = load_rulebook().only(*RULES)
    engine, stage = Engine(book), Stage(book)
    signals: list[Signal] = []
    for room, rows in rooms.items():
        state = engine.open(truth.platform, room)
        rows.sort(key=lambda event: event.seen or event.at)
        for index in range(0, len(rows), BATCH):
            engine.step(state, rows[index : index + BATCH], now=rows[-1].at)
            signals += engine.signals(state)
    clusters: dict[str, Cluster] = {}
    alerts: dict[str, Alert] = {}
    first: dict[str, int] = {}
    spent = 0.0
    for signal in sorted(signals, key=lambda signal: signal.at):
        cluster = clusters.setdefault(signal.key, stage.open(signal.key))
        start = time.process_time()
        for alert in stage.step(cluster, [signal], now=signal.at):
            alerts[alert.id] = alert
            first.setdefault(alert.id, signal.at)
        spent += time.process_time() - start
    print(
        f"{folder}: {len(rooms)} rooms, {len(signals)} signals, {spent / max(1, len(signals)) * 1e3:.2f} ms a signal"
    )
    for failure in stage.stats.failures[:3]:
        print("  failed:", failure)
    operators = {room.operator for room in truth.rooms}
    ordinary = {
        operator: {room.room for room in truth.rooms if room.operator == operator}
        for operator in operators
        if all(room.role == "ordinary" for room in truth.rooms if room.operator == operator)
    }
    for rule in ACROSS:
        raised = [alert for alert in alerts.values() if alert.rule == rule]
        wrong = [
            alert
            for alert in raised
            if any({one.room for one in alert.evidence.rooms} <= own for own in ordinary.values())
        ]
        found: Counter[tuple[str, str]] = Counter()
        of: Counter[tuple[str, str]] = Counter()
        delays = defaultdict(list)
        for campaign in truth.campaigns:
            cell = campaign.kind, campaign.strength
            of[cell] += 1
            for alert in raised:
                crowd = alert.evidence.crowd
                if crowd is UNSET or not {one.room for one in alert.evidence.rooms} & set(
                    campaign.rooms
                ):
                    continue
                theirs = sum(one.name in campaign.accounts for one in crowd.accounts)
                if 2 * theirs >= len(crowd.accounts):
                    found[cell] += 1
                    delays[cell].append(
                        (first[alert.id] - campaign.start) / (campaign.end - campaign.start)
                    )
                    break
        print(f"  {rule}: ordinary operators {len(wrong)} of {len(ordinary)}")
        for alert in wrong:
            print("     ", alert.level, alert.evidence.rooms[0].room, alert.reason[:160])
        for cell, many in sorted(of.items()):
            print(
                f"      {cell[0]}:{cell[1]} {found[cell]}/{many}",
                *(f"{one:.2f}" for one in delays[cell]),
            )


def main() -> None:
    """Measures the folders that are named; `make bench` names none."""
    for argument in sys.argv[1:]:
        measure(Path(argument))


if __name__ == "__main__":
    main()
