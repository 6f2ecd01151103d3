"""A store for each test: on a real file, and on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.store.store import Store
from tests.postgres import running_server

_schemas = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    """The server; started once."""
    with running_server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: sa.URL) -> Iterator[sa.URL]:
    """An empty schema of its own, as a database that knows nothing else."""
    name = f"livewatch_test_{next(_schemas)}"
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
