"""`custody/custody.jsonl`: what a bundle has of the chain of custody, and the check of it.

It has the records of its case alone, so numbers may be missing and a link to a record that is not here
cannot be followed. The last record is that of the export itself: it names the bundle and its payload, and
says which records stand before it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.evidence import custody, forgotten
from monitor.evidence.findings import Remark
from monitor.store.chain import GENESIS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.evidence.custody import CustodyRecord
    from monitor.evidence.findings import Report
    from monitor.evidence.records import Place

__all__ = ["PATH", "check", "lines_of", "stated"]

PATH = "custody/custody.jsonl"
_MANIFEST = "manifest-sha256.txt"
_SEAL = "seal/tagmanifest-sha256.txt.p7s"


def lines_of(records: Sequence[CustodyRecord]) -> bytes:
    """These records as the file has them."""
    return b"".join(custody.line(one) + b"\n" for one in records)


def stated(before: bytes) -> dict[str, Any]:
    """What the record of an export says of the lines before it: how many, and their SHA-256."""
    return {"records": before.count(b"\n"), "sha256": hashlib.sha256(before).hexdigest()}


def check(
    report: Report, kept: Mapping[str, bytes], changed: Mapping[Place, str] | None = None
) -> None:
    """Notes in the report what of the file is not as it was written.

    Args:
        kept: bytes of files outside of the payload, by path.
        changed: records that say that taking out a viewer has changed them, and the file of each.
    """
    text = kept.get(PATH, b"")
    *lines, rest = text.split(b"\n")
    if rest:
        report.tell(PATH, "custody", "the last line breaks off", "最后一行不完整")
    records: list[CustodyRecord] = []
    for number, line in enumerate(lines, 1):
        try:
            record = msgspec.json.decode(line, type=custody.CustodyRecord)
        except msgspec.MsgspecError as error:
            report.tell(
                PATH, "custody", f"line {number}: {error}", f"第 {number} 行不能读：{error}"
            )
            continue
        if not custody.is_intact(record) or custody.line(record) != line:
            report.tell(
                PATH,
                "custody",
                f"record {record.number} was changed",
                f"第 {record.number} 号监管记录被改动",
            )
        if record.subject not in report.subjects:
            report.subjects.append(record.subject)
        _link(report, records[-1] if records else None, record)
        records.append(record)
    report.custody = len(records)
    last = records[-1].detail.get("alerts") if records and records[-1].act == "exported" else None
    if isinstance(last, list) and last:
        # Records that stand under another alert are here, too, where they are of several.
        report.subjects = [f"alert:{alert}" for alert in last if isinstance(alert, str)]
    _export(report, kept, records[-1] if records else None, text)
    _forgotten(report, kept, records, changed or {})


def _link(report: Report, before: CustodyRecord | None, record: CustodyRecord) -> None:
    """Holds a record against the one before it, as far as that is in the bundle."""
    last = before.number if before is not None else 0
    if record.number <= last:
        report.tell(
            PATH, "custody", f"record {record.number} stands behind record {last}",
            f"第 {record.number} 号监管记录排在第 {last} 号之后",
        )  # fmt: skip
    elif record.number == last + 1:
        if record.previous != (before.hash if before is not None else GENESIS):
            report.tell(
                PATH, "custody", f"record {record.number} does not follow record {last}",
                f"第 {record.number} 号监管记录与第 {last} 号不衔接",
            )  # fmt: skip
    else:
        report.custody_elsewhere += record.number - last - 1


def _export(
    report: Report, kept: Mapping[str, bytes], last: CustodyRecord | None, text: bytes
) -> None:
    """Holds the record of the export against the bundle and against the lines before it."""
    if last is None or last.act != "exported":
        report.tell(
            PATH, "custody", "the record of the export is not there: it has to be the last",
            "没有本次导出的监管记录：它应为最后一条",
        )  # fmt: skip
        return
    payload = hashlib.sha256(kept.get(_MANIFEST, b"")).hexdigest()
    told = last.detail
    if (told.get("bundle"), told.get("payload_sha256")) != (report.bundle, payload):
        report.tell(
            PATH, "custody", f"record {last.number} is the export of another bundle",
            f"第 {last.number} 号监管记录所记的是另一个证据包的导出",
        )  # fmt: skip
    before = text[: text.rstrip(b"\n").rfind(b"\n") + 1]
    if "custody" not in told:
        report.remarks.append(
            Remark(
                PATH, "custody",
                "this bundle, of an older version, does not state which records of custody it has:"
                " whether one was left out is to be asked of the office",
                "本包由较早的版本制作，没有说明应有哪些监管记录：是否缺少，请制作机关出示全部记录核对",
            )
        )  # fmt: skip
    elif told["custody"] != stated(before):
        report.tell(
            PATH, "custody", "there are other records than the export states",
            "监管记录与导出时所记的不同",
        )  # fmt: skip


def _forgotten(
    report: Report,
    kept: Mapping[str, bytes],
    records: Sequence[CustodyRecord],
    changed: Mapping[Place, str],
) -> None:
    """Holds the records that were changed against what custody names as changed."""
    intact = [record for record in records if custody.is_intact(record)]
    unnamed = sorted(changed.keys() - forgotten.places(intact))
    if not unnamed:
        return
    # Without its seal anybody can have taken out what the export states.
    if records[-1:] and "forgotten" not in records[-1].detail and _SEAL in kept:
        report.remarks.append(
            Remark(
                PATH, "custody",
                f"{len(unnamed)} records say that they were changed when a viewer was taken out; this bundle,"
                " of an older version, has no record of custody of that: it is to be asked of the office",
                f"{len(unnamed)} 条记录注明因依法删除某观众的信息而改动；本包由较早的版本制作，没有收入相应的监管记录："
                "请制作机关出示核对",
            )
        )  # fmt: skip
        return
    report.forgotten -= len(unnamed)
    report.unexplained += len(unnamed)
    for place in unnamed:
        report.tell(
            changed[place], "changed",
            f"record {place.position} is not the one that arrived, and no record of custody names it as"
            " changed when a viewer was taken out",
            f"第 {place.position} 号记录与收到时不符，而没有监管记录说明它因依法删除观众的信息而改动",
        )  # fmt: skip
