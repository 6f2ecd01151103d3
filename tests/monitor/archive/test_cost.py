"""What Merkle log and archive together cost the stream: a share of the processor time of one run."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest

from monitor.archive.archiver import Archiver
from monitor.archive.depot import FolderDepot
from monitor.config import Archive, Config, Evidence
from monitor.evidence.keeper import Keeper
from monitor.pipeline.log import Entry
from monitor.runtime import DATABASE, Runtime
from monitor.store.store import Store
from tests.monitor.archive.deposit import HOUR
from tests.monitor.build import BASE_MS, chat
from tests.monitor.costs import spent_in_log, stream
from tests.whole import WHOLE

BATCH = 500
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


@pytest.mark.slow(5)
@pytest.mark.parametrize(
    ("each", "rooms", "part"),
    # `make test` has a smaller one, in which the files cost more.
    [(6_000, 4, 10) if WHOLE else (1_600, 8, 8)],
)
def test_log_and_archive_take_a_small_part_of_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, each: int, rooms: int, part: int
) -> None:
    appends = spent_in_log(monkeypatch)
    entries = events(each * rooms, rooms)
    runtime = Runtime(tmp_path / "data", Config())
    whole, logged = stream(runtime, entries, BATCH), sum(appends)
    runtime.stop()
    # The least of some: what else the machine does only adds to it.
    archived = min(spent_in_archive(tmp_path / "data", tmp_path / str(n), rooms) for n in range(4))
    count = len(entries)
    size = sum(path.stat().st_size for path in (tmp_path / "0").rglob("*.parquet")) / count
    print(
        f"log {logged * 1e6 / count:.1f}, archive {archived * 1e6 / count:.1f} of"
        f" {(whole + archived) * 1e6 / count:.1f} µs an event; {size:.0f} bytes an event,"
        f" {sum(len(one.data) for one in entries) / count:.0f} as received"
    )
    # Of small files what the machine does beside shows more: 0.087 to 0.102 were measured there.
    assert 0 < archived + logged < (whole + archived) / part


def spent_in_archive(data: Path, folder: Path, files: int) -> float:
    """Seconds of the whole process, the database's thread among it, for the hour of a data directory."""
    folder.mkdir()
    shutil.copy(data / DATABASE, folder)
    store = Store.open(folder / DATABASE)
    keeper = Keeper(store.database, folder / "keys", Evidence())
    now = BASE_MS + HOUR + 120_000
    archiver = Archiver(
        store.database, FolderDepot(folder / "kept"), Archive(to="folder"), keeper,
        folder / "work", lambda: now,
    )  # fmt: skip
    began = time.process_time()
    assert archiver.round(now) == files
    spent = time.process_time() - began
    store.close()
    return spent
