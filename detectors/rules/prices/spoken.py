"""A comparison of prices in a host's words: “原价459，今天只要89.9”."""

from __future__ import annotations

import re

from msgspec import Struct

from detectors.text.amounts import amount_at, amounts
from detectors.text.lexicon import Hit

__all__ = ["SPEAKERS", "SpokenComparison", "spoken_comparison"]

#: Whose words are the shop's; a guest's are not.
SPEAKERS = ("host", "assistant", "unknown")
_DENIED = re.compile(r"(?:不是|没有|没|不|别|恢复|涨回|回到|变回|调回|就是|按|什么|所谓的?)$")
#: What takes a comparison back after it: “原价459今天89，没有的事”.
_TAKEN_BACK = re.compile(
    r"[^。！？!?]{0,16}[，,\s](?:没有(?:的事|这回事|这种事|那回事)?(?:[，,。！!]|$)|没这回事|不存在的?|都是(?:假|骗|套路)|骗人|那是骗|我们不(?:搞|玩|做)|咱不(?:搞|玩|做))"
)
_ASKED = re.compile(r"吗|是不是|有没有|多少|问")
_OTHER_GOODS = re.compile(
    r"加起来|一共|总共|合计|套装|组合|别家|人家|同行|别人|隔壁|(?:[两三四五六七八九十]|[2-9]|\d\d)[件瓶盒袋包支套]"
)
_NOW = re.compile(
    r"今天|今晚|今儿|今日|现在|直播间|到手|只要|只卖|只需|仅需|券后|秒杀|福利|给到|给你|给恁|直接|拍|带走"
)
_CLAUSE = re.compile(r"[，。！？；,!?;\s]")


class SpokenComparison(Struct, frozen=True):
    """A host's “原价459，今天只要89.9”; half-open offsets of the reference."""

    reference_fen: int
    offer_fen: int | None
    label: str
    start: int
    end: int


def spoken_comparison(text: str, hits: list[Hit]) -> SpokenComparison | None:
    """The comparison in an utterance; ``None`` if it is denied, asked, or about something else.

    `text` is folded, `hits` are the words for a reference price.
    """
    if _OTHER_GOODS.search(text) or not _NOW.search(text):
        return None
    for hit in hits:
        clause_start = max((m.end() for m in _CLAUSE.finditer(text, 0, hit.start)), default=0)
        clause_end = next((m.start() for m in _CLAUSE.finditer(text, hit.end)), len(text))
        clause = text[clause_start:clause_end]
        if _DENIED.search(text[clause_start : hit.start]) or _ASKED.search(clause):
            continue
        reference = amount_at(text, hit.end)
        if reference is None or _TAKEN_BACK.match(text, reference.end):
            continue
        lower = [
            amount.fen
            for amount in amounts(text)
            if amount.start >= reference.end or amount.end <= hit.start
            if 0 < amount.fen < reference.fen and (amount.marked or amount.fen >= 100)
        ]
        return SpokenComparison(
            reference.fen, min(lower, default=None), hit.term, hit.start, reference.end
        )
    return None
