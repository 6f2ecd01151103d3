"""What follows from a fetch as records, none of them larger than the brokers take.

Lines of absurd length must cost their own room something, never the worker: one that ends on what
it cannot write would end again on the same fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from connectors.logger import logger
from detectors.alerts import encode
from detectors.engine.shelf import is_shelved
from detectors.events import room_key
from monitor.pipeline.kafka.outbox import Message
from monitor.pipeline.kafka.places import PLACES
from monitor.pipeline.kafka.states import Entry, entries_of
from monitor.store.rows import DeadLetter

if TYPE_CHECKING:
    from detectors.alerts import Alert
    from monitor.pipeline.kafka.states import Shard
    from monitor.pipeline.rooms import Rooms
    from monitor.store.rows import Outcome

__all__ = ["alert_messages", "drop_oversized", "room_entries"]

log = logger()


def alert_messages(topic: str, outcome: Outcome, largest: int) -> list[Message]:
    """The versions of alerts, each without its events, and saying so, where it is larger than
    `largest`; what is larger even so becomes a dead letter."""
    messages = []
    for alert in outcome.alerts:
        body = encode(alert)
        if len(body) > largest:
            body = encode(_without_events(alert))
            log.warning("alert_without_events", alert=alert.id, rule=alert.rule)
        if len(body) > largest:
            log.error("alert_too_large", alert=alert.id, rule=alert.rule, bytes=len(body))
            outcome.dead.append(
                DeadLetter(
                    stage="engine",
                    source=room_key(alert.platform, alert.room),
                    reason=f"alert {alert.id} of {len(body)} bytes cannot be sent",
                    data=body,
                    first_at=alert.raised_at,
                    last_at=alert.raised_at,
                )
            )
            continue
        messages.append(Message(topic, alert.id.encode(), body))
    return messages


def _without_events(alert: Alert) -> Alert:
    count = len(alert.evidence.trigger)
    evidence = msgspec.structs.replace(
        alert.evidence, before=[], after=[], facts=[], trigger=[], spans=[]
    )
    missing = [*alert.missing, f"证据过大，{count} 条触发事件须从原始日志调取"]
    return msgspec.structs.replace(alert, evidence=evidence, missing=missing)


def drop_oversized(outcome: Outcome, rooms: Rooms, largest: int) -> None:
    """A room of which one part is larger than `largest` starts anew; a dead letter says so.

    A minute's fingerprints may be missing: of an event of that minute it is not known, then,
    whether it was counted.
    """
    for row in outcome.rooms:
        key = room_key(row.platform, row.room)
        parts = outcome.parts[key]
        for name, data in parts.items():
            if is_shelved(name) and len(data or b"") > largest:
                log.error("shelved_part_too_large", room=key, part=name, bytes=len(data or b""))
                parts[name] = None
        found = max((len(data or b"") for data in outcome.parts[key].values()), default=0)
        if found <= largest:
            continue
        log.error("state_too_large", room=key, bytes=found)
        rooms.forget(rooms.get(row.platform, row.room))
        outcome.parts[key] = {}
        if key not in outcome.rewritten:
            outcome.rewritten.append(key)
        outcome.dead.append(
            DeadLetter(
                stage="engine",
                source=key,
                reason=f"the room starts anew: a part of {found} bytes cannot be written",
                data=b"",
                first_at=row.last_arrival_ms,
                last_at=row.last_arrival_ms,
            )
        )


def room_entries(outcome: Outcome, shard: Shard, offset: int) -> list[list[Entry]]:
    """The records of the changelog, by room."""
    rewritten = set(outcome.rewritten)
    groups: list[list[Entry]] = []
    for row in outcome.rooms:
        key = room_key(row.platform, row.room)
        parts = outcome.parts[key]
        if key in rewritten and not parts:
            groups.append([(name, None) for name in shard.keys(key)])
            continue
        if key in rewritten:
            entries = entries_of(key, row, parts, offset)
            # Where its events stand in the topic stays true whatever becomes of the state.
            written = {name for name, _ in entries} | set(shard.keys(key, PLACES))
            gone: list[Entry] = [(name, None) for name in shard.keys(key) if name not in written]
            entries = gone + entries
        else:
            # What a rule has looked at need not have changed.
            changed = {name: data for name, data in parts.items() if not shard.has(key, name, data)}
            entries = entries_of(key, row, changed, offset)
        groups.append(entries)
    return [group for group in groups if group]
