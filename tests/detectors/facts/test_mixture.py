"""A part of the crowd that is a crowd of its own: found by who writes what; quiet where all do alike."""

from __future__ import annotations

import random

import msgspec
import pytest

from detectors.facts.crowd.kinds import (
    COUNTS,
    KINDS,
    LONG,
    LONG_ALIKE,
    MOST,
    PRAISE,
    REST,
    SHORT,
    STEPS,
    STRONG,
    kind_of,
    unpacked,
)
from detectors.facts.crowd.likelihood import Terms, in_common
from detectors.facts.crowd.mixture import WINDOW, Mixture, Sheet
from detectors.facts.crowd.recent import CHUNK, KIND_BITS, MOST_LINES, SLOTS, Recent
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
    accounts, lines, numbers, best, now = {}, {}, {}, -9.0, 0
    for now, who, kind in sorted(written, key=lambda line: line[0]):
        lines[who] = lines.get(who, 0) + 1
        if lines[who] > MOST:
            continue
        number = numbers.setdefault(who, len(numbers))
        accounts[who] = mixture.take(accounts.get(who, 0), number, kind, now)
        if kind and mixture.due(now):
            best = max(best, mixture.evidence(now))
    return mixture, max(best, latest(mixture, now)), accounts


def latest(mixture, at):
    """The evidence at a time, whenever it was found last."""
    mixture.sheet.weighed = 0
    return mixture.evidence(at)


def hired(accounts=16, each=3, start=30, minutes=25, kinds=(LONG, PRAISE, STRONG)):
    """Accounts that write little but sentences, one after the other."""
    every = minutes * MINUTE / (accounts * each)
    return [
        (round(start * MINUTE + n * every), f"h{n % accounts}", kinds[n % len(kinds)])
        for n in range(accounts * each)
    ]


@pytest.mark.slow
def test_ordinary_rooms_stay_below_what_the_e_value_promises():
    # 10^x is passed with probability 10^−x at most at one time; an evening has several windows.
    found = [told(evening(seed))[1] for seed in range(60)]
    assert sum(one >= 1 for one in found) <= 10
    assert sum(one >= 2 for one in found) <= 1


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
    assert sum(one >= 1 for one in found) <= 2
    assert max(found) < 2.5


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
    before = latest(mixture, 75 * MINUTE)
    joke = {
        n: mixture.take(0, n, STRONG, 75 * MINUTE, copies=n - 999, copied=True)
        for n in range(1_000, 1_007)
    }
    assert latest(mixture, 75 * MINUTE) <= before + 0.1
    for n, account in joke.items():
        mixture.take(account, n, STRONG, 76 * MINUTE)
    assert latest(mixture, 76 * MINUTE) > before + 2


def test_a_line_that_many_copy_does_not_count_until_they_copy_another():
    mixture, _, _ = told(evening(5))
    before = latest(mixture, 75 * MINUTE)
    joke = {n: mixture.take(0, n, STRONG, 75 * MINUTE, copies=n - 999) for n in range(1_010, 1_022)}
    assert latest(mixture, 75 * MINUTE) <= before + 0.5
    # One after the other, not in a flood.
    for n, account in joke.items():
        mixture.take(account, n, STRONG, 81 * MINUTE + (n - 1_010) * 40_000, copies=n - 999)
    assert latest(mixture, 89 * MINUTE) > before + 2


def test_a_wave_within_a_minute_counts_from_the_second_line_on():
    ordinary = evening(6)
    wave = [(40 * MINUTE + n * 500, f"w{n}", PRAISE) for n in range(80)]
    assert told(ordinary + wave)[1] < 1.5
    again = [(at + 3 * MINUTE, who, kind) for at, who, kind in wave]
    assert told(ordinary + wave + again)[1] > 5


@pytest.mark.slow
def test_owners_who_praise_what_is_shown_within_minutes_are_no_crew():
    # A product is shown that thirty have at home, and each says so once within minutes; as many who
    # say it one after the other in a quarter of an hour are hired.
    ordinary = evening(6, people=300, lines=1_200)
    owners, hands = (
        [(40 * MINUTE + n * every, f"o{n}", (PRAISE, STRONG)[n % 2]) for n in range(30)]
        for every in (5_000, 30_000)
    )
    plain, owned = told(ordinary)[1], told(ordinary + owners)[1]
    assert owned < plain + 2
    assert told(ordinary + hands)[1] > owned + 2


def test_the_first_sentences_of_a_slow_flood_count_once_their_writers_write_another():
    # Of a product that many have at home three a minute tell: never many in one minute.
    end = 71 * MINUTE
    plain = [(n * 15_000, f"v{n % 60}", REST) for n in range(end // 15_000)]
    owners = [(60 * MINUTE + n * 21_000, f"h{n}", (PRAISE, STRONG)[n % 2]) for n in range(9)]
    drip = [(60 * MINUTE + n * 63_000, who, kind) for n, (_, who, kind) in enumerate(owners)]
    again = [(at + 6 * MINUTE, who, kind) for at, who, kind in owners]
    flood, crew, ring = told(plain + owners)[0], told(plain + drip)[0], told(plain + owners + again)[0]  # fmt: skip
    assert len(flood.sheet.early) == 5, "those before it was known"
    weights = flood.people(end)
    assert max(weights.get(number, 0.0) for number in flood.sheet.early) <= 0
    assert latest(flood, end) < 0.3 < 3 < latest(crew, end)
    assert ring.sheet.early == {}
    assert latest(ring, end) > 3


def test_what_accounts_wrote_of_which_it_is_known_why_is_left_out():
    mixture, _, _ = told(evening(9) + hired(start=60, minutes=14))
    at = 75 * MINUTE
    weights = mixture.people(at)
    unusual = [number for number, weight in weights.items() if weight >= 2.5]
    others = [number for number in weights if number not in unusual]
    assert mixture.evidence_without(at, unusual) < 0.3 < latest(mixture, at)
    assert mixture.evidence_without(at, others[:40]) > 2


def test_a_joke_that_many_copy_is_no_part_of_what_the_room_says():
    def shares(joke):
        mixture = Mixture()
        for n in range(3_000):
            at = n * 1_000
            if joke and 600 <= n < 1_400:
                mixture.take(0, 5_000 + n, LONG_ALIKE, at, copies=n, copied=True)
            mixture.take(0, n, LONG if n % 20 == 0 else REST, at)
        mixture.turn(10_000)
        return mixture.sheet.shares

    assert shares(joke=True)[LONG] == pytest.approx(shares(joke=False)[LONG], rel=0.05)
    assert shares(joke=True)[LONG_ALIKE] < 0.05


def test_a_first_short_line_of_praise_says_nothing_and_the_second_counts_for_both():
    once = [(30 * MINUTE + n * 20_000, f"s{n}", SHORT) for n in range(40)]
    ordinary = evening(3)
    plain = told(ordinary)[1]
    assert told(ordinary + once)[1] <= plain + 0.5
    again = [(at + 4 * MINUTE, who, kind) for at, who, kind in once[:20]]
    assert told(ordinary + once + again)[1] > 1


@pytest.mark.parametrize(
    ("kind", "how"), [(SHORT, {}), (STRONG, {"copied": True}), (STRONG, {"copies": 9})]
)
def test_a_line_that_does_not_count_yet_is_no_ordinary_line_either(kind, how):
    mixture, _, _ = told(evening(3))
    account = mixture.take(0, 5_000, kind, 75 * MINUTE, **how)
    assert unpacked(account & COUNTS) == (0,) * KINDS
    assert 5_000 not in mixture.people(75 * MINUTE)
    account = mixture.take(account, 5_000, kind, 80 * MINUTE)
    both = 1 if "copies" in how and kind != SHORT else 2
    assert unpacked(account & COUNTS)[kind] == both
    assert unpacked(account & COUNTS)[REST] == 0


@pytest.mark.slow
def test_a_window_in_which_everybody_writes_more_long_lines_is_no_crew():
    # For a quarter of an hour twice as many long lines as before, by as many accounts as write them
    # anyway; and as many lines again by a crew.
    rate = 3_000 / 75
    shares = (0.892, 0.04, 0.01, 0.04, 0.014, 0.004)
    lively = [(at, who, kind) for at, who, kind in evening(31, 1_500, 3_000, shares)]
    choose = random.Random(5)
    more = [
        (
            round((55 + n / (rate * 0.136)) * MINUTE),
            choose.randrange(1_500),
            choose.choice((LONG, LONG, PRAISE)),
        )
        for n in range(round(15 * rate * 0.136))
    ]
    crew = [(at, f"h{n % 16}", kind) for n, (at, _, kind) in enumerate(more)]
    assert told(lively + more)[1] < 0.5
    assert told(lively + crew)[1] > 5


def test_what_a_common_rate_gains_is_nothing_at_the_usual_one_and_little_for_a_few_lines():
    shares = SHARES
    assert in_common({STEPS[REST]: 90, STEPS[LONG]: 8}, shares) == 0.0
    few = in_common({STEPS[REST]: 30, STEPS[PRAISE]: 6}, shares)
    many = in_common({STEPS[REST]: 1_000, STEPS[PRAISE]: 300}, shares)
    assert 0 < few < 1 < 10 < many


def test_a_crew_that_has_just_begun_is_found_among_those_of_the_last_minutes():
    # Nine accounts, one sentence each within twelve minutes: of all who wrote by then they are
    # three in a hundred, of those who wrote in that time more than one in ten.
    crew = [(60 * MINUTE + n * 80_000, f"h{n}", (PRAISE, STRONG)[n % 2]) for n in range(9)]
    ordinary = evening(8, people=400)
    spread = [(5 * MINUTE + n * 8 * MINUTE, who, kind) for n, (_, who, kind) in enumerate(crew)]
    assert told(ordinary + crew)[1] > told(ordinary + spread)[1] + 0.5


def test_a_broadcast_longer_than_an_evening_pays_for_the_windows_that_it_has_more():
    mixture, _, _ = told(evening(9) + hired(start=60, minutes=14))
    before = latest(mixture, 75 * MINUTE)
    mixture.sheet.first -= 16
    assert before - latest(mixture, 75 * MINUTE) == pytest.approx(0.3, abs=0.05)


def test_who_writes_as_hired_accounts_do_is_named_of_those_who_wrote_lately():
    mixture, _, _ = told(evening(1) + hired(start=50, minutes=20))
    weights = mixture.people(75 * MINUTE)
    named = [number for number, weight in weights.items() if weight >= 2.5]
    assert len([number for number in named if number >= 150]) >= 10
    assert 16 <= len(weights) < 200


def test_evidence_is_the_same_after_a_restart():
    mixture, _, _ = told(evening(7) + hired())
    recent = Recent()
    for name in mixture.recent.part_names():
        recent.take_part(name, msgspec.msgpack.encode(mixture.recent.part(name)))
    recent.settle()
    sheet = msgspec.msgpack.decode(msgspec.msgpack.encode(mixture.sheet), type=Sheet)
    back = Mixture(sheet, recent)
    assert latest(back, 75 * MINUTE) == latest(mixture, 75 * MINUTE)
    assert back.people(75 * MINUTE) == mixture.people(75 * MINUTE) != {}
    assert len(back.recent) == len(mixture.recent)


def test_only_parts_that_changed_are_written_and_lines_go_by_slots_and_by_number():
    recent = Recent()
    for n in range(CHUNK + 3):
        recent.take(n, n % 6)
    assert recent.take_changes() == {"l0", "l1"}
    recent.take(7, STRONG)
    assert recent.take_changes() == {"l1"}
    assert recent.since(CHUNK + 1)[-1] == 7 << KIND_BITS | STRONG
    for n in range(3 * MOST_LINES):
        recent.take(n, REST)
    assert len(recent) < 2 * MOST_LINES
    gone = recent.take_changes() - set(recent.part_names())
    assert "l0" in gone
    assert all(recent.part(name) is None for name in gone)
    recent.clear()
    assert (len(recent), recent.part_names()) == (0, [])
    assert recent.take_changes()
    recent.take(1, REST)
    assert list(recent.since(recent.end - 1)) == [1 << KIND_BITS | REST]
    assert len(recent.take_changes()) == 1

    mixture, _, _ = told(evening(10, lines=1_500, minutes=400))
    assert len(mixture.recent) < 1_500 * (SLOTS + 1) * 5 / 400 + 2 * CHUNK
    assert WINDOW <= SLOTS


def test_ordinary_lines_speak_for_nobodys_being_hired_even_where_the_room_is_taken_to_write_few():
    # What is usual of the kinds that tell is a high estimate: in a room of few lines little is left.
    terms = Terms((0.38, 0.075, 0.375, 0.15, 0.015, 0.005))
    several = STEPS[PRAISE] + STEPS[STRONG]
    for ordinary in range(1, 9):
        assert terms.weight(ordinary * STEPS[REST]) <= 0
        assert terms.weight(several + ordinary * STEPS[REST]) <= terms.weight(several)
    assert terms.weight(several) > 3
    # Where the room writes mostly ordinary lines they speak against it.
    usual = Terms(SHARES)
    assert usual.weight(several + 6 * STEPS[REST]) < usual.weight(several) - 1


def test_kinds():
    assert kind_of(False, 0, False) == REST
    assert kind_of(False, 1, False) == SHORT
    assert kind_of(True, 1, True) == kind_of(True, 2, False) == STRONG
    assert kind_of(True, 1, False) == PRAISE


@pytest.mark.slow
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
