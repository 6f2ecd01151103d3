"""The decoders of four platforms on frames in which hardly anything comes twice, and those of an
older revision beside them.

``make bench REVISION=84b6fb0``, or ``python -m tests.benchmarks.bench_decoding 84b6fb0``; without
a revision, this tree alone. Both decode the same frames in turns, in processor time, and of each
the best turn counts: other work on the machine only ever adds. Each turn begins with decoders that
have seen nobody, so that no pseudonym is remembered from the turn before.

`decoded` is the decoder alone; `brought` is all that the runner does with a frame until its events
are stored: they are checked again, and written as JSON. The frames are in `live_frames`: a busy
room's mix of messages, or nothing but chat; people of whom each writes once, or a few of whom write
most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import msgspec

from tests.benchmarks.bench_revision import ROOT, tree_of
from tests.benchmarks.live_frames import MESSAGES, PLATFORMS, Mix, People, frames_of

DECODER = Path(__file__).with_name("decoding.py")
TURNS = int(os.environ.get("LIVEWATCH_BENCH_TURNS", "15"))
FRAMES = 400


class Decoders:
    """The decoders of one tree, in a process of its own."""

    def __init__(self, tree: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(DECODER)],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def decode(self, platform: str, path: Path) -> tuple[float, float, int]:
        """Processor seconds to decode a file of frames and to bring its events, and their number."""
        orders: IO[str] | None = self._process.stdin
        answers: IO[str] | None = self._process.stdout
        if orders is None or answers is None:
            raise RuntimeError("the process takes no orders")
        orders.write(f"{platform} {path}\n")
        orders.flush()
        answer = answers.readline()
        if not answer:
            raise RuntimeError("the process ended before its answer; its error stands above")
        decoded_s, brought_s, events = json.loads(answer)
        return decoded_s, brought_s, events

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait()


def main() -> None:
    """Prints a table."""
    revision = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LIVEWATCH_BENCH_REVISION", "")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        trees = [stack.enter_context(tree_of(revision)), ROOT] if revision else [ROOT]
        decoders = [Decoders(tree) for tree in trees]
        for each in decoders:
            stack.callback(each.stop)
        _print_head(revision)
        for platform in PLATFORMS:
            _print_row(decoders, platform, "room", "new", folder)
            _print_row(decoders, platform, "room", "regulars", folder)
            _print_row(decoders, platform, "chat", "new", folder)


def _print_head(revision: str) -> None:
    print(f"{FRAMES} frames of {MESSAGES} messages; best of {TURNS} turns, of one core")
    beside = f"; {revision} → this tree, and how many times as fast" if revision else ""
    print(f"thousands of events a second{beside}")
    print(f"{'platform':12} {'mix':5} {'people':9} {'messages':>9} {'decoded':>22} {'brought':>22}")


def _print_row(
    decoders: list[Decoders], platform: str, mix: Mix, people: People, folder: Path
) -> None:
    path = folder / f"{platform}-{mix}-{people}"
    path.write_bytes(msgspec.msgpack.encode(frames_of(platform, FRAMES, mix=mix, people=people)))
    turns = [[each.decode(platform, path) for each in decoders] for _ in range(TURNS)]
    counts = {events for turn in turns for _, _, events in turn}
    if len(counts) > 1:
        raise RuntimeError(f"the trees made {counts} events of the same frames")
    (events,) = counts
    decoded, brought = (
        [events / min(turn[tree][stage] for turn in turns) / 1e3 for tree in range(len(decoders))]
        for stage in (0, 1)
    )
    messages = FRAMES * MESSAGES / events * decoded[-1]
    print(
        f"{platform:12} {mix:5} {people:9} {messages:9.1f} {_rates(decoded):>22} {_rates(brought):>22}",
        flush=True,
    )


def _rates(rates: list[float]) -> str:
    shown = " → ".join(f"{rate:.1f}" for rate in rates)
    return shown if len(rates) == 1 else f"{shown} ×{rates[-1] / rates[0]:.2f}"


if __name__ == "__main__":
    main()
