"""Who may read what lies in a data directory: its owner, and nobody else."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from connectors.logger import logger

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FILE", "FOLDER", "make_folder", "make_private", "tighten"]

log = logger()

#: Names of what the monitor itself puts into its directory.
_OURS = ("livewatch.", "ingest.token", "pseudonym.key", "demo.json", "watched.json", "evidence")
FOLDER, FILE = 0o700, 0o600


def make_private(path: Path) -> None:
    """Makes a file that its owner alone may read, unless it is there; SQLite gives what it puts
    beside a database the same mode."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE))


def make_folder(path: Path) -> None:
    """Makes a directory, and each above it that is missing, that its owner alone may enter.

    ``mkdir(parents=True)`` gives its mode to the last directory only.
    """
    if not path.parent.exists():
        make_folder(path.parent)
    path.mkdir(FOLDER, exist_ok=True)


def tighten(folder: Path) -> list[str]:
    """Takes a directory of ours, and what we put there, from everybody but its owner.

    Left alone are a directory of somebody else, one that all share (sticky, like /tmp), and files
    that are not ours.

    Returns:
        what was changed.
    """
    about = folder.stat()
    if about.st_uid != os.geteuid() or about.st_mode & stat.S_ISVTX:
        log.warning(
            "data_directory_is_shared",
            path=str(folder),
            advice="others may read alerts and tokens: give the monitor a directory of its own",
        )
        return []
    changed: list[str] = []
    if about.st_mode & 0o077:
        folder.chmod(FOLDER)
        changed.append(str(folder))
    for path in sorted(folder.rglob("*")):
        if not str(path.relative_to(folder)).startswith(_OURS):
            continue
        entry = path.lstat()
        if entry.st_uid != os.geteuid() or not entry.st_mode & 0o077:
            continue
        if stat.S_ISDIR(entry.st_mode):
            path.chmod(FOLDER)
        elif stat.S_ISREG(entry.st_mode):
            path.chmod(FILE)
        else:
            continue
        changed.append(path.name)
    if changed:
        log.warning("permissions_tightened", paths=changed)
    return changed
