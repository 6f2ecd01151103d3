"""Channels and routes are changed while the monitor runs; nothing that waits is lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from monitor.app import build_runner
from monitor.config import load_config
from monitor.desk.keys import NOTIFICATIONS
from monitor.runtime import Runtime
from monitor.sources.embedded import sources_of
from tests.connectors.lines import until
from tests.monitor.build import BASE_MS, speech
from tests.monitor.conftest import TOKEN
from tests.monitor.notify.bots import FeishuBot
from tests.monitor.notify.conftest import Office
from tests.monitor.rules import rulebook
from tests.monitor.sources.test_service import replace

CHANNEL = """
[notify.channels.{name}]
type = "feishu"
url_file = "{url}"
"""
ROUTE = """
[[notify.routes]]
channels = ["{name}"]
levels = ["watch", "lead"]
"""


@pytest.mark.slow
@pytest.mark.asyncio
async def test_channels_and_routes_follow_the_configuration(tmp_path: Path) -> None:
    office = Office(tmp_path)
    bots = {name: FeishuBot(time.monotonic) for name in ("one", "two")}
    urls = {name: (await office.bot(name, bot))["url_file"] for name, bot in bots.items()}
    path = tmp_path / "livewatch.toml"

    def write(*names: str, route: str = "") -> None:
        head = "[pipeline]\nlateness_ms = 100\ngrace_ms = 0\n[collection]\nreload_s = 0.2\n"
        channels = [CHANNEL.format(name=name, url=urls[name]) for name in names]
        replace(path, head + "".join(channels) + (ROUTE.format(name=route) if route else ""))

    write()
    runtime = Runtime(tmp_path / "data", load_config(path, {}), rulebook=rulebook())
    sources = sources_of(runtime, path)
    runner = build_runner(runtime, token=TOKEN, sources=sources)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    told = runner.app[NOTIFICATIONS]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def say(number: int) -> None:
            now = time.time() - BASE_MS / 1_000
            body = speech(f"s{number}", now, sku=str(number))
            async with session.post(f"{url}/api/v1/events", data=body) as answer:
                assert answer.status == 202

        async def channels() -> list[dict[str, Any]]:
            async with session.get(f"{url}/api/v1/notifications") as answer:
                found: list[dict[str, Any]] = (await answer.json())["channels"]
                return found

        assert await channels() == []
        async with session.get(f"{url}/alerts") as answer:
            assert 'href="/notifications"' not in await answer.text()
        write("one", route="one")
        sources.reload()
        await until(lambda: "one" in told.lanes)
        await say(1)
        await until(lambda: bots["one"].texts)
        # Refused as a whole: nothing changes, and it is told.
        write("one", route="nobody")
        sources.reload()
        await until(lambda: sources.reloading.refused)
        assert "nobody" in str(sources.reloading.refused)
        assert [one["name"] for one in await channels()] == ["one"]
        # What waits for a channel that is taken out waits until it is there again.
        bots["one"].failing += [500] * 100  # however often it is tried before it is taken out
        await say(2)
        await until(lambda: told.lanes["one"].problem)
        write("two", route="two")
        sources.reload()
        await until(lambda: "two" in told.lanes)
        await say(3)
        await until(lambda: bots["two"].texts)
        assert len(bots["one"].texts) == 1
        async with session.get(f"{url}/metrics") as answer:
            text = await answer.text()
        assert 'notification_queue_messages{channel="two"}' in text
        assert 'notification_queue_messages{channel="one"}' not in text
        bots["one"].failing.clear()
        write("one", "two", route="two")
        sources.reload()
        await until(lambda: len(bots["one"].texts) == 2)
        assert len(bots["two"].texts) == 1
    await runner.cleanup()
    await office.close()
    await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_channel_that_waits_for_its_limits_leaves_at_once(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.start({"one": await office.bot("one", FeishuBot(office.clock.seconds))}, [])
    lane = office.notifications.lanes["one"]
    lane._pace.hold(office.clock.seconds() + 3_600)
    running = asyncio.create_task(lane.run())
    await asyncio.sleep(0.3)
    lane.wake()
    await asyncio.sleep(0.1)
    lane.leave()
    # It would look again after 30 s.
    await asyncio.wait_for(running, 15)
    await office.close()
