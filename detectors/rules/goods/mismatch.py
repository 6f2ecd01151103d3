"""`claim-card-mismatch`: what the host says of an attribute against what the card shows of it.

反法 9, 直播办法 34; 广告法 8 when it is an advertisement. Raised on a contradiction of the same
attribute of the same product, never on silence, and only when the host has not put it right within
a minute.
"""

from __future__ import annotations

from typing import ClassVar

from detectors.alerts import Exemption
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.held import Held, HeldRule
from detectors.rules.goods.slots import Slot, slots
from detectors.rules.goods.talk import spurned
from detectors.speech.utterance import Utterance

__all__ = ["ClaimCardMismatch", "contradiction", "likened"]

#: Another variety or link than the one on screen.
_OTHER_GOODS = re.compile(
    "(?:另外?一?个?|另一|其他|别的(?!肉|东西|料|成分|什么|都)|那个|那款|下一|上一|下个|上个|前面|后面|下面|待会儿?|一会儿?|明天|昨天)(?:款|个|品|链接|的|要|有)?[^,。]{0,8}|"
    r"(?:\d|[一二三四五六七八九十]){1,6}号(?:链接|的)|大(?:规格|包装)|小(?:规格|包装)|升级款|老款|旧款|去年|上一代"
)

#: A material only likened, or a blend with its shares.
_LIKENED = re.compile("(?:手感|触感|质感|一样的?(?:软|滑|手感)|般的|混纺)")


@rule
class ClaimCardMismatch(HeldRule):
    id = "claim-card-mismatch"
    strong: ClassVar[frozenset[str]] = frozenset(
        {"material", "attribute", "unit", "origin", "grade", "measure", "denied"}
    )

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(utterance.sku or "")
        return utterance.speaker != "card" and card is not None and bool(card.attributes)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if card is None:
            return []
        found, agreed = [], set()
        for slot in slots(reading.text, card):
            if slot.agrees:
                agreed.add(slot.attribute)
            else:
                found.append(slot)
        if not found:
            likened(ctx, reading)
        # “棉百分之六十、聚酯四十”: the composition as a whole is the card's.
        return [
            contradiction(reading, slot)
            for slot in found
            if slot.attribute not in agreed or slot.attribute == "产地"
        ]

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(held.sku)
        return card is not None and any(
            slot.agrees and slot.attribute == held.concept
            for slot in slots(utterance.folded.text, card)
        )


def likened(ctx: Context, reading: Reading) -> None:
    """Notes that a material is only likened to, or is one of a blend told with its shares."""
    found = _LIKENED.search(reading.text) if reading.kind("material") else None
    if found is not None:
        ctx.decline(
            "exempt", reading.utterance.sku or "", f"手感比喻、比例相符的混纺：“{found.group()}”"
        )


def contradiction(reading: Reading, slot: Slot) -> Claim:
    """A claim from an attribute of which speech and card say different things."""
    other = _OTHER_GOODS.search(reading.sentence(slot.start))
    why = spurned(reading, slot.start, slot.end) or (other.group() if other else None)
    return Claim(
        concept=slot.attribute,
        hits=[Hit(f"slot.{slot.attribute}", slot.spoken, slot.start, slot.end)],
        level="lead",
        says=f"所称{slot.attribute}为“{slot.spoken}”，商品卡{slot.attribute}为“{slot.shown}”，{slot.why}",
        exemptions=[
            Exemption(
                clause="说的是别的商品、规格或别家",
                met=why is not None,
                why=f"说到“{why}”" if why else "同句未见指别的商品、规格、批次或别家的说法；比对的是当时在讲的商品",
            ),
            Exemption(
                clause="手感比喻、比例相符的混纺", met=False, why="同句未见比喻或混纺的说法"
            ),
        ],
        missing=["实物标签、检测报告，以定哪一边属实"],
        # “什么防腐剂都没有” asks nothing.
        asks=not slot.spoken.endswith(("没有", "没", "不")),
        numbers={
            "attribute": slot.attribute, "spoken_words": slot.spoken, "shown_words": slot.shown,
            **dict(slot.numbers),
        },
    )  # fmt: skip
