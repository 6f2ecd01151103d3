"""Making what stays, without looking for garbage in it meanwhile."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

__all__ = ["keeping"]

P = ParamSpec("P")
R = TypeVar("R")


def keeping(make: Callable[P, R]) -> Callable[P, R]:
    """A function that runs without the cyclic collector.

    For what makes hundreds of thousands of objects that all stay: the collector would go through
    them again and again, a fifth of the time, and find none to free.
    """

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> R:
        if not gc.isenabled():
            return make(*args, **kwargs)
        gc.disable()
        try:
            return make(*args, **kwargs)
        finally:
            gc.enable()

    return made
