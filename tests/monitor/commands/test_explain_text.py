"""`livewatch rules explain --text`: what every rule makes of one line."""

from __future__ import annotations

import json

import pytest

from monitor.commands.exits import Exit
from monitor.commands.explain_text import TextOptions, explain_text


def verdicts(
    text: str, capsys: pytest.CaptureFixture[str], **options: object
) -> dict[str, dict[str, object]]:
    asked = TextOptions(text=text, json=True, **options)  # type: ignore[arg-type]
    assert explain_text(asked) is Exit.DONE
    return {one["rule"]: one for one in json.loads(capsys.readouterr().out)}


@pytest.mark.slow
def test_every_rule_says_why_it_fired_or_kept_silent(capsys):
    told = verdicts("这款茶喝一个月高血压就降下来了", capsys, category="food")

    assert told["medical-claim"]["outcome"] == "raised"
    assert all(one["why"] for one in told.values())
    assert {"no-words", "not-asked", "silent"} <= {one["outcome"] for one in told.values()}
    # A rule of facts says what it looks at instead of a line.
    assert "经营者公示" in told["operator-undisclosed"]["why"]


def test_the_gate_that_silenced_the_words_is_named(capsys):
    told = verdicts("这款茶不能治疗高血压", capsys, category="food", rule="medical-claim")

    assert set(told) == {"medical-claim"}
    assert told["medical-claim"]["outcome"] == "silent"
    assert str(told["medical-claim"]["why"]).startswith("negated")


def test_a_line_without_words_says_which_words_are_looked_for_and_how_alike_it_is(capsys):
    told = verdicts("大家晚上好欢迎来到直播间", capsys, category="food", rule="medical-claim")

    assert told["medical-claim"]["outcome"] == "no-words"
    assert "例如" in str(told["medical-claim"]["why"])
    assert told["medical-claim"]["likeness"] < told["medical-claim"]["likeness_from"]


def test_who_says_it_decides_which_rules_are_asked(capsys):
    from_viewer = verdicts(
        "我要投诉你们，收到的是坏的", capsys, role="viewer", rule="complaint-intent"
    )
    from_host = verdicts("我要投诉你们，收到的是坏的", capsys, rule="complaint-intent")

    assert from_viewer["complaint-intent"]["outcome"] == "raised"
    assert from_host["complaint-intent"]["outcome"] == "not-asked"


def test_the_class_of_goods_decides(capsys):
    line = "这个三十年陈酿保证年份"
    drink = verdicts(line, capsys, category="alcohol", rule="cosmetic-medical")
    cream = verdicts("这个面霜能治湿疹", capsys, category="cosmetics", rule="cosmetic-medical")

    assert drink["cosmetic-medical"]["outcome"] != "raised"
    assert cream["cosmetic-medical"]["outcome"] == "raised"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"role": "guestt"}, "assistant"),
        ({"category": "foods"}, "fresh_produce"),
        ({"rule": "no-such-rule"}, "rules list"),
    ],
)
def test_what_does_not_exist_is_bad_usage_and_names_what_does(options, said, capsys):
    assert explain_text(TextOptions(text="好", **options)) is Exit.USAGE
    assert said in capsys.readouterr().err


def test_it_can_be_read(capsys):
    assert explain_text(TextOptions(text="这款茶不能治疗高血压", rule="medical-claim")) is Exit.DONE
    shown = capsys.readouterr().out
    assert "沉默  medical-claim" in shown
    assert "说的是否定" in shown
