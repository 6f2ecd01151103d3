"""Reads records back from the archive: each file is held against its SHA-256 before it is believed."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from connectors.logger import logger
from monitor.archive import index, parquet
from monitor.archive.depot import Missing
from monitor.archive.window import EVENTS
from monitor.errors import LivewatchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.archive.index import Entry
    from monitor.archive.parquet import Row

__all__ = ["BadFile", "Reader", "opened", "rows_of"]

log = logger()


class BadFile(LivewatchError):
    """A file of the archive is gone, or is not what its manifest says."""


def opened(depot: Depot, entry: Entry) -> bytes:
    """The bytes of a file, which are those that its manifest is about.

    Raises:
        BadFile: they are not, or there is no such file.
        DepotError: the archive cannot be reached.
    """
    try:
        data = depot.get(entry.manifest.name, entry.versions[0])
    except Missing as error:
        raise BadFile(str(error)) from error
    if hashlib.sha256(data).hexdigest() != entry.manifest.sha256:
        raise BadFile(f"{entry.manifest.name} is not the file that was written: it was changed")
    return data


def rows_of(data: bytes, session: parquet.Session) -> Iterator[Row]:
    """The records of a file that was opened.

    Raises:
        NotParquet: it is no file of ours.
    """
    with tempfile.TemporaryDirectory(prefix="livewatch-archive-") as folder:
        path = Path(folder, "part.parquet")
        path.write_bytes(data)
        yield from session.read(path)


class Reader:
    """Records of rooms that the log does not have any more, from the archive."""

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self._session = parquet.Session()
        self.lacking: list[str] = []
        """Files that could not be read, and why; each once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def entries(self, connection: Connection, room: str, *, last: int | None = None) -> list[Entry]:
        """Files of a room, in the order of their positions.

        Args:
            last: only those with records up to this position.
        """
        found = index.entries(
            connection,
            "kind = ? AND room = ? AND first <= ?",
            (EVENTS.name, room, last if last is not None else 2**62),
        )
        return sorted(found, key=lambda entry: (entry.manifest.first, entry.number))

    def rows(self, entry: Entry) -> Iterator[Row]:
        """The records of a file; none where it is not what it was, which is noted.

        Raises:
            DepotError: the archive cannot be reached.
        """
        try:
            yield from rows_of(opened(self._depot, entry), self._session)
        except (BadFile, parquet.NotParquet) as error:
            log.error("archive_file_unusable", says=str(error))  # noqa: TRY400 - its words are all
            if str(error) not in self.lacking:
                self.lacking.append(str(error))
