"""Counts and clocks of the current broadcast, the part of the crowd's book that is kept per room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from operator import add

from msgspec import Struct, field

from detectors.calendar import MINUTE_MS
from detectors.facts.crowd.account import Account
from detectors.facts.crowd.orders import MOST_ORDERS
from detectors.stats.latest import trim
from detectors.stats.ring import RateRing

__all__ = ["MINUTE_MS", "MOST_DIFFERENT", "SPAN_MS", "STRETCH_MS", "Head"]

#: Different lines of an account that are told apart.
MOST_DIFFERENT = 16
#: Invitations to write, and passphrases, that are remembered.
MAX_LED = 24
#: Gists of which it is known whether they were asked for; pairs of letters of such as were.
MAX_ASKED, MAX_PAIRS = 4_096, 2_048
#: What was asked for is written where so large a share of its pairs of letters is.
ASKED_RATIO = 0.6
MAX_MINUTES = 180
#: Lines are counted by spans, and who writes by stretches of time, ms.
SPAN_MS, STRETCH_MS = 10_000, 120_000
#: Stretches that are kept.
MAX_STRETCHES = 8
#: Slots in which sales and lines about buying are compared.
SALES_MS, MAX_SALES = 300_000, 72


class Head(Struct, array_like=True, dict=True):
    """State of the crowd's book that belongs to no account or wording."""

    next_account: int = 0
    next_wording: int = 0
    hand: int = 0
    """Account at which the next eviction begins to look (the CLOCK algorithm)."""
    tick: int = 0
    """Begin of the current tick, ms."""
    since: int = 0
    """First line of this broadcast, ms."""
    different: list[int] = []
    """Accounts of this broadcast by how many different lines they wrote."""
    lines: int = 0
    """Different lines of accounts, in all, …"""
    praises: int = 0
    """… and of them such as praise."""
    led: list[tuple[int, str]] = []
    """What the host, or a prize, asked to write: until when it counts, gist."""
    minutes: dict[int, int] = {}
    """Lines of this broadcast by minute."""
    echo_key: int | str = 0
    """Key of the wording by which a group of accounts last grew; a text: as it was written before."""
    watched: int = 0
    """First event of any account, ms."""
    buyers: list[int] = []
    """Accounts by how many orders they placed."""
    ordered: int = 0
    """Orders of known accounts, in all, …"""
    returned: int = 0
    """… and of them such as came back."""
    sales: dict[int, list[int]] = {}
    """By slot of `SALES_MS` of this broadcast: orders or units sold, and system lines about buying."""

    spans: RateRing = field(default_factory=lambda: RateRing(slot_ms=SPAN_MS))
    """Lines of viewers by span, also those without an account."""
    written: int = 0
    """All of them, ever."""
    minute: int = 0
    """The latest minute in which a viewer wrote."""
    wrote: dict[int, int] = {}
    """By stretch of `STRETCH_MS`: accounts whose latest line lies in it."""
    span: int = 0
    """Begin of the present span, ms."""
    filed: int = 0
    """Lines that are counted by span and minute; the others are of the present span."""
    came: int = 0
    """Accounts that wrote in the present stretch for the first time, as far as `wrote` lacks them."""

    buying: int = 0
    """Lines of the platform in this broadcast that somebody buys."""
    looking: int = 0
    """Lines of the platform that somebody looks at what is sold, ever."""
    bought: int = 0
    """Orders that were seen one by one, ever; one that is shown as placed and as paid counts once."""
    answers: list[tuple[int, list[str]]] = []
    """Words of answers to what the host asked: until when they count, the words."""

    @classmethod
    def begun(cls) -> Head:
        """Of a room in which nothing happened yet."""
        return cls(different=[0] * (MOST_DIFFERENT + 1), buyers=[0] * (MOST_ORDERS + 1))

    @property
    def people(self) -> int:
        """Accounts that wrote in this broadcast."""
        return sum(self.different)

    def begin_span(self, span: int) -> None:
        """Lines of another span follow: files what was counted in the one before."""
        lines, self.filed = self.written - self.filed, self.written
        before, self.span = self.span, span
        if lines:
            minute, minutes = before // MINUTE_MS, self.minutes
            minutes[minute] = minutes.get(minute, 0) + lines
            self.spans.add(before, lines)
        if self.came:
            stretch = before // STRETCH_MS
            self.wrote[stretch] = self.wrote.get(stretch, 0) + self.came
            trim(self.wrote, MAX_STRETCHES)
            self.came = 0

    def file(self) -> None:
        """Files what was counted in the present span, so that it may be looked at."""
        if self.written > self.filed or self.came:
            self.begin_span(self.span)

    def forget(self, account: Account) -> None:
        """Takes an account out of the stretch in which it wrote last."""
        self.file()
        stretch = account.last // STRETCH_MS
        if account.lines and stretch in self.wrote:
            self.wrote[stretch] -= 1

    def writers(self, start: int) -> int:
        """Accounts that wrote in the stretches from a time on, up to now."""
        self.file()
        first = start // STRETCH_MS
        return sum(accounts for stretch, accounts in self.wrote.items() if stretch >= first)

    def lines_since(self, start: int) -> int:
        """Lines of this broadcast from a time on, by whole minutes."""
        minutes, first = self.minutes, start // MINUTE_MS
        lines = self.written - self.filed if self.span // MINUTE_MS >= first else 0
        if self.minute - first < len(minutes):  # no minute that is filed is later than that
            return lines + sum([minutes.get(one, 0) for one in range(first, self.minute + 1)])
        return lines + sum([many for minute, many in minutes.items() if minute >= first])

    def by_minute(self) -> dict[int, int]:
        """Lines of this broadcast, by minute."""
        self.file()
        return self.minutes

    def lines_between(self, start: int, end: int) -> int:
        """Lines of the spans that begin in ``[start, end)``."""
        self.file()
        return self.spans.count(start, end)

    def invite(self, words: str, until: int) -> None:
        """Notes what was asked to be written: a gist, and until when it counts."""
        led = self.led
        led[:] = [one for one in led if one[1] != words][1 - MAX_LED :]
        led.append((until, words))
        self._asked.clear()
        self.__dict__.pop("_led_until", None)
        # Pairs of what is not remembered any more do no harm: they only say where to look closely.
        self._pairs.update(_pairs_of(words) or [words])
        if len(self._pairs) > MAX_PAIRS:
            self._forget_asked()

    def is_led(self, words: str, at: int) -> bool:
        """True if somebody on air asked viewers to write this line. At 0: however long ago.

        No words in particular stand for any, as long as they count.
        """
        if at and at > self._led_until:
            return False
        asked, pairs = self._asked, self._pairs
        if len(asked) > MAX_ASKED or not asked:
            asked.clear()
            asked[""] = max([until for until, gist in self.led if not gist], default=-1)
        until = asked.get(words)
        if until is None:
            # Hardly a line has a pair of letters of what was asked for.
            until = -1
            if not pairs.isdisjoint(_pairs_of(words)) or not pairs.isdisjoint(words):
                until = _asked_until(words, self.led)
            asked[words] = until
        return at <= until or 0 < at <= asked[""]

    @cached_property
    def _asked(self) -> dict[str, int]:
        """By gist, until when it counts as asked for; under none: until when any does."""
        return {}

    @cached_property
    def _led_until(self) -> int:
        """Until when anything that was asked for counts."""
        return max([until for until, _ in self.led], default=0)

    def _forget_asked(self) -> None:
        for known in ("_asked", "_pairs", "_led_until"):
            self.__dict__.pop(known, None)

    @cached_property
    def _pairs(self) -> set[str]:
        """The pairs of letters of all that was asked for; a gist of one letter stands for itself."""
        return {pair for _, gist in self.led for pair in _pairs_of(gist) or [gist]}

    def allow(self, words: Sequence[str], until: int) -> None:
        """Notes what answers to what the host asked say: words, and until when they count."""
        allowed = list(words)
        known = [one for one in self.answers if one[1] != allowed]
        self.answers = [*known[1 - MAX_LED :], (until, allowed)]
        self.__dict__.pop("_answering", None)

    def answering(self, at: int) -> tuple[str, ...]:
        """The words of the answers that are asked for at a time, the longest first."""
        since, until, words = self._answering
        if not since <= at <= until:
            asked = [one for one in self.answers if at <= one[0]]
            found = {word for _, words in asked for word in words}
            words = tuple(sorted(found, key=lambda word: (-len(word), word)))
            until = min((until for until, _ in asked), default=at)
            self.__dict__["_answering"] = at, until, words
        return words

    @cached_property
    def _answering(self) -> tuple[int, int, tuple[str, ...]]:
        """Since when and until when just these words answer; for no time: it is not known."""
        return 0, -1, ()

    def sales_at(self, at: int) -> list[int]:
        """Sales, and lines about buying, of the slot of a time; to be counted up."""
        sales, slot = self.sales, at // SALES_MS
        entry = sales.get(slot)
        if entry is None:
            entry = sales[slot] = [0, 0]
            trim(sales, MAX_SALES)
        return entry

    def begin(self) -> None:
        """A broadcast begins or ends: what was written and sold is of one broadcast."""
        self.begin_span(self.span)
        self.lines = self.praises = self.since = self.buying = 0
        self.different = [0] * (MOST_DIFFERENT + 1)
        self.led, self.minutes, self.sales, self.answers = [], {}, {}, []
        self._forget_asked()
        self.__dict__.pop("_answering", None)
        self.spans = RateRing(slot_ms=SPAN_MS)
        self.echo_key = 0

    def drop_minutes(self) -> None:
        """Forgets the oldest minutes beyond the bound."""
        trim(self.minutes, MAX_MINUTES)

    def settle(self) -> None:
        """Makes good what another version did not write, or wrote otherwise."""
        self.different += [0] * (MOST_DIFFERENT + 1 - len(self.different))
        self.buyers += [0] * (MOST_ORDERS + 1 - len(self.buyers))
        if isinstance(self.echo_key, str):
            self.echo_key = 0


def _asked_until(words: str, led: list[tuple[int, str]]) -> int:
    """Until when a gist counts as asked for; −1: nobody asked for it."""
    found, pairs = -1, _pairs_of(words)
    for until, asked in reversed(led):
        if until <= found or not asked:
            continue
        if (
            (len(words) > 1 and words in asked)
            or asked in words
            or (pairs and sum([pair in asked for pair in pairs]) / len(pairs) >= ASKED_RATIO)
        ):
            found = until
    return found


def _pairs_of(words: str) -> list[str]:
    """The neighbouring letters of a gist."""
    return list(map(add, words, words[1:]))
