"""`health-food-claim`: health food that heals or guarantees, and ordinary food with functions.

广告法 18: no assertion of effect or safety, no disease, no comparison with drugs, no
recommendation, and “本品不能代替药物” must be said; 食安法 78 and 79. What a registered health
food may say (its functions) is not raised. Ordinary food that claims a function is (SP2, SP19). The words
are frames of the pack; whether the warning was said while a health food was explained is told here.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from detectors.claims.framed import FramedRule
from detectors.events import Chat, Product, Session, Speech
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["HealthFoodClaim"]

#: Kinds of words that speak of what a health food does.
_FUNCTIONS = ("function", "registered", "ill", "heals", "drug", "medicine", "remedy", "relief")
#: Texts that speak of a function, which an alert shows.
MAX_HEARD = 5


class Explanation(Struct):
    """A health food that is being explained, from start to end."""

    sku: str
    since: Product
    functions: int = 0
    """Texts in which a function was spoken of."""
    last: int = 0
    warned: bool = False
    heard: list[Speech | Chat | Product | Session] = []
    """The first of those texts, at most `MAX_HEARD`."""


class HealthFoodMemory(ClaimMemory):
    """What all claim rules remember, and the explanation under way."""

    explanation: Explanation | None = None


@rule
class HealthFoodClaim(FramedRule):
    id = "health-food-claim"
    State = HealthFoodMemory
    #: They bring a text to the explanation under way, as the warning does.
    strong: ClassVar[frozenset[str]] = frozenset({*_FUNCTIONS, "warning"})

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.whole_ms = spec.duration_ms("explanation_s")
        self.heeds |= self._told

    def on_heeded(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        super().on_heeded(ctx, utterance, hits)
        self._follow(ctx, Reading(utterance, hits))

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        self._follow(ctx, reading)
        return super().find(ctx, reading)

    # The warning that must be said --------------------------------------------------------

    def _follow(self, ctx: Context, reading: Reading) -> None:
        memory: HealthFoodMemory = ctx.state
        explanation = memory.explanation
        if explanation is None or reading.utterance.sku not in (None, explanation.sku):
            return
        if reading.kind("warning"):
            explanation.warned = True
        elif reading.kind(*_FUNCTIONS):
            explanation.functions += 1
            if len(explanation.heard) < MAX_HEARD:
                explanation.heard.append(reading.utterance.event)
        explanation.last = reading.utterance.at

    def on_product(self, ctx: Context, event: Product) -> None:
        memory: HealthFoodMemory = ctx.state
        explanation = memory.explanation
        if explanation is not None and (
            (event.status == "explaining" and event.sku != explanation.sku)
            or (event.status == "removed" and event.sku == explanation.sku)
        ):
            self._close(ctx, memory, explanation)
        if event.status == "explaining" and memory.explanation is None:
            card = ctx.room.cards.get(event.sku, event)
            if card.category == "health_food":
                memory.explanation = Explanation(event.sku, event, last=event.at)

    def on_session(self, ctx: Context, event: Session) -> None:
        memory: HealthFoodMemory = ctx.state
        if memory.explanation is not None:
            if event.phase == "ended":
                self._close(ctx, memory, memory.explanation)
            memory.explanation = None

    def _close(self, ctx: Context, memory: HealthFoodMemory, explanation: Explanation) -> None:
        """The explanation is over: was it whole, and was the warning anywhere in it?"""
        memory.explanation = None
        subject = f"{explanation.sku}/警示语"
        if explanation.warned or not explanation.functions:
            return
        since = explanation.since.at
        card = ctx.room.cards.get(explanation.sku, explanation.since)
        attributes = card.attributes
        if attributes is not None and any(
            self.has_word("warning", value) for value in attributes.values()
        ):
            ctx.decline("warning-on-card", subject)
            return
        if ctx.now - since < self.whole_ms or ctx.room.unwatched_ms(since, ctx.now):
            ctx.decline("explanation-not-whole", subject)
            return
        absent = attributes is not None and attributes.get("警示语") == ""
        seconds = (ctx.now - since) // 1000
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=f"{ctx.room.title_of(explanation.sku)} 未见“本品不能代替药物”",
                level="lead" if absent else "watch",
                reason=f"保健食品在商品卡上标为讲解中 {seconds} 秒，其间 {explanation.functions} 次说到功能，"
                "口播未见“本品不能代替药物”，"
                + ("商品卡也没有。" if absent else "商品卡上有无尚不知。"),
                trigger=sorted(
                    {one.id: one for one in (explanation.since, *explanation.heard)}.values(),
                    key=lambda one: (one.at, one.rank, one.id),
                ),
                hit=f"{explanation.since.id}:unwarned",
                because=["unwarned"],
                numbers={"explained_s": seconds, "functions": explanation.functions},
                missing=[] if absent else ["商品卡、画面上是否显著标明“本品不能代替药物”"],
                law=[basis.ref for basis in self.spec.law if "保健食品" in basis.ref],
            )
        )
