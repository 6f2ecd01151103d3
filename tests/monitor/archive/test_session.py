"""The page of what a room had around an alert: the same from the log and from the archive."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from detectors.alerts import Evidence
from detectors.events import decode
from monitor.archive.history import RoomHistory
from monitor.config import Archive
from monitor.desk import setup
from monitor.pipeline.log import Retention
from monitor.store.rows import Outcome
from tests.monitor.archive.deposit import HOUR, Deposit
from tests.monitor.build import BASE_MS, alert, chat
from tests.monitor.desk.evening import rulebook

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def deposit(tmp_path: Path) -> Deposit:
    made = Deposit(tmp_path / "d")
    made.append(0)
    made.append(1)
    trigger = decode(chat("h0-15", 15, "想要15", room="1"))
    made.store.commit(
        Outcome(alerts=[alert("A", room="1", t_s=15, evidence=Evidence(trigger=[trigger]))]),
        BASE_MS,
    )
    return made


@pytest_asyncio.fixture
async def client(deposit: Deposit) -> AsyncIterator[Client]:
    app = web.Application()
    settings = Archive(to="folder", folder=str(deposit.folder / "kept"))
    history = RoomHistory(deposit.store.database, settings, deposit.folder)
    setup(
        app, store=deposit.store, rulebook=rulebook(), clock=lambda: BASE_MS, history=history
    )  # fmt: skip
    async with TestClient(TestServer(app)) as opened:
        yield opened
    deposit.close()


async def words(client: Client, query: str = "") -> list[str]:
    alert_id = alert("A", room="1", t_s=15).id
    answer = await client.get(f"/alerts/{alert_id}/session{query}")
    assert answer.status == 200
    text = await answer.text()
    return [*re.findall("想要[0-9]+", text), *re.findall('role="alert">[^<]*', text)]


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_page_is_the_same_whether_the_log_has_it_or_not(
    client: Client, deposit: Deposit
) -> None:
    before = await words(client)
    assert before == [f"想要{n}" for n in range(0, 30, 3)]
    deposit.write(2)
    deposit.log.trim(
        Retention(max_age_ms=1, max_bytes=1), now=BASE_MS + 99 * HOUR,
        until=deposit.archiver.reached,
    )  # fmt: skip
    assert deposit.log.read(0, 10) == []
    assert await words(client) == before
    assert await words(client, f"?from={BASE_MS + HOUR}") == [f"想要{n}" for n in range(0, 30, 3)]
    assert await words(client, f"?from={BASE_MS + 20 * HOUR}") == []
    for bad in ("x", "-1", "9" * 400, "9" * 15, "0" * 5_000, "１"):
        assert await words(client, f"?from={bad}") == before
    # A file that is not what it was is not shown, and that is said.
    [file] = (deposit.folder / "kept").rglob("12/demo-1/*.parquet")
    file.write_bytes(file.read_bytes()[:-1])
    [told] = await words(client)
    assert "读不到" in told
    answer = await client.get("/alerts/none/session")
    assert answer.status == 404
