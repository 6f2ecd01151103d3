"""An alert on a crowd in a real browser: nothing for axe to find, nothing wider than the screen,
the table and the export by keyboard alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from detectors.alerts import WatchedGap
from monitor.store.rows import Outcome
from tests.e2e.desk_server import DeskServer
from tests.e2e.test_console import Reader
from tests.monitor.desk import crowds
from tests.monitor.desk.evening import MINUTE, NOW
from tests.patience import PATIENCE_MS

pytestmark = [pytest.mark.browser]
GAP = WatchedGap(from_=crowds.START - 2 * MINUTE, until=crowds.START - MINUTE)
ALERTS = [crowds.chatting(gaps=(GAP,)), crowds.returning(), crowds.by_minute(), crowds.touring(9)]


@pytest.fixture
def filled(desk: DeskServer) -> DeskServer:
    desk.store.commit(Outcome(alerts=ALERTS), NOW)
    return desk


@pytest.fixture
def reader(browser: Browser, filled: DeskServer) -> Iterator[Reader]:
    opened = Reader(browser, filled)
    yield opened
    opened.context.close()
    assert opened.foreign == []
    assert opened.serious == []


# Any two of these together, of eight ways that there are.
@pytest.mark.slow(11)
@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(1440, "zh", "light"), (1440, "en", "dark"), (390, "zh", "dark"), (390, "en", "light")],
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, filled: DeskServer, width: int, language: str, scheme: str
) -> None:
    context = browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]  # one of its names
        viewport={"width": width, "height": 900},
    )
    context.add_cookies([{"name": "livewatch_lang", "value": language, "url": filled.url}])
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    found: list[str] = []
    for alert in ALERTS:
        page.goto(f"{filled.url}/alerts/{alert.id}")
        listed = page.locator(".crowd-list > summary")
        if listed.count():
            listed.click()
        result = Axe().run(page)
        found += [
            f"{entry['id']}: {node['html'][:160]}"
            for entry in result.response["violations"]
            for node in entry["nodes"]
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # One of the two pictures is shown, and none is cut.
        shown = page.locator(".crowd svg[role=img]:visible")
        assert shown.count() == 1
        box = shown.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    context.close()
    assert found == []


def test_the_words_of_the_picture_stand_apart(reader: Reader) -> None:
    page = reader.open(f"/alerts/{ALERTS[0].id}")
    boxes = page.locator(".crowd-wide svg text").evaluate_all(
        "texts => texts.map(text => {"
        " const box = text.getBoundingClientRect();"
        " return [box.left, box.top + 2, box.right, box.bottom - 2, text.textContent]; })"
    )
    picture = page.locator(".crowd-wide svg").bounding_box()
    assert picture is not None
    overlaps = [
        (one[4], other[4])
        for place, one in enumerate(boxes)
        for other in boxes[place + 1 :]
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    ]
    assert overlaps == []
    assert max(box[2] for box in boxes) <= picture["x"] + picture["width"]


def test_the_table_and_the_export_by_keyboard(reader: Reader) -> None:
    page = reader.open(f"/alerts/{ALERTS[0].id}")
    export = page.get_by_role("link", name="导出账号名单")
    for _ in range(40):
        page.keyboard.press("Tab")
        if export.evaluate("link => link === document.activeElement"):
            break
    expect(export).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    text = download.value.path().read_bytes().decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text)))) == 25
    summary = page.locator(".crowd-list > summary")
    for _ in range(10):
        page.keyboard.press("Tab")
        if summary.evaluate("one => one === document.activeElement"):
            break
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".crowd-list tbody tr")).to_have_count(24)
    expect(page.locator(".crowd-list tbody tr").first).to_be_visible()
