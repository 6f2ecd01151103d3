"""Captured frames of Xiaohongshu's live socket: JSON in base64 in JSON.

{v, t: 4, b: {d: {b: [{d: base64, m}], biz: "room"}}} → {command, customData, msgId, roomId, ts} →
{type, desc, commentId, profile}. There are no products in them.
"""

from __future__ import annotations

import base64
import binascii

from connectors.decoders.decoded import Decoded, Recording, takes
from connectors.decoders.fields import Fields
from connectors.decoders.frame import Broadcast, Frame
from connectors.decoders.jsonvalue import loads

__all__ = ["XiaohongshuFrames", "is_socket_json"]

#: Messages of one frame that are read.
MAX_MESSAGES = 1_000
_HOST_ROLES = frozenset({"host", "anchor", "主播"})
_NOT_OURS = frozenset({"refresh", "goods_rank_entrance_im"})


@takes("line")
class XiaohongshuFrames:
    """Frames of one room, one at a time."""

    def __init__(self, recording: Recording, broadcast: Broadcast | None = None) -> None:
        self.recording = recording
        self.broadcast = broadcast if broadcast is not None else Broadcast()

    def feed(self, frame: bytes, received_at: int) -> Decoded:
        """What is in one frame."""
        seen = Frame(self.recording, frame, received_at, self.broadcast)
        value = Fields(loads(frame))
        packets = list(value.each("b.d.b"))
        if not is_socket_json(value.values):
            seen.out.strange("frame", "frame of the live socket", frame)
        elif not packets and value.get("b"):
            seen.out.strange("frame", f"shape of a frame of type {value.get('t')}"[:60], frame)
        elif not packets:
            seen.out.skip("frame without messages")
        for number, packet in enumerate(packets[:MAX_MESSAGES]):
            packed = packet.text("d") or ""
            try:
                data = base64.b64decode(packed, validate=True)
            except (binascii.Error, ValueError):
                seen.out.bad(f"message {number}", "no base64", seen.sample(packed))
                continue
            self._message(seen, Fields(loads(data)), number, data)
        return seen.out

    def _message(self, frame: Frame, envelope: Fields, number: int, data: bytes) -> None:
        custom = envelope.get("customData")
        content = Fields(
            loads(custom.encode("utf-8", "replace")) if isinstance(custom, str) else custom
        )
        if room := envelope.id("roomId"):
            frame.enter(room)
        kind, text = content.text("type"), content.some_text("desc")
        if kind == "text" and text is not None:
            frame.chat(
                content.id("commentId") or envelope.id("msgId") or frame.id(number),
                text,
                content.id("profile.user_id"),
                author=content.text("profile.nickname"),
                at=envelope.millis("ts"),
                role="host" if content.get("profile.role") in _HOST_ROLES else "viewer",
            )
        elif kind == "text":
            frame.out.strange(f"message {number}", "shape of text", data)
            frame.out.lack("chat", "text")
        elif kind in _NOT_OURS:
            frame.out.skip(f"message {kind}")
        else:
            frame.out.strange(f"message {number}", f"message {kind or 'without a type'}", data)


def is_socket_json(value: object) -> bool:
    """Is this the envelope of such frames."""
    return isinstance(value, dict) and {"v", "t", "b"} <= value.keys()
