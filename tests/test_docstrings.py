"""The examples in docstrings are true, and what a module exports is there."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

import connectors
import detectors
import monitor


@pytest.mark.slow
@pytest.mark.parametrize("package", [connectors, detectors, monitor], ids=lambda one: one.__name__)
def test_examples_hold_and_public_names_exist(package: ModuleType) -> None:
    wrong = {}
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if found.ispkg or found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        public = getattr(module, "__all__", [])
        missing = [name for name in public if not hasattr(module, name)]
        # Doctest looks through each object of a module, whether it has an example or not.
        failed = doctest.testmod(module).failed if ">>>" in inspect.getsource(module) else 0
        if failed or missing or len(public) != len(set(public)):
            wrong[found.name] = failed, missing
    assert wrong == {}
