"""Copies of a SQLite database: taken while it is in use, and put back.

The copy of a file whose latest commits lie in another file (`-wal`) is no backup. SQLite's own
backup reads one state of both, while others go on writing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from typing import TYPE_CHECKING

from monitor.errors import StoreUnreachable
from monitor.store.integrity import examine
from monitor.store.marker import Marker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["back_up", "put_back"]

#: Pages that are copied in one step.
PAGES = 2_000
#: What SQLite keeps beside a database.
BESIDE = ("-wal", "-shm")


def back_up(source: Path, target: Path, *, tell: Callable[[int, int], None] | None = None) -> None:
    """Copies a database into one file that is complete, checked and readable by its owner only.

    Args:
        target: must not exist: a backup does not take the place of another one.
        tell: called with the pages that were copied and those of the whole.

    Raises:
        StoreUnreachable: there is no database, it cannot be read or written, or the copy is
            damaged (then the database is).
    """
    if not source.is_file():
        raise StoreUnreachable(f"there is no database {source}")
    if target.exists():
        raise StoreUnreachable(f"{target} is there: name a file that is not")
    try:
        # By hand, so that nobody else can read it for a moment; SQLite fills an empty file.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreUnreachable(f"{target} cannot be written: {error.strerror}") from error
    try:
        with (
            contextlib.closing(sqlite3.connect(source, isolation_level=None, timeout=10)) as from_,
            contextlib.closing(sqlite3.connect(target, isolation_level=None)) as to,
        ):
            # One read transaction over all steps: what is committed meanwhile is not in the copy,
            # and does not make it begin again.
            from_.execute("PRAGMA query_only=ON")
            from_.execute("BEGIN")
            from_.execute("SELECT count(*) FROM sqlite_master").fetchone()
            from_.backup(
                to,
                pages=PAGES,
                progress=None if tell is None else lambda _, left, all_: tell(all_ - left, all_),
            )
            from_.execute("COMMIT")
            # The copy is one file, whoever opens it next.
            to.execute("PRAGMA journal_mode=DELETE")
        _refuse_damaged(target)
        _sync(target)
    except sqlite3.Error as error:
        _unlink(target)
        raise StoreUnreachable(f"{source} cannot be copied: {error}") from error
    except BaseException:
        _unlink(target)
        raise


def put_back(copy: Path, database: Path) -> Path | None:
    """Puts a checked copy in the place of a database that nobody has open.

    Returns:
        where the database that was there lies now, with what SQLite kept beside it; ``None``:
        there was none.

    Raises:
        StoreUnreachable: the copy cannot be read or is damaged; nothing was changed.
    """
    if not copy.is_file():
        raise StoreUnreachable(f"there is no file {copy}")
    beside = database.with_name(f"{database.name}.{secrets.token_hex(4)}.new")
    # Read as a database, not as a file: the copy may be one with a write-ahead file.
    back_up(copy, beside)
    old: Path | None = None
    try:
        if database.exists():
            old = _free_name(database)
            for suffix in ("", *BESIDE):
                part = database.with_name(database.name + suffix)
                if part.exists():
                    part.rename(old.with_name(old.name + suffix))
        Marker(database).remove()
        beside.rename(database)
        _sync(database)
    finally:
        _unlink(beside)
    return old


def _free_name(database: Path) -> Path:
    number = 1
    while (name := database.with_name(f"{database.name}.replaced-{number}")).exists():
        number += 1
    return name


def _refuse_damaged(copy: Path) -> None:
    found = examine(copy)
    if found.damages:
        told = "; ".join(map(str, found.damages))
        raise StoreUnreachable(f"the database is damaged, so its copy is no backup: {told}")


def _sync(path: Path) -> None:
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unlink(path: Path) -> None:
    for suffix in ("", *BESIDE, "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
