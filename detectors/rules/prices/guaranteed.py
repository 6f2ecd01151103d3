"""A price promise in a host's words: “保价七天”, “买贵必赔，30天内降价赔双倍差价”, “假一赔十”."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from detectors.match import expression as re
from detectors.match.amounts import BEIJING, DAY_MS, HOUR_MS, day_end_ms, number
from detectors.match.lexicon import Hit
from detectors.match.sought import Sought
from detectors.speech.scope import Scope

__all__ = ["Guaranteed", "guaranteed"]

Kind = Literal["guard", "refund", "genuine"]

_NUMBER = r"(?:\d{1,12}|[一二两三四五六七八九十百半]{1,12})"
_LENGTH = re.compile(
    rf"(?P<n>{_NUMBER})\s{{0,8}}个?(?P<half>半)?(?P<unit>天|日(?!元)|个?月|年|周|星期|礼拜|小时)(?!前|[一二三四五六七八九十\d]{{1,12}}[号日])"
)
_DATE = re.compile(
    r"(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?P<day>[0-3]?\d|[一二三]?十?[一二三四五六七八九十])[号日]"
)
_MONTH_END = re.compile("月底|月末")
_FEASTS = {
    "双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12), "双12": (12, 12), "618": (6, 18),
    "六一八": (6, 18), "年底": (12, 31), "元旦": (1, 1), "国庆": (10, 7), "年货节": (1, 31),
}  # fmt: skip
_FEAST = re.compile("|".join(_FEASTS))
_FACTOR = re.compile(
    rf"(?:赔|补|退|返)(?:你|您|大家)?(?:差价)?的?(?P<n>双|{_NUMBER})倍|(?P<m>双)倍"
)
_GENUINE_FACTOR = re.compile(rf"假一(?:赔|罚)(?P<n>{_NUMBER})")
_ALL = re.compile(
    "全场|全店|所有(?:的)?(?:商品|链接|产品|东西)?|整个直播间|直播间(?:里)?(?:所有|全部)"
)
#: What is not promised by these words, or is promised to be left out.
_DENIED = re.compile(
    "(?:不(?:支持|做|参与|参加|提供|给|能|会|可以|再)?|没有|没法|没|无法|别|不享受|取消|谢绝)(?:任何)?(?:的)?$"
)
_FREIGHT = re.compile("快递|运输|物流|顺丰|发货|邮寄|寄|路上|破损|运费")
_OTHERS = re.compile(
    "别家|别人家?|人家|隔壁|同行|有的(?:主播|直播间|店)|其他(?:主播|直播间|店)|平台规定|超市"
)
_PAST = re.compile("(?:上次|(?<![号日天])之前|(?<![号日天])以前|去年|昨天|那次)[^,。!?]{0,6}$")
_EXCLUDED = re.compile(
    "(?P<what>秒杀|大促|活动|福利款?|清仓|限时|直播专享|券|会员|平台(?:补贴|券)|百亿补贴|国补)[^,。!?]{0,4}(?:除外|不算|不参与|不在(?:内|保价)|不保)"
)
#: That it gets cheaper, and that the difference is paid, in other words than those of the pack.
_FALLS = Sought(
    re.compile(
        "(?:再|更|还)(?:低|便宜|降)|(?:降|跌|掉|落)(?:了|价|一[块分毛])|比(?:你|您|我|今天|现在|这)[^,。!?]{0,4}(?:低|便宜|少)|(?:价格?|钱)[^,。!?]{0,3}(?:往下|下来|下去|下调|走低)|买(?:贵|早|亏)了?|(?:低|便宜|少)了"
    )
)
_PAYS = Sought(
    re.compile(
        "(?:双|[两三几]|[\\d])倍(?:退|补|赔|返)|(?:退|补|赔|返)(?:差|你|您|给你?|回|上|钱|一[块分毛]|多少)|差(?:价|额|的|多少)[^,。!?]{0,5}(?:退|补|赔|返|算我|我出|我掏)|多退少补|(?:来)?找我(?:要钱|要差|拿钱|退|补|赔)|(?:低|降)了(?:退|补|赔|返)"
    )
)
_LOCKED = Sought(
    re.compile(
        "(?:价格?|这个价)[^,。!?]{0,4}锁(?:定|死|住)?|锁价|价格?(?:给你)?(?:锁|稳)[^,。!?]{0,3}[\\d一二两三四五六七八九十半]{1,12}(?:天|个?月)"
    )
)
#: What is paid for is a fault, and no fall of the price.
_FAULT = re.compile("坏|破|丢|漏|假|烂|质量|不满意|不合适|不好|死|退货|运费")


def _ways(text: str) -> list[Hit]:
    """Promises in other words than those of the pack."""
    falls = [Hit("fall", one.group(), *one.span()) for one in _FALLS.finditer(text)]
    pays = [Hit("pay", one.group(), *one.span()) for one in _PAYS.finditer(text)]
    locked = [Hit("guard", one.group(), *one.span()) for one in _LOCKED.finditer(text)]
    found = locked
    for fall in falls:
        for pay in pays:
            between = text[min(fall.end, pay.end) : max(fall.start, pay.start)]
            if not _FAULT.search(between) and abs(pay.start - fall.end) <= 16:
                found += [fall, pay]
    return found


_ACCEPTED = re.compile("^[,。!?;. ]{0,20}(?:保的?|有的?|给保|支持|肯定保|必须保|都保)")


class Guaranteed(NamedTuple):
    """What was promised; half-open offsets of the words."""

    kind: Kind
    until: int
    """ms; how long the price is promised for."""
    days: float
    open_ended: bool
    """No end was named: the promise is followed for the rule's own time."""
    factor: float
    """How many times the difference, or the price, is to be paid."""
    everything: bool
    """It is for all products of the room."""
    excluded: str
    """What was left out of the promise by its own words; empty: nothing."""
    start: int
    end: int


def guaranteed(text: str, hits: list[Hit], at: int, open_ms: int) -> Guaranteed | str | None:
    """The promise in a folded text; a string: why it is none; ``None``: nothing there.

    Args:
        hits: words of the groups `guard`, `fall`, `pay`, `genuine`.
        open_ms: for how long a promise without an end is followed.
    """
    scope = Scope(text)
    found = _promise(hits, scope) or _promise(_ways(text), scope)
    if found is None:
        return None
    kind, first, last = found
    start, end = min(first.start, last.start), max(first.end, last.end)
    clause = scope.clause(start)[0]
    if kind == "guard" and _FREIGHT.search(text[max(0, start - 6) : end + 4]):
        return "freight-insurance"
    if _OTHERS.search(text[max(scope.sentence(start)[0], start - 14) : start]):
        return "not-their-own"
    for hit in (first, last):
        if _DENIED.search(text[clause : hit.start]):
            return "denied"
    if _PAST.search(text[clause:start]):
        return "past"
    if scope.quoted(start) is not None or scope.asked(start, end):
        after = text[scope.clause(end - 1)[1] :]
        answer = scope.answer(end)
        if not (_ACCEPTED.search(after) or (answer is not None and answer.reply == "yes")):
            return "question"
    until, open_ended, length = _until(text, at, open_ms)
    factor = _factor(text, kind)
    excluded = _EXCLUDED.search(text)
    return Guaranteed(
        kind, until, round((until - at) / DAY_MS, 1), open_ended, factor,
        _ALL.search(text) is not None, excluded["what"] if excluded is not None else "",
        *_range(start, end, length),
    )  # fmt: skip


def _promise(hits: list[Hit], scope: Scope) -> tuple[Kind, Hit, Hit] | None:
    for hit in hits:
        if hit.group == "genuine":
            return "genuine", hit, hit
    falls = [hit for hit in hits if hit.group == "fall"]
    pays = [hit for hit in hits if hit.group == "pay"]
    for fall in falls:
        for pay in pays:
            gap = pay.start - fall.end if pay.start >= fall.end else fall.start - pay.end
            between = scope.text[min(fall.end, pay.end) : max(fall.start, pay.start)]
            if (
                gap <= 16
                and scope.sentence(fall.start) == scope.sentence(pay.start)
                and not _FAULT.search(between)
            ):
                return "refund", fall, pay
    for hit in hits:
        if hit.group == "guard":
            return "guard", hit, hit
    for hit in hits:
        if hit.group == "settled":
            return "refund", hit, hit
    return None


def _until(text: str, at: int, open_ms: int) -> tuple[int, bool, re.Match[str] | None]:
    """Until when it is promised, whether that is our own measure, and the words that say so."""
    match = _DATE.search(text)
    if match is not None:
        end = _end_of(int(number(match["month"]) or 0), int(number(match["day"]) or 0), at)
        if end is not None:
            return end, False, match
    match = _LENGTH.search(text)
    if match is not None:
        length = _length_ms(match)
        if length:
            return at + length, False, match
    match = _FEAST.search(text)
    if match is not None:
        end = _end_of(*_FEASTS[match.group()], at)
        if end is not None:
            return end, False, match
    match = _MONTH_END.search(text)
    if match is not None:
        today = datetime.fromtimestamp(at / 1000, BEIJING).date()
        following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
        last = following - timedelta(days=1)
        return day_end_ms(at) + (last - today).days * DAY_MS, False, match
    return at + open_ms, True, None


def _length_ms(match: re.Match[str]) -> int:
    value = 0.5 if match["n"] == "半" else number(match["n"])
    if value is None:
        return 0
    if match["half"]:
        value += 0.5
    unit = match["unit"]
    if unit == "小时":
        return round(value * HOUR_MS)
    days = {"天": 1, "日": 1, "年": 365, "周": 7, "星期": 7, "礼拜": 7}.get(unit, 30)
    return round(value * days * DAY_MS)


def _end_of(month: int, day: int, at: int) -> int | None:
    """Midnight at the end of the next such day in Beijing."""
    today = datetime.fromtimestamp(at / 1000, BEIJING).date()
    for year in (today.year, today.year + 1):
        try:
            ends_on = date(year, month, day)
        except ValueError:
            return None
        if ends_on >= today:
            return day_end_ms(at) + (ends_on - today).days * DAY_MS
    return None


def _factor(text: str, kind: Kind) -> float:
    match = _GENUINE_FACTOR.search(text) if kind == "genuine" else _FACTOR.search(text)
    if match is None:
        return 1.0
    said = match["n"] or match.groupdict().get("m") or ""
    return 2.0 if said == "双" else float(number(said) or (10 if said == "十" else 1))


def _range(start: int, end: int, length: re.Match[str] | None) -> tuple[int, int]:
    if length is None or abs(length.start() - start) > 24:
        return start, end
    return min(start, length.start()), max(end, length.end())
