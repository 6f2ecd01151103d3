"""`livewatch serve` on a live room of a platform that breaks off, while the monitor is killed: what
was taken is counted once, and what was not is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detectors.events import Chat, Gap
from tests.connectors.decoders.bilibili_frames import brotlied, danmu, plain, zlibbed
from tests.connectors.platform import APP_ID, CODE, KEY_ID, ROOM, SECRET, Platform, platform
from tests.e2e.test_sources import events_of, started, stored, wait
from tests.patience import PATIENCE_S, UnderWay


class Room:
    """A room in which somebody says a number every few ms, whether anybody listens or not."""

    def __init__(self) -> None:
        self.url = ""
        self.said: dict[str, int] = {}
        """What was said, and when, ms."""
        self.breaks = 0
        self.end = threading.Event()

    async def talk(self, served: Platform) -> None:
        choose = random.Random(3)
        pushed = 0
        served.lapse_s = 0.5  # a killed monitor cannot end its project
        while not self.end.is_set():
            text = f"第{len(self.said)}句"
            now = self.said[text] = time.time_ns() // 1_000_000
            pack = choose.choice([plain, zlibbed, brotlied])
            for visit in served.visits:
                if visit.authenticated.is_set() and not visit.over.is_set():
                    with contextlib.suppress(ConnectionError):
                        await visit.push(pack(danmu(text, id_=text, ms=now)))
                    pushed += 1
                    if pushed % 40 == 0:
                        self.breaks += 1
                        await visit.cut(plain(danmu("x" * 99, id_="half")))
            await asyncio.sleep(0.008)


@contextmanager
def live() -> Iterator[Room]:
    room, ready = Room(), threading.Event()

    async def work() -> None:
        async with platform() as served:
            room.url = served.url
            ready.set()
            await room.talk(served)

    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield room
    finally:
        room.end.set()
        thread.join()


@pytest.mark.slow
def test_every_line_is_in_the_log_once_or_in_a_gap(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "code").write_text(CODE)
    with live() as room, UnderWay() as under_way:
        (tmp_path / "livewatch.toml").write_text(
            '[[sources]]\nname = "bili"\ntype = "bilibili-open"\nplatform = "bilibili"\n'
            f'rooms = ["{ROOM}"]\nfirst_wait_s = 0.05\nlongest_wait_s = 0.1\nconnects_per_s = 1000\n'
            f'[sources.options]\naccess_key_id = "{KEY_ID}"\nsecret_file = "{tmp_path}/secret"\n'
            f'app_id = {APP_ID}\ncode_file = "{tmp_path}/code"\nbase_url = "{room.url}"\n'
            'hosts = ["127.0.0.1"]\nproject_heartbeat_s = 0.1\n'
        )
        for _ in range(2):
            monitor = started(tmp_path)
            wait(lambda: events_of(monitor, "bili") > 100)  # noqa: B023  called at once
            # What is known of the watched time is written every few seconds.
            wait(lambda: (tmp_path / "data" / "watched.json").exists())
            monitor.kill()
        monitor = started(tmp_path)
        wait(lambda: events_of(monitor, "bili") > 100)
        assert monitor.stop() == 0
    events = stored(tmp_path)
    texts = [event.text for event in events if isinstance(event, Chat)]
    gaps = [event for event in events if isinstance(event, Gap)]
    assert len(texts) == len(set(texts)) > 250
    first, last = room.said[texts[0]], max(room.said[text] for text in texts)
    lost = [at for text, at in room.said.items() if text not in set(texts) and first < at < last]
    assert lost
    assert room.breaks > 5
    for at in lost:
        # A reset throws away what is under way.
        assert any(gap.from_ - under_way.ms <= at <= gap.until for gap in gaps), at - first
    print(
        f"{len(room.said)} said, {len(texts)} stored, {len(lost)} in {len(gaps)} gaps, {room.breaks} breaks"
    )
