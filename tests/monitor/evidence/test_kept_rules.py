"""The rules of a verdict outlive an upgrade: kept when a monitor starts, in the bundle, run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from detectors.alerts import Alert
from detectors.pack.load import load_rulebook
from monitor.config import Config, Pipeline, Rules
from monitor.evidence import bundle, custody, kept_rules, report, rules_file
from monitor.evidence.case import Request
from monitor.evidence.rerun import rerun
from monitor.evidence.verify import verify
from monitor.runtime import Runtime
from tests.detectors.pack.test_definitions import OWN
from tests.monitor.build import BASE_MS, entry, line, speech
from tests.monitor.evidence.matter import contents, packed
from tests.monitor.evidence.test_verify import with_tags

pytestmark = pytest.mark.slow

LINES = [
    line(
        "product", "card", -20, sku="A", title="原浆老酒", category="alcohol", status="explaining"
    ),
    speech("age", 0, "这是三十年的老酒", sku="A"),
    speech("then", 30, "大家慢慢看"),
    speech("end", 60, "好的"),
]
#: The office finds other words later, and raises nothing for those of the alert.
LATER = OWN.replace("三十年", "五十年").replace("value: 600", "value: 900")


class Office:
    """A monitor with a pack of its own, before and after somebody changes that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pack = folder / "own.yaml"
        self.config = Config(
            rules=Rules(packs=[str(self.pack)]), pipeline=Pipeline(interval_ms=0, grace_ms=0)
        )

    def started(self, pack: str) -> Runtime:
        self.pack.write_text(pack, encoding="utf-8")
        # Two rules, so that no image of all of them has to be compiled for each pack.
        book = load_rulebook(own=[self.pack]).only("bulk-liquor-age", "absolute-term")
        runtime = Runtime(self.folder / "data", self.config, rulebook=book)
        runtime.keeper.begin("monitor", runtime.rulebook, self.config, BASE_MS)
        return runtime

    def export(self, runtime: Runtime, alert: Alert, name: str, *, redacted: bool = False) -> Path:
        request = Request(alerts=[alert.id], who="何敏", redacted=redacted)
        done = bundle.export(
            runtime.store, runtime.keeper, runtime.rulebook, self.config, request,
            self.folder / name, BASE_MS * 2,
        )  # fmt: skip
        return Path(done.path)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Runtime, Alert]]:
    patch = pytest.MonkeyPatch()
    patch.setattr(report, "has_pdf", lambda: False)
    office = Office(tmp_path_factory.mktemp("office"))
    before = office.started(OWN)
    try:
        before.log.append([entry(data) for data in LINES], source="test", now=BASE_MS).result()
        while before.worker.lag_events:
            before.worker.round()
        alerts = [row.alert for row in before.store.list_alerts().items]
    finally:
        before.stop()
    [alert] = [alert for alert in alerts if alert.rule == "bulk-liquor-age"]
    after = office.started(LATER)
    yield office, after, alert
    after.stop()
    patch.undo()


@pytest.fixture(scope="module")
def whole(office: tuple[Office, Runtime, Alert]) -> Path:
    place, runtime, alert = office
    return place.export(runtime, alert, "whole")


def test_a_bundle_made_after_the_change_has_the_rule_of_the_verdict(
    office: tuple[Office, Runtime, Alert], whole: Path
) -> None:
    files = contents(whole)
    rule = yaml.safe_load(files["data/rules/bulk-liquor-age.yaml"])
    assert rule["thresholds"]["tolerance"]["value"] == 600
    assert rule["patterns"]["age"] == ["三十年"]
    assert "data/rules/bulk-liquor-age.json" not in files
    rules, documents = rules_file.read(files["data/rules/rulebook.ndjson"])
    [version] = [files[path] for path in files if rules_file.VERSION.fullmatch(path)]
    engine = json.loads(version)["engine"]
    # As the alert says, byte for byte: whoever has sha256sum can see it.
    assert rules == engine["rules"] == hashlib.sha256(documents[rules]).hexdigest()
    assert {engine["pack"], engine["slots"], engine["law"]} <= set(documents)
    told = json.loads(files["data/engine.json"])
    assert told["in_force"] == office[1].rulebook.digest != rules
    assert told["rulebooks"] == {rules: "data/rules/rulebook.ndjson"}
    assert "slots" in told["changed_since"][office[2].id]
    page = files["data/report/report.html"].decode()
    assert "data/rules/bulk-liquor-age.yaml" in page
    assert rules in page
    assert "tolerance" in page
    found = verify(whole)
    assert (found.verdict, found.findings, found.rules) == ("seal-untrusted", [], 1)


def test_it_is_run_again_with_the_rules_of_the_verdict(
    office: tuple[Office, Runtime, Alert], whole: Path, tmp_path: Path
) -> None:
    [one] = rerun(whole, office[1].rulebook)
    assert (one.same, one.by, one.says) == (True, "verdict", [])
    # Without them the rules of today find nothing, and it is said why.
    files = contents(whole)
    del files["data/rules/rulebook.ndjson"]
    [one] = rerun(packed(files, tmp_path / "b.zip"), office[1].rulebook)
    assert (one.same, one.by) == (False, "installed")
    assert "the rules that concluded it are not in the bundle" in one.says


def sealed_anew(files: dict[str, bytes], path: Path) -> Path:
    """The bundle with all manifests made again, as whoever has the key can do."""
    payload = sorted(one for one in files if one.startswith("data/"))
    for name in ("sha256", "sha512", "sm3"):
        text = "".join(f"{hashlib.new(name, files[one]).hexdigest()}  {one}\n" for one in payload)
        files[f"manifest-{name}.txt"] = text.encode()
    return packed(with_tags(files), path)


def test_rules_that_were_changed_are_refused_by_the_digest_in_the_alert(
    office: tuple[Office, Runtime, Alert], whole: Path, tmp_path: Path
) -> None:
    name = "data/rules/rulebook.ndjson"
    original = contents(whole)[name]
    words = "三十年".encode()
    assert words in original
    changed = original.replace(words, "二十年".encode())
    # Also with a list that names what was changed: then no alert names the list.
    lines = changed.split(b"\n")[:-1]
    for old in original.split(b"\n")[:-1]:
        new = old.replace(words, "二十年".encode())
        lines[0] = lines[0].replace(
            hashlib.sha256(old).hexdigest().encode(), hashlib.sha256(new).hexdigest().encode()
        )
    for number, data in enumerate(
        (changed, b"\n".join(lines) + b"\n", original[: original.index(b"\n") + 1], original + b"{}\n", b"", original[:-1])
    ):  # fmt: skip
        files = contents(whole) | {name: data}
        found = verify(sealed_anew(files, tmp_path / "b.zip"))
        assert found.verdict == "invalid"
        assert {"rules", "format"} & {one.what for one in found.findings}, number
        if number < 5:
            # A document that is not what its name says is nothing to run with.
            [one] = rerun(tmp_path / "b.zip", office[1].rulebook)
            assert (one.same, one.by) in ((False, "installed"), (True, "verdict"))


def test_a_redacted_copy_has_them_too(office: tuple[Office, Runtime, Alert]) -> None:
    place, runtime, alert = office
    copy = place.export(runtime, alert, "redacted", redacted=True)
    assert "data/rules/rulebook.ndjson" in contents(copy)
    assert verify(copy).findings == []


def test_custody_says_with_which_program_rules_and_configuration_it_began(
    office: tuple[Office, Runtime, Alert], whole: Path
) -> None:
    lines = [json.loads(one) for one in contents(whole)["custody/custody.jsonl"].splitlines()]
    began = [one for one in lines if one["act"] == "started"]
    assert lines[0] == began[0], "who collects comes first"
    assert [one["detail"]["rules"] for one in began] == [
        *json.loads(contents(whole)["data/engine.json"])["rulebooks"],
        office[1].rulebook.digest,
    ]
    for one in began:
        assert one["who"] == "livewatch"
        assert one["version"]
        assert one["detail"]["configuration"]["pipeline"]["interval_ms"] == 0
    place, runtime, _ = office
    runtime.keeper.begin("monitor", runtime.rulebook, place.config, BASE_MS)
    with runtime.store.database.read() as connection:
        again = [one for one in custody.records(connection) if one.act == "started"]
    assert len(again) == 2, "a restart with the same is no news"


def test_they_stay_as_long_as_an_alert_names_them(tmp_path: Path) -> None:
    office = Office(tmp_path)
    runtime = office.started(OWN)
    old = runtime.rulebook.digest
    runtime.log.append([entry(data) for data in LINES], source="test", now=BASE_MS).result()
    while runtime.worker.lag_events:
        runtime.worker.round()
    runtime.stop()
    runtime = office.started(LATER)
    database, new = runtime.store.database, runtime.rulebook.digest

    def kept(rules: str) -> dict[str, bytes]:
        with database.read() as connection:
            return kept_rules.of(connection, rules)

    assert kept_rules.release(database, new, BASE_MS) == 0
    assert set(kept(old)) & set(kept(new)), "what did not change is there once"
    runtime.store.forget_alerts(BASE_MS * 3, ("lead", "watch", "info"), 100)
    assert kept_rules.release(database, new, BASE_MS) > 0
    assert kept(old) == {}
    with database.read() as connection:
        [purged] = [one for one in custody.records(connection) if one.act == "purged"]
    assert purged.detail["rules"] == [old]
    assert set(kept(new)) == set(runtime.rulebook.documents())
    sizes = {one.kind: one for one in runtime.store.sizes()}
    assert sizes["rules"].rows == len(kept(new))
    assert 10_000 < sizes["rules"].size < sum(map(len, kept(new).values())) / 2, "packed"
    runtime.stop()
