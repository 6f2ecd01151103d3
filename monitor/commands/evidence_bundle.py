"""`livewatch evidence export` and `verify`: bundles are written and checked."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from detectors.calendar import in_beijing
from monitor.commands.answer import answer, print_json
from monitor.commands.evidence import opened
from monitor.commands.exits import Exit
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.archive.depot import Depot
    from monitor.config import Config
    from monitor.evidence.case import Request
    from monitor.evidence.frames import Late
    from monitor.evidence.verify import Report, Verdict
    from monitor.store.store import Store

__all__ = [
    "approve_export",
    "export_bundle",
    "hand_over",
    "list_custody",
    "rerun_bundle",
    "stamp_bundle",
    "verify_bundle",
]

_EXITS: dict[Verdict, Exit] = {
    "valid": Exit.DONE,
    "invalid": Exit.CHECK_FAILED,
    "seal-untrusted": Exit.SEAL_UNTRUSTED,
    "incomplete": Exit.INCOMPLETE,
}
#: What the check shows, and what no check of a bundle can.
_SHOWN = (
    "核验表明：文件自封签后没有变，记录自日志头签名后没有变。不表明：封签的密钥属于谁（请比对指纹）；记录到达监测"
    "主机之前是否真实、齐全；未监测的时段里发生了什么；没有时间戳时，所记的时间是否准确；告警的判断是否成立。"
)
_VERDICTS: dict[Verdict, str] = {
    "valid": "一致：各项相符，封签的证书为所信任",
    "invalid": "不一致：证据包被改动、缺失或者多出文件",
    "seal-untrusted": "尚不能认定：各项彼此相符，而封签的证书未被信任（以 --trust 指明），改动后重新封签的包也会如此",
    "incomplete": "不完整：现有文件一致，缺少应有的封签",
}


def export_bundle(
    config: Path | None,
    data: Path | None,
    out: Path,
    *,
    alerts: Sequence[str],
    who: str,
    why: str,
    case: str,
    redacted: bool,
    as_json: bool = False,
) -> Exit:
    """Writes a bundle; without a data directory one of the demo evening."""
    from monitor.evidence.case import Request

    request = Request(alerts=list(alerts), who=who, why=why, case=case, redacted=redacted)
    if data is None:
        with tempfile.TemporaryDirectory(prefix="livewatch-demo-") as folder:
            found = _demo(Path(folder))
            request = msgspec.structs.replace(request, alerts=[found])
            return _export(config, Path(folder), out, request, as_json=as_json)
    return _export(config, data, out, request, as_json=as_json)


def _export(config: Path | None, data: Path, out: Path, request: Request, *, as_json: bool) -> Exit:
    def work(store: Store, settings: Config) -> Exit:
        from monitor.archive.depot import DepotError
        from monitor.commands.progress import progress
        from monitor.evidence.approval import ApprovalMissing, ask
        from monitor.evidence.bundle import export
        from monitor.evidence.case import NoSuchAlert
        from monitor.evidence.keeper import Keeper, captures_folder, keys_folder
        from monitor.pipeline.worker import wall_clock_ms
        from monitor.rulebooks import rulebook_of

        keeper = Keeper(store.database, keys_folder(data, settings.evidence), settings.evidence)
        rulebook = rulebook_of(settings.rules, data=data, warn=False)
        try:
            lacks, depot, late = _collected(settings, store, data, request.alerts)
            with progress("records", 0) as show:
                done = export(
                    store, keeper, rulebook, settings, request, out, wall_clock_ms(),
                    tell=lambda number, _: show(number),
                    captures=captures_folder(data, settings.evidence), depot=depot, late=late,
                )  # fmt: skip
        except NoSuchAlert as error:
            print(f"livewatch evidence export: {error}", file=sys.stderr)
            return Exit.USAGE
        except ApprovalMissing as error:
            ask(store, request.alerts, request.who, request.why, wall_clock_ms())
            print(
                f"livewatch evidence export: {error}: livewatch evidence approve --data {data}"
                + "".join(f" --alert {alert}" for alert in sorted(request.alerts))
                + " --who NAME. It is noted that you asked. A redacted copy needs nobody",
                file=sys.stderr,
            )
            return Exit.CHECK_FAILED
        except (OSError, ValueError, DepotError) as error:
            print(
                f"livewatch evidence export: no bundle was written: {error}. The records are not"
                " affected",
                file=sys.stderr,
            )
            return Exit.UNREACHABLE
        for note in [lacks, *done.notes] if lacks else done.notes:
            print(f"livewatch evidence export: {note}", file=sys.stderr)
        says = f"{done.path}: {done.records:,} records, {done.bytes:,} bytes"
        answer(done, says, f"payload {done.payload}", as_json=as_json)
        return Exit.DONE

    return opened("export", config, data, work)


def _collected(
    settings: Config, store: Store, data: Path, alerts: Sequence[str]
) -> tuple[str, Depot | None, Late | None]:
    """Has the records of the alerts' rooms held where they are in Kafka; what could not be had, the
    archive, and what reads the frames that wait for it in Kafka."""
    from monitor.archive.depot import depot_of
    from monitor.evidence import ledger

    depot = depot_of(settings.archive, data)
    with store.database.read() as connection:
        if not ledger.of_topics(connection):
            return "", depot, None
    from monitor.pipeline.kafka.collecting import collect
    from monitor.pipeline.kafka.topic_supply import late_frames

    lacks = collect(settings.kafka, store, alerts, depot=depot)
    return lacks, depot, late_frames(settings)


def _demo(folder: Path) -> str:
    """Plays the demo evening into a monitor in a folder; the id of an alert on a price."""
    from detectors.events import encode, room_key
    from monitor.config import Config
    from monitor.demo.recording import record
    from monitor.pipeline.log import Entry
    from monitor.runtime import Runtime

    print("livewatch evidence export: playing the demo evening", file=sys.stderr)
    runtime = Runtime(folder, Config())
    runtime.keeper.begin("monitor", runtime.rulebook, runtime.config, runtime.clock())
    events = record().events
    for start in range(0, len(events), 2_000):
        some = events[start : start + 2_000]
        runtime.log.append(
            [Entry(room_key(one.platform, one.room), one.id, encode(one)) for one in some],
            source="demo",
            now=some[-1].at,
        ).result()
        while runtime.worker.round():
            pass
    alerts = [row.alert for row in runtime.store.list_alerts(limit=500).items]
    runtime.stop()
    leads = [alert for alert in alerts if alert.level == "lead"] or alerts
    return next((alert for alert in leads if alert.evidence.prices), leads[0]).id


def approve_export(
    config: Path | None,
    data: Path,
    alerts: Sequence[str],
    who: str,
    why: str,
    *,
    as_json: bool = False,
) -> Exit:
    """A second person approves an export."""

    def work(store: Store, settings: Config) -> Exit:
        from monitor.evidence.approval import ApprovalMissing, approve
        from monitor.pipeline.worker import wall_clock_ms

        try:
            asked = approve(store, alerts, who, why, wall_clock_ms())
        except ApprovalMissing as error:
            print(f"livewatch evidence approve: {error}", file=sys.stderr)
            return Exit.CHECK_FAILED
        says = f"approved: {asked} may export it once within a day"
        answer({"alerts": list(alerts), "asked": asked, "approved": who}, says, as_json=as_json)
        return Exit.DONE

    return opened("approve", config, data, work)


def hand_over(
    config: Path | None, data: Path, bundle: Path, to: str, who: str, why: str, *,
    as_json: bool = False,
) -> Exit:  # fmt: skip
    """Notes that a bundle was handed over; which one, by its seal."""
    from monitor.evidence.unpack import BadBundle
    from monitor.evidence.verify import verify

    try:
        report = verify(bundle)
    except (BadBundle, OSError) as error:
        print(f"livewatch evidence handover: {bundle}: {error}", file=sys.stderr)
        return Exit.USAGE
    if report.verdict == "invalid":
        print("livewatch evidence handover: the bundle does not hold: verify it", file=sys.stderr)
        return Exit.CHECK_FAILED

    def work(store: Store, settings: Config) -> Exit:
        from monitor.pipeline.worker import wall_clock_ms

        for subject in report.subjects:
            store.note_custody(
                "handed-over", who=who, at=wall_clock_ms(), subject=subject, why=why,
                detail={"bundle": report.bundle, "sealed": report.sealed, "to": to},
            )  # fmt: skip
        says = f"{report.bundle} to {to}: noted in custody"
        answer({"bundle": report.bundle, "to": to, "who": who}, says, as_json=as_json)
        return Exit.DONE

    return opened("handover", config, data, work)


def list_custody(config: Path | None, data: Path, alert: str | None, *, as_json: bool) -> Exit:
    """Prints the chain of custody, or what it says of an alert."""

    def work(store: Store, settings: Config) -> Exit:
        from monitor.evidence import custody

        with store.database.read() as connection:
            found = (
                custody.of(connection, [f"alert:{alert}"]) if alert else custody.records(connection)
            )
        found = list(found)
        if as_json:
            print_json(found)
            return Exit.DONE
        for one in found:
            detail = msgspec.json.encode(one.detail).decode() if one.detail else ""
            moment = datetime.fromtimestamp(one.at / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            print(
                f"{one.number}  {moment}  {one.who}  {one.act}  {one.subject}  {one.why}  {detail}"
            )
        return Exit.DONE

    return opened("custody", config, data, work)


def stamp_bundle(config: Path | None, bundle: Path, *, as_json: bool = False) -> Exit:
    """Adds the time stamps that a bundle still lacks."""
    import os

    from monitor.config import load_config
    from monitor.evidence.bag import add_later
    from monitor.evidence.stamps import BadStamp, stamp
    from monitor.evidence.unpack import BadBundle, Opened

    added: list[str] = []
    missing: list[str] = []
    try:
        for authority in load_config(config, os.environ).evidence.authorities:
            path = f"seal/tagmanifest-sha256.txt.{authority.name}.tsr"
            with Opened(bundle) as opened:
                if path in opened.paths:
                    continue
                sealed = opened.read("tagmanifest-sha256.txt")
            try:
                add_later(bundle, path, stamp(authority, sealed))
                added.append(authority.name)
            except BadStamp as error:
                missing.append(authority.name)
                print(f"livewatch evidence stamp: {authority.name}: {error}", file=sys.stderr)
    except ConfigError as error:
        print(f"livewatch evidence stamp: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (OSError, BadBundle) as error:
        print(f"livewatch evidence stamp: {bundle}: {error}", file=sys.stderr)
        return Exit.USAGE
    lines = [f"{bundle}: time stamp of {name}" for name in added]
    answer({"added": added, "missing": missing}, *lines, as_json=as_json)
    return Exit.UNREACHABLE if missing else Exit.DONE


def verify_bundle(
    bundle: Path,
    trust: Sequence[Path],
    authorities: Sequence[Path],
    revoked: Path | None,
    *,
    as_json: bool,
) -> Exit:
    """Checks a bundle and prints what was found."""
    from cryptography import x509

    from monitor.evidence.keys import KeyEntry
    from monitor.evidence.unpack import BadBundle
    from monitor.evidence.verify import Report, verify

    try:
        roots, tsa = (
            [one for path in paths for one in x509.load_pem_x509_certificates(path.read_bytes())]
            for paths in (trust, authorities)
        )
    except (OSError, ValueError) as error:
        print(f"livewatch evidence verify: no certificate to trust: {error}", file=sys.stderr)
        return Exit.USAGE
    keys: list[KeyEntry] = []
    if revoked is not None:
        try:
            keys = msgspec.json.decode(revoked.read_bytes(), type=list[KeyEntry])
        except (OSError, msgspec.MsgspecError) as error:
            print(f"livewatch evidence verify: no list of keys: {error}", file=sys.stderr)
            return Exit.USAGE
    try:
        report = verify(bundle, trusted=roots, authorities=tsa, revoked=keys)
    except BadBundle as error:
        report = Report.refused(error)
    except OSError as error:
        print(f"livewatch evidence verify: cannot read {bundle}: {error.strerror}", file=sys.stderr)
        return Exit.USAGE
    if as_json:
        print_json(report)
    else:
        _print(bundle, report)
    return _EXITS[report.verdict]


def rerun_bundle(config: Path | None, bundle: Path, *, as_json: bool) -> Exit:
    """Runs the records of a bundle through the rules of its verdicts again, unless the bundle was changed:
    what records give that nobody vouches for says nothing."""
    from monitor.evidence.rerun import rerun
    from monitor.evidence.unpack import BadBundle
    from monitor.evidence.verify import verify
    from monitor.rulebooks import rulebook_for

    try:
        if verify(bundle).verdict == "invalid":
            print(
                f"livewatch evidence rerun: {bundle} does not hold: livewatch evidence verify says where",
                file=sys.stderr,
            )
            return Exit.CHECK_FAILED
        found = rerun(bundle, rulebook_for(config))
    except ConfigError as error:
        print(f"livewatch evidence rerun: {error}", file=sys.stderr)
        return Exit.CONFIGURATION
    except (OSError, BadBundle, msgspec.MsgspecError) as error:
        print(f"livewatch evidence rerun: {bundle}: {error}", file=sys.stderr)
        return Exit.USAGE
    if as_json:
        print_json(found)
    else:
        for one in found:
            print(
                f"{one.alert}　{one.rule}　{'结论相同' if one.same else '结论不同，或者无法重算'}"
                f"（{'告警时的规则' if one.by == 'verdict' else '现有的规则'}）"
            )
            for line in one.says:
                print(f"　　{line}")
    return Exit.DONE if all(one.same for one in found) else Exit.CHECK_FAILED


def _concluded(report: Report) -> str:
    """The verdict in words, and which records the check does not show to be as they arrived."""
    said = _VERDICTS[report.verdict]
    if not report.forgotten:
        return said
    return f"{said}；另有 {report.forgotten:,} 条记录因依法删除观众信息而改动，现有内容没有证明"


def _print(bundle: Path, report: Report) -> None:
    print(f"校验报告　{bundle.name}")
    if report.bundle:
        print(f"编号　　　{report.bundle}")
    print(f"结论　　　{_concluded(report)}")
    print(f"文件　　　{report.files} 个，{report.bytes:,} 字节（{'、'.join(report.algorithms)}）")
    print(
        f"原始记录　{report.records:,} 条：{report.proved:,} 条在有签名的日志头之下，"
        f"{report.unproved:,} 条早于日志，{report.forgotten:,} 条因删除观众信息而改动（现有内容没有证明），"
        f"{report.unexplained:,} 条与收到时不符而原因不明"
    )
    if report.frames:
        print(f"原始报文　{report.frames:,} 个，逐字节保存")
    print(f"告警版本　{report.versions} 个在有签名的日志头之下")
    if report.rules:
        print(f"规则　　　{report.rules} 套，校验值与告警所指明的一致")
    if report.captures:
        print(f"截图录像　{report.captures} 个在有签名的日志头之下")
    if report.heads:
        first, last = _local(report.heads[0]), _local(report.heads[-1])
        print(f"日志头　　{len(report.heads)} 个，{first} 至 {last}")
    print(f"未监测　　{report.gaps} 段")
    if report.lacking:
        print(f"未收入　　{report.lacking} 项，见报告第五部分和 data/gaps.json")
    print(
        f"导出　　　{report.operator}，{_local(report.exported)}；监管记录 {report.custody} 条"
        f"（监管链其间另有 {report.custody_elsewhere:,} 条不在本包）"
    )
    for stamp in report.stamps:
        trusted = "机构的根证书为所信任" if stamp.trusted else stamp.why
        print(f"时间戳　　{_local(stamp.at)}　{stamp.path}：{trusted}")
    if report.sealed:
        print(f"封签对象　tagmanifest-sha256.txt，SHA-256 {report.sealed}")
    print(f"封签公钥　{report.seal or '无'}")
    for remark in report.remarks:
        print(f"注意　　　{remark.says_zh}")
    for one in sorted(report.findings, key=lambda one: one.what == "gone"):
        print(f"问题　　　{one.path or bundle.name}：{one.says_zh}（{one.what}）")
    if (more := sum(report.kinds.values()) - len(report.findings)) > 0:
        counts = "、".join(f"{kind} {count:,}" for kind, count in sorted(report.kinds.items()))
        print(f"问题　　　另有 {more:,} 个没有逐个列出；各类共：{counts}")
    if report.verdict in ("valid", "seal-untrusted"):
        print(f"说明　　　{_SHOWN}")


def _local(moment: str) -> str:
    """A time of the bundle in Beijing's; what is no time stays as it is written."""
    try:
        at = datetime.fromisoformat(moment)
        return f"{in_beijing(int(at.timestamp() * 1_000)):%Y-%m-%d %H:%M:%S}（北京时间）"
    except (ValueError, OverflowError):
        return moment
