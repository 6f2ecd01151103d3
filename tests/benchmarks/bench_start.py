"""What a start takes: `livewatch scan` of two events, and `livewatch serve` until it answers.

`python -m tests.benchmarks.bench_start`. Each start is a process of its own, begun by the interpreter,
with the files in the page cache. The image of the rules is there (warm) or has to be made (absent), in
a cache folder of the benchmark's own. Of `serve` the clock runs from the start of the process to the end
of the answer; the data directory is new, or has the demo's evening. Of some runs the median and the least.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.copies import ROOT

__all__ = ["CASES", "Ended", "ended", "two_events"]

#: By what it shows, what a host says; a viewer's line stands before it.
CASES = {
    "ordinary": "今天这款纯棉毛巾两条装，喜欢的可以看看",
    "a claim": "这款面膜能治好痘痘，全网最低价，不满意包退",
    "in disguise": "这款凉茶喝三天降x糖，高*压的也能喝，ke以冶疔痛风😀",
}
#: Pace of the demo, times its own: as fast as it goes.
PACE = 3_000
RUNS = 5
PATIENCE_S = 120
#: `livewatch`, which says at its end, in a file, how much was resident at most. What waits for it cannot
#: ask: of the resources of a child, the memory counts that its parent had when it began.
MEASURED = """
import atexit, os, pathlib
def tell():
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(os.environ["PEAK_TO"]).write_text(status)
atexit.register(tell)
from monitor.cli import main
main()
"""


class Ended(NamedTuple):
    """What a process took."""

    seconds: float
    """By the clock."""
    processor_s: float
    peak_mb: float
    """The most that was resident, pages of mapped files included, as Linux tells it; 0 elsewhere."""


def two_events(text: str) -> bytes:
    """A recording of a viewer's line and what a host says."""
    told = {"platform": "douyin", "room": "1"}
    chat = {"type": "chat", "id": "1", "at": 1_790_000_000_000, "text": "这个多少钱", **told}
    speech = {"type": "speech", "id": "2", "at": 1_790_000_003_000, "text": text, **told}
    return b"".join(msgspec.json.encode(one) + b"\n" for one in (chat, speech))


def ended(arguments: Sequence[str], cache: Path) -> Ended:
    """`livewatch` with some arguments, run to its end.

    Args:
        cache: the folder of caches.
    """
    began = time.perf_counter()
    process = _started(arguments, cache)
    found = _waited(process, began)
    if process.returncode:
        raise RuntimeError(f"livewatch {' '.join(arguments)} ended with {process.returncode}")
    return found


def _started(
    arguments: Sequence[str],
    cache: Path,
    output: int = subprocess.DEVNULL,
    errors: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LIVEWATCH")}
    return subprocess.Popen(
        [sys.executable, "-c", MEASURED, *arguments],
        stdout=output,
        stderr=errors,
        env={
            **environment,
            "XDG_CACHE_HOME": str(cache),
            "PYTHONPATH": str(ROOT),
            "PEAK_TO": str(_peak_file()),
        },
    )


def _peak_file() -> Path:
    return Path(tempfile.gettempdir()) / f"livewatch-{os.getpid()}.peak"


def _waited(process: subprocess.Popen[bytes], began: float) -> Ended:
    """What a process took that is at its end."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    told = _peak_file()
    found = re.search(r"VmHWM:\s+(\d+) kB", told.read_text() if told.exists() else "")
    told.unlink(missing_ok=True)
    return Ended(
        time.perf_counter() - began,
        used.ru_utime + used.ru_stime,
        int(found[1]) / 1024 if found else 0.0,
    )


def _answered(data: Path, cache: Path) -> tuple[float, float, Ended]:
    """Seconds from the start of `serve` to its first answer, and to the list of alerts."""
    began = time.perf_counter()
    process = _started(["serve", "--data", str(data), "--port", "0"], cache, subprocess.PIPE)
    assert process.stdout is not None
    try:
        found = re.search(rb"http://([^:/]+):(\d+)/", process.stdout.readline())
        assert found is not None, "no address was printed"
        connection = http.client.HTTPConnection(
            found[1].decode(), int(found[2]), timeout=PATIENCE_S
        )
        times = []
        for path in ("/healthz", "/alerts"):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, f"{path}: {answer.status}"
            times.append(time.perf_counter() - began)
        connection.close()
    finally:
        process.send_signal(signal.SIGINT)
        whole = _waited(process, began)
        process.stdout.close()
    return times[0], times[1], whole


def _record_evening(data: Path, cache: Path) -> None:
    """Plays the demo's evening into a data directory."""
    arguments = ["demo", "--data", str(data), "--port", "0", "--pace", str(PACE)]
    process = _started(arguments, cache, errors=subprocess.PIPE)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if b"The evening is over" in line:
                return
        raise RuntimeError("the demo ended before its evening")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
        process.stderr.close()


def _told(values: Sequence[float], digits: int = 2) -> str:
    return f"{statistics.median(values):8.{digits}f} ({min(values):.{digits}f})"


def _scans(folder: Path, cache: Path, runs: int) -> None:
    print("scan of two events     clock s          processor s      peak MB")
    for name, text in CASES.items():
        recording = folder / "two.jsonl"
        recording.write_bytes(two_events(text))
        found = [ended(["scan", "--quiet", str(recording)], cache) for _ in range(runs)]
        seconds, processor, peak = zip(*found, strict=True)
        print(f"{name:18} {_told(seconds)} {_told(processor)} {_told(peak, 0)}", flush=True)


def _serves(folder: Path, cache: Path, runs: int) -> None:
    evening = folder / "evening"
    _record_evening(evening, cache)
    new = folder / "new"

    def anew(*gone: Path) -> Callable[[], Path]:
        def made() -> Path:
            for one in (new, *gone):
                shutil.rmtree(one, ignore_errors=True)
            return new

        return made

    print("serve                  first answer s   list of alerts s  peak MB")
    for name, data in (
        ("new folder", anew()),
        ("the demo's evening", lambda: evening),
        ("no image", anew(cache)),
    ):
        found = [_answered(data(), cache) for _ in range(runs)]
        first, alerts, whole = zip(*found, strict=True)
        peaks = [one.peak_mb for one in whole]
        print(f"{name:18} {_told(first)} {_told(alerts)} {_told(peaks, 0)}", flush=True)


def main(arguments: Sequence[str] = ()) -> None:
    """Runs it and prints the tables."""
    parser = argparse.ArgumentParser(prog="bench_start", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args(arguments).runs
    with tempfile.TemporaryDirectory() as place:
        folder, cache = Path(place), Path(place) / "cache"
        first = ended(["rules", "compile"], cache)
        print(f"rules compile, first {first.seconds:.1f} s, {first.processor_s:.1f} s of processor")
        _scans(folder, cache, runs)
        _serves(folder, cache, runs)


if __name__ == "__main__":
    main(sys.argv[1:])
