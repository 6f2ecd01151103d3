"""Finding what makes a room's evaluation fail, by trying again without it.

The engine guards itself against rules that raise, and names the event. What fails outside of that
guard, or when the state is written, names nobody: then what the room was given is tried in parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["EvaluationFailed", "Isolated", "isolate", "kind_of"]

#: With more culprits than that in one batch it is not the events that are at fault.
MAX_CULPRITS = 8


class EvaluationFailed(Exception):
    """The engine failed on what a room was given, or the outcome cannot be written; says why."""


class Isolated(Struct):
    """What can be evaluated, and what cannot."""

    good: list[int]
    """What does no harm, in order."""
    culprits: dict[int, str]
    """What does, each with the reason."""
    hopeless: str | None = None
    """Why nothing helps: it fails without any of them, or too many are at fault."""


def isolate(count: int, attempt: Callable[[Sequence[int]], None]) -> Isolated:
    """Splits things, by their indexes, into those that can be evaluated and those that cannot.

    Args:
        attempt: evaluates some of them, in order and from the same beginning each time; raises
            `EvaluationFailed`. It is called about log2(count) times for each culprit.

    >>> def attempt(numbers):
    ...     if 3 in numbers or 7 in numbers:
    ...         raise EvaluationFailed("no 3 and no 7")
    >>> found = isolate(10, attempt)
    >>> found.good, sorted(found.culprits)
    ([0, 1, 2, 4, 5, 6, 8, 9], [3, 7])
    """
    found = Isolated([], {})

    def failure(indexes: Sequence[int]) -> str | None:
        try:
            attempt(indexes)
        except EvaluationFailed as error:
            return str(error)
        return None

    found.hopeless = failure([])
    rest = list(range(count))
    while found.hopeless is None and rest:
        reason = failure([*found.good, *rest])
        if reason is None:
            found.good += rest
            break
        if len(found.culprits) == MAX_CULPRITS:
            found.hopeless = reason
            break
        # The first `low` of the rest do no harm, the first `high` do.
        low, high = 0, len(rest)
        while high - low > 1:
            middle = (low + high) // 2
            tried = failure([*found.good, *rest[:middle]])
            if tried is None:
                low = middle
            else:
                high, reason = middle, tried
        found.culprits[rest[low]] = reason
        found.good += rest[:low]
        rest = rest[high:]
    return found


def kind_of(reason: str) -> str:
    """A reason as far as it quotes nobody, for the log: the words of an error may hold what people
    said, and stay in the dead letter.

    >>> kind_of("its state cannot be read: ValueError: 最低价")
    'its state cannot be read: ValueError'
    >>> kind_of("its state is that of another room")
    'its state is that of another room'
    """
    told: list[str] = []
    for part in reason.split(": "):
        told.append(part)
        if part.isidentifier():
            return ": ".join(told)
    return told[0]
