"""What the seller's side says for itself before or after a claim: corrections and denials on air.

They are facts in the operator's favour (直播办法 31, 绝对化指南 9, 10) and stand in the alert as they were
said. Whether they take back this very claim is for an officer to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from detectors.alerts import Exemption, Number
from detectors.events import Chat, Speech
from detectors.match.lexicon import Hit
from detectors.match.ordinary import is_han
from detectors.match.phrasing import word_list
from detectors.rule import Context, Finding
from detectors.rules.claims.gates import EXPLAINED
from detectors.rules.claims.memory import MAX_PENDING, ClaimMemory, Denial, RecentClaim
from detectors.rules.claims.reading import Reading
from detectors.speech.scope import Scope
from detectors.speech.speaker import speaker_name
from detectors.speech.utterance import Utterance

__all__ = ["CLARIFIED_MS", "Retractions", "tells_for"]

CORRECTED = "及时改正（裁量，行政处罚法第三十三条）"
#: For so long after a claim its own words are looked for in denials, ms.
CLARIFIED_MS = 30_000
#: Characters between a denial and what it denies: “不是跟茅台一个厂”.
REACH = 5
#: Corrections and denials that one alert lists of each.
MOST = 2
#: Who can take back what the seller's side says.
_SIDE = frozenset(["host", "assistant", "unknown"])
#: Characters of an utterance that are quoted whole.
MAX_WHOLE = 160


class Retractions:
    """Notes what is denied, and adds it to the alerts of claims that stand near it in time."""

    def __init__(self, within_ms: int, alert_of: Callable[[str], str]) -> None:
        """
        Args:
            within_ms: how far from a claim a correction or a denial may be said.
            alert_of: the subject of the alert that a claim with a subject belongs to.
        """
        self._within_ms = within_ms
        self._alert_of = alert_of

    def note(
        self, memory: ClaimMemory, reading: Reading, subject: str, hits: Sequence[Hit]
    ) -> None:
        """A claim was raised: what is said in the next moments may deny it."""
        utterance = reading.utterance
        words = [reading.text[hit.start : hit.end] for hit in hits]
        memory.recent = [
            *memory.recent,
            RecentClaim(
                subject=subject,
                sku=utterance.sku,
                at=utterance.at,
                event=utterance.event.id,
                words=sorted({part for word in words for part in _telling(word)}),
            ),
        ][-MAX_PENDING:]

    def before(self, memory: ClaimMemory, utterance: Utterance) -> list[Exemption]:
        """What was denied of the same product just before a claim."""
        denial = memory.denial
        if (
            denial is None
            or denial.event == utterance.event.id
            or denial.sku != utterance.sku
            or not 0 <= utterance.at - denial.at <= self._within_ms
        ):
            return []
        seconds = (utterance.at - denial.at) // 1000
        why = f"此前 {seconds} 秒{denial.who}说“{denial.words}”，是否就此作了说明须核实"
        return [Exemption(clause=EXPLAINED, met=True, why=why)]

    def denied(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        """Words of the rule were denied or advised against: the alerts just before get that fact.

        Where the same utterance makes a claim as well, the denial is a part of that.
        """
        event = utterance.event.id
        if utterance.speaker not in _SIDE or any(one.event == event for one in memory.recent):
            return
        memory.denial = Denial(
            sku=utterance.sku,
            at=utterance.at,
            event=event,
            who=speaker_name(utterance.event, utterance.field),
            words=_said(utterance),
        )
        for subject, at in memory.latest.items():
            known = memory.known.get(subject)
            if known is not None and known.sku == utterance.sku:
                self._explained(ctx, memory, utterance, subject, at)

    def heard(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        """Looks whether what is said next denies the very words of a claim: “这个不是茅台啊”."""
        memory.recent = [one for one in memory.recent if utterance.at - one.at <= CLARIFIED_MS]
        if utterance.speaker not in _SIDE:
            return
        scope: Scope | None = None
        for one in memory.recent:
            if one.event == utterance.event.id or one.sku != utterance.sku:
                continue
            scope = scope or Scope(utterance.own)
            if any(_denies(scope, word) for word in one.words):
                self._explained(ctx, memory, utterance, one.subject, one.at)

    def corrected(self, ctx: Context, memory: ClaimMemory, utterance: Utterance) -> None:
        """The host says that something was wrong: the alerts of the last minutes get that fact."""
        who = speaker_name(utterance.event, utterance.field)
        for subject, at in list(memory.latest.items()):
            known = memory.known.get(subject)
            if known is None or utterance.at - at > self._within_ms:
                del memory.latest[subject]
                continue
            if utterance.event.id in known.corrected:
                continue  # It is read again, with what was said next.
            seconds = (utterance.at - at) // 1000
            others = bool(known.sku and utterance.sku and known.sku != utterance.sku)
            where = f"（其时在讲“{_title(ctx, utterance.sku)}”）" if others else ""
            self._amend(
                ctx,
                utterance,
                subject,
                CORRECTED,
                f"{seconds} 秒后{who}有更正的话{where}，是否更正此项须核实：“{_said(utterance)}”",
                {} if known.corrected else {"corrected_on_air_s": seconds},
            )
            known.corrected.append(utterance.event.id)
            # What is said while other goods are shown may not be all.
            if not others or len(known.corrected) == MOST:
                del memory.latest[subject]

    def _explained(
        self, ctx: Context, memory: ClaimMemory, utterance: Utterance, subject: str, at: int
    ) -> None:
        known = memory.known.get(subject)
        seconds = (utterance.at - at) // 1000
        if (
            known is None
            or len(known.explained) == MOST
            or utterance.event.id in known.explained
            or not 0 <= utterance.at - at <= self._within_ms
        ):
            return
        known.explained.append(utterance.event.id)
        who = speaker_name(utterance.event, utterance.field)
        why = f"其后 {seconds} 秒{who}说“{_said(utterance)}”，是否就此作了说明须核实"
        self._amend(ctx, utterance, subject, EXPLAINED, why, {})

    def _amend(
        self, ctx: Context, utterance: Utterance, subject: str, clause: str, why: str,
        numbers: dict[str, Number],
    ) -> None:  # fmt: skip
        ctx.raise_alert(
            Finding(
                subject=self._alert_of(subject),
                level="info",
                reason="",
                trigger=[utterance.event],
                hit=f"{utterance.event.id}:{clause}",
                numbers=numbers,
                exemptions=[Exemption(clause=clause, met=True, why=why)],
                amends=True,
            )
        )


def tells_for(negation: str) -> bool:
    """Can a negation take back what was said, or does it belong to praise as often?"""
    return negation not in word_list("scope", "of-praise")


def _said(utterance: Utterance) -> str:
    """What was said, to be quoted: all of a short event, else the part that was read."""
    event = utterance.event
    whole = event.text.strip() if isinstance(event, Speech | Chat) else ""
    return whole if 0 < len(whole) <= MAX_WHOLE else utterance.original.strip()[:MAX_WHOLE]


def _denies(scope: Scope, word: str) -> bool:
    """Is a word denied in a text, at whatever place of it?"""
    place = scope.text.find(word)
    while place >= 0:
        negation = scope.negated(place, REACH)
        if negation is not None and tells_for(negation):
            return True
        place = scope.text.find(word, place + 1)
    return False


def _telling(word: str) -> list[str]:
    """A word of a claim, and the end of it by which it may be named again: 飞天茅台, 茅台."""
    if len(word) < 2 or not all(map(is_han, word)):
        return []
    return [word, word[-2:]] if len(word) > 2 else [word]


def _title(ctx: Context, sku: str | None) -> str:
    return ctx.room.title_of(sku).removeprefix(f"{sku} ")
