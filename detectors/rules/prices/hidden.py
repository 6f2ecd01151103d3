"""`hidden-condition`: a price first, and later what it takes to have it.

价格规定 19(6)(7): conditions that are not told, or told in small, and coupons that the price does not
follow. What a text alone tells is frames of the pack. What is here remembers what was said and shown of a
price before; what comes with it within a moment is told in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level, Number, unmet
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Event, Price
from detectors.match.amounts import amounts
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.match.likeness import LIKENESS, Likeness
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import SURELY, Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.prices.announced import Announced, HiddenMemory
from detectors.rules.prices.conditions import has_freight, is_open
from detectors.rules.prices.course import price_at
from detectors.rules.prices.wording import yuan
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance

__all__ = ["HiddenCondition"]

_COUPON = phrasing("price-tags", "coupon")
#: What was looked for beside the price, by what it was set against.
_UNTOLD = {
    "tag": "此前的标价观察到没有条件",
    "coupon": "价格所在的话里未见条件",
    "reports": "此前的发现见理由，其间未见另行标明",
}
#: The frame of a condition that was not told, and slots that alone mean something after a price was told.
_TOLD_LATE, _LATER = "told-late", frozenset({"cond", "void"})
#: Slots that name a condition, and those that say that something was not told of it.
_NAMES_ONE = ("bound", "terms", "costs")
_ADMITS = ("late", "void", "conceal", "press", "referred", "kept_quiet", "dismissed", "shrunk")
#: Slots that together say that it is told once one has ordered: “尾款下完单再讲”.
_DEFERS = ("stage", "then_told")
#: Letters behind a condition in which stands that it makes the price better, or how a thing is used.
_REACH = 8


@rule
class HiddenCondition(FramedRule):
    id = "hidden-condition"
    State = HiddenMemory
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"offer", "coupon"}
    strong: ClassVar[frozenset[str]] = _LATER
    follows_stream = True
    heeds_only = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.prompt_ms = spec.duration_ms("prompt_s")
        self.window_ms = spec.duration_ms("window_min")
        self.reports = spec.count("reports")
        told = next(frame for frame in spec.frames if frame.id == _TOLD_LATE)
        self.heeds |= {"cond", "late"}
        #: Words before a condition that make it none.
        self._free = tuple(told.not_before["bound"])

    # Said ---------------------------------------------------------------------------------

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        super().on_text(ctx, utterance, hits)
        self._note_offer(ctx, utterance, hits)

    def on_heeded(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        super().on_heeded(ctx, utterance, hits)
        self._note_offer(ctx, utterance, hits)

    def _note_offer(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes what is offered, and that its condition was told after all."""
        if utterance.speaker == "card" or not utterance.sku:
            return
        memory: HiddenMemory = ctx.state
        if utterance.has_new("cond", hits):
            openly = self.has_word("openly", utterance.own)
            if openly and memory.free.pop(utterance.sku, None) is not None:
                ctx.decline("announced-change", utterance.sku)
            return
        coupon = utterance.has_new("coupon", hits)
        if utterance.has_new("late", hits) or not (coupon or utterance.has_new("offer", hits)):
            return
        memory.announce(
            Announced(
                utterance.sku, utterance.own[:200], coupon, utterance.at, utterance.event,
                utterance.event.session,
            ),
            utterance.at - self.window_ms,
        )  # fmt: skip

    def is_worth(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> bool:
        # A bare condition is one of something that was announced before.
        memory: HiddenMemory = ctx.state
        return bool(memory.announced) or self.may_be_framed(utterance.folded.text, hits)

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        return self._after_all(ctx, reading) or super().find(ctx, reading)

    def _like(self, ctx: Context, reading: Reading, like: Likeness) -> Claim | None:
        """What is merely like a condition told late has to name one, and not in one breath with its price, unless
        it can hardly be read in another way: “底座六百等你付完了再讲”. A plain price is somewhat like it, too."""
        if like.share >= SURELY:
            return super()._like(ctx, reading, like)
        if not reading.kind(*_NAMES_ONE, *_ADMITS):
            ctx.decline("no-condition", LIKENESS)
            return None
        if self._told_at_once(ctx, reading):
            ctx.decline("told-in-time", LIKENESS)
            return None
        return super()._like(ctx, reading, like)

    def _told_at_once(self, ctx: Context, reading: Reading) -> bool:
        """Is a price told with its condition in one breath, and nothing said of a price before it?

        Whoever says “三十九块九会员才有的” discloses the condition.
        """
        return (
            bool(amounts(reading.text) or self.has_word("benefit", reading.text))
            and not reading.kind(*_ADMITS)
            and not all(map(reading.kind, _DEFERS))
            and not self.has_word("earlier", reading.text)
            and not self._earlier(ctx, reading.utterance)
        )

    def _after_all(self, ctx: Context, reading: Reading) -> list[Claim]:
        """A condition of what was announced before: of its coupon, of “包邮”, or of the sum itself."""
        earlier = self._earlier(ctx, reading.utterance)
        conds = [hit for hit in reading.kind("cond") if earlier and self._binds(reading.text, hit)]
        words = self.spec.patterns
        thresholds = [hit for hit in conds if hit.term.startswith(tuple(words["threshold"]))]
        void = [*reading.kind("void"), *(thresholds if _COUPON.search(reading.text) else [])]
        coupon = next((one for one in earlier if one.coupon), None)
        if void and coupon is not None:
            return [self._late(ctx, reading, void[0], coupon, "先前宣称的券不能按所说抵扣")]
        extra = next((hit for hit in conds if self.has_word("extra", hit.term)), None)
        whole = next((one for one in earlier if self.has_word("all_in", one.text)), None)
        if extra and whole is not None and not self.has_word("all_in", reading.text):
            return [self._late(ctx, reading, extra, whole, "先前称全包，其后才说另有费用")]
        sums = [one.fen for one in amounts(reading.text)] if conds else []
        for announced in earlier if sums else ():
            for fen in announced.fens:
                back = any(a - b == fen for a in sums for b in sums if a > b > 0)
                returned = back and any(hit.term in words["returned"] for hit in conds)
                if fen in sums or returned:
                    says = f"先前报价 {yuan(fen)} 元未说条件，其后才说“{conds[0].term}”"
                    claim = self._late(ctx, reading, conds[0], announced, says)
                    claim.numbers["announced_fen"] = fen
                    return [claim]
        return []

    def _binds(self, text: str, hit: Hit) -> bool:
        """Does a condition make the price harder to have, and not better, or tell how to use a thing?"""
        behind = text[hit.end : hit.end + _REACH]
        return not (
            text.endswith(self._free, 0, hit.start)
            or self.has_word("better", behind)
            or self.has_word("handled", behind)
        )

    def _earlier(self, ctx: Context, utterance: Utterance) -> list[Announced]:
        """What was announced of the product before, longer than a moment ago; the latest first."""
        memory: HiddenMemory = ctx.state
        at = utterance.at
        return memory.earlier(
            utterance.sku, utterance.event.session, at - self.window_ms, at - self.prompt_ms
        )

    def _late(
        self, ctx: Context, reading: Reading, hit: Hit, announced: Announced, says: str
    ) -> Claim:
        after_s = (reading.utterance.at - announced.at) // 1_000
        return Claim(
            concept="条件后说",
            hits=[hit],
            level="watch",
            says=f"{says}，相隔 {after_s} 秒",
            numbers={"told_after_s": after_s},
            exemptions=self.grounds_of(ctx, reading, hit.start),
            ungated=True,
            asks=False,
            admits=True,
        )

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        # “有人说下单三十九，那是因为得拍两件”: what explains a complaint is the seller's own word.
        return self._raise(ctx, memory, reading, claim, subject, claim.exemptions)

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        hidden: HiddenMemory = ctx.state
        if hidden.reported(reading.utterance.event.session) >= self.reports:
            claim.level = "lead"
            claim.numbers["reports"] = len(hidden.reports)
            claim.says += f"；{len(hidden.reports)} 名互不相同的观众反映价格不符"
        if not super()._raise(ctx, memory, reading, claim, subject, considered):
            return False
        earlier = self._earlier(ctx, reading.utterance)
        if earlier:
            ctx.findings[-1].trigger.insert(0, earlier[0].event)
        hidden.note(subject, reading.utterance.event.session)
        return True

    # Shown --------------------------------------------------------------------------------

    def on_price(self, ctx: Context, event: Price) -> None:
        memory: HiddenMemory = ctx.state
        if event.kind == "coupon":
            self._coupon(ctx, memory, event)
            return
        if event.kind != "asking" or event.price is None or event.conditions is None:
            return
        known = memory.free.get(event.sku)
        if not event.conditions:
            if known is None or known.price != event.price or known.session != event.session:
                memory.show_free(event)
            return
        if known is None or known.price != event.price or known.session != event.session:
            return
        burden = [words for words in event.conditions if self._burdens(words)]
        if not burden:
            return
        late_s = (event.at - known.at) // 1_000
        if event.at - known.at < self.prompt_ms:
            ctx.decline("told-in-time", event.sku)
            return
        del memory.free[event.sku]
        self._found(
            ctx, memory, event.sku, [known, event],
            f"此前标示 {yuan(event.price)} 元、观察到没有条件，{late_s} 秒后同一价格才标出条件“{'、'.join(burden)}”",
            {"announced_fen": event.price, "told_after_s": late_s}, "tag",
        )  # fmt: skip

    def _burdens(self, words: str) -> bool:
        """Do words on a price tag make the price harder to have?"""
        listed = [words]
        return not is_open(listed) or has_freight(listed) or self.has_word("tag", fold(words).text)

    def _coupon(self, ctx: Context, memory: HiddenMemory, event: Price) -> None:
        """“领五十块的券，到手四十九”: does the price follow?"""
        step = price_at(ctx.room, event.sku, event.at)
        if event.price is None or step is None or step.price is None or event.price < step.price:
            return
        for one in reversed(memory.announced):
            promised = min(one.fens, default=0)
            if (
                one.sku == event.sku and one.coupon and one.session == event.session
                and 0 < promised < event.price and 0 <= event.at - one.at <= self.window_ms
            ):  # fmt: skip
                self._found(
                    ctx, memory, event.sku, [one.event, step.quote.event, event],
                    f"{speaker_name(one.event)}称用券后 {yuan(promised)} 元，所见券后价仍为 {yuan(event.price)} 元，标价 {yuan(step.price)} 元，未随券下降",
                    {"announced_fen": promised, "after_coupon_fen": event.price, "asking_fen": step.price},
                    "coupon",
                )  # fmt: skip
                return

    def _found(
        self, ctx: Context, memory: HiddenMemory, sku: str, trigger: list[Event], reason: str,
        numbers: dict[str, Number], because: str,
    ) -> None:  # fmt: skip
        session = trigger[-1].session
        level: Level = "watch"
        if memory.reported(session) >= self.reports:
            level = "lead"
            numbers["reports"] = len(memory.reports)
            reason += f"；{len(memory.reports)} 名互不相同的观众反映价格不符"
        memory.note(sku, session)
        ctx.raise_alert(
            Finding(
                subject=sku,
                subject_title=ctx.room.title_of(sku),
                level=level,
                because=[because],
                reason=reason + "。",
                trigger=sorted(trigger, key=lambda event: (event.at, event.id)),
                numbers=numbers,
                exemptions=[
                    unmet("条件与价格同时标明", _UNTOLD[because]),
                    unmet("公开变更条件", "其间未听到宣布变更条件"),
                ],
                missing=["下单页、结算页的条件展示", "其间是否公开变更过活动条件"],
            )
        )  # fmt: skip

    # Reported -----------------------------------------------------------------------------

    def passes_over(self, text: str, hits: list[Hit]) -> bool:
        return any(hit.group == "viewer.asks" for hit in hits)

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        memory: HiddenMemory = ctx.state
        sku = ctx.room.explaining
        if not event.user:
            return
        memory.report(event)
        if len(memory.reports) != self.reports:
            ctx.decline("few-reports", sku or "")
            return
        if sku and memory.found.get(sku) == event.session:
            self._found(
                ctx,
                memory,
                sku,
                [*memory.reports],
                "价格条件事后才说明之后，观众集中反映",
                {},
                "reports",
            )
