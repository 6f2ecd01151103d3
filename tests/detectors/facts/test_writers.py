"""Lines that are handed over together are taken up as one by one, and what they are asked for is counted."""

from __future__ import annotations

import random

import pytest

from detectors.facts.crowd import BUYS, LOOKS, TELLS, Crowd
from detectors.facts.crowd import reading as readings
from detectors.facts.crowd.head import STRETCH_MS
from detectors.facts.crowd.reading import Readings
from tests.detectors.build import chat, session
from tests.detectors.facts.test_crowd import LINE, bodies, praise

TEXTS = (
    "在吗",
    "真好用",
    "闭眼入",
    "多少钱",
    "666",
    LINE,
    "喝了一周睡得特别香，回购了",
    "😂😂",
    "？",
)
LONG_TEXT = "这款茶我买过很多次了味道一直都很好" * 5


def tones(texts):
    return [praise(text) for text in texts]


def evening(seed):
    choose = random.Random(seed)
    lines, at = [], 0.0
    for number in range(1_500):
        at += choose.choice((0, 0.3, 2, 2, 9, 70))
        role = choose.choice(("viewer",) * 12 + (None, "system", "host"))
        text = choose.choice((*TEXTS, LONG_TEXT, f"第{number}条{choose.choice(TEXTS)}"))
        user = "" if choose.random() < 0.05 else f"u{choose.randrange(90)}"
        lines.append(chat(text, at, user=user, role=role, id=f"c{number}"))
    return lines


def noticed(crowd):
    step = crowd.together
    return (
        crowd.noticed.text if crowd.noticed else None, crowd.groups.risen, crowd.began,
        crowd.praised.name if crowd.praised else None, step.members if step else None,
    )  # fmt: skip


def played(lines, sizes, heeded=None, telling=None):
    """The book, and what it noticed at which line."""
    crowd, found, place = Crowd(), [], 0
    known = Readings(tones, heeded, telling)
    while place < len(lines):
        batch = lines[place : place + next(sizes)]
        known.ahead(batch)
        start = 0
        while crowd.listen(batch, start, len(batch), known):
            found.append((batch[crowd.place].id, noticed(crowd)))
            start = crowd.place + 1
        place += len(batch)
    return crowd, found


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_does_not_matter_how_many_lines_are_handed_over_at_once(seed, monkeypatch):
    monkeypatch.setattr(readings, "TEXTS", 40)
    lines, choose = evening(seed), random.Random(seed)
    one_by_one, found = played(lines, iter(lambda: 1, 0))
    together, again = played(lines, iter(lambda: choose.randrange(1, 80), 0))
    assert found == again
    assert {state for _, state in found if state[0]}
    assert any(state[1] for _, state in found)
    assert bodies(one_by_one) == bodies(together)


def announced(texts):
    """What lines of the platform say."""
    words = {"去购买": BUYS, "在看": LOOKS, "推荐": TELLS}
    said = {place: sum(bits for word, bits in words.items() if word in text)
            for place, text in enumerate(texts)}  # fmt: skip
    return {place: bits for place, bits in said.items() if bits}


def test_lines_of_the_platform_that_tell_nothing_and_such_as_nobody_heeds_are_passed_over():
    lines = [
        chat("甲 来了", 11, role="system"), chat("推荐了", 12, role="system"),
        chat("在吗", 13, user="u1"), chat("假货", 14, user="u2"), chat("大家好", 15, role="host"),
        chat("不在", 16, user="u3"),
    ]  # fmt: skip

    def heeded(texts):
        return [place for place, text in enumerate(texts) if "假货" in text], {}

    _, found = played(lines, iter([6]), heeded, announced)
    assert [line for line, _ in found] == [lines[n].id for n in (1, 2, 3, 4)]
    assert [state[2] for _, state in found] == [False, True, False, False]  # the first of a minute


@pytest.mark.parametrize("size", [1, 7, 200])
def test_lines_about_buying_are_counted_and_looked_at_after_some_and_at_a_new_minute(size):
    lines = [chat("在吗", 59, user="u1")]
    lines += [chat("乙 去购买了", 60 + n, role="system") for n in range(25)]
    lines += [chat("丙 在看", 110, role="system"), chat("丙 在看", 121, role="system")]
    lines += [chat("还在吗", 122, user="u1"), chat("丁 在看", 123, role="system")]
    lines += [chat("丁 在看，去购买", 200, role="system")]
    crowd, found = played(lines, iter(lambda: size, 0), None, announced)
    # The tenth and the twentieth; whoever looks in a minute in which no viewer wrote yet.
    assert [line for line, _ in found] == [lines[n].id for n in (0, 10, 20, 26, 27, 28, 30)]
    assert (crowd.head.buying, crowd.head.looking) == (26, 4)
    assert [line.id for line in crowd.buying] == [lines[n].id for n in (1, 2, 3, 4, 5, 6, 21, 22, 23, 24, 25, 30)]  # fmt: skip
    assert sum(said for _, said in crowd.head.sales.values()) == 26
    crowd.take(session("ended", 300))
    assert (crowd.head.buying, crowd.head.looking, crowd.buying) == (0, 4, [])


@pytest.mark.slow
def test_who_wrote_within_minutes_and_how_many_lines_is_counted():
    lines = [one for one in evening(4) if one.role in ("viewer", None)]
    crowd, _ = played(lines, iter(lambda: 7, 0))
    now = lines[-1].at
    for minutes in (0, 2, 6, 10):
        start = now - minutes * 60_000
        first = start - start % STRETCH_MS
        wrote = {one.user for one in lines if one.user and one.at >= first}
        assert crowd.head.writers(start) == len(wrote)
        whole = start - start % 60_000
        assert crowd.lines_since(start) == sum(one.at >= whole for one in lines)
    assert crowd.head.written == len(lines)
    assert crowd.head.lines_between(now - 120_000, now + 1) == sum(
        one.at >= -(-(now - 120_000) // 10_000) * 10_000 for one in lines
    )
    crowd.take(session("started", 100_000))
    assert crowd.lines_since(0) == 0


def test_what_was_asked_for_is_known_as_long_as_it_counts():
    crowd = Crowd()
    for words, until in (("想要黑色", 5_000), ("", 9_000)):
        crowd.invite(words, until)
    led = crowd.head.is_led
    assert led("想要黑色款", 4_000)
    assert led("别的话", 9_000)
    assert not led("别的话", 9_001)
    assert led("想要黑色款", 0)
    assert not led("别的话", 0)
    assert not led("想要黑色款", 9_001)
    crowd.invite("别的话", 20_000)
    assert led("别的话", 9_001)
