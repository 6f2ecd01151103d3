"""Goods that come from elsewhere than they are said to: two places, and what joins them.

“燕窝是马来的散料，包装写印尼官燕”, “赣南脐橙还没下树，先拿湖北的顶着发”. That two places are named says
nothing; that one is written on the box, and the goods come from the other, does.
"""

from __future__ import annotations

from itertools import combinations, pairwise

from detectors.match import expression as re
from detectors.match.places import Place, compatible, places_in
from detectors.rules.goods.weighing import (
    EXCUSED,
    HUSHED,
    NOTICE,
    TOLD,
    TURN,
    Sign,
    Weighed,
    Weighing,
)

__all__ = ["comes_from_elsewhere", "has_backdrop"]

#: No place by name, and yet another one.
_ELSEWHERE = re.compile(
    "国产|国内|本地|(?:本|我们|咱们?|隔壁)(?:县|村|镇|乡|市|厂)(?!长|民|委)|(?:我们|咱们?)(?:这边|这儿|那边|当地)|县(?:城|里)|工业园|(?:法|德|日|韩|泰|俄|英|外)(?:文|语)(?!版|系|歌|课|书|学)|外地(?!的?(?:宝|家人|朋友|客|粉丝|姐妹|亲))|外省|外县|外山|外头|别处|别的(?:地方|省|县|产区)|隔壁(?:县|省|村|大棚|产区)?|邻省|周边|批发市场|水果市场|农贸市场|养殖场|非洲|东南亚|南美|欧洲|南方|北方|大棚(?:里|摘|的)|远洋|进口(?=的?(?:散|原|大))|印度洋|太平洋|公海|原酒"
)
_WRITTEN = (
    "(?:包装|箱子?|纸箱|礼盒|盒子?|袋子?|罐子?|瓶子?|瓶身|标签?|小标|吊牌|酒标|底款|蟹?扣子?|锁扣|证书|面单|产地栏|产地|地址|链接|标题|详情)(?:栏|上|里|那|还)?[^,。!?]{0,5}(?:写|印|打|贴|标|是|用|让|改|扣|照|就|一样|挂)|"
    "(?:写|印|刻|标|贴|挂|打着|套|叫|念|喊|统一说|对外说|说是|说成|标注为|标称|号称|所谓|冒充|自称)(?:的|着|个|成|上|了|是|的是|张|一张)?|还是[^,。]{1,4}(?:盒|箱|袋|标)|正宗|原装|地道|制造|进口(?!的?关)"
)
_BROUGHT = "(?:收|拉|调|运|批|进|买|购|拿|捞|捕捞|产|养|种|灌|灌装|压|做|缝|缝纫|出|摘|发)(?:来|过来|回来|的|自|装的)|(?:是|就是|都是|全是|其实是|实为|源自|产自|购自|来自)[^,。!?]{1,10}(?:的|货|料|产|里|来)|(?:散料|原料|原酒|料子|货源|货|皮|胚|坯|果子?|叶子|羊绒|枸杞|蟹)是|实际(?:购自|产自|产地|来自|生产)|(?:产|货)[)）]?$"
_LENT = "掺|混(?:着|进|了|点)|补(?:上|货|进)|(?:不|没)换名|还(?:是)?叫|照叫|(?:顶|替|凑|充|冒充|顶替|代替|当|混)(?:着|上|的|进|给|作|成)?(?:发|卖|用)?|换(?:个|上|成)?(?:箱|盒|袋|标|包装)|(?:中转|转|过|晒|泡|养|吃|放|待|存|洗)(?:一下|一圈|一个?(?:礼拜|星期|月)|几天|[一二三两]天|个?澡|一遍|一手)|就(?:是|叫|算|成)(?:了|[^,。]{1,6}了)|随便扣|还没(?:下|熟|摘|上|到)|没(?:了|货)|便宜"

#: The old name stays: “标还是写中宁”.
_STILL = "(?:还|照样|照旧|依旧|仍(?:然|旧)?|一样)(?:是|都|就)?(?:写|叫|印|贴|挂|标|用(?=原|老|那|以前))|(?:名字|标|箱子?|盒子?|袋子?|链接)[^,。!?]{0,2}(?:不|没)(?:换|改|变|动)(?:名字?)?"

_WEIGHING = Weighing(
    signs=[
        Sign("写", re.compile(_WRITTEN)),
        Sign("来", re.compile(_BROUGHT)),
        Sign("借", re.compile(_LENT)),
        Sign("还写", re.compile(_STILL), 2),
        Sign("转折", re.compile(TURN)),
        Sign("瞒", re.compile(HUSHED), 2),
        Sign("托词", re.compile(EXCUSED)),
        Sign("通报", re.compile(NOTICE)),
    ],
    least=3,
    needs=[
        frozenset({"写", "来", "转折"}),
        frozenset({"写", "来", "借"}),
        frozenset({"写", "来", "托词"}),
        frozenset({"写", "来", "通报"}),
        frozenset({"借", "瞒"}),
        frozenset({"写", "来", "瞒"}),
        frozenset({"写", "瞒"}),
        frozenset({"还写", "借"}),
        frozenset({"还写", "来"}),
        frozenset({"借", "转折", "来"}),
        frozenset({"借", "托词", "写"}),
    ],
    told=TOLD.replace("|别处", "")
    + "|(?:名字|链接|标题)(?:名字)?(?:也|都)?(?:改|换)了|别处(?:的)?(?:买|看|便宜|贵|家|没有)"
    + "|不(?:蹭|沾|借)|不是[^,。]{1,8}的|不叫|风味|口味|风格|(?:进口|意大利|澳洲)?面料|工艺|设计(?!师)|品牌|(?:标签|瓶身|包装)(?:上)?(?:都|有|也)写|仓|(?:昆明|仓库?|直接|产地)发货|发货(?:快|地)(?!及)|(?<!内)分装|分切|报关|出口|昨天|老家|的朋友|和[^,。]{1,6}(?:区别|混着)|随机|不同(?:的)?品种|品种(?:是|叫)|路上|快递|换新|扫码(?:能|可以|查)|品种|有地标|种苗",
)


#: Just before a place, and just after: it is written, or it is where the goods are from.
_WRITTEN_BEFORE = re.compile(
    "(?:写|印|刻|标|贴|挂|打|套|叫|念|喊|说|称|改成|换成|变成|就是|就成|就叫|成|扣|正宗|地道|号称|冒充|统一说|对外说|当|为|是[^,。]{0,2}(?:盒|箱|瓶|袋)|用)(?:的是?|着|个|了|张|是|成|上|咱)?[^,。!?]{0,2}$"
)
_WRITTEN_AFTER = re.compile(
    "的?(?:[^,。!?]{0,3})(?:扣|锁扣|蟹扣|箱|盒|袋|瓶|罐|标|牌|证书|包装|吊牌|地址|制造|制|进口|原装|空运|品牌)|(?:的?[^,。!?]{1,6})?(?:就|也)?(?:是|叫|成)[^,。]{1,6}了"
)
_FROM_BEFORE = re.compile(
    "(?:是|发的?|种在|养在|从|自|在|于|拿|用|先拿|购自|产自|来自|灌自|换|都是|其实)(?:的)?[^,。!?是]{0,2}$|[(]$"
)
_FROM_AFTER = re.compile(
    "(?:那边|这边|当地|本地|外头|外面|南部|北部|周边)?(?:的)?(?:[^,。!?]{0,4})(?:来|拉|收|调|运|批|产|种|养|捕|捞|摘|灌|压|做|缝|烧|织|组装|贴牌|拼装|出(?!口|来)|生产|加工|代工|货|料|散|买|腌|批|出|园子|厂|工业园|牧场|养殖场|窑|大棚|塘|基地|地里|海里|湖里)|(?:的)?[^,。!?的]{0,4}的[^,。!?的]{1,4}(?:,|。|$)|[^,。!?]{0,2}的(?:,|。|!|$|替|顶|凑|充|便宜|差不多)|(?:,|$)"
)
_BROUGHT_AT = re.compile(
    "的(?:补|顶|替|凑|接|续)|[^,。!?]{0,4}?(?:来|拉|收|调|运|批|产|灌|灌装|压|做|缝|养|种|摘|捞|腌|酿|烧|织|炒|组装|装配|拼装|贴牌|出(?!口|来)|生产|加工|代工|分装)(?:过来|回来|好|完)?了?(?:的|,|。|$|再|才|然后|[^,。]{1,3}的?(?:,|$))|的?(?:货|料|散料|厂|工厂|大棚|地里)|的[^,。!?的]{1,3}(?:,|$)"
)
#: “拉到新会晒一下”, “文山中转一下”: what a place is lent by.
_LENT_AFTER = re.compile(
    "[^,。!?]{0,3}(?:中转|转|晒|泡|过|养|待|洗|贴|歇|存|挂|打|分)(?:一下|一圈|一手|个?(?:标|扣|澡|水)|[几一二两三]天)"
)
#: What beside two places says that one was lent to goods of the other.
_MORE = re.compile(
    f"(?:不|没)换名|还叫|照(?:样)?叫|补上|底款|(?:茶青|鲜叶|青叶|货|果子|蟹|鱼|羊|牛|青)(?:都|全)?是(?:外地|外省|外面)|{HUSHED}|断货|下市|先发|没换|没变过|来不及(?:改|换)|就按|(?:箱子?|盒子?|袋子?|标签|贴纸|罐子?|瓶子?|瓶身)[^,。]{{0,4}}(?:没换|照旧|还是|写|印|盖)|(?:都|也)?一样(?:嘛|的)?|差不多|名气|(?:值钱|好卖|贵一倍|贵多了)|形状像|就得了|就行了|就完了|就是个?(?:商标|名)|(?:外文|日文|韩文|泰文|法文|德文|英文)|(?:过|走|挂|盖|贴)(?:一刀|一道|一圈|个签|个章|个标|印尼章)|别去查|你别查|自己不够|当(?:成|作)?[十五]"
)
#: How notices say that an origin was put on goods.
_RELABELLED = re.compile(
    "(?:当事人|该店|该公司|商家|涉案商家)[^,。]{0,6}(?:将|把|用|以)[^,。]{1,14}(?:标注|标称|标示|包装成|冒充|宣称)[^,。]{0,6}(?:为|成)?"
)
#: Goods named after one place and made, grown or bought at another: “景德镇瓷器，潮州窑上烧的”.
_GOODS = "(?![^,。!?]{0,6}(?:发货|家人|客人|朋友|粉丝|仓))[^,。!?;的和跟与、及或比不没是]{1,8}(?:嘛|啊|哈|呢|吧|呀)?"
_NO_GOODS = re.compile(
    "(?:省|市|县)?(?:面料|料子|原料|羊毛|乳胶|皮料|木料|木材|橡木|技术|工艺|配方|设计|品牌|牌子|奶源|种苗?|种子|品种|风味|口味|味|风|式|机器|设备|芯片|电机|压缩机|玻璃|师傅|大学|教授|酒庄|老板|朋友|天气|地区|那边|这边|包邮|总部|公司|进口(?:的)?(?:面料|原料|料|棉|皮|机器))"
)
_MADE_AT = re.compile(
    "(?:那边|这边|当地|本地)?[^,。!?的]{0,6}?(?:烧|种|收|养|产|出(?!口|来|差|发|货)|做|贴牌|代工|组装|拼装|灌|压|缝|织|捞|捕|摘|挖|采|生产|印|拿|批|来|拉|运|调|炒|腌|酿|攒|鼓捣|弄)(?:过来|回来|出来|来|上来|的货)?的(?!人|客|家|时候|话|师傅|老板|朋友)|的(?:货|料|果子?|原石|散料|米|茶青|枣|虹鳟|料子|坯|胚|毛茶|毛料|石头|东西|皮|绒|蟹|鱼|虾)(?:,|。|$|嘛|啊|哈)"
)
#: Who asks where it is from is told something else.
_NOT_TO_SAY = re.compile("(?:别|不要)(?:跟[^,。]{1,4})?(?:说|讲|提|透露)(?:是|成是|到)?$")
_BRED = re.compile(
    "(?:这边|当地|本地|自己|那边)?(?:种|养|产|发|做|来|货|捞|摘|采|生产|拉|进)(?:的|货|过来|$)"
)

#: An orchard, a pasture, mountains that are a cloth behind the host.
_BACKDROP = re.compile(
    "(?:背景布|背景板|绿幕|虚拟背景|布景|假背景|投影背景|贴图背景)[^。!?]{0,24}(?:产地|果园|牧场|雪山|草原|茶山|海边|山里|山上|树上|现摘|地里|现场|渔船|别露|露馅|穿帮)|(?:产地|果园|牧场|雪山|草原|茶山|海边|渔船|地里|树上)[^。!?]{0,24}(?:背景布|背景板|绿幕|虚拟背景|布景|假背景)|(?:租|借)(?:了|的|个|一个)?[^,。!?]{0,4}(?:果园|牧场|茶山|院子|菜地|渔船)[^。!?]{0,10}(?:拍|播|直播|装|演|充)"
)
_LOOK_INSIDE = re.compile(TURN + "|\\?")


def _stands(pattern: re.Pattern[str], text: str, start: int) -> bool:
    low = max(text.rfind(mark, 0, start) for mark in ",。!?") + 1
    return pattern.search(text[max(low, start - 9) : start]) is not None


def has_backdrop(text: str) -> bool:
    """Is an origin staged behind the host?"""
    return _BACKDROP.search(text) is not None


def comes_from_elsewhere(text: str) -> Weighed | None:
    """The signs in a folded text that its goods come from another place than is said.

    >>> comes_from_elsewhere("燕窝是马来西亚的散料,包装写印尼官燕,一般人看不出来") is not None
    True
    >>> comes_from_elsewhere("意大利进口面料,国内裁剪缝制") is None
    True
    """
    found: list[tuple[int, int, Place | None]] = [
        (place.start, place.end, place) for place in places_in(text) if place.path != ("中国",)
    ]
    found += [
        (*match.span(), None)
        for match in _ELSEWHERE.finditer(text)
        if not any(low <= match.start() < high for low, high, _ in found)
    ]
    backdrop = _BACKDROP.search(text)
    if backdrop is not None:
        return Weighed(*backdrop.span(), 3, ("布景",))
    for low, high, place in found:
        if (
            _NOT_TO_SAY.search(text[max(0, low - 8) : low])
            and _BRED.match(text, high)
            and any(other is not None and place is not None and not compatible(place.path, other.path)
                    for _, _, other in found)
        ):  # fmt: skip
            return Weighed(max(0, low - 3), high, 3, ("瞒产地",))
    if _WEIGHING.told.search(text) is not None:
        return None
    relabelled = _RELABELLED.search(text)
    if relabelled is not None and any(
        place.start >= relabelled.end() - 2 for place in places_in(text)
    ):
        return Weighed(*relabelled.span(), 3, ("改标",))
    if len(found) < 2:
        return None
    weighed = _WEIGHING.weigh(text)
    for (start, end, one), (low, high, two) in combinations(
        sorted(found, key=lambda it: it[:2]), 2
    ):
        if one is None and two is None:
            continue
        if one is not None and two is not None and compatible(one.path, two.path):
            continue
        if (
            weighed is not None
            or _named_after(text, found)
            or _apart(text, (start, end), (low, high))
        ):
            return Weighed(min(start, low), max(end, high), 3, ("两地",))
    return None


def _named_after(text: str, found: list[tuple[int, int, Place | None]]) -> bool:
    """Are goods named after one place, and at once said to be made at another?"""
    for (_, end, one), (low, high, two) in pairwise(sorted(found, key=lambda it: it[:2])):
        if one is None or (two is not None and compatible(one.path, two.path)):
            continue
        between = text[end:low]
        joined = re.fullmatch(
            f"{_GOODS},?(?:其实|都|全|也|就|我们|咱|实际|说白了|老实说|那|这|哪|一个|货|基本){{0,6}}(?:是|在)?",
            between,
        )
        if joined is None or _NO_GOODS.match(between) or len(one.path) < 2:
            continue
        if _MADE_AT.match(text, high):
            return True
    return False


def _apart(text: str, one: tuple[int, int], two: tuple[int, int]) -> bool:
    """Is one of two places written, and the other where the goods are from?"""
    for named, origin in ((one, two), (two, one)):
        from_there = _FROM_AFTER.match(text, origin[1]) and (
            _stands(_FROM_BEFORE, text, origin[0]) or _BROUGHT_AT.match(text, origin[1])
        )
        if not from_there:
            continue
        if (
            text[named[0] : named[1]].endswith("进口")
            or _stands(_WRITTEN_BEFORE, text, named[0])
            or _WRITTEN_AFTER.match(text, named[1])
            or _LENT_AFTER.match(text, named[1])
        ):
            return True
        if _MORE.search(text):
            return True
        if named[1] <= origin[0] and _LOOK_INSIDE.search(text[named[1] : origin[0]]):
            return True
    return False
