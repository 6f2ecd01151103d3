"""Commands that are run in the tests' own process share the rules that ship."""

from __future__ import annotations

from typing import Any

import pytest

from detectors.pack.load import Rulebook, load_rulebook
from tests.detectors.build import rulebook


@pytest.fixture(autouse=True)
def _made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rulebook takes half a second to make, and most commands want the same one."""

    def load(*paths: Any, **settings: Any) -> Rulebook:
        return load_rulebook(*paths, **settings) if paths or any(settings.values()) else rulebook()

    monkeypatch.setattr("monitor.rulebooks.load_rulebook", load)
