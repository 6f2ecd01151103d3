"""What can go wrong between the outside world and the core.

ConnectorError
├── Retryable          a connection that failed or was lost, and may be had again
├── Fatal              wrong configuration or credentials: trying again soon changes nothing
├── UnreadableSource   a file or stream that cannot be opened or read to its end
└── DecodeError        bytes that are not of the format they were said to be
    ├── Refused        input that is built to do harm, or beyond a limit
    └── NotAValue      a cell or attribute that holds no number, price or time
"""

from __future__ import annotations

__all__ = [
    "ConnectorError",
    "DecodeError",
    "Fatal",
    "NotAValue",
    "Refused",
    "Retryable",
    "UnreadableSource",
]


class ConnectorError(Exception):
    """Root of all errors of this package."""


class Retryable(ConnectorError):
    """A connection that could not be made, or was lost: the runner tries again."""

    def __init__(
        self, reason: str, *, retry_after: float | None = None, since: int | None = None
    ) -> None:
        """
        Args:
            retry_after: seconds for which the other side asked to be left alone.
            since: last moment that surely was watched, ms since the epoch (the answer to the
                last heartbeat, say); by default the latest delivery. A source that `resumes` says
                it where something was lost all the same, and only there.
        """
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.since = since


class Fatal(ConnectorError):
    """Wrong configuration or credentials: the source stops, says why, and is tried again after
    long, or when somebody has changed what it is made from."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        """
        Args:
            retry_after: seconds for which the other side is left alone, by default what the
                configuration says.
        """
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


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
