"""What is written against what is there: “标的是白鹅绒，充的全是鸭毛”, “标五百克，其实四百二”."""

from __future__ import annotations

import re
from itertools import pairwise

from detectors.rules.goods.quantities import quantities

__all__ = ["less_than_marked", "passed_off"]

#: What goods are that are passed off as better.
_BAD = (
    "夏茶|秋茶|去年|前年|陈[茶米货年]|老货|库存|合成|拼接|碎肉|碎布|翻新|二手|返修|拆机|退回来|退货|退的|穿过|用过|样品|展示|化纤|涤纶|腈纶|聚酯|鸭绒|鸭毛|鹅毛片|飞丝|丝绵|黑心棉|贴皮|木皮|密度板|颗粒板|压缩|"
    "次品|次货|次料|差料|便宜料|便宜的|便宜货|残次|瑕疵|二等|等外|养殖|人工|仿|假的?|pu|人造|二层|冻[货肉]|复原|转基因|普通的?|淡水|染色|处理|注胶|边角|下脚|回料|再生|镀|铜包铝|铝芯|铁芯|"
    "玻璃|塑料|树脂|不合格|岫玉|石英岩|淀粉|糖浆|鸭肉|猪肉|鸡肉|杂牌|园参|锌合金|低标号|池塘|塘养|塘里养|饲料|[二三四]级|包金|笼养|圈养|大棚|刨花|换过的|拆过的|修过的|卖剩|剩下的|勾兑|酒精|香精|锆石|明胶|粉丝|旧的|坏的|烂的"
)
#: What they are passed off as.
_GOOD = (
    "国标|新款|新品|正价品|好料|纯[铜棉银金毛羊牛正粮奶]|原切|正品|合格|[一特优]级|[一优]等|真皮|头层|牛皮|羊[绒毛皮肉]|实木|红木|足[金银]|天然|野生|全新|新机|新的|优质|有机|明前|春茶|新茶|新米|今年|"
    "牛肉|蜂蜜|好货|好的|大牌|原装|进口|白鹅绒|鹅绒|翡翠|和田|手工|足斤|足量|满装|真丝|桑蚕丝"
)
_FRAMES = (
    # “写明前，其实是夏茶”, “标的是白鹅绒，充的全是鸭毛”
    re.compile(
        rf"(?:写|标|号称|说是|说成|报|吊牌|标牌|按|外面)(?:着|的|的是|成|上)?[^,。!?]{{0,10}},?[^,。!?]{{0,6}}(?:其实|实际上?|实则|说白了|真正|里面|里头|充的|塞的|用的|做的|里子|芯子|都是|全是|净是)"
        rf"(?:就?是|都是|全是|用的是?|里面是)?[^,。!?]{{0,6}}(?:{_BAD})"
    ),
    # “是合成的，写原切好卖”, “退回来的熨一下当新品发”
    re.compile(
        rf"(?:{_BAD})(?:的|料|货|品|件|机)?[^。!?]{{0,16}}?(?:写|标|当|说成?是?|冒充|报成?|按|照|充|顶|贴|挂)(?:成|作|着|的是?|了|上)?(?:{_GOOD})"
    ),
    # “全新正品为翻新机”, “大货给换成涤纶”
    re.compile(
        rf"(?:{_GOOD})[^,。!?]{{0,8}}(?:其实是|实为|实际上?是|系|为)[^,。!?]{{0,4}}(?:{_BAD})"
    ),
    re.compile(rf"(?:换成|换了|换的|改成|改用|替换成|顶替|代替|掉包)[^,。!?]{{0,3}}(?:{_BAD})"),
    re.compile(
        rf"(?:用|拿|以)[^,。!?]{{0,2}}(?:{_BAD})[^,。!?]{{0,6}}(?:代替|顶替|冒充|充当|来充)"
    ),
    # “足金？包金的”; “酒里兑了点香精”; “展示用新的，发货发旧的”
    re.compile(rf"(?:{_GOOD})的?\?[^,。!?]{{0,3}}(?:{_BAD})的"),
    re.compile(rf"(?:{_GOOD})[^。!?]{{0,6}}(?:摸着|看着|用着)?像就行"),
    re.compile(
        "(?:酒|蜜|油|奶|汁|醋|酱油)里?(?:面|头)?(?:兑|掺|勾|混)(?:了|点|着)+[^,。!?]{0,3}(?:水|香精|色素|酒精|糖|淀粉|甜蜜素)"
    ),
    re.compile(
        "(?:展示|样品|直播间|镜头)[^。!?]{0,8}(?:新|好|真)的?[^。!?]{0,6}(?:发货?|寄)[^,。!?]{0,4}(?:旧|差|次|假|便宜|普通)"
    ),
    # “实木的？贴皮的，看着像就行”
    re.compile(
        rf"(?:{_GOOD})的?\??[^。!?]{{0,4}}(?:{_BAD})[^。!?]{{0,16}}(?:像[^,。!?]{{0,6}}就行|看着像|看不出|谁看得出|分不出)"
    ),
    re.compile(
        r"(?:经(?:检验|检测|鉴定)|抽检|检测(?:结果|显示)?)[^。!?]{0,18}(?:为0|为零|是0|不合格|不符|低于标|未检出|不达标|只有|仅为|仅有)"
    ),
    re.compile(rf"(?:{_BAD})[^。!?]{{0,14}}(?:跟|和|同)(?:新的|好的|正品|全新)一样(?:发|卖|包装)"),
    # “实木桌子，底下全是刨花板”
    re.compile(
        rf"(?:{_GOOD})[^。!?]{{0,10}}(?:底下|里面|里头|背面|侧面|内部|其他地方|下面|芯)[^,。!?]{{0,2}}(?:全是|都是|是|用的是?|垫的)[^,。!?]{{0,2}}(?:{_BAD}|革|板材)"
    ),
    # “大米里混了三成碎米”
    re.compile(
        rf"(?:里|里面|里头)(?:混|掺|搀|夹|拌)(?:了|着|点|进|有)?[^,。!?]{{0,5}}(?:碎米|石子|沙|{_BAD})"
    ),
    # “宝石是玻璃充的”
    re.compile(
        rf"(?:宝石|钻石|翡翠|玉|水晶|琥珀|蜜蜡|珍珠|牛肉|羊肉|燕窝|鱼翅|阿胶|蜂蜜|虫草|人参|真皮|羊绒|真丝|银|金|实木)[^,。!?]{{0,4}}(?:是|用)[^,。!?]{{0,2}}(?:{_BAD})[^,。!?]{{0,2}}(?:充|做|压|冒|仿|合成|兑|代替)"
    ),
    re.compile(
        "(?:上面|表面|外面|上层|外头)[^,。!?]{0,6}(?:好|大|漂亮|新鲜)[^。!?]{0,8}(?:下面|底下|里面|下层|底层|里头)[^,。!?]{0,6}(?:小|坏|差|次|磕碰|烂|伤|青|不好)"
    ),
    # “把小的放在箱底”, “里面塞的黑心棉”
    re.compile(
        "(?:小|坏|烂|次|差|青|伤|丑)(?:的|果|货)[^,。!?]{0,6}(?:放|垫|压|塞|藏|铺|埋)[^,。!?]{0,4}(?:底|下面|里面|中间|最下)"
    ),
    re.compile(
        rf"(?:里面|里头|内芯|夹层|中间)[^,。!?]{{0,3}}(?:塞|填|充|夹|垫|灌)(?:的|了|着)?(?:全是|都是)?[^,。!?]{{0,3}}(?:{_BAD}|石头|泥|沙|水|纸|旧)"
    ),
    # “送检的是好料，出货用便宜料”
    re.compile(
        "(?:检测|送检|样品|样衣|样板|打样)[^。!?]{0,10}(?:好料|好的|真的|真料|高配)[^。!?]{0,10}(?:出货|大货|发货|发的|量产|批量)"
    ),
)
#: Any frame: a quick first look, and how the words of all frames are known to be looked for.
_ANY = re.compile("|".join(frame.pattern for frame in _FRAMES))
_DENIED = re.compile(
    "(?:不|没|别|不会|不能|从不|绝不)(?:会|能|敢)?(?:当|写|标|冒充|说成|报|按|照|充|拿|换|掺|塞)"
)
_MARKED = re.compile(
    "(?:标|写|号称|说是|说好|承诺|宣传|报|标称)(?:着|的|的是|成|上)?[^,。!?]{0,4}$"
)
_PACKED = re.compile("装|的标|标称")
_ONLY = re.compile("其实|实际|只有|只|才|化开|就|芯|到手|也就|里头|里面|不到|没有|给|发|装|称|充了")


def passed_off(text: str) -> tuple[int, int] | None:
    """Where a text says that something is passed off as better; half-open offsets."""
    if _ANY.search(text) is None:
        return None
    for frame in _FRAMES:
        match = frame.search(text)
        if match is not None and not _DENIED.search(match.group()):
            return match.span()
    return None


def less_than_marked(text: str) -> tuple[int, int] | None:
    """Where a text names less than what it says is marked; half-open offsets.

    >>> less_than_marked("标五百克,其实四百二"), less_than_marked("标五百克,其实装了五百二十克")
    ((1, 10), None)
    """
    for one, two in pairwise(quantities(text)):
        more, less = (one, two) if one.value > two.value else (two, one)
        same = not less.unit or not more.unit or less.unit == more.unit
        marked = _MARKED.search(text[max(0, more.start - 8) : more.start]) or _PACKED.match(
            text, more.end
        )
        only = _ONLY.search(text[max(0, less.start - 6) : less.start])
        if same and less.value < more.value * 0.95 and marked and only:
            return min(more.start, less.start), max(more.end, less.end)
    return None
