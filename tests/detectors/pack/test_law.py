"""The law table: the version in force at the time of the conduct."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import detectors.pack.law
from detectors.pack.law import LawError, load_law
from tests.detectors.build import room, run, speech

FOLDER = Path(detectors.pack.law.__file__).parents[1] / "law"


CLAIM = "央视都推荐过的牌子，放心买"


def at(year: int, month: int, day: int, hour_beijing: int = 12) -> int:
    moment = datetime(year, month, day, hour_beijing, tzinfo=UTC) - timedelta(hours=8)
    return int(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    ("when", "article", "penalty"),
    [
        # 反法 was renumbered on 2025-10-15; the floor of 200,000 yuan fell.
        (at(2025, 10, 14, 23), "第八条第一款", "第二十条"),
        (at(2025, 10, 15, 0), "第九条第一款", "第二十五条"),
        (at(2026, 9, 1), "第九条第一款", "第二十五条"),
    ],
)
def test_a_renumbered_article_is_cited_by_the_day_of_the_conduct(when, article, penalty):
    basis = load_law(FOLDER).resolve("反法/虚假宣传", when, "自播")
    assert basis is not None
    assert basis.article == article
    assert basis.penalty.startswith(penalty)
    assert basis.when == "自播"


def test_a_text_that_was_not_in_force_is_no_basis():
    law = load_law(FOLDER)
    assert law.resolve("直播办法/虚假宣传", at(2026, 1, 31, 23), "") is None
    assert law.resolve("直播办法/虚假宣传", at(2026, 2, 1, 0), "") is not None


def test_a_reference_that_is_not_in_the_table_is_an_error():
    with pytest.raises(LawError, match="反法/没有"):
        load_law(FOLDER).resolve("反法/没有", at(2026, 9, 1), "")


def test_versions_that_overlap_are_refused(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "short: 甲\ntitle: 甲法\nduties:\n  一:\n"
        "  - {from: 2020-01-01, article: 第一条, penalty: 无}\n"
        "  - {from: 2021-01-01, article: 第二条, penalty: 无}\n",
        encoding="utf-8",
    )
    with pytest.raises(LawError, match="overlap"):
        load_law(tmp_path)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026/01/01", r"b\.yaml: line 7: duties\.二\[0\]\.from: .*; write 2026-01-01"),
        ("二〇二六年一月一日", r"b\.yaml: line 7: duties\.二\[0\]\.from: .*; write 2026-01-01"),
        ("2026-13-01", r"b\.yaml: line 7: 2026-13-01 is no day of the calendar"),
    ],
)
def test_a_date_that_is_none_is_told_with_its_line(tmp_path, day, said):
    (tmp_path / "b.yaml").write_text(
        "short: 甲\ntitle: 甲法\nduties:\n  一:\n"
        "  - {from: 2020-01-01, article: 第一条, penalty: 无}\n"
        f"  二:\n  - {{from: {day}, article: 第二条, penalty: 无}}\n",
        encoding="utf-8",
    )
    with pytest.raises(LawError, match=said):
        load_law(tmp_path)


def test_a_typing_error_names_its_file(tmp_path):
    (tmp_path / "b.yaml").write_text("short: 甲\ntitel: 甲法\nduties: {}\n", encoding="utf-8")
    with pytest.raises(LawError, match=r"b\.yaml.*titel"):
        load_law(tmp_path)


def test_a_text_that_may_have_been_amended_counts_as_unread_from_that_day_on():
    law = load_law(FOLDER)
    before, since = (
        law.resolve("食安法/虚假日期", when, "")
        for when in (at(2025, 11, 30, 23), at(2025, 12, 1, 0))
    )
    assert before is not None
    assert since is not None
    assert (before.status, since.status) == ("verified", "unverified")
    assert before.article == since.article


# The lighter of two versions --------------------------------------------------------------------


def test_conduct_before_a_lighter_version_names_both_and_what_decides():
    old, new = load_law(FOLDER).candidates("反法/虚假宣传", at(2025, 10, 14, 23), "自播")
    assert (old.article, old.when) == ("第八条第一款", "自播")
    assert new.article == "第九条第一款"
    assert "2025-10-15" in new.when
    assert "行政处罚法第三十七条" in new.when
    assert new.when.startswith("自播；")


def test_conduct_after_it_names_one():
    (only,) = load_law(FOLDER).candidates("反法/虚假宣传", at(2025, 10, 15, 0), "自播")
    assert (only.article, only.when) == ("第九条第一款", "自播")


@pytest.mark.slow
def test_a_later_version_that_is_heavier_is_no_candidate():
    # 商业诋毁: from 100–500 thousand yuan to 100 thousand – 1 million.
    (only,) = load_law(FOLDER).candidates("反法/商业诋毁", at(2025, 10, 14, 23), "")
    assert only.penalty.startswith("第二十三条")


def test_a_duty_that_did_not_exist_has_no_candidate_however_light_it_is_now(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "short: 甲\ntitle: 甲法\nduties:\n  一:\n"
        "  - {from: 2021-01-01, article: 第一条, penalty: 无, lighter: 轻}\n",
        encoding="utf-8",
    )
    assert load_law(tmp_path).candidates("甲/一", at(2020, 12, 31), "") == []
    assert load_law(FOLDER).candidates("反法/有奖事后变更", at(2025, 10, 14), "") == []
    assert len(load_law(FOLDER).candidates("反法/有奖事后变更", at(2025, 10, 15), "")) == 1


@pytest.mark.slow
def test_an_alert_about_conduct_before_the_change_carries_both():
    before, after = (
        [
            basis
            for alert in run(
                ["false-claim"],
                [room(host_kind="seller", at=moment), speech(CLAIM, at=moment + 1_000)],
            )
            for basis in alert.law
            if basis.law.endswith("反不正当竞争法")
        ]
        for moment in (at(2025, 10, 14), at(2025, 10, 16))
    )
    assert [basis.article for basis in before] == ["第八条第一款", "第九条第一款"]
    assert [basis.article for basis in after] == ["第九条第一款"]
