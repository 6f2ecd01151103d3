"""Runs the records of a bundle through its rules again and holds the verdict against that of the bundle."""

from __future__ import annotations

import base64
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET, Struct

from detectors.alerts import Alert, EngineVersions
from detectors.events import Event, InvalidEvent, decode
from detectors.lab.rerun import Rerun
from detectors.pack.definitions import as_data
from detectors.pack.load import PackError, rulebook_of
from monitor.evidence import forgotten, rules_file
from monitor.evidence.holding import rooms_of
from monitor.evidence.provenance import code_digest
from monitor.evidence.rooms import RoomRecords
from monitor.evidence.unpack import BadBundle, Opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
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


By = Literal["verdict", "installed"]


class Outcome(Struct, kw_only=True):
    """What came of one alert."""

    alert: str
    rule: str
    same: bool
    by: By
    """The rules that it was run with: those of the verdict (in the bundle, or installed and equal), or
    those that are installed, since the others cannot be had: `says` says why."""
    says: list[str]
    """Why it is not the same, or why it could not be tried."""


class _Line(Struct):
    data: str | None = None
    changed: str | None = None


class _Engine(Struct):
    lateness_ms: int
    livewatch: str = ""
    code: str = ""
    """Digest of the code of the rules (`provenance.code_digest`)."""


def rerun(path: Path, rulebook: Rulebook) -> list[Outcome]:
    """The alerts of a bundle, each with what its rules make of its records here.

    The rules are those of the verdict where the bundle has them: what they say is data. Their code is
    that of this program.

    Args:
        rulebook: the rules that are installed.

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
        there = {
            rules: documents
            for file in opened.paths
            if rules_file.PATH.fullmatch(file)
            for rules, documents in [rules_file.read(opened.read(file))]
        }
        rooms = _rooms(opened)
        groups: dict[tuple[str, int], list[Alert]] = {}
        for alert in alerts:
            lateness = _engine_of(alert).settings.get("lateness_ms", engine.lateness_ms)
            groups.setdefault((_engine_of(alert).rules, int(lateness)), []).append(alert)
        outcomes: dict[str, Outcome] = {}
        for (rules, lateness), group in groups.items():
            book, by, why = _book(rules, there, rulebook)
            run = Rerun(book, lateness_ms=lateness)
            told = [*why, *_feed(run, opened)]
            found = {alert.id: alert for alert in run.finish()}
            for alert in group:
                other = _other_rule(opened, alert, book) if by == "installed" else []
                says = [*other, *told, *_other_code(alert, engine, book), *_older(alert, rooms)]
                outcomes[alert.id] = _compared(alert, found.get(alert.id), by, says)
    return [outcomes[alert.id] for alert in alerts]


def _engine_of(alert: Alert) -> EngineVersions:
    """What concluded it, as it says itself; of an older version nothing."""
    return EngineVersions() if alert.engine is UNSET else alert.engine


def _book(
    rules: str, there: Mapping[str, Mapping[str, bytes]], installed: Rulebook
) -> tuple[Rulebook, By, list[str]]:
    """The rules to run with, which they are, and why they are not those of the verdict."""
    if rules and rules == installed.digest:
        return installed, "verdict", []
    if not rules:
        return installed, "installed", []
    if rules not in there:
        return installed, "installed", ["the rules that concluded it are not in the bundle"]
    try:
        return rulebook_of(rules, there[rules]), "verdict", []
    except PackError as error:
        return installed, "installed", [f"the rules of the verdict cannot be used here: {error}"]


def _other_code(alert: Alert, engine: _Engine, book: Rulebook) -> list[str]:
    """Where this program is not that of the verdict: what rules say is data, how they look is not."""
    told = []
    concluded, here = _engine_of(alert), version("livewatch")
    if concluded.livewatch not in ("", here):
        told.append(
            f"the verdict is of livewatch {concluded.livewatch}, this is {here}: the code of its rules may"
            f" be another one. Whoever installs {concluded.livewatch} runs it as it was"
        )
    elif engine.code not in ("", code_digest()):
        told.append("the code of the rules is another one here than at the export")
    if concluded.model not in ("", book.model):
        told.append(
            f"the model that reads texts for their likeness is {book.model[:12] or 'missing'} here, that"
            f" of the verdict {concluded.model[:12]}"
        )
    return told


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
    here = as_data(spec)
    # Bundles of before have the words of slots once more.
    there.pop("slots", None)
    # A member that is younger than the bundle says nothing as long as it is empty.
    changed = sorted(
        key for key in there.keys() | here.keys()
        if (there.get(key) or None) != (here.get(key) or None)
    )  # fmt: skip
    if changed:
        return [f"{alert.rule} is otherwise here than in the bundle: {', '.join(changed)}"]
    return []


def _feed(run: Rerun, opened: Opened) -> list[str]:
    """Gives the records to the rules; returns what is wrong with them."""
    lacking = taken_out = unexplained = 0
    waiting: list[Event] = []
    rest = b""
    for block in opened.blocks("data/events/records.ndjson"):
        *lines, rest = (rest + block).split(b"\n")
        for text in lines:
            line = msgspec.json.decode(text, type=_Line)
            taken_out += line.changed == forgotten.FORGOTTEN
            unexplained += line.changed not in (None, forgotten.FORGOTTEN)
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
    if taken_out:
        told.append(f"{taken_out:,} records were changed when a viewer was forgotten")
    if unexplained:
        told.append(f"{unexplained:,} records are not as they arrived, and nobody has said why")
    return told


def _compared(there: Alert, here: Alert | None, by: By, told: list[str]) -> Outcome:
    if here is None:
        says = told or [
            "these records do not raise it: what it stands on is older than the records that the "
            "log still had"
        ]
        return Outcome(alert=there.id, rule=there.rule, same=False, by=by, says=says)
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
        alert=there.id, rule=there.rule, same=not differ, by=by,
        says=[*differ, *(told if differ else [])],
    )  # fmt: skip


def _plain(alert: Alert) -> dict[str, Any]:
    whole: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(alert))
    return {key: whole[key] for key in COMPARED} | {"numbers": whole["evidence"]["numbers"]}


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 80 else text[:79] + "…"
