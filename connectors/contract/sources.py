"""The contract of a `Source`, run on one against its real other side."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from connectors.clock import now_ms
from connectors.contract.report import Report
from connectors.deliveries import deliveries_of
from connectors.errors import Fatal, Retryable
from connectors.source import Delivery, Source

__all__ = ["assert_source_contract"]

T = TypeVar("T")
#: A moment that is no second and no microsecond, and not long ago, ms.
NOW_WITHIN_MS = 60_000
#: How long the loop may stand still: whoever waits in a blocking call stops all other sources.
STALL_S = 2.0
LOOK_S = 0.05


async def assert_source_contract(
    make_source: Callable[[], Source],
    *,
    frames: int = 1,
    interrupt: Callable[[], Awaitable[None]] | None = None,
    unreachable: Callable[[], Source] | None = None,
    patience_s: float = 10.0,
) -> None:
    """Fails with all that is wrong with a source.

    Args:
        make_source: a new source; its other side is there and sends so many frames to each
            connection.
        frames: how many to wait for; a source that ends sends no more than these.
        interrupt: breaks the connection from the other side, which is there for the next one;
            ``None``: there is no connection that could be lost.
        unreachable: a source whose other side is not there.
        patience_s: how long each step may take.

    Raises:
        ContractBroken: with every rule that was broken.
    """
    trial = _Trial(make_source, frames, patience_s)
    stalls = asyncio.create_task(trial.watch_stalls())
    try:
        await trial.close_is_harmless()
        await trial.delivers()
        await trial.can_be_cancelled()
        if interrupt is not None:
            await trial.comes_back(interrupt)
        if unreachable is not None:
            await trial.says_that_nobody_is_there(unreachable)
    finally:
        stalls.cancel()
        await asyncio.gather(stalls, return_exceptions=True)
    trial.report.close()


class _Trial:
    def __init__(self, make_source: Callable[[], Source], frames: int, patience_s: float) -> None:
        self.report = Report(getattr(make_source, "__name__", repr(make_source)))
        self._make = make_source
        self._frames = frames
        self._patience_s = patience_s

    async def watch_stalls(self) -> None:
        with _Pulse() as pulse:
            while True:
                pulse.longest_s = 0.0
                before, worked = time.perf_counter(), time.thread_time()
                await asyncio.sleep(LOOK_S)
                stood_s = time.perf_counter() - before - LOOK_S
                worked_s = time.thread_time() - worked
                if stood_s <= STALL_S:
                    continue
                await asyncio.sleep(2 * LOOK_S)  # the pulse, too, has noticed by now
                # On a machine that is busy with others everything stands still, the pulse too; it
                # also does in a call that keeps the interpreter to itself, and that one works.
                stood_s = max(stood_s - pulse.longest_s, worked_s)
                if stood_s > STALL_S:
                    self.report.broken("it does not block the loop", f"for {stood_s:.1f} s")

    async def close_is_harmless(self) -> None:
        source = self._make()
        if not isinstance(getattr(source, "name", None), str) or not source.name:
            self.report.broken("it has a name")
        if not isinstance(getattr(source, "host", None) or "", str):
            self.report.broken("`host` is a text")
        if not isinstance(getattr(source, "resumes", False), bool):
            self.report.broken("`resumes` is true or false")
        await self._step("close before connect is harmless", source.close())
        await self._step("close twice is harmless", source.close())

    async def delivers(self) -> None:
        source = self._make()
        before = asyncio.all_tasks()
        deliveries: list[Delivery] = []
        if await self._connect(source):
            await self._read(source, deliveries)
            for delivery in deliveries:
                self._check(delivery)
            await self._step("a frame can be acknowledged", _each(deliveries))
            await self._step("acknowledging twice is harmless", _each(deliveries))
            await self._send(source, "send works or says that the connection is lost")
        await self._step("close ends", source.close())
        await self._step("close twice is harmless", source.close())
        await self._step("acknowledging after close is harmless", _each(deliveries))
        await self._send(source, "send after close does nothing, or says so")
        await asyncio.sleep(LOOK_S)
        left = asyncio.all_tasks() - before
        if left:
            names = ", ".join(sorted(task.get_name() for task in left))
            self.report.broken("nothing runs on after close", names)
        # Whoever connects again after close is the runner: the same object, once more.
        if await self._connect(source):
            again: list[Delivery] = []
            await self._read(source, again)
        await self._step("close ends", source.close())

    async def can_be_cancelled(self) -> None:
        source = self._make()
        if await self._connect(source):
            reading = asyncio.create_task(_drain(source))
            await asyncio.sleep(LOOK_S * 2)
            reading.cancel()
            done, _ = await asyncio.wait([reading], timeout=self._patience_s)
            if not done:
                self.report.broken("reading can be cancelled", "it goes on")
            elif not reading.cancelled() and (error := reading.exception()) is not None:
                self.report.broken("reading can be cancelled", f"{error!r} came out")
        await self._step("close ends after reading was cancelled", source.close())

    async def comes_back(self, interrupt: Callable[[], Awaitable[None]]) -> None:
        source = self._make()
        rule = "a lost connection raises Retryable"
        if await self._connect(source):
            await self._read(source, [])
            await interrupt()
            try:
                async with asyncio.timeout(self._patience_s):
                    await _drain(source)
            except Retryable:
                pass
            except TimeoutError:
                self.report.broken(rule, "it goes on waiting")
            except Exception as error:  # noqa: BLE001  that is what is looked for
                self.report.broken(rule, f"{error!r} instead")
            else:
                self.report.broken(rule, "it ended as if its input had ended")
            await self._step("close ends after a loss", source.close())
            if await self._connect(source, "it connects again after a loss"):
                again: list[Delivery] = []
                await self._read(source, again)
        await self._step("close ends", source.close())

    async def says_that_nobody_is_there(self, unreachable: Callable[[], Source]) -> None:
        source = unreachable()
        rule = "who cannot connect raises Retryable or Fatal"
        try:
            async with asyncio.timeout(self._patience_s):
                await source.connect()
        except (Retryable, Fatal):
            pass
        except TimeoutError:
            self.report.broken(rule, "it goes on trying; retrying is the runner's")
        except Exception as error:  # noqa: BLE001  that is what is looked for
            self.report.broken(rule, f"{error!r} instead")
        else:
            self.report.broken(rule, "nothing was raised")
        await self._step("close after a failed connect is harmless", source.close())

    async def _connect(self, source: Source, rule: str = "it connects") -> bool:
        return await self._step(rule, source.connect())

    async def _read(self, source: Source, deliveries: list[Delivery]) -> None:
        rule = f"it delivers {self._frames} frames to each connection"

        async def read() -> None:
            async with deliveries_of(source) as arriving:
                async for delivery in arriving:
                    deliveries.append(delivery)
                    if len(deliveries) >= self._frames:
                        return

        await self._step(rule, read())
        if len(deliveries) < self._frames:
            self.report.broken(rule, f"{len(deliveries)} came")

    async def _send(self, source: Source, rule: str) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await source.send(b"")
        except Retryable:
            pass
        except Exception as error:  # noqa: BLE001  that is what is looked for
            self.report.broken(rule, repr(error))

    def _check(self, delivery: Delivery) -> None:
        if not isinstance(delivery, Delivery):
            self.report.broken("it delivers Delivery", type(delivery).__name__)
            return
        if not isinstance(delivery.frame, bytes):
            self.report.broken("frames are bytes", type(delivery.frame).__name__)
        away = abs(now_ms() - delivery.received_at)
        if type(delivery.received_at) is not int or away > NOW_WITHIN_MS:
            self.report.broken(
                "`received_at` is the wall clock in ms since 1970", str(delivery.received_at)
            )

    async def _step(self, rule: str, step: Awaitable[T]) -> bool:
        try:
            async with asyncio.timeout(self._patience_s):
                await step
        except TimeoutError:
            self.report.broken(rule, f"not within {self._patience_s:g} s")
        except Exception as error:  # noqa: BLE001  that is what is looked for
            self.report.broken(rule, repr(error))
        else:
            return True
        return False


class _Pulse:
    """A thread beside the loop's that notes how late it wakes: so long no thread came to its turn."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def _beat(self) -> None:
        before = time.perf_counter()
        while not self._over.wait(LOOK_S):
            now = time.perf_counter()
            self.longest_s = max(self.longest_s, now - before - LOOK_S)
            before = now

    def __enter__(self) -> _Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


async def _drain(source: Source) -> None:
    async with deliveries_of(source) as arriving:
        async for _ in arriving:
            pass


async def _each(deliveries: list[Delivery]) -> None:
    for delivery in deliveries:
        if isinstance(delivery, Delivery):
            await delivery.ack()
