"""A desk over a real store, called in the same loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from monitor.desk import setup
from monitor.store.store import Store
from tests.monitor.desk.evening import NOW, rulebook


@pytest.fixture
def store(embedded_store: Store) -> Store:
    return embedded_store


@pytest_asyncio.fixture
async def client(store: Store) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    setup(app, store=store, rulebook=rulebook(), clock=lambda: NOW)
    async with TestClient(TestServer(app)) as opened:
        yield opened
