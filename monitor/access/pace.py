"""How fast passwords may be tried: by account and by address, slower with every failure.

An attempt counts as failed when it begins, so that a hundred at once are not a hundred free ones;
one that succeeds is taken back. Memory is bounded: of more names and addresses than `MOST`, those
that failed longest ago are forgotten.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING

from monitor.errors import LivewatchError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace", "Slowed"]

#: Failures that cost nothing: people mistype.
FREE_ACCOUNT, FREE_ADDRESS = 5, 20
#: The wait after the first that costs, doubled with each; and its bounds, s. An account's own is
#: short: whoever knows a name must not be able to shut its owner out.
FIRST_S, LONGEST_ACCOUNT_S, LONGEST_ADDRESS_S = 1.0, 60.0, 900.0
#: After so long without a failure, nothing is held against anybody, s.
FORGIVEN_S = 3_600.0
#: Names, and addresses, that are remembered.
MOST = 10_000


class Slowed(LivewatchError):
    """Too many attempts failed: come back later."""

    def __init__(self, retry_after_s: int, *, told: bool) -> None:
        super().__init__(f"too many attempts to sign in failed; come back in {retry_after_s} s")
        self.retry_after_s = retry_after_s
        self.told = told
        """Is this the first since the wait began?"""


class _Failures:
    __slots__ = ("count", "last", "told", "until")

    def __init__(self) -> None:
        self.count = 0
        self.last = -math.inf
        self.until = -math.inf
        self.told = False


class _Tally:
    """Failures by key, of accounts or of addresses."""

    def __init__(self, free: int, longest_s: float) -> None:
        self._free = free
        self._longest_s = longest_s
        self._known: OrderedDict[str, _Failures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def wait(self, key: str, now: float) -> tuple[float, _Failures | None]:
        found = self._known.get(key)
        return (max(0.0, found.until - now), found) if found is not None else (0.0, None)

    def fail(self, key: str, now: float) -> None:
        found = self._known.setdefault(key, _Failures())
        self._known.move_to_end(key)
        if now - found.last > FORGIVEN_S:
            found.count = 0
        found.count += 1
        found.last = now
        over = found.count - self._free
        if over >= 0:
            found.until = now + min(FIRST_S * 2 ** min(over, 30), self._longest_s)
            found.told = False
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def forgive(self, key: str, *, all_: bool) -> None:
        found = self._known.get(key)
        if found is None:
            return
        found.count = 0 if all_ else max(0, found.count - 1)
        found.until = -math.inf
        if not found.count:
            del self._known[key]


class Pace:
    """What failed lately; used by one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """
        Args:
            clock: monotonic, s.
        """
        self._clock = clock
        self.forget()

    @property
    def remembered(self) -> int:
        """Names and addresses in memory."""
        return len(self._accounts) + len(self._addresses)

    def forget(self) -> None:
        """Holds nothing against anybody any more."""
        self._accounts = _Tally(FREE_ACCOUNT, LONGEST_ACCOUNT_S)
        self._addresses = _Tally(FREE_ADDRESS, LONGEST_ADDRESS_S)

    def begin(self, account: str | None, address: str) -> None:
        """An attempt begins.

        Args:
            account: ``None``: it is not known yet whose.

        Raises:
            Slowed: it may not, yet.
        """
        now = self._clock()
        waits = [self._addresses.wait(address, now)]
        if account is not None:
            waits.append(self._accounts.wait(account, now))
        wait, found = max(waits, key=lambda each: each[0])
        if wait > 0 and found is not None:
            first, found.told = not found.told, True
            raise Slowed(math.ceil(wait), told=first)
        if account is not None:
            self._accounts.fail(account, now)
        self._addresses.fail(address, now)

    def succeeded(self, account: str | None, address: str) -> None:
        """The attempt was right: the account is as new, of the address only this is taken back."""
        if account is not None:
            self._accounts.forgive(account, all_=True)
        self._addresses.forgive(address, all_=False)
