"""The accounts of an alert on a crowd: as a table for spreadsheets, as JSON, and where there are none."""

from __future__ import annotations

import csv
import io

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from hypothesis import given
from hypothesis import strategies as st

from detectors.alerts import Alert, CrowdAccount
from monitor.desk.accounts import Act, Member, as_csv, commonest, members
from monitor.desk.formats import Formats, local
from monitor.desk.language import language
from monitor.desk.short_names import shortened
from monitor.desk.transcript import Line, transcript
from monitor.store.rows import Outcome
from monitor.store.store import Store
from tests.monitor.desk import crowds, evening
from tests.monitor.desk.crowds import START
from tests.monitor.desk.evening import DAY, MINUTE, NOW

Desk = TestClient[web.Request, web.Application]
FORMATS = Formats(language("zh_CN"), NOW)


def put(store: Store, alert: Alert) -> str:
    store.commit(Outcome(alerts=[alert]), NOW)
    return alert.id


def test_an_account_has_what_the_rule_counted_and_what_the_events_show() -> None:
    first, *_, last = members(crowds.chatting())
    assert first.counts == {"chat": 3, "order": 0, "refund": 0, "review": 0, "prize": 0}
    # The line of its window and that of the event are one line.
    assert first.acts == (Act(START - DAY, "chat"), Act(START, "chat"))
    assert first.groups == ("echo", "lockstep")
    assert last.counts["chat"] == 1


def test_an_order_that_was_placed_and_paid_is_one() -> None:
    second = members(crowds.returning())[1]
    assert (second.counts["order"], second.counts["refund"]) == (1, 1)
    assert second.acts == (
        Act(START + 10_000, "order"),
        Act(START + 10_000 + 30 * MINUTE, "refund"),
    )
    # The refund is the last that was seen of it.
    assert second.last == START + 10_000 + 30 * MINUTE


def test_an_alert_without_a_crowd_has_no_accounts() -> None:
    assert members(evening.alert()) == []
    assert members(crowds.surging()) == []


def test_the_commonest_words_are_shown_as_they_were_written() -> None:
    alert = crowds.chatting()
    assert commonest(members(alert), alert.evidence) == (crowds.WORDS, 24)
    assert commonest(members(alert)[:1], alert.evidence) == ("", 0)


@pytest.mark.slow
@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=30))
def test_short_names_tell_all_accounts_apart(names: list[str]) -> None:
    short = shortened(names)
    assert list(short) == names
    assert len(set(short.values())) == len(names)


def test_short_names_fit_their_column_whatever_strangers_call_themselves() -> None:
    alike = [f"{'长' * 120}{number:03}{'名' * 120}" for number in range(500)]
    short = shortened([*alike, "k1:abcdefghijklmnop", "k2:abcdefghijklmnop", "长长长长…#1"])
    assert len(set(short.values())) == 503
    assert max(map(len, short.values())) <= 15


@pytest.mark.asyncio
async def test_the_table_is_what_a_spreadsheet_reads(client: Desk, store: Store) -> None:
    alert = crowds.returning()
    answer = await client.get(f"/alerts/{put(store, alert)}/accounts.csv")
    assert answer.status == 200
    assert answer.content_type == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="accounts-{alert.id[:10]}.csv"'
    )
    body = await answer.read()
    assert body.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    assert head == ["账号（化名）", "首次出现（北京时间）", "最近一次（北京时间）", "发言", "下单", "退款或取消", "评价", "中奖", "共同点"]  # fmt: skip
    assert len(rows) == 4
    assert rows[1] == [
        "买家001", f"{local(START + 10_000):%Y-%m-%d %H:%M:%S}",
        f"{local(START + 10_000 + 30 * MINUTE):%Y-%m-%d %H:%M:%S}", "0", "1", "1", "0", "0",
        "同一时段下单",
    ]  # fmt: skip
    # A name is never a formula.
    assert [row[0] for row in rows] == ["'=HYPERLINK(1)", "买家001", "买家002", "'＋8613800000000"]


@pytest.mark.slow
@given(st.text(min_size=1, max_size=30))
def test_no_name_is_a_formula_or_breaks_the_table(name: str) -> None:
    one = Member(
        account=name, first=NOW, last=NOW, groups=(),
        counts={"chat": 1, "order": 0, "refund": 0, "review": 0, "prize": 0},
    )  # fmt: skip
    text = as_csv([one, one], FORMATS)
    _, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert [len(row) for row in rows] == [9, 9]
    cell = rows[0][0]
    assert cell.removeprefix("'") == name.removeprefix("'")
    assert not cell.strip(" \u3000").startswith(tuple("=+-@\t\r\n\0＝＋－＠"))


@pytest.mark.asyncio
async def test_the_same_as_json(client: Desk, store: Store) -> None:
    alert = crowds.chatting(people=700, named=24)
    answer = await (await client.get(f"/api/v1/alerts/{put(store, alert)}/accounts")).json()
    assert answer["of"] == 700
    assert len(answer["items"]) == 24
    assert answer["items"][0] == {
        "account": "k1:a000yzqqqqqqqqqqqq",
        "first": START,
        "last": START,
        "counts": {"chat": 3, "order": 0, "refund": 0, "review": 0, "prize": 0},
        "groups": ["echo", "lockstep"],
    }


@pytest.mark.slow
@pytest.mark.asyncio
@pytest.mark.parametrize("alert", [evening.alert(), crowds.surging(), crowds.by_minute()])
async def test_an_alert_on_no_crowd_has_no_list(client: Desk, store: Store, alert: Alert) -> None:
    put(store, alert)
    page = await (await client.get(f"/alerts/{alert.id}")).text()
    assert "accounts.csv" not in page
    answer = await client.get(f"/alerts/{alert.id}/accounts.csv")
    assert (answer.status, answer.content_type) == (404, "text/html")
    assert "这条告警没有账号名单" in await answer.text()
    answer = await client.get(f"/api/v1/alerts/{alert.id}/accounts")
    assert (answer.status, (await answer.json())["type"]) == (404, "urn:livewatch:problem:no-crowd")
    answer = await client.get("/api/v1/alerts/nowhere/accounts")
    assert (answer.status, (await answer.json())["type"]) == (
        404,
        "urn:livewatch:problem:no-such-alert",
    )
    assert (await client.get("/alerts/nowhere/accounts.csv")).status == 404


def test_an_alert_of_before_the_groups_were_told_has_its_accounts() -> None:
    alert = crowds.chatting(people=1, named=0)
    crowd = alert.evidence.crowd
    assert crowd
    crowd.accounts.append(CrowdAccount(name="k1:abc", first=NOW, last=NOW, lines=2, windows=[NOW]))
    (one,) = members(alert)
    assert (one.groups, one.counts["chat"]) == ((), 2)


def test_an_account_has_one_name_in_all_sections_and_no_other_has_it() -> None:
    """The crowd and the context once shortened apart: one name meant two people on one page."""
    alert = crowds.chatting(people=2, named=2)
    crowd = alert.evidence.crowd
    assert crowd
    ours = [one.name for one in crowd.accounts]
    other = f"{ours[0][:-1]}x"  # not of the crowd, and almost of the same name
    at = alert.evidence.trigger[0].at
    alert.evidence.before = [
        evening.chat(at - 2_000, "多少钱", user=other), evening.chat(at - 1_000, "在哪买", user=ours[1]),
    ]  # fmt: skip
    lines = transcript(alert.evidence, language("zh_CN"), folded=False)
    shown = {one.account: one.short for one in members(alert)}
    spoken = [line.who for line in lines if isinstance(line, Line) and line.at < at]
    assert spoken[1].endswith(f" {shown[ours[1]]}")
    assert not any(spoken[0].endswith(f" {name}") for name in shown.values())
