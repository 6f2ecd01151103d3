"""`prize-unclear`: a draw that does not say what it has to, or says something else afterwards.

反法 11(1)(2). What platforms display of a draw is compared sight by sight; what is observed to be
left out may still be told in words, so the rule listens a while before it says that it was not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from detectors.alerts import Exemption, Level, Number
from detectors.events import Prize
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.prizes.draws import MAX_DRAWS, Draws
from detectors.rules.prizes.terms import Change, Item, changes, lacking, merged
from detectors.rules.prizes.wording import left_open
from detectors.text.amounts import number
from detectors.text.lexicon import Hit
from detectors.text.numerals import counts
from detectors.text.utterance import Utterance

__all__ = ["PrizeUnclear"]

#: What was said of draws lately, and how long that is.
MAX_SAID = 4
SAID_MS = 300_000
_TOLD: dict[Item, re.Pattern[str]] = {
    "奖品": re.compile("(?:奖品|抽的?|送的?|开的?)(?:是|就是|给)|(?:抽|送|开)(?:一|两|三|\\d)"),
    "数量或中奖概率": re.compile(
        "[\\d一二两三四五六七八九十百]+(?:个|位|名|份|台|套|单|盒|件|瓶|箱|条|张|部|只|辆|包)|分之|\\d%"
    ),
    "参与或兑奖条件": re.compile(
        "关注|扣|评论|下单|口令|打出|打在|发送?弹幕|点赞|粉丝团|灯牌|加团|分享|参与方式|符合|条件"
    ),
    "开奖时间": re.compile("点(?:整|半|钟|准时|抽|开)|分钟(?:之?后|开|抽)|倒计时|整点|现在(?:就)?(?:抽|开)|下播前"),
}  # fmt: skip
_RULES_SHOWN = re.compile(
    "规则[^,。!?]{0,6}(?:点|看(?!心情|我)|(?<!没)写|(?<!保留)在|念|贴|公示|说(?!了算))|点进去看|详情页|公告栏"
)
_DRAWN = re.compile(
    "抽(?:出|个)?([\\d一二两三四五六七八九十百]+)(?:个|位|台|名|份|部|条|箱|瓶|套|件|单|人)"
)
_DRAW = re.compile("抽|奖|福袋|锦鲤|中了|转盘|幸运|机会")


class Said(Struct):
    """What was said of a draw."""

    at: int
    text: str


class Moves(Struct):
    """The times that the end of a draw was put off."""

    times: int = 0
    before: list[Prize] = []
    """The draw as it was displayed before the last of them: what a verdict of repetition rests on."""


class UnclearDraws(Draws):
    """Beside the draws: what waits to be told in words, and what was said lately."""

    untold: dict[str, list[Item]] = {}
    """By draw, what its display leaves out; at most 50."""
    said: list[Said] = []
    """At most 4 texts about a draw."""
    postponed: dict[str, Moves] = {}
    """By draw, how often its end was put off; at most 50."""
    reason: Said | None = None
    """The last reason given for a change."""

    def put_off(self, before: Prize, kept: int) -> Moves:
        """Counts that a draw's end was put off; so many of the sights before it are kept."""
        moves = self.postponed.pop(before.prize, None) or Moves()
        moves.times += 1
        moves.before = [*moves.before, before][-kept:]
        self.postponed[before.prize] = moves
        while len(self.postponed) > MAX_DRAWS:
            del self.postponed[next(iter(self.postponed))]
        return moves


@rule
class PrizeUnclear(ComposedRule):
    id = "prize-unclear"
    State = UnclearDraws
    heeded: ClassVar[frozenset[str]] = ComposedRule.heeded | {"draw", "reason"}
    makes: ClassVar[Sequence[Make]] = (
        Make("信息不明", "，有奖销售的信息未说清，影响参与和兑奖", ("item",), ("unsure",),
             after=10, before=2, marks=1, level="watch", where=_DRAW, ungated=True, asks=False),
        Make("信息不明", "，有奖销售的信息未说清，影响参与和兑奖", ("vague",), level="watch",
             where=_DRAW, ungated=True, asks=False),
        Make("事后变更", "，活动开始后变更了已公布的内容", ("said",), ("turned",), after=24, before=16, marks=3,
             level="watch", where=_DRAW, ungated=True, asks=False),
        Make("信息不明", "，有奖销售的信息未公布", ("undisclosed",), ("term",), after=14, before=12,
             marks=1, level="watch", where=_DRAW, ungated=True, asks=False),
        Make("事后变更", "，活动开始后变更了已公布的内容", ("altered",), ("term",), after=10, before=6,
             level="watch", where=_DRAW, asks=False),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "规则已公示", _RULES_SHOWN, "指明了规则在哪里", "没有指明规则在哪里", "text",
        ),
        Ground(
            "附赠，没有抽奖",
            re.compile("不用抽|不是抽|人人(?:都)?有(?!机会)|每人(?:都)?有(?!机会)|每单(?:都)?送|买就送|都能领到"),
            "说明人人都有，不凭偶然", "凭偶然中奖", "text",
        ),
        Ground(
            "警示或说的是他人的活动",
            re.compile("别参与|别信|别上当|小心|提醒|有的主播|别家|别人家|人家|那种[^,。]{0,12}(?:别|不要)|我们不(?:搞|做|玩)|违规|骗|那些|都是套路|擦亮"),
            "是提醒，或说的是别家", "说的是自己的活动", "text",
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
                        clause="反法 11(2) 有正当理由的变更",
                        met=False,
                        why=f"变更前称“{reason.text[:40]}”，是否正当须核查"
                        if reason is not None
                        else "变更前后未听到说明理由",
                    ),
                    Exemption(
                        clause="对消费者有利的变更",
                        met=False,
                        why="变更减少了奖品、数量、机会或时间"
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
        left = [item for item in items if not any(_TOLD[item].search(text) for text in said)]
        if any(_RULES_SHOWN.search(text) for text in said):
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

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        fewer = _fewer(reading)
        if fewer is not None and not claims:
            before, after, hit = fewer
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
        says = "有奖销售的信息未说清，影响参与和兑奖"
        if found.kind == "事后变更":
            says = "活动开始后变更了已公布的内容"
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


def _fewer(reading: Reading) -> tuple[int, int, Hit] | None:
    """“本来说抽二十位，抽五位得了”: how many were promised, and how many are drawn."""
    for hit in reading.kind("said"):
        found = [
            int(value)
            for match in _DRAWN.finditer(reading.text, hit.start)
            if (value := number(match[1])) is not None
        ]
        if len(found) > 1 and found[-1] < found[0]:
            return found[0], found[-1], hit
    return None
