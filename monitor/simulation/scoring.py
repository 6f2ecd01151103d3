"""What was found of a simulation: by kind and strength, when, and what was raised wrongly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from monitor.simulation.plan import PRICE_KINDS
from monitor.simulation.truth import TrueCampaign, Truth

__all__ = [
    "Alarmed",
    "Cell",
    "Found",
    "Raised",
    "Rules",
    "Score",
    "pool",
    "read_alerts",
    "rules",
    "score",
]

ACCUSING = ("lead", "watch")


class Raised(Struct, frozen=True):
    """What of an alert is needed to judge it: one version of it."""

    rule: str
    level: str
    room: str
    first_at: int
    last_at: int
    session: str = ""
    id: str = ""
    evidence: dict[str, msgspec.Raw] = {}

    def rooms(self) -> list[str]:
        """The rooms that it is about; an alert over several names them in its evidence."""
        if self.room or "rooms" not in self.evidence:
            return [self.room]
        named = msgspec.json.decode(self.evidence["rooms"])
        return [entry if isinstance(entry, str) else str(entry.get("room", "")) for entry in named]


class Rules(Struct, frozen=True):
    """Ids of rules by what they speak of."""

    crowd: list[str]
    price: list[str]
    any_level: list[str]


class Found(Struct, frozen=True):
    """Whether and when a campaign was found."""

    campaign: str
    kind: str
    strength: str
    rule: str = ""
    """The first rule that found it; empty: nothing did."""
    delay: float = 1.0
    """The share of its time at work that had passed at the first alert."""


class Cell(Struct):
    """Campaigns of one kind and strength."""

    of: int = 0
    found: int = 0
    early: int = 0
    """Found before a third of the campaign had passed."""
    delays: list[float] = []


class Alarmed(Struct, frozen=True):
    """A room in which nothing is wrong and something was raised."""

    room: str
    holds: list[str]
    """What is ordinary about it."""
    rules: list[str]


class Score(Struct):
    """The whole result."""

    cells: dict[str, dict[str, Cell]]
    """By kind, then by strength."""
    campaigns: list[Found]
    ordinary: int
    ordinary_alarmed: list[Alarmed]
    """Ordinary rooms with a lead or watch of a crowd rule."""
    ordinary_other: list[Alarmed]
    """Ordinary rooms with a lead or watch of any rule that is not about crowds or prices."""
    histories: int
    histories_alarmed: list[Alarmed]
    """Lawful price histories of which a price rule told."""
    astray: list[str]
    """Campaigns in whose rooms a crowd rule raised something outside the campaign's time."""
    alarms: dict[str, int]
    """Wrong alarms in ordinary rooms and histories by rule."""


def rules() -> Rules:
    """The rules that count, from `verdicts.yaml`."""
    text = (Path(__file__).parent / "verdicts.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Rules)


def read_alerts(lines: Iterable[bytes]) -> list[Raised]:
    """Alerts as `livewatch scan` prints them.

    Raises:
        ValueError: a line is no alert; the message names it.
    """
    decoder = msgspec.json.Decoder(Raised)
    alerts = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            alerts.append(decoder.decode(line))
        except msgspec.MsgspecError as error:
            raise ValueError(f"line {number} is no alert: {error}") from error
    return alerts


def score(
    truth: Truth,
    alerts: Sequence[Raised],
    *,
    lateness_ms: int = 10_000,
    known: Rules | None = None,
) -> Score:
    """Holds alerts against the truth.

    Args:
        truth: what was written.
        alerts: every version of every alert (`scan --versions`), in any order. Of an alert without
            its earlier versions only the last trigger is known, and delays come out too long.
        lateness_ms: how long after a campaign an alert still belongs to it.
        known: the rules that count.
    """
    known = known or rules()
    by_room: defaultdict[str, list[Raised]] = defaultdict(list)
    for alert in alerts:
        for room in alert.rooms():
            by_room[room].append(alert)
    for some in by_room.values():
        some.sort(key=lambda alert: alert.last_at)
    result = Score(
        cells={}, campaigns=[], ordinary=0, ordinary_alarmed=[], ordinary_other=[],
        histories=0, histories_alarmed=[], astray=[], alarms={},
    )  # fmt: skip
    _judge_campaigns(result, truth, by_room, known, lateness_ms)
    wrong: Counter[str] = Counter()
    for place in truth.rooms:
        raised = by_room.get(place.room, [])
        if place.role == "ordinary":
            result.ordinary += 1
            told = {alert.rule for alert in raised if _counts(alert, known.crowd, known)}
            other = {
                alert.rule
                for alert in raised
                if alert.level in ACCUSING and alert.rule not in (*known.crowd, *known.price)
            }
            if told:
                result.ordinary_alarmed.append(Alarmed(place.room, place.ordinary, sorted(told)))
            if other:
                result.ordinary_other.append(Alarmed(place.room, place.ordinary, sorted(other)))
            wrong.update(told | other)
        elif place.role == "history":
            result.histories += 1
            told = {alert.rule for alert in raised if _counts(alert, known.price, known)}
            if told:
                result.histories_alarmed.append(Alarmed(place.room, place.ordinary, sorted(told)))
            wrong.update(told)
    result.alarms = dict(sorted(wrong.items()))
    return result


def pool(scores: Sequence[tuple[str, Score]]) -> Score:
    """Several simulations as one; each has a name that its rooms are told apart by."""
    whole = Score(
        cells={}, campaigns=[], ordinary=0, ordinary_alarmed=[], ordinary_other=[],
        histories=0, histories_alarmed=[], astray=[], alarms={},
    )  # fmt: skip
    wrong: Counter[str] = Counter()
    for name, part in scores:
        for kind, row in part.cells.items():
            for strength, cell in row.items():
                known = whole.cells.setdefault(kind, {}).setdefault(strength, Cell())
                known.of += cell.of
                known.found += cell.found
                known.early += cell.early
                known.delays += cell.delays
        replace = msgspec.structs.replace
        whole.campaigns += [replace(f, campaign=f"{name}/{f.campaign}") for f in part.campaigns]
        whole.astray += [f"{name}/{campaign}" for campaign in part.astray]
        whole.ordinary += part.ordinary
        whole.histories += part.histories
        for mine, theirs in (
            (whole.ordinary_alarmed, part.ordinary_alarmed),
            (whole.ordinary_other, part.ordinary_other),
            (whole.histories_alarmed, part.histories_alarmed),
        ):
            mine += [replace(each, room=f"{name}/{each.room}") for each in theirs]
        wrong.update(part.alarms)
    whole.alarms = dict(sorted(wrong.items()))
    return whole


def _judge_campaigns(
    result: Score,
    truth: Truth,
    by_room: dict[str, list[Raised]],
    known: Rules,
    lateness_ms: int,
) -> None:
    for campaign in truth.campaigns:
        ids = known.price if campaign.kind in PRICE_KINDS else known.crowd
        found = Found(campaign.id, campaign.kind, campaign.strength)
        astray = False
        earlier: set[str] = set()
        for room in campaign.rooms:
            for alert in by_room.get(room, []):
                if not _counts(alert, ids, known):
                    continue
                if not _within(campaign, room, alert, lateness_ms):
                    astray = True
                    if alert.last_at < campaign.start:
                        earlier.add(alert.id)
                    continue
                if alert.id and alert.id in earlier:
                    # It was up before there was anything to find; more hits are no new alert.
                    continue
                delay = _passed(campaign, alert.last_at)
                if not found.rule or delay < found.delay:
                    found = Found(campaign.id, campaign.kind, campaign.strength, alert.rule, delay)
        if astray:
            result.astray.append(campaign.id)
        result.campaigns.append(found)
        cell = result.cells.setdefault(campaign.kind, {}).setdefault(campaign.strength, Cell())
        cell.of += 1
        if found.rule:
            cell.found += 1
            cell.early += found.delay < 1 / 3
            cell.delays.append(round(found.delay, 4))


def _counts(alert: Raised, ids: Sequence[str], known: Rules) -> bool:
    return alert.rule in ids and (alert.level in ACCUSING or alert.rule in known.any_level)


def _within(campaign: TrueCampaign, room: str, alert: Raised, lateness_ms: int) -> bool:
    """Whether some of the alert's time is the campaign's, in that room."""
    return any(
        span.room == room
        and alert.first_at <= span.end + lateness_ms
        and alert.last_at >= span.start
        for span in campaign.spans
    )


def _passed(campaign: TrueCampaign, at: int) -> float:
    """The share of the campaign's time at work that had passed at a moment.

    Spans of several rooms at the same time count once.
    """
    total = done = 0
    end = 0
    for span in sorted(campaign.spans, key=lambda span: span.start):
        start = max(span.start, end)
        if span.end <= start:
            continue
        end = span.end
        total += end - start
        done += min(max(at - start, 0), end - start)
    return done / total if total else 1.0
