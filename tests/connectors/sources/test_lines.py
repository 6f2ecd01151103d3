"""A file that someone goes on writing: whole lines, a bookmark after storage, replaced files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from connectors.errors import Fatal, Retryable
from connectors.plan import Plan
from connectors.runner import Runner
from connectors.sink import MemorySink
from connectors.sources.lines import FileLines, FileLinesOptions
from detectors.events import Chat, Gap
from tests.connectors.lines import QUICK, Talkative, line, recording, seeded, until

pytestmark = pytest.mark.asyncio


def file_plan(options: FileLinesOptions) -> Plan:
    return Plan(
        name="file",
        platform="demo",
        make=lambda room: (FileLines(options, recording(room)), Talkative(recording(room))),
        rooms=("77001",),
        pace=QUICK,
    )


async def ids_of(options: FileLinesOptions) -> list[str]:
    sink = MemorySink()
    runner = Runner(sink, random=seeded())
    await runner.apply([file_plan(options)])
    await asyncio.wait_for(runner.finished(), 10)
    await runner.stop()
    return [event.id for event in sink.events]


async def test_all_lines_are_read_the_last_one_without_its_end_too(tmp_path: Path) -> None:
    (tmp_path / "77001.jsonl").write_bytes(line(1) + line(2) + line(3).strip())
    options = FileLinesOptions(path=str(tmp_path / "{room}.jsonl"), follow=False)
    assert await ids_of(options) == ["c-1", "c-2", "c-3"]


async def test_a_start_goes_on_where_the_last_one_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(1) + line(2))
    options = FileLinesOptions(path=str(path), bookmark=str(tmp_path / "mark"), follow=False)
    assert await ids_of(options) == ["c-1", "c-2"]
    with path.open("ab") as file:
        file.write(line(3))
    assert await ids_of(options) == ["c-3"]


@pytest.mark.parametrize("old", [line(1), line(1) * 3])  # the new one longer, and shorter
async def test_another_file_under_the_name_is_read_from_its_beginning(
    tmp_path: Path, old: bytes
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(old)
    options = FileLinesOptions(path=str(path), bookmark=str(tmp_path / "mark"), follow=False)
    await ids_of(options)
    path.write_bytes(line(8) + line(9))
    gap, *said = await ids_of(options)
    assert gap.startswith("gap-"), "whatever was written after the bookmark is gone"
    assert said == ["c-8", "c-9"]


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("times", [1, 2])
async def test_what_was_renamed_while_nobody_read_is_read_to_its_end_first(
    tmp_path: Path, times: int, follow: bool
) -> None:
    path, mark = tmp_path / "a.jsonl", tmp_path / "a.jsonl.mark"
    path.write_bytes(line(1))
    options = FileLinesOptions(path=str(path), bookmark=str(mark), follow=False)
    assert await ids_of(options) == ["c-1"]
    with path.open("ab") as file:
        file.write(line(2))
    path.rename(tmp_path / f"a.jsonl.{times}")
    if times == 2:
        (tmp_path / "a.jsonl.1").write_bytes(line(3))
    # Neither of them is one that a rotation made of it.
    (tmp_path / "a.jsonl.9.gz").write_bytes(b"packed")
    (tmp_path / "a.jsonl2").write_bytes(line(99))
    path.write_bytes(line(4))
    sink = MemorySink()
    runner = Runner(sink, random=seeded())
    await runner.apply([file_plan(FileLinesOptions(path=str(path), bookmark=str(mark), follow=follow))])  # fmt: skip
    wanted = ["c-2", "c-4"] if times == 1 else ["c-2", "c-3", "c-4"]
    await until(lambda: len(sink.events) == len(wanted))
    await runner.stop()
    assert [event.id for event in sink.events] == wanted
    assert sink.letters == []
    with path.open("ab") as file:
        file.write(line(5))
    assert await ids_of(options) == ["c-5"]


async def test_what_is_gone_since_the_bookmark_is_a_gap_that_is_told_once(tmp_path: Path) -> None:
    path, mark = tmp_path / "a.jsonl", tmp_path / "mark"
    path.write_bytes(line(1))
    options = FileLinesOptions(path=str(path), bookmark=str(mark), follow=False)
    await ids_of(options)
    os.utime(mark, (1_790_000_000, 1_790_000_000))
    path.write_bytes(line(7) + line(8))
    sink = MemorySink()
    runner = Runner(sink, random=seeded())
    await runner.apply([file_plan(options)])
    await asyncio.wait_for(runner.finished(), 10)
    await runner.stop()
    [gap] = [event for event in sink.events if isinstance(event, Gap)]
    assert (gap.room, gap.from_) == ("77001", 1_790_000_000_000)
    assert "replaced while nobody read it" in (gap.reason or "")
    assert await ids_of(options) == []


async def test_what_is_written_later_is_read_and_a_replaced_file_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(1) + line(2)[:20])
    sink = MemorySink()
    runner = Runner(sink, random=seeded())
    await runner.apply([file_plan(FileLinesOptions(path=str(path)))])
    await until(lambda: len(sink.events) == 1)
    with path.open("ab") as file:
        file.write(line(2)[20:])
    await until(lambda: len(sink.events) == 2)
    (tmp_path / "new").write_bytes(line(3))
    (tmp_path / "new").replace(path)
    await until(lambda: len(sink.events) == 3)
    await runner.stop()
    assert [event.id for event in sink.events] == ["c-1", "c-2", "c-3"]
    assert sink.letters == []


@pytest.mark.parametrize("more", [0, 1, 300])  # shorter than before, longer, longer than a head
async def test_a_file_that_is_written_anew_is_read_from_its_beginning_and_tells_a_gap(
    tmp_path: Path, more: int
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(1) + line(2))
    sink = MemorySink()
    runner = Runner(sink, random=seeded())
    await runner.apply(
        [file_plan(FileLinesOptions(path=str(path), bookmark=str(tmp_path / "mark")))]
    )
    await until(lambda: len(sink.events) == 2)
    # `copytruncate`, and the writer has gone on before the next look.
    path.write_bytes(b"".join(line(n) for n in range(3, 4 + 2 * more)))
    last = f"c-{3 + 2 * more}"
    await until(lambda: last in {event.id for event in sink.events})
    await until(lambda: any(isinstance(event, Gap) for event in sink.events))
    await runner.stop()
    said = [event.id for event in sink.events if isinstance(event, Chat)]
    assert said == [f"c-{n}" for n in range(1, 4 + 2 * more)]
    [gap] = [event for event in sink.events if isinstance(event, Gap)]
    assert (gap.room, gap.session) == ("77001", "s1")
    assert (gap.reason or "").endswith("was cut or written anew")
    assert 0 < gap.until - gap.from_ < 20_000


async def test_of_a_file_that_is_replaced_what_was_written_last_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(line(1))
    sink = MemorySink()
    runner = Runner(sink, random=seeded())
    await runner.apply([file_plan(FileLinesOptions(path=str(path)))])
    await until(lambda: len(sink.events) == 1)
    with path.open("ab") as file:
        path.rename(tmp_path / "a.jsonl.1")
        file.write(line(2))
    path.write_bytes(line(3))
    await until(lambda: len(sink.events) == 3)
    await runner.stop()
    assert [event.id for event in sink.events] == ["c-1", "c-2", "c-3"]  # and no gap


async def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    source = FileLines(FileLinesOptions(path=str(tmp_path / "later")), recording())
    with pytest.raises(Retryable, match="there is no file"):
        await source.connect()
    (tmp_path / "later").write_bytes(line(1))
    await source.connect()
    await source.close()


async def test_a_folder_is_no_file(tmp_path: Path) -> None:
    source = FileLines(FileLinesOptions(path=str(tmp_path)), recording())
    with pytest.raises(Fatal, match="Is a directory"):
        await source.connect()


async def test_a_broken_bookmark_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(line(1))
    (tmp_path / "mark").write_text("nonsense")
    source = FileLines(
        FileLinesOptions(path=str(tmp_path / "a"), bookmark=str(tmp_path / "mark")), recording()
    )
    with pytest.raises(Fatal, match="mark is no bookmark"):
        await source.connect()


async def test_an_acknowledgement_of_an_earlier_file_moves_no_bookmark(tmp_path: Path) -> None:
    path, mark = tmp_path / "a", tmp_path / "mark"
    path.write_bytes(line(1))
    source = FileLines(
        FileLinesOptions(path=str(path), bookmark=str(mark), follow=False), recording()
    )
    await source.connect()
    (old,) = [delivery async for delivery in source]
    path.write_bytes(line(2))
    await source.connect()
    await old.ack()
    assert not mark.exists()
    (new,) = [delivery async for delivery in source]
    await source.close()
    await new.ack()  # the log may take it after the end
    assert mark.exists()
