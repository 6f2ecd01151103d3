"""One frame of a websocket as somebody saved it; the types of its fields are not trusted."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec
from msgspec import Struct

from connectors.decoders.fields import Fields
from connectors.decoders.jsonvalue import loads
from connectors.errors import DecodeError

__all__ = ["SavedFrame", "is_bytes", "read_saved"]

_TEXT = 1
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class SavedFrame(Struct):
    """Its fields, as they stand there."""

    time: Any = None
    type: Any = None
    opcode: Any = None
    data: Any = None
    url: Any = None
    room: Any = None
    until: Any = None
    reason: Any = None

    def text(self, name: str) -> str:
        """A field that should be text; empty where it is none."""
        value = getattr(self, name)
        return value if isinstance(value, str) else ""

    def kind(self) -> int | None:
        """The opcode; ``None``: none that could be read."""
        return Fields({"opcode": self.opcode}).integer("opcode")

    def body(self) -> bytes:
        """What the socket brought.

        Raises:
            DecodeError: it cannot be told.
        """
        data = (
            self.data["data"] if isinstance(self.data, dict) and is_bytes(self.data) else self.data
        )
        if data is None:
            return b""
        if isinstance(data, list):
            try:
                return bytes(data)
            except (TypeError, ValueError) as error:
                raise DecodeError("its data is a list, but not of bytes") from error
        if not isinstance(data, str):
            raise DecodeError("its data is no text")
        text = data.encode("utf-8", "replace")
        if self.kind() == _TEXT:
            return text
        try:
            return _base64(text)
        except (binascii.Error, ValueError) as error:
            if self.kind() is None:
                return text
            raise DecodeError(f"its data is no base64 ({error})") from error


_decoder = msgspec.json.Decoder(SavedFrame)


def read_saved(line: bytes) -> SavedFrame:
    """The frame in a JSON text; raises what reading JSON raises (`BAD_JSON`)."""
    saved = _decoder.decode(line)
    return _of_devtools(line, saved) if b'"payloadData"' in line else saved


def is_bytes(data: object) -> bool:
    """As Node writes bytes: `[8, 1]` or `{"type": "Buffer", "data": [8, 1]}`."""
    members = data.get("data") if isinstance(data, dict) else data
    return (
        isinstance(members, list)
        and members != []
        and all(isinstance(one, int) for one in members[:16])
    )


def _base64(text: bytes) -> bytes:
    """Of either alphabet, with line breaks, with or without its padding."""
    text = b"".join(text.split()).translate(_URL_SAFE).rstrip(b"=")
    return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)


def _of_devtools(line: bytes, saved: SavedFrame) -> SavedFrame:
    """A frame as the protocol of Chromium's developer tools tells it; its time is no date."""
    event = Fields(loads(line))
    frame = event.inner("params.response", "response")
    data = frame.text("payloadData")
    if data is None:
        return saved
    sent = (event.text("method") or "").endswith("FrameSent")
    return SavedFrame(
        time=saved.time, type="send" if sent else None, opcode=frame.get("opcode"), data=data
    )
