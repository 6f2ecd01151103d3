"""Rows and groups of the feed: what a template needs to draw them, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from detectors.alerts import SEVERITY, Alert, Level
from detectors.events import room_key
from detectors.pack.load import Rulebook
from monitor.desk.formats import Formats, Piece, lift
from monitor.desk.language import Language
from monitor.desk.sparkline import WINDOW_MS, Bar, bars
from monitor.store.rows import AlertRow, RoomRow

__all__ = [
    "Group",
    "Handling",
    "Row",
    "folded_matters",
    "group_rows",
    "handling_of",
    "reason_of",
    "room_title",
    "row_of",
    "title_of",
    "window_end",
]


class Handling(Struct, frozen=True):
    """Who did what with an alert."""

    status: str
    who: str | None
    at: int | None
    reason: str | None


class Row(Struct, kw_only=True):
    """One alert in the list."""

    id: str
    href: str
    level: Level
    status: str
    title: str
    foreign_title: bool
    """The title is English."""
    tag: str
    """Mark of a legal basis that was not read in full; empty: it was."""
    suppressed: str
    """Why the site does not want to be bothered with it; empty: it does."""
    again: int
    """Hits since it was closed, if it is."""
    matter: int
    """Other alerts of the same utterance that are folded into this row."""
    reason: list[Piece]
    foreign_reason: bool
    """The reason is English."""
    subject_code: str
    subject: str
    place: str
    """Where it is, when the list has no group headers."""
    bars: list[Bar]
    recent: int
    hits: int
    last_at: int
    handling: Handling


class Group(Struct, kw_only=True):
    """Alerts of one room; what they share stands in the header."""

    key: str
    room: bool
    title: str
    facts: list[str]
    rows: list[Row]
    counts: list[tuple[Level, int]]
    bars: list[Bar]
    hits: int
    last_at: int


def title_of(row: AlertRow, language: Language, rulebook: Rulebook) -> tuple[str, bool]:
    """The alert's title; in English its own, or that of the rule where it is older than that."""
    alert = row.alert
    if language.code == "en":
        if alert.title_en:
            return alert.title_en, True
        if alert.rule in rulebook and rulebook[alert.rule].spec.title_en:
            return language.say("suspected", title=rulebook[alert.rule].spec.title_en), True
    return alert.title, False


def reason_of(alert: Alert, language: Language) -> tuple[str, bool]:
    """The alert's reason, and whether it is the English one; alerts of old have none."""
    if language.code == "en" and alert.reason_en:
        return alert.reason_en, True
    return alert.reason, False


def folded_matters(rows: Sequence[AlertRow]) -> list[tuple[AlertRow, int]]:
    """One row for each matter, the gravest of its alerts, and how many others it stands for."""
    matters: dict[str, list[AlertRow]] = {}
    for row in rows:
        matters.setdefault(row.matter or row.alert.id, []).append(row)
    return [
        (max(members, key=lambda row: (SEVERITY[row.alert.level], -row.number)), len(members) - 1)
        for members in matters.values()
    ]


def handling_of(row: AlertRow) -> Handling:
    return Handling(row.status, row.who, row.status_at, row.close_reason)


def window_end(room: RoomRow | None, last_at: int, now: int) -> int:
    """Right edge of the sparklines of a room.

    The clock of the room: a recording that is played into the monitor has a time of its own.
    """
    if room is not None and room.last_event_at is not None and room.on_air:
        reached = max(room.last_event_at, last_at)
        return now if abs(now - reached) < WINDOW_MS // 24 else reached
    return max(now, last_at)


def row_of(
    row: AlertRow,
    *,
    times: Sequence[int],
    end: int,
    formats: Formats,
    rulebook: Rulebook,
    query: str = "",
    place: str = "",
    folded: int = 0,
) -> Row:
    alert = row.alert
    title, foreign = title_of(row, formats.language, rulebook)
    reason, foreign_reason = reason_of(alert, formats.language)
    code, subject = formats.subject(alert.subject, alert.subject_title)
    return Row(
        id=alert.id,
        href=f"/alerts/{alert.id}{query}",
        level=alert.level,
        status=row.status,
        title=title,
        foreign_title=foreign,
        tag="" if alert.status == "verified" else alert.status,
        suppressed=alert.suppressed.reason if alert.suppressed else "",
        again=row.again if row.status == "closed" else 0,
        matter=folded,
        reason=lift(reason),
        foreign_reason=foreign_reason,
        subject_code=code,
        subject=subject,
        place=place,
        bars=bars(times, end),
        recent=sum(1 for at in times if at >= end - WINDOW_MS),
        hits=alert.hits,
        last_at=alert.last_at,
        handling=handling_of(row),
    )


def room_title(platform: str, room: str, known: RoomRow | None, language: Language) -> str:
    """Words for a room; those of an alert over several rooms say so."""
    if not room:
        return language.say("across")
    return (known.title or known.host if known else None) or f"{platform} {room}"


def group_rows(
    rows: Sequence[AlertRow],
    *,
    by_room: bool,
    rooms: Mapping[tuple[str, str], RoomRow],
    times: Mapping[str, Sequence[int]],
    formats: Formats,
    rulebook: Rulebook,
    query: str = "",
    fold: bool = False,
    totals: Mapping[tuple[str, str], Mapping[Level, int]] | None = None,
) -> list[Group]:
    """The page's rows in groups: the room with the gravest and latest alert first, likewise inside.

    Args:
        fold: alerts of one utterance are one row.
        totals: alerts by level of each room, of the whole filter and not of this page alone.
    """
    folded = {row.alert.id: 0 for row in rows}
    if fold:
        told = folded_matters(rows)
        rows = [row for row, _ in told]
        folded = {row.alert.id: others for row, others in told}
    if not by_room:
        drawn = [
            row_of(
                row,
                times=times.get(row.alert.id, ()),
                end=_end(row, rooms, formats),
                formats=formats,
                rulebook=rulebook,
                query=query,
                folded=folded[row.alert.id],
                place=room_title(
                    row.alert.platform,
                    row.alert.room,
                    rooms.get((row.alert.platform, row.alert.room)),
                    formats.language,
                ),
            )
            for row in rows
        ]
        return [
            Group(key="", room=False, title="", facts=[], rows=drawn, counts=[], bars=[], hits=0, last_at=0)
        ] if drawn else []  # fmt: skip
    by_key: dict[tuple[str, str], list[AlertRow]] = {}
    for row in rows:
        by_key.setdefault((row.alert.platform, row.alert.room), []).append(row)
    groups = []
    for (platform, room), members in by_key.items():
        members.sort(key=lambda row: (-SEVERITY[row.alert.level], -row.alert.last_at))
        known = rooms.get((platform, room))
        end = max(_end(row, rooms, formats) for row in members)
        every = [at for row in members for at in times.get(row.alert.id, ())]
        counted: Mapping[Level, int] = {
            level: sum(1 for row in members if row.alert.level == level) for level in SEVERITY
        }
        counted = (totals or {}).get((platform, room), counted)
        groups.append(
            Group(
                key=room_key(platform, room),
                room=True,
                title=room_title(platform, room, known, formats.language),
                facts=_facts(platform, room, known, formats),
                rows=[
                    row_of(
                        row,
                        times=times.get(row.alert.id, ()),
                        end=end,
                        formats=formats,
                        rulebook=rulebook,
                        query=query,
                        folded=folded[row.alert.id],
                    )
                    for row in members
                ],
                counts=[
                    (level, counted[level])
                    for level in ("lead", "watch", "info")
                    if counted.get(level)
                ],
                bars=bars(every, end),
                hits=sum(row.alert.hits for row in members),
                last_at=max(row.alert.last_at for row in members),
            )
        )
    groups.sort(
        # What rooms show together says more than any of them: it comes first.
        key=lambda group: (
            group.key == ":",
            max(SEVERITY[row.level] for row in group.rows),
            group.last_at,
        ),
        reverse=True,
    )
    return groups


def _end(row: AlertRow, rooms: Mapping[tuple[str, str], RoomRow], formats: Formats) -> int:
    return window_end(
        rooms.get((row.alert.platform, row.alert.room)), row.alert.last_at, formats.now
    )


def _facts(platform: str, room: str, known: RoomRow | None, formats: Formats) -> list[str]:
    say = formats.language.say
    if not room:
        return [say("across.facts")]
    facts = [f"{platform} {room}"]
    if known is None:
        return facts
    if known.operator:
        facts.append(known.operator)
    else:
        facts.append(
            say("room.operator_unknown" if known.operator is None else "room.operator_absent")
        )
    facts.append(say("room.on_air") if known.on_air else say("room.off_air"))
    return facts
