"""Python's garbage collector at the pace of a worker.

The rulebook and the states of rooms live long and hold few cycles, yet each full collection
walks through all of them. So what stands after the start is set aside, and collections are rarer.
"""

from __future__ import annotations

import gc

__all__ = ["calm_collector", "rare_collections"]

#: New objects until a young collection, and the collections until the next older generation.
THRESHOLDS = (50_000, 20, 50)


def rare_collections() -> None:
    """Call it where a process begins: what it loads until it answers stays, and a tenth of that time
    went into looking for garbage."""
    gc.set_threshold(*THRESHOLDS)


def calm_collector() -> None:
    """Call it once in a process, after rules and modules are loaded."""
    gc.collect()
    gc.freeze()
    rare_collections()
