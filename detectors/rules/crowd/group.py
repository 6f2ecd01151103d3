"""What speaks for a group among those who write: each signal, who it is about, and all of them together.

* `mixed`: the likelihood ratio of a crowd with hired accounts in it (`facts.crowd.mixture`), less a little
  for each account that wrote;
* `echo`, `echo-again`, `often`, `steady`: counts of accounts that write what others wrote, or praise
  steadily, beside what a crowd of this size comes to (`facts.crowd.signals`);
* `lockstep`: accounts that act together and hardly ever without each other.

All are e-values: the first is one, a count becomes one by a likelihood ratio (`excess`), a tail
probability by a calibrator. What rests on the same lines (the first two) is averaged, which holds
however they depend on each other; who acts when is independent of what is written, so it is multiplied,
counted or not ((1 + e) / 2).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import exp, log, log10

from msgspec import Struct

from detectors.alerts import CrowdSignal
from detectors.facts.crowd import Crowd
from detectors.facts.crowd.kinds import COUNTS, unpacked
from detectors.facts.crowd.lockstep import Lockstep
from detectors.facts.crowd.signals import Signals, averaged, calibrated, excess, steady_expected
from detectors.rule import RuleSpec
from detectors.stats.tails import binomial_tail, surprise

__all__ = ["ONE_WORDING", "Evidence", "GroupEvidence"]

#: Logarithms of the likelihood ratio from which an account may be counted as hired.
RATIOS = (2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0)
#: How much each count weighs in their mean: what catches most, most.
WEIGHTS = {"echo": 0.4, "echo-again": 0.3, "often": 0.1, "twins": 0.1, "steady": 0.1}
#: How much `mixed` weighs beside the mean of the counts.
MIXED = 0.7
#: What counts say where there are none: log₁₀ of an e-value, far below any that matters.
LEAST_EVIDENCE = -9.0
#: Of a group that has one wording in common at least so many have it.
ONE_WORDING = 0.7
#: An e-value above this logarithm to base 10 is worth a word in the reason.
WORTH = 0.5


class Evidence(Struct):
    """What was found."""

    total: float
    """log₁₀ of the e-value of all signals together."""
    signals: list[CrowdSignal]
    """Those that are unusual by themselves, the most unusual first."""
    groups: dict[str, Collection[int]]
    """Accounts by the signal that is about them."""

    @property
    def accounts(self) -> list[int]:
        """All accounts of the group, each once."""
        return list({one: None for members in self.groups.values() for one in members})


class GroupEvidence:
    """The signals, with the thresholds of a pack."""

    def __init__(self, spec: RuleSpec, alone: int) -> None:
        """`alone`: so many accounts with one wording are judged by that wording."""
        self.alone = alone
        self.least = spec.count("group_accounts")
        self.few = spec.count("few_accounts")
        self.few_from = spec.threshold("surprise_of_few")
        self.echo_base = spec.threshold("echo_base")
        self.echo_rate = spec.threshold("echo_per_thousand") / 1000
        self.large = spec.count("echo_large")
        self.large_rate = spec.threshold("echo_per_thousand_large") / 1000
        self.again_base = spec.threshold("echo_again_base")
        self.single_tail = 10 ** -spec.threshold("surprise_of_single")
        self.often_base = spec.threshold("often_base")
        self.often_rate = spec.threshold("often_per_thousand") / 1000
        self.twins_base = spec.threshold("twins_base")
        self.twins_rate = spec.threshold("twins_per_thousand") / 1000
        self.praise_rate = spec.threshold("praise_share")
        self.steady_rate = spec.threshold("steady_per_thousand") / 1000
        self.steady_factor = spec.threshold("steady_factor")
        self.steady_base = spec.threshold("steady_base")
        self.dispersion = spec.threshold("dispersion")
        self.rarity = spec.threshold("ratio_rarity")
        self.watch_from = spec.threshold("surprise_for_watch")
        self.doubt = spec.threshold("doubt_per_thousand") / 1000
        self.signal_from = spec.threshold("surprise_of_signal")

    def found(
        self, crowd: Crowd, at: int, step: Lockstep | None, known: float,
        names_goods: Callable[[str], bool], without: Collection[int] = (),
    ) -> Evidence | None:  # fmt: skip
        """What speaks for a group; ``None``: too little, or hardly more than is known.

        Args:
            at: now, ms.
            step: the most unusual set of accounts in step.
            known: log₁₀ of the evidence that was raised already; 0: none was.
            names_goods: does a text name what this room sells?
            without: accounts of which it is known why they write alike.
        """
        alike, again = self.alike(crowd, without)
        mixed = self._mixed(crowd, at, without)
        if step is not None and without and 2 * sum(one in without for one in step.members) >= len(step.members):  # fmt: skip
            step = None
        in_step = calibrated(surprise(step.tail)) if step is not None else 0.0
        praised = self._of_counts(alike)
        beside = averaged(0.0, in_step)
        # The more is known, the more must be new: a large group is not told anew with each account.
        least = max(self.watch_from, known + max(1.0, known / 4)) if known else self.watch_from
        total = round(_both(mixed, praised) + beside, 1)
        if total < least:
            return None
        # What is enough for an alert is enough to ask whom it is about.
        hired = self._hired(crowd, at, mixed, without) if mixed >= WORTH else None
        if hired is None and mixed >= WORTH:
            # Odd as the whole may be: whom it speaks against cannot be said.
            total = round(_both(0.0, praised) + beside, 1)
            if total < least:
                return None
        signals = alike.above(self.signal_from)
        groups: dict[str, Collection[int]] = {}
        names = {one.name for one in signals}
        if names & {"echo", "echo-again"}:
            groups["echo"] = crowd.groups.echoing
        if "echo-again" in names:
            groups["echo-again"] = again
        if "steady" in names:
            groups["steady"] = crowd.groups.steady
        if "often" in names:
            groups["often"] = crowd.groups.often
        if "twins" in names:
            groups["twins"] = crowd.groups.twins
        if hired is not None:
            numbers, expected = hired
            groups["mixed"] = numbers
            signals.append(_signal("mixed", len(numbers), expected, mixed))
        if step is not None and in_step >= WORTH:
            groups["lockstep"] = step.members
            signals.append(
                _signal("lockstep", len(step.members), step.expected, surprise(step.tail))
            )
        if without:
            groups = {
                name: [number for number in members if number not in without]
                for name, members in groups.items()
            }
        evidence = Evidence(total, sorted(signals, key=lambda one: -one.surprise), groups)
        accounts = evidence.accounts
        # Fewer than make a group are one where what is odd about them is theirs alone (`_hired`).
        least = self.few if hired is not None else self.least
        if len(accounts) < least or self._is_one_wording(crowd, accounts, names_goods):
            return None
        return evidence

    def _mixed(self, crowd: Crowd, at: int, without: Collection[int] = ()) -> float:
        """log₁₀ of the evidence of the mixture, less what the model does not know of each who wrote.

        Accounts of an ordinary crowd are a little likelier hired than the model has it (anecdotes, old
        favourites, what regulars greet with), and their likelihood ratios are multiplied: what is nothing in
        a window of fifty adds up in one of seven hundred. An e-value whose mean is (1 + δ)ⁿ where n
        accounts wrote is one again once it is divided by that.
        """
        mixture = crowd.mixture
        mixed = mixture.evidence_without(at, without) if without else mixture.evidence(at)
        return mixed - self.doubt * mixture.writers(at) if mixed > 0 else mixed

    def _hired(
        self, crowd: Crowd, at: int, mixed: float, without: Collection[int]
    ) -> tuple[Collection[int], float] | None:
        """The accounts whose own likelihood ratio is high, and how many would be, at most.

        An ordinary account reaches a ratio r with a probability of 1 / r at most, and, as measured in
        ordinary rooms, with a part of that; the least ratio is taken that so many would not reach by
        chance, rooms being as different as they are (`excess`). Where there is none such, it is the one
        from which on an account is more likely hired than not, if so large a share of the crowd is as fits
        best. ``None``: these are too few.

        A crew that has just begun has written a line or two each, so few stand out by then. They are named
        where the evidence is worth a word, their number is odder still, and some of them wrote again: three
        customers with a sentence each are none.
        """
        share = crowd.mixture.sheet.share
        few = self.few if mixed >= WORTH else self.least
        weights = _whole(crowd, crowd.mixture.people(at))
        for number in without:
            weights.pop(number, None)
        for ratio in (*RATIOS, log((1 - share) / share)):
            numbers = [number for number, weight in weights.items() if weight >= ratio]
            expected = len(weights) * exp(-ratio) / self.rarity
            many = len(numbers)
            if many < few:
                continue
            odd = excess(many, expected, self.dispersion)
            if odd >= (WORTH if many >= self.least else self.few_from) and (
                many >= self.least or _telling(crowd, numbers) > many
            ):
                return numbers, expected
        return None

    def of_writers(self, crowd: Crowd, at: int) -> float:
        """log₁₀ of the e-value of what is written, without regard to who acts when."""
        return _both(self._mixed(crowd, at), self._of_counts(self.alike(crowd)[0]))

    def _of_counts(self, alike: Signals) -> float:
        """log₁₀ of the e-value of the counts: the mean of theirs, by `WEIGHTS`."""
        weighted = [
            log10(WEIGHTS[one.name]) + excess(int(one.value), one.expected, self.dispersion)
            for one in alike.found
        ]
        return averaged(*weighted) + log10(len(weighted)) if weighted else LEAST_EVIDENCE

    def alike(self, crowd: Crowd, without: Collection[int] = ()) -> tuple[Signals, list[int]]:
        """Accounts that write what others wrote, or praise steadily; those that do the first again."""
        people = crowd.people
        signals = Signals()

        def many(accounts: Mapping[int, object]) -> int:
            return len(accounts) - sum(one in accounts for one in without)

        echo = self.echo_base + self.echo_rate * people
        echo += self.large_rate * max(0, people - self.large)
        signals.count("echo", many(crowd.groups.echoing), echo)
        again = [
            number
            for number, echoes in crowd.groups.echoing.items()
            if echoes > 1 and number not in without
        ]
        signals.count("echo-again", len(again), self.again_base + self.echo_rate * people / 10)
        signals.count("often", many(crowd.groups.often), self.often_base + self.often_rate * people)
        signals.count("twins", many(crowd.groups.twins), self.twins_base + self.twins_rate * people)
        if crowd.groups.steady:
            steady = self.steady_factor * steady_expected(crowd, self.praise_rate)
            expected = self.steady_base + max(self.steady_rate * people, steady)
            signals.count("steady", many(crowd.groups.steady), expected)
        return signals, again

    def _is_one_wording(
        self, crowd: Crowd, group: list[int], names_goods: Callable[[str], bool]
    ) -> bool:
        """Do they have one wording in common, and otherwise talk as others do?

        A reply that the platform offers spreads through a crowd that also says other things; so
        does the one sentence that is judged as a wording. Accounts that wrote nothing else, more of
        them than this room usually has, are none of these; and no platform offers a sentence about
        what this room sells. (What is copied within minutes does not come here: `Crowd._echo`.)
        """
        wording = crowd.wording_of_echo
        if wording is None or names_goods(wording.text):
            return False
        theirs = wording.members
        members = [number for number in group if number in theirs]
        if len(members) < ONE_WORDING * len(group):
            return False
        echoing, twins = crowd.groups.echoing, crowd.groups.twins
        again = sum(echoing.get(number, 0) > 1 or number in twins for number in members)
        if again >= 0.3 * len(members):
            return False
        if len(members) < self.alone + 2:
            return True
        single = sum(crowd.by_number[number].different == 1 for number in members)
        # Whoever wrote the sentence, counted or not, is none of the others; it keeps some of them.
        written = crowd.known(theirs)
        alone = sum(account.different == 1 for account in written) / max(1, len(written))
        others = crowd.head.different[1] - alone * wording.count
        usual = min(0.9, (max(0.0, others) + 1) / max(1, crowd.people - wording.count))
        return binomial_tail(single, len(members), max(0.2, usual)) > self.single_tail


def _whole(crowd: Crowd, weights: dict[int, float]) -> dict[int, float]:
    """The weights of accounts by all that they wrote in this broadcast, where that makes them less.

    In a large room the latest lines go back some minutes only, and who wrote this and that before is no
    hired account.
    """
    found = {}
    for number, ratio in weights.items():
        account = crowd.by_number.get(number) if ratio > 0 else None
        if account is not None:
            ratio = min(ratio, crowd.mixture.weight(account.kinds))
        found[number] = ratio
    return found


def _telling(crowd: Crowd, numbers: Collection[int]) -> int:
    """Lines of accounts that tell, of those that count (`facts.crowd.kinds`)."""
    accounts = (crowd.by_number.get(number) for number in numbers)
    return sum(sum(unpacked(one.kinds & COUNTS)[1:]) for one in accounts if one is not None)


def _both(mixed: float, counts: float) -> float:
    """log₁₀ of the weighted mean of two e-values, which is one, however they depend on each other."""
    return averaged(mixed + log10(MIXED), counts + log10(1 - MIXED)) + log10(2)


def _signal(name: str, value: int, expected: float, unusual: float) -> CrowdSignal:
    return CrowdSignal(
        name=name, value=value, expected=round(expected, 2), surprise=round(unusual, 1)
    )
