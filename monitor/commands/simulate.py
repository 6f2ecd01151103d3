"""`livewatch simulate`: evenings of known crowds and campaigns, and the score of what was found."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from monitor.commands.answer import print_json
from monitor.commands.exits import Exit
from monitor.simulation.adaptation import after, read_found
from monitor.simulation.arrivals import Arrivals
from monitor.simulation.ordinary import ORDINARY
from monitor.simulation.plan import Plan, requested
from monitor.simulation.prices import LAWFUL
from monitor.simulation.world import GAPS, SISTERS, TRANSPORT, Setting, World, rooms_of

__all__ = ["SimulateOptions", "run"]


class SimulateOptions(Struct, frozen=True, kw_only=True):
    """What is asked for; see `monitor.simulation.world.Setting`."""

    out: Path
    seed: int
    rooms: int
    operators: int
    operator_rooms: int
    evenings: int
    histories: int
    campaigns: Sequence[str]
    minutes: float
    viewers: int | None
    ordinary: Sequence[str]
    start: str
    harder: int
    found: Path | None


def run(options: SimulateOptions, *, as_json: bool = False) -> Exit:
    """Writes `events.jsonl`, in the order of arrival, and `truth.json` into a folder."""
    try:
        setting = _setting(options)
    except OSError as error:
        _say(f"livewatch simulate: {error.filename}: {error.strerror}")
        return Exit.USAGE
    except ValueError as error:
        _say(f"livewatch simulate: {error}")
        return Exit.USAGE
    began = time.monotonic()
    world = World(setting)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=options.out, prefix=".sorting-") as folder:
            arrivals = Arrivals(Path(folder))
            for lines in world.evenings():
                arrivals.add(lines)
            with (options.out / "events.jsonl").open("wb") as file:
                file.writelines(line + b"\n" for line in arrivals.ordered())
        truth = msgspec.json.format(msgspec.json.encode(world.truth), indent=1)
        (options.out / "truth.json").write_bytes(truth + b"\n")
    except OSError as error:
        _say(f"livewatch simulate: {options.out}: {error.strerror}")
        return Exit.USAGE
    took = time.monotonic() - began
    if as_json:
        counts = {"rooms": len(world.truth.rooms), "campaigns": len(world.truth.campaigns)}
        print_json({"folder": str(options.out), "events": world.truth.events, **counts})
    _say(
        f"{world.truth.events:,} events of {len(world.truth.rooms):,} rooms with "
        f"{len(world.truth.campaigns):,} campaigns in {options.out} "
        f"({world.truth.events / max(took, 0.001):,.0f} events/s)"
    )
    return Exit.DONE


def _setting(options: SimulateOptions) -> Setting:
    """What is asked for, checked.

    Raises:
        ValueError: a kind, a strength or the time is wrong, or it is not known what was found;
            the message says what there is.
        OSError: the file of what was found cannot be read.
    """
    start = datetime.fromisoformat(options.start)
    if start.tzinfo is None:
        raise ValueError(f"--start {options.start!r} names no time zone; write +08:00 behind it")
    known = [*ORDINARY, *LAWFUL, *TRANSPORT, GAPS, SISTERS]
    for kind in options.ordinary:
        if kind not in known:
            raise ValueError(f"no ordinary kind {kind!r}; there are: {', '.join(known)}")
    return Setting(
        seed=options.seed,
        rooms=options.rooms,
        operators=options.operators,
        operator_rooms=options.operator_rooms,
        evenings=options.evenings,
        histories=options.histories,
        plans=_plans(options),
        minutes=options.minutes,
        start=round(start.timestamp() * 1_000),
        viewers=options.viewers,
        ordinary=tuple(options.ordinary),
        generation=options.harder,
    )


def _plans(options: SimulateOptions) -> list[Plan]:
    """The campaigns, as they are after so many generations."""
    plans = requested(list(options.campaigns))
    if not options.harder:
        return plans
    found = read_found(options.found) if options.found else []
    if len(found) < options.harder:
        raise ValueError(
            f"--harder {options.harder} follows from what was found of generations 0 to "
            f"{options.harder - 1}; {options.found or '--found'} has {len(found)} of them "
            "(`livewatch simulate score --found FILE` writes it)"
        )
    return after(plans, found[: options.harder], options.seed, rooms_of(plans))


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
