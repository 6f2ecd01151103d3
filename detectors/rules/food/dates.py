"""`food-date`: food past its shelf life, with a date that cannot be, or whose dates are talked of being changed.

食安法 34(10) and 124(5). Civil dates are those of Beijing. A shelf life with several conditions
counts with the longest; “见喷码” tells nothing. Food near its end (临期) is lawful.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

from detectors.alerts import Number, unmet
from detectors.calendar import beijing_date
from detectors.claims.framed import FramedRule
from detectors.events import Product
from detectors.facts.cards.labels import said
from detectors.match.dates import date_of, ends_on, shelf_life
from detectors.match.lexicon import Hit
from detectors.match.phrasing import phrasing
from detectors.match.spoken_dates import SpokenDay, spoken_days
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, rule
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.food.foods import FOOD, is_food
from detectors.rules.goods.pending import Held, Holding
from detectors.speech.utterance import Utterance

__all__ = ["FoodDate"]

_TITLED = phrasing("food", "made-on")
#: How long food keeps, in speech and by the item's name; that it keeps no longer.
_KEEPS, _SHELF_LIFE = phrasing("food", "keeps-for"), phrasing("cards", "shelf-life")
_NEAR_ITS_END = phrasing("food", "near-its-end")
#: Groups of the pack that are read beside spoken dates.
_MAKING, _COMING = "making", "coming"


@rule
class FoodDate(Holding, FramedRule):
    id = "food-date"
    strong: ClassVar[frozenset[str]] = frozenset({_MAKING})
    by_figures: ClassVar[bool] = True

    def concerns(self, ctx: Context, utterance: Utterance) -> bool:
        category = ctx.room.category(utterance.sku)
        return utterance.field in ("text", "title") and (
            category is None or category in FOOD or category == "fresh_produce"
        )

    def waits(self, claim: Claim) -> bool:
        return claim.concept.startswith("日期不符")

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        return [*super().find(ctx, reading), *self._spoken(ctx, reading)]

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        if ctx.room.category(reading.utterance.sku) is None:
            claim.level = "watch"
            claim.because.append("unclassed")
            claim.missing.append("商品类别（是否食品）")
        return claim

    def _spoken(self, ctx: Context, reading: Reading) -> list[Claim]:
        """Dates as spoken: past their shelf life, or newer than those of the card."""
        utterance, text = reading.utterance, reading.text
        card = ctx.room.cards.get(utterance.sku or "")
        if card is None or not reading.kind(_MAKING):
            return []
        if utterance.speaker == "card":
            return self._titled(reading, beijing_date(utterance.at))
        if not is_food(card):
            if card.category is None:
                ctx.decline("class-unknown", card.sku)
            return []
        today = beijing_date(utterance.at)
        days = [day for day in spoken_days(text, today) if self._is_making(reading, day)]
        if not days:
            return []
        day = max(days, key=lambda one: one.last)
        hits = [Hit("made.日期", text[day.start : day.end], day.start, day.end)]
        life = shelf_life(text) if _KEEPS.search(text) else None
        if life is None and said(card, "保质期"):
            life = shelf_life(said(card, "保质期"))
        claims = []
        if life is not None and (end := ends_on(day.last, life)) < today and _KEEPS.search(text):
            claims.append(
                Claim(
                    concept="过期的日期", hits=hits, level="lead",
                    exemptions=self.grounds_of(ctx, reading, day.start, ("过期的日期",), day.end),
                    says=f"按所说的生产日期（不晚于 {day.last.isoformat()}）和保质期，至迟 {end.isoformat()} 到期，"
                    f"直播当天是 {today.isoformat()}",
                    numbers={"made_latest": day.last.isoformat(), "ends_on": end.isoformat(), "today": today.isoformat()},
                    missing=["实物生产日期、保质期"],
                )
            )  # fmt: skip
        made = date_of(said(card, "生产日期"), last=True)
        if made is not None and made < day.first - timedelta(days=1) and day.first <= today:
            claims.append(
                Claim(
                    concept="日期不符", hits=hits, level="lead",
                    exemptions=self.grounds_of(ctx, reading, day.start, ("日期不符",), day.end),
                    says=f"所称的生产日期不早于 {day.first.isoformat()}，商品卡的生产日期是 {made.isoformat()}，"
                    f"相差 {(day.first - made).days} 天",
                    numbers={
                        "spoken_from": day.first.isoformat(), "shown": made.isoformat(),
                        "days_apart": (day.first - made).days,
                    },
                    missing=["实物生产日期"],
                )
            )  # fmt: skip
        return claims

    def _titled(self, reading: Reading, today: date) -> list[Claim]:
        """A title that tells when the food was made and how long it keeps, and keeps no more."""
        match = _TITLED.search(reading.text)
        named = _SHELF_LIFE.search(reading.text)
        life = shelf_life(reading.text[named.start() :]) if named is not None else None
        made = date_of(match["made"], last=True) if match is not None else None
        if match is None or made is None or life is None or ends_on(made, life) >= today:
            return []
        end = ends_on(made, life)
        return [
            Claim(
                concept="过期",
                hits=[Hit("made.日期", match.group(), match.start(), match.end())],
                level="lead",
                says=f"按标题的生产日期（不晚于 {made.isoformat()}）和保质期，至迟 {end.isoformat()} 到期，"
                f"直播当天是 {today.isoformat()}",
                numbers={
                    "made_latest": made.isoformat(),
                    "ends_on": end.isoformat(),
                    "today": today.isoformat(),
                },
                missing=["实物生产日期、保质期"],
                ungated=True,
            )
        ]

    def _is_making(self, reading: Reading, day: SpokenDay) -> bool:
        """Do the words in and about the clause say that this is the day on which the food was made?"""
        low, high = reading.scope.clause(day.start)
        return any(
            low - 8 <= hit.start and hit.end <= high + 8 for hit in reading.kind(_MAKING)
        ) and not any(
            day.start - 6 <= hit.start and hit.end <= day.end + 8 for hit in reading.kind(_COMING)
        )

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        made = date_of(said(ctx.room.cards.get(held.sku), "生产日期"), last=True)
        days = spoken_days(utterance.folded.text, beijing_date(utterance.at))
        return made is not None and any(day.first <= made <= day.last for day in days)

    def on_product(self, ctx: Context, event: Product) -> None:
        """The dates of the card against the civil date of the broadcast."""
        card = ctx.room.cards.get(event.sku)
        if card is None or not card.attributes or card.status in ("removed", "sold_out"):
            return
        shown = said(card, "生产日期")
        made = date_of(shown, last=True)
        end = self._end(card, made)
        today = beijing_date(event.at)
        future = (
            made is not None and date_of(shown) is not None and (date_of(shown) or made) > today
        )
        if not future and (end is None or end >= today):
            if _NEAR_ITS_END.search(card.title or ""):
                ctx.decline("exempt", event.sku, "临期而未过期：标题写明临期")
            return
        if not is_food(card):
            if card.category is None:
                ctx.decline("class-unknown", event.sku)
            return
        self._raise_card(ctx, card, made, end, today, future=future)

    def _end(self, card: Product, made: date | None) -> date | None:
        """The last good day by the card; ``None``: it cannot be told."""
        until = date_of(said(card, "到期日"), last=True)
        if until is not None:
            return until
        life_text = said(card, "保质期")
        if (written := date_of(life_text, last=True)) is not None:
            return written
        life = shelf_life(life_text)
        if made is None or life is None or not life.longest_days:
            return None
        return ends_on(made, life)

    def _raise_card(
        self, ctx: Context, card: Product, made: date | None, end: date | None, today: date, *, future: bool
    ) -> None:  # fmt: skip
        numbers: dict[str, Number] = {"today": today.isoformat()}
        reason = ""
        if made is not None:
            numbers["made"] = made.isoformat()
        if future and made is not None:
            numbers["days_ahead"] = (made - today).days
            reason = (
                f"商品卡的生产日期 {said(card, '生产日期')} 晚于直播当天（{today.isoformat()}）。"
            )
        elif end is not None:
            numbers |= {"ends_on": end.isoformat(), "days_past": (today - end).days}
            made_words = f"生产日期 {made.isoformat()}，" if made is not None else ""
            life = said(card, "保质期") or said(card, "到期日")
            reason = (
                f"商品卡：{made_words}保质期 {life}，至 {end.isoformat()} 到期；"
                f"直播当天（北京时间）是 {today.isoformat()}，已过 {(today - end).days} 天。"
            )
        ctx.raise_alert(
            Finding(
                subject=card.sku,
                subject_title=ctx.room.title_of(card.sku),
                level="lead",
                because=["future" if future else "expired"],
                reason=reason,
                trigger=[card],
                hit=f"card:{said(card, '生产日期')}:{said(card, '保质期')}",
                numbers=numbers,
                exemptions=[unmet("临期而未过期", "按最长的保质期计算仍已过期")],
                missing=["实物生产日期、保质期（商品卡可能未更新批次）"],
            )
        )
