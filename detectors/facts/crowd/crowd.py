"""The crowd of one room: its accounts, what they write, when, and with whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import msgspec
from rapidfuzz import fuzz

from detectors.events import Chat, Counter, Event, Order, Prize, Product, Session
from detectors.facts.crowd.account import MAX_SAID, MAX_WINDOWS, WINDOW_MS, Account
from detectors.facts.crowd.accounts import Accounts, Numbered
from detectors.facts.crowd.head import Head
from detectors.facts.crowd.ledger import Ledger
from detectors.facts.crowd.line import Line, read
from detectors.facts.crowd.lockstep import Lockstep, search
from detectors.facts.crowd.mixture import MOST, REST, SHORT, Mixture, Sheet, kind_of
from detectors.facts.crowd.orders import MOST_ORDERS, Placed, note
from detectors.facts.crowd.repertoire import Repertoires
from detectors.facts.crowd.wording import Wording
from detectors.facts.crowd.wordings import EVENT_BYTES, Wordings
from detectors.match.gist import contained_ratio, gist

__all__ = ["ASKS", "PLAIN", "PRAISE", "Crowd", "plain"]

#: Accounts that are kept.
MAX_ACCOUNTS = 20_000
#: From this many accounts on, lines of a wording are kept, and rules are told of it.
KEPT_FROM, NOTICED_FROM = 3, 5
#: Two lines are nearly the same from end to end at this ratio of their gists.
NEAR = 80.0
#: What acts together is looked for so often, ms.
TICK_MS = 240_000
_VIEWERS = ("viewer", None)

#: How a line is meant. Above the two bits that say so stands one more than the number of words of
#: praise that it has; nought: it does not tell (`facts.crowd.mixture`), as questions and notices do not.
PLAIN, PRAISE, ASKS = range(3)
MOOD = 3
#: An account praises steadily from so many different lines of praise on, if they are half of all.
STEADY = 3
#: From so many on it is told to the second stage, which looks for it in other rooms.
SEEN_PRAISING = 2
#: What more accounts than this write is everybody's.
MASS = 24
#: A line that more than so many accounts wrote is a joke that is copied as long as it is this young, ms.
FEW, JOKE_MS = 4, 300_000
#: So many long lines that others wrote, too, are often.
OFTEN = 3
#: Different lines of an account that are told apart.
MOST_DIFFERENT = 16
#: Lines of praise that are kept as evidence: the first ones, and the latest.
FIRST_KEPT, LAST_KEPT = 6, 14
#: Invitations to write, and passphrases, that are remembered.
MAX_LED = 24
#: A prize without an end is taken to last so long; its passphrase is written a while longer, ms.
OPEN_PRIZE_MS, AFTER_DRAW_MS = 1_800_000, 120_000
MINUTE_MS = 60_000
MAX_MINUTES = 180
#: Slots in which sales and lines about buying are compared.
SALES_MS, MAX_SALES = 300_000, 72


def plain(text: str) -> int:
    """The tone of a line where no rule says how lines are meant."""
    return PLAIN | 1 << 2


class Crowd:
    """One book for all rules that ask about people. It is told each event once, in order of time.

    What it notices in the event at hand it says in `noticed` (a wording that one more account
    used) and `together` (accounts found in step); the rules read these and weigh them.
    """

    __slots__ = (
        "_active",
        "_changed_head",
        "_changed_kept",
        "_changed_mixture",
        "_ledger",
        "_outdated",
        "_repertoires",
        "_wordings",
        "accounts",
        "by_number",
        "echoing",
        "goods",
        "head",
        "kept",
        "line",
        "mixture",
        "noticed",
        "often",
        "orders",
        "praised",
        "returning",
        "risen",
        "steady",
        "together",
        "twins",
        "wordings",
    )

    def __init__(self) -> None:
        self.head = Head(different=[0] * (MOST_DIFFERENT + 1), buyers=[0] * (MOST_ORDERS + 1))
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
        #: Accounts that came back since the last tick.
        self._active: dict[int, None] = {}
        #: What changed since it was last written.
        self._changed_head = self._changed_kept = False
        #: Parts that another version wrote, and that are not written any more.
        self._outdated: set[str] = set()
        #: Accounts of this broadcast that wrote a long line of praise which others wrote, too, and
        #: how many such lines; and those whose lines are mostly praise: lines of praise, all lines.
        self.echoing: dict[int, int] = {}
        self.steady: dict[int, tuple[int, int]] = {}
        #: Accounts that wrote `OFTEN` long lines, praise or not, which others wrote, too.
        self.often: dict[int, None] = {}
        self._repertoires = Repertoires()
        #: Accounts whose different lines are for the most part also those of others.
        self.twins: dict[int, None] = {}
        #: Accounts that returned two orders or more.
        self.returning: dict[int, None] = {}
        #: Lines of praise as evidence.
        self.kept: list[Chat] = []
        #: Who writes which kinds of lines.
        self.mixture = Mixture()
        self._changed_mixture = False
        #: Did one of these groups grow by the event at hand?
        self.risen = False
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
        return sum(book.size for book in books) + EVENT_BYTES * len(self.kept)

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

    # What happens -------------------------------------------------------------------------

    def hear(self, event: Chat, tone: Callable[[str], int] = plain) -> None:
        """Takes up a chat line; `tone` says how a text is meant."""
        self.noticed = self.together = None
        self.risen = False
        self.praised = None
        user = event.user
        if not user or event.role not in _VIEWERS:
            return
        at = event.at
        head = self.head
        if at - head.tick >= TICK_MS:
            self._turn(at)
        minute = at // MINUTE_MS
        minutes = head.minutes
        minutes[minute] = minutes.get(minute, 0) + 1
        account = self.accounts.wake(user)
        if account is None:
            account = self._meet(user, at)
        else:
            self._see(account, at)
        account.lines += 1
        number = account.number
        text = event.text
        line = read(text)
        words, said = line.words, account.said
        if not words:
            return
        told = tone(text)
        mood, told = told & MOOD, told >> 2
        praises = mood == PRAISE and not (head.led and self.is_led(words, at))
        is_new = words not in said
        if is_new:
            account.said = (*said, words) if len(said) < MAX_SAID else (*said[1:], words)
            self._count(account, praises, event)
            wrote = self._repertoires.note(line)
            if wrote > 1 and said:
                self._compare(account, line, wrote, event)
            elif number in self.twins and not self._is_twin(account):
                del self.twins[number]
            if praises and line.long:
                self.praised = account
        if not line.long and mood != PRAISE:
            # What everybody says; only praise is followed word by word.
            if not is_new:
                return
            if told > 1:
                self._mix(account, SHORT, None, event)
            elif account.different <= MOST:
                account.kinds = self.mixture.take_plain(account.kinds, at)
                self._changed_mixture = True
            return
        wordings, runs = self.wordings, self._wordings.runs
        found: Wording | None = None
        partners: Wording | None = None
        keys = line.keys
        alone = [key for key in keys if key not in wordings]
        met = dict(runs.look(alone, number)) if alone else {}
        for key in keys if met or len(alone) < len(keys) else ():
            wording = wordings.get(key)
            if wording is None:
                known = met.get(key, number)
                if known == number:
                    continue
                wording = self._promote(key, known, line)
            else:
                self._wordings.touch(wording)
            wording.take(number, at)
            if found is None or wording.count > found.count:
                found = wording
            partners = wording
        if is_new:
            alike = found is not None
            kind = kind_of(line.long, told - 1, alike) if told else REST
            self._mix(account, kind, found if line.long else None, event)
        if found is None or partners is None:
            return
        if line.long and is_new and mood != ASKS and (praises or mood == PLAIN):
            self._echo(account, partners, event, praises=praises)
        if mood == PRAISE:
            self._weigh(found, line, event, number)
        elif found.count >= NOTICED_FROM:
            self.noticed, self.line = found, line

    def _mix(self, account: Account, kind: int, shared: Wording | None, event: Chat) -> None:
        """Counts a line that the account had not written yet by its kind.

        Args:
            shared: a long line's wording, where others wrote it, too.
        """
        if account.different > MOST:
            return
        words = account.said[-1]
        if kind and self.head.led and self.is_led(words, event.at):
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
            self._keep(event)
            if mixture.due(event.at):
                self.risen = True

    def _count(self, account: Account, praises: bool, event: Chat) -> None:
        """Counts a line that the account had not written yet."""
        head = self.head
        different = head.different
        many = account.different
        if many < MOST_DIFFERENT:
            account.different = many + 1
            different[many + 1] += 1
            if many:
                different[many] -= 1
        head.lines += 1
        if praises:
            head.praises += 1
            account.praises += 1
            if account.praises == SEEN_PRAISING and account.different <= 2 * SEEN_PRAISING:
                self.praised = account
        if account.praises < STEADY:
            return
        if 2 * account.praises < account.different:
            self.steady.pop(account.number, None)
            return
        if praises:
            if account.number not in self.steady:
                self.risen = True
            self._keep(event)
        self.steady[account.number] = account.praises, account.different

    def _is_twin(self, account: Account) -> bool:
        """Are an account's different lines for the most part also those of others?"""
        return self._repertoires.is_shared(account.number, account.different)

    def _compare(self, account: Account, line: Line, wrote: int, event: Chat) -> None:
        """Holds what the account says against what others say, line with line."""
        repertoires, twins, number = self._repertoires, self.twins, account.number
        moved = repertoires.take(number, line, wrote, account.said, self._people, self._was_asked)
        for one in moved:
            different = account.different if one == number else self.accounts.different_of(one)
            if not repertoires.is_shared(one, different):
                twins.pop(one, None)
            elif one not in twins:
                twins[one] = None
                self.risen = True
        if not moved:
            if number in twins and not repertoires.is_shared(number, account.different):
                del twins[number]
        elif number in twins:
            self._keep(event)

    def _echo(self, account: Account, wording: Wording, event: Chat, *, praises: bool) -> None:
        """A long line that others wrote, too."""
        account.alike += 1
        if account.alike == OFTEN:
            self.often[account.number] = None
            self.risen = True
        if not praises:
            return
        number, echoing, accounts = account.number, self.echoing, self.accounts
        if wording.count > FEW and event.at - wording.since < JOKE_MS:
            # Dozens copy a joke within minutes, and never again: its first accounts stand for it.
            return
        account.echoes += 1
        self.head.echo_key = wording.key
        if wording.count > MASS:
            # A reply that the platform offers: whoever also says other things, and wrote no second
            # such line, does not belong to a group by it.
            if wording.count % MASS == 1:
                for one in wording.numbers():
                    if one != number and echoing.get(one) == 1 and accounts.different_of(one) > 1:
                        del echoing[one]
                        self._set_echoes(one, 0)
            if account.echoes > 1 or account.different == 1:
                echoing[number] = account.echoes
            else:
                account.echoes = 0
        else:
            echoing[number] = account.echoes
            if wording.count <= FEW:
                for one in wording.numbers():
                    if one not in echoing and self._set_echoes(one, 1):
                        echoing[one] = 1
        self.risen = True
        self._keep(event)

    def _set_echoes(self, number: int, echoes: int) -> bool:
        """Notes with an account what `echoing` has of it; false: it is not known any more."""
        account = self.accounts.numbered(number)
        if account is None:
            return False
        account.echoes = echoes
        self.accounts.put(account)
        return True

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

    def _keep(self, event: Chat) -> None:
        kept = self.kept
        if kept and kept[-1].id == event.id:  # several signals may keep the same line
            return
        kept.append(event)
        if len(kept) > FIRST_KEPT + LAST_KEPT:
            del kept[FIRST_KEPT]
        self._changed_kept = True

    @property
    def people(self) -> int:
        """Accounts that wrote in this broadcast."""
        return sum(self.head.different)

    @property
    def wording_of_echo(self) -> Wording | None:
        """The wording by which a group of accounts last grew."""
        key = self.head.echo_key
        return self.wordings.get(key) if isinstance(key, int) else None

    def lines_since(self, start: int) -> int:
        """Lines of this broadcast from a time on, by whole minutes."""
        first = start // MINUTE_MS
        return sum(lines for minute, lines in self.head.minutes.items() if minute >= first)

    def invite(self, words: str, until: int) -> None:
        """Notes what was asked to be written: a gist, and until when it counts."""
        led = self.head.led
        led[:] = [one for one in led if one[1] != words][1 - MAX_LED :]
        led.append((until, words))
        self._changed_head = True

    def is_led(self, words: str, at: int) -> bool:
        """Is it what somebody asked to write?"""
        return any(
            at <= until
            and (
                (len(words) > 1 and words in asked)
                or asked in words
                or contained_ratio(words, asked) >= 0.6
            )
            for until, asked in self.head.led
        )

    def _people(self) -> int:
        return self.people

    def _was_asked(self, words: str) -> bool:
        """Did somebody ask to write it, however long ago?"""
        return self.is_led(words, 0)

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
        elif isinstance(event, Prize):
            self._prize(event)

    # Orders -------------------------------------------------------------------------------

    def _order(self, event: Order) -> None:
        placed = self.orders.get(event.order)
        if event.status in ("refunded", "cancelled"):
            if placed is not None and not placed.returned:
                self._return(placed, event.at)
            return
        if placed is not None:
            return
        head, number = self.head, -1
        if event.user:
            account = self.accounts.wake(event.user)
            if account is None:
                account = self._meet(event.user, event.at)
            number = account.number
            note(account, event.sku, head.buyers)
            account.chances = max(account.chances, 2)
            head.ordered += 1
        self._ledger.place(event, number)
        self._sales(event.at)[0] += 1

    def _return(self, placed: Placed, at: int) -> None:
        self._ledger.take_back(placed, at)
        account = self.accounts.numbered(placed.account) if placed.account >= 0 else None
        if account is not None:
            account.returned += 1
            self.accounts.put(account)
            self.head.returned += 1
            if account.returned > 1:
                self.returning[account.number] = None

    def _sold(self, sku: str, sold: int | None, event: Event) -> None:
        gained = self._ledger.show(sku, sold) if sold is not None else 0
        if gained:
            self._sales(event.at)[0] += gained

    def _sales(self, at: int) -> list[int]:
        sales = self.head.sales
        slot = at // SALES_MS
        entry = sales.get(slot)
        if entry is None:
            entry = sales[slot] = [0, 0]
            while len(sales) > MAX_SALES:
                del sales[next(iter(sales))]
        self._changed_head = True
        return entry

    def buying(self, event: Chat) -> None:
        """Takes up a system line that says somebody buys, or goes to."""
        self._sales(event.at)[1] += 1

    def _prize(self, event: Prize) -> None:
        if event.passphrase:
            words = gist(event.passphrase)[0]
            if words:
                self.invite(words, (event.ends_at or event.at + OPEN_PRIZE_MS) + AFTER_DRAW_MS)

    def _begin(self) -> None:
        """A broadcast begins or ends: words are of one broadcast, accounts stay."""
        self.noticed = self.together = None
        self._wordings.clear()
        self._repertoires.clear()
        self._ledger.forget_displays()
        if self.people:
            self.accounts.forget_words()
        head = self.head
        head.lines = head.praises = head.since = 0
        head.different = [0] * (MOST_DIFFERENT + 1)
        head.led, head.minutes, head.sales = [], {}, {}
        self.mixture, self._changed_mixture = Mixture(), True
        head.echo_key = 0
        self.kept = []
        self.echoing, self.steady, self.often, self.twins = {}, {}, {}, {}
        self._changed_head = self._changed_kept = True

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

    def _see(self, account: Account, at: int) -> None:
        """Notes that an account acts again."""
        if at > account.last:
            account.last = at
        windows = account.windows
        if at - (windows[-1] if windows is not None else account.first) > WINDOW_MS:
            if windows is None:
                account.windows = windows = [account.first]
            windows.append(at)
            if len(windows) > MAX_WINDOWS:
                del windows[0]
            account.chances = min(3, len(windows))
            if at >= self.head.tick:
                self._active[account.number] = None

    def _evict(self) -> None:
        """Drops the next account that has no chances left; whoever came often has more."""
        head = self.head
        gone, head.hand = self.accounts.evict(head.hand, head.next_account)
        for group in (
            self._active, self.echoing, self.steady, self.often, self.returning, self.twins,
        ):  # fmt: skip
            group.pop(gone.number, None)
        self._repertoires.drop(gone.number)
        self.mixture.drop(gone.kinds)
        if gone.orders:
            head.buyers[min(gone.orders, MOST_ORDERS)] -= 1
        if gone.different:
            head.different[gone.different] -= 1

    # Wordings -----------------------------------------------------------------------------

    def _promote(self, key: int, first: int, line: Line) -> Wording:
        """A second account uses a run: from now on it is followed."""
        head = self.head
        at = self.accounts.last_of(first)
        wording = self._wordings.begin(head.next_wording, key, line.words, first, at)
        head.next_wording += 1
        return wording

    def _weigh(self, wording: Wording, line: Line, event: Chat, number: int) -> None:
        """Keeps a line of a wording of several accounts, and points the rules to it."""
        near = line.words == wording.text or fuzz.ratio(line.words, wording.text) >= NEAR
        wording.approach(number, event.at, near=near)
        if wording.count >= KEPT_FROM:
            self._wordings.keep(wording, event)
        if wording.count >= NOTICED_FROM:
            self.noticed, self.line = wording, line

    # What acts together -------------------------------------------------------------------

    def _turn(self, at: int) -> None:
        """Looks at who acted since the last time, and begins anew."""
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
        while len(head.minutes) > MAX_MINUTES:
            del head.minutes[next(iter(head.minutes))]
        self._wordings.drop_events()

    # As parts, so that only what changed is written ---------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        changed = {f"a{shard}" for shard in self.accounts.changed}
        self.accounts.changed = set()
        changed |= self._wordings.take_changes() | self._repertoires.take_changes()
        changed |= self._outdated
        self._outdated = set()
        if changed or self._changed_head:
            changed.add("head")
        if self._changed_kept:
            changed.add("kept")
        if self._changed_mixture:
            changed.add("mixture")
        changed |= self._ledger.take_changes()
        self._changed_head = self._changed_kept = self._changed_mixture = False
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts; none where nobody was met."""
        if not self.accounts and not self.head.led and not self.goods and not self.orders:
            return []
        return [
            "head",
            *(["kept"] if self.kept else []),
            *(["mixture"] if self.mixture.sheet.slots else []),
            *self._ledger.part_names(),
            *(f"a{shard}" for shard in self.accounts.shards()),
            *self._wordings.part_names(),
            *self._repertoires.part_names(),
        ]

    def part(self, name: str) -> Any:
        """The body of a part; ``None``: it is gone."""
        if name == "head":
            return self.head
        if name == "kept":
            return self.kept or None
        if name == "mixture":
            return self.mixture.sheet
        if name == "goods" or name[0] == "o":
            return self._ledger.part(name)
        kind, number = name[0], int(name[1:])
        if kind == "a":
            return self.accounts.shard(number)
        if kind in "tu":
            return self._repertoires.part(kind, number)
        return self._wordings.part(kind, number) if kind in "vq" else None

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        if name == "kept":
            self.kept = msgspec.msgpack.decode(body, type=list[Chat])
        elif name == "head":
            self.head = msgspec.msgpack.decode(body, type=Head)
        elif name == "mixture":
            self.mixture = Mixture(msgspec.msgpack.decode(body, type=Sheet))
        elif name == "goods" or name[0] == "o":
            self._ledger.take_part(name, body)
        elif name[0] == "a":
            self.accounts.take_shard(int(name[1:]), body)
        elif name[0] in "tu":
            self._repertoires.take_part(name[0], int(name[1:]), body)
        elif name[0] in "vq":
            self._wordings.take_part(name[0], int(name[1:]), body)
        else:
            # Wordings and runs as they were written before, as texts: they begin again.
            self._outdated.add(name)

    def settle(self) -> None:
        """Makes what is not written, once all parts are back."""
        self.accounts.settle()
        self._wordings.settle()
        self._repertoires.settle()
        head = self.head
        head.different += [0] * (MOST_DIFFERENT + 1 - len(head.different))
        head.buyers += [0] * (MOST_ORDERS + 1 - len(head.buyers))
        if isinstance(head.echo_key, str):
            head.echo_key = 0
        self._ledger.settle()
        for account in self.accounts:
            number = account.number
            self.mixture.put(account.kinds)
            if account.returned > 1:
                self.returning[number] = None
            if account.echoes:
                self.echoing[number] = account.echoes
            if account.alike >= OFTEN:
                self.often[number] = None
            if account.praises >= STEADY and 2 * account.praises >= account.different:
                self.steady[number] = account.praises, account.different
            if self._repertoires.is_shared(number, account.different):
                self.twins[number] = None
            if account.windows is not None and account.windows[-1] >= head.tick:
                self._active[number] = None
