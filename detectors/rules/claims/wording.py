"""How a claim is quoted: its words as they were said, the clauses around it, and what is alleged of it."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.alerts import Exemption, Level
from detectors.events import Chat, Product, Session, Speech
from detectors.match import expression as re
from detectors.rules.claims.gates import ASKED, negation_gate
from detectors.rules.claims.memory import Claim
from detectors.rules.claims.reading import Reading
from detectors.speech.phrases import whole_brackets, whole_mark, whole_word

__all__ = ["BEGINS_QUOTED", "QUOTED", "as_meant", "as_written", "clauses_of", "confidence_of", "how_asked",
           "lower", "negation_of", "phrase_of"]  # fmt: skip

QUOTED = re.compile("“([^“”]{1,200})”")
#: The words of a claim before what is alleged: of a question they stand in what was asked.
BEGINS_QUOTED = re.compile("^“[^“”]{1,200}”，")
#: Characters of a quote that is carried back over an end of a clause that is only guessed.
SHORT_QUOTE = 12


def as_meant(reading: Reading, claim: Claim, low: int, high: int) -> str:
    """A range of a text around a claim, with its hidden words as they are meant."""
    text, first = reading.text[:high], high
    for hit in sorted(claim.hits, key=lambda hit: -hit.start):
        # One spelling may stand for several words: each rule judges the one it looks for.
        if hit.form != "plain" and hit.end <= first:
            text, first = text[: hit.start] + hit.term + text[hit.end :], hit.start
    return text[low:]


def phrase_of(reading: Reading, claim: Claim) -> tuple[int, int]:
    """The words of a claim as a phrase, without the answer to it."""
    first, last = reading.phrase(claim.start, claim.end)
    if claim.answer is not None and claim.end <= claim.answer[0]:
        last = min(last, claim.answer[0])
    return first, last


def clauses_of(reading: Reading, claim: Claim) -> tuple[int, int]:
    """Where the clauses around a claim stand.

    A clause that the next event goes on with has no end yet: it is quoted to the end of the phrase.
    Where the end of a clause is only guessed, short ones are quoted with what stands before them.
    """
    scope = reading.scope
    first, last = phrase_of(reading, claim)
    low, high = min(scope.clause(claim.start)[0], first), scope.clause(claim.end - 1)[1]
    news, folded = reading.utterance.news_range, reading.utterance.folded
    while last - low < SHORT_QUOTE and low - 1 > news[0] and folded.is_put_in(low - 1):
        low = max(scope.clause(low - 2)[0], news[0])
    if claim.answer is not None:
        high = min(high, claim.answer[0])
    return low, last if high > news[1] else max(high, last)


def negation_of(reading: Reading, claim: Claim) -> Exemption:
    """What the gate of negation saw: words that deny may belong to what is claimed."""
    if not claim.ungated:
        return negation_gate(None)
    scope = reading.scope
    if scope.denies(claim.start, claim.end):
        return negation_gate("within")
    before = max(scope.clause(claim.start)[0], claim.start - 8)
    return negation_gate("before" if scope.denies(before, claim.start) else None)


def as_written(reading: Reading, claim: Claim) -> str:
    """What is alleged, with the words that it quotes as they stand in the original.

    Words are looked for in a folded text, and read out of disguises; the reading of a disguise
    stands among the preconditions.
    """
    utterance = reading.utterance

    def original(found: re.Match[str]) -> str:
        words = found[1]
        if found.start() == 0 and claim.says.startswith("，", found.end()):
            # What is alleged follows the words that it is about: they are quoted as a phrase.
            place = reading.text.find(words, max(0, claim.start - len(words)))
            if place >= 0:
                folded, phrase = utterance.folded, reading.phrase(place, place + len(words))
                if len(utterance.spans(*phrase)) > 1:
                    return f"“{utterance.quote(*phrase)}”"
                first, last = whole_brackets(folded.original, *folded.to_original(*phrase))
                return f"“{folded.original[first:last]}”"
        for hit in claim.hits:
            if words in (hit.term, reading.text[hit.start : hit.end]):
                return f"“{utterance.quote(*whole(reading.text, hit.start, hit.end))}”"
        if words == reading.text[claim.start : claim.end]:
            return f"“{utterance.quote(*reading.phrase(claim.start, claim.end))}”"
        place = utterance.original.find(words)
        if place >= 0:
            low, high = whole(utterance.original, place, place + len(words))
            return f"“{utterance.original[low:high]}”"
        place = reading.text.find(words)
        if place < 0:
            return found[0]
        return f"“{utterance.quote(place, place + len(words))}”"

    return QUOTED.sub(original, claim.says)


def whole(text: str, start: int, end: int) -> tuple[int, int]:
    """A term as it is quoted, without cutting a figure or a word."""
    return whole_mark(text, *whole_word(text, start, end))


def how_asked(quoted: str) -> str:
    """In a word, how a question was put that its asker, or somebody else, affirmed."""
    return ASKED if quoted == ASKED else "转述"


def confidence_of(events: Sequence[Speech | Chat | Product | Session]) -> float | None:
    """The least that a recogniser says of events; ``None``: none says anything."""
    told = [
        event.confidence
        for event in events
        if isinstance(event, Speech) and event.confidence is not None
    ]
    return min(told, default=None)


def lower(level: Level) -> Level:
    return "watch" if level == "lead" else level
