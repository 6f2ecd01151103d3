"""`livewatch worker`: one process of the scale-out runtime that evaluates events."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.commands.exits import Exit
from monitor.commands.service import check_topics_or_refuse, run_service

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from detectors.pack.load import Rulebook
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
    return run_service(
        options.config,
        "livewatch-worker",
        lambda settings, stopping: _work(settings, stopping, options, rulebook),
    )


async def _work(
    settings: Config, stopping: asyncio.Event, options: WorkerOptions, rulebook: Rulebook | None
) -> Exit:
    from aiohttp import web

    from monitor.app import build_shell, runner_of
    from monitor.commands.listening import check_host, listen
    from monitor.pipeline.allocator import calm_allocator
    from monitor.pipeline.collector import rare_collections
    from monitor.pipeline.kafka.service import WorkerService
    from monitor.pipeline.warming import warm
    from monitor.supervision import supervised
    from monitor.tracing.spans import end_export

    calm_allocator()
    rare_collections()
    check_host(settings, options.host, "worker")
    await check_topics_or_refuse(settings)
    service = WorkerService(settings, rulebook=rulebook)
    warm(service.rulebook)
    runner: web.AppRunner = runner_of(build_shell(service), settings)
    await runner.setup()
    try:
        url = await listen(runner, settings, options.host, options.port)
        print(f"livewatch: worker at {url}", flush=True)
        async with supervised(lambda: service.health()[0]):
            well = await service.worker.run(stopping)
    finally:
        await runner.cleanup()
    if not well:
        print(f"livewatch: {service.worker.failure}", file=sys.stderr)
    status = Exit.DONE if well else Exit.UNREACHABLE
    if not service.worker.clean or not well:
        # What Faust left behind must not keep the process: nothing of it was acknowledged.
        end_export()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status
