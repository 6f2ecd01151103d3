"""Less than is said: a smaller number behind a larger one, a weight that counts as more, poorer gold.

“标五百克，其实四百二”, “标两万毫安，里面电芯就八千”, “八两当一斤称”, “18K的，含金量也就七百”.
"""

from __future__ import annotations

from itertools import combinations

from detectors.match import expression as re
from detectors.match.sought import Sought
from detectors.rules.goods.quantities import Quantity, quantities

__all__ = ["less_than_marked", "may_be_short", "short"]

#: The larger number is what is written or said of the goods.
_MARKED = re.compile(
    "标|写|印|号称|说是|说好|承诺|宣传|宣称|报|称是|自称|名义|喊|讲|吹|吊牌|标签|铭牌|包装|袋子|盒子|瓶身|桶身?|罐子?|外壳|参数|页面|详情|链接|标题|图上|广告|规格|净含|净重"
)
_PACKED = re.compile("装|的标|标称")
#: The smaller one is what is there.
_THERE = re.compile(
    "其实|实际|实测|实称|实量|实数|只有|只能|只|才|化开|就|芯|到手|也就|顶多|最多|里头|里面|不到|不足|没有|没到|给|发|装|称|测|量(?!贩)|数(?!据)|充了|灌|放|打|去皮|去壳|沥干|净果|拆开|撕开|剪开|剥"
)
#: What is counted by itself: money, use, shares.
_OTHERWISE = re.compile(
    "块|元|价|折|个小时|个钟|钱|运费|优惠|券|平米|岁|身高|体重|小时|分钟|天|年(?!份)|月|个?字|积分|分|下|款|档|次|位|度|倍|成新|折扣"
)
_USED = re.compile(
    "(?:吃|喝|用|服|拍|买|限|要|需|拿|剩|卖|送|每天|一天|每次|一次|每顿|够)[^,。!?]{0,3}$"
)
_TURNED = re.compile("[。!?]")
#: A weight that goes as more: “八两当一斤称”.
_COUNTED_AS = re.compile(
    "^(?:的)?(?:就|都|按|当|算|抵|充|顶|写|报|打|标)(?:成|作|做|是|一律|给){0,6}$"
)
_WEIGHED = re.compile("称|秤|算|卖|发|打|报|写|给|收|走|标|的?$|,|。")
_DENIED = re.compile("(?:不|没|别|从不|绝不|不会|不能|不敢|假一|少一)[^,。!?]{0,4}$")
#: Less is put in, by how much.
_LESS_PUT_IN = re.compile(
    r"(?:每(?:包|袋|盒|瓶|罐|件|箱|斤|桶|份|只|单|提|卷)|一(?:包|袋|盒|瓶|罐|件|箱|斤|桶|份|单)|让(?:工人|他们|厂里|仓库|师傅)|我们?|咱|都|偷偷|悄悄)[^,。!?不没]{0,5}(?:少|克扣|偷|抠|缩|短)(?:装|给|充|打|称|灌|填|塞|切|裁|绕|放|发|个|掉|了|他|你|它){0,6}(?:\d{1,12}(?:\.\d{1,12})?|[一二两三四五六七八九十百半几]{1,12})(?:来|多)?(?:克|g|两|斤|钱|毫升|ml|片|张|抽|米|粒|颗|支|针|层|只)(?!糖|盐|油|水|饭)"
)
#: Fineness: parts in a thousand of gold or silver that a name promises.
_FINE = re.compile(
    "(?P<name>18k|十八k|14k|十四k|22k|二十二k|24k|二十四k|万足金|千足金|足金|纯金|黄金|千足银|足银|纯银|九二五|925)(?P<between>[^。!?]{0,12}?)(?:含金量|含银量|金含量|银含量|成色|纯度|金料|含量)(?:其实|实际|也|就|才|只|到|不|是|有|大概|差不多){0,6}(?P<n>[\\d一二两三四五六七八九十百零点.]{1,12})"
)
#: “标18k，做到14就行”
_FEWER_CARATS = re.compile(
    "(?P<said>24|22|18|14)k[^。!?]{0,20}?(?<!不)(?:做|用|给|打|只有|才|其实是?|实际)(?:到|的是|的|成|是)?(?P<there>22|18|14|10|9|8)(?:k|就|的|,|$)"
)
_PROMISED = {
    "18k": 750, "十八k": 750, "14k": 585, "十四k": 585, "22k": 916, "二十二k": 916, "24k": 990, "二十四k": 990,
    "万足金": 999, "千足金": 999, "足金": 990, "纯金": 990, "黄金": 990, "千足银": 999, "足银": 990, "纯银": 900,
    "九二五": 925, "925": 925,
}  # fmt: skip
_QUICK = Sought(
    re.compile(
        f"{_LESS_PUT_IN.pattern}|{_FINE.pattern}|(?:24|22|18|14)k|"
        "(?:标|写|印|号称|说是|说好|承诺|宣传|报|称|讲|喊|吊牌|标签|铭牌|包装|参数|页面|详情|规格|净含|净重|装)[^。!?]{0,30}(?:其实|实际|实测|只|才|就|不到|不足|没有|里面|里头|装|称|量|测|给|发|去皮|开)|"
        "(?:两|斤|克|公斤)(?:就|都|按|当|算|抵|充|顶)"
    )
)
_QUICK_THERE, _QUICK_COUNTED, _QUICK_CARATS, _QUICK_FINE, _QUICK_PUT_IN = map(
    Sought, (_THERE, _COUNTED_AS, _FEWER_CARATS, _FINE, _LESS_PUT_IN)
)


def may_be_short(text: str) -> bool:
    """Is it worth looking for less than is said?"""
    return _QUICK.may_match(text)


def short(text: str) -> tuple[int, int] | None:
    """Where a folded text says that there is less than it is sold for; half-open offsets.

    >>> short("八两当一斤称"), short("18k的含金量也就七百"), short("每包少装四十克"), short("一斤按一斤称")
    ((0, 5), (0, 11), (0, 7), None)
    """
    return less_than_marked(text) or _counted_as_more(text) or _poorer(text) or _put_in(text)


def less_than_marked(text: str) -> tuple[int, int] | None:
    """Where a text names less than what it says is marked; half-open offsets.

    >>> less_than_marked("标五百克,其实四百二"), less_than_marked("标五百克,其实装了五百二十克")
    ((1, 10), None)
    >>> less_than_marked("原价标三百块,现在只要两百块")
    """
    if not _QUICK_THERE.may_match(text):
        return None
    # A bare “一” counts nothing.
    found = [one for one in quantities(text) if one.unit or one.value >= 10]
    for one, two in combinations(found, 2):
        more, less = (one, two) if one.value > two.value else (two, one)
        between = text[one.end : two.start]
        if len(between) > 18 or _TURNED.search(between) or less.value >= more.value * 0.95:
            continue
        if not _of_one_kind(text, more, less) or _USED.search(text[: less.start]):
            continue
        marked = _MARKED.search(text[max(0, more.start - 8) : more.start]) or _PACKED.match(
            text, more.end
        )
        if marked and _THERE.search(text[max(0, less.start - 6) : less.start]):
            return min(more.start, less.start), max(more.end, less.end)
    return None


def _of_one_kind(text: str, one: Quantity, other: Quantity) -> bool:
    if one.unit and other.unit and one.unit != other.unit:
        return False
    after = text[one.end : one.end + 2] + " " + text[other.end : other.end + 2]
    return one.unit not in ("毫米", "度", "%", "寸") and _OTHERWISE.search(after) is None


def _counted_as_more(text: str) -> tuple[int, int] | None:
    if not _QUICK_COUNTED.may_match(text):
        return None
    found = [one for one in quantities(text) if one.unit == "克"]
    for one, two in combinations(found, 2):
        if (
            one.value < two.value * 0.97
            and two.start - one.end <= 5
            and _COUNTED_AS.match(text[one.end : two.start])
            and _WEIGHED.match(text[two.end : two.end + 2] or "。")
            and not _DENIED.search(text[max(0, one.start - 6) : one.start])
        ):
            return one.start, two.end
    return None


def _poorer(text: str) -> tuple[int, int] | None:
    for match in _QUICK_CARATS.finditer(text):
        if int(match["there"]) < int(match["said"]):
            return match.span()
    for match in _QUICK_FINE.finditer(text):
        there = quantities(match["n"])
        if not there:
            continue
        parts = there[0].value * (10 if there[0].value <= 100 else 1)
        if 100 < parts < _PROMISED[match["name"]] - 3:
            return match.span()
    return None


def _put_in(text: str) -> tuple[int, int] | None:
    match = _QUICK_PUT_IN.search(text)
    return None if match is None else match.span()
