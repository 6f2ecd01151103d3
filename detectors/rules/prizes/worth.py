"""What a prize is worth, by the words about it: “价值6.8万元”, “一台十八万的皮卡”, “几十万”.

All functions take folded text. A sum that is the total of many prizes, a rank, a distance or a
number of people is no prize's worth.
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.amounts import amounts, number
from detectors.match.numerals import counts
from detectors.match.phrasing import phrasing

__all__ = ["Worth", "worths"]

#: A total over several prizes, said before or after a sum.
_TOTAL_BEFORE = phrasing("prizes", "total-before")
_TOTAL_AFTER = phrasing("prizes", "total-after")
#: Numerals as cheques have them: “陆万捌仟元”.
_FORMAL = re.compile(
    "[零壹贰叁肆伍陆柒捌玖]{0,12}[拾佰仟万](?:[零壹贰叁肆伍陆柒捌玖拾佰仟万]{0,12})"
)
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
#: “六位数” is 100,000 at least; a code of six digits, or of “十七位数字”, is no sum.
_OF_DIGITS = phrasing("prizes", "of-digits")
#: What is counted there is no money; a lone numeral with one of these is a number of something.
_NO_MONEY = phrasing("prizes", "no-money")
_LIMIT_BEFORE = phrasing("prizes", "limit-before")
#: What is counted before a bare number: “点赞到十万”, “点点赞，点到十万”.
_COUNT_BEFORE = phrasing("prizes", "count-before")
#: What a number is the name of.
_NAME_BEFORE = phrasing("prizes", "name-before")
#: Bought for it, not won.
_BOUGHT_AFTER = phrasing("prizes", "bought-after")
#: What it costs for each, and how many go.
_EACH_BEFORE = phrasing("prizes", "each-before")
_PARTY = phrasing("prizes", "party")
_FAMILY = phrasing("prizes", "family")
#: What is paid for each month or year, and for how many.
_MONTHLY_BEFORE = phrasing("prizes", "monthly-before")
_YEARLY_BEFORE = phrasing("prizes", "yearly-before")
_FOR_SO_LONG = phrasing("prizes", "for-so-long")
#: Of more months or years nobody wins anything.
_MOST_TIMES = 100
#: “七万二一位”: the one of the person is no part of the sum.
_ONE_EACH = phrasing("prizes", "one-each")
#: What somebody already has, and is not to be won.
_OWN_THING = phrasing("prizes", "own-thing")


#: Whoever wins is one: what it comes to in all is what one gets.
_ONE_WINNER = phrasing("prizes", "one-winner")
_MANY_WINNERS = phrasing("prizes", "many-winners")


class Worth(NamedTuple):
    """What is said to be one prize's worth; half-open offsets."""

    fen: int
    start: int
    end: int


def worths(text: str) -> list[Worth]:
    """The sums in a text that may be the worth of one thing, from left to right.

    >>> [worth.fen for worth in worths("抽一台十八万的皮卡，总价值二十万，六万毫安")]
    [18000000]
    >>> [worth.fen for worth in worths("算下来几十万")]
    [10000000]
    >>> [worth.fen for worth in worths("头奖陆万捌仟元，也就七八万，好歹六位数")]
    [6800000, 7000000, 10000000]
    >>> [worth.fen for worth in worths("全年菜钱归我一个月六千管足十二个月")]
    [7200000]
    """
    text = _ONE_EACH.sub("元", _FORMAL.sub(lambda found: found[0].translate(_PLAIN), text))
    found = [
        Worth(amount.fen, amount.start, amount.end)
        for amount in amounts(text)
        if amount.marked or not _NO_MONEY.match(text[amount.end : amount.end + 4])
    ]
    for count in counts(text):
        if any(count.start < known.end and known.start < count.end for known in found):
            continue
        if count.value >= 10_000 and not _NO_MONEY.match(text[count.end : count.end + 4]):
            found.append(Worth(count.value * 100, count.start, count.end))
    for digits in _OF_DIGITS.finditer(text):
        fen = 100 * 10 ** (round(number(digits["n"]) or 1) - 1)
        found.append(Worth(fen, digits.start(), digits.end()))
    found = [_while_it_lasts(text, _for_all_who_go(text, worth)) for worth in found]
    alone = _ONE_WINNER.search(text) is not None and _MANY_WINNERS.search(text) is None
    return sorted(
        (
            worth
            for worth in found
            if (alone or not _TOTAL_BEFORE.search(text[max(0, worth.start - 12) : worth.start]))
            and not _TOTAL_AFTER.match(text[worth.end : worth.end + 14])
            and not _LIMIT_BEFORE.search(text[max(0, worth.start - 10) : worth.start])
            and not _COUNT_BEFORE.search(text[max(0, worth.start - 10) : worth.start])
            and not _NAME_BEFORE.search(text[max(0, worth.start - 6) : worth.start])
            and not _BOUGHT_AFTER.match(text[worth.end : worth.end + 8])
            and not _OWN_THING.search(text[max(0, worth.start - 16) : worth.start])
        ),
        key=lambda worth: worth.start,
    )


def _for_all_who_go(text: str, worth: Worth) -> Worth:
    """“四口人，每人两万”: one winner takes them all along."""
    if not _EACH_BEFORE.search(text[max(0, worth.start - 8) : worth.start]):
        return worth
    party = _PARTY.search(text)
    if party is None or not _FAMILY.search(text):
        return worth
    heads = 2 if party["pair"] else int(number(party["n"]) or 1)
    return worth._replace(fen=worth.fen * heads) if 1 < heads < 10 else worth


def _while_it_lasts(text: str, worth: Worth) -> Worth:
    """“一个月六千，管足十二个月”: what is paid in all that time is one prize."""
    before = text[max(0, worth.start - 10) : worth.start]
    for each, period in ((_MONTHLY_BEFORE, "months"), (_YEARLY_BEFORE, "years")):
        if not each.search(before):
            continue
        for lasting in _FOR_SO_LONG.finditer(text):
            times = int(number(lasting["n"]) or 1) if lasting[period] else 1
            if 1 < times <= _MOST_TIMES:
                return worth._replace(fen=worth.fen * times)
    return worth
