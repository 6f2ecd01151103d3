"""`livewatch rules pages`: what stands on a page, and that the committed ones are of today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detectors.pack.unseen import Unseen, unseen_violations
from monitor.commands import pages as command
from monitor.commands.exits import Exit
from monitor.rule_pages import pages
from tests.detectors.build import rulebook

DOCS = Path(__file__).parents[3] / "docs" / "rules"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages(rulebook(), unseen_violations())


def test_the_committed_pages_are_as_the_packs_say(made):
    there = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    assert sorted(there) == sorted(made)
    assert [name for name, text in made.items() if there[name] != text] == []


def test_every_rule_has_a_page_and_stands_in_the_index(made):
    linked = set(re.findall(r"\]\(([a-z0-9-]+)\.md\)", made["README.md"]))
    assert (
        linked
        == {rule.id for rule in rulebook()}
        == {name.removesuffix(".md") for name in made if name != "README.md"}
    )


def test_a_page_says_what_the_pack_says(made):
    spec = rulebook()["false-original-price"].spec
    page = made["false-original-price.md"]
    assert page.startswith("<!--")
    for threshold in spec.thresholds.values():
        assert threshold.note in page
    for text in (*spec.missing, *spec.falsepositives, *(one.gist for one in spec.exemptions)):
        assert text in page
    assert "第十六条第二款" in page
    assert "违法所得 5 倍以下" in page
    assert "会报：" in page
    assert "不会报：" in page


def test_a_basis_is_shown_in_all_its_versions_so_that_no_day_changes_the_page(made):
    page = made["false-claim.md"]
    assert "第八条第一款" in page
    assert "第九条第一款" in page
    assert "2019-04-23 至 2025-10-14" in page
    assert "行政处罚法第三十七条" in page
    assert pages(rulebook(), unseen_violations()) == made


def test_tables_keep_their_columns(made):
    for name, text in made.items():
        columns = 0
        for line in text.splitlines():
            if line.startswith("|"):
                count = len(re.findall(r"(?<!\\)\|", line))
                assert count == (columns or count), (name, line)
                columns = count
            else:
                columns = 0


def test_words_of_an_example_are_no_markup(made):
    # “zui hao” and the like are written with symbols between; a star must stay a star.
    for text in made.values():
        for line in text.splitlines():
            if line.startswith("- ") and "“" in line:
                assert not re.search(r"(?<!\\)\*", line), line


def test_what_no_rule_looks_for_is_in_the_index_with_the_reason():
    one = Unseen(id="x", title="甲", title_en="A", focus="F8", reason="看不到", needs="回放")
    index = pages(rulebook().only("false-claim"), [one])["README.md"]
    assert "| 甲 | `x` | 看不到 | 回放 |" in index
    assert "| 甲 |" not in pages(rulebook().only("false-claim"), [])["README.md"]


@pytest.mark.slow
def test_pages_are_written_checked_and_removed(tmp_path, capsys):
    folder = tmp_path / "rules"
    assert command.run(folder, check=True) is Exit.CHECK_FAILED
    assert not folder.exists()
    assert command.run(folder) is Exit.DONE
    assert command.run(folder, check=True) is Exit.DONE
    (folder / "gone-rule.md").write_text("x", encoding="utf-8")
    (folder / "false-claim.md").write_text("x", encoding="utf-8")
    capsys.readouterr()
    assert command.run(folder, check=True) is Exit.CHECK_FAILED
    told = capsys.readouterr().out
    assert "gone-rule.md" in told
    assert "false-claim.md" in told
    command.run(folder)
    assert command.run(folder, check=True) is Exit.DONE
    assert not (folder / "gone-rule.md").exists()
