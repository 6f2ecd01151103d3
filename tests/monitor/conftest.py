"""A whole monitor in this process, on a real port and a real file; a store for each test, on a real file
and on a real PostgreSQL server."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
import sqlalchemy as sa
from aiohttp import web

from monitor.app import build_runner
from monitor.config import Config
from monitor.connections import GUARD, GuardedSite
from monitor.pipeline.worker import wall_clock_ms
from monitor.runtime import Runtime
from monitor.store.database import Database, _engine
from monitor.store.permissions import make_private
from monitor.store.store import Store
from tests.monitor.rules import rulebook
from tests.patience import PATIENCE_S
from tests.postgres import KeptSchemas, running_server, schema
from tests.shared import shared

TOKEN = "the token of the tests"


@pytest.fixture(scope="session", autouse=True)
def _new_databases_are_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A database file that is made has all steps of the schema from the start.

    To make the steps takes four fifths of the 30 ms that a new store takes, and a thousand tests
    open one. In each process the file that is copied is made by the steps themselves.
    """

    @functools.cache
    def made() -> bytes:
        path = tmp_path_factory.mktemp("schema") / "livewatch.db"
        make_private(path)
        Database(path).close()
        return path.read_bytes()

    def private(path: Path) -> None:
        is_new = not path.exists()
        make_private(path)
        if is_new:
            path.write_bytes(made())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("monitor.store.database.make_private", private)
        yield


@pytest.fixture(scope="session", autouse=True)
def _commits_need_not_outlive_a_power_cut() -> Iterator[None]:
    """Nothing waits for the disk: it takes 10 ms a commit, and what a killed process has written the
    system has."""

    def unflushed(path: Path, *, readonly: bool) -> sa.Engine:
        engine = _engine(path, readonly=readonly)
        sa.event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA synchronous=OFF"))
        return engine

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("monitor.store.database._engine", unflushed)
        yield


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """The machine's clock is not Beijing's."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that this test opens are flushed to the disk, as at an office."""
    monkeypatch.setattr("monitor.store.database._engine", _engine)


@pytest.fixture
def schema_made_by_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database file that this test makes begins empty, as at an office."""
    monkeypatch.setattr("monitor.store.database.make_private", make_private)


class Served:
    """The monitor, and a client that knows the token."""

    def __init__(self, runtime: Runtime, url: str, session: aiohttp.ClientSession) -> None:
        self.runtime = runtime
        self.url = url
        self.session = session

    async def post(
        self, body: bytes, *, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, body and headers of the answer to a body of events."""
        sent = {"Authorization": f"Bearer {TOKEN}"} if headers is None else headers
        async with self.session.post(
            f"{self.url}/api/v1/events", data=body, headers=sent
        ) as response:
            answer: dict[str, Any] = msgspec.json.decode(await response.read())
            return response.status, answer, dict(response.headers)

    async def get(self, path: str) -> tuple[int, bytes]:
        async with self.session.get(self.url + path) as response:
            return response.status, await response.read()

    async def alerts(self, count: int) -> list[dict[str, Any]]:
        """The alerts, as soon as there are so many."""
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop = self.runtime.store.listen(lambda _seq: loop.call_soon_threadsafe(changed.set))
        try:
            while True:
                _, body = await self.get("/api/v1/alerts")
                items: list[dict[str, Any]] = msgspec.json.decode(body)["items"]
                if len(items) >= count:
                    return items
                async with asyncio.timeout(PATIENCE_S):
                    await changed.wait()
                changed.clear()
        finally:
            stop()


class Serve:
    """Starts monitors: `await serve(config)`, in `tmp_path/data` by default."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self._folder = folder
        self._session = session
        self._runners: list[web.AppRunner] = []

    async def __call__(
        self,
        config: Config | None = None,
        data: Path | None = None,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> Served:
        runtime = Runtime(
            data or self._folder / "data", config or Config(), rulebook=rulebook(), clock=clock
        )
        runner = build_runner(runtime, token=TOKEN)
        await runner.setup()
        self._runners.append(runner)
        await GuardedSite(runner, runner.app[GUARD], "127.0.0.1", 0).start()
        return Served(runtime, f"http://127.0.0.1:{runner.addresses[0][1]}", self._session)

    async def stop(self) -> None:
        """Ends all that run."""
        while self._runners:
            await self._runners.pop().cleanup()


@pytest_asyncio.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    async with aiohttp.ClientSession() as session:
        starting = Serve(tmp_path, session)
        yield starting
        await starting.stop()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    """The server; started once for all processes of the run."""

    @contextmanager
    def start() -> Iterator[str]:
        with running_server() as url:
            yield url.render_as_string(hide_password=False)

    with shared("postgres", tmp_path_factory, start) as url:
        yield sa.make_url(url)


@pytest.fixture
def postgres_url(postgres_server: sa.URL) -> Iterator[sa.URL]:
    """An empty schema of its own, as a database that knows nothing else."""
    with schema(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def _kept_schemas(postgres_server: sa.URL) -> Iterator[KeptSchemas]:
    with KeptSchemas(postgres_server) as kept:
        yield kept


@pytest.fixture
def embedded_store(tmp_path: Path) -> Iterator[Store]:
    """A store on a file."""
    opened = Store.open(tmp_path / "livewatch.db")
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(_kept_schemas: KeptSchemas) -> Iterator[Store]:
    """A store on the server."""
    with _kept_schemas.one() as url:
        opened = Store.connect(url)
        yield opened
        opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """Either of them: whatever the store does, it does on both."""
    name = "embedded_store" if request.param == "sqlite" else "postgres_store"
    opened: Store = request.getfixturevalue(name)
    return opened
