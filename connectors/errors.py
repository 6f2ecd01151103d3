"""What can go wrong between the outside world and the core.

ConnectorError
├── UnreadableSource   a file or stream that cannot be opened or read to its end
└── DecodeError        bytes that are not of the format they were said to be
    ├── Refused        input that is built to do harm, or beyond a limit
    └── NotAValue      a cell or attribute that holds no number, price or time
"""

from __future__ import annotations

__all__ = ["ConnectorError", "DecodeError", "NotAValue", "Refused", "UnreadableSource"]


class ConnectorError(Exception):
    """Root of all errors of this package."""


class UnreadableSource(ConnectorError):
    """A source that cannot be opened, or that breaks off while it is read."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class DecodeError(ConnectorError, ValueError):
    """Bytes that are not of the format they were said to be; carries them."""

    def __init__(self, reason: str, data: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.data = data


class Refused(DecodeError):
    """Input that is built to do harm (an XML with entities), or beyond a stated limit."""


class NotAValue(DecodeError):
    """Text that holds no number, price or time."""
