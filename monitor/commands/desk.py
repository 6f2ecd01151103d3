"""`livewatch desk`: the console over alerts that workers found; its store follows Kafka."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.commands.exits import Exit
from monitor.commands.service import run_service

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiohttp import web

    from detectors.pack.load import Rulebook
    from monitor.archive.depot import Depot
    from monitor.archive.history import RoomHistory
    from monitor.condition import Problem
    from monitor.config import Config
    from monitor.evidence.bundles import Bundles
    from monitor.evidence.captures import Captures
    from monitor.metrics import Metrics
    from monitor.notify.settings import Notify
    from monitor.pipeline.kafka.alert_feed import AlertFeed
    from monitor.pipeline.kafka.topic_log import TopicLog
    from monitor.reload import Reload
    from monitor.senders import Sender
    from monitor.store.alerts import Change
    from monitor.store.rows import DeadLetter
    from monitor.store.store import Store

__all__ = ["DeskOptions", "run"]


class DeskOptions(Struct, frozen=True, kw_only=True):
    """What the command line gives; ``None`` leaves it to the configuration."""

    data: Path
    """Directory of the store; made if missing."""
    config: Path | None = None
    host: str | None = None
    port: int | None = None
    """0: any free port; the address is printed."""


def run(options: DeskOptions) -> Exit:
    """Serves until SIGTERM or Ctrl-C."""
    return run_service(
        options.config,
        "livewatch-desk",
        lambda settings, stopping: _serve(settings, stopping, options),
    )


async def _serve(settings: Config, stopping: asyncio.Event, options: DeskOptions) -> Exit:
    from monitor import desk
    from monitor.app import RELOAD, add_notifications, build_shell, runner_of, warn_of_open_console
    from monitor.background import in_background
    from monitor.commands.listening import check_host, listen
    from monitor.pipeline.worker import wall_clock_ms
    from monitor.runtime import claim
    from monitor.supervision import supervised

    check_host(settings, options.host)
    held = claim(options.data)
    service = _DeskService(settings, options.data, options.config)
    await service.feed.start()
    await service.topic.start()
    following = [
        asyncio.create_task(service.feed.run(), name="livewatch-feed"),
        asyncio.create_task(service.topic.run(), name="livewatch-topic"),
    ]
    app = build_shell(service)
    app[RELOAD] = service.reload
    broadcast = desk.setup(
        app,
        store=service.store,
        settings=settings,
        rulebook=service.rulebook,
        clock=wall_clock_ms,
        bundles=service.bundles,
        captures=service.captures,
        senders=service.senders,
        metrics=service.metrics,
        history=service.history,
    )
    service.metrics.sse_clients.set_function(lambda: broadcast.clients)
    add_notifications(app, service.store, service, clock=wall_clock_ms)
    runner = runner_of(app, settings)
    await runner.setup()
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    try:
        url = await listen(runner, settings, options.host, options.port)
        print(f"livewatch: console at {url}", flush=True)
        await warn_of_open_console(app, url)
        following_config = in_background(_follow(app, service, asked), "livewatch-reload")
        async with following_config, supervised(lambda: True):
            await stopping.wait()
    finally:
        for task in following:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await service.feed.stop()
        await service.topic.stop()
        await runner.cleanup()
        held.close()
    return Exit.DONE


def _suppliers(config: Config) -> dict[str, Sender]:
    """The senders whose screenshots ingestion hands on.

    Raises:
        ConfigError: one of them has no secret that can be read here.
    """
    from monitor.senders import senders_of

    ingest = config.ingest
    return senders_of(ingest.senders, None) if ingest.captures_to is not None else {}


async def _follow(app: web.Application, service: _DeskService, asked: asyncio.Event) -> None:
    """Takes up `[notify]` as the configuration has it, and the secrets of senders, whenever it is asked
    to; for SIGHUP."""
    from monitor.desk.keys import NOTIFICATIONS
    from monitor.notify.service import check

    def checked(config: Config) -> tuple[Notify, dict[str, Sender]]:
        check(config.notify)
        senders = _suppliers(config)
        # A sender who is new, or gone, takes a restart, as at ingestion.
        known = {name: one for name, one in senders.items() if name in service.senders}
        return config.notify, known

    while True:
        await asked.wait()
        asked.clear()
        found = await service.reload.change(checked)
        if found is not None:
            settings, senders = found
            service.senders.update(senders)
            await app[NOTIFICATIONS].follow(settings)


class _DeskService:
    """Store and feed, and what answers for them over HTTP."""

    config: Config
    metrics: Metrics
    reload: Reload
    store: Store
    feed: AlertFeed
    topic: TopicLog
    rulebook: Rulebook
    bundles: Bundles
    captures: Captures
    senders: dict[str, Sender]
    """Whose screenshots are taken; nobody's where ingestion hands none on."""
    depot: Depot | None
    """Of the archive."""
    history: RoomHistory

    def __init__(self, config: Config, data: Path, path: Path | None) -> None:
        from monitor.archive.archiver import Archiver
        from monitor.archive.depot import FOLDER as ARCHIVE
        from monitor.archive.depot import depot_of
        from monitor.archive.history import RoomHistory
        from monitor.commands.db import open_store
        from monitor.evidence.bundles import Bundles
        from monitor.evidence.captures import Captures
        from monitor.evidence.keeper import Keeper, captures_folder, evidence_folder, keys_folder
        from monitor.evidence.stamper import Stamper
        from monitor.metrics import Metrics
        from monitor.pipeline.kafka.alert_feed import AlertFeed
        from monitor.pipeline.kafka.topic_log import TopicLog
        from monitor.pipeline.kafka.topic_supply import TopicSupplies, late_frames, late_records
        from monitor.pipeline.worker import wall_clock_ms
        from monitor.reload import Reload
        from monitor.retention import Sweeper
        from monitor.rulebooks import rulebook_of
        from monitor.runtime import DATABASE
        from monitor.storage import Storage
        from monitor.store.database import Database
        from monitor.upkeep import Upkeep

        self.config = config
        self._data = data
        self.metrics = Metrics()
        self.reload = Reload(config, path, self.metrics, ("notify",))
        for series in self.metrics.lags:
            series.remove("log", "0")
        #: The files of the store, where it is one of SQLite's.
        self.storage = (
            Storage(data, data / DATABASE, self.metrics) if config.store.url is None else None
        )
        self.store = open_store(config, data, claimed=True)
        self.store.reopening = config.alerts.reopening
        if self.storage is not None and isinstance(self.store.database, Database):
            storage = self.storage
            storage.opened(self.store.database, seq=self.store.seq)
            self.store.listen(lambda seq: storage.note(seq=seq))
        self.upkeep = Upkeep()
        self.keeper = Keeper(
            self.store.database, keys_folder(data, config.evidence), config.evidence
        )
        self.stamper = Stamper(self.store.database, config.evidence.authorities, wall_clock_ms)
        self.rulebook = rulebook_of(config.rules)
        depot = self.depot = depot_of(config.archive, data)
        self.bundles = Bundles(
            self.store, self.keeper, self.rulebook, config,
            evidence_folder(data, config.evidence) / "bundles", wall_clock_ms,
            collect=self._collected, depot=depot, late=late_frames(config),
        )  # fmt: skip
        self.captures = Captures(
            self.store, captures_folder(data, config.evidence), wall_clock_ms,
            least_free=config.ingest.min_free_bytes,
        )  # fmt: skip
        self.sweeper = Sweeper(self.store, self.captures, config, self.metrics, self.upkeep)
        self.senders = _suppliers(config)
        self.topic = TopicLog(config, self.store.database)
        work = data / f"{ARCHIVE}.work"
        #: Writes the archive from the topic; ``None``: there is none.
        self.archiver = (
            Archiver(
                self.store.database, depot, config.archive, self.keeper, work, wall_clock_ms,
                TopicSupplies(
                    config.kafka, self.store.database, work, frames=config.archive.keeps_frames
                ),
            )
            if depot is not None
            else None
        )  # fmt: skip
        archived = depot is not None
        self.history = RoomHistory(
            self.store.database, config.archive, data,
            lambda connection, room, since: late_records(
                config.kafka, connection, archive=archived, room=room, since=since
            ),
        )  # fmt: skip
        self.feed = AlertFeed(config, self.store, on_changes=self._count)

    def start(self) -> None:
        """The feeds are run beside."""
        from monitor.pipeline.worker import wall_clock_ms

        self.keeper.begin("desk", self.rulebook, self.config, wall_clock_ms())
        self.stamper.start()
        self.bundles.start()
        if self.archiver is not None:
            self.archiver.start()

    def stop(self) -> None:
        """Signs what came last, writes what is queued and closes the store."""
        from monitor.pipeline.worker import wall_clock_ms

        self.stamper.stop()
        self.bundles.stop()
        if self.archiver is not None:
            self.archiver.stop()
        self.keeper.close(wall_clock_ms())
        self.store.close()
        if self.storage is not None:
            self.storage.close()

    def sweep(self) -> None:
        """Signs a head of the evidence and takes out what has had its time; blocks. What fails is
        named in `problems`, and keeps nothing else from being done."""
        from monitor.pipeline.worker import wall_clock_ms

        now = wall_clock_ms()
        do = partial(self.upkeep.do, now=now)
        if self.storage is not None:
            do("what was committed last is not noted beside the database", self.storage.sync)
        do("the evidence is not tended", lambda: self.keeper.tend(now))
        self.sweeper.sweep(now, self.rulebook.digest)

    def refresh_metrics(self) -> None:
        """Sets the series that are not counted along."""
        from monitor.evidence import lost
        from monitor.store.rows import AlertFilter

        self.metrics.storage.labels("database").set(self.store.database.size_bytes())
        if self.storage is not None:
            self.storage.refresh_metrics()
        counts = self.store.counts(AlertFilter(status=["new", "acknowledged"]))
        for level, count in counts.items():
            self.metrics.alerts_open.labels(level).set(count)
        self.metrics.evidence_log_size.set(self.keeper.size())
        for one in self.stamper.states():
            self.metrics.evidence_unstamped.labels(one.name).set(one.unstamped)
            if one.last_at is not None:
                self.metrics.evidence_last_stamp.labels(one.name).set(one.last_at / 1_000)
        with self.store.database.read() as connection:
            for why, records in lost.counts(connection).items():
                self.metrics.evidence_lost.labels(why).set(records)
        if self.archiver is not None:
            self.archiver.measure(self.metrics)
        known, on_air, _ = self.store.count_rooms()
        self.metrics.rooms.labels("known").set(known)
        self.metrics.rooms.labels("on_air").set(on_air)
        self.metrics.observe_disk(self._data)

    def ready(self) -> str | None:
        """What has to pass before this console is any use."""
        return self.feed.failure

    def health(self) -> tuple[bool, dict[str, object]]:
        """Do alerts come?"""
        failure = self.feed.failure
        return failure is None, {
            "failure": failure,
            "records": self.feed.taken,
        }

    def problems(self) -> list[Problem]:
        """What is wrong with the configuration, the files of the store, or the evidence."""
        from monitor.condition import Problem
        from monitor.evidence import lost
        from monitor.pipeline.worker import wall_clock_ms

        told = self.storage.problems if self.storage is not None else []
        problems = [
            *self.reload.problems(),
            *(Problem("database", says) for says in told),
        ]
        if self.keeper.problem is not None:
            problems.append(Problem("signing", self.keeper.problem))
        problems += [
            Problem(
                "timestamps",
                f"{one.name} gives no time stamps: {one.reason}; {one.unstamped} heads wait",
            )
            for one in self.stamper.states()
            if one.reason
        ]
        if self.topic.failure is not None:
            says = f"the topic of events is not followed: {self.topic.failure}"
            problems.append(Problem("evidence", says))
        with self.store.database.read() as connection:
            problems += [
                Problem("records", says) for says in lost.problems(connection, wall_clock_ms())
            ]
        if self.archiver is not None and self.archiver.problem is not None:
            problems.append(Problem("archive", self.archiver.problem))
        return problems + self.upkeep.problems()

    def _collected(self, alerts: Sequence[str], stopping: Callable[[], bool]) -> str:
        """Has what the topic has of the alerts' rooms held in the store; in the thread of bundles."""
        from monitor.pipeline.kafka.collecting import collect

        return collect(self.config.kafka, self.store, alerts, stopping, self.depot)

    def _count(self, changes: list[Change], letters: list[DeadLetter]) -> None:
        self.metrics.count_changes(changes)
        self.metrics.count_letters(letters)
