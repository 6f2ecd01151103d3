"""Is a viewer's line a complaint, and about what?

Questions, worries, praise and talk about other shops use the same words. A line counts when it
tells of something that happened to whoever writes it, or says that a complaint is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from detectors.match import expression as re
from detectors.match.lexicon import Hit

__all__ = ["KINDS", "kind_of"]

#: Lines of which the answer is kept: two rules ask it, and many lines of a chat come again.
LINES = 4_096
#: Kinds of complaints as the 12315 desk sorts them, the most telling first.
KINDS = {
    "complain": "要投诉举报",
    "harm": "食用或使用后不适",
    "fake": "反映假货",
    "cheat": "反映受骗",
    "refund": "反映退款或补差遭拒",
    "delivery": "反映不发货",
    "different": "反映货不对板",
    "spoiled": "反映质量问题",
    "service": "反映客服不理",
}

_ASKED = re.compile(
    r"[吗么嘛][?？。!！~ ]*$|[?？]\s*$|会不会|是不是|有没有|能不能|可不可以|可以不|不会(?!给?退|发货)|"
    "怕|担心|万一|如果|要是|假如|什么时候|(?:是|叫|有)什么(?!质量|玩意|破|垃圾|态度|情况|店|东西啊)|几天|多久|怎么(?:投诉|举报|退)|哪里(?:投诉|举报)|不是.{1,6}吧|不会.{1,6}吧"
)
_DENIED = re.compile(
    "(?:不是|没有|没|不用|不要|不会|别|从来没|从没|从不|绝对不|绝不|哪有|不可能|无需|未|不存在|不怕)[^,，。!！]{0,4}$|不$"
)
_ELSEWHERE = re.compile(
    "别家|别人家|隔壁|其他(?:家|店|主播|直播间)|别的(?:店|主播|直播间|家)|某宝|某东|上一家|前一家|那家|另一家|以前那|人家|新闻|电视|网上|同行"
)
#: What was only seen, heard or read is nobody's own complaint.
_HEARSAY = re.compile(
    "刚才|好多人|有人(?:说|投诉|举报)|听说|看到有|都在(?:说|投诉)|黑粉|带节奏|恶意"
)
#: Words of one's own case, which a mild word needs.
_OWN = re.compile(
    r"我(?!想|要买|也要|能|可以|买单|看看|问)|上次|上回|之前|买了|买的|收到|到手|到货|拿到|打开|吃了|用了|穿了|洗了|"
    r"[一二两三四五六七八九十半几\d]{1,12}(?:多|几)?(?:天|周|个月|个?星期|个?礼拜|次|遍)|一直|都(?:没|不)|就是不|还不|催|凭什么|订单|别买|大家|千万"
)
#: Kinds whose words stand by themselves.
_PLAIN = frozenset({"complain", "fake", "cheat", "refund", "service"})
_LATE = re.compile(
    r"[一二两三四五六七八九十半几\d]{1,12}(?:多|几)?(?:天|周|个月|个?星期|个?礼拜)|一直|就是不|催了|都不|又不|到现在|至今|不理|投诉|骗|退款|别买"
)


#: A time that has been long.
_LONG = r"(?:[一二两三四五六七八九十半几\d]{1,12}(?:多|几)?(?:天|周|个?月|个?星期|个?礼拜|小时|年)|一直|到现在|至今|好久|这么久|多久了|老半天|迟迟)"
#: Whoever writes had, bought or used it.
_HAD = "(?:收到|收的|到手|到货|寄来|寄过来|寄给|发来|发过来|发给|送来|拿到|打开|拆开|买(?:回来|的|了|完|来)|拍(?:的|了)|下单|定的|我(?:的|家|妈|爸|老公|老婆|孩子|娃|儿子|女儿|奶奶|婆婆|婆|朋友|同事|姐|收|拿|用|穿|吃|那)|你(?:们)?家|用了|穿了|吃了|喝了|洗了|穿(?:一|两|几|没)|洗(?:一|两|几|没|过)|昨天|前天|上次|上周|上回|刚(?:收|买|拆|用|穿|到手))"
_BROKEN = "(?<![没未别不])(?:开?裂|碎|破|坏|烂|断|漏|缺(?!货)|瘪|变形|缩(?:水|成)?|掉(?:色|毛|皮|漆|了)|褪色|起球|开线|开胶|脱(?:线|胶|皮)|生锈|发霉|霉|臭|馊|酸了|虫|头发|异物|死(?:了|的|一)|不(?:保温|亮|转|动|制冷|加热|显示|工作|出水|好用|能用|新鲜)|没反应|用不了|打不开|开不了|充不(?:进|了)|连不上|亮点|黑屏|花屏|死机|卡顿|漏电|冒烟|短路|炸了|异味|塑料味|刺鼻|一股[^,，。]{1,4}味|脏|污渍|划痕|磕碰|干瘪|化了|软了)"
_AILING = "(?:拉(?:了|肚|稀)|拉[^,，。]{0,2}(?:天|次)|吐(?:了|得)|上吐下泻|呕吐|头(?:疼|痛|晕)|肚子(?:疼|痛)|胃(?:疼|痛)|过敏|(?:脸|嘴|眼|手|皮肤|身上)[^,，。]{0,3}(?:肿|烂|红|痒|疼|起)|起(?:疹|痘|泡|包)|红肿|发痒|发红|刺痛|灼|难受|恶心(?!死)|进(?:了)?医院|挂(?:水|急诊))"
_OTHER = "(?:两样|两码事|不一样|不同|不是一(?:个|回)|不符|不对|激活过|旧的|二手|翻新|用过|别人(?:的|用)|小(?:一|了)(?:圈|号|截)|大(?:一|了)(?:圈|号)|少(?:了|一|给|装)|差(?:了|远|太)|薄(?:了|得)|发错|拿错|颜色[^,，。]{0,4}(?:不|差|错))"
_PROMISED = (
    "(?:说好|说是|说的|讲好|承诺|保证|答应|宣传|直播(?:间|时)?(?:里)?说|写(?:的|着)|标(?:的|着))"
)
_STAFF = "(?:客服|商家|店家|卖家|售后|店里|小助理|你们|你家|主播|平台|老板)"
_SHIRKS = "(?:装(?:死|傻|聋)|不(?:理|回|管|认|承认|接|处理|解决|肯|给|吭|吱)|没(?:人|回|理|管|动静|下文)|拖(?!鞋|地|把)|推(?:来|脱|给|卸|三)|让(?:我)?(?:一直|再)?(?:等|找|自己)|等等等|说(?:不归|不关|不是(?:他|她|我们)|没办法|是我|人为)|敷衍|糊弄|踢皮球|拉黑|失踪|消失|已读|机器人|复读|打太极|甩锅|态度(?:差|恶劣)|骂)"
_MONEY = (
    "(?:退款|退货|退钱|退单|退|换货|换|赔付|赔偿|赔|运费险|运费|差价|保价|券|押金|定金|钱|补发)"
)
_KEPT = "(?:驳回|(?:被)?拒(?:绝|了|$|,)|不(?:给|退|赔|肯|让|同意|行|认|到账|补|管|批)|没(?:退|给|到|赔|看见|影|动静|补|通过|人)|未到|一分(?:钱)?(?:都|也)?(?:没|不)|一半都不|卡着|扣(?:着|了)|人为|取消|失败|不见)"
#: What happened, by kind: wherever the words stand in a line.
_TOLD: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "complain",
            "(?:要|去|已经?|在|打(?:过|了|通)?|找|马上|准备|申请|必须|只能|截图)[^,，。!?！？]{0,6}(?:投诉|举报|消协|消委|1234[58]|12315|工商|市(?:场)?监|起诉|法院|报警|平台介入|曝光)(?!电话|怎么|吗)|(?:投诉|举报|起诉|告)(?:你们?|他|了|到|定)|告(?:死|到)?你",
        ),
        (
            "harm",
            f"(?:吃|喝|用|涂|敷|抹|擦|戴|穿|染|洗)(?:了|完|过|的|着)?[^。!?！？]{{0,14}}{_AILING}",
        ),
        (
            "fake",
            "(?:拿|去|找)[^,，。]{0,6}(?:专柜|鉴定|验|检测)[^。!?！？]{0,8}(?:说|是)?(?:不是|假|不对)|(?:^|[^不没有非是])(?:就|绝对|明显|妥妥|肯定|你家|这|收到的?|是)(?:个|是)?假(?:货|酒|烟|货的|冒|鞋|包|的)(?!一|如)",
        ),
        (
            "cheat",
            "骗(?:子|人|钱|我|局|老人)|坑(?:人|爹|我|钱)|(?:赠品|礼品|送的)[^,，。]{0,6}(?:没(?!吃|用)|根本没|呢[^,，。]{0,2}$)|"
            + f"{_PROMISED}[^。!?！？]{{0,12}}(?:结果|却|现在|到头|实际|收到|到手)[^。!?！？]{{0,14}}(?:不|没|付|收|要|少|贵|假|旧|变|成)|虚假|忽悠|割韭菜|智商税|黑店",
        ),
        (
            "refund",
            f"{_MONEY}[^。!?！？]{{0,12}}{_KEPT}|{_PROMISED}[^。!?！？]{{0,10}}(?:退|换|赔|理由)[^。!?！？]{{0,8}}不|(?:买|拍)(?:完|了)就(?:降|跌)价",
        ),
        (
            "delivery",
            f"{_LONG}[^。!?！？]{{0,12}}(?:不动|没动|没(?:有)?(?:发|到|见|影|看到|收|寄|动静|出库|揽)|还在(?:打包|仓|待|备|路上|处理)|不(?:发|见|到)|不给?发)|(?:物流|快递|订单|货|包裹)[^。!?！？]{{0,8}}(?:一动不动|不动|停|(?:一直)?(?:显示)?揽收(?:没|不)|卡(?:在|着)|丢(?:了|失)|没影|没(?:更新|动|发)[^。!?！？]{{0,8}}{_LONG})|(?:全款|付了|付过)[^。!?！？]{{0,12}}没(?:看|见|收|发|到)|(?:收到|寄来)[^,，。]{{0,4}}空(?:包|盒|的)|订单[^,，。]{{0,6}}取消",
        ),
        (
            "different",
            f"{_HAD}[^。!?！？]{{0,14}}{_OTHER}|(?:少|漏|错)(?:发|寄|装|给)(?:了)?|{_PROMISED}[^。!?！？]{{1,8}}(?:呢|结果|却|怎么)|(?:净重|分量|重量|斤|克)[^,，。]{{0,6}}(?:少|不够|不足|差)(?:了)?",
        ),
        (
            "spoiled",
            f"{_HAD}[^。!?！？]{{0,12}}{_BROKEN}|(?:质量|做工|东西|包装)[^,，。]{{0,3}}(?:太|真|很|极|超|特别)?(?:差(?!不多|别)|垃圾|烂|次|粗糙|糟)|(?:里|里面|打开)[^,，。]{{0,3}}(?:有|全是|都是)[^,，。]{{0,3}}(?:虫|蛆|头发|异物|石头|沙子|霉)|{_BROKEN}[^。!?！？]{{0,6}}(?:差评|垃圾|无语|什么质量)|(?:第[一二三]天|[一两三几]次|一天)(?:就|后)[^,，。]{{0,4}}{_BROKEN}|(?:屏幕|机器|锅|杯子|鞋|衣服|电池|灯)[^,，。]{{0,5}}{_BROKEN}",
        ),
        (
            "service",
            f"{_STAFF}[^。!?！？]{{0,8}}{_SHIRKS}|没人(?:管|理|回|处理)|(?:问|找|催)[^,，。]{{0,6}}{_SHIRKS}",
        ),
    )
)
#: What went wrong with what was bought, in words that name no kind.
_BOUGHT = re.compile(
    "收到|到手|拿回|拆开|拆了|打开|换(?:来|货|回)|寄(?!过去|什么)|快递|冷链|箱子|包裹|订单|退货|退单|给我退|取消我|拍(?:一|了|的|到)|抢到|买的|买了|买完|称出?来|称了|我(?:妈|爸|老公|老婆|孩子|娃|的(?:快递|订单|钱|货))|小孩|老人|孩子|宝宝|你们?家(?:的)?(?:大米|米|衣服|鞋|锅|东西|货|店)|这(?:衣服|鞋|锅|米|东西|机器|个质量)|衣服|鞋底|电饭锅|电器|充电|手表|杯子|(?:煮|洗|穿|戴|用|吃|喝)(?:一|了|完)(?:次|天|两|几|三)?|煮出来|说(?:送|好|是)|直播间?(?:讲|说)|主播说|通用的|钱扣|扣(?:我)?(?:钱|违约)|差价|录屏|差评"
)
_WENT_WRONG = re.compile(
    "(?<![没不未会])(?:寄错|发错|错(?:了|尺码|颜色)|跳闸|冒(?:火|烟)|漏电|断(?!货|码)|掉(?:一|了|毛|色|漆|渣)|化成水|化了|变(?:色|质|味|形)|霉|馊|臭|虫|裂|碎|破(?!价)|滴(?=$|水|得)|漏(?!了?福)|(?<!没)坏|烂|瘪|红了|起(?:水)?泡|肿|疼|痒|流血|空的|少(?:了|一|两)|只(?:有|收到|发|给)(?:一|了)|(?:根本|显示|签收)[^,，。]{0,8}没收到|没(?:人(?:来|接|理|管|取)|见|了找|发货|到货)|(?:用|退|开|打|连|充)不(?:了|开|上|进)|取消(?:我|了我)|扣(?:我|了)|骚扰|骂|坑(?:惨|死|人|我|苦)|骗|翻遍了?没有|根本没|聚酯|不是(?:纯|真|正)|平邮|违约金|没货|说(?:活动)?结束|亲稍等|第[二三四]台|第[二三四五]次)"
)
_SENTENCE = re.compile("[。!?！？]")
_HOTLINE = re.compile(
    "(?:打|拨)[^,，。]{0,4}(?:热线|市长|12345)|(?:录屏|截图|证据)[^,，。]{0,5}(?:发|交|给|留)[^,，。]{0,4}(?:平台|好了|消协)|(?:坑|骗)(?:惨|死|了)"
)
#: Kinds of which a question may tell, where it tells of something that happened.
_LONG_OR_HAD = re.compile(f"{_LONG}|收到|驳回|说好|已经|[一二两三四五六七八九十\\d]次|你家这")
_PRAISED = re.compile(
    "完好|没有?(?:破|坏|漏|问题|毛病|异味|掉|缩|褪|起球|过敏|副作用)|不(?:掉|缩|褪|起|漏|裂|坏|过敏|会(?!给|退|发))|(?:真|好|很|挺|特别|超)(?:快|好|棒|不错|满意|喜欢|香|值)|回购|点赞|好评|满意|给力|赞|好吃|好用|好喝|放心"
)
_BUT = re.compile("但|可是|就是|不过|结果|然而|谁知|差评|退|投诉|不理|坏|假")


#: What is no goods, and false where it is not kept: “保价是假的”.
_NOT_GOODS = re.compile(
    "(?:保价|降价|活动|优惠|折扣|满减|券|福利|承诺|秒杀|抽奖|福袋|奖品|价格|原价|底价|销量|库存|人气|评论|好评|人数|粉丝|赞|倒计时)(?:都|全|全部|肯定|就|绝对|根本|也)?是?$"
)
#: A guess at what goods are, by whoever has not got them.
_GUESSED = re.compile(r"吧[~～。.!！ ]*$")


def kind_of(text: str, hits: Sequence[Hit]) -> str | None:
    """The kind of complaint that a line is; ``None``: it is none.

    Args:
        hits: words of the groups `viewer.<kind>[.…]`; places in `text`.
    """
    return _kind_of(text, tuple(hits))


@lru_cache(maxsize=LINES)
def _kind_of(text: str, hits: tuple[Hit, ...]) -> str | None:
    if _ELSEWHERE.search(text) or _HEARSAY.search(text):
        return None
    asked = _ASKED.search(text) is not None
    found = _named(text, hits, asked=asked)
    if not (asked and not _LONG_OR_HAD.search(text)) and not (
        _PRAISED.search(text) and not _BUT.search(text)
    ):
        found |= {
            _of_goods(kind, text, match.start())
            for kind, pattern in _TOLD
            if (match := pattern.search(text)) is not None
            and not _DENIED.search(text[max(0, match.start() - 6) : match.start()])
        }
    if not found and not asked and not _PRAISED.search(text):
        if _HOTLINE.search(text):
            found.add("complain")
        elif (wrong := _went_wrong(text)) is not None:
            found.add(_kind_by(wrong, text))
    return next((kind for kind in KINDS if kind in found), None)


def _of_goods(kind: str, text: str, place: int) -> str:
    """Fake are goods; a promise or a figure that is false is a fraud."""
    is_none = kind == "fake" and _NOT_GOODS.search(
        text[max(0, place - 8) : place + 2].partition("假")[0]
    )
    return "cheat" if is_none else kind


def _went_wrong(text: str) -> str | None:
    """What went wrong with what was bought. Pain has to stand in the sentence of the goods:
    “是拍的,然后修的。这工作量就胃疼” is about no goods."""
    wrong = _WENT_WRONG.search(text) if _BOUGHT.search(text) else None
    if wrong is None or wrong.group() not in ("疼", "痒"):
        return None if wrong is None else wrong.group()
    parts = _SENTENCE.split(text)
    return wrong.group() if any(_BOUGHT.search(p) and wrong.group() in p for p in parts) else None


def _kind_by(wrong: str, text: str) -> str:
    """The kind of complaint that goods or seller went wrong in this way."""
    if re.search("红了|泡|肿|疼|痒|流血", wrong):
        return "harm"
    if re.search("取消|扣|没货|结束", wrong) or "退单" in text:
        return "refund"
    if re.search("没收到|根本没|没发货|没到货", wrong):
        return "delivery"
    if re.search("错|少|只|空的|聚酯|不是|平邮|没有", wrong):
        return "different"
    if re.search("没人|骚扰|骂|稍等", wrong):
        return "service"
    return "cheat" if re.search("坑|骗", wrong) else "spoiled"


def _named(text: str, hits: Sequence[Hit], *, asked: bool) -> set[str]:
    """Kinds by the words that name them."""
    found: set[str] = set()
    for hit in hits:
        kind = hit.group.split(".")[1]
        if kind not in KINDS or _DENIED.search(text[max(0, hit.start - 8) : hit.start]):
            continue
        if asked and not (kind == "complain" and "12315" in hit.term and _OWN.search(text)):
            continue
        if kind == "delivery":
            # “还没发货” alone asks when; too late is a complaint.
            if not (hit.group.endswith(".never") or _LATE.search(text)):
                continue
        elif kind not in _PLAIN and not _OWN.search(text):
            continue
        if kind == "fake" and _GUESSED.search(text) and not _LONG_OR_HAD.search(text):
            continue
        found.add(_of_goods(kind, text, hit.start))
    return found
