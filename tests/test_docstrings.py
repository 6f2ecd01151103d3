"""The examples in docstrings are true, and what a module exports is there."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import connectors
import detectors
import monitor

MODULES = [
    module.name
    for package in (connectors, detectors, monitor)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.ispkg and not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold_and_public_names_exist(name: str) -> None:
    module = importlib.import_module(name)

    assert doctest.testmod(module).failed == 0
    public = getattr(module, "__all__", [])
    assert len(public) == len(set(public))
    assert all(hasattr(module, exported) for exported in public)
