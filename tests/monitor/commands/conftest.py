"""Commands that are run in the tests' own process share the rules that ship."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detectors.pack.load import Rulebook, load_rulebook
from tests.detectors.build import rulebook

OnePack = Callable[[Path], None]


@pytest.fixture(autouse=True)
def _made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rulebook takes half a second to make, and most commands want the same one.

    With packs of a test's own it has no image: a process that compiles one takes six seconds.
    """

    def load(*, images: object, **settings: Any) -> Rulebook:
        return load_rulebook(**settings) if any(settings.values()) else rulebook()

    monkeypatch.setattr("monitor.rulebooks.load_rulebook", load)


@pytest.fixture
def one_pack(monkeypatch: pytest.MonkeyPatch) -> OnePack:
    """`one_pack(path)`: of the rules that ship a command has only those of this pack."""

    def only(pack: Path) -> None:
        def load(*, images: object, **settings: Any) -> Rulebook:
            return load_rulebook([pack], **settings)

        monkeypatch.setattr("monitor.rulebooks.load_rulebook", load)

    return only
