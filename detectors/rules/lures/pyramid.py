"""`pyramid-recruit`: a fee to enter, heads to bring, pay by levels, a promised daily income.

传销条例 7: two of the four, said by one speaker within ten minutes. One mark alone is the talk of
franchises, agencies and shops. A commission of one level on sales, recruiting of hosts and staff,
and a present for a friend who buys are none. An officer decides in every case. The marks are the
concepts of the pack's frames; what is here counts them.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from detectors.alerts import Exemption, Span
from detectors.calendar import MINUTE_MS
from detectors.claims.framed import FramedRule
from detectors.events import Event
from detectors.match.lexicon import Hit
from detectors.match.likeness import LIKENESS
from detectors.rule import Context, Finding, RuleSpec, rule
from detectors.rules.claims.claim import ALIKE, TELLING, Claim, ClaimMemory
from detectors.rules.claims.gates import REACH, reached
from detectors.rules.claims.reading import Reading
from detectors.rules.goods.pending import in_order
from detectors.speech.speaker import ROLES
from detectors.speech.utterance import Utterance

__all__ = ["PyramidRecruit"]

#: Marks of a room that are remembered; the oldest go first.
MAX_MARKS = 24
#: The concepts of the frames are the marks: a promised income is the least of them, and pay by heads
#: or by levels makes marks of what is said beside it.
_INCOME = "收入保证"
_MAKING = frozenset(["拉人头", "团队计酬"])
#: What each of them would be, and what all of them are judged by (传销条例 2, 7, 9).
_LAW = {"入门费": "传销条例/入门费", "拉人头": "传销条例/拉人头", "团队计酬": "传销条例/团队计酬"}
_WHOLE = ("传销条例/网络发布", "传销条例/定义")


class SchemeMark(Struct):
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

    marks: list[SchemeMark] = []


@rule
class PyramidRecruit(FramedRule):
    id = "pyramid-recruit"
    State = Marks
    follows_stream = True
    heeds_only = True

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.window_ms = spec.duration_ms("window_min")
        self.least = spec.count("marks")

    def find(self, ctx: Context, reading: Reading) -> list[Claim]:
        claims = super().find(ctx, reading)
        full = [claim for claim in claims if claim.level == "lead"]
        marks = {claim.concept for claim in full}
        if marks.isdisjoint(_MAKING):
            return full
        # Anybody buys, and asks friends along: pay by heads or by levels makes marks of it.
        for claim in claims:
            apart = {
                one.concept for one in full if claim.end <= one.start or claim.start >= one.end
            }
            # The same words do not bear two marks.
            if claim.level != "lead" and claim.concept not in marks and marks <= apart:
                full.append(claim)
        return full

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        memory: Marks = ctx.state
        before = len(memory.marks)
        super().on_text(ctx, utterance, hits)
        self._likened(ctx, memory, utterance, hits, before)
        # A quoted question that is affirmed arrives as a finding: it is a mark like the others.
        affirmed = [
            finding
            for finding in ctx.findings
            if not finding.amends and LIKENESS not in finding.numbers
        ]
        if affirmed:
            ctx.findings[:] = [finding for finding in ctx.findings if finding not in affirmed]
            for finding in affirmed:
                mark = finding.subject.rpartition("/")[2]
                self._note(memory, utterance, mark, finding.trigger, finding)
        if affirmed or len(memory.marks) > before:
            self._weigh(ctx, memory, utterance)

    def _likened(
        self, ctx: Context, memory: Marks, utterance: Utterance, hits: list[Hit], before: int
    ) -> None:
        """Notes beside a single mark that the whole text is like labelled recruiting."""
        like = self._likeness_of(utterance)
        noted = {one.mark for one in memory.marks[before:]}
        if like is None or len(noted) != 1:
            return
        reading = Reading(utterance, hits)
        alike = self._like(ctx, reading, like)
        if alike is not None and alike.concept not in noted:
            self._judge(ctx, memory, reading, alike)

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        known = len(ctx.findings)
        if super()._raise(ctx, memory, reading, claim, subject, considered) and isinstance(
            memory, Marks
        ):
            finding = ctx.findings[known]
            like = reading.utterance.likeness.get(self.id)
            if claim.concept == ALIKE and like and like.share >= TELLING and not memory.marks:
                # So much like recruiting as a whole that no single mark is waited for.
                finding.subject = self.alert_of(subject)
                return True
            del ctx.findings[known:]
            self._note(memory, reading.utterance, claim.concept, finding.trigger, finding)
        return False  # One utterance may bear several marks.

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        return f"{reading.utterance.speaker}/{concept}"

    def alert_of(self, subject: str) -> str:
        return f"{subject.partition('/')[0]}招募"

    def _note(
        self, memory: Marks, utterance: Utterance, mark: str, events: list[Event], finding: Finding
    ) -> None:
        # Of a question that was affirmed, the question has the words.
        said = finding.words.text if finding.words is not None else utterance.original
        words = said.strip(" ，,。")
        memory.marks.append(
            SchemeMark(
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
        if len(latest) > self.least:
            # Where words bear marks enough, what the whole is like adds nothing.
            latest.pop(ALIKE, None)
        if len(latest) < self.least:
            ctx.decline("one-mark", speaker)
            return
        found = [one for one in mine if latest.get(one.mark) is one]
        utterances = len({one.events[-1].id for one in mine})
        words = "；".join(f"{one.mark}（“{one.words}”）" for one in found if one.mark != ALIKE)
        marks = latest.keys() - {ALIKE}
        alike = "；整句措辞另与本规则已标注的问题表述相近" if len(marks) < len(latest) else ""
        who = {**ROLES, "card": "商品卡、标题"}.get(speaker, "未标明说话人")
        lead = len(marks - {_INCOME}) >= self.least
        ctx.raise_alert(
            Finding(
                subject=self.alert_of(speaker),
                subject_title="、".join(one.mark for one in found),
                level="lead" if lead else "watch",
                because=[] if speaker in ROLES or speaker == "card" else ["unnamed"],
                reason=f"{self.window_ms // MINUTE_MS} 分钟内{who}的话中出现传销特征 {len(marks)} 项：{words}{alike}。",
                trigger=in_order([event for one in mine for event in one.events]),
                hit=utterance.event.id,
                numbers={
                    "marks": len(marks),
                    "window_min": self.window_ms // MINUTE_MS,
                    "marked": "、".join(one.mark for one in found),
                    "said": utterances,
                },
                law=[*(_LAW[one.mark] for one in found if one.mark in _LAW), *_WHOLE],
                # More marks tell more than the first two.
                extent=len(latest),
                spans=[span for one in found for span in one.spans],
                # Of a question that was affirmed, the question has the words.
                words=found[-1].spans[0]
                if found[-1].spans and found[-1].spans[0].event != utterance.event.id
                else None,
                exemptions=[
                    *(one for one in found[-1].exemptions if one.clause != REACH),
                    reached(
                        f"{self.window_ms // MINUTE_MS} 分钟内说到 {utterances} 次",
                        ctx.room.viewers,
                    ),
                ],
                missing=["层级是否达三级、人数是否达三十人（达到的移送公安机关）"],
            )
        )
