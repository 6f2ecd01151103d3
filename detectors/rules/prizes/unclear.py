"""`prize-unclear`: a draw that does not say what it has to, or says something else afterwards.

反法 11(1)(2). What platforms display of a draw is compared sight by sight; what is observed to be
left out may still be told in words, so the rule listens a while before it says that it was not.
"""

from __future__ import annotations

from typing import Any, ClassVar

from detectors.alerts import Exemption, Level, Number, unmet
from detectors.claims.framed import FramedRule
from detectors.events import Prize
from detectors.match.lexicon import Hit
from detectors.match.numerals import Count, counts
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.prizes.announcements import (
    MAX_SAID,
    RULES_SHOWN,
    SAID_MS,
    TOLD,
    SaidOfDraw,
    UnclearDraws,
)
from detectors.rules.prizes.draws import MAX_DRAWS
from detectors.rules.prizes.terms import Item, TermChange, changes, lacking, merged
from detectors.speech.utterance import Utterance
from detectors.stats.latest import trim

__all__ = ["PrizeUnclear"]


#: Letters behind a change to the number that it leaves.
REACH = 6
#: What 反法 11(1) names; number and time of a draw stand in 促销规定 13 alone.
_NAMED: frozenset[Item] = frozenset(["奖品", "参与或兑奖条件"])
#: Frames of a change, of which figures tell whom it favours; that of a number that is reduced.
_COUNTED, _FEWER = frozenset(["changed", "replaced", "fewer"]), "fewer"


@rule
class PrizeUnclear(FramedRule):
    id = "prize-unclear"
    State = UnclearDraws
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"draw", "reason"}
    follows_stream = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        # What is missing on the page may be told in any of its words.
        self.heeds = frozenset(spec.patterns)
        self.tell_ms = spec.duration_ms("tell_s")
        self.postponements = spec.count("postponements")
        self.reason_ms = spec.duration_ms("reason_s")

    # Displayed ----------------------------------------------------------------------------

    def on_prize(self, ctx: Context, event: Prize) -> None:
        draws: UnclearDraws = ctx.state
        known = draws.prizes.pop(event.prize, None)
        if event.phase == "drawn":
            draws.postponed.pop(event.prize, None)
            return
        prize = event if known is None else merged(known, event)
        draws.keep(prize)
        if known is not None:
            self._compare(ctx, draws, known, prize, event)
        missing = lacking(prize)
        if not missing:
            ctx.decline("rules-shown", event.prize, "页面上奖品、数量、条件、时间没有见到空缺")
            if draws.untold.pop(event.prize, None):
                ctx.cancel_timer(event.prize)
        elif draws.untold.get(event.prize) != missing:
            draws.untold[event.prize] = missing
            trim(draws.untold, MAX_DRAWS)
            ctx.set_timer(event.at + self.tell_ms, event.prize)

    def _compare(
        self, ctx: Context, draws: UnclearDraws, before: Prize, after: Prize, event: Prize
    ) -> None:
        worse: list[TermChange] = []
        open_: list[TermChange] = []
        sights = [before]
        for change in changes(before, after):
            if change.favours:
                ctx.decline("favours-consumers", event.prize, change.words)
            elif change.favours is None and change.item == "开奖时间":
                moves = draws.put_off(before, self.postponements)
                sights, count = list(moves.before), moves.times
                if count < self.postponements:
                    ctx.decline("put-off-once", event.prize, change.words)
                    continue
                open_.append(change._replace(numbers={**change.numbers, "postponed": count}))
            else:
                (open_ if change.favours is None else worse).append(change)
        found = [*worse, *open_]
        if not found:
            return
        reason = draws.reason
        if reason is not None and event.at - reason.at > self.reason_ms:
            reason = None
        if reason is not None and not worse:
            # Whether it is worse is open, and why it was changed was said.
            ctx.decline("reason-given", event.prize, reason.text[:40])
            return
        level: Level = "lead" if worse and reason is None else "watch"
        numbers: dict[str, Number] = {}
        for change in found:
            numbers.update(change.numbers)
        numbers["terms_changed"] = len(found)
        ctx.raise_alert(
            Finding(
                subject=event.prize,
                subject_title=after.name or before.name or event.prize,
                level=level,
                because=[*(["reason"] if reason is not None else []), "changed"],
                reason="抽奖公布后又变更：" + "；".join(change.words for change in found) + "。",
                trigger=[*(one for one in sights if one.id != event.id), event],
                numbers=numbers,
                law=["反法/有奖事后变更", "反法/有奖信息不明", "促销规定/有奖信息"],
                exemptions=[
                    Exemption(
                        clause="反法第十一条第二项（有正当理由的变更）",
                        met=None if reason is not None else False,
                        why=f"变更前称“{reason.text[:40]}”，是否正当须核查"
                        if reason is not None
                        else "变更前后未听到说明理由",
                    ),
                    Exemption(
                        clause="对消费者有利的变更",
                        met=False if worse else None,
                        why="所见变更未见增加奖品、数量、机会或时间"
                        if worse
                        else "是否更不利，凭所见不能判断",
                    ),
                ],
                missing=[] if worse else ["变更前后奖品的市场价格、参与人数"],
            )
        )

    # Told in words ------------------------------------------------------------------------

    def awaits(self, memory: ClaimMemory) -> bool:
        return super().awaits(memory) or (isinstance(memory, UnclearDraws) and bool(memory.untold))

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes what is said of draws, and why one is changed."""
        draws: UnclearDraws = ctx.state
        if utterance.speaker != "card":
            if utterance.has_new("reason", hits):
                draws.reason = SaidOfDraw(utterance.at, utterance.span(*utterance.news_range).text)
            if draws.untold or utterance.has_new("draw", hits):
                draws.said = [
                    one for one in draws.said if utterance.at - one.at <= SAID_MS
                ][1 - MAX_SAID :]  # fmt: skip
                draws.said.append(SaidOfDraw(utterance.at, utterance.own[:200]))

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        self._untold(ctx, key, due)

    def holds_back(self, memory: Any, key: str) -> bool:
        return True

    def _untold(self, ctx: Context, key: str, at: int) -> None:
        draws: UnclearDraws = ctx.state
        items = draws.untold.pop(key, None)
        prize = draws.prizes.get(key)
        if not items or prize is None:
            return
        said = [one.text for one in draws.said if abs(at - one.at) <= SAID_MS + self.tell_ms]
        left = [item for item in items if not any(TOLD[item].search(text) for text in said)]
        if any(RULES_SHOWN.search(text) for text in said):
            left = []
        if not left:
            ctx.decline("told-in-words", key, "主播口头说明了页面上没有的内容")
            return
        numbers: dict[str, Number] = {"missing_items": len(left), "tell_s": self.tell_ms // 1_000}
        named = not _NAMED.isdisjoint(left)
        ctx.raise_alert(
            Finding(
                subject=key,
                subject_title=prize.name or key,
                level="lead" if named else "watch",
                because=["lacking" if named else "particulars"],
                facts=[] if named else ["particulars"],
                missing=["所缺事项是否影响兑奖"],
                reason=f"抽奖页面观察到未载明{'、'.join(left)}共 {len(left)} 项，其后 {numbers['tell_s']} 秒内卖方一侧"
                "也未说明。",
                trigger=[prize],
                hit=f"{key}:lacking",
                numbers=numbers,
                law=["反法/有奖信息不明", "促销规定/有奖信息"],
                exemptions=[
                    unmet("平台福袋已展示规则", "所列各项在页面上观察到为空"),
                    unmet("主播口头说明", "等候期内的口播未提到所列各项"),
                ],
            )
        )

    # Said ---------------------------------------------------------------------------------

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        if frame.id not in _COUNTED:
            return claim
        turn = next(hit.start for hit in claim.hits if hit.group in ("turned", "replaced", "drawn"))
        found = [
            one for one in counts(reading.text) if claim.start <= one.start < claim.end + REACH
        ]
        before = [one for one in found if one.start < turn][-1:]
        after = [one for one in found if one.start >= turn][:1]
        if (
            before
            and after
            and after[0].value >= before[0].value
            and _alike(reading.text, before[0], after[0])
        ):
            ctx.decline("favours-consumers")
            return None
        if frame.id == _FEWER and before and after:
            claim.says = (
                f"抽奖数量由先前所说的 {before[0].value} 变为 {after[0].value}，对参与者不利"
            )
            claim.numbers.update(before_count=before[0].value, prize_count=after[0].value)
        return claim


def _alike(text: str, one: Count, other: Count) -> bool:
    """Do two numbers count the same things, ten prizes and twenty, not eight o'clock and five thousand people?"""
    return text[one.end : one.end + 1] == text[other.end : other.end + 1]
