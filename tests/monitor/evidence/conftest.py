"""The case that most tests here begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.evidence import report
from tests.monitor.evidence.matter import Matter


@pytest.fixture
def matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Matter]:
    """A case whose bundles have no PDF, which takes long to draw."""
    monkeypatch.setattr(report, "has_pdf", lambda: False)
    opened = Matter(tmp_path / "m")
    yield opened
    opened.close()
