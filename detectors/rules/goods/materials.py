"""Materials and their shares, as spoken and as displayed: “百分之九十羊毛”, “棉60% 聚酯纤维40%”."""

from __future__ import annotations

from typing import NamedTuple

from detectors.match import expression as re
from detectors.match.amounts import number
from detectors.match.phrasing import phrasing

__all__ = ["Material", "materials", "related"]

#: Families of materials: within one, another material is a contradiction. Paths go from the wide
#: to the narrow name; words that mean the same have the same path.
_TABLE: dict[str, str] = {
    "纤维/棉": "棉 纯棉 全棉 长绒棉 新疆棉 精梳棉 新疆长绒棉 匹马棉 有机棉",
    "纤维/羊毛": "羊毛 绵羊毛 美丽诺 澳毛 纯羊毛",
    "纤维/羊绒": "羊绒 山羊绒 纯羊绒 开司米",
    "纤维/驼绒": "驼绒 驼毛", "纤维/兔毛": "兔毛", "纤维/马海毛": "马海毛", "纤维/牦牛绒": "牦牛绒",
    "纤维/丝/桑蚕丝": "桑蚕丝 真丝 纯桑蚕丝 纯真丝 重磅真丝", "纤维/丝": "蚕丝", "纤维/丝/柞蚕丝": "柞蚕丝",
    "纤维/麻/亚麻": "亚麻 纯亚麻", "纤维/麻/苎麻": "苎麻", "纤维/麻": "纯麻",
    "纤维/聚酯": "聚酯纤维 涤纶 聚酯 的确良", "纤维/锦纶": "锦纶 尼龙 聚酰胺纤维", "纤维/腈纶": "腈纶 聚丙烯腈纤维",
    "纤维/氨纶": "氨纶 聚氨酯弹性纤维", "纤维/粘胶": "粘胶纤维 粘纤 人造棉 人棉 再生纤维素纤维 竹纤维", "纤维/莫代尔": "莫代尔 莫代尔纤维",
    "纤维/莱赛尔": "莱赛尔 天丝 莱赛尔纤维", "纤维/醋酸": "醋酸 醋酸纤维 三醋酸",
    "绒/鹅绒/白鹅绒": "白鹅绒", "绒/鹅绒/灰鹅绒": "灰鹅绒", "绒/鹅绒": "鹅绒", "绒/鸭绒/白鸭绒": "白鸭绒", "绒/鸭绒/灰鸭绒": "灰鸭绒",
    "绒/鸭绒": "鸭绒", "绒": "羽绒", "绒/羽丝绒": "羽丝绒 丝绵 仿羽绒 太空棉 喷胶棉 珍珠棉",
    "皮/真皮": "真皮", "皮/真皮/牛皮/头层": "头层牛皮 头层黄牛皮 头层小牛皮 头层皮", "皮/真皮/牛皮/二层": "二层牛皮 二层皮 剖层牛皮", "皮/真皮/牛皮": "牛皮 小牛皮 黄牛皮 水牛皮",
    "皮/真皮/羊皮": "羊皮 绵羊皮 山羊皮 小羊皮", "皮/真皮/猪皮": "猪皮", "皮/真皮/鹿皮": "鹿皮", "皮/真皮/鳄鱼皮": "鳄鱼皮", "皮/真皮/貂皮": "貂皮 水貂 貂毛 水貂毛",
    "皮/真皮/兔毛皮": "獭兔 獭兔毛", "皮/真皮/狐狸毛": "狐狸毛",
    "皮/人造革": "pu pu革 pu皮 人造革 合成革 仿皮 超纤 超纤皮 pvc革 人造皮革 环保皮 西皮 仿皮草 人造毛",
    "木/实木/红木": "红木 紫檀 大叶紫檀 小叶紫檀 花梨 黄花梨 酸枝 鸡翅木", "木/实木/橡木": "橡木 白橡木 红橡木", "木/实木/橡胶木": "橡胶木", "木/实木/胡桃木": "胡桃木 黑胡桃",
    "木/实木/榉木": "榉木", "木/实木/松木": "松木", "木/实木/樱桃木": "樱桃木", "木/实木": "实木 纯实木 全实木 原木",
    "木/人造板": "密度板 颗粒板 人造板 中纤板 刨花板 贴皮 木皮贴面 三聚氰胺板 多层板 生态板",
    "钢/316": "三一六 316 316l 316不锈钢 316l不锈钢", "钢/304": "三零四 304 304不锈钢", "钢/201": "二零一 201 201不锈钢", "钢": "不锈钢",
    "贵金属/金": "足金 纯金 千足金 黄金 足金999 万足金 真金", "贵金属/银": "足银 纯银 925银 s925 999银 足银999 银925", "贵金属/k金": "18k金 14k金 k金 18k 14k",
    "贵金属/铂": "铂金 铂 pt950", "贵金属/镀": "镀金 铜镀金 合金 黄铜 铜 包金 镀银 铜镀银 白铜 锌合金 沙金",
    "玉石/翡翠": "翡翠", "玉石/和田玉": "和田玉 羊脂玉", "玉石/岫玉": "岫玉 岫岩玉", "玉石/玻璃": "玻璃 琉璃 人造水晶", "玉石/水晶": "天然水晶 水晶", "玉石/石英岩": "石英岩 石英岩玉 玉髓 东陵玉",
    "玉石/珍珠": "珍珠 淡水珍珠 海水珍珠 天然珍珠", "玉石/仿珍珠": "仿珍珠 贝珠 塑料珠",
    "乳胶/天然": "天然乳胶 乳胶", "乳胶/海绵": "海绵 记忆棉 聚氨酯 合成乳胶 高回弹海绵",
}  # fmt: skip
_PATHS: dict[str, tuple[str, ...]] = {
    word: tuple(path.split("/")) for path, words in _TABLE.items() for word in words.split()
}
_WORDS = "|".join(sorted(map(re.escape, _PATHS), key=len, reverse=True))
_SHARE = r"(?P<{0}>\d{{1,12}}(?:\.\d{{1,12}})?)\s{{0,8}}%|百分之(?P<{0}w>百|[一二三四五六七八九十零百点\d]{{1,12}})|(?P<{0}c>[一二三四五六七八九])成(?P<{0}d>[一二三四五六七八九])?(?!新)|(?P<{0}all>百分百)"
_MATERIAL = re.compile(
    rf"(?:(?:{_SHARE.format('b')})\s{{0,8}}(?:的|是|为|都是)?\s{{0,8}})?(?P<pure>纯|全|100%)?(?P<word>{_WORDS})"
    rf"(?:(?:的)?(?:含量|占比|成分|占|含|比例)?(?:是|为|有|做到了?|做|高达|达到?|占|在|才|只有|仅|只占|就)?\s{{0,8}}(?:{_SHARE.format('a')}))?"
)
#: What is like a material, or named after it, is not made of it.
_SIMILE = phrasing("cards", "likened-behind")
_SIMILE_BEFORE = phrasing("cards", "likened-before")
_PART = phrasing("cards", "part")


class Material(NamedTuple):
    """A material named in a text; half-open offsets."""

    word: str
    path: tuple[str, ...]
    share: float | None
    """Per cent; ``None``: not said."""
    start: int
    end: int
    part: bool = False
    """Said of a part (lining, handle) only."""


def materials(text: str, *, shown: bool = False) -> list[Material]:
    """The materials in folded text; `shown`: the text is a displayed composition, not speech.

    >>> [(m.word, m.share) for m in materials("棉60% 聚酯纤维40%", shown=True)]
    [('棉', 60.0), ('聚酯纤维', 40.0)]
    >>> [(m.word, m.share) for m in materials("百分之九十羊毛的，里面纯棉")]
    [('羊毛', 90.0), ('棉', 100.0)]
    >>> materials("羊绒手感，奶白色")
    []
    """
    found = []
    for match in _MATERIAL.finditer(text):
        word = match["word"]
        if not shown:
            at = match.start("word")
            if _SIMILE.match(text[match.end("word") :]) or _SIMILE_BEFORE.search(
                text[max(0, at - 3) : match.start()]
            ):
                continue
        share = _share(match, "a")
        if share is None:
            share = _share(match, "b")
        if share is None and (match["pure"] or word.startswith(("纯", "全", "足", "千足", "万足"))):
            share = 100.0
        part = bool(_PART.search(text[max(0, match.start() - 10) : match.start()]))
        found.append(Material(word, _PATHS[word], share, match.start(), match.end(), part))
    return found


def _share(match: re.Match[str], name: str) -> float | None:
    if match[name]:
        return float(match[name])
    if match[f"{name}all"]:
        return 100.0
    if match[f"{name}w"]:
        words = match[f"{name}w"]
        return 100.0 if words == "百" else number(words)
    if match[f"{name}c"]:
        tens = number(match[f"{name}c"]) or 0.0
        return tens * 10 + (number(match[f"{name}d"] or "零") or 0.0)
    return None


def related(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """May two names mean the same material, one being perhaps only the wider name?"""
    return all(first == second for first, second in zip(one, other, strict=False))
