"""The leaves that records, versions of alerts and captures in a bundle stand for, read line by line."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter, defaultdict
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from monitor.evidence import forgotten, ledger
from monitor.evidence.capture_rows import leaf_of
from monitor.evidence.merkle import leaf_hash
from monitor.evidence.records import Place
from monitor.evidence.versions import VersionLeaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from monitor.evidence.findings import Report

__all__ = ["CAPTURES", "FRAMES", "RECORDS", "VERSIONS", "Leaves"]

RECORDS = "data/events/records.ndjson"
FRAMES = "data/frames/frames.ndjson"
VERSIONS = "data/alerts/versions.ndjson"
CAPTURES = "data/captures/captures.ndjson"


class _Record(Struct):
    log: str
    position: int
    arrived: int
    sha256: str
    leaf: int | None
    data: str | None = None
    leaf_hash: str | None = None
    changed: str | None = None


class _Version(Struct):
    alert: str
    version: int
    leaf: int | None
    written: int | None
    sha256: str
    file: str | None = None


class _Capture(Struct):
    number: int
    leaf: int
    received: int
    sha256: str
    told: str
    file: str | None = None
    record: str | None = None


class Leaves:
    """Collects them; what is no line of its file is noted."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.by_log: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        """Number and hash of each."""
        self.changed: dict[Place, str] = {}
        """Records that are not as they arrived, since a viewer was taken out, as they say; with their file."""
        self.unshown: dict[str, set[int]] = defaultdict(set)
        """Leaves of records that are not as they arrived, by log: the proof is of what stood there."""
        self.before: Counter[str] = Counter()
        """Records that say that they are older than their log."""
        self._files: dict[str, str] = {}
        """Versions and captures that are files of the bundle, with their SHA-256."""

    def tapped(self, path: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The blocks of a file as they are, and each line looked at as it goes by."""
        takers: dict[str, Callable[[bytes], None]] = {
            RECORDS: partial(self._record, path), FRAMES: partial(self._record, path),
            VERSIONS: self._version, CAPTURES: self._capture,
        }  # fmt: skip
        take = takers[path]
        rest, number = b"", 0
        for block in blocks:
            yield block
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                number += 1
                try:
                    take(line)
                except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
                    self._report.tell(
                        path, "format", f"line {number}: {error}",
                        f"第 {number} 行不能读：{error}",
                    )  # fmt: skip
        if rest:
            self._report.tell(path, "format", "the last line has no end", "最后一行不完整")

    def _record(self, path: str, text: bytes) -> None:
        report = self._report
        if path == FRAMES:
            report.frames += 1
        else:
            report.records += 1
        line = msgspec.json.decode(text, type=_Record)
        data = None if line.data is None else base64.b64decode(line.data, validate=True)
        told = None if line.leaf_hash is None else bytes.fromhex(line.leaf_hash)
        if data is not None and hashlib.sha256(data).hexdigest() != line.sha256:
            report.tell(
                path, "changed", f"record {line.position} is not what its digest says",
                f"第 {line.position} 号记录与其校验值不符",
            )  # fmt: skip
        if line.leaf is None:
            report.unproved += 1
            self.before[line.log] += 1
            return
        if line.changed is not None and told is not None:
            self.by_log[line.log].append((line.leaf, told))
            self.unshown[line.log].add(line.leaf)
            place = Place(line.log, line.position)
            if line.changed != forgotten.FORGOTTEN:
                report.unexplained += 1
                report.tell(
                    path, "changed",
                    f"record {line.position} is not the one that arrived, and nobody has said why",
                    f"第 {line.position} 号记录与收到时不符，原因不明",
                )  # fmt: skip
            elif data is not None and forgotten.is_speech(data):
                report.unexplained += 1
                report.tell(
                    path, "changed",
                    f"record {line.position} is what was said in the room: taking out a viewer does not"
                    " change it",
                    f"第 {line.position} 号记录是直播间中所说的话：删除观众的信息不会改动它",
                )  # fmt: skip
            else:
                report.forgotten += 1
                self.changed[place] = path
            return
        said = (
            f'{{"arrived":{line.arrived},"log":"{line.log}","position":{line.position},'
            f'"sha256":"{line.sha256}"}}'
        )
        self.by_log[line.log].append((line.leaf, leaf_hash(said.encode())))

    def _version(self, text: bytes) -> None:
        line = msgspec.json.decode(text, type=_Version)
        if line.file is not None:
            self._files[line.file] = line.sha256
        if line.leaf is None or line.written is None:
            self.before[ledger.ALERTS] += 1
            return
        leaf = VersionLeaf(line.version, line.leaf, line.written, line.sha256)
        self.by_log[ledger.ALERTS].append((line.leaf, leaf.hashed(line.alert)))

    def _capture(self, text: bytes) -> None:
        line = msgspec.json.decode(text, type=_Capture)
        if line.file is not None:
            self._files[line.file] = line.sha256
        if line.record is not None:
            self._files[line.record] = line.told
        hashed = leaf_of(line.number, line.received, line.sha256, line.told)
        self.by_log[ledger.CAPTURES].append((line.leaf, hashed))

    def check_files(self, digests: Mapping[str, Mapping[str, str]]) -> None:
        """Holds the versions and captures that are files against the digests under their leaves."""
        for path, wanted in sorted(self._files.items()):
            if digests.get(path, {}).get("sha256") != wanted:
                self._report.tell(
                    path, "changed", "it is not the one that has a leaf", "不是日志中有叶子的那一份"
                )
