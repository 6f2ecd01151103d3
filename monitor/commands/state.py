"""What `livewatch doctor` finds in the folder of the monitor's state: rights, room, database."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.examination import fail, fine, warn
from monitor.errors import MigrationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.commands.examination import Finding
    from monitor.config import Config

__all__ = ["folder"]

#: File systems over a network: SQLite's locks and memory maps do not hold there.
_NETWORK = ("nfs", "cifs", "smb", "fuse.sshfs", "9p", "glusterfs", "ceph")


def folder(data: Path, settings: Config) -> Iterator[Finding]:
    """The folder of the monitor's state."""
    from monitor.runtime import DATABASE

    if not data.is_dir():
        yield warn("data", f"there is no folder {data}", "livewatch serve makes it")
        return
    if data.stat().st_mode & 0o077:
        yield warn("data", f"{data} can be read by others", f"chmod 700 {data}")
    yield from _files(data)
    kind = _file_system(data)
    if kind.startswith(_NETWORK):
        yield fail(
            "data", f"{data} lies on {kind}, where SQLite's locks do not hold",
            "a local disk; on a server: PostgreSQL (docs/postgresql.md)",
        )  # fmt: skip
    yield _writable(data)
    usage = shutil.disk_usage(data)
    least = settings.ingest.min_free_bytes
    database = data / DATABASE
    size = database.stat().st_size if database.is_file() else 0
    if usage.free < least:
        yield fail(
            "disk", f"{usage.free:,} bytes are free: no events are taken in",
            f"make room for more than ingest.min_free_bytes ({least:,})",
        )  # fmt: skip
    elif usage.free < 2 * (least + size):
        yield warn(
            "disk", f"{usage.free:,} bytes are free, the database has {size:,}",
            "room for a copy of the database, or shorter retention",
        )  # fmt: skip
    else:
        yield fine("disk", f"{usage.free:,} of {usage.total:,} bytes are free")
    if database.is_file() and os.access(database, os.R_OK):
        yield from _database(database)


def _files(data: Path) -> Iterator[Finding]:
    """Files that others may read, or that this user may not."""
    with contextlib.suppress(OSError):
        keys = data / "evidence" / "keys"
        files = [*data.iterdir(), *(keys.glob("*.pem") if keys.is_dir() else ())]
        found = sorted(path for path in files if path.is_file())
        open_ = [path for path in found if path.stat().st_mode & 0o077]
        closed = [path for path in found if not os.access(path, os.R_OK)]
        if open_:
            names = ", ".join(str(path.relative_to(data)) for path in open_)
            yield warn(
                "data", f"in {data} others can read {names}",
                f"chmod -R go= {data}; a monitor does so when it starts",
            )  # fmt: skip
        if closed:
            names = ", ".join(str(path.relative_to(data)) for path in closed)
            yield fail(
                "data", f"in {data} {getpass.getuser()} cannot read {names}",
                "run the doctor as the monitor's user; if that is what you are: chown",
            )  # fmt: skip


def _database(path: Path) -> Iterator[Finding]:
    """Its schema, and whether commits are gone; a monitor may be using it."""
    import sqlalchemy as sa

    from monitor.store.marker import Marker, mark_of, missing_of
    from monitor.store.migrate import pending, shipped

    noted = Marker(path).read()
    uri = f"sqlite:///{path.absolute().as_uri()}?mode=ro&uri=true"
    engine = sa.create_engine(uri)
    restore = "stop the monitor; livewatch db check; livewatch db restore (docs/running.md)"
    try:
        with engine.connect() as connection:
            missing = pending(connection, shipped("sqlite"))
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as raw:
            gone = None if missing else missing_of(noted, mark_of(raw))
    except MigrationError as error:
        yield fail("database", str(error), "that version of livewatch, or a backup from before it")
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        said = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        yield fail("database", f"{path} cannot be read: {said}", restore)
    else:
        if missing:
            yield warn(
                "database", f"{len(missing)} steps of the schema are missing",
                "a monitor makes them when it starts; or livewatch db migrate --data DIR",
            )  # fmt: skip
        if gone is not None:
            yield fail("database", f"commits are missing: {gone}", restore)
        if not missing and gone is None:
            yield fine("database", "has this version's schema, and no commit is missing")
    finally:
        engine.dispose()


def _writable(data: Path) -> Finding:
    """Tries a database in WAL mode in a folder of its own."""
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=data) as place:
            connection = sqlite3.connect(Path(place) / "try.db")
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            connection.execute("CREATE TABLE t (x)")
            connection.close()
    except (OSError, sqlite3.Error) as error:
        return fail("data", f"{data} cannot be written: {error}", f"chown it to {os.getuid()}")
    if mode != "wal":
        return fail("data", f"SQLite has no WAL there but {mode}", "a local disk")
    return fine("data", f"{data} can be written, with WAL")


def _file_system(path: Path) -> str:
    """Its kind, by the longest mount point above it; empty: unknown."""
    found = ("", "")
    with contextlib.suppress(OSError):
        for line in Path("/proc/mounts").read_text("utf-8", "replace").splitlines():
            _, point, kind, *_ = line.split(" ")
            inside = path.resolve().is_relative_to(point.replace("\\040", " "))
            if inside and len(point) >= len(found[0]):
                found = (point, kind)
    return found[1]
