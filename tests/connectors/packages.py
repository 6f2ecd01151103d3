"""Packages of strangers, installed for a test: modules and entry points on the path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

__all__ = ["install"]


def install(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    modules: dict[str, str],
    entry_points: str,
) -> None:
    """Puts modules and metadata where Python looks for installed packages."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    for module, code in modules.items():
        (folder / f"{module}.py").write_text(code, encoding="utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.syspath_prepend(folder)
