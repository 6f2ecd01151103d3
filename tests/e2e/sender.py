"""A sender that does not give up: what was not answered is sent again."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

from tests.e2e.process import Gone, MonitorProcess

__all__ = ["Sender"]


class Sender(threading.Thread):
    """Sends the recording in small requests; what was not answered is sent again."""

    def __init__(self, lines: list[bytes], seed: int) -> None:
        super().__init__(daemon=True)
        self._chunks = list(self._cut(lines, random.Random(seed)))
        self._ready = threading.Condition()
        self._monitor: MonitorProcess | None = None
        self.answered = 0
        self.unanswered = 0

    @staticmethod
    def _cut(lines: list[bytes], choose: random.Random) -> Iterator[list[bytes]]:
        start = 0
        while start < len(lines):
            size = choose.randrange(1, 60)
            yield lines[start : start + size]
            start += size

    def use(self, monitor: MonitorProcess) -> None:
        with self._ready:
            self._monitor = monitor
            self._ready.notify()

    def run(self) -> None:
        for chunk in self._chunks:
            while not self._send(chunk):
                self.unanswered += 1
            self.answered += 1

    def _send(self, chunk: list[bytes]) -> bool:
        with self._ready:
            assert self._ready.wait_for(lambda: self._monitor is not None, 30)
            monitor = self._monitor
        assert monitor is not None
        try:
            assert monitor.post(chunk) == {"accepted": len(chunk), "rejected": []}
        except Gone:
            with self._ready:
                if self._monitor is monitor:
                    self._monitor = None
            return False
        return True
