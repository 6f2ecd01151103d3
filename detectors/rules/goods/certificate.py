"""`cert-false`: certificates and licence numbers that are malformed, of another class, absent, or only said.

产质法 38 and 53. What sellers say is frames of the pack; what is here reads numbers and cards. At most
watched: that a number is well formed does not say that it was issued, and one misread digit explains
a wrong check digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from detectors.alerts import undecided, unmet
from detectors.claims.framed import FramedRule
from detectors.events import Category, Product
from detectors.facts.cards.labels import said, shown
from detectors.facts.identity.licences import Kind as NumberKind
from detectors.facts.identity.licences import fault_of, numbers_in
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["CertFalse"]

#: Registrations that a class of goods must have, and those that belong to other classes.
_OWN: dict[Category, NumberKind] = {
    "health_food": "保健食品", "special_cosmetics": "特殊化妆品", "medical_device": "医疗器械", "drug": "药品",
}  # fmt: skip
_OTHERS: dict[Category, frozenset[NumberKind]] = {
    "food": frozenset({"特殊化妆品", "普通化妆品", "医疗器械", "药品"}),
    "infant_food": frozenset({"特殊化妆品", "普通化妆品", "医疗器械", "药品"}),
    "cosmetics": frozenset({"保健食品", "医疗器械", "药品", "SC"}),
    "home": frozenset({"药品", "保健食品"}),
}  # fmt: skip
#: Slots of what goods are said to have, and the item by which their card shows it.
_ITEMS = {
    "registration": "批准文号", "organic": "有机码", "compulsory_mark": "3C", "licence": "生产许可证",
}  # fmt: skip
#: The frames of a certification by its name alone, and of a number that is read out.
_NAMED, _READ_OUT = "scheme-named", "number-read-out"
#: Fewer digits than any registration has (国食健字, 国妆特字, 国药准字: eight at least).
_FEWEST_DIGITS = 8
_READ = re.compile("[0-9一二三四五六七八九〇零]")
_MASKED = re.compile(r"[a-z\d][*×x＊●•]{2,20}[a-z\d]{0,20}", re.I)
_SC = re.compile(r"sc[\s:：]{0,20}[a-z0-9]{1,40}$")

#: A fault of a card: how the pack names it in the reasons of its levels, and the words for it.
Fault = tuple[str, str]


@rule
class CertFalse(FramedRule):
    id = "cert-false"
    strong: ClassVar[frozenset[str]] = frozenset(_ITEMS)

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        return utterance.field in ("text", "title")

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        declined = len(ctx.declined)
        claims = [*super().find(ctx, reading), *self._lacking(ctx, reading)]
        card = ctx.room.cards.get(reading.utterance.sku or "")
        is_unknown = (
            card is not None
            and bool(card.attributes)
            and any(
                reading.kind(slot) and shown(card, item) is None for slot, item in _ITEMS.items()
            )
        )
        if is_unknown and not claims and len(ctx.declined) == declined:
            # Which number the goods have was not seen: their mark is named, and nothing follows.
            ctx.decline("number-unknown", reading.utterance.sku or "")
        return claims

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        sku = reading.utterance.sku
        card = ctx.room.cards.get(sku or "")
        if frame.id == _READ_OUT and not _is_short(reading.text[claim.end :]):
            return None
        if frame.id == _NAMED and reading.utterance.speaker != "card" and card and card.attributes:
            # Which certificate the goods have is not on the card: unknown, not absent.
            ctx.decline("number-unknown", sku or "")
            return None
        return claim

    def _lacking(self, ctx: Context, reading: Reading) -> Iterator[Claim]:
        """What is said of goods on whose card it was observed to be absent."""
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if card is None or not card.attributes or reading.utterance.speaker == "card":
            return
        if reading.kind("pending"):
            return
        for slot, item in _ITEMS.items():
            if shown(card, item) == "":
                for hit in reading.kind(slot):
                    yield Claim(
                        concept=item, hits=[hit], level="watch", because=["absent"],
                        says=f"所称“{hit.term}”，而商品卡上{item}观察到未标注",
                        missing=["证书编号与发证机构"],
                    )  # fmt: skip

    # What the card shows ------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.attributes:
            return
        found = self._faults(card)
        if not found:
            words = " ".join(card.attributes.values())
            if _MASKED.search(words):
                ctx.decline("exempt", event.sku, "抄录、识别错误：编号有遮挡，不作判断")
            elif self.has_word("workshop", words):
                ctx.decline("exempt", event.sku, "小作坊登记、进口食品：写有登记、进口的编号")
            return
        faults = [words for _, words in found]
        kinds = {kind for kind, _ in found}
        ctx.raise_alert(
            Finding(
                subject=card.sku,
                subject_title=ctx.room.title_of(card.sku),
                level="watch",
                because=["several"] if len(kinds) > 1 else [*kinds],
                reason=f"商品卡：{'；'.join(faults)}。",
                trigger=[card],
                hit="card:" + "|".join(faults),
                numbers={"faults": len(faults)},
                exemptions=[
                    undecided("抄录、识别错误", "无法排除，故只关注，待核对实物"),
                    unmet("小作坊登记、进口食品", "未见小作坊登记或进口的说明"),
                ],
                missing=["实物标识与证书（发证机关或全国认证认可信息公共服务平台核对）"],
            )
        )

    def _faults(self, card: Product) -> list[Fault]:
        """What is wrong with the numbers of a card."""
        found: list[Fault] = []
        if value := said(card, "生产许可证"):
            found += self._registered("生产许可证", value, card.category)
        if value := said(card, "批准文号"):
            found += self._registered("批准文号", value, card.category)
        if (value := said(card, "3C")) and any(map(str.isdigit, value)):
            fault = fault_of("3C", re.sub(r"[^0-9a-zA-Z]", "", value))
            if fault is not None:
                found.append(("format", f"3C 编号“{value}”{fault.why}（证书编号应为 16 位数字）"))
        value = said(card, "有机码")
        if sum(map(str.isdigit, value)) >= 6 and fault_of("有机码", value.replace(" ", "")):
            found.append(("format", f"有机码“{value}”应为 17 位数字"))
        return found + [("absent", words) for words in self._absent(card)]

    def _registered(self, item: str, value: str, category: Category | None) -> list[Fault]:
        found: list[Fault] = []
        if category in ("medical_device", "drug") and self.has_word("disinfectant", value):
            goods = "医疗器械" if category == "medical_device" else "药品"
            found.append(("class", f"“{value}”是消毒产品的编号，不是{goods}的"))
        own = _OWN.get(category) if category else None
        others = _OTHERS.get(category, frozenset()) if category else frozenset()
        for number in numbers_in(value):
            is_foreign = own is not None and number.kind not in (own, "SC", "JY", "YB")
            if number.kind in others or (item == "批准文号" and is_foreign):
                found.append(("class", f"{number.name}“{value}”与商品类别不符"))
            elif (fault := fault_of(number.kind, number.text)) is not None:
                found.append(("format", f"{number.name}“{value}”{fault.why}"))
        folded = fold(value).text
        if item == "生产许可证" and not found and _SC.match(folded):
            fault = fault_of("SC", re.sub(r"[\s:：-]", "", folded))
            if fault is not None:
                found.append(("format", f"食品生产许可证编号“{value}”{fault.why}"))
        return list(dict.fromkeys(found))

    def _absent(self, card: Product) -> list[str]:
        found = []
        title = fold(card.title or "").text
        if card.category in _OWN and shown(card, "批准文号") == "":
            found.append("该类商品须有的批准（注册）文号观察到未标注")
        if shown(card, "3C") == "" and self._names("compulsory", title):
            found.append("列入强制性产品认证目录的商品，3C 认证观察到未标注")
        if shown(card, "有机码") == "" and self._names("organic", title):
            found.append("标题称有机，有机认证观察到未标注")
        return found

    def _names(self, slot: str, title: str) -> bool:
        """Does a folded title name goods by a word of a slot, and not by a longer word (手机壳)?"""
        for other in self.spec.patterns["longer"]:
            title = title.replace(other, "")
        return self.has_word(slot, title)


def _is_short(after: str) -> bool:
    """Has a registration that is read out too few digits, or is it said to have?"""
    digits = _READ.findall(re.split("[,。!?;、]", after[:16])[0])
    return 1 <= len(digits) < _FEWEST_DIGITS
