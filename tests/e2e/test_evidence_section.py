"""The evidence of an alert in Chromium: a bundle is made with progress, fetched, checked when dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.evidence.verify import verify
from tests.e2e.process import MonitorProcess
from tests.monitor.evidence.matter import Matter

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def alert(tmp_path: Path) -> str:
    matter = Matter(tmp_path / "data")
    matter.close()
    return matter.alert.id


@pytest.fixture
def page(browser: Browser, tmp_path: Path, alert: str) -> Iterator[Page]:
    monitor = MonitorProcess(tmp_path / "data")
    opened = browser.new_page()
    told: list[str] = []
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.on("console", lambda line: told.append(line.text) if line.type == "error" else None)
    opened.goto(f"{monitor.url}/alerts/{alert}")
    yield opened
    opened.close()
    monitor.stop()
    assert told == []


@pytest.mark.slow(5)
def test_a_bundle_is_made_fetched_and_checked_on_the_page(page: Page, tmp_path: Path) -> None:
    page.locator("details.making summary", has_text="制作证据包").click()
    page.fill("#bundle-why", "核查")
    page.fill("#bundle-who", "何敏")
    page.locator("#bundle-form button").click()
    row = page.locator('[data-state="ready"]')
    expect(row).to_be_visible()
    expect(row).to_contain_text("何敏")
    expect(row).to_contain_text("核查")
    with page.expect_download() as download:
        row.locator("a").click()
    made = tmp_path / "made.zip"
    download.value.save_as(made)
    assert verify(made).verdict == "seal-untrusted"
    verdict = page.locator("#bundle-verdict[data-verdict]")
    # A browser's own words for "choose a file" are not the page's.
    chosen = page.locator('output[for="bundle-file"]')
    expect(chosen).to_have_text("未选择文件")
    expect(page.locator('.bundle-drop label.button[for="bundle-file"]')).to_have_text("选择文件")
    page.set_input_files("#bundle-file", made)
    expect(chosen).to_have_text("made.zip")
    expect(verdict).to_have_attribute("data-verdict", "valid")
    data = bytearray(made.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "changed.zip").write_bytes(data)
    page.set_input_files("#bundle-file", tmp_path / "changed.zip")
    expect(verdict).to_have_attribute("data-verdict", "invalid")
    expect(page.locator("#bundle-findings li").first).to_be_visible()
