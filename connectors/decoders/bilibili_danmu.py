"""A chat line of Bilibili (DANMU_MSG) whose fields all stand where they should, read at once.

The array `info` holds some eighty values in a dozen levels, of which six are read. Whatever is of
another type than here, empty or missing is left to `danmaku`, which looks at each value by itself.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, json

from connectors.decoders.danmaku import id_in, millis
from connectors.decoders.decoded import Recording, Role, chat_text, sha256
from connectors.decoders.whole import BAD_JSON
from detectors.events import Chat

__all__ = ["Info", "chat_of", "read"]

#: Account numbers beyond are left to the slower reading, which says what becomes of them.
MAX_UID = 2**63


class _Extra(Struct):
    extra: str


class _Head(Struct, array_like=True):
    """`info[0]`"""

    _0: Any
    _1: Any
    _2: Any
    _3: Any
    sent: int
    _5: Any
    _6: Any
    _7: Any
    _8: Any
    _9: Any
    _10: Any
    _11: Any
    _12: Any
    _13: Any
    _14: Any
    extra: _Extra


class _Sender(Struct, array_like=True):
    """`info[2]`"""

    uid: int
    name: str
    moderator: int


class Info(Struct, array_like=True):
    head: _Head
    text: str
    sender: _Sender


class _Message(Struct):
    """A command of any kind, of which it is read how it is called, and the line where it is one."""

    cmd: Any = None
    info: Info | None = None


_MESSAGE = json.Decoder(_Message)


def read(body: bytes) -> _Message | None:
    """A command; ``None`` where it is no JSON, or has an `info` of another shape."""
    try:
        # The decoder does not look at the characters that it passes over.
        if not body.isascii():
            body.decode()
        return _MESSAGE.decode(body)
    except BAD_JSON:
        return None


def chat_of(
    info: Info, body: bytes, recording: Recording, session: str, received_at: int
) -> Chat | None:
    """The line; ``None`` where something of it is missing or has to be looked for elsewhere."""
    sender, text = info.sender, info.text
    sent_ms, message = millis(info.head.sent), id_in(info.head.extra.extra)
    if not (sent_ms and message and text and sender.name and 0 < sender.uid < MAX_UID):
        return None
    role: Role = "host" if sender.name == recording.host else "viewer"
    return Chat(
        id=f"d-{message}",
        platform=recording.platform,
        room=recording.room,
        session=session,
        at=sent_ms,
        seen=received_at if received_at > sent_ms else None,
        raw=sha256(body),
        user=recording.account(str(sender.uid)),
        role=None if sender.moderator == 1 else role,
        text=chat_text(text, role),
    )
