"""One message of Bilibili, and what all events that come of it have in common."""

from __future__ import annotations

from typing import Any, Literal

from connectors.decoders.decoded import Occurrences, Recording, sha256
from connectors.decoders.fields import Fields, id_of, millis
from detectors.events import Counter, Event

__all__ = ["Command", "counter"]


class Command:
    """One message of the platform, and what its events have in common."""

    def __init__(
        self, name: str, fields: Fields, raw: bytes, received_at: int, recording: Recording,
        session: str, occurrences: Occurrences,
    ) -> None:  # fmt: skip
        self.name = name
        self.fields = fields
        self.data = Fields(fields.values.get("data"))
        self.received_at = received_at
        self.recording = recording
        self.session = session
        self.sha256 = sha256(raw)
        data = self.data.values
        self.at = (
            millis(fields.values.get("send_time"))
            or millis(data.get("timestamp"))
            or millis(data.get("ts"))
            or millis(data.get("send_time"))
            or received_at
        )
        self._occurrences = occurrences
        self._id: str | None = None

    @property
    def id(self) -> str:
        """The platform's id of the message, else one of its bytes and its time."""
        return self._id_at(self.at)

    def _id_at(self, moment: int) -> str:
        if self._id is None:
            own = id_of(self.fields.values.get("msg_id")) or id_of(self.data.values.get("msg_id"))
            self._id = f"b-{own}" if own else self._occurrences.id("b", self.sha256, moment)
        return self._id

    def common(self, id_: str | None = None, at: int | None = None) -> dict[str, Any]:
        """The fields of every event."""
        moment = at if at is not None else self.at
        return {
            # By the time of the message where it has one: who receives it twice has it once.
            "id": id_ if id_ is not None else self._id_at(moment),
            "platform": self.recording.platform,
            "room": self.recording.room,
            "session": self.session,
            "at": moment,
            "seen": self.received_at if self.received_at > moment else None,
            "raw": self.sha256,
        }


def counter(
    command: Command,
    name: Literal["viewers", "visits", "likes", "orders", "sold"],
    *fields: str,
    sku: str | None = None,
    id_: str | None = None,
) -> list[Event]:
    """The first of these fields that holds a number, as a counter."""
    for field in fields:
        count = command.data.count(field)
        if count is None:
            continue
        exact = count.value
        return [
            Counter(
                **command.common(id_),
                name=name,
                value=exact,
                low=count.low if exact is None else None,
                high=count.high if exact is None else None,
                sku=sku,
            )
        ]
    return []
