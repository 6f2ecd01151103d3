"""A sender that does not give up: what was not answered is sent again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.signatures import sign
from tests.e2e.process import Gone, MonitorProcess
from tests.patience import PATIENCE_S

__all__ = ["Sender", "SigningSender"]


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

    def post(self, monitor: MonitorProcess, chunk: list[bytes]) -> dict[str, Any]:
        """One attempt; raises `Gone` when there is no answer."""
        return monitor.post(chunk)

    def _send(self, chunk: list[bytes]) -> bool:
        with self._ready:
            assert self._ready.wait_for(lambda: self._monitor is not None, PATIENCE_S)
            monitor = self._monitor
        assert monitor is not None
        try:
            assert self.post(monitor, chunk) == {"accepted": len(chunk), "rejected": []}
        except Gone:
            with self._ready:
                if self._monitor is monitor:
                    self._monitor = None
            return False
        return True


class SigningSender(Sender):
    """The same by webhook: one id for all attempts at a request, a time for each."""

    def __init__(self, lines: list[bytes], seed: int, *, name: str, secret: bytes) -> None:
        super().__init__(lines, seed)
        self._name = name
        self._secret = secret

    def post(self, monitor: MonitorProcess, chunk: list[bytes]) -> dict[str, Any]:
        body = b"[" + b",".join(chunk) + b"]"
        id_ = f"msg_{hash(body) & 0xFFFF_FFFF:x}"
        now = int(time.time())
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(self._secret, id_, now, body),
        }
        status, answer = monitor.request("POST", f"/api/v1/events/{self._name}", body, headers)
        assert status == 202, answer
        decoded: dict[str, Any] = msgspec.json.decode(answer)
        return decoded
