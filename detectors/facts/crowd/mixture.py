"""Is one part of the crowd a crowd of its own? Who writes which kinds of lines, as a mixture of two.

In an ordinary crowd everybody writes lines of all kinds, each kind about as often as the room does
(some like long lines, some like to praise: the shares of an account scatter around those of the
room, a Dirichlet-multinomial distribution). Hired accounts write little else than what they are
hired for. So each account has a likelihood ratio, and the room has that of a mixture in which a
share ε of the accounts is of the other sort:

    E = Π (1 − ε + ε · LRᵢ)   over all accounts i

E is an *e-value* (Vovk and Wang, Annals of Statistics 49, 2021; Grünwald, de Heide and Koolen 2024):
where nobody is hired its mean is one, so it passes 1/α with probability α at most, at whatever time
one looks, and no sample has to be full before one may look. Several shares ε and several sorts of
hired accounts are tried and the best is taken; what that costs, and what real crowds do that the
model does not know, is measured on ordinary evenings (`docs/crowd.md`).

How often the room writes a kind is taken from its own quieter half: of slots of five minutes the
half with the lowest share, which a campaign that lasts less than half of what was watched does not
reach. A longer one does: so of praise that share is at most what is left without the lines of those who are
likely hired (a step of the EM algorithm, Dempster, Laird and Rubin 1977). As long as little was seen it is
what was written, so a crowd that praises from the beginning is its own measure, and only who writes it
counts.

What makes many people write alike for a while, and is no crowd of its own, counts for an account
only when the account does it again: the first line that many others wrote, too (a reply that the
platform offers), a first line that somebody else began to write within the last minutes (a joke that
is copied), and a first line in a minute in which far more such lines came than usual (the host asked,
a prize was won). The two most unusual accounts count no more than
the third: what two accounts do is no crowd (assistants who paste notices under a viewer's name). That
is at most the product over all, so it is an e-value, too.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from math import exp, log, log1p, log2

from msgspec import Struct

__all__ = [
    "CELL",
    "LONG",
    "LONG_ALIKE",
    "MOST",
    "PRAISE",
    "REST",
    "SHORT",
    "SLOT_MS",
    "STRONG",
    "UNUSUAL",
    "Mixture",
    "Sheet",
    "kind_of",
]

#: Kinds of lines. All but the first *tell*: they are what hired accounts are hired for.
REST, LONG, LONG_ALIKE, SHORT, PRAISE, STRONG = range(6)
KINDS = 6
#: Lines of an account that count, so that each kind has five bits of the account's number (and one more:
#: a line that did not count at first).
MOST = 15
_BITS = 5
_MASK = (1 << _BITS) - 1
#: The counts of an account without its marks.
CELL = (1 << _BITS * KINDS) - 1
#: Marks of an account: it wrote what many wrote; the kind of its line that does not count yet.
_COPIED = 1 << _BITS * KINDS
_HELD = _BITS * KINDS + 1
_TOLD = 1 << _HELD + 3

#: Shares of the kinds in an ordinary crowd, and how many lines of the room outweigh them.
USUAL = (0.80, 0.06, 0.03, 0.09, 0.015, 0.005)
WEIGHT = 300.0
#: Of what the room wrote in all a share is at least so much, less what a
#: moderate campaign adds; and as much as was written, as long as no more than `FEW` lines were seen. A room that
#: praises from its beginning is not held against what is usual elsewhere.
AT_LEAST, ALLOWED, FEW = 0.7, 0.015, 500.0
#: By how many standard deviations of a Poisson count the lower half of the counts lies below their mean.
BELOW = 1.5
#: Kinds of which a room's share is found without those who are likely hired; how many standard
#: deviations are added to what the others wrote; the share of hired accounts that is believed in
#: before anything is seen.
WITHOUT_UNUSUAL, ALLOWANCE, BELIEVED = (PRAISE, STRONG), 0.5, 0.01
#: As long as there are not more slots, what is usual is found anew each minute.
FEW_SLOTS = 2
#: How much the shares of one ordinary account agree with the room's, and of hired ones with theirs:
#: sums of the parameters of their Dirichlet distributions.
AGREEMENT, AGREEMENT_HIRED = 15.0, 8.0
#: Sorts of hired accounts: shares of the kinds. Writers of sentences and of short lines, each also
#: with ordinary lines in between.
SORTS = (
    (0.20, 0.1925, 0.154, 0.03, 0.154, 0.2695),
    (0.50, 0.1175, 0.094, 0.03, 0.094, 0.1645),
    (0.25, 0.025, 0.02, 0.65, 0.02, 0.035),
    (0.50, 0.02, 0.016, 0.42, 0.016, 0.028),
)
#: Shares of the accounts that may be hired.
HIRED = (0.005, 0.02, 0.08)
#: The greatest logarithm of one account's likelihood ratio.
CAP = 8.0
#: Accounts that count no more than the next one, however unusual they are.
SPARED = 2
#: A line that so many accounts wrote is everybody's.
COPIED = 8
#: Lines that tell in one minute, beyond `TIMES` the usual, after which they come in a wave.
WAVE, TIMES = 4, 3.0
SLOT_MS, MINUTE_MS = 300_000, 60_000
#: Slots that are kept, lines without which a slot says nothing, short wordings that are counted.
MAX_SLOTS, LEAST_SLOT, MAX_SHORT = 36, 10, 256
#: An account is unusual from this logarithm of its ratio on.
UNUSUAL = 1.5
#: Octaves by which a share has to move before all sums are begun anew.
MOVED = 0.5
#: The evidence is asked for so often at most, ms.
WEIGHED_MS = 30_000
#: What the terms of a cell, a count of accounts and a short line take in memory, about.
TERM_BYTES, CELL_BYTES, SHORT_BYTES = 440, 110, 190
_LN10 = log(10)


def kind_of(long: bool, praise: int, alike: bool) -> int:
    """The kind of a line.

    Args:
        praise: how many words of praise it has.
        alike: does it share a run of letters with another account's line?
    """
    if not long:
        return SHORT if praise else REST
    if praise > 1 or (praise and alike):
        return STRONG
    if praise:
        return PRAISE
    return LONG_ALIKE if alike else LONG


def _rising(shares: tuple[float, ...], agreement: float) -> tuple[list[list[float]], list[float]]:
    """ln Γ(α + k) − ln Γ(α) for each kind and k, and the same of the sum of all α."""
    rows = []
    for alpha in (*(max(0.02, agreement * share) for share in shares), agreement):
        row = [0.0]
        for lines in range(MOST + 1):
            row.append(row[-1] + log(alpha + lines))
        rows.append(row)
    return rows[:-1], rows[-1]


_HIRED_RISING = [_rising(sort, AGREEMENT_HIRED) for sort in SORTS]


class Sheet(Struct, array_like=True):
    """What is written of a `Mixture`; what each account wrote is kept with the account."""

    slots: dict[int, list[int]] = {}
    """Lines by kind, in each slot of `SLOT_MS`."""
    shorts: dict[str, int] = {}
    """Short lines that tell, to how many accounts wrote them; those not seen for long are dropped."""
    minute: int = 0
    telling: int = 0
    """Lines that tell in this minute."""
    shares: tuple[float, ...] = USUAL
    """Shares of the kinds in this room, as of the last slot that ended."""
    weighed: int = 0
    """When the evidence was last asked for, ms."""


class Mixture:
    """The accounts of a broadcast by what they wrote.

    Sums over all accounts are kept, so a line costs the same however many there are.
    """

    __slots__ = ("_sums", "_terms", "_unusual", "cells", "lines", "moved", "sheet", "slot")

    def __init__(self, sheet: Sheet | None = None) -> None:
        self.sheet = sheet if sheet is not None else Sheet()
        #: Counts by kind, packed, to how many accounts have them.
        self.cells: dict[int, int] = {}
        #: Accounts by cell that `cells` and the sums do not have yet.
        self.moved: dict[int, int] = {}
        self.slot = -1
        self.lines = [0] * KINDS
        self._start()

    @property
    def size(self) -> int:
        """Bytes of memory, about; what each account wrote is counted with the accounts."""
        cells = len(self.cells) + len(self.moved)
        return TERM_BYTES * self._terms.count + CELL_BYTES * cells + SHORT_BYTES * len(self.sheet.shorts)  # fmt: skip

    def put(self, account: int) -> None:
        """Takes back an account whose number was kept."""
        cell = account & CELL
        if cell:
            self.moved[cell] = self.moved.get(cell, 0) + 1

    def _start(self) -> None:
        """Begins the sums anew: other shares are usual."""
        self._terms = Terms(self.sheet.shares)
        self._sums = [0.0] * (len(SORTS) * len(HIRED))
        self._settle()
        #: All accounts are to be summed anew, once the evidence is asked for.
        self.moved, self.cells = self.cells, {}
        #: Cells of unusual accounts.
        self._unusual: dict[int, None] = {}

    def take(
        self, account: int, kind: int, at: int, *, copies: int = 0, copied: bool = False,
        words: str = "",
    ) -> int:  # fmt: skip
        """Counts a line that the account had not written yet, one of its first `MOST`.

        Args:
            account: what was returned for its line before this one; 0: there was none.
            copies: accounts that wrote (nearly) the same long line.
            copied: has somebody else begun to write that line within the last minutes?
            words: gist of a short line.

        Returns:
            The number that stands for what the account wrote, to be kept with it.
        """
        slot = at // SLOT_MS
        if slot != self.slot:
            self.turn(slot)
        self.lines[kind] += 1
        if not kind:
            return self._move(account, REST)
        sheet = self.sheet
        if kind == SHORT and words:
            copies = sheet.shorts.pop(words, 0) + 1
            sheet.shorts[words] = copies
            if len(sheet.shorts) > MAX_SHORT:
                del sheet.shorts[next(iter(sheet.shorts))]
        minute = at // MINUTE_MS
        if minute != sheet.minute:
            sheet.minute, sheet.telling = minute, 0
            if len(sheet.slots) <= FEW_SLOTS:
                self._find_usual()
        sheet.telling += 1
        if copies >= COPIED and not account & _COPIED:
            return self._move(account, REST) | _COPIED
        if not account & _TOLD:
            if copied or sheet.telling > WAVE + TIMES * self._usual(slot):
                return self._move(account, REST) | _TOLD | kind << _HELD
            return self._move(account, kind) | _TOLD
        held = account >> _HELD & 7
        if held:
            account = self._move(account & ~(7 << _HELD), held)
        return self._move(account, kind)

    def drop(self, account: int) -> None:
        """Forgets an account."""
        cell = account & CELL
        if cell:
            self.moved[cell] = self.moved.get(cell, 0) - 1

    def is_unusual(self, account: int) -> bool:
        """Does an account write as hired accounts do, rather than as this room does?"""
        return max(self._terms.of(account & CELL)[0]) > UNUSUAL

    def due(self, at: int) -> bool:
        """Is it time to ask for the evidence again?"""
        if at - self.sheet.weighed < WEIGHED_MS:
            return False
        self.sheet.weighed = at
        return True

    def weight(self, account: int) -> float:
        """The logarithm of an account's likelihood ratio, of the sort of hired accounts that fits best."""
        return max(self._terms.of(account & CELL)[0])

    def evidence(self) -> float:
        """log₁₀ of E."""
        return self.best()[0]

    def best(self) -> tuple[float, float]:
        """log₁₀ of E, and the share of hired accounts that fits best."""
        terms, sums, unusual = self._terms, self._sums, self._unusual
        for cell, by in self.moved.items():
            if by:
                ratios, parts = terms.of(cell)
                for place, part in enumerate(parts):
                    sums[place] += by * part
                if max(ratios) > UNUSUAL:
                    unusual[cell] = None
        self._settle()
        self.moved = {}
        best, fits, cells = 0.0, HIRED[0], self.cells
        found = [(terms.of(cell), cells[cell]) for cell in unusual if cell in cells]
        many = len(HIRED)
        for sort in range(len(SORTS)):
            rest = sums[sort * many : (sort + 1) * many]
            left = SPARED
            for (_, parts), accounts in sorted(found, key=lambda one: -one[0][0][sort]):
                few = min(left, accounts)
                left -= few
                # Those who count no more than the next one does count as often as that one.
                again = SPARED if few < accounts else 0
                for share in range(many):
                    part = parts[sort * many + share]
                    rest[share] += again * max(0.0, part) - few * part
                if again:
                    break
            for hired, total in zip(HIRED, rest, strict=True):
                if total > best:
                    best, fits = total, hired
        return best / _LN10, fits

    # Within -------------------------------------------------------------------------------

    def _move(self, account: int, kind: int) -> int:
        changed, cell = self.moved, account & CELL
        if cell:
            changed[cell] = changed.get(cell, 0) - 1
        step = 1 << _BITS * kind
        cell += step
        changed[cell] = changed.get(cell, 0) + 1
        return account + step

    def _settle(self) -> None:
        """Counts what moved since the last time."""
        cells = self.cells
        for cell, by in self.moved.items():
            count = cells.get(cell, 0) + by
            if count > 0:
                cells[cell] = count
            else:
                cells.pop(cell, None)

    def _usual(self, slot: int) -> float:
        """Lines that tell in a minute of this room, from the slot before."""
        lines = self.sheet.slots.get(slot - 1)
        if lines is None:
            return 0.0
        return (1 - self.sheet.shares[REST]) * sum(lines) * MINUTE_MS / SLOT_MS

    def turn(self, slot: int) -> None:
        """A slot begins: what is usual is found anew from those that ended."""
        self.slot = slot
        slots = self.sheet.slots
        if slot in slots:
            self.lines = slots[slot]
            return
        self._find_usual()
        while len(slots) >= MAX_SLOTS:
            del slots[next(iter(slots))]
        self.lines = slots[slot] = [0] * KINDS

    def _find_usual(self) -> None:
        slots = self.sheet.slots.values()
        shares = _usual_shares(
            [lines for lines in slots if sum(lines) >= LEAST_SLOT], self._of_unusual()
        )
        if any(abs(log2(new / old)) > MOVED for new, old in zip(shares, self.sheet.shares, strict=True)):  # fmt: skip
            self.sheet.shares = shares
            self._start()

    def _of_unusual(self) -> dict[int, float]:
        """Lines of the accounts by kind, each as likely as its account is hired."""
        found = dict.fromkeys(WITHOUT_UNUSUAL, 0.0)
        cells, changed, terms = self.cells, self.moved, self._terms
        praising = [cell for cell in cells.keys() | changed.keys() if cell >> _BITS * min(found)]
        for cell in sorted(praising):
            accounts = cells.get(cell, 0) + changed.get(cell, 0)
            if accounts > 0:
                odds = BELIEVED * exp(max(terms.of(cell)[0]))
                hired = accounts * odds / (1 - BELIEVED + odds)
                for kind in WITHOUT_UNUSUAL:
                    found[kind] += hired * (cell >> _BITS * kind & _MASK)
        return found


class Terms:
    """Terms of an account by its cell, where the kinds have these shares."""

    __slots__ = ("_by_cell", "_rows", "_whole")

    def __init__(self, shares: tuple[float, ...]) -> None:
        self._rows, self._whole = _differences(shares)
        #: Each room has terms of its own, so their numbers are packed: a third of what tuples take.
        self._by_cell: dict[int, tuple[array[float], array[float]]] = {}

    @property
    def count(self) -> int:
        """Cells whose terms are at hand."""
        return len(self._by_cell)

    def of(self, cell: int) -> tuple[array[float], array[float]]:
        """ln LR for each sort; ln(1 − ε + ε·LR) for each sort and share ε."""
        known = self._by_cell.get(cell)
        if known is None:
            a, b, c, d, e, f = _unpacked(cell)
            lines = a + b + c + d + e + f
            ratios = array("d", (
                min(CAP, rows[0][a] + rows[1][b] + rows[2][c] + rows[3][d] + rows[4][e] + rows[5][f] - whole[lines])
                for rows, whole in zip(self._rows, self._whole, strict=True)
            ))  # fmt: skip
            known = self._by_cell[cell] = (
                ratios,
                array(
                    "d", (log1p(share * (exp(ratio) - 1)) for ratio in ratios for share in HIRED)
                ),
            )
        return known


def _usual_shares(slots: list[list[int]], unusual: dict[int, float]) -> tuple[float, ...]:
    """Shares of the kinds in the half of the slots with the lowest share, and a little more.

    The lower half of Poisson counts lies below their mean by about 0.8 of their standard deviation
    (the mean of the lower half of a normal distribution), which is put back, and as much again, nearly
    (`BELOW`): what one account writes comes together, so the counts scatter more.

    Args:
        unusual: of some kinds, lines that are likely of hired accounts and do not count.
    """
    lines = [sum(slot) for slot in slots]
    total = sum(lines)
    shares = [0.0] * KINDS
    for kind in range(1, KINDS):
        told = seen = 0
        for slot, of in sorted(zip(slots, lines, strict=True), key=lambda one: one[0][kind] / one[1]):  # fmt: skip
            told += slot[kind]
            seen += of
            if 2 * seen >= total:
                break
        usual = (told + BELOW * told**0.5) / seen * total if seen else 0.0
        written = sum(slot[kind] for slot in slots)
        others = float(written)
        if kind in unusual:
            others = max(0.0, written - unusual[kind])
            usual = min(usual, others + ALLOWANCE * others**0.5)
        shares[kind] = max(
            (usual + WEIGHT * USUAL[kind]) / (total + WEIGHT),
            AT_LEAST * written / max(1, total) - ALLOWED,
            others / max(1, total) * FEW / (total + FEW),
        )
    shares[REST] = max(0.2, 1.0 - sum(shares))
    whole = sum(shares)
    return tuple(share / whole for share in shares)


@lru_cache(maxsize=64)
def _differences(
    shares: tuple[float, ...],
) -> tuple[list[list[array[float]]], list[array[float]]]:
    """What of a likelihood ratio each count of a kind, and of all kinds, comes to, for each sort.

    Every room begins with the usual shares, so they are worked out once.
    """
    usual, whole = _rising(shares, AGREEMENT)
    rows, wholes = [], []
    for hired, of_all in _HIRED_RISING:
        rows.append([array("d", (one - other for one, other in zip(row, known, strict=True))) for row, known in zip(hired, usual, strict=True)])  # fmt: skip
        wholes.append(array("d", (one - other for one, other in zip(of_all, whole, strict=True))))
    return rows, wholes


@lru_cache(maxsize=16_384)
def _unpacked(cell: int) -> tuple[int, ...]:
    return tuple(cell >> _BITS * kind & _MASK for kind in range(KINDS))
