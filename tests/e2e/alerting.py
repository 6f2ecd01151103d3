"""Prometheus and Alertmanager of Debian's packages over a running monitor, and who hears of alerts.

The rules are the shipped ones; only their waiting times are left out, so that a fault of seconds is
enough.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.deploy.tools import ALERTS, DEPLOY, RECORDED, free_port, program
from tests.patience import PATIENCE_S

#: They are on this machine: no proxy stands between.
_near = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def wait_for(what: Callable[[], Any], says: str = "it did not happen") -> Any:
    """What is true in the end; a failure after a long time."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if found := what():
                return found
        time.sleep(0.25)
    raise AssertionError(says)


def asked(url: str) -> Any:
    """The answer of an API, as JSON."""
    with _near.open(url, timeout=PATIENCE_S) as answer:
        return json.load(answer)


class Pager:
    """Whom Alertmanager calls: keeps each alert's latest state."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        """Receiver, name of the alert, `firing` or `resolved`, in the order of arrival."""
        pager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for alert in body["alerts"]:
                    pager.heard.append((self.path, alert["labels"]["alertname"], alert["status"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def state(self, alert: str) -> str | None:
        """What was said of an alert last."""
        return next((state for _, name, state in reversed(self.heard) if name == alert), None)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Relay:
    """A program on this machine that serves a room as a websocket, and can be cut off."""

    def __init__(self) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()
        self.start()

    def start(self) -> None:
        self._do(self._start())

    def cut(self) -> None:
        """The program ends: nobody listens there any more."""
        self._do(self._stop())

    def say(self, lines: bytes) -> None:
        self._do(self._say(lines))

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/ws/{room}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _stop(self) -> None:
        if self._runner is not None:
            for socket in tuple(self._sockets):
                await socket.close()
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for _ in socket:
                pass
        finally:
            self._sockets.discard(socket)
        return socket

    async def _say(self, lines: bytes) -> None:
        for socket in tuple(self._sockets):
            with contextlib.suppress(ConnectionError):
                await socket.send_str(lines.decode())


class Watchers:
    """A Prometheus that scrapes targets each second, and its Alertmanager."""

    def __init__(
        self, folder: Path, targets: list[str], pager: Pager, *, alertmanager: str
    ) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.alertmanager = alertmanager
        self._processes: list[subprocess.Popen[bytes]] = []
        folder.mkdir()
        self._start_alertmanager(folder, pager)
        self._start_prometheus(folder, targets)
        wait_for(lambda: self._ready(f"{self.url}/-/ready"), "Prometheus does not start")
        wait_for(lambda: self._ready(f"{self.alertmanager}/-/ready"), "Alertmanager does not start")

    def _start_alertmanager(self, folder: Path, pager: Pager) -> None:
        text = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text("utf-8")
        text = text.replace("http://127.0.0.1:9099", pager.url)
        text = re.sub(r"group_wait: \S+", "group_wait: 0s", text)
        text = re.sub(r"group_interval: \S+", "group_interval: 1s", text)
        (folder / "alertmanager.yml").write_text(text, encoding="utf-8")
        self._run(
            program("alertmanager", "prometheus-alertmanager", package="prometheus-alertmanager"),
            f"--config.file={folder}/alertmanager.yml",
            f"--storage.path={folder}/alertmanager",
            f"--web.listen-address={self.alertmanager.removeprefix('http://')}",
            "--cluster.listen-address=",
            log=folder / "alertmanager.log",
        )

    def _start_prometheus(self, folder: Path, targets: list[str]) -> None:
        (folder / "rules.yml").write_text(RECORDED.read_text("utf-8"), encoding="utf-8")
        alerts = re.sub(r"(?m)^\s+for: \S+\n", "", ALERTS.read_text("utf-8"))
        (folder / "alerts.yml").write_text(alerts, encoding="utf-8")
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{folder}/rules.yml", f"{folder}/alerts.yml"],
            "alerting": {
                "alertmanagers": [
                    {"static_configs": [{"targets": [self.alertmanager.removeprefix("http://")]}]}
                ]
            },
            "scrape_configs": [
                {"job_name": "livewatch", "static_configs": [{"targets": targets}]},
            ],
        }
        # JSON is YAML.
        (folder / "prometheus.yml").write_text(json.dumps(configuration), encoding="utf-8")
        self._run(
            program("prometheus", package="prometheus"),
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/prometheus",
            f"--web.listen-address={self.url.removeprefix('http://')}",
            "--enable-feature=exemplar-storage",
            # What fires before Alertmanager is known, within five seconds, is sent again: not
            # after a minute.
            "--rules.alert.resend-delay=1s",
            "--log.level=warn",
            log=folder / "prometheus.log",
        )

    def _run(self, *arguments: str, log: Path) -> None:
        with log.open("wb") as output:
            self._processes.append(
                subprocess.Popen(arguments, stdout=output, stderr=subprocess.STDOUT)
            )

    @staticmethod
    def _ready(url: str) -> bool:
        with _near.open(url, timeout=5) as answer:
            return bool(answer.status == 200)

    def query(self, promql: str) -> list[dict[str, Any]]:
        """What a query gives now."""
        url = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': promql})}"
        found: list[dict[str, Any]] = asked(url)["data"]["result"]
        return found

    def firing(self, alert: str) -> bool:
        """Does Prometheus say that an alert fires?"""
        return bool(self.query(f'ALERTS{{alertname="{alert}", alertstate="firing"}}'))

    def exemplars(self, series: str) -> list[dict[str, Any]]:
        """The exemplars of a series of the last quarter of an hour."""
        now = time.time()
        asking = urllib.parse.urlencode({"query": series, "start": now - 900, "end": now})
        found: list[dict[str, Any]] = asked(f"{self.url}/api/v1/query_exemplars?{asking}")["data"]
        return found

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(PATIENCE_S)


@contextlib.contextmanager
def every(seconds: float, work: Callable[[int], None]) -> Iterator[None]:
    """Does something again and again beside the test, with its number."""
    over = threading.Event()

    def run() -> None:
        number = 0
        while not over.wait(seconds):
            # While the monitor is stopped on purpose nobody takes anything.
            with contextlib.suppress(OSError, AssertionError):
                work(number)
            number += 1

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
