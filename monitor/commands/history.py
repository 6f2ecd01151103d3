"""The history of a monitor as an input of `scan` and `rules backtest`, beside recordings."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from connectors.sources.files import InputFile
from monitor.errors import BrokerError, DepotError, LivewatchError, MigrationError, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.archive.history import History

__all__ = ["REACHED_NOT", "Asked", "Input", "NoHistory", "PastEvents", "inputs_of"]

CHUNK_BYTES = 1 << 20
#: Store, archive or brokers cannot be reached.
REACHED_NOT = (BrokerError, DepotError, MigrationError, StoreUnreachable)


class NoHistory(LivewatchError):
    """There is no monitor's store, or it cannot be read."""


class Asked(Struct, frozen=True, kw_only=True):
    """Of which monitor, which rooms, and from when to when."""

    data: Path
    rooms: Sequence[str] = ()
    since: int | None = None
    until: int | None = None
    config: Path | None = None


class Input(Protocol):
    """What commands read recorded events from."""

    name: str

    @property
    def size(self) -> int:
        """Bytes of the whole; 0: not known."""
        ...

    @property
    def position(self) -> int:
        """Bytes that were read."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """The bytes, lines of JSON, in pieces."""
        ...


class PastEvents:
    """Everything that a monitor has had, as lines of JSON."""

    name = "the history"
    size = 0

    def __init__(self, history: History, late: Iterator[bytes]) -> None:
        """
        Args:
            late: what is in neither archive nor store, but in a topic.
        """
        self._history = history
        self._late = late
        self.position = 0

    def chunks(self) -> Iterator[bytes]:
        """The archive first, then what is not in it yet."""
        lines: list[bytes] = []
        size = 0
        for some in (self._history.archived(), self._history.logged(), self._late):
            for data in some:
                lines.append(data.rstrip())
                size += len(data)
                if size >= CHUNK_BYTES:
                    yield self._joined(lines)
                    lines, size = [], 0
        if lines:
            yield self._joined(lines)
        if self._history.lacking:
            raise NoHistory("; ".join(self._history.lacking))

    def _joined(self, lines: Sequence[bytes]) -> bytes:
        chunk = b"\n".join(lines) + b"\n"
        self.position += len(chunk)
        return chunk


@contextmanager
def inputs_of(files: Sequence[str], asked: Asked | None) -> Iterator[list[Input]]:
    """The files that are named, and the history that is asked for.

    Raises:
        UnreadableSource: a file cannot be opened.
        NoHistory: there is no store to read from.
        ConfigError: the configuration cannot be used.
    """
    with ExitStack() as stack:
        found: list[Input] = [stack.enter_context(InputFile(name)) for name in files]
        if asked is not None:
            found.append(stack.enter_context(_past(asked)))
        yield found


@contextmanager
def _past(asked: Asked) -> Iterator[PastEvents]:
    from monitor.archive.history import opened
    from monitor.commands.db import open_store
    from monitor.config import load_config
    from monitor.evidence import ledger
    from monitor.runtime import DATABASE

    settings = load_config(asked.config, os.environ)
    if settings.store.url is None and not (asked.data / DATABASE).is_file():
        raise NoHistory(f"there is no database in {asked.data}")
    store = open_store(settings, asked.data)
    try:
        with (
            store.database.read() as connection,
            opened(
                connection, settings.archive, asked.data, asked.rooms, since=asked.since,
                until=asked.until,
            ) as history,
        ):  # fmt: skip
            late: Iterator[bytes] = iter(())
            if any(name != ledger.EVENTS for name in ledger.of_events(connection)):
                from monitor.pipeline.kafka.topic_supply import late_records

                late = (
                    record.data
                    for record in late_records(
                        settings.kafka, connection, archive=settings.archive.to != "off"
                    )
                    if history.of_room(record.room) and history.wants(record.data)
                )
            yield PastEvents(history, late)
    finally:
        store.close()
