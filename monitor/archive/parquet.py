"""Records as a Parquet file (zstd), which pandas, Spark, DuckDB and others read without livewatch.

The same records give the same bytes. DuckDB writes and reads it: 69 MB installed where pyarrow has
170 MB, and no dependency of its own.
"""

from __future__ import annotations

import importlib.util
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import msgspec
from msgspec import Struct

from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

__all__ = ["NotParquet", "Row", "Session", "Stored", "is_installed", "require", "time_of"]

#: Memory that DuckDB may take, of which a file of the largest size needs a part.
MEMORY = "256MB"
LEVEL = 3
#: Rows that are read at a time.
CHUNK = 2_000


class NotParquet(ValueError):
    """Bytes that are no Parquet file of ours."""


#: A row as it goes into a file, a plain tuple of the columns of `Row`: there may be millions. What
#: stands behind them, such as its room, does not go into the file.
Stored = tuple[int, int | None, str, str, int, bytes, *tuple[str, ...]]


class _Time(Struct):
    at: int = 0


class Row(NamedTuple):
    """A record of a log, with what is needed to compute its leaf."""

    position: int
    leaf: int | None
    """Its number in the Merkle log; ``None``: it is older than that."""
    source: str
    event: str
    """Id of the event; of a frame its SHA-256."""
    arrived: int
    """ms"""
    data: bytes
    """As received."""

    @property
    def at(self) -> int:
        """When it happened, by its own time, ms; 0: it does not say."""
        return time_of(self.data) or 0


def time_of(data: bytes) -> int | None:
    """When an event happened, by its own time, ms; 0: it does not say; ``None``: it is no event."""
    try:
        return msgspec.json.decode(data, type=_Time).at
    except msgspec.MsgspecError:
        return None


_COLUMNS = (
    ("position", "BIGINT"),
    ("leaf", "BIGINT"),
    ("source", "VARCHAR"),
    ("event", "VARCHAR"),
    ("arrived", "BIGINT"),
    ("data", "BLOB"),
)


def is_installed() -> bool:
    """Is there what writes Parquet."""
    return importlib.util.find_spec("duckdb") is not None


def require() -> None:
    """
    Raises:
        ConfigError: the extra is not installed.
    """
    if not is_installed():
        raise ConfigError(
            "archive.to is set, and what writes Parquet is not installed: "
            "pip install 'livewatch[archive]', or archive.to = \"off\""
        )


def _shift(positions: Sequence[int], leaves: Sequence[int | None]) -> int | None:
    """What is added to each position to give its leaf; ``None``: it is not the same for all."""
    if leaves[0] is None:
        return None
    shift = leaves[0] - positions[0]
    same = [position + shift for position in positions] == leaves
    return shift if same else None


class Session:
    """Writes and reads files; opened at the first, since DuckDB takes 20 ms and 50 MB for that."""

    def __init__(self, work: Path | None = None) -> None:
        """
        Args:
            work: folder for a file while it is made; by default that of the system.
        """
        self._work = work
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._opened: DuckDBPyConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the memory back."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _connection(self) -> DuckDBPyConnection:
        import duckdb

        if self._opened is None:
            # Nothing is fetched from anywhere, nothing spilled beside the file, and one thread:
            # the order of the rows and so the bytes are the same each time.
            self._opened = duckdb.connect(
                ":memory:",
                config={
                    "threads": 1,
                    "memory_limit": MEMORY,
                    "temp_directory": "",
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                },
            )
        return self._opened

    def write(self, rows: Sequence[Stored], path: Path) -> None:
        """Writes a file.

        Raises:
            OSError: it cannot be written; what stands at the path then is no file.
        """
        import duckdb

        values: list[Any] = []
        chosen = []
        columns = [list(column) for column in islice(zip(*rows, strict=True), len(_COLUMNS))]
        for (name, kind), column in zip(_COLUMNS, columns, strict=True):
            # A list is handed over value by value: what all rows have in common is said once.
            if name == "leaf" and (shift := _shift(columns[0], column)) is not None:
                chosen.append(f"position + {shift} AS leaf")
            elif name in ("source", "arrived") and column.count(column[0]) == len(column):
                values.append(column[0])
                chosen.append(f'${len(values)}::{kind} AS "{name}"')
            else:
                values.append(column)
                chosen.append(f'unnest(${len(values)}::{kind}[]) AS "{name}"')
        place = str(path).replace("'", "''")
        try:
            self._connection().execute(
                f"COPY (SELECT {', '.join(chosen)}) TO '{place}'"
                f" (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {LEVEL})",
                values,
            )
        except duckdb.IOException as error:
            raise OSError(str(error)) from error

    def packed(self, rows: Sequence[Stored]) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: the disk is full.
        """
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="livewatch-archive-", dir=self._work)
        path = Path(self._folder.name, "part.parquet")
        self.write(rows, path)
        return path.read_bytes()

    def read(self, path: Path) -> Iterator[Row]:
        """The rows of a file in the order of their positions, some thousands in memory at a time.

        Args:
            path: without characters that stand for others (`*?[`): a name of ours.

        Raises:
            NotParquet: it is none.
        """
        import duckdb

        names = ", ".join(f'"{name}"' for name, _ in _COLUMNS)
        try:
            found = self._connection().execute(
                f"SELECT {names} FROM read_parquet(?) ORDER BY position",  # noqa: S608 - names of ours
                [str(path)],
            )
            while rows := found.fetchmany(CHUNK):
                for row in rows:
                    yield Row._make(row)
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise NotParquet(str(error).splitlines()[0][:300]) from error
