"""`custody/custody.html`: the records of custody in a bundle as a page, for those who read no JSON.

It lies beside `custody.jsonl` among the tag files: the last record is the export itself, so it cannot be in
the payload. What counts is the line there, whose hash the chain carries on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.desk.formats import Formats
from monitor.desk.language import language
from monitor.evidence import report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.evidence.custody import CustodyRecord

__all__ = ["PATH", "page"]

PATH = "custody/custody.html"
_SUBJECTS = {
    "alert": "告警", "capture": "截图、录像", "room": "直播间", "key": "密钥", "bundle": "证据包",
    "session": "场次", "archive": "档案", "hold": "保全",
}  # fmt: skip
#: What of a record's detail is told; all of it is in the line.
_DETAILS = {
    "bundle": "证据包", "payload_sha256": "manifest-sha256.txt 的 SHA-256", "case": "案号",
    "alerts": "告警", "redacted": "脱敏副本", "approved_by": "批准人", "to": "接收人",
    "sealed": "封签所盖清单的 SHA-256", "sha256": "文件的 SHA-256", "fingerprint": "公钥指纹",
    "what": "所看的内容", "asked": "申请人", "hold": "保全编号", "rooms": "直播间", "request": "申请编号",
    "process": "进程", "verdict": "核验结论",
}  # fmt: skip


def page(
    records: Sequence[CustodyRecord],
    bundle: str,
    system: str,
    shown: Callable[[str], str],
    *,
    redacted: bool,
) -> bytes:
    """The page, complete in itself and without any script.

    Args:
        records: those in `custody.jsonl`, in its order.
        system: the machine that exports.
        shown: what a free text is as this copy may show it.
    """
    f = Formats(language("zh_CN"), 0)
    rows = [_row(record, f, shown) for record in records]
    return report.html(
        "custody.html", {"rows": rows, "bundle": bundle, "system": system, "redacted": redacted}
    )


def _row(record: CustodyRecord, f: Formats, shown: Callable[[str], str]) -> dict[str, Any]:
    say, role = f.language.say, record.role
    kind, _, name = record.subject.partition(":")
    return {
        "number": record.number,
        "time": f.full(record.at),
        "who": shown(record.who),
        "role": (say(f"role.{role}") if f.language.has(f"role.{role}") else role) if role else "",
        "act": say(f"custody.{record.act}"),
        "subject": f"{_SUBJECTS.get(kind, kind)} {shown(name)}".strip(),
        "why": shown(record.why),
        "details": [
            (words, shown(_written(record.detail[key])))
            for key, words in _DETAILS.items()
            if record.detail.get(key) not in (None, "", [])
        ],
        "version": record.version,
    }


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
