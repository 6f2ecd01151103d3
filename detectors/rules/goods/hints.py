"""Hints of counterfeits that are no single word: what is compared, what leaked, what was taken off."""

from __future__ import annotations

from detectors.match import expression as re
from detectors.rules.goods.kinds import first_kind

__all__ = ["hint_in"]

#: Words that compare with the genuine article, hint at a leak, or at what is missing.
_FRAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "label",
        re.compile(
            "(?:标签?|水洗标|logo|商标|领标)[^,。!?]{0,6}(?:摘了|摘掉|都摘|给摘|去掉了|去了|粘着|粘住|胶布|自己揭|揭掉|涂掉)"
        ),
    ),
    (
        "fake",
        re.compile(
            "(?<!打)假(?:lv|名牌|大牌|gucci|古驰|香奈儿|耐克|阿迪|包包|名表)(?!的?(?:赔|退|不|投诉))"
        ),
    ),
    (
        "slang",
        re.compile(
            "(?:大牌|奢侈品|国际品牌|名牌|一线)[^,。!?]{0,6}(?:共用|同|是|用)(?:的)?(?:同)?一个?(?:工厂|厂|产线|车间)|官图[^。!?]{0,6}实物"
        ),
    ),
    (
        "twin",
        re.compile(
            "(?:照着|按照|对着|比着|照|按)(?:正品|原版|真品|专柜|大牌|柜台)[^,。!?]{0,6}(?:开模|打版|打样|做|仿|来的|定制)|"
            "(?:跟|和|与)[^,。!?]{0,10}(?:几千|上千|大几千|上万|[一二三四五六七八九]千|[一二三四五六七八九]万)[^,。!?]{0,5}(?:一模一样|一样|没区别|没差)"
        ),
    ),
    (
        "verify",
        re.compile(
            "(?:柜台|专柜|机构|得物|鉴定师?|检测)[^,。!?]{0,6}(?:查|验|鉴定?|认|测)[^,。!?]{0,3}不(?:出|了)"
        ),
    ),
    (
        "leak",
        re.compile(
            "原厂(?:皮|五金|料|面料|布)|没[进上]过?专?柜|代工厂(?![^,。]{0,3}(?:师傅|员工|的人|创业))(?:的?老板|是我|我认识|里|那边|直接|流|拿|出来)|(?:得物|专柜)退下来"
        ),
    ),
    (
        "label",
        re.compile(
            "(?:logo|标|字母|商标)[^,。!?]{0,3}(?:错|差|少|多)(?:了|打)?(?:一|两)个(?:字母|字)?"
        ),
    ),
    (
        "fake",
        re.compile(
            "(?:高|超级?|精|顶级?|极|专业)仿(?!真|生|古|皮|佛|羊|木|石)|仿(?:表|包包?(?!装)|鞋|腕表|名牌|大牌|得(?:很|特别|最)?真|货|版)"
        ),
    ),
    (
        "twin",
        re.compile(
            "(?:跟|和|与|同|比|像|对比)[^,。!?]{0,4}(?:柜台|专柜|正柜|柜姐|正品|真品|真货|真的|原版|原厂|大牌|官网|本尊|公价|行货|奢侈品|国际大牌)[^,。!?]{0,9}(?:一样(?:$|[,。!?的啊哈呢哦])|没两样|没差|没啥差|不差|没区别|没有区别|一个样|分不出|分不清|难辨|没分别|看不出|百分百还原|[1一]比[1一]|一模一样|难分|比不出|不相上下)"
        ),
    ),
    (
        "leak",
        re.compile(
            "(?:厂|工厂|专柜|柜台|公司|品牌方|代工|内部|仓库)[^,。!?]{0,4}(?:偷|流|跑|漏|溜|倒腾|顺)[^,。!?]{0,3}(?:出来|的货|来的)"
        ),
    ),
    (
        "label",
        re.compile(
            "(?:就|只|仅)?(?:差|少|缺)(?:了|的就是|的只是)?(?:一?个|一张|那个)?(?:标|吊牌|logo|牌子|商标|领标)(?!准|签价)"
        ),
    ),
    (
        "slang",
        re.compile(
            "(?:顶级|顶配|最高|终极|最顶|市面上最[高好]|a|超a|纯原|公司)(?:的|级的?)?(?:那个|那档|档次的|定制)?(?:版本?(?!型|面|权|画)|复刻|仿品|仿)"
        ),
    ),
    (
        "verify",
        re.compile(
            "(?:编码|序列号|钢印|身份卡|鞋标|芯片|小票|五金刻字|防伪卡)[^,。!?]{0,4}(?:对得上|都齐|配齐|都配|给你配|仿|都开模)"
        ),
    ),
    (
        "slang",
        re.compile(
            "莆田(?!人|市?发货|仓|荔枝|枇杷|蛏|医院|卤面|海鲜|的?家人)[^,。!?]{0,4}(?:拿|货|厂|鞋|出|做|系)"
        ),
    ),
    (
        "slang",
        re.compile(
            "(?:复刻|复克|复课)(?!经典|老|童年|味道|古|妈妈|了?小时候)(?:版|的|款|品|货|表|鞋|包|级)?"
        ),
    ),
)
#: Any frame: a quick first look, and how the words of all frames are known to be looked for.
_ANY = re.compile("|".join(frame.pattern for _, frame in _FRAMES))


def hint_in(text: str) -> tuple[str, int, int] | None:
    """The kind and place of the first hint in a folded text; half-open offsets.

    >>> hint_in("跟专柜一模一样的"), hint_in("跟昨天一样的价")
    (('twin', 0, 8), None)
    """
    return first_kind(_FRAMES, _ANY, text)
