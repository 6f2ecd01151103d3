"""Workers as processes, recordings, and what the two runtimes make of them."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from detectors.alerts import SEVERITY, Alert
from detectors.events import Session, decode, encode, room_key
from monitor.config import Config
from monitor.demo.recording import Recording
from monitor.pipeline.kafka.outbox import Message, Outbox
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.log import Entry
from monitor.pipeline.worker import wall_clock_ms
from monitor.runtime import Runtime
from tests import copies
from tests.detectors.build import rulebook
from tests.patience import PATIENCE_S

#: What was concluded of an alert: level, hits, moment of the last hit.
Conclusions = dict[str, tuple[str, int, int]]


class Process:
    """A command of livewatch that answers over HTTP, in a process of its own."""

    def __init__(
        self, command: str, config: Path, log: Path, *arguments: str, anew: bool = False
    ) -> None:
        given = [command, "--port", "0", "--config", str(config), *arguments]
        self.process = copies.start(copies.SHIPPED, given, errors=log, anew=anew)
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        if "http://" not in line:
            self.kill()
            raise AssertionError(f"no address but {line!r}; see {log}")
        self.url = line[line.index("http://") :].strip()

    def health(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.get("/healthz"))
        return body

    def metrics(self) -> str:
        return self.get("/metrics").decode()

    def get(self, path: str) -> bytes:
        return self.request("GET", path)[1]

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """One request on a connection of its own: status and body."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def kill(self) -> None:
        """As when the machine dies."""
        self.process.kill()
        self._end()

    def stop(self) -> int:
        self.process.terminate()
        return self._end()

    def _end(self) -> int:
        status = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


class WorkerProcess(Process):
    """`livewatch worker`."""

    def __init__(self, config: Path, log: Path, *, anew: bool = False) -> None:
        super().__init__("worker", config, log, anew=anew)

    def is_done(self) -> bool:
        """Has partitions, and nothing waits in them."""
        body = self.health()
        return bool(body["partitions"]) and not body["lag_events"] and not body["lag_signals"]

    def is_busy(self) -> bool:
        """Something waits."""
        return int(self.health()["lag_events"]) > 0

    def is_ready(self) -> bool:
        """Has taken up an assignment with its states."""
        return bool(self.health()["ready"])


def until(condition: Callable[[], bool], *, what: str) -> float:
    """Looks again and again; returns how long it took.

    To look may be to read a topic from its beginning: between two looks is three times as long as
    one takes, so that what is waited for has most of the processor.
    """
    began = time.monotonic()
    while True:
        looked = time.monotonic()
        if condition():
            return time.monotonic() - began
        now = time.monotonic()
        if now - began > PATIENCE_S:
            raise AssertionError(f"{what}: not within {PATIENCE_S:.0f} s")
        time.sleep(min(max(0.1, 3 * (now - looked)), 2.0))


def shortened(recording: Recording, count: int) -> list[bytes]:
    """The first events of a recording, and of those behind them the sessions: it ends as the whole
    does, so that nothing is left that time alone would conclude."""
    rest = [event for event in recording.events[count:] if isinstance(event, Session)]
    return [encode(event) for event in (*recording.events[:count], *rest)]


def in_rooms(lines: Iterable[bytes], rooms: int) -> list[bytes]:
    """The same recording in several rooms at once, event by event in turn."""
    copies = []
    for line in lines:
        for number in range(rooms):
            values = json.loads(line)
            values["room"] = f"{values['room']}-{number}"
            copies.append(json.dumps(values, ensure_ascii=False).encode())
    return copies


def messages(config: Config, lines: Iterable[bytes]) -> list[Message]:
    """Events on their way to the topic."""
    topic = TopicNames.of(config.kafka.prefix).events
    found = []
    for line in lines:
        event = decode(line)
        found.append(Message(topic, room_key(event.platform, event.room).encode(), line))
    return found


async def send_slowly(
    outbox: Outbox, batch: Sequence[Message], *, per_second: int, size: int = 200
) -> None:
    """Sends at a rate, as sources do."""
    began = time.monotonic()
    for start in range(0, len(batch), size):
        await outbox.send(batch[start : start + size])
        due = began + (start + size) / per_second
        await asyncio.sleep(max(0.0, due - time.monotonic()))


class Load(threading.Thread):
    """Sends at a rate, beside what the test does."""

    def __init__(
        self, config: Config, batch: Sequence[Message], *, per_second: int, rest: int = 0
    ) -> None:
        """
        Args:
            rest: so many messages at the end are only sent after `send_rest`.
        """
        super().__init__(name="load")
        self._config = config
        self._batch = batch
        self._per_second = per_second
        self._first = len(batch) - rest
        self._rest_may_go = threading.Event()
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._send())
        except BaseException as error:  # noqa: BLE001  told to the test
            self.error = error

    async def _send(self) -> None:
        # However long a broker takes to come back: what is tried is the worker, not who sends to it.
        outbox = Outbox(self._config.kafka, name="load", give_up_s=PATIENCE_S)
        await outbox.start()
        await send_slowly(outbox, self._batch[: self._first], per_second=self._per_second)
        if rest := self._batch[self._first :]:
            await asyncio.to_thread(self._rest_may_go.wait)
            await send_slowly(outbox, rest, per_second=self._per_second)
        await outbox.stop()

    def send_rest(self) -> None:
        self._rest_may_go.set()

    def finish(self) -> None:
        self.join(PATIENCE_S)
        assert not self.is_alive()
        assert self.error is None, repr(self.error)

    def until_heavy(self, worker: WorkerProcess) -> None:
        """Waits until the worker has work before it, or all is sent: a slow machine sends all of
        it while a worker starts, and a quick worker is then soon done."""
        until(lambda: worker.is_busy() or not self.is_alive(), what="load")
        time.sleep(0.5)  # in the middle of it, not at its beginning


def send(config: Config, batch: Sequence[Message]) -> None:
    """Sends all at once and waits until it is there."""

    async def sending() -> None:
        outbox = Outbox(config.kafka, name="test")
        await outbox.start()
        for start in range(0, len(batch), 2_000):
            await outbox.send(batch[start : start + 2_000])
        await outbox.stop()

    asyncio.run(sending())


def embedded(data: Path, config: Config, lines: Sequence[bytes]) -> Conclusions:
    """What the embedded runtime concludes."""
    return {
        alert.id: (alert.level, alert.hits, alert.last_at)
        for alert in embedded_alerts(data, config, lines).values()
    }


def _is_at_rest(runtime: Runtime) -> bool:
    """Is no room due soon? A room in work is not due meanwhile, so that is asked for two seconds."""
    for _ in range(40):
        due = runtime.worker._rooms.next_due()
        if due is not None and due <= runtime.clock() + 30_000:
            return False
        time.sleep(0.05)
    return True


def embedded_alerts(
    data: Path, config: Config, lines: Sequence[bytes], *, silence_ms: int = 0
) -> dict[str, Alert]:
    """The alerts of the embedded runtime by id, as they stand at the end.

    Args:
        silence_ms: how long nothing comes after the last line; the clock leaps.
    """
    leapt = 0
    runtime = Runtime(data, config, rulebook=rulebook(), clock=lambda: wall_clock_ms() + leapt)
    try:
        events = [decode(line) for line in lines]
        # All arrive at once, however slow the machine: a room of which nothing arrives for some
        # seconds concludes without what is still to come.
        now = runtime.clock()
        for start in range(0, len(lines), 2_000):
            entries = [
                Entry(room_key(event.platform, event.room), event.id, line)
                for event, line in zip(
                    events[start : start + 2_000], lines[start : start + 2_000], strict=True
                )
            ]
            runtime.log.append(entries, source="test", now=now).result(PATIENCE_S)
        runtime.start()
        until(lambda: runtime.worker.lag_events == 0, what="embedded lag")
        leapt = silence_ms
        # The last seconds of each room wait for time to pass.
        until(lambda: _is_at_rest(runtime), what="the end of the recording")
        runtime.worker.stop()
        found: dict[str, Alert] = {}
        cursor = None
        while True:
            page = runtime.store.list_alerts(limit=200, cursor=cursor)
            for row in page.items:
                found[row.alert.id] = row.alert
            cursor = page.next
            if cursor is None:
                return found
    finally:
        runtime.stop()


def concluded(config: Config) -> Conclusions:
    """What the alerts topic says, with the store's rule for versions of one alert."""

    async def reading() -> Conclusions:
        decoder = msgspec.json.Decoder(Alert)
        found: Conclusions = {}
        async for record in read_topic(config.kafka, TopicNames.of(config.kafka.prefix).alerts):
            alert = decoder.decode(record.value)
            level, hits, last_at = found.get(alert.id, ("info", 0, 0))
            found[alert.id] = (
                max(level, alert.level, key=lambda name: SEVERITY[name]),  # type: ignore[index]
                max(hits, alert.hits),
                max(last_at, alert.last_at),
            )
        return found

    return asyncio.run(reading())


def until_same(config: Config, wanted: Conclusions) -> None:
    """Waits for the alerts of the embedded run; shows what differs when they do not come."""
    try:
        until(lambda: concluded(config) == wanted, what="the same alerts")
    except AssertionError as error:
        found = concluded(config)
        differ = {
            alert: (wanted.get(alert), found.get(alert))
            for alert in sorted(wanted.keys() | found.keys())
            if wanted.get(alert) != found.get(alert)
        }
        raise AssertionError(f"{error}: wanted and found of {len(wanted)}: {differ}") from None


def letters(config: Config) -> list[Any]:
    """The records of the dead letters' topic."""

    async def reading() -> list[Any]:
        topic = TopicNames.of(config.kafka.prefix).deadletters
        return [record async for record in read_topic(config.kafka, topic)]

    return asyncio.run(reading())
