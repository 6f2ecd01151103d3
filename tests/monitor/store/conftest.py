"""A store for each test: on a real file, and on a real PostgreSQL server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.store.store import Store
from tests.postgres import running_server
from tests.shared import shared


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
    name = f"livewatch_test_{secrets.token_hex(6)}"
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        yield postgres_server.update_query_dict({"options": f"-csearch_path={name}"})
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


@pytest.fixture
def embedded_store(tmp_path: Path) -> Iterator[Store]:
    """A store on a file."""
    opened = Store.open(tmp_path / "livewatch.db")
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(postgres_url: sa.URL) -> Iterator[Store]:
    """A store on the server."""
    opened = Store.connect(postgres_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """Either of them: whatever the store does, it does on both."""
    name = "embedded_store" if request.param == "sqlite" else "postgres_store"
    opened: Store = request.getfixturevalue(name)
    return opened
