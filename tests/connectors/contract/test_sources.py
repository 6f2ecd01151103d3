"""The contract of sources lets a good one pass, and names what is wrong with each bad one."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.contract.report import ContractBroken
from connectors.contract.sources import assert_source_contract
from connectors.errors import Retryable
from connectors.source import Delivery
from connectors.sources.lines import FileLines, FileLinesOptions
from tests.connectors.lines import Caller, LineServer, LineSocket, line, recording, serving

pytestmark = pytest.mark.asyncio


class Line:
    """The other side: sends two lines to each caller, and can hang up on all of them."""

    def __init__(self) -> None:
        self.callers: list[Caller] = []
        self.server: LineServer

    async def serve(self, caller: Caller) -> None:
        self.callers.append(caller)
        await caller.say(line(1), line(2))
        while await caller.hear():
            pass

    async def hang_up(self) -> None:
        for caller in self.callers:
            caller.hang_up()


async def examine(kind: type[LineSocket], **more: Any) -> None:
    """The kit on a source of lines."""
    other = Line()
    async with serving(other.serve) as server:

        def make_source() -> LineSocket:
            return kind(server.port, "77001")

        make_source.__name__ = kind.__name__
        arguments: dict[str, Any] = {
            "frames": 2,
            "interrupt": other.hang_up,
            "unreachable": lambda: kind(1, "77001"),
            **more,
        }
        await assert_source_contract(make_source, **arguments)


async def test_a_good_one_passes() -> None:
    await examine(LineSocket, patience_s=5.0)


async def test_a_file_passes(tmp_path: Any) -> None:
    (tmp_path / "a").write_bytes(line(1) + line(2))
    for follow in (True, False):
        options = FileLinesOptions(path=str(tmp_path / "a"), follow=follow)
        missing = FileLinesOptions(path=str(tmp_path / "b"))
        await assert_source_contract(
            lambda options=options: FileLines(options, recording()),  # type: ignore[misc]
            frames=2,
            unreachable=lambda missing=missing: FileLines(missing, recording()),  # type: ignore[misc]
        )


class Nameless(LineSocket):
    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.name = ""


class HostIsNumber(LineSocket):
    def __init__(self, port: int, room: str) -> None:
        super().__init__(port, room)
        self.host = 17  # type: ignore[assignment]


class RaisesWhatTheSocketRaises(LineSocket):
    async def connect(self) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.close()
        await writer.wait_closed()
        await super().connect()


class TriesOn(LineSocket):
    async def connect(self) -> None:
        while True:
            try:
                return await super().connect()
            except Retryable:
                await asyncio.sleep(0.05)


class EndsAsIfAllWereSaid(LineSocket):
    async def __aiter__(self) -> AsyncIterator[Delivery]:
        try:
            async for delivery in super().__aiter__():
                yield delivery
        except Retryable:
            return


class RaisesItsOwnErrors(LineSocket):
    async def __aiter__(self) -> AsyncIterator[Delivery]:
        try:
            async for delivery in super().__aiter__():
                yield delivery
        except Retryable as error:
            raise ConnectionError("lost") from error


class NoticesNoLoss(LineSocket):
    async def __aiter__(self) -> AsyncIterator[Delivery]:
        try:
            async for delivery in super().__aiter__():
                yield delivery
        except Retryable:
            await asyncio.sleep(3_600)


class ConnectsOnlyOnce(LineSocket):
    used = False

    async def connect(self) -> None:
        if self.used:
            raise Retryable("not again")
        self.used = True
        await super().connect()


class ClosesOnlyOnce(LineSocket):
    async def close(self) -> None:
        if self.closed and self._writer is None:
            raise RuntimeError("closed already")
        await super().close()


class ClosesOnlyWhatIsOpen(LineSocket):
    async def close(self) -> None:
        assert self._writer is not None
        await super().close()


class NeverCloses(LineSocket):
    async def close(self) -> None:
        await super().close()
        await asyncio.sleep(3_600)


class AcknowledgesOnlyOnce(LineSocket):
    def _delivery(self, frame: bytes) -> Delivery:
        given = super()._delivery(frame)

        async def ack() -> None:
            if frame in self.acked:
                raise RuntimeError("acknowledged already")
            await given.ack()

        return Delivery(frame, given.received_at, ack)


class AcknowledgesOnlyWhileOpen(LineSocket):
    def _delivery(self, frame: bytes) -> Delivery:
        async def ack() -> None:
            assert self._writer is not None

        return Delivery(frame, time.time_ns() // 1_000_000, ack)


class SecondsForMilliseconds(LineSocket):
    def _delivery(self, frame: bytes) -> Delivery:
        return Delivery(frame, int(time.time()))


class Text(LineSocket):
    def _delivery(self, frame: bytes) -> Delivery:
        return Delivery(frame.decode(), time.time_ns() // 1_000_000)  # type: ignore[arg-type]


class BareBytes(LineSocket):
    def _delivery(self, frame: bytes) -> Delivery:
        return frame  # type: ignore[return-value]


class Mute(LineSocket):
    async def __aiter__(self) -> AsyncIterator[Delivery]:
        await asyncio.sleep(3_600)
        yield self._delivery(b"")


class LeavesATask(LineSocket):
    async def connect(self) -> None:
        await super().connect()
        self.beating = asyncio.create_task(asyncio.sleep(30), name="heartbeat")


class SwallowsCancellation(LineSocket):
    async def __aiter__(self) -> AsyncIterator[Delivery]:
        async for delivery in super().__aiter__():
            yield delivery
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                await asyncio.sleep(1.5)


class SendsIntoNothing(LineSocket):
    async def send(self, reply: bytes) -> None:
        assert self._writer is not None
        await super().send(reply)


class Blocks(LineSocket):
    async def connect(self) -> None:
        time.sleep(0.4)  # noqa: ASYNC251  that is the fault
        await super().connect()


BAD = [
    (Nameless, "it has a name"),
    (HostIsNumber, "`host` is a text"),
    (RaisesWhatTheSocketRaises, "who cannot connect raises Retryable or Fatal: Connect"),
    (TriesOn, "who cannot connect raises .*it goes on trying"),
    (EndsAsIfAllWereSaid, "a lost connection raises Retryable: it ended as if"),
    (RaisesItsOwnErrors, "a lost connection raises Retryable: ConnectionError"),
    (NoticesNoLoss, "a lost connection raises Retryable: it goes on waiting"),
    (ConnectsOnlyOnce, "it connects again after a loss: Retryable"),
    (ClosesOnlyOnce, "close twice is harmless: RuntimeError"),
    (ClosesOnlyWhatIsOpen, "close before connect is harmless: AssertionError"),
    (NeverCloses, "close ends: not within"),
    (AcknowledgesOnlyOnce, "acknowledging twice is harmless: RuntimeError"),
    (AcknowledgesOnlyWhileOpen, "acknowledging after close is harmless: AssertionError"),
    (SecondsForMilliseconds, "`received_at` is the wall clock in ms"),
    (Text, "frames are bytes: str"),
    (BareBytes, "it delivers Delivery: bytes"),
    (Mute, "it delivers 2 frames to each connection: not within"),
    (LeavesATask, "nothing runs on after close: heartbeat"),
    (SwallowsCancellation, "reading can be cancelled: it goes on"),
    (SendsIntoNothing, "send after close does nothing, or says so"),
]


#: Found by waiting: for these the test is as impatient as it can be on a busy machine.
FOUND_BY_WAITING = (TriesOn, NoticesNoLoss, NeverCloses, Mute, SwallowsCancellation)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "named"), BAD, ids=lambda case: getattr(case, "__name__", ""))
async def test_a_bad_one_is_named_with_what_is_wrong(kind: type[LineSocket], named: str) -> None:
    with pytest.raises(ContractBroken, match=named) as caught:
        await examine(kind, patience_s=0.5 if kind in FOUND_BY_WAITING else 5.0)
    assert str(caught.value).startswith(f"{kind.__name__} breaks the contract:")
    for task in asyncio.all_tasks():
        if task.get_name() == "heartbeat":
            task.cancel()


@pytest.mark.slow
async def test_one_that_blocks_everybody_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.contract.sources.STALL_S", 0.3)
    with pytest.raises(ContractBroken, match="it does not block the loop: for "):
        await examine(Blocks, patience_s=5.0)


class Calculates(LineSocket):
    async def connect(self) -> None:
        sum(range(40_000_000))  # half a second and more in one call
        await super().connect()


@pytest.mark.slow
async def test_one_that_keeps_the_interpreter_to_itself_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.contract.sources.STALL_S", 0.3)
    with pytest.raises(ContractBroken, match="it does not block the loop: for "):
        await examine(Calculates, patience_s=60.0)


@pytest.mark.slow
async def test_a_machine_that_stands_still_is_no_fault_of_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("connectors.contract.sources.STALL_S", 0.3)
    # From outside, as a machine that is busy with others does it: nothing of the process runs.
    pause = f"sleep 0.2; kill -STOP {os.getpid()}; sleep 0.8; kill -CONT {os.getpid()}"

    class Stopped(LineSocket):
        async def connect(self) -> None:
            shell = await asyncio.create_subprocess_exec("sh", "-c", pause)
            await shell.wait()
            await super().connect()

    await examine(Stopped, patience_s=20.0)
