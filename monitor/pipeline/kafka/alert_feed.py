"""Alerts, dead letters and summaries of rooms from Kafka into the desk's store.

The store takes an alert version that comes twice, or late, as nothing new; so offsets are
committed after the store's own commit, and a crash in between costs a repetition. What the topics of
alerts and dead letters have let go of before it was taken is noted as lost.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from msgspec import UNSET

from connectors.logger import logger
from detectors.alerts import Alert, encode
from detectors.events import room_key
from monitor.evidence import holding
from monitor.evidence.holding import MOST_NAMED
from monitor.evidence.records import Place
from monitor.pipeline.kafka import taken
from monitor.pipeline.kafka.connection import client_options, started
from monitor.pipeline.kafka.dead_letters import letter_of
from monitor.pipeline.kafka.partition import parent_in
from monitor.pipeline.kafka.patience import be_patient
from monitor.pipeline.kafka.rules_topic import keep_named
from monitor.pipeline.kafka.topic_log import log_of
from monitor.pipeline.kafka.topic_records import TopicRecords
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.worker import wall_clock_ms
from monitor.store.outages import is_outage
from monitor.store.rows import DeadLetter, Outcome, RoomRow
from monitor.tracing.context import parse
from monitor.tracing.spans import Open, begin, exported

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from monitor.config import Config
    from monitor.evidence.lost import Why
    from monitor.evidence.records import Stored
    from monitor.store.alerts import Change
    from monitor.store.store import Store

__all__ = ["AlertFeed"]

log = logger()

RECORDS = 500
RETRY_S = 2.0
#: How often it is looked at what the topics have let go of, s.
LOOK_S = 60.0


class AlertFeed:
    """Follows the topics into one store."""

    def __init__(
        self,
        config: Config,
        store: Store,
        *,
        on_changes: Callable[[list[Change], list[DeadLetter]], None] | None = None,
    ) -> None:
        self._settings = config.kafka
        self._store = store
        self._on_changes = on_changes
        self._names = TopicNames.of(config.kafka.prefix)
        self._alerts = msgspec.json.Decoder(Alert)
        self._rooms = msgspec.json.Decoder(RoomRow)
        self._consumer: Any = None
        self.failure: str | None = None
        """Why nothing comes; ``None`` when it does."""
        self.taken = 0
        """Records taken since the start."""
        self._records = TopicRecords(config.kafka)
        #: Topics of which each record matters, and what it is called when some were lost. Of the
        #: compacted one the latest of each room says all.
        self._whole: dict[str, Why] = {
            self._names.alerts: "unread_alerts", self._names.deadletters: "unread_letters",
        }  # fmt: skip
        self._next: dict[TopicPartition, int] = {}
        """The record that comes next, of partitions that were looked at."""
        self._looked = 0.0

    async def start(self) -> None:
        """Connects.

        Raises:
            BrokerError: no broker answers.
        """
        kafka = self._settings
        consumer = self._consumer = AIOKafkaConsumer(
            self._names.alerts,
            self._names.deadletters,
            self._names.summaries,
            **client_options(kafka),
            client_id=f"{kafka.prefix}-desk",
            group_id=f"{kafka.prefix}-desk",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(kafka.session_timeout_s * 1000),
            heartbeat_interval_ms=int(kafka.session_timeout_s * 1000 / 3),
            max_partition_fetch_bytes=max(2**20, kafka.max_message_bytes),
        )
        be_patient(consumer._client)
        await started(consumer, kafka)
        await self._records.start()

    async def stop(self) -> None:
        """Ends the connections."""
        if self._consumer is not None:
            await self._consumer.stop()
        await self._records.stop()

    async def run(self) -> None:
        """Follows until it is cancelled; what fails is tried again."""
        while True:
            try:
                fetched = await self._consumer.getmany(timeout_ms=500, max_records=RECORDS)
                if fetched:
                    await self._take(fetched)
                if time.monotonic() - self._looked > LOOK_S:
                    await self._look(self._consumer.assignment())
                    self._looked = time.monotonic()
                self.failure = None
            except Exception as error:
                self.failure = repr(error)
                log.exception("alert_feed_failed")
                await asyncio.sleep(RETRY_S)
                await self._back()

    async def _take(self, fetched: dict[TopicPartition, Sequence[Any]]) -> None:
        alerts: list[Alert] = []
        letters: list[DeadLetter] = []
        rooms: dict[bytes, RoomRow] = {}
        stored: dict[str, Open] = {}
        for place, records in fetched.items():
            if place.topic == self._names.deadletters:
                letters.extend(letter_of(record) for record in records)
                continue
            for record in records:
                if record.value is None:
                    continue  # taken out of a compacted topic
                try:
                    if place.topic == self._names.summaries:
                        # The latest one of a room says all.
                        rooms[record.key] = self._rooms.decode(record.value)
                    else:
                        alerts.append(self._alerts.decode(record.value))
                        if exported() and (parent := parent_in(record.headers)):
                            # Of an alert that comes twice in a fetch, the latest one.
                            _end(stored.pop(alerts[-1].id, None))
                            _begin(stored, alerts[-1].id, parent)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    # Another version wrote it, or nobody: the topic keeps it.
                    log.warning(
                        "unreadable_record",
                        topic=place.topic,
                        partition=place.partition,
                        offset=record.offset,
                        error=str(error),
                    )
        if unsure := {
            place
            for place, records in fetched.items()
            if records[0].offset != self._next.get(place)
        }:
            await self._look(unsure)
        outcome = Outcome(alerts=alerts, dead=letters, rooms=list(rooms.values()))
        outcome.held = await self._named(alerts)
        await keep_named(self._settings, self._store, alerts)
        outcome.traces = {alert: span.context.header for alert, span in stored.items()}
        changes = await asyncio.to_thread(self._commit, outcome)
        for span in stored.values():
            span.end()
        ends = {
            place: records[-1].offset + 1
            for place, records in fetched.items() if place.topic in self._whole
        }  # fmt: skip
        await asyncio.to_thread(self._move, ends)
        await self._consumer.commit(
            {place: records[-1].offset + 1 for place, records in fetched.items()}
        )
        self.taken += sum(map(len, fetched.values()))
        if self._on_changes is not None:
            self._on_changes(changes, letters)

    async def _look(self, assigned: Collection[TopicPartition]) -> None:
        """Notes what the topics have let go of before it was taken."""
        places = [place for place in assigned if place.topic in self._whole]
        if not places:
            return
        begins = await self._consumer.beginning_offsets(places)
        since = {place: await self._consumer.committed(place) for place in places}
        await asyncio.to_thread(self._note_lost, begins, since)

    def _note_lost(
        self, begins: Mapping[TopicPartition, int], since: Mapping[TopicPartition, int | None]
    ) -> None:
        def job(connection: Connection) -> None:
            for topic, why in self._whole.items():
                taken.note_lost(
                    connection, why,
                    {_log_of(one): begin for one, begin in begins.items() if one.topic == topic},
                    {_log_of(one): place for one, place in since.items() if place is not None},
                    wall_clock_ms(),
                )  # fmt: skip

        self._store.database.write(job)

    def _move(self, ends: Mapping[TopicPartition, int]) -> None:
        if ends:
            places = {_log_of(place): end for place, end in ends.items()}
            self._store.database.write(lambda connection: taken.move(connection, places))
            self._next |= ends

    async def _named(self, alerts: Sequence[Alert]) -> dict[str, list[tuple[Stored, str]]]:
        """The records that these alerts name and that are not held for them yet, by alert."""
        wanted: dict[str, dict[Place, str]] = {}
        for alert in alerts:
            named = wanted.setdefault(alert.id, {})
            for one in alert.inputs[:MOST_NAMED]:
                if one.event is not UNSET and one.log is not UNSET and one.position is not UNSET:
                    named[Place(one.log, one.position)] = one.event
        known = await asyncio.to_thread(self._held, [one for one, some in wanted.items() if some])
        for named_alert, some in wanted.items():
            for place in known.get(named_alert, ()):
                some.pop(place, None)
        places = {place for some in wanted.values() for place in some}
        found = await self._records.at(places) if places else {}
        return {
            name: [(found[place], event) for place, event in some.items() if place in found]
            for name, some in wanted.items()
            if some
        }

    def _held(self, alerts: Sequence[str]) -> dict[str, set[Place]]:
        with self._store.database.read() as connection:
            return {alert: holding.held_for(connection, alert) for alert in alerts}

    def _commit(self, outcome: Outcome) -> list[Change]:
        """Commits; without what the store refuses, one by one, which becomes dead letters."""
        try:
            return self._store.commit(outcome, wall_clock_ms())
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("commit_refused", alerts=len(outcome.alerts))
        changes: list[Change] = []
        for part in list(_single(outcome)):
            now = wall_clock_ms()
            try:
                changes += self._store.commit(part, now)
            except Exception as error:
                if is_outage(error):
                    raise
                letter = _refused(part, error, now)
                log.exception("record_set_aside", source=letter.source)
                outcome.dead.append(letter)
                self._store.commit(Outcome(dead=[letter]), now)
        return changes

    async def _back(self) -> None:
        """Reads again from what is committed."""
        self._next.clear()
        try:
            await self._consumer.seek_to_committed()
        except KafkaError as error:
            log.warning("seek_failed", error=repr(error))


def _log_of(place: TopicPartition) -> str:
    return log_of(place.topic, place.partition)


def _begin(stored: dict[str, Open], alert: str, parent: str) -> None:
    span = begin("livewatch.store", parse(parent), alert=alert)
    if span is not None:
        stored[alert] = span


def _end(span: Open | None) -> None:
    if span is not None:
        span.end()


def _single(outcome: Outcome) -> Iterator[Outcome]:
    """The same in parts of one record each."""
    yield from (
        Outcome(
            alerts=[alert],
            held={alert.id: outcome.held.get(alert.id, [])},
            traces={one: parent for one, parent in outcome.traces.items() if one == alert.id},
        )
        for alert in outcome.alerts
    )
    yield from (Outcome(rooms=[row]) for row in outcome.rooms)
    yield from (Outcome(dead=[letter]) for letter in outcome.dead)


def _refused(part: Outcome, error: Exception, now: int) -> DeadLetter:
    """What becomes of a record that the store does not take."""
    source, data = "", b""
    for alert in part.alerts:
        source, data = room_key(alert.platform, alert.room), encode(alert)
    for row in part.rooms:
        source, data = room_key(row.platform, row.room), msgspec.json.encode(row)
    for letter in part.dead:
        data = letter.data
    return DeadLetter(
        stage="engine",
        source=source,
        reason=f"the store does not take it: {error!r}"[:1_000],
        data=data,
        first_at=now,
        last_at=now,
    )
