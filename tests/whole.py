"""How much of the laws that hold for many cases is tried.

`make test` tries them on a part of their cases and leaves the longest tests out; with LIVEWATCH_WHOLE
set, as `make test-all` has it, all are tried.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from zlib import crc32

import pytest

__all__ = ["WHOLE", "chosen", "examples"]

WHOLE = bool(os.environ.get("LIVEWATCH_WHOLE"))


def examples(whole: int) -> int:
    """How many examples Hypothesis looks at; a third of the whole where a part is tried."""
    return whole if WHOLE else max(1, whole // 3)


def chosen(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests that are run of those that were collected.

    Of the cases of a test that is marked `law(n)` one in `n`, drawn by their names, so that they
    are the same every time and in every process.
    """
    if WHOLE:
        return items
    laws: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("law"):
            laws[item.nodeid.partition("[")[0]].append(item)
    left = {item for item in items if item.get_closest_marker("whole")}
    for cases in laws.values():
        (every,) = cases[0].get_closest_marker("law").args
        drawn = sorted(cases, key=lambda item: crc32(item.nodeid.encode()))
        left.update(drawn[math.ceil(len(drawn) / every) :])
    return [item for item in items if item not in left]
