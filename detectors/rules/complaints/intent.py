"""诉求: each viewer who complains is one entry of the feed for the 12315 desk.

No accusation: the level is `info`. What one account writes of one kind in a session is one alert,
so that each complaint can be answered and each answer noted.
"""

from __future__ import annotations

from msgspec import Struct

from detectors.alerts import Span
from detectors.events import Chat
from detectors.match.lexicon import Hit
from detectors.rule import Context, Finding, Rule, RuleSpec, rule
from detectors.rules.complaints.wording import KINDS, kind_of

__all__ = ["ComplaintIntent"]


#: What holds for complaints of any kind, where many come together.
_GATHERED = "直播办法/投诉集中"


class Entries(Struct):
    """Accounts with an entry of their own in this session, at most the rule's `entries`."""

    session: str = ""
    accounts: dict[str, int] = {}
    others: int = 0
    """Complaints beyond that number: counted in one entry."""


@rule
class ComplaintIntent(Rule):
    """A viewer's line that complains."""

    id = "complaint-intent"
    State = Entries
    passed_over = "no-complaint"

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.entries = spec.count("entries")

    def passes_over(self, text: str, hits: list[Hit]) -> bool:
        return kind_of(text, hits) is None

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        kind = kind_of(event.text, hits)
        if kind is None:
            ctx.decline("no-complaint")
            return
        memory: Entries = ctx.state
        if memory.session != event.session:
            memory.session = event.session
            memory.accounts.clear()
            memory.others = 0
        account = event.user or ""
        if account not in memory.accounts:
            if len(memory.accounts) >= self.entries:
                memory.others += 1
                self._beyond(ctx, memory, event)
                return
            memory.accounts[account] = 0
        memory.accounts[account] += 1
        about = ctx.room.explaining
        goods = f"，其时讲解“{ctx.room.title_of(about).removeprefix(f'{about} ')}”" if about else ""
        who = f"观众 {account}" if account else "观众（未见账号）"
        ctx.raise_alert(
            Finding(
                subject=f"{account}/{kind}",
                subject_title=account or "未见账号",
                level="info",
                title=f"观众{KINDS[kind]}",
                reason=f"“{event.text[:60]}”，{who}{goods}。",
                trigger=[event],
                # Of goods that are not taken back the law tells elsewhere than of all others.
                law=None if kind == "refund" else [_GATHERED],
                numbers={"complaint": KINDS[kind]},
                spans=[
                    Span(
                        event=event.id,
                        start=hit.start,
                        end=hit.end,
                        text=event.text[hit.start : hit.end],
                        field="text",
                    )
                    for hit in hits
                ],
            )
        )

    def _beyond(self, ctx: Context, memory: Entries, event: Chat) -> None:
        ctx.raise_alert(
            Finding(
                subject="其余诉求",
                subject_title="其余诉求",
                level="info",
                reason=f"本场已单列 {self.entries} 个账号的诉求，其余 {memory.others} 条合并计数，"
                f"最近一条：“{event.text[:60]}”。",
                trigger=[event],
                numbers={"entries": self.entries, "others": memory.others},
            )
        )
