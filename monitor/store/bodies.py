"""Versions of alerts as bytes: packed, for they are tens of kilobytes of JSON that repeats itself."""

from __future__ import annotations

import zlib

import msgspec

from detectors.alerts import Alert

__all__ = ["decode_body", "pack", "unpack"]

_decoder = msgspec.json.Decoder(Alert)


def pack(body: bytes) -> bytes:
    """JSON of an alert as it is stored: about an eighth of it."""
    return zlib.compress(body, 1)


def unpack(body: bytes) -> bytes:
    """The JSON of a stored version; older ones are stored as they are."""
    return body if body.startswith(b"{") else zlib.decompress(body)


def decode_body(body: bytes) -> Alert:
    """The alert of a stored version."""
    return _decoder.decode(unpack(body))
