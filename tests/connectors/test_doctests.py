"""The examples in the connectors' docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import connectors

MODULES = [
    module.name
    for module in pkgutil.walk_packages(connectors.__path__, "connectors.")
    if not module.ispkg
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold_and_public_names_are_sorted_and_exist(name: str) -> None:
    module = importlib.import_module(name)

    assert doctest.testmod(module).failed == 0
    public = getattr(module, "__all__", [])
    # Constants first, then classes, then functions: as the linter sorts them.
    assert len(public) == len(set(public))
    assert all(hasattr(module, exported) for exported in public)
