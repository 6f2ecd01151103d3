"""What is unusual about a group of accounts, and how unusual all of it is together.

Each signal is a count, the count that an ordinary crowd of this size comes to, and the tail
probability of a Poisson count with that mean. The means have two sources: the room itself (how
many of its lines praise, who else acts in a window) and rates that were measured on ordinary
evenings (`packs/crowd.yaml`). Signals become evidence by a likelihood ratio (`excess`): how much more
likely the count is where a crew has come on top of the ordinary crowd. Where only tail probabilities
are known, dependent ones are combined by Brown's method with a correlation that the pack states, or by
the best of them with Bonferroni's correction, whichever says more; the factor 2 pays for choosing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from math import log, log10

from detectors.alerts import CrowdAccount, CrowdCounter, CrowdEvidence, CrowdSignal
from detectors.calendar import MINUTE_MS
from detectors.facts.crowd.counters import NAMES, Counters
from detectors.facts.crowd.crowd import Crowd
from detectors.facts.crowd.groups import STEADY
from detectors.stats.tails import (
    LEAST,
    binomial_tail,
    combined,
    negative_binomial,
    poisson_tail,
    surprise,
)

__all__ = [
    "Signals",
    "averaged",
    "calibrated",
    "excess",
    "minutes_shown",
    "shown",
    "steady_expected",
]

#: Accounts that an alert shows with what they did; accounts that it names.
MAX_SHOWN, MAX_NAMED = 60, 500
_HALF = log10(2)
#: Sizes of the crews that `excess` looks for.
CREWS = (3, 6, 12, 24)
#: Orders of an account that an alert shows.
MAX_ACTS = 12


class Signals:
    """The signals of one group."""

    __slots__ = ("_tails", "found")

    def __init__(self) -> None:
        self.found: list[CrowdSignal] = []
        self._tails: list[float] = []

    def count(self, name: str, value: int, expected: float) -> None:
        """Adds a count; none is no signal."""
        if value:
            self.add(name, value, expected, poisson_tail(value, expected))

    def add(self, name: str, value: float, expected: float, tail: float) -> None:
        """Adds a signal with its tail probability."""
        self._tails.append(tail)
        self.found.append(
            CrowdSignal(
                name=name,
                value=round(value, 2),
                expected=round(expected, 2),
                surprise=surprise(tail),
            )
        )

    def surprise(self, correlation: float) -> float:
        """How unusual they are together, −log₁₀ of the probability."""
        if not self._tails:
            return 0.0
        best = min(1.0, min(self._tails) * len(self._tails))
        if len(self._tails) == 1:
            return surprise(best)
        return surprise(max(LEAST, min(1.0, 2 * min(best, combined(self._tails, correlation)))))

    def above(self, least: float) -> list[CrowdSignal]:
        """The signals that are unusual by themselves, the most unusual first."""
        strong = [one for one in self.found if one.surprise >= least]
        return sorted(strong, key=lambda one: (-one.surprise, one.name))


def calibrated(surprise: float) -> float:
    """log₁₀ of the e-value of a test, from −log₁₀ of its tail probability p: 1 / (2 √p).

    That is a calibrator (Vovk and Wang 2021, κ = ½): whatever the test, its mean is one at most where
    nothing is unusual.

    >>> calibrated(4.0) > 1.6, calibrated(0.0) < 0
    (True, True)
    """
    return 0.5 * surprise - _HALF


def excess(count: int, mean: float, dispersion: float) -> float:
    """log₁₀ of the e-value of a count: the likelihood ratio of a crew beside the crowd.

    Ordinary rooms differ, so their count is negative binomial with variance m + `dispersion` · m²; a crew
    adds 3, 6, 12 or 24 to its mean, each as likely as the other. The mean of the four likelihood
    ratios has mean one where the crowd is ordinary (Vovk and Wang 2021), and says more about a count
    well above the mean than any calibrator of its tail probability.

    >>> excess(1, 1.0, 0.15) < 0 < excess(4, 1.0, 0.15) < excess(8, 1.0, 0.15)
    True
    """
    usual = negative_binomial(count, mean, dispersion)
    ratios = [
        negative_binomial(count, mean + crew, dispersion * mean / (mean + crew)) - usual
        for crew in CREWS
    ]
    return averaged(*(ratio / log(10) for ratio in ratios))


def averaged(*evidence: float) -> float:
    """log₁₀ of the mean of e-values, which is one again, however they depend on each other."""
    greatest = max(evidence)
    return greatest + log10(sum(10 ** (one - greatest) for one in evidence) / len(evidence))


def steady_expected(crowd: Crowd, rate: float) -> float:
    """Accounts whose lines are mostly praise by chance: each line praises with the room's rate.

    Args:
        rate: the least rate that is assumed, where the room's own is lower.
    """
    head = crowd.head
    # What the steady ones wrote is not the room's usual.
    praised = sum(praises for praises, _ in crowd.groups.steady.values())
    lines = sum(different for _, different in crowd.groups.steady.values())
    own = (head.praises - praised) / max(1, head.lines - lines)
    # In steps of a hundredth, so that the chances are computed once.
    step = round(100 * min(0.6, max(rate, own)))
    expected = 0.0
    for different, accounts in enumerate(head.different):
        if different >= STEADY and accounts:
            expected += accounts * _steady_chance(different, step)
    return expected


@lru_cache(maxsize=1_024)
def _steady_chance(different: int, percent: int) -> float:
    return binomial_tail(max(STEADY, -(-different // 2)), different, percent / 100)


def shown(
    crowd: Crowd, numbers: Iterable[int], signals: Sequence[CrowdSignal],
    windows: Sequence[int] = (), *, groups: Mapping[str, Collection[int]] | None = None,
) -> CrowdEvidence:  # fmt: skip
    """The group as an alert carries it.

    Args:
        windows: middles of the windows of time that it shares, ms.
        groups: who has what in common, by the name of the signal.
    """
    group = sorted(set(numbers))
    wanted = set(group[:MAX_SHOWN])
    ordered: dict[int, list[int]] = {}
    refunded: dict[int, list[int]] = {}
    for placed in crowd.orders.values():
        if placed.account in wanted:
            ordered.setdefault(placed.account, []).append(placed.at)
            if placed.returned:
                refunded.setdefault(placed.account, []).append(placed.returned)
    accounts = []
    for place, number in enumerate(group[:MAX_NAMED]):
        account = crowd.by_number.get(number)
        if account is None:
            continue
        whole = place < MAX_SHOWN
        accounts.append(
            CrowdAccount(
                name=account.name,
                first=account.first,
                last=account.last,
                lines=account.lines,
                windows=list(account.active) if whole and account.lines else [],
                said=list(account.said) if whole else [],
                orders=account.orders,
                returned=account.returned,
                skus=list(account.skus) if whole else [],
                ordered=sorted(ordered.get(number, ()))[-MAX_ACTS:],
                refunded=sorted(refunded.get(number, ()))[-MAX_ACTS:],
                groups=[name for name, members in (groups or {}).items() if number in members],
            )
        )
    return CrowdEvidence(
        accounts=accounts,
        of=len(group),
        people=crowd.people,
        signals=list(signals),
        windows=list(windows),
        rhythm=[[MINUTE_MS * minute, lines] for minute, lines in crowd.head.by_minute().items()],
    )


def minutes_shown(crowd: Crowd, book: Counters) -> CrowdEvidence:
    """A room's counters and lines by minute, as an alert carries them that names nobody."""
    found = [
        CrowdCounter(
            name=name,
            minutes=[
                [MINUTE_MS * minute.number, *displayed]
                for minute in book.minutes
                if (displayed := getattr(minute, name)) is not None
            ],
        )
        for name in NAMES
    ]
    return CrowdEvidence(
        accounts=[],
        of=0,
        people=crowd.people,
        signals=[],
        rhythm=[[MINUTE_MS * minute.number, minute.lines] for minute in book.minutes],
        counters=[counter for counter in found if counter.minutes],
    )
