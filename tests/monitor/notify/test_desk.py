"""What people see and do: the API, the page with its button, the command."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from monitor.commands import notify as command
from monitor.commands.exits import Exit
from monitor.config import Config
from monitor.notify.settings import Notify
from tests.connectors.lines import until
from tests.monitor.build import chat, speech
from tests.monitor.conftest import Serve, Served, serve
from tests.monitor.notify.bots import WeComBot
from tests.monitor.notify.conftest import Office

__all__ = ["serve"]

pytestmark = pytest.mark.asyncio


class Desk:
    def __init__(
        self, served: Served, bot: WeComBot, channels: dict[str, Any], folder: Path
    ) -> None:
        self.served = served
        self.bot = bot
        self.config = folder / "livewatch.toml"
        lines = [
            f'[notify.channels.{name}]\ntype = "wecom"\nurl_file = "{each["url_file"]}"'
            for name, each in channels.items()
        ]
        self.config.write_text("\n".join(lines) + "\n")

    async def get(self, path: str) -> Any:
        return msgspec.json.decode((await self.served.get(path))[1])

    async def post(self, path: str, body: object) -> int:
        async with self.served.session.post(self.served.url + path, json=body) as answer:
            return answer.status


@pytest_asyncio.fixture
async def desk(serve: Serve, tmp_path: Path) -> AsyncIterator[Desk]:
    office = Office(tmp_path)
    bot = WeComBot(time.monotonic)
    channels = {"bot": await office.bot("bot", bot)}
    routes = [{"channels": ["bot"], "levels": ["watch", "lead"]}]
    notify = msgspec.convert(
        {"channels": channels, "routes": routes, "max_age_min": 10_080}, Notify
    )
    office.start({}, [])
    served = await serve(Config(notify=notify))
    yield Desk(served, bot, channels, tmp_path)
    await serve.stop()
    await office.close()


@pytest.mark.slow
async def test_an_alert_of_now_is_told_and_seen_where_it_went(desk: Desk) -> None:
    at = time.time() - 1_790_856_000
    await desk.served.post(b"\n".join([speech("s", at), chat("c", at + 5)]))
    [alert] = await desk.served.alerts(1)
    await until(lambda: desk.bot.texts)
    assert f"/alerts/{alert['id']}" in desk.bot.texts[0]
    while True:
        found = await desk.get(f"/api/v1/notifications?alert={alert['id']}")
        if found["items"][0]["state"] == "sent":
            break
    [item] = found["items"]
    assert item["channel"] == "bot"
    [channel] = found["channels"]
    assert (channel["name"], channel["waiting"], channel["sent"], channel["problem"]) == (
        "bot",
        0,
        1,
        None,
    )
    metrics = (await desk.served.get("/metrics"))[1].decode()
    assert 'livewatch_notifications_total{channel="bot",outcome="sent"} 1.0' in metrics
    assert 'livewatch_notification_queue_messages{channel="bot"} 0.0' in metrics
    assert 'livewatch_event_delay_seconds_count{stage="notify"} 1.0' in metrics


@pytest.mark.slow
async def test_the_button_sends_a_test(desk: Desk) -> None:
    page = (await desk.served.get("/notifications"))[1].decode()
    [token] = set(re.findall(r'name="token" value="([^"]+)"', page))
    url = desk.served.url + "/notifications/test"
    form = {"token": token, "channel": "bot"}
    # Cookies of an address are kept only where they are allowed to be.
    headers = {"Cookie": f"livewatch_form={token}"}
    async with desk.served.session.post(url, data=form | {"token": "x"}, headers=headers) as answer:
        assert answer.status == 403
    async with desk.served.session.post(url, data=form, headers=headers) as answer:
        assert answer.status == 200
        assert "测试消息已排队：bot" in await answer.text()
    await until(lambda: desk.bot.texts)
    assert "通知测试" in desk.bot.texts[0]
    async with desk.served.session.post(
        url, data=form | {"channel": "none"}, headers=headers
    ) as answer:
        assert answer.status == 404


@pytest.mark.slow
async def test_the_api_tries_lists_and_refuses_what_makes_no_sense(desk: Desk) -> None:
    assert await desk.post("/api/v1/notifications/test", {"channel": "bot"}) == 202
    await until(lambda: desk.bot.texts)
    assert await desk.post("/api/v1/notifications/test", {"channel": "none"}) == 404
    assert await desk.post("/api/v1/notifications/test", {}) == 422
    assert await desk.post("/api/v1/notifications/retry", {}) == 202
    for query in ("state=gone", "limit=0", "limit=0000000019", "limit=x", "rooms=1"):
        assert (await desk.served.get(f"/api/v1/notifications?{query}"))[0] == 400, query


@pytest.mark.slow
async def test_a_channel_that_fails_degrades(desk: Desk) -> None:
    desk.bot.failing.extend([500] * 50)
    await desk.post("/api/v1/notifications/test", {"channel": "bot"})
    while (health := await desk.get("/healthz"))["status"] != "degraded":
        pass
    assert health["problems"] == ["channel bot: HTTP 500"]
    metrics = (await desk.served.get("/metrics"))[1].decode()
    assert 'livewatch_problem{kind="notifications"} 1.0' in metrics


@pytest.mark.slow
async def test_the_command_tries_each_channel_from_here(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await asyncio.to_thread(command.try_channels, desk.config, [])
    assert status == Exit.DONE
    assert "ok    bot" in capsys.readouterr().out
    assert len(desk.bot.texts) == 1
    desk.bot.failing.append({"errcode": 93000, "errmsg": "invalid webhook url"})
    status = await asyncio.to_thread(command.try_channels, desk.config, ["bot"])
    assert status == Exit.CHECK_FAILED
    assert "fail  bot: errcode 93000: invalid webhook url" in capsys.readouterr().out
    assert await asyncio.to_thread(command.try_channels, desk.config, ["none"]) == Exit.USAGE


@pytest.mark.slow
async def test_the_command_lists_what_the_monitor_says(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    await desk.post("/api/v1/notifications/test", {"channel": "bot"})
    await until(lambda: desk.bot.texts)
    url = desk.served.url
    assert (
        await asyncio.to_thread(command.show, desk.config, url, None, 10, as_json=True) == Exit.DONE
    )
    out = capsys.readouterr().out
    listed = json.loads(out[out.index("{\n") :])
    assert [item["kind"] for item in listed["items"]] == ["test"]
    assert await asyncio.to_thread(command.retry, desk.config, url, None) == Exit.DONE
    gone = "http://127.0.0.1:1"
    assert await asyncio.to_thread(command.retry, desk.config, gone, None) == Exit.UNREACHABLE
