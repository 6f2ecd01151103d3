"""The collector rests while things are made that stay, and works again afterwards."""

from __future__ import annotations

import gc

import pytest

from detectors.match.keeping import keeping


def test_the_collector_rests_meanwhile_and_works_afterwards() -> None:
    assert keeping(gc.isenabled)() is False
    assert gc.isenabled()


def test_the_collector_works_again_after_a_failure() -> None:
    @keeping
    def fail() -> None:
        raise ValueError("a pack is wrong")

    with pytest.raises(ValueError, match="a pack"):
        fail()
    assert gc.isenabled()


def test_who_has_stopped_the_collector_finds_it_stopped() -> None:
    gc.disable()
    try:
        keeping(list)()
        assert not gc.isenabled()
    finally:
        gc.enable()
