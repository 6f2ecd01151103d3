"""`livewatch worker`: one process of the scale-out runtime that evaluates events."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.commands.exits import Exit
from monitor.errors import BrokerError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from detectors.pack import Rulebook
    from monitor.config import Config

__all__ = ["WorkerOptions", "run"]


class WorkerOptions(Struct, frozen=True, kw_only=True):
    """What the command line gives; ``None`` leaves it to the configuration."""

    config: Path | None = None
    host: str | None = None
    port: int | None = None
    """Of health and metrics; 0: any free port; the address is printed."""


def run(options: WorkerOptions, *, rulebook: Rulebook | None = None) -> Exit:
    """Works until SIGTERM or Ctrl-C.

    Args:
        rulebook: the rules to run; those that ship with livewatch by default.
    """
    from monitor.config import load_config
    from monitor.logs import configure
    from monitor.pipeline.kafka.patience import limit_logs

    try:
        settings = load_config(options.config, os.environ)
        configure(settings.log.level)
        limit_logs()
        return asyncio.run(_work(settings, options, rulebook))
    except ConfigError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except BrokerError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


async def _work(settings: Config, options: WorkerOptions, rulebook: Rulebook | None) -> Exit:
    from aiohttp import web

    from monitor.app import build_shell, runner_of
    from monitor.commands.listening import listen
    from monitor.pipeline.kafka.service import WorkerService
    from monitor.pipeline.kafka.topics import check_topics

    problems = await check_topics(settings)
    if problems:
        raise ConfigError("; ".join(problems))
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    service = WorkerService(settings, rulebook=rulebook)
    runner: web.AppRunner = runner_of(build_shell(service), settings)
    await runner.setup()
    try:
        url = await listen(runner, settings, options.host, options.port)
        print(f"livewatch: worker at {url}", flush=True)
        well = await service.worker.run(stopping)
    finally:
        await runner.cleanup()
    if not well:
        print(f"livewatch: {service.worker.failure}", file=sys.stderr)
    status = Exit.DONE if well else Exit.UNREACHABLE
    if not service.worker.clean or not well:
        # What Faust left behind must not keep the process: nothing of it was acknowledged.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status
