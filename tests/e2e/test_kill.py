"""`kill -9` at any moment: every event is counted once, no alert is lost, none is there twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.signatures import new_secret, parse_secret
from detectors.alerts import Alert
from detectors.engine.engine import Engine
from detectors.events import Chat, Event, decode, encode
from detectors.pack.load import Rulebook
from monitor.demo.recording import record
from monitor.store.store import Store
from tests.copies import SHIPPED
from tests.detectors.build import rulebook as shipped
from tests.e2e.process import MonitorProcess
from tests.e2e.sender import Sender, SigningSender
from tests.monitor.build import chat, line, speech
from tests.monitor.evening_of_rooms import ACROSS, evening_of_rooms
from tests.monitor.evening_of_rooms import uninterrupted as uninterrupted_rooms
from tests.monitor.rules import rulebook
from tests.patience import PATIENCE_S

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


Alerts = dict[str, tuple[int, str, int]]


def uninterrupted(book: Rulebook, lines: list[bytes]) -> Alerts:
    """Hits, level and latest hit by id, as the engine alone makes them of the recording."""
    engine = Engine(book, lateness_ms=2_000)
    rooms: dict[tuple[str, str], list[Event]] = {}
    for event in map(decode, lines):
        rooms.setdefault((event.platform, event.room), []).append(event)
    alerts: dict[str, Alert] = {}
    for (platform, room), events in rooms.items():
        for alert in engine.step(engine.open(platform, room), events, now=0):
            alerts[alert.id] = alert
    return {alert.id: (alert.hits, alert.level, alert.last_at) for alert in alerts.values()}


def wait_until_evaluated(monitor: MonitorProcess, poll: threading.Event) -> dict[str, Any]:
    while True:
        health: dict[str, Any] = monitor.get("/healthz")
        if health["lag_events"] == 0:
            return health
        poll.wait(0.05)


def play_with_kills(
    data: Path,
    lines: list[bytes],
    start: Callable[[], MonitorProcess],
    seed: int,
    sender: Sender | None = None,
) -> None:
    """Sends the recording while the monitor is killed again and again, then lets it end in peace."""
    choose = random.Random(seed)
    sender = sender if sender is not None else Sender(lines, seed)
    sender.start()
    pause = threading.Event()
    for _ in range(KILLS):
        monitor = start()
        sender.use(monitor)
        # The moment is random on purpose; whatever it hits has to hold.
        pause.wait(choose.uniform(0.0, 0.5))
        monitor.kill()
    monitor = start()
    try:
        sender.use(monitor)
        sender.join(PATIENCE_S)
        assert not sender.is_alive()
        assert sender.unanswered, "no kill fell into the sending: send more, or kill earlier"
        wait_until_evaluated(monitor, pause)
        assert monitor.stop() == 0
    finally:
        if monitor.process.poll() is None:
            monitor.kill()


def stored(store: Store) -> Alerts:
    rows = []
    cursor = None
    while True:
        page = store.list_alerts(limit=100, cursor=cursor)
        rows += page.items
        if (cursor := page.next) is None:
            break
    found = {row.alert.id: (row.alert.hits, row.alert.level, row.alert.last_at) for row in rows}
    assert len(found) == len(rows), "an alert is there twice"
    return found


@pytest.mark.law(2)
@pytest.mark.slow(5)
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_random_moments_change_nothing(tmp_path: Path, seed: int) -> None:
    lines = recording(6_000, seed)
    data = tmp_path / "data"
    play_with_kills(data, lines, lambda: MonitorProcess(data), seed)
    store = Store.open(data / "livewatch.db")
    found = stored(store)
    assert found == uninterrupted(rulebook(), lines)
    assert sum(room.events for room in store.rooms()) == len(lines)
    assert store.dead_letters() == []
    # The moments of hits that the console draws are as many as the hits.
    times = store.hit_times(found)
    assert {alert: len(at) for alert, at in times.items()} == {
        alert: hits for alert, (hits, _, _) in found.items()
    }
    store.close()


# 15 s of processor time. `make test` has kills at random moments with the one sender (above).
@pytest.mark.whole
@pytest.mark.slow(6)
def test_of_signed_webhooks_nothing_is_lost_and_nothing_counted_twice(tmp_path: Path) -> None:
    lines = recording(6_000, seed=5)
    data, secret = tmp_path / "data", new_secret(bytes(32))
    (tmp_path / "platform.secrets").write_text(secret)
    config = tmp_path / "livewatch.toml"
    config.write_text(
        f'[ingest.senders.platform]\nsecrets_file = "{tmp_path / "platform.secrets"}"\n'
    )
    play_with_kills(
        data,
        lines,
        lambda: MonitorProcess(data, "--config", str(config)),
        seed=5,
        sender=SigningSender(lines, 5, name="platform", secret=parse_secret(secret)),
    )
    store = Store.open(data / "livewatch.db")
    assert stored(store) == uninterrupted(rulebook(), lines)
    assert sum(room.events for room in store.rooms()) == len(lines)
    assert store.dead_letters() == []
    store.close()


@pytest.mark.whole
@pytest.mark.slow(8)
def test_the_shipped_rules_survive_kills_too(tmp_path: Path) -> None:
    """The demo evening through the command that people start."""
    played = record()
    lines = [encode(event) for event in played.events]
    last = played.events[-1]
    # Two lines long after the end bring everything out from behind the watermark.
    for number in (1, 2):
        end = Chat(
            id=f"end{number}", platform=last.platform, room=last.room, session=last.session,
            at=last.at + number * 600_000, text="散了",
        )  # fmt: skip
        lines.append(encode(end))
    data = tmp_path / "data"
    # The first start is by the interpreter; those after a kill are copies.
    play_with_kills(
        data, lines, lambda: MonitorProcess(data, module=SHIPPED, anew=not data.exists()), seed=3
    )
    store = Store.open(data / "livewatch.db")
    found = stored(store)
    assert found == uninterrupted(shipped(), lines)
    assert len({row.alert.rule for row in store.list_alerts(limit=500).items}) >= 6
    assert sum(room.events for room in store.rooms()) == len(lines)
    assert store.dead_letters() == []
    store.close()


# 14 s of processor time. `make test` restarts between any two batches (pipeline/test_clusters.py).
@pytest.mark.whole
@pytest.mark.slow(4)
def test_what_many_rooms_show_together_survives_kills(tmp_path: Path) -> None:
    lines = evening_of_rooms(16, seed=7, chats=400)
    data = tmp_path / "data"
    play_with_kills(data, lines, lambda: MonitorProcess(data, module=SHIPPED), seed=4)
    store = Store.open(data / "livewatch.db")
    rows = store.list_alerts(limit=500).items
    found = {row.alert.id: (row.alert.level, row.alert.hits, row.alert.last_at) for row in rows}
    assert found == uninterrupted_rooms(shipped(), lines)
    assert {row.alert.rule for row in rows} >= ACROSS
    assert store.dead_letters() == []
    store.close()
