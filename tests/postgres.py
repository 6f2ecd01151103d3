"""A PostgreSQL server for tests: the one that `LIVEWATCH_POSTGRES` names, or one of our own; schemas in it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.store.postgres import server_url
from monitor.store.store import Store
from monitor.store.tables import counters

__all__ = ["KeptSchemas", "running_server", "schema"]

MISSING = (
    "no PostgreSQL: apt-get install postgresql, or set LIVEWATCH_POSTGRES="
    "postgresql://user:password@host/database (a database whose schemas may be made and dropped)"
)


@contextmanager
def running_server() -> Iterator[sa.URL]:
    """URL of a database in which the tests may make schemas."""
    named = os.environ.get("LIVEWATCH_POSTGRES")
    if named:
        yield server_url(named)
        return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    folder = Path(tempfile.mkdtemp(prefix="livewatch-pg-"))
    try:
        with _cluster(binaries[-1].parent, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _cluster(binaries: Path, folder: Path) -> Iterator[sa.URL]:
    prefix: list[str] = []
    if os.getuid() == 0:
        # The server refuses to run as root; Debian's package has made this user.
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"]
        prefix = ["setpriv", *ids, "--clear-groups"]

    def command(name: str, *arguments: str) -> None:
        done = subprocess.run(
            [*prefix, str(binaries / name), "-D", str(folder / "data"), *arguments],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    command(
        "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
    )
    # The socket in the folder is the only way in; nothing here has to outlive a power cut.
    settings = f"-k {folder} -c listen_addresses= -c fsync=off -c shared_buffers=32MB"
    log = str(folder / "log")
    command("pg_ctl", "start", "-w", "-s", "-l", log, "-o", settings)
    try:
        yield sa.URL.create(
            "postgresql+psycopg",
            username="postgres",
            database="postgres",
            query={"host": str(folder)},
        )
    finally:
        command("pg_ctl", "stop", "-w", "-s", "-m", "immediate")


@contextmanager
def schema(server: sa.URL) -> Iterator[sa.URL]:
    """An empty schema, as a database that knows nothing else; dropped in the end."""
    name = f"livewatch_test_{secrets.token_hex(6)}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        yield server.update_query_dict({"options": f"-csearch_path={name}"})
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


#: What there is in a schema, by name: tables, indices, sequences, their columns, triggers.
_DEFINED = """
WITH own AS (SELECT oid, relname::text FROM pg_class WHERE relnamespace = 'SCHEMA'::regnamespace)
SELECT relname AS name FROM own
UNION ALL SELECT relname || '.' || attname FROM pg_attribute JOIN own ON own.oid = attrelid
UNION ALL SELECT relname || ' ' || tgname FROM pg_trigger JOIN own ON own.oid = tgrelid
ORDER BY name
"""
#: Takes the rows out of each table that has some; some refuse that by a trigger.
_EMPTY = """
DO $$
DECLARE one regclass; filled boolean;
BEGIN
  FOR one IN SELECT oid FROM pg_class
    WHERE relnamespace = 'SCHEMA'::regnamespace AND relkind = 'r' AND relname <> 'schema_versions'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO filled;
    IF filled THEN
      EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', one);
      EXECUTE format('DELETE FROM %s', one);
      EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', one);
    END IF;
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class
    WHERE relnamespace = 'SCHEMA'::regnamespace AND relkind = 'S';
END $$
"""


class KeptSchemas:
    """Schemas with all steps made, emptied after each use; the steps take a third of a second."""

    def __init__(self, server: sa.URL) -> None:
        """
        Args:
            server: URL of the database.
        """
        self._server = server
        self._engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        self._held = ExitStack()
        self._free: list[sa.URL] = []
        self._defined: list[str] = []
        self._counters: list[dict[str, Any]] = []

    def __enter__(self) -> KeptSchemas:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()
        self._engine.dispose()

    @contextmanager
    def one(self) -> Iterator[sa.URL]:
        """URL of a schema as a new store makes it, which nobody else has meanwhile."""
        url = self._free.pop() if self._free else self._made()
        yield url
        with self._engine.connect() as connection:
            # Who took a guard away leaves a schema that is not used again.
            if self._names(connection, url) == self._defined:
                connection.exec_driver_sql(_EMPTY.replace("SCHEMA", _name(url)).replace("%", "%%"))
                connection.execute(_counters(url).insert(), self._counters)
                self._free.append(url)

    def _made(self) -> sa.URL:
        url = self._held.enter_context(schema(self._server))
        Store.connect(url).close()
        with self._engine.connect() as connection:
            self._defined = self._names(connection, url)
            rows = connection.execute(_counters(url).select()).mappings()
            self._counters = [dict(row) for row in rows]
        return url

    def _names(self, connection: sa.Connection, url: sa.URL) -> list[str]:
        return list(connection.exec_driver_sql(_DEFINED.replace("SCHEMA", _name(url))).scalars())


def _counters(url: sa.URL) -> sa.Table:
    """The table of counters in a schema."""
    return counters.to_metadata(sa.MetaData(), schema=_name(url))


def _name(url: sa.URL) -> str:
    """Of the schema that a URL leads to."""
    return str(url.query["options"]).partition("=")[2]
