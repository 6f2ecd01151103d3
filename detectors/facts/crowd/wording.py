"""A wording that more than one account used: the accounts, and the first and last of their lines."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct as Layout

from msgspec import Struct

from detectors.events import Chat

__all__ = ["Wording"]

#: Accounts of a wording that are kept (what more of them use is everybody's), and whole lines.
MAX_MEMBERS = 128
MAX_EVENTS = 8
#: An account and the time of its latest line, ms, as they are packed.
_PAIR = Layout("<IQ")
_SIZE = _PAIR.size


class Wording(Struct, array_like=True, gc=False):
    """Lines that share a run of letters.

    Most are shared by two or three accounts and never again, so members are 12 bytes each.
    """

    number: int
    key: int
    """Of the run that they share (`line.key_of`)."""
    text: str
    """Gist of the line that made it a wording."""
    pairs: bytes
    """Its members, in the order of their latest lines."""
    count: int
    """Accounts that used it, also such as are not kept any more."""
    close: dict[int, int] | None = None
    """`near`; ``None``: it was not looked at yet."""
    events: tuple[Chat, ...] = ()
    since: int = 0
    """When its first line was written, ms, about."""

    @classmethod
    def begun(cls, number: int, key: int, text: str, first: int, at: int) -> Wording:
        """A wording of which one account used the run, at `at`."""
        return cls(number, key, text, _PAIR.pack(first, at), 1, since=at)

    @property
    def members(self) -> dict[int, int]:
        """Account to the time of its latest such line, ms; in the order of those."""
        return dict(_PAIR.iter_unpack(self.pairs))

    @property
    def near(self) -> dict[int, int]:
        """Account to the time of its latest line that is nearly the same from end to end, ms."""
        return self.close if self.close is not None else {}

    @property
    def last(self) -> int:
        """Time of the latest line, ms."""
        return int.from_bytes(self.pairs[4 - _SIZE :], "little")

    def numbers(self) -> Iterator[int]:
        """The members' numbers."""
        return (number for number, _ in _PAIR.iter_unpack(self.pairs))

    def apart(self, least: int) -> list[int]:
        """Members whose lines came `least` ms and more after the one before that is among them."""
        found: list[int] = []
        since = 0
        for account, at in _PAIR.iter_unpack(self.pairs):
            if not found or at - since >= least:
                found.append(account)
                since = at
        return found

    def take(self, account: int, at: int, *, is_first: bool = False) -> bool:
        """Notes a line of an account; true: it is a new one.

        Args:
            is_first: is it the account's first line in this room, so that it is no member?
        """
        pairs = self.pairs
        if not is_first:
            wanted = account.to_bytes(4, "little")
            start = pairs.find(wanted)
            while start > 0 and start % _SIZE:
                start = pairs.find(wanted, start + 1)
            if start >= 0:
                self.pairs = pairs[:start] + pairs[start + _SIZE :] + _PAIR.pack(account, at)
                return False
        self.count += 1
        if len(pairs) >= MAX_MEMBERS * _SIZE:
            pairs = pairs[_SIZE:]
        self.pairs = pairs + _PAIR.pack(account, at)
        return True

    def approach(self, account: int, at: int, *, near: bool) -> None:
        """Notes whether a line of an account is nearly the same from end to end."""
        close = self.close
        if not close:
            # Of those before this one it is taken for granted: they made the wording.
            close = self.close = self.members
            close.pop(account, None)
        if near:
            close.pop(account, None)
            close[account] = at
            if len(close) * _SIZE > len(self.pairs):
                del close[next(iter(close))]

    def keep(self, event: Chat) -> int:
        """Keeps a line for the evidence: how it began, and where it stands; how many more it has."""
        events = self.events
        if len(events) < MAX_EVENTS:
            self.events = (*events, event)
            return 1
        half = MAX_EVENTS // 2
        self.events = (*events[:half], *events[half + 1 :], event)
        return 0
