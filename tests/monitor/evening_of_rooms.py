"""An evening in many rooms: a script, a rumour and an operator that no single room shows."""

from __future__ import annotations

import random

from detectors.across.stage import Stage
from detectors.alerts import SEVERITY, Alert
from detectors.engine.engine import Engine
from detectors.events import Event, decode
from detectors.pack.load import Rulebook
from tests.monitor.build import BASE_MS, chat, line, speech

SCRIPT = "这款茶喝上一个月，高血压自己就降下来了"
RUMOUR = "稻子绝收大米要涨价了，赶紧囤"
#: Rules whose alerts are over several rooms.
ACROSS = {"shared-script", "price-hike-rumour-spread", "operator-cluster"}
Conclusions = dict[str, tuple[str, int, int]]


def evening_of_rooms(rooms: int, seed: int, *, chats: int = 40) -> list[bytes]:
    """Lines in order of time, with a last word of each room long after.

    The script is in all rooms but every fourth, slightly edited in some; the rumour in every
    second; every third room shows one operator's code.
    """
    choose = random.Random(seed)
    timed: list[tuple[float, bytes]] = []

    def put(t_s: float, data: bytes) -> None:
        timed.append((t_s, data))

    for number in range(rooms):
        room = f"r{number:02d}"
        begin = choose.uniform(0, 20)
        put(begin, line("session", f"{room}-s", begin, room=room, phase="started", title="晚场"))
        if number % 3 == 0:
            operator = {"name": f"第{number % 2}茶业有限公司", "uscc": "91440101MA5CXXXX01"}
            put(begin + 1, line("room", f"{room}-o", begin + 1, room=room, operator=operator))
        else:
            put(begin + 1, line("room", f"{room}-o", begin + 1, room=room, host=f"主播{number}"))
        card = {"sku": "T1", "title": "云雾茶", "category": "food", "status": "explaining"}
        put(begin + 2, line("product", f"{room}-p", begin + 2, room=room, **card))
        for index in range(chats):
            at = begin + choose.uniform(3, 600)
            put(at, chat(f"{room}-c{index}", at, f"第{index}句", room=room))
        for index in range(3):
            at = begin + choose.uniform(10, 590)
            if number % 4:
                text = SCRIPT if choose.random() < 0.6 else f"家人们，{SCRIPT}呀"
                put(at, speech(f"{room}-t{index}", at, text, room=room, sku="T1"))
            if number % 2:
                put(at + 5, speech(f"{room}-r{index}", at + 5, RUMOUR, room=room))
        for index, end in enumerate((1_200, 1_800)):
            put(end, chat(f"{room}-e{index}", end, "散了", room=room))
    return [data for _, data in sorted(timed, key=lambda pair: pair[0])]


def uninterrupted(book: Rulebook, lines: list[bytes], *, lateness_ms: int = 2_000) -> Conclusions:
    """Level, hits and latest hit by id, as engine and stage alone make them of the recording."""
    engine, stage = Engine(book, lateness_ms=lateness_ms), Stage(book)
    rooms: dict[tuple[str, str], list[Event]] = {}
    for event in map(decode, lines):
        rooms.setdefault((event.platform, event.room), []).append(event)
    versions: list[Alert] = []
    clusters = {}
    # Room after room, not as they came: no order may count.
    for (platform, room), events in reversed(rooms.items()):
        state = engine.open(platform, room)
        versions += engine.step(state, events, now=BASE_MS)
        for signal in engine.signals(state):
            cluster = clusters.setdefault(signal.key, stage.open(signal.key))
            versions += stage.step(cluster, [signal], now=BASE_MS)
    found: Conclusions = {}
    for alert in versions:
        level, hits, last_at = found.get(alert.id, ("info", 0, 0))
        found[alert.id] = (
            max(level, alert.level, key=lambda name: SEVERITY[name]),  # type: ignore[index]
            max(hits, alert.hits),
            max(last_at, alert.last_at),
        )
    return found
