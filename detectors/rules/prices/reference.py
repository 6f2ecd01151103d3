"""`false-original-price`: a compared price above the lowest one at which the shop sold before."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import msgspec
from msgspec import Struct

from detectors.alerts import Exemption, Level, Number, PricePoint
from detectors.events import Event, Price, Product, Speech
from detectors.room import RoomState
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.prices.comparison import Comparison, Comparisons
from detectors.rules.prices.conditions import (
    Basis,
    basis_of,
    is_conditional,
    is_deposit,
    is_limited_sale,
    is_public_sale,
    states_basis,
    yuan,
)
from detectors.stats.price_history import PriceHistory, PriceStep, Quote, quote_of
from detectors.text.amounts import DAY_MS, HOUR_MS, amount_at, amounts, deadline
from detectors.text.lexicon import Hit
from detectors.text.utterance import Utterance

__all__ = [
    "FalseOriginalPrice",
    "SpokenComparison",
    "day_and_time",
    "followed",
    "spoken_comparison",
]

BEIJING = timezone(timedelta(hours=8))
#: References that stay in this proportion to the offer belong to one way of pricing.
SAME_RATIO = 0.05
#: A reference this close to the last one has drifted, and opens no promotion of its own.
DRIFT_RATIO = 0.2
#: Points of the price curve that an alert carries.
MAX_POINTS = 300

_SPEAKERS = ("host", "assistant", "unknown")
_DENIED = re.compile(r"(?:不是|没有|没|不|别|恢复|涨回|回到|变回|调回|就是|按)$")
_ASKED = re.compile(r"吗|是不是|有没有|多少|问")
_OTHER_GOODS = re.compile(
    r"加起来|一共|总共|合计|套装|组合|别家|人家|同行|别人|隔壁|(?:[两三四五六七八九十]|[2-9]|\d\d)[件瓶盒袋包支套]"
)
_NOW = re.compile(r"今天|今晚|现在|直播间|到手|只要|只卖|只需|仅需|券后|秒杀|福利|给到|直接|拍")
_CLAUSE = re.compile(r"[，。！？；,!?;\s]")


class Provenance(Struct):
    """Since when the goods behind a SKU are the same."""

    spec: str | None = None
    shop: str | None = None
    since: int = 0
    """Time of the last change; 0: none was seen."""


class Acts(Struct):
    """The promotions of one SKU in one session: each reference of its own is an act."""

    session: str = ""
    references: list[int] = []
    ratio: float = 0.0
    """Reference over offer, of the last act."""
    reference_fen: int = 0
    """Reference of the last act."""


class ReferenceState(Struct):
    """Memory of a room: comparisons, and 500 SKUs at most of the rest."""

    comparisons: Comparisons = msgspec.field(default_factory=Comparisons)
    provenance: dict[str, Provenance] = {}
    acts: dict[str, Acts] = {}


class SpokenComparison(Struct, frozen=True):
    """A host's “原价459，今天只要89.9”; half-open offsets of the reference."""

    reference_fen: int
    offer_fen: int | None
    label: str
    start: int
    end: int


def spoken_comparison(text: str, hits: list[Hit]) -> SpokenComparison | None:
    """The comparison in an utterance; ``None`` if it is denied, asked, or about something else.

    `text` is folded, `hits` are the words for a reference price.
    """
    if _OTHER_GOODS.search(text) or not _NOW.search(text):
        return None
    for hit in hits:
        clause_start = max((m.end() for m in _CLAUSE.finditer(text, 0, hit.start)), default=0)
        clause_end = next((m.start() for m in _CLAUSE.finditer(text, hit.end)), len(text))
        clause = text[clause_start:clause_end]
        if _DENIED.search(text[clause_start : hit.start]) or _ASKED.search(clause):
            continue
        reference = amount_at(text, hit.end)
        if reference is None:
            continue
        lower = [
            amount.fen
            for amount in amounts(text)
            if amount.start >= reference.end or amount.end <= hit.start
            if 0 < amount.fen < reference.fen and (amount.marked or amount.fen >= 100)
        ]
        return SpokenComparison(
            reference.fen, min(lower, default=None), hit.term, hit.start, reference.end
        )
    return None


@rule
class FalseOriginalPrice(Rule):
    """R above the lowest transaction price of the seven days before the comparison began.

    The verdict is given once a run of the comparison and once more in each further session in
    which the comparison is shown; a promotion with another reference is another act.
    """

    id = "false-original-price"
    State = ReferenceState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.lookback_ms = spec.count("lookback_days") * DAY_MS
        self.rounding_fen = spec.count("rounding_fen")
        self.personal_ratio = float(spec.threshold("personal_discount_ratio"))
        self.stale_ms = spec.count("display_stale_hours") * HOUR_MS
        self.unwatched_ms = spec.count("unwatched_hours") * HOUR_MS
        self.discounted_orders = spec.count("discounted_orders")
        self.blind_ms = spec.count("blind_hours") * HOUR_MS
        self.listed_days = spec.count("listed_days")
        self.follows = spec.count("maker_price_follows")
        self.confidence = float(spec.threshold("confidence"))
        self.words = {term for terms in spec.patterns.values() for term in terms}

    # What is seen -------------------------------------------------------------------------

    def on_product(self, ctx: Context, event: Product) -> None:
        self._note_provenance(ctx, event)
        quote = quote_of(event)
        if quote is not None:
            self._look(ctx, quote)

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.kind in ("asking", "coupon"):
            quote = quote_of(event)
            if quote is not None:
                self._look(ctx, quote)

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        sku = utterance.sku
        if sku is None or utterance.speaker not in _SPEAKERS:
            return
        text = utterance.folded.text
        state: ReferenceState = ctx.state
        if any(hit.group == "extension" for hit in hits):
            state.comparisons.extend(sku)
        limit = [hit for hit in hits if hit.group == "limit"]
        if limit and sku in state.comparisons.by_sku:
            end = deadline(text, utterance.at)
            if end is not None and end.ends_at is not None and end.kind != "countdown":
                state.comparisons.limit(sku, end.ends_at)
        spoken = spoken_comparison(text, [hit for hit in hits if hit.group == "reference"])
        if spoken is None:
            return
        history = ctx.room.prices.get(sku)
        shown = history.in_force(ctx.now, "asking", "coupon") if history is not None else None
        offer = spoken.offer_fen
        if shown is not None and shown.price is not None and shown.price < spoken.reference_fen:
            offer = shown.price
        if history is None or offer is None or offer >= spoken.reference_fen:
            ctx.decline("no-lower-offer", sku)
            return
        run = state.comparisons.sight(
            sku, utterance.event, reference_fen=spoken.reference_fen,
            label=spoken.label, offer_fen=offer, spoken=True,
        )  # fmt: skip
        self._judge(ctx, sku, run, history, history.unit, utterance.event, None)

    def _look(self, ctx: Context, quote: Quote) -> None:
        state: ReferenceState = ctx.state
        history = ctx.room.prices[quote.sku]
        reference = quote.reference_price
        unit = quote.unit if quote.unit is not None else history.unit
        offer = quote.price
        if reference is None:
            if offer is not None:
                absent = "reference_price" in (quote.event.absent or ())
                state.comparisons.show_plain(quote.sku, quote.at, offer, absent=absent)
            return
        if offer is None:
            shown = history.in_force(quote.at, unit=unit)
            offer = shown.price if shown is not None else None
        if offer is None:
            ctx.decline("no-offer", quote.sku)
            return
        if offer >= reference:
            state.comparisons.show_plain(quote.sku, quote.at, offer, absent=False)
            return
        run = state.comparisons.sight(
            quote.sku, quote.event, reference_fen=reference, label=quote.reference_label,
            offer_fen=offer,
        )  # fmt: skip
        self._judge(ctx, quote.sku, run, history, unit, quote.event, quote.conditions)

    def _note_provenance(self, ctx: Context, event: Product) -> None:
        """Another pack size or another shop behind the same SKU: older sales are no measure."""
        spec = next(
            (value for name in ("规格", "净含量") if (value := (event.attributes or {}).get(name))),
            None,
        )
        if spec is None and event.shop is None:
            return
        known = ctx.state.provenance.setdefault(event.sku, Provenance())
        if (spec and known.spec and spec != known.spec) or (
            event.shop and known.shop and event.shop != known.shop
        ):
            known.since = event.at
        known.spec = spec or known.spec
        known.shop = event.shop or known.shop
        while len(ctx.state.provenance) > MAX_POINTS:
            del ctx.state.provenance[next(iter(ctx.state.provenance))]

    # The verdict --------------------------------------------------------------------------

    def _judge(
        self, ctx: Context, sku: str, run: Comparison, history: PriceHistory, unit: str | None,
        event: Event, conditions: list[str] | None,
    ) -> None:  # fmt: skip
        basis: Basis = basis_of(run.label)
        judged = f"{event.session}\t{basis}"
        if run.judged == judged:
            return
        run.judged = judged
        if basis == "maker":
            if followed(history, unit, event.at) < self.follows:
                ctx.decline("maker-price", sku)
                return
        elif basis == "dated" or states_basis(conditions):
            ctx.decline("basis-stated", sku)
            return
        elif basis in ("future", "other"):
            ctx.decline("other-basis", sku)
            return
        known = ctx.state.provenance.get(sku)
        look = Look(self, ctx.room, run, history, unit, known.since if known is not None else 0)
        verdict = look.verdict()
        if isinstance(verdict, str):
            ctx.decline(verdict, sku)
            return
        level, words, measure = verdict
        missing = []
        if basis == "maker":
            level = "watch"
            words += f"；标为“{run.label}”的价格 30 日内随售价变动 {look.followed} 次"
        if basis in ("elsewhere", "vague", "unlabelled"):
            level = "watch"
        if run.label is None:
            missing.append("被比较价格的名称（页面上如何标示）")
        if unit is None:
            missing.append("计价单位与规格是否前后一致")
        if run.spoken and isinstance(event, Speech):
            if event.confidence is not None and event.confidence < self.confidence:
                level = "watch"
            missing.append("核听原音：口播金额由语音识别得出")
        trigger = [measure.quote.event] if measure is not None else []
        if look.opening is not None:
            trigger.append(look.opening.quote.event)
        trigger += [run.event, event]
        ctx.raise_alert(
            Finding(
                subject=self._subject(ctx, sku, run, event.session, look.followed),
                subject_title=ctx.room.title_of(sku),
                level=level,
                reason=words,
                trigger=_once(trigger),
                hit=f"{run.reference_fen}:{run.since}:{event.session}",
                numbers=look.numbers,
                exemptions=look.exemptions(basis),
                missing=missing,
                law=self._law(basis),
                prices=_curve(history, run.since - 2 * self.lookback_ms, event.at),
                first_at=run.since if run.event.session == event.session else event.at,
            )
        )

    def _subject(self, ctx: Context, sku: str, run: Comparison, session: str, followed: int) -> str:
        """The SKU; with a second reference of its own in the session, the reference too."""
        acts: Acts = ctx.state.acts.setdefault(sku, Acts())
        if acts.session != session:
            acts.session, acts.references, acts.ratio = session, [], 0.0
        ratio = run.reference_fen / run.offer_fen if run.offer_fen else 0.0
        same = (
            not acts.references
            or followed >= self.follows
            or abs(ratio - acts.ratio) <= SAME_RATIO * acts.ratio
            or abs(run.reference_fen - acts.reference_fen) <= DRIFT_RATIO * acts.reference_fen
        )
        if run.reference_fen not in acts.references:
            if same:
                # A reference that moves with the price is one way of pricing, not many promotions.
                acts.references = [run.reference_fen]
            else:
                acts.references.append(run.reference_fen)
                del acts.references[1:-8]
        acts.ratio, acts.reference_fen = ratio, run.reference_fen
        while len(ctx.state.acts) > MAX_POINTS:
            del ctx.state.acts[next(iter(ctx.state.acts))]
        return (
            sku if run.reference_fen == acts.references[0] else f"{sku}@{yuan(run.reference_fen)}"
        )

    def _law(self, basis: Basis) -> list[str] | None:
        refs = [basis_ref.ref for basis_ref in self.spec.law]
        if basis == "maker":
            return [ref for ref in refs if ref != "价格规定/比较基准"]
        return [ref for ref in refs if ref != "价格规定/建议零售价"]


class Look:
    """One look back from the beginning of a comparison, and what it found."""

    def __init__(
        self, rule: FalseOriginalPrice, room: RoomState, run: Comparison,
        history: PriceHistory, unit: str | None, same_goods_since: int,
    ) -> None:  # fmt: skip
        self.rule = rule
        self.run = run
        self.history = history
        self.unit = unit
        self.end = run.since
        self.start = run.since - rule.lookback_ms
        self.opening: PriceStep | None = None
        """The oldest step, where the verdict rests on the length of the history."""
        self.conditional = 0
        """Paid prices in the window that were left out as personal or conditional."""
        self.since = max(same_goods_since, history.first_at or run.since)
        self.unwatched = room.unwatched_ms(self.start, self.end)
        self.numbers: dict[str, Number] = {
            "reference_fen": run.reference_fen,
            "offer_fen": run.offer_fen,
            "window_start": self.start,
            "window_end": self.end,
            "watched_days": round(max(0, self.end - self.since) / DAY_MS, 1),
            "unwatched_ms": self.unwatched,
        }
        self.followed = followed(history, unit, run.seen)
        """How often in 30 days the reference moved as the price did."""
        if basis_of(run.label) == "maker":
            self.numbers["followed"] = self.followed

    def verdict(self) -> tuple[Level, str, PriceStep | None] | str:
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
            usual = [
                step
                for step in public
                if not is_limited_sale(step, self.history, stale_ms=self.rule.stale_ms)
            ]
            if usual:
                verdict = self._against(_lowest(usual), "lead", what, short)
                if not isinstance(verdict, str):
                    return verdict
            # A few pieces sold in a 秒杀 were a price for everybody, if not one that all got.
            verdict = self._against(_lowest(public), "watch", what, short)
            if not isinstance(verdict, str):
                return verdict
        common = self._common_discount(sales, public)
        if common is not None:
            self.numbers["discounted_orders"] = common.count
            return self._against(
                common,
                "watch",
                f"此前 {self._days} 天多数订单低于标价成交，同店同规格最低成交价",
                None if long_enough else "insufficient-history",
            )
        if public:
            return verdict
        if not long_enough or self.unwatched > self.rule.blind_ms:
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
            certain = not offered and self.unwatched <= self.rule.unwatched_ms
            return self._against(
                earlier, "lead" if certain else "watch",
                f"此前 {self._days} 天未见成交，最后一次成交价", None,
            )  # fmt: skip
        return self._by_list_prices(start)

    def _common_discount(self, sales: list[PriceStep], public: list[PriceStep]) -> PriceStep | None:
        """A price below the one shown that most buyers paid: hardly a coupon of one of them."""
        below = [
            step
            for step in sales
            if step not in public
            and is_public_sale(step, self.history, personal_ratio=0.0, stale_ms=self.rule.stale_ms)
        ]
        orders = sum(step.count for step in below)
        others = sum(step.count for step in public)
        if orders < self.rule.discounted_orders or orders < others:
            return None
        return _lowest(below)

    def _by_list_prices(self, start: int) -> tuple[Level, str, PriceStep | None] | str:
        shown = [
            step
            for step in self.history.between(start, self.end, "asking", "coupon", unit=self.unit)
            if not _conditional(step)
        ]
        if not shown:
            before = self.history.in_force(start, unit=self.unit)
            if before is None or before.at < self.since or _conditional(before):
                return "insufficient-history"
            shown = [before]
        lowest = _lowest(shown)
        days = {(at + 8 * HOUR_MS) // DAY_MS for step in shown for at in (step.at, step.until)}
        self.numbers["listed_days"] = len(days)
        ever = any(
            (step.price or 0) >= self.run.reference_fen
            for step in self.history.between(
                self.since, self.end, "asking", "coupon", "transaction", unit=self.unit
            )
        )
        certain = (
            not ever
            and self.unwatched <= self.rule.unwatched_ms
            and len(days) >= self.rule.listed_days
        )
        self.opening = self.history.steps[0] if self.history.steps else None
        what = f"此前 {self._days} 天未见成交记录，同店同规格最低标价"
        if certain:
            what = (
                f"已观察 {self.numbers['watched_days']} 天从未按此价销售，"
                f"此前 {self._days} 天同店同规格最低标价"
            )
        return self._against(lowest, "lead" if certain else "watch", what, None)

    def _against(
        self, step: PriceStep, level: Level, what: str, short: str | None
    ) -> tuple[Level, str, PriceStep | None] | str:
        reference, lowest = self.run.reference_fen, step.price or 0
        excess = reference - lowest
        self.numbers["lowest_fen"] = lowest
        self.numbers["excess_fen"] = excess
        self.numbers["lowest_at"] = step.at if step.at >= self.start else step.until
        if excess <= 0:
            return short or "not-above"
        if excess <= self.rule.rounding_fen:
            return short or "rounding"
        # 21(2): the buyer pays so little that the real reduction is no smaller than the one shown.
        needed = self.run.offer_fen * lowest // reference
        self.numbers["needed_fen"] = needed
        paid = self.history.lowest(
            self.end, self.run.seen + 1, "transaction", "coupon", unit=self.unit,
            counts=lambda paid: not _conditional(paid),
        )  # fmt: skip
        if paid is not None and (paid.price or 0) <= needed:
            self.numbers["paid_fen"] = paid.price
            return "greater-benefit"
        label = self.run.label or "被比较价格"
        if self.run.spoken:
            label = f"口播“{label}”"
        words = (
            f"{label} {yuan(reference)} 元，{what} {yuan(lowest)} 元，高出 {yuan(excess)} 元；"
            f"比较自 {day_and_time(self.end)} 起，现价 {yuan(self.run.offer_fen)} 元"
        )
        if self.unwatched > self.rule.unwatched_ms:
            words += f"；其间 {self.unwatched / HOUR_MS:.1f} 小时未监测"
            self.numbers["unwatched_hours"] = round(self.unwatched / HOUR_MS, 1)
        return level, words, step

    def _public(self, sales: list[PriceStep]) -> list[PriceStep]:
        return [step for step in sales if self._is_public(step)]

    def _is_public(self, step: PriceStep) -> bool:
        return is_public_sale(
            step, self.history,
            personal_ratio=self.rule.personal_ratio, stale_ms=self.rule.stale_ms,
        )  # fmt: skip

    @property
    def _days(self) -> int:
        return self.rule.lookback_ms // DAY_MS

    def exemptions(self, basis: Basis) -> list[Exemption]:
        """What was considered, in the order of the articles."""
        label = self.run.label
        needed = self.numbers.get("needed_fen")
        return [
            Exemption(
                clause="价格规定 16(2)：标明了被比较价格的详细信息",
                met=False,
                why=f"仅标“{label}”，未见时间、地点等详细信息" if label else "未见任何说明",
            ),
            Exemption(
                clause="价格规定 16(3)：明确标示为厂商建议零售价",
                met=False,
                why=(
                    f"虽标为“{label}”，却随售价变动 {self.followed} 次"
                    if basis == "maker"
                    else "未标为厂商建议零售价"
                ),
            ),
            Exemption(
                clause="价格规定 21(1)：无主观故意",
                met=False,
                why="须由经营者举证，监测不能判断",
            ),
            Exemption(
                clause="价格规定 21(2)：实际成交使买方得到更大优惠",
                met=False,
                why=f"实付须不高于 {yuan(int(needed or 0))} 元才抵得上标示的优惠，未见",
            ),
            Exemption(
                clause="价格规定 21(3)：舍零取整",
                met=False,
                why=f"差额超过 {yuan(self.rule.rounding_fen)} 元",
            ),
            Exemption(
                clause="会员价、拼团价、首单券、国补等条件价不作最低成交价",
                met=False,
                why=f"已剔除 {self.conditional} 组条件价或个人优惠后的成交",
            ),
        ]


def _lowest(steps: list[PriceStep]) -> PriceStep:
    return min(steps, key=lambda step: (step.price or 0, step.at))


def _conditional(step: PriceStep) -> bool:
    return is_conditional(step.quote.conditions) or is_deposit(step.quote.conditions)


def followed(history: PriceHistory, unit: str | None, at: int) -> int:
    """How often in 30 days the reference moved together with the asking price, the same way."""
    moves = 0
    before: PriceStep | None = None
    for step in history.between(at - 30 * DAY_MS, at + 1, "asking", unit=unit):
        if step.quote.reference_price is None:
            continue
        if before is not None:
            moved = (step.price or 0) - (before.price or 0)
            along = step.quote.reference_price - (before.quote.reference_price or 0)
            if moved * along > 0:
                moves += 1
        before = step
    return moves


def _curve(history: PriceHistory, start: int, end: int) -> list[PricePoint]:
    """The curve around the window, with the step that was in force where it begins."""
    opening = history.in_force(start)
    points = history.points(opening.at if opening is not None else start, end)
    return points[-MAX_POINTS:]


def _once(events: list[Event]) -> list[Event]:
    """Each event once, in the order of time, the last one kept last."""
    last = events[-1]
    unique = {event.id: event for event in events if event.id != last.id}
    return [*sorted(unique.values(), key=lambda event: (event.at, event.id)), last]


def day_and_time(at: int) -> str:
    """“10 月 1 日 20:00” in Beijing."""
    moment = datetime.fromtimestamp(at / 1000, BEIJING)
    return f"{moment.month} 月 {moment.day} 日 {moment:%H:%M}"
