"""`pass-off-quality`: another material, less weight, second quality or used goods passed off as better.

产质法 39 and 50, 直播办法 33(2). The card's own material against speech or title; what sellers admit,
which frames of the pack find; at least three independent buyers who report it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import msgspec

from detectors.alerts import unmet
from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match.fold import fold
from detectors.pack.frames import Frame
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.materials import materials, related
from detectors.rules.goods.mismatch import CardRule
from detectors.rules.goods.pending import Held, HeldMemory
from detectors.rules.goods.reports import Reported, Reports
from detectors.rules.goods.shortage import is_less, is_less_weight, is_poorer
from detectors.rules.goods.spoken_attributes import spoken_materials
from detectors.rules.goods.titles import contradicted_composition
from detectors.speech.utterance import Utterance

__all__ = ["PassOffQuality"]

#: Titles that are known: cards are shown again and again, with the titles that they had.
TITLES = 2_048
#: Conditions of which goods are called one thing, and shown as the other: groups of the pack.
_CONDITIONS = ("成色", "处理", "原切", "品级")
#: The exemption of who tells the buyers of a flaw.
_HONEST = "明示瑕疵、处理品"
_NO_GOODS = frozenset({"agricultural_input", "service", "education", "finance"})


class QualityMemory(HeldMemory):
    """Beside what is held: buyers' reports."""

    reports: Reports = msgspec.field(default_factory=Reports)


@rule
class PassOffQuality(Reported, CardRule):
    id = "pass-off-quality"
    State = QualityMemory
    reported = "viewer.quality"
    reports_say = "收到的商品材质、重量或品级不对"
    proof = "反映人的订单与实物、抽样检验"
    strong: ClassVar[frozenset[str]] = frozenset({"material"})

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._known_title = lru_cache(maxsize=TITLES)(self._read_title)
        self._word = lru_cache(maxsize=8 * TITLES)(self._find_word)

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        return ctx.room.category(utterance.sku) not in _NO_GOODS

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        card = self.card_of(ctx, reading.utterance)
        if card is None:
            return claims
        # Of a blend named with its shares, what was put too low was named to be honest.
        found = list(spoken_materials(reading.text, card))
        if not any(slot.agrees for slot in found):
            claims = [*(self.contradiction(ctx, reading, slot) for slot in found), *claims]
        if not claims:
            self.likened(ctx, reading)
        return claims

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        first, last = claim.hits[0], claim.hits[-1]
        match frame.id:
            case "less-than-marked":
                holds = is_less(reading.text, claim.hits)
            case "counted-as-more":
                holds = is_less_weight(reading.text, claim.hits)
            case "holds-less-than-packed":
                holds = is_less_weight(reading.text, claim.hits[::-1])
            case "poorer-gold" | "fewer-carats":
                holds = is_poorer(first.term, last.term)
            case "gold-as-finer":
                holds = is_poorer(last.term, first.term)
            case "not-in-it":
                holds = first.term == last.term
            case "called-otherwise":
                # Who names the other word, too, says what is so.
                other = f"shown.{first.group.partition('.')[2]}"
                named = [hit.start for hit in reading.kind("shown") if hit.group == other]
                holds = all(map(reading.scope.negated, named))
                # “不是翻新机” tells of no flaw.
                claim.exemptions = [one for one in claim.exemptions if one.clause != _HONEST]
            case _:
                holds = True
        return claim if holds else None

    def _shown(self, concept: str, card: Product) -> str:
        """The value of a card that shows the opposite of what goods are called; empty: none."""
        values = (card.attributes or {}).values()
        return next((one for one in values if self._word(f"shown.{concept}", fold(one).text)), "")

    def _find_word(self, group: str, text: str) -> str:
        """The first word of a group that stands in a folded text; empty: none.

        What goods are called may be part of a longer word (天然乳胶, 翻新机).
        """
        for other in self.spec.patterns["called.别的词"] if group.startswith("called") else ():
            text = text.replace(other, "")
        found = (
            (text.find(word), word) for word in self.spec.patterns.get(group, ()) if word in text
        )
        return min(found, default=(0, ""))[1]

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(held.sku)
        return card is not None and any(
            slot.agrees and slot.attribute == held.concept
            for slot in spoken_materials(utterance.folded.text, card)
        )

    # The title against itself and the card -------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.title:
            return
        title, within = self._known_title(card.title)
        if within is not None:
            return self._raise_title(ctx, card, *within)
        if not card.attributes:
            return
        shown = said(card, "材质")
        on_card = materials(fold(shown).text, shown=True) if shown else []
        for spoken in materials(title):
            family = [one for one in on_card if one.path[0] == spoken.path[0]]
            if spoken.part or not family or any(related(one.path, spoken.path) for one in family):
                continue
            after = title[spoken.end :]
            if any(after.startswith(word) for word in self.spec.patterns["looks"]):
                words = title[spoken.start : spoken.end + 2]
                ctx.decline("exempt", card.sku, f"仿款、颜色、风格：“{words}”")
                continue
            return self._raise_title(ctx, card, title[spoken.start : spoken.end], shown, "材质")
        for concept in _CONDITIONS:
            called, value = self._word(f"called.{concept}", title), self._shown(concept, card)
            if called and value and not self._word(f"shown.{concept}", title):
                return self._raise_title(ctx, card, called, value, concept)

    def _read_title(self, title: str) -> tuple[str, tuple[str, str, str] | None]:
        """A folded title, and where it contradicts itself."""
        folded = fold(title).text
        return folded, self._contradicted(folded)

    def _contradicted(self, title: str) -> tuple[str, str, str] | None:
        """What a folded title names, what it says there is instead, and of what; ``None``: no contradiction."""
        if any(word in title for word in self.spec.patterns["several"]):
            return None
        composition = contradicted_composition(title)
        if composition is not None:
            return (*composition, "材质")
        for concept in _CONDITIONS:
            called, shown = (self._word(f"{kind}.{concept}", title) for kind in ("called", "told"))
            if called and shown:
                return called, shown, concept
        return None

    def _raise_title(
        self, ctx: Context, card: Product, words: str, shown: str, concept: str
    ) -> None:
        considered = [
            unmet("仿款、颜色、风格", "未见仿款、颜色或风格的说法"),
            unmet(_HONEST, "标题没有明示"),
        ]
        numbers = {"title_words": words, "shown_words": shown}
        self.raise_title(ctx, card, concept, numbers, considered, "实物检验、鉴定")
