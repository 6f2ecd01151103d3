"""The embedded runtime: everything of one data directory, opened together and closed together."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from connectors.logger import logger
from detectors.across.stage import FORGOTTEN_MS
from detectors.calendar import DAY_MS
from detectors.engine.engine import Engine
from detectors.events import Gap, InvalidEvent, decode
from detectors.pack.load import Rulebook
from monitor.admission import Admission
from monitor.archive.archiver import Archiver
from monitor.archive.depot import FOLDER as ARCHIVE
from monitor.archive.depot import depot_of
from monitor.archive.frames import Frames
from monitor.condition import Problem
from monitor.errors import ConfigError, DataDirBusy
from monitor.evidence import lost
from monitor.evidence.bundles import Bundles
from monitor.evidence.captures import Captures
from monitor.evidence.holding import catch_up
from monitor.evidence.keeper import Keeper, captures_folder, evidence_folder, keys_folder
from monitor.evidence.stamper import Stamper
from monitor.images import digest
from monitor.metrics import Metrics
from monitor.pipeline.log import Retention
from monitor.pipeline.resting import Rest
from monitor.pipeline.sqlite import SqliteLog
from monitor.pipeline.worker import Pace, Progress, Worker, wall_clock_ms
from monitor.pseudonyms import pseudonyms_of
from monitor.retention import REMAINS_MS, Sweeper
from monitor.rulebooks import rulebook_of
from monitor.senders import senders_of
from monitor.site_model import Installed, folder_of
from monitor.storage import Storage
from monitor.store.database import Database
from monitor.store.integrity import is_damage
from monitor.store.rows import AlertFilter, AlertRow
from monitor.store.store import Store
from monitor.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from monitor.config import Config

__all__ = ["DATABASE", "Runtime", "claim", "ingest_token", "warn_of_token"]

log = logger()

DATABASE = "livewatch.db"
LOCK = "livewatch.lock"
TOKEN = "ingest.token"  # noqa: S105 - the name of the file


def claim(data_dir: Path) -> IO[str]:
    """Takes the data directory for this process, until the file is closed.

    Raises:
        DataDirBusy: another process has it.
        ConfigError: it cannot be made or written.
    """
    try:
        # A directory that we make is nobody else's; one that is there is looked at later.
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = os.fdopen(os.open(data_dir / LOCK, os.O_WRONLY | os.O_CREAT, 0o600), "a")
    except OSError as error:
        raise ConfigError(f"cannot use {data_dir} for data: {error.strerror}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise DataDirBusy(f"another livewatch works in {data_dir}") from error
    return held


def ingest_token(
    data_dir: Path, given: str | None, token_file: str | None, *, named: str = "ingest.token_file"
) -> str:
    """The token of ingestion: as given, from its file, or made and kept in the data directory.

    Args:
        named: what named the file, for the message.

    Raises:
        ConfigError: the file cannot be read or is empty.
    """
    if given:
        return given
    path = Path(token_file) if token_file else data_dir / TOKEN
    try:
        token = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        if token_file:
            raise ConfigError(f"{named}: there is no {path}") from error
        token = secrets.token_urlsafe(24)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(token + "\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise ConfigError(f"{named}: cannot read {path}: {reason}") from error
    if not token:
        raise ConfigError(f"{named}: {path} is empty")
    return token


def warn_of_token(arguments: Sequence[str]) -> None:
    """Says so where the token stands in the command line: every user of the machine can read it."""
    if any(one.partition("=")[0] == "--ingest-token" for one in arguments):
        log.warning(
            "ingest_token_is_visible",
            advice="every user of this machine sees it in the list of processes: use"
            " --ingest-token-file or LIVEWATCH_INGEST_TOKEN",
        )


class Runtime:
    """Log, store, engine and worker over one data directory."""

    def __init__(
        self,
        data_dir: Path,
        config: Config,
        *,
        rulebook: Rulebook | None = None,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        """Opens everything; `start` begins to evaluate.

        Raises:
            DataDirBusy: another process works in the directory.
            ConfigError: the directory cannot be used, or a sender's secret.
            MigrationError: the database belongs to another version.
        """
        self.config = config
        self.clock = clock
        self.data_dir = data_dir
        self.metrics = Metrics()
        self._lock = claim(data_dir)
        self._models = Installed(folder_of(data_dir, config.rules.model))
        self.rulebook = (
            rulebook if rulebook is not None else rulebook_of(config.rules, data=data_dir)
        )
        pipeline = config.pipeline
        self.engine = Engine(
            self.rulebook,
            lateness_ms=pipeline.lateness_ms,
            remembered_ids=pipeline.remembered_ids,
            remembered_ms=int(config.retention.log_days * DAY_MS),
            timer=time.thread_time,
        )
        own = [Path(name) for name in config.rules.packs]
        self.metrics.know_rules(self.rulebook, digest(own) if rulebook is None else "")
        #: Senders of webhooks.
        self.senders = (
            senders_of(
                config.ingest.senders,
                pseudonyms_of(data_dir, os.environ, config.collection.pseudonym_key_file),
            )
            if config.ingest.senders
            else {}
        )
        self.storage = Storage(data_dir, data_dir / DATABASE, self.metrics)
        database = Database(data_dir / DATABASE)
        self.store = Store(database)
        self.store.reopening = config.alerts.reopening
        self.log = SqliteLog(database)
        self.storage.opened(
            database, head=self.log.head, position=self.log.position, seq=self.store.seq
        )
        self.log.listen(lambda: self.storage.note(head=self.log.head))
        self.store.listen(lambda seq: self.storage.note(seq=seq))
        self.worker = Worker(
            self.engine,
            self.log,
            self.store,
            pace=Pace(
                batch_events=pipeline.batch_events,
                interval_ms=pipeline.interval_ms,
                grace_ms=pipeline.grace_ms,
            ),
            capacity=pipeline.max_rooms,
            crowd_bytes=pipeline.crowds_mb * 2**20,
            rest=Rest(
                rest_ms=int(config.retention.log_days * DAY_MS),
                forget_ms=int(config.retention.rooms_days * DAY_MS),
            ),
            clock=clock,
            on_batch=self._measure,
        )
        self.admission = Admission(self.log, self.worker, config.ingest, data_dir)
        self.retention = Retention(
            max_age_ms=int(config.retention.log_days * DAY_MS),
            max_bytes=config.retention.log_bytes,
        )
        self.collected: Callable[[], frozenset[str]] = frozenset
        """Names of the sources of this process: their gaps are counted where they are told."""
        self.upkeep = Upkeep()
        self.keeper = Keeper(database, keys_folder(data_dir, config.evidence), config.evidence)
        self.bundles = Bundles(
            self.store, self.keeper, self.rulebook, config,
            evidence_folder(data_dir, config.evidence) / "bundles", clock,
        )  # fmt: skip
        self.captures = Captures(
            self.store, captures_folder(data_dir, config.evidence), clock,
            least_free=config.ingest.min_free_bytes,
        )  # fmt: skip
        self.sweeper = Sweeper(self.store, self.captures, config, self.metrics, self.upkeep)
        self.stamper = Stamper(database, config.evidence.authorities, clock)
        depot = depot_of(config.archive, data_dir)
        #: Writes the archive; ``None``: there is none.
        self.archiver = (
            Archiver(
                database, depot, config.archive, self.keeper,
                data_dir / f"{ARCHIVE}.work", clock,
            )
            if depot is not None
            else None
        )  # fmt: skip
        #: Keeps received frames for the archive; ``None``: nobody wants them.
        self.frames = Frames(database) if config.archive.keeps_frames else None
        self.store.listen_handling(self._count_handling)

    def start(self) -> None:
        """Starts the worker where the last commit stands."""
        log.info("worker_starting", position=self.log.position, head=self.log.head)
        self.keeper.begin("monitor", self.rulebook, self.config, self.clock())
        self.worker.start()
        self.stamper.start()
        self.bundles.start()
        if self.archiver is not None:
            self.archiver.start()

    def stop(self) -> None:
        """Ends after the batch in work, with the position committed, and closes the files."""
        self.worker.stop()
        self.stamper.stop()
        self.bundles.stop()
        if self.archiver is not None:
            self.archiver.stop()
        self.keeper.close(self.clock())
        log.info("worker_stopped", position=self.log.position, head=self.log.head)
        self.store.close()
        self.storage.close()
        self._lock.close()

    def sweep(self) -> None:
        """Trims the log, looks at the disk; blocks. What fails is named in `problems`, and keeps
        nothing else from being done."""
        now = self.clock()
        do = partial(self.upkeep.do, now=now)
        do("what was committed last is not noted beside the database", self.storage.sync)
        # Also when nobody sends: whether there is room is said when that changes.
        _ = self.admission.disk_is_short
        # Before the log may let go of it.
        if do("the evidence of older alerts is not held, and the log not trimmed", self._hold):
            do("the log is not trimmed", self._trim)
        do("the evidence is not tended", lambda: self.keeper.tend(now))
        self.sweeper.sweep(now, self.rulebook.digest)
        do("old clusters are not forgotten", lambda: self._forget_clusters(now), every_ms=DAY_MS)
        do(
            "what is left of forgotten rooms is not taken out",
            lambda: self.store.forget_remains(now - REMAINS_MS),
            every_ms=DAY_MS,
        )

    def _trim(self) -> None:
        # What the archive has not yet, the log keeps.
        until = self.archiver.reached if self.archiver is not None else None
        trimmed = self.log.trim(self.retention, now=self.clock(), until=until)
        if trimmed.events:
            log.info("log_trimmed", events=trimmed.events, remaining_bytes=trimmed.remaining_bytes)
            self.keeper.trimmed(trimmed.events)

    def _forget_clusters(self, now: int) -> None:
        # A day later than the worker has begun to take them for new.
        forgotten = self.store.forget_clusters(now - FORGOTTEN_MS - DAY_MS)
        log.info("clusters_forgotten", clusters=forgotten)

    def _hold(self) -> None:
        """Holds what alerts of an older version name."""
        if self.store.caught_up:
            return
        try:
            catch_up(self.store)
        except DBAPIError as error:
            # What lies on a damaged page cannot be held; all else must not stand still for it.
            if not is_damage(error.orig):
                raise
            log.exception("evidence_not_held")

    def refresh_metrics(self) -> None:
        """Sets the series that are not counted along; blocks."""
        metrics, worker = self.metrics, self.worker
        metrics.lag_messages.set(worker.lag_events)
        metrics.lag_seconds.set(worker.lag_ms / 1000)
        metrics.watermark_lag.set((worker.lag_ms + self.config.pipeline.lateness_ms) / 1000)
        metrics.rooms_in_memory.set(worker.rooms_in_memory)
        metrics.crowd_bytes.set(worker.crowd_bytes)
        metrics.storage.labels("database").set(self.store.database.size_bytes())
        metrics.observe_disk(self.data_dir)
        known, on_air, _ = self.store.count_rooms()
        metrics.rooms.labels("known").set(known)
        metrics.rooms.labels("on_air").set(on_air)
        self.storage.refresh_metrics()
        metrics.evidence_log_size.set(self.keeper.size())
        for one in self.stamper.states():
            metrics.evidence_unstamped.labels(one.name).set(one.unstamped)
            if one.last_at is not None:
                metrics.evidence_last_stamp.labels(one.name).set(one.last_at / 1_000)
        with self.store.database.read() as connection:
            for why, records in lost.counts(connection).items():
                metrics.evidence_lost.labels(why).set(records)
        if self.archiver is not None:
            self.archiver.measure(metrics)
        counts = self.store.counts(AlertFilter(status=["new", "acknowledged"]))
        for level, count in counts.items():
            metrics.alerts_open.labels(level).set(count)

    def health(self) -> tuple[bool, dict[str, object]]:
        """Is everything at work, and the figures behind that."""
        worker = self.worker
        failure = worker.failure
        ok = worker.alive and failure is None
        last = worker.last_arrival_ms
        return ok, {
            "unexamined": self.storage.unseen,
            "worker": "running" if worker.alive else "stopped",
            "failure": failure,
            "lag_events": worker.lag_events,
            "lag_ms": worker.lag_ms,
            "last_event_age_ms": self.clock() - last if last else None,
            "disk_free_bytes": self.admission.free_bytes(),
            "restart_needed": ["model"] if self._models.has_changed() else [],
        }

    def ready(self) -> str | None:
        """What has to pass before requests are any use here; ``None``: nothing."""
        return None if self.worker.alive else "the worker does not run"

    def problems(self) -> list[Problem]:
        """What is wrong with the files, the disk, or the pace."""
        problems = [Problem("database", says) for says in self.storage.problems]
        if self.admission.disk_is_short:
            free, least = self.admission.free_bytes(), self.config.ingest.min_free_bytes
            problems.append(
                Problem(
                    "disk",
                    "the disk is nearly full: no events are taken in"
                    f" ({free:,} bytes are free, ingest.min_free_bytes is {least:,})",
                )
            )
        if self.worker.lag_events > self.config.ingest.max_lag_events:
            problems.append(
                Problem(
                    "lag",
                    f"{self.worker.lag_events:,} events wait for evaluation: no events are taken in",
                )
            )
        problems += [
            Problem(
                "timestamps",
                f"{one.name} gives no time stamps: {one.reason}; {one.unstamped} heads wait",
            )
            for one in self.stamper.states()
            if one.reason
        ]
        if self.keeper.problem is not None:
            problems.append(Problem("signing", self.keeper.problem))
        with self.store.database.read() as connection:
            found = lost.problems(connection, self.clock())
        problems += [Problem("records", says) for says in found]
        if self.archiver is not None and self.archiver.problem is not None:
            problems.append(Problem("archive", self.archiver.problem))
        return problems + self.upkeep.problems()

    def _measure(self, progress: Progress) -> None:
        """Counts a committed batch; in the worker's thread."""
        metrics = self.metrics
        if progress.outcome.position is not None:
            self.storage.note(position=progress.outcome.position)
        metrics.observe_batch("engine", progress.step_s)
        metrics.observe_batch("commit", progress.commit_s)
        metrics.read_engine(self.engine.stats)
        metrics.read_stage(self.worker.stage.stats)
        metrics.count_changes(progress.changes)
        changed = {change.alert for change in progress.changes}
        for alert in progress.outcome.alerts:
            if alert.id in changed and alert.evidence.trigger:
                last = alert.evidence.trigger[-1]
                seen = last.seen if last.seen is not None else last.at
                metrics.observe_delay("alert", seen, progress.committed_ms, alert=alert.id)
        failed: Counter[str] = Counter()
        metrics.count_letters(progress.outcome.dead)
        metrics.count_contained(progress.outcome.contained)
        for letter in progress.outcome.dead:
            if letter.rule is not None:
                failed[letter.rule] += letter.attempts
        for rule, count in failed.items():
            metrics.count_failed(rule, count)
        for record in progress.records:
            # Gaps are rare: their lines are found by their bytes, and only those are decoded.
            if b'"gap"' in record.data:
                self._count_gap(record.data)

    def _count_gap(self, data: bytes) -> None:
        try:
            event = decode(data)
        except InvalidEvent:
            return
        if isinstance(event, Gap) and event.source not in self.collected():
            # The name of a source is the sender's: one label for all, or the series grow.
            seconds = max(0, event.until - event.from_) / 1000
            self.metrics.gap_seconds.labels("http").inc(seconds)

    def _count_handling(self, row: AlertRow) -> None:
        if row.status == "closed" and row.close_reason:
            self.metrics.dispositions.labels(row.alert.rule, row.close_reason).inc()
