"""The console in a real browser: live, by keyboard, in both languages, without foreign requests."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from detectors.alerts import Evidence, Related
from monitor.store.rows import Outcome
from tests.e2e.desk_server import DeskServer
from tests.e2e.reader import Reader, raise_one, rows
from tests.monitor.desk import evening
from tests.monitor.desk.evening import MINUTE, NOW

pytestmark = pytest.mark.browser

# Live


def test_a_new_alert_is_counted_in_the_bar_and_shown_on_request(
    desk: DeskServer, reader: Reader
) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    before = rows(page)
    new = raise_one(desk, "health-food-claim", at=NOW - 1000, title="涉嫌非保健食品声称保健功能")
    expect(page.locator("#live-count")).to_have_text("新到 1 条")
    expect(page.locator('.live-levels [data-level="lead"]')).to_be_visible()
    assert rows(page) == before  # nothing has moved
    page.keyboard.press("n")
    expect(page.locator(f'.row[data-id="{new}"]')).to_be_visible()
    expect(page.locator("#livebar")).to_have_attribute("data-state", "idle")
    assert set(rows(page)) == {*before, new}


def test_a_repetition_changes_the_row_where_it_stands(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    before = rows(page)
    hit = raise_one(desk, "medical-claim", at=NOW - 500, hits=4)
    row = page.locator(f'.row[data-id="{hit}"]')
    expect(row.locator(".hits")).to_have_text("4 次")
    expect(row.locator(".when time")).to_have_text("20:46:30")
    # The group's header adds up: 28 hits before, one more now.
    expect(page.locator(".grouphead .hits").first).to_have_text("29 次")
    expect(page.locator(".grouphead .when").first).to_have_text("20:46:30")
    assert rows(page) == before
    expect(page.locator("#livebar")).to_have_attribute("data-state", "idle")


def test_the_navigation_counts_on_while_a_page_stays_open(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    feed, rules = reader.open("/alerts?level=watch"), reader.open("/rules")
    numbers = feed.locator(".topbar nav .number")
    alerts, complaints = (int(text) for text in numbers.all_text_contents())
    views = feed.locator(".views .number")
    everything = int(views.nth(1).text_content() or "")
    raise_one(desk, "complaint-intent", level="info", subject="u1/refund")
    expect(numbers.nth(1)).to_have_text(str(complaints + 1))
    raise_one(desk, "medical-claim", room=evening.CREAM)
    expect(numbers.nth(0)).to_have_text(str(alerts + 1))
    expect(views.nth(0)).to_have_text(str(alerts + 1))
    expect(views.nth(1)).to_have_text(str(everything + 1))
    # A page without a stream asks when it is looked at, and every 15 seconds.
    rules.bring_to_front()
    rules.evaluate("dispatchEvent(new Event('visibilitychange'))")
    expect(rules.locator(".topbar nav .number")).to_have_text(
        [str(alerts + 1), str(complaints + 1)]
    )


def test_a_folded_matter_counts_what_hits_it_and_unfolds_by_key(
    desk: DeskServer, reader: Reader
) -> None:
    evening.fill(desk.store, [evening.alert("medical-claim", hits=3)])
    one = evening.alert("medical-claim").id
    hidden = raise_one(
        desk, "health-food-claim", level="watch", hits=4,
        related=[Related(id=one, why="utterance")],
    )  # fmt: skip
    page = reader.open("/alerts?fold=matter")
    strip = page.locator(".strip")
    expect(strip).to_contain_text("同一事项共 2 条")
    expect(strip.locator(".hits")).to_have_text("7 次")
    raise_one(
        desk, "health-food-claim", level="watch", hits=9, at=NOW - 500,
        related=[Related(id=one, why="utterance")],
    )  # fmt: skip
    expect(strip.locator(".hits")).to_have_text("12 次")
    expect(page.locator(".grouphead .hits")).to_have_text("12 次")
    expect(page.locator(f'.row[data-id="{hidden}"]')).to_be_hidden()
    page.keyboard.press("f")
    expect(page.locator(f'.row[data-id="{hidden}"] .hits')).to_have_text("9 次")
    expect(page.locator(".row.current")).to_have_attribute("data-id", hidden)
    # What is new of the matter is shown in it, which stays open.
    new = raise_one(desk, "absolute-term", related=[Related(id=one, why="utterance")])
    expect(page.locator("#live-count")).to_have_text("新到 1 条")
    page.keyboard.press("n")
    expect(strip).to_contain_text("同一事项共 3 条")
    expect(page.locator(f'.matter .row[data-id="{new}"]')).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator(f'.row[data-id="{new}"]')).to_be_hidden()
    expect(page.locator(".row.current")).to_have_attribute("data-id", one)


def test_an_alert_that_is_read_shows_new_hits_and_what_others_do(
    desk: DeskServer, reader: Reader
) -> None:
    evening.fill(desk.store)
    hit = raise_one(desk, "medical-claim", at=NOW - 2_000, hits=4)
    page = reader.open(f"/alerts/{hit}")
    raise_one(desk, "medical-claim", at=NOW - 500, hits=5, reason="“降血压”，同场第五次")
    expect(page.locator(".facts")).to_contain_text("5 次")
    expect(page.locator("p.reason")).to_contain_text("同场第五次")
    expect(page.locator("#live")).to_contain_text("有变化，已更新")
    desk.store.transition(hit, "acknowledged", who="老周", at=NOW)
    expect(page.locator(".handled")).to_contain_text("老周")
    # What somebody has begun to write stays.
    page.keyboard.press("e")
    page.locator(".closing textarea").fill("正在核对")
    raise_one(desk, "medical-claim", at=NOW, hits=6)
    expect(page.locator(".facts")).to_contain_text("6 次")
    expect(page.locator(".closing textarea")).to_have_value("正在核对")
    desk.stop()
    expect(page.locator("#live")).to_have_attribute("data-state", "lost")
    raise_one(desk, "medical-claim", at=NOW, hits=7)
    desk.start()
    expect(page.locator(".facts")).to_contain_text("7 次")


def test_an_empty_list_fills_by_itself(desk: DeskServer, reader: Reader) -> None:
    page = reader.open("/")
    expect(page.get_by_role("heading", name="还没有事件流入")).to_be_visible()
    evening.fill(desk.store, [evening.alert()])
    expect(page.locator(".row")).to_have_count(1)


def test_a_list_that_began_empty_goes_on_filling_downwards(
    desk: DeskServer, reader: Reader
) -> None:
    page = reader.open("/alerts")
    for number in range(3):
        raise_one(desk, f"rule-{number}", at=NOW - 5000 + number)
        expect(page.locator(".row")).to_have_count(number + 1)
    order = rows(page)
    # A graver alert of another room does not push anything aside either.
    raise_one(desk, "grave", at=NOW, room=evening.CREAM)
    expect(page.locator(".row")).to_have_count(4)
    assert rows(page)[:3] == order
    expect(page.locator(".views .number").first).to_have_text("4")
    # Once the sheet is full, the bar counts.
    page.set_viewport_size({"width": 1440, "height": 300})
    raise_one(desk, "one-more", at=NOW)
    expect(page.locator("#live-count")).to_have_text("新到 1 条")
    expect(page.locator(".row")).to_have_count(4)
    # A repetition of one that was appended is written where it stands.
    again = raise_one(desk, "rule-1", at=NOW, hits=2)
    expect(page.locator(f'.row[data-id="{again}"] .hits')).to_have_text("2 次")


def test_after_a_restart_nothing_is_missing_and_nothing_twice(
    desk: DeskServer, reader: Reader
) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    raise_one(desk, "before-the-stop", at=NOW - 3000)
    expect(page.locator("#live-count")).to_have_text("新到 1 条")
    desk.stop()
    expect(page.locator("#livebar")).to_have_attribute("data-state", "lost")
    expect(page.locator("#live-lost-for")).to_contain_text("连接中断")
    raise_one(desk, "while-down", at=NOW - 2000)
    desk.start()
    raise_one(desk, "after-the-start", at=NOW - 1000)
    expect(page.locator("#live-count")).to_have_text("新到 3 条")
    page.locator("#live-show").click()
    expect(page.locator(".row")).to_have_count(10)
    assert len(set(rows(page))) == 10


def test_pause_holds_everything_back_until_it_ends(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    page.keyboard.press("p")
    expect(page.locator("#livebar")).to_have_attribute("data-state", "paused")
    new = raise_one(desk, "health-food-claim", at=NOW - 1000)
    expect(page.locator("#live-waiting")).to_contain_text("累计 1 条未显示")
    page.locator("#live-resume").click()
    expect(page.locator(f'.row[data-id="{new}"]')).to_be_visible()


def test_what_the_filter_leaves_out_is_not_counted(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts?level=watch")
    raise_one(desk, "unwanted", at=NOW - 2000, level="lead")
    raise_one(desk, "wanted", at=NOW - 1000, level="watch")
    expect(page.locator("#live-count")).to_have_text("新到 1 条")


@pytest.mark.slow(4)
def test_seven_tabs_share_one_stream_and_all_hear(desk: DeskServer, reader: Reader) -> None:
    """Six connections an origin: with a stream a tab, the seventh would not load."""
    evening.fill(desk.store)
    pages = [reader.open("/alerts") for _ in range(7)]
    raise_one(desk, "health-food-claim", at=NOW - 1000)
    for page in pages:
        expect(page.locator("#live-count")).to_have_text("新到 1 条")
    leaders = [
        page
        for page in pages
        if page.evaluate("document.documentElement.dataset.stream") == "leader"
    ]
    assert len(leaders) == 1
    # The tab with the stream is closed: another takes over.
    leaders[0].close()
    raise_one(desk, "false-claim", at=NOW - 500)
    for page in pages:
        if page is not leaders[0]:
            expect(page.locator("#live-count")).to_have_text("新到 2 条")


# Handling


def test_acknowledge_and_close_by_keyboard_alone(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    page.keyboard.press("j")
    first = page.locator(".row.current").get_attribute("data-id")
    assert first is not None
    page.keyboard.press("a")
    expect(page.locator(f'.row[data-id="{first}"] .row-handling')).to_contain_text("已确认")
    page.keyboard.press("e")
    page.wait_for_url(f"**/alerts/{first}**")
    expect(page.locator("#reason")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("已与商家核对")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".handled")).to_contain_text("误报")
    row = desk.store.get_alert(first)
    assert row is not None
    assert (row.status, row.close_reason, row.note) == ("closed", "rule-too-wide", "已与商家核对")
    assert [entry.new for entry in desk.store.history(first)] == ["acknowledged", "closed"]


@pytest.mark.slow(4)
@pytest.mark.parametrize("scripts", [True, False])
def test_what_is_folded_on_the_screen_is_printed(
    browser: Browser, desk: DeskServer, *, scripts: bool
) -> None:
    lines = [evening.chat(NOW - (60 - place) * MINUTE, f"第{place}句") for place in range(30)]
    trigger = evening.speech(NOW - MINUTE, "降血压")
    alert = evening.alert(evidence=Evidence(trigger=[trigger], before=lines))
    evening.fill(desk.store, [alert])
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{desk.url}/alerts/{alert.id}")
    folded = page.locator(".folded .line")
    expect(folded.first).to_be_hidden()
    if scripts:
        # By the file alone, as in a browser that does not know the style.
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
    else:
        page.emulate_media(media="print")
    assert folded.count() > 10
    for line in folded.all():
        expect(line).to_be_visible()
    expect(page.locator(".closing textarea")).to_be_visible(visible=scripts)
    if scripts:
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(folded.first).to_be_hidden()
    context.close()


def test_closing_without_a_reason_says_so_at_the_field(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open(f"/alerts/{evening.false_original_price().id}")
    page.keyboard.press("e")
    page.locator("#close").click()
    expect(page.get_by_role("alert")).to_have_text("请选择一项原因，用于计算规则确认率")
    expect(page.locator("#reason")).to_be_focused()


@pytest.mark.slow(8)
def test_forms_work_without_scripts(browser: Browser, desk: DeskServer) -> None:
    evening.fill(desk.store)
    opened = Reader(browser, desk, java_script_enabled=False)
    page = opened.open(f"/alerts/{evening.false_original_price().id}")
    page.get_by_label("署名").fill("何敏")
    page.locator("#acknowledge").click()
    expect(page.locator(".handled")).to_contain_text("何敏 已确认")
    page.locator("#reason").select_option("minor")
    page.locator("#close").click()
    expect(page.locator(".handled")).to_contain_text("情节轻微")
    opened.context.close()


def test_chosen_rows_are_handled_together(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator("#bulk").get_by_role("button", name="确认").click()
    expect(page.locator(".notice")).to_have_text("已确认 2 条")
    expect(page.locator('.row[data-status="acknowledged"]')).to_have_count(2)


def test_keys_can_be_switched_off(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator("#livebar")).to_have_attribute("data-state", "idle")


# The address, the language, the looks


@pytest.mark.slow(9)
def test_the_filter_is_the_address(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    page.get_by_text("添加条件").click()
    form = page.locator(".chip-add form", has=page.locator("legend", has_text="级别"))
    form.get_by_label("不是").check()
    form.locator('input[value="info"]').check()
    form.get_by_role("button", name="应用").click()
    expect(page.locator(".chip-not")).to_contain_text("不是")
    assert page.url == f"{desk.url}/alerts?not_level=info"
    assert len(rows(page)) == 6
    again = reader.open("/alerts?not_level=info")
    assert rows(again) == rows(page)
    page.get_by_label("去掉条件：级别").click()
    expect(page.locator(".row")).to_have_count(7)


def test_the_language_switch_keeps_the_address(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts?level=lead")
    page.get_by_role("link", name="EN", exact=True).click()
    assert page.url == f"{desk.url}/alerts?level=lead"
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()
    # The reason stays Chinese, and says so.
    expect(page.locator(".row-reason p").first).to_have_attribute("lang", "zh-CN")
    page.get_by_role("link", name="中文", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_the_theme_can_be_chosen(desk: DeskServer, reader: Reader) -> None:
    evening.fill(desk.store)
    page = reader.open("/alerts")
    page.get_by_role("link", name="深色").click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(21, 24, 27)")


HOSTILE = (
    '<img src=x onerror="document.title=1"><script>document.title=2</script>"\'><b>粗</b>{{7*7}}'
)


@pytest.mark.slow(3)
def test_hostile_text_makes_no_element(desk: DeskServer, reader: Reader) -> None:
    said = evening.chat(NOW - MINUTE, HOSTILE, id="evil", user='"><i>x')
    alert = evening.alert(
        "medical-claim", title=HOSTILE, reason=f"“{HOSTILE}” 459.00 元", subject=HOSTILE, subject_title=HOSTILE,
        missing=[HOSTILE], evidence=Evidence(trigger=[said], before=[evening.speech(NOW - 2 * MINUTE, HOSTILE)], numbers={HOSTILE: HOSTILE}),
    )  # fmt: skip
    room = evening.ROOMS[0]
    room = type(room)(platform=room.platform, room=room.room, title=HOSTILE, host=HOSTILE, operator=HOSTILE,
                      session=HOSTILE, last_event_at=NOW, last_arrival_ms=NOW)  # fmt: skip
    desk.store.commit(Outcome(alerts=[alert], rooms=[room]), NOW)
    page = reader.open("/alerts?text=" + "%3Cb%3E")
    for path in ("/alerts", f"/alerts/{alert.id}", "/alerts?text=%3Cimg%20src=x%3E"):
        page = reader.open(path)
        assert (
            page.locator(
                "main img, main script, main i:not(.dot, [class^=key]), main b:text-is('粗')"
            ).count()
            == 0
        )
        assert "livewatch" in page.title()
    # Also what comes live.
    page = reader.open("/alerts")
    desk.store.commit(
        Outcome(
            alerts=[
                evening.alert(
                    "medical-claim",
                    title=HOSTILE,
                    reason=HOSTILE,
                    subject=HOSTILE,
                    subject_title=HOSTILE,
                    hits=2,
                )
            ]
        ),
        NOW,
    )
    expect(page.locator(".row .hits")).to_have_text("2 次")
    assert page.locator("main img, main script").count() == 0


@pytest.mark.slow(4)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_scrolls_sideways(desk: DeskServer, reader: Reader, language: str) -> None:
    evening.fill(desk.store)
    page = reader.open(f"/alerts?lang={language}")
    for path in (
        "/alerts",
        f"/alerts/{evening.false_original_price().id}",
        "/rules",
        "/nowhere",
        "/alerts?level=info&rule=none",
    ):
        page.goto(desk.url + path)
        # No script looks at the width, so a page that is made narrower is one that was opened so.
        for width in (1440, 1024, 720, 390, 320):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
