"""People in a browser: they sign in, see what they may, and are shown the door when their session ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from monitor.config import Config
from tests.monitor.access.browser import Browser as Client
from tests.monitor.access.conftest import running
from tests.monitor.build import chat, speech

pytestmark = [pytest.mark.browser]

PHRASE = "a long phrase of the one"


@pytest.mark.slow(8)
def test_from_the_first_page_to_the_last(browser: Browser, tmp_path: Path) -> None:
    found: dict[str, list[str]] = {}

    def look(page: Page, name: str) -> None:
        result = Axe().run(page)
        found[name] = [f"{e['id']}: {n['html'][:160]}" for e in result.response["violations"] for n in e["nodes"]]  # fmt: skip

    with running(tmp_path / "data", Config()) as desk:
        desk.access.add("陈静", "admin", PHRASE, by="the tests")
        desk.send(b"\n".join([speech("s"), chat("c", 10), chat("c2", 20)]))
        context = browser.new_context(color_scheme="dark")
        page = context.new_page()
        page.goto(f"{desk.url}/users")
        look(page, "sign in")
        page.get_by_label("姓名").fill("陈静")
        page.get_by_label("密码").fill("a wrong password")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("alert")).to_have_text("姓名或密码不对。")
        page.get_by_label("姓名").fill("陈静")
        page.get_by_label("密码").fill(PHRASE)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/users")
        page.locator(".people-form").get_by_label("姓名").fill("周杰")
        page.get_by_role("button", name="新增并给出密码").click()
        password = page.locator(".shown code").inner_text()
        # People who are bound to territories, and a request for accounts, asked and granted.
        desk.access.add("钱塘", "analyst", PHRASE, by="the tests", territories=["3301"])
        desk.access.add("分析", "analyst", PHRASE, by="the tests")
        desk.access.add("吴敏", "analyst", PHRASE, by="the tests")
        asker = Client(desk.url)
        asker.sign_in("分析", PHRASE)
        [row] = desk.runtime.store.list_alerts(limit=1).items
        asked = f"/api/v1/alerts/{row.alert.id}/unmaskings"
        assert asker.post(asked, {"why": "核对", "case": "杭市监立〔2026〕1 号"}).status == 201
        for name in ("users", "account", "journal", "unmaskings", f"alerts/{row.alert.id}"):
            page.goto(f"{desk.url}/{name}")
            look(page, name)
        page.get_by_role("button", name="退出").first.click()
        page.wait_for_url("**/sign-in")
        # Who may not see accounts asks for them on the page.
        page.get_by_label("姓名").fill("吴敏")
        page.get_by_label("密码").fill(PHRASE)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/alerts")
        page.goto(f"{desk.url}/alerts/{row.alert.id}")
        page.locator("summary", has_text="申请查看账号").click()
        expect(page.locator("#unmask-form")).to_be_visible()
        look(page, "request for accounts")
        page.get_by_role("button", name="退出").first.click()
        page.wait_for_url("**/sign-in")
        page.get_by_label("姓名").fill("周杰")
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/alerts")
        expect(page.locator(".person")).to_contain_text("周杰")
        expect(page.locator("#bulk")).to_have_count(0)
        page.wait_for_function("document.documentElement.dataset.stream === 'leader'")
        desk.access.revoke_sessions("周杰", by="the tests")
        # Without a click: the open page does not go on showing what its reader may not see any more.
        page.wait_for_url("**/sign-in**")
        context.close()
    assert found == {name: [] for name in found}
