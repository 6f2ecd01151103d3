"""Files that options of a source name, secrets among them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["files_of", "renewed"]


def files_of(options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Options and the files that they name; `{room}` stands for the room."""
    for name, value in options.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", path) for inner, path in files_of(value))
        elif name.endswith("_file") and isinstance(value, str):
            yield name, value


def renewed(options: dict[str, Any], rooms: Iterable[tuple[str, int]]) -> set[str]:
    """Rooms of which a file has changed.

    Args:
        rooms: with the moment at which their files were last read, ms since the epoch.
    """
    paths = [path for _, path in files_of(options)]
    now_ms = time.time_ns() // 1_000_000
    changed_at: dict[str, int] = {}
    found = set()
    for room, read_at in rooms:
        for path in paths:
            file = path.replace("{room}", room)
            if file not in changed_at:
                changed_at[file] = _changed_at(file)
            # A moment still to come is a wrong clock's, and would never be past.
            if read_at <= changed_at[file] <= now_ms:
                found.add(room)
    return found


def _changed_at(file: str) -> int:
    try:
        # Not the time of modification, which a copy may take along.
        return Path(file).stat().st_ctime_ns // 1_000_000
    except OSError:
        return 0
