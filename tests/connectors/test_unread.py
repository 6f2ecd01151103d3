"""Columns that were not read, without anybody's personal data."""

from __future__ import annotations

import pytest

from connectors.unread import Unread, first_values


@pytest.mark.parametrize(
    ("header", "cells", "values"),
    [
        ("直播专享价", ["¥39.9", "", "¥39.9", "¥49.9", "1", "2"], ["¥39.9", "¥49.9", "1"]),
        ("收货人", ["张三"], []),
        ("收货人手机号", ["13800138000"], []),
        ("详细地址", ["某路 5 号"], []),
        ("Receiver name", ["Zhang"], []),
        # The word for a person does not hide a price.
        ("新用户价", ["9.9"], ["9.9"]),
        # What stands in an innocent column is masked.
        ("说明", ["电话13800138000"], ["电话〔手机号〕"]),
        ("说明", ["长" * 30], ["长" * 23 + "…"]),
    ],
)
def test_the_first_values_that_may_be_shown(
    header: str, cells: list[str], values: list[str]
) -> None:
    assert first_values(header, cells) == values


def test_many_columns_are_not_all_named() -> None:
    unread = Unread()
    unread.add({f"列{number}": ["1"] for number in range(25)})
    assert str(unread).endswith("列19 (1), 5 more")
    assert unread.add({"列1": ["9"], "新": []}) == ["新"]
    assert unread.columns["列1"] == ["1"]


def test_headers_have_a_bound() -> None:
    unread = Unread()
    for start in range(0, 1_000, 100):
        unread.add({f"列{number}": [] for number in range(start, start + 100)})
    assert len(unread.columns) == 200
