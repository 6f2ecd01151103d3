"""What a monitor tidies up now and then, in parts: one that fails keeps no other from being done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.logger import logger
from monitor.condition import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Upkeep"]

log = logger()


class Upkeep:
    """Does the parts when they are due, and names those that failed."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}
        self._failing: dict[str, str] = {}

    def do(self, part: str, work: Callable[[], object], *, now: int = 0, every_ms: int = 0) -> bool:
        """Does a part; blocks. One that fails is tried again with the next call.

        Args:
            part: what does not happen when it fails, in words for whoever runs the monitor.
            now: wall clock, ms.
            every_ms: not sooner than so long after it was done last.

        Returns:
            It did not fail.
        """
        if part in self._done and now - self._done[part] < every_ms:
            return True
        try:
            work()
        except Exception as error:
            # The database's words come with its whole statement.
            cause = getattr(error, "orig", None) or error
            reason = f"{type(cause).__name__}: {cause}"
            if self._failing.get(part) != reason:
                log.exception("sweep_failed", part=part)
            self._failing[part] = reason
            return False
        self._done[part] = now
        self._failing.pop(part, None)
        return True

    def problems(self) -> list[Problem]:
        """The parts that failed when they were tried last; from any thread."""
        return [
            Problem("upkeep", f"{part}: {reason}; it is tried again")
            for part, reason in tuple(self._failing.items())
        ]
