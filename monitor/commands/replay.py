"""`livewatch replay`: plays a recording into a running monitor, at its own pace or faster.

Nothing is lost and the order is kept: a batch is sent again until the monitor has answered for
it. Sending twice is harmless, because events have ids.
"""

from __future__ import annotations

import heapq
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from connectors.errors import UnreadableSource
from connectors.sources.files import STDIN, InputFile
from detectors.events import Event, InvalidEvent, decode, encode
from monitor.commands.answer import answer
from monitor.commands.delivery import (
    BATCH_BYTES,
    BATCH_EVENTS,
    TIMEOUT_S,
    Delivery,
    DeliveryRefused,
    Unreachable,
)
from monitor.commands.exits import Exit
from monitor.commands.progress import progress
from monitor.errors import BrokerError, ConfigError

__all__ = ["Pace", "ReplayOptions", "moved", "run"]


class ReplayOptions(Struct, kw_only=True):
    """How a recording is played."""

    url: str
    token: str | None = None
    speed: float = 1.0
    """Times its own pace; 0: as fast as it is taken."""
    max_pause_s: float | None = None
    """Longest wait between two events, in seconds of the wall clock."""
    shift_to_now: Literal["first", "last"] | None = None
    """Move all times, so that the first (or last) event happens now."""
    session: str | None = None
    """Another session for all events."""
    give_up_after_s: float = 120.0
    kafka: bool = False
    """Straight into the events topic of `config`, not to `url`."""
    config: Path | None = None


class Recipient(Protocol):
    """Where batches go: a running monitor, or a topic."""

    accepted: int
    rejected: int

    def send(self, lines: Sequence[bytes]) -> list[tuple[int, str]]:
        """Sends a batch; returns index and reason of what was rejected."""
        ...

    def close(self) -> None:
        """Ends the connection."""
        ...


class _Line(Struct, frozen=True):
    """An event as it stands in a file."""

    place: str
    data: bytes
    at: int


def run(files: Sequence[str], options: ReplayOptions, *, as_json: bool = False) -> Exit:
    """Sends every event of the files; reports what was not accepted."""
    shift_ms = 0
    try:
        if options.shift_to_now is not None:
            if STDIN in files:
                return _refuse("--shift-to-now reads the recording twice: not from standard input")
            shift_ms = _shift(files, options.shift_to_now)
        delivery = _recipient(options)
    except (UnreadableSource, ValueError) as error:
        return _refuse(str(error))
    except ConfigError as error:
        _say(f"livewatch replay: {error}")
        return Exit.CONFIGURATION
    except BrokerError as error:
        _say(f"livewatch replay: {error}")
        return Exit.UNREACHABLE
    with ExitStack() as stack:
        try:
            inputs = [stack.enter_context(InputFile(name)) for name in files]
        except UnreadableSource as error:
            return _refuse(str(error))
        stack.callback(delivery.close)
        playing = _Playing(delivery, options, shift_ms)
        total = sum(file.size for file in inputs) if all(file.size for file in inputs) else 0
        try:
            with progress("replay", total, always=True) as show:
                playing.all(inputs, lambda: show(sum(f.position for f in inputs), playing.so_far()))
        except DeliveryRefused as error:
            _say(f"livewatch replay: {error}")
            return Exit.USAGE
        except (Unreachable, BrokerError) as error:
            _say(f"livewatch replay: {error}\n{playing.so_far()}")
            return Exit.UNREACHABLE
    answer(
        {"accepted": delivery.accepted, "rejected": delivery.rejected, "invalid": playing.invalid},
        playing.so_far(),
        as_json=as_json,
    )
    return Exit.INVALID_INPUT if playing.invalid or delivery.rejected else Exit.DONE


def _recipient(options: ReplayOptions) -> Recipient:
    if not options.kafka:
        return Delivery(
            options.url,
            options.token,
            options.give_up_after_s,
            # Who gives up soon does not wait a minute for one answer.
            timeout_s=min(TIMEOUT_S, max(1.0, options.give_up_after_s)),
            tell=lambda line: _say(f"livewatch replay: {line}"),
        )
    from monitor.config import load_config
    from monitor.pipeline.kafka.delivery import KafkaDelivery

    settings = load_config(options.config, os.environ)
    return KafkaDelivery(settings.kafka, options.give_up_after_s)


class _Playing:
    """One run over all files."""

    def __init__(self, delivery: Recipient, options: ReplayOptions, shift_ms: int) -> None:
        self.delivery = delivery
        self.options = options
        self.shift_ms = shift_ms
        self.invalid = 0
        self._batch: list[_Line] = []
        self._batch_bytes = 0

    def so_far(self) -> str:
        """What was taken, in words."""
        return f"accepted {self.delivery.accepted:,}, rejected {self.delivery.rejected + self.invalid:,}"

    def all(self, inputs: Sequence[InputFile], show: Callable[[], None]) -> None:
        """Plays the files, merged by time."""
        pace = Pace(self.options.speed, self.options.max_pause_s)
        streams = [self._events(file) for file in inputs]
        for reached, line in heapq.merge(*streams, key=lambda pair: pair[0]):
            wait_s = pace.wait_s(reached)
            if self._batch and (
                wait_s > 0
                or len(self._batch) >= BATCH_EVENTS
                or self._batch_bytes + len(line.data) > BATCH_BYTES
            ):
                self._send()
                show()
                wait_s = pace.wait_s(reached)
            if wait_s > 0:
                time.sleep(wait_s)
            self._batch.append(line)
            self._batch_bytes += len(line.data) + 1
        if self._batch:
            self._send()
        show()

    def _events(self, file: InputFile) -> Iterator[tuple[int, _Line]]:
        """The events of a file with the greatest time reached, which is their place in the merge."""
        reached = 0
        try:
            for number, data in file.lines():
                place = f"{file.name}:{number}"
                try:
                    event = decode(data)
                except InvalidEvent as error:
                    self.invalid += 1
                    _say(f"{place}: {error}")
                    continue
                reached = max(reached, event.at)
                yield reached, _Line(place, self._rewritten(event, data), event.at)
        except UnreadableSource as error:
            self.invalid += 1
            _say(str(error))

    def _rewritten(self, event: Event, data: bytes) -> bytes:
        """The event as it is sent: as it was written, unless it is moved or renamed."""
        if not self.shift_ms and self.options.session is None:
            return data.strip()
        return encode(moved(event, self.shift_ms, self.options.session))

    def _send(self) -> None:
        rejections = self.delivery.send([line.data for line in self._batch])
        for index, reason in rejections:
            _say(f"{self._batch[index].place}: rejected: {reason}")
        self._batch.clear()
        self._batch_bytes = 0


class Pace:
    """When events are due.

    >>> pace = Pace(speed=10, max_pause_s=None, clock=lambda: 100.0)
    >>> pace.wait_s(1_000), pace.wait_s(6_000)
    (0.0, 0.5)
    """

    def __init__(
        self, speed: float, max_pause_s: float | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._speed = speed
        self._max_pause_s = max_pause_s
        self._last_at = 0
        self._due = 0.0

    def wait_s(self, at: int) -> float:
        """How long until an event of this time is due."""
        now = self._clock()
        if self._speed <= 0:
            return 0.0
        if not self._last_at:
            self._last_at, self._due = at, now
        if at > self._last_at:
            pause_s = (at - self._last_at) / 1_000 / self._speed
            if self._max_pause_s is not None:
                pause_s = min(pause_s, self._max_pause_s)
            self._last_at, self._due = at, self._due + pause_s
        return max(0.0, self._due - now)


def moved(event: Event, shift_ms: int, session: str | None) -> Event:
    """The event at another time, and in another session.

    A moved event is another observation: it gets an id of its own, or a monitor that has seen
    the recording before would take it for a duplicate.
    """
    changes: dict[str, object] = {}
    if session is not None and event.session:
        changes["session"] = session
    if shift_ms:
        for field in ("at", "seen", "until", "from_", "ends_at"):
            value = getattr(event, field, None)
            if value is not None:
                changes[field] = value + shift_ms
        changes["id"] = f"{event.id[:200]}~{shift_ms // 1_000:x}"
    return msgspec.structs.replace(event, **changes)


def _shift(files: Sequence[str], which: Literal["first", "last"]) -> int:
    """How far the first or last event of the files lies before now, in ms."""
    ends: list[int] = []
    for name in files:
        with InputFile(name) as file:
            for _, data in file.lines():
                try:
                    ends.append(decode(data).at)
                except InvalidEvent:
                    continue  # reported when it is played
                if len(ends) > 2:
                    ends = [min(ends), max(ends)]
    if not ends:
        return 0
    return time.time_ns() // 1_000_000 - (min(ends) if which == "first" else max(ends))


def _refuse(reason: str) -> Exit:
    _say(f"livewatch replay: {reason}")
    return Exit.USAGE


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
