"""The vocabulary out: what the monitor concluded, and the evidence that it stands on.

An alert is a lead at most (线索): it says 涉嫌, an officer decides. It stands alone: whoever
holds it can show why it was raised without asking any other system.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from detectors.events import Event, Party

__all__ = [
    "LEVEL_NAMES",
    "Alert",
    "CrowdAccount",
    "CrowdAct",
    "CrowdBroadcast",
    "CrowdCounter",
    "CrowdEvidence",
    "CrowdSignal",
    "EngineVersions",
    "Evidence",
    "Exemption",
    "Found",
    "Input",
    "LawBasis",
    "Leniency",
    "Level",
    "Naming",
    "Precondition",
    "PricePoint",
    "Related",
    "Sighting",
    "Span",
    "Suppressed",
    "WatchedGap",
    "alert_id",
    "encode",
    "name_back",
    "undecided",
    "unmet",
]

Level = Literal["lead", "watch", "info"]
Status = Literal["verified", "excerpt", "unverified"]
Number = int | float | str | bool | None

#: Order of levels, lowest first.
SEVERITY: dict[Level, int] = {"info": 0, "watch": 1, "lead": 2}
#: Levels as people at the desk name them.
LEVEL_NAMES: dict[Level, str] = {"lead": "线索", "watch": "关注", "info": "提示"}

#: Findings that an alert lists, and other alerts that it names, at most.
MOST_FOUND = 50
MOST_RELATED = 20

#: Changes when the computation of ids changes; old alerts are never regrouped.
ID_ALGORITHM = "lw1"


class LawBasis(Struct, frozen=True, kw_only=True):
    """One candidate basis, in the version in force at the first trigger."""

    law: str
    """Full title of the text."""
    article: str
    """“第九条第三项”"""
    penalty: str
    when: str
    """The fact that decides whether this candidate applies."""
    status: Status = "verified"
    """What was read of the text: the words, an excerpt, or nothing yet."""
    observed: bool = False
    """Was every fact that this basis needs observed?"""
    law_en: str = ""
    article_en: str = ""
    penalty_en: str = ""
    when_en: str = ""


class Exemption(Struct, frozen=True, kw_only=True):
    """A precondition, exemption or fact of discretion that was considered.

    Rules hand over all of it in this form; what kind it is, its clause says (`pack.sections`).
    """

    clause: str
    met: bool | None
    """``None``: events cannot decide it."""
    why: str
    """What was looked for, and what was or was not seen."""
    clause_en: str = ""
    why_en: str = ""


def unmet(clause: str, why: str) -> Exemption:
    """An exemption that was looked for and does not hold, with what was seen or not seen."""
    return Exemption(clause=clause, met=False, why=why)


def undecided(clause: str, why: str) -> Exemption:
    """An exemption of which events cannot decide whether it holds, with what has to be asked."""
    return Exemption(clause=clause, met=None, why=why)


class Precondition(Struct, frozen=True, kw_only=True):
    """A condition for the rule to apply at all."""

    clause: str
    seen: bool | None
    """True, or ``None``: unknown."""
    why: str
    clause_en: str = ""
    why_en: str = ""


class Leniency(Struct, frozen=True, kw_only=True):
    """A fact of discretion: it makes the case graver or lighter, without a verdict."""

    fact: str
    clause: str
    fact_en: str = ""
    clause_en: str = ""


class Found(Struct, frozen=True, kw_only=True, gc=False):
    """One finding of an alert: where, when, which level."""

    at: int
    event: str
    """Id of the event."""
    field: str = ""
    """Field of the event in which the words stand; empty: no words, a fact."""
    start: int = 0
    end: int = 0
    """Half-open range of characters in the original."""
    text: str = ""
    """Those characters."""
    by: str
    """`frame:<rule>/<frame>`, `pattern:<rule>/<group>`, `model:<version>` or `fact:<name>`."""
    level: Level
    says: str
    """Its reason, shortened if long."""
    says_en: str = ""
    extent: int | UnsetType = UNSET
    """Size of what is counted (accounts, orders): of equal levels the larger is the graver."""


class Related(Struct, frozen=True, kw_only=True):
    """Another alert of the same utterance or product."""

    id: str
    why: Literal["utterance", "product"]


class Naming(Struct, frozen=True, kw_only=True):
    """An alert reduced to its id and the alerts that it names."""

    id: str
    first_at: int
    related: list[Related] = []


def name_back(alerts: Mapping[str, Alert], over: Iterable[Alert | Naming]) -> None:
    """Lets alerts of rooms name the alerts over several rooms that name them.

    What only several rooms show together is concluded elsewhere and later than what each of them
    shows, so a room's own versions do not know of it.

    Args:
        alerts: those of rooms by id; they are changed.
        over: those over several rooms.
    """
    for other in sorted(over, key=lambda one: (one.first_at, one.id)):
        for said in other.related:
            alert = alerts.get(said.id)
            if alert is not None and all(known.id != other.id for known in alert.related):
                alert.related = [*alert.related, Related(id=other.id, why=said.why)]


class Input(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A record that the verdict read, or the stretch of a log that it read."""

    event: str | UnsetType = UNSET
    sha256: str | UnsetType = UNSET
    """Of the record in its one form, the event's JSON without unknown fields, so that every runtime
    names the same; left out where only the id is kept. A line that its sender wrote otherwise is
    found by its position."""
    log: str | UnsetType = UNSET
    """Name of the log, or of the topic and partition; known to the runtime alone."""
    position: int | UnsetType = UNSET
    from_: int | UnsetType = msgspec.field(default=UNSET, name="from")
    to: int | UnsetType = UNSET


class Span(Struct, frozen=True, kw_only=True):
    """The words of an event that triggered, as they were said or written."""

    event: str
    """Id of the event."""
    start: int
    end: int
    """Half-open range of characters in the original text."""
    text: str
    field: str = "text"
    """Field of the event: `text`, `title`, `attributes.<name>`."""


class WatchedGap(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An interval that was not watched."""

    from_: int = msgspec.field(name="from")
    until: int
    reason: str | None = None
    source: str | None = None


class PricePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of the price curve: `price` was seen from `at` to `until`."""

    at: int
    until: int
    kind: str
    price: int
    """分"""
    event: str
    """Id of the first event of the step."""
    count: int = 1
    reference_price: int | None = None


class Sighting(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where and when something was seen that an alert over several rooms stands on."""

    platform: str
    room: str
    session: str = ""
    at: int
    event: str
    """Id of the event, unique in its room."""
    words: str = ""
    """As they were said."""
    host: str | None = None
    operator: Party | None = None
    rule: str = ""
    """Rule of that room's own alert."""
    alert: str = ""
    """Id of that alert, which has the context."""


class CrowdSignal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is unusual about a group of accounts, and how unusual it is in this room."""

    name: str
    """`echo`, `praise`, `lockstep`, `refunds` …: docs/crowd.md has each."""
    # Whole numbers stay whole, so that what was stored is written as what was not.
    value: int | float
    """What was counted."""
    expected: int | float
    """What an ordinary crowd of this size comes to."""
    surprise: int | float
    """−log₁₀ of the probability of so much in an ordinary crowd: 3 is one in a thousand."""


class CrowdAct(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an account did in one of several broadcasts."""

    broadcast: int
    """Which of `CrowdEvidence.broadcasts`."""
    at: int
    kind: str
    """`chat` or `order`."""


class CrowdBroadcast(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of several broadcasts, with all accounts that did there what the group did."""

    platform: str
    room: str
    session: str = ""
    accounts: int
    """Accounts that did the same, ordinary ones included, as far as known."""
    rhythm: list[list[int]] = []
    """The same by time: [begin of the slice in ms, accounts]."""


class CrowdAccount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account of the group, by its pseudonym. Times are ms."""

    name: str
    first: int
    """When it was first seen in this room, or in these broadcasts."""
    last: int
    lines: int = 0
    windows: list[int] = []
    """Beginnings of its windows of activity, the latest."""
    said: list[str] = []
    """What it wrote last, without marks and particles."""
    orders: int = 0
    returned: int = 0
    skus: list[str] = []
    ordered: list[int] = []
    """When it ordered, the latest."""
    refunded: list[int] = []
    """When money for its orders was returned, or they were cancelled, the latest."""
    groups: list[str] = []
    """What it has in common with others, by the names of signals: `echo`, `lockstep` …"""
    acts: list[CrowdAct] = []
    """Of an alert over several broadcasts: what it did where, by time."""


class CrowdCounter(Struct, frozen=True, kw_only=True):
    """A counter of the whole room, by minute."""

    name: str
    minutes: list[list[int]]
    """[begin of the minute in ms, least, most]: what its latest display in that minute means."""


class CrowdEvidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The group behind an alert on a crowd, to be drawn."""

    accounts: list[CrowdAccount]
    """The first of them, by arrival: of some dozens everything, of hundreds what a list needs."""
    of: int
    """Number of accounts in the group."""
    people: int
    """Accounts that wrote in this broadcast so far; over several, that did what the group did."""
    signals: list[CrowdSignal]
    windows: list[int] = []
    """Middles of the windows of time that the group shares, ms."""
    rhythm: list[list[int]] = []
    """The whole room's lines by minute: [begin of the minute in ms, lines]."""
    counters: list[CrowdCounter] = []
    broadcasts: list[CrowdBroadcast] = []
    """Of an alert over several broadcasts: all of them that its accounts share, by time."""


class Evidence(Struct, kw_only=True, omit_defaults=False):
    """The snapshot: trigger events, context, every figure, and gaps."""

    trigger: list[Event]
    before: list[Event] = []
    after: list[Event] = []
    facts: list[Event] = []
    """Earlier events that the verdict relies on: broadcast, identity of the room, cards."""
    numbers: dict[str, Number] = {}
    gaps: list[WatchedGap] = []
    spans: list[Span] = []
    prices: list[PricePoint] = []
    rooms: list[Sighting] = []
    """Of an alert over several rooms: all of them, the first sighting of each, by time."""
    crowd: CrowdEvidence | UnsetType = UNSET
    """Of an alert on a crowd: its accounts, and what is unusual about them."""


class Suppressed(Struct, frozen=True, kw_only=True):
    """Mark of an alert that a site's file of suppressions covers."""

    by: str
    """Entry of the site's file."""
    reason: str
    author: str
    expires_on: str
    """First civil day in China on which it no longer holds."""


class EngineVersions(Struct, frozen=True, kw_only=True):
    """Versions of everything that decided a verdict. Digests are SHA-256 in hexadecimal digits."""

    livewatch: str = ""
    """Version of this program."""
    rules: str = ""
    """Of the list of all rules that were in force, which names `pack`, `slots` and `law`, too
    (`detectors.pack.definitions`)."""
    pack: str = ""
    """Of the rule's entry, with what a site has overridden, without its cases."""
    slots: str = ""
    """Of the words that the rule looks for."""
    model: str = ""
    """Of the model that reads texts for their likeness; empty: none read."""
    law: str = ""
    """Of the law table."""
    thresholds: dict[str, int | float] = {}
    settings: dict[str, int | float] = {}
    """Engine settings that a verdict depends on: `lateness_ms`."""


class Alert(Struct, kw_only=True):
    """One (rule, subject) in one session of one room.

    `platform`, `room` and `session` of an alert over several rooms are empty; they are named in
    `evidence.rooms`.
    """

    id: str
    rule: str
    rule_version: int
    level: Level
    focus: str
    platform: str
    room: str
    session: str
    subject: str
    subject_title: str = ""
    """The subject in words for the desk: a product's title, the claim itself."""
    first_at: int
    last_at: int
    hits: int
    raised_at: int
    title: str
    reason: str
    law: list[LawBasis]
    exemptions: list[Exemption]
    missing: list[str]
    status: Status = "verified"
    """State of the rule's legal basis."""
    evidence: Evidence
    suppressed: Suppressed | UnsetType = UNSET
    """As of the last hit; left out where there is none."""
    engine: EngineVersions | UnsetType = UNSET
    """As of the finding that tells the story; left out of alerts older than the field."""

    findings: list[Found] = []
    """By time; the first, the gravest and the latest are always there, at most `MOST_FOUND`."""
    findings_total: int = 0
    story: int = 0
    """Which of `findings` level, reason, law, exemptions and figures come from: the gravest; of
    equals words of the rule before likeness, then the first."""
    version: int = 1
    """Number of this version: a new one where level, story or law change."""
    changed: list[str] = []
    """What differs from the version before: `level`, `story`, `law`, `closed-and-hit-again`."""
    level_reason: str = ""
    """Why this level and not the next, in one sentence."""
    applies: list[Precondition] = []
    leniency: list[Leniency] = []
    related: list[Related] = []
    """At most `MOST_RELATED`, by the time at which they were seen to be."""
    inputs: list[Input] = []
    title_en: str = ""
    reason_en: str = ""
    level_reason_en: str = ""
    missing_en: list[str] = []
    """In the order of `missing`."""


def alert_id(rule: str, version: int, platform: str, room: str, session: str, subject: str) -> str:
    """The deterministic id of an alert: nothing of arrival, clock, batch or worker goes in."""
    parts = (ID_ALGORITHM, rule, str(version), platform, room, session, subject)
    # Length-prefixed, so that no choice of names makes two different lists look the same.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()


_encoder = msgspec.json.Encoder()


def encode(alert: Alert) -> bytes:
    """The alert as one JSON object."""
    return _encoder.encode(alert)
