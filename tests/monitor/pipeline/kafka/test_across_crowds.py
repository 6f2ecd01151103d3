"""Crowds over an operator's rooms, on a real broker: the same as embedded, also after a worker died."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from detectors.pack.rulebook import Rulebook
from monitor.config import Config
from tests.detectors.build import rulebook
from tests.monitor.build import chat, line
from tests.monitor.evening_of_rooms import uninterrupted
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import (
    Load,
    WorkerProcess,
    embedded,
    letters,
    messages,
    until_same,
)

pytestmark = pytest.mark.kafka

Make = Callable[..., Config]
OPERATOR = {"name": "青禾县陈记茶业有限公司", "uscc": "91440101MA5CXXXX01"}
TEXTS = [
    "第{0}次在小满家买手撕牛肉干，肉质紧实有嚼劲，{1}都爱吃",
    "给{1}买的这款，收到货包装完好味道正宗，第{0}回吃到这么好吃的",
]
WHO = ("家里人", "同事", "老人", "邻居", "爸妈")


def evening_of_crowds(rooms: int, seed: int, *, chats: int = 40) -> list[bytes]:
    """Rooms of one operator: seven buyers that come together into each of them, a text that other
    accounts write in each of them, and customers that come once."""
    choose = random.Random(seed)
    timed: list[tuple[float, bytes]] = []
    for number in range(rooms):
        room = f"r{number:02d}"
        begin = choose.uniform(0, 20)

        def put(kind: str, name: str, t: float, room: str = room, **fields: object) -> None:
            timed.append((t, line(kind, f"{room}-{name}", t, room=room, **fields)))

        put("session", "s", begin, phase="started", title="晚场")
        put("room", "o", begin + 1, operator=OPERATOR)
        for index in range(chats):
            at = begin + choose.uniform(3, 1_500)
            timed.append((at, chat(f"{room}-c{index}", at, f"第{index}句", room=room)))
        for index in range(60):
            put(
                "order",
                f"h{index}",
                begin + choose.uniform(3, 1_500),
                order=f"{room}h{index}",
                sku="T1",
                user=f"客{room}{index}",
                status="paid",
            )
        together = begin + choose.uniform(900, 1_400)
        for index in range(7):
            put(
                "order",
                f"t{index}",
                together + 5 * index,
                order=f"{room}t{index}",
                sku="T1",
                user=f"托{index}甲",
                status="paid",
            )
        for index in range(6):
            at = begin + 100 + 150 * index
            text = TEXTS[index % 2].format(choose.randrange(2, 9), choose.choice(WHO))
            timed.append(
                (at, chat(f"{room}-p{index}", at, text, room=room, user=f"写{room}{index}甲"))
            )
        for index, end in enumerate((2_400, 3_000)):
            timed.append((end, chat(f"{room}-e{index}", end, "散了", room=room)))
    return [data for _, data in sorted(timed, key=lambda pair: pair[0])]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rulebook()


# 11 s of processor time. `make test` has the same with groups of rooms (test_across.py).
@pytest.mark.slow(4)
@pytest.mark.whole
def test_a_worker_killed_in_the_middle_finds_the_same_crowds_as_embedded(
    make: Make, book: Rulebook, tmp_path: Path
) -> None:
    config = make(partitions=3, signal_partitions=2)
    lines = evening_of_crowds(5, seed=21)
    wanted = uninterrupted(book, lines, lateness_ms=config.pipeline.lateness_ms)
    assert wanted == embedded(tmp_path / "embedded", config, lines)
    path = written(config, tmp_path)
    load = Load(config, messages(config, lines), per_second=200)
    worker = WorkerProcess(path, tmp_path / "worker.log")
    load.start()
    try:
        load.until_heavy(worker)
        worker.kill()
        worker = WorkerProcess(path, tmp_path / "worker.log")
        load.finish()
        until_same(config, wanted)
    finally:
        worker.stop()
    assert letters(config) == []


def test_the_evening_has_crowds_to_be_found(book: Rulebook) -> None:
    found = uninterrupted(
        book.only("shared-crowd", "shared-praise", "scripted-chat"), evening_of_crowds(5, seed=21)
    )
    assert (
        sorted((level, hits) for level, hits, _ in found.values() if hits == 5) == [("lead", 5)] * 2
    )
