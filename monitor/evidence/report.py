"""The report of a bundle and the draft of the extraction record: Chinese, as HTML; PDF/A is made of it."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import jinja2
from markupsafe import Markup
from msgspec import Struct

from detectors.alerts import LEVEL_NAMES, MOST_RELATED
from monitor.desk.arithmetic import number_groups, written
from monitor.desk.curve import curve_of
from monitor.desk.event_words import names_in, spoken_by, words_of
from monitor.desk.formats import Formats, yuan
from monitor.desk.language import language
from monitor.evidence import pdf
from monitor.evidence.excerpt import excerpt_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from detectors.alerts import Alert, WatchedGap
    from detectors.events import Event
    from monitor.evidence.capture_rows import Capture
    from monitor.evidence.case import Case, CaseAlert
    from monitor.evidence.heads import StoredHead
    from monitor.evidence.lacking import Lacking
    from monitor.evidence.order_times import OrderTimes
    from monitor.evidence.parties import Parties
    from monitor.evidence.provenance import Verdict
    from monitor.store.rows import AlertRow

__all__ = ["Fixed", "SetBack", "ShownCapture", "chart", "context_of", "has_pdf", "html", "text"]

#: Rows of what was not watched, of what was done with an alert, and of files, at most: a report is read, and
#: does not grow with the records. What is left out stands in a file of the bundle, which the report names.
ROWS = 60

#: Records that come this long after what they tell of were not collected while it happened, ms.
LATE_MS = 600_000
#: Lists every file of the payload but the report, with its digests.
LISTED = "data/files.json"
T = TypeVar("T")


class SetBack(Struct, frozen=True, kw_only=True):
    """A head that says an earlier time than the one before it, ms."""

    before: int
    """Number of the head before."""
    before_at: int
    after: int
    after_at: int


class Fixed(Struct, kw_only=True):
    """The heads under which the records and versions of a bundle lie."""

    heads: int = 0
    first: int = 0
    """When the first of them in the log was signed, by the monitor's clock, ms."""
    last: int = 0
    stamps: int = 0
    """Time stamps over them."""
    back: list[SetBack] = []
    """Where the monitor's clock went back between two of them."""

    @classmethod
    def of(cls, heads: Sequence[StoredHead]) -> Fixed:
        """Of these heads, in the order of the log."""
        if not heads:
            return cls()
        back = [
            SetBack(before=old.number, before_at=old.at, after=new.number, after_at=new.at)
            for old, new in pairwise(heads)
            if new.at < old.at
        ]
        return cls(heads=len(heads), first=heads[0].at, last=heads[-1].at, back=back)


class ShownCapture(NamedTuple):
    """A screenshot or a clip in the report."""

    capture: Capture
    path: str
    """Of its file in the bundle; empty: it is gone."""
    picture: bytes | None
    """Bytes of a PNG or JPEG that is shown."""


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("monitor.evidence"),
        autoescape=jinja2.select_autoescape(("html", "svg")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


#: How a capture came in.
_WAYS = {"command": "命令行", "console": "控制台", "api": "接口"}


#: What an alert was concluded by, as the report says it (`EngineVersions`).
_PARTS = {
    "livewatch": "软件版本", "pack": "规则条目", "slots": "用词", "model": "模型", "law": "条款表",
    "thresholds": "阈值", "settings": "运行设置",
}  # fmt: skip


def text(name: str, **values: object) -> bytes:
    """A file of the templates, filled in."""
    return _templates().get_template(name).render(**values).encode()


def chart(alert: Alert) -> str | None:
    """The price curve as SVG; ``None``: the alert has no prices."""
    curve = curve_of(alert)
    if curve is None:
        return None
    return _templates().get_template("chart.svg").render(curve=curve, yuan=yuan)


def html(name: str, context: dict[str, Any]) -> bytes:
    """`report.html` or `record.html`, complete in itself and without any script."""
    style = files("monitor.evidence").joinpath("templates/style.css").read_text(encoding="utf-8")
    return text(name, style=Markup(style), **context)  # noqa: S704 - our own file


def has_pdf() -> bool:
    """Can pages be made into PDF here?"""
    return pdf.is_installed()


def context_of(
    case: Case,
    alerts: Sequence[tuple[CaseAlert, Alert]],
    *,
    gaps: Sequence[WatchedGap],
    sources: Sequence[str],
    counts: dict[str, int],
    files_: Sequence[dict[str, Any]],
    engine: dict[str, Any],
    redacted: bool,
    captures: Sequence[ShownCapture],
    left_out: int,
    clocks: dict[str, Any],
    arrived: tuple[int, int] | None,
    span: tuple[int, int] | None,
    fixed: Fixed,
    lost: int,
    verdicts: Mapping[str, Verdict],
    lost_alerts: int,
    not_here: Sequence[Lacking],
    pages: int,
    parties: Parties,
    orders: OrderTimes,
) -> dict[str, Any]:
    """What both templates are filled with.

    Args:
        alerts: each of the case with the version that may be shown.
        lost: records that nobody has any more, which may be of its rooms.
        verdicts: by alert, its rule as of the verdict, where that is kept.
        not_here: what the bundle does not have.
        lost_alerts: the same of the topic of alerts, which may be later versions of these.
        pages: files of the report and of the draft themselves, which no list in them can name.
        orders: orders around the triggers of alerts, as the records have them.
        parties: who showed himself in the rooms, as the records have it.
        left_out: captures that a redacted copy does not show.
        clocks: what `data/clock.json` says.
        arrived: when the first and the last record arrived, ms.
        span: platform's time of the first and the last event in the records, ms; ``None``: there is none.
    """
    f = Formats(language("zh_CN"), 0)
    for _, alert in alerts:
        parties.note_alert(alert)
    shown = [
        {**_alert(one, alert, f, verdicts.get(alert.id), parties), "orders": orders.told(alert, f)}
        for one, alert in alerts
    ]
    first = alerts[0][1]
    begin, end = min(a.first_at for _, a in alerts), max(a.last_at for _, a in alerts)
    hit = _within(gaps, begin, end)
    # What was watched is asked of all the time that the records cover: a verdict may stand on any of them,
    # and a single hit is an instant.
    covered = (min(begin, span[0]), max(end, span[1])) if span else (begin, end)
    during = _within(gaps, *covered)
    laws: dict[str, bool] = {}
    for _, alert in alerts:
        for basis in alert.law:
            name = f"{basis.law} {basis.article}"
            laws[name] = laws.get(name, False) or basis.observed
    missing: list[str] = []
    for _, alert in alerts:
        missing += [fact for fact in alert.missing if fact not in missing]
    return {
        "alerts": shown,
        "first": first,
        "last_at": max(alert.last_at for _, alert in alerts),
        "hits": sum(alert.hits for _, alert in alerts),
        "level_words": LEVEL_NAMES,
        "most_related": MOST_RELATED,
        "places": parties.places(alert for _, alert in alerts),
        "missing": missing,
        "gaps": gaps,
        "shown_gaps": _first(gaps, hit, lambda gap: gap.from_),
        "gap_ms": _covered(gaps),
        "during": during,
        "during_ms": _covered(during),
        "arrived": arrived,
        "span": span,
        "covered": covered,
        "hit": hit,
        "fixed": fixed,
        "laws": laws,
        "observed": [name for name, observed in laws.items() if observed],
        "unobserved": [name for name, observed in laws.items() if not observed],
        "sources": sources,
        "counts": counts,
        "lacking": case.lacking,
        "files": files_,
        "pages": pages,
        "shown_files": _first(
            files_,
            [file for file in files_ if not file["path"].startswith("data/proofs/")],
            lambda file: str(file["path"]),
            always=[file for file in files_ if file["path"] == LISTED],
        ),
        "sm3": any(file["sm3"] for file in files_),
        "engine": engine,
        "redacted": redacted,
        "captures": [
            {
                "capture": one.capture,
                "path": one.path,
                "kind": "录像" if one.capture.type.startswith("video/") else "截图",
                "way": _WAYS.get(one.capture.way, one.capture.way.replace("sender:", "采集程序 ")),
                "picture": None
                if one.picture is None
                else f"data:{one.capture.type};base64,{base64.b64encode(one.picture).decode()}",
            }
            for one in captures
        ],
        "left_out": left_out,
        "lost": lost,
        "lost_alerts": lost_alerts,
        "not_here": not_here,
        "changed": [
            word
            for part, word in _PARTS.items()
            if any(part in parts for parts in engine["changed_since"].values())
        ],
        "unkept": any(alert.id not in verdicts for _, alert in alerts),
        "clocks": clocks,
        "delivered": _delivered(clocks, f),
        "written": written,
        "seconds": lambda ms: f"{ms / 1_000:.3f} 秒",
        "f": f,
    }


def _first(
    all_: Sequence[T], before: Sequence[T], order: Callable[[T], Any], always: Sequence[T] = ()
) -> list[T]:
    """As many as have room, those that matter more before the others, in order."""
    found: list[T] = []
    for one in (*always, *before, *all_):
        if len(found) < ROWS and one not in found:
            found.append(one)
    return sorted(found, key=order)


def _within(gaps: Sequence[WatchedGap], begin: int, end: int) -> list[WatchedGap]:
    return [gap for gap in gaps if gap.until >= begin and gap.from_ <= end]


def _covered(gaps: Sequence[WatchedGap]) -> int:
    """How long these are together, ms; what two sources missed at the same time counts once."""
    total = reached = 0
    for gap in sorted(gaps, key=lambda one: one.from_):
        total += max(0, gap.until - max(gap.from_, reached))
        reached = max(reached, gap.until)
    return total


def _alert(
    one: CaseAlert, alert: Alert, f: Formats, verdict: Verdict | None, parties: Parties
) -> dict[str, Any]:
    drawn = chart(alert)
    spans, names = alert.evidence.spans, names_in(alert.evidence)
    return {
        "alert": alert,
        "standing": _standing(one.row, f),
        "unrecorded": one.row.status != (one.history[-1].new if one.history else "new"),
        "places": parties.places([alert]),
        "verdict": verdict,
        "versions": one.versions,
        "latest": f"v{one.versions[-1][0] if one.versions else alert.version:03d}.json",
        "history": one.history[-ROWS:],
        "earlier": max(0, len(one.history) - ROWS),
        "numbers": number_groups(alert, f),
        "chart": None if drawn is None else Markup(drawn),  # noqa: S704 - escaped when it was drawn
        "triggers": [
            {
                "time": f.full(event.at),
                "room": f"{event.platform} {event.room}" if alert.evidence.rooms else "",
                "who": _speaker(event, spoken_by(event, f.language, names), parties),
                "words": "".join(
                    part.text
                    for part in words_of(
                        event, [span for span in spans if span.event == event.id], f.language, names
                    )
                ),
                "id": event.id,
                "found": [
                    number for number, one in enumerate(alert.findings, 1) if one.event == event.id
                ],
            }
            for event in alert.evidence.trigger
        ],
        "findings": [_found(alert, place, f) for place in range(len(alert.findings))],
        "excerpt": None if alert.evidence.rooms else excerpt_of(alert, f),
    }


def _delivered(clocks: dict[str, Any], f: Formats) -> list[str]:
    """Of each source, how long after the event's time its records were here, in words."""
    found = []
    for name, one in clocks["sources"].items():
        apart = one["arrived_minus_at"]
        words = f"来源 {name}：记录 {apart['count']} 条"
        if apart["median"] >= LATE_MS:
            words += (
                f"，在所涉时间之后约 {_about(apart['median'], f)}送达（最短 {_about(apart['least'], f)}，"
                f"最长 {_about(apart['most'], f)}），非同步采集"
            )
        else:
            words += f"，到达与所涉时间相差 {f.length(abs(apart['median']))}（中位数）"
            if apart["most"] >= LATE_MS:
                words += f"，其中最迟的相差约 {_about(apart['most'], f)}"
        if one["seen_minus_at"] == "unknown":
            words += "；送入方没有说明何时采集：未知"
        found.append(words)
    return found


def _about(ms: int, f: Formats) -> str:
    """A duration as one says it: whole hours from two on."""
    hours = round(ms / 3_600_000)
    return f"{hours} 小时" if hours >= 2 else f.length(ms)


def _standing(row: AlertRow, f: Formats) -> str:
    """How the office has handled the alert so far, in words. Whoever reads the accusation reads that it was
    closed as a false alarm, too."""
    say = f.language.say
    words = say(f"status.{row.status}")
    if row.close_reason:
        words += f"：{say(f'reason.{row.close_reason}')}"
    if row.status_at is not None:
        words += f"（{f.full(row.status_at)}，监测主机时钟）"
    return words


def _speaker(event: Event, who: str, parties: Parties) -> str:
    """Who said it, with the host's name where the room has one host."""
    hosts = parties.hosts(event.platform, event.room)
    is_host = "host" in (getattr(event, "speaker", None), getattr(event, "role", None))
    return f"{who} {hosts[0]}" if is_host and len(hosts) == 1 else who


def _found(alert: Alert, place: int, f: Formats) -> dict[str, Any]:
    """A finding of the alert as a row."""
    one = alert.findings[place]
    kind, _, name = one.by.partition(":")
    return {
        "time": f.full(one.at),
        "level": LEVEL_NAMES[one.level],
        "story": place == alert.story,
        "text": one.text,
        "says": one.says,
        "by": f"{f.language.say(f'by.{kind}')} {name[:16] if kind == 'model' else name}",
    }
