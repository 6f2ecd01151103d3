"""Measures with words of their own: pieces in a pack, storage, sides, vintage, fineness, carats, ages.

“一提二十包” against {规格: 10包}, “十二加五一二” against {内存: 8GB+256GB}, “两米乘两米三” against 150×200cm,
“十年陈” against {年份: 3年}, “六个月的宝宝就能玩” against {适用年龄: 3岁以上}.
"""

from __future__ import annotations

from collections.abc import Iterator

from detectors.events import Product
from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.dates import beijing_date
from detectors.match.fold import fold
from detectors.rules.goods.graded import Slot
from detectors.rules.goods.quantities import NUMBER

__all__ = ["measured"]

#: More than is shown by less than this is a matter of rounding.
_BETTER_BY = 1.02
_PIECE = "包|袋|只|枚|条|瓶|罐|盒|个(?!月|小时|g|t)|双|卷|支|根|块(?!钱)|串|听|杯|本|页|张|片|粒|颗|抽|件|头|副|把"
_PACK = "提|箱|盒|袋|包|件|套|份|组|桶|罐|瓶|板|打|筐|串|大箱|大包|大盒|整箱|整盒"
#: Pieces in one pack: “一提二十包”, “里面一共十只”, “一百二十抽一包”.
_PIECES = (
    re.compile(
        rf"(?:一|每|1|整)(?:大|小|整)?(?:{_PACK})(?:里面?|里头)?(?:装了?|有|是|就|得|整整|足足|一共|总共|都|共|可|能装){{0,3}}(?P<n>{NUMBER})\s{{0,8}}(?P<unit>{_PIECE})"
    ),
    re.compile(rf"(?:里面|里头|一共装|总共装)(?:装了?|有|是|整整|足足|一共|总共|共){{0,6}}(?P<n>{NUMBER})\s{{0,8}}(?P<unit>{_PIECE})(?:装)?"),
    re.compile(rf"(?P<n>{NUMBER})\s{{0,8}}(?P<unit>{_PIECE})(?:的)?(?:装|一|每)(?:大|小|整)?(?:{_PACK})?"),
)  # fmt: skip
_COUNTS = re.compile(
    "规格|数量|件数|包数|片数|粒数|只数|支数量|抽数|张数|装量|包装|净含量|型号|个数|枚数"
)
_SHOWN_PIECES = re.compile(rf"(?P<n>\d{{1,12}})\s{{0,8}}(?P<unit>{_PIECE})")
#: Several packs, gifts, ways to count: what is said is not what one pack holds.
_SEVERAL = re.compile(
    "拍|发|送|到手|加起来|再来|第[二三四五]|凑|组合|囤|[两二三四五六七八九十](?:提|箱|盒|袋|包|件|套)|一天|每天|每次|一次|吃|喝|用"
)
_ABOUT = re.compile("[一二两三四五六七八九]{2}")
_SAME_PIECE = {
    "粒": "颗",
    "枚": "个",
    "颗": "粒",
    "个": "枚",
    "张": "抽",
    "抽": "张",
    "根": "支",
    "支": "根",
}

_STORES = re.compile("内存|存储|机身|硬盘|容量|版本|配置|rom|ram|规格|套餐")
_MEMORY = re.compile("内存|存储|机身|硬盘|rom|ram", re.I)
_STORE = re.compile(
    rf"(?P<one>{NUMBER})\s{{0,8}}(?:个)?(?:gb|g)?\s{{0,8}}(?:加|\+)\s{{0,8}}(?P<two>{NUMBER})\s{{0,8}}(?:个)?(?P<tera>tb|t)?(?:gb|g)?|(?P<n>{NUMBER})\s{{0,8}}(?:个)?(?P<unit>gb|tb|g|t|个g|个t)(?![a-z])"
)
_SHOWN_STORE = re.compile(
    r"(?P<n>\d{1,12})\s{0,8}(?P<unit>gb|tb|g|t)(?![a-z])|(?<=\+)(?P<m>\d{1,12})"
)

_SIDES = re.compile("尺寸|长度|宽度|高度|线长|直径|厚度|规格|大小|幅宽")
_LENGTH = re.compile(
    rf"(?P<n>{NUMBER})\s{{0,8}}(?P<unit>米|m(?![a-z])|厘米|公分|cm|毫米|mm)(?P<rest>[一二三四五六七八九\d](?![\d米厘公毫块]))?"
)
_BY = re.compile(
    rf"{NUMBER}\s{{0,8}}(?:米|m|厘米|公分|cm)?[一二三四五六七八九\d]?\s{{0,8}}(?:乘以?|x|×|\*)\s{{0,8}}{NUMBER}\s{{0,8}}(?:米|m(?![a-z])|厘米|公分|cm)[一二三四五六七八九\d]?(?:\s{{0,8}}(?:的|长|宽))?"
)
_LONG = re.compile(
    "长|的(?:线|绳|管|带|电线|数据线|延长线|床|被|桌|地毯|窗帘|布|沙发|杆)|宽|高|线|厚|直径|粗"
)
_NOT_ITS_SIZE = re.compile(
    "身高|离|距|坐|站|范围|以内|之内|水深|防水|远|跑|走|外|米八的(?:床|大个)|个子|海拔|深"
)

_VINTAGES = re.compile(
    "年份|酒龄|窖龄|树龄|陈化|储存年限|贮存年限|采摘|采收|生产年|原料年份|窖藏|产季|采制"
)
_AGED = re.compile(
    rf"(?P<n>{NUMBER})\s{{0,8}}年(?:的)?(?:陈|老|窖|藏|以上|份|珍藏|洞藏|原浆|基酒|茶|酒|古|大树|老树|的陈)|(?:陈|放|存|窖|藏|窖藏|陈化|存放|储存|贮藏|树龄)(?:了|有|足足|整整|都|满){{0,6}}(?P<m>{NUMBER})\s{{0,8}}(?:来|多)?年"
)
_YEAR_SAID = re.compile(
    r"(?P<y>(?:19|20)\d\d|(?:一九|二[零〇0])[零〇一二三四五六七八九\d]{2})年?(?:的|份|产|料|老)"
)
_SPRING = re.compile("明前|春茶|头春|头采|雨前|社前")
_LATER_TEA = re.compile("秋|夏|暑|谷花|[789]月|10月|11月|雨后")

_FINENESS = re.compile("纯度|成色|含金量|含银量|金含量|银含量|贵金属|材质|金重类型|印记")
_FINE = re.compile(
    "(?<!\\d)(?P<f>9999|999|990|925|916|750|585)(?!\\d)|(?P<w>万足金?|千足[金银]?|足[金银]|四个九|三个九|九九九九|九九九|九九零|九二五|24k|二十四k|22k|二十二k|18k|十八k|14k|十四k)"
)
_FINE_WORDS = {
    "四个九": 999.9, "九九九九": 999.9, "万足": 999.9, "三个九": 999, "九九九": 999, "千足": 999, "九九零": 990, "足": 990,
    "九二五": 925, "24k": 999, "二十四k": 999, "22k": 916, "二十二k": 916, "18k": 750, "十八k": 750, "14k": 585, "十四k": 585,
}  # fmt: skip
_CARATS = re.compile("钻|主石|克拉|石重|裸石")
_CARAT = re.compile(
    rf"(?P<n>{NUMBER}|半)\s{{0,8}}(?:克拉|ct)(?P<half>半)?|(?P<p>{NUMBER})\s{{0,8}}分(?!钟|期|之|享|开|钱|类|量|层|体|装|别|散|明|区)"
)

_AGES = re.compile("适用年龄|适用人群|年龄|适用阶段|适用对象|适合年龄|适宜人群")
_MONTHS_OLD = re.compile(
    rf"(?P<n>{NUMBER})\s{{0,8}}(?P<unit>个多?月|岁半?|月龄|周岁)(?:以上|左右|多|大|的){{0,6}}(?:小?(?:宝宝|孩子?|娃娃?|婴儿|朋友|奶娃|宝贝|囡囡))?(?:都|就|也|以上){{0,6}}(?:可以|能够?|放心|随便)(?:直接)?(?:玩|用|吃|穿|喝|戴|睡|骑|坐|盖|抹|涂|看|学)"
)
_BABY = re.compile(
    "(?P<who>新生儿|婴儿|婴幼儿|宝宝|奶娃|小月龄|刚出生)(?:们|的宝宝)?(?:都|也|照样|一样){0,6}(?:可以|能够?|放心)(?:直接)?(?:用|吃|喝|抹|涂|玩|睡|穿|戴)|(?P<kid>小孩子?|孩子|儿童|小朋友|娃)(?:们)?(?:都|也|照样|一样){0,6}(?:可以|能够?|放心)(?:直接)?(?:用|吃|喝|抹|涂|玩|穿|戴)"
)
_DENIED = re.compile("(?:不|没|别|非|不是|不能|不可|不建议|禁止)[^,。!?]{0,3}$")


def measured(text: str, card: Product) -> Iterator[Slot]:
    """The measures of which both the (folded) text and the card say something."""
    for name, value in (card.attributes or {}).items():
        label, shown = fold(name).text, fold(value).text
        if not shown:
            continue
        if _COUNTS.search(label):
            yield from _pieces(text, name, value, shown)
        if _STORES.search(label):
            yield from _storage(text, name, value, shown)
        if _SIDES.search(label):
            yield from _sides(text, name, value, shown)
        if _VINTAGES.search(label):
            yield from _vintage(text, name, value, shown, beijing_date(card.at).year)
        if _FINENESS.search(label):
            yield from _fineness(text, name, value, shown)
        if _CARATS.search(label) or "克拉" in shown:
            yield from _carats(text, name, value, shown)
        if _AGES.search(label):
            yield from _ages(text, name, value, shown)


def _slot(
    name: str, match: re.Match[str], value: str, spoken: float, shown: float, unit: str, *, agrees: bool
) -> Slot:  # fmt: skip
    return Slot(
        name, match.group(), value, agrees, match.start(), match.end(),
        f"所称 {spoken:g}{unit}，商品卡 {shown:g}{unit}", (("spoken", spoken), ("shown", shown)),
    )  # fmt: skip


def _pieces(text: str, name: str, value: str, shown: str) -> Iterator[Slot]:
    if _SEVERAL.search(text):
        return
    found = [(int(match["n"]), match["unit"]) for match in _SHOWN_PIECES.finditer(shown)]
    for pattern in _PIECES:
        for match in pattern.finditer(text):
            unit, said = match["unit"], number(match["n"])
            there = [n for n, one in found if one == unit or _SAME_PIECE.get(one) == unit]
            if said is None or not there or said < 2 or _ABOUT.fullmatch(match["n"]):
                continue
            best = float(max(there))
            # “10包×6提”: all of it together may be meant.
            whole = 1.0
            for n in (int(n) for n in re.findall(r"\d{1,12}", shown)):
                whole *= n
            agrees = said <= best * _BETTER_BY or said == whole
            yield _slot(name, match, value, said, best, unit, agrees=agrees)


def _storage(text: str, name: str, value: str, shown: str) -> Iterator[Slot]:
    found = [
        float(match["n"] or match["m"]) * (1_024 if (match["unit"] or "").startswith("t") else 1)
        for match in _SHOWN_STORE.finditer(shown)
    ]
    if not found or not (_MEMORY.search(name) or re.search(r"gb|tb|\d\s{0,8}\+\s{0,8}\d", shown)):
        return
    for match in _STORE.finditer(text):
        words = match["two"] or match["n"]
        said = number(words)
        if said is None:
            continue
        if match["tera"] or (match["unit"] or "").replace("个", "").startswith("t"):
            said *= 1_024
        if said < 8 or int(said) & (int(said) - 1):
            continue  # storage comes in powers of two
        if re.search(
            "支持|扩展?到?|可扩|最多能?插", text[max(0, match.start() - 5) : match.start()]
        ):
            continue
        if match["two"] and (said < 32 or (number(match["one"]) or 0) < 2):
            continue  # “一加一”
        yield _slot(
            name, match, value, said, max(found), " GB", agrees=said <= max(found) * _BETTER_BY
        )


def _lengths(text: str) -> list[float]:
    """The lengths in a folded text, mm; a unit after “×” counts for what stands before it."""
    found = []
    for match in _LENGTH.finditer(text):
        said = number(match["n"])
        if said is None:
            continue
        size = {"米": 1_000, "m": 1_000, "毫米": 1, "mm": 1}.get(match["unit"], 10)
        tenths = (number(match["rest"]) or 0) / 10 if match["rest"] and size == 1_000 else 0
        found.append((said + tenths) * size)
        before = re.search(
            rf"(?<![米m])({NUMBER})\s{{0,8}}(?:乘以?|x|×|\*)\s{{0,8}}$", text[: match.start()]
        )
        other = number(before.group(1)) if before is not None else None
        if other is not None:
            found.append(other * size)
    return found


def _sides(text: str, name: str, value: str, shown: str) -> Iterator[Slot]:
    there = _lengths(shown)
    if not there:
        return
    for match in _BY.finditer(text):
        said = _lengths(match.group())
        if said and (len(there) >= 2 or len(said) == 1):
            yield _slot(
                name, match, value, max(said) / 10, max(there) / 10, " 厘米",
                agrees=max(said) <= max(there) * _BETTER_BY,
            )  # fmt: skip
    if len(there) > 1:
        return
    for match in _LENGTH.finditer(text):
        near = text[max(0, match.start() - 6) : match.end() + 6]
        if not _LONG.match(text, match.end()) or _NOT_ITS_SIZE.search(near):
            continue
        said = _lengths(match.group())
        if said:
            yield _slot(
                name, match, value, said[0] / 10, there[0] / 10, " 厘米",
                agrees=said[0] <= there[0] * _BETTER_BY,
            )  # fmt: skip


def _vintage(text: str, name: str, value: str, shown: str, year: int) -> Iterator[Slot]:
    written = re.search(r"(?:19|20)\d\d", shown)
    aged = re.search(rf"({NUMBER})\s{{0,8}}年", shown)
    if written is not None:
        age: float | None = year - int(written.group())
    else:
        age = number(aged.group(1)) if aged is not None else None
    if age is not None:
        for match in _AGED.finditer(text):
            said = number(match["n"] or match["m"])
            if said is not None and said < 1_000:
                yield _slot(name, match, value, said, age, " 年", agrees=said <= age + 1)
        for match in _YEAR_SAID.finditer(text):
            digits = match["y"].translate(str.maketrans("零〇一二三四五六七八九", "00123456789"))
            said = year - int(digits) if digits.isdecimal() else None
            if said is not None:
                yield _slot(name, match, value, said, age, " 年", agrees=said <= age + 0.5)
    spring = _SPRING.search(text)
    if spring is not None and _LATER_TEA.search(shown) and "春" not in shown:
        yield Slot(name, spring.group(), value, False, *spring.span(), "商品卡的采摘季节不同")


def _parts(text: str) -> list[tuple[re.Match[str], float]]:
    """The finenesses in a folded text, in parts of a thousand."""
    found = []
    for match in _FINE.finditer(text):
        if match["f"]:
            parts = 999.9 if match["f"] == "9999" else float(match["f"])
        else:
            parts = _FINE_WORDS.get(match["w"], _FINE_WORDS.get(match["w"].rstrip("金银"), 0))
        if parts:
            found.append((match, parts))
    return found


def _exact(found: list[tuple[re.Match[str], float]]) -> list[tuple[re.Match[str], float]]:
    """Those with a number; “足银” beside “925” says only what it is called."""
    told = [one for one in found if not (one[0]["w"] or "").startswith("足")]
    return told or found


def _fineness(text: str, name: str, value: str, shown: str) -> Iterator[Slot]:
    there = [parts for _, parts in _exact(_parts(shown))]
    if not there:
        return
    for match, parts in _exact(_parts(text)):
        if re.match("块|元|一|包邮|的价|朵|年", text[match.end() : match.end() + 2]):
            continue  # a price
        yield _slot(name, match, value, parts, max(there), "‰", agrees=parts <= max(there) + 1)


def _carat(match: re.Match[str]) -> float | None:
    if match["p"]:
        points = number(match["p"])
        return points / 100 if points is not None else None
    whole = 0.5 if match["n"] == "半" else number(match["n"])
    return None if whole is None else whole + (0.5 if match["half"] else 0)


def _carats(text: str, name: str, value: str, shown: str) -> Iterator[Slot]:
    there = [carat for match in _CARAT.finditer(shown) if (carat := _carat(match)) is not None]
    if not there:
        return
    for match in _CARAT.finditer(text):
        said = _carat(match)
        if said is not None and (match["p"] is None or re.search("钻|石|克拉|主", text)):
            agrees = said <= max(there) * _BETTER_BY
            yield _slot(name, match, value, said, max(there), " 克拉", agrees=agrees)


def _youngest(shown: str) -> float | None:
    """The least age that a card names, in months; a grown-up is 18 years old."""
    if "成人" in shown or "成年" in shown:
        return None if re.search("儿童|宝宝|婴|全年龄|通用|均可", shown) else 216.0
    match = re.search(
        r"(\d{1,12}(?:\.\d{1,12})?)\s{0,8}(?:[-~至到+]\s{0,8}\d{0,12}\s{0,8})?(个月|月|岁|周岁|\+)?",
        shown,
    )
    if match is None or "以下" in shown:
        return None
    value = float(match.group(1))
    return value if (match.group(2) or "").endswith("月") else value * 12


def _ages(text: str, name: str, value: str, shown: str) -> Iterator[Slot]:
    least = _youngest(shown)
    if least is None:
        return
    for match in _MONTHS_OLD.finditer(text):
        said = number(match["n"])
        if said is None or _DENIED.search(text[max(0, match.start() - 5) : match.start()]):
            continue
        months = said if "月" in match["unit"] else said * 12
        yield _slot(name, match, value, months, least, " 个月", agrees=months >= least)
    for match in _BABY.finditer(text):
        if _DENIED.search(text[max(0, match.start() - 5) : match.start()]):
            continue
        agrees = least <= (12 if match["who"] else 36)
        yield Slot(
            name, match.group(), value, agrees, *match.span(), "所称的年龄小于商品卡的适用年龄"
        )
