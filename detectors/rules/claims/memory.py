"""A claim before the gates, and what a room remembers of the claims made in it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from detectors.alerts import Exemption, Level, Number, Span
from detectors.events import Chat, Event, Product, Session, Speech
from detectors.match.lexicon import Hit
from detectors.match.similarity import same_claim
from detectors.speech.utterance import Utterance
from detectors.stats.latest import trim

__all__ = [
    "MAX_CLAIMS",
    "MAX_LOOKS",
    "MAX_PENDING",
    "Claim",
    "ClaimMemory",
    "Denial",
    "KnownClaim",
    "PendingClaim",
    "RecentClaim",
]

#: Claims of a room that are remembered; the one repeated longest ago goes first.
MAX_CLAIMS = 200
#: How often a rule looks at words of one event, and after how many characters of it once more: what a frame finds
#: counts, and each claim that is judged. Of what hosts say, and of talks that tell one claim after another to deny
#: them, the most was 110; more than this has only what is made to keep the monitor busy.
MAX_LOOKS, CHARACTERS_A_LOOK = 200, 10
#: Quoted questions that wait for the host's answer.
MAX_PENDING = 8


class Claim(Struct, kw_only=True):
    """A claim that was found in a text, before the gates."""

    concept: str
    """What it is about in one word: the disease, the superlative. The same word, the same claim."""
    hits: list[Hit]
    """The words that make it."""
    level: Level
    says: str
    """What is alleged, in words for the reason."""
    exemptions: list[Exemption] = []
    missing: list[str] = []
    law: list[str] | None = None
    numbers: dict[str, Number] = {}
    heard: bool = False
    """Two characters that sound like its word are enough: everybody knows them for it."""
    beside: list[Event] = []
    """What else it stands on, beside the words: the price of the shop that contradicts them."""
    ungated: bool = False
    """Negations belong to the claim (“没有副作用”): the gate of negation is passed over."""
    asks: bool = True
    """Whether a question about it is no claim."""
    admits: bool = False
    """It admits something: what is said after it takes nothing back (“没有厂址，厂家不让写”)."""
    because: list[str] = []
    """Which of the ways to its level it came by, before its concept (`detectors.rule.Ground`)."""
    level_reason: str = ""
    """Why it has less than its level, where the class of the goods took it."""
    asked: str = ""
    """Who is quoted with it as a question, where it was affirmed."""
    answer: tuple[int, int] | None = None
    """Where the host affirms it, as a half-open range of the folded text."""
    spread: bool = False
    """Who passes it on makes it: hearsay is no excuse."""
    sufficient: bool = False
    """Its words leave nothing open: how like the whole text is to labelled violations is not asked."""
    outweighs: frozenset[str] = frozenset()
    """Why single words of it let it pass, where it is a whole text so much like violations that these do not
    decide."""
    own: bool = False
    """It tells one's own doing, whoever asked: no quotation (“有人问证，证在办，先卖着”)."""

    @property
    def start(self) -> int:
        return min(hit.start for hit in self.hits)

    @property
    def end(self) -> int:
        return max(hit.end for hit in self.hits)


class KnownClaim(Struct):
    """A claim that was made before in this room."""

    text: str
    first_at: int
    hits: int = 1
    last_at: int = 0
    sku: str | None = None
    """The product on screen when it was made last."""
    corrected: list[str] = []
    """Events with words of correction that followed and stand in its alert."""
    explained: list[str] = []
    """Events with denials after it that stand in its alert."""


class RecentClaim(Struct):
    """A claim that was raised a moment ago: what is said next may take it back in other words."""

    subject: str
    sku: str | None
    at: int
    event: str
    words: list[str]
    """What it was made of, in folded text."""


class Denial(Struct):
    """Words of the rule that the seller's side denied or advised against, as they were said."""

    sku: str | None
    at: int
    event: str
    who: str
    words: str


class PendingClaim(Struct):
    """A claim in a quoted question, which counts when the host affirms it."""

    event: Speech | Chat | Product | Session
    until: int
    subject: str
    title: str
    level: Level
    says: str
    words: str
    spans: list[Span]
    law: list[str] | None
    missing: list[str]
    numbers: dict[str, Number]
    because: list[str] = []
    level_reason: str = ""
    asked: str = ""
    """Who is quoted with it."""
    beside: list[Event] = []
    considered: list[Exemption] = []
    """What was considered when it was asked."""
    whole: Span | None = None
    """The words of the claim, from the first to the last."""

    def is_of(self, event: Event, subject: str) -> bool:
        """Does an event ask about a subject in it?"""
        return self.event.id == event.id and self.subject == subject

    def is_in(self, utterance: Utterance) -> bool:
        """Does the claim stand in a text, or behind it?"""
        return self.event.id == utterance.event.id and any(
            span.event == self.event.id and span.end > utterance.first for span in self.spans
        )


class ClaimMemory(Struct):
    """At most 200 claims and 8 open questions of a room."""

    known: dict[str, KnownClaim] = {}
    pending: list[PendingClaim] = []
    doubtful: dict[str, Speech] = {}
    """Claims heard once with low confidence."""
    latest: dict[str, int] = {}
    """When the latest claims were made, for a correction that follows: at most 8."""
    denials: int = 0
    """Questions of viewers that were answered with a denial: compliant conduct."""
    session: str = ""
    recent: list[RecentClaim] = []
    """The claims of the last moments: at most 8."""
    denial: Denial | None = None
    """What the seller's side denied last."""
    denied: tuple[str, int] = ("", 0)
    """Where the latest question that was denied at once stands: the event, and its end in that."""

    looks: tuple[str, int] = ("", 0)
    """How often the rule looked at words of the latest event: the event, and the times."""

    def may_look(self, event: str, place: int) -> bool:
        """May the rule look at some more words of an event? Notes that it does.

        Args:
            place: where in the event these words, or those that are read with them, begin.
        """
        latest, times = self.looks
        if latest != event:
            times = 0
        if times >= MAX_LOOKS + place // CHARACTERS_A_LOOK:
            return False
        self.looks = event, times + 1
        return True

    def deny(self, event: str, end: int) -> None:
        """Notes that a question that ends at a place of an event is denied at once; the same one,
        read again among other words, counts once."""
        if self.denied != (event, end):
            self.denials += 1
            self.denied = event, end

    def count(self, subject: str, words: str, at: int, sku: str | None) -> None:
        """Notes that a claim is made, again or for the first time."""
        known = self.known.pop(subject, None)
        # What is said may be judged after what was written later: speech waits for its end.
        self.known[subject] = (
            KnownClaim(words, at, last_at=at, sku=sku)
            if known is None
            else msgspec.structs.replace(
                known,
                first_at=min(known.first_at, at),
                hits=known.hits + 1,
                last_at=max(known.last_at, at),
                sku=sku,
            )
        )
        trim(self.known, MAX_CLAIMS)
        self.latest.pop(subject, None)
        self.latest[subject] = at
        trim(self.latest, MAX_PENDING)

    def subject_of(self, sku: str | None, concept: str, words: str, similarity: float) -> str:
        """The subject of a claim: its concept, or that of a claim in words much like its own.

        Args:
            sku: the product it is about, as far as observed.
            concept: what it is about in one word.
            words: how it was made.
            similarity: from which likeness on it is the same claim, 0 to 100.
        """
        subject = f"{sku}/{concept}" if sku else concept
        if subject in self.known:
            return subject
        prefix = f"{sku}/" if sku else ""
        others = {
            key: known.text
            for key, known in self.known.items()
            # A claim made without a product on screen may be repeated with one, and back.
            if (key.startswith(prefix) if concept == "其他" else key.endswith(concept))
            and (not sku or "/" not in key or key.startswith(prefix))
        }
        return (same_claim(words, others, similarity) if others else None) or subject
