"""The crowd of one room: its accounts, what they write, when, and with whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from detectors.events import Chat, Counter, Event, Order, Prize, Product, Session
from detectors.facts.crowd.account import MAX_SAID, WINDOW_MS, Account
from detectors.facts.crowd.accounts import Accounts, Numbered
from detectors.facts.crowd.groups import JOKE_MS, STEADY, Groups
from detectors.facts.crowd.head import MINUTE_MS, MOST_DIFFERENT, Head
from detectors.facts.crowd.ledger import Ledger
from detectors.facts.crowd.line import Line, read
from detectors.facts.crowd.lockstep import Lockstep, search
from detectors.facts.crowd.mixture import MOST, REST, SHORT, Mixture, Sheet, kind_of
from detectors.facts.crowd.mood import ASKS, MOOD, PLAIN, PRAISE, plain
from detectors.facts.crowd.orders import MOST_ORDERS, Placed
from detectors.facts.crowd.repertoire import Repertoires
from detectors.facts.crowd.wording import Wording
from detectors.facts.crowd.wordings import EVENT_BYTES, Wordings
from detectors.match.gist import gist

__all__ = ["Crowd"]

#: Accounts that are kept.
MAX_ACCOUNTS = 20_000
#: From this many accounts on rules are told of a wording, and those who act together are looked for.
NOTICED_FROM = 5
#: What acts together is looked for so often, ms.
TICK_MS = 240_000
_VIEWERS = ("viewer", None)
#: An account is told to the second stage, which looks for it in other rooms, from so many lines of
#: praise on.
SEEN_PRAISING = 2
#: A prize without an end is taken to last so long; its passphrase is written a while longer, ms.
OPEN_PRIZE_MS, AFTER_DRAW_MS = 1_800_000, 120_000


class Crowd:
    """One book for all rules that ask about people. It is told each event once, in order of time.

    What it notices in the event at hand it says in `noticed` (a wording that one more account
    used), `risen` (a group grew) and `together` (accounts found in step); the rules read these and
    weigh them.
    """

    __slots__ = (
        "_active", "_books", "_changed_head", "_changed_mixture", "_ledger", "_outdated",
        "_repertoires", "_wordings", "accounts", "by_number", "goods", "groups", "head", "line",
        "mixture", "noticed", "orders", "praised", "together", "wordings",
    )  # fmt: skip

    def __init__(self) -> None:
        self.head = Head.begun()
        self._ledger = Ledger()
        #: Orders by id, and products by SKU; to be read.
        self.orders = self._ledger.orders
        self.goods = self._ledger.goods
        #: The accounts by name, and by number; to be read.
        self.accounts = Accounts()
        self.by_number = Numbered(self.accounts)
        self._wordings = Wordings()
        #: The wordings of several accounts by the keys of their runs; to be read.
        self.wordings = self._wordings.known
        self._repertoires = Repertoires()
        #: Who stands out by what they write.
        self.groups = Groups(self.accounts, self._repertoires)
        #: Who writes which kinds of lines.
        self.mixture = Mixture()
        #: Accounts that came back since the last tick.
        self._active: dict[int, None] = {}
        #: What changed since it was last written.
        self._changed_head = self._changed_mixture = False
        #: Parts that another version wrote, and that are not written any more.
        self._outdated: set[str] = set()
        #: By the first letter of its parts, the book that reads and writes them.
        self._books: dict[str, Ledger | Accounts | Wordings | Repertoires] = {
            "g": self._ledger, "o": self._ledger, "a": self.accounts, "v": self._wordings,
            "q": self._wordings, "t": self._repertoires, "u": self._repertoires,
        }  # fmt: skip
        #: The account at hand, when it praises at length, or a second time and in half of its lines.
        self.praised: Account | None = None
        self.noticed: Wording | None = None
        self.line: Line | None = None
        self.together: Lockstep | None = None

    def __len__(self) -> int:
        return len(self.accounts)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        books = self.accounts, self._wordings, self._repertoires, self.mixture, self._ledger
        return sum(book.size for book in books) + EVENT_BYTES * len(self.groups.kept)

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

    def names(self, numbers: Iterable[int]) -> list[str]:
        """The accounts' names, of those that are still known."""
        found = map(self.accounts.numbered, numbers)
        return [account.name for account in found if account is not None]

    def others(self, numbers: Iterable[int], most: int) -> list[str]:
        """Names of the latest accounts that are not among these."""
        without = set(numbers)
        others = (one.name for one in self.accounts.latest() if one.number not in without)
        return list(islice(others, most))

    def chatters(self, most: int) -> list[str]:
        """Names of the latest accounts that wrote."""
        return list(islice((one.name for one in self.accounts.latest() if one.lines), most))

    def orders_of(self, number: int) -> Iterator[Placed]:
        """An account's orders that are known, the latest first."""
        return self._ledger.of_account(number)

    def unusual(self, least: float) -> list[int]:
        """Accounts of this broadcast that write as hired ones do, in the order of their arrival.

        Args:
            least: logarithm of the likelihood ratio, at least.
        """
        weight = self.mixture.weight
        return [
            account.number
            for account in self.accounts
            if account.kinds and weight(account.kinds) >= least
        ]

    # What is written ----------------------------------------------------------------------

    def hear(self, event: Chat, tone: Callable[[str], int] = plain) -> None:
        """Takes up a chat line; `tone` says how a text is meant."""
        groups = self.groups
        self.noticed = self.together = self.praised = None
        groups.risen = False
        user = event.user
        if not user or event.role not in _VIEWERS:
            return
        at, head = event.at, self.head
        if at - head.tick >= TICK_MS:
            self._turn(at)
        minute, minutes = at // MINUTE_MS, head.minutes
        minutes[minute] = minutes.get(minute, 0) + 1
        account = self.accounts.wake(user)
        if account is None:
            account = self._meet(user, at)
        else:
            # An account that acts again; of most the window of activity goes on.
            if at > account.last:
                account.last = at
            windows = account.windows
            if at - (account.first if windows is None else windows[-1]) > WINDOW_MS:
                account.open_window(at)
                if at >= head.tick:
                    self._active[account.number] = None
        account.lines += 1
        text = event.text
        line = read(text)
        words, said = line.words, account.said
        if not words:
            return
        told = tone(text)
        mood, told = told & MOOD, told >> 2
        praises = mood == PRAISE and not (head.led and head.is_led(words, at))
        long, is_new = line.long, words not in said
        if is_new:
            account.said = (*said, words) if len(said) < MAX_SAID else (*said[1:], words)
            many = account.different
            if many < MOST_DIFFERENT:
                account.different = many + 1
                different = head.different
                different[many + 1] += 1
                if many:
                    different[many] -= 1
            head.lines += 1
            if praises:
                self._count_praise(account, line)
            if account.praises >= STEADY:
                groups.weigh_praise(account, event, praises=praises)
            wrote = self._repertoires.note(line)
            if (wrote > 1 and said) or account.number in groups.twins:
                groups.compare(account, line, wrote, event, head)
        if not long and mood != PRAISE:
            # What everybody says; only praise is followed word by word.
            if not is_new:
                return
            if told > 1:
                self._mix(account, SHORT, None, event)
            elif account.different <= MOST:
                account.kinds = self.mixture.take_plain(account.kinds, at)
                self._changed_mixture = True
            return
        number = account.number
        found, partners = self._wordings.find(line, number, at, head, self.accounts)
        if is_new:
            kind = kind_of(long, told - 1, found is not None) if told else REST
            self._mix(account, kind, found if long else None, event)
        if found is None or partners is None:
            return
        if long and is_new and mood != ASKS and (praises or mood == PLAIN):
            groups.echo(account, partners, event, head, praises=praises)
        if mood == PRAISE:
            self._wordings.weigh(found, line, number, event)
        if found.count >= NOTICED_FROM:
            self.noticed, self.line = found, line

    def _count_praise(self, account: Account, line: Line) -> None:
        """Counts a line of praise that the account had not written yet."""
        self.head.praises += 1
        account.praises += 1
        if line.long or (
            account.praises == SEEN_PRAISING and account.different <= 2 * SEEN_PRAISING
        ):
            self.praised = account

    def _mix(self, account: Account, kind: int, shared: Wording | None, event: Chat) -> None:
        """Counts a line that the account had not written yet by its kind.

        Args:
            shared: a long line's wording, where others wrote it, too.
        """
        if account.different > MOST:
            return
        words = account.said[-1]
        if kind and self.head.led and self.head.is_led(words, event.at):
            kind = REST
        mixture = self.mixture
        account.kinds = mixture.take(
            account.kinds, kind, event.at,
            copies=shared.count if shared is not None else 0,
            copied=shared is not None and event.at - shared.since < JOKE_MS,
            words=words if kind == SHORT else "",
        )  # fmt: skip
        self._changed_mixture = True
        if kind and mixture.is_unusual(account.kinds):
            self.groups.keep(event)
            if mixture.due(event.at):
                self.groups.risen = True

    def invite(self, words: str, until: int) -> None:
        """Notes what was asked to be written: a gist, and until when it counts."""
        self.head.invite(words, until)
        self._changed_head = True

    # What else happens --------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Takes up an event that is neither chat nor speech."""
        if isinstance(event, Session):
            self._begin()
        elif isinstance(event, Order):
            self._order(event)
        elif isinstance(event, Counter):
            if event.name == "sold" and event.sku:
                self._sold(event.sku, event.value if event.value is not None else event.low, event)
        elif isinstance(event, Product):
            self._sold(event.sku, event.sold, event)
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

    def _sold(self, sku: str, sold: int | None, event: Event) -> None:
        gained = self._ledger.show(sku, sold) if sold is not None else 0
        if gained:
            self.head.sales_at(event.at)[0] += gained
            self._changed_head = True

    def buying(self, event: Chat) -> None:
        """Takes up a system line that says somebody buys, or goes to."""
        self.head.sales_at(event.at)[1] += 1
        self._changed_head = True

    def _begin(self) -> None:
        """A broadcast begins or ends: words are of one broadcast, accounts stay."""
        self.noticed = self.together = None
        self._wordings.clear()
        self._repertoires.clear()
        self._ledger.forget_displays()
        if self.people:
            self.accounts.forget_words()
        self.head.begin()
        self.mixture, self._changed_mixture = Mixture(), True
        self.groups.begin()
        self._changed_head = True

    # Accounts -----------------------------------------------------------------------------

    def _meet(self, name: str, at: int) -> Account:
        head = self.head
        if not head.watched:
            head.watched = at
        account = Account(head.next_account, name, at, at)
        head.next_account += 1
        self.accounts.add(account)
        if len(self.accounts) > MAX_ACCOUNTS:
            self._evict()
        return account

    def _evict(self) -> None:
        """Drops the next account that has no chances left; whoever came often has more."""
        head = self.head
        gone, head.hand = self.accounts.evict(head.hand, head.next_account)
        self._active.pop(gone.number, None)
        self.groups.drop(gone.number)
        self.returning.pop(gone.number, None)
        self._repertoires.drop(gone.number)
        self.mixture.drop(gone.kinds)
        if gone.orders:
            head.buyers[min(gone.orders, MOST_ORDERS)] -= 1
        if gone.different:
            head.different[gone.different] -= 1

    def _turn(self, at: int) -> None:
        """Looks at who acted together since the last time, and begins anew."""
        head = self.head
        if not head.since:
            head.since = at
        if head.tick and len(self._active) >= NOTICED_FROM:
            found = map(self.accounts.numbered, self._active)
            active = [account for account in found if account is not None]
            self.together = search(active, head.tick + TICK_MS)
        head.tick = at - at % TICK_MS
        self._changed_head = True
        self._active = {}
        head.drop_minutes()
        self._wordings.drop_events()

    # As parts, so that only what changed is written ---------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        books = self.accounts, self._wordings, self._repertoires
        changed = self._outdated.union(*(book.take_changes() for book in books))
        self._outdated = set()
        if changed or self._changed_head:
            changed.add("head")
        changed |= self._ledger.take_changes()
        if self.groups.changed:
            changed.add("kept")
        if self._changed_mixture:
            changed.add("mixture")
        self._changed_head = self.groups.changed = self._changed_mixture = False
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts; none where nobody was met."""
        if not self.accounts and not self.head.led and not self.goods and not self.orders:
            return []
        return [
            "head",
            *(["kept"] if self.groups.kept else []),
            *(["mixture"] if self.mixture.sheet.slots else []),
            *self._ledger.part_names(),
            *self.accounts.part_names(),
            *self._wordings.part_names(),
            *self._repertoires.part_names(),
        ]

    def part(self, name: str) -> Any:
        """The body of a part; ``None``: it is gone."""
        if name == "head":
            return self.head
        if name == "kept":
            return self.groups.kept or None
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
        elif name == "head":
            self.head = msgspec.msgpack.decode(body, type=Head)
        elif name == "mixture":
            self.mixture = Mixture(msgspec.msgpack.decode(body, type=Sheet))
        elif name[0] in self._books:
            self._books[name[0]].take_part(name, body)
        else:
            # Wordings and runs as they were written before, as texts: they begin again.
            self._outdated.add(name)

    def settle(self) -> None:
        """Makes what is not written, once all parts are back."""
        head = self.head
        for book in (self.accounts, self._wordings, self._repertoires, self._ledger):
            book.settle()
        head.settle()
        for account in self.accounts:
            self.mixture.put(account.kinds)
            if account.returned > 1:
                self.returning[account.number] = None
            self.groups.take_back(account)
            if account.windows is not None and account.windows[-1] >= head.tick:
                self._active[account.number] = None
