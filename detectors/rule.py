"""What a rule is: its pack entry (data), its code (how to look), and what it hands to the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from detectors.alerts import CrowdEvidence, Exemption, Level, Number, PricePoint, Span, Status
from detectors.calendar import DAY_MS, HOUR_MS, MINUTE_MS
from detectors.events import MAX_COUNT, Category, Chat, Event
from detectors.pack.frames import About, Exempt, Frame, Goods, Slot, kinds_of
from detectors.pack.words import Words

if TYPE_CHECKING:
    from detectors.across.signal import Clue
    from detectors.engine.room import RoomState
    from detectors.match.lexicon import Hit
    from detectors.match.likeness import LikenessModel
    from detectors.speech.utterance import Utterance

__all__ = [
    "SIGN",
    "VIEWER",
    "Context",
    "Declined",
    "Finding",
    "Focus",
    "Rule",
    "RuleSpec",
    "covers",
    "kind",
    "kinds",
    "registered",
    "rule",
]

#: Focus areas of the campaign: F1 online trading, F2 unfair competition, F3 advertising, F4 product
#: quality and IP, F5 food safety, F6 prices, F7 complaints, F8 enforcement.
Focus = Literal["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8"]
Stage = Literal["draft", "shadow", "trial", "stable", "retired"]


#: Groups of patterns that begin so are looked for in what viewers write, and nowhere else.
VIEWER = "viewer."
#: Groups that begin so bring a text to its rule and say nothing: they are not looked for in disguise.
SIGN = "sign."

#: Units in which the names of thresholds end, ms.
_UNITS = {
    "s": 1_000, "min": MINUTE_MS, "minutes": MINUTE_MS, "h": HOUR_MS, "hours": HOUR_MS, "days": DAY_MS,
}  # fmt: skip


class LawRef(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A candidate basis: an entry of the law table and the fact that decides for it."""

    ref: str
    when: str
    needs: list[str] = []
    """What has to be observed for it to be so: `finding` (what the rule found at its own level is all of it), or names
    of facts that a finding says were observed (`Finding.facts`). Empty: what decides is beyond what
    events carry."""
    particular: bool = False
    """Only for claims whose frame names it, not for those of other frames or of none."""
    goods: list[Category | Literal["unknown"]] = []
    """The classes of goods that it holds for; empty: all. Of rules of frames."""
    but: list[str] = []
    """Slots of which a word in the title or the text tells goods of such a class that it does not hold for."""


class Threshold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of a rule and where it comes from."""

    value: int | float
    origin: Literal["law", "engineering"]
    note: str = ""


class Escalation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The level that an alert reaches by repetition."""

    hits: int
    level: Level


class ExemptionClause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exemption that the rule considers, in our own words."""

    clause: str
    gist: str
    kind: Literal["applies", "exemption", "leniency"] = "exemption"
    """What it is: a precondition, an exemption, or a fact of discretion."""
    silences: list[str] = []
    """Codes of the stated silences by which it shows, where the rule does not name the clause."""


class Ground(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several ways to come by a level."""

    of: list[str] = []
    """The findings that it explains, by what they name: their concept, their frame, or a way that
    the rule's code names (`Finding.because`); empty: all that no ground before it does."""
    says: str
    """The sentence. `{says}` is what the finding's frame alleges, another name in braces one of the
    finding's figures (`Finding.numbers`)."""


class EvidenceWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of the room around a trigger is kept."""

    before_s: int = 60
    after_s: int = 120


class RuleSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pack entry."""

    id: str
    version: int
    title: str
    title_en: str
    focus: Focus
    level: Level
    stage: Stage
    status: Status
    law: list[LawRef]
    cases: Sequence[dict[str, Any]]
    alert_title: str = ""
    """What an alert is called: the conduct, in a few characters; empty: 涉嫌 and the rule's title."""
    alert_title_en: str = ""
    levels: dict[Level, str | list[Ground]] = {}
    """Why an alert has a level and not the next: one sentence, or one for each way to come by it."""
    code: str = ""
    description: str = ""
    thresholds: dict[str, Threshold] = {}
    escalation: list[Escalation] = []
    unrepeated: list[str] = []
    """Findings, by their frames, concepts or ways (`Finding.because`), that repetition does not make graver:
    what they leave open, saying it again does not settle."""
    exemptions: list[ExemptionClause] = []
    missing: list[str] = []
    falsepositives: list[str] = []
    inhibits: list[str] = []
    raises: list[str] = []
    """Rules whose watched alerts become leads beside an alert of this one in the same broadcast."""
    evidence: EvidenceWindow = EvidenceWindow()
    patterns: Mapping[str, list[str]] = {}
    disguised: list[str] = []
    """Groups of patterns that are found in disguise too (pinyin, look-alikes, written apart …);
    a name that ends in a dot stands for all groups that begin with it."""
    supporting: list[str] = []
    """Groups of which a hit alone says nothing: the rule is not asked for them alone."""
    shared: list[str] = []
    """What it has alike with others (thresholds, words, frames, exemptions), by the names of the files
    that have it (`packs/shared/`)."""
    kind: str = ""
    """Code that many rules share, instead of code of its own: `frames` or `words`."""
    words: Words | None = None
    """What a rule of the kind `words` looks for."""
    slots: dict[str, list[str] | Slot] = {}
    """Lists of words for frames, beside those that all packs share (`packs/slots/`); without frames
    they are patterns of their names, joins written out. Of a complete entry the patterns have them."""
    frames: list[Frame] = []
    """The ways in which a rule of the kind `frames` finds its claim made."""
    keys: list[str] = []
    """By frame, the slot by which texts are brought to it, the rarest that it needs. Of a complete entry."""
    exempt: list[Exempt] = []
    """Words beside which such a claim is exempt."""
    shared_about: list[Goods] = []
    """The goods that its shared frames look at, where they are fewer than those of the rule: what they
    find about the others is another rule's to say."""
    english: dict[str, str] = {}
    """Its sentences, or their clauses, in English: of an office's own rule. As in `pack/english.yaml`."""
    subject: Literal["claim", "product"] = "claim"
    """What such a rule raises one alert for: each claim, or the product, whatever is said of it."""
    about: About | None = None
    """The goods that such a rule looks at; ``None``: all."""

    def threshold(self, name: str) -> int | float:
        """A threshold by name.

        Raises:
            KeyError: the pack has none of that name.
        """
        return self.thresholds[name].value

    def words_of(self, slot: str) -> list[str]:
        """The words of a slot, or of all kinds of one.

        Raises:
            KeyError: the pack has none of that name.
        """
        if slot in self.patterns:
            return self.patterns[slot]
        kinds = kinds_of(self.patterns, slot)
        if not kinds:
            raise KeyError(slot)
        return [word for kind in kinds for word in self.patterns[kind]]

    def has_word(self, slot: str, text: str) -> bool:
        """Has a folded text a word of a slot, whatever stands around it?

        Raises:
            KeyError: the pack has no such slot.
        """
        return any(word in text for word in self.words_of(slot))

    def is_disguised(self, group: str) -> bool:
        """Are the patterns of this group found in disguise too?"""
        return any(covers(name, group) for name in self.disguised)

    @property
    def asides(self) -> frozenset[str]:
        """Slots of frames that nobody hides: they make no claim, but exempt, except or tell goods, or only
        such as is made in plain words."""
        claimed = [name for frame in self.frames if not frame.plain for name in frame.claiming]
        named = {name for frame in self.frames for name in frame.every_slot}
        named.update(name for exempt in self.exempt for name in exempt.slots)
        named.update(self.about.words if self.about is not None else ())
        held = {kind for name in named for kind in kinds_of(self.patterns, name)}
        return frozenset(held.difference(*(kinds_of(self.patterns, name) for name in claimed)))

    def is_supporting(self, group: str) -> bool:
        """Do patterns of this group only support others?"""
        return any(covers(name, group) for name in self.supporting)

    def count(self, name: str) -> int:
        """A threshold that is a whole number."""
        return int(self.thresholds[name].value)

    def duration_ms(self, name: str) -> int:
        """A threshold that is a length of time, in the unit in which its name ends (`window_min`).

        Raises:
            KeyError: the pack has none of that name, or it ends in no unit.
        """
        return round(self.thresholds[name].value * _UNITS[name.rpartition("_")[2]])


def covers(name: str, group: str) -> bool:
    """Does a name of a pack mean a group? One that ends in a dot means all groups that begin so."""
    return group.startswith(name) if name.endswith(".") else group == name


class Finding(Struct, kw_only=True):
    """What a rule concluded from one hit; the engine makes or updates the alert from it."""

    subject: str
    """Identity within (room, session, rule): the same subject again is the same alert, one hit more."""
    subject_title: str = ""
    level: Level
    reason: str
    """Chinese, with the arithmetic in words, written from `numbers`."""
    trigger: list[Event]
    """The events that the verdict stands on, supporting ones first; the last is the hit."""
    hit: str | None = None
    """Identity of the hit, the id of the last trigger by default; the same hit counts once."""
    numbers: dict[str, Number] = {}
    spans: list[Span] = []
    words: Span | None = None
    """The words that it stands on, from the first to the last; ``None``: as the spans in the hit say."""
    exemptions: list[Exemption] = []
    """What was considered, preconditions and facts of discretion too: their clauses say which."""
    missing: list[str] = []
    law: list[str] | None = None
    """Which of the pack's bases are candidates; ``None``: all."""
    when: dict[str, str] = {}
    """A better deciding fact by law reference."""
    prices: list[PricePoint] = []
    crowd: CrowdEvidence | None = None
    title: str | None = None
    first_at: int | None = None
    session: str | None = None
    """The broadcast that it is about, where the hit came after that; ``None``: that of the hit."""
    by: str = ""
    """What found it, `pattern:<rule>/<group>` or `fact:<name>`; empty: the engine says so of frames
    and of the model by their figures, of others by the rule."""
    extent: int = 0
    """How far it goes, where something is counted that grows, accounts or orders: of equal levels
    the larger one is the graver, and tells the alert's story. 0: nothing is."""
    because: list[str] = []
    """Which of the ways to its level it came by, as the pack names them (`Ground.of`), the first first."""
    level_reason: str = ""
    """Why it has less than its level, where the class of the goods or a doubt of hearing took it."""
    facts: list[str] = []
    """Deciding facts that were observed besides, by the names that bases ask for (`LawRef.needs`)."""
    title_en: str = ""
    reason_en: str = ""
    amends: bool = False
    """No hit: adds its numbers and exemptions to the alert of this subject, if there is one
    (a correction on air is a fact in the operator's favour)."""


class Declined(NamedTuple):
    """A stated silence."""

    reason: str
    subject: str
    why: str


_encoder = msgspec.msgpack.Encoder()
_findings = msgspec.msgpack.Decoder(Finding)
_words = msgspec.msgpack.Decoder(tuple[str, str, str, str])


class Context:
    """What a rule may see and do while it handles one event or timer of one room."""

    __slots__ = (
        "clues", "declined", "findings", "likeness", "now", "room", "state", "timers", "touched"
    )  # fmt: skip

    def __init__(
        self, room: RoomState, state: Any, now: int,
        likeness: Callable[[], LikenessModel | None] = lambda: None,
    ) -> None:  # fmt: skip
        self.likeness = likeness
        """Gives the second reading of texts, where there is one."""
        self.room = room
        self.state = state
        self.now = now
        """Event time, ms."""
        self.findings: list[Finding] = []
        self.declined: list[Declined] = []
        self.timers: list[tuple[str, int | None]] = []
        self.clues: list[Clue] = []
        self.touched = False
        """Was anything handed over in this call?"""

    def clear(self) -> None:
        """Forgets what the last call handed over; the engine uses one context for all calls."""
        self.findings.clear()
        self.declined.clear()
        self.timers.clear()
        self.clues.clear()
        self.touched = False

    def raise_alert(self, finding: Finding) -> None:
        """Hands a conclusion to the engine.

        Raises:
            ValueError: it has no trigger, or something in it that no alert can carry.
            TypeError, OverflowError: the same.
        """
        if not finding.trigger:
            raise ValueError("a finding without a trigger")
        # Checked without its events, which were checked when they came: here it is the rule's
        # fault, later nobody would know whose.
        bare = msgspec.structs.replace(finding, trigger=[])
        _findings.decode(_encoder.encode(bare))
        self.findings.append(finding)
        self.touched = True

    def clue(self, clue: Clue) -> None:
        """Hands on what means something beside the same in other rooms: to the second stage.

        Raises:
            ValueError, TypeError: there is something in it that no signal can carry.
        """
        _words.decode(_encoder.encode((clue.to, clue.cluster, clue.words, clue.shape)))
        self.clues.append(clue)
        self.touched = True

    def decline(self, reason: str, subject: str = "", why: str = "") -> None:
        """States why the rule stays silent: `insufficient-history`, `quote-denied`, …

        Args:
            reason: a code, of which there are few: it is counted.
            subject: what would have been alleged.
            why: what decided, in words: the clause that exempts, the word that negates.
        """
        self.declined.append(Declined(reason, subject, why))
        self.touched = True

    def set_timer(self, due: int, key: str) -> None:
        """Calls `on_timer(key, due)` when the room's time reaches `due`; one timer a key.

        Raises:
            ValueError: `due` is no time.
        """
        if not isinstance(due, int) or not 0 <= due <= MAX_COUNT:
            raise ValueError(f"a timer cannot be due at {due!r:.40}")
        self.timers.append((key, due))
        self.touched = True

    def cancel_timer(self, key: str) -> None:
        self.timers.append((key, None))
        self.touched = True


class NoState(Struct):
    """The memory of a rule that needs none."""


class Rule:
    """How to look for one violation. One instance serves all rooms: memory lives in `State`.

    A subclass defines any of ``on_chat, on_speech, on_product, on_price, on_counter, on_order,
    on_prize, on_room, on_session, on_review, on_gap`` (each takes the context and the event),
    ``on_text``, ``on_viewer_text`` and ``on_timer``; the engine calls what exists. Most lines of a
    chat say nothing by themselves, and being asked about each is dear: ``on_crowd`` is called with
    a viewer's line by which the crowd's book notices something (`facts.crowd.Writers.listen`), for
    rules that read it, and ``on_platform_chat`` with a line of the platform (role `system`).
    """

    id: ClassVar[str]
    State: ClassVar[type[Struct]] = NoState
    worded: ClassVar[bool] = False
    """The words alone are what it raises: said alike in many rooms, they are a script."""
    passed_over: ClassVar[str] = ""
    """The stated silence about lines of viewers that it passes over; empty: none is stated."""
    every_line: ClassVar[bool] = False
    """Call `on_text` for each chat line of the seller's side, also without a hit."""

    reads_passages: ClassVar[bool] = False
    """Does it read what was said passage by passage (`detectors.speech.passages`)? Then it may be
    asked about the same words more than once, among those that stand around and alone."""
    takes_back: ClassVar[frozenset[str]] = frozenset()
    """Codes of the stated silences by which the words around take back what was found: the words
    are not read without them then."""
    hears_short: ClassVar[bool] = False
    """Are two characters that sound like a word of it enough? Where everybody knows them for it."""
    joins_speech: bool = False
    """Is speech one stream for it (`detectors.speech.stream`)? Then it is asked about what was said with
    the end of what was said before and the beginning of what is said next, and heeds `Utterance.news`."""

    least_hint: float = 0.0
    """How much a stretch of a text must be like its violations, 0 to 1, for words in the text to say something
    to it (`match.hints`); 0: they do anyway. `on_text` is not called with what hints at less, but `on_heeded`
    where words stand in it that say something all the same."""
    heeds: frozenset[str] = frozenset()
    """The groups of those."""
    heeds_events: ClassVar[bool] = False
    """Does it heed such words event by event, with all others of the event, though speech is one stream for its
    claims? What is told of stock, and why it is there again, may stand sentences apart."""
    reads_crowd: ClassVar[bool] = False
    """Does it read `ctx.room.crowd`? The crowd is followed where a rule does."""
    crowd_notices: ClassVar[int] = 7
    """What a line of a viewer has to bring about for `on_crowd` to be called with it, bits of
    `facts.crowd.Writers.notices`."""
    platform_words: Mapping[str, int] | None = None
    """What words in a line of the platform say (`facts.crowd.mood`). Lines without one are not handed to
    `on_platform_chat`, and those that the book only counts not each; ``None``: all are."""
    tones: Callable[[Sequence[str]], Sequence[int]] | None = None
    """How lines of chat are meant (`facts.crowd.mood`), by the words of this rule's pack; one rule
    says it for the whole book of the crowd."""

    def __init__(self, spec: RuleSpec) -> None:
        self.spec = spec

    def is_hidden(self, hit: Hit) -> bool:
        """Is a word one that it takes for hidden, and no chance of its spelling?"""
        return hit.form != "plain"

    def leads(self, group: str) -> bool:
        """Is a hit of this group alone a reason to ask this rule about a text?"""
        return not self.spec.is_supporting(group)

    def awaits(self, memory: Any) -> bool:
        """Does this memory wait for what is said next? Then `on_text` is called without a hit."""
        return False

    def may_concern(self, text: str, hits: list[Hit]) -> bool:
        """Can a text with these hits say anything to this rule, whatever the room shows?

        A quick look before it is asked. Not taken where the rule waits for what is said next.
        """
        return True

    def combinations(self) -> Iterable[tuple[str, frozenset[str]]] | None:
        """Groups that must all be hit in a text that may concern it, or slots of which one kind must be: each
        of several such sets, and before it the one of its groups by which it is looked up, the rarest.
        Figures that must stand in it are named by their kinds (`detectors.pack.frames.TYPED`).
        ``None``: any text may in which it is hit."""
        return None

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """A text of the seller's side in which a pattern of this rule stands."""

    def on_heeded(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """A text of the seller's side that does not hint at its violations, with the words of the kinds that
        it `heeds`."""

    def passes_over(self, text: str, hits: list[Hit]) -> bool:
        """Does a viewer's line say nothing to this rule, whoever writes it and when?

        Asked once of a line that comes again and again.
        """
        return False

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        """A viewer's line in which a pattern of a group `viewer.…` of this rule stands.

        What a viewer writes accuses nobody by itself: it is counted, or supports what was seen.
        """

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        """A timer of this rule is due."""

    def holds_back(self, memory: Any, key: str) -> bool:
        """Does a timer only hold something back for what may follow?

        At the end of a recording, where nothing will, such a timer is fired with the time at which it
        was due, so that the same is said as in a room that falls silent. A timer that measures how
        long something lasted stays.
        """
        return False


_registry: dict[str, type[Rule]] = {}
R = TypeVar("R", bound=type[Rule])


def rule(cls: R) -> R:
    """Registers a rule's code under its id.

    Raises:
        ValueError: the id is taken.
    """
    if _registry.setdefault(cls.id, cls) is not cls:
        raise ValueError(f"two rules with the id {cls.id!r}")
    return cls


_kinds: dict[str, type[Rule]] = {}


def kind(name: str) -> Callable[[R], R]:
    """Registers code that many rules share, told apart by their pack entries alone."""

    def register(cls: R) -> R:
        if _kinds.setdefault(name, cls) is not cls:
            raise ValueError(f"two kinds of rules with the name {name!r}")
        return cls

    return register


def kinds() -> Mapping[str, type[Rule]]:
    """Shared code by the name of its kind."""
    return _kinds


def registered() -> Mapping[str, type[Rule]]:
    """All rule code by id."""
    return _registry
