"""The bill of materials: what is not locked, has another version or names no licence is told."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from detectors import __version__
from tests.deploy.tools import ROOT

LOCKED = (
    "msgspec==0.21.1 \\\n    --hash=sha256:00\nahocorasick-rs==1.0.3 \\\n    --hash=sha256:00\n"
)


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "tools" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(**versions: str) -> dict[str, Any]:
    licence = [{"license": {"id": "BSD-3-Clause"}}]
    known = {"ahocorasick_rs": "1.0.3"}
    return {
        "metadata": {"component": {"name": "livewatch"}},
        "components": [
            {"name": name, "version": version, **({} if name in known else {"licenses": licence})}
            for name, version in {"msgspec": "0.21.1", "pip": "23.0", **known, **versions}.items()
        ],
    }


def test_a_whole_one_holds_and_names_the_version(tool: ModuleType, tmp_path: Path) -> None:
    path, locked = tmp_path / "sbom.json", tmp_path / "runtime.txt"
    path.write_text(json.dumps(document()))
    locked.write_text(LOCKED)
    assert tool.main(path, locked) == 0
    written = json.loads(path.read_text())
    assert written["metadata"]["component"]["version"] == __version__
    assert [part["name"] for part in written["components"]] == ["msgspec", "ahocorasick_rs"]
    assert all(part["licenses"] for part in written["components"])


def test_what_differs_is_told(tool: ModuleType) -> None:
    found = document(msgspec="0.20.0", pytest="9.0")
    found["components"].append({"name": "bare", "version": "1"})
    said = tool.problems(tool.completed(found), LOCKED)
    assert said == [
        "bare 1 is not locked",
        "pytest 9.0 is not locked",
        "msgspec is 0.20.0, locked is 0.21.1",
        "bare names no licence",
    ]
