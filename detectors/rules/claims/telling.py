"""A claim that passed the gates becomes a finding: its level, its reason, its quotes and what was considered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detectors.alerts import Exemption, Number, Span
from detectors.events import Chat, Product, Session, Speech
from detectors.match.likeness import LIKENESS
from detectors.match.numerals import whole_figures
from detectors.rule import Context, Finding, Rule, RuleSpec
from detectors.rules.claims.gates import (
    DENYING,
    QUOTING,
    class_gate,
    level_reason,
    reach_gate,
    recognition_gates,
    speaker_gate,
    target_gate,
)
from detectors.rules.claims.memory import MAX_PENDING, Claim, ClaimMemory
from detectors.rules.claims.reading import Reading
from detectors.rules.claims.retraction import Retractions
from detectors.rules.claims.wording import (
    BEGINS_QUOTED,
    as_written,
    clauses_of,
    confidence_of,
    how_asked,
    lower,
    negation_of,
    phrase_of,
)
from detectors.speech.speaker import says, speaker_name
from detectors.speech.utterance import Utterance
from detectors.stats.latest import keep

__all__ = ["TellsClaims"]


class TellsClaims(Rule):
    """What a claim rule says of what it found."""

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.low_confidence = spec.threshold("low_confidence")
        self.fair_confidence = spec.threshold("fair_confidence")
        self.similarity = spec.threshold("similarity")
        self.retractions = Retractions(spec.duration_ms("correction_s"), self.alert_of)

    def alert_of(self, subject: str) -> str:
        """The subject of the alert that a claim with a subject belongs to."""
        return subject

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        utterance = reading.utterance
        event = utterance.event
        level = claim.level
        trigger = self._said(reading, claim)
        confidence = confidence_of(trigger)
        missing = list(claim.missing)
        doubts: list[str] = []
        if confidence is not None and confidence < self.fair_confidence:
            doubts.append(f"识别置信度只有 {confidence:g}")
        if confidence is not None and confidence < self.low_confidence:
            earlier = memory.doubtful.pop(subject, None)
            if earlier is not None and earlier.id == event.id:
                memory.doubtful[subject] = earlier
                return False
            if earlier is None and subject not in memory.known:
                if isinstance(event, Speech):
                    keep(memory.doubtful, subject, event, MAX_PENDING)
                ctx.decline(
                    "low-confidence",
                    subject,
                    f"识别置信度 {confidence} 低于 {self.low_confidence}，且只听到一次",
                )
                return False
            if earlier is not None:
                trigger = [earlier, *trigger]
            level = lower(level)
        elif confidence is not None and confidence < self.fair_confidence:
            level = lower(level)
            missing.append("核听原声：识别置信度不高")
        if any(hit.form == "sound" for hit in claim.hits):
            level = lower(level)
            doubts.append("字面只是同音字")
            missing.append(
                "核听原声：字面为同音字，须排除识别错误"
                if isinstance(event, Speech)
                else "核对原文：字面为同音字，须核实其所指"
            )
        elif any(map(reading.is_guessed, claim.hits)):
            level = lower(level)
            doubts.append("字面经变体书写")
            missing.append("核对原文：字面经变体书写，按上下文读出，须核实其所指")
        words = self._quote(reading, claim)
        memory.count(subject, words, utterance.at, utterance.sku)
        self.retractions.note(memory, reading, subject, claim.hits)
        numbers = {**self._numbers(ctx, memory, utterance, subject), **claim.numbers}
        for hit in claim.hits:
            if numbers.get("term") == hit.term:
                # As it was said, not as it is folded.
                numbers["term"] = utterance.span(hit.start, hit.end).text
                break
        if confidence is not None:
            numbers["confidence"] = confidence
        alleged = as_written(reading, claim).removeprefix(f"“{words}”，")
        where = f"{says(event, utterance.field)}“{words}”"
        if claim.answer is not None:
            # What was asked is no statement; that it was affirmed makes it one.
            said = utterance.quote(*claim.answer).strip(" ，,。")
            who = speaker_name(event, utterance.field)
            where = f"{how_asked(claim.asked)}“{words}”之后，{who}以“{said}”予以肯定"
            alleged = BEGINS_QUOTED.sub("", alleged)
        ctx.raise_alert(
            Finding(
                subject=subject,
                subject_title=self._title(ctx, utterance, words),
                level=level,
                reason=f"{where}：{alleged}。",
                trigger=[*claim.beside, *trigger],
                numbers=numbers,
                spans=self._spans(reading, claim),
                words=self._words(reading, claim),
                exemptions=[*considered, *self._passed(ctx, memory, reading, claim, numbers)],
                missing=missing,
                law=claim.law,
                by=self._by(claim),
                because=[*claim.because, claim.concept],
                level_reason=level_reason(level, claim.level, doubts) or claim.level_reason,
            )
        )
        return True

    def _by(self, claim: Claim) -> str:
        """The group of patterns that found it, where neither a frame nor the model did."""
        if LIKENESS in claim.numbers or "frame" in claim.numbers or not claim.hits:
            return ""
        return f"pattern:{self.id}/{claim.hits[0].group}"

    def _considered(
        self, ctx: Context, reading: Reading, claim: Claim, quoted: str | None
    ) -> list[Exemption]:
        """The first gates: speaker, negation, target and what exempts.

        Of what is outweighed it is said so among the exemptions of the claim.
        """
        sku = reading.utterance.sku
        spoken, told = speaker_gate(reading.utterance.speaker, quoted)
        return [
            spoken,
            *([told] if claim.outweighs.isdisjoint(QUOTING) else []),
            *([negation_of(reading, claim)] if claim.outweighs.isdisjoint(DENYING) else []),
            target_gate(ctx.room.title_of(sku).removeprefix(f"{sku} ") if sku else None),
            *claim.exemptions,
        ]

    def _passed(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim,
        numbers: Mapping[str, Number],
    ) -> list[Exemption]:  # fmt: skip
        """The later ones: class, recognition, repetition and reach."""
        utterance = reading.utterance
        event = utterance.event
        return [
            class_gate(ctx.room.category(utterance.sku)),
            *recognition_gates(
                confidence_of(self._said(reading, claim)),
                is_spoken=isinstance(event, Speech),
                hits=[hit._replace(form=reading.spelling(hit)) for hit in claim.hits],
                written=[
                    "".join(span.text for span in utterance.spans(hit.start, hit.end))
                    for hit in claim.hits
                ],
            ),
            reach_gate(numbers),
            *self.retractions.before(memory, utterance),
        ]

    def _subject(
        self, memory: ClaimMemory, sku: str | None, concept: str, reading: Reading, claim: Claim
    ) -> str:
        """The same claim has the same subject: by its concept, else by likeness of its words."""
        return memory.subject_of(sku, concept, self._quote(reading, claim), self.similarity)

    def _numbers(
        self, ctx: Context, memory: ClaimMemory, utterance: Utterance, subject: str
    ) -> dict[str, Number]:
        """Repetition and reach: facts of discretion (绝对化指南 9, 10)."""
        known = memory.known[subject]
        numbers: dict[str, Number] = {
            "times": known.hits,
            "on_air_s": (max(utterance.at, known.last_at) - known.first_at) // 1000,
        }
        if ctx.room.viewers is not None:
            numbers["viewers"] = ctx.room.viewers
        if memory.denials:
            numbers["denials_on_air"] = memory.denials
        return numbers

    def _title(self, ctx: Context, utterance: Utterance, words: str) -> str:
        quoted = f"“{words if len(words) <= 40 else words[:39] + '…'}”"
        return f"{ctx.room.title_of(utterance.sku)} {quoted}" if utterance.sku else quoted

    def _quote(self, reading: Reading, claim: Claim) -> str:
        """The clauses around the claim, as they were said."""
        words = reading.utterance.quote(*clauses_of(reading, claim))
        return words if len(words) <= 60 else words[:59] + "…"

    def _words(self, reading: Reading, claim: Claim) -> Span:
        """The words of a claim from the first to the last; what is like others is so as a whole."""
        if LIKENESS in claim.numbers:
            return reading.utterance.span(*clauses_of(reading, claim))
        return reading.utterance.span(*phrase_of(reading, claim))

    def _spans(self, reading: Reading, claim: Claim) -> list[Span]:
        """The words of a claim, then those of further claims in the same sentence."""
        if LIKENESS in claim.numbers:
            return reading.utterance.spans(*clauses_of(reading, claim))
        own = sorted({(hit.start, hit.end) for hit in claim.hits} | {*filter(None, [claim.answer])})
        low, high = reading.scope.sentence(claim.start)
        others = sorted(
            place
            for place in set(reading.claimed).difference(own)
            if low <= place[0]
            and place[1] <= high
            and reading.utterance.is_new(place[1])
            and not any(start <= place[0] and place[1] <= end for start, end in own)
        )
        return [
            span
            for one in (*own, *others)
            for span in reading.utterance.spans(*whole_figures(reading.text, *one))
        ]

    def _said(self, reading: Reading, claim: Claim) -> list[Speech | Chat | Product | Session]:
        """The events whose words are quoted for a claim; that in which it ends is the last."""
        return reading.utterance.events(reading.scope.clause(claim.start)[0], claim.end)
