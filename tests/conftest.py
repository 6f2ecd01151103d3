"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings

from tests.whole import WHOLE, chosen, examples

# A busy machine stands still for longer than the fifth of a second that an example may take.
settings.register_profile(
    "busy",
    settings(max_examples=examples(60)),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("busy")


def pytest_report_header() -> str:
    if WHOLE:
        return "laws: on all of their cases"
    return "laws: on a part of their cases; LIVEWATCH_WHOLE=1 tries all"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is only tried as a whole, unless it was asked for by name."""
    if any("::" in argument for argument in config.args):
        return
    kept = chosen(items)
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=list(set(items).difference(kept)))
        items[:] = kept


def pytest_collection_finish() -> None:
    """Leaves what the collected modules hold to itself: it stays until the end.

    Else the cyclic collector goes through it again and again, a twelfth of the time.
    """
    gc.collect()
    gc.freeze()
