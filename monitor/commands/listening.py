"""An address to answer on."""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING

from monitor.errors import AddressTaken, ConfigError

if TYPE_CHECKING:
    from aiohttp import web

    from monitor.config import Config

__all__ = ["check_host", "listen"]


_OPEN = {
    "console": "whoever reaches the port reads all alerts with their evidence and closes them",
    "ingestion": "whoever reaches the port sees tokens and events on their way",
    "worker": "whoever reaches the port reads health and metrics",
}


def check_host(settings: Config, host: str | None, serves: str = "console") -> None:
    """Refuses an address that other machines reach, unless the configuration allows it.

    Args:
        serves: what answers there: `console`, `ingestion` or `worker`.

    Raises:
        ConfigError: says what it would mean.
    """
    wanted = host if host is not None else settings.server.host
    if settings.server.allow_remote or _is_loopback(wanted):
        return
    raise ConfigError(
        f"server.host {wanted!r} can be reached from other machines, and there is neither sign-in"
        f" nor encryption yet: {_OPEN[serves]}. Leave it at 127.0.0.1 and put a proxy with sign-in"
        " and TLS before it; or, where the network lets through only those who may do all this,"
        " set server.allow_remote = true"
    )


async def listen(
    runner: web.AppRunner, settings: Config, host: str | None, port: int | None
) -> str:
    """Binds as the command line or else the configuration says; returns the URL.

    Raises:
        AddressTaken: somebody else has the address, or this machine has none such.
    """
    from monitor.connections import GUARD, GuardedSite

    wanted_host = host if host is not None else settings.server.host
    wanted_port = port if port is not None else settings.server.port
    guard = runner.app[GUARD]
    try:
        await GuardedSite(runner, guard, wanted_host, wanted_port).start()
    except OSError as error:
        # asyncio's own words name the address a second time.
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise AddressTaken(
            f"cannot listen on {wanted_host}:{wanted_port}: {why}; choose another with --port,"
            " 0 takes any free one"
        ) from error
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"http://{shown}:{bound[1]}/"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
