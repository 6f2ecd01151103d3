"""The core against that of an older revision, with all rules of each on.

``make bench REVISION=df3fc4d``, or ``python -m tests.benchmarks.bench_revision df3fc4d``. Both
play the same recording in turns, and of each the best turn counts: other work on the machine only
ever adds. Where the recording is of one type of events, it says where the time goes. A text that
comes again is known, and words that come again are: `said once` is the mixed recording with speech as
people talk, and `talk` that speech alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from tests.benchmarks.recording import mixed

ROOT = Path(__file__).parents[2]
PLAYER = Path(__file__).with_name("playing.py")
TURNS = int(os.environ.get("LIVEWATCH_BENCH_TURNS", "7"))
EVENTS = 60_000
ROOMS = 20
TYPES = ("chat", "speech", "counter", "price", "product")


class Player:
    """The core of one tree, in a process of its own."""

    def __init__(self, tree: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PLAYER)],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        rules, started_s = self._answer().split()
        self.rules = int(rules)
        self.started_s = float(started_s)
        """From nothing to rules that are ready."""

    def play(self, recording: Path) -> float:
        """Processor seconds of one turn."""
        wanted: IO[str] | None = self._process.stdin
        if wanted is None:
            raise RuntimeError("the player takes no orders")
        wanted.write(f"{recording}\n")
        wanted.flush()
        return float(self._answer())

    def stop(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.wait()

    def _answer(self) -> str:
        given: IO[str] | None = self._process.stdout
        line = given.readline() if given is not None else ""
        if not line:
            raise RuntimeError("the player ended before its answer; its error stands above")
        return line


def recordings(folder: Path) -> dict[str, tuple[list[Path], int]]:
    """The mixed recording, and one of each type of events, with their numbers of events: of what is said
    once another one for each turn."""
    lines = {"mixed": [list(mixed(EVENTS, ROOMS))], "said once": [], "talk": []}
    for turn in range(TURNS):
        once = list(mixed(EVENTS, ROOMS, seed=turn, said_once=True))
        lines["said once"].append(once)
        lines["talk"].append([line for line in once if b'"type":"speech"' in line])
    of_type: dict[str, list[bytes]] = {kind: [] for kind in TYPES}
    for line in mixed(4 * EVENTS, ROOMS):
        same = of_type.get(msgspec.json.decode(line)["type"])
        if same is not None and len(same) < EVENTS // 2:
            same.append(line)
    lines.update({kind: [same] for kind, same in of_type.items()})
    found = {}
    for name, turns in lines.items():
        paths = [folder / f"{name}-{turn}.jsonl" for turn in range(len(turns))]
        for path, events in zip(paths, turns, strict=True):
            path.write_bytes(b"\n".join(events))
        found[name] = paths, min(map(len, turns))
    return found


def main() -> None:
    """Prints a table; without a revision, how to ask for one."""
    revision = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LIVEWATCH_BENCH_REVISION", "")
    if not revision:
        print("name an older revision to compare with: make bench REVISION=df3fc4d")
        return
    with tempfile.TemporaryDirectory() as folder, tree_of(revision) as tree:
        players: list[Player] = []
        try:
            players += [Player(tree)]
            players += [Player(ROOT)]
            _print_table(revision, players, recordings(Path(folder)))
        finally:
            for player in players:
                player.stop()


@contextmanager
def tree_of(revision: str) -> Iterator[Path]:
    """The files of an older revision, while the block runs."""
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def _print_table(
    revision: str, players: list[Player], files: dict[str, tuple[list[Path], int]]
) -> None:
    older, now = players
    print(f"{revision}: {older.rules} rules, ready after {older.started_s:.1f} s")
    print(f"this tree: {now.rules} rules, ready after {now.started_s:.1f} s")
    print(f"{'µs/event, best of ' + str(TURNS):24}{revision:>12}{'this tree':>12}{'kept':>8}")
    for name, (paths, count) in files.items():
        turns = [
            [player.play(paths[turn % len(paths)]) for player in players] for turn in range(TURNS)
        ]
        before, after = (min(times) / count * 1e6 for times in zip(*turns, strict=True))
        print(f"{name:24}{before:12.2f}{after:12.2f}{before / after:8.2f}", flush=True)


if __name__ == "__main__":
    main()
