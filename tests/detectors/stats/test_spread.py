"""Spread and rates: the small statistics of the crowd rules."""

from __future__ import annotations

import pytest

from detectors.stats.ring import MAX_SLOTS, RateRing
from detectors.stats.spread import gaps, variation


def test_equal_gaps_do_not_vary():
    assert variation(gaps([0, 7, 14, 21])) == 0.0


def test_variation_is_sigma_over_mean():
    # 5, 10, 15: mean 10, sigma sqrt(50 / 3) = 4.0825
    assert variation([5, 10, 15]) == pytest.approx(0.40825, abs=1e-5)


def test_nothing_and_a_mean_of_zero_have_no_variation():
    assert variation([]) is None
    assert variation([0, 0]) is None


def test_a_ring_counts_by_slots_and_forgets():
    ring = RateRing(slot_ms=1_000)
    for second in range(MAX_SLOTS + 5):
        ring.add(second * 1_000)
    assert len(ring.slots) == MAX_SLOTS
    assert ring.count(0, 5_000) == 0
    assert ring.count(10_000, 20_000) == 10
