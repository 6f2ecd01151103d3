"""Is one part of the crowd a crowd of its own? Who writes which kinds of lines, as a mixture of two.

In an ordinary crowd everybody writes lines of all kinds, each kind about as often as the room does
(some like long lines, some like to praise: the shares of an account scatter around those of the
room, a Dirichlet-multinomial distribution). Hired accounts write little else than what they are
hired for. So each account has a likelihood ratio, and the room has that of a mixture in which a
share ε of the accounts is of the other sort:

    E = Π (1 − ε + ε · LRᵢ)   over all accounts i

E is an *e-value* (Vovk and Wang, Annals of Statistics 49, 2021; Grünwald, de Heide and Koolen 2024):
where nobody is hired its mean is one, so it passes 1/α with probability α at most. Several shares ε and
several sorts of hired accounts are tried and the best is taken; what that costs, and what real crowds do
that the model does not know, is measured on ordinary evenings (`docs/crowd.md`).

Who is hired comes at some time and works for a while. Held against all who wrote since the broadcast
began, a crew that has just begun is a small share of a large crowd; of those who wrote within the last ten
to fifteen minutes it is a large one. So E is taken of the accounts that wrote in the last three slots of
five minutes, each with all that it wrote (a scan over time; Shin, Ramdas and Rinaldo 2023 call the like an
e-detector). Such windows follow each other, and each is another occasion for chance: how often one of them is passed
in an evening of 75 minutes is measured, and what a longer one has more of them is paid for (`EVENING`).

What makes many people write alike for a while, and is no crowd of its own, counts for an account
only when the account does it again: the first line that many others wrote, too (a reply that the
platform offers), a first line that somebody else began to write within the last minutes (a joke that
is copied), a first line in a minute in which far more such lines came than usual (the host asked, a
prize was won), a first sentence of praise within minutes after such sentences came in a flood (a product
was shown that many have at home), and the first short line of praise, for those come in waves with every
event of an evening. Until then such a line counts as none, not as an ordinary one, which would speak for
the account: of those who write three short lines of a script two were ordinary else. That everybody writes
more long lines than usual for a while is no crew, either (`likelihood.in_common`).

The two most unusual accounts count no more than
the third: what two accounts do is no crowd (assistants who paste notices under a viewer's name). That
is at most the product over all, so it is an e-value, too.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Collection
from math import exp, log, log2, log10

from msgspec import Struct

from detectors.calendar import MINUTE_MS
from detectors.facts.crowd.kinds import (
    BITS,
    COUNTS,
    KINDS,
    MASK,
    PRAISE,
    REST,
    SENTENCES,
    SHORT,
    STEPS,
    STRONG,
)
from detectors.facts.crowd.likelihood import HIRED, UNUSUAL, Terms, in_common
from detectors.facts.crowd.recent import KIND, KIND_BITS, MOST_LINES, SLOTS, Recent
from detectors.facts.crowd.usual import LEAST_SLOT, USUAL, WITHOUT_UNUSUAL, usual_shares
from detectors.facts.crowd.window import Window

__all__ = ["SLOT_MS", "Mixture", "Sheet"]

#: Marks of an account: it wrote what many wrote; the kind of its line that does not count yet; it wrote
#: a line that tells; its first short line of praise does not count yet, or does.
_COPIED = 1 << BITS * KINDS
_HELD = BITS * KINDS + 1
_TOLD = 1 << _HELD + 3
_SHORT_HELD, _SHORT_TOLD = 1 << _HELD + 4, 1 << _HELD + 5

#: The share of hired accounts that is believed in before anything is seen.
BELIEVED = 0.01
#: As long as there are not more slots, what is usual is found anew each minute.
FEW_SLOTS = 2
#: A line that so many accounts wrote is everybody's.
COPIED = 8
#: Lines that tell in one minute, beyond `TIMES` the usual, after which they come in a wave; sentences of
#: praise in one minute, beyond `FLOOD_TIMES` the usual, after which they come in a flood, and for how long.
WAVE, TIMES = 4, 3.0
FLOOD, FLOOD_TIMES, FLOOD_MS = 3, 1.5, 180_000
#: First sentences of accounts in `FLOOD_MS`, beyond `FLOOD_TIMES` the usual and half of them praise, after which
#: they come in one, too; accounts whose first sentence is known to have come in one.
FIRST, MAX_EARLY = 5, 256
SLOT_MS = 5 * MINUTE_MS
#: Window of time in which a crew is looked for, in slots, the present one among them.
WINDOW = 3
#: Slots of an evening of 75 minutes, for which the false alarms are measured.
EVENING = 15
#: Slots of which the lines by kind are kept, short wordings that are counted.
MAX_SLOTS, MAX_SHORT = 36, 256
#: Octaves by which a share has to move before it is another one.
MOVED = 0.5
#: The evidence is found anew so often at most, ms.
WEIGHED_MS = 30_000
#: What the terms of a cell and a short line take in memory, about.
TERM_BYTES, SHORT_BYTES = 500, 190
#: log₁₀ of the evidence where there is none.
NONE = -9.0
_LN10 = log(10)
TELLING = tuple(kind for kind in range(KINDS) if kind != REST)


class Sheet(Struct, array_like=True):
    """What is written of a `Mixture` beside its lines; what each account wrote is kept with the account."""

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
    """When the evidence was last found, ms."""
    sentences: int = 0
    """Lines of this minute that are `SENTENCES`."""
    flood: int = 0
    """Until when such lines come in a flood, ms."""
    first: int = 0
    """The first slot of the broadcast."""
    starts: dict[int, int] = {}
    """Slots to the number of their first line."""
    evidence: float = NONE
    """log₁₀ of the evidence as it was last found, …"""
    share: float = HIRED[0]
    """… and the share of hired accounts that fits best."""
    firsts: list[tuple[int, int, int]] = []
    """First sentences of accounts within `FLOOD_MS`: when, by whom (−1: it does not count), of which kind."""
    early: dict[int, int] = {}
    """Accounts whose first sentence was counted before it was known to be one of a flood: its kind."""


class Mixture:
    """The accounts of a broadcast by what they wrote."""

    __slots__ = ("_terms", "_window", "lines", "recent", "sheet", "slot")

    def __init__(self, sheet: Sheet | None = None, recent: Recent | None = None) -> None:
        self.sheet = sheet if sheet is not None else Sheet()
        #: Who wrote which kinds of lines lately.
        self.recent = recent if recent is not None else Recent()
        self._window = Window(self.recent)
        self.slot = -1
        self.lines = [0] * KINDS
        self._terms = Terms(self.sheet.shares)

    @property
    def size(self) -> int:
        """Bytes of memory, about; what each account wrote is counted with the accounts."""
        terms = TERM_BYTES * self._terms.count + SHORT_BYTES * len(self.sheet.shorts)
        return terms + self.recent.size + self._window.size

    def take(
        self, account: int, number: int, kind: int, at: int, *, copies: int = 0,
        copied: bool = False, words: str = "",
    ) -> int:  # fmt: skip
        """Counts a line that the account had not written yet, one of its first `MOST`.

        Args:
            account: what was returned for its line before this one; 0: there was none.
            number: which account it is.
            copies: accounts that wrote (nearly) the same long line.
            copied: has somebody else begun to write that line within the last minutes?
            words: gist of a short line.

        Returns:
            The number that stands for what the account wrote, to be kept with it.
        """
        slot = at // SLOT_MS
        if slot != self.slot:
            self.turn(slot)
        if not (copied and copies >= COPIED):
            # A joke that many copy is no part of what this room says by itself.
            self.lines[kind] += 1
        if not kind:
            return self._move(account, number, REST)
        sheet = self.sheet
        if kind == SHORT and words:
            copies = sheet.shorts.pop(words, 0) + 1
            sheet.shorts[words] = copies
            if len(sheet.shorts) > MAX_SHORT:
                del sheet.shorts[next(iter(sheet.shorts))]
        minute = at // MINUTE_MS
        if minute != sheet.minute:
            sheet.minute, sheet.telling, sheet.sentences = minute, 0, 0
            if len(sheet.slots) <= FEW_SLOTS:
                self._find_usual()
        sheet.telling += 1
        if kind in SENTENCES:
            sheet.sentences += 1
            if sheet.sentences > FLOOD + FLOOD_TIMES * self._usual(SENTENCES, slot):
                sheet.flood = at + FLOOD_MS
        if copies >= COPIED and not account & _COPIED:
            return account | _COPIED
        if kind == SHORT and not account & _SHORT_TOLD:
            if not account & _SHORT_HELD:
                return account | _SHORT_HELD
            account = self._move(account, number, SHORT) | _SHORT_TOLD
        if not account & _TOLD:
            if copied:
                return account | _TOLD | kind << _HELD
            if kind in SENTENCES:
                self._count_first(number, kind, at)
            if self._is_wave(kind, at):
                if kind in SENTENCES:
                    sheet.firsts[-1] = (at, -1, kind)
                return account | _TOLD | kind << _HELD
            return self._move(account, number, kind) | _TOLD
        if sheet.early:
            sheet.early.pop(number, None)
        held = account >> _HELD & 7
        if held:
            account = self._move(account & ~(7 << _HELD), number, held)
        return self._move(account, number, kind)

    def is_unusual(self, account: int) -> bool:
        """Does an account write as hired accounts do, rather than as this room does?"""
        return self.weight(account) > UNUSUAL

    def weight(self, account: int) -> float:
        """The logarithm of an account's likelihood ratio, of the sort of hired accounts that fits best."""
        return self._terms.weight(account & COUNTS)

    def is_flooded(self, at: int) -> bool:
        """Did far more sentences of praise come within minutes than usual?"""
        return at < self.sheet.flood

    def due(self, at: int) -> bool:
        """Is it time to compute the evidence anew?"""
        return at - self.sheet.weighed >= WEIGHED_MS

    def evidence(self, at: int) -> float:
        """log₁₀ of E, as of `WEIGHED_MS` ago at most."""
        sheet = self.sheet
        if self.due(at):
            sheet.weighed = at
            sheet.evidence, sheet.share = self._weigh(at // SLOT_MS)
        return sheet.evidence

    def evidence_without(self, at: int, without: Collection[int]) -> float:
        """log₁₀ of the evidence as if some accounts had not written; it is not kept."""
        return self._weigh(at // SLOT_MS, without)[0]

    def writers(self, at: int) -> int:
        """How many accounts wrote in the window."""
        return self._here(at // SLOT_MS).writers

    def people(self, at: int) -> dict[int, float]:
        """Accounts that wrote in the window, with the logarithms of their likelihood ratios."""
        weight = self._terms.weight
        here = self._here(at // SLOT_MS).accounts
        return {number: weight(self._counted(number, cell)) for number, cell in here.items()}

    # Within -------------------------------------------------------------------------------

    def _move(self, account: int, number: int, kind: int) -> int:
        self.recent.take(number, kind)
        return account + STEPS[kind]

    def _usual(self, kinds: tuple[int, ...], slot: int) -> float:
        """Lines of these kinds in a minute, as long as as much is written as in the slot before."""
        lines = self.sheet.slots.get(slot - 1)
        if lines is None:
            return 0.0
        return sum(self.sheet.shares[kind] for kind in kinds) * sum(lines) * MINUTE_MS / SLOT_MS

    def _is_wave(self, kind: int, at: int) -> bool:
        """Do far more lines that tell come in this minute than usual, or sentences in a flood?"""
        if kind in SENTENCES and self.is_flooded(at):
            return True
        return self.sheet.telling > WAVE + TIMES * self._usual(TELLING, at // SLOT_MS)

    def _count_first(self, number: int, kind: int, at: int) -> None:
        """Counts the first sentence of an account: are there so many that a product brings them about?

        Of a product that many have at home they tell within minutes after it is shown, few in each
        minute where few are there. Those before it was known are one line each, too.
        """
        sheet = self.sheet
        firsts = [one for one in sheet.firsts if one[0] > at - FLOOD_MS]
        sheet.firsts = [*firsts, (at, number, kind)]
        usual = self._usual(SENTENCES, at // SLOT_MS) * FLOOD_MS / MINUTE_MS
        praise = sum(of in (PRAISE, STRONG) for _, _, of in sheet.firsts)
        if len(sheet.firsts) > FIRST + FLOOD_TIMES * usual and 2 * praise >= len(sheet.firsts):
            sheet.flood = at + FLOOD_MS
            early = sheet.early
            early.update({one: of for _, one, of in firsts if one >= 0})
            while len(early) > MAX_EARLY:
                del early[next(iter(early))]

    def _counted(self, number: int, cell: int) -> int:
        """What counts of what an account wrote: no first sentence that came in a flood."""
        kind = self.sheet.early.get(number)
        return cell - STEPS[kind] if kind and cell >> BITS * kind & MASK else cell

    def _weigh(self, slot: int, without: Collection[int] = ()) -> tuple[float, float]:
        """log₁₀ of E, and the share that fits best."""
        window = self._here(slot)
        tally: dict[int, int] = window.tally
        if without or self.sheet.early:
            here = window.accounts
            tally = Tally(tally)
            for number in {*without, *self.sheet.early}:
                if number in here:
                    cell = here[number]
                    tally[cell] -= 1
                    tally[0 if number in without else self._counted(number, cell)] += 1
            tally = {cell: many for cell, many in tally.items() if cell and many}
        # In their order, so that a sum does not depend on which came first.
        cells = dict(sorted(tally.items()))
        best, share = self._terms.crowd(cells)
        if best > 0:
            best -= in_common(cells, self.sheet.shares)
        passed = slot - self.sheet.first + 1
        return best / _LN10 + log10(min(1.0, EVENING / passed)), share

    def _here(self, slot: int) -> Window:
        """What the accounts wrote that wrote in the window."""
        end = self.recent.end
        starts = (first for one, first in self.sheet.starts.items() if one > slot - WINDOW)
        self._window.move(end - MOST_LINES, min(starts, default=end))
        return self._window

    def turn(self, slot: int) -> None:
        """A slot begins: what is usual is found anew from those that ended."""
        self.slot = slot
        sheet = self.sheet
        slots, starts = sheet.slots, sheet.starts
        if slot in slots:
            self.lines = slots[slot]
            return
        self._find_usual()
        if not slots:
            sheet.first = slot
        while len(slots) >= MAX_SLOTS:
            del slots[next(iter(slots))]
        starts[slot] = self.recent.end
        while next(iter(starts)) <= slot - SLOTS:
            del starts[next(iter(starts))]
        self.recent.drop(min(starts.values()))
        self.lines = slots[slot] = [0] * KINDS

    def _find_usual(self) -> None:
        slots = self.sheet.slots.values()
        shares = usual_shares(
            [lines for lines in slots if sum(lines) >= LEAST_SLOT], self._of_unusual()
        )
        if any(abs(log2(new / old)) > MOVED for new, old in zip(shares, self.sheet.shares, strict=True)):  # fmt: skip
            self.sheet.shares = shares
            self._terms = Terms(shares)

    def _of_unusual(self) -> dict[int, float]:
        """Lines of the accounts by kind, each as likely as its account is hired."""
        found = dict.fromkeys(WITHOUT_UNUSUAL, 0.0)
        lines = Tally(self.recent.since(0))
        cells = {line >> KIND_BITS: 0 for line in lines if line & KIND in found}
        for line, many in lines.items():
            number = line >> KIND_BITS
            if number in cells:
                cells[number] += many * STEPS[line & KIND]
        weight = self._terms.weight
        for _, cell in sorted(cells.items()):
            odds = BELIEVED * exp(weight(cell))
            hired = odds / (1 - BELIEVED + odds)
            for kind in WITHOUT_UNUSUAL:
                found[kind] += hired * (cell >> BITS * kind & MASK)
        return found
