"""Invented reviews: good ones of a product that come together, most of them copied from each other."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from detectors.alerts import undecided, unmet
from detectors.calendar import MINUTE_MS
from detectors.events import Review
from detectors.facts.crowd.reviews import Seen
from detectors.match.phrasing import word_list
from detectors.rule import Context, Finding, RuleSpec

__all__ = ["CopiedReviews"]

#: Reviews that an alert shows, of each wording and in all.
SHOWN, MAX_SHOWN = 4, 24


class CopiedReviews:
    """Finds them among the reviews of a room, each time that one is seen first."""

    def __init__(self, spec: RuleSpec) -> None:
        self.accounts = spec.count("review_accounts")
        self.window_ms = spec.duration_ms("review_min")
        self.rating = spec.threshold("review_rating")
        self.least = spec.count("review_copies")
        self.share = spec.threshold("review_share")

    def find(self, ctx: Context, event: Review) -> Finding | None:
        """What is to be told after a review was seen; ``None``: nothing more."""
        known = ctx.room.crowd.reviews
        seen = known.known.get(event.review)
        if seen is None or seen.first is not event or not self._is_good(seen):
            return None
        recent = {
            one.first.user: one
            for one in known.of(seen.sku)
            if one.first.at > event.at - self.window_ms and one.first.user and self._is_good(one)
        }
        wordings: dict[str, list[Seen]] = defaultdict(list)
        for one in recent.values():
            if one.letters:
                wordings[one.copied or one.first.review].append(one)
        groups = sorted(
            (group for group in wordings.values() if len(group) >= self.least),
            key=len,
            reverse=True,
        )
        copied = sum(map(len, groups))
        if not groups and len(recent) >= self.accounts:
            ctx.decline("own-words", seen.sku)
        if copied < self.accounts or not any(seen in group for group in groups):
            return None
        if copied < self.share * len(recent):
            ctx.decline("small-share", seen.sku)
            return None
        shown = [one.first for group in groups for one in group[-SHOWN:] if one is not seen]
        minutes = self.window_ms // MINUTE_MS
        return Finding(
            subject=f"评价/{seen.sku}",
            subject_title=ctx.room.title_of(seen.sku or None),
            level="watch",
            because=["reviews"],
            reason=f"{minutes} 分钟内同一商品新见 {len(recent)} 个账号的好评，其中 {copied} 个账号的长句好评出自 "
            f"{len(groups)} 种（几乎）相同的写法，如“{groups[0][0].text}”{len(groups[0])} 个。",
            trigger=[*sorted(shown[:MAX_SHOWN], key=lambda one: (one.at, one.id)), event],
            hit=f"reviews:{event.review}",
            extent=copied,
            numbers={
                "accounts": copied, "reviews": len(recent), "wordings": len(groups),
                "largest": len(groups[0]), "window_min": minutes,
            },
            exemptions=[
                unmet("平台提醒之后各自评价", "长句（几乎）逐字相同，各自写来少有如此"),
                undecided("平台的评价短语", "是否平台给出、点选即成的短语，从评价看不出，须核实"),
                undecided("一次看到的旧评价", "新见的时间不一定是写下的时间，须看评价所示日期"),
            ],
            missing=["各评价的订单、物流与评价时间（向平台调取）"],
        )  # fmt: skip

    @cached_property
    def _unwritten(self) -> tuple[str, ...]:
        """What the platform writes for those who wrote nothing."""
        return word_list("crowd", "unwritten")

    def _is_good(self, seen: Seen) -> bool:
        return (
            seen.rating is not None
            and seen.rating >= self.rating
            and not any(word in seen.text for word in self._unwritten)
        )
