"""Takes a viewer out of the files of the archive: each file that has him is written anew.

What he wrote becomes a mark and his pseudonym another that belongs to nobody, as in the store; a frame
of his is taken out whole, since nobody can write it anew. Positions, leaves and counts stay what they
were: a record that was changed does not give the hash of its leaf any more, and custody names it. The new
file takes the place of the old one in the index, in one transaction with custody, and only then the
old one goes. Pseudonyms are kept until all files were looked at, and then overwritten.

A room under a legal hold is left until that is released; of a file that the store has locked the new one
is read from then on, and the old one goes when the store lets go of it.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from connectors.logger import logger
from detectors.calendar import HOUR_MS
from monitor.archive import holds, index, parquet
from monitor.archive.depot import Locked, put_both, remove_both
from monitor.archive.manifest import manifest_name, name_of
from monitor.archive.reading import BadFile, opened, rows_of
from monitor.archive.window import RAW
from monitor.evidence import custody, ledger
from monitor.store.dialects import run
from monitor.store.forgetting import FORGOTTEN, MARK, Viewer, pattern, shows

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence
    from threading import Event

    from sqlalchemy import Connection

    from monitor.archive.depot import Depot
    from monitor.archive.index import Entry
    from monitor.archive.parquet import Stored
    from monitor.store.database import Connections

__all__ = [
    "Forgetting",
    "Progress",
    "ask",
    "carry_out",
    "drop_replaced",
    "note",
    "open_jobs",
    "remember",
    "taken_out",
]

log = logger()

#: Files of the index that are read at a time.
CHUNK = 500


class Forgetting(Struct, kw_only=True):
    """A viewer who is to be taken out."""

    number: int = 0
    at: int = 0
    who: str = ""
    looked: int = 0
    """Number of the last file that was looked at."""
    names: dict[str, str]
    """What stands in the place of each pseudonym."""
    account: str | None = None
    """The platform's own id, which frames have."""
    frames: list[str] = []
    """SHA-256 of frames that his events were read from."""
    until: dict[str, int] = {}
    """Of each partition of Kafka's, up to where what he wrote may still come into the archive."""
    held: list[int] = []
    """Files that a legal hold keeps as they are."""
    again: list[int] = []
    """Files of frames to be looked at once more: events led to frames when these had been looked at."""
    files: int = 0
    records: int = 0
    left: list[str] = []
    """Files that could not be read, and why."""

    @property
    def viewer(self) -> Viewer:
        """As the store takes him out."""
        return Viewer(dict(self.names))

    @property
    def pattern(self) -> re.Pattern[bytes] | None:
        """Finds him in a frame, which has his account; ``None``: only events lead to his frames."""
        return None if self.account is None else pattern([self.account])


class Progress(Struct, kw_only=True):
    """How far the archive is with a viewer."""

    files: int
    """Written anew."""
    records: int
    held: list[str]
    """Files that wait for a legal hold to be released."""
    left: list[str]
    """Old files that the store keeps, and until when; files that could not be read."""
    waits: list[str]
    """Partitions whose records are not all in the archive yet."""

    @property
    def is_done(self) -> bool:
        """Nothing waits: what the store has locked is not read any more, and goes by itself."""
        return not self.held and not self.waits


def ask(
    connection: Connection, names: dict[str, str], *, account: str | None, frames: Iterable[str],
    who: str, at: int,
) -> int:  # fmt: skip
    """Notes whom the archive has to forget, in the caller's transaction; number of the job."""
    job = Forgetting(names=names, account=account, frames=sorted(frames))
    for name in ledger.of_topics(connection):
        end = ledger.Tiles(connection, name).end
        if end is not None:
            job.until[name] = end
    last = run(connection, "SELECT max(number) FROM archive_forgets").scalar_one_or_none()
    number = int(last or 0) + 1
    run(
        connection,
        "INSERT INTO archive_forgets (number, at, who, names, waits, looked, done)"
        " VALUES (?, ?, ?, ?, '', 0, NULL)",
        (number, at, who, msgspec.json.encode(job).decode()),
    )
    return number


def open_jobs(connection: Connection) -> list[Forgetting]:
    """Those that are not done."""
    rows = run(
        connection,
        "SELECT number, at, who, names, looked FROM archive_forgets WHERE done IS NULL"
        " ORDER BY number",
    )
    return [
        msgspec.structs.replace(
            msgspec.json.decode(row.names, type=Forgetting),
            number=row.number, at=row.at, who=row.who, looked=row.looked,
        )
        for row in rows
    ]  # fmt: skip


def taken_out(jobs: Sequence[Forgetting], kind: str, rows: list[Stored]) -> list[int]:
    """Takes viewers out of rows; positions of those that were changed."""
    changed: list[int] = []
    for job in jobs:
        viewer, names = job.viewer, [name.encode() for name in job.names]
        frames, known = set(job.frames), job.pattern
        for place, row in enumerate(rows):
            data = row[5]
            if kind == RAW.name:
                his = row[3] in frames or (known is not None and shows(known, data))
                body = MARK.encode() if his else data
            else:
                body = viewer.rewritten(data) if any(name in data for name in names) else data
            if body != data:
                rows[place] = (*row[:5], body)
                changed.append(row[0])
        job.frames = sorted(frames | viewer.frames)
    return changed


def carry_out(
    database: Connections, depot: Depot, jobs: Sequence[Forgetting], now: int,
    stop: Event | None = None,
) -> list[Progress]:  # fmt: skip
    """Goes on with jobs as far as it can be done now, reading each file once for all of them; how far
    each has come.

    Args:
        stop: ends it after the file in work.

    Raises:
        DepotError: the store is away; it goes on later.
        OSError: the disk is full; the same.
    """
    with parquet.Session() as session:
        for entry, some, held in _files(database, jobs):
            if stop is not None and stop.is_set():
                break
            _file(database, depot, session, some, entry, held, now)
    drop_replaced(database, depot)
    with database.read() as connection:
        found = [
            Progress(
                files=job.files,
                records=job.records,
                held=[entry.manifest.name for entry in _at(connection, job.held)],
                left=[*job.left, *_locked(connection)],
                waits=[name for name, end in job.until.items() if _lacks(connection, name, end)],
            )
            for job in jobs
        ]
    stopped = stop is not None and stop.is_set()
    done = [not stopped and progress.is_done for progress in found]
    strays = _drop_strays(database, depot) if any(done) else []
    for job, progress, is_done in zip(jobs, found, done, strict=True):
        if is_done:
            progress.left += strays
            database.write(partial(_finish, job=job, progress=progress, now=now))
        else:
            database.write(partial(_save, jobs=[job]))
    return found


def drop_replaced(database: Connections, depot: Depot, *, again: bool = False) -> None:
    """Takes out the files whose place was taken.

    Args:
        again: also those that the store has refused before.

    Raises:
        DepotError: the store is away.
    """
    with database.read() as connection:
        where = "replaced IS NOT NULL AND removed = 0"
        if not again:
            where += " AND refused = ''"
        chosen = list(index.entries(connection, where, whole=True))
    for entry in chosen:
        says = remove_both(depot, entry.manifest.name, entry.versions)
        if says:
            log.warning("archive_file_not_deleted", name=entry.manifest.name, says=says)

        def job(connection: Connection, entry: Entry = entry, says: str = says) -> None:
            run(
                connection,
                "UPDATE archive_files SET refused = ?, removed = ? WHERE number = ?",
                (says, int(not says), entry.number),
            )

        database.write(job)


def _files(
    database: Connections, jobs: Sequence[Forgetting]
) -> Iterator[tuple[Entry, list[Forgetting], bool]]:
    """Files that were not looked at, those of rooms whose hold was released, and those of frames that
    events led to later; with each for whom it is to be looked at, and whether its room is held."""
    with database.read() as connection:
        held = holds.held_rooms(connection)
        waiting = {number for job in jobs for number in job.held}
        released = [
            one for one in _at(connection, sorted(waiting)) if one.manifest.room not in held
        ]
        last = index.number_of(connection)
    for entry in released:
        # For those, too, who have not come so far: the file that takes its place is behind the last.
        some = [job for job in jobs if entry.number in job.held or job.looked < entry.number]
        for job in some:
            if entry.number in job.held:
                job.held.remove(entry.number)
        yield entry, some, False
    looked = min((job.looked for job in jobs), default=last)
    while looked < last:
        end = min(last, looked + CHUNK)
        with database.read() as connection:
            entries = list(index.entries(connection, "number > ? AND number <= ?", (looked, end)))
        for entry in entries:
            some = [job for job in jobs if job.looked < entry.number]
            yield entry, some, entry.manifest.room in held
            for job in some:
                job.looked = entry.number
        for job in jobs:
            job.looked = max(job.looked, end)
        looked = end
        database.write(partial(_save, jobs=jobs))
    numbers = sorted({number for job in jobs for number in job.again})
    with database.read() as connection:
        entries = _at(connection, numbers)
    for entry in entries:
        yield entry, [job for job in jobs if entry.number in job.again], entry.manifest.room in held
    for job in jobs:
        job.again = []


def _look_again(connection: Connection, jobs: Iterable[Forgetting], hour: int) -> None:
    """Has the files of frames looked at once more from which events of an hour may have been read: a frame
    is there before its events, and the hour may turn in between."""
    for job in jobs:
        # Those behind are looked at in any case, but for what took the place of one before.
        found = index.entries(
            connection,
            "kind = ? AND hour BETWEEN ? AND ? AND (number <= ? OR replaces != '')",
            (RAW.name, hour - HOUR_MS, hour, job.looked),
        )
        job.again = sorted({*job.again, *(entry.number for entry in found)})


def _file(
    database: Connections, depot: Depot, session: parquet.Session, jobs: Sequence[Forgetting],
    entry: Entry, held: bool, now: int,
) -> None:  # fmt: skip
    """Looks at a file, and writes it anew where one of them is in it and its room is not held."""
    old = entry.manifest
    try:
        rows: list[Stored] = [*rows_of(opened(depot, entry), session)]
    except (BadFile, parquet.NotParquet) as error:
        for job in jobs:
            job.left.append(str(error))
        return
    known = [len(job.frames) for job in jobs]
    changed = [(job, some) for job in jobs if (some := taken_out([job], old.kind, rows))]
    more = [job for job, count in zip(jobs, known, strict=True) if len(job.frames) > count]
    if more:
        with database.read() as connection:
            _look_again(connection, more, old.hour)
    if held:
        for job, _ in changed:
            job.held.append(entry.number)
    if held or not changed:
        return
    data = session.packed(rows)
    digest = hashlib.sha256(data).hexdigest()
    new = msgspec.structs.replace(
        old, name=name_of(old.kind, old.room, old.hour, old.first, old.last, digest),
        sha256=digest, size=len(data), replaces=old.name,
    )  # fmt: skip
    versions = put_both(depot, new, data, held=False)
    for job, some in changed:
        job.files += 1
        job.records += len(some)

    def replace(connection: Connection) -> None:
        if not list(index.entries(connection, "number = ?", (entry.number,))):
            return  # another process has done it, or it was purged
        number = index.add(connection, new, versions, now)
        run(
            connection,
            "UPDATE archive_files SET replaced = ? WHERE number = ?",
            (number, entry.number),
        )
        for job, some in changed:
            note(connection, job.who, old.log, some, now, file=new.name, replaces=old.name)
        _save(connection, jobs)

    database.write(replace)


def note(
    connection: Connection, who: str, log_name: str, changed: Sequence[int], at: int, **more: str
) -> None:
    """Tells custody which records of the archive do not give the hash of their leaf any more."""
    custody.append(
        connection, "forgotten", who=who, at=at, why=FORGOTTEN,
        detail={"places": [[log_name, position] for position in changed], **more},
    )  # fmt: skip


def remember(connection: Connection, jobs: Sequence[Forgetting], hour: int) -> None:
    """Keeps, in the caller's transaction, which frames of these viewers were found on the way into the
    archive: the frames themselves come later, or are there since the hour before.

    Args:
        hour: beginning of the hour in which their events arrived, ms.
    """
    known = {job.number: job for job in open_jobs(connection)} if jobs else {}
    for job in jobs:
        saved = known.get(job.number)
        if saved is not None and not set(job.frames) <= set(saved.frames):
            saved.frames = sorted({*saved.frames, *job.frames})
            _look_again(connection, [saved], hour)
            _save(connection, [saved])


def _drop_strays(database: Connections, depot: Depot) -> list[str]:
    """Takes out files that were put and never noted, which may have him; what the store keeps."""
    known: set[str] = set()
    with database.read() as connection:
        for entry in index.entries(connection, whole=True):
            known |= {entry.manifest.name, manifest_name(entry.manifest.name)}
    left = []
    for name in list(depot.names()):
        if name in known or not name.startswith(("events/", "raw/")):
            continue
        try:
            depot.remove(name, "")
        except Locked as error:
            left.append(f"{name}: {error}")
    return left


def _at(connection: Connection, numbers: Sequence[int]) -> list[Entry]:
    return [
        entry for number in numbers for entry in index.entries(connection, "number = ?", (number,))
    ]


def _locked(connection: Connection) -> list[str]:
    where = "replaced IS NOT NULL AND removed = 0 AND refused != ''"
    return [
        f"{entry.manifest.name}: {entry.refused}"
        for entry in index.entries(connection, where, whole=True)
    ]


def _lacks(connection: Connection, name: str, end: int) -> bool:
    at = index.position_of(connection, name)
    return at is None or at[0] < end


def _save(connection: Connection, jobs: Sequence[Forgetting]) -> None:
    for job in jobs:
        run(
            connection,
            "UPDATE archive_forgets SET names = ?, looked = ? WHERE number = ? AND done IS NULL",
            (msgspec.json.encode(job).decode(), job.looked, job.number),
        )


def _finish(connection: Connection, job: Forgetting, progress: Progress, now: int) -> None:
    if connection.dialect.name == "sqlite":
        # What is deleted is overwritten, too.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    run(
        connection,
        "UPDATE archive_forgets SET names = '', done = ? WHERE number = ?",
        (now, job.number),
    )
    custody.append(
        connection, "forgotten", who=job.who, at=now, why=FORGOTTEN, subject=f"archive:{job.number}",
        detail={"files": progress.files, "records": progress.records, "left": progress.left},
    )  # fmt: skip
    log.info("archive_forgot_viewer", files=progress.files, left=len(progress.left))
