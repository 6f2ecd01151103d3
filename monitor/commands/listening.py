"""An address to answer on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from monitor.errors import BrokerError

if TYPE_CHECKING:
    from monitor.config import Config

__all__ = ["listen"]


async def listen(
    runner: web.AppRunner, settings: Config, host: str | None, port: int | None
) -> str:
    """Binds as the command line or else the configuration says; returns the URL.

    Raises:
        BrokerError: the address is taken.
    """
    wanted_host = host if host is not None else settings.server.host
    wanted_port = port if port is not None else settings.server.port
    try:
        await web.TCPSite(runner, wanted_host, wanted_port).start()
    except OSError as error:
        raise BrokerError(
            f"cannot listen on {wanted_host}:{wanted_port}: {error.strerror}"
        ) from error
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"http://{shown}:{bound[1]}/"
