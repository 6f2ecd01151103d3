"""The browser extension in a real Chromium, before a real livewatch: what the page receives arrives,
once, and nothing does while it is off."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from connectors.signatures import new_secret
from tests.copies import ROOT
from tests.e2e.conftest import ARGUMENTS
from tests.e2e.live_page import LivePage
from tests.e2e.process import MonitorProcess
from tests.patience import PATIENCE_MS, PATIENCE_S

pytestmark = pytest.mark.browser

EXTENSION = ROOT / "extension"
SECRET = new_secret(bytes(range(32)))
TOKEN = "a-secret-in-the-address"


def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


class Office:
    """livewatch, the live page, and the officer's browser with the extension."""

    def __init__(self, folder: Path, language: str) -> None:
        (folder / "officer.secrets").write_text(SECRET + "\n")
        (folder / "officer.token").write_text(TOKEN + "\n")
        config = folder / "livewatch.toml"
        config.write_text(
            f'[ingest.senders.officer]\ndecoder = "frames"\n'
            f'secrets_file = "{folder}/officer.secrets"\ntoken_file = "{folder}/officer.token"\n'
        )
        self.data = folder / "data"
        self.monitor = MonitorProcess(self.data, "--config", str(config))
        self.site = LivePage(self.monitor.url)
        self._playwright = sync_playwright().start()
        executable = shutil.which("chromium") or shutil.which("chromium-browser")
        self.browser: BrowserContext = self._playwright.chromium.launch_persistent_context(
            str(folder / "profile"),
            executable_path=executable,
            headless=False,
            args=[
                *ARGUMENTS,
                "--headless=new",
                f"--disable-extensions-except={granted(folder, language)}",
                f"--load-extension={granted(folder, language)}",
                "--disable-features=DisableLoadExtensionCommandLineSwitch",
            ],
        )
        self.browser.set_default_timeout(PATIENCE_MS)
        # Playwright hears of new workers only while it waits itself: a loop that sleeps would see
        # for ever those that were there when the browser had started.
        workers = self.browser.service_workers
        self.worker = workers[0] if workers else self.browser.wait_for_event("serviceworker")

    def close(self) -> None:
        self.browser.close()
        self._playwright.stop()
        self.site.close()
        self.monitor.stop()

    def open(self, before: str = "") -> tuple[Page, Page]:
        """The live page, and the popup over it.

        Args:
            before: what the popup runs before its own scripts.
        """
        live = self.browser.new_page()
        live.goto(f"{self.site.url}/live/77001")
        tab = self.worker.evaluate(
            "async () => (await chrome.tabs.query({})).find((t) => t.url?.includes('/live/')).id"
        )
        popup = self.browser.new_page()
        popup.add_init_script(before)
        popup.goto(self.worker.url.replace("background.js", f"popup.html?tab={tab}"))
        return live, popup

    def settle(self, popup: Page, address: str, secret: str = "") -> None:
        popup.locator("#address").fill(address)
        popup.locator("#secret").fill(secret)
        popup.locator("#settings button").click()
        expect(popup.locator("#switch")).to_be_enabled()

    def switch(self, live: Page, popup: Page) -> None:
        """Switches the page on, and waits until it was loaded again with its socket."""
        until(lambda: self.site.sockets, "no socket")
        before = set(self.site.sockets)
        popup.locator("#switch").click()
        expect(popup.locator("body")).to_have_class("on")
        until(lambda: set(self.site.sockets) - before, "the page was not loaded again")
        until(lambda: not before & self.site.sockets, "the old page is still there")
        live.wait_for_function("window.received !== undefined")

    def events(self) -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{self.data}/livewatch.db?mode=ro", uri=True) as database:
            rows = database.execute("SELECT data FROM event_log ORDER BY position").fetchall()
        return [json.loads(data) for (data,) in rows]

    def chat(self) -> list[str]:
        return [event["text"] for event in self.events() if event["type"] == "chat"]


def granted(folder: Path, language: str) -> Path:
    """The extension with this machine's address granted, since no test can press the browser's own
    button, and in one language, since a browser may be installed without its Chinese."""
    copy = folder / "extension"
    if not copy.exists():
        shutil.copytree(EXTENSION, copy)
        manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
        # A picture of a page needs a click on the browser's own button, or all addresses.
        manifest["host_permissions"] = ["http://127.0.0.1/*", "<all_urls>"]
        manifest["default_locale"] = language
        for other in (copy / "_locales").iterdir():
            if other.name != language:
                shutil.rmtree(other)
        (copy / "manifest.json").write_text(json.dumps(manifest))
    return copy


@pytest.fixture
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    if shutil.which("chromium") is None and shutil.which("chromium-browser") is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    opened = Office(tmp_path, getattr(request, "param", "zh_CN"))
    yield opened
    opened.close()


@pytest.mark.slow(4)
def test_what_the_page_receives_becomes_events_once_though_the_door_was_closed(
    office: Office,
) -> None:
    live, popup = office.open()
    expect(popup.locator("#state")).to_have_text("未采集")
    office.settle(popup, f"{office.site.url}/door/officer", SECRET)
    expect(popup.locator("#room")).to_have_value("77001")
    office.site.refuse = 2
    office.switch(live, popup)
    expect(popup.locator("#state")).to_have_text("正在采集")
    office.site.say("这个多少钱", "我的手机号13800138000")
    live.wait_for_function("window.received === 2")

    until(lambda: len(office.chat()) == 2, "no chat")
    until(lambda: {"T1", "C1", "99"} <= skus(office.events()), "no prices")
    events = office.events()
    assert office.chat() == ["这个多少钱", "我的手机号〔手机号〕"]
    assert {(event["platform"], event["room"]) for event in events} <= {
        ("bilibili", "77001"),
        ("import", "77001"),
    }
    prices = {event["sku"]: event for event in events if event["type"] == "price"}
    assert {sku: price["price"] for sku, price in prices.items()} == {
        "T1": 8_990,
        "C1": 1_250,
        "99": 3_990,
    }
    assert (prices["T1"]["reference_price"], prices["T1"]["reference_label"]) == (45_900, "划线价")
    # The door was closed twice: the same request came again, after the time that was asked for.
    # Its events are stored before the doorman has the answer.
    until(lambda: len(office.site.attempts) >= 3, "no answer at the door")
    first, second, third = office.site.attempts[:3]
    assert [attempt[3] for attempt in (first, second, third)] == [429, 429, 202]
    assert first[1:3] == second[1:3] == third[1:3]
    assert second[0] - first[0] >= 0.95
    assert third[0] - second[0] >= 0.95
    # Neither what the page sent, nor logins, nor answers about something else have left it.
    sent = b"".join(attempt[2] for attempt in office.site.attempts)
    assert b"a-login-of-the-officer" not in sent
    assert b"what the page sends" not in sent
    expect(popup.locator("#retries")).to_have_text("2")
    expect(popup.locator("#dropped")).to_have_text("0")
    expect(popup.locator("#rejected")).to_have_text("0")
    expect(popup.locator("#problem")).to_be_hidden()


@pytest.mark.slow(4)
@pytest.mark.parametrize("office", ["en"], indirect=True)
def test_nothing_is_sent_while_it_is_off(office: Office) -> None:
    live, popup = office.open()
    expect(popup.locator("#state")).to_have_text("Off")
    office.settle(popup, f"{office.site.url}/door/officer", SECRET)
    until(lambda: office.site.sockets, "no socket")
    office.site.say("没有打开")
    live.wait_for_function("window.received === 1")
    live.wait_for_timeout(2_000)
    assert office.site.attempts == []

    office.settle(popup, f"{office.monitor.url}/api/v1/events/officer/{TOKEN}")
    office.switch(live, popup)
    expect(popup.locator("#state")).to_have_text("Capturing")
    office.site.say("打开了")
    until(lambda: office.chat() == ["打开了"], "no chat")

    popup.locator("#switch").click()
    expect(popup.locator("#state")).to_have_text("Off")
    office.site.say("又关上了")
    live.wait_for_function("window.received === 2")
    before = set(office.site.sockets)
    live.reload()
    until(lambda: set(office.site.sockets) - before, "the page was not loaded again")
    live.wait_for_timeout(1_500)
    office.site.say("重新载入也不发送")
    live.wait_for_function("window.received === 1")
    live.wait_for_timeout(2_000)
    assert office.chat() == ["打开了"]


@pytest.mark.slow(4)
def test_settings_filled_in_before_the_extension_is_awake_are_saved(office: Office) -> None:
    slow = """
      const send = chrome.runtime.sendMessage.bind(chrome.runtime);
      chrome.runtime.sendMessage = async (message) => {
        await new Promise((done) => setTimeout(done, 1_000));
        return send(message);
      };
    """
    _, popup = office.open(before=slow)
    address = f"{office.monitor.url}/api/v1/events/officer"
    office.settle(popup, address, SECRET)
    assert "?tab=" in popup.url, "the form was sent by the browser itself"
    expect(popup.locator("#address")).to_have_value(address)


def test_both_languages_say_the_same() -> None:
    texts = [
        json.loads((EXTENSION / "_locales" / locale / "messages.json").read_text(encoding="utf-8"))
        for locale in ("zh_CN", "en")
    ]
    assert texts[0].keys() == texts[1].keys()
    sources = "".join(path.read_text(encoding="utf-8") for path in EXTENSION.glob("popup.*"))
    assert all(name in sources for name in texts[0] if not name.startswith(("problem_", "desc")))


def test_no_site_is_asked_for_before_its_use() -> None:
    manifest = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))
    assert "host_permissions" not in manifest
    assert "content_scripts" not in manifest
    assert set(manifest["permissions"]) == {"activeTab", "scripting", "storage"}


def skus(events: list[dict[str, Any]]) -> set[str]:
    return {event["sku"] for event in events if event["type"] == "price"}


@pytest.mark.slow(4)
def test_the_officer_supplies_a_screenshot_of_what_is_before_him(office: Office) -> None:
    live, popup = office.open()
    office.settle(popup, f"{office.monitor.url}/api/v1/events/officer", SECRET)
    live.bring_to_front()
    popup.evaluate("document.getElementById('capture').click()")
    expect(popup.locator("#captured-as")).to_contain_text("已收下")
    with sqlite3.connect(f"file:{office.data}/livewatch.db?mode=ro", uri=True) as database:
        [(body,)] = database.execute("SELECT body FROM captures").fetchall()
    made = json.loads(body)
    assert (made["room"], made["type"], made["way"]) == ("77001", "image/png", "sender:officer")
    assert abs(made["received_minus_sent"]) < PATIENCE_MS
    assert made["url"] == f"{office.site.url}/live/77001", "without a query"
    file = office.data / "evidence" / "captures" / made["sha256"][:2] / f"{made['sha256']}.png"
    assert file.stat().st_size == made["bytes"] > 1_000
    # Nothing is said to have been taken that was not; it is kept, and sent again.
    office.settle(popup, f"{office.site.url}/door/officer", SECRET)
    live.bring_to_front()
    popup.evaluate("document.getElementById('capture').click()")
    expect(popup.locator("#captured-as")).to_contain_text("等待送交的截图： 1")
    expect(popup.locator("#captured-as")).not_to_contain_text("已收下")
    office.settle(popup, f"{office.monitor.url}/api/v1/events/officer", SECRET)
    expect(popup.locator("#captured-as")).to_contain_text("已收下")
    expect(popup.locator("#captured-as")).not_to_contain_text("等待送交的截图")
    with sqlite3.connect(f"file:{office.data}/livewatch.db?mode=ro", uri=True) as database:
        assert len(database.execute("SELECT body FROM captures").fetchall()) == 2
