"""The screenplay's text form."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.demo.script import Act, Expectation, ScriptError, Step, read_scene, read_screenplay


def scene(tmp_path: Path, *lines: str) -> list[Step]:
    path = tmp_path / "1-scene.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_scene(path)


def test_a_line_of_the_host_is_speech(tmp_path: Path) -> None:
    assert scene(tmp_path, "陈：水开了") == [
        Step("1-scene.txt:1", speaker="host", text="水开了")
    ]  # fmt: skip


def test_a_line_of_a_named_viewer_is_chat(tmp_path: Path) -> None:
    (step,) = scene(tmp_path, "@小满：几号链接")
    assert (step.viewer, step.speaker, step.text) == ("小满", None, "几号链接")


def test_notes_and_blank_lines_are_passed_over_but_counted(tmp_path: Path) -> None:
    (step,) = scene(tmp_path, "# 开场", "", "青：来了")
    assert step.place == "1-scene.txt:3"


def test_expectations_stand_in_braces_at_the_end_of_the_line(tmp_path: Path) -> None:
    (step,) = scene(tmp_path, "陈：全国第一 {+absolute-term@T1,-false-claim,-}")
    assert step.text == "全国第一"
    assert step.expected == (
        Expectation(True, "absolute-term", "T1"),
        Expectation(False, "false-claim"),
        Expectation(False, ""),
    )


def test_a_verb_has_words_options_and_lines(tmp_path: Path) -> None:
    (step,) = scene(tmp_path, "> claque C1 people=8", "| 好用，回购了", "| 很好用")
    assert step.act == Act("claque", ("C1",), {"people": "8"}, ("好用，回购了", "很好用"))


@pytest.mark.parametrize(
    "line",
    [
        "水开了",  # nobody says it
        "王：水开了",  # nobody is called so
        "陈：水开了 {absolute-term}",  # neither expected nor forbidden
        "陈：水开了 {+}",  # "any rule must raise" means nothing
        "| 好用",  # belongs to no verb
        "> -x",
    ],
)
def test_what_cannot_be_played_names_file_and_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(ScriptError, match=r"1-scene\.txt:1: "):
        scene(tmp_path, line)


def test_the_evening_has_several_hundred_spoken_lines_and_none_twice() -> None:
    spoken = [step.text for step in read_screenplay() if step.speaker is not None]
    assert len(spoken) > 350
    assert len(set(spoken)) == len(spoken)
