"""Claims in questions that a host repeats: they wait for the answer, which makes them claims or denials."""

from __future__ import annotations

from detectors.rule import Context, Finding, RuleSpec
from detectors.rules.claims.gates import ASKED, answer_gate, class_gate, level_reason, reach_gate
from detectors.rules.claims.memory import MAX_PENDING, Claim, ClaimMemory, PendingClaim
from detectors.rules.claims.reading import Reading
from detectors.rules.claims.telling import TellsClaims
from detectors.rules.claims.wording import BEGINS_QUOTED, as_written, how_asked, lower
from detectors.speech.scope import reply, reply_later
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance

__all__ = ["HearsAnswers"]


class HearsAnswers(TellsClaims):
    """What becomes of a claim that was only asked about."""

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.wait_ms = spec.duration_ms("answer_s")

    def _quoted(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        quoted: str,
    ) -> bool:  # fmt: skip
        utterance = reading.utterance
        is_open = any(one.is_of(utterance.event, subject) for one in memory.pending)
        # Who answers in the next event has the words of that event as evidence, too.
        answer = reading.scope.answer(claim.end, utterance.news_range[1])
        asked = ASKED if quoted == ASKED else f"转述（“{quoted}”）"
        if answer is not None and is_open:
            # The passage before ended with the question, this one has the answer, too.
            memory.pending = [
                one for one in memory.pending if not one.is_of(utterance.event, subject)
            ]
        if answer is not None and answer.reply == "yes":
            claim.asked, claim.answer = quoted, (answer.start, answer.end)
            considered = self._considered(ctx, reading, claim, quoted)
            return self._raise(ctx, memory, reading, claim, subject, considered)
        if answer is not None:
            memory.deny(utterance.event.id, utterance.span(claim.start, claim.end).end)
            ctx.decline("quote-denied", subject, f"{asked}之后随即否认")
            reading.denied = quoted
            return False
        ctx.decline("quoted", subject, f"{asked}，等主播作答")
        if is_open:
            return False  # asked in two ways at once, it is answered once
        is_guessed = any(map(reading.is_guessed, claim.hits))
        level = lower(claim.level) if is_guessed else claim.level
        memory.pending.append(
            PendingClaim(
                event=utterance.event,
                until=utterance.at + self.wait_ms,
                subject=subject,
                title=self._title(ctx, utterance, self._quote(reading, claim)),
                level=level,
                says=BEGINS_QUOTED.sub("", as_written(reading, claim)),
                words=self._quote(reading, claim),
                asked=quoted,
                spans=self._spans(reading, claim),
                whole=self._words(reading, claim),
                considered=[
                    one
                    for one in (
                        *self._considered(ctx, reading, claim, quoted),
                        class_gate(ctx.room.category(utterance.sku)),
                    )
                    if one.clause != "转述他人"
                ],
                law=claim.law,
                missing=list(claim.missing),
                numbers=dict(claim.numbers),
                because=[*claim.because, claim.concept],
                level_reason=level_reason(level, claim.level, ["字面经变体书写"])
                or claim.level_reason,
                beside=[*claim.beside, *self._said(reading, claim)[:-1]],
            )
        )
        del memory.pending[:-MAX_PENDING]
        return False

    def _settle(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        """What was waited for may be said now."""
        if memory.recent:
            self.retractions.heard(ctx, memory, utterance)
        if memory.pending:
            self._answer(ctx, memory, utterance)

    def _answer(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        """Settles questions that a host quoted just before, by what is said now."""
        memory.pending = [one for one in memory.pending if one.until >= utterance.at]
        if not memory.pending or utterance.speaker == "card":
            return
        if any(one.is_in(utterance) for one in memory.pending):
            return  # What is asked in these words is not answered by them.
        asked = "，".join(one.words for one in memory.pending)
        answer = reply(utterance.own, asked)
        later = reply_later(utterance.own, asked) if answer is None else None
        if answer is None and later is None:
            return
        if answer == "no":
            memory.denials += len({one.event.id for one in memory.pending})
            self.retractions.denied(ctx, memory, utterance)
        for pending in memory.pending:
            if answer == "no":
                ctx.decline("quote-denied", pending.subject)
                continue
            words = utterance.original.strip()
            memory.count(pending.subject, pending.words, utterance.at, utterance.sku)
            numbers = {**self._numbers(ctx, memory, utterance, pending.subject), **pending.numbers}
            ctx.raise_alert(
                Finding(
                    subject=pending.subject,
                    subject_title=pending.title,
                    level=pending.level,
                    reason=f"{how_asked(pending.asked)}“{pending.words}”之后，{speaker_name(utterance.event)}"
                    f"以“{words}”予以肯定：{pending.says}。",
                    trigger=[*pending.beside, pending.event, utterance.event],
                    numbers=numbers,
                    spans=[*pending.spans, utterance.span(*utterance.news_range)],
                    words=pending.whole,
                    exemptions=[
                        *pending.considered,
                        answer_gate(self.wait_ms, how_asked(pending.asked)),
                        reach_gate(numbers),
                        *self.retractions.before(memory, utterance),
                    ],
                    missing=list(pending.missing),
                    law=pending.law,
                    because=pending.because,
                    level_reason=pending.level_reason,
                    first_at=pending.event.at,
                )
            )
        memory.pending = []
