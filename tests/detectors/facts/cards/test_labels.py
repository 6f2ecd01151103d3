"""What a card shows of a label: said, absent, unknown."""

from __future__ import annotations

import pytest

from detectors.facts.cards.labels import absent_items, said, shown
from tests.detectors.build import product


@pytest.mark.parametrize("value", ["", "无", "/", "—", "暂无", " "])
def test_an_empty_value_is_absent(value):
    assert shown(product(attributes={"厂名": value}), "厂名") == ""


@pytest.mark.parametrize("value", ["见包装", "详见包装", "以实物为准", "见喷码"])
def test_a_value_that_sends_elsewhere_is_unknown(value):
    assert shown(product(attributes={"生产日期": value}), "生产日期") is None


def test_a_name_that_is_not_there_is_unknown_but_a_card_without_any_has_none():
    assert shown(product(attributes={"材质": "棉"}), "厂名") is None
    assert shown(product(), "厂名") is None
    assert shown(None, "厂名") is None
    assert shown(product(attributes={}), "厂名") == ""


def test_absence_may_be_named():
    card = product(attributes={"材质": "棉"}, absent=["attributes.厂名", "厂址"])
    assert absent_items(card, ("厂名", "厂址", "材质", "合格证")) == ["厂名", "厂址"]


def test_another_name_of_the_item_counts():
    assert said(product(attributes={"生产厂家": "暖岸家纺", "厂名": ""}), "厂名") == "暖岸家纺"
