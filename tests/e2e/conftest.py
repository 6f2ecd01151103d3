"""Chromium and a running desk for the tests of the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.desk_server import DeskServer
from tests.e2e.reader import Reader
from tests.patience import PATIENCE_MS

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one module: while it is open, Playwright's loop keeps others from running in this thread."""
    # The same engine without windows of its own, where it is installed: a page takes a quarter of the
    # time. What needs the windows (an extension) starts the whole one.
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        message = "Chromium is missing: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskServer]:
    server = DeskServer(tmp_path / "livewatch.db")
    server.start()
    yield server
    server.close()


@pytest.fixture
def reader(browser: Browser, desk: DeskServer) -> Iterator[Reader]:
    opened = Reader(browser, desk)
    yield opened
    opened.context.close()
    assert opened.foreign == []
    assert opened.serious == []
