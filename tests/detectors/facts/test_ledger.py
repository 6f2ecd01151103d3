"""The orders of a room by account: those that a search through all of them would find."""

from __future__ import annotations

import gc
import random
import sys

import msgspec

from detectors.facts.crowd import Crowd
from detectors.facts.crowd import ledger as book
from tests.detectors.build import order


def ordered(orders, accounts=40, seed=2):
    """A crowd of which some accounts order again and again, and some of whom nobody knows."""
    choose, crowd = random.Random(seed), Crowd()
    for number in range(orders):
        user = f"u{choose.randrange(accounts)}" if choose.random() < 0.9 else None
        crowd.take(order(number * 2.0, sku=f"S{number % 7}", order=f"o{number}", user=user))
    return crowd


def searched(crowd, number):
    """The orders of an account, the latest first, as a search through all orders finds them."""
    return [placed for placed in reversed(crowd.orders.values()) if placed.account == number]


def test_an_accounts_orders_are_those_that_a_search_finds(monkeypatch):
    monkeypatch.setattr(book, "MAX_CHUNKS", 3)
    crowd = ordered(1_000)
    assert len(crowd.orders) < 3 * book.CHUNK + 1  # the oldest are gone
    back = Crowd()
    for name in crowd.part_names():
        back.take_part(name, msgspec.msgpack.encode(crowd.part(name)))
    back.settle()
    for one in (crowd, back):
        for number in range(40):
            assert list(one.orders_of(number)) == searched(one, number)
    assert any(searched(crowd, number) for number in range(40))
    assert list(crowd.orders_of(-1)) == list(crowd.orders_of(4_000)) == []


def steps(call):
    """Lines of Python that a call runs; not those of what is collected meanwhile."""
    count = 0

    def trace(frame, kind, _):
        nonlocal count
        count += kind == "line"
        return trace

    before = sys.gettrace()
    gc.disable()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
        gc.enable()
    return count


def test_an_accounts_orders_are_found_without_a_look_at_those_of_others():
    few, many = ordered(300, accounts=30), ordered(4_000, accounts=400)
    for crowd in (few, many):
        crowd.take(order(9_000, sku="S1", order="last", user="somebody"))
    number = few.accounts.get("somebody").number, many.accounts.get("somebody").number
    assert [len(list(few.orders_of(number[0]))), len(list(many.orders_of(number[1])))] == [1, 1]
    assert steps(lambda: list(few.orders_of(number[0]))) == steps(lambda: list(many.orders_of(number[1])))  # fmt: skip
