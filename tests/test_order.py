"""Each process begins with its share of the long tests, and modules stay together."""

from __future__ import annotations

from itertools import chain
from types import SimpleNamespace
from typing import cast

import pytest

from tests.order import dealt


def item(module: str, number: int, *marks: str) -> pytest.Item:
    """What is asked of a test: its name and its marks."""
    return cast(
        pytest.Item,
        SimpleNamespace(
            nodeid=f"{module}::test_{number}",
            get_closest_marker=lambda name: (
                getattr(pytest.mark, name).mark if name in marks else None
            ),
        ),
    )


def pieces(items: list[pytest.Item], count: int) -> list[list[str]]:
    """The tests of each process, as pytest-xdist cuts the list."""
    left = [one.nodeid for one in dealt(items, count)]
    cut = []
    for others in range(count, 0, -1):
        length = len(left) // others
        cut.append(left[:length])
        left = left[length:]
    return cut


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_every_process_begins_with_long_tests_and_ends_with_quick_ones(count: int) -> None:
    items = [item(f"quick_{n // 10}", n) for n in range(203)]
    items += [item(f"slow_{n // 5}", n, "slow") for n in range(35)]
    items += [item(f"topic_{n}", n, "kafka", "slow") for n in range(4)]
    made = pieces(items, count)
    assert sorted(chain.from_iterable(made)) == sorted(one.nodeid for one in items)
    for piece in made:
        assert piece[0].startswith(("slow", "topic"))
        assert piece[-1].startswith("quick")
        kinds = [name.startswith("quick") for name in piece]
        assert kinds == sorted(kinds)
    for together in (*(f"topic_{n}::" for n in range(4)), *(f"slow_{n}::" for n in range(7))):
        assert sum(any(name.startswith(together) for name in piece) for piece in made) == 1
    assert sum(any(name.startswith("topic") for name in piece) for piece in made) == 2


def test_modules_that_are_longer_than_a_piece_lose_nothing() -> None:
    items = [item("one", n, "slow") for n in range(40)] + [item("quick", n) for n in range(3)]
    assert sorted(chain.from_iterable(pieces(items, 4))) == sorted(one.nodeid for one in items)


def test_one_process_runs_them_in_the_order_of_the_files() -> None:
    items = [item("quick", 1), item("slow", 1, "slow"), item("quick", 2)]
    assert dealt(items, 1) == items
