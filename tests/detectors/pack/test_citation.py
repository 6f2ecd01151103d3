"""What people cite: by the number of a day, by an older or a newer one."""

from __future__ import annotations

from datetime import date

import pytest

from detectors.pack.citation import article_numbers, cited, statute_of
from detectors.pack.law import builtin_law

LAW = builtin_law()
BEFORE, AFTER = date(2025, 10, 14), date(2025, 10, 15)

#: Where each short name of the violations' table points: articles as the table cites them.
CITED = {
    "反法": {7, 9, 11, 12, 13},
    "广告法": {8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22, 23, 24, 25, 28, 38, 46, 55},
    "直播办法": {8, 11, 14, 15, 16, 20, 22, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 44},
    "价格规定": {7, 13, 16, 17, 18, 19, 20, 21},
    "价格法": {13, 14},
    "价格处罚": {6, 7, 13},
    "电商法": {10, 15, 17, 39},
    "产质法": {27, 37, 38, 39},
    "食安法": {34, 35, 62, 67, 71, 73, 78, 79},
    "化妆品条例": {22, 37, 43},
    "传销条例": {2, 7},
    "消法": {20, 25, 56},
    "消保条例": {9},
    "侵害办法": {6, 9},
    "促销规定": {5, 6, 13, 17, 18, 19, 21},
    "网络反法规定": {9},
    "网络交易办法": {14},
    "直播营销办法": {18},
    "商标法": {57},
    "网络消费解释": {10, 12},
    "处罚法": {33, 36, 37},
    "互广办法": {9, 20, 22},
    "可识别指南": {9},
    "绝对化指南": {5, 6, 9, 10, 11},
}
#: Cited without a number, because nobody has read the text.
UNNUMBERED = {
    "食播规定", "标识办法", "引证指南", "平台价格规则", "认证认可条例", "食安法实施条例", "商标法",
}  # fmt: skip


@pytest.mark.parametrize("short", sorted(CITED))
def test_every_article_that_a_violation_cites_is_in_the_table(short):
    known = {
        number
        for provisions in LAW.statutes[short].duties.values()
        for provision in provisions
        for number in article_numbers(provision.article)
    }
    assert known >= CITED[short]


def test_what_has_no_number_is_not_verified():
    for statute in LAW.statutes.values():
        for duty, provisions in statute.duties.items():
            for provision in provisions:
                where = f"{statute.short}/{duty}"
                if not article_numbers(provision.article):
                    assert statute.short in UNNUMBERED, where
                    assert provision.status != "verified", where
                assert provision.gist, where
    assert set(LAW.statutes) >= UNNUMBERED


@pytest.mark.parametrize(
    "name", ["反法", "反不正当竞争法", "中华人民共和国反不正当竞争法", "反法/混淆"]
)
def test_a_statute_is_found_by_its_names(name):
    statute = statute_of(LAW, name)
    assert statute is not None
    assert statute.short == "反法"


@pytest.mark.parametrize("number", ["9", "第九条", "第9条", "9(1)", "九"])
def test_the_new_number_finds_the_old_article_on_a_day_before(number):
    found = {citation.ref: citation for citation in cited(LAW, "反法", number, BEFORE)}
    citation = found["反法/虚假宣传"]
    assert citation.in_force is not None
    assert citation.in_force.article == "第八条第一款"
    assert [other.article for other in citation.others] == ["第九条第一款"]


def test_the_old_number_finds_the_new_article_on_a_day_after():
    found = {citation.ref: citation for citation in cited(LAW, "反法", "8", AFTER)}
    citation = found["反法/虚假宣传"]
    assert citation.in_force is not None
    assert citation.in_force.article == "第九条第一款"


def test_where_two_duties_bore_a_number_that_of_the_day_comes_first():
    # 11 was disparagement; since 2025-10-15 it is the sale with prizes.
    assert cited(LAW, "反法", "11", BEFORE)[0].ref == "反法/商业诋毁"
    after = [citation.ref for citation in cited(LAW, "反法", "11", AFTER)]
    assert after[0] == "反法/有奖信息不明"
    assert after[-1] == "反法/商业诋毁"


def test_a_text_that_was_not_in_force_is_found_and_says_so():
    (citation,) = cited(LAW, "直播办法/虚假宣传", None, date(2026, 1, 31))
    assert citation.in_force is None
    assert len(citation.others) == 1


@pytest.mark.parametrize(
    ("name", "article"), [("没有的法", None), ("反法/没有", None), ("反法", "foo")]
)
def test_what_nobody_could_mean_is_refused(name, article):
    with pytest.raises(ValueError, match=r"没有|foo"):
        cited(LAW, name, article, AFTER)


def test_an_article_that_is_not_in_the_table_is_not_found():
    assert cited(LAW, "反法", "99", AFTER) == []


@pytest.mark.parametrize(
    ("name", "number", "refs"),
    [
        ("广告法", "57", {"广告法/绝对化用语", "广告法/烟草"}),
        ("反法", "25", {"反法/虚假宣传", "反法/帮助虚假宣传"}),
        ("反法", "20", {"反法/虚假宣传"}),
        ("食安法", "122", {"食安法/经营许可"}),
    ],
)
def test_the_number_of_a_penalty_finds_the_duties_that_it_stands_behind(name, number, refs):
    assert {citation.ref for citation in cited(LAW, name, number, AFTER)} >= refs


def test_the_penalty_of_another_text_is_none_of_this_one():
    # 价格规定 sends to 价格处罚 7; its own 7 is the content of price tags.
    assert {citation.ref for citation in cited(LAW, "价格规定", "7", AFTER)} == {
        "价格规定/标价内容"
    }
    assert cited(LAW, "食播规定", "122", AFTER) == []
