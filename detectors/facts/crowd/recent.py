"""The latest lines that count for who writes what: by whom, of which kind, in which slot of time.

A line is one number of four bytes. What is older than `SLOTS` slots goes when a slot begins, and of what
is younger all beyond the latest `MOST_LINES`: where so many write, the last minutes say enough.
"""

from __future__ import annotations

from array import array

import msgspec

__all__ = ["CHUNK", "FULL", "KIND", "KIND_BITS", "MOST_LINES", "SLOTS", "Recent"]

#: Slots that are kept, the present one among them; lines; lines of a part.
SLOTS, MOST_LINES, CHUNK = 15, 2_048, 128
#: So many lines are too many.
FULL = 2 * MOST_LINES
#: Bits of the kind of a line, and the mask that leaves it.
KIND_BITS = 3
KIND = (1 << KIND_BITS) - 1


class Recent:
    """Lines in the order of time."""

    __slots__ = ("_chunks", "_dropped", "_written", "first", "lines")

    def __init__(self) -> None:
        #: By place: account << `KIND_BITS` | kind; to be read, and added to.
        self.lines = array("I")
        #: Number of the first line that is kept, of all lines of the room: whole chunks go.
        self.first = 0
        #: Number of the first line that was not written yet; chunks that went since.
        self._written = 0
        self._dropped: set[int] = set()
        self._chunks: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def end(self) -> int:
        """Number of the next line."""
        return self.first + len(self.lines)

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return 4 * len(self.lines)

    def take(self, account: int, kind: int) -> None:
        """Adds a line."""
        self.lines.append(account << KIND_BITS | kind)
        if len(self.lines) >= FULL:
            self.trim()

    def trim(self) -> None:
        """Forgets all but the latest lines, where there are `FULL`."""
        self.drop(self.end - MOST_LINES)

    def since(self, start: int) -> array[int]:
        """The lines from number `start` on, of those kept: account << `KIND_BITS` | kind."""
        return self.lines[max(0, start - self.first) :]

    def between(self, start: int, end: int) -> array[int]:
        """The lines from number `start` to before number `end`, of those kept, as `since` gives them."""
        return self.lines[max(0, start - self.first) : max(0, end - self.first)]

    def drop(self, start: int) -> None:
        """Forgets the chunks that end before line number `start`."""
        first = max(start, 0) // CHUNK * CHUNK
        if first > self.first:
            self._dropped.update(range(self.first // CHUNK, min(first, self.end) // CHUNK))
            del self.lines[: first - self.first]
            self.first = first

    def clear(self) -> None:
        """A broadcast begins or ends: what was written is of one broadcast."""
        self.drop(-(-self.end // CHUNK) * CHUNK)
        self._dropped.add(self._written // CHUNK)
        self.lines = array("I")
        self._written = self.first

    # As parts -----------------------------------------------------------------------------

    def take_changes(self) -> set[str]:
        """Names of the parts that changed since the last call."""
        end = self.end
        changed = set(self._dropped)
        if end > self._written:
            changed.update(range(max(self._written, self.first) // CHUNK, (end - 1) // CHUNK + 1))
        self._written, self._dropped = end, set()
        return {f"l{chunk}" for chunk in changed}

    def part_names(self) -> list[str]:
        """Names of all parts."""
        last = -(-self.end // CHUNK) if self.lines else 0
        return [f"l{chunk}" for chunk in range(self.first // CHUNK, last)]

    def part(self, name: str) -> bytes | None:
        """The body of a part; ``None``: it is gone."""
        start = int(name[1:]) * CHUNK - self.first
        if start < 0 or start >= len(self.lines):
            return None
        return self.lines[start : start + CHUNK].tobytes()

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
        self.first = min(chunks) * CHUNK
        self.lines = array("I")
        for chunk in sorted(chunks):
            self.lines.frombytes(chunks[chunk])
        self._written = self.end
