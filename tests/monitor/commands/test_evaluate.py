"""`livewatch rules evaluate`: tables from labelled files, and what it says when there are none."""

from __future__ import annotations

import json

import pytest

from monitor.commands import evaluate
from monitor.commands.evaluate import EvaluateOptions
from monitor.commands.exits import Exit

TEXTS = (
    '{"text":"这个茶喝一个月高血压就降下来了","label":true,"category":"food"}\n'
    '{"text":"这个茶喝着清香","label":false,"category":"food"}\n'
    '{"text":"今天晚上吃火锅","label":true,"category":"food"}\n'
)


@pytest.mark.slow
def test_recall_and_precision_are_shown_with_what_was_decided_wrongly(tmp_path, capsys):
    (tmp_path / "medical-claim.dev.jsonl").write_text(TEXTS, encoding="utf-8")
    (tmp_path / "ordinary.jsonl").write_text(
        '{"text":"拍一号链接","label":false,"kind":"ordinary"}\n', encoding="utf-8"
    )
    assert evaluate.run(tmp_path, EvaluateOptions(wrong=True)) is Exit.DONE
    shown = capsys.readouterr().out
    row = next(line for line in shown.splitlines() if line.startswith("medical-claim"))
    assert "1/2" in row
    assert "1/1" in row
    assert "missed: 今天晚上吃火锅" in shown
    assert "0 alerts" in shown


def test_a_folder_without_labels_is_bad_usage(tmp_path, capsys):
    assert evaluate.run(tmp_path, EvaluateOptions()) is Exit.USAGE
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("third", "says"),
    [
        (b'{"text":1,"label":true}', "text"),
        ('{"text":"好"}'.encode(), "missing required field `label`"),
        (b"no json", "malformed"),
        ('{"text":"治好高血压","label":true}'.encode("gbk"), "not in UTF-8"),
    ],
)
@pytest.mark.parametrize("name", ["medical-claim.dev.jsonl", "ordinary.jsonl"])
def test_a_row_that_cannot_be_read_is_named_with_its_file_and_line(
    tmp_path, capsys, name, third, says
):
    two = "".join(TEXTS.splitlines(keepends=True)[:2])
    (tmp_path / name).write_bytes(two.encode() + third + b"\n")
    assert evaluate.run(tmp_path, EvaluateOptions()) is Exit.USAGE
    told = capsys.readouterr().err
    assert f"{tmp_path / name}: line 3: " in told
    assert says in told


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    assert evaluate.run(tmp_path / "lables", EvaluateOptions()) is Exit.USAGE
    assert f"there is no folder {tmp_path / 'lables'}" in capsys.readouterr().err


def test_labels_may_begin_with_a_mark(tmp_path, capsys):
    (tmp_path / "medical-claim.dev.jsonl").write_text(TEXTS, encoding="utf-8-sig")
    (row,) = measured(tmp_path, capsys)["rules"]
    assert row["rows"] == 3


def labelled(folder, rule, half="dev"):
    (folder / f"{rule}.{half}.jsonl").write_text(TEXTS, encoding="utf-8")


def measured(folder, capsys, **options):
    assert evaluate.run(folder, EvaluateOptions(json=True, **options)) is Exit.DONE
    return json.loads(capsys.readouterr().out)


def test_figures_as_data_have_an_interval(tmp_path, capsys):
    labelled(tmp_path, "medical-claim")
    (row,) = measured(tmp_path, capsys)["rules"]
    assert row["rule"] == "medical-claim"
    assert row["recall"] == {"found": 1, "of": 2, "low": 0.0945, "high": 0.9055}
    assert row["wrong"] == ["missed: 今天晚上吃火锅"]


@pytest.mark.slow
def test_both_halves_are_told_apart_and_rules_can_be_chosen(tmp_path, capsys):
    for half in ("dev", "heldout"):
        for rule in ("medical-claim", "false-claim"):
            labelled(tmp_path, rule, half)
    report = measured(tmp_path, capsys, half="both", rules=("medical-claim",))
    assert [(row["rule"], row["half"]) for row in report["rules"]] == [
        ("medical-claim", "dev"),
        ("medical-claim", "heldout"),
    ]


def test_labels_of_a_rule_that_is_not_there_are_named(tmp_path, capsys):
    labelled(tmp_path, "no-such-rule")
    assert evaluate.run(tmp_path, EvaluateOptions(json=True)) is Exit.USAGE
    told = capsys.readouterr()
    assert json.loads(told.out)["unknown"] == ["no-such-rule"]
    assert "no-such-rule" in told.err


@pytest.mark.slow
def test_hidden_words_are_looked_for_and_lawful_words_are_hidden_too(tmp_path, capsys):
    labelled(tmp_path, "medical-claim")
    report = measured(tmp_path, capsys, evasion=True)
    rows = {row["operator"]: row for row in report["evasion"] if row["rule"] == "medical-claim"}
    # One text is found; the operator changes it, and the rule finds it all the same.
    assert (rows["zero-width"]["kept"]["found"], rows["zero-width"]["kept"]["of"]) == (1, 1)
    # One text is lawful and decided so; hiding its words makes no alarm.
    assert (rows["zero-width"]["alarms"]["found"], rows["zero-width"]["alarms"]["of"]) == (0, 1)


@pytest.mark.slow
def test_families_with_several_rules_are_summed(tmp_path, capsys):
    for rule in ("medical-claim", "false-claim", "fake-scarcity"):
        labelled(tmp_path, rule)
    report = measured(tmp_path, capsys)
    (family,) = report["families"]
    mine = [row for row in report["rules"] if row["rule"] != "fake-scarcity"]
    assert (family["rule"], family["rows"]) == ("claims", sum(row["rows"] for row in mine))
    assert family["recall"]["found"] == sum(row["recall"]["found"] for row in mine)


def test_a_part_with_lawful_lines_of_its_own_is_measured_on_those(tmp_path, capsys):
    labelled(tmp_path, "medical-claim", "fourth")
    lawful = '{"text":"%s","label":false,"kind":"%s"}\n'
    (tmp_path / "ordinary.jsonl").write_text(lawful % ("拍一号链接", "ordinary"), encoding="utf-8")
    (tmp_path / "ordinary.fourth.jsonl").write_text(
        lawful % ("拍二号链接", "copy"), encoding="utf-8"
    )
    report = measured(tmp_path, capsys, half="fourth")
    assert [(one["kind"], one["lines"]) for one in report["lawful"]] == [("copy", 1)]
    assert [row["rule"] for row in report["rules"]] == ["medical-claim"]
    assert report["unknown"] == []
