"""What Merkle log and archive together cost the stream: a share of the processor time of one run."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from monitor.archive.parquet import Session
from monitor.config import Archive, Config
from monitor.pipeline.log import Entry
from monitor.runtime import Runtime
from tests.monitor.archive.deposit import HOUR
from tests.monitor.build import BASE_MS, chat
from tests.monitor.costs import spent_in_log, stream

BATCH = 500
HOURS = 2
WORDS = [
    "多少钱",
    "好看",
    "主播",
    "身上",
    "这件",
    "有",
    "几个",
    "色",
    "昨天",
    "买",
    "的",
    "还没",
    "发货",
    "大码",
    "已",
    "下单",
    "想要",
    "链接",
    "呢",
    "吗",
    "身高",
    "穿",
    "多大",
]


def events(count: int, rooms: int) -> list[Entry]:
    """Chat of which no text comes twice, of viewers who come again."""
    chance = random.Random(14)
    found = []
    for n in range(count):
        text = "".join(chance.sample(WORDS, chance.randrange(3, 9))) + str(n)
        viewer = f"k1:{chance.randrange(3_000):016d}".translate(str.maketrans("0189", "abcd"))
        data = chat(f"e{n}", n / 5, text, room=str(n % rooms), user=viewer)
        found.append(Entry(f"demo:{n % rooms}", f"e{n}", data))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("each", "rooms"), [(6_000, 4), (1_600, 8)])
def test_log_and_archive_take_a_tenth_of_the_stream_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each: int, rooms: int
) -> None:
    appends = spent_in_log(monkeypatch)
    count = each * rooms
    entries = events(count * HOURS, rooms)
    # What DuckDB takes to be loaded it takes once in the life of a monitor.
    with Session() as session:
        session.write([(1, 1, "", "", 1, b"x")], tmp_path / "first.parquet")
    now = BASE_MS
    settings = Archive(to="folder", folder=str(tmp_path / "kept"))
    runtime = Runtime(tmp_path / "data", Config(archive=settings), clock=lambda: now)
    assert runtime.archiver is not None
    shares = []
    for hour in range(HOURS):
        some = entries[hour * count : (hour + 1) * count]
        appends.clear()
        whole = stream(runtime, some, BATCH, now=BASE_MS + hour * HOUR)
        now = BASE_MS + (hour + 1) * HOUR + 120_000
        # The whole of the process: the database's thread writes for the archive, too.
        began = time.process_time()
        assert runtime.archiver.round(now) == rooms
        archived, logged = time.process_time() - began, sum(appends)
        shares.append((logged + archived) / (whole + archived))
        print(
            f"log {logged * 1e6 / count:.1f}, archive {archived * 1e6 / count:.1f} of"
            f" {(whole + archived) * 1e6 / count:.1f} µs an event"
        )
    runtime.stop()
    size = sum(path.stat().st_size for path in (tmp_path / "kept").rglob("*.parquet"))
    received = sum(len(one.data) for one in entries)
    print(f"{size / len(entries):.0f} bytes an event, {received / len(entries):.0f} as received")
    # What else the machine does only adds to it.
    assert 0 < min(shares) < 1 / 10, shares
