"""What the crowd rules find of simulated evenings, how soon, what they raise wrongly, and their cost.

    livewatch simulate --out DIR --seed 907 --rooms 60 --histories 0
    python -m tests.benchmarks.bench_crowd DIR

A campaign is found when an alert of level watch or lead on one of its rooms, or over them, is
raised after its start; the delay is a share of its length. The table in docs/crowd.md is its output.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

from detectors.across.cluster import Cluster
from detectors.across.signal import Signal
from detectors.across.stage import Stage
from detectors.engine.engine import Engine
from detectors.events import Event, decode_lines
from detectors.pack.load import load_rulebook
from monitor.simulation.truth import TrueCampaign, read_truth

RULES = ("scripted-chat", "fake-transaction", "complaint-surge", "shared-crowd")
KINDS = (
    "verbatim-praise", "slot-praise", "paraphrased-praise", "drip-praise", "short-lines",
    "lockstep", "shared-accounts", "staged-questions", "buying-lines", "timed-orders",
    "order-ring", "mass-refund",
)  # fmt: skip
STRENGTHS = ("blatant", "clear", "moderate", "careful")
BATCH = 200
Found = dict[tuple[str, str], dict[str, float | None]]


def measure(folder: Path) -> None:
    truth = read_truth(folder / "truth.json")
    rooms: dict[str, list[Event]] = defaultdict(list)
    for event in decode_lines((folder / "events.jsonl").read_bytes()):
        rooms[event.room].append(event)
    campaigns: dict[str, list[TrueCampaign]] = defaultdict(list)
    found: Found = defaultdict(dict)
    for campaign in truth.campaigns:
        if campaign.kind in KINDS:
            found[campaign.kind, campaign.strength][campaign.id] = None
            for room in campaign.rooms:
                campaigns[room].append(campaign)
    busy = {room for campaign in truth.campaigns for room in campaign.rooms}
    book = load_rulebook().only(*RULES)
    engine = Engine(book)
    stage = Stage(book)
    alarmed, ordinary, signals = set(), 0, list[Signal]()
    events, start = 0, time.process_time()
    for room, rows in rooms.items():
        if room in busy and not campaigns[room]:
            continue  # a kind that other rules look for
        ordinary += room not in busy
        state = engine.open(truth.platform, room)
        rows.sort(key=lambda event: event.seen or event.at)
        events += len(rows)
        for index in range(0, len(rows), BATCH):
            batch = rows[index : index + BATCH]
            for alert in engine.step(state, batch, now=batch[-1].at):
                if alert.level != "info":
                    _note(found, campaigns[room], alert.last_at)
                    alarmed |= set() if room in busy else {room}
            signals += engine.signals(state)
    spent = time.process_time() - start
    clusters: dict[str, Cluster] = {}
    for signal in sorted(signals, key=lambda signal: signal.at):
        if signal.key not in clusters:
            clusters[signal.key] = stage.open(signal.key)
        for alert in stage.step(clusters[signal.key], [signal], now=signal.at):
            if alert.level != "info":
                for sighting in alert.evidence.rooms:
                    _note(found, campaigns[sighting.room], signal.at)
                    alarmed |= set() if sighting.room in busy else {sighting.room}
    _print(found)
    print(f"\nordinary rooms alarmed: {len(alarmed)} of {ordinary} ({', '.join(sorted(alarmed))})")
    print(f"processor time, all events: {spent / events * 1e6:.1f} µs an event of {events:,}")


def _note(found: Found, campaigns: list[TrueCampaign], at: int) -> None:
    for campaign in campaigns:
        if at >= campaign.start:
            delay = (at - campaign.start) / max(1, campaign.end - campaign.start)
            known = found[campaign.kind, campaign.strength][campaign.id]
            if known is None or delay < known:
                found[campaign.kind, campaign.strength][campaign.id] = delay


def _print(found: Found) -> None:
    print("| kind | " + " | ".join(STRENGTHS) + " |")
    print("|---" * (1 + len(STRENGTHS)) + "|")
    for kind in KINDS:
        cells = []
        for strength in STRENGTHS:
            delays = found[kind, strength].values()
            hits = [delay for delay in delays if delay is not None]
            cells.append(f"{len(hits)}/{len(delays)}" + (f" ({median(hits):.2f})" if hits else ""))
        print(f"| {kind} | " + " | ".join(cells) + " |")
    for strength in STRENGTHS:
        every = [delay for kind in KINDS for delay in found[kind, strength].values()]
        hits = [delay for delay in every if delay is not None]
        early = sum(delay <= 1 / 3 for delay in hits)
        print(f"{strength}: {len(hits)} of {len(every)}, {early} before a third")


def main() -> None:
    """Measures the folders that are named; `make bench` names none."""
    for argument in sys.argv[1:]:
        measure(Path(argument))


if __name__ == "__main__":
    main()
