"""Rows and groups of the feed: what a template needs to draw them, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from detectors.alerts import Alert, Level
from detectors.events import room_key
from detectors.pack.english import english
from detectors.pack.load import Rulebook
from monitor.desk.arithmetic import CHINESE
from monitor.desk.filters import LEVELS
from monitor.desk.formats import Formats, Piece, lift
from monitor.desk.language import Language
from monitor.desk.sparkline import WINDOW_MS, Bar, bars
from monitor.store.overview import Fold
from monitor.store.rows import AlertRow, Entry, RoomRow, Section, Sums

__all__ = [
    "Group",
    "Handling",
    "Row",
    "Strip",
    "group_of",
    "grouped",
    "handling_of",
    "matter_of",
    "reason_of",
    "room_title",
    "row_of",
    "strip_of",
    "subject_of",
    "title_of",
    "window_end",
]


class Handling(Struct, frozen=True):
    """Who did what with an alert."""

    status: str
    who: str | None
    at: int | None
    reason: str | None


class Strip(Struct, kw_only=True):
    """What stands under the row of a matter: all of its alerts together, and the others one by one."""

    matter: str
    total: int
    counts: list[tuple[Level, int]]
    hits: int
    last_at: int
    rows: list[Row] = []
    """The others, the gravest first; of a large matter not all."""
    more: int = 0
    """Those that are not shown."""
    href: str = ""
    """All of them, in a list of their own."""


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
    """Hits since it was closed, until a person handles it again."""
    strip: Strip | None
    """The matter whose alerts are folded into this row, where there are others."""
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
    more: int = 0
    """Alerts of the room that are not shown."""
    href: str = ""
    """All of them, in a list of their own."""


def title_of(row: AlertRow, language: Language, rulebook: Rulebook) -> tuple[str, bool]:
    """The alert's title; in English its own, or that of the rule where it is older than that."""
    alert = row.alert
    if language.code == "en":
        if alert.title_en:
            return alert.title_en, True
        if alert.rule in rulebook and rulebook[alert.rule].spec.title_en:
            return language.say("suspected", title=rulebook[alert.rule].spec.title_en), True
    return alert.title, False


def subject_of(alert: Alert, formats: Formats, rulebook: Rulebook) -> tuple[str, str]:
    """SKU and words of what an alert is about; words of a rule in the reader's language, names and
    what was said as they are."""
    own = rulebook[alert.rule].spec.english if alert.rule in rulebook else {}
    code, words = formats.subject(alert.subject, alert.subject_title)
    told = english(words, own) if formats.language.code == "en" and CHINESE.search(words) else ""
    return code, told or words


def reason_of(alert: Alert, language: Language) -> tuple[str, bool]:
    """The alert's reason, and whether it is the English one; alerts of old have none."""
    if language.code == "en" and alert.reason_en:
        return alert.reason_en, True
    return alert.reason, False


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
    strip: Strip | None = None,
) -> Row:
    alert = row.alert
    title, foreign = title_of(row, formats.language, rulebook)
    reason, foreign_reason = reason_of(alert, formats.language)
    code, subject = subject_of(alert, formats, rulebook)
    return Row(
        id=alert.id,
        href=f"/alerts/{alert.id}{query}",
        level=alert.level,
        status=row.status,
        title=title,
        foreign_title=foreign,
        tag="" if alert.status == "verified" else alert.status,
        suppressed=alert.suppressed.reason if alert.suppressed else "",
        again=row.again,
        strip=strip,
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


def grouped(
    sections: Sequence[Section],
    *,
    rooms: Mapping[tuple[str, str], RoomRow],
    times: Mapping[str, Sequence[int]],
    room_times: Mapping[tuple[str, str], Sequence[int]],
    formats: Formats,
    rulebook: Rulebook,
    query: str = "",
    room_address: Callable[[str, str], str] = lambda platform, room: "",
    matter_address: Callable[[str], str] = lambda matter: "",
    fold: Fold = "none",
    named: Mapping[str, str],
) -> list[Group]:
    """A page of the feed as it is drawn; rooms and rows in the order in which they come.

    Args:
        times: hits of the alerts that are shown.
        room_times: hits of all alerts of a room that the filter means.
        room_address: where all alerts of a room are.
        matter_address: where all alerts of a matter are.
        named: the alert that names a matter to whoever reads.
    """

    def drawn(row: AlertRow, section: Section, strip: Strip | None = None) -> Row:
        key = (row.alert.platform, row.alert.room)
        place = room_title(*key, rooms.get(key), formats.language) if section.sums is None else ""
        return row_of(
            row,
            times=times.get(row.alert.id, ()),
            end=_end(row, rooms, formats),
            formats=formats,
            rulebook=rulebook,
            query=query,
            place=place,
            strip=strip,
        )

    def entry_row(entry: Entry, section: Section) -> Row:
        first, *others = entry.rows
        strip = None
        if fold != "none" and entry.sums.total > 1:
            strip = strip_of(named[matter_of(first, fold)], entry.sums)
            strip.rows = [drawn(other, section) for other in others]
            strip.more = entry.sums.total - len(entry.rows)
            strip.href = matter_address(strip.matter)
        return drawn(first, section, strip)

    groups = []
    for section in sections:
        rows = [entry_row(entry, section) for entry in section.entries]
        if section.sums is None:
            groups.append(
                Group(key="", room=False, title="", facts=[], rows=rows, counts=[], bars=[], hits=0, last_at=0)
            )  # fmt: skip
            continue
        key = (section.platform, section.room)
        group = group_of(key, section.sums, rooms.get(key), room_times.get(key, ()), formats)
        group.rows, group.more, group.href = rows, section.more, room_address(*key)
        groups.append(group)
    return groups


def group_of(
    key: tuple[str, str], sums: Sums, known: RoomRow | None, times: Sequence[int], formats: Formats
) -> Group:
    """The header of a room, without its rows."""
    return Group(
        key=room_key(*key),
        room=True,
        title=room_title(*key, known, formats.language),
        facts=_facts(*key, known, formats),
        rows=[],
        counts=_counted(sums),
        bars=bars(times, window_end(known, sums.last_at, formats.now)),
        hits=sums.hits,
        last_at=sums.last_at,
    )


def strip_of(matter: str, sums: Sums) -> Strip:
    """What the alerts of a matter come to, without their rows."""
    return Strip(
        matter=matter, total=sums.total, counts=_counted(sums), hits=sums.hits, last_at=sums.last_at
    )


def matter_of(row: AlertRow, fold: Fold) -> str:
    """The matter into which an alert is folded."""
    return row.product_matter if fold == "product" else row.matter


def _counted(sums: Sums) -> list[tuple[Level, int]]:
    return [(level, sums.counts[level]) for level in LEVELS if sums.counts.get(level)]


def _end(row: AlertRow, rooms: Mapping[tuple[str, str], RoomRow], formats: Formats) -> int:
    return window_end(
        rooms.get((row.alert.platform, row.alert.room)), row.alert.last_at, formats.now
    )


def _facts(platform: str, room: str, known: RoomRow | None, formats: Formats) -> list[str]:
    say = formats.language.say
    if not room:
        return [say("across.facts")]
    place = f"{platform} {room}"
    if known is None:
        return []
    # A room without a name of its own is called by its place.
    facts = [place] if known.title or known.host else []
    if known.operator:
        facts.append(known.operator)
    else:
        facts.append(
            say("room.operator_unknown" if known.operator is None else "room.operator_absent")
        )
    facts.append(say("room.on_air") if known.on_air else say("room.off_air"))
    return facts
