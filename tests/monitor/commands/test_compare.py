"""`livewatch rules diff` and `rules backtest`: a change of the packs and what it changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import detectors.pack.load
from detectors.events import encode
from monitor.commands import compare
from monitor.commands.exits import Exit
from tests.detectors.build import product, speech
from tests.monitor.commands.conftest import OnePack

CLAIMS = Path(detectors.pack.load.__file__).parents[1] / "packs" / "claims.yaml"
RULE = "absolute-term"
#: One of its slots.
GRADES = "term.grade.国家级"


@pytest.fixture(autouse=True)
def _claims(one_pack: OnePack) -> None:
    """Ours are the rules of one pack: what is compared is one of them."""
    one_pack(CLAIMS)


@pytest.fixture
def entry() -> dict:
    """A rule of ours as data."""
    rules = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))["rules"]
    return next(rule for rule in rules if rule["id"] == RULE)


def pack(folder: Path, name: str, **document: object) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return str(path)


def differences(before: str, after: str, capsys, **options) -> dict:
    assert compare.diff(before, after, as_json=True, **options) is Exit.DONE
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def evening(tmp_path: Path) -> str:
    path = tmp_path / "evening.jsonl"
    events = [
        product(t=-20, category="food", status="explaining"),
        speech("我们这个蜂蜜全网第一", sku="A"),
        speech("国家级的蜂蜜，你尝尝", t=30, sku="A"),
    ]
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    return str(path)


# diff -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_packs_do_not_differ(tmp_path, entry, capsys):
    path = pack(tmp_path, "a", rules=[entry])
    assert differences(path, path, capsys) == {"rules": [], "alerts": []}


@pytest.mark.slow
def test_a_folder_stands_on_its_own_law(tmp_path, entry, capsys):
    duty = {"from": "2026-01-01", "article": "第二条", "penalty": "第六条", "gist": "不得宣称",
            "status": "unverified"}  # fmt: skip
    statute = {"short": "本市通告", "title": "某市通告", "duties": {"用语": [duty]}}
    own = {**entry, "law": [{"ref": "本市通告/用语", "when": "在本市"}]}
    for name, rule in (("a", own), ("b", {**own, "title": "另一个"})):
        (tmp_path / name / "law").mkdir(parents=True)
        pack(tmp_path / name, "own", rules=[rule])
        pack(tmp_path / name / "law", "notice", **statute)
    (told,) = differences(str(tmp_path / "a"), str(tmp_path / "b"), capsys)["rules"]
    assert told["rule"] == RULE


def test_what_changes_the_meaning_asks_for_a_version(tmp_path, entry, capsys):
    words = {**entry["slots"], GRADES: [*entry["slots"][GRADES][1:], "天下无双"]}
    before = pack(tmp_path, "a", rules=[entry])
    after = pack(tmp_path, "b", rules=[{**entry, "slots": words}])
    (rule,) = differences(before, after, capsys)["rules"]
    (change,) = rule["changes"]
    assert change == {
        "field": f"patterns.{GRADES}",
        "before": entry["slots"][GRADES][0],
        "after": "天下无双",
        "meaning": True,
    }
    assert rule["advice"].startswith(f"version {entry['version']} → {entry['version'] + 1}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "is_meaning"), [({"level": "watch"}, True), ({"quiet": ["别的一句话"]}, False)]
)
def test_a_frame_is_named_and_its_sentences_mean_nothing(
    tmp_path, entry, capsys, change, is_meaning
):
    first, *rest = entry["frames"]
    before = pack(tmp_path, "a", rules=[entry])
    after = pack(tmp_path, "b", rules=[{**entry, "frames": [{**first, **change}, *rest]}])
    (rule,) = differences(before, after, capsys)["rules"]
    found = {one["field"]: one["meaning"] for one in rule["changes"] if one["field"] != "cases"}
    assert found == {f"frames.{first['id']}": is_meaning}


@pytest.mark.slow
def test_packs_before_the_first_change_of_ours_stand_on_ours_too(tmp_path, entry, capsys):
    own = {**entry, "id": "own-rule", "kind": "frames"}
    change = {"id": RULE, "reason": "本地", "stage": "shadow"}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pack(tmp_path / name, "own", rules=[own])
    pack(tmp_path / "b", "ours", override=[change])
    told = differences(str(tmp_path / "a"), str(tmp_path / "b"), capsys)["rules"]
    assert [one["rule"] for one in told] == [RULE]


@pytest.mark.slow
def test_what_is_for_people_does_not(tmp_path, entry, capsys):
    before = pack(tmp_path, "a", rules=[entry])
    after = pack(tmp_path, "b", rules=[{**entry, "missing": ["别的材料"]}])
    (rule,) = differences(before, after, capsys)["rules"]
    assert [change["meaning"] for change in rule["changes"]] == [False]
    assert rule["advice"] == ""


@pytest.mark.parametrize(
    ("change", "said"), [({"version": 99}, "is enough"), ({"version": 1}, "only rise")]
)
@pytest.mark.slow
def test_a_version_that_rises_for_nothing_or_falls_is_told(tmp_path, entry, capsys, change, said):
    before = pack(tmp_path, "a", rules=[{**entry, "version": 2}])
    after = pack(tmp_path, "b", rules=[{**entry, **change}])
    assert said in differences(before, after, capsys)["rules"][0]["advice"]


@pytest.mark.slow
def test_a_rule_that_went_should_have_been_retired(tmp_path, entry, capsys):
    before, after = pack(tmp_path, "a", rules=[entry]), pack(tmp_path, "b", rules=[])
    (rule,) = differences(before, after, capsys)["rules"]
    assert (rule["kind"], "retired" in rule["advice"]) == ("removed", True)
    (rule,) = differences(after, before, capsys)["rules"]
    assert rule["kind"] == "added"


@pytest.mark.slow
def test_a_change_beside_ours_is_compared_with_ours(tmp_path, capsys):
    own = pack(tmp_path, "own", override=[{"id": RULE, "reason": "试", "stage": "shadow"}])
    (rule,) = differences("builtin", own, capsys)["rules"]
    assert (rule["rule"], rule["changes"][0]["field"]) == (RULE, "stage")


@pytest.mark.slow
def test_what_is_raised_on_a_recording_is_compared_too(tmp_path, entry, evening, capsys):
    before = pack(tmp_path, "a", rules=[entry])
    after = pack(tmp_path, "b", rules=[{**entry, "level": "watch"}])
    alerts = differences(before, after, capsys, recordings=[evening])["alerts"]
    assert [(one["kind"], one["level_before"], one["level_after"]) for one in alerts] == [
        ("lowered", "lead", "watch"),
        ("lowered", "lead", "watch"),
    ]


@pytest.mark.slow
def test_a_difference_can_be_read(tmp_path, entry, evening, capsys):
    before = pack(tmp_path, "a", rules=[entry])
    after = pack(tmp_path, "b", rules=[{**entry, "level": "watch"}])
    compare.diff(before, after, recordings=[evening])
    shown = capsys.readouterr().out
    assert "* level: lead → watch" in shown
    assert "lowered  absolute-term lead → watch  demo:1" in shown


# backtest ---------------------------------------------------------------------------------------


def backtest(evening, packs, capsys, status, **options) -> dict:
    done = compare.backtest([evening], packs=[Path(packs)], rules=[RULE], as_json=True, **options)
    assert done is status
    return json.loads(capsys.readouterr().out)


def without(entry: dict, *words: str) -> dict:
    grades = [one for one in entry["slots"][GRADES] if not any(word in one for word in words)]
    return {**entry, "slots": {**entry["slots"], GRADES: grades}}


@pytest.mark.slow
def test_unchanged_packs_change_nothing(tmp_path, entry, evening, capsys):
    same = pack(tmp_path, "same", rules=[entry])
    data = backtest(evening, same, capsys, Exit.DONE)
    assert data["alerts"] == []
    (row,) = (row for row in data["rules"] if row["rule"] == RULE)
    assert (row["before"], row["after"]) == (2, 2)


@pytest.mark.slow
def test_an_alert_that_is_lost_is_named_and_fails(tmp_path, entry, evening, capsys):
    fewer = pack(tmp_path, "fewer", rules=[without(entry, "国家级")])
    data = backtest(evening, fewer, capsys, Exit.CHECK_FAILED)
    (lost,) = data["alerts"]
    assert (lost["kind"], lost["rule"], lost["subject"]) == ("lost", RULE, "A/国家级")
    (row,) = (row for row in data["rules"] if row["rule"] == RULE)
    assert (row["before"], row["after"], row["lost"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("confirmed", "status", "recall"), [(False, Exit.DONE, 0), (True, Exit.CHECK_FAILED, 1)]
)
@pytest.mark.slow
def test_what_officers_found_decides(tmp_path, entry, evening, capsys, confirmed, status, recall):
    fewer = pack(tmp_path, "fewer", rules=[without(entry, "国家级")])
    labels = tmp_path / "labels.jsonl"
    verdict = {"rule": RULE, "platform": "demo", "room": "1", "session": "s1",
               "subject": "A/国家级", "confirmed": confirmed}  # fmt: skip
    labels.write_text(json.dumps(verdict) + "\n", encoding="utf-8")
    data = backtest(evening, fewer, capsys, status, labels=labels)
    assert len(data["lost"]) == recall
    assert data["measured"]["before"]["precision"][:2] == [int(confirmed), 1]
    assert data["measured"]["after"]["precision"][:2] == [0, 0]


@pytest.mark.slow
def test_a_backtest_can_be_read(tmp_path, entry, evening, capsys):
    fewer = pack(tmp_path, "fewer", rules=[without(entry, "国家级")])
    compare.backtest([evening], packs=[Path(fewer)], rules=[RULE])
    shown = capsys.readouterr().out
    assert "lost     absolute-term lead → –" in shown


@pytest.mark.slow
def test_packs_and_recordings_that_are_not_there(tmp_path, evening, capsys):
    missing = tmp_path / "missing.yaml"
    assert compare.backtest([evening], packs=[missing]) is Exit.CONFIGURATION
    assert compare.backtest(["no-file"], packs=[], rules=[RULE]) is Exit.USAGE
    assert compare.backtest([evening], packs=[], rules=["no-such-rule"]) is Exit.USAGE
    assert compare.diff("builtin", str(missing)) is Exit.CONFIGURATION
    assert capsys.readouterr().err.count("livewatch rules") == 4
