"""The sources as a part of a running process: started with it, following its configuration."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.errors import UnreadableSource
from connectors.logger import logger
from connectors.rule_fields import missing_fields
from connectors.runner import Runner
from connectors.watched import WatchedUntil
from monitor.condition import (
    Patience,
    Problem,
    UnwatchedRoom,
    is_silent,
    source_problems,
    unwatched_rooms,
)
from monitor.errors import ConfigError
from monitor.notify.service import check as check_notify
from monitor.pseudonyms import KEY_VARIABLE, key_path, pseudonyms_of
from monitor.reload import Reload, mark
from monitor.senders import senders_of
from monitor.sources.files import renewed
from monitor.sources.plans import check_names, plans_of
from monitor.sources.series import SourceSeries

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.collection import Collection
    from connectors.plan import Plan
    from connectors.privacy import Pseudonyms
    from connectors.sink import Sink
    from monitor.config import Config
    from monitor.intake import Intake
    from monitor.metrics import Metrics
    from monitor.notify.service import Notifications
    from monitor.senders import Sender

__all__ = ["WATCHED_FILE", "Sources", "carried", "watched_of"]

log = logger()

WATCHED_FILE = "watched.json"
#: Sections that a running process reads again.
_FOLLOWED = ("notify", "sources")
#: Unknown kinds of a source that `/healthz` names.
KINDS_SHOWN = 20


class Sources:
    """All sources of this process."""

    def __init__(
        self,
        config: Config,
        path: Path | None,
        sink: Sink,
        metrics: Metrics,
        *,
        data_dir: Path | None,
        clock: Callable[[], int],
        senders: dict[str, Sender] | None = None,
    ) -> None:
        """Reads everything that the sources need; `start` connects.

        Args:
            path: the configuration; ``None``: `livewatch.toml` of the working directory, if any.
            data_dir: where the pseudonym key and the record of watched rooms lie by default.
            senders: senders of webhooks, which follow a change of their secrets and of the
                pseudonym key.

        Raises:
            ConfigError: something in the configuration does not fit.
        """
        self.reloading = Reload(config, path, metrics, _FOLLOWED)
        self._senders = senders or {}
        self._known_senders = config.ingest.senders
        """As they were at the start; their files are read again."""
        self._data_dir = data_dir
        self._plans, self._read_at = self._read_unchanged(config)
        self.runner = Runner(sink, watched=watched_of(config, data_dir))
        self._metrics = metrics
        self._clock = clock
        self._began = clock()
        series = SourceSeries(self.runner, clock, metrics, is_silent=self.is_silent)
        metrics.registry.register(series)
        self._follower: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self.notifications: Notifications | None = None
        """Who are told of alerts here, by the same configuration; ``None``: nobody."""

    @property
    def _config(self) -> Config:
        return self.reloading.config

    @property
    def names(self) -> frozenset[str]:
        """Names of all sources that run."""
        return frozenset(self.runner.collections)

    async def start(self) -> None:
        """Connects, and follows the configuration from now on."""
        if self._plans:
            log.info("sources_starting", sources=[plan.name for plan in self._plans])
        await self.runner.apply(self._plans)
        self._follower = asyncio.create_task(self._follow(), name="sources-follower")

    async def stop(self) -> None:
        """Stores what was read, and ends."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
        await self.runner.stop()

    def reload(self) -> None:
        """Looks at the configuration now, and tries again what was refused; for SIGHUP."""
        self._asked.set()

    def health(self) -> dict[str, object]:
        """How each source is."""
        return {
            name: {
                "connections": {
                    state: count for state, count in collection.stats.rooms.items() if count
                },
                "messages": collection.stats.messages,
                "events": collection.stats.events,
                "last_message_ms": collection.stats.last_message_ms,
                "silent": self.is_silent(collection),
                "problem": collection.problem,
                "retry_at_ms": collection.retry_at,
                **carried(collection),
            }
            for name, collection in self.runner.collections.items()
        }

    @property
    def patience(self) -> Patience:
        """From when on a source counts as silent."""
        chosen = self._config.collection
        return Patience(quiet_s=chosen.quiet_s, off_air_s=chosen.off_air_s)

    def is_silent(self, each: Collection | Intake) -> bool:
        """Has a source or a sender brought nothing for longer than it should? As the metric says."""
        return is_silent(each, self.patience, since=self._began, now=self._clock())

    def problems(self) -> list[Problem]:
        """What is wrong with the configuration, the sources, and those who post."""
        counted: dict[str, Collection | Intake] = {
            **self._metrics.intakes,
            **self.runner.collections,
        }
        return self.reloading.problems() + source_problems(
            counted, patience=self.patience, since=self._began, now=self._clock()
        )

    def unwatched(self) -> list[UnwatchedRoom]:
        """Rooms that are configured and not watched now."""
        return unwatched_rooms(self.runner.collections.values())

    def _read(self, config: Config) -> list[Plan]:
        check_names(config.sources, config.ingest.senders)
        if not any(source.enabled for source in config.sources):
            # What nobody needs is not made.
            return []
        return plans_of(config.sources, self._pseudonyms(config), config.collection.share)

    def _read_unchanged(
        self, config: Config
    ) -> tuple[list[Plan], tuple[list[object], list[object]]]:
        """The plans, with the marks of the files as they were read: a change since is a change.

        Read again where one changed meanwhile: the first reading makes the key where there is none.
        """
        while True:
            before = self._marks()
            plans = self._read(config)
            if self._marks() == before:
                return plans, before

    def _pseudonyms(self, config: Config) -> Pseudonyms:
        return pseudonyms_of(self._data_dir, os.environ, config.collection.pseudonym_key_file)

    def _read_senders(self, config: Config) -> dict[str, Sender]:
        return senders_of(self._known_senders, self._pseudonyms(config))

    async def _follow(self) -> None:
        before = self._read_at
        if await asyncio.to_thread(self._is_other):
            await self._change()
        while True:
            try:
                async with asyncio.timeout(self._config.collection.reload_s):
                    await self._asked.wait()
            except TimeoutError:
                pass
            asked = self._asked.is_set()
            self._asked.clear()
            marks = await asyncio.to_thread(self._marks)
            # A list of rooms may change every minute, and is no reason to knock again.
            touched = asked or marks[0] != before[0]
            if marks != before or asked:
                before = marks
                await self._change()
            only = None if touched else await asyncio.to_thread(self._renewed)
            if (only is None or only) and (retried := await self.runner.retry_failed(only)):
                log.info("failed_tried_again", connections=len(retried))

    def _is_other(self) -> bool:
        """Has the configuration changed since it was read, which was before this was made?"""
        try:
            return self.reloading.read() != self._config
        except ConfigError:
            return True

    def _renewed(self) -> dict[str, set[str]]:
        """Refused connections of which a file has changed since, one with a secret say."""
        found = {}
        for source in self._config.sources:
            collection = self.runner.collections.get(source.name)
            if collection is not None and collection.retry_at is not None:
                failed = [
                    (each.room, each.began_at)
                    for each in collection.connections
                    if each.state == "failed"
                ]
                if rooms := renewed(source.options, failed):
                    found[source.name] = rooms
        return found

    def _prepared(self, config: Config) -> tuple[list[Plan], dict[str, Sender]]:
        plans = self._read(config)
        if self.notifications is not None:
            check_notify(config.notify)
        return plans, self._read_senders(config) if self._senders else {}

    async def _change(self) -> None:
        prepared = await self.reloading.change(self._prepared)
        if prepared is None:
            return
        plans, senders = prepared
        # From the next request on: other secrets, and pseudonyms under another key.
        self._senders.update(senders)
        if self.notifications is not None:
            await self.notifications.follow(self._config.notify)
        changes = await self.runner.apply(plans)
        log.info(
            "configuration_followed",
            started=changes.started,
            stopped=changes.stopped,
            rooms_started=len(changes.rooms_started),
            rooms_stopped=len(changes.rooms_stopped),
        )

    def _marks(self) -> tuple[list[object], list[object]]:
        """What tells whether the configuration or its key, and whether a list of rooms changed."""
        settings = [self.reloading.path]
        key = key_path(self._data_dir, self._config.collection.pseudonym_key_file)
        if key is not None and not os.environ.get(KEY_VARIABLE):
            settings.append(key)
        for sender in self._known_senders.values():
            settings += [Path(name) for name in (sender.secrets_file, sender.token_file) if name]
        lists = [Path(s.rooms_file) for s in self._config.sources if s.rooms_file]
        return [*map(mark, settings)], [*map(mark, lists)]


def carried(counted: Collection | Intake) -> dict[str, object]:
    """What a source or a sender carries: events with each field, what they do not have in words,
    and unknown kinds.
    """
    found = counted.presence.shares()
    return {
        "fields": {
            kind: {"all": max(share.all for share in shares.values())}
            | {field: share.present for field, share in shares.items()}
            for kind, shares in found.items()
        },
        "missing": missing_fields(found, vital=True),
        "unknown": {
            kind.removeprefix("unknown "): count
            for kind, count in counted.unknowns.counts.most_common(KINDS_SHOWN)
        },
    }


def watched_of(config: Config, data_dir: Path | None) -> WatchedUntil:
    """The record of when rooms were watched.

    Raises:
        ConfigError: it cannot be read.
    """
    named = config.collection.watched_file
    path = Path(named) if named else data_dir / WATCHED_FILE if data_dir is not None else None
    try:
        return WatchedUntil(path)
    except UnreadableSource as error:
        raise ConfigError(f"collection.watched_file: {error}") from error
