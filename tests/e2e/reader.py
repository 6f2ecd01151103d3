"""Somebody who reads the console in a browser, and what is done to the alerts meanwhile."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from monitor.store.rows import Outcome
from tests.e2e.desk_server import DeskServer
from tests.monitor.desk import evening
from tests.monitor.desk.evening import NOW
from tests.patience import PATIENCE_MS

WATCH = "addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.sourceFile))"


class Reader:
    """A browser window whose foreign requests are cut and whose complaints are kept."""

    def __init__(self, browser: Browser, desk: DeskServer, **options: object) -> None:
        self.desk = desk
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1440, "height": 900},
            **options,  # type: ignore[arg-type]
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(WATCH)
        self.context.route("**/*", self._route)

    def _route(self, route: object) -> None:
        request = route.request  # type: ignore[attr-defined]
        if urlsplit(request.url).netloc == urlsplit(self.desk.url).netloc or request.url.startswith(
            "data:"
        ):
            route.continue_()  # type: ignore[attr-defined]
        else:
            self.foreign.append(request.url)
            route.abort()  # type: ignore[attr-defined]

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type == "error" else None
            ),
        )
        page.goto(self.desk.url + path)
        return page

    @property
    def serious(self) -> list[str]:
        """Complaints, without those about a server that was stopped on purpose."""
        return [
            text
            for text in self.complaints
            if "ERR_" not in text and "Failed to load resource" not in text
        ]


def rows(page: Page) -> list[str]:
    return page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.id)")


def raise_one(desk: DeskServer, rule: str, **fields: object) -> str:
    alert = evening.alert(rule, **fields)  # type: ignore[arg-type]
    desk.store.commit(Outcome(alerts=[alert]), NOW)
    return alert.id
