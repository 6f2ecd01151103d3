"""The C library's allocator in a process that runs for weeks: what is freed goes back to the system.

glibc gives each thread a heap of its own, and raises the size from which a block is mapped by itself with
each such block that is freed. A batch makes and frees blocks of every size in several threads, so
of a busy monitor's memory an eighth was free and could not be given back.
"""

from __future__ import annotations

import ctypes
import sys

__all__ = ["calm_allocator"]

#: `M_TRIM_THRESHOLD`, `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of mallopt(3). Setting a threshold also stops
#: glibc from moving it.
_SETTINGS = ((-1, 128 * 1024), (-3, 128 * 1024), (-8, 1))


def calm_allocator() -> bool:
    """Call it once, before threads are started; false where the C library is another one."""
    if not sys.platform.startswith("linux"):
        return False
    setting = getattr(ctypes.CDLL(None), "mallopt", None)
    if setting is None:
        return False
    # Each call answers 1 where it was understood; musl has the function and answers 0.
    answers: list[int] = [setting(parameter, value) for parameter, value in _SETTINGS]
    return answers == [1, 1, 1]
