"""`pyramid-recruit`: a fee to enter, heads to bring, pay by levels, a promised daily income.

传销条例 7: two of the four, said by one speaker within ten minutes. One mark alone is the talk of
franchises, agencies and shops. A commission of one level on sales, recruiting of hosts and staff,
and a present for a friend who buys are none. An officer decides in every case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from detectors.alerts import Exemption, Level, Span
from detectors.events import Event
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.held import in_order
from detectors.text.lexicon import Hit
from detectors.text.utterance import Utterance

__all__ = ["PyramidRecruit"]

#: Marks of a room that are remembered; the oldest go first.
MAX_MARKS = 24
FEE, HEADS, LEVELS, DAILY = "入门费", "拉人头", "团队计酬", "收入保证"
_MONEY = re.compile(
    r"\d{2,}|[一二两三四五六七八九几十][一二两三四五六七八九零十]*[百千万]|[百千万](?:块|元|把)|[一二两三四五六七八九十]+(?:块|元)"
)
#: Somebody's staff, or goods that are bought and sold, make the same words harmless.
_WAGES = re.compile("底薪|五险一金|月休|包吃住|工资|计件|招聘|招工|店员|员工|上班|车间|缝纫|收银")


class Mark(Struct):
    """One of the marks, as it was said."""

    mark: str
    at: int
    speaker: str
    event: Event
    words: str
    spans: list[Span]
    exemptions: list[Exemption]


class Marks(ClaimMemory):
    """Beside the claims: at most 24 marks."""

    marks: list[Mark] = []


@rule
class PyramidRecruit(ComposedRule):
    id = "pyramid-recruit"
    State = Marks
    strong: ClassVar[frozenset[str]] = frozenset(
        {"fee", "gate", "place", "head", "reward", "level", "static", "daily", "sure"}
    )
    makes: ClassVar[Sequence[Make]] = (
        Make(FEE, "，要求交费加入", ("fee",), where=_MONEY),
        Make(FEE, "，要求交费或认购商品取得资格", ("pay",), ("gate",), after=14, before=12, marks=1, where=_MONEY),
        Make(FEE, "，要求交费占位、加入", ("place",)),
        Make(HEADS, "，以发展人员计酬", ("head",)),
        Make(HEADS, "，以发展人员计酬", ("bring",), ("reward",), after=16, before=10, marks=2),
        Make(LEVELS, "，以下线业绩、层级计酬", ("level",)),
        Make(LEVELS, "，以静态、动态收益计酬", ("static",), ("yield",), after=10, before=6, marks=1),
        Make(DAILY, "，保证每日收入", ("daily",), where=_MONEY),
        Make(DAILY, "，保证每日收入", ("sure",), ("day",), after=8, before=10, marks=1, where=_MONEY),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "一级佣金",
            re.compile(
                "(?:只有|就|仅|只)一[级层]|单级|一层(?:佣金|提成)|卖一单给一单|卖多少拿多少|卖出去才有|卖货才有|按卖出去|按销售|没有下[级线]|没有什么下线|"
                "不(?:用|需要|要|必)(?:拉人|发展|囤货|交钱|交费)|没有门槛|不收(?:任何)?费|注册免费|代理免费|零门槛|免费加入|一件代发"
            ),
            "是按销售计的一级佣金",
            "不是按销售计的一级佣金",
            "text",
        ),
        Ground(
            "招聘、机构签约",
            re.compile("mcn|招(?:主播|达人|客服|店员|员工|收银|缝纫|工人)|底薪|五险一金|工资|上班|厂里|店里(?:业绩|的店员)|发给店员|签约机构"),
            "说的是招聘、签约",
            "不是招聘、签约",
            "text",
        ),
        Ground(
            "老带新的一次性优惠",
            re.compile(
                "老带新|老客推荐|带(?:朋友|新朋友|一个新)[^,。!?]{0,8}(?:送|得|各)|各得|优惠券|块券|送(?:老客|一双|一个月|一份|一次)|下单送|满减"
            ),
            "是老带新的一次性优惠",
            "不是老带新的一次性优惠",
        ),
        Ground(
            "警示、反传销",
            re.compile("传销|骗局|诈骗|骗子|被骗|被人骗|报警|举报|别碰|别信|小心(?!思)|当心|警惕|赶紧跑|挂电话|庞氏"),
            "是警示他人",
            "不是警示他人",
            "text",
        ),
        Ground(
            "日常用语",
            re.compile("下级单位|上下级|下级部门|班费|家委会|学校|物业费|年卡|健身卡|月卡|平台发的|逛"),
            "是日常用语",
            "不是日常用语",
        ),
    )  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.window_ms = round(spec.threshold("window_min") * 60_000)
        self.least = spec.count("marks")

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        if make.concept == DAILY and _WAGES.search(reading.text):
            ctx.decline("wages")
            return None
        return make.level

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        memory: Marks = ctx.state
        before = len(memory.marks)
        super().on_text(ctx, utterance, hits)
        # A quoted question that is affirmed arrives as a finding: it is a mark like the others.
        affirmed = [finding for finding in ctx.findings if not finding.amends]
        if affirmed:
            ctx.findings[:] = [finding for finding in ctx.findings if finding.amends]
            for finding in affirmed:
                mark = finding.subject.rpartition("/")[2]
                self._note(memory, utterance, mark, finding.trigger[0], finding)
        if affirmed or len(memory.marks) > before:
            self._weigh(ctx, memory, utterance)

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        known = len(ctx.findings)
        if super()._raise(ctx, memory, reading, claim, subject, considered) and isinstance(
            memory, Marks
        ):
            finding = ctx.findings[known]
            del ctx.findings[known:]
            self._note(memory, reading.utterance, claim.concept, reading.utterance.event, finding)
        return False  # One utterance may bear several marks.

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        return f"{reading.utterance.speaker}/{concept}"

    def _note(
        self, memory: Marks, utterance: Utterance, mark: str, event: Event, finding: Finding
    ) -> None:
        words = utterance.original.strip(" ，,。")
        memory.marks.append(
            Mark(
                mark=mark,
                at=utterance.at,
                speaker=utterance.speaker,
                event=event,
                words=words if len(words) <= 40 else words[:39] + "…",
                spans=list(finding.spans),
                exemptions=list(finding.exemptions),
            )
        )
        del memory.marks[:-MAX_MARKS]

    def _weigh(self, ctx: Context, memory: Marks, utterance: Utterance) -> None:
        """Raises once enough marks come from one speaker."""
        start, speaker = utterance.at - self.window_ms, utterance.speaker
        session = utterance.event.session
        memory.marks = [
            one for one in memory.marks if one.at >= start and one.event.session == session
        ]
        mine = [one for one in memory.marks if one.speaker == speaker]
        latest = {one.mark: one for one in mine}
        if len(latest) < self.least:
            ctx.decline("one-mark", speaker)
            return
        found = [one for one in mine if latest[one.mark] is one]
        words = "；".join(f"{one.mark}（“{one.words}”）" for one in found)
        lead = len(set(latest) - {DAILY}) >= self.least
        ctx.raise_alert(
            Finding(
                subject=f"{speaker}招募",
                subject_title="、".join(one.mark for one in found),
                level="lead" if lead else "watch",
                reason=f"{self.window_ms // 60_000} 分钟内同一人的话中出现传销特征 {len(latest)} 项：{words}。",
                trigger=in_order([one.event for one in found]),
                hit=utterance.event.id,
                numbers={
                    "marks": len(latest),
                    "window_min": self.window_ms // 60_000,
                    "marked": "、".join(one.mark for one in found),
                },
                spans=[span for one in found for span in one.spans],
                exemptions=found[-1].exemptions,
                missing=["层级是否达三级、人数是否达三十人（达到的移送公安机关）"],
            )
        )
