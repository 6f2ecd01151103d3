"""Titles that contradict themselves: “100%纯山羊绒大衣 面料成分：聚酯纤维80% 羊毛20%”, “原切牛排 调理拼接”."""

from __future__ import annotations

from functools import lru_cache

from detectors.match import expression as re
from detectors.rules.goods.materials import materials, related

__all__ = ["contradicted_title"]

#: Where a title begins to tell what the goods are made of.
_COMPOSITION = re.compile(
    "(?:面料|材质|主要|里料|填充物?|成分|材料|鞋面|皮质|填充)?(?:成分|材质|含量|面料|填充物|材料)[:是为 ]"
)
#: Named one way, told to be the other: of the same goods they exclude each other.
_OPPOSITES: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (re.compile("原切|整切|原肉整切"), re.compile("拼接|合成|重组|调理(?:牛|羊|肉|拼)|腌制|滚揉|卡拉胶|碎肉"), "原切"),
    (
        re.compile("天然(?:翡翠|和田|玉|水晶|宝石|钻|蜜蜡|琥珀|绿松|红宝|蓝宝|祖母绿|珍珠)|a货|无优化|纯天然"),
        re.compile("b货|c货|b\\+c|酸洗|注胶|充胶|优化处理|合成(?!金)|压制|再造|玻璃充填|树脂|仿(?:翡翠|玉|水晶)"),
        "处理",
    ),
    (re.compile("全新(?:未拆封|原封|正品|机|未激活)"), re.compile("翻新|官翻|拆机|样机|展示机|返修|成色"), "成色"),
)  # fmt: skip
#: Two kinds in one link, or the one told to be none of the other.
_SEVERAL = re.compile(
    "可选|任选|二选一|多款|两款|或者|/|不是|非|无(?:拼接|合成|注胶|添加)|拒绝|0(?:拼接|合成)"
)


#: Cards are shown again and again, with the titles that they had.
@lru_cache(maxsize=2_048)
def contradicted_title(title: str) -> tuple[str, str, str] | None:
    """What a folded title names, what it says there is instead, and of what; ``None``: no contradiction.

    >>> contradicted_title("100%羊绒大衣 面料成分:聚酯纤维80% 羊毛20%")
    ('100%羊绒', '聚酯纤维80% 羊毛20%', '材质')
    >>> contradicted_title("羊毛混纺大衣 面料成分:聚酯纤维80% 羊毛20%")
    """
    if _SEVERAL.search(title):
        return None
    split = _COMPOSITION.search(title)
    if split is not None and split.start() >= 3:
        head, tail = title[: split.start()], title[split.end() :]
        told = materials(tail, shown=True)
        for named in materials(head):
            family = [one for one in told if one.path[0] == named.path[0]]
            same = [one for one in told if related(one.path, named.path)]
            blended = named.share == 100 and any(
                one.share is not None and one.share < 95 for one in same
            )
            if named.part or not family or "混纺" in head or "仿" in head:
                continue
            if not same or blended:
                return head[named.start : named.end], tail[family[0].start : family[-1].end], "材质"
    for named_as, told_as, concept in _OPPOSITES:
        one, other = named_as.search(title), told_as.search(title)
        if one is not None and other is not None:
            return one.group(), other.group(), concept
    return None
