"""`livewatch rules evaluate`: tables from labelled files, and what it says when there are none."""

from __future__ import annotations

from monitor.commands import evaluate
from monitor.commands.exits import Exit

TEXTS = (
    '{"text":"这个茶喝一个月高血压就降下来了","label":true,"category":"food"}\n'
    '{"text":"这个茶喝着清香","label":false,"category":"food"}\n'
    '{"text":"今天晚上吃火锅","label":true,"category":"food"}\n'
)


def test_recall_and_precision_are_shown_with_what_was_decided_wrongly(tmp_path, capsys):
    (tmp_path / "medical-claim.dev.jsonl").write_text(TEXTS, encoding="utf-8")
    (tmp_path / "ordinary.jsonl").write_text(
        '{"text":"拍一号链接","label":false,"kind":"ordinary"}\n', encoding="utf-8"
    )
    assert evaluate.run(tmp_path, half="dev", show_wrong=True) is Exit.DONE
    shown = capsys.readouterr().out
    row = next(line for line in shown.splitlines() if line.startswith("medical-claim"))
    assert "1/2" in row
    assert "1/1" in row
    assert "missed: 今天晚上吃火锅" in shown
    assert "0 alerts" in shown


def test_a_folder_without_labels_is_bad_usage(tmp_path, capsys):
    assert evaluate.run(tmp_path, half="dev", show_wrong=False) is Exit.USAGE
    assert str(tmp_path) in capsys.readouterr().err


def test_a_row_that_cannot_be_read_is_named(tmp_path, capsys):
    (tmp_path / "medical-claim.dev.jsonl").write_text('{"text":1}\n', encoding="utf-8")
    assert evaluate.run(tmp_path, half="dev", show_wrong=False) is Exit.USAGE
    assert "text" in capsys.readouterr().err
