"""What buyers report in the chat: a viewer accuses nobody, several independent ones are a lead to follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from detectors.alerts import Level, undecided
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Chat, Event
from detectors.match.lexicon import Hit
from detectors.match.similarity import is_copied
from detectors.rule import Context, Finding, RuleSpec

__all__ = ["Report", "Reported", "Reports"]

#: Viewers of one subject whose reports are kept; the latest.
MAX_REPORTERS = 12
#: Subjects that are followed.
MAX_SUBJECTS = 20


class Report(Struct):
    """A viewer's report."""

    user: str
    event: Chat


class Reports(Struct):
    """Reports by subject: at most 20 subjects, 12 viewers each."""

    by_subject: dict[str, list[Report]] = {}

    def take(
        self, ctx: Context, subject: str, event: Chat, window_ms: int, least: int
    ) -> Sequence[Event]:
        """Takes up a report and gives all of different viewers within the window, the latest last; nothing
        while there are fewer than `least`, which is declined.

        A line without a pseudonym is nobody's, and one that is copied says nothing of its own: neither is
        counted.
        """
        if not event.user:
            return []
        told = [
            one
            for one in self.by_subject.get(subject, [])
            if event.at - one.event.at <= window_ms and one.user != event.user
        ]
        if any(is_copied(one.event.text, event.text) for one in told):
            ctx.decline("same-wording", subject, "与别人的留言（几乎）一字不差")
            return []
        told.append(Report(event.user, event))
        self.by_subject.pop(subject, None)
        del told[:-MAX_REPORTERS]
        self.by_subject[subject] = told
        while len(self.by_subject) > MAX_SUBJECTS:
            del self.by_subject[next(iter(self.by_subject))]
        if len(told) < least:
            ctx.decline("few-reports", subject)
            return []
        return [one.event for one in told]


class Reported(FramedRule):
    """A rule of frames that also counts the buyers who report the same of what they received."""

    reported: ClassVar[str]
    """The group of words by which they do."""
    reports_say: ClassVar[str]
    """What they report, as the reason ends."""
    proof: ClassVar[str]
    """What must be obtained about it."""

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.reporters = spec.count("reporters")
        self.reports_ms = spec.duration_ms("reports_min")

    def of_reports(self, ctx: Context, subject: str) -> tuple[str, Level, str]:
        """The subject of an alert about what is reported of goods, its level, and what the reason adds."""
        return subject, "watch", ""

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        groups = {hit.group for hit in hits}
        if self.reported not in groups or "viewer.doubt" in groups:
            return
        goods = ctx.room.explaining or "room"
        reports = ctx.state.reports.take(ctx, goods, event, self.reports_ms, self.reporters)
        if not reports:
            return
        subject, level, more = self.of_reports(ctx, goods)
        minutes = self.reports_ms // MINUTE_MS
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=ctx.room.title_of(ctx.room.explaining),
                level=level,
                because=["reports"],
                reason=f"{minutes} 分钟内 {len(reports)} 名互不相同的观众反映{self.reports_say}{more}。",
                trigger=list(reports),
                extent=len(reports),
                numbers={"reporters": len(reports), "window_min": minutes},
                exemptions=[
                    undecided("同行集中恶意留言", "只按账号互不相同计，是否同批账号须核实")
                ],
                missing=[self.proof],
            )
        )
