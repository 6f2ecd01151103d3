"""Which goods a rule of frames looks at (`about`), and the highest level of a claim about them."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.alerts import LEVEL_NAMES, SEVERITY, Level
from detectors.events import Category
from detectors.pack.frames import Frame, Goods
from detectors.rule import Context, RuleSpec
from detectors.rules.claims.gates import CATEGORY_NAMES
from detectors.rules.claims.goods import GoodsWords, goods_of
from detectors.rules.claims.reading import Reading

__all__ = ["GoodsOfRule", "by_goods"]


class GoodsOfRule:
    """The goods that `about` of a rule and of its frames describes."""

    def __init__(self, spec: RuleSpec) -> None:
        self.spec = spec
        #: The classes of goods by the words that tell them, where the entry asks for them.
        self._classes = GoodsWords(spec.patterns)

    def worth(self, ctx: Context, reading: Reading, frame: Frame) -> Level | None:
        """What a claim is worth at most, by the goods; ``None``: it is not about them, as declined."""
        about = self.spec.about
        worth: list[Level] = [frame.level]
        for wanted, why in (
            (about.goods if about is not None else [], about.why if about is not None else ""),
            (frame.about, "other-class"),
        ):
            level = self.level(ctx, reading, wanted) if wanted else frame.level
            if level is None:
                ctx.decline(why, frame.concept)
                return None
            worth.append(level)
        return min(worth, key=SEVERITY.__getitem__)

    def is_concerned(self, ctx: Context, reading: Reading, frame: Frame) -> bool:
        """Does a text tell of the goods that a frame is about, where only words tell them?"""
        told_in_words = bool(frame.about) and all(goods.words for goods in frame.about)
        return not told_in_words or self.level(ctx, reading, frame.about) is not None

    def are_others(self, ctx: Context, reading: Reading) -> bool:
        """Are the goods known to be of a class that the rule does not look at, whatever is said of them?

        Where some of the rule's goods are of any class, no class says so: “分红” is promised with silver
        coins, too.
        """
        category = ctx.room.category(reading.utterance.sku)
        about = self.spec.about
        if category is None or about is None or not about.goods:
            return False
        return all(goods.category and category not in goods.category for goods in about.goods)

    def level(self, ctx: Context, reading: Reading, wanted: Sequence[Goods]) -> Level | None:
        """The level of the first description that fits the goods that are spoken of."""
        found = self.fitting(ctx, reading, wanted)
        return found.level if found is not None else None

    def fitting(self, ctx: Context, reading: Reading, wanted: Sequence[Goods]) -> Goods | None:
        """The first description that fits the goods that are spoken of."""
        sku = reading.utterance.sku
        category = ctx.room.category(sku) or "unknown"
        seeming = None
        for goods in wanted:
            if goods.seeming and category == "unknown":
                seeming = seeming or goods_of(ctx.room, sku, reading.text, self._classes)
                if (seeming.category or "unknown") not in goods.seeming:
                    continue
            if (not goods.category or category in goods.category) and (
                not goods.words
                or not reading.kinds.keys().isdisjoint(goods.words)
                # A text that no frame's words bring here has not been looked through for others.
                or self._are_told(ctx, reading, goods.words)
            ):
                return goods
        return None

    def _are_told(self, ctx: Context, reading: Reading, slots: Sequence[str]) -> bool:
        """Has the title or the text a word of one of these slots?"""
        sku = reading.utterance.sku
        card = ctx.room.cards.get(sku) if sku else None
        title = (card.title or "").lower() if card is not None else ""
        return any(
            self.spec.has_word(slot, title) or self.spec.has_word(slot, reading.text)
            for slot in slots
        )

    def bases_held(
        self, ctx: Context, reading: Reading, named: Sequence[str] | None
    ) -> list[str] | None:
        """The bases named, or all that are not particular, that hold for the goods that are spoken of;
        ``None``: all of the rule's."""
        category: Category | None = ctx.room.category(reading.utterance.sku)
        held = [
            basis.ref
            for basis in self.spec.law
            if (basis.ref in named if named else not basis.particular)
            and (not basis.goods or (category or "unknown") in basis.goods)
            and not (basis.but and self._are_told(ctx, reading, basis.but))
        ]
        return held if len(held) < len(self.spec.law) else None


def by_goods(category: Category | None, level: Level) -> str:
    """Why a claim is worth less about the goods of the card than about those of the rule."""
    shown = f"所标类别为{CATEGORY_NAMES[category]}" if category else "没有标出类别"
    return f"商品卡{shown}，是否本规则所指的商品须核实，定为{LEVEL_NAMES[level]}"
