"""What holds for all tests."""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

# A busy machine stands still for longer than the fifth of a second that an example may take.
settings.register_profile(
    "busy", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy")


def pytest_collection_finish() -> None:
    """Leaves what the collected modules hold to itself: it stays until the end.

    Else the cyclic collector goes through it again and again, a twelfth of the time.
    """
    gc.collect()
    gc.freeze()
