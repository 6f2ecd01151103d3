"""Origins that sellers say they lend to goods: by a bath, a box, a mark, a name.

“泡三天就叫阳澄湖的”, “换个箱子就成了阿克苏苹果”, “外省调的，还是用本地的标”, “吊牌上写 made in Italy”.
"""

from __future__ import annotations

from itertools import pairwise

from detectors.match import expression as re
from detectors.match.places import compatible, places_in
from detectors.match.sought import Sought

__all__ = ["lent_origin", "may_be_lent"]

_BOX = "箱|箱子|纸箱|礼盒|盒子?|袋子?|罐子?|瓶子?|瓶身|标签?|吊牌|外包装|包装|棉纸|蟹?扣|牌子?|底款|锁扣|二维码|中文标|贴纸|面单"
#: Something from elsewhere.
_ELSE = "外地|外省|外县|外山|外头|外面收|别处|别的地方|别的产区|其他产区|隔壁(?:县|省|市|镇|村|产区)|邻(?:县|省|市)|周边|国产|国内|本地(?:育肥|养|种|代工|厂)|苏北|苏中|四面八方|批发市场|农贸市场|养殖场|市场上|散装货"
_FRAMES = (
    # “在湖里泡了三天就叫大闸蟹”
    re.compile(
        "(?:泡|养|放|寄养|暂养|待|过|洗|涮|浸|存|堆|转|绕|歇)(?:了|个|上|一)?[^,。!?]{0,3}(?:天|个?小时|夜|晚上?|遍|圈|水|澡|手|下|趟|道)(?:[^,。!?]{0,3},[^,。!?]{0,3}|[^,。!?]{0,6})(?:就|便|立马|马上|摇身一变|直接)(?:能|可以|敢)?(?:叫|是|成|算|变|当|挂|贴|卖|写)"
    ),
    # “打个包就是文山三七了”, “换个箱子就变成”
    re.compile(
        "(?:换|打|套|装|贴|挂|扣|印|盖)(?:上|个|一?个|进去?|好|一下|了)[^,。!?]{0,4}(?:箱|袋|盒|包|标|扣|牌|章|进去|上去)?[^,。!?]{0,3},?(?:就|便|立马|摇身一变|直接)(?:是|成|变|叫|算|当)(?:成|了|作)?(?!本|亏)[^,。!?]{1,9}(?:了|的|$)"
    ),
    # “外省调的，还是用本地的标发”
    re.compile(
        rf"(?:{_ELSE})[^,。!?]{{0,8}}(?:来|调|收|拉|运|进|拿|的|货|料)[^。!?]{{0,10}}(?:用|贴|挂|打|印|写|套|装|按|当|充)(?:的是|了|的|着|上|成|进)?[^,。!?]{{0,4}}(?:本地|当地|产区|我们这|咱这|地标|原产地|特产|进口|原装)"
    ),
    re.compile(
        rf"(?:{_ELSE})[^,。!?]{{0,5}}(?:桃|梨|果|橙|枣|茶|米|蟹|羊|牛|鱼|肉|货|菜|料|青|蜜|瓜|品)[^,。!?]{{0,3}}(?:当|充|冒充|充当|混|顶|贴|挂)(?:成|作|进|着|的|了)?"
    ),
    # “冒用地理标志，其实是外地桃”
    re.compile(
        rf"(?:冒用|假冒|借用|盗用|蹭)[^,。!?]{{0,4}}(?:地标|地理标志|产地|原产地|证明商标)(?!的(?:都|商家|人))|(?:标|写|叫|说是|号称|打着|挂)[^。!?]{{0,16}}(?:其实|实际|实话|说白了|老实讲)[^,。!?]{{0,6}}(?:{_ELSE})"
    ),
    re.compile(
        rf"(?:其实|实际上?|实话|说白了|老实|不瞒)[^。!?]{{0,8}}(?:料|青|货|果|米|蜜|茶|肉|坯|胚|苗|皮|全|大部分|多半|一半|基本|是)[^,。!?]{{0,3}}(?:{_ELSE})"
    ),
    re.compile(
        "(?:拉|运|送|调|搬)(?:过去|过来|到|去|回)[^,。!?]{0,6}(?:贴|打|挂|换|盖|套|烙)(?:个|上|一个)?[^,。!?]{0,3}(?:标|底?款|章|扣|牌|码|箱)"
    ),
    # “写进口，东西是国产的”; “进口车厘子，其实就是国内的”
    re.compile(
        "(?:写|标|贴|当|印|挂|打|说是?|叫|按|冒充|充)[^,。!?]{0,6}(?:进口|原装|原瓶|外国|国外|洋)[^。!?]{0,16}(?:是|在|都)[^,。!?]{0,3}(?:国产|国内|本地|咱们?这边|自己厂)"
    ),
    re.compile(
        "(?:国产|国内|本地)[^,。!?]{0,8}(?:贴|挂|换|打|印|写|套)[^,。!?]{0,6}(?:进口|原装|外文|洋文|英文|日文|韩文|made|外国)"
    ),
    # “产地改一下，袋子上重新喷”; “产地证明找人弄的”
    re.compile(
        "产地(?:证明?|标签?|这块|这里|那栏|信息)?[^,。!?]{0,6}(?:改一?下|改成|改了|换一?下|换成|重新[喷印贴打]|找人(?:弄|开|做|办|搞)|花钱(?:弄|开|买)|托(?:人|关系)|(?:别|不用|不要)太?(?:较真|认真|在意|当真)|随便|爱写)"
    ),
)
_QUICK = tuple(map(Sought, _FRAMES))
#: “东西是温州做的，吊牌上写 made in Italy”
_MADE_IN = re.compile(
    "(?:写|印|贴|标|挂|打|绣)(?:的|着|个|上|了|成|的是)?[^,。!?]{0,3}made\\s{0,8}in\\s{0,8}(?!china|prc)[a-z]{1,20}|made\\s{0,8}in\\s{0,8}(?!china|prc)[a-z]{1,20}[^,。!?]{0,4}(?:我们|自己|咱|厂里|后来|后面)[^,。!?]{0,2}(?:打|印|刻|贴|绣|写|喷)"
)
_QUICK_MADE_IN = Sought(_MADE_IN)
_REAL = re.compile(
    "出的|组装|自产|自己(?:打|印|刻|贴|绣)|激光|(?:机器|货|东西|料)是|国产|国内|我们(?:这边|厂)|做的|产的|代工|生产的|出口转内销|其实|实际"
)
_LINK = re.compile(
    f"(?:{_BOX})[^,。!?]{{0,6}}(?:写|印|标|打|喷|贴|挂|装|是|用|套|就行)|(?:装|套|换|贴|挂|用)(?:的|上|进|成|了|个|是|的是|着)?[^,。!?]{{0,3}}$"
)
_DENIED = re.compile("(?:不|没|别|从不|绝不|不会|不能|不敢|不是)(?:会|能|敢|去)?[^,。!?]{0,3}$")
_OPEN = re.compile(
    "(?:名字|链接|标题)(?:名字)?(?:也|都)?(?:改|换)了|两个都写|写得清楚|写清楚|标得清楚|如实|分装|品牌|授权|设计|风格|风味|种苗|品种|配方|中国制造|国产的?,别误会|怎么(?:看|分|辨)|扫码|可以查|新包装"
)
#: Said what it is not; where it is sent from.
_TOLD = re.compile("不是(?=[^,。]{0,4}(?:的|产))|仓发|发货|仓库")
#: “若羌的箱子，枣不是若羌的”
_NOT_OF = re.compile(
    f"的?(?:{_BOX})[^。!?]{{0,10}}(?:货|枣|果|米|茶|蟹|羊|牛|肉|料|里面|里头|东西|装的|酒|蜜|鱼|瓜|橙|桃|梨|菜)(?:可|却|其实|真|都|根本)?(?:不|没)是?"
)


def may_be_lent(text: str) -> bool:
    """Is it worth looking for an origin that is lent?"""
    return any(one.may_match(text) for one in (*_QUICK, _QUICK_MADE_IN)) or bool(places_in(text))


def lent_origin(text: str) -> tuple[int, int] | None:
    """Where a text says that goods are given an origin which they have not; half-open offsets.

    >>> lent_origin("换个袋子就变成泰国香米了"), lent_origin("换个袋子装,别漏了")
    ((0, 12), None)
    """
    for frame, quick in zip(_FRAMES, _QUICK, strict=True):
        match = quick.search(text)
        if match is not None and not _DENIED.search(
            text[max(0, match.start() - 4) : match.start()]
        ):
            if frame in _NEED_PLACE and not places_in(text):
                continue
            return None if _OPEN.search(text) else match.span()
    made = _MADE_IN.search(text)
    if made is not None and _REAL.search(text) and not _OPEN.search(text):
        return made.span()
    return _two_places(text)


_NEED_PLACE = frozenset((*_FRAMES[:2], *_FRAMES[5:7]))


def _two_places(text: str) -> tuple[int, int] | None:
    """“赣南脐橙的箱子，装的是湖南的橙子”; “莆田做的，盒子上写越南产”."""
    found = places_in(text)
    for one in found:
        denied = _NOT_OF.match(text, one.end)
        if denied is not None and text.startswith(one.name, denied.end()):
            return one.start, denied.end() + len(one.name)
    if _OPEN.search(text) or _TOLD.search(text):
        return None
    for one, two in pairwise(found):
        between = text[one.end : two.start]
        if compatible(one.path, two.path) or len(between) > 18 or "。" in between:
            continue
        boxed = re.match(f"[^,。!?]{{0,4}}的?(?:{_BOX})", between)
        if _LINK.search(between) or (
            boxed and re.search("(?:装|放|塞|里|货|其实|实际|果|是)[^,。!?]{0,6}$", between)
        ):
            if _DENIED.search(text[max(0, one.start - 4) : one.start]) or re.search(
                "(?:不|没|别)[^,。]{0,2}(?:写|贴|挂|装|用|换)", between
            ):
                continue
            return one.start, two.end
    return None
