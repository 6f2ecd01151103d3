"""The latest lines that count for who writes what: by whom, of which kind, in which slot of time.

A line is one number of four bytes. What is older than `SLOTS` slots goes when a slot begins, and of what
is younger all beyond the latest `MOST_LINES`: where so many write, the last minutes say enough.
"""

from __future__ import annotations

from array import array

import msgspec

__all__ = ["CHUNK", "MOST_LINES", "SLOTS", "Recent"]

#: Slots that are kept, the present one among them; lines; lines of a part.
SLOTS, MOST_LINES, CHUNK = 15, 2_048, 128
#: Bits of the kind of a line.
KIND_BITS = 3
_KIND = (1 << KIND_BITS) - 1


class Recent:
    """Lines in the order of time."""

    __slots__ = ("_chunks", "_dropped", "_first", "_lines", "_written")

    def __init__(self) -> None:
        #: By place: account << `KIND_BITS` | kind.
        self._lines = array("I")
        #: Number of the first line that is kept, of all lines of the room: whole chunks go.
        self._first = 0
        #: Number of the first line that was not written yet; chunks that went since.
        self._written = 0
        self._dropped: set[int] = set()
        self._chunks: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def end(self) -> int:
        """Number of the next line."""
        return self._first + len(self._lines)

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return 4 * len(self._lines)

    def take(self, account: int, kind: int) -> None:
        """Adds a line."""
        self._lines.append(account << KIND_BITS | kind)
        if len(self._lines) >= 2 * MOST_LINES:
            self.drop(self.end - MOST_LINES)

    def between(self, start: int, end: int) -> list[tuple[int, int]]:
        """Account and kind of the lines from number `start` on and before `end`, of those kept."""
        first = self._first
        lines = self._lines[max(0, start - first) : max(0, end - first)]
        return [(line >> KIND_BITS, line & _KIND) for line in lines]

    def drop(self, start: int) -> None:
        """Forgets the chunks that end before line number `start`."""
        first = max(start, 0) // CHUNK * CHUNK
        if first > self._first:
            self._dropped.update(range(self._first // CHUNK, min(first, self.end) // CHUNK))
            del self._lines[: first - self._first]
            self._first = first

    def clear(self) -> None:
        """A broadcast begins or ends: what was written is of one broadcast."""
        self.drop(-(-self.end // CHUNK) * CHUNK)
        self._dropped.add(self._written // CHUNK)
        self._lines = array("I")
        self._written = self._first

    # As parts -----------------------------------------------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        end = self.end
        changed = set(self._dropped)
        if end > self._written:
            changed.update(range(max(self._written, self._first) // CHUNK, (end - 1) // CHUNK + 1))
        self._written, self._dropped = end, set()
        return {f"l{chunk}" for chunk in changed}

    def part_names(self) -> list[str]:
        """Names of all parts."""
        last = -(-self.end // CHUNK) if self._lines else 0
        return [f"l{chunk}" for chunk in range(self._first // CHUNK, last)]

    def part(self, name: str) -> bytes | None:
        """The body of a part; ``None``: it is gone."""
        start = int(name[1:]) * CHUNK - self._first
        if start < 0 or start >= len(self._lines):
            return None
        return self._lines[start : start + CHUNK].tobytes()

    def take_part(self, name: str, body: bytes) -> None:
        """Takes back a part; `settle` has to follow the last one.

        Raises:
            msgspec.MsgspecError: another version wrote it.
        """
        self._chunks[int(name[1:])] = msgspec.msgpack.decode(body, type=bytes)

    def settle(self) -> None:
        """Puts the parts together, once all are back."""
        chunks = self._chunks
        self._chunks = {}
        if not chunks:
            return
        self._first = min(chunks) * CHUNK
        self._lines = array("I")
        for chunk in sorted(chunks):
            self._lines.frombytes(chunks[chunk])
        self._written = self.end
