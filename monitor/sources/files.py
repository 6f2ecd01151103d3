"""Files that a source names, secrets among them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from connectors.source import NamedFile
from monitor.sources.plans import named_files_of, rooms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.sources.settings import SourceSettings

__all__ = ["Missing", "files_of", "missing_files", "renewed"]


class Missing(Struct, frozen=True):
    """A file or folder that an option names and that does not exist."""

    option: str
    path: str
    rooms: int
    """Rooms of which the file is missing; `path` is the first one's."""
    folder: bool
    awaited: bool
    """It may come later: the source waits for it."""

    def __str__(self) -> str:
        others = f", nor those of {self.rooms - 1} other rooms" if self.rooms > 1 else ""
        later = "; the source waits for it" if self.awaited else ""
        return f"there is no {'folder' if self.folder else 'file'} {self.path}{others}{later}"


def missing_files(source: SourceSettings) -> Iterator[Missing]:
    """Files and folders that the options of a source name, of its rooms, and that do not exist.

    Raises:
        ConfigError: the options do not fit, or there is no list of rooms.
    """
    rooms = rooms_of(source)
    secrets = (NamedFile(option, path) for option, path in files_of(source.options))
    for named in (*secrets, *named_files_of(source)):
        paths = dict.fromkeys(named.path.replace("{room}", room) for room in rooms)
        gone = [path for path in paths if not _is_there(path, folder=named.folder)]
        if gone:
            yield Missing(named.option, gone[0], len(gone), named.folder, named.awaited)


def _is_there(path: str, *, folder: bool) -> bool:
    # A pipe is as good as a file. Where nobody may look, or a name is too long, nothing is there.
    is_folder = os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` raises then
    return is_folder if folder else os.path.exists(path) and not is_folder  # noqa: PTH110


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
