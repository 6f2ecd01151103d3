"""Plays the recording into a running monitor, in a thread beside it, and remembers how far."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from connectors.whole_file import whole_file
from detectors.events import encode
from monitor.commands.delivery import Delivery
from monitor.demo.recording import Recording

__all__ = ["Place", "Player", "load_place", "save_place", "start_of_evening"]

#: The file in the data directory that says what was played there.
FILE = "demo.json"
#: Real time between two deliveries, and events of one of them at most.
STEP_S = 0.2
CHUNK = 500


class Place(Struct, kw_only=True):
    """How far the recording was played into a data directory."""

    start_ms: int
    """When the evening starts: the same directory, the same evening."""
    sent: int = 0
    """Events that were accepted, the history first."""
    done: bool = False


def load_place(data: Path) -> Place | None:
    """Where an earlier run stopped; ``None``: nothing was played there."""
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=Place)
    except FileNotFoundError:
        return None


def save_place(data: Path, place: Place) -> None:
    """Writes it down, whole or not at all."""
    data.mkdir(parents=True, exist_ok=True)
    with whole_file(data / FILE, mode=0o600, durable=False) as file:
        file.write(msgspec.json.encode(place) + b"\n")


def start_of_evening(now_ms: int, length_s: float, pace: float) -> int:
    """When the evening has to start so that it *ends* when its playing ends.

    At its own pace it starts now. Played faster it lies behind us, so that nothing of it is in
    the console's future.
    """
    return now_ms - round(length_s * 1000 * max(0.0, 1 - 1 / pace))


class Player:
    """Sends the history at once, then the evening at a pace."""

    def __init__(
        self,
        recording: Recording,
        place: Place,
        delivery: Delivery,
        *,
        pace: float,
        remember: Callable[[Place], None],
    ) -> None:
        self._recording = recording
        self._place = place
        self._delivery = delivery
        self._pace = pace
        self._remember = remember
        self._stopping = threading.Event()

    @property
    def sent(self) -> int:
        """Events that the monitor has taken."""
        return self._place.sent

    @property
    def total(self) -> int:
        return len(self._recording.history) + len(self._recording.evening)

    @property
    def reached_s(self) -> float:
        """How far the evening has come, in its own time."""
        behind = self._place.sent - len(self._recording.history)
        if behind <= 0:
            return 0.0
        return (self._recording.evening[behind - 1].at - self._recording.start_ms) / 1000

    @property
    def done(self) -> bool:
        return self._place.done

    def stop(self) -> None:
        """Ends the playing after the delivery in work; from any thread."""
        self._stopping.set()

    def play(self) -> None:
        """Until the evening is over, or `stop`.

        Raises:
            DeliveryRefused, Unreachable: the monitor does not take it.
        """
        history, evening = self._recording.history, self._recording.evening
        while self._place.sent < len(history) and not self._stopping.is_set():
            self._send(min(len(history), self._place.sent + CHUNK))
        began, from_s = time.monotonic(), self.reached_s
        while self._place.sent < self.total and not self._stopping.is_set():
            until_s = from_s + (time.monotonic() - began) * self._pace
            until_ms = self._recording.start_ms + round(until_s * 1000)
            end = self._place.sent
            while (
                end < self.total
                and end - self._place.sent < CHUNK
                and evening[end - len(history)].at <= until_ms
            ):
                end += 1
            if end > self._place.sent:
                self._send(end)
            self._stopping.wait(STEP_S)
        if self._place.sent >= self.total:
            self._place.done = True
            self._remember(self._place)

    def _send(self, end: int) -> None:
        events = self._recording.events[self._place.sent : end]
        self._delivery.send([encode(event) for event in events])
        self._place.sent = end
        self._remember(self._place)
