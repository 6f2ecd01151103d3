"""The Faust app: a table of rooms and an agent over the events; the same for clusters and signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import faust
from faust import SASLCredentials, SSLCredentials
from yarl import URL

from monitor.pipeline.kafka.connection import password, tls_context
from monitor.pipeline.kafka.states import STORE_URL, RoomStates
from monitor.pipeline.kafka.topics import ACROSS_TABLE, ROOMS_TABLE, TopicNames
from monitor.pipeline.kafka.transport import SCHEME, BatchingApp, Fetched

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from monitor.config import Kafka

__all__ = ["create_app"]


def create_app(
    settings: Kafka,
    evaluate: Callable[[Fetched], Awaitable[None]],
    *,
    folder: Path,
) -> tuple[BatchingApp, RoomStates, RoomStates]:
    """Puts the app together, with the states of rooms and those of clusters; starting joins the group.

    Args:
        evaluate: takes each fetch; it must not raise, and marks the fetch when it is done.
        folder: where Faust makes its (empty) folders.

    Raises:
        ConfigError: the security settings cannot be used.
    """
    names = TopicNames.of(settings.prefix)
    app = BatchingApp(
        settings.prefix,
        broker=[URL(f"{SCHEME}://{name.strip()}") for name in settings.brokers.split(",")],
        broker_credentials=_credentials(settings),
        datadir=str(folder),
        store="memory://",
        processing_guarantee="at_least_once",
        # Everything that exists was made by `livewatch topics create`.
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        table_standby_replicas=settings.standby_replicas,
        # Batches, not events; and a rebalance waits for none of them: replay is harmless.
        stream_wait_empty=False,
        stream_buffer_maxsize=16,
        stream_recovery_delay=0.1,
        broker_max_poll_records=settings.batch_events,
        consumer_max_fetch_size=max(4 * 2**20, settings.max_message_bytes),
        broker_commit_interval=1.0,
        broker_commit_every=200,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 3,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance,
        autodiscover=False,
    )
    app.batch((names.events, names.rooms, names.signals, names.across))

    def states(name: str, partitions: int) -> Any:
        table: Any = app.Table(
            name,
            store=STORE_URL,
            key_type=bytes,
            value_type=bytes,  # "raw": a `Fetched` passes as it is
            partitions=partitions,
            # In fetches, not in records.
            recovery_buffer_size=4,
            standby_buffer_size=1,
        )
        return table.data

    def raw(name: str) -> Any:
        return app.topic(name, value_serializer="raw", key_serializer="raw", internal=False)

    of_rooms = states(ROOMS_TABLE, settings.partitions)
    of_clusters = states(ACROSS_TABLE, settings.signal_partitions)

    @app.agent(raw(names.events), concurrency=1)
    async def rooms(stream: faust.StreamT[Any]) -> None:
        async for fetched in stream:
            await evaluate(fetched)

    @app.agent(raw(names.signals), concurrency=1)
    async def across(stream: faust.StreamT[Any]) -> None:
        async for fetched in stream:
            await evaluate(fetched)

    return app, of_rooms, of_clusters


def _credentials(settings: Kafka) -> Any:
    context = tls_context(settings)
    if settings.security.startswith("sasl"):
        return SASLCredentials(
            username=settings.username,
            password=password(settings),
            mechanism=settings.mechanism,
            ssl_context=context,
        )
    return SSLCredentials(context) if context is not None else None
