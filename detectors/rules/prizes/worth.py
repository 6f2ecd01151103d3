"""What a prize is worth, by the words about it: “价值6.8万元”, “一台十八万的皮卡”, “几十万”.

All functions take folded text. A sum that is the total of many prizes, a rank, a distance or a
number of people is no prize's worth.
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.amounts import amounts, number
from detectors.match.numerals import counts

__all__ = ["Worth", "worths"]

#: A total over several prizes, said before or after a sum.
_TOTAL_BEFORE = re.compile(
    "(?:总价值?|总值|总额|总共|总计|总奖池|奖池|奖金池|一共|合计|共计|累计|加起来|加一块儿?|加一起|瓜分|平分|分掉|全部(?:奖品)?|所有(?:奖品)?|整场|全场)[^,。!?]{0,6}$"
)
_TOTAL_AFTER = re.compile(
    "^(?:元|块|块钱)?(?:现金|红包|奖金|奖品|大奖|福利)?(?:,?(?:[\\d一二两三四五六七八九十百千万]{1,12})(?:个人|人|位))?(?:大家|一起|平|均|来|的){0,6}(?:瓜分|平分|分(?!期|之)|奖池|奖金池|的?总)"
)
#: Numerals as cheques have them: “陆万捌仟元”.
_FORMAL = re.compile(
    "[零壹贰叁肆伍陆柒捌玖]{0,12}[拾佰仟万](?:[零壹贰叁肆伍陆柒捌玖拾佰仟万]{0,12})"
)
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
#: “六位数” is 100,000 at least; a code of six digits is no sum.
_OF_DIGITS = re.compile("(?P<n>[六七八九6-9])位数(?![^,。!?]{0,4}(?:码|号|编))")
#: What is counted there is no money; a lone numeral with one of these is a number of something.
_NO_MONEY = re.compile(
    "^(?:多|余|\\+)?(?:毫安|公里|km|里地|[号单份人名位次步字赞票粉度瓦升斤克吨亩头只件个张瓶条双盒枚颗套包辆台家户分天年倍楼米]|"
    "积分|金币|豆|粉丝|关注|点赞|观众|家人|分之|火急|里挑|像素|转|mah|毫升|流明)"
)
_LIMIT_BEFORE = re.compile("(?:不(?:能|得|可以|会)?(?:超|高)过?于?|不到|低于|没到)[^,。]{0,4}$")
#: What is counted before a bare number: “点赞到十万”, “点点赞，点到十万”.
_COUNT_BEFORE = re.compile(
    "(?:点赞|赞|关注|人气|在线|粉丝|观众|人数|场观|销量|热度|弹幕|订单|评论|播放)(?:量|数)?[^,。!?元块抽送奖赠]{0,5}$|"
    "(?:点|刷|冲|涨)(?:到|够|满)了?$"
)
#: What a number is the name of.
_NAME_BEFORE = re.compile("(?:号码?|编号|尾号|门牌|工号|房号|期数|货号)(?:是|为|:)?$")
#: Bought for it, not won.
_BOUGHT_AFTER = re.compile("^(?:块|元)?(?:钱)?(?:多)?(?:买|贷|提|租|换|修|装)(?:来|下)?(?:的|了)")
#: What it costs for each, and how many go.
_EACH_BEFORE = re.compile(
    "(?:每|一)(?:个)?(?:人|位|口)(?:要|得|是|报价)?[^,。!?\\d一二两三四五六七八九十百千万]{0,3}$"
)
_PARTY = re.compile(
    "(?P<n>[两二三四五六七八九\\d]{1,12})(?:口人|口之家|口子|个位子|个人(?!里)|人行|人游|张(?:船|机|门)?票)|(?P<pair>双人|两口子|夫妻)"
)
_FAMILY = re.compile("全家|一家|家庭|口人|口之家|双人|夫妻|两口子")
#: “七万二一位”: the one of the person is no part of the sum.
_ONE_EACH = re.compile("(?<=[万千百十二三四五六七八九])一(?=[位人张口])")
#: What somebody already has, and is not to be won.
_OWN_THING = re.compile(
    "(?:营业额|销售额|流水|成本|投资|投入|花了|花费|赚了?|亏了?|注册资[金本]|产值|捐了?)[^,。!?抽奖送]{0,8}$|"
    "(?:我|咱|我们|他|老板)(?:们)?(?:家|自己)?(?:这|那|的)?(?:台|个|辆|套|块|只)?[^,。!?抽奖送]{0,8}(?:价值|值|花了|买的?|卖)(?:了|的|我)?$"
)


#: Whoever wins is one: what it comes to in all is what one gets.
_ONE_WINNER = re.compile(
    "(?:一|那|这|幸运)(?:位|户|人|个人|家人|户人家|名)(?!一)|独享|独得|一人|有缘人|谁(?:抽中|中)|归谁|四年|全年"
)
_MANY_WINNERS = re.compile(
    "(?:[二两三四五六七八九]|[\\d一二两三四五六七八九]{0,12}[十百千]|\\d{2,12})(?:位|名|个人|份|户|人)|每(?:人|位|份)|瓜分|平分|奖池|累计"
)


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
    found = [_for_all_who_go(text, worth) for worth in found]
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
