"""A wording that more than one account used: the accounts, and the first and last of their lines."""

from __future__ import annotations

from msgspec import Struct

from detectors.events import Chat

__all__ = ["Wording"]

#: Accounts of a wording that are kept (what more of them use is everybody's), and whole lines.
MAX_MEMBERS = 128
MAX_EVENTS = 8


class Wording(Struct, array_like=True, omit_defaults=True, gc=False):
    """Lines that share a run of letters."""

    number: int
    run: str
    text: str
    """Gist of the line that made it a wording."""
    first: int
    """The account that used it first."""
    origin: int
    """Number of the chunk in which the run was first noted."""
    members: dict[int, int]
    """Account to the time of its latest such line, ms; in the order of those."""
    near: dict[int, int] = {}
    """The same, of lines that are nearly the same from end to end; empty: not looked at yet."""
    count: int = 0
    """Accounts that used it, also such as are not kept any more."""
    last: int = 0
    events: list[Chat] = []
    subject: str = ""
    """Under which it was raised; empty: it was not."""

    def take(self, account: int, at: int) -> bool:
        """Notes a line of an account; true: it is a new one."""
        members = self.members
        known = members.pop(account, None)
        members[account] = at
        if at > self.last:
            self.last = at
        if known is not None:
            return False
        self.count += 1
        if len(members) > MAX_MEMBERS:
            del members[next(iter(members))]
        return True

    def keep(self, event: Chat) -> int:
        """Keeps a line for the evidence: how it began, and where it stands; how many more it has."""
        self.events.append(event)
        if len(self.events) <= MAX_EVENTS:
            return 1
        del self.events[MAX_EVENTS // 2]
        return 0
