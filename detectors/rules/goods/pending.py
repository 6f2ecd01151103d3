"""Pending contradictions: one that the host corrects within a minute is no violation (直播办法 31)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from detectors.alerts import Exemption, unmet
from detectors.events import Event
from detectors.match.phrasing import phrasing
from detectors.rule import Context, Finding, RuleSpec
from detectors.rules.claims.claim import Claim, ClaimMemory, ClaimRule
from detectors.rules.claims.reading import Reading
from detectors.speech.utterance import Utterance

__all__ = ["Held", "HeldMemory", "Holding", "in_order"]

#: Contradictions of a room that wait for a correction.
MAX_HELD = 12
_PUT_RIGHT = phrasing("cards", "put-right")


class Held(Struct):
    """A finding that is raised unless the host puts it right in time."""

    until: int
    sku: str
    concept: str
    finding: Finding


class HeldMemory(ClaimMemory):
    """Beside the claims: at most 12 findings that wait for a correction."""

    held: list[Held] = []


class Holding(ClaimRule):
    """A rule whose findings wait for a correction on air, whatever finds its claims."""

    State = HeldMemory

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.hold_ms = spec.duration_ms("correct_within_s")

    def waits(self, claim: Claim) -> bool:
        """Can this claim be a slip of the tongue?"""
        return True

    def restates(self, ctx: Context, held: Held, utterance: Utterance) -> bool:
        """Does the host now say of the same product what its card says?"""
        return False

    def supports(self, ctx: Context, sku: str, claim: Claim) -> list[Event]:
        """Events that the verdict stands on beside the words: the card."""
        card = ctx.room.cards.get(sku)
        return [card] if card is not None else []

    def awaits(self, memory: ClaimMemory) -> bool:
        return super().awaits(memory) or (isinstance(memory, HeldMemory) and bool(memory.held))

    def _settle(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        if isinstance(memory, HeldMemory) and memory.held and utterance.speaker != "card":
            self._put_right(ctx, memory, utterance)
        super()._settle(ctx, memory, utterance)

    def _raise(
        self, ctx: Context, memory: ClaimMemory, reading: Reading, claim: Claim, subject: str,
        considered: Sequence[Exemption],
    ) -> bool:  # fmt: skip
        raised = super()._raise(ctx, memory, reading, claim, subject, considered)
        if not raised or not isinstance(memory, HeldMemory):
            return raised
        finding = ctx.findings[-1]
        event = reading.utterance.event
        finding.trigger = in_order([*self.supports(ctx, subject, claim), *finding.trigger])
        finding.hit = f"{event.id}:{claim.concept}"
        finding.first_at = event.at
        if reading.utterance.speaker == "card" or not self.waits(claim):
            return True
        ctx.findings.pop()
        until = event.at + self.hold_ms
        memory.held.append(Held(until, subject, claim.concept, finding))
        del memory.held[:-MAX_HELD]
        ctx.set_timer(until, f"held:{until}")
        ctx.decline("awaiting-correction", subject)
        return True

    def put_right(self, ctx: Context, utterance: Utterance, concept: str) -> None:
        """Drops what waits of a concept, since the host now says what the card says."""
        self._drop(ctx, ctx.state, utterance, lambda held: held.concept == concept)

    def _put_right(self, ctx: Context, memory: HeldMemory, utterance: Utterance) -> None:
        """Drops what the host puts right: by saying so, or by what the card says."""
        sorry = _PUT_RIGHT.search(utterance.folded.text) is not None
        self._drop(
            ctx, memory, utterance, lambda held: sorry or self.restates(ctx, held, utterance)
        )

    def _drop(
        self, ctx: Context, memory: HeldMemory, utterance: Utterance, is_right: Callable[[Held], bool]
    ) -> None:  # fmt: skip
        kept = []
        for held in memory.held:
            later = utterance.event.id != held.finding.trigger[-1].id and utterance.at <= held.until
            same = (utterance.sku or held.sku) == held.sku
            if later and same and is_right(held):
                ctx.decline("corrected", held.sku)
                memory.known.pop(held.sku, None)
            else:
                kept.append(held)
        memory.held = kept

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        if key.startswith("held:"):
            self._hand_over(ctx, due)

    def holds_back(self, memory: ClaimMemory, key: str) -> bool:
        return key.startswith("held:")

    def _hand_over(self, ctx: Context, due: int) -> None:
        why = f"其后至多 {self.hold_ms // 1000} 秒内未见卖方一侧更正"
        memory: HeldMemory = ctx.state
        left = []
        for held in memory.held:
            if held.until > due:
                left.append(held)
                continue
            finding = held.finding
            finding.exemptions = [
                *finding.exemptions, unmet("主播及时更正", why),
            ]  # fmt: skip
            ctx.raise_alert(finding)
        memory.held = left


def in_order(events: list[Event]) -> list[Event]:
    """Events in the order in which they happened, each once."""
    unique = {event.id: event for event in events}
    return sorted(unique.values(), key=lambda event: (event.at, event.rank, event.id))
