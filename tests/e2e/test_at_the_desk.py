"""What somebody at the console is writing or has chosen, while things change under their hands."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.desk_server import DeskServer
from tests.e2e.reader import Reader, raise_one, rows
from tests.monitor.desk import evening
from tests.monitor.desk.evening import NOW

pytestmark = pytest.mark.browser


class Closing(NamedTuple):
    """The form of an alert's page in which somebody is about to close it."""

    hit: str
    page: Page
    note: Locator


@pytest.fixture
def closing(desk: DeskServer, reader: Reader) -> Closing:
    evening.fill(desk.store)
    hit = raise_one(desk, "medical-claim", at=NOW - 2_000, hits=4)
    page = reader.open(f"/alerts/{hit}")
    page.keyboard.press("e")
    return Closing(hit, page, page.locator(".closing textarea"))


def test_a_note_is_typed_on_while_the_alert_changes(desk: DeskServer, closing: Closing) -> None:
    hit, page, note = closing
    note.fill("已核。")
    page.keyboard.press("ArrowLeft")
    # An input method that has not decided yet: what it composes is in the field, underlined.
    method = page.context.new_cdp_session(page)
    method.send("Input.imeSetComposition", {"text": "dui", "selectionStart": 3, "selectionEnd": 3})
    raise_one(desk, "medical-claim", at=NOW, hits=5)
    expect(page.locator(".facts")).to_contain_text("5 次")
    expect(note).to_be_focused(timeout=5_000)
    method.send("Input.insertText", {"text": "对"})
    expect(note).to_have_value("已核对。")
    desk.store.transition(hit, "acknowledged", who="老周", at=NOW)
    expect(page.locator(".alert-head .marks")).to_contain_text("已确认")
    page.keyboard.type("au")  # keys of this page, were they not letters of the note
    expect(note).to_have_value("已核对au。")
    assert page.url == f"{desk.url}/alerts/{hit}"


def test_who_comes_back_from_an_alert_stands_at_its_row(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    third, fourth = rows(page)[2:4]
    marked = page.locator(".row.current")
    for come_back in (lambda: page.keyboard.press("u"), page.go_back):
        page.locator(f'.row[data-id="{third}"] .row-title').click()
        page.wait_for_url(f"**/alerts/{third}**")
        expect(page.locator(".alert-head")).to_be_visible()
        come_back()
        page.wait_for_url("**/alerts")
        expect(marked).to_have_attribute("data-id", third)
    # Of a row that is gone from the list, the next.
    page.keyboard.press("o")
    page.wait_for_url(f"**/alerts/{third}**")
    desk.store.transition(third, "closed", who="老周", at=NOW, reason="minor")
    expect(page.locator(".handled")).to_contain_text("老周")
    page.keyboard.press("u")
    expect(marked).to_have_attribute("data-id", fourth)
    # Who comes from elsewhere begins at the top.
    page.goto(f"{desk.url}/rules")
    page.goto(f"{desk.url}/alerts")
    expect(marked).to_have_attribute("data-id", rows(page)[0])


def test_with_rows_chosen_the_keys_are_about_these(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    chosen = rows(page)[1:3]
    for one in chosen:
        page.locator(f'.row[data-id="{one}"] .pick input').check()
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.locator(".row.current")).to_have_attribute("data-id", rows(page)[0])
    page.keyboard.press("e")
    expect(page.locator("#bulk select")).to_be_focused(timeout=5_000)
    page.locator("#bulk select").evaluate("field => field.blur()")
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_have_text("已确认 2 条")
    done = page.locator('.row[data-status="acknowledged"]')
    assert set(done.evaluate_all("rows => rows.map(row => row.dataset.id)")) >= set(chosen)
    first = desk.store.get_alert(rows(page)[0])
    assert first is not None
    assert first.status == "new"


def test_a_form_under_way_is_told_that_a_colleague_closed_the_alert(
    desk: DeskServer, closing: Closing
) -> None:
    hit, page, note = closing
    note.fill("正在核对")
    desk.store.transition(hit, "closed", who="何敏", at=NOW, reason="confirmed")
    expect(page.locator(".handled")).to_contain_text("何敏 已结，确认违法")
    expect(page.locator("#acknowledge, #close")).to_have_count(0)
    expect(page.locator("#unsent")).to_be_visible()
    expect(note).to_be_focused()
    expect(note).to_have_value("正在核对")
    # One more change, and one back.
    raise_one(desk, "medical-claim", at=NOW, hits=5)
    expect(page.locator(".facts")).to_contain_text("5 次")
    expect(page.locator("#reopen")).to_be_visible()
    expect(page.locator("#unsent")).to_be_visible()
    desk.store.transition(hit, "new", who="何敏", at=NOW)
    expect(page.locator("#close")).to_be_visible()
    expect(page.locator("#acknowledge")).to_be_visible()
    expect(page.locator("#unsent")).to_have_count(0)
    expect(note).to_have_value("正在核对")


def test_a_draft_outlives_a_lost_connection_and_goes_when_it_arrived(
    desk: DeskServer, closing: Closing
) -> None:
    _, page, note = closing
    page.locator("#reason").select_option("minor")
    note.fill("第一行\n第二行")
    desk.stop()
    expect(page.locator("#live")).to_have_attribute("data-state", "lost")
    page.locator("#close").click()
    expect(page.locator("#not-sent")).to_contain_text("没有提交")
    expect(note).to_have_value("第一行\n第二行")
    desk.start()
    expect(page.locator("#not-sent")).to_have_count(0)
    page.reload()
    expect(note).to_have_value("第一行\n第二行")
    expect(page.locator("#reason")).to_have_value("minor")
    page.locator("#close").click()
    expect(page.locator(".handled")).to_contain_text("情节轻微")
    page.locator("#reopen").click()
    expect(page.locator("#acknowledge")).to_be_visible()
    expect(note).to_have_value("")


def test_a_key_that_was_not_delivered_says_so_in_full(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    desk.stop()
    page.keyboard.press("a")
    words = page.locator(".row .error-words")
    expect(words).to_have_text("没有送达，请在恢复连接后重试")
    assert words.evaluate("told => told.scrollWidth <= told.clientWidth")


@pytest.mark.parametrize("act", ["acknowledged", "closed"])
def test_chosen_rows_are_not_sent_while_disconnected(
    desk: DeskServer, reader: Reader, act: str
) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    chosen = rows(page)[:2]
    for one in chosen:
        page.locator(f'.row[data-id="{one}"] .pick input').check()
    page.locator("#bulk select").select_option("minor")
    desk.stop()
    expect(page.locator("#livebar")).to_have_attribute("data-state", "lost")
    page.locator(f'#bulk [value="{act}"]').click()
    expect(page.locator("#bulk #not-sent")).to_have_text("没有送达，请在恢复连接后重试")
    assert page.url == f"{desk.url}/alerts"
    desk.start()
    expect(page.locator("#not-sent")).to_have_count(0)
    expect(page.locator("#bulk select")).to_have_value("minor")
    expect(page.locator(".pick input:checked")).to_have_count(2)
    page.locator(f'#bulk [value="{act}"]').click()
    expect(page.locator(".notice")).to_contain_text("2 条")
    found = [desk.store.get_alert(one) for one in chosen]
    assert [one and one.status for one in found] == [act, act]
