"""`review-suppression`: bad reviews disappear, or the host says that they are made to.

电商法 39(2) binds the platform; that the operator hides reviews is 消保条例 9. Reviews are told apart
by their ids, never by their place in a list. A writer may take back a review, the platform may
strike advertisements, abuse and, on appeal, malicious ones (反法 13(4)).
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import msgspec

from detectors.alerts import Level, Number, undecided, unmet
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Review
from detectors.facts.crowd.reviews import Seen
from detectors.match import expression as re
from detectors.match.fold import fold
from detectors.match.lexicon import Hit
from detectors.pack.frames import Frame
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.pending import in_order
from detectors.rules.goods.reports import Reports
from detectors.speech.utterance import Utterance

__all__ = ["ReviewSuppression"]

#: Vanished reviews that an alert shows.
MAX_SHOWN = 10
#: A telephone number: the platform may strike a review that has one.
_TELEPHONE = re.compile("1[3-9]\\d{9}")


class Suppressions(ClaimMemory):
    """Beside the claims viewers' reports; the reviews are in the crowd's book."""

    reports: Reports = msgspec.field(default_factory=Reports)
    appealed_at: int = 0
    """When the host told of an appeal to the platform."""


@rule
class ReviewSuppression(FramedRule):
    id = "review-suppression"
    State = Suppressions
    heeded: ClassVar[frozenset[str]] = FramedRule.heeded | {"appeal"}
    follows_stream = True
    reads_crowd = True
    heeds_only = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.strikeable = tuple(spec.patterns["strikeable"])
        self.bad_rating = spec.count("bad_rating")
        self.good_rating = spec.count("good_rating")
        self.gone_least = spec.count("gone")
        self.stay_least = spec.count("stay")
        self.snapshot_ms = spec.duration_ms("snapshot_min")
        self.natural = spec.threshold("natural_ratio")
        self.reporters = spec.count("reporters")
        self.reports_ms = spec.duration_ms("reports_min")

    # What is said -------------------------------------------------------------------------------

    def take_note(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """Notes that an appeal against a review is spoken of."""
        if utterance.speaker != "card" and utterance.has_new("appeal", hits):
            ctx.state.appealed_at = utterance.at

    def judged(self, ctx: Context, reading: Reading, frame: Frame, claim: Claim) -> Claim | None:
        return None if reading.utterance.speaker == "card" else claim

    # What is seen -------------------------------------------------------------------------------

    def on_review(self, ctx: Context, event: Review) -> None:
        """Takes up a review, which the crowd's book has already."""
        seen = ctx.room.crowd.reviews.known.get(event.review)
        if seen is None:
            ctx.decline("never-seen", event.sku or "")
            return
        bad = self._is_bad(seen)
        if event.phase == "gone":
            if bad and _is_strikeable(seen.text, self.strikeable):
                ctx.decline("strikeable", seen.sku)
                return
        elif bad is not False:
            return
        self._compare(ctx, ctx.state, seen.sku)

    def _is_bad(self, seen: Seen) -> bool | None:
        """``None``: it is neither good nor bad, or has no rating."""
        rating = seen.rating
        if rating is None or self.bad_rating < rating < self.good_rating:
            return None
        return rating <= self.bad_rating

    def _compare(self, ctx: Context, memory: Suppressions, sku: str) -> None:
        """Are bad reviews gone while good ones stay?"""
        mine = [(one, self._is_bad(one)) for one in ctx.room.crowd.reviews.of(sku)]
        bad = [
            one for one, is_bad in mine if is_bad and not _is_strikeable(one.text, self.strikeable)
        ]
        gone = [one for one in bad if one.gone is not None]
        if not gone:
            return
        since = min(one.gone.at for one in gone if one.gone is not None)
        good = [one for one, is_bad in mine if is_bad is False]
        good_gone = sum(1 for one in good if one.gone is not None)
        there = [one for one in good if one.gone is None]
        looked = since - self.snapshot_ms
        stay = [one for one in there if one.seen_at >= looked]
        if len(gone) < self.gone_least:
            ctx.decline("single-may-be-its-writer", sku)
            return
        unseen = [one for one in there if one.seen_at < looked]
        if len(stay) >= self.stay_least:
            unseen = []
        elif len(gone) < self.stay_least or len(stay) + len(unseen) < self.stay_least:
            ctx.decline("good-ones-not-seen", sku)
            return
        bad_share, good_share = len(gone) / len(bad), good_gone / len(good)
        if good_share >= bad_share * self.natural:
            ctx.decline("others-gone-too", sku)
            return
        if memory.appealed_at:
            ctx.decline("struck-on-appeal", sku)
            return
        self._raise_gone(ctx, sku, gone, bad, stay, good_gone, unseen)

    def _raise_gone(
        self, ctx: Context, sku: str, gone: list[Seen], bad: list[Seen], stay: list[Seen],
        good_gone: int, unseen: list[Seen],
    ) -> None:  # fmt: skip
        """
        Args:
            unseen: good reviews that nobody saw go, nor looked at again: what collectors tell that send what
                changed; none where enough were looked at again.
        """
        lost = [one.gone for one in gone if one.gone is not None]
        start = min(one.first.at for one in gone)
        end = max(event.at for event in lost)
        watched = 1 - ctx.room.unwatched_ms(start, end) / max(1, end - start)
        numbers: dict[str, Number] = {
            "bad_gone": len(gone),
            "bad_seen": len(bad),
            "good_stay": len(stay),
            "good_gone": good_gone,
            **({"good_unseen": len(unseen)} if unseen else {}),
        }
        still = f"同期见到的好评 {len(stay)} 条仍在"
        if unseen:
            still += f"，{len(unseen)} 条未见消失而此后没有再看"
        ctx.raise_alert(
            Finding(
                subject=sku or "评价",
                subject_title=ctx.room.title_of(sku or None),
                level="lead" if watched > 1 / 2 and not unseen else "watch",
                because=["unlooked" if unseen else "gone"],
                reason=f"按评价编号比对：见过的 {len(bad)} 条差评中 {len(gone)} 条已消失，"
                f"{still}，消失的好评 {good_gone} 条。",
                trigger=in_order(
                    [*(one.first for one in [*gone[-MAX_SHOWN:], *unseen[-MAX_SHOWN:]]), *lost[-MAX_SHOWN:]]
                ),
                hit=f"gone:{len(gone)}",
                extent=len(gone),
                numbers=numbers,
                exemptions=[
                    undecided("作者自行删除", f"先后消失 {len(gone)} 条，由谁删除从事件看不出"),
                    unmet("清理广告、辱骂", "消失的评价中未见广告、辱骂"),
                    unmet("平台申诉、恶意评价（反法第十三条第四款）", "未听到经平台申诉处理的说明"),
                    unmet("翻页、换了排序", "按评价编号比对，不按位置"),
                ],
                missing=["何人删除：作者、平台还是运营者（向平台调取操作日志）"],
            )
        )  # fmt: skip

    # What viewers report --------------------------------------------------------------------------

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        groups = {hit.group for hit in hits}
        if "viewer.blocked" not in groups or "viewer.doubt" in groups:
            return
        memory: Suppressions = ctx.state
        reports = memory.reports.take(ctx, "room", event, self.reports_ms, self.reporters)
        if not reports:
            return
        minutes = self.reports_ms // MINUTE_MS
        level: Level = "watch"
        ctx.raise_alert(
            Finding(
                subject="评价发不出",
                extent=len(reports),
                subject_title=f"{len(reports)} 名观众反映",
                level=level,
                because=["reports"],
                reason=f"{minutes} 分钟内 {len(reports)} 名互不相同的观众反映评价、评论发不出去或被删除。",
                trigger=list(reports),
                numbers={"reporters": len(reports), "window_min": minutes},
                exemptions=[
                    undecided("平台故障、敏感词拦截", "平台有无故障从事件看不出，须向平台核实"),
                    undecided("同行集中恶意留言", "只按账号互不相同计，是否同批账号须核实"),
                ],
                missing=["发不出去的内容及其提示（截屏）"],
            )
        )  # fmt: skip


@lru_cache(maxsize=1_024)
def _is_strikeable(text: str, words: tuple[str, ...]) -> bool:
    """May the platform strike a review for its words, or for a telephone number in it?"""
    folded = fold(text).text
    return _TELEPHONE.search(folded) is not None or any(word in folded for word in words)
