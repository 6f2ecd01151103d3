"""The accounts of a room: packed, but for those that were active last.

Most accounts write once. An account is the bytes that are stored of it (`Account`, MessagePack), and
an object while it acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec
from msgspec import Struct

from detectors.facts.crowd.account import Account

__all__ = ["SHARD", "Accounts", "Met", "Numbered", "stem"]

#: Accounts of a part: one that acts is written again with all others of its part.
SHARD = 16
#: Accounts that are objects, of the present half and of the one before: so many, or one of so many
#: that are known, for in a large room more others act until one comes again.
AWAKE, AWAKE_OF = 512, 16
#: What one takes in memory, about: its name and what finds it by name and number; packed, beside what
#: was packed; and as an object, and so many times what it would be packed. Measured by tests.
FOUND_BYTES, PACKED_BYTES, AWAKE_BYTES, AWAKE_TIMES = 180, 34, 230, 3
#: Accounts of which it is at hand who they are, as rules ask for the writers of one wording again and again.
MOST_MET = 1_024
#: Trailing digits that make a name one of a series.
_DIGITS = "0123456789"


class Met(Struct, gc=False):
    """The parts of an account that never change."""

    name: str
    first: int
    """When it came, ms."""
    stem: str | None
    """Of its name (`stem`)."""


class Named(Struct, array_like=True):
    """The beginning of a packed account."""

    number: int
    name: str
    first: int
    last: int


class _Counted(Named, array_like=True):
    lines: int
    chances: int
    windows: list[int] | None
    said: msgspec.Raw
    different: int


_encode_into = msgspec.msgpack.Encoder().encode_into
_unpack = msgspec.msgpack.Decoder(Account).decode
_named = msgspec.msgpack.Decoder(Named).decode
_counted = msgspec.msgpack.Decoder(_Counted).decode


def stem(name: str) -> str | None:
    """What is left of a name without the number at its end; ``None``: it has none.

    >>> stem("用户881000"), stem("b0-17"), stem("南山客")
    ('用户', 'b0-', None)
    """
    bare = name.rstrip(_DIGITS)
    return bare if bare != name else None


class Accounts:
    """By name, and (`Numbered`) by their number, which is their order of arrival."""

    __slots__ = (
        "_buffer", "_met", "_most_awake", "_numbers", "_older", "_packed", "_pages", "changed", "young",
    )  # fmt: skip

    def __init__(self) -> None:
        #: By number // `SHARD`: bytes, or the account while it is awake; ``None``: it is gone.
        self._pages: dict[int, list[Account | bytes | None]] = {}
        self.young: dict[str, Account] = {}
        self._older: dict[str, Account] = {}
        #: Of the present half, before the older one goes to sleep.
        self._most_awake = AWAKE
        #: By name.
        self._numbers: dict[str, int] = {}
        #: Into which one is packed: bytes that are encoded at once take half as much again as they need.
        self._buffer = bytearray()
        #: Bytes of those that are packed.
        self._packed = 0
        #: By number.
        self._met: dict[int, Met] = {}
        #: Pages (of `SHARD` accounts) that changed since they were last written.
        self.changed: set[int] = set()

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        accounts, awake = len(self._numbers), len(self.young) + len(self._older)
        asleep = accounts - awake
        each = self._packed / asleep if asleep else AWAKE_BYTES / AWAKE_TIMES
        return round(
            FOUND_BYTES * accounts + PACKED_BYTES * asleep + self._packed
            + (AWAKE_BYTES + AWAKE_TIMES * each) * awake
        )  # fmt: skip

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def get(self, name: str) -> Account | None:
        """An account to be read."""
        return self.young.get(name) or self._older.get(name) or self._asleep(name)

    def wake(self, name: str) -> Account | None:
        """An account to be changed; valid until the next call."""
        account = self.young.get(name)
        if account is not None:
            self.changed.add(account.number // SHARD)
            return account
        account = self._older.pop(name, None)
        if account is None:
            number = self._numbers.get(name)
            if number is None:
                return None
            page, place = self._pages[number // SHARD], number % SHARD
            packed: bytes = page[place]  # type: ignore[assignment]  # asleep, so it is bytes
            self._packed -= len(packed)
            page[place] = account = _unpack(packed)
        self._keep(account)
        return account

    def add(self, account: Account) -> None:
        """Takes up a new account, whose number is the greatest."""
        page = self._pages.get(account.number // SHARD)
        if page is None:
            page = self._pages[account.number // SHARD] = []
        missing = account.number % SHARD - len(page)
        if missing:  # of the last ones some went before the page was written
            page.extend([None] * missing)
        page.append(account)
        self._numbers[account.name] = account.number
        self._keep(account)

    def numbered(self, number: int) -> Account | None:
        """An account to be read, by its number."""
        entry = self._entry(number)
        return _unpack(entry) if isinstance(entry, bytes) else entry

    def met(self, numbers: Iterable[int]) -> list[Met]:
        """Names and arrivals of accounts, by their numbers, of those that are known."""
        known, look = self._met, self._look
        return [met for number in numbers if (met := known.get(number) or look(number))]

    def put(self, account: Account) -> None:
        """Keeps what was changed of an account that was read."""
        number = account.number
        page = self._pages[number // SHARD]
        before = page[number % SHARD]
        if isinstance(before, bytes):
            page[number % SHARD] = packed = self._pack(account)
            self._packed += len(packed) - len(before)
        self.changed.add(number // SHARD)

    def last_of(self, number: int) -> int:
        """When an account acted last, ms; 0: it is not known any more."""
        entry = self._entry(number)
        if isinstance(entry, bytes):
            return _named(entry).last
        return entry.last if entry is not None else 0

    def different_of(self, number: int) -> int:
        """How many different lines an account wrote."""
        entry = self._entry(number)
        if isinstance(entry, bytes):
            return _counted(entry).different
        return entry.different if entry is not None else 0

    def latest(self) -> Iterator[Account]:
        """All accounts to be read, the one that came last first."""
        for entry in self._latest():
            yield _unpack(entry) if isinstance(entry, bytes) else entry

    def latest_said(self, most: int, part: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Of the latest accounts that wrote those that wrote a part of a gist twice: number and gists.

        Args:
            most: accounts that are looked at.
        """
        packed = part.encode()
        # Who wrote once has it once; few are unpacked.
        for entry in islice(self._latest(), most):
            if isinstance(entry, bytes):
                if entry.count(packed) > 1:
                    account = _unpack(entry)
                    yield account.number, account.said
            elif len(entry.said) > 1:
                yield entry.number, entry.said

    def __iter__(self) -> Iterator[Account]:
        """All accounts to be read, in the order of their arrival."""
        for page in self._pages.values():
            for entry in page:
                if entry is not None:
                    yield _unpack(entry) if isinstance(entry, bytes) else entry

    def forget_words(self) -> None:
        """A broadcast begins or ends: what accounts wrote is of one broadcast."""
        for number, page in self._pages.items():
            for place, entry in enumerate(page):
                if entry is None or not self.different_of(number * SHARD + place):
                    continue
                account = _unpack(entry) if isinstance(entry, bytes) else entry
                account.said = ()
                account.different = account.praises = account.echoes = account.alike = 0
                account.kinds = 0
                self.put(account)

    def evict(self, hand: int, end: int) -> tuple[Account, int]:
        """Drops the next account that has no chances left (the CLOCK algorithm), from `hand` on.

        Args:
            end: the number that the next new account gets.

        Returns:
            The account, and where the next search begins.
        """
        pages = self._pages
        while True:
            number = hand
            page = pages.get(number // SHARD)
            if page is None:
                hand = min(end, (number // SHARD + 1) * SHARD)
            else:
                hand += 1
            if hand >= end:
                hand = next(iter(pages)) * SHARD
            account = self.numbered(number)
            if account is None:
                continue
            if account.chances <= 0:
                self._drop(account)
                return account, hand
            account.chances -= 1
            self.put(account)

    # As parts -----------------------------------------------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        changed = {f"p{page}" for page in self.changed}
        self.changed = set()
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts."""
        return [f"p{page}" for page in self._pages]

    def part(self, name: str) -> list[Account | msgspec.Raw] | None:
        """The body of a part; ``None``: it is gone."""
        return self.shard(int(name[1:]))

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        known = set(self._pages)
        self.take_shard(body)
        if name[0] == "a":
            # As it was written before, 64 accounts in a part.
            self.changed |= self._pages.keys() - known

    def shards(self) -> list[int]:
        """The pages that there are."""
        return list(self._pages)

    def shard(self, number: int) -> list[Account | msgspec.Raw] | None:
        """A page as it is written; ``None``: all of its accounts are gone."""
        return [
            msgspec.Raw(entry) if isinstance(entry, bytes) else entry
            for entry in self._pages.get(number, ())
            if entry is not None
        ] or None

    def take_shard(self, body: bytes) -> None:
        """Takes back a page.

        Raises:
            msgspec.MsgspecError: it is none.
        """
        for raw in msgspec.msgpack.decode(body, type=list[msgspec.Raw]):
            packed = bytes(raw)
            named = _named(packed)
            page = self._pages.get(named.number // SHARD)
            if page is None:
                page = self._pages[named.number // SHARD] = [None] * SHARD
            page[named.number % SHARD] = packed
            self._packed += len(packed)
            self._numbers[named.name] = named.number

    def settle(self) -> None:
        """Puts the pages in order, once all are back."""
        self._pages = dict(sorted(self._pages.items()))
        for page in self._pages.values():
            while page[-1] is None:
                page.pop()

    # Within -------------------------------------------------------------------------------

    def _look(self, number: int) -> Met | None:
        entry = self._entry(number)
        if entry is None:
            return None
        if len(self._met) >= MOST_MET:
            self._met.clear()
        one = _named(entry) if isinstance(entry, bytes) else entry
        met = self._met[number] = Met(one.name, one.first, stem(one.name))
        return met

    def _latest(self) -> Iterator[Account | bytes]:
        for page in reversed(self._pages.values()):
            for entry in reversed(page):
                if entry is not None:
                    yield entry

    def _entry(self, number: int) -> Account | bytes | None:
        page = self._pages.get(number // SHARD)
        return page[number % SHARD] if page is not None and number % SHARD < len(page) else None

    def _keep(self, account: Account) -> None:
        """Keeps an account awake, and lets those sleep that were not asked for in two halves."""
        young = self.young
        if len(young) >= self._most_awake:
            self._most_awake = max(AWAKE, len(self._numbers) // AWAKE_OF)
            pages = self._pages
            for one in self._older.values():
                number = one.number
                pages[number // SHARD][number % SHARD] = packed = self._pack(one)
                self._packed += len(packed)
            self._older = young
            young = self.young = {}
        young[account.name] = account
        self.changed.add(account.number // SHARD)

    def _pack(self, account: Account) -> bytes:
        _encode_into(account, self._buffer)
        return bytes(self._buffer)

    def _drop(self, account: Account) -> None:
        number = account.number
        page = self._pages[number // SHARD]
        entry = page[number % SHARD]
        if isinstance(entry, bytes):
            self._packed -= len(entry)
        page[number % SHARD] = None
        self._met.pop(number, None)
        if not any(page):
            del self._pages[number // SHARD]
        self.changed.add(number // SHARD)
        self.young.pop(account.name, None)
        self._older.pop(account.name, None)
        del self._numbers[account.name]

    def _asleep(self, name: str) -> Account | None:
        """An account by its name, unpacked once."""
        number = self._numbers.get(name)
        return self.numbered(number) if number is not None else None


class Numbered:
    """Accounts by number, to be read."""

    __slots__ = ("_accounts", "get")

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.get = accounts.numbered

    def __getitem__(self, number: int) -> Account:
        account = self._accounts.numbered(number)
        if account is None:
            raise KeyError(number)
        return account

    def __contains__(self, number: int) -> bool:
        return self._accounts.numbered(number) is not None
