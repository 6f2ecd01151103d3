"""The crowd of one room: its accounts, what they write, when, and with whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from detectors.events import Chat, Counter, Event, Order, Prize, Product, Review, Session
from detectors.facts.crowd.account import Account
from detectors.facts.crowd.accounts import Accounts, Met
from detectors.facts.crowd.counters import interval
from detectors.facts.crowd.head import Head
from detectors.facts.crowd.ledger import Ledger
from detectors.facts.crowd.mixture import Mixture, Sheet
from detectors.facts.crowd.orders import Placed
from detectors.facts.crowd.recent import Recent
from detectors.facts.crowd.repertoire import Repertoires
from detectors.facts.crowd.reviews import Reviews
from detectors.facts.crowd.sold_counters import SoldBook
from detectors.facts.crowd.wording import Wording
from detectors.facts.crowd.wordings import EVENT_BYTES, Wordings
from detectors.facts.crowd.writers import Writers
from detectors.match.gist import gist

__all__ = ["Crowd"]

#: Assumed duration of a prize without an end, and for how long its passphrase is written afterwards, ms.
OPEN_PRIZE_MS, AFTER_DRAW_MS = 1_800_000, 120_000


class Crowd(Writers):
    """The crowd's book, shared by all rules on accounts. It takes each event once, in order of time.

    What it notices in the event at hand it says in `noticed` (a wording that one more account
    used), `groups.risen` (a group grew) and `together` (accounts found in step); the rules read these and
    weigh them.
    """

    __slots__ = ("_books", "_changed_sold", "_outdated", "goods", "orders", "reviews", "sold")

    def __init__(self) -> None:
        super().__init__()
        #: Orders by id, and products by SKU; to be read.
        self.orders = self._ledger.orders
        self.goods = self._ledger.goods
        #: Reviews of what is sold; to be read.
        self.reviews = Reviews()
        #: What counters of orders, stock and pieces sold displayed; to be read.
        self.sold = SoldBook()
        self._changed_sold = False
        #: Parts that another version wrote, and that are not written any more.
        self._outdated: set[str] = set()
        #: By the first letter of its parts, the book that reads and writes them.
        self._books: dict[str, Ledger | Accounts | Wordings | Repertoires | Recent] = {
            "g": self._ledger, "o": self._ledger, "p": self.accounts, "v": self._wordings,
            "q": self._wordings, "t": self._repertoires, "u": self._repertoires, "l": self._recent,
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self.accounts)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        books = (
            self.accounts, self._wordings, self._repertoires, self.mixture, self._ledger, self.groups,
            self.reviews, self.sold,
        )  # fmt: skip
        return sum(book.size for book in books) + EVENT_BYTES * len(self.buying)

    @property
    def people(self) -> int:
        """Accounts that wrote in this broadcast."""
        return self.head.people

    @property
    def wording_of_echo(self) -> Wording | None:
        """The wording by which a group of accounts last grew."""
        key = self.head.echo_key
        return self.wordings.get(key) if isinstance(key, int) else None

    @property
    def returning(self) -> dict[int, None]:
        """Accounts that returned two orders or more."""
        return self._ledger.returning

    def lines_since(self, start: int) -> int:
        """Lines of this broadcast from a time on, by whole minutes."""
        return self.head.lines_since(start)

    def known(self, numbers: Iterable[int]) -> list[Account]:
        """Those of the accounts that the book still knows."""
        found = map(self.accounts.numbered, numbers)
        return [account for account in found if account is not None]

    def met(self, numbers: Iterable[int]) -> list[Met]:
        """Name stems and arrival times of those accounts that the book still knows."""
        return self.accounts.met(numbers)

    def names(self, numbers: Iterable[int]) -> list[str]:
        """The accounts' names, of those that are still known."""
        return [account.name for account in self.accounts.met(numbers)]

    def others(self, numbers: Iterable[int], most: int) -> list[str]:
        """Names of the latest accounts that are not among these."""
        without = set(numbers)
        others = (one.name for one in self.accounts.latest() if one.number not in without)
        return list(islice(others, most))

    def chatters(self, most: int) -> list[str]:
        """Names of the latest accounts that wrote."""
        return list(islice((one.name for one in self.accounts.latest() if one.lines), most))

    def returns_have_grown(self, refund: Order) -> bool:
        """True if this refund adds to quick refunds, or to repeated refunds of one account."""
        return self._ledger.has_grown(refund)

    def orders_of_others(self) -> tuple[int, int]:
        """Orders of known accounts with fewer than two refunds, and how many of those were refunded."""
        return self._ledger.of_others(self.head)

    def orders_of(self, number: int) -> Iterator[Placed]:
        """An account's orders that are known, the latest first."""
        return self._ledger.of_account(number)

    def pieces_of(self, sku: str) -> int:
        """Pieces of a product that were ordered, as far as it is remembered."""
        return self._ledger.pieces_of(sku)

    def invite(self, words: str, until: int) -> None:
        """Notes a gist that viewers were asked to write, and until when that counts."""
        self.head.invite(words, until)
        self._changed_head = True

    def allow(self, words: Sequence[str], until: int) -> None:
        """Notes the words that answer the host's request: a line of these words alone is no praise."""
        self.head.allow(words, until)
        self._changed_head = True

    # What else happens --------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Takes up an event that is neither chat nor speech."""
        if isinstance(event, Session):
            self._begin()
        elif isinstance(event, Order):
            self._order(event)
        elif isinstance(event, Counter):
            shown = interval(event)
            if shown is not None:
                self._changed_sold |= self.sold.show(event.name, event.sku, event.at, shown)
            if event.name == "sold" and event.sku:
                self._sold(event.sku, event.value if event.value is not None else event.low, event)
        elif isinstance(event, Product):
            if event.sold is not None:
                self.sold.show("sold", event.sku, event.at, (event.sold, event.sold))
                self._changed_sold = True
            self._sold(event.sku, event.sold, event)
        elif isinstance(event, Review):
            self.reviews.take(event)
        elif isinstance(event, Prize) and event.passphrase:
            words = gist(event.passphrase)[0]
            if words:
                self.invite(words, (event.ends_at or event.at + OPEN_PRIZE_MS) + AFTER_DRAW_MS)

    def _order(self, event: Order) -> None:
        if event.status in ("refunded", "cancelled"):
            self._ledger.take_back(event, self.accounts, self.head)
        elif event.order not in self.orders:
            buyer = None
            if event.user:
                buyer = self.accounts.wake(event.user) or self._meet(event.user, event.at)
            self._ledger.place(event, buyer, self.head)
            self._changed_head = True
            if not self.sold.orders_seen:
                self.sold.orders_seen = self._changed_sold = True

    def _sold(self, sku: str, sold: int | None, event: Event) -> None:
        gained = self._ledger.show(sku, sold) if sold is not None else 0
        if gained:
            self.head.sales_at(event.at)[0] += gained
            self._changed_head = True

    def _begin(self) -> None:
        """A broadcast begins or ends: words are of one broadcast, accounts stay."""
        self.noticed = self.together = None
        self._wordings.clear()
        self._repertoires.clear()
        self._ledger.forget_displays()
        self.sold, self._changed_sold = SoldBook(), True
        if self.people:
            self.accounts.forget_words()
        self.head.begin()
        self._recent.clear()
        self.mixture, self._changed_mixture = Mixture(recent=self._recent), True
        self.groups.begin()
        # Who acted together at the end of the broadcast before says nothing of this one.
        self._active, self.head.tick = {}, 0
        self.buying, self.changed_buying = [], True
        self._changed_head = True

    # As parts, so that only what changed is written ---------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        books = self.accounts, self._wordings, self._repertoires, self._recent, self.reviews
        changed = self._outdated.union(*(book.take_changes() for book in books))
        self._outdated = set()
        if changed or self._changed_head:
            changed.add("head")
        changed |= self._ledger.take_changes()
        if self.groups.changed:
            changed.add("kept")
        if self._changed_mixture:
            changed.add("mixture")
        if self.changed_buying:
            changed.add("buying")
        if self._changed_sold:
            changed.add("displays")
        self._changed_head = self.groups.changed = self._changed_mixture = False
        self.changed_buying = self._changed_sold = False
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts; none where nothing was met."""
        books = (
            self.accounts, self.goods, self.orders, self.reviews.known, self.sold.shelves,
            self.sold.orders, self.buying,
        )  # fmt: skip
        if not any(books) and self.head == Head.begun():
            return []
        return [
            "head",
            *(["kept"] if self.groups.kept else []),
            *(["buying"] if self.buying else []),
            *(["displays"] if self.sold != SoldBook() else []),
            *(["mixture"] if self.mixture.sheet.slots else []),
            *self.reviews.part_names(),
            *self._ledger.part_names(),
            *self.accounts.part_names(),
            *self._wordings.part_names(),
            *self._repertoires.part_names(),
            *self._recent.part_names(),
        ]

    def part(self, name: str) -> Any:
        """The body of a part; ``None``: it is gone."""
        if name == "head":
            self.head.file()
            return self.head
        if name == "kept":
            return self.groups.kept or None
        if name == "buying":
            return self.buying or None
        if name == "displays":
            return self.sold if self.sold != SoldBook() else None
        if name == "reviews":
            return self.reviews.known or None
        if name == "mixture":
            return self.mixture.sheet
        book = self._books.get(name[0])
        return book.part(name) if book is not None else None

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        if name == "kept":
            self.groups.kept = msgspec.msgpack.decode(body, type=list[Chat])
        elif name == "reviews":
            self.reviews.take_part(body)
        elif name == "buying":
            self.buying = msgspec.msgpack.decode(body, type=list[Chat])
        elif name == "displays":
            self.sold = msgspec.msgpack.decode(body, type=SoldBook)
        elif name == "head":
            self.head = msgspec.msgpack.decode(body, type=Head)
        elif name == "mixture":
            self.mixture = Mixture(msgspec.msgpack.decode(body, type=Sheet), self._recent)
        elif name[0] == "a":
            self.accounts.take_part(name, body)
            self._outdated.add(name)
        elif name[0] in self._books:
            self._books[name[0]].take_part(name, body)
        else:
            # Wordings and runs as they were written before, as texts: they begin again.
            self._outdated.add(name)

    def settle(self) -> None:
        """Makes what is not written, once all parts are back."""
        head = self.head
        for book in (self.accounts, self._wordings, self._repertoires, self._ledger, self._recent):
            book.settle()
        head.settle()
        for account in self.accounts:
            if account.returned > 1:
                self._ledger.keep_returning(account)
            self.groups.take_back(account)
            windows = account.windows
            if head.tick and windows is not None and len(windows) > 2 and windows[-1] >= head.tick:
                self._active[account.number] = None
