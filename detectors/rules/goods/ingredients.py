"""What is said to be in food, and not to be in it, against the list of ingredients of its card.

“纯牛肉做的” against 猪肉、鸡肉、淀粉; “没有任何添加剂” against 卡拉胶、山梨酸钾; “一点白面没掺” against 荞麦粉、小麦粉.
"""

from __future__ import annotations

from collections.abc import Iterator

from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.rules.goods.graded import Slot

__all__ = ["ingredients"]

#: What is denied, and the ingredients that are of that kind.
_DENIED: tuple[tuple[str, str], ...] = (
    (
        "添加剂|食品添加剂|化学添加|科技与狠活|乱七八糟的东西",
        "山梨酸|苯甲酸|脱氢乙酸|卡拉胶|黄原胶|瓜尔胶|甜蜜素|安赛蜜|阿斯巴甜|三氯蔗糖|糖精|食用香精|食品用香精|色素|柠檬黄|胭脂红|日落黄|焦糖色|亮蓝|诱惑红|谷氨酸钠|呈味核苷酸|焦磷酸|磷酸(?:盐|酯)|三聚磷|碳酸氢|食品添加剂|单甘|双甘|羧甲基|亚硝酸|增稠剂|乳化剂|膨松剂|抗氧化剂|酸度调节剂|柠檬酸|防腐剂|甜味剂|着色剂|水分保持剂|护色剂|d-异抗坏血酸|特丁基|结冷胶|纳他霉素|乳酸链球菌素",
    ),
    ("防腐剂|防腐", "山梨酸|苯甲酸|脱氢乙酸|防腐剂|纳他霉素|乳酸链球菌素|双乙酸钠|丙酸钙|亚硝酸|对羟基苯甲酸"),
    ("香精|香料|香味剂", "香精|食用香料|食品用香料|香兰素|麦芽酚"),
    ("色素|染色|着色", "色素|柠檬黄|胭脂红|日落黄|焦糖色|亮蓝|诱惑红|着色剂|红曲红|栀子黄|姜黄素|叶绿素铜"),
    ("甜味剂|代糖|糖精", "甜蜜素|安赛蜜|阿斯巴甜|三氯蔗糖|糖精钠|甜菊糖苷|赤藓糖醇|木糖醇|麦芽糖醇|甜味剂|罗汉果甜苷"),
    ("植脂末|奶精|反式脂肪|氢化", "植脂末|奶精|氢化|植物奶油|人造奶油|起酥油"),
    ("味精|鸡精|增味剂", "味精|谷氨酸钠|鸡精|呈味核苷酸|肌苷酸|鸟苷酸|增味剂|酵母抽提物"),
    ("(?<![乳血控戒果软喜萄芽])糖(?!精|尿|果|醇|友|分)", "白砂糖|蔗糖|果葡糖浆|葡萄糖浆|麦芽糖浆|冰糖|红糖|绵白糖|食用葡萄糖|葡萄糖|玉米糖浆|果糖|赤砂糖"),
    ("淀粉|面粉|白面|小麦粉|玉米面|面(?=没|都没|也没)", "淀粉|小麦粉|面粉|木薯粉|玉米粉|预拌粉|米粉"),
    ("盐(?!焗)", "食用盐|食盐|海盐|精制盐|(?:^|[,、])盐"),
    ("(?<=[加兑掺滴])水(?!果|分|平|洗)", "(?:^|[,、:;])(?:饮用|纯净|生活饮用|深层)?水(?:[,、;(]|$)"),
    ("油(?!炸|腻|条)", "植物油|棕榈油|大豆油|起酥油|食用油|菜籽油|葵花籽油|调和油|精炼"),
    ("酒精|乙醇", "酒精|乙醇"),
    ("激素", "雌二醇|泼尼松|地塞米松|倍他米松"),
    ("奶粉|复原乳", "奶粉|乳粉|复原乳"),
)  # fmt: skip
_NONE = "(?:没有?|不|未|零|0|无)(?:有|添加|加|放|掺|含|兑)?(?:过|进|进去|了|任何|什么|啥|一点|一丁点|一滴|半点|半滴|一克|一粒|其他|别的|这些|那些|那种|的){0,6}"
_AFTER_NONE = "(?:白砂?|蔗|化学|人工|合成|食用|工业|多余的?|额外的?|其它)?"
_DENIALS = tuple(
    (
        re.compile(
            f"{_NONE}{_AFTER_NONE}(?:{words})|"
            f"(?:{words})(?:都|也|是|一点|一滴){{0,6}}(?:没有?|不|未|零)(?:加|放|掺|含|兑|添加)(?:过|的)?|"
            f"(?:一点|半点|一滴|一丁点|一克|一粒|任何|什么|啥|半滴)(?:{words})(?:都|也)(?:没有?|不|未)"
        ),
        re.compile(found),
    )
    for words, found in _DENIED
)
#: Of nothing but this, and what shows that there is something else.
_PURE: tuple[tuple[str, str], ...] = (
    ("牛肉", "猪肉|鸡肉|鸭肉|鸡胸|淀粉|大豆蛋白|马肉|小麦粉"),
    ("羊肉", "猪肉|鸡肉|鸭肉|淀粉|大豆蛋白|牛肉"),
    ("猪肉|鲜肉|黑猪肉", "鸡肉|鸭肉|淀粉|大豆蛋白"),
    ("虾仁|虾肉|虾", "鱼糜|淀粉|鸡肉|猪肉|小麦粉"),
    ("鱼肉|鱼", "淀粉|鸡肉|猪肉|小麦粉|大豆蛋白"),
    ("荞麦|青稞|燕麦|全麦|黑麦|藜麦|玉米|高粱|红薯|小米|糯米|黑米|杂粮", "小麦粉|面粉|高筋粉|淀粉|木薯"),
    ("藕粉|葛根粉?|莲藕|山药|马铃薯|绿豆|豌豆|蕨根", "淀粉|木薯|麦芽糊精|白砂糖"),
    ("花生油?|芝麻油?|橄榄油?|山茶籽?油?|菜籽油?|核桃油?|亚麻籽油?|牛油果油", "大豆油|棕榈油|葵花籽?油|玉米油|调和|植物油"),
    ("蜂蜜|蜜", "果葡|糖浆|白砂糖|葡萄糖"),
    ("牛奶|生牛乳|鲜奶|羊奶|羊乳|驼奶|水牛奶|牦牛奶", "(?:^|[,、:;])(?:饮用)?水|奶粉|乳粉|植脂末|麦芽糊精|乳清粉"),
    ("动物奶油|稀奶油|黄油|可可脂", "植物油|氢化|代可可|植脂|人造奶油|起酥油"),
    ("果汁|果肉|橙汁|苹果汁|葡萄汁|椰子?[水汁]|椰乳|水果|原浆|nfc", "(?:^|[,、:;])(?:饮用|纯净)?水(?:[,、;(]|$)|浓缩|白砂糖|果葡|香精"),
    ("粮食?|固态|高粱", "食用酒精|香精|甜蜜素"),
    ("可可|黑巧", "代可可|白砂糖"),
)  # fmt: skip
_PURES = tuple(
    (
        re.compile(
            f"(?:百分(?:之)?百|100%|百分之一百)(?:的|是|都是|纯){{0,6}}(?:{words})(?!味|风味|肠|丸|口味)|(?<![清单])纯(?:正|天然|的|手工)?(?:{words})(?!味|风味|口味|净|度|色)|(?:全|都|净|就)是(?:纯)?(?:{words})(?:做|打|磨|榨|压|熬|的)|(?:只有|就只有|只用|除了)(?:{words})(?!味)[^,。!?]{{0,4}}(?:别的|其他|什么)?(?:都|也)?(?:没|,|。|$|做)"
        ),
        re.compile(found),
    )
    for words, found in _PURE
)
_ASKED = re.compile("[吗么]$|有没有|是不是|含不含")


def ingredients(text: str, card: Product) -> Iterator[Slot]:
    """What a folded text says is in the food alone, or not in it, and the card's list says is."""
    shown = said(card, "配料")
    if not shown:
        return
    listed = fold(shown).text
    for pattern, found in _DENIALS:
        there = found.search(listed)
        match = pattern.search(text) if there is not None else None
        if match is not None and there is not None and not _ASKED.search(text[: match.end() + 2]):
            yield Slot(
                "配料", match.group(), shown, False, *match.span(), f"商品卡的配料里有“{there.group().strip(',、:;(')}”"
            )  # fmt: skip
            return
    for pattern, found in _PURES:
        there = found.search(listed)
        match = pattern.search(text) if there is not None else None
        if match is not None and there is not None:
            yield Slot(
                "配料", match.group(), shown, False, *match.span(), f"商品卡的配料里有“{there.group().strip(',、:;(')}”"
            )  # fmt: skip
            return
