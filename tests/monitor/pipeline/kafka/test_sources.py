"""`livewatch ingest` with configured sources and senders: events and dead letters are in Kafka, also
when it is killed.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from connectors.signatures import new_secret, parse_secret, sign
from detectors.events import Chat, Event, Gap, decode
from monitor.config import Config
from monitor.pipeline.kafka.dead_letters import letter_of
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from tests.connectors.lines import line
from tests.monitor.pipeline.kafka.conftest import written
from tests.monitor.pipeline.kafka.scale import Process, letters, until
from tests.patience import PATIENCE_S, UnderWay

pytestmark = [pytest.mark.kafka]


def test_a_source_goes_through_ingestion_into_the_topics(
    make: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    config = make(partitions=2)
    recorded = tmp_path / "77001.jsonl"
    recorded.write_bytes(line(1) + b"no event\n" + line(2))
    (tmp_path / "token").write_text("secret\n")
    (tmp_path / "key").write_text("k1:0123456789abcdef\n")
    path = written(config, tmp_path)
    with path.open("a") as file:
        file.write(
            f"[ingest]\ntoken_file = '{tmp_path}/token'\n"
            f"[collection]\npseudonym_key_file = '{tmp_path}/key'\nreload_s = 0.2\n"
            f"watched_file = '{tmp_path}/watched.json'\n"
            "[[sources]]\nname = 'recorder'\ntype = 'file'\nplatform = 'demo'\nrooms = ['77001']\n"
            f"[sources.options]\npath = '{tmp_path}/{{room}}.jsonl'\nbookmark = '{tmp_path}/mark'\n"
        )
    ingest = Process("ingest", path, tmp_path / "ingest.log")
    try:
        until((tmp_path / "mark").exists, what="the first lines to be stored")
        with recorded.open("ab") as file:
            file.write(line(3))
        whole = recorded.stat().st_size
        until(
            lambda: json.loads((tmp_path / "mark").read_bytes())["offset"] == whole,
            what="the last line to be stored",
        )
        health = ingest.health()
        metrics = ingest.metrics()
    finally:
        ingest.stop()
    assert health["sources"]["recorder"]["connections"] == {"connected": 1}
    assert 'livewatch_source_events_total{source="recorder"} 3.0' in metrics
    assert 'livewatch_dead_letters_total{cause="invalid",stage="decode"} 1.0' in metrics
    # Whoever posts is in the same figures.
    assert 'livewatch_source_messages_total{source="http"} 0.0' in metrics
    assert health["senders"]["http"]["problem"] is None

    async def events() -> list[tuple[bytes, str]]:
        topic = TopicNames.of(config.kafka.prefix).events
        records = [record async for record in read_topic(config.kafka, topic)]
        return [(record.key, decode(record.value).id) for record in records]

    assert asyncio.run(events()) == [(b"demo:77001", f"c-{number}") for number in (1, 2, 3)]
    (letter,) = map(letter_of, letters(config))
    assert (letter.stage, letter.source, letter.data) == ("decode", "recorder/77001", b"no event\n")
    assert letter.cause == "invalid"


ROOM = "536681248455"
REQUESTS, LINES = 400, 5
RATE = 200


class Talking:
    """A relay that numbers its chat on and on, by the clock, whoever listens."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, int]] = []
        """Each number with its moment, ms."""
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        self.url = f"ws://127.0.0.1:{ready.result(timeout=PATIENCE_S)}/ws/{{room}}"

    async def _serve(self, ready: Future[int]) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_get("/ws/{room}", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.set_result(runner.addresses[0][1])
        await self._end.wait()
        await runner.cleanup()

    async def _take(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        listening = asyncio.create_task(socket.receive())
        while not listening.done() and not self._end.is_set():
            number, at = len(self.sent), time.time_ns() // 1_000_000
            self.sent.append((number, at))
            method = "WebcastChatMessage"
            common = {"method": method, "msgId": f"m{number}", "roomId": "7", "createTime": str(at)}
            try:
                await socket.send_json({"method": method, "common": common, "content": "多少钱"})
            except ConnectionError:
                break
            await asyncio.sleep(1 / RATE)
        return socket

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE_S)


class Sending:
    """A platform that posts signed requests, each until it is answered, wherever livewatch is.

    It goes on until `finish`, however long the kills take: each of them falls into its sending.
    """

    def __init__(self, secret: bytes, url: str) -> None:
        self.url = url
        self.answered = 0
        self.repeated = 0
        self._secret = secret
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        while self.answered < REQUESTS or not self._enough.is_set():
            first = self.answered * LINES
            body = b"".join(line(first + one, room="r") for one in range(LINES))
            while not self._post(f"msg_{self.answered}", body):
                self.repeated += 1
                time.sleep(0.05)
            self.answered += 1
            time.sleep(0.01)

    def _post(self, id_: str, body: bytes) -> bool:
        now = int(time.time())
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(self._secret, id_, now, body),
        }
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE_S)
        try:
            connection.request("POST", "/api/v1/events/platform", body, headers)
            return connection.getresponse().status == 202
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def finish(self) -> None:
        self._enough.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()


@pytest.fixture
def under_way() -> Iterator[UnderWay]:
    """From the moment of a message to that of its arrival."""
    with UnderWay() as opened:
        yield opened


@pytest.mark.slow(4)
def test_killed_in_the_middle_webhook_and_socket_lose_nothing_untold(
    make: Callable[..., Config],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    under_way: UnderWay,
) -> None:
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    config = make(partitions=2)
    secret = new_secret(bytes(32))
    (tmp_path / "secrets").write_text(secret)
    (tmp_path / "token").write_text("secret\n")
    (tmp_path / "key").write_text("k1:0123456789abcdef\n")
    relay = Talking()
    path = written(config, tmp_path)
    with path.open("a") as file:
        file.write(
            f"[ingest]\ntoken_file = '{tmp_path}/token'\n"
            f"[ingest.senders.platform]\nsecrets_file = '{tmp_path}/secrets'\n"
            f"[collection]\npseudonym_key_file = '{tmp_path}/key'\n"
            f"watched_file = '{tmp_path}/watched.json'\n"
            "[[sources]]\nname = 'relay'\ntype = 'relay'\ndecoder = 'douyinlive'\n"
            f"platform = 'douyin'\nrooms = ['{ROOM}']\n[sources.options]\nurl = '{relay.url}'\n"
        )
    kills = 0
    ingest = Process("ingest", path, tmp_path / "ingest.log")
    try:
        sending = Sending(parse_secret(secret), ingest.url)
        watched = tmp_path / "watched.json"
        while kills < 2:
            share = REQUESTS * (kills + 1) // 3
            until(lambda: sending.answered >= share, what="requests")  # noqa: B023
            # Without it the next start would not know since when nobody watched.
            until(watched.exists, what="the record of what was watched")
            ingest.kill()
            kills += 1
            ingest = Process("ingest", path, tmp_path / "ingest.log")
            sending.url = ingest.url
        sending.finish()
        heard = len(relay.sent)
        until(lambda: len(relay.sent) > heard + RATE, what="chat after the kills")
        until(lambda: ingest.health()["sources"]["relay"]["events"] > 0, what="events")
    finally:
        status = ingest.stop()
        relay.close()
    assert status == 0

    async def stored() -> list[Event]:
        topic = TopicNames.of(config.kafka.prefix).events
        return [decode(record.value) async for record in read_topic(config.kafka, topic)]

    events = asyncio.run(stored())
    # Each request until it was answered: nothing is missing, though some may be there twice.
    assert {event.id for event in events if event.room == "r"} == {
        f"c-{number}" for number in range(sending.answered * LINES)
    }
    assert sending.repeated
    # A socket cannot send again: what is not there lies in a gap that is told.
    chats = {event.id for event in events if isinstance(event, Chat) and event.room == ROOM}
    gaps = [event for event in events if isinstance(event, Gap) and event.room == ROOM]
    missing = [(number, at) for number, at in relay.sent if f"m{number}" not in chats]
    assert len(chats) > RATE
    assert missing
    last = max(number for number, _ in relay.sent if f"m{number}" in chats)
    assert [
        (number, at)
        for number, at in missing
        if number < last
        and not any(gap.from_ - under_way.ms <= at <= gap.until + under_way.ms for gap in gaps)
    ] == []
