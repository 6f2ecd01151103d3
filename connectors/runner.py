"""What every source gets for free: retries with full jitter, rates, back-pressure, gaps, dead
letters, acknowledgement after storage. The runner holds the sources of the configuration and
follows its changes.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct, field

from connectors.clock import Clock, WallClock
from connectors.collection import Collection
from connectors.logger import logger
from connectors.rates import HostRates
from connectors.watched import WatchedUntil

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from connectors.plan import Plan
    from connectors.sink import Sink

__all__ = ["Changes", "Runner"]

log = logger()

#: How often the runner saves until when each room was watched.
SAVE_S = 5.0
#: How often the runner checks whether refused connections are due for another attempt.
DUE_S = 5.0


class Changes(Struct):
    """What a new configuration changed; rooms are named `source/room`."""

    started: list[str] = field(default_factory=list)
    """Sources that are new, or start anew because their settings changed."""
    stopped: list[str] = field(default_factory=list)
    rooms_started: list[str] = field(default_factory=list)
    """Of sources that went on."""
    rooms_stopped: list[str] = field(default_factory=list)


class Runner:
    """All sources of one process."""

    def __init__(
        self,
        sink: Sink,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
        watched: WatchedUntil | None = None,
    ) -> None:
        """
        Args:
            random: for the jitter; a test seeds it.
            watched: until when each room was watched before this start.
        """
        self._sink = sink
        self._clock = clock if clock is not None else WallClock()
        self._random = random if random is not None else Random()  # noqa: S311  no secret
        self._watched = watched if watched is not None else WatchedUntil()
        self._rates = HostRates(self._clock)
        self._collections: dict[str, Collection] = {}
        self._applying = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def collections(self) -> Mapping[str, Collection]:
        """The sources at work, by name."""
        return self._collections

    async def apply(self, plans: Sequence[Plan]) -> Changes:
        """Starts, stops and changes sources so that they match the plans; unchanged ones go on."""
        async with self._applying:
            if not self._tasks:
                self._tasks = [
                    asyncio.create_task(self._save_often(), name="sources-saver"),
                    asyncio.create_task(self._retry_due(), name="sources-retrier"),
                ]
            changes = Changes()
            wanted = {plan.name: plan for plan in plans}
            leaving = [
                name
                for name, collection in self._collections.items()
                if name not in wanted or not _same(collection.plan, wanted[name])
            ]
            changes.stopped = [name for name in leaving if name not in wanted]
            await asyncio.gather(*(self._collections.pop(name).stop() for name in leaving))
            for name, plan in wanted.items():
                collection = self._collections.get(name)
                if collection is None:
                    collection = self._collections[name] = self._collect(plan)
                    await collection.set_rooms(plan.rooms)
                    changes.started.append(name)
                else:
                    new, gone = await collection.set_rooms(plan.rooms)
                    changes.rooms_started += [f"{name}/{room}" for room in new]
                    changes.rooms_stopped += [f"{name}/{room}" for room in gone]
            return changes

    async def retry_failed(self, only: Mapping[str, Container[str]] | None = None) -> list[str]:
        """Restarts refused connections; returns them as `source/room`.

        Args:
            only: restart these rooms of these sources alone.
        """
        async with self._applying:
            return [
                f"{name}/{room}"
                for name, collection in self._collections.items()
                if only is None or name in only
                for room in await collection.retry_failed(None if only is None else only[name])
            ]

    async def stop(self) -> None:
        """Stops reading, stores what was read, and ends."""
        async with self._applying:
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            collections, self._collections = self._collections, {}
            await asyncio.gather(*(collection.stop() for collection in collections.values()))
            await self._save()

    async def finished(self) -> None:
        """Returns when every source has come to the end of its input."""
        await asyncio.gather(*(each.finished() for each in self._collections.values()))

    def _collect(self, plan: Plan) -> Collection:
        return Collection(
            plan,
            self._sink,
            clock=self._clock,
            rates=self._rates,
            random=self._random,
            watched=self._watched,
        )

    async def _save_often(self) -> None:
        while True:
            await self._clock.sleep(SAVE_S)
            for collection in self._collections.values():
                collection.note_watched()
            await self._save()

    async def _retry_due(self) -> None:
        while True:
            await self._clock.sleep(DUE_S)
            now = self._clock.now_ms()
            async with self._applying:
                for name, collection in self._collections.items():
                    if collection.retry_at is not None and collection.retry_at <= now:
                        rooms = await collection.retry_failed()
                        log.info("failed_tried_again", source=name, connections=len(rooms))

    async def _save(self) -> None:
        data = self._watched.encode(self._clock.now_ms())
        try:
            await asyncio.to_thread(self._watched.save, data)
        except OSError as error:
            log.error("watched_not_saved", error=str(error))  # noqa: TRY400  the reason is enough


def _same(running: Plan, wanted: Plan) -> bool:
    return (running.origin, running.pace, running.platform) == (
        wanted.origin,
        wanted.pace,
        wanted.platform,
    )
