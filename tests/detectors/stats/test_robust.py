"""A few wild values move neither the centre nor the spread."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.stats.robust import median, median_absolute_deviation, robust_z

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@pytest.mark.slow
@given(values)
def test_the_median_is_the_one_of_the_library(sample):
    assert median(sample) == pytest.approx(statistics.median(sample))


@pytest.mark.slow
@given(st.lists(st.floats(-1, 1), min_size=5, max_size=49), st.floats(1e3, 1e9))
def test_one_wild_value_in_a_sample_leaves_the_centre_within_it(sample, wild):
    assert min(sample) <= median([*sample, wild]) <= max(sample)
    assert median_absolute_deviation([*sample, wild]) <= 2


@given(values, st.floats(-1e6, 1e6), st.floats(-100, 100))
def test_moving_everything_moves_no_distance(sample, value, shift):
    moved = robust_z(value + shift, [item + shift for item in sample], floor=1.0)
    assert moved == pytest.approx(robust_z(value, sample, floor=1.0), abs=1e-3)


def test_without_a_sample_the_floor_is_the_spread():
    assert robust_z(0.5, [], floor=0.1) == pytest.approx(5)


def test_a_sample_that_never_varied_takes_the_floor():
    assert robust_z(2.0, [1.0, 1.0, 1.0], floor=0.5) == pytest.approx(2)


def test_no_values_have_no_median():
    with pytest.raises(ValueError, match="no values"):
        median([])
