"""The sources of the embedded monitor: into its own log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.sources.service import Sources
from monitor.sources.sink import LogSink

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.runtime import Runtime

__all__ = ["sources_of"]


def sources_of(runtime: Runtime, path: Path | None) -> Sources:
    """The configured sources over a runtime that is open.

    Raises:
        ConfigError: something in the configuration does not fit.
    """
    sink = LogSink(
        runtime.log,
        runtime.store,
        runtime.admission,
        runtime.metrics,
        runtime.config.ingest,
        clock=runtime.clock,
        frames=runtime.frames,
    )
    sources = Sources(
        runtime.config,
        path,
        sink,
        runtime.metrics,
        data_dir=runtime.data_dir,
        clock=runtime.clock,
        senders=runtime.senders,
    )
    runtime.collected = lambda: sources.names
    return sources
