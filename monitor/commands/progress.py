"""A progress bar on standard error, on a terminal only: what is piped or logged stays clean."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Bar", "progress", "working"]

#: Smaller files are done before a bar could be read.
WORTH_A_BAR_BYTES = 2 << 20


class Bar(Protocol):
    """Shows how far a command is."""

    def __call__(self, done: int, note: str = "") -> None: ...


@contextmanager
def progress(label: str, total: int, *, always: bool = False) -> Iterator[Bar]:
    """A bar over `total` bytes; `always`: also for a short input (one that takes its time)."""
    if not sys.stderr.isatty() or (total < WORTH_A_BAR_BYTES and not always):
        yield lambda done, note="": None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn(label),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(label, total=total or None, note="")

        def show(done: int, note: str = "") -> None:
            bar.update(task, completed=done, note=note)

        yield show


@contextmanager
def working(label: str) -> Iterator[None]:
    """Says that a command is at work, for what cannot tell how far it is."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(label):
        yield
