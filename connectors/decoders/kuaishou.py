"""Captured frames of Kuaishou's live socket: SocketMessage{1 payloadType, 2 compression, 3 payload}.

Compression 1 is none, 2 gzip, 3 AES: what is encrypted stays unknown, and is kept. The frames do
not name their room.
"""

from __future__ import annotations

from typing import ClassVar

from connectors.decoders.decoded import Decoded, Recording, takes
from connectors.decoders.frame import Broadcast, Frame
from connectors.decoders.inflate import inflate
from connectors.decoders.wire import Form, Message, Shape, key_of, parse, text_in
from connectors.errors import DecodeError

__all__ = ["KuaishouFrames", "is_socket_message"]

#: Comments of one frame that are read; a busy room has a few dozen.
MAX_FEEDS = 5_000
#: Bytes of an envelope beside its payload: its type and compression, and the payload's length.
MAX_ENVELOPE = 12
_NONE, _GZIP, _AES = 1, 2, 3
_FEED_PUSH, _SUSPECTED_VIOLATION = 310, 355
#: Types by name that carry nothing of ours: the page's own, heartbeats, errors, the shop's door.
_NOT_OURS = {
    1: "heartbeat", 101: "heartbeat answered", 103: "error", 105: "information", 200: "enter room",
    201: "user paused", 202: "user exit", 300: "room entered", 301: "author paused",
    340: "top users", 360: "SC_SHOP_OPENED", 361: "SC_SHOP_CLOSED",
}  # fmt: skip


_ENVELOPE = Shape(kind=(1, "number"), packing=(2, "number"), payload=(3, "bytes"))
_PUSH = Form(
    watching=(1, "text"), likes=(2, "text"),
    comments=(5, Form(
        id=(1, "text"), content=(3, "text"),
        user=(2, Form(principal_id=(1, "text"), user_name=(2, "text"))),
    )),
    like_feeds=(8, "all bytes"), gift_feeds=(9, "all bytes"), notices=(11, "all bytes"),
    shares=(12, "all bytes"),
)  # fmt: skip
#: What is counted of a push, by the field.
_COUNTED = {8: "like feed", 9: "gift feed", 11: "system notice feed", 12: "share feed"}
_COMMENT = Shape(id=(1, "textual id"), user=(2, "bytes"), content=(3, "bytes"))
_USER = Shape(principal_id=(1, "textual id"), user_name=(2, "bytes"))


@takes("bytes")
class KuaishouFrames:
    """Frames of one room, one at a time."""

    checked: ClassVar = True

    def __init__(self, recording: Recording, broadcast: Broadcast | None = None) -> None:
        self.recording = recording
        self.broadcast = broadcast if broadcast is not None else Broadcast()

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What is in one frame."""
        seen = Frame(self.recording, frame, received_at, self.broadcast)
        out = seen.out
        (kind, packing, payload), whole = _ENVELOPE.read_checked(frame)
        packing, payload = packing or _NONE, payload or b""
        if kind is None or not whole:
            out.strange("frame", "frame of the live socket", frame)
            return out
        if kind in _NOT_OURS:
            out.skip(f"frame {_NOT_OURS[kind]}")
            return out
        if packing == _AES:
            out.strange("frame", f"encrypted frame of type {kind}", frame)
            return out
        if packing == _GZIP:
            try:
                payload = inflate(payload)
            except DecodeError as error:
                out.bad("frame", error.reason, frame)
                return out
        elif packing != _NONE:
            out.strange("frame", f"compression {packing} of type {kind}", frame)
            return out
        if kind == _FEED_PUSH:
            self._feeds(seen, payload)
        elif kind == _SUSPECTED_VIOLATION:
            # The platform holds something against the room: its fields are not known, so it is kept.
            out.strange("frame", "SC_SUSPECTED_VIOLATION", frame)
            out.notes.append("the platform marked a suspected violation (SC_SUSPECTED_VIOLATION)")
        else:
            out.strange("frame", f"frame of type {kind}", frame)
        return out

    def _feeds(self, frame: Frame, payload: bytes) -> None:
        if self._whole_feeds(frame, payload):
            return
        out, push = frame.out, parse(payload)
        if not push.whole:
            out.bad("frame", "a push that is cut off or broken; what was read is kept", payload)
        frame.counter(frame.observation("viewers"), "viewers", push.text(1))
        frame.counter(frame.observation("likes"), "likes", push.text(2))
        comments = push.datas(5)
        for number, comment in enumerate(comments[:MAX_FEEDS], 1):
            self._comment(frame, number, comment)
        if len(comments) > MAX_FEEDS:
            out.bad("frame", f"{len(comments)} comments: only {MAX_FEEDS} are read", payload)
        for field, name in _COUNTED.items():
            out.skip(name, min(len(push.datas(field)), MAX_FEEDS))

    def _whole_feeds(self, frame: Frame, payload: bytes) -> bool:
        """Takes a push in which nothing is broken or too much, and says whether it was one."""
        push = _PUSH.read(payload)
        if push is None:
            return False
        comments = push.comments
        if len(comments) > MAX_FEEDS:
            return False
        rest = parse(payload)
        frame.counter(frame.observation("viewers"), "viewers", push.watching or rest.text(1))
        frame.counter(frame.observation("likes"), "likes", push.likes or rest.text(2))
        for number, comment in enumerate(comments, 1):
            text, comment_id, users = comment.content, comment.id, comment.user
            user = users[-1] if users else None
            if user and text and comment_id and user.principal_id and user.user_name:
                frame.chat(comment_id[:256], text, user.principal_id[:256], author=user.user_name)
            else:
                self._comment(frame, number, rest.datas(5)[number - 1])
        for field, feeds in zip(
            _COUNTED, (push.like_feeds, push.gift_feeds, push.notices, push.shares), strict=True
        ):
            if feeds:
                frame.out.skip(_COUNTED[field], min(len(feeds), MAX_FEEDS))
        return True

    def _comment(self, frame: Frame, number: int, comment: bytes) -> None:
        comment_id, user, content = _COMMENT.read(comment)
        if content:
            account, name = _USER.read(user) if user else (None, None)
            frame.chat(
                key_of(comment_id) or frame.id(number),
                text_in(content),
                key_of(account),
                author=text_in(name) if name is not None else None,
            )
        else:
            frame.out.strange(f"comment {number}", "shape of a comment", comment)
            frame.out.lack("chat", "text")


def is_socket_message(fields: Message) -> bool:
    """True if the bytes are a SocketMessage: a type, perhaps a compression, and a payload."""
    kind, payload = fields.integer(1), fields.data(3)
    return (
        kind is not None
        and 0 < kind < 1_000
        and (fields.integer(2) or _NONE) <= _AES
        and len(fields) - len(payload or b"") <= MAX_ENVELOPE
        and fields.whole
        and fields.numbers() <= ({1, 2} if payload is None else {1, 2, 3})
    )
