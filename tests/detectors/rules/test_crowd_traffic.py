"""流量造假: surges that nobody explains and nobody talks in, and audiences that stand still."""

from __future__ import annotations

import msgspec
import pytest

from detectors.engine.engine import Engine
from tests.detectors.build import (
    chat,
    counter,
    gap,
    only,
    run,
    run_engine,
    session,
    speech,
)

RULE = "fake-traffic"


def declined(engine):
    return {reason for rule, reason in engine.stats.declined if rule == RULE}


def surge(before=100, after=900, likes_each=20, talk=0, baseline=15, gap_s=30):
    """`before` viewers, then `after`; likes a minute for each viewer, and chat lines of the newcomers."""
    events = [
        chat("这个多大", -280 + number * 280 / max(baseline, 1), user=f"观众{number}")
        for number in range(baseline)
    ]
    events += [counter("viewers", before, at) for at in (-60, -30, 0)]
    for number in range(8):
        at = gap_s + number * 15
        events.append(counter("viewers", after, at))
        events.append(counter("likes", 5_000 + round(likes_each * after * number / 4), at))
    events += [
        chat("哈哈", 20 + number * 100 / max(talk, 1), user=f"新{number}") for number in range(talk)
    ]
    return sorted(events, key=lambda event: event.at)


def test_a_silent_surge_with_a_storm_of_likes_is_worth_a_look():
    (alert,) = run(RULE, surge())
    assert (alert.level, alert.subject, alert.hits) == ("watch", "viewers:surge", 1)
    assert alert.evidence.numbers["surge_ratio"] == 9.0
    assert alert.evidence.numbers["likes_per_minute"] == 20.0


def test_five_times_is_a_surge_and_less_is_not():
    assert run(RULE, surge(after=499, baseline=60)) == []
    assert len(run(RULE, surge(after=500, baseline=60))) == 1


def test_ten_likes_a_minute_are_usual():
    assert run(RULE, surge(likes_each=10)) == []
    assert len(run(RULE, surge(likes_each=11))) == 1


def test_newcomers_who_talk_are_people():
    # Before: 15 lines in 5 minutes by 100 viewers, 0.03 a minute each; a fifth is 0.006.
    assert run(RULE, surge(talk=40)) == []


def test_it_must_happen_within_a_minute_of_samples():
    alerts, engine = run_engine(RULE, surge(gap_s=61))
    assert alerts == []
    assert "sampled-too-rarely" in declined(engine)


def test_a_small_room_fills_quickly():
    alerts, engine = run_engine(RULE, surge(before=19, after=400))
    assert alerts == []
    assert "small-audience" in declined(engine)


def test_silence_needs_something_to_compare_with():
    alerts, engine = run_engine(RULE, surge(baseline=9))
    assert alerts == []
    assert "no-chat-baseline" in declined(engine)


@pytest.mark.parametrize(
    "words",
    ["我们跟大主播连麦，欢迎过来的朋友", "平台给了推荐", "今天投了流", "请到了张老师，明星嘉宾"],
)
def test_a_referral_that_was_spoken_of_explains_it(words):
    alerts, engine = run_engine(RULE, sorted([*surge(), speech(words, 20)], key=lambda e: e.at))
    assert alerts == []
    assert "referral" in declined(engine)


def test_a_referral_in_a_system_line_explains_it_and_a_viewers_word_does_not():
    system = chat("本直播间已进入平台推荐", 5, role="system", user=None)
    viewer = chat("是不是上推荐了", 5)
    assert run(RULE, sorted([*surge(), system], key=lambda event: event.at)) == []
    assert len(run(RULE, sorted([*surge(), viewer], key=lambda event: event.at))) == 1


def test_an_old_referral_explains_nothing():
    assert len(run(RULE, [speech("跟大主播连麦", -400), *surge()])) == 1


def test_what_was_not_watched_is_not_judged():
    alerts, engine = run_engine(RULE, sorted([*surge(), gap(-20, -5)], key=lambda e: e.at))
    assert alerts == []
    assert "unwatched" in declined(engine)


def test_unknown_likes_prove_no_storm():
    events = [event for event in surge() if getattr(event, "name", "") != "likes"]
    alerts, engine = run_engine(RULE, events)
    assert alerts == []
    assert "likes-unknown" in declined(engine)


def flat(value=3_187, minutes=16, every=30, wobble=(0, 1), **fields):
    return [
        counter("viewers", value + wobble[number % len(wobble)], number * every, **fields)
        for number in range(minutes * 60 // every)
    ]


def test_a_quarter_of_an_hour_without_coming_and_going_is_worth_a_look():
    (alert,) = run(RULE, flat())
    assert (alert.level, alert.subject, alert.hits) == ("watch", "viewers:flat", 1)
    assert alert.evidence.numbers["minutes"] >= 15


def test_fourteen_minutes_are_too_short():
    assert run(RULE, flat(minutes=14)) == []


def test_half_a_percent_is_the_limit():
    # ±0.4 % about the mean varies by 0.4 %, ±0.6 % by 0.6 %.
    assert len(run(RULE, flat(10_000, wobble=(-40, 40)))) == 1
    assert run(RULE, flat(10_000, wobble=(-60, 60))) == []


def test_the_next_quarter_of_an_hour_is_another_hit():
    (alert,) = run(RULE, flat(minutes=32))
    assert alert.hits == 2


def test_a_small_audience_may_stay():
    assert run(RULE, flat(150)) == []


def test_a_rounded_number_stands_still_by_its_nature():
    banded = [counter("viewers", None, number * 30, low=3_000, high=3_999) for number in range(32)]
    alerts, engine = run_engine(RULE, banded)
    assert alerts == []
    assert "rounded-counter" in declined(engine)


def test_rare_samples_say_nothing_of_the_time_between():
    alerts, engine = run_engine(RULE, flat(every=61, minutes=17))
    assert alerts == []
    assert "sampled-too-rarely" in declined(engine)


def test_an_end_of_the_broadcast_ends_the_stand_still():
    whole = flat(minutes=16)
    assert len(run(RULE, whole)) == 1
    cut = [session("ended", 479), session("started", 479.5, session="s2")]
    assert run(RULE, sorted([*whole, *cut], key=lambda event: event.at)) == []


@pytest.mark.slow
def test_memory_stays_small_over_hours_of_samples():
    engine = Engine(only(RULE))
    state = engine.open("demo", "1")
    for number in range(3_600):
        engine.step(state, [counter("viewers", 1_000 + number % 90, number * 3),
                            counter("likes", number * 50, number * 3),
                            chat("哈哈", number * 3 + 1)], now=0)  # fmt: skip
    assert len(msgspec.msgpack.encode(state._memory[RULE])) < 10_000


def test_visits_that_stand_still_are_no_alarm_and_visits_that_do_not_follow_are_one():
    def filling(visits):
        """Forty minutes of calm, then 100 more viewers a minute for eight minutes."""
        events = []
        for number in range(48):
            at = 60 * number
            events.append(counter("viewers", 400 + 100 * max(0, number - 39) + number % 3, at))
            events.append(counter("visits", visits(number), at + 1))
        return events

    alerts, engine = run_engine(RULE, filling(lambda number: 1_000 + 60 * min(number, 38)))
    assert alerts == []
    assert "visits-stand-still" in declined(engine)
    alerts = run(RULE, filling(lambda number: 1_000 + 6 * number))
    assert "viewers:entries" in {alert.subject for alert in alerts}


def test_a_rush_that_was_bought_is_one_wherever_the_ten_minutes_begin():
    def evening(sold_in_rush):
        """Two look and one buys each minute; in minute 30 a hundred look, and some of them buy."""
        events, orders = [], 1_000
        for number in range(45):
            at, is_rush = 60 * number, number == 30
            looks = 110 if is_rush else 2
            events += [
                chat(f"u{n} 去购买了", at + 1 + n * 55 / looks, role="system", user=None)
                for n in range(looks)
            ]
            orders += sold_in_rush if is_rush else 1
            events.append(counter("viewers", 400 + number % 7, at + 57))
            events.append(counter("orders", orders, at + 58))
        return events

    assert run(RULE, evening(sold_in_rush=60)) == []
    (alert,) = run(RULE, evening(sold_in_rush=1))
    assert alert.subject == "buying-lines"
