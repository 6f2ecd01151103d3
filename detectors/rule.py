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


#: Prefix of pattern groups that are looked for in viewers' lines only.
VIEWER = "viewer."
#: Prefix of pattern groups that only bring a text to the rule; they are not looked for in disguise.
SIGN = "sign."

#: Milliseconds per unit, by the last part of a threshold's name.
_UNITS = {
    "s": 1_000, "min": MINUTE_MS, "minutes": MINUTE_MS, "h": HOUR_MS, "hours": HOUR_MS, "days": DAY_MS,
}  # fmt: skip


class LawRef(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A candidate basis: an entry of the law table and the fact that decides for it."""

    ref: str
    when: str
    needs: list[str] = []
    """Facts that must be observed for this basis to apply: `finding` (a finding at the rule's own level
    is enough), or names from `Finding.facts`. Empty: events cannot show the deciding fact."""
    particular: bool = False
    """True if only claims whose frame names this basis cite it."""
    goods: list[Category | Literal["unknown"]] = []
    """Classes of goods that the basis holds for; empty: all. For rules of frames only."""
    but: list[str] = []
    """Slots whose words, in title or text, show goods that the basis does not hold for."""


class Threshold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number of a rule and where it comes from."""

    value: int | float
    origin: Literal["law", "engineering"]
    note: str = ""


class Escalation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The level that an alert reaches after this many hits."""

    hits: int
    level: Level


class ExemptionClause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exemption that the rule considers, in our own words."""

    clause: str
    gist: str
    kind: Literal["applies", "exemption", "leniency"] = "exemption"
    """Precondition (`applies`), exemption, or fact of discretion (`leniency`)."""
    silences: list[str] = []
    """Codes of the silences that mean this exemption held, where alerts do not name the clause."""


class Ground(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sentence for one of several ways to reach a level."""

    of: list[str] = []
    """Which findings it explains: by concept, frame, or `Finding.because`; empty: all that no earlier
    ground explains."""
    says: str
    """The sentence. `{says}` is what the finding's frame alleges, another name in braces one of the
    finding's figures (`Finding.numbers`)."""


class EvidenceWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of the room's events around a trigger is kept as evidence."""

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
    """Title of alerts: the conduct in a few characters; empty: 涉嫌 and the rule's title."""
    alert_title_en: str = ""
    levels: dict[Level, str | list[Ground]] = {}
    """Why an alert has this level and not the next: one sentence, or one for each way to reach it."""
    code: str = ""
    description: str = ""
    thresholds: dict[str, Threshold] = {}
    escalation: list[Escalation] = []
    unrepeated: list[str] = []
    """Findings (by frame, concept or `Finding.because`) whose repetition does not raise the level: saying
    it again does not settle their open point."""
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
    """Pattern groups whose hits alone are no reason to ask the rule."""
    shared: list[str] = []
    """Names of the files in `packs/shared/` whose thresholds, words, frames and exemptions it includes."""
    kind: str = ""
    """Shared code that runs this entry, `frames` or `words`; empty: the rule has its own class."""
    words: Words | None = None
    """Word lists of a rule of kind `words`."""
    slots: dict[str, list[str] | Slot] = {}
    """Word lists for frames, beside those of `packs/slots/`. Without frames each is a pattern group of
    that name. In a completed entry they are empty: `patterns` has the words, joins written out."""
    frames: list[Frame] = []
    """The frames of a rule of kind `frames`."""
    keys: list[str] = []
    """Per frame, its rarest required slot, by which texts are brought to it. In a completed entry."""
    exempt: list[Exempt] = []
    """Words beside a claim that exempt it."""
    shared_about: list[Goods] = []
    """Goods that the shared frames look at, where narrower than the rule's; another rule judges what
    they find about other goods."""
    english: dict[str, str] = {}
    """English of its sentences or clauses, as in `pack/english.yaml`; for a site's own rules."""
    subject: Literal["claim", "product"] = "claim"
    """One alert per claim, or one per product whatever is claimed of it."""
    about: About | None = None
    """The goods that the rule looks at; ``None``: all."""

    def threshold(self, name: str) -> int | float:
        """A threshold by name.

        Raises:
            KeyError: the pack has none of that name.
        """
        return self.thresholds[name].value

    def words_of(self, slot: str) -> list[str]:
        """The words of a slot, or of all its kinds.

        Raises:
            KeyError: the pack has no such slot.
        """
        if slot in self.patterns:
            return self.patterns[slot]
        kinds = kinds_of(self.patterns, slot)
        if not kinds:
            raise KeyError(slot)
        return [word for kind in kinds for word in self.patterns[kind]]

    def has_word(self, slot: str, text: str) -> bool:
        """True if a folded text contains a word of a slot.

        Raises:
            KeyError: the pack has no such slot.
        """
        return any(word in text for word in self.words_of(slot))

    def is_disguised(self, group: str) -> bool:
        """True if the patterns of this group are also found in disguise."""
        return any(covers(name, group) for name in self.disguised)

    @property
    def asides(self) -> frozenset[str]:
        """Slots of frames that are not searched in disguise: they exempt, exclude or name goods, or make
        claims of `plain` frames only."""
        claimed = [name for frame in self.frames if not frame.plain for name in frame.claiming]
        named = {name for frame in self.frames for name in frame.every_slot}
        named.update(name for exempt in self.exempt for name in exempt.slots)
        named.update(self.about.words if self.about is not None else ())
        held = {kind for name in named for kind in kinds_of(self.patterns, name)}
        return frozenset(held.difference(*(kinds_of(self.patterns, name) for name in claimed)))

    def is_supporting(self, group: str) -> bool:
        """True if hits of this group only support hits of others."""
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
    """True if a name in a pack means this group; a name that ends in a dot is a prefix."""
    return group.startswith(name) if name.endswith(".") else group == name


class Finding(Struct, kw_only=True):
    """What a rule concluded from one hit; the engine creates or updates an alert from it."""

    subject: str
    """Identity within (room, session, rule): the same subject again is the same alert, one hit more."""
    subject_title: str = ""
    level: Level
    reason: str
    """Chinese, with the arithmetic in words, written from `numbers`."""
    trigger: list[Event]
    """The events that the verdict rests on, supporting ones first; the last is the hit."""
    hit: str | None = None
    """Identity of the hit, the id of the last trigger by default; the same hit counts once."""
    numbers: dict[str, Number] = {}
    spans: list[Span] = []
    words: Span | None = None
    """The words the finding rests on, as one span; ``None``: the spans in the hit."""
    exemptions: list[Exemption] = []
    """All that was considered, preconditions and facts of discretion included; the pack entry of the
    clause says which kind it is."""
    missing: list[str] = []
    law: list[str] | None = None
    """References of the candidate bases; ``None``: all of the pack entry."""
    when: dict[str, str] = {}
    """Deciding facts that replace those of the pack entry, by law reference."""
    prices: list[PricePoint] = []
    crowd: CrowdEvidence | None = None
    title: str | None = None
    first_at: int | None = None
    session: str | None = None
    """The broadcast concerned, if the hit came after its end; ``None``: the hit's own session."""
    by: str = ""
    """What found it: `pattern:<rule>/<group>` or `fact:<name>`. Empty: the engine fills it in, from the
    figures for frames and the model, else from the rule."""
    extent: int = 0
    """Size of what is counted (accounts, orders): of two findings of one level the larger is the graver
    and tells the alert's story. 0: nothing is counted."""
    because: list[str] = []
    """Ways by which the finding reached its level, as `Ground.of` names them, most important first."""
    level_reason: str = ""
    """Why the level is lower than the rule's: the class of goods, or doubtful recognition."""
    facts: list[str] = []
    """Further observed facts, by the names in `LawRef.needs`."""
    title_en: str = ""
    reason_en: str = ""
    amends: bool = False
    """True if this is no hit, but adds numbers and exemptions to an existing alert of the subject (a
    correction on air is a fact in the operator's favour)."""


class Declined(NamedTuple):
    """A stated silence: why a rule raised nothing."""

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
        """Returns the likeness model, if one is loaded."""
        self.room = room
        self.state = state
        self.now = now
        """Event time, ms."""
        self.findings: list[Finding] = []
        self.declined: list[Declined] = []
        self.timers: list[tuple[str, int | None]] = []
        self.clues: list[Clue] = []
        self.touched = False
        """True if the rule handed over anything in this call."""

    def clear(self) -> None:
        """Drops what the last call handed over; the engine uses one context for all calls."""
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
        # Validate now, while the rule at fault is known. Events were validated on arrival, so they
        # are left out.
        bare = msgspec.structs.replace(finding, trigger=[])
        _findings.decode(_encoder.encode(bare))
        self.findings.append(finding)
        self.touched = True

    def clue(self, clue: Clue) -> None:
        """Hands a clue to the second stage, which compares rooms.

        Raises:
            ValueError, TypeError: the clue holds something that a signal cannot carry.
        """
        _words.decode(_encoder.encode((clue.to, clue.cluster, clue.words, clue.shape)))
        self.clues.append(clue)
        self.touched = True

    def decline(self, reason: str, subject: str = "", why: str = "") -> None:
        """States why the rule stays silent: `insufficient-history`, `quote-denied`, …

        Args:
            reason: a code from a small set; each is counted.
            subject: what would have been alleged.
            why: what decided, in words: the exempting clause, the negating word.
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
    ``on_text``, ``on_viewer_text`` and ``on_timer``; the engine calls what exists. A call for each
    line of chat is expensive, so rules on crowds define ``on_crowd`` instead: it is called only with
    a viewer's line that changes something in the crowd's book (`facts.crowd.Writers.listen`).
    ``on_platform_chat`` is called with lines of the platform (role `system`).
    """

    id: ClassVar[str]
    State: ClassVar[type[Struct]] = NoState
    worded: ClassVar[bool] = False
    """True if the rule alleges words: the same words in many rooms are then a shared script."""
    passed_over: ClassVar[str] = ""
    """Code of the silence counted for viewers' lines that `passes_over` drops; empty: not counted."""
    every_line: ClassVar[bool] = False
    """True if `on_text` is called for every chat line of the seller's side, even without a hit."""

    reads_passages: ClassVar[bool] = False
    """True if the rule reads speech passage by passage (`detectors.speech.passages`). It may then be
    asked about the same words more than once, with and without their surroundings."""
    takes_back: ClassVar[frozenset[str]] = frozenset()
    """Codes of silences that mean the surrounding words take the claim back: the passage is then not
    read again without its surroundings."""
    joins_speech: bool = False
    """True if speech is one stream for the rule (`detectors.speech.stream`): it is asked about an event
    together with the end of the one before and the beginning of the next, and uses `Utterance.news`."""

    least_hint: float = 0.0
    """Least likeness, 0 to 1, of a stretch of the text to the rule's violations (`match.hints`) for which
    `on_text` is called; 0: always. Below it only `on_heeded` is called, for words of `heeds`."""
    heeds: frozenset[str] = frozenset()
    """Pattern groups whose words reach `on_heeded` whatever the likeness (`least_hint`)."""
    heeds_events: ClassVar[bool] = False
    """True if words of `heeds` are handed over event by event, even though claims are read as a stream:
    a remark on stock and the reason for a restock may stand sentences apart."""
    reads_crowd: ClassVar[bool] = False
    """True if the rule reads `ctx.room.crowd`; crowds are tracked only if some rule does."""
    crowd_notices: ClassVar[int] = 7
    """Which notices of a viewer's line call `on_crowd`: bits of `facts.crowd.Writers.notices`."""
    platform_words: Mapping[str, int] | None = None
    """Meaning of words in platform lines (`facts.crowd.mood`). Lines without such a word do not reach
    `on_platform_chat`, and lines that the book only counts reach it now and then; ``None``: all do."""
    tones: Callable[[Sequence[str]], Sequence[int]] | None = None
    """Classifies chat lines (`facts.crowd.mood`) by the words of this rule's pack; one rule does so for
    the whole crowd."""

    def __init__(self, spec: RuleSpec) -> None:
        self.spec = spec

    def is_hidden(self, hit: Hit) -> bool:
        """True if the rule takes a hit for a disguised word rather than a chance spelling."""
        return hit.form != "plain"

    def leads(self, group: str) -> bool:
        """True if a hit of this group alone is a reason to ask the rule about a text."""
        return not self.spec.is_supporting(group)

    def awaits(self, memory: Any) -> bool:
        """True if the rule waits for the next words; `on_text` is then called even without a hit."""
        return False

    def may_concern(self, text: str, hits: list[Hit]) -> bool:
        """False if a text with these hits cannot matter to the rule, whatever the room shows.

        A quick test before `on_text`; skipped while the rule waits (`awaits`).
        """
        return True

    def combinations(self) -> Iterable[tuple[str, frozenset[str]]] | None:
        """Sets of groups (or slots, for any of their kinds) of which one set must be hit in full for a text to
        concern the rule. Each comes with its rarest group, by which it is looked up. Required figures
        are named by their kinds (`detectors.pack.frames.TYPED`). ``None``: any hit may concern it."""
        return None

    def on_text(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """A text of the seller's side in which a pattern of this rule stands."""

    def on_heeded(self, ctx: Context, utterance: Utterance, hits: list[Hit]) -> None:
        """A text of the seller's side below `least_hint`, with its words of the groups in `heeds`."""

    def passes_over(self, text: str, hits: list[Hit]) -> bool:
        """True if a viewer's line means nothing to the rule, whoever writes it and when.

        Asked once for a line that is repeated.
        """
        return False

    def on_viewer_text(self, ctx: Context, event: Chat, hits: list[Hit]) -> None:
        """A viewer's line with a hit of a `viewer.…` group of this rule.

        A viewer's words accuse nobody by themselves: they are counted, or support other evidence.
        """

    def on_timer(self, ctx: Context, key: str, due: int) -> None:
        """A timer of this rule is due."""

    def holds_back(self, memory: Any, key: str) -> bool:
        """True if the timer only delays a conclusion in case more words follow.

        At the end of a recording nothing follows, so such a timer fires as of its due time, as it
        would in a room that falls silent. A timer that measures a duration does not fire.
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
    """Registers code that several rules share; their pack entries make the difference.

    Raises:
        ValueError: the name is taken.
    """

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
