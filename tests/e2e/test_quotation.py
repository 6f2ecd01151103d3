"""Quotation marks take the room that their language gives them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.desk_server import DeskServer
from tests.patience import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: The width of a closing mark beside that of a character, amid text of a language.
SHARE = """language => {
  const line = document.createElement("p");
  line.lang = language;
  line.textContent = "茶”茶";
  line.style.fontFamily = "Noto Sans CJK SC";
  document.querySelector("main").append(line);
  const width = place => {
    const range = document.createRange();
    range.setStart(line.firstChild, place);
    range.setEnd(line.firstChild, place + 1);
    return range.getBoundingClientRect().width;
  };
  return width(1) / width(0);
}"""


def test_a_mark_amid_english_is_no_gap(browser: Browser, desk: DeskServer) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(desk.url + "/alerts?lang=en")
    assert page.evaluate(SHARE, "en") < 0.7
    assert page.evaluate(SHARE, "zh-CN") > 0.9
    page.close()
