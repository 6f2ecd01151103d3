"""`food-label-missing`: items of the label of prepackaged food that were observed to be absent.

食安法 67 names nine; 125(2), and for blemishes (瑕疵) a correction only. An item that was not seen
is unknown. Loose food, imports with a Chinese label of their own, and what needs no shelf life
(salt, sugar, vinegar, spirits: GB 7718) are exempt.
"""

from __future__ import annotations

from detectors.alerts import Exemption, Level, unmet
from detectors.claims.framed import FramedRule
from detectors.events import Product
from detectors.facts.cards.labels import absent_items, said
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, rule
from detectors.rules.food.foods import FOOD, is_food, is_imported, is_loose, is_produce, words_of
from detectors.speech.utterance import Utterance

__all__ = ["FoodLabelMissing"]

_REGISTERED = phrasing("food", "workshop-registered")
#: Items whose lack touches the safety of food or misleads.
_ITEMS = ("名称", "净含量", "生产日期", "配料", "厂名", "厂址", "保质期", "执行标准", "生产许可证")
#: Items whose lack is a blemish where nothing else is missing.
_MINOR = ("联系方式", "贮存条件", "添加剂")
_KEEPS = phrasing("food", "keeps")


@rule
class FoodLabelMissing(FramedRule):
    id = "food-label-missing"

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        return ctx.room.category(utterance.sku) in FOOD and utterance.speaker != "card"

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or card.attributes is None or not is_food(card):
            return
        if card.status == "removed":
            return
        absent, minor = _lacked(card), absent_items(card, _MINOR)
        if not absent and not minor:
            return
        for clause, why in (
            ("散装、现制食品", is_loose(card)),
            ("进口食品另有中文标签", is_imported(card)),
            ("食用农产品", is_produce(card)),
        ):
            if why is not None:
                return ctx.decline("exempt", event.sku, f"{clause}：{why}")
        blank = not card.attributes
        level: Level = "info" if not absent else "watch" if blank else "lead"
        items = absent or minor
        if blank:
            reason = "商品页没有展示任何标签信息：名称、净含量、生产日期、配料、生产者、保质期、标准、许可证编号均未见。"
        else:
            reason = f"预包装食品的商品卡上未见标签事项 {len(items)} 项：{'、'.join(items)}。"
        ctx.raise_alert(
            Finding(
                subject=event.sku,
                subject_title=ctx.room.title_of(event.sku),
                level=level,
                because=["blank"] if blank else [],
                title="商品卡未见食品标签事项",
                reason=reason,
                trigger=[card],
                hit="label:" + ",".join(items),
                numbers={"absent": len(items), "items": "、".join(items)},
                exemptions=[
                    unmet("散装、现制食品", "未见散装、称重、现制的说明"),
                    unmet("进口食品另有中文标签", "未见进口、境外产地的说明"),
                    Exemption(
                        clause="食安法第一百二十五条第二款（瑕疵）", met=not absent,
                        why="只缺不影响食品安全的事项" if not absent else "所缺事项不限于不影响食品安全的各项",
                    ),
                ],
                missing=["实物标签照片（商品卡不等于标签）"],
            )
        )  # fmt: skip
        return None


def _lacked(card: Product) -> list[str]:
    """The items that were observed to be absent from a card and have to be on the label."""
    absent = absent_items(card, _ITEMS)
    if "规格" in absent_items(card, ("规格",)) and "净含量" in absent:
        absent.insert(absent.index("净含量") + 1, "规格")
    if "保质期" in absent and (said(card, "到期日") or _KEEPS.search(card.title or "")):
        absent.remove("保质期")
    if "生产许可证" in absent and _registered(card):
        absent.remove("生产许可证")
    return absent


def _registered(card: Product) -> bool:
    """Has a small workshop its registration instead of a production licence (食安法 36)?"""
    return _REGISTERED.search(words_of(card)) is not None
