"""Servers that take long to start: one for all processes of a test run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

__all__ = ["folder_of_run", "shared"]


def folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """The folder for what is passed on, the same in all processes of a test run."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@contextmanager
def shared(
    name: str,
    factory: pytest.TempPathFactory,
    start: Callable[[], AbstractContextManager[str]],
) -> Iterator[str]:
    """The address of a server, which whoever needs it first starts, and stops when nobody needs it.

    Args:
        name: of the server.
        start: starts it; its context ends it.
    """
    folder = folder_of_run(factory)
    address = folder / f"{name}.address"
    # Who starts or stops it has `turn`; who needs it has `users`, with others.
    with (folder / f"{name}.turn").open("w") as turn, (folder / f"{name}.users").open("w") as users:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if address.exists():
            fcntl.flock(users, fcntl.LOCK_SH)
            fcntl.flock(turn, fcntl.LOCK_UN)
            yield address.read_text(encoding="utf-8")
            return
        with start() as started:
            address.write_text(started, encoding="utf-8")
            fcntl.flock(users, fcntl.LOCK_SH)
            fcntl.flock(turn, fcntl.LOCK_UN)
            try:
                yield started
            finally:
                fcntl.flock(turn, fcntl.LOCK_EX)
                fcntl.flock(users, fcntl.LOCK_EX)  # when the others have ended
                address.unlink()
