"""The parts of a room's state that are loaded one by one, and only when needed.

Fingerprints of ids that were counted long ago, and alerts that were hit long ago, are most of what
is known of a room and are hardly ever asked for. They are written like every other part, but a
room is restored without them: the runtime gives the state a `Stored`, by which one part is read
by its name. Where there is none (a recording that is read in one go), they stay here, as bytes.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["KINDS", "Shelf", "Stored", "is_shelved"]

#: Kinds of parts that are shelved: the names of such parts begin so.
KINDS = ("minute:", "raised:")


def is_shelved(part: str) -> bool:
    """Is a part with this name left out when a room is restored?"""
    return part.startswith(KINDS)


class Stored(Protocol):
    """The shelved parts of one room, as they were written last."""

    def get(self, part: str) -> bytes | None:
        """A part, as `changed_parts` gave it; ``None``: there is none of this name."""
        ...


class Shelf:
    """The shelved parts of one room: what is stored, and what waits to be."""

    __slots__ = ("_changed", "stored", "waiting")

    def __init__(self, changed: set[str], stored: Stored | None = None) -> None:
        """
        Args:
            changed: the state's own names of parts that have to be written.
            stored: where parts are read; ``None``: nothing is ever written, all of it stays here.
        """
        self._changed = changed
        self.stored = stored
        self.waiting: dict[str, bytes | None] = {}
        """What is not written yet, encoded; ``None``: the part is gone."""

    def get(self, part: str) -> bytes | None:
        """A part, encoded; ``None``: there is none."""
        if part in self.waiting:
            return self.waiting[part]
        return self.stored.get(part) if self.stored is not None else None

    def put(self, part: str, body: bytes) -> None:
        """Keeps a part, encoded, in place of the one of that name."""
        self.waiting[part] = body
        self._changed.add(part)

    def remove(self, part: str) -> None:
        """Takes a part out."""
        if self.stored is None:
            self.waiting.pop(part, None)
        else:
            self.waiting[part] = None
        self._changed.add(part)

    def written(self, part: str) -> bytes | None:
        """Hands out a part to be written; from then on it is read where it is stored."""
        if self.stored is None:
            return self.waiting.get(part)
        return self.waiting.pop(part, None)
