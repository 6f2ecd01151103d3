"""The house's rules that no linter knows: the core is pure, public names are sorted, docs are whole."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

import connectors
import detectors
import monitor

ROOT = Path(__file__).parent.parent
#: They read packs, law table and suppressions once, at start-up.
LOADERS = {
    "detectors/document.py",
    "detectors/pack/suppression.py",
    "detectors/match/tables.py",
    "detectors/speech/clauses.py",
}
FORBIDDEN_CALLS = {"now", "today", "utcnow", "open", "read_text", "read_bytes", "print", "input"}


def modules(package) -> list[str]:
    return [
        package.__name__,
        *(info.name for info in pkgutil.walk_packages(package.__path__, package.__name__ + ".")),
    ]


@pytest.mark.slow
def test_the_core_reads_no_clock_and_opens_no_file():
    found = []
    for path in sorted((ROOT / "detectors").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in LOADERS:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                word = (
                    called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                )
                # A room is opened too: the method `open` of an engine is no file.
                method = isinstance(called, ast.Attribute)
                if word in FORBIDDEN_CALLS and not (method and word == "open"):
                    found.append(f"{name}:{node.lineno} {word}()")
    assert found == []


def test_no_modules_of_the_connectors_import_each_other_in_a_circle():
    """Also for types only: who needs whom has one direction."""
    graph = grimp.build_graph("connectors", cache_dir=None)
    done: set[str] = set()
    circles = []

    def follow(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            circles.append(path[path.index(module) :])
        elif module not in done:
            for other in sorted(graph.find_modules_directly_imported_by(module)):
                follow(other, (*path, module))
            done.add(module)

    for module in sorted(graph.modules):
        follow(module, ())
    assert circles == []


@pytest.mark.slow
@pytest.mark.parametrize("package", [detectors, connectors, monitor], ids=lambda p: p.__name__)
def test_public_names_exist(package):  # ruff sorts them
    for name in modules(package):
        module = importlib.import_module(name)
        exported = getattr(module, "__all__", None)
        if exported is not None:
            assert all(hasattr(module, word) for word in exported), name


@pytest.mark.parametrize("package", [detectors, connectors, monitor], ids=lambda p: p.__name__)
def test_every_module_says_what_it_is(package):
    for name in modules(package):
        module = importlib.import_module(name)
        path = Path(module.__file__ or "")
        assert module.__doc__ or not path.read_text(encoding="utf-8").strip(), name


def test_no_folder_or_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    names = {
        name.rsplit(".", 1)[-1] for p in (detectors, connectors, monitor) for name in modules(p)
    }
    assert names & empty == set()


@pytest.mark.slow
def test_the_embedded_monitor_loads_nothing_of_kafka():
    code = (
        "import sys, monitor.cli, monitor.app, monitor.commands.serve\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'faust', 'aiokafka', 'mode'}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert result.stdout.strip() == "[]"
