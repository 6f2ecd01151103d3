"""Numbers in the place of viewers' pseudonyms, for copies of a bundle that are handed out."""

from __future__ import annotations

import re

__all__ = ["Mask"]

_PSEUDONYM = re.compile(r"k\d{1,6}:[a-z2-7]{16}")


class Mask:
    """Replaces viewers' pseudonyms by numbers, the same one everywhere."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text with all of them replaced."""
        return _PSEUDONYM.sub(self._of, text)

    def _of(self, found: re.Match[str]) -> str:
        return self._known.setdefault(found[0], f"观众{len(self._known) + 1}")
