"""Names of accounts, unique on the platform."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal, get_args

from monitor.simulation.phrasebook import data

__all__ = ["NAMINGS", "Accounts", "Naming", "shown_name"]

#: What a source shows of a viewer: the nickname, or a keyed pseudonym.
Naming = Literal["nickname", "pseudonym"]
NAMINGS: tuple[Naming, ...] = get_args(Naming)
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def shown_name(user: str) -> str:
    """What the platform's own lines call an account: a nickname, or “石***7” for a pseudonym."""
    if not user.startswith("k1:"):
        return user[:12]
    first: list[str] = data("names")["first"]
    return f"{first[sum(map(ord, user)) % len(first)][0]}***{user[-1]}"


class Accounts:
    """Makes the accounts of one room; no name is given twice on the platform.

    Args:
        rng: chance of this room.
        taken: names given so far, in all rooms; grows.
    """

    def __init__(self, rng: random.Random, taken: set[str]) -> None:
        self._rng = rng
        self._taken = taken
        names = data("names")
        self._first: list[str] = names["first"]
        self._last: list[str] = names["last"]
        self._latin: list[str] = names["latin"]
        self._marks: list[str] = names["marks"]

    def new(self, naming: Naming) -> str:
        """One account of an ordinary viewer."""
        return self._unique(self._pseudonym if naming == "pseudonym" else self._nickname)

    def several(self, naming: Naming, count: int) -> list[str]:
        """As many accounts of ordinary viewers."""
        return [self.new(naming) for _ in range(count)]

    def alike(self, naming: Naming, count: int) -> list[str]:
        """Accounts whose nicknames follow one template; pseudonyms do not show it."""
        if naming == "pseudonym":
            return self.several(naming, count)
        rng = self._rng
        style = rng.randrange(4)
        word = rng.choice(self._last)
        base = rng.randrange(1_000, 900_000)

        def name() -> str:
            if style == 0:
                return f"用户{rng.randrange(10**6, 10**7)}"
            if style == 1:
                return f"{word}{base + rng.randrange(4 * count + 9)}"
            if style == 2:
                return f"momo{rng.choice(self._marks)}{rng.randrange(1_000)}"
            return f"{rng.choice(self._latin)}_{rng.randrange(1_000, 10_000)}"

        return [self._unique(name) for _ in range(count)]

    def _nickname(self) -> str:
        rng = self._rng
        chance = rng.random()
        if chance < 0.18:
            return f"用户{rng.randrange(10**6, 10**10)}"
        if chance < 0.21:
            return "momo" + rng.choice(("", rng.choice(self._marks), str(rng.randrange(99_999))))
        if chance < 0.35:
            return rng.choice(self._latin) + rng.choice(("", "_", ".")) + str(rng.randrange(9_999))
        name = rng.choice(self._first) + rng.choice(self._last)
        if chance < 0.5:
            return name + rng.choice(self._marks)
        if chance < 0.7:
            return name + str(rng.choice((rng.randrange(100), rng.randrange(1960, 2012))))
        return name

    def _pseudonym(self) -> str:
        bits = self._rng.getrandbits(100)
        return "k1:" + "".join(_BASE32[bits >> shift & 31] for shift in range(0, 100, 5))

    def _unique(self, make: Callable[[], str]) -> str:
        name = make()
        while name in self._taken:
            name += str(self._rng.randrange(10))
        self._taken.add(name)
        return name
