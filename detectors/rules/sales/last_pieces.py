"""How a text declares the last pieces, puts more of them up, or sells in batches."""

from __future__ import annotations

from detectors.match.lexicon import Hit
from detectors.match.numerals import counts
from detectors.match.phrasing import phrasing, word_list
from detectors.rules.sales.wording import clause

__all__ = ["is_batch_of_sale", "last_pieces", "puts_up"]

_UNIT = phrasing("sales", "unit")
#: What may follow a unit and makes something else of it: “最后一件事”, “最后两个问题”.
_OTHER_THING = phrasing("sales", "other-thing")

#: “就剩俩了”: a number that is its own unit.
_FEW = phrasing("sales", "few")
#: The last batch of a year or of a harvest, whatever is in stock of it.
_OF_HARVEST = phrasing("sales", "of-harvest")
#: Characters from a word of restocking to the number of pieces.
_PUT_UP = 10

#: What makes a batch one of the sale: “颜色每一批都有一点不同” announces none.
_BATCH_OF_SALE = phrasing("sales", "batch-of-sale")


def is_batch_of_sale(text: str, hit: Hit) -> bool:
    """Do the words say that the sale goes in batches, not the harvest or the dispatch?"""
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
                and not (
                    count.value == 1
                    and hit.term in word_list("sales", "last-in-a-row")
                    and unit[0].strip() in word_list("sales", "one-in-a-row")
                )
            ):
                return hit.start, unit.end(), count.value
            break
    for hit in groups.get("last", ()):
        if hit.term in word_list("sales", "last-batch") and _OF_HARVEST.search(
            text, *clause(text, hit.start, hit.end)
        ):
            continue
        return hit.start, hit.end, None
    return None
