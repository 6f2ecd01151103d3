"""The bytes of a frame as received are kept where the office wants them, and lead back from its events."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import msgspec
import pytest

from connectors.parcel import unpack
from connectors.source import Delivery
from connectors.unknowns import Unknowns
from detectors.events import decode
from monitor.archive import index
from monitor.archive.frames import Frames, frame_of
from monitor.archive.parquet import Session
from monitor.archive.reading import Reader, opened, rows_of
from monitor.config import Archive, Config
from monitor.evidence import ledger
from monitor.evidence.frames import frames_of
from monitor.evidence.records import Stored
from monitor.runtime import Runtime
from monitor.sources.embedded import sources_of
from monitor.sources.sink import LogSink
from tests.monitor.archive.deposit import HOUR, Deposit
from tests.monitor.build import BASE_MS, chat
from tests.patience import PATIENCE_S


class Here:
    source_name, room = "relay", "1"


class Lines:
    """A decoder of frames of several lines."""

    def feed(self, frame: bytes, received_at: int) -> object:
        from connectors.decoders.decoded import Decoded

        raw = hashlib.sha256(frame).hexdigest()
        events = [decode(line) for line in frame.splitlines()]
        return Decoded(events=[msgspec.structs.replace(event, raw=raw) for event in events])


def sent(sink: LogSink, *frames: bytes) -> None:
    async def write() -> None:
        for frame in frames:
            parcel, _ = unpack(Lines(), Delivery(frame, BASE_MS), Here(), Unknowns())  # type: ignore[arg-type, type-var]
            await sink.write("relay", parcel.events)

    asyncio.run(write())


@pytest.mark.slow
def test_frames_go_into_the_archive_and_their_events_name_them(tmp_path: Path) -> None:
    now = BASE_MS
    settings = Archive(to="folder", folder=str(tmp_path / "kept"), raw=True)
    runtime = Runtime(tmp_path / "data", Config(archive=settings), clock=lambda: now)
    sink = sources_of(runtime, None).runner._sink
    assert isinstance(sink, LogSink)
    frames = [
        b"\n".join(chat(f"{n}-{m}", n * 60 + m) for m in range(3)) + b"\r\n" for n in range(4)
    ]
    sent(sink, *frames, frames[0])
    now += HOUR + 120_000
    assert runtime.archiver is not None
    runtime.archiver.turn()
    assert runtime.archiver.problem is None
    with runtime.store.database.read() as connection, Session() as session:
        [kept] = index.entries(connection, "kind = 'raw'")
        rows = list(rows_of(opened(runtime.archiver._depot, kept), session))
        left = connection.exec_driver_sql("SELECT count(*) FROM raw_frames").scalar_one()
    assert [row.data for row in rows] == frames, "once each, byte for byte"
    assert left == 0, "what the archive has is not kept twice"
    named = {decode(record.data).raw for record in runtime.log.read(0, 100)}
    assert named == {row.event for row in rows} == {
        hashlib.sha256(frame).hexdigest() for frame in frames
    }  # fmt: skip
    runtime.stop()
    deposit = Deposit(tmp_path / "data", runtime.archiver._depot)
    found = deposit.check()
    assert (found.problems, found.files, found.records) == ([], 2, 16)
    deposit.close()


@pytest.mark.slow
def test_frames_of_a_topic_are_found_where_others_of_their_room_were_kept_in_the_database(
    tmp_path: Path,
) -> None:
    deposit = Deposit(tmp_path / "d")
    before, late = [b"one", b"two", b"three"], [b"four", b"five"]
    entries = [frame_of("demo:1", data) for data in before]
    Frames(deposit.store.database).keep(entries, source="relay", now=BASE_MS).result(PATIENCE_S)
    deposit.write(1)
    # In a topic positions begin anew.
    log = "livewatch.frames/0"
    deposit.store.database.write(
        lambda connection: ledger.follow(
            connection, log, [(place, BASE_MS, data) for place, data in enumerate(late)]
        )
    )
    deposit.keeper.cover(deposit.now)
    waiting = [
        Stored(log, place, "demo:1", "relay", BASE_MS, data) for place, data in enumerate(late)
    ]
    named = {hashlib.sha256(data).digest() for data in before + late}
    with deposit.store.database.read() as connection, Reader(deposit.depot) as reader:
        streams = frames_of(connection, reader, ["demo:1"], named, lambda *_: iter(waiting))
        found = {record.data: record.log for _, record in streams}
    assert found == dict.fromkeys(before, ledger.FRAMES) | dict.fromkeys(late, log)
    deposit.close()


@pytest.mark.slow
def test_without_the_setting_no_frame_is_kept(tmp_path: Path) -> None:
    settings = Archive(to="folder", folder=str(tmp_path / "kept"))
    runtime = Runtime(tmp_path / "data", Config(archive=settings), clock=lambda: BASE_MS)
    assert runtime.frames is None
    sent(sources_of(runtime, None).runner._sink, chat("a", 1))  # type: ignore[arg-type]
    with runtime.store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM raw_frames").scalar_one() == 0
    runtime.stop()
