"""What the store hands out and takes in: the application's own nouns around an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import msgspec
from msgspec import Struct

from detectors.alerts import SEVERITY, Alert, Level
from monitor.store.scope import EVERYWHERE, Scope

if TYPE_CHECKING:
    from monitor.evidence.records import Stored

__all__ = [
    "CAUSES",
    "AlertFilter",
    "AlertRow",
    "Cause",
    "CloseReason",
    "DeadLetter",
    "Entry",
    "Order",
    "Outcome",
    "Overview",
    "Page",
    "Reopening",
    "RoomRow",
    "Section",
    "Stage",
    "Status",
    "Sums",
    "Transition",
]

Status = Literal["new", "acknowledged", "closed"]

#: The gravest first and of those the one that was hit last, the newest, or the one that was hit last.
Order = Literal["grave", "raised", "latest"]

CloseReason = Literal[
    "confirmed",  # 确认违法
    "minor",  # 情节轻微
    "rule-too-wide",  # 误报（规则过敏）
    "data-error",  # 误报（数据缺失）
    "duplicate",  # 重复
    "transferred",  # 移交
]
CLOSE_REASONS: tuple[str, ...] = get_args(CloseReason)
#: An alert that was closed for one of these is part of a case: it is neither changed nor taken out.
HELD_REASONS = frozenset({"confirmed", "minor", "transferred"})

Stage = Literal["ingest", "decode", "rule", "engine"]
Cause = Literal[
    "invalid",  # no event of the contract, or bytes that are not of their format
    "too_large",
    "unknown",  # well-formed, of a kind that no decoder knows
    "decoder",  # the decoder raised
    "fault",  # a rule or the engine raised
    "undecided",  # so late that it is not known any more whether it was counted
]
_OF_INPUT: tuple[Cause, ...] = ("invalid", "too_large", "unknown", "decoder")
#: Causes of dead letters by the stage at which they are kept.
CAUSES: dict[Stage, tuple[Cause, ...]] = {
    "ingest": _OF_INPUT,
    "decode": _OF_INPUT,
    "rule": ("fault",),
    "engine": ("fault", "undecided"),
}

#: Reasons of the transitions by which the monitor itself reopens a closed alert.
LEVEL_RAISED = "level-raised"
HIT_AGAIN = "hit-again"
OTHER_PRODUCT = "other-product"
REOPENED: tuple[str, ...] = (LEVEL_RAISED, HIT_AGAIN, OTHER_PRODUCT)
#: Who is named in transitions that the monitor makes itself.
MONITOR = "livewatch"


class AlertRow(Struct, kw_only=True):
    """An alert as it stands now, and how the desk has handled it."""

    alert: Alert
    number: int
    """Order in which alerts were first raised: 1, 2, 3 … Never changes, so lists page by it."""
    seq: int
    """Number of the latest change; grows with every commit that touches the alert (SSE id)."""
    status: Status = "new"
    who: str | None = None
    """Who made the latest change of status."""
    status_at: int | None = None
    close_reason: str | None = None
    note: str | None = None
    again: int = 0
    """Hits since it was closed; opened again by itself it goes on counting until a person handles it."""
    matter: str = ""
    """Id of the alert that was raised first of those of one utterance."""
    product_matter: str = ""
    """The same of those of one utterance or product."""
    territories: str | None = ""
    """Codes of its territories with blanks between; ``None``: nobody has looked yet."""


class Reopening(Struct, kw_only=True, frozen=True):
    """What opens a closed alert again by itself. Whatever it is, hits since the closing are counted."""

    level: bool = True
    """Its level rises."""
    hits: int = 0
    """So many hits since it was closed; 0: no number of them does."""
    product: bool = False
    """A hit about a product that it had not named."""


class AlertFilter(Struct, kw_only=True, frozen=True):
    """Which alerts are meant. ``None`` leaves a field open; an empty list matches nothing."""

    status: list[Status] | None = None
    level: list[Level] | None = None
    rule: list[str] | None = None
    not_rule: list[str] | None = None
    focus: str | None = None
    platform: str | None = None
    room: str | None = None
    since: int | None = None
    """Last hit at or after this moment, ms."""
    until: int | None = None
    """Last hit before this moment, ms."""
    text: str | None = None
    """Words in title, reason, subject, rule, shop, host, what is displayed of parties, or id; upper and
    lower case are the same."""
    again: bool | None = None
    """Closed and hit again since, or not."""
    matter: str | None = None
    product_matter: str | None = None
    scope: Scope = EVERYWHERE
    """The territories of whoever asks."""
    masked: bool = False
    """Whoever asks may not see viewers' pseudonyms: no text is found in them."""


class Page(Struct):
    """A part of a list, newest first."""

    items: list[AlertRow]
    next: str | None
    """Cursor of the next page; ``None`` on the last."""


class Sums(Struct, kw_only=True):
    """What several alerts come to."""

    counts: dict[Level, int] = {}
    hits: int = 0
    last_at: int = 0
    number: int = 0
    """Of the newest of them."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, level: Level, count: int, hits: int, last_at: int, number: int) -> None:
        """Adds alerts of one level."""
        self.counts[level] = self.counts.get(level, 0) + count
        self.hits += hits
        self.last_at = max(self.last_at, last_at)
        self.number = max(self.number, number)

    def place(self, order: Order) -> tuple[int, ...]:
        """Where they stand in a list; the greatest comes first."""
        if order == "raised":
            return (self.number,)
        latest = (self.last_at, self.number)
        return (
            latest if order == "latest" else (max(SEVERITY[name] for name in self.counts), *latest)
        )


class Entry(Struct, kw_only=True):
    """A row of a list: an alert, or those of one matter, the one first that stands for all."""

    rows: list[AlertRow]
    """At least one; of a large matter not all."""
    sums: Sums = msgspec.field(default_factory=Sums)


class Section(Struct, kw_only=True):
    """Rows that stand together: those of a room, or all of a list without rooms."""

    platform: str = ""
    room: str = ""
    sums: Sums | None = None
    """Of all alerts of the room that the filter means; ``None``: the list has no rooms."""
    entries: list[Entry] = []
    more: int = 0
    """Alerts of the room that are in none of the rows."""


class Overview(Struct, kw_only=True):
    """A page of the feed."""

    sections: list[Section]
    counts: dict[Level, int]
    """Alerts of the whole filter."""
    of: int
    """Rooms, or rows where no rooms are shown, of the whole filter."""
    next: str | None
    """Cursor of the next page; ``None`` on the last."""


class Transition(Struct, kw_only=True):
    """One change of an alert's status; rows are appended, never changed.

    Each carries the hash of the row before it (of any alert), so that a row that was changed or
    taken out later breaks the chain for everyone to see.
    """

    number: int
    alert: str
    old: Status
    new: Status
    who: str
    at: int
    reason: str | None = None
    note: str | None = None
    previous: str
    """Hash of the row before."""
    hash: str


class RoomRow(Struct, kw_only=True):
    """What the desk wants to know of a room without its whole state."""

    platform: str
    room: str
    title: str | None = None
    host: str | None = None
    operator: str | None = None
    """Name of 直播间运营者 as displayed."""
    session: str | None = None
    """The broadcast on the air; ``None`` when there is none."""
    ended: str | None = None
    """The broadcast that ended last."""
    viewers: int | None = None
    watched_since: int | None = None
    """Event time of the first event, ms."""
    last_event_at: int | None = None
    """Event time of the latest event, ms."""
    last_arrival_ms: int
    """Wall clock when an event of the room last arrived."""
    events: int = 0
    """Events taken from the room so far."""
    due_at: int | None = None
    """Wall clock, ms, when the room's time has to be moved on; ``None``: nothing waits."""
    territories: str | None = None
    """Codes of the divisions of operator and seller, as displayed, with blanks between; empty: none is
    known, ``None``: an older version wrote the row."""

    @property
    def on_air(self) -> bool:
        """A session is open, as far as was observed."""
        return bool(self.session)


class DeadLetter(Struct, kw_only=True):
    """Something that could not be evaluated, kept with its bytes so that it can be tried again."""

    stage: Stage
    source: str
    reason: str
    data: bytes
    """The bytes as received (cut at the configured length)."""
    first_at: int
    last_at: int
    attempts: int = 1
    event: str | None = None
    rule: str | None = None
    cause: Cause | None = None
    """What kept it from being used; by default `fault` for rules and the engine, else `invalid`."""
    kind: str = ""
    """Of cause `unknown`: the kind of message that no decoder knows."""
    number: int = 0

    def __post_init__(self) -> None:
        # What an exception says may hold halves of pairs, which nothing can store or send.
        self.reason = self.reason.encode("utf-8", "backslashreplace").decode()
        if self.cause is None:
            self.cause = "fault" if self.stage in ("rule", "engine") else "invalid"


class Outcome(Struct, kw_only=True):
    """Everything that one batch has changed; the store commits it whole or not at all."""

    position: int | None = None
    """Position of the log up to which the batch has gone; ``None``: a tick, no position."""
    alerts: list[Alert] = []
    parts: dict[str, dict[str, bytes | None]] = {}
    """Changed parts of room states by room key and name; ``None``: the part is gone."""
    rewritten: list[str] = []
    """Room keys whose parts are all in `parts`; what else is stored of them is taken out."""
    rooms: list[RoomRow] = []
    forgotten: list[tuple[str, str]] = []
    """Platform and room of those that go from the list of rooms."""
    dead: list[DeadLetter] = []
    held: dict[str, list[tuple[Stored, str]]] = {}
    """Records to be held for these alerts, each with the id of its event, where they do not lie in the
    log beside the store."""
    traces: dict[str, str] = {}
    """`traceparent` by alert, where traces are wanted."""
    contained: dict[str, int] = {}
    """How often something failed inside, by what had to be set aside: `event`, `room`, `batch`."""
