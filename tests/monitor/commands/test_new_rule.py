"""`livewatch rules new`: a pack that loads, with cases that hold."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from detectors.lab.cases import run_cases
from detectors.pack.load import load_rulebook
from monitor.commands.exits import Exit
from monitor.commands.new_rule import NewRule, run

RULE = NewRule(
    id="bulk-age",
    find=["三十年", "五十年"],
    requires=["老酒"],
    exempt=["检验报告"],
    category=["alcohol"],
    title="散酒宣称年份",
    focus="F5",
    law=["反法/虚假宣传"],
)

#: The pack in which `medical-claim` stands.
CLAIMS = Path(__file__).parents[3] / "detectors/packs/claims-health.yaml"


@pytest.fixture(autouse=True)
def _claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours are the rules of one pack: with all of them a lexicon takes three seconds to make."""
    monkeypatch.setattr("monitor.commands.new_rule.load_rulebook", partial(load_rulebook, [CLAIMS]))


@pytest.mark.slow
def test_what_is_written_loads_and_its_cases_hold_from_both_sides(tmp_path: Path, capsys):
    path = tmp_path / "bulk.yaml"
    assert run(RULE, path) is Exit.DONE
    assert "does not hold" not in capsys.readouterr().err

    book = load_rulebook([CLAIMS], own=[path])
    results = run_cases(book, ["bulk-age"])
    assert [result for result in results if not result.ok] == []
    assert {bool(case["expect"]) for case in book["bulk-age"].spec.cases} == {True, False}
    # A rule that nobody has read yet raises nothing.
    assert book["bulk-age"].spec.stage == "shadow"


@pytest.mark.slow
def test_without_a_file_it_is_printed(capsys):
    assert run(NewRule(id="plain", find=["祖传秘方"]), None) is Exit.DONE
    assert "id: plain" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rule", "status", "said"),
    [
        (NewRule(id="Bulk Age", find=["三十年"]), Exit.USAGE, "no id"),
        (NewRule(id="x", find=["三十年"], category=["wine"]), Exit.USAGE, "alcohol"),
        (NewRule(id="x", find=["三十年"], focus="F9"), Exit.USAGE, "F8"),
        (NewRule(id="x", find=["三十年"], law=["没有/没有"]), Exit.CONFIGURATION, "没有/没有"),
        (NewRule(id="medical-claim", find=["三十年"]), Exit.CONFIGURATION, "already defined"),
    ],
)
def test_what_makes_no_pack_is_refused_with_the_reason(rule, status, said, capsys):
    assert run(rule, None) is status
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_file_that_is_there_is_left_alone(tmp_path: Path, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text("rules: []\n")
    assert run(RULE, path) is Exit.USAGE
    assert path.read_text() == "rules: []\n"


@pytest.mark.slow
def test_a_case_that_the_words_do_not_make_is_told(capsys):
    # “没有” behind the words denies them, so that the line that should raise does not.
    assert run(NewRule(id="plain", find=["五十年"], requires=["没有"]), None) is Exit.DONE
    assert "does not hold yet" in capsys.readouterr().err


@pytest.mark.slow
def test_the_case_of_other_goods_is_of_a_class_that_the_rule_is_not_about(capsys):
    assert run(NewRule(id="sofa", find=["祖传秘方"], category=["home"]), None) is Exit.DONE
    assert "does not hold" not in capsys.readouterr().err
