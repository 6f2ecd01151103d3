"""A monitor's folder with hours of events in three rooms, and the archive that is written from it."""

from __future__ import annotations

from pathlib import Path

from detectors.events import decode, room_key
from monitor.archive.archiver import Archiver
from monitor.archive.check import Checked, check
from monitor.archive.depot import Depot, FolderDepot
from monitor.config import Archive, Evidence
from monitor.evidence.keeper import Keeper
from monitor.evidence.keys import KeyFolder
from monitor.pipeline.log import Entry
from monitor.pipeline.sqlite import SqliteLog
from monitor.store.store import Store
from tests import copies
from tests.monitor.build import BASE_MS, chat
from tests.patience import PATIENCE_S

HOUR = 3_600_000
ROOMS = ("1", "2", "直播间 三")


class Deposit:
    """The folder, opened; its clock stands where the test sets it."""

    def __init__(
        self, folder: Path, depot: Depot | None = None, settings: Archive | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.store = Store.open(folder / "livewatch.db")
        self.log = SqliteLog(self.store.database)
        self.keeper = Keeper(self.store.database, folder / "evidence" / "keys", Evidence())
        self.depot = depot if depot is not None else FolderDepot(folder / "kept")
        self.settings = settings if settings is not None else Archive(to="folder")
        self.now = BASE_MS
        self.archiver = Archiver(
            self.store.database, self.depot, self.settings, self.keeper, folder / "work",
            lambda: self.now,
        )  # fmt: skip

    def append(self, hour: int, count: int = 30, **fields: object) -> list[bytes]:
        """Events of all rooms in an hour after the base."""
        lines = [
            chat(f"h{hour}-{n}", hour * 3_600 + n, f"想要{n}", room=ROOMS[n % 3], **fields)
            for n in range(count)
        ]
        events = [decode(one) for one in lines]
        entries = [
            Entry(room_key(event.platform, event.room), event.id, data)
            for event, data in zip(events, lines, strict=True)
        ]
        for start in range(0, count, 7):
            self.log.append(
                entries[start : start + 7], source="relay", now=BASE_MS + hour * HOUR + start
            ).result(PATIENCE_S)
        self.log.acknowledge(self.log.head)
        return lines

    def write(self, hour: int) -> int:
        """Writes what is over when the hour of this number begins; how many files."""
        self.now = BASE_MS + hour * HOUR + 2 * 60_000
        return self.archiver.round(self.now)

    def check(self) -> Checked:
        with self.store.database.read() as connection:
            return check(connection, self.depot, KeyFolder(self.folder / "evidence" / "keys"))

    def files(self) -> list[str]:
        """Names of what lies in the archive."""
        return sorted(self.depot.names())

    def close(self) -> None:
        self.store.close()


def ended_by(program: str, point: str, folder: Path) -> int:
    """How another process ended that runs a program on a folder, which kills it at this point."""
    return copies.ended_by(program, point, str(folder))
