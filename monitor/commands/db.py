"""`livewatch db`: the database of alerts, brought to this version or looked at."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.exits import Exit
from monitor.errors import ConfigError, MigrationError, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Engine

    from monitor.config import Config
    from monitor.store.store import Store

__all__ = ["migrate", "open_store", "status"]


def migrate(url: str | None, config: Path | None) -> Exit:
    """Makes the missing steps."""
    return _run(url, config, _migrate)


def status(url: str | None, config: Path | None) -> Exit:
    """Prints the steps; changes nothing."""
    return _run(url, config, _status)


def open_store(config: Config, data: Path) -> Store:
    """The store that the configuration names, else the file in the data directory."""
    from monitor.runtime import DATABASE
    from monitor.store.store import Store

    if config.store.url is None:
        return Store.open(data / DATABASE)
    return Store.connect(_configured(config))


def _configured(config: Config) -> URL:
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


def _run(url: str | None, config: Path | None, work: Callable[[URL], Exit]) -> Exit:
    import sqlalchemy as sa

    from monitor.config import load_config
    from monitor.store.postgres import server_url

    try:
        if url is None:
            settings = load_config(config, os.environ)
            if settings.store.url is None:
                print("livewatch db: no database: give --url or set store.url", file=sys.stderr)
                return Exit.USAGE
            return work(_configured(settings))
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


def _status(url: URL) -> Exit:
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
    for step in steps:
        print(f"{step.number:04} {step.name}: {'missing' if step in missing else 'made'}")
    return Exit.CHECK_FAILED if missing else Exit.DONE
