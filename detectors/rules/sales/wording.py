"""Clauses and small gates of what a host says: denied, asked, quoted."""

from __future__ import annotations

from collections.abc import Iterable

from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing

__all__ = ["clause", "denied", "doubted", "grouped"]

_ENDS = "。！？!?;；\n"
_BREAKS = _ENDS + "，,、:："
_NEGATIONS = ("不是", "不会", "没有", "没到", "不到", "没卖到", "还没", "不敢说", "不能说", "别信", "哪有",
              "不存在", "不说", "不搞", "不玩", "从来不", "绝不", "并非", "不用说", "不至于", "又不")  # fmt: skip
_DOUBTS = ("有没有", "是不是", "能不能", "有人问", "家人问", "宝宝问", "朋友问", "姐妹问", "有人说", "谁说",
           "问我", "问说", "问是", "如果", "要是", "假如", "万一", "会不会", "别家", "人家说", "有的主播",
           "有些主播", "别的主播", "有的直播间", "有些直播间", "别的直播间", "他们家")  # fmt: skip
#: Whose sales it is, right before the words: not this room's.
_OTHERS = phrasing("sales", "others-sales")
_ASKED = ("几", "哪", "谁", "多少", "怎么")
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
    return any(word in before for word in _NEGATIONS) and "不是不" not in before


def doubted(text: str, start: int, end: int) -> bool:
    """Is what is said a question, somebody else's words, or a condition?"""
    first, last = clause(text, start, end, whole=True)
    sentence = text[first:last]
    _, stop = clause(text, start, end)
    asked = text[start:stop]
    return (
        text[stop : stop + 1] in ("?", "？")
        or (asked.endswith(("吗", "么")) and not asked.endswith(("什么", "怎么", "那么")))
        or (asked.endswith("呢") and any(word in asked for word in _ASKED))
        or any(word in sentence for word in _DOUBTS)
        or _OTHERS.search(text[first:start]) is not None
    )


def grouped(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Hits by their group."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.group, []).append(hit)
    return groups
