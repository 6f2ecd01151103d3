"""`livewatch serve`: the embedded monitor in one process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from monitor.commands.exits import Exit
from monitor.errors import (
    AddressTaken,
    ConfigError,
    DataDirBusy,
    MigrationError,
    StoreUnreachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from detectors.pack.load import Rulebook
    from monitor.config import Config
    from monitor.runtime import Runtime

__all__ = ["ServeOptions", "Serving", "run"]


class ServeOptions(Struct, frozen=True, kw_only=True):
    """What the command line gives; ``None`` leaves it to the configuration."""

    data: Path
    """Directory of all state; made if missing."""
    port: int | None = None
    """0: any free port; the address is printed."""
    host: str | None = None
    ingest_token: str | None = None
    """Bearer token of ingestion; else from the configuration, or `ingest.token` in the directory."""
    ingest_token_file: Path | None = None
    """File that holds it; goes before the configuration."""
    config: Path | None = None


class Serving(Struct, frozen=True, kw_only=True):
    """A monitor that answers."""

    url: str
    token: str
    runtime: Runtime


def run(
    options: ServeOptions,
    *,
    companion: Callable[[Serving], Callable[[], None]] | None = None,
    rulebook: Rulebook | None = None,
    collect: bool = True,
) -> Exit:
    """Runs until SIGTERM or Ctrl-C, then ends with everything committed.

    Args:
        companion: called once the monitor answers; what it returns is called in a thread before
            the monitor stops, and waited for.
        rulebook: the rules to run; those that ship with livewatch by default.
        collect: start the configured sources.
    """
    from detectors.pack.load import PackError
    from monitor.commands.preconditions import refuse
    from monitor.config import load_config
    from monitor.logs import configure
    from monitor.pipeline.collector import rare_collections
    from monitor.tracing.spans import end_export, export_to

    rare_collections()
    try:
        settings = load_config(options.config, os.environ)
        configure(settings.log.level)
        refuse(
            # What is not collected needs no files.
            settings if collect else msgspec.structs.replace(settings, sources=[]),
            host=options.host,
            own_token=options.ingest_token is not None or options.ingest_token_file is not None,
            # They are read when the runtime is made.
            rules=False,
        )
        export_to(settings.traces, "livewatch-serve")
        try:
            return asyncio.run(
                _serve(
                    options.data,
                    settings,
                    host=options.host,
                    port=options.port,
                    token=options.ingest_token,
                    token_file=options.ingest_token_file,
                    companion=companion,
                    rulebook=rulebook,
                    config=options.config,
                    collect=collect,
                )
            )
        finally:
            end_export()
    except (ConfigError, PackError) as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (AddressTaken, DataDirBusy, MigrationError, StoreUnreachable) as error:
        print(f"livewatch: {error}", file=sys.stderr)
        return Exit.UNREACHABLE


async def _serve(
    data: Path,
    settings: Config,
    *,
    host: str | None,
    port: int | None,
    token: str | None,
    token_file: Path | None,
    companion: Callable[[Serving], Callable[[], None]] | None,
    rulebook: Rulebook | None,
    config: Path | None,
    collect: bool,
) -> Exit:
    from sqlalchemy.exc import DatabaseError

    from connectors.logger import logger
    from monitor.app import build_runner, warn_of_open_console
    from monitor.commands.listening import listen
    from monitor.pipeline.allocator import calm_allocator
    from monitor.pipeline.warming import warm
    from monitor.runtime import TOKEN, Runtime, ingest_token, warn_of_token
    from monitor.sources.embedded import sources_of
    from monitor.supervision import supervised

    calm_allocator()
    log = logger()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    # Evaluation and the answers share the interpreter: shorter turns keep the answers quick.
    sys.setswitchinterval(0.001)

    try:
        runtime = Runtime(data, settings, rulebook=rulebook)
    except DatabaseError as error:
        # A foreign or broken file, a full disk: nothing that the reader of a traceback could mend.
        print(
            f"livewatch: the database in {data} cannot be used: {error.orig}. Nothing was changed; "
            "put back a copy of livewatch.db, or start with another --data",
            file=sys.stderr,
        )
        return Exit.UNREACHABLE
    secret_file: Path | None
    if token_file is not None:
        secret_file = token_file
        secret = ingest_token(data, None, str(token_file), named="--ingest-token-file")
    else:
        given = token or settings.ingest.token
        secret = ingest_token(data, given, settings.ingest.token_file)
        secret_file = None if given else Path(settings.ingest.token_file or data / TOKEN)
    warn_of_token(sys.argv)
    sources = sources_of(runtime, config) if collect else None
    if sources is not None:
        loop.add_signal_handler(signal.SIGHUP, sources.reload)
    runner = build_runner(runtime, token=secret, sources=sources)
    await runner.setup()
    try:
        url = await listen(runner, settings, host, port)
        print(f"livewatch: console at {url}", flush=True)
        await warn_of_open_console(runner.app, url)
        if secret_file is not None:
            print(f"livewatch: senders of events find their token in {secret_file}", flush=True)
        log.info("listening", url=url, data=str(data), rules=len(runtime.rulebook))
        warm(runtime.rulebook)
        leave = companion(Serving(url=url, token=secret, runtime=runtime)) if companion else None
        async with supervised(lambda: runtime.worker.alive):
            await stopping.wait()
        log.info("stopping")
        if leave is not None:
            await asyncio.to_thread(leave)
    finally:
        await runner.cleanup()
    log.info("stopped")
    return Exit.DONE
