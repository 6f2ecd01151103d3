"""集中投诉: many accounts complain in a room within minutes, more than it is used to."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from detectors.alerts import Number, unmet
from detectors.calendar import MINUTE_MS, broadcast_day_of
from detectors.events import Chat, Session
from detectors.facts.crowd import BEGAN
from detectors.facts.crowd.head import STRETCH_MS
from detectors.match.gist import gist
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.complaints.wording import KINDS, kind_of
from detectors.stats.tails import poisson_tail

__all__ = ["ComplaintSurge"]

#: Kinds of complaints that no ordinary broadcast has by the handful. (A gift that was not in the
#: parcel counts as cheating, and is everyday.)
GRAVE = frozenset({"complain", "harm", "fake", "refund"})
#: More of the complaints than this are of those kinds: most are.
MOST = 0.5
#: Complaints of the window that are remembered, and of them those that an alert shows.
MAX_COMPLAINTS = 60
MAX_SHOWN = 12


class Complaint(Struct):
    """A line that complains."""

    account: str
    kind: str
    event: Chat
    before: int = 0
    """Accounts that had written in the broadcast by then."""
    earlier: int = 0
    """Accounts that had complained in it by then."""


class ComplaintDay(Struct):
    """What a broadcast day was like."""

    slots: int = 0
    """Slices of time in which anybody wrote."""
    complaints: int = 0


class SurgeMemory(Struct):
    """At most 60 complaints and 8 days."""

    stretch: int = 0
    """The latest of those stretches of time, of `STRETCH_MS`, in which anybody wrote."""
    recent: list[Complaint] = []
    days: dict[int, ComplaintDay] = {}
    told: int = 0
    """Complaints of this broadcast."""


@rule
class ComplaintSurge(Rule):
    """直播办法 20(2): a room where complaints gather needs more attention by its platform."""

    id = "complaint-surge"
    State = SurgeMemory
    reads_crowd = True
    crowd_notices = BEGAN

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.accounts = spec.count("accounts")
        self.share = spec.threshold("share")
        self.window_ms = spec.duration_ms("window_min")
        self.days = spec.count("baseline_days")
        self.times_usual = spec.threshold("times_usual")
        self.prior_share = spec.threshold("ordinary_share")
        self.prior_weight = spec.threshold("ordinary_accounts")
        self.tail = 10 ** -spec.threshold("surprise")
        self.grave_tail = 10 ** -spec.threshold("grave_surprise")
        self.grave_share = spec.threshold("grave_share")
        self.everyday_share = spec.threshold("everyday_share")
        self.alike = spec.threshold("alike_share")
        self.least_alike = spec.count("alike_accounts")

    def on_crowd(self, ctx: Context, event: Chat) -> None:
        memory: SurgeMemory = ctx.state
        if event.at // STRETCH_MS > memory.stretch:
            memory.stretch = event.at // STRETCH_MS
            self._day(memory, event.at).slots += 1

    def passes_over(self, text: str, hits: list[Hit]) -> bool:
        return kind_of(text, hits) is None

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        kind = kind_of(event.text, hits)
        if kind is None or not event.user:
            return
        memory: SurgeMemory = ctx.state
        start = event.at - self.window_ms
        memory.recent = [one for one in memory.recent if one.event.at > start]
        if any(one.account == event.user for one in memory.recent):
            ctx.decline("one-account", event.user)
            return  # one account, one voice
        usual = self._usual(memory, event.at)
        self._day(memory, event.at).complaints += 1
        memory.recent.append(Complaint(event.user, kind, event, ctx.room.crowd.people, memory.told))
        memory.told += 1
        del memory.recent[:-MAX_COMPLAINTS]
        complaining = len(memory.recent)
        if complaining < self.accounts:
            return
        chatters = max(complaining, ctx.room.crowd.head.writers(start))
        share = complaining / chatters
        if share < self.share:
            ctx.decline("small-share")
            return
        if usual is not None and complaining < usual * self.times_usual:
            ctx.decline("usual-number")
            return
        if self._is_ordinary(memory.recent, chatters):
            ctx.decline("ordinary-share")
            return
        brigade = self._brigade(memory.recent)
        if brigade is not None:
            ctx.decline("brigade")
            return
        self._raise(ctx, memory, chatters, share, usual)

    def on_session(self, ctx: Context, event: Session) -> None:
        ctx.state.told = 0

    def _is_ordinary(self, recent: list[Complaint], chatters: int) -> bool:
        """Do so many of those who write complain anyway, in this broadcast or in ordinary ones?

        The share of the broadcast before the first of these complaints, and, as long as few have
        written, that of ordinary broadcasts: somebody's parcel is always late.
        """
        first = recent[0]
        share = (first.earlier + self.prior_share * self.prior_weight) / (
            first.before + self.prior_weight
        )
        tail = poisson_tail(len(recent), 0.5 + share * chatters)
        # Late parcels and broken boxes gather by chance; fraud, harm and denied refunds do not.
        grave = sum(one.kind in GRAVE for one in recent) / len(recent)
        limit = self.grave_tail if grave > MOST else self.tail
        if tail > limit or len(recent) < self.times_usual * share * chatters:
            return True
        few = len(recent) / chatters < self.everyday_share
        return grave < self.grave_share and few

    def _raise(
        self, ctx: Context, memory: SurgeMemory, chatters: int, share: float, usual: float | None
    ) -> None:
        recent = memory.recent
        minutes = self.window_ms // MINUTE_MS
        kinds = Counter(one.kind for one in recent)
        words = "、".join(f"{KINDS[kind]} {count} 人" for kind, count in kinds.most_common())
        numbers: dict[str, Number] = {
            "accounts": len(recent),
            "chatters": chatters,
            "share_percent": round(100 * share, 1),
            "window_min": minutes,
            "complaints": words,
        }
        reason = (
            f"{minutes} 分钟内 {len(recent)} 个账号表示不满（{words}），约占发言账号 {chatters} 个的 "
            f"{numbers['share_percent']}%"
        )
        if usual is None:
            reason += "；此前没有足够的观察可比。"
        else:
            numbers |= {"usual": round(usual, 2), "baseline_days": self.days}
            reason += f"；此前 {self.days} 日内同样长的时间里平均 {numbers['usual']} 个。"
        ctx.raise_alert(
            Finding(
                subject="集中投诉",
                extent=len(recent),
                subject_title=f"{len(recent)} 个账号",
                level="watch",
                reason=reason,
                trigger=[one.event for one in recent[-MAX_SHOWN:]],
                numbers=numbers,
                exemptions=[
                    unmet("反法第十三条第四款", "各账号措辞不同，未见以同一文案恶意投诉"),
                    unmet("同一账号反复", "同一账号只计一次"),
                ],
            )
        )

    def _brigade(self, recent: list[Complaint]) -> str | None:
        """The wording that most of them share; ``None``: they use words of their own."""
        words = Counter(gist(one.event.text)[0] for one in recent)
        most, count = max(words.items(), key=lambda item: (item[1], item[0]))
        # “不发货” is what everybody says; a sentence is not.
        alike = count >= self.least_alike and count / len(recent) >= self.alike
        return most if alike and len(most) >= 6 else None

    def _day(self, memory: SurgeMemory, at: int) -> ComplaintDay:
        number = broadcast_day_of(at)
        day = memory.days.get(number)
        if day is None:
            day = memory.days[number] = ComplaintDay()
            while len(memory.days) > self.days + 1:
                del memory.days[min(memory.days)]
        return day

    def _usual(self, memory: SurgeMemory, at: int) -> float | None:
        """Complaints in a window of the days before, while anybody wrote; ``None``: too little seen."""
        today = broadcast_day_of(at)
        earlier = [
            day for number, day in memory.days.items() if today - self.days <= number < today
        ]
        slots = sum(day.slots for day in earlier)
        per_window = self.window_ms // STRETCH_MS
        if slots < per_window:
            return None
        return sum(day.complaints for day in earlier) * per_window / slots
