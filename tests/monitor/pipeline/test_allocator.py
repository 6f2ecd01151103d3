"""What a monitor frees is the system's again."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

#: A large block that is freed raises glibc's thresholds, and what is freed later stays in its heap.
FREED = """
import ctypes
import sys

from monitor.pipeline.allocator import calm_allocator

class Info(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]

if "calm" in sys.argv:
    assert calm_allocator()
told = ctypes.CDLL(None).mallinfo2
told.restype = Info

large = bytes(20_000_000)
del large
many = [bytes(1_000_000) for _ in range(10)]
del many
print(told().fordblks)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such heaps")
def test_what_was_freed_is_not_held_back() -> None:
    def free(*arguments: str) -> int:
        command = [sys.executable, "-c", FREED, *arguments]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    assert free("calm") < 4_000_000 < free()
