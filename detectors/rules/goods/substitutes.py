"""What is cheap and what it is named as, in one breath: “注过胶的，我们当天然的卖”, “标签写驴皮，牛皮熬的”.

Two slots and what joins them, over all goods: the substance, treatment, grade or age that is there,
and the dear name under which it is sold. A cheap thing named as what it is, is lawful.
"""

from __future__ import annotations

from detectors.match import expression as re
from detectors.match.sought import Sought

__all__ = ["named_as_dear"]

#: What is there: substances, treatments, lesser kinds, grades and ages.
_CHEAP = re.compile(
    "注(?:过|了|的)?(?:胶|油|蜡|水)|充(?:过|了|的)?胶|灌(?:过|了|的)?(?:胶|蜡|铅|水)|涂(?:过|了|的)?(?:胶|糖|蜡)|泡(?:过|了)(?:糖|胶|盐|水|色)|压制|粉压|[块片料]压|染(?:过|了|的|个|上)?(?:色|红|黑|绿)|染的|"
    "镀(?:了|过)?(?:的?金|的?银|的|层|个)|包金|鎏金|白铜|黄铜|铜的|合金|不锈铁|玻璃|锆石?|莫桑|树脂|塑料|亚克力|石英|岫玉|阿富汗玉|俄料|青海料|韩料|巴西料|贝壳粉|贝珠|淡水珠|柯巴|血龙木|血檀|科檀|非洲料|"
    "贴(?:的|了|了层|一层|个|层)?(?:木皮|皮)|密度板|颗粒板|刨花板|多层板|纤维板|压缩板|三合板|木皮|杨木|松木|橡胶木|杂木|科技木|"
    "化纤|涤纶|腈纶|聚酯|锦纶|尼龙|仿真丝|仿丝|人造|仿[皮毛绒羊]|二层皮?|再生皮|超纤|复合皮|pu|pvc|牛巴革|革的|猪皮|马皮|鸭绒|鸭毛|鸡毛|飞丝|丝[绵棉]|喷胶棉|化纤棉|黑心棉|再生棉|回收棉|混纺|粘胶|"
    "糖浆|果葡|白糖|淀粉|香精|甜蜜素|酒精|勾兑|调和油|大豆油|菜籽油|棕榈油|葵花籽?油|植脂末|奶精|明胶|琼脂|粉丝|碎肉|拼接|合成|重组|鸭肉|鸡肉|猪肉|马肉|鼠肉|狐狸肉|虹鳟|巴沙鱼|鲽鱼|淡水鱼|马鲛|草鱼|罗非鱼|牛皮熬|猪皮熬|马皮熬|桔梗|沙参|商陆|防风|西洋参|园参|玉米须|红花丝|萝卜|木薯|红薯粉|"
    "陈[米茶年货皮]|去年|前年|隔年|老货|库存|夏茶|秋茶|台地|外山|养殖|圈养|笼养|饲料|大棚|人工|冻[货肉]|解冻|化冻|复原|回收|再生|机制|机绣|机织|机器做|流水线|开模|量产|"
    "次[品货料果]|残次|瑕疵|[二三]等|等外|[二三四]级|[bc]级|处理品|退货|退回来|返修|翻新|二手|拆机|样机|展示机|旧的|用过|穿过|坏的|扩容|边角|下脚料|普通(?:白酒|大米|棉|料|的|款|米|茶)|便宜(?:货|料|的)|杂牌|国产芯"
)
_QUICK = Sought(_CHEAP)
#: As what it is sold: the dear name.
_DEAR = (
    "天然|原矿|a货|老料|籽料|羊脂|和田|翡翠|琥珀|蜜蜡|沉香|野生|紫檀|黄花梨|红木|胡桃|实木|全实木|原木|足金|纯金|真金|纯银|足银|九二五|925|18k|18k金|k金|金珠|南洋|海水珠|天然钻|真钻|"
    "头层|真皮|牛皮|羊皮|绵羊皮|小羊皮|羊绒|山羊绒|羊毛|纯棉|全棉|长绒棉|真丝|桑蚕丝|蚕丝|白鹅绒|鹅绒|白鸭绒|貂|百分百|百分之百|"
    "土蜂蜜|野生蜜|纯蜂蜜|纯蜜|原蜜|特级初榨|初榨|橄榄油|山茶油|花生油|芝麻油|纯粮|固态|年份|原浆|酱香|原切|整切|牛肉|羊肉|驴肉|手打牛|三文鱼|鳕鱼|金枪鱼|干盏|燕盏|燕窝|淡干|驴皮|驴胶|阿胶|虫草|人参|老山参|野山参|藏红花|林下参|"
    "新米|新茶|明前|头采|头春|春茶|古树|今年|当季|现摘|鲜榨|全新|新机|原装|新的|新品|正品|合格|一等|优等|特级|特等|一级|精品|手工|手绣|纯手工|散养|放养|走地|土鸡|土鸡蛋|生态|有机|进口|非转基因|品牌|大牌"
)
#: Cheap first, then named: a verb of naming or selling, shortly after it the dear name.
_NAMED = re.compile(
    "(?:当|按|照|叫|写|标|讲|说|报|挂|贴|印|(?<!填)充(?![物绒电值填分足])|称|喊|顶|做成|打着|变成|混进|混在|掺进|掺在|冒充)(?:成|作|作是|是|着|的是|了|上|的|的牌子是|牌子是|一律|都|全)?[^,。!?;]{0,4}?(?<!非)(?<!不是)(?:"
    + _DEAR
    + ")(?!木?(?:色|纹|的?手?感|的?质感))"
)
#: Dear first, with a word that names it; what it is comes after a turn.
_NAMED_FIRST = re.compile(
    "(?:写|标|讲|说|报|挂|印|称|叫|号称|标签|吊牌|包装|外面|瓶身|标题|水洗标|对外|名字|招牌|打着)[^,。!?;]{0,8}?(?:"
    + _DEAR
    + ")"
)
_TURN = re.compile(
    "其实|实际|实为|实则|说白了|老实|实话|里面|里头|里子|芯|充的|塞的|用的|做的|都是|全是|就是|是拿|是用|那就是|净是|反正|兑了|掺了|没有?一"
)
#: The dear name by itself, and at once what it really is: “小叶紫檀，那就是血檀冒充的”.
_DEAR_IS = re.compile(
    "(?:"
    + _DEAR
    + ")(?:[^,。!?;]{0,6},[^,。!?;]{0,3}|[^,。!?;]{0,9})(?:其实|实际上?|实为|实则|说白了|是拿|是用|那就是|就是拿|就是用|里面|里头|外面)[^,。!?;]{0,8}?"
)
_ADMITTED = re.compile(
    "冒充|充的|当|混|兑|掺|实为|其实|实际|照样|还是|照|反正|看不出|分不清|谁知道"
)
_DENIED = re.compile(
    "(?:不|没|别|从不|绝不|不会|不能|不敢|不是|并非|可不)(?:会|能|敢|是)?[^,。!?;]{0,2}$"
)
#: A cheap thing that is told as what it is.
_TOLD = re.compile(
    "不是[^,。!?;]{0,6}(?:"
    + _DEAR
    + ")|(?:写|标|说)(?:的|着|得)?(?:就是|清清楚楚|清楚|明白)|只要|才这个价|才卖|所以便宜|别(?:被|上)|怎么(?:分|辨|看)|如何|区别|\\?"
)


def named_as_dear(text: str) -> tuple[int, int] | None:
    """Where a text says that a cheap thing is named or sold as a dear one; half-open offsets.

    >>> named_as_dear("这镯子是注过胶的,我们当a货翡翠卖"), named_as_dear("这个是镀金的,不是纯金")
    ((4, 14), None)
    """
    if not _QUICK.may_match(text) or _TOLD.search(text) is not None:
        return None
    for cheap in _CHEAP.finditer(text):
        named = _NAMED.search(text, cheap.end(), cheap.end() + 26)
        if (
            named is not None
            and _joined(text[cheap.end() : named.start()])
            and not _DENIED.search(text[max(0, named.start() - 5) : named.start()])
        ):
            return cheap.start(), named.end()
        first = _before(_NAMED_FIRST, text, cheap.start())
        if first is not None:
            between = text[first.end() : cheap.start()]
            near = text[max(0, first.start() - 4) : first.start()]
            if _joined(between) and _TURN.search(between) and not _DENIED.search(near):
                return first.start(), cheap.end()
        plain = _before(_DEAR_IS, text, cheap.start())
        if plain is not None and cheap.start() - plain.end() <= 4:
            near = text[max(0, plain.start() - 4) : plain.start()]
            if not _DENIED.search(near) and _ADMITTED.search(
                text[plain.start() : cheap.end() + 14]
            ):
                return plain.start(), cheap.end()
    return None


def _before(pattern: re.Pattern[str], text: str, end: int) -> re.Match[str] | None:
    return pattern.search(text, max(0, end - 30), end)


def _joined(between: str) -> bool:
    """Do the two slots stand in one sentence, at most two clauses apart?"""
    return len(between) <= 22 and between.count(",") <= 2 and not any(m in between for m in "。!?;")
