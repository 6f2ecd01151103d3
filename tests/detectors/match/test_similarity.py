"""A paraphrase is the same claim; other numbers make another claim."""

from __future__ import annotations

from detectors.match.similarity import same_claim

KNOWN = {
    "A/1": "这个杯子装开水一整天都不会凉",
    "A/2": "原价一百九十九今天只要99元一件",
}


def test_a_paraphrase_is_the_same_claim() -> None:
    assert same_claim("这个杯子装上开水一整天都不凉的", KNOWN, 80) == "A/1"


def test_other_numbers_make_another_claim() -> None:
    assert same_claim("原价一百九十九今天只要89元一件", KNOWN, 80) is None


def test_another_claim_is_new() -> None:
    assert same_claim("洗完以后衣服特别蓬松柔软", KNOWN, 80) is None


def test_short_texts_are_alike_by_chance() -> None:
    assert same_claim("不会凉", KNOWN, 80) is None
