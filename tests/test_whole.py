"""Of a law a part of its cases is tried, the same every time; as a whole, and by name, all are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S

HOOKS = "from tests.conftest import pytest_collection_modifyitems\n"
#: Ten cases of a law, one test of its own, and one that is for the whole only.
MODULE = """
import pytest

@pytest.mark.law(3)
@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("column", "ab")
def test_law(row, column): ...

def test_plain(): ...

@pytest.mark.whole
def test_long(): ...
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(HOOKS)
    (tmp_path / "test_module.py").write_text(MODULE)
    return tmp_path / "test_module.py"


def collected(what: Path | str, whole: str = "") -> list[str]:
    # Names are drawn by, and begin at the root: with another they would be others at each run.
    root = str(Path(what).parent)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", root, "--collect-only", "-q", "-p",
         "no:cacheprovider", str(what)],
        cwd=Path(__file__).parents[1], env={**os.environ, "LIVEWATCH_WHOLE": whole},
        capture_output=True, text=True, timeout=PATIENCE_S, check=True,
    )  # fmt: skip
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


@pytest.mark.slow
def test_a_part_of_the_cases_is_tried_and_all_as_a_whole(module: Path) -> None:
    part, whole = collected(module), collected(module, whole="1")
    cases = [name for name in part if name.startswith("test_law[")]
    assert len(cases) == 4
    assert [name for name in part if name not in cases] == ["test_plain"]
    # Drawn, so that no parameter is left out for good.
    assert {name[len("test_law[")] for name in cases} == {"a", "b"}
    assert len(whole) == 12
    assert [name for name in whole if name in part] == part
    assert collected(module) == part


@pytest.mark.slow
def test_what_is_named_is_run(module: Path) -> None:
    assert collected(f"{module}::test_long") == ["test_long"]
