"""`livewatch db`: the database, brought to this version, looked at, copied and put back."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

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


def migrate(url: str | None, config: Path | None, data: Path | None = None) -> Exit:
    """Makes the missing steps; not beneath a monitor that runs in the folder."""
    if data is None:
        return _run(url, config, _migrate)
    from monitor.runtime import claim

    try:
        with claim(data):
            return _run(url, config, _migrate, data=data)
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


def backup(target: Path, data: Path | None, url: str | None, config: Path | None) -> Exit:
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
        print(f"{target}: {target.stat().st_size:,} bytes in {seconds:.1f} s, checked")
        return Exit.DONE

    return _run(url, config, work, data=data)


def restore(copy: Path, data: Path) -> Exit:
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
    if old is not None:
        print(f"the database that was there is {old} now: delete it when it is not needed")
    print(f"{data / DATABASE} is that of {copy}")
    return Exit.DONE


def check(data: Path | None, url: str | None, config: Path | None) -> Exit:
    """Looks through a database, all of it."""
    return _run(url, config, lambda named: _check(named), data=data)


def _check(url: URL) -> Exit:
    from monitor.store.store import Store

    if url.get_backend_name() != "sqlite":
        store = Store.connect(url)
        print("the pages of the server are its own matter (amcheck, data checksums)")
        broken = store.verify_history()
        store.close()
        return _history(broken)
    return _check_file(Path(url.database or ""))


def _check_file(path: Path) -> Exit:
    import sqlite3

    from monitor.store.integrity import examine
    from monitor.store.marker import Mark, Marker, missing_of

    if not path.is_file():
        raise StoreUnreachable(f"there is no database {path}")
    noted = Marker(path).read()
    try:
        found = examine(path, thorough=True, tell=lambda table: print(f"{table} …", flush=True))
        connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreUnreachable(f"{path} cannot be read: {error}") from error
    result = Exit.DONE
    for damage in found.damages:
        print(f"damaged: {damage}")
        result = Exit.CHECK_FAILED
    try:
        connection.execute("PRAGMA query_only=ON")
        counters = dict(connection.execute("SELECT name, value FROM counters"))
        last = connection.execute("SELECT max(position) FROM event_log").fetchone()[0]
        position = int(counters.get("position", 0))
        mark = Mark(max(int(last or 0), position), position, int(counters.get("seq", 0)))
        missing = missing_of(noted, mark)
        broken = _broken_history(path)
    except sqlite3.Error as error:
        print(f"damaged: {error}")
        return Exit.CHECK_FAILED
    finally:
        connection.close()
    if missing is not None:
        print(f"missing: {missing}")
        result = Exit.CHECK_FAILED
    if _history(broken) is not Exit.DONE:
        result = Exit.CHECK_FAILED
    if result is Exit.DONE:
        print(f"{len(found.tables)} tables in {found.seconds:.1f} s: nothing is damaged")
    return result


def _broken_history(path: Path) -> int | None:
    import sqlalchemy as sa

    from monitor.store import transitions

    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    try:
        with engine.connect() as connection:
            return transitions.verify(connection)
    finally:
        engine.dispose()


def _history(broken: int | None) -> Exit:
    if broken is None:
        return Exit.DONE
    print(f"the history of what people did was changed, from its entry {broken} on")
    return Exit.CHECK_FAILED


def open_store(config: Config, data: Path) -> Store:
    """The store that the configuration names, else the file in the data directory."""
    from monitor.runtime import DATABASE
    from monitor.store.store import Store

    if config.store.url is None:
        return Store.open(data / DATABASE)
    return Store.connect(configured_url(config))


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


def _migrate(url: URL) -> Exit:
    from monitor.store.database import Database
    from monitor.store.postgres import PostgresDatabase

    if url.get_backend_name() == "sqlite":
        database: Database | PostgresDatabase = Database(Path(url.database or ""))
    else:
        database = PostgresDatabase(url)
    database.close()
    for number in database.migrated:
        print(f"made step {number}")
    print("the database is of this version")
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
    except sa.exc.OperationalError as error:
        raise unreachable(url, error) from error
    finally:
        engine.dispose()
    if as_json:
        listed = [
            {"number": step.number, "name": step.name, "made": step not in missing}
            for step in steps
        ]
        print(json.dumps({"steps": listed, "missing": len(missing)}))
        return Exit.CHECK_FAILED if missing else Exit.DONE
    for step in steps:
        print(f"{step.number:04} {step.name}: {'missing' if step in missing else 'made'}")
    return Exit.CHECK_FAILED if missing else Exit.DONE
