"""Runs of letters that one account used: which, as numbers, and by whom; the latest of them.

A run waits here for a second account. Nearly all wait in vain, so one takes 12 bytes, and 8 to 16 in
the table that finds it (open addressing, linear probing). What is beyond the bound goes a chunk at a
time, the oldest first.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

__all__ = ["CHUNK", "MAX_CHUNKS", "Chunk", "Runs"]

#: Runs of a part, and parts.
CHUNK, MAX_CHUNKS = 128, 192
#: A part: keys of eight bytes, account numbers of four.
Chunk = tuple[bytes, bytes]


class Runs:
    """Keys of runs (`line.key_of`) to the numbers of accounts."""

    __slots__ = ("_accounts", "_end", "_filled", "_keys", "_mask", "_most", "_table", "changed")

    def __init__(self, most: int | None = None) -> None:
        """`most`: chunks that are kept, where these are not `MAX_CHUNKS`."""
        self._most = most or MAX_CHUNKS
        #: By place: a ring, once it is as long as it gets; 0: the run is gone.
        self._keys = array("Q")
        self._accounts = array("I")
        #: Runs that were ever added.
        self._end = 0
        #: Places from 1; 0: free. Some lead to a place that another run took.
        self._table = array("I", bytes(4 * 256))
        self._mask = 255
        self._filled = 0
        #: Chunks that changed since they were last written, by number.
        self.changed: set[int] = set()

    def __len__(self) -> int:
        return len(self._keys) - self._keys.count(0)

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return 12 * len(self._keys) + 4 * len(self._table)

    def look(self, keys: Iterable[int], account: int) -> list[tuple[int, int]]:
        """Claims those runs that nobody else used; the others, each with the account that did."""
        found: list[tuple[int, int]] = []
        # As `claim` does, without a call for each run: every line that is heard comes here.
        table, used, mask = self._table, self._keys, self._mask
        for key in keys:
            slot = key & mask
            while place := table[slot]:
                if used[place - 1] == key:
                    found.append((key, self._accounts[place - 1]))
                    break
                slot = slot + 1 & mask
            else:
                self._add(key, account, slot)
                table, mask = self._table, self._mask
        return found

    def claim(self, key: int, account: int) -> int:
        """The account that used a run; −1: none did, and now this one has."""
        table, keys, mask = self._table, self._keys, self._mask
        slot = key & mask
        while place := table[slot]:
            if keys[place - 1] == key:
                return self._accounts[place - 1]
            slot = slot + 1 & mask
        self._add(key, account, slot)
        return -1

    def _add(self, key: int, account: int, slot: int) -> None:
        """Adds a run, where this slot of the table is free for it."""
        end, keys = self._end, self._keys
        place = end % (CHUNK * self._most)
        if place % CHUNK == 0:
            self._begin_chunk(place)
        keys[place] = key
        self._accounts[place] = account
        self.changed.add(end // CHUNK)
        self._end = end + 1
        self._filled += 1
        if 5 * self._filled > 3 * self._mask:
            self._grow()
        else:
            self._table[slot] = place + 1

    def clear(self) -> None:
        """Forgets all."""
        changed = self.changed.union(self.chunks())
        self.__init__(self._most)  # type: ignore[misc]  # as it began, but for what has to be written
        self.changed = changed

    # As parts -----------------------------------------------------------------------------

    def chunks(self) -> range:
        """Numbers of the chunks that there are."""
        last = -(-self._end // CHUNK)
        return range(last - len(self._keys) // CHUNK, last)

    def chunk(self, number: int) -> Chunk | None:
        """A chunk as it is written: keys and accounts; ``None``: it is gone."""
        if number not in self.chunks():
            return None
        start = number % self._most * CHUNK
        many = min(CHUNK, self._end - number * CHUNK)
        return self._keys[start : start + many].tobytes(), self._accounts[start : start + many].tobytes()  # fmt: skip

    def take_chunks(self, chunks: dict[int, Chunk]) -> None:
        """Takes back the chunks, all at once."""
        if not chunks:
            return
        many = min(self._most, max(chunks) + 1)
        self._keys = array("Q", bytes(8 * CHUNK * many))
        self._accounts = array("I", bytes(4 * CHUNK * many))
        for number, (keys, accounts) in chunks.items():
            start = number % self._most * CHUNK
            size = min(len(keys) // 8, len(accounts) // 4, CHUNK)
            self._keys[start : start + size] = array("Q", keys[: 8 * size])
            self._accounts[start : start + size] = array("I", accounts[: 4 * size])
            self._end = max(self._end, number * CHUNK + size)
        self._grow()

    # Within -------------------------------------------------------------------------------

    def _begin_chunk(self, place: int) -> None:
        if place < len(self._keys):
            self._keys[place : place + CHUNK] = array("Q", bytes(8 * CHUNK))
            self.changed.add(self._end // CHUNK - self._most)
        else:
            self._keys.frombytes(bytes(8 * CHUNK))
            self._accounts.frombytes(bytes(4 * CHUNK))

    def _grow(self) -> None:
        """Makes the table anew, without the places of runs that are gone."""
        keys, size = self._keys, 256
        while 2 * len(keys) > size:
            size *= 2
        table, mask = array("I", bytes(4 * size)), size - 1
        filled = 0
        for place, key in enumerate(keys, 1):
            if key:
                filled += 1
                slot = key & mask
                while table[slot]:
                    slot = slot + 1 & mask
                table[slot] = place
        self._table, self._mask, self._filled = table, mask, filled
