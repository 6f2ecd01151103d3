"""An address to answer on."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.access.forwarded import is_loopback
from monitor.errors import AddressTaken, ConfigError
from monitor.reload import mark

if TYPE_CHECKING:
    import ssl

    from aiohttp import web

    from monitor.config import Config, Server

__all__ = ["check_host", "listen", "tls_of"]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")
log = logger()


_OPEN = {
    "console": "until the first user is made (livewatch users add), whoever reaches the port reads"
    " all alerts with their evidence and closes them; and without server.tls_cert whoever listens on"
    " the way reads along",
    "ingestion": "whoever reaches the port sees tokens and events on their way",
    "worker": "whoever reaches the port reads health and metrics",
}


def check_host(settings: Config, host: str | None, serves: str = "console") -> None:
    """Refuses an address that other machines reach, unless the configuration allows it.

    Args:
        serves: what answers there: `console`, `ingestion` or `worker`.

    Raises:
        ConfigError: says what it would mean, or that it is no address.
    """
    wanted = host if host is not None else settings.server.host
    if not _is_address(wanted):
        raise ConfigError(
            f"server.host {wanted!r} is neither an address nor a name: 127.0.0.1 is this machine alone,"
            " 0.0.0.0 and :: are all of its addresses (with server.allow_remote)"
        )
    if settings.server.allow_remote or is_loopback(wanted):
        return
    bare = settings.server.tls_cert is None and not settings.sign_in.required
    lacks = ", with neither sign-in nor encryption" if bare else ""
    raise ConfigError(
        f"server.host {wanted!r} can be reached from other machines{lacks}: {_OPEN[serves]}. Leave it at"
        " 127.0.0.1 and put a proxy with TLS before it; or, where that is meant, set"
        " server.allow_remote = true (docs/sign-in.md)"
    )


def _is_address(text: str) -> bool:
    """An address, none for all of them, or what may be a name; what looks like an address has to be one."""
    if not text:
        return True
    try:
        ipaddress.ip_address(text)
    except ValueError:
        last = text.rstrip(".").rpartition(".")[2]
        return _NAME.fullmatch(text) is not None and not last.isdigit()
    return True


async def listen(
    runner: web.AppRunner, settings: Config, host: str | None, port: int | None
) -> str:
    """Binds as the command line or else the configuration says; returns the URL.

    Raises:
        AddressTaken: somebody else has the address, or this machine has none such.
        ConfigError: the server's certificate cannot be used.
    """
    from monitor.connections import GUARD, GuardedSite

    wanted_host = host if host is not None else settings.server.host
    wanted_port = port if port is not None else settings.server.port
    guard, tls = runner.app[GUARD], _renewing(settings.server)
    try:
        await GuardedSite(runner, guard, wanted_host, wanted_port, tls).start()
    except OSError as error:
        # asyncio's own words name the address a second time.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise AddressTaken(
            f"cannot listen on {wanted_host}:{wanted_port}: {why}; choose another with --port,"
            " 0 takes any free one"
        ) from error
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"{'https' if tls else 'http'}://{shown}:{bound[1]}/"


def tls_of(server: Server) -> ssl.SSLContext | None:
    """TLS with the server's own certificate; ``None``: it has none.

    Raises:
        ConfigError: one of the two files is not named, cannot be read, or does not fit the other.
    """
    if server.tls_cert is None and server.tls_key is None:
        return None
    if server.tls_cert is None or server.tls_key is None:
        raise ConfigError("server.tls_cert and server.tls_key: name both files, or neither")
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A key under a password would ask for it on a terminal that is not there.
        context.load_cert_chain(server.tls_cert, server.tls_key, password="")
    except (OSError, ValueError) as error:  # what OpenSSL says is an OSError, too
        raise ConfigError(
            f"server.tls_cert {server.tls_cert}, server.tls_key {server.tls_key}: {error}"
        ) from error
    return context


def _renewing(server: Server) -> ssl.SSLContext | None:
    """The same, and connections from the next one on get a certificate that has been renewed.

    Whether the files are others is looked at when a client greets, so nothing has to be told. What
    cannot be used, half of a change say, is logged once and the certificate before stays.
    """
    files = [Path(name) for name in (server.tls_cert, server.tls_key) if name]
    before, context = [*map(mark, files)], tls_of(server)
    if context is None:
        return None
    latest = (before, context)

    def greeted(connection: ssl.SSLObject, _name: str | None, _of: ssl.SSLContext) -> None:
        nonlocal latest
        marks = [*map(mark, files)]
        if marks != latest[0]:
            try:
                renewed = tls_of(server) or latest[1]
            except ConfigError as error:
                log.error("certificate_not_taken", reason=str(error))  # noqa: TRY400  its words are all
                renewed = latest[1]
            else:
                log.info("certificate_renewed", file=server.tls_cert)
            latest = (marks, renewed)
        connection.context = latest[1]

    context.sni_callback = greeted
    return context
