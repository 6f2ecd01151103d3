"""How text sounds: characters and pinyin have the same codes."""

from __future__ import annotations

import pytest

from detectors.match.sounds import readings, sound_of, syllables


def test_sound_alikes_have_one_code() -> None:
    assert sound_of("治疗") == sound_of("制辽")


def test_sounds_that_speech_mixes_up_have_one_code() -> None:
    assert sound_of("病") == sound_of("鬓")
    assert sound_of("南") == sound_of("兰")


def test_what_has_no_sound_stays_as_it_is() -> None:
    assert sound_of("a,😀é") == "a,😀é"


@pytest.mark.parametrize(
    ("letters", "cut"),
    [("zhiliao", ("zhi", "liao")), ("zui", ("zui",)), ("hello", ()), ("xian", ("xian",))],
)
def test_letters_are_cut_into_syllables(letters: str, cut: tuple[str, ...]) -> None:
    assert syllables(letters) == cut


def test_pinyin_reads_as_its_characters() -> None:
    read = readings("真的zhi liao失眠")
    assert read is not None
    codes, starts, ends = read
    place = codes.index(sound_of("治疗"))
    assert (starts[place], ends[place + 1]) == (2, 10)


def test_other_letters_are_no_pinyin() -> None:
    assert readings("vip用户") is None
