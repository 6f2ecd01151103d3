"""The window of the latest lines: what is kept up is what counting all of them anew gives."""

from __future__ import annotations

from collections import Counter
from random import Random

from detectors.facts.crowd.kinds import KINDS, STEPS
from detectors.facts.crowd.recent import MOST_LINES, Recent
from detectors.facts.crowd.window import Window


def counted(lines: list[tuple[int, int]], least: int, start: int) -> dict[int, int]:
    """The same from all lines that were ever written."""
    cells: dict[int, int] = {}
    for number, kind in lines[least:]:
        cells[number] = cells.get(number, 0) + STEPS[kind]
    here = {number for number, _ in lines[start:]}
    return {number: cells[number] for number in sorted(here)}


def test_it_moves_on_by_what_came_and_left():
    choose = Random(3)
    recent, lines = Recent(), list[tuple[int, int]]()
    window, start = Window(recent), 0
    sizes = []
    for look in range(60):
        # Now and then far more is written between two looks than is kept.
        for _ in range(choose.choice((0, 1, 30, 200)) if look % 20 else 3 * MOST_LINES):
            line = choose.randrange(400), choose.randrange(KINDS)
            lines.append(line)
            recent.take(*line)
        start = choose.randint(start, len(lines))
        least = max(len(lines) - MOST_LINES, 0)
        window.move(len(lines) - MOST_LINES, start)
        expected = counted(lines, least, max(start, least))
        assert window.accounts == expected
        assert window.tally == Counter(expected.values())
        sizes.append(len(expected))
    assert min(sizes) < 50 < 300 < max(sizes)


def test_it_begins_again_where_lines_are_gone_or_a_window_begins_earlier():
    recent = Recent()
    window = Window(recent)
    for number in range(500):
        recent.take(number % 50, number % KINDS)
    window.move(0, 480)
    assert len(window.accounts) == 20
    window.move(0, 470)
    assert len(window.accounts) == 30
    recent.drop(400)
    window.move(0, 470)
    assert sum(window.tally.values()) == 30
    assert window.accounts == begun_now(recent, 470)


def begun_now(recent: Recent, start: int) -> dict[int, int]:
    """What a window that begins now has."""
    window = Window(recent)
    window.move(0, start)
    return window.accounts
