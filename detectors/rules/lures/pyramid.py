"""`pyramid-recruit`: a fee to enter, heads to bring, pay by levels, a promised daily income.

传销条例 7: two of the four, said by one speaker within ten minutes. One mark alone is the talk of
franchises, agencies and shops. A commission of one level on sales, recruiting of hosts and staff,
and a present for a friend who buys are none. An officer decides in every case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from detectors.alerts import Exemption, Level, Span
from detectors.events import Event
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.held import in_order
from detectors.rules.lures.marks import DAILY, FEE, HEADS, LEVELS, marks_in
from detectors.speech.utterance import Utterance

__all__ = ["PyramidRecruit"]

#: Marks of a room that are remembered; the oldest go first.
MAX_MARKS = 24
_MONEY = re.compile(
    r"(?:\d{1,12}|[一二两三四五六七八九十百]{1,12})(?:盒|箱|套|份|单)|"
    r"\d{2,12}|[一二两三四五六七八九几十][一二两三四五六七八九零十]{0,12}[百千万]|[百千万](?:块|元|把)|[一二两三四五六七八九十]{1,12}(?:块|元)"
)
#: What it costs to belong: “会员九百九”, “门槛就是买一套八百的产品”.
_PRICED = re.compile(
    "(?:会员|入门|门槛|起步|注册费|激活费|名额|席位|押金|首单|加入|入会|礼包|套餐)(?:费|只要|只需要|只需|就是|就|才|要|价|也就)?[^,。!?]{0,4}"
    r"(?:\d{2,12}|[一二两三四五六七八九几][一二两三四五六七八九零十]{0,12}[百千万]|[一二两三四五六七八九]?十[一二三四五六七八九]?[块元])"
)
#: Money that is paid in, and buys nothing.
_PAID_IN = re.compile(
    r"(?:交|缴纳?|充|投|打|存)(?:给我们|个|上|进来|了)?(?:\d{3,12}|[一二两三四五六七八九几][一二两三四五六七八九零十]{0,12}[百千万])"
)
#: Heads are what is paid for.
_FOR_HEADS = re.compile(
    "(?:发展|拉|带|推|招|找|分享|介绍|推荐|邀请|叫|喊|引进|复制)[^。!?]{0,22}?(?:返(?!场|图|回)|奖|提成|抽|给你|再给|还有|也有|都有|你拿|拿百分|拿[一二两三四五六七八九十\\d]|算你|升|你就是|就是主管|回本|"
    "百分之|个点|分钱|分成|收益|再发展|再找|再推|再招|再拉|多少人|(?:给|赚|拿)[一二两三四五六七八九几十\\d])"
)
#: “直播间推广”: the room, and nobody who was brought by somebody who was brought.
_IN_ROOM = re.compile("(?<=[播房车之期时空中])间推$")
#: “裂变懂吗”: it is explained, not asked.
_KNOWN = re.compile("(?:懂|知道|明白|听过|了解)(?:不|吗|吧|么)")
_SAYS = {
    FEE: "要求交费或认购商品取得资格",
    HEADS: "以发展人员计酬",
    LEVELS: "以下线业绩、层级计酬",
    DAILY: "保证收入",
}
#: Somebody's staff, or goods that are bought and sold, make the same words harmless.
_WAGES = re.compile(
    "底薪|五险一金|月休|包吃住|(?:基本|保底)工资|月薪|计件|招聘|招工|店员|(?:来|去)上班|车间|缝纫|收银"
)


class Mark(Struct):
    """One of the marks, as it was said."""

    mark: str
    at: int
    speaker: str
    events: list[Event]
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
        {
            "fee",
            "entry",
            "gate",
            "become",
            "place",
            "head",
            "reward",
            "level",
            "rank",
            "static",
            "daily",
            "sure",
            "part",
        }
    )
    makes: ClassVar[Sequence[Make]] = (
        Make(FEE, "，要求交费加入", ("fee",)),
        Make(FEE, "，要求交费加入", ("entry",), where=_MONEY),
        Make(FEE, "，要求交费或认购商品取得资格", ("pay",), ("gate",), after=20, before=12, marks=1, where=_MONEY),
        Make(FEE, "，要求交费占位、加入", ("place",)),
        Make(FEE, "，要求认购商品取得资格", ("become",), ("pay",), before=14, after=10, marks=1),
        Make(FEE, "，要求交费", ("pay",), where=_PAID_IN),
        Make(FEE, "，要求交费取得资格", ("price",), where=_PRICED),
        Make(HEADS, "，以发展人员计酬", ("verb",), ("member",), after=4, where=_FOR_HEADS),
        Make(LEVELS, "，按发展的人数、业绩升级", ("up",), ("rank",), after=3),
        Make(HEADS, "，以发展人员计酬", ("head",)),
        Make(HEADS, "，以发展人员计酬", ("bring",), ("reward",), after=16, before=10, marks=2),
        Make(LEVELS, "，以下线业绩、层级计酬", ("level",)),
        Make(LEVELS, "，以静态、动态收益计酬", ("static",), ("yield",), after=10, before=6, marks=1),
        Make(DAILY, "，保证每日收入", ("daily",)),
        Make(DAILY, "，保证每日收入", ("sure",), ("day",), after=8, before=10, marks=1, where=_MONEY),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "一级佣金",
            re.compile(
                "(?:只有|就|仅|只)一[级层]|单级|一层(?:佣金|提成)|卖一单给一单|卖多少拿多少|卖出去才有|卖货才有|按卖出去|按销售|没有下[级线]|没有什么下线|"
                "不(?:用|需要|要|必)(?:拉人|发展|交钱|交费)|自己卖自己赚|自己(?:开店|经营)|代理免费|一件代发"
            ),
            "是按销售计的一级佣金",
            "同句未见按销售计的一级佣金",
            "text",
        ),
        Ground(
            "招聘、机构签约",
            re.compile("mcn|招(?:主播|达人|客服|店员|员工|收银|缝纫|工人)|底薪|五险一金|(?:基本|保底)工资|月薪|(?:来|去)上班|厂里|店里(?:业绩|的店员)|发给店员|签约机构"),
            "话里说到招聘、签约",
            "同句未见招聘、签约",
            "text",
        ),
        Ground(
            "老带新的一次性优惠",
            re.compile(
                "老带新|老客推荐|带(?:一位|一个|两个|个|新){0,6}(?:朋友|新人|闺蜜|客户)[^,。!?]{0,8}(?:送|得|各|减|体验)|各得|优惠券|块券|送(?:老客|一双|一个月|一份|一次)|下单送|满减|好友下单|(?:都|各|立)减|成团|拼团"
            ),
            "是老带新的一次性优惠",
            "同句未见老带新的一次性优惠",
        ),
        Ground(
            "警示、反传销",
            re.compile("(?<!不是)(?<!不算)(?<!不属于)(?<!不搞)传销|案例|判了|判刑|获刑|法院|被抓|普法|(?<!不是)骗局|诈骗|(?<!不是)骗子|被骗|被人骗|报警|举报|别碰|别信|小心(?!思)|当心|警惕|赶紧跑|挂电话|庞氏|谁(?:拉你|说拿了?)|不招代理不|拦下来"),
            "是警示他人",
            "同句未见警示他人的话",
            "text",
        ),
        Ground(
            "日常用语",
            re.compile("[点号]下线|下线了(?:啊|哈|家人)|这词|是动词|按人头显示|下级单位|上下级|下级部门|班费|家委会|学校|物业费|年卡|健身卡|月卡|平台发的|一起逛"),
            "是日常用语",
            "同句未见日常用法",
        ),
    )  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.window_ms = round(spec.threshold("window_min") * 60_000)
        self.least = spec.count("marks")
        self._strong_groups |= {"part"}

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return True  # it looks for more than its table says

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = [
            claim
            for claim in super().find(ctx, reading)
            # “奖推” sounds like “间推”: too short to be told from it.
            if any(hit.form == "plain" or len(hit.term) > 2 for hit in claim.hits)
            and not any(_IN_ROOM.search(reading.text, 0, hit.end) for hit in claim.hits)
        ]
        named = {claim.concept for claim in claims}
        for mark, start, end in marks_in(reading.text, named):
            if mark == DAILY and _WAGES.search(reading.text):
                continue
            claims.append(
                Claim(
                    concept=mark,
                    hits=[Hit("part", reading.text[start:end], start, end)],
                    level="lead",
                    says=_SAYS[mark],
                    exemptions=[ground.considered(reading, start) for ground in self.grounds],
                )
            )
        if _KNOWN.search(reading.text):
            for claim in claims:
                claim.asks = False
        return claims

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
                self._note(memory, utterance, mark, finding.trigger, finding)
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
            self._note(memory, reading.utterance, claim.concept, finding.trigger, finding)
        return False  # One utterance may bear several marks.

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        return f"{reading.utterance.speaker}/{concept}"

    def _note(
        self, memory: Marks, utterance: Utterance, mark: str, events: list[Event], finding: Finding
    ) -> None:
        # Of a question that was affirmed, the question has the words.
        said = getattr(events[0], "text", None) or utterance.original
        words = said.strip(" ，,。")
        memory.marks.append(
            Mark(
                mark=mark,
                at=utterance.at,
                speaker=utterance.speaker,
                events=list(events),
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
            one for one in memory.marks if one.at >= start and one.events[-1].session == session
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
                trigger=in_order([event for one in found for event in one.events]),
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
