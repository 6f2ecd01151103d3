"""The look at the days that a price compared with is said to be of: what was paid and asked on them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from detectors.alerts import Exemption, unmet
from detectors.calendar import BEIJING, DAY_MS, beijing_date
from detectors.engine.room import RoomState
from detectors.match.fold import fold
from detectors.match.phrasing import phrasing
from detectors.match.spoken_dates import spoken_days
from detectors.rules.prices.comparison import Comparison
from detectors.rules.prices.conditions import is_limited_sale, names_another_place
from detectors.rules.prices.look import Look, Measures, Verdict, lowest_of
from detectors.rules.prices.wording import yuan
from detectors.stats.price_history import PriceHistory

__all__ = ["DatedLook", "days_named"]

#: “近 7 天”: so many days before the comparison.
_LAST_DAYS = phrasing("price-tags", "last-days")
#: What stands between two days that are a range, and what belongs to a day before it.
_TO = phrasing("price-tags", "range-of-days")
_LOWEST = phrasing("price-tags", "lowest-paid")
_PAID = phrasing("price-tags", "paid")
#: Days of a range at most; more is no price of a certain time.
MAX_DAYS = 92


def days_named(stated: str, at: int) -> tuple[int, int] | None:
    """The days that a label names, as a half-open range of time before `at`; ``None``: none that can be told.

    >>> days_named("双十一成交价", 0) is None
    True
    """
    text = fold(stated).text.replace(" ", "")
    recent = _LAST_DAYS.search(text)
    if recent is not None:
        days = int(recent["n"])
        return (at - days * DAY_MS, at) if 0 < days <= MAX_DAYS else None
    named = sorted(spoken_days(text, beijing_date(at)), key=lambda day: day.start)
    if not 1 <= len(named) <= 2:
        return None
    between = text[named[0].end : named[-1].start] if len(named) == 2 else text[named[0].end :]
    if (_TO.match(between) is not None) != (len(named) == 2):
        return None  # “9月20日至26日”: where it ends is not read
    first, last = named[0].first, named[-1].last
    if last < first or (last - first).days >= MAX_DAYS:
        return None
    start, end = _midnight(first), min(_midnight(last + timedelta(days=1)), at)
    return (start, end) if start < end else None


def _midnight(day: date) -> int:
    """When a day begins in Beijing, ms."""
    return int(datetime(day.year, day.month, day.day, tzinfo=BEIJING).timestamp() * 1000)


class DatedLook(Look):
    """A price compared with that names its days is held against these, as far as they were watched.

    16(1): what is stated has to be true. It is, where anybody paid so much then; where that is not seen, the
    look says only what was.
    """

    def __init__(
        self, measures: Measures, room: RoomState, run: Comparison, history: PriceHistory,
        unit: str | None, same_goods_since: int, stated: str,
    ) -> None:  # fmt: skip
        super().__init__(measures, room, run, history, unit, same_goods_since)
        self.stated = stated
        del self.numbers["lookback_days"]
        self.days = None if names_another_place(stated) else days_named(stated, run.since)
        if self.days is not None:
            self.start, self.end = self.days
            self.unwatched = room.unwatched_ms(self.start, self.end)
            self.numbers.update(
                window_start=self.start, window_end=self.end, unwatched_ms=self.unwatched
            )

    def verdict(self) -> Verdict | str:
        if self.days is None:
            return "basis-stated"
        start = max(self.start, self.since)
        sales = list(self.history.between(start, self.end, "transaction", unit=self.unit))
        public = self._public(sales)
        self.conditional = len(sales) - len(public)
        self.numbers["transactions"] = sum(step.count for step in public)
        self.numbers["conditional_sales"] = self.conditional
        if not public:
            return "basis-stated"
        least = self.run.reference_fen - self._rounding_fen
        if _LOWEST.search(self.stated):
            usual = [step for step in public if not is_limited_sale(step, self.display)]
            if not usual:
                return "basis-stated"
            self.way = "dated-lowest"
            what = f"所标期间（“{self.stated}”）同店同规格最低成交价"
            return self._against(lowest_of(usual), "lead", what, None)
        asked = list(self.history.between(start, self.end, "asking", "coupon", unit=self.unit))
        stood = self.history.in_force(start, unit=self.unit)
        if stood is not None:
            asked.append(stood)  # It was shown before, and may have stood.
        at_price = [step for step in (*sales, *asked) if (step.price or 0) >= least]
        if at_price:
            # Asked on that day, it may have been paid by buyers who were not seen.
            sold = any(step.kind == "transaction" for step in at_price)
            if sold or not _PAID.search(self.stated):
                self.numbers["at_price"] = sum(step.count for step in at_price)
            return "basis-stated"
        if self.since > self.start or self.unwatched > self.measures.unwatched_ms:
            return "basis-stated"
        self.way = "dated"
        highest = max(public, key=lambda step: (step.price or 0, -step.at))
        what = f"所标期间（“{self.stated}”）所见同店同规格最高成交价"
        return self._against(highest, "watch", what, None)

    def silence(self, verdict: str) -> str:
        if verdict == "not-above":
            lowest = yuan(int(self.numbers.get("lowest_fen") or 0))
            return f"所比价 {yuan(self.run.reference_fen)} 元不高于所标期间最低的 {lowest} 元"
        if verdict != "basis-stated":
            return super().silence(verdict)
        if self.days is None:
            return f"标明了“{self.stated}”，不是可以比对的本店日期"
        if "at_price" in self.numbers:
            return (
                f"标明了“{self.stated}”，其间见到按 {yuan(self.run.reference_fen)} 元的成交或标价"
            )
        return f"标明了“{self.stated}”，其间所见不足以比对"

    def _stated_otherwise(self) -> Exemption:
        return unmet(
            "价格规定第十六条第二款：标明了被比较价格的详细信息",
            f"标明了“{self.stated}”，而其间未见此价",
        )
