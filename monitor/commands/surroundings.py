"""What `livewatch doctor` finds on this machine: libraries, clock, limits, address."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import platform
import resource
import socket
import sqlite3
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.commands.examination import CLOCK_S, fail, fine, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.commands.examination import Finding
    from monitor.config import Config

__all__ = ["address", "machine", "sign_in"]

#: Fewest open files with which a busy console does not refuse anybody.
FILES = 1_024
_STA_UNSYNC = 0x0040


def machine() -> Iterator[Finding]:
    """Interpreter, libraries, clock, limits."""
    version = platform.python_version()
    # An older one does not even load this file.
    yield fine("python", version)
    try:
        hashlib.new("sm3")
    except ValueError:
        yield warn(
            "openssl", f"{ssl.OPENSSL_VERSION} has no SM3",
            "only time stamps under SM3 need it: an OpenSSL that was built with it",
        )  # fmt: skip
    else:
        yield fine("openssl", f"{ssl.OPENSSL_VERSION}, with SM3")
    yield _sqlite()
    yield _clock()
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        yield warn(
            "open files", f"at most {soft} for each process",
            f"ulimit -n {4 * FILES}, or LimitNOFILE of systemd",
        )  # fmt: skip
    else:
        yield fine("open files", f"up to {soft}")


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < (3, 35):
        return fail("sqlite", f"{version} is too old", "a Python with SQLite 3.35 or newer")
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='trigram')")
        connection.execute("INSERT INTO t VALUES ('全场秒杀最后一天')")
        found = connection.execute("SELECT count(*) FROM t WHERE x LIKE '%秒杀%'").fetchone()[0]
    except sqlite3.Error:
        return fine("sqlite", f"{version}, without full text search, which is not used")
    finally:
        connection.close()
    if not found:
        return fine(
            "sqlite",
            f"{version}: its trigram index loses words of two characters; livewatch uses none",
        )
    return fine("sqlite", version)


class _Timex(ctypes.Structure):
    # The first fields of struct timex (adjtimex(2)); the rest is room.
    _fields_ = (
        ("modes", ctypes.c_int),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    )


def _clock() -> Finding:
    """Whether the kernel knows that its clock is kept right; asking a server would need a network."""
    mend = "run chrony or systemd-timesyncd: the times of events and evidence are this clock's"
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        state = _Timex()
        answer = libc.adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        answer = -1
    if answer < 0:
        return warn("clock", "nobody can say whether it is kept right", mend)
    if state.status & _STA_UNSYNC:
        return warn("clock", "it is not kept right by anybody", mend)
    most = state.maxerror / 1e6
    if most > CLOCK_S:
        return warn("clock", f"it may be off by {most:.1f} s", mend)
    return fine("clock", f"kept right, to {most:.3f} s at most")


def address(settings: Config) -> Iterator[Finding]:
    """Where the console answers, and what stands before it."""
    from monitor.commands.listening import check_host, tls_of
    from monitor.commands.monitor_api import MonitorApi, NoAnswer, Refused
    from monitor.errors import ConfigError

    server = settings.server
    try:
        check_host(settings, None)
        tls = tls_of(server)
    except ConfigError:  # told of the configuration
        return
    if server.allow_remote and tls is None:
        yield warn(
            "address", f"{server.host} can be reached by others, without encryption",
            "server.tls_cert, or 127.0.0.1 behind a proxy with TLS (docs/deployment.md)",
        )  # fmt: skip
    if server.names:
        yield fine(
            "proxy",
            "a browser opens six connections to a host by HTTP/1.1, and each open console keeps one:"
            " let the proxy speak HTTP/2",
        )
    if server.port == 0:
        return
    try:
        health = MonitorApi(None, settings).get("/healthz")
    except Refused as error:
        yield fail("monitor", f"it answers {error.status}: {error}", "its log; docs/runbook.md")
        return
    except NoAnswer:
        yield _port(server.host, server.port)
        return
    told = health if isinstance(health, dict) else {}
    if waiting := told.get("restart_needed"):
        yield warn(
            "monitor",
            f"it does not work with what is there by now: {', '.join(map(str, waiting))}"
            " changed since it was started",
            "restart it when it suits: systemctl restart livewatch",
        )
    problems = told.get("problems", [])
    if problems:
        for problem in problems:
            yield warn("monitor", str(problem), "docs/runbook.md")
    else:
        yield fine("monitor", f"one runs at {server.host}:{server.port}, and is well")


def sign_in(data: Path | None, settings: Config) -> Finding:
    """Whether people have to sign in."""
    from monitor.access.forwarded import is_loopback
    from monitor.runtime import DATABASE

    mend = "livewatch users add NAME --role admin --data DIR, or sign_in.required (docs/sign-in.md)"
    if settings.sign_in.required:
        return fine("sign-in", "people have to sign in")
    database = data / DATABASE if data is not None else None
    if settings.store.url is not None or database is None or not database.is_file():
        return fine("sign-in", "people have to sign in once the first user is made")
    uri = f"{database.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as db:
            count = db.execute("SELECT count(*) FROM users").fetchone()[0]
    except sqlite3.Error:  # older than users, or told of by the look at the database
        count = 0
    if count:
        return fine("sign-in", f"people have to sign in, {count} may")
    says = "nobody has been made a user: whoever reaches the console may do all, under any name"
    if settings.server.allow_remote or not is_loopback(settings.server.host):
        return warn("sign-in", says, mend)
    return fine("sign-in", f"{says}; that is this machine only. For more: {mend}")


def _port(host: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            return fail(
                "address", f"{host}:{port} cannot be had: {error.strerror}",
                f"ss -ltnp 'sport = :{port}' says who has it; or another server.port",
            )  # fmt: skip
    return fine("address", f"{host}:{port} is free, no monitor runs there")
