"""Accounts that say the same things: of which the different lines are, for the most part, also those
of others.

What one short line says, thousands say. But who wrote “真好用” and “闭眼入” and little else hardly
ever meets others who wrote just these two, unless they were given the same list. Two lines of one
account are a *pair*; a pair of more accounts than so large a crowd has in common by chance is
shared, and an account whose pairs are shared ones for the most part has a repertoire that is not
its own. That is a dense block of accounts and texts as FRAUDAR looks for (Hooi et al. 2016), found a
line at a time: whatever else an account writes (camouflage) adds pairs that nobody shares, so only
the share counts, and what everybody says is held against the size of the crowd. No word of praise,
and no length, is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from math import sqrt
from typing import Any

import msgspec
from msgspec import Struct

from detectors.facts.crowd.head import Head
from detectors.facts.crowd.line import LEAST_SAID, Line, key_of
from detectors.facts.crowd.runs import Chunk, Runs

__all__ = ["PARTS", "Repertoires"]

#: Lines of an account before the present one with which it makes pairs, of those that others wrote.
BACK = 2
#: An account with more different lines than this is a talker.
MOST_LINES = 12
#: Accounts that share a pair in a small room, and how many more of each thousand. Of two lines that
#: are written without regard to each other so many times as independent accounts have both (whoever
#: writes much writes both), and so many standard deviations of such a count, if it is more than one.
SHARED_BY, SHARED_PER_THOUSAND, TALKERS, DEVIATIONS = 3, 1, 1.2, 2
#: Of so many of an account's pairs one has to be shared.
ONE_OF = 5
#: Pairs of several accounts that are kept, and the accounts of one; parts in which they are written.
MAX_PAIRS, MAX_OWNERS, PARTS = 1_024, 96, 64
#: Lines of which it is known how many accounts wrote them: the latest; how many go at once.
MAX_TEXTS, FORGOTTEN = 1_056, 64
#: Chunks of pairs that wait for a second account (`facts.crowd.runs`).
WAITING = 96
_COUNT = 20
_COUNTS = (1 << _COUNT) - 1


class Pair(Struct, array_like=True, gc=False):
    """Two lines that several accounts wrote both."""

    owners: list[int]
    shared: bool = False
    """It was counted for its owners."""
    used: int = 0
    """When it was used last, by the count of all uses."""


class Part(Struct, array_like=True):
    """What is written together."""

    pairs: dict[int, Pair]
    texts: dict[int, int]
    """Lines to how many accounts wrote one, and above `_COUNT` bits when it was used last."""


class Repertoires:
    """Pairs of lines, and how many of its pairs an account shares."""

    __slots__ = ("_changed", "_chunks", "_sorted", "_uses", "_written", "known", "matched", "runs", "texts")  # fmt: skip

    def __init__(self) -> None:
        #: Pairs of one account, which wait for a second.
        self.runs = Runs(WAITING)
        #: Pairs of several accounts, the one that was used longest ago first.
        self.known: dict[int, Pair] = {}
        #: Lines as in `Part`, the one used longest ago first.
        self.texts: dict[int, int] = {}
        #: Account to its pairs that are shared.
        self.matched: dict[int, int] = {}
        self._uses = 0
        #: How often lines and pairs had been used when they were last written.
        self._written = 0
        self._changed: set[int] = set()
        #: The parts that have changed, between `take_changes` and their being asked for.
        self._sorted: dict[int, Part] = {}
        self._chunks: dict[int, Chunk] = {}

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return 200 * len(self.known) + 170 * len(self.texts) + self.runs.size

    def note(self, key: int) -> int:
        """Counts one account more that wrote a line, by its key; how many did."""
        texts = self.texts
        # The one that was used longest ago is first.
        text = texts.pop(key, 0)
        if not text and len(texts) >= MAX_TEXTS:
            self._forget_texts()
        self._uses = uses = self._uses + 1
        wrote = (text & _COUNTS) + 1
        texts[key] = uses << _COUNT | wrote
        return wrote

    def take(
        self, account: int, line: Line, wrote: int, said: tuple[str, ...], head: Head
    ) -> Sequence[int]:
        """Takes up an account's new line, the last of what it said.

        Args:
            wrote: accounts that wrote it (`texts`); what nobody else wrote is nobody's pair.
            head: how many wrote in this broadcast, and what somebody asked to write.

        Returns:
            Accounts that share a pair more, or fewer, than before.
        """
        words, own, wrote_by = line.words, line.key, self.texts.get
        moved: list[int] = []
        waiting, known = self.runs.by_key, self.known
        back = 0
        for before in said[-2::-1]:
            if back == BACK:
                break
            if len(before) < LEAST_SAID:
                continue
            other = _key(before)
            wrote_other = wrote_by(other, 0) & _COUNTS
            if wrote_other < 2:
                continue
            back += 1
            key = own ^ other
            pair = known.get(key)
            if pair is None:
                first = waiting.get(key)
                if first is None:
                    self.runs.put(key, account)
                    continue
                if first == account:
                    continue
                if head.led and (head.is_led(before, 0) or head.is_led(words, 0)):
                    continue
                pair = Pair([first])
                if len(known) >= MAX_PAIRS:
                    moved += self._forget_oldest()
            else:
                del known[key]  # the one that was used longest ago is first
            known[key] = pair
            self._uses += 1
            pair.used = self._uses
            self._changed.add(key % PARTS)
            owners = pair.owners
            if len(owners) >= MAX_OWNERS or account in owners:
                continue
            owners.append(account)
            crowd = max(1, head.people)
            enough = len(owners) >= _usual(wrote * wrote_other / crowd, crowd)
            if enough and not pair.shared:
                pair.shared = True
                self._count(owners, 1)
                moved += owners
            elif enough:
                self._count((account,), 1)
                moved.append(account)
            elif pair.shared:
                # The crowd has moved: so many have it in common by chance by now.
                pair.shared = False
                self._count(owners[:-1], -1)
                moved += owners
        return moved

    def is_shared(self, account: int, different: int) -> bool:
        """Is what an account says what others say, too?

        Args:
            different: different lines that it wrote.
        """
        matched = self.matched.get(account, 0)
        if not matched or different > MOST_LINES:
            return False
        return matched * ONE_OF >= BACK * different - BACK * (BACK + 1) // 2

    def drop(self, account: int) -> None:
        """Forgets an account."""
        self.matched.pop(account, None)

    def clear(self) -> None:
        """A broadcast begins or ends: words are of one broadcast."""
        self.runs.clear()
        self._changed.update(key % PARTS for key in self.known)
        self._changed.update(key % PARTS for key in self.texts)
        self.known.clear()
        self.texts.clear()
        self.matched.clear()

    # As parts -----------------------------------------------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        for key, text in reversed(self.texts.items()):
            if text >> _COUNT <= self._written:
                break
            self._changed.add(key % PARTS)
        self._written = self._uses
        changed = {f"t{part}" for part in self._changed}
        changed.update(f"u{chunk}" for chunk in self.runs.changed)
        self._sorted = self._parts(self._changed)
        self._changed, self.runs.changed = set(), set()
        return changed

    def part_names(self) -> list[str]:
        """Names of all parts."""
        return [
            *(f"t{part}" for part in sorted({key % PARTS for key in (*self.known, *self.texts)})),
            *(f"u{chunk}" for chunk in self.runs.chunks()),
        ]

    def part(self, name: str) -> Any:
        """The body of a part; ``None``: it is gone."""
        number = int(name[1:])
        if name[0] == "u":
            return self.runs.chunk(number)
        part = self._sorted.pop(number, None) or self._parts({number})[number]
        return part if part.pairs or part.texts else None

    def _parts(self, numbers: set[int]) -> dict[int, Part]:
        """Parts by their numbers. A busy room changes all of them with each batch, so it takes one
        walk through what there is, not one a part."""
        parts = {number: Part({}, {}) for number in numbers}
        if parts:
            known, texts = self.known, self.texts
            for key in [key for key in known if key % PARTS in parts]:
                parts[key % PARTS].pairs[key] = known[key]
            for key in [key for key in texts if key % PARTS in parts]:
                parts[key % PARTS].texts[key] = texts[key]
        return parts

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        if name[0] == "u":
            self._chunks[int(name[1:])] = msgspec.msgpack.decode(body, type=Chunk)
        else:
            part = msgspec.msgpack.decode(body, type=Part)
            self.known.update(part.pairs)
            self.texts.update(part.texts)
            moved = {key % PARTS for key in (*part.pairs, *part.texts)} - {int(name[1:])}
            if moved:
                # As it was written before, when there were fewer parts: all of it is written anew.
                self._changed |= moved | {int(name[1:])}

    def settle(self) -> None:
        """Makes what is not written, once all parts are back."""
        self.runs.take_chunks(self._chunks)
        self._chunks = {}
        self.known = dict(sorted(self.known.items(), key=lambda item: item[1].used))
        self.texts = dict(sorted(self.texts.items(), key=lambda item: item[1]))
        self._uses = max(self.texts.values(), default=0) >> _COUNT
        for pair in self.known.values():
            self._uses = max(self._uses, pair.used)
            if pair.shared:
                self._count(pair.owners, 1)
        self._written = self._uses

    # Within -------------------------------------------------------------------------------

    def _forget_texts(self) -> None:
        """Drops the lines that were used longest ago, several at once.

        The first entry of a dictionary whose first ones are dropped one by one is ever farther to seek.
        """
        texts = self.texts
        for oldest in list(islice(texts, FORGOTTEN)):
            del texts[oldest]
            self._changed.add(oldest % PARTS)

    def _forget_oldest(self) -> list[int]:
        """Drops the pair that was used longest ago; the accounts that shared it."""
        key = next(iter(self.known))
        pair = self.known.pop(key)
        self._changed.add(key % PARTS)
        if not pair.shared:
            return []
        self._count(pair.owners, -1)
        return pair.owners

    def _count(self, accounts: Iterable[int], by: int) -> None:
        matched = self.matched
        for account in accounts:
            count = matched.get(account, 0) + by
            if count > 0:
                matched[account] = count
            else:
                matched.pop(account, None)


def _usual(independent: float, people: int) -> float:
    """Accounts that write two lines both, at most, in an ordinary crowd.

    Args:
        independent: how many would, were each line written without regard to the other.
    """
    by_chance = TALKERS * independent
    more = DEVIATIONS * max(0.0, sqrt(by_chance) - 1)
    return SHARED_BY + SHARED_PER_THOUSAND * people / 1000 + by_chance + more


@lru_cache(maxsize=16_384)
def _key(words: str) -> int:
    return key_of(words)
