"""What wxlivespy forwards of a host's own console of WeChat Channels (视频号).

A body is one object ``{host_info, live_info, events[]}`` (its types are in the program's
`CustomTypes.ts`), once in a `decoded_data` where the original answer is forwarded too. The room is
the host's account, the session the `live_id`. The program says that it may send an event twice:
the id of a message is that of the console, hashed, for it holds the viewer's account. It sends
nothing again that was not answered.
"""

from __future__ import annotations

from typing import Any, Literal

from connectors.decoders.decoded import Decoded, Recording, Role, chat_text, digest, sha256, takes
from connectors.decoders.fields import Fields
from connectors.errors import DecodeError
from detectors.events import Chat, Counter, Session

__all__ = ["WxlivespyForward"]

#: Kinds that have no place in the contract.
_PASSED_OVER = frozenset({"enter", "like", "gift", "combogift", "combo_gift", "levelup"})
#: Events of one body that are read.
MAX_EVENTS = 10_000
_ON_THE_AIR, _ENDED = 1, 2


@takes("line")
class WxlivespyForward:
    """A `FrameDecoder`; a frame is the body of one request."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What one request says."""
        out = Decoded()
        try:
            body = Fields.read(frame)
        except DecodeError as error:
            out.bad("body", error.reason, frame)
            return out
        _Forward(
            self._recording, body.inner("decoded_data") or body, frame, received_at, out
        ).read()
        return out


class _Forward:
    """One body."""

    def __init__(
        self, recording: Recording, body: Fields, frame: bytes, received_at: int, out: Decoded
    ) -> None:
        self._recording = recording
        self._body = body
        self._live = body.inner("live_info")
        self._frame = frame
        self._received_at = received_at
        self._out = out
        self._room = (
            recording.room
            or body.id("host_info.wechat_uin", "live_info.wechat_uin", "host_info.finder_username")
            or ""
        )
        self._session = recording.session or self._live.id("live_id")
        self._host = recording.host or self._live.some_text("nickname")

    def read(self) -> None:
        if not self._room or self._session is None:
            self._out.bad("body", "neither host_info nor live_info say which room", self._frame)
            return
        events = list(self._body.each("events"))
        times = [at for event in events if (at := event.millis("msg_time")) is not None]
        latest = max(times, default=self._received_at)
        status = self._live.integer("live_status")
        started = self._live.millis("start_time")
        if status == _ON_THE_AIR and started is not None:
            self._phase("started", started)
        self._count("viewers", "online_count", latest)
        self._count("likes", "like_count", latest)
        for number, event in enumerate(events[:MAX_EVENTS], 1):
            self._event(event, f"event {number}")
        if len(events) > MAX_EVENTS:
            self._out.bad(f"event {MAX_EVENTS + 1}", "too many events in a body", self._frame)
        if status == _ENDED:
            self._phase("ended", latest)

    def _event(self, event: Fields, place: str) -> None:
        kind = event.text("decoded_type") or ""
        if kind in _PASSED_OVER:
            self._out.skip(kind)
            return
        if kind != "comment":
            self._out.strange(place, f"event type {kind or 'none'}", self._frame)
            return
        text = event.text("content")
        if not text:
            self._out.skip("comment without text")
            self._out.lack("chat", "text")
            return
        message, at = event.text("msg_id"), event.millis("msg_time")
        # The second id changes from one broadcast to the next.
        account = event.id("decoded_openid", "sec_openid")
        # Names are not unique there: it may be the host, or a viewer who calls himself so.
        role: Role | None = None if event.text("nickname") == self._host else "viewer"
        identity = message or (event.text("seq"), account, text, at)
        self._out.take(
            Chat(
                **self._common(f"wx-{digest(self._session, identity)}", at),
                user=self._recording.account(account) if account else None,
                role=role,
                text=chat_text(text, role),
            ),
            place,
            self._frame,
        )

    def _count(self, name: Literal["viewers", "likes"], field: str, at: int) -> None:
        value = self._live.integer(field)
        if value is not None and value >= 0:
            id_ = f"wx-{digest(self._session, name, value, at)}"
            self._out.take(Counter(**self._common(id_, at), name=name, value=value), "live_info")

    def _phase(self, phase: Literal["started", "ended"], at: int) -> None:
        self._out.take(
            Session(
                **self._common(f"{phase}-{self._session}", at),
                phase=phase,
                host=self._host,
            ),
            "live_info",
            self._frame,
        )

    def _common(self, id_: str, at: int | None) -> dict[str, Any]:
        moment = at if at is not None else self._received_at
        return {
            "id": id_,
            "platform": self._recording.platform,
            "room": self._room,
            "session": self._session,
            "at": moment,
            "seen": self._received_at if self._received_at != moment else None,
            "raw": sha256(self._frame),
        }
