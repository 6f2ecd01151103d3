"""Conditions of a price as hosts and notices word them: what is needed, and that it is told late.

Each expression is a slot: what a buyer must do or be (`NEED`), the admission that it was not said
(`ADMITS`), the explanation of a price that surprised somebody (`EXPLAINS`), the price that was
named before (`REFERRED`), and what puts the buyer off until after the order (`PUTS_OFF`). Nothing
but two of them together makes a claim.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Late", "told_late"]

#: What a buyer has to do, to be or to pay beside the price.
_NEED = re.compile(
    "(?:(?<![记觉写说值懂显获取])得|要|需要?|须|必须|先|另外?|仅|只|限|没|不|还)(?:先|是|够|了|再|有|给|要|去|能|限|得)?[^,。!?]{0,6}?(?:"
    "会员|入会|办卡|开卡|绑(?:卡|定|银行)|开通|凑(?:够|满|单|齐)|买?满[\\d一二两三五百千件]|加购|搭(?:配|着)|定金|尾款|订金|押金|晒图|晒单|好评|灯牌|粉丝[团群]|[级档]以上|"
    "邀请|拉[人新]|助力|分享|转发|拼团|成团|拼单|邮费|运费|安装费|上门费|税|旧(?:机|的|手机|衣|家电)|换购|首单|学生|认证(?:过|完|了|的)|续费|充值|预存|打卡|"
    "[买拍凑][够满]?(?:[两二三四五六\\d]|一件|一套|够|另|指定)|自提|加钱|交(?:钱|费|押|定)|付(?:邮|运|定|款)|返)"
    "|(?:会员|学生|新人|新客|老客|老粉|首单|员工|内购|拼团|团购|定金|首期|首付|押金|以旧换新|旧机)(?:专享|专属|价|专用|之后|才|的|那)"
    "|(?:运费|邮费|安装费?|配件|镜头|上门费?|税费?|包装费?|电池|支架|主机|滤芯|轮子)[^,。!?]{0,6}(?:另(?:收|算|付|外|买|加)|自(?:理|己出|付|费)|要?加钱|得买|单(?:买|收|算))"
    "|(?:只|仅)(?:给|限|能|对|针对|够|够买)[^,。!?]{1,12}|限(?:定|于)[^,。!?]{1,10}|[两二三四五六\\d](?:件|单|盒|瓶|箱|双|套)(?:起(?:发|拍|卖|送|售)?|才|以上)"
    "|除外|以外的?(?:地区|地方)|裸机|单机价|空机|抵(?:完|扣之?后|了之后)|(?:返|退)(?:给)?你|返现|其实是?(?:首期|定金|首付|一期)|后面还有[两二三四五六\\d十]+期|不是人人(?:都)?有|满[一二两三四五六七八九百千\\d]+[^,。!?]{0,3}(?:才|可|方)"
)
#: The speaker admits that it was not said when the price was.
_ADMITS = re.compile(
    "(?:忘|漏)(?:了|记|掉)?[^,。!?]{0,6}(?:说|讲|提|强调|交代|告诉|标|补)|漏[^,。!?]{0,3}一(?:嘴|句|条)"
    "|(?:刚才|刚刚|前面|之前|开始|开头|开播|开场|先前|当时|报价|主播|我|咱|视频|直播)[^,。!?]{0,8}?(?:没有?|未|忘|漏|只|光|就)(?:跟|和|给|向)?[^,。!?]{0,5}?(?:说|讲|提|写|标|强调|交代|告诉|报)(?!错|过(?:要)?[发送])"
    "|(?:没有?|未)(?:跟|和|给|向)?[^,。!?]{0,5}(?:说|讲|交代|写|标|解释)(?:得)?(?:太)?(?:清楚?|明白?|全|完整|到位)"
    "|(?:没|不)(?:有)?听(?:完|全|清)(?:就)?|(?:补充|更正|纠正)(?:一下|一句|说明|$|[,:哈啊])|(?:补|插)一?句|想起来(?:了|一)|忘了[^,。!?]{0,4}补充"
)
#: A buyer met another price, and is told why.
_EXPLAINS = re.compile(
    "(?:系统|下单|付款|付钱|结算|结账|拍下|拍的时候|点进去|显示|弹出来|你们?(?:说|问|看)|有人(?:说|问|反映|反馈|喊|刷)|(?:姐妹|宝宝|家人|粉丝|朋友|哥)们?[^,。!?]{0,3}(?:说|反映|反馈|问|喊|刷)|别(?:喊|骂|急|刷|问)|不是(?:我)?骗)"
    "[^。!?]{0,26}?(?:因为|那是|是你|所以|当然|原因|(?<![记觉写说值懂显])得|要|才)"
)
#: A price or coupon that stands in the room already.
_REFERRED = re.compile(
    "(?:我|咱|刚才|刚刚|前面|之前|上面|屏幕|标题|封面|你们?|大家|主播)[^,。!?]{0,5}(?:说|报|讲|喊|标|挂|写|看到|看见|听到|领)的?(?:的|那个|这个|到)[^,。!?]{0,12}?(?:是|(?<![记觉写说值懂显])得|要|限|需|它)"
    "|(?:那个|那张|那)[^,。!?]{0,4}(?:价|券|免费领?|块[^,。!?]{0,2}|[一二两三四五六七八九十百千]+|[\\d.]+元?)(?:的)?[^,。!?]{0,4}(?:其实|是|得|要|它|不是)"
)
#: First the order, then the conditions.
_PUTS_OFF = re.compile(
    "(?:条件|要求|规矩|规则|门槛|限制|怎么(?:用券?|拿|返|领|算|减)|总价|尾款|补多少)[^,。!?]{0,6}(?:先(?:不|别|甭)|暂时不|回头|一会儿?|待会儿?|等[下会]|后面|到时候|拍[完了]|以后)[^,。!?]{0,8}(?:说|讲|问|管|告诉|提|看)"
    "|(?:先(?:不|别|甭)|回头|一会儿?|待会儿?|等[下会]|拍[完了]|付完|到时候)[^,。!?]{0,5}(?:说|讲|问|管|告诉你?们?|提)(?:有)?[^,。!?]{0,3}(?:条件|啥要求|什么要求|要求|规矩|门槛|限制|怎么(?:用|拿|返|领|算|减)|总价|尾款)"
)
_FIRST_BUY = re.compile(
    "(?:先|赶紧|你们?就?|只管|尽管)[^,。!?]{0,3}(?:拍|冲|付|下单|买|锁|抢)|拍[了完]再|不用看|别看|认我"
)
#: Small print that one need not read.
_SMALL_PRINT = re.compile(
    "小字[^。!?]{0,12}(?:不用|别|甭|无需|没必要)(?:去)?[看管理]|(?:不用|别|甭)(?:去)?[看管理][^,。!?]{0,8}小字"
)
#: What an authority says of it.
_NOTICE = re.compile(
    "(?:未|没有|不)(?:以|在|向|按|能|如实|作|对)?[^,。!?]{0,14}?(?:告知|标明|标示|提示|说明|明示|注明|公示|显著)[^。!?]{0,24}?(?:条件|会员|满\\s?\\d|满[^,。意]{1,4}[件元]|需|须|限制|附加|运费|定金)"
    "|(?:条件|会员|限制|运费|须|需)[^。!?]{0,24}(?:未|没有|不)(?:以|在|向|作)?[^,。!?]{0,12}(?:告知|标明|标示|提示|说明|明示|注明|显著)"
    "|(?:结算|付款|下单|实际|支付)[^。!?]{0,12}(?:未|没有?|不|无法)(?:能|按|按照|进行|予|予以)?[^,。!?]{0,10}(?:减|抵扣|使用|优惠|兑现)|(?:实付|实际支付|结算)[^,。!?]{0,6}(?:高于|超过|多于)[^,。!?]{0,10}(?:价|标|公示|宣传)"
    "|(?:极|很|较|特别)小(?:的)?(?:字|号)[^。!?]{0,20}(?:需|须|条件|搭配|限|满|会员)|(?:弱化|隐匿|隐瞒)[^,。!?]{0,10}条件"
)
#: A buyer tells when the condition came up.
_AFTER_ORDER = re.compile(
    "(?:下单|付款|拍[完下了]|付完|收货|结算|买完)[^,。!?]{0,4}(?:才|后|了)[^,。!?]{0,8}?(?:告诉|告知|说|发现|知道|显示|提示|冒出)[^。!?]{0,8}?"
)
_MONEY = re.compile(
    "价|券|块|元|钱|免费|到手|秒|减|送|费|[一二两三四五六七八九]?[十百千][一二两三四五六七八九零十百]*|\\d"
)
_BESIDE = 40


class Late(NamedTuple):
    """A condition that is told late; half-open offsets of the two slots."""

    says: str
    first: tuple[int, int]
    second: tuple[int, int]


def told_late(text: str) -> Late | None:
    """What a text tells of a condition that should have stood beside the price.

    >>> told_late("刚才说的六十九那个啊,得先入会,这个我补充一下").says
    '自称价格条件事后才说明'
    >>> told_late("这个要拍两件才是五十九,单件三十九,听清再拍") is None
    True
    """
    small = _SMALL_PRINT.search(text)
    if small is not None:
        return Late("称条件小字不必看", small.span(), small.span())
    notice = _NOTICE.search(text)
    if notice is not None and _MONEY.search(text):
        return Late("价格条件未显著标明，或券、优惠未按宣传抵扣", notice.span(), notice.span())
    put_off = _PUTS_OFF.search(text)
    first = _FIRST_BUY.search(text)
    if put_off is not None and first is not None:
        return Late("先让人下单，条件事后才说", put_off.span(), first.span())
    needs = [match.span() for match in _NEED.finditer(text)]
    if not needs or not _MONEY.search(text):
        return None
    for slot, says in (
        (_ADMITS, "自称价格条件事后才说明"),
        (_AFTER_ORDER, "下单以后才知道价格另有条件"),
        (_EXPLAINS, "所付价格与所报不同，事后才解释条件"),
        (_REFERRED, "先前报出或展示的价格，其后才说另有条件"),
    ):
        for match in slot.finditer(text):
            near = min(needs, key=lambda need: _gap(need, match.span()))
            if _gap(near, match.span()) <= _BESIDE:
                return Late(says, match.span(), near)
    return None


def _gap(one: tuple[int, int], two: tuple[int, int]) -> int:
    return max(one[0] - two[1], two[0] - one[1], 0)
