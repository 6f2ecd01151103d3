"""`livewatch law`."""

from __future__ import annotations

import json

import pytest

from monitor.commands import law
from monitor.commands.exits import Exit


def test_an_article_is_shown_as_in_force_on_the_day_with_its_new_number(capsys):
    assert law.show("反不正当竞争法", "9", on="2025-09-01") is Exit.DONE
    shown = capsys.readouterr().out
    assert "反法/虚假宣传：第八条第一款" in shown
    assert "后改为  第九条第一款（自 2025-10-15 起）" in shown
    assert "行政处罚法第三十七条" in shown


def test_the_same_article_today_names_its_old_number(capsys):
    assert law.show("反法", "9", on="2026-11-01") is Exit.DONE
    shown = capsys.readouterr().out
    assert "反法/虚假宣传：第九条第一款" in shown
    assert "原为  第八条第一款" in shown


def test_an_article_as_data(capsys):
    assert law.show("广告法", "9(3)", on="2026-11-01", as_json=True) is Exit.DONE
    rows = {row["ref"]: row for row in json.loads(capsys.readouterr().out)}
    row = rows["广告法/绝对化用语"]
    assert row["article"] == "第九条第三项"
    assert row["from"] == "2021-04-29"
    assert row["to"] is None
    assert row["status"] == "verified"
    assert row["penalty"].startswith("第五十七条")


@pytest.mark.parametrize(
    ("name", "article", "on"),
    [("没有的法", None, None), ("反法", "999", None), ("反法", "9", "someday")],
)
def test_what_is_not_in_the_table_is_bad_usage(name, article, on, capsys):
    assert law.show(name, article, on=on) is Exit.USAGE
    assert capsys.readouterr().err


def test_the_list_has_every_duty_and_says_what_is_not_in_force(capsys):
    assert law.show_list(on="2026-01-31") is Exit.DONE
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    by_ref = {row[0]: row for row in rows}
    assert by_ref["直播办法/虚假宣传"][1] == "未施行"
    assert by_ref["反法/虚假宣传"][1] == "第九条第一款"
    law.show_list(on="2026-02-01", as_json=True)
    data = {row["ref"]: row for row in json.loads(capsys.readouterr().out)}
    assert data["直播办法/虚假宣传"]["article"] == "第三十四条第一款"
    assert set(data) == set(by_ref)
