"""What the host says of an attribute against what the card shows of it: `claim-card-mismatch`, and its kin.

反法 9, 直播办法 34; 广告法 8 when it is an advertisement. Raised on a contradiction of the same
attribute of the same product, never on silence, and only when the host has not put it right within
a minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import msgspec

from detectors.alerts import Exemption, Number, unmet
from detectors.claims.card_check import Shown
from detectors.claims.framed import FramedRule
from detectors.events import Product
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.phrasing import word_list
from detectors.pack.frames import SHOWN, Frame
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.graded import SpokenAttribute
from detectors.rules.goods.pending import Held, Holding
from detectors.rules.goods.spoken_attributes import spoken_attributes
from detectors.rules.prices.wording import day_and_time
from detectors.speech.utterance import Utterance

__all__ = ["CardRule", "ClaimCardMismatch"]

_LIKENED = "手感比喻、比例相符的混纺"


class CardRule(Holding, FramedRule):
    """A rule of frames that also compares what is said with the card of the product on screen."""

    def claiming(self) -> Iterator[tuple[str, frozenset[str]]]:
        for key, needs in super().claiming():
            yield key, needs
            if needs <= self._told:
                # With a card that shows it a word of an attribute suffices.
                yield key, needs | {SHOWN}

    def is_worth(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> bool:
        is_told = self.card_of(ctx, utterance) is not None
        return is_told or self.may_be_framed(utterance.folded.text, hits)

    def waits(self, claim: Claim) -> bool:
        # What no card contradicts is told of one's own accord: no slip of the tongue.
        return bool(claim.beside)

    def card_of(self, ctx: Context, utterance: Utterance) -> Product | None:
        """The card that is spoken over, where it shows attributes; a title is not held against itself."""
        card = ctx.room.cards.get(utterance.sku or "")
        has_any = card is not None and bool(card.attributes)
        return card if has_any and utterance.speaker != "card" else None

    def contradiction(self, ctx: Context, reading: Reading, slot: SpokenAttribute) -> Claim:
        """A claim from an attribute of which speech and card say different things."""
        card = self.card_of(ctx, reading.utterance)
        seen = f"{day_and_time(card.at)} 所见的" if card is not None else ""
        return Claim(
            concept=slot.attribute,
            hits=[Hit(f"slot.{slot.attribute}", slot.spoken, slot.start, slot.end)],
            level="lead",
            says=f"{seen}商品卡写明{slot.attribute}为“{slot.shown}”，{slot.why}",
            exemptions=[
                *self.grounds_of(ctx, reading, slot.start, ("card",), slot.end),
                unmet(_LIKENED, "同句未见比喻或混纺的说法"),
            ],
            missing=["实物标签、检测报告，以定哪一边属实"],
            # The card decides, not how much the words are like others that were found.
            beside=[card] if card is not None else [],
            # “什么防腐剂都没有” asks nothing.
            asks=not slot.spoken.endswith(word_list("cards", "ends-in-no")),
            numbers={
                "attribute": slot.attribute, "spoken_words": slot.spoken, "shown_words": slot.shown,
                **dict(slot.numbers),
            },
        )  # fmt: skip

    def contradicted(
        self, ctx: Context, reading: Reading, frame: Frame, claim: Claim, shown: Shown
    ) -> Claim:
        why = frame.says
        if shown.words and shown.words != shown.value:
            why = f"其中有“{shown.words}”"
        elif shown.numbers and frame.card is not None and frame.card.above is None:
            (_, spoken), (_, there) = shown.numbers
            why = f"所称 {spoken:g}，商品卡 {there:g}"
        words = reading.text[claim.start : claim.end]
        place = (claim.start, claim.end)
        slot = SpokenAttribute(shown.name, words, shown.value, False, *place, why, shown.numbers)
        told = self.contradiction(ctx, reading, slot)
        return msgspec.structs.replace(
            told, hits=claim.hits, ungated=claim.ungated, asks=claim.asks,
            numbers={**claim.numbers, **told.numbers},
        )  # fmt: skip

    def agreed(self, ctx: Context, reading: Reading, shown: Shown) -> None:
        reading.agreed.add(shown.name)
        self.put_right(ctx, reading.utterance, shown.name)

    def raise_title(
        self, ctx: Context, card: Product, attribute: str, told: Mapping[str, Number],
        considered: list[Exemption], proof: str,
    ) -> None:  # fmt: skip
        """Raises that a title says something else of an attribute than it, or the card, shows.

        Args:
            told: the words of the title, and what is shown, by the names of their numbers.
        """
        words, shown = map(str, told.values())
        where = "标题" if shown in fold(card.title or "").text else "商品卡"
        ctx.raise_alert(
            Finding(
                subject=card.sku,
                subject_title=ctx.room.title_of(card.sku),
                level="lead",
                because=["title"],
                reason=f"商品标题称“{words}”，同一{where}的{attribute}为“{shown}”，两者不符。",
                trigger=[card],
                hit=f"title:{words}:{shown}",
                numbers=dict(told),
                exemptions=considered,
                missing=[proof],
            )
        )

    def likened(self, ctx: Context, reading: Reading) -> None:
        """Notes that a material is only likened to, or is one of a blend told with its shares."""
        found = reading.kind("likened") if reading.kind("material") else []
        if found:
            why = f"{_LIKENED}：“{found[0].term}”"
            ctx.decline("exempt", reading.utterance.sku or "", why)


@rule
class ClaimCardMismatch(CardRule):
    id = "claim-card-mismatch"
    strong: ClassVar[frozenset[str]] = frozenset(
        {"material", "attribute", "unit", "origin", "measure"}
    )

    def claiming(self) -> Iterator[tuple[str, frozenset[str]]]:
        # A word of an attribute says nothing without a card that shows it.
        yield from (one for one in super().claiming() if not one[1] <= self._told)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        card = self.card_of(ctx, reading.utterance)
        if card is None:
            return claims
        found, agreed = [], set(reading.agreed)
        for slot in spoken_attributes(reading.text, card):
            if slot.agrees:
                agreed.add(slot.attribute)
            else:
                found.append(slot)
        if not found:
            self.likened(ctx, reading)
        # “棉百分之六十、聚酯四十”: the composition as a whole is the card's.
        against = [
            self.contradiction(ctx, reading, slot)
            for slot in found
            if slot.attribute not in agreed or slot.attribute == "产地"
        ]
        return [*against, *(claim for claim in claims if claim.concept not in reading.agreed)]

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(held.sku)
        return card is not None and any(
            slot.agrees and slot.attribute == held.concept
            for slot in spoken_attributes(utterance.folded.text, card)
        )
