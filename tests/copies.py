"""Processes of livewatch that begin as copies of one that has loaded all of it.

To load it takes nearly all of the two seconds of processor time that a start takes, and a run of the
tests has a hundred starts. What only a start by the interpreter shows, tests that ask for it see
(`anew`): the command line as others read it, the first start, the long-running commands together.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

from tests.patience import PATIENCE_S

__all__ = ["ROOT", "SHIPPED", "SMALL", "Copy", "ended_by", "start"]

ROOT = Path(__file__).parents[1]
#: `livewatch` with the rules that ship, and with the four small ones of the tests.
SHIPPED, SMALL = "monitor.cli", "tests.e2e.small_monitor"

_CONTEXT = multiprocessing.get_context("forkserver")
_SERVES = [
    "monitor.app", "monitor.cli.running", "monitor.commands.listening", "monitor.commands.serve",
    "monitor.pipeline.warming", "monitor.sources.embedded",
]  # fmt: skip
#: What a copy has loaded, by the program that is copied first in this process of the tests. Another
#: one loads by itself what it lacks.
_LOADED = {
    SMALL: [SMALL, *_SERVES],
    SHIPPED: [*_SERVES, "monitor.commands.worker", "monitor.pipeline.kafka.service"],
}


class Copy:
    """A program as a copy; of `subprocess.Popen` what the tests need."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        errors: Path,
        environment: Mapping[str, str],
        files: int | None,
    ) -> None:
        _CONTEXT.set_forkserver_preload(_LOADED[program])  # heeded by the first one only
        receiver, sender = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(
            target=_become,
            args=(program, list(arguments), sender, errors, dict(environment), files),
            daemon=True,
        )
        self._process.start()
        sender.close()
        self.stdout: BinaryIO = os.fdopen(os.dup(receiver.fileno()), "rb")
        receiver.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """How it ended; ``None``: it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def start(
    program: str,
    arguments: Sequence[str],
    *,
    errors: Path,
    environment: Mapping[str, str] | None = None,
    files: int | None = None,
    anew: bool = False,
) -> Copy | subprocess.Popen[bytes]:
    """Starts a command of livewatch; what it prints is read from `stdout`.

    Args:
        errors: the file that its standard error is added to.
        environment: variables besides those of this process.
        files: how many it may have open (`ulimit -n`).
        anew: by the interpreter, as people start it.
    """
    variables = {**os.environ, **(environment or {})}
    if not anew:
        return Copy(program, arguments, errors, variables, files)
    with errors.open("ab") as told:
        return subprocess.Popen(
            [sys.executable, "-m", program, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=told,
            env=variables,
            preexec_fn=(lambda: _limit_files(files)) if files is not None else None,
        )


def ended_by(program: str, *arguments: str) -> int:
    """How a copy ended that ran a program of a test, whose lines are given; below 0: by which signal."""
    _CONTEXT.set_forkserver_preload(_LOADED[SMALL])  # heeded by the first one only
    process = _CONTEXT.Process(target=_run, args=(program, list(arguments)), daemon=True)
    process.start()
    process.join(PATIENCE_S)
    status = process.exitcode
    if status is None:
        process.kill()
        raise subprocess.TimeoutExpired(process.name, PATIENCE_S)
    return status


def _run(program: str, arguments: list[str]) -> None:
    sys.argv = ["-c", *arguments]
    exec(compile(program, "<a program of a test>", "exec"), {"__name__": "__main__"})  # noqa: S102


def _become(
    program: str,
    arguments: list[str],
    output: Connection,
    errors: Path,
    environment: dict[str, str],
    files: int | None,
) -> None:
    """What a copy does instead of what the original waits for."""
    os.dup2(output.fileno(), 1)
    output.close()
    with errors.open("ab") as told:
        os.dup2(told.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["livewatch", *arguments]
    if files is not None:
        _limit_files(files)
    importlib.import_module(program).main()


def _limit_files(count: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
