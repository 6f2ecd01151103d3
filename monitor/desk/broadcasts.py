"""A crowd over several broadcasts as geometry: a column each, accounts in rows across all of them.

Within a column time runs from left to right, so accounts that come together stand above each other.
Above the rows each column has everybody who did the same in that broadcast, and the group in front
of them: what is ordinary, and what is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from unicodedata import east_asian_width

from msgspec import UNSET, Struct

from detectors.alerts import Alert, CrowdAct, CrowdEvidence
from monitor.desk.accounts import KINDS, Kind, Member, commonest
from monitor.desk.crowd import (
    AFTER,
    HEADING,
    LINE,
    REST,
    ROW,
    Band,
    Bar,
    Cluster,
    Row,
    Size,
    clusters,
    shape,
)
from monitor.desk.formats import local

__all__ = ["Broadcasts", "Column", "broadcasts_of"]

#: Columns at most: those with most of the group.
MOST = {"wide": 12, "narrow": 5}
#: Width of a slice of the bars, ms: that of the evidence.
SLICE_MS = 300_000
#: Heights of a column's heading and of its bars.
TOP, BARS, COUNT = 34, 46, 18
GAP = 10
#: A character of a column's heading is so wide, and a letter of the Latin ones.
CHARACTER, LETTER = 12.5, 7.5


class Column(Struct, kw_only=True):
    """One broadcast."""

    x: float
    width: float
    day: str
    """“11-28 20:05”: when its first act was."""
    room: str
    """The room's title as far as it has room, …"""
    title: str
    """… and whole."""
    bars: list[Bar]
    """Everybody who did the same, by time, …"""
    own: list[Bar]
    """… and those of the group."""
    accounts: int
    group: int
    windows: list[Band]
    """Minutes in which half of the group was there."""


class Broadcasts(Struct, kw_only=True):
    """Everything that the template draws."""

    kind: Size
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    columns: list[Column]
    hidden: int
    """Broadcasts without a column."""
    clusters: list[Cluster]
    rest: int
    rest_y: float
    kinds: list[Kind]
    shared: int
    """Columns with a window that the group shares."""


def broadcasts_of(
    alert: Alert, found: Sequence[Member], titles: Mapping[tuple[str, str], str], kind: Size
) -> Broadcasts | None:
    """The picture of a crowd over several broadcasts; ``None``: it is of one, or of none.

    Args:
        found: the accounts of the alert.
        titles: of rooms, by platform and room.
        kind: how wide it is.
    """
    crowd = alert.evidence.crowd
    if crowd is UNSET or not crowd.broadcasts or not found:
        return None
    acts = {account.name: account.acts for account in crowd.accounts}
    tally = Counter(act.broadcast for mine in acts.values() for act in mine)
    wanted = sorted(sorted(tally, key=lambda one: (-tally[one], one))[: MOST[kind]])
    kinds = [one for one in KINDS if any(member.counts[one] for member in found)]
    width, left, right = (358, 106, 356) if kind == "narrow" else (972, 138, 968)
    each = (right - left - GAP * (len(wanted) - 1)) / len(wanted)
    columns = {
        number: _column(crowd, acts, number, left + place * (each + GAP), each, titles)
        for place, number in enumerate(wanted)
    }
    y = float(TOP + BARS + COUNT + AFTER)
    top = y
    drawn = []
    # Who is in none of the columns has no row.
    there = [one for one in found if set(one.broadcasts) & columns.keys()]
    for groups, members, size in clusters(there):
        words, writers = commonest([one for one in found if one.groups == groups], alert.evidence)
        if not words:
            words, writers = _said([one for one in found if one.groups == groups])
        lines: list[tuple[str, ...]] = [groups]
        if kind == "narrow" and groups:
            lines = [(group,) for group in groups]
        below = len(lines) - 1 + (1 if words and kind == "narrow" else 0)
        first = y + HEADING + LINE * below
        rows = [
            _row(member, acts[member.account], crowd, columns, first + ROW * place)
            for place, member in enumerate(members)
        ]
        bottom = first + ROW * len(rows)
        drawn.append(
            Cluster(
                groups=groups, size=size, top=y, lines=lines, words=words, writers=writers,
                rows=rows, bottom=bottom,
            )
        )  # fmt: skip
        y = bottom + AFTER
    rest = crowd.of - sum(len(cluster.rows) for cluster in drawn)
    rest_y = y + 12
    return Broadcasts(
        kind=kind,
        width=width,
        height=y + (REST if rest > 0 else 0) + 4,
        left=left,
        right=right,
        top=top,
        bottom=y,
        columns=list(columns.values()),
        hidden=len(crowd.broadcasts) - len(columns),
        clusters=drawn,
        rest=max(0, rest),
        rest_y=rest_y,
        kinds=kinds,
        shared=sum(bool(column.windows) for column in columns.values()),
    )


def _column(
    crowd: CrowdEvidence, acts: Mapping[str, Sequence[CrowdAct]], number: int, x: float,
    width: float, titles: Mapping[tuple[str, str], str],
) -> Column:  # fmt: skip
    one = crowd.broadcasts[number]
    start, end = _extent(crowd, number)
    own = Counter[int]()
    times: dict[str, int] = {}
    for name, mine in acts.items():
        for act in mine:
            if act.broadcast == number:
                own[act.at - act.at % SLICE_MS] += 1
                times.setdefault(name, act.at)
    all_of = {at: max(many, own[at]) for at, many in one.rhythm} or dict(own)
    most = max(all_of.values(), default=1)

    def bars(counts: Mapping[int, int]) -> list[Bar]:
        found = []
        for at, many in sorted(counts.items()):
            left = x + width * (at - start) / (end - start)
            height = round(BARS * many / most, 1)
            found.append(
                Bar(
                    round(left, 1), round(TOP + BARS - height, 1),
                    max(1.0, round(width * SLICE_MS / (end - start) - 1, 1)), height,
                )
            )  # fmt: skip
        return found

    title = titles.get((one.platform, one.room), one.room)
    windows = _windows(sorted(times.values()))
    return Column(
        x=round(x, 1),
        width=round(width, 1),
        day=f"{local(start):%m-%d}" if width < 70 else f"{local(start):%m-%d %H:%M}",
        room=_fitting(title, one.room, width),
        title=f"{title} {one.platform} {one.room}",
        bars=bars(all_of),
        own=bars(own),
        accounts=max(one.accounts, len(times)),
        group=len(times),
        windows=[
            Band(
                round(x + width * (low - start) / (end - start), 1),
                round(max(3.0, width * (high - low) / (end - start)), 1),
            )
            for low, high in windows
        ],
    )


def _fitting(title: str, room: str, width: float) -> str:
    """A room's title in a narrow column; its number where that says more, of it the end, in which
    the rooms of an operator differ."""
    for words in (title, room):
        if _width(words) <= width:
            return words
    words = room if room.isascii() else title
    while len(words) > 2 and _width("…" + words) > width:
        words = words[1:]
    return "…" + words


def _width(words: str) -> float:
    return sum(CHARACTER if east_asian_width(one) in "WFA" else LETTER for one in words)


def _extent(crowd: CrowdEvidence, number: int) -> tuple[int, int]:
    """First and last moment of a column, ms."""
    times = [at for at, _ in crowd.broadcasts[number].rhythm]
    times += [act.at for one in crowd.accounts for act in one.acts if act.broadcast == number]
    start = min(times) - min(times) % SLICE_MS
    return start, max(*times, start) + SLICE_MS


def _windows(times: Sequence[int]) -> list[tuple[int, int]]:
    """The ten minutes in which most of the group came, if that is half of them, and five."""
    best: tuple[int, int, int] | None = None
    for place, low in enumerate(times):
        many = sum(at - low <= 2 * SLICE_MS for at in times[place:])
        high = times[place + many - 1]
        if best is None or (many, low - high) > (best[0], best[1] - best[2]):
            best = many, low, high
    if best is None or best[0] < 5 or 2 * best[0] < len(times):
        return []
    air = SLICE_MS // 10
    return [(best[1] - air, best[2] + air)]


def _row(
    member: Member, acts: Sequence[CrowdAct], crowd: CrowdEvidence, columns: Mapping[int, Column],
    top: float,
) -> Row:  # fmt: skip
    middle = round(top + ROW / 2, 1)
    paths: dict[Kind, str] = {}
    for act in acts:
        column = columns.get(act.broadcast)
        if column is None:
            continue
        start, end = _extent(crowd, act.broadcast)
        x = round(column.x + column.width * (act.at - start) / (end - start), 1)
        kind: Kind = "order" if act.kind == "order" else "chat"
        paths[kind] = paths.get(kind, "") + shape(kind, x, middle)
    return Row(y=middle, member=member, paths=paths)


def _said(found: Sequence[Member]) -> tuple[str, int]:
    """Words of one of them as they wrote them, and how many wrote of the kind."""
    words = [member.said[0] for member in found if member.said]
    return (words[0], len(words)) if words else ("", 0)
