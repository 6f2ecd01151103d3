"""The crowd of one room: its accounts, what they write, when, and with whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct
from rapidfuzz import fuzz

from detectors.events import Chat, Event, Session
from detectors.facts.crowd.account import MAX_SAID, MAX_WINDOWS, WINDOW_MS, Account
from detectors.facts.crowd.line import Line, read
from detectors.facts.crowd.lockstep import Lockstep, search
from detectors.facts.crowd.wording import Wording

__all__ = ["Crowd"]

#: Accounts, wordings of several accounts, and chunks of runs of one account, that are kept.
MAX_ACCOUNTS = 20_000
MAX_WORDINGS = 2_048
MAX_CHUNKS = 48
#: Accounts of a part, wordings of a part, runs of a chunk.
ACCOUNT_SHARD, WORDING_SHARD, RUN_CHUNK = 64, 16, 512
#: Whole lines that are kept as evidence, of all wordings.
MAX_KEPT = 320
#: From this many accounts on, lines of a wording are kept, and rules are told of it.
KEPT_FROM, NOTICED_FROM = 3, 5
#: Two lines are nearly the same from end to end at this ratio of their gists.
NEAR = 80.0
#: What acts together is looked for so often, ms.
TICK_MS = 120_000
_VIEWERS = ("viewer", None)
_ACCOUNT_MASK = 2**32 - 1


class Head(Struct, array_like=True):
    """What is not kept by account or wording."""

    next_account: int = 0
    next_wording: int = 0
    hand: int = 0
    """Account at which the next eviction begins to look (the CLOCK algorithm)."""
    tick: int = 0
    """Begin of the current tick, ms."""
    lines: int = 0
    """Lines of this broadcast."""
    since: int = 0
    """First line of this broadcast, ms."""


class Crowd:
    """One book for all rules that ask about people. It is told each event once, in order of time.

    What it notices in the event at hand it says in `noticed` (a wording that one more account
    used) and `together` (accounts found in step); the rules read these and weigh them.
    """

    __slots__ = (
        "_active",
        "_changed",
        "_chunks",
        "_kept",
        "_runs",
        "_tail",
        "_wordings_by_number",
        "accounts",
        "by_number",
        "head",
        "line",
        "noticed",
        "together",
        "wordings",
    )

    def __init__(self) -> None:
        self.head = Head()
        self.accounts: dict[str, Account] = {}
        self.by_number: dict[int, Account] = {}
        self.wordings: dict[str, Wording] = {}
        self._wordings_by_number: dict[int, Wording] = {}
        #: The chunk and the account of a run that one account used.
        self._runs: dict[str, int] = {}
        self._chunks: dict[int, list[str | int]] = {}
        self._tail = -1
        #: Accounts that wrote since the last tick.
        self._active: dict[int, Account] = {}
        #: Whole lines that wordings keep.
        self._kept = 0
        #: Names of the parts that changed since they were last written.
        self._changed: set[str] = set()
        self.noticed: Wording | None = None
        self.line: Line | None = None
        self.together: Lockstep | None = None

    def __len__(self) -> int:
        return len(self.accounts)

    def names(self, numbers: Iterable[int]) -> list[str]:
        """The accounts' names, of those that are still known."""
        by_number = self.by_number
        return [by_number[number].name for number in numbers if number in by_number]

    # What happens -------------------------------------------------------------------------

    def hear(self, event: Chat) -> None:
        """Takes up a chat line."""
        self.noticed = self.together = None
        user = event.user
        if not user or event.role not in _VIEWERS:
            return
        at = event.at
        head = self.head
        if at - head.tick >= TICK_MS:
            self._turn(at)
        head.lines += 1
        account = self.accounts.get(user)
        if account is None:
            account = self._meet(user, at)
        else:
            self._see(account, at)
        account.lines += 1
        number = account.number
        if at >= head.tick:
            self._active[number] = account
        self._changed.add(f"a{number // ACCOUNT_SHARD}")
        line = read(event.text)
        if not line.runs:
            return
        said = account.said
        if line.words not in said:
            said.append(line.words)
            if len(said) > MAX_SAID:
                del said[0]
        wordings, runs = self.wordings, self._runs
        found: Wording | None = None
        is_new = False
        for run in line.runs:
            wording = wordings.get(run)
            if wording is None:
                known = runs.get(run)
                if known is None:
                    self._note(run, number)
                    continue
                if known & _ACCOUNT_MASK == number:
                    continue
                wording = self._promote(run, known, line)
            self._changed.add(f"w{wording.number // WORDING_SHARD}")
            new = wording.take(number, at)
            if found is None or wording.count > found.count:
                found, is_new = wording, new
        if found is not None and found.count >= KEPT_FROM:
            self._weigh(found, line, event, number, is_new)

    def take(self, event: Event) -> None:
        """Takes up an event that is neither chat nor speech."""
        if isinstance(event, Session):
            self._begin()

    def _begin(self) -> None:
        """A broadcast begins or ends: words are of one broadcast, accounts stay."""
        self.noticed = self.together = None
        self._changed.update(f"w{one.number // WORDING_SHARD}" for one in self.wordings.values())
        self._changed.update(f"r{chunk}" for chunk in self._chunks)
        self.wordings = {}
        self._wordings_by_number = {}
        self._runs = {}
        self._chunks = {}
        self._kept = 0
        self.head.lines = self.head.since = 0

    # Accounts -----------------------------------------------------------------------------

    def _meet(self, name: str, at: int) -> Account:
        head = self.head
        account = Account(head.next_account, name, at, at)
        head.next_account += 1
        self.accounts[name] = account
        self.by_number[account.number] = account
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

    def _evict(self) -> None:
        """Drops the next account that has no chances left; whoever came often has more."""
        head, by_number = self.head, self.by_number
        while True:
            account = by_number.get(head.hand)
            head.hand += 1
            if head.hand >= head.next_account:
                head.hand = next(iter(by_number))
            if account is None:
                continue
            self._changed.add(f"a{account.number // ACCOUNT_SHARD}")
            if account.chances <= 0:
                del by_number[account.number], self.accounts[account.name]
                self._active.pop(account.number, None)
                return
            account.chances -= 1

    # Wordings -----------------------------------------------------------------------------

    def _note(self, run: str, number: int) -> None:
        """Notes a run that nobody else used."""
        chunks = self._chunks
        chunk = chunks.get(self._tail)
        if chunk is None or len(chunk) >= 2 * RUN_CHUNK:
            self._tail += 1
            chunk = chunks[self._tail] = []
            if len(chunks) > MAX_CHUNKS:
                oldest = next(iter(chunks))
                runs = self._runs
                for known in chunks.pop(oldest)[::2]:
                    if runs.get(known, -1) >> 32 == oldest:  # type: ignore[arg-type]  # even places are runs
                        del runs[known]  # type: ignore[arg-type]
                self._changed.add(f"r{oldest}")
        chunk.append(run)
        chunk.append(number)
        self._runs[run] = self._tail << 32 | number
        self._changed.add(f"r{self._tail}")

    def _promote(self, run: str, known: int, line: Line) -> Wording:
        """A second account uses a run: from now on it is followed."""
        first = self.by_number.get(known & _ACCOUNT_MASK)
        del self._runs[run]
        if len(self.wordings) >= MAX_WORDINGS:
            self._clear_wordings()
        head = self.head
        wording = Wording(
            head.next_wording, run, line.words, known & _ACCOUNT_MASK, known >> 32,
            {known & _ACCOUNT_MASK: first.last if first is not None else 0}, count=1,
        )  # fmt: skip
        head.next_wording += 1
        self.wordings[run] = wording
        self._wordings_by_number[wording.number] = wording
        return wording

    def _clear_wordings(self) -> None:
        """Drops an eighth of the wordings: those of few accounts, unused for the longest time."""
        weakest = sorted(
            self.wordings.values(), key=lambda one: (min(one.count, NOTICED_FROM), one.last, one.number)
        )[: MAX_WORDINGS // 8]  # fmt: skip
        for wording in weakest:
            self._kept -= len(wording.events)
            del self.wordings[wording.run], self._wordings_by_number[wording.number]
            self._changed.add(f"w{wording.number // WORDING_SHARD}")
            if wording.origin in self._chunks:
                self._runs[wording.run] = wording.origin << 32 | wording.first

    def _weigh(self, wording: Wording, line: Line, event: Chat, number: int, is_new: bool) -> None:
        """Keeps a line of a wording of several accounts, and points the rules to it."""
        if line.words == wording.text or fuzz.ratio(line.words, wording.text) >= NEAR:
            wording.near.pop(number, None)
            wording.near[number] = event.at
            if len(wording.near) > len(wording.members):
                del wording.near[next(iter(wording.near))]
        self._kept += wording.keep(event)
        if wording.count >= NOTICED_FROM - 1:
            self.noticed, self.line = wording, line

    # What acts together -------------------------------------------------------------------

    def _turn(self, at: int) -> None:
        """Looks at who acted since the last time, and begins anew."""
        head = self.head
        if not head.since:
            head.since = at
        active = list(self._active.values())
        if head.tick and len(active) >= NOTICED_FROM:
            self.together = search(active, head.tick + TICK_MS)
        head.tick = at - at % TICK_MS
        self._active = {}
        if self._kept > MAX_KEPT:
            self._drop_events()

    def _drop_events(self) -> None:
        """Drops the evidence of wordings that were not used for the longest time."""
        kept = 0
        for wording in sorted(self.wordings.values(), key=lambda one: (-one.last, one.number)):
            kept += len(wording.events)
            if kept > MAX_KEPT // 2 and wording.events:
                kept -= len(wording.events)
                wording.events = []
                self._changed.add(f"w{wording.number // WORDING_SHARD}")
        self._kept = kept

    # As parts, so that only what changed is written ---------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        changed = self._changed
        if changed:
            changed.add("head")
        self._changed = set()
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts; none where nobody was met."""
        if not self.by_number and not self._chunks:
            return []
        return [
            "head",
            *dict.fromkeys(f"a{number // ACCOUNT_SHARD}" for number in self.by_number),
            *dict.fromkeys(f"w{one.number // WORDING_SHARD}" for one in self.wordings.values()),
            *(f"r{chunk}" for chunk in self._chunks),
        ]

    def part(self, name: str) -> Any:
        """The body of a part; ``None``: it is gone."""
        if name == "head":
            return self.head
        kind, number = name[0], int(name[1:])
        if kind == "a":
            start = number * ACCOUNT_SHARD
            by_number = self.by_number
            return [
                by_number[one] for one in range(start, start + ACCOUNT_SHARD) if one in by_number
            ] or None
        if kind == "r":
            return self._chunks.get(number)
        start = number * WORDING_SHARD
        wordings = self._wordings_by_number
        return [
            wordings[one] for one in range(start, start + WORDING_SHARD) if one in wordings
        ] or None

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        if name == "head":
            self.head = msgspec.msgpack.decode(body, type=Head)
        elif name[0] == "a":
            for account in msgspec.msgpack.decode(body, type=list[Account]):
                self.by_number[account.number] = account
        elif name[0] == "r":
            self._chunks[int(name[1:])] = msgspec.msgpack.decode(body, type=list[str | int])
        else:
            for wording in msgspec.msgpack.decode(body, type=list[Wording]):
                self.wordings[wording.run] = wording

    def settle(self) -> None:
        """Makes what is not written, once all parts are back."""
        self.by_number = dict(sorted(self.by_number.items()))
        self.accounts = {account.name: account for account in self.by_number.values()}
        self.wordings = {
            one.run: one for one in sorted(self.wordings.values(), key=lambda one: one.number)
        }
        self._wordings_by_number = {one.number: one for one in self.wordings.values()}
        self._chunks = dict(sorted(self._chunks.items()))
        self._kept = sum(len(one.events) for one in self.wordings.values())
        self._tail = next(reversed(self._chunks), -1)
        self._runs = {}
        for number, chunk in self._chunks.items():
            for place in range(0, len(chunk), 2):
                run, account = chunk[place], chunk[place + 1]
                if run not in self.wordings:
                    self._runs[run] = number << 32 | account  # type: ignore[index,operator]  # in pairs
        self._active = {
            number: account
            for number, account in self.by_number.items()
            if account.last >= self.head.tick
        }
