"""The crowd's methods beside others of the literature, on the same simulated evenings.

    python -m tests.benchmarks.bench_crowd_methods [SEED ...]

Three questions, each put to several methods (`tests.benchmarks.crowd_methods`):

- *Which lines are alike?* Winnowing as landed (`detectors.facts.crowd.line.read`; Schleimer,
  Wilkerson and Aiken 2003), the whole gist, winnowed runs of five, SimHash of 64 bits (Charikar
  2002) and MinHash with banding (Broder 1997; Indyk and Motwani 1998), the last two over the
  2-grams of the same gist, so that all compare the same letters. Group of a line: the accounts of
  all lines that are alike to it.
- *Who acts in step?* The landed search (`detectors.facts.crowd.lockstep`), MIDAS (Bhatia et al.
  2020) on the moves of accounts from window to window, and clusters of accounts by the Jaccard
  similarity of their windows (SynchroTrap: Cao et al. 2014). MIDAS is given exact counts; its
  sketches would only add collisions.
- *Which orders are on a beat?* The landed period, the coefficient of variation of the gaps, and the
  Fano factor of counts (variance by mean; below 1: more even than chance).

Where a method has a score, all are compared at the threshold at which at most one ordinary room in
twenty has a finding. The tables of docs/crowd.md are its output.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from statistics import fmean, median
from typing import NamedTuple

from detectors.events import Chat, Event, Order, decode_lines
from detectors.facts.crowd.account import MAX_WINDOWS, WINDOW_MS, Account
from detectors.facts.crowd.line import LEAST, LONG, read
from detectors.facts.crowd.lockstep import SLOT_MS, search
from detectors.facts.crowd.mood import PRAISE
from detectors.pack.load import load_rulebook
from detectors.stats.tails import surprise
from monitor.simulation.plan import STRENGTHS, plan_of
from monitor.simulation.world import Setting, World
from tests.benchmarks.crowd_methods import (
    BEAT,
    LIKENESS,
    Findings,
    Keyed,
    Signed,
    clusters,
    midas,
    pairs,
    simhash,
    words_of,
)

SEEDS = (1402, 1403)
ROOMS, COPIES, MINUTES = 30, 2, 75.0
START = 1_788_264_000_000  # 2026-09-01 20:00 in China
TEXT_KINDS = ("verbatim-praise", "slot-praise", "paraphrased-praise")
KINDS = (*TEXT_KINDS, "lockstep", "timed-orders")
#: One ordinary room in so many may have a finding.
ONE_IN = 20


class Hall(NamedTuple):
    """One room, all evenings."""

    kind: str
    """Of its campaign; empty: it is ordinary."""
    strength: str
    crew: frozenset[str]
    events: list[Event]


def halls(seed: int) -> Iterator[Hall]:
    plans = [plan_of(kind, how) for kind in KINDS for how in STRENGTHS for _ in range(COPIES)]
    world = World(Setting(seed, ROOMS, 0, plans, MINUTES, START))
    campaigns = world.truth.campaigns
    for lines in world.evenings():
        rooms: dict[str, dict[str, Event]] = defaultdict(dict)
        for event in decode_lines(b"\n".join(line for _, line in lines)):
            if isinstance(event, Chat | Order):
                rooms[event.room].setdefault(event.id, event)
        for events in rooms.values():
            kind, strength, crew = "", "", frozenset[str]()
            if campaigns:
                kind, strength = campaigns[-1].kind, campaigns[-1].strength
                crew = frozenset(campaigns[-1].accounts)
            yield Hall(kind, strength, crew, sorted(events.values(), key=lambda event: event.at))


# Which lines are alike? -------------------------------------------------------------------


class Likeness:
    """What one method finds of all rooms."""

    def __init__(self) -> None:
        self.caught: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        self.linked, self.people, self.largest = 0, 0, 0
        self.largest_of_all, self.spent, self.lines = 0, 0.0, 0


def weigh_likeness(hall: Hall, tone: Callable[[str], int], results: dict[str, Likeness]) -> None:
    long: dict[str, tuple[str, set[str]]] = {}
    every: dict[str, tuple[str, set[str]]] = {}
    people = set()
    for event in hall.events:
        if isinstance(event, Chat) and event.user and event.role in ("viewer", None):
            people.add(event.user)
            words = read(event.text).words
            if len(words) >= LEAST:
                every.setdefault(words, (event.text, set()))[1].add(event.user)
                if len(words) >= LONG and tone(event.text) == PRAISE:
                    long.setdefault(words, (event.text, set()))[1].add(event.user)
    for name, make in LIKENESS.items():
        result = results[name]
        groups = [who for who in _groups(make(), list(long.values()), None) if len(who) > 1]
        if hall.kind:
            crew = hall.crew & people
            together = set().union(*(who & crew for who in groups if len(who & crew) > 1))
            cell = result.caught[hall.kind, hall.strength]
            cell[0] += len(together)
            cell[1] += len(crew)
            continue
        result.people += len(people)
        result.linked += len(set().union(*groups))
        result.largest = max(result.largest, *map(len, groups), 0)
        sizes = map(len, _groups(make(), list(every.values()), result))
        result.largest_of_all = max(result.largest_of_all, *sizes, 0)


def _groups(
    method: Keyed | Signed, lines: list[tuple[str, set[str]]], result: Likeness | None
) -> list[set[str]]:
    start = time.process_time()
    for text, _ in lines:
        method.take(text)
    if result is not None:
        result.spent += time.process_time() - start
        result.lines += len(lines)
    # The same lines are alike to the same others: one group each, and the largest come of these.
    near = {frozenset(method.near(number)) for number in range(len(lines))}
    return [set().union(*(lines[other][1] for other in some)) for some in near]


def changed(texts: list[str]) -> tuple[float, float, float]:
    """Gists of ten letters with two neighbouring letters of each replaced by those of the next one.

    Returns:
        Bits of SimHash that moved and Jaccard similarity of the 2-grams, medians, and the share that
        keeps a key of the landed reading besides that of its ends.
    """
    bits, likeness, kept = [], [], []
    for one, other in pairwise(texts):
        new = one[:4] + other[4:6] + one[6:]
        if new[4] != one[4] and new[5] != one[5]:
            bits.append((simhash(one)[0] ^ simhash(new)[0]).bit_count())
            likeness.append(len(pairs(one) & pairs(new)) / len(pairs(one) | pairs(new)))
            keys = set(read(one).runs) & set(read(new).runs)
            kept.append(any("…" not in key for key in keys))
    return median(bits), median(likeness), fmean(kept)


# Who acts in step? ------------------------------------------------------------------------

STEP = (
    "lockstep (landed)",
    "MIDAS, window → window",
    "MIDAS, windows apart",
    "Jaccard ≥ .5",
    "Jaccard ≥ .8",
)


def in_step(hall: Hall, spent: dict[str, float]) -> dict[str, Findings]:
    """Windows are kept, and looked at every four minutes, as `Crowd` does."""
    found: dict[str, Findings] = {name: [] for name in STEP}
    accounts: dict[str, Account] = {}
    active: dict[int, Account] = {}
    totals: dict[int, int] = defaultdict(int)
    tick = ticks = 0

    def turn() -> None:
        # The present window is the last of each account.
        now = tick + SLOT_MS
        start = time.process_time()
        step = search(list(active.values()), now)
        spent[STEP[0]] += time.process_time() - start
        if step is not None:
            who = frozenset(names[number] for number in step.members)
            found[STEP[0]].append((surprise(step.tail), who))
        start = time.process_time()
        apart: dict[int, list[str]] = defaultdict(list)
        for account in active.values():
            apart[tick // SLOT_MS - account.active[-2] // SLOT_MS].append(account.name)
        for windows, members in apart.items():
            # An edge between two windows is seen in one tick only: its count is its total.
            many = len(members)
            if ticks > 1 and many >= 5:
                found[STEP[1]].append((midas(many, many, ticks), frozenset(members)))
                total = totals[windows] + many
                found[STEP[2]].append((midas(many, total, ticks), frozenset(members)))
            totals[windows] += many
        for name in STEP[1:3]:
            spent[name] += time.process_time() - start

    names: dict[int, str] = {}
    for event in hall.events:
        if not isinstance(event, Chat) or not event.user or event.role not in ("viewer", None):
            continue
        spent["lines"] += 1
        at = event.at
        if at - tick >= SLOT_MS:
            ticks += 1
            if tick and len(active) >= 5:
                turn()
            tick, active = at - at % SLOT_MS, {}
        account = accounts.get(event.user)
        if account is None:
            account = accounts[event.user] = Account(len(accounts), event.user, at, at)
            names[account.number] = event.user
        elif at - account.active[-1] > WINDOW_MS:
            account.windows = [*account.active, at][-MAX_WINDOWS:]
            active[account.number] = account
    for name, least in zip(STEP[3:], (0.5, 0.8), strict=True):
        start = time.process_time()
        found[name] = clusters(accounts.values(), least)
        spent[name] += time.process_time() - start
    return found


# Which orders are on a beat? --------------------------------------------------------------

#: The latest orders of a product that are looked at, at least and at most.
LEAST_ORDERS, MOST_ORDERS = 10, 40


def on_a_beat(hall: Hall, spent: dict[str, float]) -> dict[str, Findings]:
    found: dict[str, Findings] = {name: [] for name in BEAT}
    latest: dict[tuple[str, str], list[Order]] = defaultdict(list)
    known: set[str] = set()
    for event in hall.events:
        if not isinstance(event, Order) or event.order in known:
            continue
        known.add(event.order)
        orders = latest[event.session, event.sku]
        orders.append(event)
        del orders[:-MOST_ORDERS]
        if len(orders) < LEAST_ORDERS:
            continue
        spent["lines"] += 1
        times = [order.at for order in orders]
        who = frozenset(order.user for order in orders if order.user)
        for name, score in BEAT.items():
            start = time.process_time()
            found[name].append((score(times), who))
            spent[name] += time.process_time() - start
    return found


# Tables -----------------------------------------------------------------------------------


def _print_likeness(results: dict[str, Likeness]) -> None:
    print("| alike | " + " | ".join(TEXT_KINDS) + " | ordinary accounts linked | largest ordinary "
          "group: praise | of any lines | µs a line |")  # fmt: skip
    print("|---" * (len(TEXT_KINDS) + 5) + "|")
    for name, result in results.items():
        cells = [
            " / ".join(_percent(*result.caught[kind, how]) for how in STRENGTHS)
            for kind in TEXT_KINDS
        ]
        linked = f"{1000 * result.linked / result.people:.1f} ‰"
        print(f"| {name} | " + " | ".join(cells) + f" | {linked} | {result.largest} | "
              f"{result.largest_of_all} | {result.spent / result.lines * 1e6:.1f} |")  # fmt: skip
    any_of = next(iter(results.values()))
    print(f"\n{any_of.people:,} ordinary accounts, {any_of.lines:,} different lines timed\n")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}" if whole else "–"


def _print_scored(
    kind: str, names: Iterable[str], found: list[tuple[Hall, dict[str, Findings]]],
    spent: dict[str, float], fixed: dict[str, float],
) -> None:  # fmt: skip
    ordinary = [row for hall, row in found if hall.kind != kind]
    print(
        f"| {kind} | threshold | accounts | right | largest ordinary group | ordinary rooms | µs |"
    )
    print("|---" * 7 + "|")
    for name in names:
        tops = sorted((max((s for s, _ in row[name]), default=-1e9) for row in ordinary), reverse=True)  # fmt: skip
        thresholds = {"one in twenty": tops[len(tops) // ONE_IN]}
        if name in fixed:
            thresholds["as landed"] = fixed[name] - 1e-9
        for how, least in thresholds.items():
            caught: dict[str, list[int]] = {strength: [0, 0] for strength in STRENGTHS}
            right = named = 0
            for hall, row in found:
                if hall.kind == kind:
                    who = set().union(*(who for score, who in row[name] if score > least))
                    caught[hall.strength][0] += len(who & hall.crew)
                    caught[hall.strength][1] += len(hall.crew)
                    right, named = right + len(who & hall.crew), named + len(who)
            sizes = [len(who) for row in ordinary for score, who in row[name] if score > least]
            rooms = sum(top > least for top in tops)
            cost = spent.get(name, 0.0) / spent["lines"] * 1e6
            print(f"| {name} | {how}: > {least:.3g} | "
                  + " / ".join(_percent(*caught[strength]) for strength in STRENGTHS)
                  + f" | {_percent(right, named)} % | {max(sizes, default=0)} | "
                  f"{rooms} of {len(tops)} | {cost:.1f} |")  # fmt: skip
    print(f"\nof {spent['lines']:,.0f} lines or orders\n")


def main() -> None:
    seeds = [int(argument) for argument in sys.argv[1:]] or list(SEEDS)
    tone = load_rulebook().only("scripted-chat").active[0].tones
    if tone is None:
        raise SystemExit("scripted-chat says no longer how lines are meant")
    likeness = {name: Likeness() for name in LIKENESS}
    step: list[tuple[Hall, dict[str, Findings]]] = []
    beat: list[tuple[Hall, dict[str, Findings]]] = []
    step_spent: dict[str, float] = defaultdict(float)
    beat_spent: dict[str, float] = defaultdict(float)
    ten: set[str] = set()
    for seed in seeds:
        for hall in halls(seed):
            texts = [event.text for event in hall.events if isinstance(event, Chat)]
            ten.update(words for words in map(words_of, texts) if len(words) == LONG)
            short = hall._replace(events=[])
            if hall.kind in ("", *TEXT_KINDS):
                weigh_likeness(hall, tone, likeness)
            if hall.kind in ("", "lockstep"):
                step.append((short, in_step(hall, step_spent)))
            if hall.kind in ("", "timed-orders") and any(isinstance(e, Order) for e in hall.events):
                beat.append((short, on_a_beat(hall, beat_spent)))
    print(f"seeds {', '.join(map(str, seeds))}; cells: % of the campaigns' accounts, "
          f"{' / '.join(STRENGTHS)}\n")  # fmt: skip
    _print_likeness(likeness)
    moved, alike, kept = changed(sorted(ten))
    print(f"one word of two letters changed in ten ({len(ten):,} gists): SimHash moves {moved:.0f} of "
          f"64 bits, J = {alike:.2f}, a run is kept by {100 * kept:.0f} %\n")  # fmt: skip
    _print_scored("lockstep", STEP, step, step_spent, {STEP[0]: 5.0})
    _print_scored("timed-orders", BEAT, beat, beat_spent, {"period (landed)": 6.0})


if __name__ == "__main__":
    main()
