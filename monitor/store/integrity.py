"""What is damaged in a SQLite file, table by table.

SQLite notices a damaged page when it reads it, and says neither which it was nor what lay there. So
each table is looked through by itself: its name says what is lost, and the others can be trusted.
`quick_check` reads every page of a table and of its indices; `integrity_check` also compares the
two. Reading a large file takes minutes: at the start of the monitor it ends after some seconds, and
says that it has not seen everything; `livewatch db check` takes its time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Damage", "Examination", "examine", "is_damage"]

#: Instructions of SQLite's machine between two looks at the clock.
STEPS = 20_000
#: Faults of one table that are told.
TOLD = 5

#: What SQLite says when the file is at fault: damaged, no database.
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
#: The same of single pages that cannot be read. A write, a flush or a lock that fails is none of
#: these: it says nothing of what lies in the file, and may go well when it is tried again.
UNREADABLE = frozenset(
    {
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
        sqlite3.SQLITE_IOERR_DATA,
    }
)


class Damage(Struct, frozen=True):
    """A table that cannot be read as a whole."""

    table: str
    faults: list[str]
    """What SQLite found, with the numbers of the pages."""

    def __str__(self) -> str:
        return f"{self.table}: {'; '.join(self.faults)}"


class Examination(Struct, frozen=True):
    """What was found."""

    tables: list[str]
    """Those that were looked through."""
    damages: list[Damage]
    unseen: list[str]
    """Tables that there was no time for."""
    seconds: float


def is_damage(error: BaseException | None) -> bool:
    """Is the file at fault, not what was asked of it?"""
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(error, sqlite3.Error) or code is None:
        return False
    return code & 0xFF in DAMAGE or code in UNREADABLE


def examine(
    path: Path,
    *,
    limit_s: float | None = None,
    thorough: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Examination:
    """Looks through a database; others may read and write it meanwhile.

    Args:
        limit_s: when to stop; ``None``: never.
        thorough: compare indices with tables, too.
        tell: called with the name of each table before it is looked through.

    Raises:
        sqlite3.Error: not even the list of tables can be read.
    """
    began = time.monotonic()
    with contextlib.closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
        connection.execute("PRAGMA query_only=ON")
        names = [
            str(name)
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rootpage"
            )
        ]
        if limit_s is not None:
            end = began + limit_s
            connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        seen: list[str] = []
        damages: list[Damage] = []
        kind = "integrity_check" if thorough else "quick_check"
        for name in names:
            if tell is not None:
                tell(name)
            faults: list[str] = []
            try:
                for (text,) in connection.execute(f"PRAGMA {kind}({_quoted(name)})"):
                    faults += [line for line in str(text).splitlines() if line != "ok"]
            except sqlite3.Error as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    break
                if not is_damage(error):
                    raise
                faults.append(str(error))
            seen.append(name)
            faults = [line for line in faults if not line.startswith("*** in database")]
            if faults:
                pages = _bad_pages(path, connection, name)
                where = [f"pages {', '.join(map(str, pages[:TOLD]))}"] if pages else []
                damages.append(Damage(name, (where + faults)[:TOLD]))
    return Examination(seen, damages, names[len(seen) :], time.monotonic() - began)


def _bad_pages(path: Path, connection: sqlite3.Connection, table: str) -> list[int]:
    """Pages of a table's trees, and of its indices', that are no pages of a tree.

    SQLite says only that there are some. Read from the file as it is: what lies in the write-ahead
    file is newer, and not looked at. https://www.sqlite.org/fileformat.html#b_tree_pages
    """
    [(size,)] = connection.execute("PRAGMA page_size")
    query = "SELECT rootpage FROM sqlite_master WHERE tbl_name = ? AND rootpage > 0"
    waiting = [int(root) for (root,) in connection.execute(query, (table,))]
    met, bad = set(waiting), []
    with path.open("rb") as file:
        while waiting:
            number = waiting.pop()
            file.seek((number - 1) * size)
            page = file.read(size)
            if len(page) < size or page[0] not in (2, 5, 10, 13):
                bad.append(number)
                continue
            if page[0] in (10, 13):
                continue
            cells = int.from_bytes(page[3:5], "big")
            pointers = [
                int.from_bytes(page[at : at + 2], "big") for at in range(12, 12 + 2 * cells, 2)
            ]
            children = [int.from_bytes(page[at : at + 4], "big") for at in [*pointers, 8]]
            new = [child for child in children if child and child not in met]
            met.update(new)
            waiting += new
    return sorted(bad)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
