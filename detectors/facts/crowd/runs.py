"""Runs of letters that one account used: which, as numbers, and by whom; the latest of them.

A run waits here for a second account, nearly all in vain. What is beyond the bound goes a chunk at a
time, the oldest first.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

__all__ = ["CHUNK", "MAX_CHUNKS", "Chunk", "Runs"]

#: Runs of a part, and parts.
CHUNK, MAX_CHUNKS = 128, 192
#: What one takes in memory, about.
BYTES = 120
#: A part: keys of eight bytes, account numbers of four.
Chunk = tuple[bytes, bytes]


class Runs:
    """Keys of runs (`line.key_of`) to the numbers of accounts."""

    __slots__ = ("_chunks", "_last", "_latest", "_most", "by_key", "changed")

    def __init__(self, most: int | None = None) -> None:
        """`most`: chunks that are kept, where these are not `MAX_CHUNKS`."""
        self._most = most or MAX_CHUNKS
        #: To be read.
        self.by_key: dict[int, int] = {}
        #: The keys in the order in which they came, by chunk.
        self._chunks: dict[int, array[int]] = {}
        self._last = -1
        self._latest = array("Q")
        #: Chunks that changed since they were last written, by number.
        self.changed: set[int] = set()

    def __len__(self) -> int:
        return len(self.by_key)

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return BYTES * len(self.by_key)

    def look(self, keys: Sequence[int], account: int) -> dict[int, int]:
        """Claims those runs that nobody else used; the others, each with the account that did.

        Args:
            keys: different ones.
        """
        by_key = self.by_key
        found = {key: by_key[key] for key in keys if key in by_key}
        mine = [key for key in keys if key not in found] if found else keys
        if not mine:
            return found
        claimed = dict.fromkeys(mine, account)
        by_key.update(claimed)
        room = CHUNK - len(self._latest) if self._last >= 0 else 0
        if len(claimed) <= room:
            self._latest.extend(claimed)
            self.changed.add(self._last)
        else:
            for key in claimed:
                self._note(key)
        return found

    def claim(self, key: int, account: int) -> int:
        """The account that used a run; −1: none did, and now this one has."""
        first = self.by_key.get(key)
        if first is None:
            self.put(key, account)
            return -1
        return first

    def put(self, key: int, account: int) -> None:
        """Notes the account that used a run, where nobody did before."""
        self.by_key[key] = account
        if self._last >= 0 and len(self._latest) < CHUNK:
            self._latest.append(key)
            self.changed.add(self._last)
        else:
            self._note(key)

    def _note(self, key: int) -> None:
        if len(self._latest) >= CHUNK or self._last < 0:
            self._begin_chunk()
        self._latest.append(key)
        self.changed.add(self._last)

    def clear(self) -> None:
        """Forgets all."""
        changed = self.changed.union(self._chunks)
        self.__init__(self._most)  # type: ignore[misc]  # as it began, but for what has to be written
        self.changed = changed

    # As parts -----------------------------------------------------------------------------

    def chunks(self) -> list[int]:
        """Numbers of the chunks that there are."""
        return list(self._chunks)

    def chunk(self, number: int) -> Chunk | None:
        """A chunk as it is written: keys and accounts; ``None``: it is gone."""
        keys = self._chunks.get(number)
        if keys is None:
            return None
        return keys.tobytes(), array("I", map(self.by_key.__getitem__, keys)).tobytes()

    def take_chunks(self, chunks: dict[int, Chunk]) -> None:
        """Takes back the chunks, all at once."""
        for number, (keys, accounts) in sorted(chunks.items()):
            self._last, self._latest = number, array("Q", keys)
            self._chunks[number] = self._latest
            self.by_key.update(zip(self._latest, array("I", accounts), strict=True))

    # Within -------------------------------------------------------------------------------

    def _begin_chunk(self) -> None:
        self._last += 1
        self._latest = self._chunks[self._last] = array("Q")
        if len(self._chunks) > self._most:
            oldest = next(iter(self._chunks))
            by_key = self.by_key
            for key in self._chunks.pop(oldest):
                del by_key[key]
            self.changed.add(oldest)
