"""`livewatch ingest`: takes events over HTTP and puts them into Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.commands.exits import Exit
from monitor.commands.service import check_topics_or_refuse, run_service
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from monitor.config import Config

__all__ = ["IngestOptions", "run"]


class IngestOptions(Struct, frozen=True, kw_only=True):
    """What the command line gives; ``None`` leaves it to the configuration."""

    config: Path | None = None
    host: str | None = None
    port: int | None = None
    """0: any free port; the address is printed."""
    token: str | None = None
    token_file: Path | None = None
    """File that holds it; goes before the configuration."""


def run(options: IngestOptions) -> Exit:
    """Takes events until SIGTERM or Ctrl-C."""
    return run_service(
        options.config,
        "livewatch-ingest",
        lambda settings, stopping: _ingest(settings, stopping, options),
    )


async def _ingest(settings: Config, stopping: asyncio.Event, options: IngestOptions) -> Exit:
    from monitor.app import add_sources, build_shell, runner_of
    from monitor.commands.listening import check_host, listen
    from monitor.ingest import IngestApi
    from monitor.pipeline.kafka.ingestion import IngestService
    from monitor.pipeline.worker import wall_clock_ms
    from monitor.pseudonyms import pseudonyms_of
    from monitor.relay import CaptureRelay
    from monitor.runtime import ingest_token, warn_of_token
    from monitor.senders import senders_of
    from monitor.sources.service import Sources
    from monitor.sources.sink import LogSink
    from monitor.supervision import supervised

    check_host(settings, options.host, "ingestion")
    token = options.token or settings.ingest.token
    if options.token_file is not None:
        secret = ingest_token(Path(), None, str(options.token_file), named="--ingest-token-file")
    elif token or settings.ingest.token_file:
        secret = ingest_token(Path(), token, settings.ingest.token_file)
    else:
        raise ConfigError("ingest.token_file: several processes share one token; name its file")
    warn_of_token(sys.argv)
    await check_topics_or_refuse(settings)
    senders = (
        senders_of(
            settings.ingest.senders,
            pseudonyms_of(None, os.environ, settings.collection.pseudonym_key_file),
        )
        if settings.ingest.senders
        else {}
    )
    service = IngestService(settings)
    frames = service if settings.archive.keeps_frames else None
    app = build_shell(service)
    IngestApi(
        service,
        service,
        service,
        service.metrics,
        settings.ingest,
        token=secret,
        clock=wall_clock_ms,
        senders=senders,
        patience_s=settings.server.body_s,
        frames=frames,
    ).add_to(app)
    relay = service.relay = CaptureRelay(
        settings.ingest, senders, service.metrics, clock=wall_clock_ms,
        patience_s=settings.server.body_s,
    )  # fmt: skip
    relay.add_to(app)
    sources = Sources(
        settings,
        options.config,
        LogSink(
            service,
            service,
            service,
            service.metrics,
            settings.ingest,
            clock=wall_clock_ms,
            frames=frames,
        ),
        service.metrics,
        data_dir=None,
        clock=wall_clock_ms,
        senders=senders,
    )
    add_sources(app, sources)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, sources.reload)
    runner = runner_of(app, settings)
    await service.outbox.start()
    await runner.setup()
    try:
        url = await listen(runner, settings, options.host, options.port)
        print(f"livewatch: ingestion at {url}", flush=True)
        async with supervised(lambda: True):
            await stopping.wait()
    finally:
        await runner.cleanup()
        await service.outbox.stop()
    return Exit.DONE
