"""Campaigns that change when they are found, and only then."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from monitor.simulation.adaptation import KEPT, adapted, after, read_found, write_found
from monitor.simulation.plan import KINDS, STRENGTHS, plan_of

PLANS = [plan_of(kind, strength) for kind in KINDS for strength in STRENGTHS]
ROOMS = [f"c{number:04}" for number in range(len(PLANS))]


def test_who_was_not_found_changes_nothing() -> None:
    assert after(PLANS, [[], []], 1, ROOMS) == PLANS


def test_only_the_campaign_of_a_found_room_changes() -> None:
    changed = after(PLANS, [["c0003", "c0020-2"]], 1, ROOMS)

    assert [n for n, plan in enumerate(changed) if plan != PLANS[n]] == [3, 20]
    assert changed[3].generation == 1


@pytest.mark.slow
def test_the_same_finds_give_the_same_plans_and_others_give_others() -> None:
    found = [ROOMS, ROOMS[::2]]

    assert after(PLANS, found, 1, ROOMS) == after(PLANS, found, 1, ROOMS)
    assert after(PLANS, found, 1, ROOMS) != after(PLANS, found, 2, ROOMS)
    assert after(PLANS, found[:1], 1, ROOMS) != after(PLANS, found, 1, ROOMS)


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_always_found_hides_more_but_still_does_the_work(kind: str) -> None:
    first = plan_of(kind, "blatant")
    (last,) = after([first], [["c0000"]] * 8, 3, ["c0000"])

    assert last.kind == kind
    assert last != first
    steps = kind in ("sold-leap", "price-creep")
    assert last.actions >= (first.actions if steps else int(KEPT * first.actions))
    least = 0 if kind == "sold-leap" else 1
    assert last.factor - least >= 0.99 * KEPT * (first.factor - least)
    assert last.factor <= first.factor
    assert last.jitter >= first.jitter
    assert last.spelling >= first.spelling
    assert last.camouflage >= first.camouflage
    assert last.alike <= first.alike
    assert last.accounts >= first.accounts
    assert (last.rooms, last.evenings, last.refunds) == (first.rooms, first.evenings, first.refunds)


def test_some_copy_a_colleague_who_was_not_found() -> None:
    loud, quiet = plan_of("short-lines", "blatant"), plan_of("short-lines", "careful")
    copied = 0
    for seed in range(40):
        rng = random.Random(seed)
        changed, same = adapted([loud, quiet], [loud, quiet], [True, False], rng)
        assert same == quiet
        copied += changed.camouflage == quiet.camouflage or changed.spelling == quiet.spelling

    assert 5 < copied < 40


def test_the_file_of_finds_grows_by_generation(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    write_found(path, 0, ["c0001"])
    write_found(path, 1, ["c0002", "c0003-1"])
    assert read_found(path) == [["c0001"], ["c0002", "c0003-1"]]

    write_found(path, 0, [])
    assert read_found(path) == [[]]
    with pytest.raises(ValueError, match="generation 1 is missing"):
        write_found(path, 2, [])


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_text("[]")

    with pytest.raises(ValueError, match="does not name the rooms found"):
        read_found(path)
