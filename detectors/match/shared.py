"""What a text shares with the one that was read before it, so that it need not be looked up again."""

from __future__ import annotations

__all__ = ["shared"]

#: Letters at the beginning of a text by which it is looked for in another.
BEGINNING = 8


def shared(text: str, before: str) -> tuple[int, int]:
    """Where the beginning of a text stands in another, and how many letters of it.

    >>> shared("今天的茶叶很新鲜啊", "欢迎今天的茶叶很新鲜")
    (2, 8)
    """
    place = before.rfind(text[:BEGINNING]) if len(text) >= BEGINNING else -1
    if place < 0:
        return 0, 0
    size = min(len(text), len(before) - place)
    while not before.startswith(text[:size], place):
        # Half a text more or less is soon read.
        size = max(BEGINNING, size - BEGINNING)
    return place, size
