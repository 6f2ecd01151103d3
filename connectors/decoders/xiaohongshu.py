"""Captured frames of Xiaohongshu's live socket: JSON in base64 in JSON.

{v, t: 4, b: {d: {b: [{d: base64, m}], biz: "room"}}} → {command, customData, msgId, roomId, ts} →
{type, desc, commentId, profile}. There are no products in them.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar, TypeVar

from msgspec import Struct, json

from connectors.decoders.decoded import Decoded, Recording, takes
from connectors.decoders.fields import Fields, id_of, millis, text_of
from connectors.decoders.frame import Broadcast, Frame
from connectors.decoders.jsonvalue import loads
from connectors.decoders.whole import BAD_JSON

__all__ = ["XiaohongshuFrames", "is_socket_json"]

#: Messages of one frame that are read.
MAX_MESSAGES = 1_000
_HOST_ROLES = frozenset({"host", "anchor", "主播"})
_NOT_OURS = frozenset({"refresh", "goods_rank_entrance_im"})


class _Envelope(Struct):
    """What is read of a message; the rest of its JSON is passed over. Each may be of any type."""

    customData: Any = None
    msgId: Any = None
    roomId: Any = None
    ts: Any = None


class _Content(Struct):
    """What is read of the JSON in `customData`."""

    type: Any = None
    desc: Any = None
    commentId: Any = None
    profile: Any = None


_Shape = TypeVar("_Shape")
_ENVELOPE, _CONTENT = json.Decoder(_Envelope), json.Decoder(_Content)


@takes("line")
class XiaohongshuFrames:
    """Frames of one room, one at a time."""

    checked: ClassVar = True

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
            packed = text_of(packet.values.get("d")) or ""
            try:
                data = base64.b64decode(packed, validate=True)
            except (binascii.Error, ValueError):
                seen.out.bad(f"message {number}", "no base64", seen.sample(packed))
                continue
            self._message(seen, number, data)
        return seen.out

    def _message(self, frame: Frame, number: int, data: bytes) -> None:
        envelope = _read(_Envelope, _ENVELOPE, data)
        custom = envelope.customData
        if not isinstance(custom, str):
            custom = json.encode(custom)
        content = _read(_Content, _CONTENT, custom)
        profile = content.profile if isinstance(content.profile, dict) else {}
        if room := id_of(envelope.roomId):
            frame.enter(room)
        kind, text = text_of(content.type), text_of(content.desc)
        if kind == "text" and text and text.strip():
            frame.chat(
                id_of(content.commentId) or id_of(envelope.msgId) or frame.id(number),
                text,
                id_of(profile.get("user_id")),
                author=text_of(profile.get("nickname")),
                at=millis(envelope.ts),
                role="host" if profile.get("role") in _HOST_ROLES else "viewer",
            )
        elif kind == "text":
            frame.out.strange(f"message {number}", "shape of text", data)
            frame.out.lack("chat", "text")
        elif kind in _NOT_OURS:
            frame.out.skip(f"message {kind}")
        else:
            frame.out.strange(f"message {number}", f"message {kind or 'without a type'}", data)


def _read(shape: type[_Shape], decoder: json.Decoder[_Shape], text: bytes | str) -> _Shape:
    """What a decoder reads of an object; nothing of what is none."""
    try:
        # As text: in bytes, the decoder does not look at the characters that it passes over.
        return decoder.decode(text if isinstance(text, str) else text.decode())
    except BAD_JSON:
        return shape()


def is_socket_json(value: object) -> bool:
    """Is this the envelope of such frames."""
    return isinstance(value, dict) and {"v", "t", "b"} <= value.keys()
