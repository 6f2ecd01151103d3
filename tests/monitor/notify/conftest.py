"""Notifications over a real store, real requests, and a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web

from detectors.alerts import Alert
from monitor.metrics import Metrics
from monitor.notify.service import Notifications
from monitor.notify.settings import Notify
from monitor.store.outbox import Delivery
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.build import BASE_MS
from tests.monitor.notify.bots import Bot


class Clock:
    """Seconds that go on only when somebody waits."""

    def __init__(self) -> None:
        self.at = 0.0

    def seconds(self) -> float:
        return self.at

    def ms(self) -> int:
        return BASE_MS + round(self.at * 1_000)


class Office:
    """A store, what tells of it, and servers that hear of it."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.folder = folder
        self.clock = Clock()
        self.store = store or Store.open(folder / "livewatch.db")
        self.metrics = Metrics()
        self.notifications: Notifications
        self._runners: list[web.AppRunner] = []
        self._made: list[Notifications] = []

    async def serve(self, handler: Any) -> str:
        """An address at which a handler answers POST."""
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/{path:.*}", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def bot(self, name: str, bot: Bot, **settings: Any) -> dict[str, Any]:
        """The settings of a channel that leads to a bot."""
        url = await self.serve(bot.answer)
        kind = type(bot).__name__.removesuffix("Bot").lower()
        path = {"wecom": "/cgi-bin/webhook/send?key=K", "dingtalk": "/robot/send?access_token=T"}
        chosen = {"type": kind, "url_file": self.secret(f"{name}.url", url + path.get(kind, "/h"))}
        if bot.secret:
            chosen["secret_file"] = self.secret(f"{name}.secret", bot.secret)
        if bot.keyword:
            chosen["keyword"] = bot.keyword
        return chosen | settings

    def secret(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text + "\n")
        return str(path)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text().strip()

    def start(self, channels: dict[str, Any], routes: list[dict[str, Any]], **more: Any) -> None:
        """Begins to tell; a second time, as after a restart."""
        settings = msgspec.convert({"channels": channels, "routes": routes, **more}, Notify)
        made = Notifications(settings, self.store, self.metrics, clock=self.clock.ms)
        for lane in made.lanes.values():
            lane._seconds = self.clock.seconds
            lane._random.seed(1)
        self.notifications = made
        self._made.append(made)

    def raise_(self, *alerts: Alert) -> None:
        """Commits alerts and looks at them."""
        self.store.commit(Outcome(alerts=list(alerts)), self.clock.ms())
        self.look()

    def look(self) -> None:
        while self.notifications.take():
            pass

    async def pass_(self, seconds: float, names: Iterable[str] | None = None) -> None:
        """Lets time go by; each channel sends what it may on its turn."""
        end = self.clock.at + seconds
        lanes = [self.notifications.lanes[name] for name in names or self.notifications.lanes]
        due = dict.fromkeys(range(len(lanes)), self.clock.at)
        while True:
            number = min(due, key=lambda one: due[one])
            if due[number] > end:
                break
            self.clock.at = max(self.clock.at, due[number])
            wait_s = await lanes[number].round()
            # A request takes its time, too.
            due[number] = self.clock.at + max(0.01, wait_s)
        self.clock.at = end

    def deliveries(self, **wanted: Any) -> list[Delivery]:
        return self.notifications.overview(100_000, **wanted)[1]

    def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.deliveries():
            found[each.state] = found.get(each.state, 0) + 1
        return found

    async def close(self) -> None:
        for made in self._made:
            await made._http.close()
        for runner in self._runners:
            await runner.cleanup()
        await asyncio.to_thread(self.store.close)


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made = Office(tmp_path)
    yield made
    await made.close()


@pytest.fixture(autouse=True)
def _restart_recalls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing reaches out through a proxy of the environment."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
