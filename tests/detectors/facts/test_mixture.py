"""A part of the crowd that is a crowd of its own: found by who writes what; quiet where all do alike."""

from __future__ import annotations

import random

import msgspec
import pytest

from detectors.facts.crowd.mixture import (
    LONG,
    MOST,
    PRAISE,
    REST,
    SHORT,
    STRONG,
    Mixture,
    Sheet,
    kind_of,
)
from detectors.facts.crowd.signals import excess

MINUTE = 60_000
SHARES = (0.80, 0.06, 0.03, 0.09, 0.015, 0.005)


def evening(seed, people=200, lines=800, shares=SHARES, agreement=25.0, minutes=75):
    """Lines of an ordinary room, by time: account, kind; each account has shares of its own."""
    choose = random.Random(seed)
    tastes = []
    for _ in range(people):
        weights = [choose.gammavariate(agreement * share, 1) for share in shares]
        tastes.append(weights)
    return [
        (round(n * minutes * MINUTE / lines), who, choose.choices(range(6), tastes[who])[0])
        for n, who in enumerate(choose.choices(range(people), k=lines))
    ]


def told(written, mixture=None):
    """The mixture after all lines, the greatest evidence on the way, and the accounts' numbers."""
    mixture = mixture or Mixture()
    accounts, lines, best = {}, {}, 0.0
    for at, who, kind in sorted(written, key=lambda line: line[0]):
        lines[who] = lines.get(who, 0) + 1
        if lines[who] > MOST:
            continue
        accounts[who] = mixture.take(accounts.get(who, 0), kind, at)
        if kind and mixture.due(at):
            best = max(best, mixture.evidence())
    return mixture, max(best, mixture.evidence()), accounts


def hired(accounts=16, each=3, start=30, minutes=25, kinds=(LONG, PRAISE, STRONG)):
    """Accounts that write little but sentences, one after the other."""
    every = minutes * MINUTE / (accounts * each)
    return [
        (round(start * MINUTE + n * every), f"h{n % accounts}", kinds[n % len(kinds)])
        for n in range(accounts * each)
    ]


@pytest.mark.slow
def test_ordinary_rooms_stay_below_what_the_e_value_promises():
    # 10^x is passed with probability 10^−x at most, at whatever time one looks.
    found = [told(evening(seed))[1] for seed in range(60)]
    assert sum(one >= 1 for one in found) <= 3
    assert max(found) < 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "shares",
    [
        (0.55, 0.3, 0.1, 0.03, 0.01, 0.01),
        (0.6, 0.1, 0.05, 0.2, 0.04, 0.01),
        (0.8, 0.05, 0.05, 0.05, 0.02, 0.03),
    ],
)
def test_a_room_that_always_praises_or_writes_at_length_is_its_own_measure(shares):
    found = [told(evening(seed, lines=3000, shares=shares))[1] for seed in range(12)]
    assert sum(one >= 1 for one in found) <= 1
    assert max(found) < 2


def test_hired_accounts_are_found_before_they_are_done():
    ordinary = evening(1)
    mixture, evidence, accounts = told(ordinary + hired())
    assert evidence > 2
    unusual = [who for who, number in accounts.items() if mixture.weight(number) > 3]
    assert sum(str(who).startswith("h") for who in unusual) >= 10
    half = [line for line in ordinary + hired() if line[0] < (30 + 25 / 2) * MINUTE]
    assert told(half)[1] > 1


def test_the_same_lines_by_as_many_of_those_who_are_there_are_not():
    ordinary = evening(2)
    spread = [(at, n * 5 % 200, kind) for n, (at, _, kind) in enumerate(hired())]
    assert told(ordinary + spread)[1] < told(ordinary + hired())[1] - 3


def test_writers_of_short_lines_are_found():
    short = hired(accounts=30, each=5, kinds=(SHORT,))
    assert told(evening(3) + short)[1] > 3


def test_what_two_accounts_do_is_no_crowd():
    assert told(evening(4) + hired(accounts=2, each=16, minutes=40))[1] < 1


def test_two_accounts_count_no_more_than_the_third_and_a_crew_counts_whole():
    # Two write nothing else, and a third like them makes a crowd of three of the two, not of one.
    two, three = (
        told(evening(4) + hired(accounts=many, each=16, minutes=40))[1] for many in (2, 3)
    )
    assert three > two + 1


def test_a_line_that_was_begun_within_minutes_counts_when_the_account_writes_another():
    mixture, _, _ = told(evening(5))
    before = mixture.evidence()
    joke = {f"j{n}": mixture.take(0, STRONG, 75 * MINUTE, copies=n, copied=True) for n in range(7)}
    assert mixture.evidence() <= before + 0.1
    for number in joke.values():
        mixture.take(number, STRONG, 81 * MINUTE)
    assert mixture.evidence() > before + 2


def test_a_line_that_many_copy_does_not_count_until_they_copy_another():
    ordinary = evening(5)
    mixture, accounts = Mixture(), {}
    mixture, _, accounts = told(ordinary)
    before = mixture.evidence()
    joke = [(f"j{n}", n + 1) for n in range(60)]
    for who, copies in joke[10:]:
        accounts[who] = mixture.take(0, STRONG, 75 * MINUTE, copies=copies)
    assert mixture.evidence() <= before + 0.5
    for who, copies in joke[10:]:
        accounts[who] = mixture.take(accounts[who], STRONG, 76 * MINUTE, copies=copies)
    assert mixture.evidence() > before + 2


def test_a_wave_within_a_minute_counts_from_the_second_line_on():
    ordinary = evening(6)
    wave = [(40 * MINUTE + n * 500, f"w{n}", PRAISE) for n in range(80)]
    assert told(ordinary + wave)[1] < 1.5
    again = [(at + 3 * MINUTE, who, kind) for at, who, kind in wave]
    assert told(ordinary + wave + again)[1] > 5


def test_evidence_is_the_same_after_a_restart_and_when_accounts_are_forgotten():
    mixture, _, accounts = told(evening(7) + hired())
    back = Mixture(msgspec.msgpack.decode(msgspec.msgpack.encode(mixture.sheet), type=Sheet))
    for number in accounts.values():
        back.put(number)
    assert back.evidence() == pytest.approx(mixture.evidence())
    for who, number in accounts.items():
        if str(who).startswith("h"):
            mixture.drop(number)
            back.drop(number)
    assert mixture.evidence() == pytest.approx(back.evidence(), abs=1e-6)
    assert mixture.evidence() < 1


def test_kinds():
    assert kind_of(False, 0, False) == REST
    assert kind_of(False, 1, False) == SHORT
    assert kind_of(True, 1, True) == kind_of(True, 2, False) == STRONG
    assert kind_of(True, 1, False) == PRAISE


def test_a_campaign_that_lasts_longer_than_half_of_what_was_watched_is_not_its_own_measure():
    taken, kinds, many = [], (STRONG, REST, PRAISE, REST), 14
    for seed in range(6):
        # Of an hour it lasts fifty minutes; the accounts write ordinary lines in between.
        crew = [
            (at, who, kinds[n // many])
            for n, (at, who, _) in enumerate(hired(many, each=4, start=10, minutes=50))
        ]
        mixture, most, _ = told([*evening(seed, people=300, lines=900, minutes=60), *crew])
        assert most > 4
        taken.append(mixture.sheet.shares[STRONG])
    # What is taken for usual is the crowd's own share (`SHARES`): twice of it without leaving them out.
    assert sum(taken) / len(taken) < 1.4 * SHARES[STRONG]


def test_the_mean_of_the_evidence_of_a_count_is_one_where_rooms_are_as_it_says():
    for mean in (0.7, 2.0, 6.0):
        shape = 1 / 0.15
        chance, mass, total = (shape / (shape + mean)) ** shape, 0.0, 0.0
        for count in range(400):
            total += chance * 10 ** excess(count, mean, 0.15)
            mass += chance
            chance *= (count + shape) / (count + 1) * mean / (shape + mean)
        assert mass == pytest.approx(1)
        assert total == pytest.approx(1, abs=0.01)


def test_a_count_beyond_all_measure_is_no_number_too_large_to_write():
    assert 300 < excess(2_000, 0.2, 0.15) < 1_000
