"""Captured frames of Xiaohongshu's live socket: JSON in base64 in JSON.

{v, t: 4, b: {d: {b: [{d: base64, m}], biz: "room"}}} → {command, customData, msgId, roomId, ts} →
{type, desc, commentId, profile}. There are no products in them.
"""

from __future__ import annotations

import binascii
from typing import Any, ClassVar, TypeVar

from msgspec import Struct, json

from connectors.decoders.decoded import Decoded, Recording, takes
from connectors.decoders.fields import Fields, id_of, millis, text_of
from connectors.decoders.frame import Broadcast, Frame
from connectors.decoders.jsonvalue import loads
from connectors.decoders.whole import BAD_JSON

__all__ = ["XiaohongshuFrames", "is_socket_json"]

_Shape = TypeVar("_Shape")
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


class _Profile(Struct):
    """What is read of the person who writes."""

    user_id: Any = None
    nickname: Any = None
    role: Any = None


class _Words(Struct):
    """What is read of the JSON in `customData`, whatever its `profile` is."""

    type: Any = None
    desc: Any = None
    commentId: Any = None


class _Content(_Words):
    """What is read of the JSON in `customData`."""

    profile: _Profile | None = None


_ENVELOPE, _CONTENT = json.Decoder(_Envelope), json.Decoder(_Content)
_WORDS = json.Decoder(_Words)
_NOBODY = _Profile()


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
                data = binascii.a2b_base64(packed, strict_mode=True)
            except ValueError:
                seen.out.bad(f"message {number}", "no base64", seen.sample(packed))
                continue
            self._message(seen, number, data)
        return seen.out

    def _message(self, frame: Frame, number: int, data: bytes) -> None:
        envelope = _read(_ENVELOPE, data) or _Envelope()
        custom = envelope.customData
        if not isinstance(custom, str):
            custom = json.encode(custom)
        content = _read(_CONTENT, custom)
        words = content or _read(_WORDS, custom) or _Words()
        profile = (content.profile if content is not None else None) or _NOBODY
        if room := id_of(envelope.roomId):
            frame.enter(room)
        kind, text = text_of(words.type), text_of(words.desc)
        if kind == "text" and text and not text.isspace():
            frame.chat(
                id_of(words.commentId) or id_of(envelope.msgId) or frame.id(number),
                text,
                id_of(profile.user_id),
                author=text_of(profile.nickname),
                at=millis(envelope.ts),
                role="host" if text_of(profile.role) in _HOST_ROLES else "viewer",
            )
        elif kind == "text":
            frame.out.strange(f"message {number}", "shape of text", data)
            frame.out.lack("chat", "text")
        elif kind in _NOT_OURS:
            frame.out.skip(f"message {kind}")
        else:
            frame.out.strange(f"message {number}", f"message {kind or 'without a type'}", data)


def _read(decoder: json.Decoder[_Shape], text: bytes | str) -> _Shape | None:
    """What a decoder reads of an object; ``None`` of what is none, or of another shape."""
    try:
        # The decoder does not look at the characters that it passes over.
        if isinstance(text, bytes) and not text.isascii():
            text.decode()
        return decoder.decode(text)
    except BAD_JSON:
        return None


def is_socket_json(value: object) -> bool:
    """True if this is the JSON envelope of Xiaohongshu's live socket."""
    return isinstance(value, dict) and {"v", "t", "b"} <= value.keys()
