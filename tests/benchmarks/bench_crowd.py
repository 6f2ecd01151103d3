"""What the crowd rules find of simulated evenings, how soon, what they raise wrongly, and their cost.

    livewatch simulate --out DIR --seed 907 --rooms 60 --histories 0
    python -m tests.benchmarks.bench_crowd DIR

    python -m tests.benchmarks.bench_crowd --signals DIR DIR…

With `--signals`: how often each signal on writers is unusual by itself in the ordinary rooms of these
folders, by how many people wrote, at any time of the evening (looked at every 200 events).

    livewatch simulate --out DIR --seed 907 --rooms 1 --histories 0 --campaign none --viewers 2000
    python -m tests.benchmarks.bench_crowd --cost DIR DIR…

With `--cost`: what the rules about crowds take of the largest room of each folder, as the difference
between the engine with them and with one rule that asks nothing about people, in turns, by the least of
`TURNS` times for each stretch of `BATCH` events, so that what else runs on the machine counts little. A
second time with every text made different, as no chat is, so that no memory of lines helps.

A campaign is found when an alert of level watch or lead on one of its rooms, or over them, is
raised after its start; the delay is a share of its length. The table in docs/crowd.md is its output.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import msgspec

from detectors.across.cluster import Cluster
from detectors.across.signal import Signal
from detectors.across.stage import Stage
from detectors.engine.engine import Engine
from detectors.events import Chat, Event, decode_lines
from detectors.facts.crowd import Crowd
from detectors.facts.crowd.line import read
from detectors.facts.crowd.reading import Readings
from detectors.facts.crowd.repertoire import _key as key_in_mind
from detectors.pack.load import load_rulebook
from detectors.pack.rulebook import Rulebook
from detectors.rules.crowd.scripted import ScriptedChat
from monitor.simulation.truth import TrueCampaign, read_truth

RULES = (
    "scripted-chat", "fake-transaction", "fake-traffic", "shared-crowd", "shared-praise",
    "fabricated-sales-figure", "fake-scarcity", "review-suppression", "paid-positive-review",
    "prize-rigged",
)  # fmt: skip
KINDS = (
    "verbatim-praise", "slot-praise", "paraphrased-praise", "drip-praise", "short-lines",
    "lockstep", "shared-accounts", "staged-questions", "robot-atmosphere", "buying-lines",
    "timed-orders", "order-ring", "mass-refund",
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


#: Rooms by how many people wrote: below the first, below the second, and larger.
SIZES = (150, 1_000)
#: What passes for unusual: 10 to the power of minus this, or, of e-values, to this power.
UNUSUAL = (0.3, 1.0, 2.0, 3.0)


def signals(folders: list[Path]) -> None:
    """Prints the share of ordinary broadcasts in which a signal was ever so unusual."""
    worst: dict[str, list[list[float]]] = defaultdict(lambda: [[] for _ in range(3)])
    book = load_rulebook().only("scripted-chat")
    for folder in folders:
        truth = read_truth(folder / "truth.json")
        ordinary = {room.room for room in truth.rooms if room.role == "ordinary"}
        rooms: dict[str, list[Event]] = defaultdict(list)
        for event in decode_lines((folder / "events.jsonl").read_bytes()):
            if event.room in ordinary:
                rooms[event.room].append(event)
        for room, rows in rooms.items():
            _note_signals(worst, book, truth.platform, room, rows)
    counts = [len(one) for one in worst["all"]]
    print(f"| signal | {' | '.join(f'{many} broadcasts' for many in counts)} |")
    for name, by_size in sorted(worst.items()):
        cells = [
            " / ".join(str(sum(one >= least for one in some)) for least in UNUSUAL)
            for some in by_size
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")


def _note_signals(
    worst: dict[str, list[list[float]]], book: Rulebook, platform: str, room: str,
    rows: list[Event],
) -> None:  # fmt: skip
    rule = book["scripted-chat"]
    assert isinstance(rule, ScriptedChat)
    evidence, engine = rule.group, Engine(book)
    state = engine.open(platform, room)
    names = ("echo", "echo-again", "often", "twins", "steady", "mixed", "all")
    best: dict[str, float] = {}
    people = 0
    rows.sort(key=lambda event: event.seen or event.at)
    for index in range(0, len(rows) + BATCH, BATCH):
        batch = rows[index : index + BATCH]
        if batch:
            engine.step(state, batch, now=batch[-1].at)
        if people and (state.crowd.people < people or not batch):
            size = sum(people >= limit for limit in SIZES)
            for name in names:
                worst[name][size].append(best.get(name, 0.0))
            best, people = {}, 0
        if not batch or not state.crowd.people:
            continue
        people = state.crowd.people
        found = {one.name: one.surprise for one in evidence.alike(state.crowd)[0].found}
        found["mixed"] = state.crowd.mixture.evidence(batch[-1].at)
        found["all"] = evidence.of_writers(state.crowd, batch[-1].at)
        for name, one in found.items():
            best[name] = max(best.get(name, 0.0), one)


#: Times that a room is played; a rule that asks nothing about people.
TURNS = 5
OTHER = "false-original-price"
_BOTH = chr(0x4E00), chr(0x7000)


def cost(folders: list[Path]) -> None:
    """Prints what the rules about crowds take, and the crowd's book of it alone."""
    book = load_rulebook()
    crowds, other = book.only(*RULES, "complaint-surge"), book.only(OTHER)
    rule = book["scripted-chat"]
    assert isinstance(rule, ScriptedChat)
    print(
        "| accounts | events | chat lines | texts | all rules, µs an event | µs a line | the book |"
    )
    print("|---|---|---|---|---|---|---|")
    for folder in folders:
        rooms: dict[str, list[Event]] = defaultdict(list)
        for event in decode_lines((folder / "events.jsonl").read_bytes()):
            rooms[event.room].append(event)
        _, largest = max((len(rows), room) for room, rows in rooms.items())
        rows = sorted(rooms[largest], key=lambda event: event.seen or event.at)
        for name, played in (("as simulated", rows), ("all different", _different(rows))):
            lines = [event for event in played if isinstance(event, Chat)]
            whole = _least(partial(_play, crowds, played))
            bare = _least(partial(_play, other, played))
            chat = _least(partial(_play, crowds, lines))
            bare_chat = _least(partial(_play, other, lines))
            heard = _least(partial(_hear, rule, lines))
            accounts = len({event.user for event in lines})
            print(
                f"| {accounts:,} | {len(played):,} | {len(lines):,} | {name} "
                f"| {(whole - bare) / len(played) * 1e6:.1f} "
                f"| {(chat - bare_chat) / len(lines) * 1e6:.1f} | {heard / len(lines) * 1e6:.1f} |"
            )


def _different(rows: list[Event]) -> list[Event]:
    """The same events with every text that came before made another by two letters."""
    times: Tally[str] = Tally()
    found = list[Event]()
    for event in rows:
        if isinstance(event, Chat):
            times[event.text] += 1
            again = times[event.text] - 1
            if again:
                marks = "".join(chr(ord(first) + again // 5_000**place % 5_000)
                                for place, first in enumerate(_BOTH))  # fmt: skip
                event = msgspec.structs.replace(event, text=event.text + marks)
        found.append(event)
    return found


def _least(play: Callable[[], list[float]]) -> float:
    """Processor time of a room, s: of each stretch the least of several turns."""
    gc.collect()
    gc.disable()
    try:
        times = [play() for _ in range(TURNS)]
        least: list[float] = [min(stretch) for stretch in zip(*times, strict=True)]
        return sum(least)
    finally:
        gc.enable()


def _forget() -> None:
    """Empties the memories of lines, which all rooms share."""
    for memory in (read, key_in_mind):
        memory.cache_clear()


def _play(book: Rulebook, rows: Sequence[Event]) -> list[float]:
    _forget()
    engine = Engine(book)
    state = engine.open(rows[0].platform, rows[0].room)
    spent = []
    for index in range(0, len(rows), BATCH):
        batch = rows[index : index + BATCH]
        start = time.process_time()
        engine.step(state, batch, now=batch[-1].at)
        spent.append(time.process_time() - start)
    return spent


def _hear(rule: ScriptedChat, lines: list[Chat]) -> list[float]:
    _forget()
    crowd, spent, readings = Crowd(), [], Readings(rule.tones)
    for index in range(0, len(lines), BATCH):
        start = time.process_time()
        batch = lines[index : index + BATCH]
        place = 0
        readings.ahead(batch)
        while crowd.listen(batch, place, len(batch), readings):
            place = crowd.place + 1
        spent.append(time.process_time() - start)
    return spent


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
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    if "--cost" in sys.argv:
        cost(folders)
        return
    if "--signals" in sys.argv:
        signals(folders)
        return
    for folder in folders:
        measure(folder)


if __name__ == "__main__":
    main()
