"""Spread, rates and acquaintance: the small statistics of the crowd rules."""

from __future__ import annotations

import msgspec
import pytest

from detectors.stats.acquaintance import BITS, Acquaintance
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


def test_an_account_is_known_two_slices_after_it_was_met():
    accounts = Acquaintance(slice_ms=1_000)
    accounts.meet("青禾", 10_000)
    assert accounts.just_seen("青禾")
    assert not accounts.known("青禾", 11_500)
    assert accounts.known("青禾", 12_500)
    assert not accounts.known("晚风", 12_500)


def test_a_long_pause_makes_everybody_known():
    accounts = Acquaintance(slice_ms=1_000)
    accounts.meet("青禾", 10_000)
    assert accounts.known("青禾", 99_000)


def test_a_thousand_accounts_are_rarely_mistaken_and_never_forgotten():
    accounts = Acquaintance(slice_ms=1_000)
    for number in range(1_000):
        accounts.meet(f"account-{number}", 10_000)
    accounts.meet("later", 13_000)
    assert all(accounts.known(f"account-{number}", 13_500) for number in range(1_000))
    mistaken = sum(accounts.known(f"stranger-{number}", 13_500) for number in range(1_000))
    assert mistaken < 100  # (1 - e^(-2000/8192))^2 is 4.7 %


def test_the_filters_survive_encoding_and_stay_small():
    accounts = Acquaintance(slice_ms=1_000)
    for number in range(5_000):
        accounts.meet(f"account-{number}", 10_000 + number)
    data = msgspec.msgpack.encode(accounts)
    assert len(data) < 3 * BITS // 8 + 200
    assert msgspec.msgpack.decode(data, type=Acquaintance) == accounts
