"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.order import dealt, processes
from tests.shared import folder_of_run
from tests.whole import WHOLE, chosen

if TYPE_CHECKING:
    from tests.case_runs import CaseRuns

# Where nothing that was compiled is kept, each process of the run compiles all tests, and each that
# a test starts all of livewatch: of the time that a start takes a third.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What the collected modules make stays, so that to look through it for what may go is in vain.
gc.disable()

# A busy machine stands still for longer than the fifth of a second that an example may take. Each run
# draws other examples: many runs try more than one run of many.
settings.register_profile(
    "busy",
    settings(max_examples=30 if WHOLE else 20),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("busy")

# With the variables of each frame, as a terminal has it, an exception takes a tenth of a second.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ],
    # As livewatch has it: what a monitor in this process logs is no part of what a command prints.
    logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
)

_configure = structlog.configure


def _configure_uncached(**chosen: Any) -> None:
    """A command in this process sets logs up for good; of a logger that is kept, no later test could
    see what it writes."""
    _configure(**{**chosen, "cache_logger_on_first_use": False})


structlog.configure = _configure_uncached


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """The lowest level that a command wants told is not that of the tests after it."""
    before = structlog.get_config()
    yield
    _configure(**before)


@pytest.fixture(scope="session")
def case_runs(tmp_path_factory: pytest.TempPathFactory) -> CaseRuns:
    """What the cases of the shipped rules come to."""
    from tests.case_runs import CaseRuns  # brings the rules in, which most folders do without

    return CaseRuns(folder_of_run(tmp_path_factory) / "cases")


def pytest_report_header() -> str:
    if WHOLE:
        return "laws: on all of their cases"
    return "laws: on a part of their cases; LIVEWATCH_WHOLE=1 tries all"


@pytest.hookimpl(trylast=True)  # what `-m` leaves out has gone
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is only tried as a whole, unless it was asked for by name; deals the rest."""
    kept = items
    if not any("::" in argument for argument in config.args):
        kept = chosen(items)
        if len(kept) < len(items):
            config.hook.pytest_deselected(items=list(set(items).difference(kept)))
    items[:] = dealt(kept, processes(config))


def pytest_collection_finish() -> None:
    """Leaves what the collected modules hold to itself: it stays until the end.

    Else the cyclic collector goes through it again and again, a twelfth of the time. Called
    as rarely as this, it takes a twentieth of the time less than by its defaults. What of it may
    go stays, too: to look for that takes each process half a second, and gives nothing back.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
