"""`claim-card-mismatch`: what the host says of an attribute against what the card shows of it.

反法 9, 直播办法 34; 广告法 8 when it is an advertisement. Raised on a contradiction of the same
attribute of the same product, never on silence, and only when the host has not put it right within
a minute.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from detectors.alerts import Exemption
from detectors.events import Event
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.slots import Slot, slots
from detectors.rules.goods.talk import spurned
from detectors.text.lexicon import Hit
from detectors.text.utterance import Utterance

__all__ = ["ClaimCardMismatch"]

#: Contradictions of a room that wait for a correction.
MAX_HELD = 12
_CORRECTS = re.compile(
    "不对|错了|口误|更正|纠正|看错|记错|讲错|说快|嘴瓢|不好意思|抱歉|收回|重新说|应该是"
)
#: Another variety or link than the one on screen.
_OTHER_GOODS = re.compile(
    "(?:另外?一?个?|另一|其他|别的|那个|那款|下一|上一|下个|上个|前面|后面|下面|待会儿?|一会儿?|明天|昨天)(?:款|个|品|链接|的|要|有)?[^,。]{0,8}|\\d+号(?:链接|的)|[一二三四五六七八九十]+号(?:链接|的)|大(?:规格|包装)|小(?:规格|包装)|升级款|老款|旧款|去年|上一代"
)


class Held(Struct):
    """A contradiction that is raised unless the host puts it right in time."""

    until: int
    sku: str
    attribute: str
    finding: Finding


class MismatchMemory(ClaimMemory):
    """Beside the claims: at most 12 contradictions that wait for a correction."""

    held: list[Held] = []


@rule
class ClaimCardMismatch(ClaimRule):
    id = "claim-card-mismatch"
    State = MismatchMemory
    strong: ClassVar[frozenset[str]] = frozenset(
        {"material", "attribute", "unit", "origin", "grade"}
    )

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.hold_ms = round(spec.threshold("correct_within_s") * 1000)

    def awaits(self, memory: ClaimMemory) -> bool:
        return super().awaits(memory) or bool(isinstance(memory, MismatchMemory) and memory.held)

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(utterance.sku or "")
        return utterance.speaker != "card" and card is not None and bool(card.attributes)

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        memory: MismatchMemory = ctx.state
        if memory.held and utterance.speaker != "card":
            self._put_right(ctx, memory, utterance)
        super().on_text(ctx, utterance, hits)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        utterance = reading.utterance
        card = ctx.room.cards.get(utterance.sku or "")
        if card is None:
            return []
        claims, agreed = [], set()
        for slot in slots(reading.text, card):
            if slot.agrees:
                agreed.add(slot.attribute)
            else:
                claims.append(self._claim(reading, slot))
        # “棉百分之六十、聚酯四十”: the composition as a whole is the card's.
        return [claim for claim in claims if claim.concept not in agreed or claim.concept == "产地"]

    def _claim(self, reading: Reading, slot: Slot) -> Claim:
        sentence = reading.sentence(slot.start)
        other = _OTHER_GOODS.search(sentence)
        why = spurned(reading, slot.start, slot.end) or (other.group() if other else None)
        return Claim(
            concept=slot.attribute,
            hits=[Hit(f"slot.{slot.attribute}", slot.spoken, slot.start, slot.end)],
            level="lead",
            says=f"口播{slot.attribute}为“{slot.spoken}”，商品卡{slot.attribute}为“{slot.shown}”，{slot.why}",
            exemptions=[
                Exemption(
                    clause="说的是别的商品、规格或别家",
                    met=why is not None,
                    why=f"说到“{why}”" if why else "说的是屏幕上的同一商品",
                ),
                Exemption(clause="手感比喻、比例相符的混纺", met=False, why="不是比喻，所说的值与商品卡不符"),
            ],
            missing=["实物标签、检测报告，以定哪一边属实"],
            numbers={"attribute": slot.attribute, "spoken_words": slot.spoken, "shown_words": slot.shown, **dict(slot.numbers)},
        )  # fmt: skip

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        return sku or concept

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        raised = super()._raise(ctx, memory, reading, claim, subject, considered)
        card = ctx.room.cards.get(reading.utterance.sku or "")
        if not raised or card is None or not isinstance(memory, MismatchMemory):
            return raised
        finding = ctx.findings.pop()
        finding.trigger = _in_order([card, *finding.trigger])
        finding.hit = f"{reading.utterance.event.id}:{claim.concept}"
        finding.first_at = reading.utterance.at
        until = reading.utterance.at + self.hold_ms
        memory.held.append(Held(until, subject, claim.concept, finding))
        del memory.held[:-MAX_HELD]
        ctx.set_timer(until, f"held:{until}")
        ctx.decline("awaiting-correction", subject)
        return raised

    def _put_right(self, ctx: Context, memory: MismatchMemory, utterance: Utterance) -> None:
        """Drops what the host puts right: by saying so, or by what the card says."""
        text = utterance.folded.text
        sorry = _CORRECTS.search(text) is not None
        kept = []
        for held in memory.held:
            card = ctx.room.cards.get(held.sku)
            in_time = (
                utterance.at <= held.until and utterance.event.id != held.finding.trigger[-1].id
            )
            agrees = card is not None and any(
                slot.agrees for slot in slots(text, card) if slot.attribute == held.attribute
            )
            if in_time and (utterance.sku or held.sku) == held.sku and (sorry or agrees):
                ctx.decline("corrected", held.sku)
                memory.known.pop(held.sku, None)
            else:
                kept.append(held)
        memory.held = kept

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        self._hand_over(ctx, due, "60 秒内未见主播更正")

    def on_finish(self, ctx: Context, at: int) -> None:
        self._hand_over(ctx, None, "录制结束前未见主播更正")

    def _hand_over(self, ctx: Context, due: int | None, why: str) -> None:
        memory: MismatchMemory = ctx.state
        left = []
        for held in memory.held:
            if due is not None and held.until > due:
                left.append(held)
                continue
            finding = held.finding
            finding.exemptions = [
                *finding.exemptions, Exemption(clause="主播及时更正", met=False, why=why),
            ]  # fmt: skip
            ctx.raise_alert(finding)
        memory.held = left


def _in_order(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.at, event.rank, event.id))
