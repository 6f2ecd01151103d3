"""The rules of workers, where a desk finds those that an alert names."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from detectors.pack.versions import Versions
from monitor.config import Config
from monitor.errors import BrokerError
from monitor.evidence import custody, kept_rules
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.reading import resend
from monitor.pipeline.kafka.rules_topic import fetch_rules, keep_named, lacking_rules, rule_messages
from monitor.pipeline.kafka.topics import TopicNames
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.build import alert
from tests.monitor.pipeline.kafka.conftest import new_config

pytestmark = pytest.mark.kafka


def test_a_desk_keeps_the_rules_that_an_alert_names(
    make: Callable[..., Config], kafka: str, tmp_path: Path
) -> None:
    config = make(partitions=1)
    topic = TopicNames.of(config.kafka.prefix).rules
    book = rulebook().only("absolute-term", "medical-claim")
    other = rulebook().only("absolute-term")
    # Each worker writes them; and somebody writes what is none of them, under the name of one.
    noise = [
        Message(topic, b"x", b"no document"),
        Message(topic, book.digest.encode(), zlib.compress(b"{}")),
    ]
    asyncio.run(
        resend(config.kafka, [*rule_messages(topic, book), *rule_messages(topic, book), *noise])
    )
    store = Store.open(tmp_path / "livewatch.db")
    named = alert("A")
    named.engine = Versions(book).of(book["absolute-term"].spec)
    unknown = alert("B")
    unknown.engine = Versions(other).of(other["absolute-term"].spec)
    assert lacking_rules(store, [named, unknown, alert("C")]) == sorted([book.digest, other.digest])
    for _ in range(2):
        asyncio.run(keep_named(config.kafka, store, [named]))
    with store.database.read() as connection:
        assert kept_rules.of(connection, book.digest) == book.documents()
        [began] = custody.records(connection)
    assert (began.act, began.who) == ("started", "livewatch")
    assert began.detail == {"process": "worker", "rules": book.digest}
    assert asyncio.run(fetch_rules(config.kafka, store, [other.digest])) == [other.digest]
    # An alert is not held up by what cannot be read.
    nowhere = msgspec.structs.replace(config.kafka, prefix=new_config(kafka).kafka.prefix)
    asyncio.run(keep_named(nowhere, store, [unknown]))
    with pytest.raises(BrokerError):
        asyncio.run(fetch_rules(nowhere, store, [other.digest]))
    store.close()
