"""The records of a bundle give its verdict again, or it is said why they do not."""

from __future__ import annotations

import base64
import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from detectors.pack.definitions import as_data
from monitor.commands import evidence_bundle
from monitor.commands.exits import Exit
from monitor.config import Config
from monitor.evidence import bundle, report
from monitor.evidence.case import Request
from monitor.evidence.keeper import Keeper
from monitor.evidence.rerun import rerun
from monitor.evidence.unpack import BadBundle
from monitor.store.store import Store
from tests.detectors.build import rulebook
from tests.monitor.build import BASE_MS
from tests.monitor.evidence.matter import contents, packed

pytestmark = pytest.mark.slow


class Evening:
    """The demo evening in a real monitor, and bundles of all its alerts."""

    def __init__(self, folder: Path) -> None:
        evidence_bundle._demo(folder)
        self.store = Store.open(folder / "livewatch.db")
        self.rulebook = rulebook()
        self.folder = folder
        self.alerts = [row.alert for row in self.store.list_alerts(limit=500).items]

    def export(self, name: str, *, redacted: bool = False) -> Path:
        config = Config()
        keeper = Keeper(self.store.database, self.folder / "evidence" / "keys", config.evidence)
        request = Request(alerts=[one.id for one in self.alerts], who="何敏", redacted=redacted)
        done = bundle.export(
            self.store, keeper, self.rulebook, config, request, self.folder / name, BASE_MS * 2
        )
        return Path(done.path)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    patch = pytest.MonkeyPatch()
    patch.setattr(report, "has_pdf", lambda: False)
    opened = Evening(tmp_path_factory.mktemp("evening"))
    yield opened
    opened.store.close()
    patch.undo()


@pytest.fixture(scope="module")
def whole(evening: Evening) -> Path:
    return evening.export("whole")


@pytest.mark.slow(6)
def test_every_alert_of_the_evening_comes_out_the_same(evening: Evening, whole: Path) -> None:
    found = rerun(whole, evening.rulebook)
    assert len(found) == len(evening.alerts) > 20
    assert [(one.rule, one.says) for one in found if not one.same] == []


def changed(files: dict[str, bytes], path: Path, words: bytes, others: bytes) -> Path:
    """The bundle with other words in its records."""
    lines = []
    for line in files["data/events/records.ndjson"].splitlines():
        value = json.loads(line)
        data = base64.b64decode(value["data"]).replace(words, others)
        lines.append(json.dumps(value | {"data": base64.b64encode(data).decode()}))
    records = "".join(line + "\n" for line in lines).encode()
    return packed(files | {"data/events/records.ndjson": records}, path)


def test_other_records_give_another_verdict(evening: Evening, whole: Path, tmp_path: Path) -> None:
    files = contents(whole)
    [alert] = [one for one in evening.alerts if one.rule == "low-show-high-settle"][:1]
    shown = str(alert.evidence.numbers["settled_fen"]).encode()
    path = changed(files, tmp_path / "b.zip", b'"price":' + shown, b'"price":99999')
    [other] = [one for one in rerun(path, evening.rulebook) if one.alert == alert.id]
    assert not other.same
    assert any("99999" in line or "999.99" in line or "do not raise" in line for line in other.says)


def test_a_redacted_copy_cannot_be_run_and_says_so(evening: Evening) -> None:
    found = rerun(evening.export("redacted", redacted=True), evening.rulebook)
    assert not any(one.same for one in found)
    assert all(any("digests only" in line for line in one.says) for one in found)


def test_another_rule_is_named(evening: Evening, whole: Path, tmp_path: Path) -> None:
    # A bundle of before rules were kept: it has the rule in force.
    of_the_verdict = evening.rulebook.digest.encode()
    files = {
        path: data.replace(of_the_verdict, b"")
        for path, data in contents(whole).items()
        if path != "data/rules/rulebook.ndjson"
    }
    rule = "data/rules/low-show-high-settle.json"
    there = as_data(evening.rulebook["low-show-high-settle"].spec)
    # Such a bundle has the words of slots twice.
    there |= {"title": "another", "slots": {"named": ["一口价"]}}
    # It is older than what own rules say in English.
    del there["english"]
    files[rule] = msgspec.json.encode(there)
    files["data/events/records.ndjson"] = b""
    found = rerun(packed(files, tmp_path / "b.zip"), evening.rulebook)
    [one] = [one for one in found if one.rule == "low-show-high-settle"][:1]
    assert (one.same, one.by) == (False, "installed")
    assert "low-show-high-settle is otherwise here than in the bundle: title" in one.says


@pytest.mark.slow(3)
def test_a_verdict_that_stands_on_older_records_says_which(
    evening: Evening, tmp_path: Path
) -> None:
    shutil.copytree(evening.folder, tmp_path / "copy")
    later = copy.copy(evening)
    later.folder = tmp_path / "copy"
    later.store = Store.open(later.folder / "livewatch.db")
    later.store.database.write(
        lambda connection: connection.exec_driver_sql("DELETE FROM event_log WHERE position < 5000")
    )
    path = later.export("late")
    later.store.close()
    [room] = json.loads(contents(path)["data/rooms.json"])
    assert room["watched_since"] < room["first_at"]
    assert room["from"] < room["whole_from"] == 5_000, "what alerts name is held from before"
    found = [one for one in rerun(path, evening.rulebook) if not one.same]
    assert found
    assert all(any("cannot be computed again" in line for line in one.says) for one in found)


def test_what_is_no_bundle_is_refused(evening: Evening, whole: Path, tmp_path: Path) -> None:
    files = contents(whole)
    files["data/engine.json"] = b"[]"
    with pytest.raises(BadBundle):
        rerun(packed(files, tmp_path / "b.zip"), evening.rulebook)


def test_the_command_says_it(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evidence_bundle.rerun_bundle(None, whole, as_json=True) == Exit.DONE
    assert all(one["same"] for one in json.loads(capsys.readouterr().out))
