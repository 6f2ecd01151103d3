"""A PostgreSQL server for tests: the one that `LIVEWATCH_POSTGRES` names, or one of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.store.postgres import server_url

__all__ = ["running_server"]

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
