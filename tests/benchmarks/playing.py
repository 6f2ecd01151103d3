"""Plays recordings through the core of the tree that it finds first, whenever a line asks for it.

A process of its own, so that two revisions can be measured in turns: run as a file, with
PYTHONPATH naming the tree. It imports nothing but what every revision has, by the names that
modules had before the core got rooms of its own, too.
"""

from __future__ import annotations

import gc
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detectors.events import decode_lines

if TYPE_CHECKING:
    from detectors.engine.engine import Engine
    from detectors.engine.room import RoomState


def _first(*names: str) -> Any:
    """The first of some modules that the tree has: each name after the first is an older one."""
    for name in names:
        package, _, _ = name.rpartition(".")
        if hasattr(import_module(package), "__path__") and find_spec(name) is not None:
            return import_module(name)
    raise ModuleNotFoundError(names[0])


#: Lines that are decoded and handed over at once.
BATCH = 2_000


def play(engine: Engine, blocks: list[bytes]) -> None:
    """Decodes and steps, as a runtime does: grouped by room within a batch."""
    states: dict[str, RoomState] = {}
    for block in blocks:
        rooms: dict[str, list] = {}  # type: ignore[type-arg]
        for event in decode_lines(block):
            rooms.setdefault(event.room, []).append(event)
        for room, events in rooms.items():
            if room not in states:
                states[room] = engine.open("bench", room)
            engine.step(states[room], events, now=0)
            states[room]._changed.clear()


def main() -> None:
    """Answers each line, the path of a recording, with the processor seconds of one play."""
    began = time.process_time()
    book = _first("detectors.pack.load", "detectors.pack").load_rulebook()
    engine_of = _first("detectors.engine.engine", "detectors.engine").Engine
    prepare = getattr(book, "prepare", None) or getattr(book.lexicon, "prepare", None)
    if prepare is not None:
        prepare()
    print(len(book), time.process_time() - began, flush=True)
    # As the runtimes do: what stands after the start is set aside.
    gc.collect()
    gc.freeze()
    for asked in sys.stdin:
        lines = Path(asked.strip()).read_bytes().splitlines()
        blocks = [b"\n".join(lines[at : at + BATCH]) for at in range(0, len(lines), BATCH)]
        engine = engine_of(book)
        gc.collect()
        began = time.process_time()
        play(engine, blocks)
        spent = time.process_time() - began
        if engine.stats.failures:
            raise RuntimeError(str(engine.stats.failures[0]))
        print(spent, flush=True)


if __name__ == "__main__":
    main()
