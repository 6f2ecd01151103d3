"""A running monitor at which people sign in, and its people; made once a module."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from monitor.access import passwords
from monitor.access.roles import ROLES
from monitor.app import build_runner
from monitor.config import Config, Evidence
from monitor.desk.keys import ACCESS, PACE
from monitor.evidence import report
from monitor.runtime import Runtime
from tests.monitor.access.browser import Browser, Running
from tests.monitor.build import chat, speech
from tests.monitor.rules import rulebook
from tests.patience import PATIENCE_S

TOKEN = "the token of the tests"


@pytest.fixture(scope="module", autouse=True)
def _no_pdf() -> Iterator[None]:
    """Who may have a bundle made is tried here; to draw its PDF takes two seconds a bundle."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report, "has_pdf", lambda: False)
        yield


@pytest.fixture(scope="module", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Real argon2, of the same kind, with less memory: what is tested is not how long it takes."""
    kept = passwords._hasher
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1)
    passwords._nobodys.cache_clear()
    yield
    passwords._hasher = kept
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With a person of each role, called as the role, and an alert."""
    with running(
        tmp_path_factory.mktemp("desk"), Config(evidence=Evidence(two_persons=True))
    ) as one:
        for role in ROLES:
            one.access.add(role, role, PASSWORDS[role], by="the tests")
        one.send(b"\n".join([speech("s"), chat("c", 10), chat("c2", 20)]))
        yield one


PASSWORDS = {role: f"a phrase of the {role[::-1]}" for role in ROLES}


class running:
    """A monitor in a thread of its own, with its loop."""

    def __init__(self, folder: Path, config: Config, port: int = 0, **more: Any) -> None:
        self._folder, self._config, self._more = folder, config, more
        self._port = port
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Running:
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        return self._one

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        from monitor.commands.listening import listen

        self._stop = asyncio.Event()
        runtime = Runtime(self._folder, self._config, rulebook=rulebook(), **self._more)
        runner = build_runner(runtime, token=TOKEN)
        await runner.setup()
        url = await listen(runner, self._config, None, self._port)
        self._one = Running(url.rstrip("/"), runtime, runner.app[ACCESS], runner.app[PACE], TOKEN)
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()


@pytest.fixture
def browser(desk: Running) -> Browser:
    """Nobody has signed in with it."""
    return Browser(desk.url)
