"""`origin-false`: an origin by word or title that the card, or the same words, contradict.

产质法 37 and 53, 消法 56(4). The card's 产地 decides; where it was not seen only a contradiction in
the words themselves counts (“阳澄湖大闸蟹，实话说洪泽湖养的”), which frames of the pack find. Brands,
styles, kinds named after a place, designs and warehouses are no origin.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from detectors.alerts import unmet
from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.places import Place, compatible, places_in
from detectors.pack.frames import PLACE, Frame
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.mismatch import CardRule
from detectors.rules.goods.pending import Held
from detectors.rules.goods.spoken_attributes import FROM_ABROAD, ORIGIN_NOT, spoken_origins
from detectors.speech.utterance import Utterance

__all__ = ["OriginFalse"]

#: Titles that are known: cards are shown again and again, with the titles that they had.
TITLES = 2_048
_FOOD = frozenset({"food", "fresh_produce", "alcohol", "health_food", "infant_food"})
#: A country that a title names in English.
_MADE_ABROAD = re.compile(r"made\s{0,8}in\s{0,8}(?!china|prc|p\.r)[a-z]{3,20}")


@rule
class OriginFalse(CardRule):
    id = "origin-false"
    strong: ClassVar[frozenset[str]] = frozenset({"origin", "place"})

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._known_title = lru_cache(maxsize=TITLES)(self._read_title)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        card = self.card_of(ctx, reading.utterance)
        if card is None:
            return claims
        named = _named_after(reading)
        against = [
            self.contradiction(ctx, reading, slot)
            for slot in spoken_origins(reading.text, card)
            if not slot.agrees and not _overlaps(named, slot.start, slot.end)
        ]
        return [*against, *claims]

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        named = _named_after(reading)
        places = [hit for hit in claim.hits if hit.group == PLACE]
        if any(_overlaps(named, hit.start, hit.end) for hit in places):
            ctx.decline("other-meaning", claim.concept, f"以地名命名的品种、做法：{frame.id}")
            return None
        return claim

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        card = ctx.room.cards.get(held.sku)
        return card is not None and any(
            slot.agrees for slot in spoken_origins(utterance.folded.text, card)
        )

    # The title against the card's own label ------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.title:
            return
        title, within = self._known_title(card.title)
        if within is not None:
            return self._raise_title(ctx, card, *within)
        shown = said(card, "产地") if card.attributes else ""
        on_card = places_in(fold(shown).text)
        if not on_card:
            return
        for place in places_in(title):
            before = title[max(0, place.start - 4) : place.start]
            after = title[place.end : place.end + 6].lstrip(" ")
            if any(compatible(place.path, one.path) for one in on_card):
                continue
            if ORIGIN_NOT.match(after):
                ctx.decline("exempt", event.sku, f"风味、品种、品牌、发货地：“{place.name}{after}”")
                continue
            if card.category not in _FOOD and not self.has_word(
                "origin_title", before + place.name + after
            ):
                continue
            if place.path == ("中国",):
                continue  # “国产” beside an import says too little about which part is meant.
            return self._raise_title(ctx, card, place.name, shown)

    def _read_title(self, title: str) -> tuple[str, tuple[str, str] | None]:
        """A title, folded and without what is only named after a place; and where it contradicts itself."""
        blanked = self._blanked(fold(title).text)
        return blanked, self._made_elsewhere(blanked)

    def _made_elsewhere(self, title: str) -> tuple[str, str] | None:
        """The place that a folded title names the goods after, and the other where it says they are from."""
        places = places_in(title)
        named = [place for place in places if len(place.path) > 1 or FROM_ABROAD.search(place.name)]
        if self.has_word("same_style", title):
            return None
        foreign = _MADE_ABROAD.search(title)
        if foreign is not None and self.has_word("own_works", title):
            made = next((place for place in named if place.path[0] == "中国"), None)
            if made is not None:
                return foreign.group(), made.name
        starts = [
            (title.find(word), len(word)) for word in self.spec.patterns["maker"] if word in title
        ]
        if not starts:
            return None
        start, length = min(starts)
        tail = [place for place in places if place.start >= start + length]
        if not tail or tail[0].start - start - length > 8:
            return None
        for place in named:
            after = title[place.end : place.end + 6].lstrip(" ")
            if place.end <= start and not ORIGIN_NOT.match(after) and _is_apart(place, tail):
                return place.name, title[tail[0].start : tail[-1].end]
        return None

    def _blanked(self, title: str) -> str:
        """A title without what is only named after a place, everything else at its place."""
        for word in self.spec.patterns["named_after"]:
            title = title.replace(word, "　" * len(word))
        return title

    def _raise_title(self, ctx: Context, card: Product, place: str, shown: str) -> None:
        why = "未见风味、品种、品牌或发货地的说法"
        considered = [unmet("风味、品种、品牌、发货地", why)]
        numbers = {"title_place": place, "shown_words": shown}
        self.raise_title(ctx, card, "产地", numbers, considered, "进货凭证、产地证明、实物标签")


def _is_apart(place: Place, others: list[Place]) -> bool:
    return not any(compatible(place.path, one.path) for one in others)


def _named_after(reading: Reading) -> list[tuple[int, int]]:
    """Where kinds and dishes stand that are named after a place and come from anywhere."""
    return [(hit.start, hit.end) for hit in reading.kind("named_after")]


def _overlaps(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(low < end and start < high for low, high in spans)
