"""`livewatch rules new`: a pack that loads, with cases that hold."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import msgspec
import pytest

from detectors.lab.cases import run_cases
from detectors.lab.checking import check_rulebook
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

FRAMED = NewRule(
    id="pet-mail",
    kind="frames",
    find=["包邮", "发快递"],
    requires=["布偶", "柯基"],
    exempt=["自提"],
    fires=["这只布偶今天拍全国包邮", "柯基五个月大，可以发快递"],
    quiet=["布偶都是来店里抱的", "猫粮今天拍全国包邮"],
    category=["other"],
    title="活体宠物快递寄送",
    focus="F1",
    law=["反法/虚假宣传"],
)

#: The pack in which `medical-claim` stands.
CLAIMS = Path(__file__).parents[3] / "detectors/packs/claims-health.yaml"


@pytest.fixture(autouse=True)
def _claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours are the rules of one pack: with all of them a lexicon takes three seconds to make."""
    monkeypatch.setattr("monitor.commands.new_rule.load_rulebook", partial(load_rulebook, [CLAIMS]))


@pytest.mark.slow
@pytest.mark.parametrize("rule", [RULE, FRAMED])
def test_what_is_written_loads_and_its_cases_hold_from_both_sides(
    rule: NewRule, tmp_path: Path, capsys
):
    path = tmp_path / "own.yaml"
    assert run(rule, path) is Exit.DONE
    told = capsys.readouterr().err
    assert told == f"wrote {path}: a rule in the shadow with its cases\n"

    book = load_rulebook([CLAIMS], own=[path])
    results = run_cases(book, [rule.id])
    assert [result for result in results if not result.ok] == []
    assert {bool(case["expect"]) for case in book[rule.id].spec.cases} == {True, False}
    problems = check_rulebook(book, date(2026, 11, 30), [rule.id])
    assert {one.severity for one in problems if "is left to be filled in" in one.what} == {
        "warning"
    }
    assert [one for one in problems if "is left to be filled in" not in one.what] == []
    # A rule that nobody has read yet raises nothing.
    assert book[rule.id].spec.stage == "shadow"


@pytest.mark.slow
def test_the_words_of_a_frame_may_stand_as_far_apart_as_in_its_sentence(tmp_path: Path):
    path = tmp_path / "own.yaml"
    assert run(FRAMED, path) is Exit.DONE
    (frame,) = load_rulebook([CLAIMS], own=[path])["pet-mail"].spec.frames
    near, step, find = frame.seq
    assert (near, find) == ("near", "find")  # as they are said, not as they are given
    assert not isinstance(step, str)
    # Both sentences fit: 今天拍全国, and with a comma 五个月大，可以
    assert (step.gap, step.marks) == (7, 1)


@pytest.mark.slow
def test_a_sentence_with_the_words_the_other_way_round_is_a_frame_of_its_own(
    tmp_path: Path, capsys
):
    path = tmp_path / "own.yaml"
    rule = msgspec.structs.replace(FRAMED, fires=[*FRAMED.fires, "包邮的柯基就剩两只"])
    assert run(rule, path) is Exit.DONE
    assert "does not hold" not in capsys.readouterr().err
    said, other = load_rulebook([CLAIMS], own=[path])["pet-mail"].spec.frames
    assert (said.fires, other.fires) == (FRAMED.fires, ["包邮的柯基就剩两只"])
    assert [item for item in other.seq if isinstance(item, str)] == ["find", "near"]


@pytest.mark.slow
def test_a_sentence_that_is_called_lawful_and_raises_is_told(tmp_path: Path, capsys):
    lawful = "布偶抱枕今天拍包邮"
    rule = msgspec.structs.replace(FRAMED, quiet=[lawful])
    assert run(rule, tmp_path / "own.yaml") is Exit.DONE
    told = capsys.readouterr().err
    assert "does not hold yet, change slots, gap or `unless`" in told
    assert lawful in told


@pytest.mark.slow
def test_a_rule_without_a_basis_is_told(capsys):
    assert run(NewRule(id="plain", find=["祖传秘方"]), None) is Exit.DONE
    assert "no basis yet" in capsys.readouterr().err


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
        (
            NewRule(id="x", find=["三十年"], law=["没有/没有"]),
            Exit.CONFIGURATION,
            "livewatch rules new: x: no '没有/没有' in the law table: `livewatch law list` shows what there"
            " is; a statute of your own stands in law/没有.yaml beside the pack",
        ),
        (
            NewRule(id="x", find=["三十年"], law=["化妆品条例/宣称"]),
            Exit.CONFIGURATION,
            "no '化妆品条例/宣称' in the law table: the duties of 化妆品条例 are 功效依据, ",
        ),
        (
            NewRule(id="x", find=["三十年"], law=["广告/真实"]),
            Exit.CONFIGURATION,
            "is 广告法 meant?",
        ),
        (NewRule(id="x", kind="model", find=["三十年"]), Exit.USAGE, "words, frames"),
        (NewRule(id="x", kind="frames", find=["三十年"]), Exit.USAGE, "--fires and --quiet"),
        (NewRule(id="x", find=["三十年"], fires=["三十年的酒"]), Exit.USAGE, "--kind frames"),
        (
            NewRule(id="x", kind="frames", find=["三十年"], fires=["五十年的酒"], quiet=["年"]),
            Exit.USAGE,
            "“五十年的酒” has none of the words 三十年",
        ),
        (
            NewRule(
                id="x",
                kind="frames",
                find=["三十年"],
                requires=["酒"],
                fires=["三十年了。喝酒"],
                quiet=["年"],
            ),
            Exit.USAGE,
            "a sentence ends between its words",
        ),
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
