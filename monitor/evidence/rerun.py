"""Runs the records of a bundle through the rules again and holds the verdict against that of the bundle."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, Struct

from detectors.alerts import Alert
from detectors.events import Event, InvalidEvent, decode
from detectors.lab.rerun import Rerun
from monitor.evidence.holding import rooms_of
from monitor.evidence.rooms import RoomRecords
from monitor.evidence.unpack import BadBundle, Opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from detectors.pack.load import Rulebook

__all__ = ["Outcome", "rerun"]

_VERSION = re.compile(r"data/alerts/[^/]+/v\d+\.json")
#: What makes a verdict; when it was raised is not part of it.
COMPARED = (
    "level",
    "hits",
    "subject",
    "first_at",
    "last_at",
    "title",
    "reason",
    "law",
    "exemptions",
    "missing",
)
#: Events that go through the rules at a time.
CHUNK = 2_000


class Outcome(Struct, kw_only=True):
    """What came of one alert."""

    alert: str
    rule: str
    same: bool
    says: list[str]
    """Why it is not the same, or why it could not be tried."""


class _Line(Struct):
    data: str | None = None
    changed: str | None = None


class _Engine(Struct):
    lateness_ms: int
    livewatch: str = ""
    rules_image: str = ""
    """Digest of rules, packs and the code that compiles them."""


def rerun(path: Path, rulebook: Rulebook, image: str = "") -> list[Outcome]:
    """The alerts of a bundle, each with what the rules make of its records now.

    Args:
        rulebook: the rules that are installed; they are held against those in the bundle.
        image: digest of these (`monitor.images.digest`).

    Raises:
        BadBundle: it is no bundle, or one that is refused.
        OSError: the file cannot be read.
    """
    with Opened(path) as opened:
        try:
            engine = msgspec.json.decode(opened.read("data/engine.json"), type=_Engine)
            alerts = [msgspec.json.decode(body, type=Alert) for body in _latest(opened)]
        except msgspec.MsgspecError as error:
            raise BadBundle(f"its contents cannot be read: {error}") from error
        why: dict[str, list[str]] = {
            alert.id: _other_rule(opened, alert, rulebook) for alert in alerts
        }
        run = Rerun(rulebook, lateness_ms=engine.lateness_ms)
        told = _feed(run, opened)
        if image and engine.rules_image not in ("", image):
            told.append(
                f"rules and code are others here than at the export (livewatch {engine.livewatch},"
                f" image {engine.rules_image[:12]} there, {image[:12]} here)"
            )
        found = {alert.id: alert for alert in run.finish()}
        rooms = _rooms(opened)
    return [
        _compared(alert, found.get(alert.id), [*why[alert.id], *told, *_older(alert, rooms)])
        for alert in alerts
    ]


def _rooms(opened: Opened) -> list[RoomRecords]:
    """What the bundle has of each room; of an older bundle it is not told."""
    if "data/rooms.json" not in opened.paths:
        return []
    return msgspec.json.decode(opened.read("data/rooms.json"), type=list[RoomRecords])


def _older(alert: Alert, rooms: Sequence[RoomRecords]) -> list[str]:
    """What the verdict may stand on that is older than the records."""
    places = rooms_of(alert)
    told = [
        lacks for room in rooms if (room.platform, room.room) in places and (lacks := room.lacks())
    ]
    gone = [read for read in alert.inputs if read.to is not UNSET]
    if gone:
        told.append(
            f"{len(gone)} of the records that it read lay in {gone[0].log} {gone[0].from_} to"
            f" {gone[0].to}, which were let go of before it was raised"
        )
    return told


def _latest(opened: Opened) -> Iterator[bytes]:
    newest: dict[str, str] = {}
    for path in opened.paths:
        if _VERSION.fullmatch(path):
            newest[path.rpartition("/")[0]] = path
    for path in newest.values():
        yield opened.read(path)


def _other_rule(opened: Opened, alert: Alert, rulebook: Rulebook) -> list[str]:
    """Why the installed rule is not that of the verdict; empty: it is."""
    if alert.rule not in rulebook:
        return [f"there is no rule {alert.rule} here"]
    spec = rulebook[alert.rule].spec
    if spec.version != alert.rule_version:
        return [
            f"{alert.rule} is version {spec.version} here, the verdict is of {alert.rule_version}"
        ]
    path = f"data/rules/{alert.rule}.json"
    if path not in opened.paths:
        return [f"the bundle does not have the rule {alert.rule}"]
    there = msgspec.json.decode(opened.read(path))
    here = msgspec.json.decode(msgspec.json.encode(spec))
    changed = sorted(key for key in there.keys() | here.keys() if there.get(key) != here.get(key))
    if changed:
        return [f"{alert.rule} is otherwise here than in the bundle: {', '.join(changed)}"]
    return []


def _feed(run: Rerun, opened: Opened) -> list[str]:
    """Gives the records to the rules; returns what is wrong with them."""
    lacking = forgotten = 0
    waiting: list[Event] = []
    rest = b""
    for block in opened.blocks("data/events/records.ndjson"):
        *lines, rest = (rest + block).split(b"\n")
        for text in lines:
            line = msgspec.json.decode(text, type=_Line)
            forgotten += line.changed is not None
            if line.data is None:
                lacking += 1
                continue
            try:
                waiting.append(decode(base64.b64decode(line.data)))
            except InvalidEvent:
                continue
            if len(waiting) >= CHUNK:
                run.feed(waiting)
                waiting = []
    run.feed(waiting)
    told = []
    if lacking:
        told.append(f"{lacking:,} records are in the bundle as digests only: it is a redacted copy")
    if forgotten:
        told.append(f"{forgotten:,} records were changed when a viewer was forgotten")
    return told


def _compared(there: Alert, here: Alert | None, told: list[str]) -> Outcome:
    if here is None:
        says = told or [
            "these records do not raise it: what it stands on is older than the records that the "
            "log still had"
        ]
        return Outcome(alert=there.id, rule=there.rule, same=False, says=says)
    one, other = _plain(there), _plain(here)
    differ = [
        f"{key}: {_short(one[key])} in the bundle, {_short(other[key])} now"
        for key in COMPARED
        if one[key] != other[key]
    ]
    differ += [
        f"number {key}: {_short(one['numbers'].get(key))} in the bundle, {_short(other['numbers'].get(key))} now"
        for key in sorted(one["numbers"].keys() | other["numbers"].keys())
        if one["numbers"].get(key) != other["numbers"].get(key)
    ]
    return Outcome(
        alert=there.id, rule=there.rule, same=not differ, says=[*differ, *(told if differ else [])]
    )


def _plain(alert: Alert) -> dict[str, Any]:
    whole: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(alert))
    return {key: whole[key] for key in COMPARED} | {"numbers": whole["evidence"]["numbers"]}


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else text[:79] + "…"
