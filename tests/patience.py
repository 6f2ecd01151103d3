"""How long tests wait for what must come, and how long a busy machine lets things wait."""

from __future__ import annotations

import threading
import time

__all__ = ["PATIENCE_MS", "PATIENCE_S", "UnderWay"]

#: Longer than anything takes, even where ten others use the machine: it ends a hang, and measures
#: nothing. What must be quick is said in processor time. The whole of a test may take 600 s.
PATIENCE_S = 240.0
#: The same as Playwright counts.
PATIENCE_MS = PATIENCE_S * 1_000
_BEAT_S = 0.02


class UnderWay:
    """How long something may have been under way, from one clock that was read to the next.

    A thread notes how late it wakes: what else runs on the machine waits for its turn as long.
    """

    def __init__(self, quiet_ms: int = 1_000) -> None:
        """
        Args:
            quiet_ms: how long it takes at most where nothing else runs; between processes, a second.
        """
        self._quiet_ms = quiet_ms
        self._latest_ms = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="under-way", daemon=True)

    @property
    def ms(self) -> int:
        """The longest so far, ms: who sends, who reads and who notes the time may each have waited."""
        return self._quiet_ms + 3 * self._latest_ms

    def _beat(self) -> None:
        before = time.monotonic()
        while not self._over.wait(_BEAT_S):
            now = time.monotonic()
            self._latest_ms = max(self._latest_ms, round((now - before - _BEAT_S) * 1_000))
            before = now

    def __enter__(self) -> UnderWay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
