"""`paid-positive-review`: money, a gift or a refund for a good review, or for taking back a bad one.

网络反法规定 9, 反法 9. The reward must hang on the review being good: a present for any review, good
or bad, and a draw among those who wrote one, are lawful (a draw is the matter of the prize rules).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from detectors.alerts import Exemption, Level
from detectors.match import expression as re
from detectors.match.lexicon import Hit
from detectors.rule import Context, RuleSpec, rule
from detectors.rules.advertising.composed import ComposedRule, Ground, Make
from detectors.rules.claims.claim import Claim
from detectors.rules.claims.reading import Reading
from detectors.rules.reviews.wording import bought_review

__all__ = ["PaidPositiveReview"]

_POSITIVE = re.compile(
    "好评|五星|5星|五分|5分|满星|全星|满分|夸|写得?好|说得?好|好话|好的评价|评价好|🌟|⭐|差评|中评|一星|追评好"
)
#: Stars of flags, hotels, games; a good opinion that nobody is asked for.
_OTHER_STARS = re.compile(
    "五星(?:红旗|级|大饭店|酒店|上将|体育|电器)|五分(?:钟|之|裤|袖|熟|糖|甜|熟)|拼图"
)
#: A good opinion that there is, and nobody is asked for.
_STATED = re.compile(
    "(?:的?(?:评价|评论|客户|顾客|姐姐|家人))?(?:率|如潮|多(?!写)|最多|度|榜|爆|满满|不断|都(?!返|送|退|有|给|领)|我都看|区|无数|回复|随缘|的产品|的店|的款)"
)
#: “好评送到我心坎里”: nothing is given.
_DELIVERED = re.compile("到|进|上门|达|给自己|别人")
#: What is given hangs on something else.
_OTHER_REASON = re.compile(
    "(?:随缘|看心情|(?:下单|拍下|今天|满\\d{1,12}|满[一二三四五六七八九百千]{1,12}|关注|新客|首单|收藏|会员|点赞)[^,。!?]{0,6}(?:就|都|再|即)?(?:送|返|减|退))"
)
#: “下单就送”: whoever buys gets it, with or without a review.
_GIVEN_ANYWAY = re.compile(
    r"(?:(?<!次)下单|拍下|买了?|满\d{1,12}|满[一二三四五六七八九百千]{1,12}|关注|收藏)[^,。!?评]{0,4}(?:就|都|即)(?:送|返|减|退)|随缘"
)
_PROOF = ["返现的凭证（返现卡、客服聊天、转账记录）", "奖励是否以好评为条件"]


@rule
class PaidPositiveReview(ComposedRule):
    id = "paid-positive-review"
    strong: ClassVar[frozenset[str]] = frozenset(
        {"paid", "review", "picture", "revise", "card", "praise"}
    )
    makes: ClassVar[Sequence[Make]] = (
        Make("好评返现", "，以利益换取好评", ("paid",)),
        Make("好评返现", "，以利益换取好评", ("review", "praise"), ("reward",), after=12, before=10, marks=2),
        Make("晒图返现", "，以利益换取晒图、评价", ("picture",), ("reward",), after=12, before=8, marks=2),
        Make("改评返现", "，以利益换取修改、删除差评", ("revise",), ("reward",), after=14, before=10, marks=2, asks=False),
        Make("好评暗示", "，暗示好评有利益", ("review",), ("hint",), after=14, before=6, marks=2, level="watch"),
    )  # fmt: skip
    grounds: ClassVar[Sequence[Ground]] = (
        Ground(
            "任何评价都有奖励",
            re.compile(
                "不(?:论|管)(?:夸|说好|几|骂)|说好说坏都|一星五星都|所有写评价|无论评价|写得好写得坏|写差评|骂我也|如实|真实(?:评价|感受|反馈|评论)|好的?坏的?都|好坏都|不限好坏|不(?:看|论|管|分|问)(?:是)?(?:好评|好坏|好的)|好评差评都|差评也|"
                "无论好评|不要求好评|[跟和与]评价(?:没有?|无)关|随便写|怎么写都|实话实说|客观评价|写什么都"
            ),
            "说明了好评差评一样",
            "同句未见好评差评一样有奖励的说法",
            "text",
        ),
        Ground(
            "抽奖",
            re.compile("抽(?:奖|取|一位|两位|三位|\\d|[一二两三四五六七八九十]|中)|随机(?:抽|选|送)|征集|评选|入选|比赛"),
            "是抽奖、评选，见有奖销售的规则",
            "同句未见抽奖的说法",
            "text",
        ),
        Ground(
            "拒绝、提醒",
            re.compile(
                "(?:好评|返现|晒图|晒单|五星|评价)[^,。!?]{0,8}(?:不|没)(?:返|搞|做|送|给钱|能返|可以返|兴|用返|有返)|不(?:返现|返钱|返的|返啊|返哦|返$)|(?:^|[,。!? ])不返|不(?:搞|做|玩|兴)(?:好评|返现|这|那)|"
                "不用(?:改|删|撤)|没让你|被罚|举报|诈骗|骗子|冒充我|犯法|平台查|砸自己招牌|不是我|不给(?:钱|返)|那不行|不行(?:哈|的)|有人(?:搞|在)|有的店|别扫码|咱不学|没塞过|从(?:来)?没(?:有)?(?:返|塞|搞|给)|别家|(?:大家|都|千万)别(?:信|理|做|搞)|是违[法规]|不允许|违心|害人|虚假评价|刷(?:好)?评(?!论)|别为了|拒绝|抵制"
            ),
            "是拒绝、提醒",
            "同句未见拒绝、提醒",
            "text",
        ),
    )  # fmt: skip

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self._strong_groups |= {"part"}

    def judged(
        self, ctx: Context, reading: Reading, make: Make, hits: Sequence[Hit]
    ) -> Level | None:
        sentence = reading.sentence(hits[0].start)
        if _OTHER_STARS.search(reading.text):
            ctx.decline("everyday")
            return None
        if hits[0].group.startswith("paid") and _DELIVERED.match(reading.text[hits[0].end :]):
            ctx.decline("everyday")
            return None
        if any(
            hit.group.startswith("review") and _STATED.match(reading.text[hit.end :])
            for hit in hits
        ):
            ctx.decline("everyday")
            return None
        start, end = min(hit.start for hit in hits), max(hit.end for hit in hits)
        other = _OTHER_REASON.search(reading.text[max(0, start - 6) : end + 4])
        if other is not None and make.first != ("revise",) and not _POSITIVE.search(other.group()):
            ctx.decline("other-reason")
            return None
        if make.first == ("picture",) and not _POSITIVE.search(sentence):
            # A picture is asked for, not a good word: watched, for few will say the bad there.
            return "watch"
        return make.level

    def may_claim(self, text: str, hits: list[Hit]) -> bool:
        return True  # it looks for more than its table says

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = [*super().find(ctx, reading), *self._worded(reading)]
        for claim in claims:
            claim.exemptions.append(
                Exemption(clause="与评价无关的赠送", met=False, why="同句未见与评价无关的赠送")
            )
        return claims

    def _worded(self, reading: Reading) -> list[Claim]:
        """A review that is paid for, by the parts of what is said."""
        found = bought_review(reading.text)
        if found is None or _OTHER_STARS.search(reading.text):
            return []
        other = _GIVEN_ANYWAY.search(reading.text)
        if found.kind == "好评返现" and other is not None:
            return []
        what = {"改评返现": "修改、删除差评", "晒图返现": "晒图、评价"}.get(found.kind, "好评")
        return [
            Claim(
                concept=found.kind,
                hits=[Hit("part", reading.text[found.start : found.end], found.start, found.end)],
                # So many words and pictures are asked for, not a good word: watched.
                level="watch" if found.kind == "晒图返现" else "lead",
                says=f"以利益换取{what}",
                exemptions=[ground.considered(reading, found.start) for ground in self.grounds],
                missing=_PROOF,
                asks=found.kind != "改评返现",
            )
        ]

    def asked_for(self, ctx: Context, reading: Reading, make: Make) -> list[str]:
        return _PROOF
