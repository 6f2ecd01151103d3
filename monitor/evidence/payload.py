"""The payload of a bundle: what the store and the log know of a case, as files under `data/`.

The same case gives the same bytes: nothing here reads a clock or says who exports.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import tempfile
from array import array
from collections import defaultdict
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec

from detectors.alerts import Alert, WatchedGap
from detectors.events import Event, Gap, InvalidEvent, decode, room_key
from monitor.evidence import (
    custody,
    forgotten,
    heads,
    holes,
    ledger,
    lost,
    media,
    pdf,
    records,
    report,
    stamper,
    tables,
)
from monitor.evidence.bag import BagWriter, algorithms
from monitor.evidence.case import records_of
from monitor.evidence.clocks import Clocks
from monitor.evidence.exhibits import Exhibits
from monitor.evidence.frames import frames_of
from monitor.evidence.lacking import Lacking
from monitor.evidence.mask import Mask
from monitor.evidence.order_times import OrderTimes
from monitor.evidence.parties import Parties
from monitor.evidence.proofs import Proofs, prove
from monitor.evidence.provenance import Provenance
from monitor.evidence.report import Fixed
from monitor.evidence.rooms import RoomRecords
from monitor.store import room_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from detectors.pack.load import Rulebook
    from monitor.archive.reading import Reader
    from monitor.config import Config
    from monitor.evidence.case import Case, CaseAlert, CaseRecord
    from monitor.evidence.custody import CustodyRecord
    from monitor.evidence.frames import Late
    from monitor.evidence.lacking import Kind
    from monitor.evidence.report import ShownCapture

__all__ = ["Payload"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Bytes of a growing table that are kept in memory before it spills to a file.
SPOOL = 4 * 2**20


class Payload:
    """Writes the payload of one bundle."""

    def __init__(
        self,
        connection: Connection,
        bag: BagWriter,
        case: Case,
        rulebook: Rulebook,
        config: Config,
        redacted: bool,
        tell: Callable[[int, int], None] | None,
        uncounted: Collection[int],
        captures: Path,
        archive: Reader | None = None,
        late: Late | None = None,
    ) -> None:
        """
        Args:
            uncounted: numbers of heads that prove nothing, since their key was revoked.
            captures: folder of screenshots and clips.
            archive: reads the frames of records; ``None``: there is no archive.
            late: reads frames that are not archived yet and lie outside the database.
        """
        self._late = late
        self._keeps_frames = config.archive.keeps_frames
        self._captures_folder = captures
        self._archive = archive
        self._frames_named: set[bytes] = set()
        """SHA-256 of the frames that the records were read from."""
        self._uncounted = uncounted
        self._connection = connection
        self._bag = bag
        self._case = case
        self._redacted = redacted
        self._redaction = Mask()
        self._mask: Callable[[str], str] = self._redaction if redacted else (lambda text: text)
        self._tell = tell
        self._roles: dict[str, dict[str, Any]] = {}
        self._leaves: dict[str, array[int]] = defaultdict(lambda: array("q"))
        """Of the records and of the versions of alerts, by log."""
        self._before: dict[str, int] = defaultdict(int)
        """Records that are older than their log, by log."""
        self._arrived: tuple[int, int] | None = None
        """When the first and the last of its records arrived, ms."""
        self.span: tuple[int, int] | None = None
        """Time of the platform that its records cover, from the first event to the last, ms; ``None``: no
        record of an event is left."""
        self._forgotten = forgotten.places(forgotten.told(connection))
        self.changed: set[records.Place] = set()
        """Records and frames here that are not as they arrived, since a viewer was taken out, as custody
        names them."""
        self.unexplained: list[str] = []
        """Those that are not as they arrived, and nobody has said why."""
        self._holes = holes.holes(connection)
        self._lacking: list[Lacking] = []
        self._fixed = Fixed()
        self._counts = {"records": 0, "proved": 0, "before": 0, "forgotten": 0, "unexplained": 0}
        self._rooms: dict[tuple[str, str], RoomRecords] = {}
        self._lost: dict[tuple[str, str, int], lost.Lost] = {}
        """Records that nobody has any more, which may be of its rooms."""
        self._lost_alerts: list[lost.Lost] = []
        """The same of the topic of alerts, which may be later versions of these."""
        self._gaps: dict[tuple[int, int, str | None], WatchedGap] = {}
        self._parties = Parties(self._mask)
        self._orders = OrderTimes(one.alert for one in case.alerts)
        self._clocks = Clocks()
        self._provenance = Provenance(self._add, self._json, connection, rulebook, config, case)
        self.notes: list[str] = []
        self.keys: set[str] = set()
        """Keys that signed the heads."""

    def write(self) -> None:
        """Everything under `data/`, the report last: it lists the rest."""
        self._records()
        self._frames()
        alerts = self._alerts()
        if self._redacted:
            self.notes.append(
                "the redacted copy has digests of the records: whoever knows the rest of a record can try"
                " which account or number was in it. It is for those who asked, not for publication; what"
                " hosts say and rooms display is not masked"
            )
        exhibits = Exhibits(self._add, self._captures_folder, redacted=self._redacted)
        captures = exhibits.write(self._case.captures)
        if exhibits.leaves:
            self._leaves[ledger.CAPTURES].extend(exhibits.leaves)
        self.notes += exhibits.notes
        self.notes += self._provenance.write()
        self._proofs()
        gaps = sorted(self._gaps.values(), key=lambda gap: (gap.from_, gap.until))
        self._lacks()
        self._json(
            "data/gaps.json", [*gaps, *self._lacking], "derived",
            "watched gaps: of the alerts and of the records; and what is not in this bundle (`kind`)",
        )  # fmt: skip
        clocks = self._clocks.told()
        self._json("data/clock.json", clocks, "derived", "clocks: of the sources, of this machine")
        self._json(
            "data/rooms.json", self._watched(), "derived",
            "from when on the rooms were watched, and from when on the records are here",
        )  # fmt: skip
        self._report(alerts, gaps, captures, clocks)

    def shown(self, text: str) -> str:
        """A text that somebody wrote, as this copy may show it."""
        return self._redaction.written(text) if self._redacted else text

    def custody(self, told: Sequence[CustodyRecord]) -> list[CustodyRecord]:
        """The records of custody that this copy has.

        A redacted one has none that names a viewer: a line that was changed would not fit its hash. That a
        viewer was taken out is always there, since it says why records are not as they arrived.
        """
        if not self._redacted:
            return list(told)
        kept = []
        for record in told:
            line = custody.line(record).decode()
            if record.act == "forgotten" or self.shown(line) == line:
                kept.append(record)
        if len(kept) < len(told):
            self.notes.append(
                f"{len(told) - len(kept)} records of custody are left out of the redacted copy: viewers are"
                " named in them"
            )
        return kept

    def _add(self, path: str, data: bytes | Iterable[bytes], role: str, note: str) -> None:
        self._bag.add(path, data)
        self._roles[path] = {
            "path": path,
            "bytes": self._bag.sizes[path],
            "sha256": self._bag.digest(path),
            "sm3": self._bag.digest(path, "sm3") if "sm3" in algorithms() else "",
            "type": _TYPES[path.rpartition(".")[2]],
            "role": role,
            "from": "" if role == "original" else "data/events/records.ndjson, the store",
            "by": f"livewatch {version('livewatch')}",
            "note": note,
        }

    def _json(self, path: str, value: object, role: str, note: str) -> None:
        body = msgspec.json.format(msgspec.json.encode(value), indent=2)
        self._add(path, self._mask(body.decode()).encode() + b"\n", role, note)

    # Records and what is read from them

    def _records(self) -> None:
        with contextlib.ExitStack() as open_:
            files: dict[str, IO[bytes]] = {}
            for name, table in tables.TABLES.items():
                files[name] = open_.enter_context(tempfile.SpooledTemporaryFile(SPOOL))
                files[name].write(tables.head_of(table.head))
            role = "derived" if self._redacted else "original"
            self._add(
                "data/events/records.ndjson", self._lines(files), role,
                "digests of the records as received" if self._redacted
                else "records as received: the bytes are in `data`, base64",
            )  # fmt: skip
            for name, file in files.items():
                file.seek(0)
                self._add(
                    f"data/events/{name}.csv", iter(lambda: file.read(2**16), b""),  # noqa: B023 - used up at once
                    "derived", "readable, formulas disarmed",
                )  # fmt: skip

    def _lines(self, files: Mapping[str, IO[bytes]]) -> Iterator[bytes]:
        total = len(self._case.places)
        for number, record in enumerate(records_of(self._connection, self._case), 1):
            self._arrived = (
                min(record.arrived, self._arrived[0]) if self._arrived else record.arrived,
                max(record.arrived, self._arrived[1]) if self._arrived else record.arrived,
            )
            if record.leaf is None:
                self._counts["before"] += 1
            else:
                why = self._why_changed(record)
                self._counts["proved"] += not why
                self._counts["forgotten"] += why == forgotten.FORGOTTEN
                self._counts["unexplained"] += why == forgotten.UNEXPLAINED
            self._under(record.log, record.leaf)
            yield self._line(record)
            event = _event(record.data)
            if event is not None:
                self._look(event, record)
                if self._redacted:
                    event = self._redaction.event(event)
                self._orders.note(event)
                for name, table in tables.TABLES.items():
                    row = table.row(record.position, event)
                    if row is not None:
                        files[name].write(tables.line_of(row, self._mask))
            if self._tell is not None and (number % 1_000 == 0 or number == total):
                self._tell(number, total)
        self._counts["records"] = total

    def _frames(self) -> None:
        """The frames as received, where there are any: in clear, so never in a redacted copy."""
        if self._archive is None or self._redacted or not self._frames_named:
            return
        rooms = {room_key(*place) for place in self._rooms}
        named = self._frames_named
        lacking = set(named)
        found = frames_of(
            self._connection, self._archive, rooms, named, self._late, self.notes.append
        )
        first = next(found, None)
        if first is None and not self._keeps_frames:
            return

        def lines() -> Iterator[bytes]:
            for digest, record in chain([first], found) if first is not None else ():
                lacking.discard(digest)
                self._under(record.log, record.leaf)
                yield self._line(record)

        if first is not None:
            self._add(
                "data/frames/frames.ndjson", lines(), "original",
                "frames as sources and senders sent them, which the records name by their SHA-256"
                " as `raw`: the bytes are in `data`, base64",
            )  # fmt: skip
        if lacking:
            self._lack(
                "frames", None,
                f"记录所指明的 {len(named)} 个原始报文中，{len(lacking)} 个没有保存",
                f"{len(lacking)} of {len(named)} frames that the records name are not kept",
            )  # fmt: skip
            self.notes += self._lost_frames()

    def _lack(self, kind: Kind, span: tuple[int, int] | None, zh: str, en: str) -> None:
        """Notes what is not in the bundle, for its reader and for whoever exports."""
        from_, until = span or self.span or (self._case.first.first_at, self._case.first.last_at)
        self._lacking.append(Lacking(kind=kind, from_=from_, until=until, reason=zh, reason_en=en))
        self.notes.append(en)

    def _lacks(self) -> None:
        """Notes what came late, was taken out, is damaged, or is not as it arrived."""
        if self._case.later:
            self._lack(
                "late", self._case.later_span,
                f"制作本包期间另有 {self._case.later} 条本案直播间的记录到达，未收入：请另行导出",
                f"{self._case.later} records of the rooms arrived while this bundle was made: they are in one"
                " that is made now",
            )  # fmt: skip
        if any(room.log == ledger.EVENTS for room in self._rooms.values()):
            for hole in self._holes[:_HOLES]:
                self._lack(
                    "hole", (min(hole.after, hole.before), max(hole.after, hole.before)),
                    f"日志第 {hole.first} 至 {hole.last} 条（{hole.records} 条，可能有本案直播间的）已被取走，"
                    "不是到期清除，原因不明",
                    holes.told(hole),
                )  # fmt: skip
            if more := len(self._holes[_HOLES:]):
                self._lack("hole", None, f"日志另有 {more} 处缺失", f"{more} more such holes")
        for one in self._archive.lacking if self._archive is not None else ():
            self._lack("archive", None, f"归档文件缺损，其中的记录未收入：{one}", one)
        if self.unexplained:
            some = ", ".join(self.unexplained[:5]) + (" …" if len(self.unexplained) > 5 else "")
            self._lack(
                "changed", None,
                f"{len(self.unexplained)} 条记录与收到时不符，原因不明（{some}）",
                f"{len(self.unexplained)} records are not as they arrived, and custody has no reason"
                f" for it ({some}): no check calls this bundle valid."
                " livewatch evidence log-verify tells what was changed",
            )  # fmt: skip

    def _lost_frames(self) -> list[str]:
        """What was lost of the topic of frames where the frames of the rooms lie."""
        partitions = {room.log.rpartition("/")[2] for room in self._rooms.values()}
        return [
            lost.told(one) for one in lost.of_log(self._connection)
            if ledger.stands_for_frames(one.log) and one.log.rpartition("/")[2] in partitions
        ]  # fmt: skip

    def _under(self, log: str, leaf: int | None) -> None:
        """Notes what is to be shown to lie in a log; ``None``: it is older than that."""
        if leaf is None:
            self._before[log] += 1
        else:
            self._leaves[log].append(leaf)

    def _line(self, record: CaseRecord) -> bytes:
        line: dict[str, Any] = {
            "log": record.log,
            "position": record.position,
            "arrived": record.arrived,
            "room": record.room,
            "source": record.source,
            "leaf": record.leaf,
            "sha256": hashlib.sha256(record.data).hexdigest(),
        }
        if why := self._why_changed(record):
            line |= {"changed": why, "leaf_hash": record.leaf_hash.hex()}
            if why == forgotten.FORGOTTEN:
                self.changed.add(records.Place(record.log, record.position))
            else:
                self.unexplained.append(f"{record.log} {record.position}")
        if not self._redacted:
            line["data"] = base64.b64encode(record.data).decode()
        return msgspec.json.encode(line) + b"\n"

    def _why_changed(self, record: CaseRecord) -> str:
        """Why a record is not the one that arrived; empty: it is."""
        if record.leaf is None or record.intact:
            return ""
        place = records.Place(record.log, record.position)
        lawful = place in self._forgotten and not forgotten.is_speech(record.data)
        return forgotten.FORGOTTEN if lawful else forgotten.UNEXPLAINED

    def _look(self, event: Event, record: CaseRecord) -> None:
        if event.raw is not None and _DIGEST.fullmatch(event.raw):
            self._frames_named.add(bytes.fromhex(event.raw))
        room = self._rooms.get((event.platform, event.room))
        if room is None:
            room = self._rooms[event.platform, event.room] = RoomRecords(
                platform=event.platform, room=event.room, log=record.log,
                from_=record.position, to=record.position,
                # Of a topic all that it has was collected before.
                whole_from=record.position
                if record.log != ledger.EVENTS
                else self._whole_from(record.room),
            )  # fmt: skip
        room.to = record.position
        room.records += 1
        if room.whole_from is not None and (
            record.log != room.log or record.position >= room.whole_from
        ):
            room.first_at = event.at if room.first_at is None else min(room.first_at, event.at)
        first, last = self.span or (event.at, event.at)
        self.span = min(first, event.at), max(last, event.at)
        self._clocks.note(record.source, event, record.arrived)
        self._parties.note(event)
        if isinstance(event, Gap):
            # Also long before the first hit: what was not watched then is not in the figures.
            gap = WatchedGap(
                from_=event.from_, until=event.until, reason=event.reason, source=event.source
            )
            self._gaps[gap.from_, gap.until, gap.source] = gap

    def _whole_from(self, room: str) -> int | None:
        """From which position on all of a room is here: behind what was taken out."""
        found = records.whole_from(self._connection, room)
        return found if found is None or not self._holes else max(found, self._holes[-1].last + 1)

    def _watched(self) -> list[RoomRecords]:
        """The rooms with the time of their first event, which may be older than the records."""
        for row in room_rows.named_rooms(self._connection, self._rooms):
            self._rooms[row.platform, row.room].watched_since = row.watched_since
        for room in self._rooms.values():
            if self._holes and room.log == ledger.EVENTS:
                room.holes = [(hole.first, hole.last) for hole in self._holes]
            room.lost = lost.near(
                self._connection, room.log, last=room.to, since=room.watched_since
            )
            self._lost |= {(one.log, one.why, one.last): one for one in room.lost}
        self.notes += map(lost.told, self._lost.values())
        return [room for _, room in sorted(self._rooms.items())]

    # Alerts, proofs

    def _alerts(self) -> list[tuple[CaseAlert, Alert]]:
        shown = []
        versions: list[bytes] = []
        for one in self._case.alerts:
            place = f"data/alerts/{one.alert.id}"
            for number, body in one.versions:
                path = f"{place}/v{number:03d}.json"
                note = "a version as it was raised"
                if self._redacted:
                    fields = self._redaction.alert(msgspec.json.decode(body))
                    self._json(path, fields, "derived", note)
                else:
                    self._add(path, body, "derived", f"{note}, byte for byte as it is stored")
                versions.append(self._version(one, number, body, path))
            if self._redacted:
                one.history = [
                    msgspec.structs.replace(step, note=step.note and self.shown(step.note))
                    for step in one.history
                ]
            self._json(f"{place}/handling.json", one.history, "derived", "what was done with it")
            masked = self._shown(one.alert)
            shown.append((one, masked))
            for gap in one.alert.evidence.gaps:
                self._gaps[gap.from_, gap.until, gap.source] = gap
            drawn = report.chart(masked)
            if drawn is not None:
                self._add(
                    f"data/charts/{one.alert.id}.svg", drawn.encode(), "derived", "the price curve"
                )
        self._add(
            "data/alerts/versions.ndjson", versions, "derived",
            "the versions of the alerts: their leaves in the log, and the finding that tells the story",
        )  # fmt: skip
        since = min(one.alert.first_at for one in self._case.alerts)
        self._lost_alerts = lost.alerts_since(self._connection, since)
        if self._lost_alerts:
            self._json(
                "data/alerts/lost.json", self._lost_alerts, "derived",
                "records of the topic of alerts that nobody read, among which may be later versions",
            )  # fmt: skip
            self.notes += map(lost.told, self._lost_alerts)
        return shown

    def _shown(self, alert: Alert) -> Alert:
        """The alert as this copy may show it."""
        if not self._redacted:
            return alert
        return msgspec.convert(self._redaction.alert(msgspec.to_builtins(alert)), Alert)

    def _version(self, one: CaseAlert, number: int, body: bytes, path: str) -> bytes:
        leaf = one.leaves.get(number)
        told = self._shown(msgspec.json.decode(body, type=Alert))
        story = told.findings[told.story] if told.story < len(told.findings) else None
        line: dict[str, Any] = {
            "log": ledger.ALERTS,
            "alert": one.alert.id,
            "version": number,
            "leaf": None if leaf is None else leaf.leaf,
            "written": None if leaf is None else leaf.written,
            "sha256": hashlib.sha256(body).hexdigest() if leaf is None else leaf.sha256,
            "level": told.level,
            "hits": told.hits,
            "story": story,
        }
        if not self._redacted:
            line["file"] = path
        self._under(ledger.ALERTS, line["leaf"])
        return self._mask(msgspec.json.encode(line).decode()).encode() + b"\n"

    def _proofs(self) -> None:
        marked = set().union(*stamper.stamped(self._connection).values())
        signed = [
            head for head in heads.heads(self._connection) if head.number not in self._uncounted
        ]
        used: dict[str, heads.StoredHead] = {}
        logs = sorted(
            {*self._leaves, *self._before},
            key=lambda log: (log in (ledger.ALERTS, ledger.CAPTURES), log),
        ) or [ledger.EVENTS]
        proved: list[Proofs] = []
        for log in logs:
            proofs, files = prove(
                self._connection, log, sorted(self._leaves[log]), signed,
                before=self._before[log], stamped=marked,
            )  # fmt: skip
            used |= files
            proved.append(proofs)
        self.keys = {head.key for head in used.values()}
        self._fixed = Fixed.of(sorted(used.values(), key=lambda head: head.number))
        self._clocks.went_back = self._fixed.back
        for name, head in sorted(used.items()):
            self._add(f"data/proofs/{name}", head.note, "original", "a signed head of the log")
            for authority, (at, token) in stamper.tokens(self._connection, head.number).items():
                self._clocks.compare(authority, head, at, token)
                self._fixed.stamps += 1
                note = f"time stamp of {name} by {authority}"
                self._add(f"data/proofs/{name}.{authority}.tsr", token, "original", note)
        for number, proofs in enumerate(proved, 1):
            name = "inclusion.json" if number == 1 else f"inclusion-{number}.json"
            what = {
                ledger.ALERTS: "the versions of the alerts", ledger.CAPTURES: "the captures"
            }.get(proofs.log, "the records")  # fmt: skip
            note = f"that {what} were in the log"
            self._json(f"data/proofs/{name}", proofs, "derived", note)

    # The report

    def _report(
        self,
        alerts: list[tuple[CaseAlert, Alert]],
        gaps: list[WatchedGap],
        captures: list[ShownCapture],
        clocks: dict[str, Any],
    ) -> None:
        if self._case.lacking:
            self.notes.append(
                f"{len(self._case.lacking)} of {self._case.named} events that the alerts name are "
                "not in the log any more: of these there is the snapshot in the alert only"
            )
        listed = [self._roles[path] for path in sorted(self._roles)]
        self._json(
            "data/files.json", listed, "derived", "what is original, what is derived, by what"
        )
        listed = [self._roles[path] for path in sorted(self._roles)]
        context = report.context_of(
            self._case, alerts, gaps=gaps, sources=self._clocks.sources, counts=self._counts,
            files_=listed, engine=self._provenance.engine, redacted=self._redacted, captures=captures,
            left_out=len(self._case.captures) - len(captures), clocks=clocks,
            arrived=self._arrived, span=self.span, fixed=self._fixed,
            lost=sum(one.records for one in self._lost.values()),
            verdicts=self._provenance.verdicts,
            lost_alerts=sum(one.records for one in self._lost_alerts),
            not_here=self._lacking,
            pages=4 if report.has_pdf() else 2,
            parties=self._parties,
            orders=self._orders,
        )  # fmt: skip
        notes = {"report": "the report", "record": "draft of the extraction record"}
        pages = {name: report.html(f"{name}.html", context) for name in notes}
        drawn = pdf.draw(list(pages.values())) if report.has_pdf() else None
        if drawn is None:
            self.notes.append("no PDF: the extra livewatch[report] is not installed; HTML is there")
        for number, (name, page) in enumerate(pages.items()):
            self._add(f"data/report/{name}.html", page, "derived", notes[name])
            if drawn is not None:
                note = f"{notes[name]}, PDF/A-3b"
                self._add(f"data/report/{name}.pdf", drawn[number], "derived", note)


#: Holes of the log that are told one by one.
_HOLES = 20
_TYPES = {
    "csv": "text/csv", "html": "text/html", "json": "application/json",
    "ndjson": "application/x-ndjson", "pdf": "application/pdf", "svg": "image/svg+xml",
    "tsr": "application/timestamp-reply", "txt": "text/plain", "yaml": "application/yaml", "yml": "application/yaml",
    **media.TYPES,
}  # fmt: skip


def _event(data: bytes) -> Event | None:
    try:
        return decode(data)
    except InvalidEvent:
        return None
