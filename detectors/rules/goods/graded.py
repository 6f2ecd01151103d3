"""Attributes that have an order or a number of their own: grade, standard, shelf life, as slots."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.dates import shelf_life
from detectors.match.fold import fold

__all__ = ["Slot", "graded"]

_STANDARD = re.compile(
    r"(?:gb|q/|ny|sb|qb|fz|ls|lf|gh|t/|db)[a-z]{0,5}\s{0,8}/?\s{0,8}(?:t|z)?\s{0,8}[a-z0-9.]{0,12}?\d{2,12}(?:\.\d{1,12})?"
)
_SUGARLESS = re.compile(
    "(?:无|零|0)(?:蔗)?糖|(?:一点|半点|一克)?糖都(?:不|没)(?:放|加|有)|(?:不|没)放糖|不含(?:蔗)?糖|没有(?:一点)?糖|一点糖都没有|没加糖|不加糖|无蔗糖"
)
_SUGAR_CONTENT = re.compile("^(?:糖|含糖量|糖含量|总糖|添加糖|蔗糖含量)$")
_CANE = re.compile("白砂糖|(?<!三氯)蔗糖|冰糖|红糖|绵白糖|赤砂糖|黑糖")
_SUGAR = re.compile("白砂糖|蔗糖|果葡糖浆|葡萄糖浆|麦芽糖浆|冰糖|红糖|绵白糖|食用葡萄糖")
#: Juice of nothing but fruit, and what shows that it is not.
_PRESSED = re.compile(
    "(?:百分(?:之)?百|100%|纯)[^,。!?]{0,2}(?:鲜榨|现榨|果汁|原汁|橙汁|苹果汁|葡萄汁|石榴汁|沙棘汁)|(?:鲜榨|现榨)的?[^,。!?]{0,3}(?:汁|百分(?:之)?百)|一滴水(?:都|也)(?:没|不)(?:有)?(?:加|兑|掺)"
)
_THINNED = re.compile(
    "(?:^|[,、:;])(?:饮用|纯净|生活饮用)?水(?:[,、;(]|$)|浓缩[^,、;]{0,6}汁|白砂糖|果葡糖浆|香精"
)
#: “能放一个月”, “放半年都不坏”
_KEPT = re.compile(
    "(?:能|可以|可|够)(?:放|存|保存|存放|搁|留|囤)[^,。!?]{0,4}(?:年|月|天|周|星期)|(?:放|存|保存|存放|搁|囤)(?:个|上|它个)?[^,。!?]{1,4}(?:年|个?月|天|周|星期)(?:都|也|照样)?(?:没问题|没事|不坏|不会坏|不变质|不变味|能吃|好好的)"
)
_NO_MATTER = re.compile("不能放|放不了|放不住|不要放|别放|开封|冷藏|冰箱")
_NO = re.compile("否|不是|不(?:支持)?.{0,3}|无|没有|非.{1,3}")
_NEGATED = re.compile("(?:不|没|非|无|别|没有|不是|不能)$")
_GRADES = (
    "特级",
    "优级",
    "优等品",
    "一级",
    "一等品",
    "二级",
    "二等品",
    "合格品",
    "三级",
    "三等品",
    "四级",
)
_RANK = {
    "特级": 0,
    "优级": 1,
    "优等品": 1,
    "一级": 1,
    "一等品": 1,
    "二级": 2,
    "二等品": 2,
    "合格品": 3,
    "三级": 3,
    "三等品": 3,
    "四级": 4,
}
_GRADE = re.compile(
    "(?:质量|产品|品质|等级)?(?:等级)?(?:是|为|达到|属于)?(?P<grade>" + "|".join(_GRADES) + ")"
)
_SAFETY = re.compile(r"(?P<class>[abc])\s{0,8}类")


class Slot(NamedTuple):
    """An attribute as spoken and as shown; half-open offsets in the folded speech."""

    attribute: str
    spoken: str
    shown: str
    agrees: bool
    start: int
    end: int
    why: str = ""
    numbers: tuple[tuple[str, float], ...] = ()


def graded(text: str, card: Product) -> Iterator[Slot]:
    """Shelf life, standard and grade, where both the (folded) text and the card tell them."""
    yield from _shelf(text, card)
    yield from _standards(text, card)
    yield from _grades(text, card)
    yield from _sugar(text, card)
    yield from _juice(text, card)
    yield from _denied(text, card)


def _sugar(text: str, card: Product) -> Iterator[Slot]:
    """“无糖” against a list of ingredients with sugar in it."""
    match = _SUGARLESS.search(text)
    content = next(
        (value for name, value in (card.attributes or {}).items() if _SUGAR_CONTENT.search(name)),
        "",
    )
    grams = re.search(r"\d{1,12}(?:\.\d{1,12})?", content)
    # 0.5 g in 100: what GB 28050 calls free of sugar.
    cane = match is not None and "蔗" in match.group()
    if match is not None and not cane and grams is not None and float(grams.group()) > 0.5:
        yield Slot(
            "含糖量", match.group(), content, False, match.start(), match.end(), "商品卡写明有糖"
        )
    shown = said(card, "配料")
    sugar = _CANE if cane else _SUGAR
    if match is not None and shown and sugar.search(shown):
        yield Slot(
            "配料", match.group(), shown, False, match.start(), match.end(), "商品卡的配料里有糖"
        )


def _juice(text: str, card: Product) -> Iterator[Slot]:
    """“百分百鲜榨” against a list of ingredients with water, concentrate or sugar in it."""
    match = _PRESSED.search(text)
    shown = said(card, "配料")
    if match is not None and shown and _THINNED.search(fold(shown).text):
        yield Slot(
            "配料", match.group(), shown, False, match.start(), match.end(), "商品卡的配料里有水、浓缩汁或糖"
        )  # fmt: skip


def _denied(text: str, card: Product) -> Iterator[Slot]:
    """What the card says that it is not or has not: {防水: 否}."""
    for name, shown in (card.attributes or {}).items():
        if _NO.fullmatch(shown.strip()) is None:
            continue
        word = fold(name).text.removeprefix("是否支持").removeprefix("是否").removeprefix("能否")
        if len(word) < 2 or word in ("赠品", "品牌", "厂名", "厂址", "认证"):
            continue
        place = text.find(word)
        if place >= 0 and not _NEGATED.search(text[max(0, place - 3) : place]):
            yield Slot(name, word, shown, False, place, place + len(word), "商品卡写明没有或不是")


def _shelf(text: str, card: Product) -> Iterator[Slot]:
    shown = said(card, "保质期")
    kept = _KEPT.search(text)
    place = text.find("保质期")
    if not shown:
        return
    if place < 0:
        if kept is None or ("冻" in text and "冻" not in shown) or _NO_MATTER.search(text):
            return
        place = kept.start()
    end = min((at for mark in ",。!?" if (at := text.find(mark, place + 4)) > 0), default=len(text))
    spoken, on_card = shelf_life(text[place:end]), shelf_life(fold(shown).text)
    if spoken is None or on_card is None:
        return
    agrees = spoken.longest_days <= on_card.longest_days * 1.05
    yield Slot(
        "保质期", text[place:end], shown, agrees, place, end, "所称的保质期更长",
        (("spoken_days", spoken.longest_days), ("shown_days", on_card.longest_days)),
    )  # fmt: skip


def _standards(text: str, card: Product) -> Iterator[Slot]:
    shown = said(card, "执行标准")
    on_card = {_number_of(one) for one in _STANDARD.findall(fold(shown).text)} if shown else set()
    if not on_card or "标准" not in text:
        return
    for match in _STANDARD.finditer(text):
        yield Slot(
            "执行标准", match.group(), shown, _number_of(match.group()) in on_card, match.start(), match.end(),
            "标准号不同",
        )  # fmt: skip


def _number_of(standard: str) -> str:
    return "".join(re.findall(r"\d{1,12}(?:\.\d{1,12})?", standard)[:1])


def _grades(text: str, card: Product) -> Iterator[Slot]:
    shown = said(card, "等级")
    on_card = [grade for grade in _GRADES if grade in shown]
    if on_card:
        for match in _GRADE.finditer(text):
            grade = match["grade"]
            if text[match.end() : match.end() + 1] in ("能", "会", "市", "响", "战", "防"):
                continue
            agrees = _RANK[grade] >= min(_RANK[one] for one in on_card)
            yield Slot("等级", grade, shown, agrees, match.start(), match.end(), "所称的等级更高")
    shown = said(card, "安全类别")
    if shown:
        on_card = [match["class"] for match in _SAFETY.finditer(fold(shown).text)]
        for match in _SAFETY.finditer(text):
            if on_card:
                agrees = match["class"] >= min(on_card)
                yield Slot(
                    "安全类别",
                    match.group(),
                    shown,
                    agrees,
                    match.start(),
                    match.end(),
                    "所称的类别更高",
                )
    shown = next((value for name, value in (card.attributes or {}).items() if "能效" in name), "")
    on_card = [grade for grade in _GRADES if grade in shown]
    if on_card and "能效" in text:
        for match in re.finditer(
            "([一二三四]级)(?:的)?能效|能效(?:等级)?(?:是)?([一二三四]级)", text
        ):
            grade = match[1] or match[2]
            agrees = _RANK[grade] >= min(_RANK[one] for one in on_card)
            yield Slot(
                "能效等级", grade, shown, agrees, match.start(), match.end(), "所称的等级更高"
            )
