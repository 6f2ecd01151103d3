"""Telling systemd how this process is: ready, still alive, about to end (sd_notify(3)).

Outside of systemd, where `NOTIFY_SOCKET` is not set, nothing happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING

from monitor.background import in_background

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

__all__ = ["notify", "supervised"]


def notify(state: str, environment: Mapping[str, str] | None = None) -> bool:
    """Tells systemd a state, `READY=1` say; was there anybody to tell?"""
    address = (os.environ if environment is None else environment).get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        # A name without a file.
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
        try:
            told.connect(address)
            told.sendall(state.encode())
        except OSError:
            return False
    return True


@contextlib.asynccontextmanager
async def supervised(alive: Callable[[], bool]) -> AsyncIterator[None]:
    """While this is open, systemd knows that the process is ready, and hears that it is alive.

    Args:
        alive: does the process do its work? When it does not, systemd hears nothing more and starts
            it anew after `WatchdogSec`; so it does when the event loop stands still.
    """
    notify("READY=1")
    try:
        async with in_background(_beat(alive), "livewatch-watchdog"):
            yield
    finally:
        notify("STOPPING=1")


async def _beat(alive: Callable[[], bool]) -> None:
    wait_us = os.environ.get("WATCHDOG_USEC", "")
    if not wait_us.isdigit() or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(
        os.getpid()
    ):
        return
    while True:
        if alive():
            notify("WATCHDOG=1")
        # Twice within the time, as sd_watchdog_enabled(3) advises.
        await asyncio.sleep(int(wait_us) / 2_000_000)
