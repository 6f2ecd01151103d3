"""JSON lines of the contract."""

from __future__ import annotations

import pytest

from tests.connectors.importing import decode_bytes

GOOD = b'{"type":"chat","id":"c1","platform":"p","room":"r","at":1788262200000,"text":"hi"}\n'
BAD = b'{"type":"chat","id":"c2","platform":"p","room":"r","at":17,"text":"hi"}\n'


@pytest.mark.parametrize("cut", [0, 1, 5, 100])
def test_bad_lines_are_reported_by_number_and_the_others_kept(cut: int) -> None:
    data = b"\xef\xbb\xbf" + GOOD + b"\r\n" + BAD + GOOD.replace(b"c1", b"c3") + b"nonsense"
    out = decode_bytes(data, "jsonl", cut=cut)

    assert [event.id for event in out.events] == ["c1", "c3"]
    assert [problem.place for problem in out.problems] == ["line 3", "line 5"]
    assert "$.at" in out.problems[0].reason


def test_a_last_line_without_its_end_is_read() -> None:
    assert len(decode_bytes(GOOD.strip(), "jsonl", cut=10).events) == 1


def test_an_endless_line_is_given_up_and_the_next_ones_are_read() -> None:
    data = b"x" * (9 << 20) + b"\n" + GOOD
    out = decode_bytes(data, "jsonl", cut=1 << 20)

    assert [problem.place for problem in out.problems] == ["line 1"]
    assert [event.id for event in out.events] == ["c1"]


def test_deep_nesting_is_a_bad_line() -> None:
    out = decode_bytes(b'{"a":' * 100_000 + b"\n" + GOOD, "jsonl")

    assert [event.id for event in out.events] == ["c1"]
    assert len(out.problems) == 1
