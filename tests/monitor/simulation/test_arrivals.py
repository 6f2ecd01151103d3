"""Events of many rooms in the order of their arrival."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from monitor.simulation import arrivals
from monitor.simulation.arrivals import Arrivals


@pytest.mark.parametrize("held", [1, 7, 1_000])
def test_lines_come_by_time_whether_they_were_spilled_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(arrivals, "HELD", held)
    rng = random.Random(1)
    lines = [(rng.randrange(3_000_000), f'line {n} of {{"a": 1}}'.encode()) for n in range(500)]
    sorter = Arrivals(tmp_path)
    for start in range(0, 500, 3):
        sorter.add(lines[start : start + 3])
    ordered = list(sorter.ordered())

    assert ordered == [line for _, line in sorted(lines, key=lambda line: line[0])]
    assert list(tmp_path.iterdir()) == []


def test_of_the_same_time_the_first_added_comes_first(tmp_path: Path) -> None:
    sorter = Arrivals(tmp_path)
    sorter.add([(5, b"a"), (5, b"c"), (4, b"d")])
    sorter.add([(5, b"b")])

    assert list(sorter.ordered()) == [b"d", b"a", b"c", b"b"]
