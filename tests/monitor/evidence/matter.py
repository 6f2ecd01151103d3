"""A monitor's folder with one case in it: three rooms, two heads, an alert on a price in two versions."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import msgspec

from detectors.alerts import Alert, Evidence, Exemption, LawBasis, PricePoint, WatchedGap
from detectors.events import decode
from detectors.pack.versions import Versions
from monitor.archive.frames import Frames, frame_of
from monitor.config import Archive, Config
from monitor.config import Evidence as Settings
from monitor.evidence import bundle, kept_rules
from monitor.evidence.bundle import Exported
from monitor.evidence.capture_rows import CaptureRow
from monitor.evidence.captures import Captures, Supplied
from monitor.evidence.case import Request
from monitor.evidence.keeper import Keeper
from monitor.pipeline.log import Entry
from monitor.pipeline.sqlite import SqliteLog
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.build import BASE_MS, alert, chat, line, speech
from tests.patience import PATIENCE_S

VIEWER = "k1:aaaaaaaaaaaaaaaa"
MINUTE = 60_000


class Matter:
    """The folder, opened."""

    def __init__(self, folder: Path, *, chats: int = 60, kept: Path | None = None) -> None:
        """
        Args:
            kept: folder of an archive that keeps frames, too; some chats come by frames then.
        """
        self._open(folder)
        if kept is not None:
            archive = Archive(to="folder", folder=str(kept), raw=True)
            self.config = msgspec.structs.replace(self.config, archive=archive)
            self._append_frames()
        self._append(chats)
        self.alert = self._raise()

    @classmethod
    def again(cls, folder: Path, alert_id: str) -> Matter:
        """The same folder in another process."""
        opened = cls.__new__(cls)
        opened._open(folder)
        found = opened.store.get_alert(alert_id)
        assert found is not None
        opened.alert = found.alert
        return opened

    def _open(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.store = Store.open(folder / "livewatch.db")
        self.log = SqliteLog(self.store.database)
        self.config = Config(evidence=Settings(organisation="沙河市市场监督管理局"))
        self.keeper = Keeper(
            self.store.database, folder / "evidence" / "keys", self.config.evidence
        )
        self.rulebook = rulebook().only("low-show-high-settle")
        self.now = BASE_MS + 60 * MINUTE

    def _append(self, chats: int) -> None:
        half = chats // 2
        lines = [
            chat(f"c{n}", n, f"想要{n}", user=VIEWER, room=str(1 + n % 3)) for n in range(chats)
        ]
        lines[half:half] = [
            speech("s1", half, "这个面霜只要 129"),
            line("price", "p1", half, sku="C1", kind="asking", price=12_900, reference_price=19_900),
            line("price", "p2", half + 1, sku="C1", kind="transaction", price=14_900),
            chat("c-formula", half + 1, '=HYPERLINK("http://x","看")', user=VIEWER),
            line("gap", "g1", half + 2, **{"from": BASE_MS, "until": BASE_MS + 5_000}, reason="断线"),
            chat("late", 10_000, "很久以后"),
        ]  # fmt: skip
        for start in range(0, len(lines), 25):
            self._write(lines[start : start + 25])
            if start == 25:
                self.keeper.cover(BASE_MS + MINUTE)
        self.supply(picture(), at=BASE_MS + 35_000, note="结算页", name="结算.png")
        self.keeper.cover(BASE_MS + 2 * MINUTE)

    @property
    def captures(self) -> Captures:
        return Captures(self.store, self.folder / "evidence" / "captures", lambda: BASE_MS + MINUTE)

    def supply(self, data: bytes, **fields: Any) -> CaptureRow:
        """A screenshot that an officer brings."""
        values: dict[str, Any] = {
            "who": "何敏", "way": "command", "platform": "demo", "room": "1", "at": BASE_MS,
            "clock_ahead": 1_500,
        }  # fmt: skip
        with self.captures.door() as door:
            door.write(data)
            return self.captures.add(door, Supplied(**(values | fields)))[0]

    def _append_frames(self) -> None:
        """Three frames of two chats each, of a protocol of their own."""
        frames = [f"\0frame {n} 账号4711{n}".encode() * 9 for n in range(3)]
        keep = Frames(self.store.database)
        entries = [frame_of("demo:1", one) for one in frames]
        keep.keep(entries, source="relay", now=BASE_MS).result(PATIENCE_S)
        self._write(
            [chat(f"f{n}", n, f"报文{n}", user=VIEWER, raw=entries[n // 2].event) for n in range(6)]
        )

    def _write(self, lines: list[bytes]) -> None:
        events = [decode(one) for one in lines]
        entries = [
            Entry(f"{event.platform}:{event.room}", event.id, data)
            for event, data in zip(events, lines, strict=True)
        ]
        self.log.append(entries, source="http", now=BASE_MS + 1_000).result(PATIENCE_S)

    def _raise(self) -> Alert:
        trigger = [
            decode(line("price", "p1", 30, sku="C1", kind="asking", price=12_900)),
            decode(line("price", "p2", 31, sku="C1", kind="transaction", price=14_900)),
        ]
        evidence = Evidence(
            trigger=trigger,
            before=[decode(chat("c3", 3, "想要3", user=VIEWER))],
            numbers={"shown_fen": 12_900, "settled_fen": 14_900, "excess_fen": 2_000},
            gaps=[WatchedGap(from_=BASE_MS, until=BASE_MS + 5_000, reason="断线", source="relay")],
            prices=[
                PricePoint(at=BASE_MS, until=BASE_MS + 30_000, kind="asking", price=12_900, event="p1"),
                PricePoint(at=BASE_MS + 31_000, until=BASE_MS + 31_000, kind="transaction", price=14_900, event="p2"),
            ],
        )  # fmt: skip
        one = alert(
            "C1", t_s=31, rule="low-show-high-settle", focus="F6", level="watch", title="涉嫌低标高结",
            reason="展示价 129.00 元，结算价 149.00 元，高出 20.00 元", evidence=evidence,
            subject_title="山茶花滋润面霜", missing=["结算页面的截图"],
            law=[LawBasis(law="明码标价和禁止价格欺诈规定", article="第二十条", penalty="第二十三条", when="显眼处标价低")],
            exemptions=[Exemption(clause="会员价", met=False, why="未见会员条件")],
        )  # fmt: skip
        one.engine = Versions(self.rulebook).of(self.rulebook[one.rule].spec)
        kept_rules.keep(self.store.database, self.rulebook, BASE_MS)
        raised = msgspec.structs.replace(
            one, level="lead", hits=2, last_at=BASE_MS + 40_000, raised_at=BASE_MS + 50_000,
            reason="展示价 129.00 元，结算价 149.00 元，两次",
        )  # fmt: skip
        self.store.commit(Outcome(alerts=[one]), BASE_MS)
        self.store.commit(Outcome(alerts=[raised]), BASE_MS)
        self.store.transition(one.id, "acknowledged", "何敏", BASE_MS + MINUTE, note="已看")
        return raised

    def export(self, folder: Path, *, now: int | None = None, **fields: object) -> Exported:
        values = {
            "alerts": [self.alert.id],
            "who": "何敏",
            "why": "核查",
            "case": "沙市监〔2026〕12号",
        }
        return bundle.export(
            self.store, self.keeper, self.rulebook, self.config,
            Request(**(values | fields)), folder, self.now if now is None else now,  # type: ignore[arg-type]
        )  # fmt: skip

    def close(self) -> None:
        self.store.close()


def picture(colour: int = 0x3366CC, side: int = 8) -> bytes:
    """A PNG of one colour (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            len(data).to_bytes(4, "big") + kind + data
            + zlib.crc32(kind + data).to_bytes(4, "big")
        )  # fmt: skip

    row = b"\0" + colour.to_bytes(3, "big") * side
    size = side.to_bytes(4, "big")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + size + b"\x08\x02\0\0\0")
        + chunk(b"IDAT", zlib.compress(row * side)) + chunk(b"IEND", b"")
    )  # fmt: skip


def contents(path: Path) -> dict[str, bytes]:
    """The files of a bundle by their path within it."""
    with zipfile.ZipFile(path) as archive:
        return {
            entry.filename.partition("/")[2]: archive.read(entry) for entry in archive.infolist()
        }


def packed(files: dict[str, bytes], path: Path, *, name: str = "EV-x") -> Path:
    """A ZIP of these files, made by others."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data in files.items():
            archive.writestr(f"{name}/{file}", data)
    return path


def unpacked(files: dict[str, bytes], folder: Path) -> Path:
    """The same as a folder."""
    for file, data in files.items():
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def damaged(files: dict[str, bytes], path: str, how: str) -> dict[str, bytes]:
    """The bundle after somebody has been at one of its files."""
    others = dict(files)
    data = others.pop(path)
    match how:
        case "one byte changed":
            middle = len(data) // 2
            others[path] = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        case "one byte appended":
            others[path] = data + b"\n"
        case "removed":
            pass
        case "renamed":
            others[path + ".bak"] = data
        case "added beside":
            others[path] = data
            others[path + ".new"] = data
    return others


HOW = ("one byte changed", "one byte appended", "removed", "renamed", "added beside")
