"""A comparison of prices in a host's words: “原价459，今天只要89.9”."""

from __future__ import annotations

from msgspec import Struct

from detectors.match import expression as re
from detectors.match.amounts import amount_at, amounts
from detectors.match.lexicon import Hit
from detectors.rules.prices.conditions import basis_of

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
    r"今天|今晚|今儿|今日|现在|现价|活动价|直播价|本场|这一?场|直播间|到手|只要|只卖|只需|仅需|券后|秒杀|福利|给到|给你|给恁|直接|拍|带走"
)
_CLAUSE = re.compile(r"[，。！？；,!?;\s]")
#: Characters before the word for a reference price that say whose it is, or when it was asked.
LABEL = 14


#: What it cost before or usually costs, up to the sum: “平常你来买得|459”, “店里挂的是|459”.
_BEFORE = re.compile(
    r"(?P<words>正常(?:价|卖|都?要|是)|平[时常]|日常(?:售?价|卖)|本来|原来|原先|原本|以前|之前|往[常年日]|一直(?:以来)?都?|向来|从来都|上(?:个月|周|次|回|场)|"
    r"标价|店里(?:挂|标|卖)|(?:页面|链接|门店)(?:上)?(?:挂|标|写|卖)|挂(?:着)?的|市价|老[粉客]|售价)"
    r"(?:的?(?:价格?|都|也|就|老[粉客]|你们?|大家|来|买|卖|要|得|是|在|的|拿|过|我|花|一件|一瓶|一套|一盒|一双)){0,6}$"
)
#: “从459直接降到89”, “459的东西今天89”.
_FALLS = re.compile(r"从$")
_FALLEN = re.compile(
    r"^(?:元|块钱?)?(?:直接|一路|给你们?|我们?|今天){0,6}(?:降到?|打到|砍到|杀到|掉到|变成?)"
)
_THING = re.compile(r"^(?:元|块钱?)?的(?:东西|货|品质|宝贝|好货|产品|衣服|鞋)")
#: Another thing, or somebody else's.
_ANOTHER = re.compile(
    r"另外|老款|旧款|上一代|别的|其他|外面|大[瓶盒包]|正装|下个?月|以后|明天|将来|会卖|要涨"
)


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
    for hit in [*hits, *_unlisted(text, hits)]:
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
        low = max(clause_start, hit.start - LABEL)
        label, start = hit.term, hit.start
        if basis_of(text[low : hit.start]) in ("elsewhere", "dated"):
            # Another shop's price, or one with its day: these words are its label, too.
            label, start = text[low : hit.end], low
        return SpokenComparison(
            reference.fen, min(lower, default=None), label, start, reference.end
        )
    return None


def _unlisted(text: str, hits: list[Hit]) -> list[Hit]:
    """Words for a price of before that no list has, by what stands around the sums."""
    if hits or _ANOTHER.search(text):
        return []
    found = []
    for amount in amounts(text):
        before = _BEFORE.search(text, max(0, amount.start - 16), amount.start)
        if before is not None:
            found.append(Hit("reference", before["words"], before.start("words"), amount.start))
        elif _FALLS.search(text, 0, amount.start) and _FALLEN.match(text[amount.end :]):
            found.append(Hit("reference", "先前价格", amount.start - 1, amount.start))
        elif _THING.match(text[amount.end :]):
            found.append(Hit("reference", "先前价格", amount.start, amount.start))
    return found
