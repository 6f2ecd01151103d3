"""Who did what: two persons for what is not redacted, handing over, purges; nothing after the fact."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from detectors.alerts import Evidence as Snapshot
from monitor.commands import evidence_bundle as command
from monitor.commands.exits import Exit
from monitor.config import Config, Retention
from monitor.evidence import approval, bundle, custody
from monitor.evidence.approval import ApprovalMissing
from monitor.evidence.audit import audit
from monitor.evidence.captures import Captures
from monitor.evidence.case import Request
from monitor.evidence.keys import KeyFolder
from monitor.evidence.verify import verify
from monitor.metrics import Metrics
from monitor.pipeline.log import Retention as LogRetention
from monitor.retention import Sweeper
from monitor.store.rows import Outcome
from monitor.store.store import Store
from monitor.upkeep import Upkeep
from tests.monitor.build import BASE_MS, alert
from tests.monitor.evidence.matter import Matter, contents

HOUR_MS = 3_600_000


@pytest.fixture
def matter(matter: Matter) -> Matter:
    evidence = msgspec.structs.replace(matter.config.evidence, two_persons=True)
    matter.config = msgspec.structs.replace(matter.config, evidence=evidence)
    return matter


def acts(matter: Matter) -> list[tuple[str, str]]:
    return [(one.act, one.who) for one in matter.store.custody_of(f"alert:{matter.alert.id}")]


@pytest.mark.slow
def test_nobody_exports_alone(matter: Matter, tmp_path: Path) -> None:
    ids = [matter.alert.id]
    with pytest.raises(ApprovalMissing):
        matter.export(tmp_path)
    with pytest.raises(ApprovalMissing, match="nobody has asked"):
        approval.approve(matter.store, ids, "周楠", "", matter.now)
    approval.ask(matter.store, ids, "何敏", "核查", matter.now)
    with pytest.raises(ApprovalMissing, match="another person"):
        approval.approve(matter.store, ids, " 何敏 ", "", matter.now)
    with pytest.raises(ApprovalMissing):
        matter.export(tmp_path)
    assert approval.approve(matter.store, ids, "周楠", "同意", matter.now) == "何敏"
    with pytest.raises(ApprovalMissing):
        matter.export(tmp_path, who="李四")
    matter.export(tmp_path, who="何敏")
    assert acts(matter) == [
        ("export-asked", "何敏"), ("export-approved", "周楠"), ("exported", "何敏"),
    ]  # fmt: skip
    last = matter.store.custody_of(f"alert:{matter.alert.id}")[-1]
    assert last.detail["approved_by"] == "周楠"


@pytest.mark.slow
def test_an_approval_serves_once_for_these_alerts_and_for_a_day(
    matter: Matter, tmp_path: Path
) -> None:
    ids = [matter.alert.id]
    approval.ask(matter.store, ids, "何敏", "", matter.now)
    approval.approve(matter.store, ids, "周楠", "", matter.now)
    with pytest.raises(ApprovalMissing):
        approval.approved_by(matter.store, [*ids, "zzz"], "何敏", matter.now)
    with pytest.raises(ApprovalMissing):
        approval.approved_by(matter.store, ids, "何敏", matter.now + 25 * HOUR_MS)
    matter.export(tmp_path / "a")
    with pytest.raises(ApprovalMissing):
        matter.export(tmp_path / "b", now=matter.now + 1_000)


@pytest.mark.slow
def test_a_redacted_copy_needs_nobody(matter: Matter, tmp_path: Path) -> None:
    matter.export(tmp_path, redacted=True)
    assert acts(matter) == [("exported", "何敏")]


@pytest.mark.slow
def test_acts_on_several_alerts_are_in_custody_of_each(matter: Matter, tmp_path: Path) -> None:
    first, second = "aaaaaaaaaa", matter.alert.id
    matter.store.commit(Outcome(alerts=[msgspec.structs.replace(matter.alert, id=first)]), BASE_MS)
    both = [first, second]
    approval.ask(matter.store, both, "何敏", "核查", matter.now)
    approval.approve(matter.store, both, "周楠", "同意", matter.now)
    request = Request(alerts=both, who="何敏")
    made = bundle.export(
        matter.store,
        matter.keeper,
        matter.rulebook,
        matter.config,
        request,
        tmp_path / "a",
        matter.now,
    )
    # As older versions noted it: under the first alert, with the bundle's name alone.
    matter.store.note_custody(
        "handed-over",
        who="何敏",
        at=matter.now,
        subject=f"alert:{first}",
        detail={"bundle": made.id},
    )
    wanted = ["export-asked", "export-approved", "exported", "handed-over"]
    for one in both:
        assert [record.act for record in matter.store.custody_of(f"alert:{one}")] == wanted
    assert matter.store.custody_of("alert:other") == []
    copy = contents(Path(matter.export(tmp_path / "b", redacted=True).path))
    lines = [json.loads(one) for one in copy["custody/custody.jsonl"].splitlines()]
    assert [one["act"] for one in lines if one["subject"].startswith("alert:")] == [
        *wanted,
        "exported",
    ]
    # The copy is of the second alert alone: handing it over is no act on the first.
    [copied] = (tmp_path / "b").glob("*.zip")
    assert verify(copied).subjects == [f"alert:{second}"]
    assert sorted(verify(Path(made.path)).subjects) == [f"alert:{one}" for one in sorted(both)]
    with pytest.raises(ApprovalMissing):
        # An approval for both is none for one of them.
        matter.export(tmp_path / "c")


@pytest.mark.slow
def test_an_export_of_other_alerts_uses_up_no_approval(matter: Matter, tmp_path: Path) -> None:
    other = "zzzzzzzzzz"
    matter.store.commit(Outcome(alerts=[msgspec.structs.replace(matter.alert, id=other)]), BASE_MS)
    ids = [matter.alert.id]
    for wanted in (ids, [*ids, other]):
        approval.ask(matter.store, wanted, "何敏", "", matter.now)
        approval.approve(matter.store, wanted, "周楠", "", matter.now)
    request = Request(alerts=[*ids, other], who="何敏")
    bundle.export(
        matter.store,
        matter.keeper,
        matter.rulebook,
        matter.config,
        request,
        tmp_path / "a",
        matter.now,
    )
    matter.export(tmp_path / "b", now=matter.now + 1_000)


@pytest.mark.slow
def test_the_commands_ask_approve_and_hand_over(
    matter: Matter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "livewatch.toml"
    settings.write_text("[evidence]\ntwo_persons = true\n")
    ids, data, out = [matter.alert.id], matter.folder, tmp_path / "out"

    def export() -> Exit:
        return command.export_bundle(
            settings, data, out, alerts=ids, who="何敏", why="核查", case="", redacted=False
        )

    assert export() == Exit.CHECK_FAILED
    assert "second person" in capsys.readouterr().err
    assert command.approve_export(settings, data, ids, "何敏", "") == Exit.CHECK_FAILED
    assert command.approve_export(settings, data, ids, "周楠", "") == Exit.DONE
    assert export() == Exit.DONE
    [made] = out.glob("*.zip")
    assert command.hand_over(settings, data, made, "法规科 李红", "何敏", "移交") == Exit.DONE
    cut = tmp_path / "cut.zip"
    cut.write_bytes(made.read_bytes()[:-100])
    assert command.hand_over(settings, data, cut, "谁", "何敏", "") == Exit.USAGE
    capsys.readouterr()
    assert command.list_custody(settings, data, matter.alert.id, as_json=True) == Exit.DONE
    lines = json.loads(capsys.readouterr().out)
    assert [one["act"] for one in lines] == [
        "export-asked", "export-approved", "exported", "handed-over",
    ]  # fmt: skip
    assert lines[-1]["detail"]["to"] == "法规科 李红"
    assert len(lines[-1]["detail"]["sealed"]) == 64


def test_purges_are_told(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "livewatch.db")
    store.commit(Outcome(alerts=[alert("A", evidence=Snapshot(trigger=[]))]), BASE_MS)
    later = BASE_MS + 90 * 24 * HOUR_MS
    captures = Captures(store, tmp_path, lambda: later)
    config = Config(retention=Retention(info_days=1))
    Sweeper(store, captures, config, Metrics(), Upkeep()).sweep(later, "")
    with store.database.read() as connection:
        [record] = custody.records(connection)
    store.close()
    assert (record.act, record.who, record.why) == ("purged", "livewatch", "retention")
    assert record.detail == {"alerts": 1, "letters": 0}


@pytest.mark.slow
def test_what_the_log_lets_go_of_is_told_once_a_day(matter: Matter) -> None:
    matter.log.acknowledge(matter.log.head)
    gone = matter.log.trim(LogRetention(max_age_ms=1, max_bytes=1), now=BASE_MS + HOUR_MS)
    for hour in range(30):
        matter.keeper.trimmed(gone.events if hour == 0 else 1)
        matter.keeper.tend(BASE_MS + hour * HOUR_MS)
    matter.keeper.close(BASE_MS + 31 * HOUR_MS)
    with matter.store.database.read() as connection:
        purged = [one for one in custody.records(connection) if one.act == "purged"]
        found = audit(connection, KeyFolder(matter.folder / "evidence" / "keys"))
    assert sum(one.detail["events"] for one in purged) == gone.events + 29
    assert len(purged) == 3
    assert found.problems == []


@pytest.mark.parametrize(
    "values", [{"who": ""}, {"who": " "}, {"who": "x" * 81}, {"who": "x", "why": "y" * 2_001}]
)
def test_a_record_names_who_acts(matter: Matter, values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"custody|reason"):
        matter.store.note_custody("viewed", at=BASE_MS, **values)
    assert acts(matter) == []
