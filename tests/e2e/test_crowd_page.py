"""An alert on a crowd in a real browser: nothing for axe to find, nothing wider than the screen,
the table and the export by keyboard alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from detectors.alerts import Alert, WatchedGap
from monitor.store.rows import Outcome
from tests.e2e.desk_server import DeskServer
from tests.e2e.reader import Reader
from tests.monitor.desk import crowds
from tests.monitor.desk.evening import MINUTE, NOW
from tests.patience import PATIENCE_MS

Scheme = Literal["light", "dark"]

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("filled")]
GAP = WatchedGap(from_=crowds.START - 2 * MINUTE, until=crowds.START - MINUTE)
ALERTS = [crowds.chatting(gaps=(GAP,)), crowds.returning(), crowds.by_minute(), crowds.touring(9)]


@pytest.fixture
def filled(desk: DeskServer) -> DeskServer:
    desk.store.commit(Outcome(alerts=ALERTS), NOW)
    return desk


@contextmanager
def shown_to(
    browser: Browser, desk: DeskServer, width: int, language: str, scheme: Scheme = "light"
) -> Iterator[Page]:
    """A window of a reader."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "livewatch_lang", "value": language, "url": desk.url}])
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def opened(page: Page, desk: DeskServer, alert: Alert) -> None:
    """The page of an alert, with its list of accounts."""
    page.goto(f"{desk.url}/alerts/{alert.id}")
    listed = page.locator(".crowd-list > summary")
    if listed.count():
        listed.click()


# What axe looks for depends on each of the three by itself.
@pytest.mark.slow(11)
@pytest.mark.parametrize(
    ("width", "language", "scheme"), [(1440, "zh", "light"), (390, "en", "dark")]
)
def test_axe_finds_nothing(
    browser: Browser, filled: DeskServer, width: int, language: str, scheme: Scheme
) -> None:
    found: list[str] = []
    with shown_to(browser, filled, width, language, scheme) as page:
        for alert in ALERTS:
            opened(page, filled, alert)
            result = Axe().run(page)
            found += [
                f"{entry['id']}: {node['html'][:160]}"
                for entry in result.response["violations"]
                for node in entry["nodes"]
            ]
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_wider_than_the_screen(
    browser: Browser, filled: DeskServer, language: str
) -> None:
    with shown_to(browser, filled, 1440, language) as page:
        for alert in ALERTS:
            opened(page, filled, alert)
            # No script looks at the width, so a page that is made narrower is one that was opened so.
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                # One of the two pictures is shown, and none is cut.
                shown = page.locator(".crowd svg[role=img]:visible")
                assert shown.count() == 1
                box = shown.bounding_box()
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width


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
