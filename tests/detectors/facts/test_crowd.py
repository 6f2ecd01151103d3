"""The book of a crowd: who, what, when; bounded, written in parts, the same after a restart."""

from __future__ import annotations

import random

import msgspec
import pytest

from detectors.facts.crowd import PRAISE, Crowd
from detectors.facts.crowd import writers as book
from detectors.facts.crowd.line import read
from tests.detectors.build import chat, session

LINE = "这个茶喝了一周睡得特别香"


def praise(text):
    """All lines praise."""
    return PRAISE


def heard(events):
    crowd = Crowd()
    for event in events:
        crowd.hear(event, praise)
    return crowd


def bodies(crowd):
    return {name: msgspec.msgpack.encode(crowd.part(name)) for name in crowd.part_names()}


def restored(parts):
    crowd = Crowd()
    for name, body in parts.items():
        crowd.take_part(name, body)
    crowd.settle()
    return crowd


def evening(people=300, lines=2_000, seed=4):
    choose = random.Random(seed)
    words = [chr(0x4E00 + number) for number in range(400)]
    texts = ["".join(choose.choices(words, k=choose.randint(2, 16))) for _ in range(900)]
    return [
        chat(choose.choice(texts), number * 3.6, user=f"u{choose.randrange(people)}")
        for number in range(lines)
    ]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (LINE, "这个茶我喝了2周，睡得真香！", True),
        (LINE, "这个茶喝了2周～睡得真香！", True),  # figures and particles are no difference
        ("什么时候发货呀", "到底什么时候发货", False),  # everybody says that
        ("什么时候发货呀", "什么时候发货", True),
        ("用了半个月皮肤真的变好了好多", "我妈用了半个月皮肤变好了好多哈哈", True),
        (
            "第二次在小满家买手撕牛肉干，质量很好，会再来",
            "第一次在小满家买手撕牛肉干，味道没得说",
            True,
        ),
        ("姐妹们快冲这个真的好用", "姐妹们听我说一句这个好用", True),  # a template with a slot
        ("好看好看好看好看", "好看好看好看好看", False),  # one word
        ("do you ship to Thailand", "do you ship to Singapore", False),
        ("已拍", "已拍", False),  # everybody's
    ],
)
def test_lines_meet_as_a_whole_or_by_a_long_run(one, other, meet):
    assert bool(set(read(one).keys) & set(read(other).keys)) is meet


def test_a_wording_has_its_accounts_and_each_counts_once():
    crowd = heard([chat(LINE, n, user=f"u{n % 6}") for n in range(30)])
    assert crowd.noticed is not None
    assert len(crowd.noticed.members) == crowd.noticed.count == 6
    assert crowd.names(crowd.noticed.members) == [f"u{n % 6}" for n in range(24, 30)]


def test_who_is_no_viewer_or_unknown_is_nobody():
    crowd = heard([chat(LINE, n, user=None) for n in range(9)])
    crowd.hear(chat(LINE, 9, role="host", user="h"))
    assert len(crowd) == 0


def test_words_go_with_the_broadcast_and_accounts_stay():
    crowd = heard([chat(LINE, n, user=f"u{n}") for n in range(9)])
    crowd.take(session("ended", 20))
    assert (len(crowd), len(crowd.wordings)) == (9, 0)


def in_step():
    """Lines of a crowd over two hours, and of twelve accounts that write in the same four windows only."""
    choose = random.Random(3)
    events = [
        chat(
            f"{chr(0x4E00 + n % 500)}怎么样{n}",
            choose.uniform(0, 7_200),
            user=f"u{choose.randrange(150)}",
        )
        for n in range(900)
    ]
    for window in (600, 1_900, 3_400, 5_200):
        events += [
            chat(f"好货{chr(0x5000 + n)}{window}", window + choose.uniform(0, 90), user=f"shill{n}")
            for n in range(12)
        ]
    return sorted(events, key=lambda event: event.at)


@pytest.mark.slow
def test_who_acts_together_and_only_together_is_found():
    events = in_step()
    crowd, found = Crowd(), []
    for event in events:
        crowd.hear(event)
        if crowd.together is not None:
            found.append(crowd.together)
    best = min(found, key=lambda one: one.tail)
    names = crowd.names(best.members)
    assert best.tail < 1e-6
    assert len([name for name in names if name.startswith("shill")]) >= 10
    assert len([name for name in names if name.startswith("u")]) <= 1
    ordinary = heard([event for event in events if event.user and event.user.startswith("u")])
    assert ordinary.together is None or ordinary.together.tail > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("ends", [False, True])
def test_who_acted_together_at_the_end_of_a_broadcast_is_none_of_the_next(ends):
    tick = chat("好货", 5_280).at
    crowd = heard([event for event in in_step() if event.at < tick])
    if ends:
        crowd.take(session("ended", 5_300))
        crowd.take(session("started", 90_000))
    crowd.hear(chat("今天几点播", 90_010 if ends else 5_600, user="u3"))
    assert (crowd.together is None) == ends


@pytest.mark.slow
def test_after_any_prefix_the_parts_make_the_same_book():
    events = evening()
    whole = heard(events)
    for cut in (1, 130, 777, 1_500):
        crowd = restored(bodies(heard(events[:cut])))
        for event in events[cut:]:
            crowd.hear(event, praise)
        assert bodies(crowd) == bodies(whole)


@pytest.mark.slow
def test_only_what_changed_is_written_again():
    events = evening()
    crowd, parts = Crowd(), {}
    for number, event in enumerate(events):
        crowd.hear(event, praise)
        if number % 97 == 0:
            for name in crowd.take_changes():
                body = crowd.part(name)
                parts.pop(name, None)
                if body is not None:
                    parts[name] = msgspec.msgpack.encode(body)
    for name in crowd.take_changes():
        parts[name] = msgspec.msgpack.encode(crowd.part(name))
    assert parts == bodies(crowd)
    crowd.hear(chat("在吗", 7_199, user="u1"))
    assert len(crowd.take_changes()) <= 6


@pytest.mark.slow
def test_beyond_the_bound_those_who_came_once_go_first(monkeypatch):
    monkeypatch.setattr(book, "MAX_ACCOUNTS", 200)
    events = []
    for number in range(3_000):
        events.append(chat("路过", number * 2, user=f"once{number}"))
        if number % 40 == 0:
            events += [chat("我在", number * 2 + 1, user=f"regular{n}") for n in range(20)]
    crowd = heard(events)
    assert len(crowd) == 200
    assert all(f"regular{n}" in crowd.accounts for n in range(20))


def test_what_was_asked_for_before_anybody_wrote_is_kept():
    crowd = Crowd()
    crowd.allow(["斤"], 60_000)
    assert restored(bodies(crowd)).head.answers == [(60_000, ["斤"])]
    assert Crowd().part_names() == []
