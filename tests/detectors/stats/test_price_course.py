"""The course of a price: shifts from a level that stood, oscillations, jumps among changes."""

from __future__ import annotations

from detectors.stats.price_course import Level, Stillness, jump, returned, reversals, shift

MIN, HOUR, DAY = 60_000, 3_600_000, 86_400_000
STILL = Stillness(sightings=5, span_ms=MIN, days=4, watched_ms=10 * MIN, single_ms=20 * MIN)


def course(*prices, every=MIN, seen=1):
    return [Level(fen, n * every, n * every, seen=seen) for n, fen in enumerate(prices)]


def moved(levels, watched=lambda start, end: end - start):
    return shift(levels, levels[-1].at, watched, least=0.3, within_ms=DAY, still=STILL)


def test_twenty_nine_percent_is_no_shift_and_thirty_is_one():
    before = Level(10_000, 0, HOUR, seen=60)
    assert moved([before, Level(12_900, HOUR + MIN, HOUR + MIN)]) is None
    assert moved([before, Level(13_000, HOUR + MIN, HOUR + MIN)]).usual == 10_000
    # Down by as much as 30 % up: ÷ 1.3.
    assert moved([before, Level(7_692, HOUR + MIN, HOUR + MIN)]).usual == 10_000
    assert moved([before, Level(7_770, HOUR + MIN, HOUR + MIN)]) is None


def test_the_usual_price_is_the_one_that_was_longest_in_force():
    levels = [
        Level(9_900, 0, MIN, seen=2),
        Level(10_000, 2 * MIN, HOUR, seen=50),
        Level(10_100, HOUR + MIN, HOUR + 2 * MIN, seen=2),
        Level(14_000, HOUR + 3 * MIN, HOUR + 3 * MIN),
    ]
    found = moved(levels)
    assert (found.usual, found.seen, found.since) == (10_000, 54, 0)


def test_what_was_not_watched_is_no_stillness():
    levels = [Level(10_000, 0, HOUR, seen=2), Level(15_000, HOUR + MIN, HOUR + MIN)]
    assert moved(levels) is not None
    assert moved(levels, watched=lambda start, end: 0) is None


def test_a_creep_is_measured_from_the_level_that_stood():
    levels = [Level(10_000, 0, HOUR, seen=60)]
    levels += [Level(round(10_000 * 1.04**n), HOUR + n * MIN, HOUR + n * MIN) for n in range(1, 9)]
    found = moved(levels)
    assert found.usual == 10_000
    assert found.steps >= 7


def test_many_steps_to_and_fro_are_no_creep():
    levels = [Level(10_000, 0, HOUR, seen=60)]
    levels += [
        Level(fen, HOUR + n * MIN, HOUR + n * MIN)
        for n, fen in enumerate([11_500, 9_000, 11_400, 9_100, 12_000, 9_000, 13_100], 1)
    ]
    assert moved(levels) is None


def test_two_sizes_shown_together_do_not_turn():
    both = [Level(fen, n // 2 * MIN + n % 2, n // 2 * MIN + n % 2) for n, fen in enumerate([100, 180] * 6)]  # fmt: skip
    assert reversals(both, least=0.3, within_ms=HOUR, stood_ms=10_000) == 0
    assert reversals(course(100, 180, 100, 180), least=0.3, within_ms=HOUR, stood_ms=10_000) == 2
    assert reversals(course(100, 180, 130, 90), least=0.3, within_ms=HOUR, stood_ms=10_000) < 2


def test_a_jump_is_measured_by_the_size_of_the_changes_whichever_way_they_went():
    to_and_fro = course(*[1_000, 800] * 7, 600)
    assert abs(jump(to_and_fro, floor=0.05, floor_young=0.1, young=8)) < 2
    calm = course(*[1_000, 1_010] * 7, 600)
    assert abs(jump(calm, floor=0.05, floor_young=0.1, young=8)) > 8


def test_back_at_an_earlier_level():
    levels = course(1_000, 500, 1_030)
    assert returned(levels, 1, 1_030, 0.05)
    assert not returned(levels, 0, 1_030, 0.05)
