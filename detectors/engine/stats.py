"""Counters of the engine, and its failures; the runtime publishes both."""

from __future__ import annotations

from collections import Counter as Tally

import msgspec
from msgspec import Struct

__all__ = ["EngineStats", "RuleFailure", "Undecided", "reason_of"]

#: Characters of the reason of a failure.
REASON_MAX = 1_000


class RuleFailure(Struct):
    """What an event was not asked, or not to the end: a rule raised an exception, which is a fault of ours, or the event
    holds more text than is read of one."""

    rule: str
    """Empty: it is no rule's, the event was not evaluated to the end."""
    event: str
    room: str
    error: str


class Undecided(Struct, frozen=True):
    """An event of which nobody can say any more whether it was counted: it was not evaluated."""

    event: str
    room: str
    at: int


class EngineStats(Struct):
    """What the engine counted since the start; the runtime publishes it."""

    events: int = 0
    late: int = 0
    duplicates: int = 0
    evaluations: Tally[str] = msgspec.field(default_factory=Tally)
    findings: Tally[str] = msgspec.field(default_factory=Tally)
    declined: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    inhibited: Tally[str] = msgspec.field(default_factory=Tally)
    shadowed: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """Findings of rules in the shadow, by the level that they would have had."""
    model_shadow: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """Texts on which a model in the shadow alone `watches`, by rule, or alone `passes`; before gates."""
    suppressed: Tally[tuple[str, str]] = msgspec.field(default_factory=Tally)
    """Hits of alerts that carry the mark of a suppression, by rule and suppression."""
    timings: list[tuple[str, float]] = []
    """Calls of rules that were timed, one event in `TIMED`: rule, and seconds by the clock that the
    engine was given; whoever takes them clears the list."""
    undecided: list[Undecided] = []
    """Late events of times of which the ids are forgotten; whoever takes them clears the list."""
    failures: list[RuleFailure] = []

    def clear(self) -> None:
        """Begins to count anew; whoever counts keeps the same tallies."""
        self.events = self.late = self.duplicates = 0
        for name in self.__struct_fields__[3:]:
            getattr(self, name).clear()


def reason_of(error: Exception) -> str:
    """What was raised, in words; some messages quote the whole of a text."""
    return f"{type(error).__name__}: {error}"[:REASON_MAX]
