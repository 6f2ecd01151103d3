"""Bundles: what is in them, that others can check them, that a half one is never offered."""

from __future__ import annotations

import base64
import csv
import errno
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import bagit
import msgspec
import pytest
import yaml
from sqlalchemy import Connection
from typer.testing import CliRunner

from detectors.alerts import Evidence, Found, Leniency, Precondition, Related, Sighting
from detectors.events import decode
from detectors.pack.versions import Versions
from monitor.cli import app
from monitor.commands import evidence_bundle as command
from monitor.commands.exits import Exit
from monitor.evidence import bag, custody, holes, lost, payload, report
from monitor.evidence.audit import audit
from monitor.evidence.bundle import Exported
from monitor.evidence.case import NoSuchAlert
from monitor.evidence.keys import KeyFolder
from monitor.evidence.standing import standing_of
from monitor.evidence.verify import verify
from monitor.pipeline.log import Entry
from monitor.store.rows import Outcome
from tests.monitor.build import BASE_MS, alert, chat, line, speech
from tests.monitor.evidence.matter import VIEWER, Matter, contents, unpacked
from tests.patience import PATIENCE_S


@pytest.fixture(scope="module")
def matter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matter]:
    opened = Matter(tmp_path_factory.mktemp("matter"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def exported(matter: Matter, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return matter.export(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def whole(exported: Exported) -> Path:
    return Path(exported.path)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PDF, whose drawing takes seconds."""
    monkeypatch.setattr(report, "has_pdf", lambda: False)


def records(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["data/events/records.ndjson"].splitlines()]


# What is in it


@pytest.mark.slow(3)
def test_records_are_there_byte_for_byte_as_they_arrived(matter: Matter, whole: Path) -> None:
    found = records(contents(whole))
    with matter.store.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT position, arrived, data FROM event_log WHERE room = 'demo:1' ORDER BY position"
        ).fetchall()
    # One is of hours later.
    assert [(one["position"], one["arrived"], base64.b64decode(one["data"])) for one in found] == [
        tuple(row) for row in rows if b"late" not in row.data
    ]
    assert all(
        hashlib.sha256(base64.b64decode(one["data"])).hexdigest() == one["sha256"] for one in found
    )
    assert not any(b'"late"' in base64.b64decode(one["data"]) for one in found)


@pytest.mark.slow
def test_every_version_of_the_alert_is_in_it_and_what_was_done(matter: Matter, whole: Path) -> None:
    files = contents(whole)
    place = f"data/alerts/{matter.alert.id}"
    levels = [json.loads(files[f"{place}/v{n:03d}.json"])["level"] for n in (1, 2)]
    assert levels == ["watch", "lead"]
    [step] = json.loads(files[f"{place}/handling.json"])
    assert (step["who"], step["new"], step["note"]) == ("何敏", "acknowledged", "已看")


@pytest.mark.slow
def test_the_rule_the_configuration_and_the_gaps_are_in_it(matter: Matter, whole: Path) -> None:
    files = contents(whole)
    rule = yaml.safe_load(files["data/rules/low-show-high-settle.yaml"])
    assert rule["id"] == "low-show-high-settle"
    spec = matter.rulebook[rule["id"]].spec
    assert {name: one["value"] for name, one in rule["thresholds"].items()} == {
        name: one.value for name, one in spec.thresholds.items()
    }
    assert rule["patterns"] == spec.patterns
    assert set(rule["law_table"]) == {basis.ref for basis in spec.law}
    assert "pipeline" in json.loads(files["data/configuration.json"])
    # The alert's own and the one among the records.
    sources = {gap.get("source") for gap in json.loads(files["data/gaps.json"])}
    assert sources == {None, "relay"}
    assert json.loads(files["data/clock.json"])["sources"]["http"]["arrived_minus_at"]["count"] > 10


@pytest.mark.slow
def test_tables_are_readable_and_no_spreadsheet_runs_them(whole: Path) -> None:
    text = contents(whole)["data/events/chat.csv"].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][0] == "位置"
    cells = [cell for row in rows[1:] for cell in row]
    assert '\'=HYPERLINK("http://x","看")' in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "＝")) for cell in cells)
    prices = contents(whole)["data/events/prices.csv"].decode("utf-8-sig")
    assert "129.00" in prices
    assert "149.00" in prices


@pytest.mark.slow
def test_each_file_says_whether_it_is_original_or_derived(whole: Path) -> None:
    files = contents(whole)
    listed = {one["path"]: one for one in json.loads(files["data/files.json"])}
    roles = {path: one["role"] for path, one in listed.items()}
    assert roles["data/events/records.ndjson"] == "original"
    assert roles["data/events/chat.csv"] == "derived"
    for path, one in listed.items():
        assert one["sha256"] == hashlib.sha256(files[path]).hexdigest()
        assert one["bytes"] == len(files[path])


@pytest.mark.slow
def test_the_report_says_it_all_on_its_first_page(whole: Path) -> None:
    page = contents(whole)["data/report/report.html"].decode()
    for words in (
        "电子数据取证报告（线索）", "涉嫌低标高结", "两次", "直播间 1，", "是线索，不是认定", "结算页面的截图",
        "断线", "明码标价和禁止价格欺诈规定", "会员价", "<svg", "verify/verify.html", "价格监管",
        "没有第三方时间戳", "截图、录像 1 件", "待确认 → 已确认", "拍摄经过的书面说明",
    ):  # fmt: skip
        assert words in page, words
    assert "<script" not in page
    assert "违法行为成立" not in page
    # What an officer has to know before anything else stands before the first part.
    opening = page[: page.index("一、告警与依据")]
    for words in (
        "可能适用的条款",
        "何时固定",
        "没有看到什么",
        "还须补充",
        "怎样核验",
        "山茶花滋润面霜",
    ):
        assert words in opening, words
    draft = contents(whole)["data/report/record.html"].decode()
    for words in ("软件采集的时间", "已向当事人出示执法证件", "原始", "没有第三方时间戳"):
        assert words in draft, words
    assert draft.count('class="blank"') >= 12


@pytest.mark.slow
def test_the_time_that_the_data_cover_is_that_of_the_records(tmp_path: Path, plain: None) -> None:
    """It was the instant of the hit, and whether anything was not watched was asked of that alone."""
    matter = Matter(tmp_path / "matter")
    matter.alert = msgspec.structs.replace(
        matter.alert, first_at=BASE_MS + 40_000, last_at=BASE_MS + 40_000, version=3
    )
    matter.store.commit(Outcome(alerts=[matter.alert]), BASE_MS)
    files = contents(Path(matter.export(tmp_path / "out").path))
    matter.close()
    # From the first of the room's sixty chats to its last; two sources missed their first five
    # seconds.
    info = files["bag-info.txt"].decode()
    assert f"Livewatch-Range-Start: {BASE_MS}\n" in info
    assert f"Livewatch-Range-End: {BASE_MS + 57_000}\n" in info
    draft = files["data/report/record.html"].decode()
    span = "2026-10-01 20:00:00 至 2026-10-01 20:00:57"
    assert f"包内原始记录：自 {span}；告警：首次 2026-10-01 20:00:40，" in draft
    page = files["data/report/report.html"].decode()
    assert f"包内记录所涉时间（{span}）内 2 段未监测，合计 5 秒" in page
    assert "告警首次至末次之间" not in page


def unpacked_streams(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            yield found[1]


@pytest.mark.slow
def test_the_report_is_pdf_a_of_the_page(whole: Path, tmp_path: Path) -> None:
    if not report.has_pdf():
        pytest.fail("WeasyPrint cannot be used: apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    data = contents(whole)["data/report/report.pdf"]
    assert data.startswith(b"%PDF-1.7")
    said = b"".join(unpacked_streams(data))
    assert b'pdfaid:part="3" pdfaid:conformance="B"' in said
    if shutil.which("pdftotext"):
        (tmp_path / "r.pdf").write_bytes(data)
        done = subprocess.run(
            ["pdftotext", "-l", "1", "r.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
        )
        assert "涉嫌低标高结" in done.stdout.decode()


@pytest.mark.slow(4)
def test_the_same_case_gives_the_same_payload(
    matter: Matter, exported: Exported, tmp_path: Path
) -> None:
    first = exported  # by 何敏
    second = matter.export(tmp_path, who="周楠", now=matter.now + 99_000)
    assert first.payload == second.payload
    one, other = contents(Path(first.path)), contents(Path(second.path))
    assert {path: data for path, data in one.items() if path.startswith("data/")} == {
        path: data for path, data in other.items() if path.startswith("data/")
    }


@pytest.mark.slow
def test_entries_have_no_times_no_links_and_plain_names(whole: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.filename.isascii()
            assert entry.external_attr >> 16 == 0o100644
    assert whole.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_no_private_key_and_no_secret_is_in_it(matter: Matter, whole: Path) -> None:
    private = (matter.folder / "evidence" / "keys" / "k1.pem").read_bytes()
    secret = b"".join(private.splitlines()[1:-1])
    for path, data in contents(whole).items():
        assert b"PRIVATE KEY" not in data, path
        assert secret[:40] not in data, path


@pytest.mark.slow
def test_a_redacted_copy_has_neither_pseudonyms_nor_what_they_wrote_in_records(
    matter: Matter, plain: None, tmp_path: Path
) -> None:
    done = matter.export(tmp_path, redacted=True)
    files = contents(Path(done.path))
    for path, data in files.items():
        assert VIEWER.encode() not in data, path
        assert VIEWER.partition(":")[2].encode() not in data, path
    assert all("data" not in one for one in records(files))
    assert "观众1" in files["data/events/chat.csv"].decode()
    assert verify(Path(done.path)).verdict == "seal-untrusted"


@pytest.mark.slow
def test_accounts_that_are_no_pseudonyms_are_numbers_in_a_redacted_copy_too(
    tmp_path: Path, plain: None
) -> None:
    """A sender may post them as they are, and a telephone number in what somebody wrote."""
    matter = Matter(tmp_path / "m")
    lines = [
        chat("n1", 20, "加我13812345678", user="西街芦苇"),
        chat("n2", 21, "老板在吗", user="西街芦苇"),
        line("chat", "n3", 22, text="我是房主", user="店小二", role="host"),
    ]
    matter._write(lines)
    evidence = msgspec.structs.replace(matter.alert.evidence, after=[decode(one) for one in lines])
    again = msgspec.structs.replace(matter.alert, evidence=evidence, hits=3)
    matter.store.commit(Outcome(alerts=[again]), BASE_MS)
    whole = contents(Path(matter.export(tmp_path / "whole").path))
    copy = contents(Path(matter.export(tmp_path / "copy", redacted=True).path))
    matter.close()
    assert "西街芦苇" in whole["data/events/chat.csv"].decode()
    for path, data in copy.items():
        for told in ("西街芦苇", "13812345678"):
            assert told not in data.decode("utf-8", "replace"), (path, told)
    rows = list(csv.reader(io.StringIO(copy["data/events/chat.csv"].decode("utf-8-sig"))))
    by_event = {row[9]: row for row in rows}
    assert by_event["n1"][6] == by_event["n2"][6] != by_event["c3"][6]
    assert by_event["n3"][6] == "店小二", "who sells has to show who he is"
    page = copy["data/report/report.html"].decode()
    assert f"<td>{by_event['n1'][6]}</td>" in page
    assert "观众 观众" not in page
    shown = json.loads(copy[f"data/alerts/{again.id}/v002.json"])["evidence"]["after"]
    assert [one["user"] for one in shown][:2] == [by_event["n1"][6]] * 2


@pytest.mark.slow
def test_what_the_log_does_not_have_any_more_is_said(tmp_path: Path, plain: None) -> None:
    matter = Matter(tmp_path / "m")
    for statement in (
        "DELETE FROM event_log WHERE event = 'p1'", "DELETE FROM held_records WHERE event = 'p1'",
    ):  # fmt: skip
        matter.store.database.write(
            lambda connection, statement=statement: connection.exec_driver_sql(statement)  # type: ignore[misc]
        )
    done = matter.export(tmp_path / "out")
    matter.close()
    assert any("not in the log any more" in note for note in done.notes)
    assert "已不在日志中" in contents(Path(done.path))["data/report/report.html"].decode()
    assert verify(Path(done.path)).verdict == "seal-untrusted"


@pytest.mark.slow
def test_a_rule_that_was_changed_since_the_verdict_is_told(tmp_path: Path, plain: None) -> None:
    matter = Matter(tmp_path / "m")
    spec = matter.rulebook[matter.alert.rule].spec
    # Of an alert whose rules are not kept there is what is in force.
    now = msgspec.structs.replace(Versions(matter.rulebook).of(spec), rules="1" * 64)
    for hits, engine, wanted in (
        (3, now, []),
        (4, msgspec.structs.replace(now, slots="0" * 64, thresholds={"x": 1}), ["slots", "thresholds"]),
    ):  # fmt: skip
        again = msgspec.structs.replace(matter.alert, hits=hits, engine=engine, reason=f"{hits} 次")
        matter.store.commit(Outcome(alerts=[again]), BASE_MS)
        done = matter.export(tmp_path / f"out{hits}")
        files = contents(Path(done.path))
        told = json.loads(files["data/engine.json"])["changed_since"]
        assert told == {matter.alert.id: wanted}
        assert any("are not what is in force" in note for note in done.notes) == bool(wanted)
        assert json.loads(files[f"data/rules/{spec.id}.json"])["id"] == spec.id
        page = files["data/report/report.html"].decode()
        assert ("告警之后已改动：用词、阈值" in page) == bool(wanted)
    matter.close()


@pytest.mark.slow
def test_a_clock_that_went_back_is_told(
    tmp_path: Path, plain: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """The heads stand in the order of the log, and nobody takes their times for a duration."""
    matter = Matter(tmp_path / "m")
    done = matter.export(tmp_path / "out", now=BASE_MS + 90_000)
    matter.close()
    files = contents(Path(done.path))
    page = files["data/report/report.html"].decode()
    assert "2026-10-01 20:01:00 至 2026-10-01 20:01:30" in page
    assert "在第 2 个日志头（2026-10-01 20:02:00）与第 3 个（2026-10-01 20:01:30）之间倒退" in page
    assert "曾倒退 1 次" in page
    assert "这不是采集的时长" in files["data/report/record.html"].decode()
    assert json.loads(files["data/clock.json"])["went_back"]["heads"] == [
        {"before": 2, "before_at": BASE_MS + 120_000, "after": 3, "after_at": BASE_MS + 90_000}
    ]
    found = verify(Path(done.path))
    assert (found.verdict, found.findings) == ("seal-untrusted", [])
    assert [one[14:19] for one in found.heads] == ["01:00", "02:00", "01:30"]
    [told] = found.remarks
    for words in (told.says, told.says_zh):
        assert words.index("head-000002.txt") < words.index("2026-10-01 20:02:00.000")
        assert words.index("head-000003.txt") < words.index("2026-10-01 20:01:30.000")
    assert "Beijing time" in told.says
    assert told.says_zh.count("北京时间") == 2
    command.verify_bundle(Path(done.path), [], [], None, as_json=False)
    assert told.says_zh in capsys.readouterr().out


@pytest.mark.slow
def test_what_was_lost_is_told_in_the_bundle_and_beside_the_alert(
    tmp_path: Path, plain: None
) -> None:
    matter = Matter(tmp_path / "m")
    for why, first, records_ in (("damaged", 3, 2), ("unread", 10_000, 7)):
        loss = lost.Lost(
            log="events", why=why, first=first, last=first + 9, records=records_,
            hour=BASE_MS // lost.HOUR_MS * lost.HOUR_MS, noted=BASE_MS,
        )  # fmt: skip
        matter.store.database.write(partial(lost.note, lost=loss))
    done = matter.export(tmp_path / "out")
    with matter.store.database.read() as connection:
        standing = standing_of(connection, matter.alert)
    matter.close()
    files = contents(Path(done.path))
    # What was lost behind the case is none of its business.
    rooms = json.loads(files["data/rooms.json"])
    assert {one["records"] for room in rooms for one in room["lost"]} == {2}
    assert [note for note in done.notes if "are lost" in note] == [
        "2 records of events (3 to 12) are lost: they lay on damaged pages of the database: of these"
        " there are leaves"
    ]
    assert "有 2 条记录在保存之前已经丢失" in files["data/report/report.html"].decode()
    assert standing.lost == 2
    found = verify(Path(done.path))
    assert (found.verdict, found.findings) == ("seal-untrusted", [])


@pytest.mark.slow
def test_a_forgotten_viewer_leaves_a_bundle_that_holds(tmp_path: Path, plain: None) -> None:
    matter = Matter(tmp_path / "m")
    matter.store.forget_viewer([VIEWER], who="王", at=BASE_MS)
    done = matter.export(tmp_path / "out")
    matter.close()
    found = verify(Path(done.path))
    assert found.verdict == "seal-untrusted", found.findings
    assert found.forgotten > 10
    # Custody in the bundle names them, and none of them counts as shown.
    assert (found.unexplained, found.remarks) == (0, [])
    assert found.proved == found.records - found.forgotten
    lines = contents(Path(done.path))["custody/custody.jsonl"].splitlines()
    assert "forgotten" in {msgspec.json.decode(one)["act"] for one in lines}


#: What somebody writes over records in the store, and what of it the report has to say.
BY_HAND = {
    "speech": "UPDATE {table} SET data = CAST(replace(data, '这个面霜只要 129', '包治百病') AS BLOB)"
    " WHERE event = 's1'",
    "chat": "UPDATE {table} SET data = CAST(replace(data, '想要3', '假货') AS BLOB) WHERE event = 'c3'",
}


@pytest.mark.parametrize("what", BY_HAND)
@pytest.mark.parametrize("named", [False, True])
def test_what_was_changed_by_hand_is_no_forgetting(
    tmp_path: Path, plain: None, what: str, named: bool
) -> None:
    """Nor is a speech one that custody names."""
    matter = Matter(tmp_path / "m")

    def write(connection: Connection) -> None:
        [position] = connection.exec_driver_sql(
            "SELECT position FROM event_log WHERE event = ?", ("s1" if what == "speech" else "c3",)
        ).scalars()
        for table in ("event_log", "held_records"):
            connection.exec_driver_sql(BY_HAND[what].format(table=table))
        if named:
            custody.append(
                connection, "forgotten", who="王", at=BASE_MS, detail={"positions": [position]}
            )

    matter.store.database.write(write)
    done = matter.export(tmp_path / "out")
    matter.close()
    found, files = verify(Path(done.path)), contents(Path(done.path))
    page = files["data/report/report.html"].decode()
    if what == "chat" and named:
        assert (found.verdict, found.forgotten) == ("seal-untrusted", 1)
        return
    assert (found.verdict, found.unexplained, found.forgotten) == ("invalid", 1, 0)
    assert [one.what for one in found.findings] == ["changed"]
    assert "与收到时不符，原因不明" in page
    assert "因依法删除某观众" not in page
    assert any("not as they arrived" in note for note in done.notes)


def test_what_was_taken_out_of_the_middle_of_the_log_is_told(tmp_path: Path, plain: None) -> None:
    matter = Matter(tmp_path / "m")
    matter.store.database.write(
        lambda connection: connection.exec_driver_sql(
            "DELETE FROM event_log WHERE position BETWEEN 19 AND 28"
        )
    )
    done = matter.export(tmp_path / "out")
    with matter.store.database.read() as connection:
        found = audit(connection, KeyFolder(matter.folder / "evidence" / "keys"))
    matter.close()
    [problem] = found.problems
    assert "records 19 to 28" in problem
    assert any("records 19 to 28" in note for note in done.notes)
    files = contents(Path(done.path))
    rooms = json.loads(files["data/rooms.json"])
    assert {(tuple(room["holes"][0]), room["whole_from"]) for room in rooms} == {((19, 28), 29)}
    [told] = [gap for gap in json.loads(files["data/gaps.json"]) if "kind" in gap]
    assert (told["kind"], "第 19 至 28 条" in told["reason"]) == ("hole", True)
    for page in ("report", "record"):
        assert "第 19 至 28 条" in files[f"data/report/{page}.html"].decode()
    seen = verify(Path(done.path))
    assert (seen.verdict, seen.lacking) == ("seal-untrusted", 1)


def test_what_retention_takes_out_is_no_hole(tmp_path: Path, plain: None) -> None:
    matter = Matter(tmp_path / "m")
    matter.store.database.write(
        lambda connection: connection.exec_driver_sql("DELETE FROM event_log WHERE position < 19")
    )
    with matter.store.database.read() as connection:
        assert holes.holes(connection) == []
    # The end of the log is not what retention takes.
    matter.store.database.write(
        lambda connection: connection.exec_driver_sql("DELETE FROM event_log WHERE position > 60")
    )
    with matter.store.database.read() as connection:
        assert [(one.first, one.last) for one in holes.holes(connection)] == [(61, 66)]
    matter.close()


def test_the_report_says_what_is_proved_and_what_is_not(whole: Path) -> None:
    page = contents(whole)["data/report/report.html"].decode()
    assert "删除都能查出" not in page
    for words in (
        "本包不能证明本直播间的记录没有缺少",
        "能证明的：",
        "不能证明的：",
        "第三方时间戳",
    ):
        assert words in page


def test_what_came_late_is_told_in_the_bundle(
    tmp_path: Path, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = Matter(tmp_path / "m")
    cover = matter.keeper.cover

    def late(now: int) -> Any:
        done = cover(now)
        monkeypatch.setattr(matter.keeper, "cover", cover)
        matter._write([chat(f"z{n}", 20 + n, f"更正{n}", room="1") for n in range(7)])
        return done

    monkeypatch.setattr(matter.keeper, "cover", late)
    files = contents(Path(matter.export(tmp_path / "out").path))
    matter.close()
    [told] = [gap for gap in json.loads(files["data/gaps.json"]) if "kind" in gap]
    assert (told["kind"], told["from"], told["until"]) == (
        "late",
        BASE_MS + 20_000,
        BASE_MS + 26_000,
    )
    for page in ("report", "record"):
        assert "另有 7 条本案直播间的记录到达" in files[f"data/report/{page}.html"].decode()


@pytest.mark.slow
def test_who_exported_is_in_custody_here_and_in_the_bundle(matter: Matter, whole: Path) -> None:
    lines = contents(whole)["custody/custody.jsonl"].splitlines()
    [line] = [one for one in lines if b'"act":"exported"' in one]
    there = json.loads(line)
    here = matter.store.custody_of(f"alert:{matter.alert.id}")[0]
    assert (there["act"], there["who"], there["why"]) == ("exported", "何敏", "核查")
    assert there["hash"] == here.hash
    # Who collected comes first: the monitor, with its version, since when, with which key.
    first = json.loads(lines[0])
    assert (first["act"], first["who"]) == ("key-made", "livewatch")
    assert first["version"]
    assert (
        there["detail"]["payload_sha256"]
        == hashlib.sha256(contents(whole)["manifest-sha256.txt"]).hexdigest()
    )


def test_an_unknown_alert_leaves_nothing(matter: Matter, tmp_path: Path) -> None:
    with pytest.raises(NoSuchAlert):
        matter.export(tmp_path / "out", alerts=["nosuch"])
    assert not (tmp_path / "out").exists()


# Others check it


@pytest.mark.slow
def test_tools_of_others_find_it_whole(whole: Path, tmp_path: Path) -> None:
    folder = unpacked(contents(whole), tmp_path / "EV")
    assert bagit.Bag(str(folder)).validate()
    done = subprocess.run(
        ["sh", "verify/verify.sh"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CMS Verification successful" in done.stderr
    assert "manifest-sha256.txt: OK" in done.stdout


@pytest.mark.slow
def test_openssl_computes_the_sm3_of_the_manifest(whole: Path, tmp_path: Path) -> None:
    files = contents(whole)
    folder = unpacked(files, tmp_path / "EV")
    done = subprocess.run(
        ["openssl", "dgst", "-sm3", "-r", "data/events/chat.csv"], cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{done.stdout.split()[0]}  data/events/chat.csv" in files["manifest-sm3.txt"].decode()


# A half bundle is never offered


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_and_custody_says_so(
    tmp_path: Path, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = Matter(tmp_path / "m")

    def full(_self: object, _path: str, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bag.BagWriter, "add_seal", full)
    with pytest.raises(OSError, match="No space"):
        matter.export(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    acts = [one.act for one in matter.store.custody_of(f"alert:{matter.alert.id}")]
    assert acts == ["exported", "broken-off"]
    monkeypatch.undo()
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    matter.export(tmp_path / "out")
    matter.close()


@pytest.mark.slow
def test_a_disk_that_is_really_full_leaves_nothing(tmp_path: Path, plain: None) -> None:
    matter = Matter(tmp_path / "m")
    out = tmp_path / "out"
    out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(out)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        with pytest.raises(OSError, match="No space left on device"):
            matter.export(out)
        assert list(out.iterdir()) == []
        [*_, told] = matter.store.custody_of(f"alert:{matter.alert.id}")
        assert (told.act, told.who) == ("broken-off", "何敏")
        assert "No space left" in told.why
        # With room again the same is made.
        subprocess.run(["mount", "-o", "remount,size=4m", str(out)], check=True)
        assert verify(Path(matter.export(out).path)).verdict == "seal-untrusted"
    finally:
        matter.close()
        subprocess.run(["umount", str(out)], check=True)


SLOW = """
import sys, time
from pathlib import Path
from tests.monitor.evidence.matter import Matter
from monitor.evidence import bag
real = bag.BagWriter.add_payload_manifests
def waits(self):
    print("half", flush=True)
    time.sleep(600)
bag.BagWriter.add_payload_manifests = waits
from monitor.evidence import report
report.has_pdf = lambda: False
Matter(Path(sys.argv[1])).export(Path(sys.argv[2]))
"""


@pytest.mark.slow(2)
def test_a_kill_in_the_middle_offers_nothing_and_the_next_export_is_whole(
    tmp_path: Path, plain: None
) -> None:
    (tmp_path / "m").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(tmp_path / "m"), str(tmp_path / "out")],
        stdout=subprocess.PIPE, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert process.stdout is not None
    while b"half" not in (said := process.stdout.readline()):
        assert said, "it ended too early"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    left = [path.name for path in (tmp_path / "out").iterdir()]
    assert all(name.endswith(bag.PARTIAL) for name in left)
    alert_id = alert("C1", rule="low-show-high-settle").id
    matter = Matter.again(tmp_path / "m", alert_id)
    matter.export(tmp_path / "out")
    matter.close()
    [made] = (tmp_path / "out").glob("*.zip")
    assert verify(made).verdict == "seal-untrusted"
    assert list((tmp_path / "out").glob(f".*{bag.PARTIAL}")) == []


# The command


@pytest.mark.slow
def test_the_command_exports_and_checks(matter: Matter, plain: None, tmp_path: Path) -> None:
    def ends(*arguments: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, ["evidence", *arguments])
        return ended.exit_code, ended.output

    data = str(matter.folder)
    asked = ("export", "--data", data, "--alert", matter.alert.id, "--who", "何敏")
    code, told = ends(*asked, "--out", str(tmp_path))
    assert code == Exit.DONE, told
    [made] = tmp_path.glob("EV-*.zip")
    # As a shell sees it, in a process of its own.
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "evidence", "verify", str(made)],
        capture_output=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == Exit.SEAL_UNTRUSTED
    if (full := Path("/dev/full")).exists():
        with full.open("wb") as output:
            done = subprocess.run(
                [sys.executable, "-m", "monitor.cli", "evidence", "verify", str(made)],
                stdout=output, stderr=subprocess.PIPE, check=False, timeout=PATIENCE_S,
            )  # fmt: skip
        # An intact bundle is not called invalid because a disk is full.
        assert done.returncode == Exit.USAGE
        assert done.stderr.count(b"\n") == 1
    trust = str(matter.folder / "evidence" / "keys" / "k1.crt")
    code, told = ends("verify", str(made), "--trust", trust, "--json")
    assert (code, json.loads(told)["verdict"]) == (Exit.DONE, "valid")
    (tmp_path / "cut.zip").write_bytes(made.read_bytes()[:-50])
    assert ends("verify", str(tmp_path / "cut.zip"))[0] == Exit.CHECK_FAILED
    assert ends("verify", str(tmp_path / "none.zip"))[0] == Exit.USAGE
    assert ends("export", "--data", data, "--alert", "nosuch")[0] == Exit.USAGE
    assert ends("export", "--data", data)[0] == Exit.USAGE


@pytest.mark.slow
def test_without_the_configuration_that_names_the_keys_nothing_is_signed(
    tmp_path: Path, plain: None
) -> None:
    def ends(*arguments: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, ["evidence", *arguments])
        return ended.exit_code, ended.output

    matter = Matter(tmp_path / "m")
    matter._write([chat("more", 1, "后来")])
    matter.close()
    (matter.folder / "evidence" / "keys").rename(tmp_path / "K")
    data = ("--data", str(matter.folder))
    export = ("export", *data, "--who", "何敏", "--out", str(tmp_path / "out"), "--alert")
    assert ends(*export, "nosuch")[0] == Exit.USAGE
    for asked in (
        (*export, matter.alert.id), ("keys", "rotate", *data, "--who", "何敏"),
        ("keys", "revoke", "k1", *data, "--who", "何敏", "--reason", "丢失"),
    ):  # fmt: skip
        code, told = ends(*asked)
        assert code == Exit.CONFIGURATION
        assert "--config" in told
    assert not (matter.folder / "evidence" / "keys").exists()
    assert not (tmp_path / "out").exists()
    settings = tmp_path / "livewatch.toml"
    settings.write_text(f'[evidence]\nkeys = "{tmp_path / "K"}"\n')
    named = ("--config", str(settings))
    assert ends("log-verify", *data, *named)[0] == Exit.DONE
    assert ends(*export, matter.alert.id, *named)[0] == Exit.DONE
    assert ends("log-verify", *data, *named)[0] == Exit.DONE


@pytest.mark.slow(3)
def test_a_hundred_thousand_records_take_flat_memory(
    tmp_path: Path, plain: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond what is read at once a record leaves its position, its leaf and its clocks behind."""
    # Of some 20,000 records tables are in memory; here of some 2,500, so that few have to be written.
    monkeypatch.setattr(payload, "SPOOL", payload.SPOOL // 8)
    matter = Matter(tmp_path / "m")
    # What a process loads for its first bundle belongs to none of those that are measured.
    matter.export(tmp_path / "first")
    counts = (5_000, 9_000)
    peaks = []
    made = 0
    for count in counts:
        for start in range(made, count, 1_000):
            lines = [chat(f"x{n}", 0, "想要" * 20) for n in range(start, start + 1_000)]
            entries = [Entry("demo:1", decode(one).id, one) for one in lines]
            matter.log.append(entries, source="http", now=BASE_MS).result(PATIENCE_S)
        made = count
        peaks.append(_peak(matter, tmp_path / str(count)))
    matter.close()
    print(" and ".join(f"{peak / 1e6:.1f} MB" for peak in peaks), "of", counts)
    # Of the records alone that come on top 1.2 MB would stay, packed.
    assert peaks[1] - peaks[0] < 600_000
    assert peaks[1] < 12_000_000


def _peak(matter: Matter, folder: Path) -> int:
    tracemalloc.start()
    matter.export(folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.slow
def test_tables_say_in_chinese_who_won_what_was_paid_and_what_was_counted(
    tmp_path: Path, plain: None
) -> None:
    """They were in base64 alone. A redacted copy has numbers for buyers, reviewers and winners."""
    matter = Matter(tmp_path / "m")
    matter._write(
        [
            line("order", "o1", 20, order="o1", sku="C1", user="西街芦苇", status="paid", quantity=2, price=6_900),
            line("prize", "z1", 21, prize="P1", phase="drawn", name="茶叶一盒", value=8_990, count=2,
                 conditions=["关注主播", "发口令"], winners=["西街芦苇", "张三丰"], ends_at=BASE_MS),
            line("counter", "k1", 22, name="sold", sku="C1", low=10_000),
            line("review", "r1", 23, review="r1", sku="C1", user="西街芦苇", text="电话13812345678", rating=5, phase="present"),
        ]
    )  # fmt: skip
    whole = contents(Path(matter.export(tmp_path / "whole").path))
    copy = contents(Path(matter.export(tmp_path / "copy", redacted=True).path))
    matter.close()

    def rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
        return list(
            csv.DictReader(io.StringIO(files[f"data/events/{name}.csv"].decode("utf-8-sig")))
        )

    [order] = rows(whole, "orders")
    assert (order["状态"], order["件数"], order["单价（元）"]) == ("付款", "2", "69.00")
    assert order["时间（北京时间）"] == "2026-10-01 20:00:20.000"
    [prize] = rows(whole, "prizes")
    assert (prize["阶段"], prize["名额"], prize["参与条件"]) == ("开奖", "2", "关注主播；发口令")
    assert prize["中奖账号（化名）"] == "西街芦苇、张三丰"
    [counter] = rows(whole, "counters")
    assert (counter["读数"], counter["数值"], counter["下限"]) == ("已售", "", "10000")
    [review] = rows(whole, "reviews")
    assert (review["状态"], review["评分"], review["账号（化名）"]) == ("评价", "5", "西街芦苇")
    kinds = {row["价格种类"] for row in rows(whole, "prices")}
    assert {"标价", "成交", "订单（付款）"} <= kinds
    assert {row["谁"] for row in rows(whole, "chat")} <= {"观众", "主播", "口播", ""}
    for path, data in copy.items():
        for told in ("西街芦苇", "张三丰", "13812345678"):
            assert told not in data.decode("utf-8", "replace"), (path, told)
    [masked] = rows(copy, "prizes")
    assert masked["中奖账号（化名）"].split("、")[0] == rows(copy, "orders")[0]["账号（化名）"]


@pytest.mark.slow
def test_what_speaks_for_the_merchant_and_what_is_not_known_is_in_the_report(
    tmp_path: Path, plain: None
) -> None:
    """Facts of discretion, preconditions, why this level, which facts of a basis were seen, each finding."""
    matter = Matter(tmp_path / "m")
    said = "40 秒后主播有更正的话“刚才说错了”，及时改正"
    [basis] = matter.alert.law
    again = msgspec.structs.replace(
        matter.alert,
        hits=3,
        leniency=[Leniency(fact=said, clause="行政处罚法第三十三条")],
        applies=[Precondition(clause="面向消费者销售", seen=None, why="未见销售者身份")],
        level_reason="只见到一种价格，未达到线索",
        law=[basis, msgspec.structs.replace(basis, article="第二十一条", observed=True)],
        findings=[
            Found(at=BASE_MS, event="p1", by="fact:price", level="watch", says="第一次所见的话"),
            Found(at=BASE_MS + 9, event="p2", by="fact:price", level="lead", says="第二次所见的话", text="一百四十九"),
        ],
        findings_total=7,
        story=1,
        related=[Related(id="otheralert", why="product")],
    )  # fmt: skip
    matter.store.commit(Outcome(alerts=[again]), BASE_MS)
    page = contents(Path(matter.export(tmp_path / "out").path))["data/report/report.html"].decode()
    matter.close()
    opening, _, rest = page.partition("一、告警与依据")
    assert said in opening
    assert "所需事实均已见到：明码标价和禁止价格欺诈规定 第二十一条。" in opening
    assert "是否适用待查明：明码标价和禁止价格欺诈规定 第二十条。" in opening
    for words in (
        said, "面向消费者销售", "未见销售者身份", "只见到一种价格", "第一次所见的话", "第二次所见的话", "“一百四十九”",
        "共 7 次，列出 2 次", "本告警据此", "（第 1 次所见）", "otheralert</code>（同一商品）", "没有全部见到，待查明",
    ):  # fmt: skip
        assert words in rest, words


def of_room(room: str, host: str, name: str) -> list[bytes]:
    """What a room shows of who is behind it, and a word of its host."""
    return [
        line("room", f"room{room}", 1, room=room, operator={"name": name, "uscc": "91330106MA2XXXXXX1"}, host=host),
        speech(f"said{room}", 30, "一个月降血压", room=room),
    ]  # fmt: skip


@pytest.mark.slow
def test_each_alert_has_its_own_place_and_party(tmp_path: Path, plain: None) -> None:
    """The words of the second merchant stood under the name of the first."""
    matter = Matter(tmp_path / "m")
    first, second = of_room("1", "阿强", "杭州甲家茶业"), of_room("2", "小美", "宁波乙公司")
    matter._write([*first, *second])
    other = alert(
        "C9", t_s=32, first_at=BASE_MS + 32_000, room="2", title="涉嫌普通商品宣称疗效", reason="说能降血压",
        evidence=Evidence(trigger=[decode(second[1])]),
    )  # fmt: skip
    matter.store.commit(Outcome(alerts=[other]), BASE_MS)
    done = matter.export(tmp_path / "out", alerts=[matter.alert.id, other.id])
    matter.close()
    files = contents(Path(done.path))
    page = files["data/report/report.html"].decode()
    opening, first_part, second_part = re.split("<h2>一（[12]）", page)[:3]
    for part, mine, others in (
        (first_part, ("直播间 1，", "杭州甲家茶业", "阿强"), ("宁波乙公司",)),
        (second_part, ("直播间 2，", "宁波乙公司（91330106MA2XXXXXX1）", "主播 小美"), ("杭州甲家茶业",)),
    ):  # fmt: skip
        told = part.partition("<h2>")[0]
        assert [words for words in mine if words not in told] == []
        assert [words for words in others if words in told] == []
    box = opening[opening.index("涉嫌普通商品宣称疗效") :]
    assert box.index("宁波乙公司") < box.index("</div>")
    draft = files["data/report/record.html"].decode()
    assert draft.index("（1）公示信息：") < draft.index("（2）公示信息：")
    assert "杭州甲家茶业" in draft
    assert "宁波乙公司" in draft
    assert "未取得；核实为" not in draft


@pytest.mark.slow
def test_an_alert_over_rooms_names_them_and_who_spoke(tmp_path: Path, plain: None) -> None:
    matter = Matter(tmp_path / "m")
    shown = [*of_room("1", "阿强", "杭州甲家茶业"), *of_room("2", "小美", "宁波乙公司")]
    matter._write(shown)
    over = alert("C9", t_s=31, title="多个直播间说相近的话", reason="已知的主体 2 个")
    over = msgspec.structs.replace(
        over, platform="", room="", session="",
        evidence=Evidence(
            trigger=[decode(shown[1]), decode(shown[3])],
            rooms=[
                Sighting(platform="demo", room=room, at=BASE_MS + 30_000, event=f"said{room}", words="一个月降血压")
                for room in "12"
            ],
        ),
    )  # fmt: skip
    matter.store.commit(Outcome(alerts=[over]), BASE_MS)
    files = contents(Path(matter.export(tmp_path / "out", alerts=[over.id]).path))
    matter.close()
    page = files["data/report/report.html"].decode()
    # The alert itself names nobody: the records do.
    assert "未取得（未知" not in page
    for words in (
        "杭州甲家茶业",
        "宁波乙公司",
        "demo 1<br>主播 阿强",
        "demo 2<br>主播 小美",
        "data/events/chat.csv（“房间”",
    ):
        assert words in page, words
    assert "未取得" not in files["data/report/record.html"].decode()


@pytest.mark.slow
def test_an_alert_that_was_closed_as_a_false_alarm_says_so_beside_the_accusation(
    tmp_path: Path, plain: None
) -> None:
    matter = Matter(tmp_path / "m")
    key = matter.alert.id
    matter.store.transition(key, "closed", "何敏", BASE_MS + 2 * 60_000, reason="rule-too-wide")

    def pages(name: str) -> tuple[str, str]:
        page = contents(Path(matter.export(tmp_path / name).path))[
            "data/report/report.html"
        ].decode()
        start = page.index('<div class="box">')
        return page[start : page.index("</div>", start)], page

    box, page = pages("closed")
    assert "本单位处置：<b>已结：误报（规则过敏）（2026-10-01 20:02:00" in box
    assert "不符" not in page
    # Somebody took the row of the closing out.
    for (trigger,) in matter.store.database.write(
        lambda connection: connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'transitions'"
        ).fetchall()
    ):
        matter.store.database.write(
            lambda connection, trigger=trigger: connection.exec_driver_sql(
                f"DROP TRIGGER {trigger}"
            )  # type: ignore[misc]
        )
    matter.store.database.write(
        lambda connection: connection.exec_driver_sql(
            "DELETE FROM transitions WHERE new = 'closed'"
        )
    )
    box, page = pages("wiped")
    matter.close()
    assert "处置记录与此不符" in box
    assert "原因不明" in page


@pytest.mark.slow
def test_who_won_and_when_each_order_was_made_can_be_read_in_the_report(
    tmp_path: Path, plain: None
) -> None:
    """The reckoning can be followed: an alert keeps a few of the orders that it counted."""
    matter = Matter(tmp_path / "m")
    orders = [
        line("order", f"o{n}", 20 + 4.8 * n, order=f"o{n}", sku="C1", user=f"茶友{n}", status="paid", price=6_900)
        for n in range(21)
    ]  # fmt: skip
    prize = line(
        "prize", "z1", 25, prize="P1", phase="drawn", name="茶叶一盒", count=2,
        conditions=["关注主播"], winners=["西街芦苇", "张三丰"],
    )  # fmt: skip
    matter._write([*orders, prize])
    trigger = [decode(orders[3]), decode(orders[4]), decode(prize)]
    again = msgspec.structs.replace(matter.alert, hits=3, evidence=Evidence(trigger=trigger))
    matter.store.commit(Outcome(alerts=[again]), BASE_MS)
    page = contents(Path(matter.export(tmp_path / "whole").path))[
        "data/report/report.html"
    ].decode()
    copy = contents(Path(matter.export(tmp_path / "copy", redacted=True).path))
    matter.close()
    table = page[page.index("同一商品的全部订单") :].partition("</table>")[0]
    assert table.count("<td>茶友") == 21
    assert table.count('class="hit"') == 2
    assert table.count(">4.800<") == 20
    assert "开奖，茶叶一盒，名额 2 个，参与条件 关注主播，中奖账号 2 个： 西街芦苇，张三丰" in page
    for path, data in copy.items():
        for told in ("西街芦苇", "张三丰", "茶友"):
            assert told not in data.decode("utf-8", "replace"), (path, told)
    assert "<td>观众" in copy["data/report/report.html"].decode()


@pytest.mark.slow
def test_the_draft_of_the_extraction_record_counts_the_files_and_says_what_it_does_not_list(
    whole: Path,
) -> None:
    files = contents(whole)
    payload_files = [path for path in files if path.startswith("data/")]
    listed = json.loads(files["data/files.json"])
    pages = [path for path in payload_files if path.startswith("data/report/")]
    # The list cannot name itself; the pages cannot name their own digests.
    assert len(payload_files) == len(listed) + 1 + len(pages)
    draft = files["data/report/record.html"].decode()
    assert (
        f"计数据文件 {len(payload_files)} 个（下表所列 {len(listed) + 1} 个，另有取证报告与本笔录 {len(pages)} 个"
        in draft
    )
    assert "不在本表内的" in draft
    for one in listed:
        assert one["sm3"] in draft
        assert one["sha256"] in draft
    page = files["data/report/report.html"].decode()
    assert f"data 目录共 {len(payload_files)} 个文件" in page


@pytest.mark.slow
def test_the_first_page_says_that_records_came_days_later_and_no_clock_is_made_up(
    tmp_path: Path, plain: None
) -> None:
    matter = Matter(tmp_path / "m", chats=0)
    hours = 45 * 60 * 60
    matter._write([chat(f"e{n}", n - hours, "很早以前的话", user=VIEWER) for n in range(60)])
    files = contents(Path(matter.export(tmp_path / "late").path))
    page = files["data/report/report.html"].decode()
    opening = page[: page.index("一、告警与依据")]
    assert "在所涉时间之后约 45 小时送达" in opening
    assert "非同步采集" in opening
    assert "送入方没有说明何时采集：未知" in opening
    assert "采集人由执法人员查明" in opening
    assert "非同步采集" in files["data/report/record.html"].decode()
    told = json.loads(files["data/clock.json"])["sources"]["http"]
    assert told["seen_minus_at"] == told["arrived_minus_seen"] == "unknown"
    assert "<td>未知</td><td>未知</td><td>未知</td><td>未知</td>" in page
    # Those that say when they were captured.
    matter._write([chat("seen", 3, "在场", seen=BASE_MS + 3_200)])
    files = contents(Path(matter.export(tmp_path / "seen").path))
    matter.close()
    told = json.loads(files["data/clock.json"])["sources"]["http"]
    assert told["seen_minus_at"] == {"count": 1, "least": 200, "median": 200, "most": 200}
    assert re.search("Livewatch-System: .+", files["bag-info.txt"].decode())


@pytest.mark.slow
def test_custody_can_be_read_as_a_page_and_a_redacted_copy_masks_what_was_written(
    tmp_path: Path, plain: None
) -> None:
    matter = Matter(tmp_path / "m")
    matter.store.note_custody(
        "viewed", who="周楠", at=BASE_MS, subject=f"alert:{matter.alert.id}", why="核对"
    )
    matter._write([chat("n1", 20, "老板在吗", user="西街芦苇")])
    matter.store.transition(
        matter.alert.id, "closed", "何敏", BASE_MS, "minor", "西街芦苇即手机13912345678的观众"
    )
    why = f"答复13912345678关于{VIEWER}的举报"
    whole = contents(Path(matter.export(tmp_path / "whole", why=why).path))
    copy = contents(Path(matter.export(tmp_path / "copy", why=why, redacted=True).path))
    matter.close()
    page = whole["custody/custody.html"].decode()
    for record in map(json.loads, whole["custody/custody.jsonl"].splitlines()):
        assert f"<td>{record['number']}</td>" in page
    for words in (
        "2026-10-01 20:00:00", "周楠", "事由：核对", "何敏", "案号：沙市监〔2026〕12号", why, "脱敏副本：否",
        "公钥指纹：", matter.alert.id,
    ):  # fmt: skip
        assert words in page, words
    assert "exported" not in page
    assert "<script" not in page
    assert "custody/custody.html" in whole["data/report/report.html"].decode()
    assert b"  custody/custody.html" in whole["tagmanifest-sha256.txt"]
    masked = copy["custody/custody.html"].decode()
    assert "脱敏副本：是" in masked
    assert "没有收入" in masked
    assert "没有收入" not in page
    for path, data in copy.items():
        for told in ("13912345678", VIEWER, "西街芦苇"):
            assert told not in data.decode("utf-8", "replace"), (path, told)
    # Of the first export, which names a viewer, this copy has no record; of what names nobody it has.
    acts = [json.loads(record)["act"] for record in copy["custody/custody.jsonl"].splitlines()]
    assert (acts.count("exported"), acts.count("viewed")) == (1, 1)
    assert "手机〔手机号〕的观众" in copy[f"data/alerts/{matter.alert.id}/handling.json"].decode()
    assert "西街芦苇" in whole[f"data/alerts/{matter.alert.id}/handling.json"].decode()
    [made] = (tmp_path / "copy").glob("*.zip")
    found = verify(made)
    assert (found.verdict, found.findings) == ("seal-untrusted", [])


@pytest.mark.slow
def test_the_page_that_checks_can_be_had_from_elsewhere_and_the_bundle_says_why(
    whole: Path, tmp_path: Path
) -> None:
    files = contents(whole)
    command_ = ("evidence", "page")
    told = CliRunner().invoke(app, [*command_, "--out", str(tmp_path / "p"), "--json"])
    assert told.exit_code == Exit.DONE, told.output
    for name, digest in json.loads(told.output).items():
        assert files[f"verify/{name}"] == (tmp_path / "p" / name).read_bytes()
        assert hashlib.sha256(files[f"verify/{name}"]).hexdigest() == digest
        assert f"{digest}  {name}" in CliRunner().invoke(app, command_).output
    # What is there is not overwritten.
    again = CliRunner().invoke(app, [*command_, "--out", str(tmp_path / "p")])
    assert again.exit_code == Exit.USAGE
    page = files["data/report/report.html"].decode()
    assert "只供初查" in page[: page.index("一、告警与依据")]
    for path in (
        "data/report/report.html",
        "verify/VERIFY.zh-CN.md",
        "verify/VERIFY.en.md",
        "verify/verify.html",
    ):
        assert "livewatch evidence page" in files[path].decode(), path
