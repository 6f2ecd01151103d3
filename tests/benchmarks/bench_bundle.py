"""What a bundle costs: processor time, time by the clock and memory, by records, with and without its PDFs.

Each is made by a process of its own, over the same folder of a monitor.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from monitor.config import Config
from monitor.config import Evidence as Settings
from monitor.evidence import bundle, report
from monitor.evidence.case import Request
from monitor.evidence.keeper import Keeper
from monitor.evidence.verify import verify
from monitor.pipeline.sqlite import SqliteLog
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.build import BASE_MS, alert, chat, entry

#: Records of a room, ten a second; a head is signed every five minutes.
COUNTS = (20_000, 100_000)
STEP_S, HEAD_S = 0.1, 300.0
BATCH = 500


def main() -> None:
    print(f"{'records':>9}{'':>22}{'processor s':>13}{'clock s':>9}{'MB more':>9}{'to draw':>9}")
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            made = fill(Path(folder) / "data", count)
            for what in ("without PDF", "with PDFs", "redacted, with PDFs", "verified"):
                run = [sys.executable, "-m", "tests.benchmarks.bench_bundle", folder, made, what]
                found = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
                print(
                    f"{count:9,}{what:>22}{found['cpu']:13.1f}{found['clock']:9.1f}{found['mb']:9.0f}{found['drawing_mb']:9.0f}",
                    flush=True,
                )


def fill(folder: Path, count: int) -> str:
    """Records of one room, and an alert that names it; its id."""
    folder.mkdir()
    store = Store.open(folder / "livewatch.db")
    log, keeper = SqliteLog(store.database), Keeper(store.database, folder / "keys", Settings())
    covered = 0.0
    for start in range(0, count, BATCH):
        lines = [
            chat(
                f"e{n}",
                n * STEP_S,
                f"想要这件大衣 {n}",
                user=f"k1:{n % 3_000:016d}".replace("0", "a"),
            )
            for n in range(start, min(count, start + BATCH))
        ]
        at_s = start * STEP_S
        log.append(
            list(map(entry, lines)), source="relay", now=BASE_MS + int(at_s * 1_000)
        ).result()
        if at_s - covered >= HEAD_S:
            covered = at_s
            keeper.cover(BASE_MS + int(at_s * 1_000))
    one = msgspec.structs.replace(alert(), last_at=BASE_MS + int(count * STEP_S * 1_000))
    store.commit(Outcome(alerts=[one]), BASE_MS)
    keeper.cover(BASE_MS + int(count * STEP_S * 1_000))
    store.close()
    return one.id


def measure(folder: Path, alert_id: str, what: str) -> dict[str, float]:
    """Makes a bundle, or checks the one that was made last; what it took."""
    before = peak_mb()
    if what == "verified":
        began, clock = time.process_time(), time.monotonic()
        found = verify(max(folder.glob("out/*.zip"), key=lambda path: path.stat().st_mtime))
        assert found.findings == []
    else:
        data = folder / "data"
        store = Store.open(data / "livewatch.db")
        keeper = Keeper(store.database, data / "keys", Settings())
        if "PDFs" not in what:
            report.has_pdf = lambda: False
        elif not report.has_pdf():
            raise SystemExit("no WeasyPrint: livewatch[report]")
        rules = rulebook()
        request = Request(alerts=[alert_id], who="bench", redacted="redacted" in what)
        shutil.rmtree(folder / "out", ignore_errors=True)
        before = peak_mb()
        began, clock = time.process_time(), time.monotonic()
        now = BASE_MS + 100_000_000
        bundle.export(store, keeper, rules, Config(), request, folder / "out", now)
        store.close()
    spent = time.process_time() - began
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu": spent + children.ru_utime + children.ru_stime,
        "clock": time.monotonic() - clock,
        "mb": peak_mb() - before,
        "drawing_mb": children.ru_maxrss / 1024,
    }


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        folder, alert_id, what = sys.argv[1:]
        print(json.dumps(measure(Path(folder), alert_id, what)))
