"""虚假抢购、假库存: pieces declared the last that are not, and stock that comes back at once."""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Exemption, Number, Span
from detectors.events import Counter, Event, Order, Price, Product, Session, Speech
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.numerals import counts
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.claims.gates import EXPLAINED
from detectors.rules.sales.shown import as_seen, at_least, at_most, counter_of, observed
from detectors.rules.sales.wording import clause, denied, doubted, grouped
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep

__all__ = ["FakeScarcity"]

#: SKUs that are followed, declarations and refills of one SKU; the oldest go first.
MAX_SKUS = 20
MAX_DECLARED = 8
MAX_REFILLS = 4

_UNIT = re.compile(
    r"\s{0,8}(?:单|件|份|套|盒|瓶|箱|袋|双|条|组|台|包|罐|支|只|个|提|桶|本|库存|现货)"
)
#: What may follow a unit and makes something else of it: “最后一件事”, “最后两个问题”.
_OTHER_THING = re.compile(
    r"(?:事|问题|产品|商品|环节|品(?!质)|款|链接|福利|小时|钟|月|名额|颜色|尺码|码|色|礼|赠|奖|红包|券|福袋|红心|点赞|粉丝|人|家人|机会|步|视频)"
)

#: “就剩俩了”: a number that is its own unit.
_FEW = re.compile(r"(?:最后|下)?(?P<n>[俩仨])(?!人|字|问|家)")
#: The last batch of a year or of a harvest, whatever is in stock of it.
_OF_HARVEST = re.compile(r"今年|这一?季|当季|产季|采|批(?:新?茶|鲜?果|货|发|出)|批次")
#: Characters from a word of restocking to the number of pieces.
_PUT_UP = 10

#: “卖完了就没了”: a condition, not a fact.
_IF = re.compile(r"(?:就|再|的话|之后|以后|才)")
#: What makes a batch one of the sale: “颜色每一批都有一点不同” announces none.
_BATCH_OF_SALE = re.compile(r"[放抢卖拍单件份]|上链接|上架|上车|库存|开价|开抢|补货")


class _Declared(Struct):
    """“只剩 n 单”, as it was said."""

    event: Speech
    span: Span
    left: int | None
    """n; ``None``: no number (“马上没了”)."""
    stock: Counter | None = None
    """The stock displayed at the time, or next after it."""
    sold: Counter | None = None
    """The sales displayed at the time."""


class _Refill(Struct):
    """Sold out, and back within moments."""

    out: Event
    back: Event
    gap_s: int
    stock: int | None
    said: Event | None = None
    """The host's “再加五单”, where so few came back that only these words make it a refill."""


class _Shelf(Struct):
    """What was said of one SKU, and what happened to its stock."""

    declared: list[_Declared] = []
    refills: list[_Refill] = []
    out: Event | None = None
    """Since when it is sold out: a card, a stock of 0, or the host's words."""
    excused_at: int = 0
    """When a restock was last announced with its reason."""
    raised_at: int = 0
    """When the latest alert of it was raised."""
    batches_at: int = 0
    """When sale in batches was announced."""
    presale: bool = False
    added: Event | None = None
    """When the host last said, without a reason, that so many pieces are put up again."""
    ordered: int = 0
    """Pieces ordered since the first declaration that still counts."""
    paid: int = 0
    """Pieces paid since then: some platforms show only these."""


class ScarcityState(Struct):
    """At most `MAX_SKUS` shelves."""

    shelves: dict[str, _Shelf] = {}


@rule
class FakeScarcity(Rule):
    """Declared last although the stock is ample, repeatedly last, or refilled at once."""

    id = "fake-scarcity"
    State = ScarcityState

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.surplus = spec.count("surplus")
        self.plenty = spec.count("plenty")
        self.repeats = spec.count("repeats")
        self.window_ms = spec.count("window_min") * 60_000
        self.apart_ms = spec.count("apart_s") * 1000
        self.fresh_ms = spec.count("fresh_s") * 1000
        self.refill_ms = spec.count("refill_s") * 1000
        self.refills = spec.count("refills")
        self.released = spec.count("released_most")
        self.excuse_ms = spec.count("excuse_s") * 1000
        self.batch_ms = spec.count("batches_min") * 60_000
        self.tolerance = spec.threshold("falling_ratio")
        self.confidence = spec.threshold("least_confidence")

    # What is said -------------------------------------------------------------------------

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        groups = grouped(hits)
        event = utterance.event
        sku = utterance.sku
        if "presale" in groups and sku and not isinstance(event, Speech):
            self._shelf(ctx, sku).presale = True
        if not isinstance(event, Speech):
            return
        if event.confidence is not None and event.confidence < self.confidence:
            return
        if sku is None:
            if _last(utterance.folded.text, groups) is not None:
                ctx.decline("unknown-sku")
            return
        shelf = self._shelf(ctx, sku)
        if "presale" in groups:
            shelf.presale = True
        if any(_released(utterance.folded.text, hit) for hit in groups.get("batches", ())):
            shelf.batches_at = ctx.now
        if ("restock" in groups and "reason" in groups) or "released" in groups:
            # A stated reason starts a new count: what was last before may well have been.
            shelf.excused_at = ctx.now
            shelf.declared.clear()
            shelf.refills.clear()
            shelf.ordered = shelf.paid = 0
            self._explained(ctx, sku, shelf, utterance)
        elif any(_puts_up(utterance.folded.text, hit) for hit in groups.get("restock", ())):
            shelf.added = event
        self._sold_out(ctx, sku, shelf, utterance, groups)
        self._declare(ctx, sku, shelf, utterance, groups)

    def _explained(self, ctx: Context, sku: str, shelf: _Shelf, utterance: Utterance) -> None:
        """A reason that is given only after the alert was raised stands in it all the same."""
        after = utterance.at - shelf.raised_at
        if not shelf.raised_at or not 0 <= after <= self.excuse_ms:
            return
        who = speaker_name(utterance.event, utterance.field)
        why = (
            f"其后 {after // 1000} 秒{who}说“{utterance.original.strip()}”，是否就此作了说明须核实"
        )
        ctx.raise_alert(
            Finding(
                subject=sku,
                level="info",
                reason="",
                trigger=[utterance.event],
                exemptions=[Exemption(clause=EXPLAINED, met=True, why=why)],
                amends=True,
            )
        )

    def _sold_out(
        self, ctx: Context, sku: str, shelf: _Shelf, utterance: Utterance,
        groups: dict[str, list[Hit]],
    ) -> None:  # fmt: skip
        """The host says that it is sold out: so it is, unless the stock shows otherwise."""
        text = utterance.folded.text
        for hit in groups.pop("out", ()):
            if (
                _IF.match(text, hit.end)
                or denied(text, hit.start, hit.end)
                or doubted(text, hit.start, hit.end)
            ):
                continue
            stock = counter_of(ctx.room, "stock", sku)
            shown = at_least(stock) if stock is not None else None
            if shown is None or shown <= self.released:
                shelf.out = shelf.out or utterance.event
            else:
                groups.setdefault("last", []).append(hit)
            return

    def _declare(
        self, ctx: Context, sku: str, shelf: _Shelf, utterance: Utterance,
        groups: dict[str, list[Hit]],
    ) -> None:  # fmt: skip
        text = utterance.folded.text
        event = utterance.event
        found = _last(text, groups)
        if found is None or not isinstance(event, Speech):
            return
        start, end, left = found
        if doubted(text, start, end):
            return ctx.decline("quoted-or-asked", sku)
        if denied(text, start, end):
            return ctx.decline("denied", sku)
        first, last = clause(text, start, end)
        if any(first <= hit.start < last for hit in groups.get("other", ())):
            return ctx.decline("other-object", sku)
        if shelf.presale:
            return ctx.decline("presale", sku)
        if shelf.batches_at and ctx.now - shelf.batches_at <= self.batch_ms:
            return ctx.decline("batches-announced", sku)
        if shelf.excused_at and ctx.now - shelf.excused_at <= self.excuse_ms:
            return ctx.decline("restock-explained", sku)
        since = ctx.now - self.window_ms
        shelf.declared = [old for old in shelf.declared if old.event.at >= since]
        if not shelf.declared:
            shelf.ordered = shelf.paid = 0
        elif ctx.now - shelf.declared[-1].event.at < self.apart_ms:
            return
        sold = counter_of(ctx.room, "sold", sku)
        declared = _Declared(event, utterance.span(start, end), left, sold=sold)
        shelf.declared.append(declared)
        if len(shelf.declared) > MAX_DECLARED:
            del shelf.declared[1]
        stock = counter_of(ctx.room, "stock", sku)
        if stock is not None and ctx.now - stock.at <= self.fresh_ms:
            declared.stock = stock
        elif stock is None and sold is None:
            ctx.decline("stock-unknown", sku)
        self._weigh(ctx, sku, shelf, event)

    # What is shown ------------------------------------------------------------------------

    def on_counter(self, ctx: Context, event: Counter) -> None:
        if event.sku and event.name in ("stock", "sold"):
            shelf = ctx.state.shelves.get(event.sku)
            if event.name == "stock":
                self._stock(ctx, event.sku, shelf, event, event)
            elif shelf is not None and shelf.declared:
                self._weigh(ctx, event.sku, shelf, event)

    def on_product(self, ctx: Context, event: Product) -> None:
        shelf = ctx.state.shelves.get(event.sku)
        stock = observed(event, "stock", ctx.room)
        if stock is not None:
            self._stock(ctx, event.sku, shelf, stock, event)
        elif event.status == "sold_out":
            shelf = self._shelf(ctx, event.sku)
            shelf.out = shelf.out or event
        elif event.status in ("listed", "explaining") and shelf is not None:
            self._back(ctx, event.sku, shelf, event, None)

    def on_order(self, ctx: Context, event: Order) -> None:
        shelf = ctx.state.shelves.get(event.sku)
        if shelf is not None and shelf.declared:
            if event.status == "placed":
                shelf.ordered += event.quantity or 1
            elif event.status == "paid":
                shelf.paid += event.quantity or 1

    def on_price(self, ctx: Context, event: Price) -> None:
        if event.kind == "deposit":
            self._shelf(ctx, event.sku).presale = True

    def on_session(self, ctx: Context, event: Session) -> None:
        ctx.state.shelves = {}

    def _stock(
        self, ctx: Context, sku: str, shelf: _Shelf | None, stock: Counter, event: Event
    ) -> None:
        least = at_least(stock)
        if least == 0 and at_most(stock) == 0:
            shelf = self._shelf(ctx, sku)
            # Read again while it is sold out: the gap counts from when it ran out.
            shelf.out = shelf.out or event
            shelf.declared.clear()
            return
        if shelf is None or least is None:
            return
        self._back(ctx, sku, shelf, event, least)
        if shelf.declared:
            newest = shelf.declared[-1]
            if newest.stock is None and ctx.now - newest.event.at <= self.fresh_ms:
                newest.stock = stock
                self._weigh(ctx, sku, shelf, stock)

    # Verdicts -----------------------------------------------------------------------------

    def _back(self, ctx: Context, sku: str, shelf: _Shelf, event: Event, stock: int | None) -> None:
        """It is on sale again: a refill, if it was sold out moments ago."""
        out = shelf.out
        if out is None or event.at <= out.at:
            return
        shelf.out = None
        if event.at - out.at > self.refill_ms:
            return
        if shelf.presale:
            return ctx.decline("presale", sku)
        said = None
        if stock is not None and stock <= self.released:
            said = shelf.added
            if said is None or ctx.now - said.at > self.refill_ms:
                return ctx.decline("unpaid-orders-released", sku)
        if shelf.batches_at and ctx.now - shelf.batches_at <= self.batch_ms:
            return ctx.decline("batches-announced", sku)
        if shelf.excused_at and ctx.now - shelf.excused_at <= self.refill_ms + self.excuse_ms:
            return ctx.decline("restock-explained", sku)
        since = ctx.now - self.window_ms
        shelf.refills = [old for old in shelf.refills if old.back.at >= since]
        shelf.refills.append(_Refill(out, event, round((event.at - out.at) / 1000), stock, said))
        del shelf.refills[:-MAX_REFILLS]
        if len(shelf.refills) < self.refills:
            return
        gaps = "、".join(f"{refill.gap_s} 秒" for refill in shelf.refills)
        numbers: dict[str, Number] = {
            "refills": len(shelf.refills),
            "refill_s": self.refill_ms // 1000,
            "window_min": self.window_ms // 60_000,
        }
        for index, refill in enumerate(shelf.refills, 1):
            numbers[f"gap_{index}_s"] = refill.gap_s
        reason = (
            f"{numbers['window_min']} 分钟内 {numbers['refills']} 次售罄后又有货，"
            f"间隔 {gaps}，均不超过 {numbers['refill_s']} 秒"
        )
        if stock is not None:
            numbers["stock_after"] = stock
            reason += f"，最近一次补到 {stock}"
        trigger: list[Event] = []
        for refill in shelf.refills:
            seen = (refill.out, refill.said, refill.back)
            trigger += [item for item in seen if item is not None and item not in trigger]
        few = any(refill.said is not None for refill in shelf.refills)
        self._raise(
            ctx, sku, "refills", reason + "，未说明补货理由。", trigger, numbers, [], event.id,
            released="补回的是零星几件，同时听到加单的说法" if few else None,
        )  # fmt: skip

    def _weigh(self, ctx: Context, sku: str, shelf: _Shelf, event: Event) -> None:
        """Compares what was declared last with the stock, and with what was sold since."""
        declared = shelf.declared
        newest = declared[-1]
        first = declared[0]
        often = len(declared) >= self.repeats
        numbers: dict[str, Number] = {
            "declared": len(declared),
            "window_min": self.window_ms // 60_000,
        }
        trigger: list[Event] = []
        stock = newest.stock
        least = at_least(stock) if stock is not None else None
        if least is not None and stock is not None:
            enough = self.plenty if newest.left is None else newest.left + self.surplus
            numbers |= {"stock": least, "left": newest.left, "surplus": self.surplus}
            if least < enough:
                ctx.decline("stock-is-low", sku)
                return self._sold_on(ctx, sku, shelf, event, often, numbers)
            falling = self._falling(first, least)
            # Sold on, and yet each number that was named was far too low at the time.
            named = sum(1 for item in declared if self._too_low(item))
            if often and (not falling or named >= self.repeats):
                numbers["repeats"] = self.repeats
                before = at_least(first.stock) if first.stock is not None else None
                reason = (
                    f"{numbers['window_min']} 分钟内{_speakers(declared)} {len(declared)} 次称"
                    f"“{newest.span.text}”等，同一商品库存仍显示 {least:,}"
                )
                if before is not None and first is not newest:
                    numbers["stock_before"] = before
                    reason += f"（首次说时 {before:,}）"
                    if falling:
                        numbers["too_low"] = named
                        reason += f"，{named} 次所称都比当时库存少 {self.surplus} 以上"
                    else:
                        fall = before - least
                        reason += f"，只减少 {fall:,}" if fall > 0 else "，没有减少"
            else:
                return ctx.decline("stock-falling" if falling else "said-too-rarely", sku)
            for item in declared:
                if item.stock is not None and item.stock.id not in {e.id for e in trigger}:
                    trigger.append(as_seen(ctx.room, item.stock))
                trigger.append(item.event)
            return self._raise(
                ctx, sku, "stock", reason + "。", trigger, numbers,
                [item.span for item in declared], newest.event.id,
            )  # fmt: skip
        self._sold_on(ctx, sku, shelf, event, often, numbers)

    def _too_low(self, declared: _Declared) -> bool:
        """Was far more in stock than the number that was named?"""
        least = at_least(declared.stock) if declared.stock is not None else None
        return (
            least is not None
            and declared.left is not None
            and least >= declared.left + self.surplus
        )

    def _falling(self, first: _Declared, least: int) -> bool:
        """Has the stock really run down since the first declaration?"""
        before = at_least(first.stock) if first.stock is not None else None
        return before is not None and least < before * self.tolerance

    def _sold_on(
        self, ctx: Context, sku: str, shelf: _Shelf, event: Event, often: bool,
        numbers: dict[str, Number],
    ) -> None:  # fmt: skip
        """The stock is unknown or low: only repetition together with what was sold since counts."""
        declared = shelf.declared
        first = next((item for item in declared if item.left is not None), None)
        if not often or first is None or first.left is None:
            return
        sold = counter_of(ctx.room, "sold", sku)
        now = at_least(sold) if sold is not None else None
        more = max(shelf.ordered, shelf.paid)
        trigger: list[Event] = [item.event for item in declared]
        earlier = at_most(first.sold) if first.sold is not None else None
        if now is not None and earlier is not None and sold is not None and first.sold is not None:
            more = max(more, now - earlier)
            if sold.at > first.event.at:
                trigger += [as_seen(ctx.room, first.sold), as_seen(ctx.room, sold)]
        held = at_most(first.stock) if first.stock is not None else None
        if more < max(first.left, held or 0) + self.surplus:
            return ctx.decline("sold-no-more-than-left", sku)
        numbers |= {"left": first.left, "sold_since": more, "surplus": self.surplus}
        self._raise(
            ctx, sku, "sold",
            f"{numbers['window_min']} 分钟内{_speakers(declared)} {len(declared)} 次称“{first.span.text}”等，"
            f"首次所称只有 {first.left}，此后仍卖出 {more}。",
            trigger, numbers, [item.span for item in declared], declared[-1].event.id,
        )  # fmt: skip

    def _raise(
        self, ctx: Context, sku: str, because: str, reason: str, trigger: list[Event],
        numbers: dict[str, Number], spans: list[Span], hit: str, *,
        released: str | None = None,
    ) -> None:  # fmt: skip
        trigger = sorted(trigger, key=lambda item: (item.at, item.rank, item.id))
        self._shelf(ctx, sku).raised_at = trigger[-1].at
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level="lead",
                because=[because],
                reason=reason,
                trigger=trigger,
                hit=hit,
                numbers=numbers,
                spans=spans,
                words=next((one for one in spans if f"“{one.text}”" in reason), None),
                exemptions=[
                    Exemption(
                        clause="返场、加库存并说明理由", met=False, why="此前未听到补货的理由"
                    ),
                    Exemption(
                        clause="未付款订单释放",
                        met=False,
                        why=released or "未听到释放未付款订单的说法",
                    ),
                    Exemption(clause="事先说明分批放货", met=False, why="未听到分批的说明"),
                    Exemption(clause="预售", met=False, why="未见预售或定金"),
                ],
            )
        )

    def _shelf(self, ctx: Context, sku: str) -> _Shelf:
        shelves: dict[str, _Shelf] = ctx.state.shelves
        shelf = shelves.get(sku) or _Shelf()
        keep(shelves, sku, shelf, MAX_SKUS)
        return shelf


def _released(text: str, hit: Hit) -> bool:
    """Is it the sale that goes in batches, not the harvest or the dispatch?"""
    first, last = clause(text, hit.start, hit.end)
    return _BATCH_OF_SALE.search(text, first, last) is not None


def _puts_up(text: str, hit: Hit) -> bool:
    """“再给你们加五单”: are pieces put up again, and how many is said?"""
    return any(
        count.start - hit.start <= _PUT_UP and _UNIT.match(text, count.end)
        for count in counts(text)
        if count.start >= hit.start
    )


def _last(text: str, groups: dict[str, list[Hit]]) -> tuple[int, int, int | None] | None:
    """Where a text declares the last pieces, and how many; “最后五分钟” is no stock."""
    for hit in groups.get("left", ()):
        if few := _FEW.match(text, hit.end):
            return hit.start, few.end(), 2 if few["n"] == "俩" else 3
        for count in counts(text[hit.end : hit.end + 12]):
            start, end = hit.end + count.start, hit.end + count.end
            if start - hit.end > 4:
                break
            unit = _UNIT.match(text, end)
            if (
                unit is not None
                and not _OTHER_THING.match(text, unit.end())
                # “最后一个，江边的朋友问”: the next in a row, not the last in stock.
                and not (count.value == 1 and unit[0].strip() == "个" and hit.term == "最后")
            ):
                return hit.start, unit.end(), count.value
            break
    for hit in groups.get("last", ()):
        if hit.term == "最后一批" and _OF_HARVEST.search(text, *clause(text, hit.start, hit.end)):
            continue
        return hit.start, hit.end, None
    return None


def _speakers(declared: list[_Declared]) -> str:
    """Who declared it, each once."""
    return "、".join(dict.fromkeys(speaker_name(one.event) for one in declared))
