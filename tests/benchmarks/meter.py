"""What a contender used: time on the clock, time of the processor by thread, memory."""

from __future__ import annotations

import gc
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Meter:
    """Started with the first event, stopped with the last; `report` prints one line of JSON."""

    def __init__(self) -> None:
        self._began = self._cpu = 0.0
        self._threads: dict[str, float] = {}
        self.events = 0
        self.result: dict[str, Any] = {}

    def start(self) -> None:
        """The first event is at hand. A second call says nothing."""
        if not self._began:
            self._threads = _thread_times()
            self._began, self._cpu = time.time(), time.process_time()

    @property
    def started(self) -> bool:
        return bool(self._began)

    def stop(self, events: int) -> None:
        """The last event is done."""
        ended, cpu = time.time(), time.process_time()
        self.events = events
        self.result = {
            "events": events,
            "began": self._began,
            "took_s": ended - self._began,
            "cpu_s": cpu - self._cpu,
            "rss_mb": resident_mb(),
            "threads": {
                name: seconds - self._threads.get(name, 0.0)
                for name, seconds in _thread_times().items()
            },
        }

    def report(self, **more: Any) -> None:
        print(json.dumps({**self.result, **more}), flush=True)


def resident_mb() -> float:
    """Resident memory of this process, as Linux tells it; 0 elsewhere."""
    status = Path("/proc/self/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text() if status.exists() else "")
    return int(found[1]) / 1024 if found else 0.0


def _thread_times() -> dict[str, float]:
    """Processor seconds of Python's threads."""
    return {
        thread.name: time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for thread in threading.enumerate()
        if thread.ident is not None and thread.is_alive()
    }


class Stages:
    """Processor seconds of the thread that calls, by stage; for work done a batch at a time."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._collecting = 0.0

    def watch(self, owner: Any, name: str, stage: str) -> None:
        """Puts a stopwatch around a function or method."""
        setattr(owner, name, self.timed(stage, getattr(owner, name)))

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        spent, clock = self.spent, time.thread_time

        def timed_work(*arguments: Any, **named: Any) -> Any:
            start = clock()
            try:
                return work(*arguments, **named)
            finally:
                spent[stage] += clock() - start

        return timed_work

    def watch_collector(self) -> None:
        """Counts what the garbage collector takes; it works within the other stages."""

        def told(phase: str, _: Any) -> None:
            if phase == "start":
                self._collecting = time.thread_time()
            else:
                self.spent["collector"] += time.thread_time() - self._collecting

        gc.callbacks.append(told)
