"""`prize-unclear`: a draw that does not say what it has to, or says something else afterwards.

反法 11(1)(2). What platforms display of a draw is compared sight by sight; what is observed to be
left out may still be told in words, so the rule listens a while before it says that it was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level, Number
from detectors.events import Prize
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.match.numerals import counts
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.prizes.draws import MAX_DRAWS
from detectors.rules.prizes.terms import Change, changes, lacking, merged
from detectors.rules.prizes.told import (
    MAX_SAID,
    RULES_SHOWN,
    SAID_MS,
    TOLD,
    Said,
    UnclearDraws,
    fewer,
)
from detectors.rules.prizes.wording import left_open, told_over
from detectors.speech.utterance import Utterance

__all__ = ["PrizeUnclear"]


_DRAW = re.compile("抽|奖|福袋|锦鲤|中了|转盘|幸运|机会")


@rule
class PrizeUnclear(ComposedRule):
    id = "prize-unclear"
    State = UnclearDraws
    heeded: ClassVar[frozenset[str]] = ComposedRule.heeded | {"draw", "reason"}
    makes: ClassVar[Sequence[Make]] = (
        Make("信息不明", "，说到有奖销售的信息不说清", ("item",), ("unsure",),
             after=10, before=2, marks=1, level="watch", where=_DRAW, ungated=True, asks=False),
        Make("信息不明", "，说到有奖销售的信息不说清", ("vague",), level="watch",
             where=_DRAW, ungated=True, asks=False),
        Make("事后变更", "，说到变更已公布的活动内容", ("said",), ("turned",), after=24, before=16, marks=3,
             level="watch", where=_DRAW, ungated=True, asks=False),
        Make("信息不明", "，说到有奖销售的信息不公布", ("undisclosed",), ("term",), after=14, before=12,
             marks=1, level="watch", where=_DRAW, ungated=True, asks=False),
        Make("事后变更", "，说到变更已公布的活动内容", ("altered",), ("term",), after=10, before=6,
             level="watch", where=_DRAW, asks=False),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "规则已公示", RULES_SHOWN, "指明了规则在哪里", "同句未见规则所在的说明", "text",
        ),
        Ground(
            "附赠，没有抽奖",
            re.compile("不用抽|不是抽|人人(?:都)?有(?!机会)|每人(?:都)?有(?!机会)|每单(?:都)?送|买就送|都能领到"),
            "说明人人都有，不凭偶然", "同句未见与消费者有利无关的说明", "text",
        ),
        Ground(
            "警示或说的是他人的活动",
            re.compile("划走|绕着走|绕道|避坑|别碰|碰到那种|遇到那种|别参与|别信|别上当|小心|提醒|有的主播|别家|别人家|人家|那种[^,。]{0,12}(?:别|不要)|我们不(?:搞|做|玩)|违规|骗|那些|都是套路|擦亮"),
            "是提醒，或说的是别家", "同句未见警示或指他人活动的说法", "text",
        ),
        Ground(
            "变更对消费者有利",
            re.compile("加到|增加到?|多抽|翻倍|升级成|加码|加量|再加|多送|放宽|不用下单|取消(?:条件|门槛)|降低门槛"),
            "变更对参与者有利", "未见对参与者有利", "sentence",
        ),
    )  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._strong_groups |= {"said", "stir"}
        self.tell_ms = spec.count("tell_s") * 1_000
        self.postponements = spec.count("postponements")
        self.reason_ms = spec.count("reason_s") * 1_000

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
            while len(draws.untold) > MAX_DRAWS:
                del draws.untold[next(iter(draws.untold))]
            ctx.set_timer(event.at + self.tell_ms, event.prize)

    def _compare(
        self, ctx: Context, draws: UnclearDraws, before: Prize, after: Prize, event: Prize
    ) -> None:
        worse: list[Change] = []
        open_: list[Change] = []
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

    def awaits(self, memory: UnclearDraws) -> bool:  # type: ignore[override]
        return bool(memory.untold) or super().awaits(memory)

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        draws: UnclearDraws = ctx.state
        text = utterance.folded.text
        if utterance.speaker != "card":
            if any(hit.group.startswith("reason") for hit in hits):
                draws.reason = Said(utterance.at, utterance.original)
            about = any(hit.group.startswith("draw") for hit in hits)
            if about or draws.untold:
                draws.said = [
                    one for one in draws.said if utterance.at - one.at <= SAID_MS
                ][1 - MAX_SAID :]  # fmt: skip
                draws.said.append(Said(utterance.at, text[:200]))
        super().on_text(ctx, utterance, hits)

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        self._untold(ctx, key, due)

    def on_finish(self, ctx: Context, at: int) -> None:
        for key in list(ctx.state.untold):
            self._untold(ctx, key, at)

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
        ctx.raise_alert(
            Finding(
                subject=key,
                subject_title=prize.name or key,
                level="lead",
                reason=f"抽奖页面观察到未载明{'、'.join(left)}共 {len(left)} 项，其后 {numbers['tell_s']} 秒内主播"
                "也未口头说明。",
                trigger=[prize],
                hit=f"{key}:lacking",
                numbers=numbers,
                law=["反法/有奖信息不明", "促销规定/有奖信息"],
                exemptions=[
                    Exemption(
                        clause="平台福袋已展示规则", met=False, why="所列各项在页面上观察到为空"
                    ),
                    Exemption(clause="主播口头说明", met=False, why="等候期内的口播未提到所列各项"),
                ],
            )
        )

    # Said ---------------------------------------------------------------------------------

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return True  # it looks for more than its table says

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        if told_over(reading.text):
            ctx.decline("told-over")
            return []
        claims = super().find(ctx, reading)
        less = fewer(reading)
        if less is not None and not claims:
            before, after, hit = less
            claim = Claim(
                concept="事后变更",
                hits=[hit],
                level="watch",
                says=f"抽奖数量由先前所说的 {before} 变为 {after}，对参与者不利",
                exemptions=[ground.considered(reading, hit.start) for ground in self.grounds],
                ungated=True,
                asks=False,
                numbers={"before_count": before, "prize_count": after},
            )
            claims.append(claim)
        return claims or self._worded(reading)

    def _worded(self, reading: Reading) -> list[Claim]:
        """What is left open or changed, by the parts of what is said."""
        found = left_open(reading.text)
        if found is None:
            return []
        # One stretch: what negates within it is part of what is said.
        start, end = min(found.first[0], found.second[0]), max(found.first[1], found.second[1])
        says = "说到有奖销售的信息不说清"
        if found.kind == "事后变更":
            says = "说到变更已公布的活动内容"
        return [
            Claim(
                concept=found.kind,
                hits=[Hit("stir", reading.text[start:end], start, end)],
                level="watch",
                says=says,
                exemptions=[ground.considered(reading, start) for ground in self.grounds],
                missing=["活动页面公示的规则与奖品清单"],
                ungated=True,
                asks=False,
                admits=True,
            )
        ]

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        if make.first == ("said",):
            before = [one.value for one in counts(reading.text[: hits[1].start])][-1:]
            after = [one.value for one in counts(reading.text[hits[1].start :])][:1]
            if before and after and after[0] >= before[0]:
                ctx.decline("favours-consumers")
                return None
        return make.level

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return ["活动页面公示的规则与奖品清单"]
