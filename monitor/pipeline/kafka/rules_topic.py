"""The rules that workers conclude by, where a desk can read them: a compacted topic of documents.

A worker writes what its rules say before it evaluates anything, the list behind all that it names
(`detectors.pack.definitions`); what stands there already is written over by the same. A desk reads the topic
when an alert names a list that its store does not have, and keeps it there.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from msgspec import UNSET

from connectors.logger import logger
from detectors.pack.definitions import contents_of, digest_of
from monitor.errors import BrokerError
from monitor.evidence import custody, kept_rules
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.reading import read_topic
from monitor.pipeline.kafka.topics import TopicNames
from monitor.pipeline.worker import wall_clock_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from detectors.alerts import Alert
    from detectors.pack.rulebook import Rulebook
    from monitor.config import Kafka
    from monitor.store.store import Store

__all__ = ["fetch_rules", "keep_named", "lacking_rules", "rule_messages"]

log = logger()

#: Bytes of a document at most, unpacked.
LARGEST = 64 * 2**20


def rule_messages(topic: str, rulebook: Rulebook) -> list[Message]:
    """What these rules say: key SHA-256, value the document, packed; the list last."""
    messages = [
        Message(topic, digest.encode(), zlib.compress(document))
        for digest, document in rulebook.documents().items()
    ]
    return [*messages[1:], messages[0]]


def lacking_rules(store: Store, alerts: Iterable[Alert]) -> list[str]:
    """The lists of rules that these alerts name and the store does not have."""
    named = {one.engine.rules for one in alerts if one.engine is not UNSET and one.engine.rules}
    if not named:
        return []
    with store.database.read() as connection:
        return kept_rules.unknown(connection, sorted(named))


async def fetch_rules(settings: Kafka, store: Store, lists: Sequence[str]) -> list[str]:
    """Keeps these lists of rules in the store, from the topic; those that it does not have.

    Raises:
        BrokerError: the topic cannot be read.
    """
    found: dict[str, bytes] = {}
    topic = TopicNames.of(settings.prefix).rules
    async for record in read_topic(settings, topic):
        if record.value is None:
            continue
        try:
            document = zlib.decompressobj().decompress(record.value, LARGEST)
        except zlib.error as error:
            log.warning("unreadable_record", topic=topic, offset=record.offset, error=str(error))
            continue
        # By what it is, not by what its key says.
        found[digest_of(document)] = document
    lacking = []
    for rules in lists:
        try:
            documents = {one: found.get(one, b"") for one in contents_of(rules, found).named}
            await asyncio.to_thread(_keep, store, rules, documents | {rules: found[rules]})
        except ValueError as error:
            log.warning("rules_not_kept", rules=rules, reason=str(error))
            lacking.append(rules)
    return lacking


async def keep_named(settings: Kafka, store: Store, alerts: Sequence[Alert]) -> None:
    """Keeps the rules that these alerts name; what cannot be had now is looked for again when a bundle
    is made."""
    lists = await asyncio.to_thread(lacking_rules, store, alerts)
    if lists:
        try:
            await fetch_rules(settings, store, lists)
        except BrokerError as error:
            log.warning("rules_not_kept", rules=lists, reason=str(error))


def _keep(store: Store, rules: str, documents: dict[str, bytes]) -> None:
    now = wall_clock_ms()

    def job(connection: Connection) -> None:
        kept_rules.keep_documents(connection, rules, documents, now)
        custody.begin(connection, {"process": "worker", "rules": rules}, now)

    store.database.write(job)
