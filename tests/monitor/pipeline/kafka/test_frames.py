"""Frames as received, from the door of ingestion through a topic of their own into archive and bundle."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from detectors.alerts import Alert
from monitor.archive import forgetting, index
from monitor.archive.check import check
from monitor.archive.depot import FolderDepot
from monitor.archive.parquet import Session
from monitor.archive.reading import opened, rows_of
from monitor.config import Archive, Config, Evidence
from monitor.evidence import bundle, ledger, lost, report
from monitor.evidence.case import Request
from monitor.evidence.keeper import Keeper
from monitor.evidence.keys import KeyFolder
from monitor.evidence.verify import verify
from monitor.pipeline.kafka.collecting import collect
from monitor.pipeline.kafka.ingestion import IngestService
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topic_audit import audit_topic
from monitor.pipeline.kafka.topic_supply import late_frames
from monitor.pipeline.kafka.topics import TopicNames, check_topics, create_topics
from monitor.pipeline.log import Entry
from monitor.pipeline.worker import wall_clock_ms
from monitor.store.forgetting import MARK
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.connectors.decoders.test_hooks import FORWARD, NOW
from tests.detectors.build import rulebook
from tests.monitor.build import alert, chat
from tests.monitor.pipeline.kafka.conftest import new_config, written
from tests.monitor.pipeline.kafka.scale import Process
from tests.monitor.pipeline.kafka.test_topic_log import HOUR, archiver_of, follow, let_go

pytestmark = [pytest.mark.kafka]

#: Of one body: who began, two comments, two counters.
EVENTS = 5
ROOM = "2042584"
SMALL, LARGE = (
    json.dumps(FORWARD | {"padding": "x" * size}, ensure_ascii=False).encode()
    for size in (100, 80_000)
)


def keeping(kafka: str, folder: Path, *, raw: bool) -> tuple[Config, Path]:
    """A configuration whose topics are there, that of frames among them; and its file."""
    archive = Archive(to="folder", folder=str(folder / "kept"), raw=True)
    config = msgspec.structs.replace(new_config(kafka, max_message_bytes=65_536), archive=archive)
    asyncio.run(create_topics(config))
    assert asyncio.run(check_topics(config)) == []
    config = msgspec.structs.replace(config, archive=msgspec.structs.replace(archive, raw=raw))
    path = written(config, folder)
    (folder / "token").write_text("secret\n")
    (folder / "key").write_text("k1:0123456789abcdef\n")
    with path.open("a") as file:
        file.write(
            f"[ingest]\ntoken_file = '{folder}/token'\n"
            f"[collection]\npseudonym_key_file = '{folder}/key'\n"
            "[ingest.senders.console]\ndecoder = 'wxlivespy'\nplatform = 'wechat'\nloopback = true\n"
        )
    return config, path


def post(path: Path, folder: Path, *bodies: bytes) -> str:
    """What the metrics say after a console has sent these."""
    ingest = Process("ingest", path, folder / "ingest.log")
    try:
        for body in bodies:
            status, answer = ingest.request("POST", "/api/v1/events/console", body)
            assert (status, json.loads(answer)["accepted"]) == (202, EVENTS)
        return ingest.metrics()
    finally:
        ingest.stop()


def in_topic(config: Config, topic: str) -> list[tuple[bytes, bytes, dict[str, bytes]]]:
    async def read() -> list[tuple[bytes, bytes, dict[str, bytes]]]:
        return [
            (one.key, one.value, dict(one.headers)) async for one in read_topic(config.kafka, topic)
        ]

    return asyncio.run(read())


def kept(store: Store, folder: Path) -> list[tuple[str, str, bytes]]:
    """SHA-256, source and bytes of each frame in the archive."""
    depot = FolderDepot(folder / "kept")
    with store.database.read() as connection, Session() as session:
        return [
            (row.event, row.source, row.data)
            for entry in index.entries(connection, "kind = 'raw'")
            for row in rows_of(opened(depot, entry), session)
        ]


class Desk:
    """A store that follows, with an archive and an alert on the room."""

    def __init__(self, config: Config, store: Store, folder: Path) -> None:
        self.config, self.store, self.folder = config, store, folder
        self.now = wall_clock_ms()
        one = alert("A", room=ROOM)
        self.alert: Alert = msgspec.structs.replace(
            one, platform="wechat", first_at=NOW, last_at=NOW
        )
        store.commit(Outcome(alerts=[self.alert]), self.now)

    def export(self, name: str) -> tuple[list[str], dict[bytes, str], int]:
        """Notes of a bundle, its frames with the log of each, and how many records it has."""
        depot = FolderDepot(self.folder / "kept")
        assert collect(self.config.kafka, self.store, [self.alert.id], depot=depot) == ""
        keeper = Keeper(self.store.database, self.folder / "keys", Evidence())
        request = Request(alerts=[self.alert.id], who="何敏")
        made = bundle.export(
            self.store, keeper, rulebook(), self.config, request, self.folder / name,
            wall_clock_ms(), depot=depot, late=late_frames(self.config),
            captures=self.folder / "captures",
        )  # fmt: skip
        found = verify(Path(made.path))
        assert (found.verdict, found.findings, found.unproved) == ("seal-untrusted", [], 0)
        from tests.monitor.evidence.matter import contents

        lines = contents(Path(made.path)).get("data/frames/frames.ndjson", b"").splitlines()
        frames = [msgspec.json.decode(line) for line in lines]
        assert found.frames == len(frames)
        return (
            made.notes,
            {base64.b64decode(one["data"]): one["log"] for one in frames},
            found.records,
        )


def test_a_frame_goes_from_the_door_through_its_topic_into_archive_and_bundle(
    kafka: str, desk_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    config, path = keeping(kafka, tmp_path, raw=True)
    names = TopicNames.of(config.kafka.prefix)
    # The second is larger than the brokers take: its events are taken all the same.
    metrics = post(path, tmp_path, SMALL, LARGE)
    assert 'livewatch_frames_not_kept_total{source="console"} 1.0' in metrics
    assert "frame_not_kept" in (tmp_path / "ingest.log").read_text()
    assert len(in_topic(config, names.events)) == 2 * EVENTS
    [(key, value, headers)] = in_topic(config, names.frames)
    digest = hashlib.sha256(SMALL).hexdigest()
    assert (key, value) == (f"wechat:{ROOM}".encode(), SMALL)
    assert (headers["sha256"], headers["source"]) == (digest.encode(), b"console")
    assert abs(int(headers["received"]) - wall_clock_ms()) < 600_000
    # While its hour still runs a bundle has it from the topic, then from the archive.
    asyncio.run(follow(config, desk_store, 2 * EVENTS + 1))
    desk = Desk(config, desk_store, tmp_path)
    before = desk.export("before")
    assert {data: ledger.stands_for_frames(log) for data, log in before[1].items()} == {SMALL: True}
    assert before[2] == 2 * EVENTS
    assert "1 of 2 frames that the records name are not kept" in before[0]
    archiver = archiver_of(config, desk_store, tmp_path, desk.now + 2 * HOUR)
    archiver.turn()
    assert archiver.problem is None
    assert kept(desk_store, tmp_path) == [(digest, "console", SMALL)]
    assert desk.export("after") == before
    with desk_store.database.read() as connection:
        checked = check(connection, archiver._depot, KeyFolder(tmp_path / "keys"))
        assert (checked.problems, checked.records) == ([], 2 * EVENTS + 1)
        from monitor.evidence.audit import Audit

        audited = Audit()
        audit_topic(config.kafka, connection, audited)
        assert (audited.problems, audited.records) == ([], 2 * EVENTS + 1)
    # Another desk is told to forget a viewer before it has written the hour: by his pseudonym alone,
    # which no frame has. His events lead to the frame, and it never comes into a file.
    other = tmp_path / "other"
    other.mkdir()
    second = Store.open(other / "desk.db")
    asyncio.run(follow(config, second, 2 * EVENTS + 1))
    name = next(
        json.loads(value)["user"]
        for _, value, _ in in_topic(config, names.events)
        if json.loads(value).get("user")
    )
    second.forget_viewer([name], who="何敏", at=desk.now, archive=True)
    writer = archiver_of(config, second, other, desk.now + 2 * HOUR)
    writer.turn()
    assert writer.problem is None
    assert kept(second, other) == [(digest, "console", MARK.encode())]
    with second.database.read() as connection:
        checked = check(connection, writer._depot, KeyFolder(other / "keys"))
        assert forgetting.open_jobs(connection) == []
    assert (checked.problems, checked.forgotten >= 2) == ([], True)
    second.close()
    # What the topic lets go of before the desk has written it is told, also in the bundle.
    again = SMALL.replace(b'"xxx', b'"yyy')
    post(path, tmp_path, again)
    asyncio.run(follow(config, desk_store, 3 * EVENTS + 2))
    asyncio.run(let_go(config, names.frames))
    archiver = archiver_of(config, desk_store, tmp_path, desk.now + 4 * HOUR)
    archiver.turn()
    assert archiver.problem is None
    with desk_store.database.read() as connection:
        [gone] = lost.of_log(connection)
    assert (ledger.stands_for_frames(gone.log), gone.why, gone.records) == (True, "unarchived", 1)
    notes, frames, _ = desk.export("lost")
    assert set(frames) == {SMALL}
    assert "2 of 3 frames that the records name are not kept" in notes
    assert lost.told(gone) in notes


def test_a_viewer_is_forgotten_when_the_hour_turned_between_a_frame_and_its_events(
    kafka: str, desk_store: Store, tmp_path: Path
) -> None:
    """By his pseudonym alone: the hour of the frame is written before that of the events, which lead to
    it."""
    archive = Archive(to="folder", folder=str(tmp_path / "kept"), raw=True)
    config = msgspec.structs.replace(new_config(kafka), archive=archive)
    names = TopicNames.of(config.kafka.prefix)
    turn = wall_clock_ms() // HOUR * HOUR
    viewer = "k1:aaaabbbbccccdddd"
    digest = hashlib.sha256(SMALL).hexdigest()
    event = chat("c1", user=viewer, raw=digest)

    async def send() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=config.kafka.brokers)
        await admin.start()
        # With the times of their producer, or the hour would not turn in a test.
        times = {"message.timestamp.type": "CreateTime"}
        await admin.create_topics(
            [NewTopic(name, 2, 1, topic_configs=times) for name in (names.events, names.frames)]
        )
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=config.kafka.brokers)
        await producer.start()
        for topic, value, at in (
            (names.frames, SMALL, turn - 50),
            (names.events, event, turn + 50),
        ):
            headers = [("sha256", digest.encode()), ("source", b"relay"), ("received", b"1")]
            await producer.send_and_wait(
                topic, value, key=b"demo:1", timestamp_ms=at, headers=headers, partition=0
            )
        await producer.stop()

    asyncio.run(send())
    asyncio.run(follow(config, desk_store, 2))
    desk_store.forget_viewer([viewer], who="何敏", at=turn + 1_000, archive=True)
    for now, data in ((turn + 120_000, SMALL), (turn + HOUR + 120_000, MARK.encode())):
        writer = archiver_of(config, desk_store, tmp_path, now)
        writer.turn()
        assert writer.problem is None
        assert kept(desk_store, tmp_path) == [(digest, "relay", data)]
    with desk_store.database.read() as connection:
        assert forgetting.open_jobs(connection) == []
        checked = check(connection, writer._depot, KeyFolder(tmp_path / "keys"))
    assert (checked.problems, checked.forgotten) == ([], 2)


def test_where_nobody_wants_frames_nothing_is_written(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIVEWATCH_PSEUDONYM_KEY", raising=False)
    config, path = keeping(kafka, tmp_path, raw=False)
    post(path, tmp_path, SMALL)
    names = TopicNames.of(config.kafka.prefix)
    assert len(in_topic(config, names.events)) == EVENTS
    assert in_topic(config, names.frames) == []
    # A desk does not look at that topic.
    store = Store.open(tmp_path / "desk.db")
    asyncio.run(follow(config, store, EVENTS))
    with store.database.read() as connection:
        assert not any(map(ledger.stands_for_frames, ledger.names(connection)))
    assert late_frames(config) is None
    store.close()


def test_brokers_that_take_less_than_was_said_have_the_frames_that_fit(
    kafka: str, tmp_path: Path
) -> None:
    config, _ = keeping(kafka, tmp_path, raw=True)
    told = msgspec.structs.replace(config.kafka, max_message_bytes=4 * 2**20)
    frames = [
        Entry("demo:1", hashlib.sha256(data).hexdigest(), data)
        for data in (b"first", secrets.token_bytes(300_000), b"last")
    ]

    async def keep() -> float:
        service = IngestService(msgspec.structs.replace(config, kafka=told))
        await service.outbox.start()
        await asyncio.wrap_future(service.keep(frames, source="relay", now=NOW))
        await service.outbox.stop()
        assert service.failure is None
        return service.metrics.frames_not_kept.labels("relay")._value.get()

    assert asyncio.run(keep()) == 1
    found = [value for _, value, _ in in_topic(config, TopicNames.of(config.kafka.prefix).frames)]
    assert set(found) == {b"first", b"last"}
