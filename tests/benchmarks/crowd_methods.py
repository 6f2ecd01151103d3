"""Methods of the literature for crowds, in their plain form, beside those that are landed.

All that compare lines are given the same letters, the gist; SimHash and MinHash take the 2-grams of it.
`bench_crowd_methods` puts the same evenings to all of them.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import combinations, pairwise
from statistics import fmean, pvariance

from detectors.facts.crowd.account import Account
from detectors.facts.crowd.line import read
from detectors.facts.crowd.lockstep import LEAST_COLUMNS, MOST_WINDOWS, SLOT_MS
from detectors.facts.crowd.orders import period
from detectors.match.gist import gist
from detectors.stats.spread import gaps, variation
from detectors.stats.tails import surprise

__all__ = [
    "BEAT",
    "LIKENESS",
    "Findings",
    "Keyed",
    "Signed",
    "clusters",
    "midas",
    "pairs",
    "simhash",
    "words_of",
]

# Which lines are alike? -------------------------------------------------------------------


class Keyed:
    """Lines are alike that have a key in common."""

    def __init__(self, keys: Callable[[str], Iterable[str]]) -> None:
        self.keys = keys
        self.index: dict[str, list[int]] = defaultdict(list)
        self.lines: list[list[str]] = []

    def take(self, text: str) -> None:
        keys = list(self.keys(text))
        for key in keys:
            self.index[key].append(len(self.lines))
        self.lines.append(keys)

    def near(self, number: int) -> set[int]:
        return {other for key in self.lines[number] for other in self.index[key]}


class Signed:
    """Lines are alike whose signatures are; lines with a part in common are compared at all."""

    def __init__(
        self,
        sign: Callable[[str], Sequence[int]],
        alike: Callable[[Sequence[int], Sequence[int]], bool],
        parts: Callable[[Sequence[int]], Iterable[tuple[int, ...]]],
    ) -> None:
        self.sign, self.alike, self.parts = sign, alike, parts
        self.index: dict[tuple[int, ...], list[int]] = defaultdict(list)
        self.signatures: list[Sequence[int]] = []
        self.found: dict[int, set[int]] = defaultdict(set)

    def take(self, text: str) -> None:
        number, signature = len(self.signatures), self.sign(text)
        candidates: set[int] = set()
        for part in self.parts(signature):
            bucket = self.index[part]
            candidates.update(bucket)
            bucket.append(number)
        self.signatures.append(signature)
        for other in candidates:
            if self.alike(signature, self.signatures[other]):
                self.found[number].add(other)
                self.found[other].add(number)

    def near(self, number: int) -> set[int]:
        return self.found[number] | {number}


def _digest(part: str) -> int:
    return int.from_bytes(blake2b(part.encode(), digest_size=8).digest())


def words_of(text: str) -> str:
    """The letters that all methods compare."""
    return gist(text)[0][:60]


def pairs(text: str) -> set[str]:
    """The 2-grams of a line's gist."""
    words = words_of(text)
    return {first + second for first, second in pairwise(words)} or {words}


def simhash(text: str) -> tuple[int]:
    """64 bits: of each, whether most 2-grams have it in their digest (Charikar 2002)."""
    sums = [0] * 64
    for pair in pairs(text):
        digest = _digest(pair)
        for bit in range(64):
            sums[bit] += 1 if digest >> bit & 1 else -1
    return (sum(1 << bit for bit, total in enumerate(sums) if total > 0),)


def _simhash_within(bits: int) -> Signed:
    """Three bits: found by four blocks (Manku, Jain, Das Sarma 2007). More: all are compared."""

    def blocks(signature: Sequence[int]) -> Iterable[tuple[int, ...]]:
        if bits > 3:
            return [(0,)]
        return [(block, signature[0] >> 16 * block & 0xFFFF) for block in range(4)]

    return Signed(simhash, lambda a, b: (a[0] ^ b[0]).bit_count() <= bits, blocks)


_PRIME = 2**61 - 1
_CHANCE = random.Random(2002)
_FAMILY = [(_CHANCE.randrange(1, _PRIME), _CHANCE.randrange(_PRIME)) for _ in range(48)]


def _minhash(text: str) -> list[int]:
    """The least value of the 2-grams under each of 48 hashes (Broder 1997)."""
    digests = [_digest(pair) for pair in pairs(text)]
    return [min((a * digest + b) % _PRIME for digest in digests) for a, b in _FAMILY]


def _minhash_from(jaccard: float, rows: int) -> Signed:
    def bands(signature: Sequence[int]) -> Iterable[tuple[int, ...]]:
        return [(at, *signature[at : at + rows]) for at in range(0, len(signature), rows)]

    def alike(a: Sequence[int], b: Sequence[int]) -> bool:
        return sum(map(int.__eq__, a, b)) >= jaccard * len(a)

    return Signed(_minhash, alike, bands)


def _runs_of_five(text: str) -> list[str]:
    words = words_of(text)
    runs = [words[start : start + 5] for start in range(max(1, len(words) - 4))]
    return list(dict.fromkeys(map(min, pairwise(runs)) if len(runs) > 2 else runs))


LIKENESS: dict[str, Callable[[], Keyed | Signed]] = {
    "whole gist": lambda: Keyed(lambda text: [words_of(text)]),
    # Without its memory of lines, which the others have not either.
    "winnowing (landed)": lambda: Keyed(lambda text: read.__wrapped__(text).runs),
    "winnowed runs of five": lambda: Keyed(_runs_of_five),
    "SimHash, 3 of 64 bits": lambda: _simhash_within(3),
    "SimHash, 12 bits": lambda: _simhash_within(12),
    "SimHash, 18 bits": lambda: _simhash_within(18),
    "MinHash 12×4, J ≥ .5": lambda: _minhash_from(0.5, 4),
    "MinHash 24×2, J ≥ .3": lambda: _minhash_from(0.3, 2),
}


# Who acts in step? ------------------------------------------------------------------------

Findings = list[tuple[float, frozenset[str]]]
"""Score, the higher the more unusual, and who."""


def midas(many: int, total: int, ticks: int) -> float:
    """MIDAS' chi-squared: this tick against the mean of all (Bhatia et al. 2020).

    Args:
        many: moves along an edge in this tick.
        total: the same in all ticks, this one included.
        ticks: ticks so far, at least two.

    Returns:
        The score; 0 where there are fewer moves than usual.
    """
    if many * ticks <= total:
        return 0.0
    return float((many - total / ticks) ** 2 * ticks**2 / (total * (ticks - 1)))


def clusters(accounts: Iterable[Account], least: float) -> Findings:
    """Accounts linked by the Jaccard similarity of their windows (Cao et al. 2014); score: the size."""
    slots: dict[int, list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for account in accounts:
        if LEAST_COLUMNS < len(account.active) <= MOST_WINDOWS:
            mine = {at // SLOT_MS for at in account.active}
            sizes[account.name] = len(mine)
            for slot in mine:
                slots[slot].append(account.name)
    common = Counter(pair for members in slots.values() for pair in combinations(members, 2))
    root = {name: name for name in sizes}

    def top(name: str) -> str:
        while root[name] != name:
            root[name] = name = root[root[name]]
        return name

    for (one, other), both in common.items():
        if both > 2 and both >= least * (sizes[one] + sizes[other] - both):
            root[top(one)] = top(other)
    groups: dict[str, set[str]] = defaultdict(set)
    for name in sizes:
        groups[top(name)].add(name)
    return [(float(len(who)), frozenset(who)) for who in groups.values() if len(who) >= 5]


# Which orders are on a beat? --------------------------------------------------------------


def _fano(times: list[int]) -> float:
    """Of counts in slots that hold two orders on average."""
    slots = max(2, len(times) // 2)
    width = (times[-1] - times[0] + 1) / slots
    counts = Counter(int((at - times[0]) / width) for at in times)
    filled = [counts[slot] for slot in range(slots)]
    return pvariance(filled) / fmean(filled)


BEAT: dict[str, Callable[[list[int]], float]] = {
    "period (landed)": lambda times: surprise(period(gaps(times))[2]),
    "variation of gaps": lambda times: -(variation(gaps(times)) or 0.0),
    "Fano factor": lambda times: -_fano(times),
}
