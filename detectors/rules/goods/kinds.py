"""Expressions that each tell a kind of thing; the first that matches decides."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.match import expression as re

__all__ = ["first_kind"]


def first_kind(
    frames: Sequence[tuple[str, re.Pattern[str]]], any_of_them: re.Pattern[str], text: str
) -> tuple[str, int, int] | None:
    """The kind and place of the first frame that stands in a folded text; half-open offsets.

    Args:
        frames: each with its kind, the most telling first.
        any_of_them: all frames in one expression, a quick first look.
    """
    if any_of_them.search(text) is None:
        return None
    for kind, frame in frames:
        match = frame.search(text)
        if match is not None:
            return kind, match.start(), match.end()
    return None
