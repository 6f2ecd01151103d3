"""How a text declares the last pieces, puts more of them up, or sells in batches."""

from __future__ import annotations

from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.numerals import counts
from detectors.rules.sales.wording import clause

__all__ = ["is_batch_of_sale", "last_pieces", "puts_up"]

_UNIT = re.compile(
    r"\s{0,8}(?:单|件|份|套|盒|瓶|箱|袋|双|条|组|台|包|罐|支|只|个|提|桶|本|库存|现货)"
)
#: What may follow a unit and makes something else of it: “最后一件事”, “最后两个问题”.
_OTHER_THING = re.compile(
    r"(?:事|问题|产品|商品|环节|品(?!质)|款|链接|福利|小时|钟|月|名额|颜色|尺码|码|色|礼|赠|奖|红包|券|福袋|红心|点赞|粉丝|人|家人|机会|步|视频)"
)

#: “就剩俩了”: a number that is its own unit.
_FEW = re.compile(r"(?:最后|下)?(?P<n>[俩仨])(?!人|字|问|家)")
#: The last batch of a year or of a harvest, whatever is in stock of it.
_OF_HARVEST = re.compile(r"今年|这一?季|当季|产季|采|批(?:新?茶|鲜?果|货|发|出)|批次")
#: Characters from a word of restocking to the number of pieces.
_PUT_UP = 10

#: What makes a batch one of the sale: “颜色每一批都有一点不同” announces none.
_BATCH_OF_SALE = re.compile(r"[放抢卖拍单件份]|上链接|上架|上车|库存|开价|开抢|补货")


def is_batch_of_sale(text: str, hit: Hit) -> bool:
    """Is it the sale that goes in batches, not the harvest or the dispatch?"""
    first, last = clause(text, hit.start, hit.end)
    return _BATCH_OF_SALE.search(text, first, last) is not None


def puts_up(text: str, hit: Hit) -> bool:
    """“再给你们加五单”: are pieces put up again, and how many is said?"""
    return any(
        count.start - hit.start <= _PUT_UP and _UNIT.match(text, count.end)
        for count in counts(text)
        if count.start >= hit.start
    )


def last_pieces(text: str, groups: dict[str, list[Hit]]) -> tuple[int, int, int | None] | None:
    """Where a text declares the last pieces, and how many; “最后五分钟” is no stock."""
    for hit in groups.get("left", ()):
        if few := _FEW.match(text, hit.end):
            return hit.start, few.end(), 2 if few["n"] == "俩" else 3
        for count in counts(text[hit.end : hit.end + 12]):
            start, end = hit.end + count.start, hit.end + count.end
            if start - hit.end > 4:
                break
            unit = _UNIT.match(text, end)
            if (
                unit is not None
                and not _OTHER_THING.match(text, unit.end())
                # “最后一个，江边的朋友问”: the next in a row, not the last in stock.
                and not (count.value == 1 and unit[0].strip() == "个" and hit.term == "最后")
            ):
                return hit.start, unit.end(), count.value
            break
    for hit in groups.get("last", ()):
        if hit.term == "最后一批" and _OF_HARVEST.search(text, *clause(text, hit.start, hit.end)):
            continue
        return hit.start, hit.end, None
    return None
