"""`ai-host-unlabelled`: a host that is no person, and the label that says so is not always shown.

直播办法 37(1), 标识办法. The label must be shown all the time: it was absent in more than a twentieth
of the looks. The events carry the platform's flag and no pictures, so this is `info` at most.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from detectors.alerts import unmet
from detectors.events import Event, Room, Session
from detectors.rule import Context, Finding, Rule, RuleSpec, rule

__all__ = ["AiHostUnlabelled"]

#: Looks without the label that are shown: the first and the latest.
MAX_SHOWN = 8
_SUBJECT = "AI主播标识"


class Samples(Struct):
    """Looks at the label in this broadcast."""

    session: str = ""
    samples: int = 0
    absent: int = 0
    without: list[Room] = []
    flagged: Room | None = None
    """The latest look that had the platform's flag: without it the label is not due."""


@rule
class AiHostUnlabelled(Rule):
    id = "ai-host-unlabelled"
    State: ClassVar[type[Struct]] = Samples

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.share = spec.threshold("absent_share")
        self.least = spec.count("absent_looks")
        self.samples = spec.count("samples")
        self.plain = spec.count("plain_samples")

    def on_room(self, ctx: Context, event: Room) -> None:
        memory: Samples = ctx.state
        self._begin(memory, event.session)
        if event.host_kind is not None:
            memory.flagged = event if event.host_kind == "ai" else None
        label = _label_of(event)
        if label is None:
            if event.host_kind == "ai":
                ctx.decline("label-not-looked-at", _SUBJECT)
            return
        if ctx.room.host_kind != "ai":
            ctx.decline("person" if ctx.room.host_kind else "host-unknown", _SUBJECT)
            return
        memory.samples += 1
        if label:
            return
        memory.absent += 1
        memory.without.append(event)
        if len(memory.without) > MAX_SHOWN:
            del memory.without[MAX_SHOWN // 2]
        mostly = memory.absent * 2 > memory.samples
        if memory.samples >= (self.plain if mostly else self.samples):
            self._judge(ctx, memory)
        else:
            ctx.decline("few-samples", _SUBJECT)

    def on_session(self, ctx: Context, event: Session) -> None:
        memory: Samples = ctx.state
        if event.phase == "ended":
            self._judge(ctx, memory, event)
        else:
            self._begin(memory, event.session)

    def _begin(self, memory: Samples, session: str) -> None:
        if memory.session != session:
            memory.session, memory.samples, memory.absent = session, 0, 0
            memory.without.clear()

    def _judge(self, ctx: Context, memory: Samples, ended: Session | None = None) -> None:
        """Judges the looks so far, few of them only where the broadcast has `ended`."""
        if memory.absent < self.least or not memory.samples:
            if memory.absent:
                ctx.decline("page-may-load-late", _SUBJECT)
            return
        share = memory.absent / memory.samples
        if share <= self.share:
            ctx.decline("shown-nearly-always", _SUBJECT)
            return
        percent = round(100 * share, 1)
        most = round(100 * self.share, 1)
        ctx.raise_alert(
            Finding(
                subject=_SUBJECT,
                subject_title=ctx.room.host or _SUBJECT,
                level="info",
                reason=f"平台标明主播为人工智能生成，{memory.samples} 次取样中 {memory.absent} 次未见标识，"
                f"占 {percent}%（“持续”按不超过 {most}% 计）。",
                trigger=[*_once(memory.flagged, memory.without), *([ended] if ended else ())],
                numbers={
                    "samples": memory.samples,
                    "absent_samples": memory.absent,
                    "absent_percent": percent,
                    "allowed_percent": most,
                },
                exemptions=[
                    unmet("页面延迟加载", f"未见标识的取样有 {memory.absent} 次"),
                    unmet("真人出镜", "平台标明主播为人工智能生成"),
                ],
            )
        )  # fmt: skip


def _once(flagged: Room | None, without: list[Room]) -> list[Event]:
    """The look with the flag before those without the label, each once."""
    first = [flagged] if flagged is not None else []
    return [*(one for one in first if all(one.id != look.id for look in without)), *without]


def _label_of(event: Room) -> bool | None:
    """Was the label seen at this look? ``None``: not looked for."""
    if event.ai_label is not None:
        return event.ai_label
    return False if "ai_label" in (event.absent or ()) else None
