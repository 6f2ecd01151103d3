"""`livewatch sources hear`: a model of speech measured on a recording of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.commands.exits import Exit
from monitor.commands.hearing import HearingOptions, character_errors, run
from tests.connectors.sounds import TINY_EN, spoken

MODEL = HearingOptions(engine="whisper", model=Path(TINY_EN), language="en")


@pytest.mark.parametrize(
    ("heard", "said", "errors"),
    [
        ("只要三十九块九", "只要三十九块九。", 0),
        ("這個茶", "这个茶", 0),
        ("只要四十九", "只要三十九", 1),
        ("只要三十九", "只要三十九块九", 2),
        ("啊只要三十九", "只要三十九", 1),
        ("", "三十九", 3),
        ("ＡＢ 12", "ab12", 0),
    ],
)
def test_errors_are_counted_in_characters_whatever_their_script(heard, said, errors):
    assert character_errors(heard, said)[0] == errors


@pytest.mark.slow
def test_a_real_model_hears_a_real_recording(tmp_path, capsys):
    sound = spoken(tmp_path, "The price is nine dollars today.")
    (tmp_path / "said.txt").write_text("The price is nine dollars today.", encoding="utf-8")

    status = run(
        sound,
        HearingOptions(
            engine="whisper",
            model=Path(TINY_EN),
            language="en",
            reference=tmp_path / "said.txt",
            json=True,
        ),
    )
    told = json.loads(capsys.readouterr().out)

    assert status is Exit.DONE
    assert told["segments"]
    assert 0 <= told["error_rate"] < 0.8
    assert told["processor_s"] > 0
    assert len(told["model_sha256"]) == 64


@pytest.mark.slow
def test_it_can_be_read_without_a_reference(tmp_path, capsys):
    assert run(spoken(tmp_path, "Good evening everybody."), MODEL) is Exit.DONE
    shown = capsys.readouterr().out
    assert "one processor carries" in shown
    assert "error rate" not in shown


@pytest.mark.slow
def test_what_is_missing_is_named(tmp_path, capsys):
    assert run(tmp_path / "none.wav", MODEL) is not Exit.DONE
    assert "none.wav" in capsys.readouterr().err
    sound = tmp_path / "a.wav"
    sound.write_bytes(b"")
    nothing = HearingOptions(engine="whisper", model=tmp_path)
    assert run(sound, nothing) is Exit.CONFIGURATION
    assert "model.bin" in capsys.readouterr().err
    missing = HearingOptions(engine="whisper", model=tmp_path, reference=tmp_path / "no.txt")
    assert run(sound, missing) is Exit.USAGE
