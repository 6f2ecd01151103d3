"""Bytes that could not be used, as a person can read them."""

from __future__ import annotations

import json

import pytest

from monitor.commands.readable import printable, readable


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("这个多少钱\n".encode(), "这个多少钱"),
        ("\ufeff甲\t乙\r\n丙".encode(), "甲 乙 丙"),
        (json.dumps({"text": "多少钱"}).encode(), '{"text":"多少钱"}'),
        ("👩‍👧 好".encode(), "👩‍👧 好"),
        # What would turn the line around is named instead.
        ("a\u202eb".encode(), "a\\u202eb"),
        (b"", ""),
        # No text: bytes that are no UTF-8, or control characters among letters.
        (b"\x08\x01\x12\x0d{}", "6 bytes: 08 01 12 0d 7b 7d"),
        ("价格".encode("gbk"), "4 bytes: bc db b8 f1"),
        (b"\x1b[2Jx", "5 bytes: 1b 5b 32 4a 78"),
        (b"\xff" * 100, f"100 bytes: {' '.join(['ff'] * 48)} …"),
        # A broken escape stays as it is.
        (b'{"text":"\\u591', '{"text":"\\u591'),
        ("茶".encode()[:2], "2 bytes: e8 8c"),
    ],
)
def test_bytes_as_a_person_can_read_them(data: bytes, shown: str) -> None:
    assert readable(data) == shown


def test_a_long_text_is_cut_between_characters() -> None:
    assert readable(("茶" * 5_000).encode()) == "茶" * 200 + "…"
    assert readable(b"a" + ("茶" * 5_000).encode()) == "a" + "茶" * 199 + "…"


def test_words_of_strangers_move_no_cursor() -> None:
    assert printable("“面\x1b[2J议”\tis\nno price") == "“面\\u001b[2J议” is no price"
