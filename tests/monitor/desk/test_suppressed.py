"""A suppressed alert on the console: marked with the reason, and kept where it was."""

from __future__ import annotations

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from detectors.alerts import Suppressed
from monitor.store.store import Store
from tests.monitor.desk import evening

Desk = TestClient[web.Request, web.Application]
MARK = Suppressed(by="winery", reason="自有窖藏，已核实", author="王某", expires_on="2026-12-31")


async def text(client: Desk, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.text()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_it_is_listed_with_its_mark_and_can_be_read(client: Desk, store: Store) -> None:
    plain = evening.alert()
    marked = msgspec.structs.replace(evening.alert(subject="T2"), suppressed=MARK)
    evening.fill(store, [plain, marked])
    page = await text(client, "/alerts")
    assert page.count('class="row"') == 2
    assert page.count("本单位不提示") == 1
    assert 'title="自有窖藏，已核实"' in page
    page = await text(client, f"/alerts/{marked.id}")
    assert "王某设为不提示，至 2026-12-31 前" in page
    assert "自有窖藏，已核实" in page
    assert "本单位不提示" not in await text(client, f"/alerts/{plain.id}")


@pytest.mark.asyncio
async def test_programs_see_the_mark(client: Desk, store: Store) -> None:
    marked = msgspec.structs.replace(evening.alert(), suppressed=MARK)
    evening.fill(store, [marked])
    answer = await client.get(f"/api/v1/alerts/{marked.id}")
    data = await answer.json()
    assert data["suppressed"] == {
        "by": "winery", "reason": "自有窖藏，已核实", "author": "王某", "expires_on": "2026-12-31",
    }  # fmt: skip
