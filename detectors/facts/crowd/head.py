"""What a room's book keeps beside accounts, wordings and orders: counts of the broadcast, and clocks."""

from __future__ import annotations

from msgspec import Struct

from detectors.facts.crowd.orders import MOST_ORDERS
from detectors.match.gist import contained_ratio
from detectors.stats.latest import trim

__all__ = ["MOST_DIFFERENT", "Head"]

#: Different lines of an account that are told apart.
MOST_DIFFERENT = 16
#: Invitations to write, and passphrases, that are remembered.
MAX_LED = 24
#: What was asked for is written where so large a share of its pairs of letters is.
ASKED_RATIO = 0.6
MINUTE_MS = 60_000
MAX_MINUTES = 180
#: Slots in which sales and lines about buying are compared.
SALES_MS, MAX_SALES = 300_000, 72


class Head(Struct, array_like=True):
    """What is not kept by account or wording."""

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

    @classmethod
    def begun(cls) -> Head:
        """Of a room in which nothing happened yet."""
        return cls(different=[0] * (MOST_DIFFERENT + 1), buyers=[0] * (MOST_ORDERS + 1))

    @property
    def people(self) -> int:
        """Accounts that wrote in this broadcast."""
        return sum(self.different)

    def lines_since(self, start: int) -> int:
        """Lines of this broadcast from a time on, by whole minutes."""
        first = start // MINUTE_MS
        return sum(lines for minute, lines in self.minutes.items() if minute >= first)

    def invite(self, words: str, until: int) -> None:
        """Notes what was asked to be written: a gist, and until when it counts."""
        led = self.led
        led[:] = [one for one in led if one[1] != words][1 - MAX_LED :]
        led.append((until, words))

    def is_led(self, words: str, at: int) -> bool:
        """Is it what somebody asked to write? At 0: however long ago.

        No words in particular stand for any, as long as they count.
        """
        return any(
            at <= until
            and (
                (at > 0 if not asked else len(words) > 1 and words in asked)
                or (asked and asked in words)
                or contained_ratio(words, asked) >= ASKED_RATIO
            )
            for until, asked in self.led
        )

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
        self.lines = self.praises = self.since = 0
        self.different = [0] * (MOST_DIFFERENT + 1)
        self.led, self.minutes, self.sales = [], {}, {}
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
