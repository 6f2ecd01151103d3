"""Numbers of licences, registrations and certificates: their shapes, and what is wrong with one.

Shapes only: that a number is well formed does not say that it was ever issued. SC numbers:
食品生产许可管理办法 (2020) 29, SC and 14 digits: 3 class of food, 6 place, 4 serial, 1 check digit by
GB/T 17710 (ISO 7064) MOD 11,10.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from detectors.match import expression as re
from detectors.match.fold import fold

__all__ = ["PROVINCES", "Fault", "Number", "fault_of", "mod_11_10", "numbers_in"]

Kind = Literal[
    "SC", "QS", "JY", "YB", "保健食品", "特殊化妆品", "普通化妆品", "医疗器械", "药品", "3C", "有机码",
]  # fmt: skip

#: The first two digits of GB/T 2260: provinces.
PROVINCES = frozenset([
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "66",
])  # fmt: skip
#: Classes of food 01–32 and of additives 01–03 (食品生产许可分类目录 2020).
_FOOD_CLASSES, _ADDITIVE_CLASSES = 32, 3

#: What a number of a kind looks like, loosely: enough to say that one is meant.
_MEANT: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("保健食品", re.compile(r"(?:国食健[注字]|食健备|卫食健字|卫进食健字)[^,;，；\s]{0,24}")),
    ("特殊化妆品", re.compile(r"国妆特[进制]?字?[^,;，；\s]{0,16}")),
    ("普通化妆品", re.compile(r"[\u4e00-\u9fff]?[a-z]?妆(?:网备字|备字|备进字)[^,;，；\s]{0,16}")),
    ("医疗器械", re.compile(r"[\u4e00-\u9fff]{1,3}械(?:注[准进许]?|备)字?[^,;，；\s]{0,18}")),
    ("药品", re.compile(r"国药准字[^,;，；\s]{0,14}")),
    ("SC", re.compile(r"(?<![a-z])sc[\s:：-]{0,20}[\d*x]{4,20}")),
    ("QS", re.compile(r"(?<![a-z])qs[\s:：-]{0,20}[\d ]{4,20}")),
    ("JY", re.compile(r"(?<![a-z])jy[\s:：-]{0,20}[\d*x]{4,20}")),
    ("YB", re.compile(r"(?<![a-z])yb[\s:：-]{0,20}[\d*x]{4,20}")),
)  # fmt: skip
#: What a number of a kind must look like, without blanks.
_SHAPE: dict[Kind, re.Pattern[str]] = {
    "保健食品": re.compile(
        r"国食健[注字][gj](?:19|20)\d{6}|食健备[gj](?:19|20)\d{10}|卫(?:进)?食健字[(\[]?\d{4}[)\]]?第?\d{3,4}号?"
    ),
    "特殊化妆品": re.compile(r"国妆特[进制]?字[gj]?(?:19|20)\d{6}"),
    "普通化妆品": re.compile(
        r"(?:[\u4e00-\u9fff]?g?妆网备字|国妆(?:网)?备(?:进)?字j?)(?:19|20)\d{6,8}"
    ),
    "医疗器械": re.compile(
        r"(?:国|[\u4e00-\u9fff]{1,2})械注[准进许](?:19|20)\d{9}|(?:国|[\u4e00-\u9fff]{1,3})械备(?:19|20)\d{6,8}号?"
        r"|[\u4e00-\u9fff]{1,3}食药监械[(][准进许][)]字(?:19|20)\d{2}第\d{7}号?"
    ),
    "药品": re.compile(r"国药准字[hzsbtfj][c]?(?:19|20)?\d{6,8}"),
    "SC": re.compile(r"sc\d{14}"),
    "JY": re.compile(r"jy[123]\d{13}"),
    "YB": re.compile(r"yb[123]\d{13}"),
    "3C": re.compile(r"(?:19|20)\d{14}|[ae]\d{6}"),
    "有机码": re.compile(r"\d{17}|\d{3}(?:op|cp)\d{7,12}(?:-\d{1,20})?"),
}
_NAMES: dict[Kind, str] = {
    "SC": "食品生产许可证编号", "QS": "旧版食品生产许可证编号", "JY": "食品经营许可证编号",
    "YB": "仅销售预包装食品备案编号", "保健食品": "保健食品批准文号", "特殊化妆品": "特殊化妆品注册证号",
    "普通化妆品": "普通化妆品备案号", "医疗器械": "医疗器械注册（备案）号", "药品": "药品批准文号",
    "3C": "强制性产品认证（3C）证书编号", "有机码": "有机码",
}  # fmt: skip


class Number(NamedTuple):
    """A number as displayed, folded and without blanks."""

    kind: Kind
    text: str

    @property
    def name(self) -> str:
        return _NAMES[self.kind]


class Fault(NamedTuple):
    """What is wrong with a number, and how sure that is."""

    why: str
    certain: bool
    """False: only the check digit differs, which one misread digit explains."""


def numbers_in(text: str) -> list[Number]:
    """The numbers that a displayed text means to give.

    >>> [n.text for n in numbers_in("生产许可证 SC 1063 3010 6000 23")]
    ['sc10633010600023']
    """
    folded = re.sub(r"(?<=[\da-z])[ \-](?=\d)", "", fold(text).text.replace(" ", ""))
    found = []
    for kind, pattern in _MEANT:
        found += [
            Number(kind, re.sub(r"[\s:：-]", "", match.group()))
            for match in pattern.finditer(folded)
        ]
    return found


def fault_of(kind: Kind, text: str) -> Fault | None:
    """What is wrong with the shape of a number; ``None``: nothing that can be seen.

    >>> fault_of("SC", "sc1063301060002").why
    '应为 SC 加 14 位数字，实为 13 位'
    """
    plain = re.sub(r"[\s:：-]", "", fold(text).text)
    if "*" in plain or "xx" in plain:
        return None  # Partly covered: nothing can be told.
    if kind == "QS":
        return Fault("QS 标志自 2018 年 10 月 1 日起停用", certain=True)
    if kind in ("SC", "JY", "YB"):
        digits = plain[2:]
        if not digits.isdecimal() or len(digits) != 14:
            return Fault(f"应为 {kind} 加 14 位数字，实为 {len(digits)} 位", certain=True)
    if kind == "SC":
        return _sc_fault(plain[2:])
    if kind not in _SHAPE or _SHAPE[kind].fullmatch(plain):
        return None
    return Fault("不符合该类编号的格式", certain=True)


def _sc_fault(digits: str) -> Fault | None:
    area, food_class = digits[0], int(digits[1:3])
    most = {"1": _FOOD_CLASSES, "2": _ADDITIVE_CLASSES}.get(area, 0)
    if not 1 <= food_class <= most:
        return Fault(f"前三位 {digits[:3]} 不是食品（添加剂）类别编码", certain=True)
    if digits[3:5] not in PROVINCES:
        return Fault(f"第四、五位 {digits[3:5]} 不是省级行政区划代码", certain=True)
    if len(set(digits[3:])) == 1:
        return Fault("地区码与顺序码为同一数字", certain=True)
    if mod_11_10(digits[:13]) != int(digits[13]):
        return Fault(f"校验码应为 {mod_11_10(digits[:13])}，实为 {digits[13]}", certain=False)
    return None


def mod_11_10(digits: str) -> int:
    """The check digit of a string of digits by GB/T 17710 (ISO 7064) MOD 11,10.

    >>> mod_11_10("0794")
    5
    """
    rest = 10
    for digit in digits:
        total = (rest + int(digit)) % 10 or 10
        rest = total * 2 % 11
    return (11 - rest) % 10
