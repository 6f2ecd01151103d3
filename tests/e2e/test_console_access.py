"""axe finds nothing on any page, in light and dark, in both languages: no colour hangs on the language."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.e2e.desk_server import DeskServer
from tests.monitor.desk import evening
from tests.patience import PATIENCE_MS

pytestmark = [pytest.mark.browser]


@pytest.mark.slow(5)
@pytest.mark.parametrize(("language", "scheme"), [("zh_CN", "light"), ("en", "dark")])
def test_axe_finds_nothing(browser: Browser, desk: DeskServer, scheme: str, language: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1440, "height": 900})  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies(
        [{"name": "livewatch_lang", "value": language.replace("_CN", ""), "url": desk.url}]
    )
    page = context.new_page()
    found: dict[str, list[str]] = {}

    def look(path: str) -> None:
        page.goto(desk.url + path)
        result = Axe().run(page)
        found[path] = [
            f"{entry['id']}: {node['html'][:160]} {node['any'][0]['message'] if node['any'] else ''}"
            for entry in result.response["violations"]
            for node in entry["nodes"]
        ]

    look("/alerts")  # first start
    evening.fill(desk.store)
    one = evening.false_original_price().id
    for path in (
        "/alerts",
        "/alerts?rule=none&level=lead",
        f"/alerts/{one}",
        f"/alerts/{one}/prices",
        "/rules",
        "/nowhere",
    ):
        look(path)
    context.close()
    assert found == {path: [] for path in found}
