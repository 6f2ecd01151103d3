"""Until when each room was watched, across restarts: a small file that is written every few
seconds, so that the time in which nothing ran becomes a gap too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from connectors.errors import UnreadableSource
from connectors.whole_file import whole_file

__all__ = ["Seen", "WatchedUntil"]

#: The law looks back 30 days, the monitor 45.
FORGOTTEN_MS = 45 * 86_400_000


class Seen(Struct, frozen=True, omit_defaults=True):
    """What is known of one connection."""

    until: int
    """The last moment that was watched, ms since the epoch."""
    rooms: list[tuple[str, str]] = []
    """Platform and name of the rooms that it showed, where it shows many."""
    broadcast: str | None = None
    """The session that it was in, where the decoder had to learn it."""


class WatchedUntil:
    """The last moment that was watched, by source and room."""

    def __init__(self, path: Path | None = None) -> None:
        """
        Args:
            path: the file; ``None`` keeps it in memory only.

        Raises:
            UnreadableSource: the file is there and cannot be read.
        """
        self._path = path
        self._seen: dict[str, Seen] = {}
        if path is None:
            return
        try:
            self._seen = msgspec.json.decode(path.read_bytes(), type=dict[str, Seen])
        except FileNotFoundError:
            pass
        except OSError as error:
            raise UnreadableSource(str(path), error.strerror or str(error)) from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UnreadableSource(str(path), f"{error}; delete it to start without it") from error

    def get(self, source: str, room: str) -> Seen | None:
        """What was watched last; ``None``: never anything."""
        return self._seen.get(f"{source}\n{room}")

    def set(
        self,
        source: str,
        room: str,
        until: int,
        rooms: Sequence[tuple[str, str]] = (),
        broadcast: str | None = None,
    ) -> None:
        """The connection was watched until then."""
        self._seen[f"{source}\n{room}"] = Seen(until, list(rooms), broadcast)

    def encode(self, now: int) -> bytes:
        """What the file should hold; forgets what no rule looks back to."""
        self._seen = {
            key: seen for key, seen in self._seen.items() if now - seen.until < FORGOTTEN_MS
        }
        return msgspec.json.encode(self._seen)

    def save(self, data: bytes) -> None:
        """Replaces the file; blocks."""
        if self._path is None:
            return
        with whole_file(self._path, mode=0o600, durable=False) as file:
            file.write(data)
