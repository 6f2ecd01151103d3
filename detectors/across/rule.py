"""A rule of the second stage: one half gives clues in the rooms, the other judges clusters of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from detectors.alerts import CrowdEvidence, Exemption, Level, Number
from detectors.calendar import HOUR_MS
from detectors.rule import Finding, Rule, RuleSpec

if TYPE_CHECKING:
    from detectors.across.cluster import Cluster
    from detectors.across.signal import Clue, Signal
    from detectors.engine.room import RoomState

__all__ = ["AcrossRule", "Conclusion", "Inconclusive"]


class Inconclusive(Struct, frozen=True):
    """Why nothing is concluded from a cluster, yet."""

    reason: str


class Conclusion(Struct, kw_only=True):
    """The verdict on the sightings of a cluster.

    `hits`, `accounts`, `last_at` and `level` must never fall when a sighting is added: only then are
    they the same in whatever order the signals come.
    """

    level: Level
    hits: int
    """How many rooms; where the rule tells broadcasts apart, how many broadcasts."""
    sightings: list[Signal]
    """The first sighting of each room (or broadcast), by time."""
    accounts: int = 0
    """Number of accounts, for rules on accounts; a larger number is a new version, not a hit."""
    first_at: int = 0
    last_at: int = 0
    """First and last moment of the conduct, ms; 0: taken from the sightings."""
    subject_title: str
    reason: str
    """Chinese, with the arithmetic in words, written from `numbers`."""
    numbers: dict[str, Number] = {}
    exemptions: list[Exemption] = []
    missing: list[str] = []
    law: list[str] | None = None
    when: dict[str, str] = {}
    facts: list[str] = []
    """Further observed facts, by the names in `LawRef.needs`."""
    because: list[str] = []
    """Ways by which it reached its level, as `detectors.rule.Ground.of` names them."""
    title: str | None = None
    crowd: CrowdEvidence | None = None


class AcrossRule(Rule):
    """Base of the rules of the second stage.

    In the rooms it is an ordinary rule that gives clues (`ctx.clue`) and raises nothing, or it
    makes clues of the claims that other rules raised (`from_claim`). `judge` is asked whenever
    the sightings of a cluster have changed. The pack gives `period_days`, and `window_hours`
    where only sightings within such a time belong together.
    """

    def __init__(self, spec: RuleSpec) -> None:
        super().__init__(spec)
        self.period_ms = spec.duration_ms("period_days")
        window = spec.thresholds.get("window_hours")
        self.window_ms = round(window.value * HOUR_MS) if window is not None else 0

    def from_claim(self, room: RoomState, finding: Finding) -> Clue | None:
        """The clue in a claim that another rule has just raised in a room."""
        return None

    #: Sightings kept of one cluster; 0: `cluster.MAX_SIGHTINGS`.
    most: ClassVar[int] = 0

    def place(self, signal: Signal) -> str:
        """Key of a sighting: of sightings with one key, which `judge` treats alike, the first is kept."""
        return f"{_field(signal.room)}\t{_field(signal.party)}"

    def judge(self, cluster: Cluster) -> Conclusion | Inconclusive:
        """The verdict on a cluster; a function of its sightings alone."""
        raise NotImplementedError


def first_of_each_room(sightings: list[Signal]) -> list[Signal]:
    """The first sighting of each room, of sightings in order of time."""
    first: dict[str, Signal] = {}
    for one in sightings:
        first.setdefault(one.room, one)
    return list(first.values())


def parties(sightings: list[Signal]) -> int:
    """Number of different parties; a room of which no party is known counts as one of its own. Never
    more than the number of rooms."""
    return min(len({one.party for one in sightings}), len({one.room for one in sightings}))


def unknown_parties(sightings: list[Signal]) -> list[str]:
    """Rooms of which neither operator nor host is known."""
    return list(dict.fromkeys(one.room for one in sightings if one.party.startswith("room:")))


def told_parties(sightings: list[Signal]) -> str:
    """In Chinese: how many different parties are known, and how many rooms have no known party."""
    known = {one.party for one in sightings if not one.party.startswith("room:")}
    unknown = unknown_parties(sightings)
    said = f"已知的主体 {len(known)} 个"
    return f"{said}、运营者和主播均未知的 {len(unknown)} 个" if unknown else said


def hours_between(first: int, last: int) -> int:
    """Hours between two moments in ms, rounded up; at least one."""
    return max(1, -(-(last - first) // HOUR_MS))


def not_shown(unknown: list[str]) -> list[str]:
    """What an officer has to obtain about rooms without a known party."""
    return [f"运营者或主播身份（{len(unknown)} 个直播间未见公示）"] if unknown else []


def _field(text: str) -> str:
    """Escapes one part of a place key, whose parts are separated by tabs."""
    return text.replace("%", "%25").replace("\t", "%09")
