"""The end of an offer in the seller's words: “仅限今天”, “还有五分钟恢复原价”, “下播恢复到98”."""

from __future__ import annotations

from detectors.match import expression as re
from detectors.match.amounts import Deadline, amount_at, deadlines
from detectors.match.lexicon import Hit
from detectors.match.sought import Sought

__all__ = [
    "CONTINUED",
    "REASON",
    "SPEAKERS",
    "clause_of",
    "end_of",
    "ends_told",
    "promise_words",
    "restore_fen",
]

#: Characters of a promise that a reason quotes.
LONGEST_QUOTE = 30
#: Whose words, and what, can promise an end.
SPEAKERS = ("host", "assistant", "unknown", "card")
_CLAUSE = re.compile(r"[，。！？；,!?;]")
_NEGATED = re.compile(
    r"(?:不是|不会|不用|不一定|不|没有|没说|没|未必|未|别|并非|谁说)(?:再|马上|立刻|就|轻易|要|说|是)?$"
)
_ASKED = re.compile(r"吗|是不是|会不会|有人问|问我|问是|\?")
#: What makes an end of something the end of an offer.
_OFFER = re.compile(
    r"价|元|块|¥|优惠|活动|福利|折|秒杀|拍|买|抢|下单|涨|恢复|券|划算|便宜|特惠|机会|错过|\d"
)
#: What speaks of the terms of an offer, whatever stands after its last day.
_TERMS = re.compile(
    r"价|优惠|活动|福利|折|秒杀|涨|恢复|券|便宜|特惠|[\d.]{1,12}(?:元|块)|¥|直播间|买|拍|下单|截止|结束|没有"
)
_PARTICLES = re.compile("[了啊哦呀哈的吧呢哟,家人们宝子姐妹]*")
#: “最后一天的货很新鲜”: a day of something else.
_OF_ELSE = re.compile(r"的(?!价|优惠|活动|福利|特|秒|折|机会|这个|[啊哦呀哈了,，。!]|$)")
#: “今天结束之前再过一遍”: what is done before an end.
_BEFORE = re.compile("之?前|以前")
#: What may stand before “最后一天” where nothing else says that it is an offer's.
_LEAD_IN = re.compile(
    r"(?:[家人们姐妹宝子亲老铁啊哦呀啦、 ]|今[天日晚儿]个?|就|是|已经|真的?|也|这[个款场]?|可|咱们?|我们|又|到|了|都|"
    r"活动|大促|店庆|国庆|双十一|价格?|福利|优惠|特价|秒杀)*+"
)
#: An end that has passed, or is somebody else's.
_PAST = re.compile(r"(?:昨[天日晚儿]|前[天晚]|那天|上次|上回|上周|当时|本来|原来说)[^,，。]{0,4}$")
_OTHERS = re.compile(
    r"隔壁|超市|商场|专柜|门店|外面|市面上|别家|别人|人家|同行|(?:别|其他|某些|有些|有|那些)的?(?:主播|直播间|店|商家)|他们家"
)
_NOT_OURS = re.compile(
    r"(?:我们|咱们?|我)(?:家|这里|直播间)?(?:从来?|就|可|都)?不(?:搞|玩|做|整|来|喊|涨|会涨)"
)
#: A gift or a coupon that can be had until then: the price promises nothing.
_GIFT = re.compile(
    r"[送赠]|[包免]邮|运费|(?:券|红包|积分)[^,，。]{0,4}(?:用|领|使用|有效|过期)|(?:领|用)[^,，。]{0,4}(?:券|红包|积分)"
)
_PRICED = re.compile(r"价|元|块|¥|涨|恢复|优惠|折")
#: What else can have a last day, or a countdown.
_ELSE = re.compile(
    r"发货|快递|物流|报名|上班|上课|放假|假期|考试|展会|退货|退换|出差|冬天|夏天|学期|这个月|本月|月份|生产|库存"
)
_START = re.compile(
    r"上链接|上车|开奖|抽奖|福袋|开播|上架|开价|开抢|开始|发车|开秒|揭晓|截图|返场|到家|送达|加热|泡|煮|等待"
)
_ENDING = re.compile(
    r"恢复|涨|结束|截止|没有了|就没了|原价|关|优惠|活动|特价|福利|这个价|秒杀|抢|拍"
)
#: What gives a reason for an extension.
REASON = re.compile(
    r"因为|由于|应.{0,8}要求|平台|系统|故障|卡顿|断播|没抢到|没拍到|没买到|抢空|爆单|热情|呼声|反馈|来不及|补货|库存|厂家|品牌方|官方|物流|天气|原因|申请"
)
#: A day or night as the end of an offer.
_LAST = re.compile(r"今天|今日|今晚|一天|一晚|明天|月")
#: What makes of a day the time after which a price changes.
_AFTER = re.compile(
    r"明[天日早晚儿]|过了今|过了[零十]|[零十]二?点|下一?场|过今[天晚]|错过今|今[天晚日](?:之?后|以后|过后|一过|过完|结束|错过)|最后"
)
#: “明天就涨”, and neither the tide nor a share.
_RISES = re.compile(r"[价回到了啦啊哦]|[,，。!]|$")
_RESTORED_TO = re.compile("[到成至为]")
#: What says that an offer goes on.
CONTINUED = re.compile(
    r"延长|延期|返场|顺延|加时|续[一两三\d]天|再[开加来延给][一两三\d]天|多[开延][一两三\d]天"
    r"|再延|延[一两三到至]|续到|推迟"
)


_SUM = "[\\d一二两三四五六七八九十百千]{1,12}(?:块|元)?[\\d一二三四五六七八九]?"
#: What becomes of the price, or of the offer, in other words than those of the pack.
_PRICE_ENDS = Sought(
    re.compile(
        "(?:价格?|活动|福利|优惠|特价)[^。!?]{0,14}?(?:作废|失效|撤(?:了|掉|下)|下线|收回|收走|关掉|取消)|(?:价格?|链接|系统|后台|运营)[^,。!?]{0,6}(?:改|调|拉|提|升)(?:回|到|成|上去|高)|(?:改|调|拉|提|升)(?:回|到|成|至)(?:去)?(?:原价|[\\d一二两三四五六七八九十百]{1,12}(?!点|号|月|时|分|楼))|改价|(?:按|走|回)原价(?:走|卖|算)?|价格?(?:给)?(?:拉|提|调|改|升)(?:上去|回去|高|回来)"
        f"|多[花掏付]{_SUM}|不是(?:这个?|现在这个?)价|(?:后面|以后|之后|再也)没有?(?:{_SUM}|这(?:个)?(?:价|福利|活动|优惠))|(?:这个?)?链接(?:就|要|直接)(?:是|变|成)?{_SUM}|系统[^,。!?]{{0,2}}涨"
    )
)
#: Of a coupon, a stock or goods that end, no price is promised.
_NO_PRICE = re.compile("券|红包|积分|库存|余额|口令|验证码|订单")


def ends_told(text: str) -> list[Hit]:
    """Words that say what becomes of a price, beside those of the pack."""
    if _NO_PRICE.search(text):
        return []
    return [
        Hit("restore", match.group(), match.start(), match.end())
        for match in _PRICE_ENDS.finditer(text)
    ]


def clause_of(text: str, start: int, end: int) -> str:
    """The words of a range, carried on to the end of their clause, `LONGEST_QUOTE` at most."""
    stop = _CLAUSE.search(text, end)
    return text[start : min(stop.start() if stop else len(text), start + LONGEST_QUOTE)]


def promise_words(text: str, hits: list[Hit], *, tag: bool = False) -> Hit | str | None:
    """The words of an end of an offer; a string: why they are none; ``None``: nothing there.

    `tag`: the text stands on the offer itself, so it need not say what ends.
    """
    for hit in hits:
        if hit.group not in ("limit", "restore", "countdown"):
            continue
        start = max((match.end() for match in _CLAUSE.finditer(text, 0, hit.start)), default=0)
        end = next((match.start() for match in _CLAUSE.finditer(text, hit.end)), len(text))
        if _ASKED.search(text[start:end]) or text[end : end + 1] == "?":
            return "question"
        if _NEGATED.search(text[start : hit.start]):
            return "denied"
        if _PAST.search(text[start : hit.start]):
            return "past"
        if _OTHERS.search(text[start : hit.start]) or _NOT_OURS.search(text, hit.end):
            return "not-their-own"
        if hit.group == "limit":
            if not tag and not _limits_offer(text, hit, start, end):
                continue  # “最后一天穿短袖了”
            if _GIFT.search(text[start:end]) and not _PRICED.search(text):
                continue
            if _ELSE.search(text[start:end]) and not re.search("价|优惠|活动|特惠|福利", text):
                continue
        elif hit.group == "restore":
            if not deadlines(text, 0) or not _of_price(text, hit):
                continue
        elif _START.search(text) or _ELSE.search(text) or not _ENDING.search(text):
            continue
        return hit
    return None


def _limits_offer(text: str, hit: Hit, start: int, end: int) -> bool:
    """Is it an offer that ends then?"""
    if _PARTICLES.fullmatch(text, hit.end, end):
        return _OFFER.search(text) is not None or (
            hit.term.endswith("最后一天") and _LEAD_IN.fullmatch(text, start, hit.start) is not None
        )
    if _OF_ELSE.match(text, hit.end):
        return False
    if _BEFORE.match(text, hit.end) and not _OFFER.search(text, hit.end, end):
        return False
    return _TERMS.search(text) is not None or amount_at(text, hit.end) is not None


def _of_price(text: str, hit: Hit) -> bool:
    """Is it the price that is restored, and not somebody's strength?"""
    if hit.term.endswith("没了"):
        # “下播这个价就没了”; without a price it may as well be the stock.
        return "价" in text[max(0, hit.start - 8) : hit.start]
    if hit.term.endswith(("就是", "回到")):
        # “明天就是国庆节”: only a sum makes a price of it.
        return amount_at(text, hit.end) is not None
    rises = hit.term.endswith("涨")
    if rises and _RISES.match(text, hit.end):
        return True
    if not rises and hit.term not in ("恢复", "变回", "调回", "改回"):
        return True
    after = text[hit.end : hit.end + 8]
    filled = _RESTORED_TO.match(text, hit.end)
    return "价" in after or (amount_at(text, filled.end() if filled else hit.end) is not None)


def end_of(text: str, told: Hit, at: int) -> Deadline | None:
    """The end that belongs to the words of a promise."""
    for end in deadlines(text, at):
        if end.kind == "countdown":
            if told.group == "limit" and _LAST.search(text):
                continue  # “还有五分钟下播，仅限今天”: the day is what is promised
            if not (told.group == "restore" or _ENDING.search(text)):
                continue
        elif told.group == "restore" and end.kind in ("day", "night"):
            if not _AFTER.search(text):
                continue  # “今天恢复原价了” tells what is, and promises nothing
        elif told.group == "countdown":
            continue
        return end
    return None


def restore_fen(text: str) -> int | None:
    """“恢复到98”, “涨回459”: the price that is to follow."""
    for match in re.finditer(
        r"恢复(?:原价)?(?:到|成|至|为)?|涨[回到至成]{1,20}|变回|回到(?:原价)?|调回|改回|(?:明天|明早|起来|之后|以后|过后|结束|下播)就是|原价",
        text,
    ):
        amount = amount_at(text, match.end())
        if amount is not None:
            return amount.fen
    return None
