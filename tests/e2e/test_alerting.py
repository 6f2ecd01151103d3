"""Faults of a running monitor, as who is on call hears of them.

A real Prometheus scrapes it with the shipped rules, a real Alertmanager passes the alerts on. Each
fault is caused, its alert fires and arrives, and is over when the fault is mended. Then every query
of every board is tried.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.test_prometheus import boards
from tests.deploy.tools import free_port
from tests.e2e.alerting import Pager, Relay, Watchers, asked, every, wait_for
from tests.e2e.process import MonitorProcess
from tests.monitor.evidence.authority import LocalAuthority

pytestmark = pytest.mark.slow

GIB = 2**30
#: Panels that have data once an hour is over and in the archive: tests/monitor/archive.
ARCHIVED = {"Archive", "Files of the archive"}
#: A series that ingestion on Kafka alone has; its panel shows another of the embedded monitor.
ON_KAFKA = "livewatch_frames_not_kept_total"
CONFIGURATION = """
[notify.channels.desk]
type = "alertmanager"
urls = ["{alertmanager}"]
resend_s = 1.0

[[notify.routes]]
channels = ["desk"]
levels = ["lead", "watch", "info"]

[collection]
reload_s = 0.2

[evidence]
head_s = 2.0

[[evidence.authorities]]
name = "local"
url = "{authority}"
roots_file = "{roots}"

[[sources]]
name = "lines"
type = "relay"
decoder = "jsonl"
platform = "demo"
rooms = ["77001"]
first_wait_s = 0.05
longest_wait_s = 0.2
[sources.options]
url = "ws://127.0.0.1:{port}/ws/{{room}}"
"""


def events(number: int, room: str) -> list[bytes]:
    """Forty events of now, an alert of its own among them."""
    now = time.time_ns() // 1_000_000
    common = {"platform": "demo", "room": room, "session": "s"}
    spoken = [
        {"type": "speech", "id": f"{number}-{place}", "at": now + place, "speaker": "host",
         "text": "这个苹果很甜", "sku": f"A{number}"}
        for place in range(40)
    ]  # fmt: skip
    shout = {"type": "chat", "id": f"{number}-c", "at": now, "user": f"u{number}",
             "role": "viewer", "text": "喊"}  # fmt: skip
    begun = {"type": "session", "id": "start", "at": now, "phase": "started"}
    return [json.dumps(common | event).encode() for event in (begun, *spoken, shout)]


class Site:
    """A monitor, its source, and who watches over it."""

    def __init__(self, folder: Path) -> None:
        self.pager = Pager()
        self.relay = Relay()
        self.config = folder / "livewatch.toml"
        self.alertmanager = f"http://127.0.0.1:{free_port()}"
        self.authority = LocalAuthority(folder / "authority")
        self.authority.mode = "broken"
        self._stamping = self.authority.serving()
        authority = self._stamping.__enter__()
        self.write(
            CONFIGURATION.format(
                port=self.relay.port,
                alertmanager=self.alertmanager,
                authority=authority.url,
                roots=authority.roots_file,
            )
        )
        self.data = folder / "data"
        self.room_left = shutil.disk_usage(folder).free
        self.monitor = MonitorProcess(
            self.data,
            "--config",
            str(self.config),
            # With two gibibytes less than there are now, the disk counts as full.
            environment={"LIVEWATCH__INGEST__MIN_FREE_BYTES": str(self.room_left - 2 * GIB)},
        )
        self.watchers = Watchers(
            folder / "watchers",
            [self.monitor.url.removeprefix("http://")],
            self.pager,
            alertmanager=self.alertmanager,
        )

    def write(self, text: str) -> None:
        new = self.config.with_name("new.toml")
        new.write_text(text, encoding="utf-8")
        new.replace(self.config)

    def feed(self, number: int) -> None:
        """What comes in each second: over HTTP, by the source, a repetition, and nonsense."""
        lines = events(number, "1")
        self.monitor.post([*lines, lines[0], b"{"])
        self.relay.say(b"\n".join(events(number, "77001")))
        if number % 4 == 1:
            items = self.monitor.get("/api/v1/alerts?limit=50&rule=viewer&fields=brief")["items"]
            fresh = [item for item in items if item["status"] == "new"]
            for item in fresh[:1]:
                body = json.dumps({"reason": "confirmed", "who": "李"}).encode()
                self.monitor.request(
                    "POST",
                    f"/api/v1/alerts/{item['id']}/close",
                    body,
                    {"Content-Type": "application/json"},
                )

    def fires(self, alert: str) -> None:
        wait_for(lambda: self.watchers.firing(alert), f"{alert} does not fire")
        wait_for(lambda: self.pager.state(alert) == "firing", f"nobody hears of {alert}")

    def is_over(self, alert: str) -> None:
        wait_for(lambda: not self.watchers.firing(alert), f"{alert} goes on")
        wait_for(lambda: self.pager.state(alert) == "resolved", f"nobody hears the end of {alert}")

    def is_inhibited(self, alert: str) -> bool:
        """Does Alertmanager keep it back, since another one explains it?"""
        found = asked(f"{self.alertmanager}/api/v2/alerts")
        return any(
            each["labels"]["alertname"] == alert and each["status"]["inhibitedBy"] for each in found
        )

    def close(self) -> None:
        if self.monitor.process.poll() is None:
            self.monitor.kill()
        self.watchers.close()
        self.relay.close()
        self.pager.close()
        self._stamping.__exit__(None, None, None)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    if shutil.disk_usage(tmp_path).free < 8 * GIB:
        pytest.skip("the test fills a disk: it needs 8 GiB of free space")
    made = Site(tmp_path)
    yield made
    made.close()


# 46 s of processor time. `make test` has each rule on its own cases (tests/deploy/test_prometheus.py).
@pytest.mark.slow(4)
@pytest.mark.whole
def test_faults_are_heard_of_end_and_every_panel_has_data(site: Site, tmp_path: Path) -> None:
    with every(1.0, site.feed):
        # The chain itself is looked at first.
        wait_for(lambda: site.pager.state("LivewatchWatchdog"), "no watchdog")
        # A machine that is busy may keep it from answering for a second.
        wait_for(lambda: not site.watchers.firing("LivewatchDown"), "it is taken for dead")

        # What livewatch found goes to the desk, by the same Alertmanager.
        wait_for(
            lambda: ("/desk", "viewer", "firing") in site.pager.heard, "the desk hears nothing"
        )
        assert not any(name == "viewer" for path, name, _ in site.pager.heard if path != "/desk")

        # The time stamp authority answers with 500; later on it works.
        site.fires("LivewatchTimestampsOverdue")
        site.authority.mode = "granted"

        # A source is cut off.
        site.relay.cut()
        site.fires("LivewatchSourceDown")
        unwatched = site.monitor.get("/api/v1/unwatched")["items"]
        assert [room["room"] for room in unwatched] == ["77001"]
        site.relay.start()
        site.is_over("LivewatchSourceDown")

        # The disk is filled: events are refused, /healthz and the alert say why.
        filler = tmp_path / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 4 * GIB)
        site.fires("LivewatchDiskFull")
        wait_for(lambda: site.watchers.firing("LivewatchRefusesEvents"))
        health = site.monitor.get("/healthz")
        assert health["status"] == "degraded"
        assert "the disk is nearly full" in health["problems"][0]
        # A full disk explains why events are refused, so nobody is called for that as well.
        wait_for(lambda: site.is_inhibited("LivewatchRefusesEvents"))
        filler.unlink()
        site.is_over("LivewatchDiskFull")

        # The configuration is broken, and mended.
        good = site.config.read_text(encoding="utf-8")
        site.write(good + "\nprot = 1\n")
        site.fires("LivewatchConfigurationRefused")
        site.write(good)
        site.is_over("LivewatchConfigurationRefused")

        # The process stands still.
        site.monitor.process.send_signal(signal.SIGSTOP)
        site.fires("LivewatchDown")
        site.monitor.process.send_signal(signal.SIGCONT)
        site.is_over("LivewatchDown")

        site.is_over("LivewatchTimestampsOverdue")

        for board in boards.BOARDS:
            if board.name == "kafka":
                continue  # of workers on Kafka: tests/monitor/pipeline/kafka
            for panel in board.panels:
                if panel.title in ARCHIVED:
                    continue
                for query in panel.queries:
                    promql = query.asked("1m")
                    if ON_KAFKA in promql:
                        continue
                    wait_for(
                        lambda promql=promql: site.watchers.query(promql),
                        f"{board.name}, {panel.title}: {promql} has no data",
                    )

        # A late alert can be opened from the graph.
        [exemplar, *_] = [
            each["labels"]["alert"]
            for series in site.watchers.exemplars("livewatch_event_delay_seconds_bucket")
            for each in series["exemplars"]
        ]
        assert site.monitor.get(f"/api/v1/alerts/{exemplar}")["id"] == exemplar
