"""`livewatch desk`: the console over alerts that workers found; its store follows Kafka."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.commands.exits import Exit
from monitor.errors import BrokerError, ConfigError, DataDirBusy, MigrationError, StoreUnreachable

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.metrics import Metrics
    from monitor.pipeline.kafka.alert_feed import AlertFeed
    from monitor.store.alerts import Change
    from monitor.store.rows import DeadLetter
    from monitor.store.store import Store

__all__ = ["DeskOptions", "run"]


class DeskOptions(Struct, frozen=True, kw_only=True):
    """What the command line gives; ``None`` leaves it to the configuration."""

    data: Path
    """Directory of the store; made if missing."""
    config: Path | None = None
    host: str | None = None
    port: int | None = None
    """0: any free port; the address is printed."""


def run(options: DeskOptions) -> Exit:
    """Serves until SIGTERM or Ctrl-C."""
    from monitor.config import load_config
    from monitor.logs import configure
    from monitor.pipeline.kafka.patience import limit_logs

    try:
        settings = load_config(options.config, os.environ)
        configure(settings.log.level)
        limit_logs()
        return asyncio.run(_serve(settings, options))
    except ConfigError as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (BrokerError, DataDirBusy, MigrationError, StoreUnreachable) as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


async def _serve(settings: Config, options: DeskOptions) -> Exit:
    from monitor import desk
    from monitor.app import build_shell, runner_of
    from monitor.commands.listening import listen
    from monitor.pipeline.worker import wall_clock_ms
    from monitor.rulebooks import rulebook_of
    from monitor.runtime import claim

    held = claim(options.data)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    service = _DeskService(settings, options.data)
    await service.feed.start()
    following = asyncio.create_task(service.feed.run(), name="livewatch-feed")
    app = build_shell(service)
    broadcast = desk.setup(
        app,
        store=service.store,
        settings=settings,
        rulebook=rulebook_of(settings.rules),
        clock=wall_clock_ms,
    )
    service.metrics.sse_clients.set_function(lambda: broadcast.clients)
    runner = runner_of(app, settings)
    await runner.setup()
    try:
        url = await listen(runner, settings, options.host, options.port)
        print(f"livewatch: console at {url}", flush=True)
        await stopping.wait()
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await service.feed.stop()
        await runner.cleanup()
        held.close()
    return Exit.DONE


class _DeskService:
    """Store and feed, and what answers for them over HTTP."""

    config: Config
    metrics: Metrics
    store: Store
    feed: AlertFeed

    def __init__(self, config: Config, data: Path) -> None:
        from monitor.commands.db import open_store
        from monitor.metrics import Metrics
        from monitor.pipeline.kafka.alert_feed import AlertFeed

        self.config = config
        self.metrics = Metrics()
        for series in self.metrics.lags:
            series.remove("log", "0")
        self.store = open_store(config, data)
        self.feed = AlertFeed(config, self.store, on_changes=self._count)

    def start(self) -> None:
        """The feed is run beside."""

    def stop(self) -> None:
        """Writes what is queued and closes the store."""
        self.store.close()

    def sweep(self) -> None:
        """Nothing grows here that does not count."""

    def refresh_metrics(self) -> bytes:
        """The series as of now."""
        from monitor.store.rows import AlertFilter

        self.metrics.storage.labels("database").set(self.store.database.size_bytes())
        counts = self.store.counts(AlertFilter(status=["new", "acknowledged"]))
        for level, count in counts.items():
            self.metrics.alerts_open.labels(level).set(count)
        return self.metrics.expose()

    def health(self) -> tuple[bool, dict[str, object]]:
        """Do alerts come?"""
        failure = self.feed.failure
        return failure is None, {
            "status": "ok" if failure is None else "failing",
            "failure": failure,
            "records": self.feed.taken,
        }

    def _count(self, changes: list[Change], letters: list[DeadLetter]) -> None:
        self.metrics.count_changes(changes)
        for letter in letters:
            self.metrics.dead_letters.labels(letter.stage).inc()
