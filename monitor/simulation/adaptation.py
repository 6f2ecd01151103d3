"""Campaigns that get better as they are caught.

Those behind a campaign learn one thing: it was found, or it was not. Whoever was found changes how
the work is done, or copies somebody of the same trade who was not; the rest stays as it is. What
the work is for stays, too: at least `KEPT` of the lines, orders, visits or swing that were ordered
in the first place, since a campaign that shrinks to nothing has not become better.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec

from monitor.simulation.plan import Plan

__all__ = ["KEPT", "adapted", "after", "read_found", "write_found"]

#: Share of the first plan's work that every later plan still does.
KEPT = 0.6
#: Most texts that a campaign uses, by kind; others use twelve.
_TEXTS = {"slot-praise": 12, "buying-lines": 6, "short-lines": 30, "robot-atmosphere": 30}  # fmt: skip
#: Kinds whose actions are the steps of one change: the more, the less is seen of each.
_STEPS = ("sold-leap", "price-creep")
_LONGEST_MIN = 300.0

_Move = Callable[[Plan, Plan, random.Random], Plan]


class _FoundRooms(msgspec.Struct):
    generations: list[list[str]]
    """Rooms in which a campaign was found, by generation from the first (0) on."""


def read_found(path: Path) -> list[list[str]]:
    """The rooms found in each generation.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=_FoundRooms).generations
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path} does not name the rooms found: {error}") from error


def write_found(path: Path, generation: int, rooms: Sequence[str]) -> None:
    """Adds the rooms found in a generation; later ones, which no longer follow from it, go.

    Raises:
        OSError: it cannot be read or written.
        ValueError: it is no such file, or an earlier generation is missing.
    """
    known = read_found(path) if path.exists() else []
    if len(known) < generation:
        raise ValueError(f"{path} has {len(known)} generations; generation {len(known)} is missing")
    known = [*known[:generation], list(rooms)]
    path.write_bytes(msgspec.json.encode(_FoundRooms(known)) + b"\n")


def after(
    plans: Sequence[Plan], found: Sequence[Collection[str]], seed: int, rooms: Sequence[str]
) -> list[Plan]:
    """The plans after so many generations.

    Args:
        plans: as they were at first.
        found: rooms found, by generation.
        seed: of all chance.
        rooms: the name of each plan's room; rooms of one operator end in “-1”, “-2” …
    """
    now = list(plans)
    for generation, names in enumerate(found):
        caught = {name.split("-")[0] for name in names}
        rng = random.Random(f"{seed}/adapt/{generation}")  # noqa: S311  a play, no secret
        now = adapted(plans, now, [room in caught for room in rooms], rng)
    return now


def adapted(
    first: Sequence[Plan], plans: Sequence[Plan], found: Sequence[bool], rng: random.Random
) -> list[Plan]:
    """The next generation of plans, of which some were found."""
    free = [plan for plan, was_found in zip(plans, found, strict=True) if not was_found]
    result = []
    for origin, plan, was_found in zip(first, plans, found, strict=True):
        if not was_found:
            result.append(plan)
            continue
        models = [model for model in free if model.kind == plan.kind]
        if models and rng.random() < 0.5:
            plan = _copied(plan, origin, rng.choice(models), rng)
        moves = [move for move in _MOVES if move(plan, origin, random.Random(0)) != plan]  # noqa: S311  only asks whether it moves anything
        for move in rng.sample(moves, min(3, len(moves))):
            plan = move(plan, origin, rng)
        result.append(msgspec.structs.replace(plan, generation=plan.generation + 1))
    return result


def _copied(plan: Plan, origin: Plan, model: Plan, rng: random.Random) -> Plan:
    """Half of the ways of another who was not found; the amount of work stays one's own."""
    ways = ("jitter", "spelling", "camouflage", "aged", "alike", "follow", "minutes")
    some = {name: getattr(model, name) for name in ways if rng.random() < 0.5}
    return msgspec.structs.replace(plan, **some)


def _rougher(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
    """Less even times, or a line that is less of a ruler."""
    if plan.kind == "viewers-straight":
        jitter = min(0.06, plan.jitter + rng.uniform(0.004, 0.02))
    else:
        jitter = min(1.0, plan.jitter + rng.uniform(0.15, 0.4))
    return msgspec.structs.replace(plan, jitter=round(max(plan.jitter, jitter), 4))


def _more(name: str, low: float, high: float, most: float) -> _Move:
    """A share that grows."""

    def move(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
        value = getattr(plan, name) + rng.uniform(low, high)
        return msgspec.structs.replace(plan, **{name: round(min(most, value), 4)})

    return move


def _writes_or_orders(move: _Move) -> _Move:
    """Only for those that have accounts of their own."""
    return lambda plan, origin, rng: move(plan, origin, rng) if plan.accounts else plan


def _spread(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
    """The same work on more accounts."""
    if not origin.accounts or plan.kind == "rigged-prize":
        return plan
    most = 4 * origin.accounts
    accounts = min(most, round(plan.accounts * rng.uniform(1.2, 1.8)) + 1)
    return msgspec.structs.replace(plan, accounts=max(plan.accounts, accounts))


def _anonymous(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
    """Fewer names of one template."""
    return msgspec.structs.replace(plan, alike=round(plan.alike * rng.uniform(0, 0.5), 4))


def _longer(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
    """The same work in more time; a price that is wrong for longer is no better hidden."""
    if plan.kind in ("price-step", "price-cut", "price-spike", "price-oscillation"):
        return plan
    minutes = min(_LONGEST_MIN, plan.minutes * rng.uniform(1.2, 1.8))
    return msgspec.structs.replace(plan, minutes=round(max(plan.minutes, minutes), 2))


def _varied(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
    """More texts; where there are none, each line is new already."""
    if not plan.texts:
        return plan
    texts = min(_TEXTS.get(plan.kind, 12), plan.texts + rng.randint(1, 4))
    return msgspec.structs.replace(plan, texts=max(plan.texts, texts))


def _less(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
    """A little less work, never less than is kept; in smaller steps where it is steps."""
    if plan.kind in _STEPS:
        return msgspec.structs.replace(
            plan, actions=min(60, round(plan.actions * rng.uniform(1.2, 1.6)))
        )
    actions = max(round(KEPT * origin.actions), round(plan.actions * rng.uniform(0.8, 0.95)))
    return msgspec.structs.replace(plan, actions=min(plan.actions, actions))


def _smaller(plan: Plan, origin: Plan, rng: random.Random) -> Plan:
    """A smaller factor, never less than is kept: of prices and viewers, of what goes beyond one."""
    least = 0.0 if plan.kind == "sold-leap" else 1.0
    kept = least + KEPT * (origin.factor - least)
    factor = max(kept, least + (plan.factor - least) * rng.uniform(0.75, 0.95))
    return msgspec.structs.replace(plan, factor=round(min(plan.factor, factor), 4))


_MOVES: tuple[_Move, ...] = (
    _rougher,
    _writes_or_orders(_more("spelling", 0.1, 0.3, 0.8)),
    _writes_or_orders(_more("camouflage", 0.3, 1.0, 4.0)),
    _writes_or_orders(_more("aged", 0.2, 0.5, 1.0)),
    _writes_or_orders(_more("follow", 0.2, 0.5, 0.9)),
    _spread,
    _anonymous,
    _longer,
    _varied,
    _less,
    _smaller,
)
