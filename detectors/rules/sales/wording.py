"""Clauses and small gates of what a host says: denied, asked, quoted."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing

__all__ = ["clause", "denied", "doubted", "grouped"]

_ENDS = "。！？!?;；\n"
_BREAKS = _ENDS + "，,、:："
_NEGATION, _TWICE = phrasing("sales", "negation"), phrasing("scope", "negated-twice")
_DOUBT, _ASKED = phrasing("sales", "doubt"), phrasing("sales", "question")
#: Whose sales it is, right before the words: not this room's.
_OTHERS = phrasing("sales", "others-sales")
#: What “…呢” asks for.
_WANTED = phrasing("sales", "asked-for")
#: “不是我吹” denies nothing.
_EMPHASIS = phrasing("sales", "emphasis")
#: Characters before a hit in which a negation counts (G2).
_REACH = 8


def clause(text: str, start: int, end: int, *, whole: bool = False) -> tuple[int, int]:
    """The clause around a range, half-open; `whole`: the sentence."""
    stops = _ENDS if whole else _BREAKS
    first = max((text.rfind(stop, 0, start) for stop in stops), default=-1) + 1
    last = min((found for stop in stops if (found := text.find(stop, end)) >= 0), default=len(text))
    return first, last


def denied(text: str, start: int, end: int) -> bool:
    """Is what is said denied or warned of, a few characters before and in the same clause?"""
    first, _ = clause(text, start, end)
    before = _EMPHASIS.sub("", text[max(first, start - _REACH) : start])
    return _NEGATION.search(before) is not None and _TWICE.search(before) is None


def doubted(text: str, start: int, end: int) -> bool:
    """Is what is said a question, somebody else's words, or a condition?"""
    first, last = clause(text, start, end, whole=True)
    sentence = text[first:last]
    _, stop = clause(text, start, end)
    asked = text[start:stop]
    return (
        text[stop : stop + 1] in ("?", "？")
        or _ASKED.search(asked) is not None
        or (asked.endswith("呢") and _WANTED.search(asked) is not None)
        or _DOUBT.search(sentence) is not None
        or _OTHERS.search(text[first:start]) is not None
    )


def grouped(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Hits by their group."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.group, []).append(hit)
    return groups
