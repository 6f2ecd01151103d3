"""`make bench`: prints every benchmark."""

from __future__ import annotations

import importlib
import pkgutil

import tests.benchmarks

for module in sorted(
    info.name
    for info in pkgutil.iter_modules(tests.benchmarks.__path__)
    if info.name.startswith("bench_")
):
    print(f"== {module.removeprefix('bench_')} ==", flush=True)
    importlib.import_module(f"tests.benchmarks.{module}").main()
    print(flush=True)
