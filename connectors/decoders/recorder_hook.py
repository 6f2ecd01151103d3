"""Webhook v2 of 录播姬 (BililiveRecorder): a room goes on the air, and off it.

A body is one object ``{EventType, EventTimestamp, EventId, EventData}``, as the recorder's own page
describes it (https://rec.danmuji.org/reference/webhook/). Attempts repeat, at most three, with the
same EventId; neither the order of sending nor that of arrival is promised, so that a phase has
the time of its EventTimestamp. SessionStarted and SessionEnded carry the SessionId that tells one
recording from the next, and become `session` events; files, and the stream events that name no
session, are counted. A recording that breaks off and goes on is another session.
"""

from __future__ import annotations

from typing import Literal

from connectors.decoders.decoded import Decoded, Recording, sha256, takes
from connectors.decoders.fields import Fields
from connectors.errors import DecodeError, NotAValue
from connectors.instants import parse_instant
from detectors.events import Session

__all__ = ["RecorderHook"]

_PHASES: dict[str, Literal["started", "ended"]] = {
    "SessionStarted": "started",
    "SessionEnded": "ended",
}
_PASSED_OVER = frozenset({"FileOpening", "FileClosed", "StreamStarted", "StreamEnded"})
#: A field that only version 1 has.
_VERSION_1 = "EventRandomId"


@takes("line")
class RecorderHook:
    """A `FrameDecoder`; a frame is the body of one request."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What one request says."""
        out = Decoded()
        try:
            fields = Fields.read(frame)
        except DecodeError as error:
            out.bad("body", error.reason, frame)
            return out
        kind = fields.text("EventType")
        if kind in _PASSED_OVER:
            out.skip(kind)
        elif kind in _PHASES:
            self._session(_PHASES[kind], fields, frame, received_at, out)
        elif kind:
            # More kinds may come, as the recorder's page says: that is no error.
            out.strange("body", f"event type {kind}", frame)
        elif _VERSION_1 in fields.values:
            out.skip("webhook v1")
        else:
            out.bad("body", "no EventType: not a webhook of the recorder", frame)
        return out

    def _session(
        self,
        phase: Literal["started", "ended"],
        fields: Fields,
        frame: bytes,
        received_at: int,
        out: Decoded,
    ) -> None:
        data = fields.inner("EventData")
        room = self._recording.room or data.id("RoomId")
        session, event = data.id("SessionId"), fields.id("EventId")
        if not room or not session or not event:
            out.bad("body", "no RoomId, SessionId or EventId", frame)
            return
        try:
            at = parse_instant(fields.text("EventTimestamp") or "", self._recording.zone)
        except NotAValue as error:
            out.bad("body", f"EventTimestamp: {error.reason}", frame)
            return
        out.take(
            Session(
                id=f"rec-{event}",
                platform=self._recording.platform,
                room=room,
                session=self._recording.session or session,
                at=at,
                seen=received_at if received_at != at else None,
                raw=sha256(frame),
                phase=phase,
                title=data.text("Title"),
                host=self._recording.host or data.some_text("Name"),
            ),
            "body",
            frame,
        )
