"""What a campaign does, in numbers, by kind and strength."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import yaml
from msgspec import Struct

__all__ = ["KINDS", "PRICE_KINDS", "STRENGTHS", "Plan", "Strength", "plan_of", "requested"]

Strength = Literal["blatant", "clear", "moderate", "careful"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)


class Plan(Struct, frozen=True, kw_only=True):
    """The numbers of one campaign; `strengths.yaml` says what each of them means."""

    kind: str
    strength: Strength
    accounts: int = 0
    actions: int = 0
    minutes: float = 30
    jitter: float = 1
    texts: int = 0
    spelling: float = 0
    camouflage: float = 0
    aged: float = 0
    alike: float = 0
    rooms: int = 1
    evenings: int = 1
    factor: float = 1
    refunds: float = 0
    follow: float = 0
    generation: int = 0
    """How often it was found and changed; see `monitor.simulation.adaptation`."""


@cache
def _table() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(
        (Path(__file__).parent / "strengths.yaml").read_text("utf-8")
    )
    return loaded


KINDS: tuple[str, ...] = tuple(_table())
PRICE_KINDS: tuple[str, ...] = tuple(kind for kind in KINDS if kind.startswith("price-"))


def plan_of(kind: str, strength: Strength) -> Plan:
    """The numbers of a kind at a strength.

    Raises:
        KeyError: there is no such kind.
    """
    place = STRENGTHS.index(strength)
    numbers = {
        name: value[place] if isinstance(value, list) else value
        for name, value in _table()[kind].items()
    }
    return msgspec.convert({"kind": kind, "strength": strength, **numbers}, Plan)


def requested(texts: list[str] | None) -> list[Plan]:
    """The campaigns that were asked for as `KIND[:STRENGTH]`.

    Nothing asked for means every kind at every strength, `none` no campaign at all.

    Raises:
        ValueError: no such kind or strength; the message names those there are.
    """
    if not texts:
        return [plan_of(kind, strength) for kind in KINDS for strength in STRENGTHS]
    plans: list[Plan] = []
    for text in texts:
        kind, _, strength = text.partition(":")
        if text == "none":
            continue
        if kind not in KINDS:
            raise ValueError(f"no campaign {kind!r}; there are: none, {', '.join(KINDS)}")
        if strength and strength not in STRENGTHS:
            raise ValueError(f"no strength {strength!r}; there are: {', '.join(STRENGTHS)}")
        plans += [plan_of(kind, each) for each in STRENGTHS if strength in ("", each)]
    return plans
