"""`livewatch rules explain`: what decided, in a recording of one evening."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from msgspec import convert

from detectors.alerts import Exemption
from detectors.events import Event, encode
from detectors.pack.sections import sections_of
from monitor.commands import explain
from monitor.commands.exits import Exit
from monitor.commands.explain import ExplainOptions
from monitor.silences import silence
from tests.detectors.build import price, product, rulebook, session, speech


def recorded(folder: Path, *events: Event) -> str:
    path = folder / "evening.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    return str(path)


@pytest.fixture
def evening(tmp_path: Path) -> str:
    return recorded(
        tmp_path,
        session(t=-60),
        product(t=-50, category="food", status="explaining"),
        speech("这款茶喝一个月高血压就降下来了", sku="A", id="said"),
        speech("这款茶不能治疗高血压", t=20, sku="A", id="denied"),
        speech("有家人问能不能治疗失眠", t=40, sku="A", id="asked"),
        speech("不能啊，这不是药", t=45, sku="A", id="answered"),
        speech("这款茶喝一个月高血压就降下来了", t=60, sku="A", id="again"),
    )


def steps(rule: str, file: str, capsys: pytest.CaptureFixture[str]) -> dict[str, dict]:
    assert explain.run(rule, [file], ExplainOptions(json=True)) is Exit.DONE
    data = json.loads(capsys.readouterr().out)
    return {"": data, **{step["event"]: step for step in data["steps"]}}


@pytest.mark.slow
def test_what_was_raised_names_the_words_and_what_was_considered(evening, capsys):
    step = steps("medical-claim", evening, capsys)["said"]
    (found,) = step["found"]
    assert (found["outcome"], found["level"]) == ("alert", "lead")
    assert "高血压" in {word["text"] for word in step["words"]}
    # The gates come first, the exemptions of the rule after them; none took the claim back.
    sorted_out = sections_of(
        rulebook()["medical-claim"].spec, convert(found["exemptions"], list[Exemption])
    )
    assert {one.met for one in sorted_out.exemptions} == {False}


@pytest.mark.slow
def test_a_repetition_is_one(evening, capsys):
    (found,) = steps("medical-claim", evening, capsys)["again"]["found"]
    assert found["outcome"] == "hit"


@pytest.mark.slow
def test_a_silence_names_the_gate_and_the_word_that_decided(evening, capsys):
    by_event = steps("medical-claim", evening, capsys)
    denied = by_event["denied"]["silences"][0]
    assert denied["reason"] == "negated"
    assert "不能" in denied["why"]
    assert by_event["asked"]["silences"][0]["reason"] == "quoted"
    assert by_event["answered"]["silences"][0]["reason"] == "quote-denied"
    assert by_event[""]["silent"]["quote-denied"] >= 1


@pytest.mark.slow
def test_an_exemption_is_named_by_its_clause(tmp_path, capsys):
    file = recorded(
        tmp_path,
        product(t=-50, category="food", status="explaining"),
        speech("我们的目标是做到全国第一", sku="A", id="aim"),
    )
    (silence,) = steps("absolute-term", file, capsys)["aim"]["silences"]
    assert silence["reason"] == "exempt"
    assert silence["why"].startswith("绝对化指南第五条第二项")


def test_what_a_rule_without_words_decided_has_its_time_and_its_figures(tmp_path, capsys):
    file = recorded(
        tmp_path,
        session(t=-60),
        price(9900, t=-40, kind="transaction", id="sold"),
        price(9900, t=0, reference_price=45900, reference_label="原价", id="shown"),
    )
    step = steps("false-original-price", file, capsys)["shown"]
    assert step["kind"] == "price"
    (found,) = step["found"]
    assert found["numbers"]["lowest_fen"] == 9900


@pytest.mark.slow
def test_it_can_be_read_and_ends_with_counts_and_memory(evening, capsys):
    assert explain.run("medical-claim", [evening], ExplainOptions(limit=1)) is Exit.DONE
    shown = capsys.readouterr().out
    assert "answer_s = 15" in shown
    assert "报出  lead [A/高血压]" in shown
    assert "steps more" in shown
    assert re.search(
        r"silent  quote-denied: \d  转述之后主播否认, 10-01 20:00:45 – 10-01 20:00:45", shown
    )
    assert "memory of demo:1" in shown


@pytest.mark.slow
def test_steps_in_which_nothing_was_decided_can_be_left_out(tmp_path, capsys):
    file = recorded(tmp_path, speech("今天只讲高血压这个词，别的不讲", id="word"))
    explain.run("medical-claim", [file], ExplainOptions())
    assert "未成" in capsys.readouterr().out
    explain.run("medical-claim", [file], ExplainOptions(decided=True))
    shown = capsys.readouterr().out
    assert "未成" not in shown
    assert "no claim in the words: 1" in shown


@pytest.mark.slow
def test_a_rule_in_the_shadow_is_explained_all_the_same(evening, tmp_path, capsys):
    own = tmp_path / "own.yaml"
    own.write_text("override: [{id: medical-claim, reason: 试, stage: shadow}]\n", encoding="utf-8")
    explain.run("medical-claim", [evening], ExplainOptions(json=True, packs=[own]))
    data = json.loads(capsys.readouterr().out)
    assert data["found"] == {"shadow lead": 2, "amends info": 2}


@pytest.mark.parametrize(("rule", "file"), [("no-such-rule", "-"), ("medical-claim", "no-file")])
def test_what_is_not_there_is_bad_usage(rule, file, capsys):
    assert explain.run(rule, [file], ExplainOptions()) is Exit.USAGE
    assert capsys.readouterr().err


def test_a_rule_over_rooms_says_what_it_made_of_their_signals(tmp_path, capsys):
    claim = "这款茶喝一个月高血压就降下来了，糖尿病也不用吃药了，一口一口喝出来的好身体"

    def room(number: int) -> list[Event]:
        place = {"room": str(number), "session": f"s{number}"}
        return [
            session(t=-60, **place),
            product(t=-50, category="food", status="explaining", **place),
            speech(claim, t=number, sku="A", **place),
        ]

    file = recorded(tmp_path, *(event for number in (1, 2) for event in room(number)))
    assert explain.run("shared-script", [file], ExplainOptions(json=True)) is Exit.DONE
    data = json.loads(capsys.readouterr().out)
    assert data["alerts"] == []
    assert data["evaluations"] > 0
    assert sum(data["silent"].values()) > 0
    assert explain.run("shared-script", [file], ExplainOptions()) is Exit.DONE
    assert "evaluations of clusters; 0 alerts" in capsys.readouterr().out


def test_a_silence_without_words_is_told_by_its_code():
    assert silence("negated") == "说的是否定"
    assert silence("no-such-code") == "no-such-code"
