"""The look back from the beginning of a comparison: what the same goods were sold for before."""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Exemption, Level, Number, undecided, unmet
from detectors.calendar import DAY_MS, HOUR_MS, day_of
from detectors.engine.room import RoomState
from detectors.events import Event
from detectors.rule import RuleSpec
from detectors.rules.prices.comparison import Comparison
from detectors.rules.prices.conditions import (
    Basis,
    Display,
    basis_of,
    is_limited_sale,
    is_open,
    is_public_sale,
)
from detectors.rules.prices.course import FOLLOW_DAYS, followed
from detectors.rules.prices.wording import day_and_time, yuan
from detectors.speech.speaker import speaker_name
from detectors.stats.price_history import PriceHistory, PriceStep

__all__ = ["Look", "Measures", "Verdict", "lowest_of"]

#: Repeated observations of the same price that the evidence keeps.
MAX_SIGHTINGS = 8
#: Level, reason, and the step that was measured by.
Verdict = tuple[Level, str, PriceStep | None]


class Measures(Struct, frozen=True):
    """The thresholds of a look back, from the pack."""

    lookback_ms: int
    rounding_fen: int
    rounding_percent: int
    personal_ratio: float
    stale_ms: int
    unwatched_ms: int
    blind_ms: int
    listed_days: int
    discounted_orders: int

    @classmethod
    def of(cls, spec: RuleSpec) -> Measures:
        """
        Raises:
            KeyError: the pack lacks a threshold.
        """
        return cls(
            lookback_ms=spec.duration_ms("lookback_days"),
            rounding_fen=spec.count("rounding_fen"),
            rounding_percent=spec.count("rounding_percent"),
            personal_ratio=float(spec.threshold("personal_discount_ratio")),
            stale_ms=spec.duration_ms("display_stale_hours"),
            unwatched_ms=spec.duration_ms("unwatched_hours"),
            blind_ms=spec.duration_ms("blind_hours"),
            listed_days=spec.count("listed_days"),
            discounted_orders=spec.count("discounted_orders"),
        )


class Look:
    """One look back from the beginning of a comparison, and what it found."""

    def __init__(
        self, measures: Measures, room: RoomState, run: Comparison,
        history: PriceHistory, unit: str | None, same_goods_since: int,
    ) -> None:  # fmt: skip
        self.measures = measures
        self.room = room
        self.run = run
        self.history = history
        self.unit = unit
        self.display = Display(history, stale_ms=measures.stale_ms)
        self.end = run.since
        self.start = run.since - measures.lookback_ms
        self.support: list[PriceStep] = []
        """Steps that the verdict rests on beside the one that was measured by."""
        self.sightings: list[Event] = []
        """Further observations of these steps that the verdict rests on."""
        self.way = ""
        """The way to the verdict's level, as the pack names it (`detectors.rule.Ground`)."""
        self.conditional = 0
        """Paid prices in the window that were left out as personal or conditional."""
        self.since = max(same_goods_since, history.first_at or run.since)
        self.unwatched = room.unwatched_ms(self.start, self.end)
        self.numbers: dict[str, Number] = {
            "reference_fen": run.reference_fen,
            "offer_fen": run.offer_fen,
            "lookback_days": self._days,
            "window_start": self.start,
            "window_end": self.end,
            "watched_days": round(max(0, self.end - self.since) / DAY_MS, 1),
            "unwatched_ms": self.unwatched,
        }
        self.followed = followed(history, unit, run.seen)
        """How often in `FOLLOW_DAYS` the reference moved as the price did."""
        if basis_of(run.label) == "maker":
            self.numbers["followed"] = self.followed
            self.numbers["follow_days"] = FOLLOW_DAYS

    def verdict(self) -> Verdict | str:
        """Level, reason and the step it was measured by, or why there is no verdict."""
        start = max(self.start, self.since)
        sales = list(self.history.between(start, self.end, "transaction", unit=self.unit))
        public = self._public(sales)
        self.conditional = len(sales) - len(public)
        self.numbers["transactions"] = sum(step.count for step in public)
        self.numbers["conditional_sales"] = self.conditional
        long_enough = self.since <= self.start
        if public:
            short = None if long_enough else "insufficient-history"
            what = f"此前 {self._days} 天同店同规格最低成交价"
            usual = [step for step in public if not is_limited_sale(step, self.display)]
            if usual:
                self.way = "sold"
                verdict = self._against(lowest_of(usual), "lead", what, short)
                if not isinstance(verdict, str):
                    return verdict
            # A few pieces sold in a 秒杀 were a price for everybody, if not one that all got.
            self.way = "limited"
            verdict = self._against(lowest_of(public), "watch", what, short)
            if not isinstance(verdict, str):
                return verdict
        common = self._common_discount(sales, public)
        if common is not None:
            self.way = "discounted"
            return self._against(
                common,
                "watch",
                f"此前 {self._days} 天多数订单低于标价成交，同店同规格最低成交价",
                None if long_enough else "insufficient-history",
            )
        if public:
            return verdict
        if self.run.since <= self.since:
            return self._standing()
        if not long_enough or self.unwatched > self.measures.blind_ms:
            return "insufficient-history"
        earlier = self.history.last(
            self.start, "transaction", unit=self.unit, counts=self._is_public
        )
        if earlier is not None and earlier.at >= self.since:
            # A sale may hide in what was not watched; R may really have been asked meanwhile.
            offered = any(
                (step.price or 0) >= self.run.reference_fen
                for step in self.history.between(start, self.end, "asking", unit=self.unit)
            )
            certain = not offered and self.unwatched <= self.measures.unwatched_ms
            self.way = "offered" if offered else "last-sale"
            return self._against(
                earlier, "lead" if certain else "watch",
                f"此前 {self._days} 天未见成交，最后一次成交价", None,
            )  # fmt: skip
        return self._by_list_prices(start)

    @property
    def _rounding_fen(self) -> int:
        """How much of the reference may be rounding: no more than a yuan, and a small part of it."""
        measures = self.measures
        return min(measures.rounding_fen, self.run.reference_fen * measures.rounding_percent // 100)

    def silence(self, verdict: str) -> str:
        """Why there is no verdict, with the figures that decided."""
        reference, numbers = yuan(self.run.reference_fen), self.numbers
        if verdict == "insufficient-history":
            return (
                f"比较前只观察了 {numbers['watched_days']} 天，不足 {self._days} 天或其间未监测，"
                f"公开成交 {numbers.get('transactions', 0)} 笔，条件价 {self.conditional} 组"
            )
        lowest = yuan(int(numbers.get("lowest_fen") or 0))
        if verdict == "not-above":
            return f"所比价 {reference} 元不高于此前 {self._days} 天最低的 {lowest} 元"
        if verdict == "rounding":
            excess = yuan(int(numbers.get("excess_fen") or 0))
            return f"所比价 {reference} 元只高出 {excess} 元，不超过 {yuan(self._rounding_fen)} 元"
        if verdict == "greater-benefit":
            paid, needed = int(numbers.get("paid_fen") or 0), int(numbers.get("needed_fen") or 0)
            return f"实付 {yuan(paid)} 元，不高于抵得上所标优惠的 {yuan(needed)} 元"
        return ""

    def _common_discount(self, sales: list[PriceStep], public: list[PriceStep]) -> PriceStep | None:
        """A price below the one shown that most buyers paid: hardly a coupon of one of them."""
        below = [
            step
            for step in sales
            if step not in public and is_public_sale(step, self.display, personal_ratio=0.0)
        ]
        orders = sum(step.count for step in below)
        others = sum(step.count for step in public)
        if orders < self.measures.discounted_orders or orders < others:
            return None
        self.numbers["discounted_orders"] = orders
        self.support = [*below[: self.measures.discounted_orders]]
        for step in self.support[:1]:
            self.support += self.display.at(step.at, self.unit)[:1]
        return lowest_of(below)

    def _standing(self) -> Verdict | str:
        """A comparison that stood already when watching began.

        What was charged before it was not seen. But where the reference was asked and paid by
        nobody for as long as the law looks back, while buyers paid less, somebody should look.
        """
        seen = self.run.seen
        watched = seen - self.since
        self.unwatched = room_gap = self.room.unwatched_ms(self.since, seen)
        if watched < self.measures.lookback_ms or room_gap > self.measures.blind_ms:
            return "insufficient-history"
        charged = any(
            (step.price or 0) >= self.run.reference_fen - self._rounding_fen
            for step in self.history.between(
                self.since, seen, "asking", "coupon", "transaction", unit=self.unit
            )
        )
        sales = self._public(
            list(self.history.between(self.since, seen, "transaction", unit=self.unit))
        )
        if charged or sum(step.count for step in sales) < self.measures.discounted_orders:
            return "insufficient-history"
        self.support = sales[: self.measures.discounted_orders]
        days = round(watched / DAY_MS, 1)
        self.way = "standing"
        self.numbers["watched_days"] = days
        self.numbers["unwatched_ms"] = room_gap
        self.numbers["transactions"] = sum(step.count for step in sales)
        return self._against(
            lowest_of(sales),
            "watch",
            f"开始监测时比较已在，其后 {days} 天从未按此价销售，同店同规格最低成交价",
            None,
        )

    def _by_list_prices(self, start: int) -> Verdict | str:
        shown = [
            step
            for step in self.history.between(start, self.end, "asking", "coupon", unit=self.unit)
            if is_open(step.quote.conditions)
        ]
        if not shown:
            before = self.history.in_force(start, unit=self.unit)
            if before is None or before.at < self.since or not is_open(before.quote.conditions):
                return "insufficient-history"
            shown = [before]
        lowest = lowest_of(shown)
        listed_days = self._days_seen(shown)
        self.numbers["listed_days"] = listed_days
        ever = any(
            (step.price or 0) >= self.run.reference_fen
            for step in self.history.between(
                self.since, self.end, "asking", "coupon", "transaction", unit=self.unit
            )
        )
        certain = (
            not ever
            and self.unwatched <= self.measures.unwatched_ms
            and listed_days >= self.measures.listed_days
        )
        self.way = "listed"
        self.support = [*self.history.steps[:1], *_one_aday_of(shown)]
        self.sightings = [event for step in shown for event in step.later][:MAX_SIGHTINGS]
        what = f"此前 {self._days} 天未见成交记录，同店同规格最低标价"
        if certain:
            what = (
                f"已观察 {self.numbers['watched_days']} 天从未按此价销售，"
                f"此前 {self._days} 天同店同规格最低标价"
            )
        return self._against(lowest, "lead" if certain else "watch", what, None)

    def _days_seen(self, shown: list[PriceStep]) -> int:
        """On how many days of the window a price was seen at least."""
        days = {day_of(at) for step in shown for at in (step.at, step.until)}
        first = day_of(self.start)
        # A price that stood counts each day on which it was seen, less those before the window.
        stood = max((step.days - max(0, first - day_of(step.at)) for step in shown), default=0)
        return max(len(days), stood)

    def _against(
        self, step: PriceStep, level: Level, what: str, short: str | None
    ) -> Verdict | str:
        reference, lowest = self.run.reference_fen, step.price or 0
        excess = reference - lowest
        self.numbers["lowest_fen"] = lowest
        self.numbers["excess_fen"] = excess
        self.numbers["lowest_at"] = step.at if step.at >= self.start else step.until
        if excess <= 0:
            return short or "not-above"
        if excess <= self._rounding_fen:
            return short or "rounding"
        # 21(2): the buyer pays so little that the real reduction is no smaller than the one shown.
        needed = self.run.offer_fen * lowest // reference
        self.numbers["needed_fen"] = needed
        paid = self.history.lowest(
            self.run.since, self.run.seen + 1, "transaction", "coupon", unit=self.unit,
            counts=lambda paid: is_open(paid.quote.conditions),
        )  # fmt: skip
        if paid is not None and (paid.price or 0) <= needed:
            self.numbers["paid_fen"] = paid.price
            return "greater-benefit"
        label = self.run.label or "被比较价格"
        if self.run.spoken:
            label = f"{speaker_name(self.run.event)}所称“{label}”"
        words = (
            f"{label} {yuan(reference)} 元，{what} {yuan(lowest)} 元，高出 {yuan(excess)} 元；"
            f"比较自 {day_and_time(self.run.since)} 起，现价 {yuan(self.run.offer_fen)} 元"
        )
        if self.unwatched > self.measures.unwatched_ms:
            words += f"；其间 {self.unwatched / HOUR_MS:.1f} 小时未监测"
            self.numbers["unwatched_hours"] = round(self.unwatched / HOUR_MS, 1)
        return level, words, step

    def _public(self, sales: list[PriceStep]) -> list[PriceStep]:
        return [step for step in sales if self._is_public(step)]

    def _is_public(self, step: PriceStep) -> bool:
        return is_public_sale(step, self.display, personal_ratio=self.measures.personal_ratio)

    @property
    def _days(self) -> int:
        return self.measures.lookback_ms // DAY_MS

    def exemptions(self, basis: Basis) -> list[Exemption]:
        """What was considered, in the order of the articles."""
        label = self.run.label
        needed = self.numbers.get("needed_fen")
        return [
            self._stated_otherwise(),
            unmet(
                "价格规定第十六条第三款：明确标示为厂商建议零售价",
                (
                    f"虽标为“{label}”，却随售价变动 {self.followed} 次"
                    if basis == "maker"
                    else "未标为厂商建议零售价"
                ),
            ),
            undecided("价格规定第二十一条第一项：无主观故意", "须由经营者举证，监测不能判断"),
            unmet(
                "价格规定第二十一条第二项：实际成交使买方得到更大优惠",
                f"实付须不高于 {yuan(int(needed or 0))} 元才抵得上标示的优惠，未见",
            ),
            unmet(
                "价格规定第二十一条第三项：舍零取整",
                f"差额超过 {yuan(self._rounding_fen)} 元",
            ),
            unmet(
                "会员价、拼团价、首单券、国补等条件价不作最低成交价",
                f"已剔除 {self.conditional} 组条件价或个人优惠后的成交",
            ),
        ]

    def _stated_otherwise(self) -> Exemption:
        """Whether it was told what price is compared with: 16(2)."""
        label = self.run.label
        return unmet(
            "价格规定第十六条第二款：标明了被比较价格的详细信息",
            f"仅标“{label}”，未见时间、地点等详细信息" if label else "未见任何说明",
        )


def _one_aday_of(steps: list[PriceStep]) -> list[PriceStep]:
    """The first step of each Beijing day."""
    days: dict[int, PriceStep] = {}
    for step in steps:
        days.setdefault(day_of(step.at), step)
    return list(days.values())


def lowest_of(steps: list[PriceStep]) -> PriceStep:
    """The lowest of prices that are known, the earliest of equals."""
    return min(steps, key=lambda step: (step.price or 0, step.at))
