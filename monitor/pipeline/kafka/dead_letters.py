"""Dead letters as records: the bytes as they were, and in headers why and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from monitor.pipeline.kafka.outbox import Message
from monitor.store.rows import DeadLetter

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Place", "letter_of", "message_of", "place_of"]

#: A reason may quote what it was about.
REASON_MAX = 500
KIND_MAX = 100
#: Bytes of one letter; a line that ingestion takes is not longer.
DATA_MAX = 2**20
KEY_MAX = 1_024


class Place(Struct, frozen=True):
    """Where in Kafka the bytes stood."""

    topic: str
    partition: int
    offset: int
    key: bytes | None = None


def message_of(
    topic: str, letter: DeadLetter, place: Place | None, *, largest: int = DATA_MAX
) -> Message:
    """The letter on its way to the topic; its key is the record's own, or its room's.

    Longer bytes than `largest` are cut; the whole is where `place` says.
    """
    values: dict[str, str | None] = {
        "stage": letter.stage,
        "cause": letter.cause,
        "kind": letter.kind[:KIND_MAX] or None,
        "source": letter.source,
        "reason": letter.reason[:REASON_MAX],
        "event": letter.event,
        "rule": letter.rule,
        "attempts": str(letter.attempts),
        "first_at": str(letter.first_at),
    }
    key = letter.source.encode()
    if place is not None:
        values["topic"] = place.topic
        values["partition"] = str(place.partition)
        values["offset"] = str(place.offset)
        key = place.key if place.key is not None else key
    headers = tuple((name, value.encode()) for name, value in values.items() if value is not None)
    return Message(topic, key[:KEY_MAX], letter.data[: min(largest, DATA_MAX)], headers=headers)


def letter_of(record: Any) -> DeadLetter:
    """The letter of a record; its number is the record's offset."""
    said = _headers(record.headers)
    return DeadLetter(
        stage=cast("Any", said.get("stage", "decode")),
        source=said.get("source", ""),
        reason=said.get("reason", ""),
        data=record.value or b"",
        first_at=_number(said.get("first_at"), record.timestamp),
        last_at=record.timestamp,
        attempts=_number(said.get("attempts"), 1),
        event=said.get("event"),
        rule=said.get("rule"),
        cause=cast("Any", said.get("cause")),
        kind=said.get("kind", ""),
        number=record.offset,
    )


def place_of(record: Any) -> Place | None:
    """Where the bytes of a letter stood; ``None``: they were no record, or it is not known."""
    said = _headers(record.headers)
    partition, offset = _number(said.get("partition"), -1), _number(said.get("offset"), -1)
    if "topic" not in said or partition < 0 or offset < 0:
        return None
    return Place(said["topic"], partition, offset, record.key)


def _number(text: str | None, otherwise: int) -> int:
    """The number in a header; anybody may have written it."""
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 15:
        return otherwise
    return int(text)


def _headers(headers: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    return {name: (value or b"").decode("utf-8", "replace") for name, value in headers}
