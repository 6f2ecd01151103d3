"""An alert's crowd as geometry: accounts by time in rows, what each did as ticks, groups as brackets,
the whole room's rhythm above, the platform's counters below; drawn by the server as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal, NamedTuple, get_args

from msgspec import UNSET, Struct

from detectors.alerts import Alert, CrowdEvidence, CrowdSignal
from detectors.calendar import MINUTE_MS
from detectors.events import Counter
from detectors.facts.crowd.lockstep import SLOT_MS
from monitor.desk.accounts import KINDS, Kind, Member, commonest
from monitor.desk.lanes import Lane, counted, lane_of
from monitor.desk.time_axis import Stretch, TimeAxis

__all__ = [
    "SIZES",
    "Cluster",
    "Drawing",
    "Row",
    "Sign",
    "Size",
    "clusters",
    "drawing_of",
    "shape",
    "signs",
]

#: For a column of text, and for a phone.
Size = Literal["wide", "narrow"]
SIZES: tuple[Size, ...] = get_args(Size)

#: Rows at most, and of each cluster at least; clusters.
MOST_ROWS, LEAST_ROWS, MOST_CLUSTERS = 40, 3, 6
ROW, HEADING, LINE, AFTER = 15, 20, 16, 8
#: Height of the axis and of the lane of marks below it, and of the rhythm.
AXIS, MARKS, RHYTHM = 36, 16, 52
REST = 20
BELOW = 4
#: Width of the column of a kind's counts.
COLUMN = 38
#: Half of the shape of an act.
_HALF = 4.5


class Band(NamedTuple):
    """An interval on the time axis, in pixels."""

    x: float
    width: float


class Unseen(NamedTuple):
    """An interval that was not watched."""

    x: float
    width: float
    length: int
    """In ms."""


class Bar(NamedTuple):
    """A minute of the room."""

    x: float
    y: float
    width: float
    height: float


class Row(Struct, kw_only=True):
    """One account."""

    y: float
    member: Member
    paths: dict[Kind, str]
    """What it did, a path for each kind."""


class Cluster(Struct, kw_only=True):
    """Accounts that are in the same groups."""

    groups: tuple[str, ...]
    size: int
    top: float
    lines: list[tuple[str, ...]]
    """The words of the heading, by line."""
    words: str
    """What most of them wrote, …"""
    writers: int
    """… and how many did."""
    rows: list[Row]
    bottom: float


class Rhythm(Struct, kw_only=True):
    """What the whole room wrote by minute."""

    top: float
    height: float
    bars: list[Bar]
    most: int
    usual: float
    """Median, lines a minute."""
    usual_y: float


class Drawing(Struct, kw_only=True):
    """Everything that the template draws."""

    kind: Size
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    stretches: list[Stretch]
    windows: list[Band]
    shared: int
    """Windows of time that the group shares."""
    rhythm: Rhythm | None
    clusters: list[Cluster]
    earlier: int
    """What accounts with a row did before the axis begins."""
    rest: int
    """Accounts without a row, also those that the alert only counts."""
    rest_y: float
    lanes: list[Lane]
    gaps: list[Unseen]
    marks: list[float]
    """Where the alert was first raised, and was last."""
    kinds: list[Kind]


class Sign(Struct, kw_only=True):
    """A signal beside what is ordinary, on the scale that all signals of the alert share."""

    name: str
    value: float
    expected: float
    surprise: float
    width: float
    """Length of the bar of what was counted, …"""
    usual: float
    """… and of what is ordinary."""


#: Width of the longest bar of a signal.
BAR = 150


def signs(alert: Alert) -> list[Sign]:
    """The signals of an alert, the most unusual first."""
    crowd = alert.evidence.crowd
    found: Sequence[CrowdSignal] = [] if crowd is UNSET else crowd.signals
    top = max([1.0, *(one.value for one in found), *(one.expected for one in found)])
    return [
        Sign(
            name=one.name,
            value=one.value,
            expected=one.expected,
            surprise=one.surprise,
            width=round(max(1.0, BAR * one.value / top), 1),
            usual=round(max(1.0, BAR * one.expected / top), 1),
        )
        for one in sorted(found, key=lambda one: (-one.surprise, one.name))
    ]


def drawing_of(alert: Alert, found: Sequence[Member], kind: Size = "wide") -> Drawing | None:
    """The picture of a crowd, or of the counters that an alert stands on; ``None``: of neither.

    Args:
        found: the accounts of the alert.
        kind: how wide it is.
    """
    samples = counted(alert)
    crowd = alert.evidence.crowd
    on_counters = (crowd is not UNSET and bool(crowd.counters)) or (
        sum(isinstance(event, Counter) for event in alert.evidence.trigger) > 1
    )
    if not found and not (on_counters and samples):
        return None
    shown = clusters(found)
    rows = [member for _, members, _ in shown for member in members]
    times = [alert.first_at, alert.last_at, *(act.at for member in rows for act in member.acts)]
    times += [at for one in samples for at, _, _ in one.values]
    if crowd is not UNSET:
        times += [*crowd.windows, *(minute for minute, _ in crowd.rhythm)]
        times += [crowd.rhythm[-1][0] + MINUTE_MS] if crowd.rhythm else []
    kinds = [one for one in KINDS if any(member.counts[one] for member in found)]
    width, left, right, spacing = (358, 112, 352, 44)
    if kind == "wide":
        # Beside the names there is a column for each kind.
        width, left, right, spacing = (972, 124 + COLUMN * max(2, len(kinds)), 928, 54)
    axis = TimeAxis(times, left, right, spacing)
    y = float(AXIS + MARKS)
    rhythm = None
    if crowd is not UNSET and crowd.rhythm:
        rhythm = _rhythm(crowd, axis, y)
        y += RHYTHM
    y += AFTER / 2
    drawn_clusters = []
    for groups, members, size in shown:
        lines = [groups]
        if kind == "narrow" and groups:
            lines = [(group,) for group in groups]
        words, writers = commonest([one for one in found if one.groups == groups], alert.evidence)
        below = len(lines) - 1 + (1 if words and kind == "narrow" else 0)
        first = y + HEADING + LINE * below
        drawn = [_row(member, axis, first + ROW * place) for place, member in enumerate(members)]
        bottom = first + ROW * len(drawn)
        drawn_clusters.append(
            Cluster(
                groups=groups,
                size=size,
                top=y,
                lines=lines,
                words=words,
                writers=writers,
                rows=drawn,
                bottom=bottom,
            )
        )
        y = bottom + AFTER
    rest = (crowd.of if crowd is not UNSET else 0) - len(rows)
    rest_y = y + 12
    if rest > 0:
        y += REST
    lanes = []
    for one in samples:
        lane = lane_of(one, axis, y, alert.evidence.gaps)
        if lane is not None:
            lanes.append(lane)
            y += lane.height + AFTER
    return Drawing(
        kind=kind,
        width=width,
        height=y + BELOW,
        left=left,
        right=right,
        top=AXIS,
        bottom=y,
        stretches=axis.stretches,
        windows=[
            Band(*piece)
            for middle in (crowd.windows if crowd is not UNSET else ())
            for piece in axis.pieces(middle - SLOT_MS // 2, middle + SLOT_MS // 2)
        ],
        shared=len(crowd.windows) if crowd is not UNSET else 0,
        rhythm=rhythm,
        clusters=drawn_clusters,
        earlier=sum(axis.x(act.at) is None for member in rows for act in member.acts),
        rest=max(0, rest),
        rest_y=rest_y,
        lanes=lanes,
        gaps=[
            Unseen(*piece, gap.until - gap.from_)
            for gap in alert.evidence.gaps
            for piece in axis.pieces(gap.from_, gap.until)
        ],
        marks=[x for at in dict.fromkeys((alert.first_at, alert.last_at))
               if (x := axis.x(at)) is not None],
        kinds=kinds,
    )  # fmt: skip


def clusters(found: Sequence[Member]) -> list[tuple[tuple[str, ...], list[Member], int]]:
    """Groups, the accounts that have a row, and how many there are; those with most in common first."""
    by_groups: dict[tuple[str, ...], list[Member]] = {}
    for member in found:
        by_groups.setdefault(member.groups, []).append(member)
    ordered = sorted(by_groups.items(), key=lambda item: (-len(item[0]), -len(item[1]), item[0]))
    if len(ordered) > MOST_CLUSTERS:
        ordered.sort(key=lambda item: (-len(item[1]), item[0]))
        others = [member for _, members in ordered[MOST_CLUSTERS - 1 :] for member in members]
        ordered = [*ordered[: MOST_CLUSTERS - 1], ((), others)]
    whole = sum(len(members) for _, members in ordered)
    places = MOST_ROWS
    shown = []
    for place, (groups, members) in enumerate(ordered):
        behind = LEAST_ROWS * (len(ordered) - place - 1)
        share = max(LEAST_ROWS, round(MOST_ROWS * len(members) / whole))
        many = min(len(members), share if whole > MOST_ROWS else whole, places - behind)
        places -= many
        chosen = sorted(members, key=lambda one: (-len(one.acts), one.first, one.account))[:many]
        chosen.sort(key=lambda one: (one.acts[0].at if one.acts else one.first, one.account))
        shown.append((groups, chosen, len(members)))
    return shown


def _row(member: Member, axis: TimeAxis, top: float) -> Row:
    middle = round(top + ROW / 2, 1)
    paths: dict[Kind, str] = {}
    for act in member.acts:
        x = axis.x(act.at)
        if x is not None:
            paths[act.kind] = paths.get(act.kind, "") + shape(act.kind, x, middle)
    return Row(y=middle, member=member, paths=paths)


def shape(kind: Kind, x: float, y: float) -> str:
    """An act as a path around a point: shapes tell the kinds apart without their colours."""
    half = _HALF
    match kind:
        case "chat":
            return f"M{x} {y - half}v{2 * half}"
        case "order":
            return f"M{x - 3} {y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0"
        case "refund":
            return f"M{x - 3} {y - 3}l6 6m0-6l-6 6"
        case "review":
            return f"M{x - 3} {y - 3}h6v6h-6z"
        case "prize":
            return f"M{x - half} {y}h{2 * half}m-{half}-{half}v{2 * half}"


def _rhythm(crowd: CrowdEvidence, axis: TimeAxis, top: float) -> Rhythm:
    most = max(lines for _, lines in crowd.rhythm)
    usual = median(lines for _, lines in crowd.rhythm)
    room = RHYTHM - 8
    bars = []
    for minute, lines in crowd.rhythm:
        for x, width in axis.pieces(minute, minute + MINUTE_MS):
            height = round(room * lines / max(1, most), 1)
            y = round(top + RHYTHM - height, 1)
            bars.append(Bar(x, y, max(0.8, round(width - 1, 1)), height))
    usual_y = round(top + RHYTHM - room * usual / max(1, most), 1)
    return Rhythm(top=top, height=RHYTHM, bars=bars, most=most, usual=usual, usual_y=usual_y)
