"""`rules record` and `rules compare`: what a change of the rules changes, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from monitor.commands.exits import Exit
from monitor.commands.record import compare, record
from tests.detectors.claims.test_framed import RULE
from tests.monitor.commands.conftest import OnePack

ROWS = '{"text": "这老茶真能养胃", "label": true, "category": "food"}\n{"text": "这老茶好喝", "label": false}\n'
#: Ours are the rules of this pack, with all of their cases.
CLAIMS = Path(__file__).parents[3] / "detectors/packs/claims.yaml"


@pytest.fixture(autouse=True)
def _claims(one_pack: OnePack) -> None:
    one_pack(CLAIMS)


def written(folder: Path, capsys: pytest.CaptureFixture[str], **changes: object) -> Path:
    """A record of two lines and the cases, by a pack of our own beside the shipped ones."""
    folder.mkdir()
    (folder / "tea.dev.jsonl").write_text(ROWS, encoding="utf-8")
    pack = folder / "tea.yaml"
    entry = {**RULE, "frames": [{**RULE["frames"][0], **changes}]}
    pack.write_text(yaml.safe_dump({"rules": [entry]}, allow_unicode=True), encoding="utf-8")
    assert record(folder, packs=[pack]) is Exit.DONE
    out = folder / "record.jsonl"
    out.write_text(capsys.readouterr().out, encoding="utf-8")
    return out


@pytest.mark.slow
def test_what_differs_is_named_with_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = written(tmp_path / "one", capsys)
    after = written(tmp_path / "two", capsys, level="watch")

    assert compare(before, after) is Exit.DONE
    shown = capsys.readouterr()
    assert (
        "level    tea-cure                   lead → watch           tea.dev:0  这老茶真能养胃"
        in shown.out
    )
    assert "好喝" not in shown.out
    assert "2 level" in shown.err  # the line, and the frame's own sentence


@pytest.mark.slow
def test_a_record_is_the_same_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = written(tmp_path / "one", capsys), written(tmp_path / "two", capsys)

    assert one.read_bytes() == two.read_bytes()
    assert compare(one, two) is Exit.DONE
    assert "none" in capsys.readouterr().err


def test_a_file_that_is_no_record_is_told(tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl"
    path.write_text("nonsense\n", encoding="utf-8")

    assert compare(path, path) is Exit.USAGE


def test_a_folder_without_labels_is_told(tmp_path: Path) -> None:
    assert record(tmp_path) is Exit.USAGE
