"""`livewatch db`: the database, brought to this version, looked at, copied and put back."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.commands.answer import answer
from monitor.commands.exits import Exit
from monitor.errors import ConfigError, DataDirBusy, MigrationError, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Engine

    from monitor.config import Config
    from monitor.store.store import Store

__all__ = ["backup", "check", "configured_url", "migrate", "open_store", "restore", "status"]

_THEIRS = (
    "the store is on a PostgreSQL server, whose own tools copy it: pg_dump --format=custom, pg_restore"
    " (docs/postgresql.md)"
)


def migrate(
    url: str | None, config: Path | None, data: Path | None = None, *, as_json: bool = False
) -> Exit:
    """Makes the missing steps; not beneath a monitor that runs in the folder."""

    def work(named: URL) -> Exit:
        return _migrate(named, as_json=as_json)

    if data is None:
        return _run(url, config, work)
    from monitor.runtime import claim

    try:
        with claim(data):
            return _run(url, config, work, data=data)
    except ConfigError as error:
        print(f"livewatch db migrate: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except DataDirBusy as error:
        print(f"livewatch db migrate: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def status(
    url: str | None, config: Path | None, data: Path | None = None, *, as_json: bool = False
) -> Exit:
    """Prints the steps; changes nothing."""
    return _run(url, config, lambda named: _status(named, as_json=as_json), data=data)


def backup(
    target: Path, data: Path | None, url: str | None, config: Path | None, *, as_json: bool = False
) -> Exit:
    """Copies a database of SQLite's while it is in use."""

    def work(named: URL) -> Exit:
        from monitor.commands.progress import progress
        from monitor.store.backup import back_up

        if named.get_backend_name() != "sqlite":
            print(f"livewatch db backup: {_THEIRS}", file=sys.stderr)
            return Exit.USAGE
        source = Path(named.database or "")
        began = time.monotonic()
        size = source.stat().st_size if source.is_file() else 0
        with progress("backup", size) as show:
            back_up(source, target, tell=lambda done, all_: show(size * done // max(1, all_)))
        seconds = time.monotonic() - began
        size = target.stat().st_size
        answer(
            {"file": str(target), "bytes": size, "seconds": round(seconds, 3)},
            f"{target}: {size:,} bytes in {seconds:.1f} s, checked",
            as_json=as_json,
        )
        return Exit.DONE

    return _run(url, config, work, data=data)


def restore(copy: Path, data: Path, *, as_json: bool = False) -> Exit:
    """Puts a copy in the place of the database of a data directory that no monitor uses."""
    from monitor.runtime import DATABASE, claim
    from monitor.store.backup import put_back

    try:
        with claim(data):
            old = put_back(copy, data / DATABASE)
    except ConfigError as error:
        print(f"livewatch db restore: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (DataDirBusy, StoreUnreachable) as error:
        print(f"livewatch db restore: {error}", file=sys.stderr)
        return Exit.UNREACHABLE
    lines = [f"{data / DATABASE} is that of {copy}"]
    if old is not None:
        lines.insert(
            0, f"the database that was there is {old} now: delete it when it is not needed"
        )
    replaced = None if old is None else str(old)
    answer(
        {"database": str(data / DATABASE), "copy": str(copy), "replaced": replaced},
        *lines,
        as_json=as_json,
    )
    return Exit.DONE


def check(
    data: Path | None, url: str | None, config: Path | None, *, as_json: bool = False
) -> Exit:
    """Looks through a database, all of it."""

    def work(named: URL) -> Exit:
        found = _checked(named)
        lines = found.problems or [found.says]
        answer(found, *lines, as_json=as_json)
        return Exit.CHECK_FAILED if found.problems else Exit.DONE

    return _run(url, config, work, data=data)


class _Checked(Struct, frozen=True):
    problems: list[str]
    """What is damaged, missing or changed; empty: nothing is."""
    says: str
    """What was looked at."""


def _checked(url: URL) -> _Checked:
    from monitor.store.store import Store

    if url.get_backend_name() == "sqlite":
        return _checked_file(Path(url.database or ""))
    store = Store.connect(url)
    try:
        problems = _history(store.verify_history())
    finally:
        store.close()
    says = "the history holds; the pages of the server are its own matter (amcheck, data checksums)"
    return _Checked(problems, says)


def _checked_file(path: Path) -> _Checked:
    import sqlite3

    from monitor.store.integrity import examine
    from monitor.store.marker import Marker, mark_of, missing_of

    if not path.is_file():
        raise StoreUnreachable(f"there is no database {path}")
    noted = Marker(path).read()
    try:
        found = examine(path, thorough=True, tell=_tell)
        connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreUnreachable(f"{path} cannot be read: {error}") from error
    problems = [f"damaged: {damage}" for damage in found.damages]
    try:
        connection.execute("PRAGMA query_only=ON")
        missing = missing_of(noted, mark_of(connection))
        broken = _broken_history(path)
    except sqlite3.Error as error:
        return _Checked([*problems, f"damaged: {error}"], "")
    finally:
        connection.close()
    if missing is not None:
        problems.append(f"missing: {missing}")
    problems += _history(broken)
    says = f"{len(found.tables)} tables in {found.seconds:.1f} s: nothing is damaged"
    return _Checked(problems, says)


def _tell(table: str) -> None:
    print(f"{table} …", file=sys.stderr, flush=True)


def _broken_history(path: Path) -> int | None:
    import sqlalchemy as sa

    from monitor.store import transitions

    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    try:
        with engine.connect() as connection:
            return transitions.verify(connection)
    finally:
        engine.dispose()


def _history(broken: int | None) -> list[str]:
    if broken is None:
        return []
    return [f"the history of what people did was changed, from its entry {broken} on"]


def open_store(config: Config, data: Path, *, claimed: bool = False) -> Store:
    """The store that the configuration names, else the file in the data directory.

    Args:
        claimed: this process has the directory for itself.

    Raises:
        MigrationError: a monitor works in the directory, and its database is of an older version.
    """
    from monitor.runtime import DATABASE, claim
    from monitor.store.store import Store

    if config.store.url is not None:
        return Store.connect(configured_url(config))
    path = data / DATABASE
    if claimed or not _is_older(path):
        return Store.open(path)
    try:
        # Not beneath a monitor that knows the tables as they were.
        with claim(data):
            return Store.open(path)
    except DataDirBusy as error:
        raise MigrationError(
            f"{error}, and its database is of an older version than this command: use the command of the"
            " version that runs, or stop it and start this one"
        ) from error


def _is_older(path: Path) -> bool:
    """Has the database not made all steps of this version?"""
    import sqlalchemy as sa

    from monitor.store.migrate import applied, shipped

    if not path.is_file():
        return False
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            return len(applied(connection)) < len(shipped())
    except sa.exc.DatabaseError:
        # What is wrong with it the store says in its own words.
        return False
    finally:
        engine.dispose()


def configured_url(config: Config) -> URL:
    """The database of `[store]`, with its password.

    Raises:
        ConfigError: it names none, or the password cannot be read.
    """
    from monitor.store.postgres import server_url

    password = None
    if config.store.password_file is not None:
        try:
            password = Path(config.store.password_file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"store.password_file cannot be read: {error}") from error
    url = server_url(config.store.url or "")
    if url.password is not None:
        raise ConfigError(
            "store.url must not hold the password: name a file by store.password_file"
        )
    return url if password is None else url.set(password=password)


def _run(
    url: str | None, config: Path | None, work: Callable[[URL], Exit], *, data: Path | None = None
) -> Exit:
    import sqlalchemy as sa

    from monitor.config import load_config
    from monitor.store.postgres import server_url

    try:
        if data is not None:
            from monitor.runtime import DATABASE

            return work(sa.URL.create("sqlite", database=str(data / DATABASE)))
        if url is None:
            settings = load_config(config, os.environ)
            if settings.store.url is None:
                print(
                    "livewatch db: no database: give --data or --url, or set store.url",
                    file=sys.stderr,
                )
                return Exit.USAGE
            return work(configured_url(settings))
        if url.startswith("sqlite:///"):
            return work(sa.make_url(url))
        return work(server_url(url))
    except ConfigError as error:
        print(f"livewatch db: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (MigrationError, StoreUnreachable) as error:
        print(f"livewatch db: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def _migrate(url: URL, *, as_json: bool) -> Exit:
    from monitor.store.database import Database
    from monitor.store.postgres import PostgresDatabase

    if url.get_backend_name() == "sqlite":
        database: Database | PostgresDatabase = Database(Path(url.database or ""))
    else:
        database = PostgresDatabase(url)
    database.close()
    made = list(database.migrated)
    lines = [f"made step {number}" for number in made]
    answer({"made": made}, *lines, "the database is of this version", as_json=as_json)
    return Exit.DONE


def _status(url: URL, *, as_json: bool) -> Exit:
    import sqlalchemy as sa

    from monitor.store.migrate import pending, shipped
    from monitor.store.postgres import connect_engine, unreachable

    engine: Engine
    if url.get_backend_name() == "sqlite":
        if not Path(url.database or "").is_file():
            raise StoreUnreachable(f"there is no file {url.database}")
        engine = sa.create_engine(url)
    else:
        engine = connect_engine(url, readonly=True)
    try:
        with engine.connect() as connection:
            steps = shipped(engine.dialect.name)
            missing = pending(connection, steps)
    except sa.exc.DatabaseError as error:
        if engine.dialect.name == "sqlite":
            raise StoreUnreachable(f"{url.database} cannot be read: {error.orig}") from error
        if isinstance(error, sa.exc.OperationalError):
            raise unreachable(url, error) from error
        raise
    finally:
        engine.dispose()
    listed = [
        {"number": step.number, "name": step.name, "made": step not in missing} for step in steps
    ]
    lines = [
        f"{step.number:04} {step.name}: {'missing' if step in missing else 'made'}"
        for step in steps
    ]
    answer({"steps": listed, "missing": len(missing)}, *lines, as_json=as_json)
    return Exit.CHECK_FAILED if missing else Exit.DONE
