"""The configuration of a running process, read again: a change is taken up, or refused as a whole."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from connectors.logger import logger
from monitor.condition import Problem
from monitor.config import FILE_NAME, load_config
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from monitor.config import Config
    from monitor.metrics import Metrics

__all__ = ["Reload", "mark"]

log = logger()

T = TypeVar("T")


def mark(file: Path) -> object:
    """What tells whether a file is another than before; equal marks: it is the same."""
    try:
        stat = file.stat()
    except OSError:
        return str(file), None
    return str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino


class Reload:
    """What a process follows of its configuration."""

    def __init__(
        self, config: Config, path: Path | None, metrics: Metrics, sections: Collection[str]
    ) -> None:
        """
        Args:
            config: as it was read at the start.
            path: its file; ``None``: `livewatch.toml` of the working directory, if any.
            sections: those that the process takes up; a change of another takes a restart.
        """
        self.config = config
        """As it was taken up last."""
        self._started = config
        self.waiting: list[str] = []
        """Sections that differ from those that the process works with, and wait for a restart."""
        self.path = path if path is not None else Path(FILE_NAME)
        self._metrics = metrics
        self._sections = sections
        self.refused: str | None = None
        """Why the latest change was not taken up."""

    def read(self) -> Config:
        """The configuration as it is now. Blocks.

        Raises:
            ConfigError: it cannot be used.
        """
        named = self.path.is_file() or self.path != Path(FILE_NAME)
        return load_config(self.path if named else None, os.environ)

    async def change(self, prepare: Callable[[Config], T]) -> T | None:
        """Takes the configuration up as it is now; ``None``: it is refused, and that is told.

        Args:
            prepare: makes what the process goes on with; blocks; raises `ConfigError`.
        """

        def prepared() -> tuple[Config, T]:
            config = self.read()
            return config, prepare(config)

        try:
            config, found = await asyncio.to_thread(prepared)
        except (ConfigError, OSError, ValueError) as error:
            # Whatever a path in it brings about: who follows goes on following.
            self.refused = str(error)
            self._metrics.reloads.labels("refused").inc()
            log.error("configuration_not_followed", problem=str(error))  # noqa: TRY400  the reason is enough
            return None
        self.refused = None
        self._metrics.reloads.labels("followed").inc()
        others = [
            section
            for section in config.__struct_fields__
            if section not in self._sections
            and getattr(config, section) != getattr(self._started, section)
        ]
        if others != self.waiting:
            if others:
                log.warning("restart_needed", sections=others)
            else:
                log.info("restart_not_needed")
            self.waiting = others
            self._metrics.restart_needed.set(bool(others))
        self.config = config
        return found

    def problems(self) -> list[Problem]:
        """What is wrong with the configuration as it is now."""
        if self.refused is None:
            return []
        says = f"a change of the configuration was refused: {self.refused}"
        return [Problem("configuration", says)]
