"""What holds for all tests."""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Leaves what the collected modules hold to itself: it stays until the end.

    Else the cyclic collector goes through it again and again, a twelfth of the time.
    """
    gc.collect()
    gc.freeze()
