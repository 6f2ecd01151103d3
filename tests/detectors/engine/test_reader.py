"""Texts are read once while they come again, in bounded memory; the room still decides."""

from __future__ import annotations

import pytest

from detectors.engine.reader import TEXT_LENGTH, TEXTS, Reader
from detectors.engine.viewers import LINE_LENGTH, LINES, ViewerLines
from detectors.match.fold import Folded
from tests.detectors.build import product, rulebook, run, speech


@pytest.fixture
def reader() -> Reader:
    return Reader(rulebook())


def test_a_text_that_comes_again_is_read_once(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    whole = reader.lexicon.read

    def noting(folded: Folded, near: tuple[int, int] | None = None) -> object:
        read.append(folded.text)
        return whole(folded, near)

    monkeypatch.setattr(reader.lexicon, "read", noting)
    for _ in range(3):
        first = reader.read("这款全网最低价")
    assert read == ["这款全网最低价"]
    assert "absolute-term" in first.found


@pytest.mark.slow
def test_so_many_texts_are_known_at_most_and_those_that_come_again_stay(reader: Reader) -> None:
    often = reader.read("欢迎来到直播间")
    for number in range(3 * TEXTS):
        reader.read(f"第{number}号链接")
        if number % 100 == 0:
            assert reader.read("欢迎来到直播间") is often
    assert len(reader._texts) <= 2 * TEXTS


def test_a_long_text_is_not_kept(reader: Reader) -> None:
    long = "好" * (TEXT_LENGTH + 1)
    assert reader.read(long) is not reader.read(long)


def test_lines_of_viewers_are_known_within_a_bound() -> None:
    viewers = ViewerLines(rulebook())
    for number in range(2 * LINES + 10):
        viewers.heard(f"{number}号")
    assert LINES < len(viewers._lines) <= 2 * LINES
    viewers.heard("好" * (LINE_LENGTH + 1))
    assert "好" * (LINE_LENGTH + 1) not in viewers._lines


@pytest.mark.slow
def test_what_a_known_text_is_worth_the_room_decides() -> None:
    said = "这个就是真丝的"
    events = [
        product(0, sku="A", title="睡衣", attributes={"材质": "真丝100%"}, category="clothing"),
        speech(said, 1, sku="A"),
        product(2, sku="B", title="睡衣", attributes={"材质": "聚酯纤维100%"}, category="clothing"),
        speech(said, 3, sku="B"),
    ]
    alerts = run("pass-off-quality", events)
    assert [alert.subject for alert in alerts] == ["B"]
