"""Why a message did not arrive."""

from __future__ import annotations

__all__ = ["Gone", "NotDelivered"]


class NotDelivered(Exception):
    """An attempt failed; another may succeed later. The message holds no secret."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s
        """How long the other side wants to be left alone; ``None``: it did not say."""


class Gone(NotDelivered):
    """The other side wants nothing more, ever: 410 of a webhook."""
