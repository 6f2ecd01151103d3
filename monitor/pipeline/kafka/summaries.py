"""What the desk is told of rooms: a summary when something new is to be said, else now and then.

The counters of a busy room change with every fetch; nobody reads them that often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detectors.events import room_key
from monitor.pipeline.kafka.outbox import Message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.store.rows import RoomRow

__all__ = ["Summaries"]

#: Between two summaries of one room that differ only in their counters, ms.
INTERVAL_MS = 10_000

_encode = msgspec.json.encode
#: Who is on the air, with what.
_Face = tuple[str | None, str | None, str | None, str | None, str | None, str | None]


class Summaries:
    """Decides which summaries go out; remembers rooms only while it holds something back."""

    def __init__(self, topic: str, interval_ms: int = INTERVAL_MS) -> None:
        self._topic = topic
        self._interval_ms = interval_ms
        self._sent: dict[str, tuple[int, _Face]] = {}
        self._waiting: dict[str, RoomRow] = {}

    def __len__(self) -> int:
        return len(self._sent)

    def take(self, rows: Iterable[RoomRow], now: int) -> list[Message]:
        """Messages for these rooms at once; what is held back comes with `overdue`."""
        messages = []
        for row in rows:
            key = room_key(row.platform, row.room)
            face = (
                row.session, row.ended, row.title, row.host, row.operator, row.territories,
            )  # fmt: skip
            last = self._sent.get(key)
            if last is not None and last[1] == face and now - last[0] < self._interval_ms:
                # The row goes on changing, and the room may go to another worker.
                self._waiting[key] = msgspec.structs.replace(row)
                continue
            messages.append(self._message(key, row, face, now))
        return messages

    def overdue(self, now: int) -> list[Message]:
        """What was held back for long enough."""
        messages = []
        for key, (sent_at, face) in list(self._sent.items()):
            if now - sent_at < self._interval_ms:
                continue
            row = self._waiting.get(key)
            if row is None:
                del self._sent[key]
            else:
                messages.append(self._message(key, row, face, now))
        return messages

    def _message(self, key: str, row: RoomRow, face: _Face, now: int) -> Message:
        self._sent[key] = (now, face)
        self._waiting.pop(key, None)
        # When the room is due is the worker's business.
        body = _encode(msgspec.structs.replace(row, due_at=None))
        return Message(self._topic, key.encode(), body)
