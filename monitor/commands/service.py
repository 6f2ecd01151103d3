"""What the long-running commands of the scale-out runtime have in common: how they begin and end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.commands.exits import Exit
from monitor.errors import (
    AddressTaken,
    BrokerError,
    ConfigError,
    DataDirBusy,
    MigrationError,
    StoreUnreachable,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from monitor.config import Config

__all__ = ["check_topics_or_refuse", "run_service"]

log = logger()


def run_service(
    path: Path | None, name: str, work: Callable[[Config, asyncio.Event], Awaitable[Exit]]
) -> Exit:
    """Reads the configuration and works until SIGTERM or Ctrl-C.

    Args:
        path: the configuration; ``None`` takes `livewatch.toml` of the working directory.
        name: of the service, in traces.
        work: ends when the event is set.
    """
    from monitor.config import load_config
    from monitor.logs import configure
    from monitor.pipeline.kafka.patience import limit_logs
    from monitor.tracing.spans import end_export, export_to

    async def working(settings: Config) -> Exit:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        # Whoever follows its configuration hears SIGHUP itself; it ends nobody.
        loop.add_signal_handler(signal.SIGHUP, _stays_as_it_is)
        return await work(settings, stopping)

    try:
        settings = load_config(path, os.environ)
        configure(settings.log.level)
        limit_logs()
        export_to(settings.traces, name)
        try:
            return asyncio.run(working(settings))
        finally:
            end_export()
    except ConfigError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (AddressTaken, BrokerError, DataDirBusy, MigrationError, StoreUnreachable) as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


def _stays_as_it_is() -> None:
    log.warning("configuration_not_followed", problem="it is read at the start only: restart")


async def check_topics_or_refuse(settings: Config) -> None:
    """Raises:
    ConfigError: a topic is not as the configuration says.
    BrokerError: the brokers cannot be reached.
    """
    from monitor.pipeline.kafka.topics import check_topics

    problems = await check_topics(settings)
    if problems:
        raise ConfigError("; ".join(problems))
