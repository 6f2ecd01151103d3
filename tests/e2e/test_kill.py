"""`kill -9` at any moment: every event is counted once, no alert is lost, none is there twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detectors.alerts import Alert
from detectors.engine import Engine
from detectors.events import decode
from monitor.store.store import Store
from tests.e2e.process import Gone, MonitorProcess
from tests.monitor.build import chat, line, speech
from tests.monitor.rules import rulebook

ROOMS = 6
KILLS = 5


def recording(count: int, seed: int) -> list[bytes]:
    """An evening in some rooms, in order of time, with a shout or a call every few lines."""
    choose = random.Random(seed)
    lines = []
    for index in range(count):
        room, t_s = str(choose.randrange(ROOMS)), index * 0.05
        draw = choose.random()
        if draw < 0.1:
            sku = f"T{choose.randrange(4)}"
            lines.append(speech(f"e{index}", t_s, room=room, sku=sku))
        elif draw < 0.2:
            lines.append(chat(f"e{index}", t_s, "喊", room=room, user=f"u{choose.randrange(9)}"))
        elif draw < 0.22:
            lines.append(
                line("price", f"e{index}", t_s, room=room, sku="P", price=100, kind="asking")
            )
        else:
            lines.append(chat(f"e{index}", t_s, f"第{index}句", room=room))
    # Ends each room's evening, so that nothing is left behind the watermark.
    end_s = count * 0.05 + 60
    lines += [chat(f"end{room}", end_s, "散了", room=str(room)) for room in range(ROOMS)]
    lines += [chat(f"last{room}", end_s + 60, "散了", room=str(room)) for room in range(ROOMS)]
    return lines


def uninterrupted(lines: list[bytes]) -> dict[str, tuple[int, str, int]]:
    """What the engine alone makes of the recording."""
    engine = Engine(rulebook(), lateness_ms=2_000)
    alerts: dict[str, Alert] = {}
    for room in range(ROOMS):
        state = engine.open("demo", str(room))
        events = [event for event in map(decode, lines) if event.room == str(room)]
        for alert in engine.step(state, events, now=0):
            alerts[alert.id] = alert
    return {alert.id: (alert.hits, alert.level, alert.last_at) for alert in alerts.values()}


class Sender(threading.Thread):
    """Sends the recording in small requests; what was not answered is sent again."""

    def __init__(self, lines: list[bytes], seed: int) -> None:
        super().__init__(daemon=True)
        self._chunks = list(self._cut(lines, random.Random(seed)))
        self._ready = threading.Condition()
        self._monitor: MonitorProcess | None = None
        self.answered = 0
        self.unanswered = 0

    @staticmethod
    def _cut(lines: list[bytes], choose: random.Random) -> Iterator[list[bytes]]:
        start = 0
        while start < len(lines):
            size = choose.randrange(1, 60)
            yield lines[start : start + size]
            start += size

    def use(self, monitor: MonitorProcess) -> None:
        with self._ready:
            self._monitor = monitor
            self._ready.notify()

    def run(self) -> None:
        for chunk in self._chunks:
            while not self._send(chunk):
                self.unanswered += 1
            self.answered += 1

    def _send(self, chunk: list[bytes]) -> bool:
        with self._ready:
            assert self._ready.wait_for(lambda: self._monitor is not None, 30)
            monitor = self._monitor
        assert monitor is not None
        try:
            assert monitor.post(chunk) == {"accepted": len(chunk), "rejected": []}
        except Gone:
            with self._ready:
                if self._monitor is monitor:
                    self._monitor = None
            return False
        return True


def wait_until_evaluated(monitor: MonitorProcess, poll: threading.Event) -> dict[str, Any]:
    while True:
        health: dict[str, Any] = monitor.get("/healthz")
        if health["lag_events"] == 0:
            return health
        poll.wait(0.05)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_random_moments_change_nothing(tmp_path: Path, seed: int) -> None:
    lines = recording(6_000, seed)
    choose = random.Random(seed)
    data = tmp_path / "data"
    sender = Sender(lines, seed)
    sender.start()
    pause = threading.Event()
    kills = 0
    while True:
        monitor = MonitorProcess(data)
        sender.use(monitor)
        if kills == KILLS:
            break
        # The moment is random on purpose; whatever it hits has to hold.
        pause.wait(choose.uniform(0.0, 0.5))
        monitor.kill()
        kills += 1
    sender.join(60)
    assert not sender.is_alive()
    assert sender.unanswered, "no kill fell into the sending: send more, or kill earlier"
    wait_until_evaluated(monitor, pause)
    assert monitor.stop() == 0

    store = Store.open(data / "livewatch.db")
    rows = []
    cursor = None
    while True:
        page = store.list_alerts(limit=100, cursor=cursor)
        rows += page.items
        if (cursor := page.next) is None:
            break
    found = {row.alert.id: (row.alert.hits, row.alert.level, row.alert.last_at) for row in rows}
    assert len(found) == len(rows)
    assert found == uninterrupted(lines)
    assert sum(room.events for room in store.rooms()) == len(lines)
    assert store.dead_letters() == []
    # The moments of hits that the console draws are as many as the hits.
    times = store.hit_times(found)
    assert {alert: len(at) for alert, at in times.items()} == {
        alert: hits for alert, (hits, _, _) in found.items()
    }
    store.close()
