"""Builders: events as JSON lines, and alerts, from the fields that a test cares about."""

from __future__ import annotations

import json
from typing import Any

from detectors.alerts import Alert, Evidence, alert_id
from detectors.events import Chat, decode, room_key
from monitor.pipeline.log import Entry

#: 2026-10-01T12:00:00Z
BASE_MS = 1_790_856_000_000


def line(type_: str, id_: str, t_s: float = 0, **fields: Any) -> bytes:
    """One event; `t_s` in seconds after the base."""
    values = {
        "type": type_, "id": id_, "platform": "demo", "room": "1", "session": "s1",
        "at": BASE_MS + round(t_s * 1000), **fields,
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False).encode()


def chat(id_: str, t_s: float = 0, text: str = "来了", **fields: Any) -> bytes:
    return line("chat", id_, t_s, text=text, role="viewer", **fields)


def speech(id_: str, t_s: float = 0, text: str = "这个苹果很甜", **fields: Any) -> bytes:
    return line("speech", id_, t_s, text=text, speaker="host", **fields)


def entry(data: bytes) -> Entry:
    """The line on its way into the log."""
    event = decode(data)
    return Entry(room_key(event.platform, event.room), event.id, data)


def alert(subject: str = "A", *, hits: int = 1, t_s: float = 0, **fields: Any) -> Alert:
    """A version of an alert; identity comes from rule, room, session and subject."""
    rule, room = fields.pop("rule", "shout"), fields.pop("room", "1")
    at = BASE_MS + round(t_s * 1000)
    values: dict[str, Any] = {
        "id": alert_id(rule, 1, "demo", room, "s1", subject),
        "rule": rule, "rule_version": 1, "level": "info", "focus": "F3",
        "platform": "demo", "room": room, "session": "s1", "subject": subject,
        "first_at": BASE_MS, "last_at": at, "hits": hits, "raised_at": at,
        "title": "涉嫌叫卖", "reason": f"说了 {hits} 次", "law": [], "exemptions": [], "missing": [],
        "evidence": Evidence(
            trigger=[Chat(id=f"c{hits}", platform="demo", room=room, at=at, text="喊")]
        ),
    }  # fmt: skip
    return Alert(**(values | fields))
