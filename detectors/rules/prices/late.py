"""Conditions of a price as hosts and notices word them: what is needed, and that it is told late.

Each expression is a slot: what a buyer must do or be (`NEED`), the admission that it was not said
(`ADMITS`), the explanation of a price that surprised somebody (`EXPLAINS`), the price that was
named before (`REFERRED`), and what puts the buyer off until after the order (`PUTS_OFF`). Nothing
but two of them together makes a claim.
"""

from __future__ import annotations

from detectors.match import expression as re
from detectors.match.amounts import amounts
from detectors.match.sought import Sought
from detectors.rules.prices.late_ways import PRICE_BEFORE, Late, late_by_parts, may_be_late

__all__ = ["Late", "may_be_told_late", "told_late"]

#: What a price may hang on, or what may come on top of it.
_TERM = (
    "会员(?!日|节|群|名单)|入会|下载|下我们|软件|app|小程序|(?:苹果|安卓|华为)手机|手机用户|尺码|周末|节假日|加收|审核|手续|整件|散称|置换|车主|冷链|押|名额|其他人|其余|[开办]卡|绑(?:卡|定|银行)|银行卡|开通|凑|满(?:[\\d一二两三四五六七八九十百千]|额|减)|买?够|加购|搭(?:配|着)|定金|尾款|订金|押金|首付|分期|首期|首年|首月|合约|签(?:约|到|[一二两三]年)|套餐|晒[图单]|好评|灯牌|粉丝[团群]|粉丝价|[老新]粉|关注|[级档]以上|"
    "邀请|拉[人新]|助力|分享|转发|拼团|成团|拼单|三人团|砍价|邮费|运费(?!险)|物流费?|配送费|包装费|安装|人工|上门费|手工费|服务费|税费?|旧(?:机|的|手机|衣|家电)|以旧换新|换购|首单|新人|新客|新用户|老客|注册|学生|教师|认证(?:过|完|了|的)|续费|充值|充[一二三四五\\d]|预存|存[一二三四五\\d]|打卡|连续|"
    "自提|到店|门店|[两二三四五六\\d]件(?!套)|第二件|单[独件拍买]|两单|三单|指定|部分(?:商品|款|颜色)|不参[加与]|门槛|二手|翻新|官翻|裸机|单机|空机|主机|不[带含包](?!邮)|除外|江浙沪|偏远|别的地方|以外|另外?(?:算|收|付|加|购|买|交)|自动(?:扣|续)|扣(?:钱|费)|(?:第[二三四五六七]个月)|自理|自己(?:出|付|掏)|加钱|补(?:差|[\\d一二两三四五六七八九十百]{1,12}(?!单|件|份|台|货|库存|[\\d一二两三四五六七八九十百]))|返现|返(?:给)?你|抵(?:完|扣|不了)|[\\d一二两三四五六七八九十百]{1,12}[件单盒瓶箱双套桶袋斤份条米个]起|余额|积分|手续费|原价"
)
_MUST = "(?<![记觉写说值懂显获取])得|要|需|须|必须|先|仅|只|限|没|不(?!过|好)|未|才|方(?:可|能)|还|另|是|前提|补(?!充)|扣|算|交|付|收|让|按"
#: A term, and that it must be, within one breath.
_NEED = Sought(
    re.compile(
        f"(?:{_MUST})[^,。!?]{{0,8}}?(?:{_TERM})|(?:{_TERM})[^,。!?]{{0,10}}?(?:{_MUST}|专享|专属|价)"
        "|(?:只|仅)(?:给|限|能|对|针对|够|够买|抵)[^,。!?]{1,12}|限(?:定|于)[^,。!?]{1,10}|不是人人(?:都)?有|后面还有[两二三四五六\\d十]{1,12}期|(?:运费|邮费|物流费?|安装费?)[^,。!?]{0,4}[\\d一二两三四五六七八九十百]{1,12}"
    )
)
_NO_NEED = re.compile("不(?:需要|用|要|必|限)|无需|免|没有?(?:任何)?(?:门槛|条件)")
#: The speaker admits that it was not said when the price was.
_ADMITS = Sought(
    re.compile(
        "(?:忘|漏|少)(?:了|记|掉)?[^,。!?]{0,6}(?:说|讲|提|强调|交代|告诉|标|补|打字|写|念)|(?:漏|少)[^,。!?]{0,3}一(?:嘴|句|条)|(?:说|讲|念|嘴)(?:得|的)?(?:太)?(?:快|急|秃噜|瓢)了?|嘴瓢|口误|说急|没分清|光顾着|说漏|才看到|压根没|忘念|没念|没交代"
        "|(?:刚才|刚刚|前面|之前|开始|开头|开播|开场|先前|当时|报价|主播|标题|页面|链接|我|咱|视频|直播)[^,。!?]{0,8}?(?:没有?|未|忘|漏|只|光|就|一(?:个)?字(?:都|也)?没)(?:跟|和|给|向)?[^,。!?]{0,5}?(?:说|讲|提|写|标|强调|交代|告诉|报|念|体现|显示|打)(?!错|过(?:要)?[发送])"
        "|(?:没有?|未)(?:跟|和|给|向)?[^,。!?]{0,5}(?:说|讲|交代|写|标|解释|念)(?:得)?(?:太)?(?:清楚?|明白?|全|完整|到位|上)|就没(?:念|讲|说|写|提)|以为你们(?:都)?知道|(?:字|标|写)(?:得|打得|写得)?[^,。!?]{0,4}小[^。!?]{0,8}(?:没(?:注意|看)|看不)|怪我"
        "|(?:没|不)(?:有)?听(?:完|全|清)(?:就)?|(?:补充|更正|纠正)(?:一下|一点|一句|说明|$|[,:哈啊])|(?:补|插)一?句|想起来(?:了|一)|一个字(?:都|也)?没提"
    )
)
#: A buyer met another price, and is told why.
_EXPLAINS = Sought(
    re.compile(
        "(?:系统|下单|付款|付钱|付的时候|结算|结账|拍下|拍的时候|点进去|显示|弹出来|你们?[^,。!?]{0,4}(?:说|问|看)|(?:有|好多|很多|多少)人[^,。!?]{0,3}(?:说|问|反映|反馈|喊|刷)|(?:姐妹|宝宝|家人|粉丝|朋友|哥)们?[^,。!?]{0,3}(?:说|反映|反馈|问|喊|刷)|[^,。!?]{2,8}的那位|(?:公屏)?别(?:喊|骂|急|刷|问)|不是(?:我)?骗|没减|没反应|没(?:便宜|优惠)|怎么(?:变|是|多|贵))"
        "[^。!?]{0,30}?[?]?[^。!?]{0,6}?(?:因为|那是|那你|是你|所以|当然|原因|(?<![记觉写说值懂显])得|要|才|可是|肯定|是不?[^,。!?]{1,8}的)|[?](?:没有|不是|哦|啊|那|我说的是?|是)[^。!?]{0,30}"
    )
)
#: A price, gift or coupon that stands in the room already.
_REFERRED = Sought(
    re.compile(
        "(?:我|咱|刚才|刚刚|前面|之前|上面|屏幕|标题|封面|宣传页|你们?|大家|主播)[^,。!?]{0,5}(?:说|报|讲|喊|标|挂|写|看到|看见|听到|领|抢到|拍到|抢|上车)的?(?:的|那个|这个|到)[^,。!?]{0,12}?(?:是|(?<![记觉写说值懂显])得|要|限|需|它|运费|给)"
        "|(?:那个|那张|那|刚[^,。!?]{1,4}的)[^,。!?]{0,6}(?:价|折扣?|优惠|福利|券|免费领?|块[^,。!?]{0,2}|送的?[^,。!?]{0,4}|[一二两三四五六七八九十百千]{1,12}|[\\d.]{1,12}元?)(?:的)?[^。!?]{0,5}(?:其实|是|(?<![记觉写说值懂显])得|要|它|不是)"
        "|(?:免费|[0零]元|一分钱|一块钱|一元|白送|买一送[一二\\d]|半价|低价)[^,。!?]{0,10}(?:其实|是|的前提|前提)[^。!?]{0,12}(?:才|的|要|得|扣|需)"
    )
)
#: What makes less of a price that was admitted to be told by halves.
_RESTRICTS = Sought(
    re.compile(
        "才(?:减|有|能|给|享|行|是|算|送)|(?<!只)要(?:补(?!水|充)|加(?!点|一点|水|热)|另|付|交|先(?:交|付|充|办|开(?!锅|盖|箱)|入|领|凑|满|买|拍|关注|签|注册|下载|存|押|拉|邀|加(?!水|热))|满|凑|买|[两三四五六])|(?<![记觉写说值懂显获取])得(?:[两三四五六]|先(?:交|付|充|办|开(?!锅|盖|箱)|入|领|凑|满|买|拍|关注|签|注册|下载|存|押|拉|邀|加(?!水|热))|买|满|付|交|补|加(?!点|水)|要|再|是|凑)|只是|只能|只有(?![^,。!?]{0,3}(?:色|码|款|货|味))|仅|另(?:加|收|付|算)|补(?:钱|差|[十二三](?![^,。!?]{0,2}(?:单|件|份|台)))|不(?:是(?:免费|全|整)|含|包(?!邮)|带)|门槛|头一(?:个月|年|次)|首(?:月|年|单|期)|除外|押金|扣"
    )
)
#: First the order, then the conditions.
_PUTS_OFF = Sought(
    re.compile(
        "(?:条件|要求|规矩|规则|门槛|限制|手续|优惠|怎么(?:用券?|拿|返|领|算|减)|总价|尾款|补多少)[^,。!?]{0,6}(?:先(?:不|别|甭)|暂时不|晚[点些]|稍后|回头|一会儿?|待会儿?|等[下会]|后面|到时候|拍[完了]|以后)[^,。!?]{0,8}(?:说|讲|问|管|告诉|提|看|发)"
        "|怎么(?:返|领|减|拿|算|用|抵扣?)[^,。!?]{0,4}(?:回头|到时候?|后面|客服)[^,。!?]{0,4}(?:教|说|告诉|讲)"
        "|(?:后面|回头|到时候|完了)[^,。!?]{0,3}怎么(?:返|领|减|拿|算|用|抵扣?)[^,。!?]{0,6}(?:私信|客服|教|告诉|说)"
        "|(?:先(?:不|别|甭)|回头|一会儿?|待会儿?|等[下会]|拍[完了]|付完|到时候)[^,。!?]{0,5}(?:说|讲|问|管|告诉你?们?|提)(?:有)?[^,。!?]{0,3}(?:条件|啥要求|什么要求|要求|规矩|门槛|限制|怎么(?:用|拿|返|领|算|减)|总价|尾款)"
    )
)
_FIRST_BUY = re.compile(
    "(?:先|赶紧|你们?就?|只管|先把|尽管)[^,。!?]{0,3}(?:把)?(?:款|钱|单)?(?:拍|冲|付|下单|买|锁|抢)|拍[了完]再|不用看|别看|认我"
)
#: Small print that one need not read.
_SMALL_PRINT = Sought(
    re.compile(
        "小字[^。!?]{0,12}(?:不用|别|甭|无需|没必要)(?:去)?[看管理]|(?:不用|别|甭)(?:去)?[看管理][^,。!?]{0,8}小字"
    )
)
#: What an authority says of it.
_NOTICE = Sought(
    re.compile(
        "(?:下单|结算|付款|支付|提交)(?:订单)?(?:时)?[^,。!?]{0,4}(?:提示|显示|告知)[^,。!?]{0,12}(?:不可用|不适用|不能使用|无法使用|不支持|失效|不参与)|"
        "(?:未|没有|不)(?:以|在|向|按|能|如实|作|对)?[^,。!?]{0,14}?(?:告知|标明|标示|提示|说明|明示|注明|公示|显著)[^。!?]{0,24}?(?:不适用|不可用|不能用|范围|条件|会员|满\\s?\\d|满[^,。意]{1,4}[件元]|需|须|限制|附加|运费|定金)"
        f"|(?:条件|限制|须|需|仅限|门槛|{_TERM})[^。!?]{{0,30}}(?:未|没有)(?:以|在|向|作)?[^,。!?]{{0,12}}(?:告知|标明|标示|提示|说明|明示|注明|显著)"
        "|(?:结算|付款|下单|实际|支付)[^。!?]{0,12}(?:未|没有?|不|无法)(?:能|按|按照|进行|予|予以)?[^,。!?]{0,10}(?:减|抵扣|使用|优惠|兑现)|(?:实付|实际支付|结算)[^,。!?]{0,6}(?:高于|超过|多于)[^,。!?]{0,10}(?:价|标|公示|宣传)"
        "|以[^。!?]{0,16}为(?:理)?由[^。!?]{0,10}(?:拒绝|不予|不)[^。!?]{0,12}(?:券|优惠|减|兑|抵)|(?:付款|结算|下单|结账|收货|拍下)(?:页面?|界面)?(?:时|后|了)?(?:才|方)(?:得知|发现|知|被告知|看到)"
        "|(?:极|很|较|特别)小(?:的)?(?:字|号)[^。!?]{0,20}(?:需|须|条件|搭配|限|满|会员)|(?:小字|小号|不易察觉|浅[灰色])[^。!?]{0,20}(?:需|须|仅|限)|(?:仅限|需|须|条件)[^。!?]{0,14}(?:小字|小号|浅[灰色])|(?:结算|付款|下单)(?:时|后)?被告知|(?:弱化|隐匿|隐瞒)[^,。!?]{0,10}条件"
    )
)
#: A buyer tells when the condition came up.
_AFTER_ORDER = Sought(
    re.compile(
        "(?:下单|付款|拍[完下了]|付完|收货|结算|买完)[^,。!?]{0,4}(?:才|后|了)[^,。!?]{0,8}?(?:告诉|告知|说|发现|知道|显示|提示|冒出)[^。!?]{0,8}?"
    )
)
#: That it is about what was said, shown or paid before.
_RETRO = Sought(
    re.compile(
        "口误|嘴(?:瓢|快)|刚(?:才|刚)?(?:那个|说的|报的|那)|你们?看到的|大家看到的|前面(?:说|报|那)|之前(?:说|报|那)|不好意思|抱歉|对不起|别慌|别喊|别骂|(?:标题|页面)没写|没念|没讲|才看到|压根没|说急了|忘了?(?:说|讲|念|写)|漏了?(?:说|讲)|显示[^,。!?]{0,6}是|没反应|怎么(?:变|是|贵)"
    )
)
#: “一千八是老车主置换价,纯新车主两千三”: for whom it is, and what others pay.
_OTHERS_PAY = re.compile(
    "是[^,。!?]{1,12}(?:价|的|起|专享|版|款|装)(?:啊|哈|哦|呀|呢)?[,;]?[^。!?]{0,14}(?:[\\d一二两三四五六七八九十百千]{1,12})"
)
#: “多出来那十块是打包费”.
_MORE = Sought(
    re.compile(
        "多(?:出来|付|收|扣)(?:了|的)?(?:那)?[^,。!?]{0,6}(?:是|叫)[^,。!?]{0,8}(?:费|税|险|押金)"
    )
)
_MONEY = re.compile(
    "价|折|活动|优惠|券|(?<![那这哪])块|元|钱|免费|到手|秒|减|送|费|[一二两三四五六七八九]?[十百千][一二两三四五六七八九零十百]{0,12}|\\d"
)
#: Free of cost it was, or post free; a fee comes on top of it, or is collected on delivery.
_FEE = "(?:包装|打包|工本|手续|服务|冷链|保价|处理|操作|加工|耗材|材料|人工|仓储|制作|激活|税|保险|检测)费"
_YUAN = (
    "[\\d一二两三四五六七八九十百点.]{1,12}(?:块|元)?[\\d一二三四五六七八九]?(?:块|元|毛)?(?:钱)?"
)
_FREE_BUT = Sought(
    re.compile(
        f"(?:包邮|免费(?:送|领|拿)?|白送|白拿|不要钱|[零0]元|一分钱)[^。!?]{{0,16}}?(?:付|交|补|收|加|出|给)[^,。!?]{{0,5}}?{_YUAN}的?[^,。!?]{{0,2}}{_FEE}"
        f"|(?:免费(?:送|领|拿)?|白送|白拿|不要钱|[零0]元)[^。!?]{{0,14}}?(?:签收|收货|取件|到货|到手)[^,。!?不]{{0,6}}?(?:付|交|给|补)[^,。!?]{{0,6}}?{_YUAN}"
    )
)
_NOT_PAID = re.compile(
    "(?:不用|不需|不要(?!钱)|无需|没有?)[^,。!?]{0,4}(?:付|交|补|出|收|费)|免(?:付|交|收|掉)|一分钱(?:都)?(?:不|没)"
)
_BESIDE = 40


#: Told with the price, written where all see it, the platform's, or no condition of a price.
_TOLD_IN_TIME = re.compile(
    "我放宽|有人问是不是|不招代理|不得弱化|报价的时候就|一开始就|开播我?就|写在标题|新号才有|我不替人|没按这个卖|我没(?:说过|提成)|跟我们店没关系|是平台(?:的|活动|自己)|到结账才晓得|违规的|协议第|我们查了|来回运费我|邮费都不用|师傅上门看|才算数|点一下领"
)


def told_late(text: str) -> Late | None:
    """What a text tells of a condition that should have stood beside the price.

    >>> told_late("刚才说的六十九那个啊,得先入会,这个我补充一下").says
    '自称价格条件事后才说明'
    >>> told_late("这个要拍两件才是五十九,单件三十九,听清再拍") is None
    True
    """
    if not may_be_told_late(text) or _TOLD_IN_TIME.search(text):
        return None
    return _in_a_phrase(text) or late_by_parts(text)


def may_be_told_late(text: str) -> bool:
    """Is it worth looking for a condition that is told late?"""
    if any(
        one.may_match(text) for one in (_SMALL_PRINT, _NOTICE, _FREE_BUT, _PUTS_OFF, _RETRO, _MORE)
    ):
        return True
    admits = _ADMITS.may_match(text)
    if admits and _RESTRICTS.may_match(text):
        return True
    slots = (_AFTER_ORDER, _EXPLAINS, _REFERRED)
    if (admits or any(one.may_match(text) for one in slots)) and _NEED.may_match(text):
        return True
    return may_be_late(text)


def _in_a_phrase(text: str) -> Late | None:
    """Two slots that stand close together."""
    small = _SMALL_PRINT.search(text)
    if small is not None:
        return Late("称条件小字不必看", small.span(), small.span())
    notice = _NOTICE.search(text)
    if notice is not None and _MONEY.search(text):
        return Late("价格条件未显著标明，或券、优惠未按宣传抵扣", notice.span(), notice.span())
    but = _FREE_BUT.search(text)
    if but is not None and not _NOT_PAID.search(text):
        return Late("称免费、包邮，又另收费用", but.span(), but.span())
    put_off = _PUTS_OFF.search(text)
    first = _FIRST_BUY.search(text) if put_off is not None else None
    if put_off is not None and first is not None:
        return Late("先让人下单，条件事后才说", put_off.span(), first.span())
    if _RETRO.search(text) and _dearer_otherwise(text):
        place = next(_RETRO.finditer(text)).span()
        return Late(PRICE_BEFORE, place, place)
    less = _RESTRICTS.search(text)
    told = _ADMITS.search(text) if less is not None else None
    if (
        told is not None
        and less is not None
        and _gap(told.span(), less.span()) <= _BESIDE
        and _MONEY.search(text)
    ):
        return Late("自称价格条件事后才说明", told.span(), less.span())
    more = _MORE.search(text)
    if more is not None:
        return Late("说到所付价格与所报不同，另有条件", more.span(), more.span())
    needs = [match.span() for match in _NEED.finditer(text) if not _NO_NEED.search(match.group())]
    if not needs or not _MONEY.search(text):
        return None
    for slot, says in (
        (_ADMITS, "自称价格条件事后才说明"),
        (_AFTER_ORDER, "说到下单以后才知道价格另有条件"),
        (_EXPLAINS, "说到所付价格与所报不同，另有条件"),
        (_REFERRED, PRICE_BEFORE),
    ):
        for match in slot.finditer(text):
            near = min(needs, key=lambda need: _gap(need, match.span()))
            if _gap(near, match.span()) <= _BESIDE:
                return Late(says, match.span(), near)
    return None


def _dearer_otherwise(text: str) -> bool:
    """Is a price told for some, and a higher one for others?"""
    match = _OTHERS_PAY.search(text)
    if match is None:
        return False
    sums = [one.fen for one in amounts(text) if one.fen >= 100]
    return len(sums) > 1 and sums[-1] > sums[0]


def _gap(one: tuple[int, int], two: tuple[int, int]) -> int:
    return max(one[0] - two[1], two[0] - one[1], 0)
