"""An account in a room: since when, how often, in which windows of time, with which words."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Account"]

#: A stretch of activity is one window until this long after it began, ms.
WINDOW_MS = 240_000
#: Windows and wordings of an account that are kept: the latest.
MAX_WINDOWS = 12
MAX_SAID = 6


class Account(Struct, array_like=True, omit_defaults=True, gc=False):
    """What one account did. Times are ms."""

    number: int
    """Order of arrival in this room; stands for the account wherever it is noted."""
    name: str
    first: int
    last: int
    lines: int = 0
    chances: int = 0
    """Rounds of eviction that it survives yet."""
    windows: list[int] | None = None
    """Beginnings of its windows of activity; ``None``: only the first, at `first`."""
    said: tuple[str, ...] = ()
    """Gists of its latest different lines."""
    different: int = 0
    """Different lines, as far as `said` goes back."""
    praises: int = 0
    """Of those, lines that praise or tell of a purchase."""
    echoes: int = 0
    """Of those, long ones of praise that others wrote in (nearly) the same words."""
    alike: int = 0
    """Of those, long ones, praise or not, that others wrote, too."""
    orders: int = 0
    returned: int = 0
    """Of those, refunded or cancelled."""
    skus: list[str] = []
    """Goods that it ordered, the latest."""
    kinds: int = 0
    """Its different lines by kind, as `facts.crowd.mixture` counts them."""

    @property
    def active(self) -> list[int]:
        """Beginnings of its windows of activity, in order."""
        return self.windows if self.windows is not None else [self.first]

    def open_window(self, at: int) -> None:
        """Notes that it acts again after a while."""
        windows = self.windows
        if windows is None:
            self.windows, self.chances = [self.first, at], 2
            return
        windows.append(at)
        if len(windows) > MAX_WINDOWS:
            del windows[0]
        self.chances = 3
